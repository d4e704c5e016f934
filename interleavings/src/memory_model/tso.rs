//! The memory of x86: every process has a store buffer, first in, first out (Owens, Sarkar and Sewell, *A better x86
//! memory model: x86-TSO*, 2009).
//!
//! A load returns what waits in the process's own buffer for that word, the newest first, or else what the memory holds.
//! A store goes into the buffer, and reaches the memory by a step of its own. Locked instructions wait until the buffer
//! of their process is empty.
//!
//! | access of the language | as it is compiled |
//! |---|---|
//! | load, any ordering | `mov` |
//! | store, up to Release | `mov`, into the buffer |
//! | store, SeqCst | `xchg`: locked |
//! | read-modify-write, also an exchange that fails | locked |
//! | fence, SeqCst | `mfence`: waits until the buffer is empty |
//! | other fences | nothing |
//! | lock taken or freed | locked |
//!
//! A compiler may reorder relaxed accesses besides; that is a matter of the [weak](super::weak) memory.
//!
//! Its part of a state is one value for each word, how many stores wait in each buffer, and for each of these its word
//! and its value.

use std::ops::Range;

use registers::memory::{Access, Ordering, What};

use super::sc::at_once;
use super::{Broken, Gate, Model, RETIRED, Values, Way};
use crate::processes::Fault;
use crate::state::{Layout, State};

#[derive(Debug)]
pub(crate) struct TotalStoreOrder {
    layout: Layout,
    words: usize,
}

/// In the word of a buffered store: it takes a free cell into use.
const ALLOCATES: u16 = 1 << 15;

impl TotalStoreOrder {
    pub(crate) fn new(layout: Layout, words: usize) -> Self {
        Self { layout, words }
    }

    fn word(&self, word: usize) -> usize {
        self.layout.memory() + word
    }

    fn length(&self, process: usize) -> usize {
        self.layout.memory() + self.words + process
    }

    /// Where the stores of a process lie that wait in its buffer, the oldest first.
    fn buffer(&self, state: &[u16], process: usize) -> Range<usize> {
        let lengths = &state[self.length(0)..self.length(process)];
        let before: usize = lengths.iter().map(|&length| usize::from(length)).sum();
        let start = self.length(self.layout.processes) + 2 * before;
        start..start + 2 * usize::from(state[self.length(process)])
    }

    /// The newest store to a word in the buffer of a process.
    fn waiting(&self, state: &[u16], process: usize, word: usize) -> Option<u16> {
        let stores = state[self.buffer(state, process)].chunks_exact(2);
        let mut of_word = stores
            .rev()
            .filter(|it| usize::from(it[0] & !ALLOCATES) == word);
        of_word.next().map(|store| store[1])
    }

    /// What a process finds in a word.
    fn found(&self, state: &[u16], process: usize, word: usize) -> u16 {
        let waiting = self.waiting(state, process, word);
        waiting.unwrap_or(state[self.word(word)])
    }

    fn is_locked(access: &Access) -> bool {
        access.what.updates()
            || (access.order == Ordering::SeqCst && matches!(access.what, What::Store(_)))
    }
}

impl Model for TotalStoreOrder {
    fn start(&self, state: &mut State, initial: &[u16]) {
        state.extend_from_slice(initial);
        state.extend(std::iter::repeat_n(0, self.layout.processes));
    }

    fn is_ready(&self, state: &[u16], process: usize, what: &Gate<'_>) -> bool {
        let waits = match what {
            Gate::Access(access) => Self::is_locked(access),
            Gate::Fence(order) => *order == Ordering::SeqCst,
            Gate::Lock | Gate::HandOn => true,
        };
        !waits || state[self.length(process)] == 0
    }

    fn access(
        &self,
        state: &State,
        process: usize,
        word: usize,
        access: &Access,
        values: &mut Values,
        ways: &mut Vec<Way>,
    ) -> Result<(), Fault> {
        if Self::is_locked(access) {
            return at_once(state, self.word(word), word, access, values, ways);
        }
        let mut way = Way {
            state: state.clone(),
            found: 0,
            is_done: true,
            latest: None,
            broken: None,
            is_noticed: true,
        };
        let (flag, stored) = match access.what {
            What::Store(value) | What::Write(value) => (0, values.number(value)?),
            What::Allocate(value) => (ALLOCATES, values.number(value)?),
            What::Retire => (0, RETIRED),
            _ => {
                way.found = self.found(state, process, word);
                if way.found == RETIRED {
                    way.broken = Some(Broken::Free { word });
                }
                let others = (0..self.layout.processes).filter(|&other| other != process);
                let mut waiting = others.filter_map(|other| self.waiting(state, other, word));
                way.latest = waiting.find(|&latest| latest != way.found && latest != RETIRED);
                ways.push(way);
                return Ok(());
            }
        };
        let end = self.buffer(state, process).end;
        way.state.splice(end..end, [word as u16 | flag, stored]);
        way.state[self.length(process)] += 1;
        ways.push(way);
        Ok(())
    }

    /// The oldest store in the buffer reaches the memory.
    fn own_step(&self, state: &State, process: usize) -> Result<Option<State>, Broken> {
        let buffer = self.buffer(state, process);
        if buffer.is_empty() {
            return Ok(None);
        }
        let (of, value) = (state[buffer.start], state[buffer.start + 1]);
        let word = usize::from(of & !ALLOCATES);
        let mut next = state.clone();
        let held = std::mem::replace(&mut next[self.word(word)], value);
        if held == RETIRED && of & ALLOCATES == 0 {
            return Err(Broken::Free { word });
        }
        next.drain(buffer.start..buffer.start + 2);
        next[self.length(process)] -= 1;
        Ok(Some(next))
    }

    fn readable(&self, state: &[u16], process: usize, word: usize, with: &mut dyn FnMut(u16)) {
        with(self.found(state, process, word));
    }

    fn permute(&self, from: &[u16], to: &mut State, permutation: &[usize]) {
        to.truncate(self.length(0));
        to.extend(
            permutation
                .iter()
                .map(|&process| from[self.length(process)]),
        );
        for &process in permutation {
            to.extend_from_slice(&from[self.buffer(from, process)]);
        }
    }

    fn stores_are_private(&self) -> bool {
        true
    }
}

//! What an access may find, and what it leaves behind: three memories.
//!
//! | | a load returns | allows more than the first |
//! |---|---|---|
//! | [sequentially consistent](sc) | the latest store | |
//! | [x86](tso) | the latest, or what waits in its own store buffer | stores that others see late |
//! | [weak](weak) | any store that coherence and happens-before leave open | loads of old values, stores in another order |
//!
//! The weak one is that of C++20, which Rust follows, without load buffering. It allows most of what x86 does, and not
//! all: see [`MemoryModel::ALL`].

mod sc;
mod seq_cst;
mod tso;
mod weak;

use std::collections::HashMap;
use std::fmt;

use registers::memory::{Access, Kind, Ordering};

use crate::atlas::Places;
use crate::processes::Fault;
use crate::report::MemoryModel;
use crate::state::{Layout, State};

pub(crate) use self::sc::SequentiallyConsistent;
pub(crate) use self::tso::TotalStoreOrder;
pub(crate) use self::weak::Weak;

/// A memory. Its part of a state lies behind the [`Layout`].
pub(crate) trait Model: fmt::Debug + Send {
    /// Appends the memory as it is at first: what each word holds, by the number of the value.
    fn start(&self, state: &mut State, initial: &[u16]);

    /// Whether a process may perform such an access, fence, lock operation or hand-over now. Otherwise the memory has to
    /// take [a step of its own](Self::own_step) first.
    fn is_ready(&self, state: &[u16], process: usize, what: &Gate) -> bool {
        let _ = (state, process, what);
        true
    }

    /// Every way in which an access can go.
    fn access(
        &self,
        state: &State,
        process: usize,
        word: usize,
        access: &Access,
        values: &mut Values,
        ways: &mut Vec<Way>,
    ) -> Result<(), Fault>;

    /// Performs a fence.
    fn fence(&self, state: &mut State, process: usize, order: Ordering) {
        let _ = (state, process, order);
    }

    /// Lets a process see what was there when a lock was freed.
    fn take(&self, state: &mut State, process: usize, lock: usize) {
        let _ = (state, process, lock);
    }

    /// Leaves with a lock what the process has seen that frees it.
    fn free(&self, state: &mut State, process: usize, lock: usize) {
        let _ = (state, process, lock);
    }

    /// Hands on what a process has seen.
    fn hand_on(&self, state: &mut State, process: usize, to: usize) {
        let _ = (state, process, to);
    }

    /// Lets a process see what was handed on. `is_last` says whether nobody else takes that over.
    fn take_over(&self, state: &mut State, process: usize, from: usize, is_last: bool) {
        let _ = (state, process, from, is_last);
    }

    /// What the memory does by itself for a process, if it does anything.
    fn own_step(&self, state: &State, process: usize) -> Result<Option<State>, Broken> {
        let _ = (state, process);
        Ok(None)
    }

    /// Calls `with` for the number of each value that a load by this process could return.
    fn readable(&self, state: &[u16], process: usize, word: usize, with: &mut dyn FnMut(u16));

    /// Brings the memory into its canonical form. `done` says which processes take no step any more: not all of them.
    fn canonicalize(&self, state: &mut State, done: &[bool]) {
        let _ = (state, done);
    }

    /// Lets process `permutation[i]` stand in the place of process `i`: fills the memory of `to`, which is a copy of `from`.
    fn permute(&self, from: &[u16], to: &mut State, permutation: &[usize]) {
        let _ = (from, to, permutation);
    }

    /// Whether a load that nobody notices can be performed later as well as now, with the same result, whatever others do
    /// meanwhile: they take away nothing that it may return.
    fn loads_can_wait(&self) -> bool {
        false
    }

    /// Whether a store changes nothing that others could notice before the memory takes a step of its own.
    fn stores_are_private(&self) -> bool {
        false
    }
}

/// What a process is about to do, as far as a memory may let it wait for that.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gate<'a> {
    /// An access.
    Access(&'a Access),
    /// A fence.
    Fence(Ordering),
    /// The taking or freeing of a lock.
    Lock,
    /// Handing on what it has seen.
    HandOn,
}

/// One way in which an access can go.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) state: State,
    /// The number of the value found.
    pub(crate) found: u16,
    /// Whether it did what it is for.
    pub(crate) is_done: bool,
    /// The number of the latest value, if another one was found.
    pub(crate) latest: Option<u16>,
    /// What goes wrong, if anything does.
    pub(crate) broken: Option<Broken>,
    /// Whether it changes anything for others.
    pub(crate) is_noticed: bool,
}

/// What goes wrong in an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It conflicts with an access to the same cell by this process, and happens-before does not order the two.
    Race {
        word: usize,
        /// With whom.
        with: Option<usize>,
        /// Whether the other access is a write.
        with_write: bool,
    },
    /// The block was given back.
    Free { word: usize },
}

/// The number of the value of a cell that was given back.
pub(crate) const RETIRED: u16 = u16::MAX;

/// The values that words hold, by their number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    values: Vec<u64>,
    numbers: HashMap<u64, u16>,
}

impl Values {
    /// The number of a value.
    pub(crate) fn number(&mut self, value: u64) -> Result<u16, Fault> {
        if let Some(&number) = self.numbers.get(&value) {
            return Ok(number);
        }
        let number = self.values.len() as u16;
        if number >= RETIRED - 1 {
            return Err("words take more than 65,534 different values"
                .to_owned()
                .into());
        }
        self.values.push(value);
        self.numbers.insert(value, number);
        Ok(number)
    }

    /// The value with a number.
    #[inline]
    pub(crate) fn value(&self, number: u16) -> u64 {
        self.values.get(usize::from(number)).copied().unwrap_or(0)
    }
}

/// What a model has to know of a register before it can lay out its states.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needs {
    /// Whether an access or a fence is SeqCst.
    pub(crate) seq_cst: bool,
    /// For each word, whether some access claims that it does not race.
    pub(crate) claims: Vec<bool>,
}

impl Needs {
    pub(crate) fn of(places: &Places) -> Self {
        let is_cell = |word: &crate::atlas::WordAt| word.kind == Kind::Cell;
        Self {
            seq_cst: false,
            claims: places.words.iter().map(is_cell).collect(),
        }
    }
}

/// Makes a memory for so many processes, places, and views to be handed on.
pub(crate) fn model(
    memory: MemoryModel,
    layout: Layout,
    places: &Places,
    handed_on: usize,
    needs: &Needs,
) -> Box<dyn Model> {
    let words = places.words.len();
    match memory {
        MemoryModel::Sc => Box::new(SequentiallyConsistent::new(layout)),
        MemoryModel::X86 => Box::new(TotalStoreOrder::new(layout, words)),
        MemoryModel::Weak => Box::new(Weak::new(layout, places, handed_on, needs)),
    }
}

fn acquires(order: Ordering) -> bool {
    matches!(
        order,
        Ordering::Acquire | Ordering::AcqRel | Ordering::SeqCst
    )
}

fn releases(order: Ordering) -> bool {
    matches!(
        order,
        Ordering::Release | Ordering::AcqRel | Ordering::SeqCst
    )
}

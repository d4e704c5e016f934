//! Weak memory: that of C++20, which Rust follows, without load buffering.
//!
//! A *view machine* (as in Kang, Hur, Lahav, Vafeiadis and Dreyer, *A promising semantics for relaxed-memory
//! concurrency*, 2017, without promises). A word is a list of *messages* in modification order, one for each store. A
//! *view* says, for each word, which message is the oldest that may still be read. Each process has a current view; a
//! load returns any message that is no older than it says, and raises it to that message. A store puts its message
//! anywhere behind the one that the view says: stores of several processes take effect in any order that coherence
//! allows. A read-modify-write puts its message directly behind the one that it reads, and nothing comes between.
//!
//! | | a message carries | who reads it |
//! |---|---|---|
//! | release store | the view of the process | |
//! | relaxed store | the view that the process had at its last release fence | |
//! | read-modify-write | its own, and that of the message it replaces: the release sequence goes on | any message that no other one has replaced |
//! | acquire load | | adds what the message carries to its view |
//! | relaxed load | | sets it aside, for its next acquire fence to add |
//! | exchange that fails | | a load with its failure ordering of any other value; a weak one, of any value |
//!
//! The order of SeqCst operations is kept by [`seq_cst`](super::seq_cst).
//!
//! **Plain accesses** claim that happens-before orders them and what conflicts with them. A view therefore also says,
//! for each word with such accesses, whether it includes the last read of it by each process. A plain write has to know
//! the last write and all these reads, a plain read the last write: otherwise the two race. What orders operations for
//! the sake of a history, the clock that records them, does not count for that: a program without it has the same race.
//! A cell, which has plain accesses only, keeps a single message.
//!
//! **Not explored** is load buffering: a load that returns a store still to come. The model is that of RC11 there, which
//! forbids it (Lahav, Vafeiadis, Kang, Hur and Dreyer, *Repairing sequential consistency in C/C++11*, 2017). Release
//! sequences are those of C++20.
//!
//! # How it is laid out
//!
//! ```text
//! bundles           for each process its current view, what an acquire fence would add, what a release fence has fixed;
//!                   those that precedences hand on; that of each lock
//! how many messages each word has
//! the messages      word by word, oldest first: the number of the value, whether it replaces the one before, the bundle
//!                   that it releases, and what seq_cst keeps with it
//! ```
//!
//! A *bundle* is a view and whatever else travels with it: an entry for each word, one for each word with plain accesses
//! and each process, and what [`seq_cst`](super::seq_cst) needs.

use registers::memory::{Access, Kind, Ordering, What};

use super::seq_cst::Sets;
use super::{Broken, Model, Needs, RETIRED, Values, Way, acquires, releases};
use crate::atlas::Places;
use crate::processes::Fault;
use crate::state::{Layout, State};

#[derive(Debug)]
pub(crate) struct Weak {
    layout: Layout,
    pub(super) words: usize,
    handed_on: usize,
    /// For each word whether it is a cell.
    is_cell: Vec<bool>,
    /// For each word with plain accesses, its number among those.
    checked: Vec<Option<usize>>,
    /// How many there are.
    number_checked: usize,
    /// Whether anything is SeqCst.
    pub(super) seq_cst: bool,
}

/// Which of the bundles.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of {
    /// What a process has seen.
    Current(usize),
    /// The same, and what an acquire fence would add.
    Acquirable(usize),
    /// What a release fence has fixed for relaxed stores to release.
    Released(usize),
    /// What one operation hands on to those behind it.
    HandedOn(usize),
    /// What the last holder of a lock left.
    Lock(usize),
}

/// A message that is about to be put in its place.
struct Message {
    value: u16,
    order: Ordering,
    /// Whether it replaces the message before.
    replaces: bool,
}

impl Weak {
    const PER_PROCESS: usize = 3;

    pub(crate) fn new(layout: Layout, places: &Places, handed_on: usize, needs: &Needs) -> Self {
        let mut number_checked = 0;
        let number = |&claims: &bool| {
            claims.then(|| {
                number_checked += 1;
                number_checked - 1
            })
        };
        let checked = needs.claims.iter().map(number).collect();
        Self {
            layout,
            words: places.words.len(),
            handed_on,
            is_cell: places
                .words
                .iter()
                .map(|it| it.kind == Kind::Cell)
                .collect(),
            checked,
            number_checked,
            seq_cst: needs.seq_cst,
        }
    }

    /// How many entries a bundle has that travel wherever happens-before goes.
    #[inline]
    fn carried(&self) -> usize {
        let sets = if self.seq_cst { Sets::CARRIED } else { 0 };
        self.words * (1 + sets) + self.number_checked * self.layout.processes
    }

    /// How many entries a bundle has.
    #[inline]
    pub(super) fn width(&self) -> usize {
        self.carried() + if self.seq_cst { self.words } else { 0 }
    }

    #[inline]
    fn number_of_bundles(&self) -> usize {
        Self::PER_PROCESS * self.layout.processes + self.handed_on + self.layout.locks
    }

    /// Where a bundle lies.
    #[inline]
    pub(super) fn bundle(&self, of: Of) -> usize {
        let processes = Self::PER_PROCESS * self.layout.processes;
        let number = match of {
            Of::Current(process) => Self::PER_PROCESS * process,
            Of::Acquirable(process) => Self::PER_PROCESS * process + 1,
            Of::Released(process) => Self::PER_PROCESS * process + 2,
            Of::HandedOn(number) => processes + number,
            Of::Lock(lock) => processes + self.handed_on + lock,
        };
        self.layout.memory() + number * self.width()
    }

    #[inline]
    fn counts(&self) -> usize {
        self.layout.memory() + self.number_of_bundles() * self.width()
    }

    /// The length of a message.
    #[inline]
    pub(super) fn stride(&self) -> usize {
        let sets = if self.seq_cst { Sets::OF_MESSAGE } else { 0 };
        2 + self.width() + sets * self.words
    }

    /// How many messages a word has.
    #[inline]
    pub(super) fn count(&self, state: &[u16], word: usize) -> usize {
        usize::from(state[self.counts() + word])
    }

    /// Where a message lies.
    #[inline]
    pub(super) fn message(&self, state: &[u16], word: usize, at: usize) -> usize {
        let counts = self.counts();
        let before: usize = state[counts..counts + word]
            .iter()
            .map(|&count| usize::from(count))
            .sum();
        counts + self.words + (before + at) * self.stride()
    }

    /// The bundle that a message releases.
    #[inline]
    pub(super) fn released(&self, state: &[u16], word: usize, at: usize) -> usize {
        self.message(state, word, at) + 2
    }

    #[inline]
    fn value(&self, state: &[u16], word: usize, at: usize) -> u16 {
        state[self.message(state, word, at)]
    }

    /// Whether a message may come directly behind this one.
    #[inline]
    fn is_replaceable(&self, state: &[u16], word: usize, at: usize) -> bool {
        at + 1 == self.count(state, word) || state[self.message(state, word, at + 1) + 1] == 0
    }

    /// The oldest message of a word that a process may still read.
    #[inline]
    pub(super) fn oldest(&self, state: &[u16], process: usize, word: usize) -> usize {
        usize::from(state[self.bundle(Of::Current(process)) + word])
    }

    /// Every bundle, those of messages included.
    fn bundles(&self, state: &[u16]) -> impl Iterator<Item = usize> + use<> {
        let of_messages = self.messages(state.len()).map(|message| message + 2);
        self.own_bundles().chain(of_messages)
    }

    /// Every bundle that is no message's.
    pub(super) fn own_bundles(&self) -> impl Iterator<Item = usize> + use<> {
        let (start, width) = (self.layout.memory(), self.width());
        (0..self.number_of_bundles()).map(move |number| start + number * width)
    }

    /// Every message of a state that is so long.
    pub(super) fn messages(&self, length: usize) -> impl Iterator<Item = usize> + use<> {
        (self.counts() + self.words..length).step_by(self.stride())
    }

    /// Raises a bundle by what happens-before carries of another.
    #[inline]
    fn join(&self, state: &mut [u16], to: usize, from: usize) {
        raise(state, to, from, self.carried());
    }

    /// Raises a bundle by another, but for what they know of plain accesses.
    fn join_but_plain(&self, state: &mut [u16], to: usize, from: usize) {
        let atomic = (0..self.words).filter(|&word| !self.is_cell[word]);
        for entry in atomic.chain(self.sets()..self.carried()) {
            state[to + entry] = state[to + entry].max(state[from + entry]);
        }
    }

    /// Reads a message.
    fn read(&self, state: &mut [u16], process: usize, word: usize, at: usize, order: Ordering) {
        let [current, acquirable] =
            [Of::Current(process), Of::Acquirable(process)].map(|of| self.bundle(of));
        let seen = at as u16;
        for bundle in [current, acquirable] {
            state[bundle + word] = seen.max(state[bundle + word]);
        }
        let released = self.released(state, word, at);
        raise(state, acquirable, released, self.width());
        if acquires(order) {
            self.join(state, current, released);
        }
        if self.seq_cst {
            self.note_read(state, process, word, at);
        }
    }

    /// A load of one message, and whether it changes anything for others; `None` if the order of SeqCst operations
    /// forbids it.
    fn load(
        &self,
        state: &State,
        process: usize,
        word: usize,
        at: usize,
        order: Ordering,
    ) -> Option<(State, bool)> {
        let mut next = state.clone();
        if !self.seq_cst {
            self.read(&mut next, process, word, at, order);
            return Some((next, false));
        }
        let before = self.before_load(&next, process, word, at, order);
        self.read(&mut next, process, word, at, order);
        let is_noticed = self.order_load(&mut next, process, word, at, before)?;
        Some((next, is_noticed))
    }

    /// A store whose message comes to lie at `at`, perhaps of a read-modify-write that reads the one before; `None` if
    /// the order of SeqCst operations forbids it.
    fn store(
        &self,
        state: &State,
        process: usize,
        word: usize,
        at: usize,
        message: &Message,
    ) -> Option<State> {
        let &Message {
            value,
            order,
            replaces,
        } = message;
        let mut next = state.clone();
        let before = self
            .seq_cst
            .then(|| self.before_store(&next, process, word, at - 1, order, replaces));
        if replaces {
            self.read(&mut next, process, word, at - 1, order);
        }
        self.insert(&mut next, word, at);
        let [current, acquirable, fixed] = [
            Of::Current(process),
            Of::Acquirable(process),
            Of::Released(process),
        ]
        .map(|of| self.bundle(of));
        let new = self.message(&next, word, at);
        next[new] = value;
        next[new + 1] = replaces.into();
        let (released, width, carried) = (new + 2, self.width(), self.carried());
        next.copy_within(fixed..fixed + width, released);
        if releases(order) {
            next.copy_within(current..current + carried, released);
        }
        if replaces {
            let continued = self.released(&next, word, at - 1);
            raise(&mut next, released, continued, width);
        }
        // Of its own word a message says nothing: whoever reads it has seen it.
        next[released + word] = 0;
        // What an acquire fence would add may already be a message behind this one.
        for bundle in [current, acquirable] {
            next[bundle + word] = next[bundle + word].max(at as u16);
        }
        if let Some(before) = before
            && !self.order_store(&mut next, process, word, at, before)
        {
            return None;
        }
        Some(next)
    }

    /// Makes room for a message.
    fn insert(&self, state: &mut State, word: usize, at: usize) {
        let is_last = at == self.count(state, word);
        if !is_last {
            self.for_entries(state, word, |entry| {
                if *entry >= at as u16 {
                    *entry += 1;
                }
            });
        }
        let new = self.message(state, word, at);
        state.splice(new..new, std::iter::repeat_n(0, self.stride()));
        state[self.counts() + word] += 1;
    }

    /// Every entry that is the index of a message of this word.
    fn for_entries(&self, state: &mut [u16], word: usize, mut with: impl FnMut(&mut u16)) {
        let sets = if self.seq_cst { Sets::OF_BUNDLE } else { 0 };
        let first = self.words + self.number_checked * self.layout.processes;
        for bundle in self.bundles(state) {
            with(&mut state[bundle + word]);
            for set in 0..sets {
                with(&mut state[bundle + first + set * self.words + word]);
            }
        }
        if self.seq_cst {
            for message in self.messages(state.len()) {
                for set in 0..Sets::OF_MESSAGE {
                    with(&mut state[message + 2 + self.width() + set * self.words + word]);
                }
            }
        }
    }

    /// Where the sets of [`seq_cst`](super::seq_cst) lie within a bundle.
    #[inline]
    pub(super) fn sets(&self) -> usize {
        self.words + self.number_checked * self.layout.processes
    }

    /// Where an entry lies within a bundle that says whether it includes the last plain read of a word by a process.
    #[inline]
    fn last_read(&self, checked: usize, process: usize) -> usize {
        self.words + checked * self.layout.processes + process
    }

    /// Drops the oldest messages of each word, as many as no live process reads any more. Then index 0 is that of the
    /// oldest one left.
    fn drop_oldest(&self, state: &mut State, done: &[bool]) {
        let mut oldest = self.counts() + self.words;
        for word in 0..self.words {
            let live = (0..self.layout.processes).filter(|&process| !done[process]);
            let floor = live.map(|process| self.oldest(state, process, word)).min();
            let floor = floor.unwrap_or(0);
            if floor > 0 && !self.is_cell[word] {
                state.drain(oldest..oldest + floor * self.stride());
                state[self.counts() + word] -= floor as u16;
                self.for_entries(state, word, |entry| {
                    *entry = entry.saturating_sub(floor as u16)
                });
            }
            // Nothing comes before the oldest.
            state[oldest + 1] = 0;
            oldest += self.count(state, word) * self.stride();
        }
    }

    /// Whether a process knows the last write of a word that has plain accesses.
    fn knows_last_write(&self, state: &[u16], process: usize, word: usize) -> bool {
        let seen = self.oldest(state, process, word);
        if self.is_cell[word] {
            seen == 1
        } else {
            seen + 1 == self.count(state, word)
        }
    }

    /// With whom a write of a word races that has plain accesses.
    fn races(&self, state: &[u16], process: usize, word: usize, is_plain: bool) -> Option<Broken> {
        let checked = self.checked[word]?;
        if is_plain && !self.knows_last_write(state, process, word) {
            return Some(Broken::Race {
                word,
                with: None,
                with_write: true,
            });
        }
        let current = self.bundle(Of::Current(process));
        let unknown = |&other: &usize| state[current + self.last_read(checked, other)] == 0;
        let with = (0..self.layout.processes).find(unknown)?;
        Some(Broken::Race {
            word,
            with: Some(with),
            with_write: false,
        })
    }

    /// A plain access.
    fn plain(
        &self,
        state: &State,
        process: usize,
        word: usize,
        access: &Access,
        values: &mut Values,
    ) -> Result<Way, Fault> {
        let latest = self.count(state, word) - 1;
        let held = self.value(state, word, latest);
        let mut way = Way {
            state: state.clone(),
            found: held,
            is_done: true,
            latest: None,
            broken: None,
            is_noticed: access.what != What::Read,
        };
        let checked = self.checked[word].expect("its need is known");
        let is_read = access.what == What::Read;
        let race = if is_read {
            let knows = self.knows_last_write(state, process, word);
            let race = Broken::Race {
                word,
                with: None,
                with_write: true,
            };
            (!knows).then_some(race)
        } else {
            self.races(state, process, word, true)
        };
        let is_free = held == RETIRED && !matches!(access.what, What::Allocate(_));
        way.broken = if is_free {
            Some(Broken::Free { word })
        } else {
            race
        };
        if way.broken.is_some() {
            return Ok(way);
        }
        let own = [Of::Current(process), Of::Acquirable(process)].map(|of| self.bundle(of));
        let next = &mut way.state;
        if is_read {
            let entry = self.last_read(checked, process);
            for bundle in self.bundles(next) {
                next[bundle + entry] = own.contains(&bundle).into();
            }
            return Ok(way);
        }
        let left = match access.what {
            What::Retire => RETIRED,
            what => {
                let left = what.leaves(values.value(held));
                values.number(left.expect("a write leaves a value"))?
            }
        };
        if self.is_cell[word] {
            let message = self.message(next, word, 0);
            next[message] = left;
            for bundle in self.bundles(next) {
                next[bundle + word] = own.contains(&bundle).into();
            }
        } else {
            let message = Message {
                value: left,
                order: Ordering::Relaxed,
                replaces: false,
            };
            let stored = self.store(next, process, word, latest + 1, &message);
            *next = stored.expect("nothing is ordered before what comes last");
        }
        self.forget_reads(&mut way.state, checked);
        Ok(way)
    }

    /// All plain reads of a word are known to whoever knows of the write behind them.
    fn forget_reads(&self, state: &mut State, checked: usize) {
        for bundle in self.bundles(state) {
            for process in 0..self.layout.processes {
                state[bundle + self.last_read(checked, process)] = 1;
            }
        }
    }

    /// What every process knows of plain accesses makes no difference any more.
    fn forget_what_all_know(&self, state: &mut State, done: &[bool]) {
        let mut forget = |entry: usize| {
            let knows = |process: usize| state[self.bundle(Of::Current(process)) + entry] == 1;
            if (0..self.layout.processes).all(|process| done[process] || knows(process)) {
                for bundle in self.bundles(state) {
                    state[bundle + entry] = 1;
                }
            }
        };
        for word in 0..self.words {
            if self.is_cell[word] {
                forget(word);
            }
            if let Some(checked) = self.checked[word] {
                for process in 0..self.layout.processes {
                    forget(self.last_read(checked, process));
                }
            }
        }
    }
}

impl Model for Weak {
    fn start(&self, state: &mut State, initial: &[u16]) {
        let mut bundle = vec![0; self.width()];
        for word in 0..self.words {
            bundle[word] = self.is_cell[word].into();
            if let Some(checked) = self.checked[word] {
                let entry = self.last_read(checked, 0);
                bundle[entry..entry + self.layout.processes].fill(1);
            }
        }
        for _ in 0..self.number_of_bundles() {
            state.extend_from_slice(&bundle);
        }
        state.extend(std::iter::repeat_n(1, self.words));
        for &value in initial {
            let end = state.len() + self.stride();
            state.extend([value, 0]);
            state.extend_from_slice(&bundle);
            state.resize(end, 0);
        }
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
        let Access {
            what,
            order,
            failure,
            ..
        } = *access;
        if what.is_plain() {
            ways.push(self.plain(state, process, word, access, values)?);
            return Ok(());
        }
        if self.is_cell[word] {
            return Err("a plain cell is accessed as if it were atomic"
                .to_owned()
                .into());
        }
        let count = self.count(state, word);
        if count >= usize::from(u16::MAX) - 1 {
            return Err("a word has more than 65,533 messages".to_owned().into());
        }
        let oldest = self.oldest(state, process, word);
        let newest = self.value(state, word, count - 1);
        let broken = if what.writes() {
            self.races(state, process, word, false)
        } else {
            None
        };
        for at in oldest..count {
            let held = self.value(state, word, at);
            let latest = (at + 1 < count).then_some(newest);
            let mut add = |next: Option<(State, bool)>, is_done, broken| {
                if let Some((state, is_noticed)) = next {
                    ways.push(Way {
                        state,
                        found: held,
                        is_done,
                        latest,
                        broken,
                        is_noticed,
                    });
                }
            };
            let expected = what.expects().map(|current| current == values.value(held));
            if !what.writes() {
                add(self.load(state, process, word, at, order), true, None);
                continue;
            }
            // An exchange that fails is a load.
            if expected == Some(false) || matches!(what, What::WeakExchange { .. }) {
                add(self.load(state, process, word, at, failure), false, None);
            }
            if expected == Some(false) || !self.is_replaceable(state, word, at) {
                continue;
            }
            let left = what.leaves(values.value(held));
            let message = Message {
                value: values.number(left.expect("it replaces the value"))?,
                order,
                replaces: what.reads(),
            };
            let next = self.store(state, process, word, at + 1, &message);
            add(next.map(|state| (state, true)), true, broken);
        }
        if let (true, Some(checked)) = (what.writes(), self.checked[word]) {
            for way in ways
                .iter_mut()
                .filter(|way| way.broken.is_none() && way.is_done)
            {
                self.forget_reads(&mut way.state, checked);
            }
        }
        Ok(())
    }

    fn fence(&self, state: &mut State, process: usize, order: Ordering) {
        let [current, acquirable, fixed] = [
            Of::Current(process),
            Of::Acquirable(process),
            Of::Released(process),
        ]
        .map(|of| self.bundle(of));
        let carried = self.carried();
        if self.seq_cst && order == Ordering::SeqCst {
            self.order_fence(state, process, |state| {
                state.copy_within(acquirable..acquirable + carried, current);
            });
            return;
        }
        if acquires(order) {
            state.copy_within(acquirable..acquirable + carried, current);
        }
        if releases(order) {
            state.copy_within(current..current + carried, fixed);
        }
    }

    fn take(&self, state: &mut State, process: usize, lock: usize) {
        let left = self.bundle(Of::Lock(lock));
        for of in [Of::Current(process), Of::Acquirable(process)] {
            self.join(state, self.bundle(of), left);
        }
    }

    fn free(&self, state: &mut State, process: usize, lock: usize) {
        let [from, to] = [Of::Current(process), Of::Lock(lock)].map(|of| self.bundle(of));
        state.copy_within(from..from + self.carried(), to);
    }

    fn hand_on(&self, state: &mut State, process: usize, to: usize) {
        let [from, to] = [Of::Current(process), Of::HandedOn(to)].map(|of| self.bundle(of));
        self.join_but_plain(state, to, from);
    }

    fn take_over(&self, state: &mut State, process: usize, from: usize, is_last: bool) {
        let from = self.bundle(Of::HandedOn(from));
        for of in [Of::Current(process), Of::Acquirable(process)] {
            self.join_but_plain(state, self.bundle(of), from);
        }
        if is_last {
            let end = from + self.width();
            state[from..end].fill(0);
        }
    }

    fn readable(&self, state: &[u16], process: usize, word: usize, with: &mut dyn FnMut(u16)) {
        let oldest = if self.is_cell[word] {
            0
        } else {
            self.oldest(state, process, word)
        };
        for at in oldest..self.count(state, word) {
            with(self.value(state, word, at));
        }
    }

    fn canonicalize(&self, state: &mut State, done: &[bool]) {
        let width = Self::PER_PROCESS * self.width();
        for (process, &done) in done.iter().enumerate() {
            if done {
                let start = self.bundle(Of::Current(process));
                state[start..start + width].fill(0);
            }
        }
        self.drop_oldest(state, done);
        if self.number_checked > 0 {
            self.forget_what_all_know(state, done);
        }
    }

    fn permute(&self, from: &[u16], to: &mut State, permutation: &[usize]) {
        let width = Self::PER_PROCESS * self.width();
        for (place, &process) in permutation.iter().enumerate() {
            let [new, old] = [place, process].map(|it| self.bundle(Of::Current(it)));
            to[new..new + width].copy_from_slice(&from[old..old + width]);
        }
        if self.number_checked == 0 {
            return;
        }
        for bundle in self.bundles(from) {
            for checked in 0..self.number_checked {
                let entries = bundle + self.last_read(checked, 0);
                let old: Vec<u16> = to[entries..entries + permutation.len()].to_vec();
                for (place, &process) in permutation.iter().enumerate() {
                    to[entries + place] = old[process];
                }
            }
        }
    }

    fn loads_can_wait(&self) -> bool {
        true
    }
}

/// Raises one stretch of a state to the least that is no lower than another.
#[inline]
pub(super) fn raise(state: &mut [u16], to: usize, from: usize, length: usize) {
    for at in 0..length {
        state[to + at] = state[to + at].max(state[from + at]);
    }
}

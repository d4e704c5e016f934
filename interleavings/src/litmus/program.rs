//! Straight-line programs: what a litmus test runs, and what an execution of it comes to.
//!
//! A [`Program`] has no branches and no registers: each thread is a list of [`Instruction`]s on words that hold 0 at
//! first. That is all that a litmus test needs, and it leaves a memory model as the only thing that can differ between
//! two implementations of it. An [`Outcome`] is what the implementations are compared by.
//!
//! Orderings are those that `std::sync::atomic` takes: a load is Relaxed, Acquire or SeqCst, and so is the failure of a
//! compare-exchange; a store is Relaxed, Release or SeqCst; a fence is anything but Relaxed.

pub use std::sync::atomic::Ordering;

/// A straight-line program of several threads on words that hold 0 at first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Program {
    /// How many words there are.
    pub words: usize,
    /// What each thread does, in program order.
    pub threads: Vec<Vec<Instruction>>,
}

/// What a thread does to the memory in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Instruction {
    /// Reads a word.
    Load {
        /// Which word.
        word: usize,
        /// Relaxed, Acquire or SeqCst.
        order: Ordering,
    },
    /// Writes a word.
    Store {
        /// Which word.
        word: usize,
        /// What the word holds from then on.
        value: u64,
        /// Relaxed, Release or SeqCst.
        order: Ordering,
    },
    /// Reads and writes a word at once: a read-modify-write.
    Update {
        /// Which word.
        word: usize,
        /// What becomes of its value.
        update: Update,
        /// The ordering, if the word is written.
        order: Ordering,
        /// The ordering of an exchange that fails: Relaxed, Acquire or SeqCst. Other updates do not fail.
        failure: Ordering,
    },
    /// A fence: any ordering but Relaxed.
    Fence(Ordering),
}

/// What a read-modify-write makes of the value that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Update {
    /// Replaces it with this one.
    Swap(u64),
    /// Adds this to it, wrapping around at 2^64.
    Add(u64),
    /// Replaces it if it is `current`: a strong compare-exchange, which fails for no other reason. One that fails is a
    /// load, which may read a write that another one has overwritten.
    Exchange {
        /// What the word must hold.
        current: u64,
        /// What it holds then.
        new: u64,
    },
}

impl Instruction {
    /// The word that it accesses; a fence accesses none.
    pub fn word(&self) -> Option<usize> {
        match *self {
            Self::Load { word, .. } | Self::Store { word, .. } | Self::Update { word, .. } => {
                Some(word)
            }
            Self::Fence(_) => None,
        }
    }

    /// Whether it returns what a word held.
    pub fn reads(&self) -> bool {
        matches!(self, Self::Load { .. } | Self::Update { .. })
    }
}

impl Update {
    /// What it writes where it reads `value`: nothing, if it is an exchange that fails.
    pub fn of(&self, value: u64) -> Option<u64> {
        match *self {
            Self::Swap(new) => Some(new),
            Self::Add(more) => Some(value.wrapping_add(more)),
            Self::Exchange { current, new } => (value == current).then_some(new),
        }
    }
}

/// What an execution of a program comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outcome {
    /// What the loads and updates of each thread returned, in program order.
    pub read: Vec<Vec<u64>>,
    /// What each word holds in the end.
    pub last: Vec<u64>,
}

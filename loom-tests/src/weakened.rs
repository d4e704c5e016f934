//! A memory that takes one ordering less seriously than the register asks for.
//!
//! *Why is this Acquire here?* Take it away, explore, and look at the witness. If there is none, it is stronger than it need be.

use std::fmt;

use registers::memory::Ordering::{self, Relaxed};
use registers::memory::Place;
use registers::{Memory, Word};

/// An ordering in the code of a register: every access of this kind with this ordering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Site {
    /// A load, which becomes relaxed.
    Load(Ordering),
    /// A store, which becomes relaxed.
    Store(Ordering),
    /// A read-modify-write, which becomes relaxed.
    ReadModifyWrite(Ordering),
    /// A fence, which is left out.
    Fence(Ordering),
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(order) => write!(f, "{order:?} load"),
            Self::Store(order) => write!(f, "{order:?} store"),
            Self::ReadModifyWrite(order) => write!(f, "{order:?} read-modify-write"),
            Self::Fence(order) => write!(f, "{order:?} fence"),
        }
    }
}

/// `memory`, in which one [`Site`] orders nothing.
#[derive(Clone, Debug)]
pub struct Weakened<M> {
    memory: M,
    site: Site,
}

/// A word of [`Weakened`] memory.
#[derive(Debug)]
pub struct WeakenedWord<W> {
    word: W,
    site: Site,
}

impl<M> Weakened<M> {
    /// The same memory without what `site` orders.
    pub fn without(site: Site, memory: M) -> Self {
        Self { memory, site }
    }
}

impl<M: Memory> Memory for Weakened<M> {
    type Word = WeakenedWord<M::Word>;
    type Lock = M::Lock;

    fn word(&self, place: Place<'_>, init: u64) -> Self::Word {
        WeakenedWord {
            word: self.memory.word(place, init),
            site: self.site,
        }
    }

    fn lock(&self, place: Place<'_>) -> M::Lock {
        self.memory.lock(place)
    }

    fn fence(&self, order: Ordering) {
        if self.site != Site::Fence(order) {
            self.memory.fence(order);
        }
    }

    fn relax(&self) {
        self.memory.relax();
    }
}

impl<W> WeakenedWord<W> {
    /// The ordering that is left at `site`, which asks for `order`.
    fn left(&self, site: impl FnOnce(Ordering) -> Site, order: Ordering) -> Ordering {
        if self.site == site(order) {
            Relaxed
        } else {
            order
        }
    }
}

impl<W: Word> Word for WeakenedWord<W> {
    fn load(&self, order: Ordering) -> u64 {
        self.word.load(self.left(Site::Load, order))
    }

    fn store(&self, value: u64, order: Ordering) {
        self.word.store(value, self.left(Site::Store, order));
    }

    fn swap(&self, value: u64, order: Ordering) -> u64 {
        self.word
            .swap(value, self.left(Site::ReadModifyWrite, order))
    }

    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.word
            .fetch_add(value, self.left(Site::ReadModifyWrite, order))
    }

    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        let (success, failure) = (
            self.left(Site::ReadModifyWrite, success),
            self.left(Site::Load, failure),
        );
        self.word.compare_exchange(current, new, success, failure)
    }
}

//! A memory that counts: how many words a register is made of, and how often it accesses them.
//!
//! ```
//! use registers::worlds::counted::{Accesses, Counted};
//! use registers::{Construction, Sizes, Hardware, Write, atomic::SequenceLock};
//!
//! let memory = Counted::new(&Hardware);
//! let ([mut writer], _) = SequenceLock::build(&memory, [0; 2], Sizes::readers(1));
//! assert_eq!(memory.words(), 3);
//! writer.write([1; 2]);
//! assert_eq!(memory.accesses(), Accesses { loads: 0, stores: 4 });
//! ```

use std::ops::Sub;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use crate::memory::{Access, Found, Kind, Memory, Ordering, Place, Site, Word};

/// A memory that counts the accesses to another one. A read-modify-write is a load and a store.
#[derive(Clone, Debug)]
pub struct Counted<M> {
    memory: M,
    counts: Arc<Counts>,
}

/// A word of [`Counted`] memory.
#[derive(Debug)]
pub struct CountedWord<W> {
    word: W,
    counts: Arc<Counts>,
}

// Relaxed throughout: the counts order nothing, and whoever reads them waits for those who count.
#[derive(Debug, Default)]
struct Counts {
    words: AtomicU64,
    loads: AtomicU64,
    stores: AtomicU64,
}

/// How often words were accessed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Accesses {
    /// How often one was read.
    pub loads: u64,
    /// How often one was written.
    pub stores: u64,
}

impl Accesses {
    /// Both together.
    pub fn all(self) -> u64 {
        self.loads + self.stores
    }
}

impl Sub for Accesses {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            loads: self.loads - earlier.loads,
            stores: self.stores - earlier.stores,
        }
    }
}

impl<M: Memory> Counted<M> {
    /// `memory`, with nothing counted yet.
    pub fn new(memory: &M) -> Self {
        Self {
            memory: memory.clone(),
            counts: Arc::default(),
        }
    }

    /// How many words there are.
    pub fn words(&self) -> u64 {
        self.counts.words.load(Relaxed)
    }

    /// How often words were accessed so far.
    pub fn accesses(&self) -> Accesses {
        Accesses {
            loads: self.counts.loads.load(Relaxed),
            stores: self.counts.stores.load(Relaxed),
        }
    }
}

impl<M: Memory> Memory for Counted<M> {
    type Word = CountedWord<M::Word>;
    type Lock = M::Lock;

    fn make(&self, place: Place<'_>, init: u64, kind: Kind) -> Self::Word {
        self.counts.words.fetch_add(1, Relaxed);
        CountedWord {
            word: self.memory.make(place, init, kind),
            counts: Arc::clone(&self.counts),
        }
    }

    fn lock(&self, place: Place<'_>) -> M::Lock {
        self.memory.lock(place)
    }

    fn fence_at(&self, order: Ordering, site: Site) {
        self.memory.fence_at(order, site);
    }

    fn relax(&self) {
        self.memory.relax();
    }

    fn choose(&self, among: u64) -> u64 {
        self.memory.choose(among)
    }
}

impl<W: Word> Word for CountedWord<W> {
    fn access(&self, access: Access) -> Found {
        let Access { what, .. } = access;
        self.counts.loads.fetch_add(what.reads().into(), Relaxed);
        self.counts.stores.fetch_add(what.writes().into(), Relaxed);
        self.word.access(access)
    }
}

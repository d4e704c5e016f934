//! A part of a memory, for a register that is built from others.

use crate::memory::{Attempts, Kind, Memory, Ordering, Place, Site};

/// The same memory, with a prefix to the name of each place: for a register that is built from others, whose words
/// would otherwise share their names.
#[derive(Clone, Debug)]
pub struct Within<M> {
    memory: M,
    prefix: String,
}

impl<M: Memory> Within<M> {
    /// `memory`, in which `word[0]` is called `prefix.word[0]`.
    pub fn new(memory: &M, prefix: Place<'_>) -> Self {
        Self {
            memory: memory.clone(),
            prefix: prefix.to_string(),
        }
    }
}

impl<M: Memory> Memory for Within<M> {
    type Word = M::Word;
    type Lock = M::Lock;

    fn make(&self, place: Place<'_>, init: u64, kind: Kind) -> M::Word {
        let Self { memory, prefix } = self;
        memory.make(format_args!("{prefix}.{place}"), init, kind)
    }

    fn lock(&self, place: Place<'_>) -> M::Lock {
        self.memory.lock(format_args!("{}.{place}", self.prefix))
    }

    #[inline]
    fn fence_at(&self, order: Ordering, site: Site) {
        self.memory.fence_at(order, site);
    }

    #[inline]
    fn relax(&self) {
        self.memory.relax();
    }

    fn choose(&self, among: u64) -> u64 {
        self.memory.choose(among)
    }

    fn first_count(&self, bits: u32) -> u64 {
        self.memory.first_count(bits)
    }

    #[inline]
    fn attempts(&self, attempts: Attempts) {
        self.memory.attempts(attempts);
    }
}

//! A memory chosen at run time.
//!
//! [`Erased`] is some other memory behind a pointer. So a register is compiled once for all worlds that study it,
//! instead of once for each; only [`Hardware`](crate::Hardware), where nanoseconds count, is worth a copy of its own.

use std::fmt;
use std::sync::Arc;

use crate::memory::{Access, Attempts, Found, Kind, Lock, Memory, Ordering, Place, Site, Word};

/// Some memory.
#[derive(Clone)]
pub struct Erased(Arc<dyn World>);

/// A word of [`Erased`] memory.
pub struct ErasedWord(Box<dyn Word>);

/// A lock of [`Erased`] memory.
pub struct ErasedLock(Box<dyn Lock>);

impl Erased {
    /// This memory, with its type taken out.
    pub fn new(memory: impl Memory) -> Self {
        Self(Arc::new(memory))
    }
}

/// [`Memory`], fit for a pointer.
trait World: fmt::Debug + Send + Sync {
    fn make_erased(&self, place: Place<'_>, init: u64, kind: Kind) -> Box<dyn Word>;
    fn lock_erased(&self, place: Place<'_>) -> Box<dyn Lock>;
    fn fence_erased(&self, order: Ordering, site: Site);
    fn relax_erased(&self);
    fn choose_erased(&self, among: u64) -> u64;
    fn first_count_erased(&self, bits: u32) -> u64;
    fn attempts_erased(&self, attempts: Attempts);
}

impl<M: Memory> World for M {
    fn make_erased(&self, place: Place<'_>, init: u64, kind: Kind) -> Box<dyn Word> {
        Box::new(self.make(place, init, kind))
    }

    fn lock_erased(&self, place: Place<'_>) -> Box<dyn Lock> {
        Box::new(self.lock(place))
    }

    fn fence_erased(&self, order: Ordering, site: Site) {
        self.fence_at(order, site);
    }

    fn relax_erased(&self) {
        self.relax();
    }

    fn choose_erased(&self, among: u64) -> u64 {
        self.choose(among)
    }

    fn first_count_erased(&self, bits: u32) -> u64 {
        self.first_count(bits)
    }

    fn attempts_erased(&self, attempts: Attempts) {
        self.attempts(attempts);
    }
}

impl Memory for Erased {
    type Word = ErasedWord;
    type Lock = ErasedLock;

    fn make(&self, place: Place<'_>, init: u64, kind: Kind) -> ErasedWord {
        ErasedWord(self.0.make_erased(place, init, kind))
    }

    fn lock(&self, place: Place<'_>) -> ErasedLock {
        ErasedLock(self.0.lock_erased(place))
    }

    fn fence_at(&self, order: Ordering, site: Site) {
        self.0.fence_erased(order, site);
    }

    fn relax(&self) {
        self.0.relax_erased();
    }

    fn choose(&self, among: u64) -> u64 {
        self.0.choose_erased(among)
    }

    fn first_count(&self, bits: u32) -> u64 {
        self.0.first_count_erased(bits)
    }

    fn attempts(&self, attempts: Attempts) {
        self.0.attempts_erased(attempts);
    }
}

impl Word for ErasedWord {
    fn access(&self, access: Access) -> Found {
        self.0.access(access)
    }
}

impl Lock for ErasedLock {
    fn hold_at(&self, site: Site, critical: &mut dyn FnMut()) {
        self.0.hold_at(site, critical);
    }
}

impl fmt::Debug for Erased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ErasedWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ErasedLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

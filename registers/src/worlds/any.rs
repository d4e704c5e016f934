//! A memory chosen at run time.
//!
//! [`Any`] is some other memory behind a pointer. So a register is compiled once for all worlds that study it, instead
//! of once for each; only [`Hardware`](crate::Hardware), where nanoseconds count, is worth a copy of its own.

use std::fmt;
use std::sync::Arc;

use crate::memory::{Lock, Memory, Ordering, Place, Word};

/// Some memory.
#[derive(Clone)]
pub struct Any(Arc<dyn AnyMemory>);

/// A word of [`Any`] memory.
pub struct AnyWord(Box<dyn Word>);

/// A lock of [`Any`] memory.
pub struct AnyLock(Box<dyn HeldBy>);

impl Any {
    /// This memory, with its type taken out.
    pub fn new(memory: impl Memory) -> Self {
        Self(Arc::new(memory))
    }
}

/// [`Memory`], fit for a pointer.
trait AnyMemory: fmt::Debug + Send + Sync {
    fn any_word(&self, place: Place<'_>, init: u64) -> Box<dyn Word>;
    fn any_lock(&self, place: Place<'_>) -> Box<dyn HeldBy>;
    fn any_fence(&self, order: Ordering);
    fn any_relax(&self);
    fn any_choose(&self, among: u64) -> u64;
}

impl<M: Memory> AnyMemory for M {
    fn any_word(&self, place: Place<'_>, init: u64) -> Box<dyn Word> {
        Box::new(self.word(place, init))
    }

    fn any_lock(&self, place: Place<'_>) -> Box<dyn HeldBy> {
        Box::new(self.lock(place))
    }

    fn any_fence(&self, order: Ordering) {
        self.fence(order);
    }

    fn any_relax(&self) {
        self.relax();
    }

    fn any_choose(&self, among: u64) -> u64 {
        self.choose(among)
    }
}

/// [`Lock`], fit for a pointer.
trait HeldBy: fmt::Debug + Send + Sync {
    fn held_by(&self, critical: &mut dyn FnMut());
}

impl<L: Lock> HeldBy for L {
    fn held_by(&self, critical: &mut dyn FnMut()) {
        self.hold(critical);
    }
}

impl Memory for Any {
    type Word = AnyWord;
    type Lock = AnyLock;

    fn word(&self, place: Place<'_>, init: u64) -> AnyWord {
        AnyWord(self.0.any_word(place, init))
    }

    fn lock(&self, place: Place<'_>) -> AnyLock {
        AnyLock(self.0.any_lock(place))
    }

    fn fence(&self, order: Ordering) {
        self.0.any_fence(order);
    }

    fn relax(&self) {
        self.0.any_relax();
    }

    fn choose(&self, among: u64) -> u64 {
        self.0.any_choose(among)
    }
}

impl Word for AnyWord {
    fn load(&self, order: Ordering) -> u64 {
        self.0.load(order)
    }

    fn store(&self, value: u64, order: Ordering) {
        self.0.store(value, order);
    }

    fn swap(&self, value: u64, order: Ordering) -> u64 {
        self.0.swap(value, order)
    }

    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.0.fetch_add(value, order)
    }

    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        self.0.compare_exchange(current, new, success, failure)
    }
}

impl Lock for AnyLock {
    fn hold<R>(&self, critical: impl FnOnce() -> R) -> R {
        let (mut critical, mut result) = (Some(critical), None);
        self.0.held_by(&mut || {
            let critical = critical.take().expect("it is run once");
            result = Some(critical());
        });
        result.expect("it has been run")
    }
}

impl fmt::Debug for Any {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for AnyWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for AnyLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

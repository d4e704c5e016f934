//! The memory of loom.

use std::fmt;
use std::panic;
use std::sync::Arc;

use loom::sync::atomic::{AtomicU64, fence};
use registers::memory::{Ordering, Place};
use registers::{Lock, Memory, Word};

use crate::stage::cut_short;
use crate::trace::{AfterFailure, Trace, What};

/// A memory whose every access is a step of loom's: it tries each thread that could go next, and each value that a load
/// may return.
///
/// Its accesses are loom's with the same orderings, but for two things. A word is initialised by a SeqCst store,
/// because loom takes the value that a word is made with for a Release store, and would let a SeqCst load return it too
/// late. And an operation is [taken out](Memory::relax) of an execution in which an attempt of it failed.
#[derive(Clone)]
pub struct LoomMemory {
    pub(crate) trace: Arc<Trace>,
}

/// A word of [`LoomMemory`].
pub struct LoomWord {
    pub(crate) trace: Arc<Trace>,
    pub(crate) name: usize,
    pub(crate) word: AtomicU64,
}

/// A lock of [`LoomMemory`].
pub struct LoomLock {
    trace: Arc<Trace>,
    name: usize,
    lock: loom::sync::Mutex<()>,
}

/// Unwinds a thread whose operation gave up.
pub(crate) struct GaveUp;

impl LoomMemory {
    pub(crate) fn new() -> Self {
        Self {
            trace: Arc::default(),
        }
    }
}

impl Memory for LoomMemory {
    type Word = LoomWord;
    type Lock = LoomLock;

    fn word(&self, place: Place<'_>, init: u64) -> LoomWord {
        let name = self.trace.name(place, init);
        let word = AtomicU64::new(init);
        self.trace.turn(|| word.store(init, Ordering::SeqCst));
        LoomWord {
            trace: Arc::clone(&self.trace),
            name,
            word,
        }
    }

    fn lock(&self, place: Place<'_>) -> LoomLock {
        LoomLock {
            trace: Arc::clone(&self.trace),
            name: self.trace.name(place, 0),
            lock: loom::sync::Mutex::new(()),
        }
    }

    fn fence(&self, order: Ordering) {
        self.trace.turn(|| fence(order));
    }

    /// Tries again if the failed attempt changed words; otherwise the operation is out of this execution, because the
    /// same happens in another one without this attempt.
    fn relax(&self) {
        match self.trace.attempt_failed() {
            AfterFailure::Retry => self.trace.turn(loom::thread::yield_now),
            AfterFailure::GiveUp => panic::resume_unwind(Box::new(GaveUp)),
        }
    }

    fn choose(&self, _: u64) -> u64 {
        cut_short(
            "loom knows no choice but that of an interleaving and of what a load returns"
                .to_owned(),
        )
    }
}

impl LoomWord {
    /// An access of loom's, and what it did.
    fn access<R>(&self, access: impl FnOnce(&AtomicU64) -> R, what: impl FnOnce(&R) -> What) -> R {
        // Loom may switch before the access takes effect, not after it: it is logged in time.
        let result = self.trace.turn(|| access(&self.word));
        self.trace.log(self.name, what(&result));
        result
    }
}

impl Word for LoomWord {
    fn load(&self, order: Ordering) -> u64 {
        self.access(|word| word.load(order), |&value| What::Load(value))
    }

    fn store(&self, value: u64, order: Ordering) {
        self.access(|word| word.store(value, order), |()| What::Store(value));
    }

    fn swap(&self, value: u64, order: Ordering) -> u64 {
        let what = |&old: &u64| What::Replace { old, new: value };
        self.access(|word| word.swap(value, order), what)
    }

    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        let what = |&old: &u64| What::Replace {
            old,
            new: old.wrapping_add(value),
        };
        self.access(|word| word.fetch_add(value, order), what)
    }

    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        let what = |result: &Result<u64, u64>| match *result {
            Ok(old) => What::Replace { old, new },
            Err(found) => What::Refuse {
                found,
                expected: current,
            },
        };
        self.access(
            |word| word.compare_exchange(current, new, success, failure),
            what,
        )
    }
}

impl Lock for LoomLock {
    fn hold<R>(&self, critical: impl FnOnce() -> R) -> R {
        let held = self.trace.turn(|| self.lock.lock());
        self.trace.log(self.name, What::Take);
        let result = critical();
        self.trace.log(self.name, What::Free);
        drop(held);
        result
    }
}

impl fmt::Debug for LoomMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoomMemory").finish_non_exhaustive()
    }
}

impl fmt::Debug for LoomWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LoomWord").field(&self.name).finish()
    }
}

impl fmt::Debug for LoomLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LoomLock").field(&self.name).finish()
    }
}

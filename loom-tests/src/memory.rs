//! The memory of loom.

use std::fmt;
use std::panic;
use std::sync::{Arc, Mutex, PoisonError};

use loom::cell::UnsafeCell;
use loom::sync::atomic::AtomicU64;
use registers::memory::{
    Access, Attempts, Found, Kind, Lock, Memory, Ordering, Place, Site, What, Word,
};

use crate::run::cut_short;
use crate::trace::{AfterFailure, Trace, What as Done};

/// A memory whose every access is a step of loom's: it tries each thread that could go next, and each value that a load
/// may return.
///
/// Its accesses are loom's with the same orderings, but for three things. A word is initialised by a SeqCst store,
/// because loom takes the value that a word is made with for a Release store, and would let a SeqCst load return it too
/// late. An operation is [taken out](Memory::relax) of an execution in which an attempt of it failed that leaves nothing
/// behind. And plain accesses are relaxed ones beside an access to a cell of loom's, which notices races.
#[derive(Clone)]
pub struct LoomMemory {
    pub(crate) trace: Arc<Trace>,
}

/// A word of [`LoomMemory`].
pub struct LoomWord {
    pub(crate) trace: Arc<Trace>,
    pub(crate) name: usize,
    pub(crate) word: AtomicU64,
    /// Nothing is kept in it: loom alone looks at who accesses it.
    plain: Mutex<UnsafeCell<()>>,
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

    fn make(&self, place: Place<'_>, init: u64, kind: Kind) -> LoomWord {
        let name = self.trace.name(place, init, kind);
        let word = AtomicU64::new(init);
        self.trace.turn(|| word.store(init, Ordering::SeqCst));
        LoomWord {
            trace: Arc::clone(&self.trace),
            name,
            word,
            plain: Mutex::new(UnsafeCell::new(())),
        }
    }

    fn lock(&self, place: Place<'_>) -> LoomLock {
        LoomLock {
            trace: Arc::clone(&self.trace),
            name: self.trace.name(place, 0, Kind::Word),
            lock: loom::sync::Mutex::new(()),
        }
    }

    fn fence_at(&self, order: Ordering, site: Site) {
        let order = match self.trace.mutation() {
            Some(mutation) => mutation.of_fence(order, site),
            None => Some(order),
        };
        self.trace.fence(order);
    }

    /// Tries again if the failed attempt changed words, or if attempts are counted; otherwise the operation is out of
    /// this execution, because the same happens in another one without this attempt.
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

    fn first_count(&self, bits: u32) -> u64 {
        self.trace.state().variant.first_count(bits)
    }

    fn attempts(&self, attempts: Attempts) {
        self.trace.attempts(attempts);
    }
}

impl LoomWord {
    /// An access of loom's, and what it did.
    fn turn<R>(&self, access: impl FnOnce(&AtomicU64) -> R) -> R {
        // Loom may switch before the access takes effect, not after it: it is logged in time.
        self.trace.turn(|| access(&self.word))
    }

    /// Claims that nobody accesses the word meanwhile, or nobody but readers. Loom panics if that is not so.
    fn claim(&self, reads: bool) {
        self.trace.turn(|| {
            let plain = self.plain.lock().unwrap_or_else(PoisonError::into_inner);
            if reads {
                plain.with(|_| ());
            } else {
                plain.with_mut(|_| ());
            }
        });
    }

    fn perform(&self, access: Access) -> Found {
        let Access {
            what,
            order,
            failure,
            ..
        } = access;
        let found = match what {
            What::Load => Found::done(self.turn(|word| word.load(order))),
            What::Store(value) => {
                self.turn(|word| word.store(value, order));
                Found::done(0)
            }
            What::Swap(value) => Found::done(self.turn(|word| word.swap(value, order))),
            What::Add(value) => Found::done(self.turn(|word| word.fetch_add(value, order))),
            What::Sub(value) => Found::done(self.turn(|word| word.fetch_sub(value, order))),
            What::And(value) => Found::done(self.turn(|word| word.fetch_and(value, order))),
            What::Or(value) => Found::done(self.turn(|word| word.fetch_or(value, order))),
            What::Xor(value) => Found::done(self.turn(|word| word.fetch_xor(value, order))),
            What::Max(value) => Found::done(self.turn(|word| word.fetch_max(value, order))),
            What::Min(value) => Found::done(self.turn(|word| word.fetch_min(value, order))),
            // Loom's weak exchange does not fail for no reason either.
            What::Exchange { current, new } | What::WeakExchange { current, new } => {
                let exchanged =
                    self.turn(|word| word.compare_exchange(current, new, order, failure));
                Found {
                    is_done: exchanged.is_ok(),
                    value: exchanged.unwrap_or_else(|found| found),
                }
            }
            What::Read => {
                self.claim(true);
                Found::done(self.turn(|word| word.load(Ordering::Relaxed)))
            }
            What::Write(value) | What::Allocate(value) => {
                self.claim(false);
                self.turn(|word| word.store(value, Ordering::Relaxed));
                Found::done(0)
            }
            What::Retire => {
                self.claim(false);
                Found::done(0)
            }
        };
        self.trace.log(self.name, Done::Access(what, found));
        found
    }
}

impl Word for LoomWord {
    fn access(&self, access: Access) -> Found {
        let Some(mutation) = self.trace.mutation() else {
            return self.perform(access);
        };
        let Some(access) = mutation.of_access(access) else {
            return Found::done(0);
        };
        let (before, behind) = mutation.fences(&access);
        self.trace.fence(before);
        let found = self.perform(access);
        self.trace.fence(behind);
        mutation.of_found(&access, found)
    }
}

impl Lock for LoomLock {
    fn hold_at(&self, _: Site, critical: &mut dyn FnMut()) {
        let held = self.trace.turn(|| self.lock.lock());
        self.trace.log(self.name, Done::Take);
        critical();
        self.trace.log(self.name, Done::Free);
        drop(held);
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

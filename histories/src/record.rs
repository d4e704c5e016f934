//! The recorder: takes down the history of real threads.
//!
//! # The clock rule
//!
//! A history needs the order of invocations and completions in real time. Under a relaxed memory the clock that tells
//! this order is itself part of the program, so it has to be chosen with care:
//!
//! * an invocation takes `clock.fetch_add(1, Acquire)` just before its operation,
//! * a completion takes `clock.fetch_add(1, Release)` just after it,
//! * on a clock word *of the same memory* as the register.
//!
//! Then "a completed before b was invoked" holds exactly when the end of a happens before the beginning of b, and
//! nothing else is synchronised. A clock outside the memory makes every register look broken, or misses real breaks; a
//! stronger one orders what the register left unordered, and so hides its faults.
//!
//! On hardware recording costs an atomic increment of a shared word before and after each operation: tens of
//! nanoseconds where several threads record, as much as the operation itself on a fast register. It makes operations
//! longer and races rarer, never wrong.
//!
//! ```
//! use histories::record::{AtomicClock, Recorder};
//! use histories::{Model, check};
//! use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
//!
//! let register = AtomicU64::new(0);
//! let recorder = Recorder::new(AtomicClock::default());
//! std::thread::scope(|scope| {
//!     scope.spawn(|| {
//!         let mut log = recorder.process(1);
//!         (1..=3).for_each(|value| log.write(value, || register.store(value, Relaxed)));
//!     });
//!     scope.spawn(|| {
//!         let mut log = recorder.process(2);
//!         (1..=3).for_each(|_| drop(log.read(|| register.load(Relaxed))));
//!     });
//! });
//! assert!(check(Model::Atomic, &recorder.into_history(0)).holds());
//! ```

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::{Action, History, Instant, Operation, Process, Value};

/// Tells the order of invocations and completions. See the [clock rule](self).
pub trait Clock: Sync {
    /// The instant of an invocation. Must acquire what every completion with a lower instant has released.
    fn invoked(&self) -> Instant;
    /// The instant of a completion. Must release.
    fn completed(&self) -> Instant;
}

/// The clock of registers that live in the memory of this process.
#[derive(Debug, Default)]
pub struct AtomicClock(AtomicU64);

impl Clock for AtomicClock {
    fn invoked(&self) -> Instant {
        // Acquire: pairs with the Release of every completion counted before.
        self.0.fetch_add(1, Ordering::Acquire)
    }

    fn completed(&self) -> Instant {
        // Release: pairs with the Acquire of every invocation counted after.
        self.0.fetch_add(1, Ordering::Release)
    }
}

/// Collects the operations of several threads into one history.
#[derive(Debug, Default)]
pub struct Recorder<C> {
    clock: C,
    operations: Mutex<Vec<Operation>>,
}

impl<C: Clock> Recorder<C> {
    /// A recorder that reads the time from `clock`.
    pub fn new(clock: C) -> Self {
        Self {
            clock,
            operations: Mutex::default(),
        }
    }

    /// The log of one process, to be kept by the thread that plays it. A thread that panics within an operation leaves
    /// it pending.
    pub fn process(&self, process: Process) -> Log<'_, C> {
        Log {
            recorder: self,
            process,
            operations: Vec::new(),
        }
    }

    /// Everything that was recorded, by logs that have been dropped, on a register that held `initial` at first.
    ///
    /// # Panics
    ///
    /// If two logs of one process were in use at the same time, so that its operations overlap.
    pub fn into_history(self, initial: impl Into<Value>) -> History {
        let operations = self
            .operations
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        History::new(initial, operations)
            .expect("each process records its operations one after the other")
    }
}

/// Records the operations of one process. What it holds reaches the recorder when it is dropped.
#[derive(Debug)]
pub struct Log<'a, C: Clock> {
    recorder: &'a Recorder<C>,
    process: Process,
    operations: Vec<Operation>,
}

impl<C: Clock> Log<'_, C> {
    /// Records a write of `value`, performed by `write`.
    pub fn write<R>(&mut self, value: impl Into<Value>, write: impl FnOnce() -> R) -> R {
        self.invoke(Action::Write(value.into()));
        let result = write();
        self.complete();
        result
    }

    /// Records a read, performed by `read`, with the value that it returns.
    pub fn read<V: Clone + Into<Value>>(&mut self, read: impl FnOnce() -> V) -> V {
        self.invoke(Action::Read(None));
        let value = read();
        self.complete();
        let last = self
            .operations
            .last_mut()
            .expect("the invocation has just been recorded");
        last.action = Action::Read(Some(value.clone().into()));
        value
    }

    fn invoke(&mut self, action: Action) {
        self.operations
            .push(Operation::new(self.process, action, 0..));
        let invoked = self.recorder.clock.invoked();
        self.operations
            .last_mut()
            .expect("it has just been pushed")
            .invoked = invoked;
    }

    fn complete(&mut self) {
        let completed = self.recorder.clock.completed();
        self.operations
            .last_mut()
            .expect("the invocation has been recorded")
            .completed = Some(completed);
    }
}

impl<C: Clock> Drop for Log<'_, C> {
    fn drop(&mut self) {
        let mut all = self
            .recorder
            .operations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.append(&mut mem::take(&mut self.operations));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_leaves_the_operation_pending_and_loses_nothing() {
        let recorder = Recorder::new(AtomicClock::default());
        std::thread::scope(|scope| {
            let crash = scope.spawn(|| {
                let mut log = recorder.process(1);
                log.write(1, || {});
                log.write(2, || std::panic::resume_unwind(Box::new("crash")));
            });
            assert!(crash.join().is_err());
        });
        let history = recorder.into_history(0);
        let pending: Vec<bool> = history
            .operations()
            .iter()
            .map(Operation::is_pending)
            .collect();
        assert_eq!(pending, [false, true]);
    }
}

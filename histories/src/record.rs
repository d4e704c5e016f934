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
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Action, Builder, History, Initial, Instant, Operation, Process, Register, Value};

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

/// How an operation ended that may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended<T> {
    /// It was done, with this result.
    Done(T),
    /// It did not happen, for sure: it was refused, or its precondition did not hold.
    Failed,
    /// It may have happened or not, or happen yet: nobody answered in time.
    Unknown,
}

/// Collects the operations of several threads into one history.
#[derive(Debug, Default)]
pub struct Recorder<C> {
    clock: C,
    /// The number of a process that nobody is yet.
    next: AtomicU32,
    recorded: Mutex<Recorded>,
}

#[derive(Debug, Default)]
struct Recorded {
    operations: Vec<Operation>,
    failed: Vec<Operation>,
    names: Vec<String>,
}

impl<C: Clock> Recorder<C> {
    /// A recorder that reads the time from `clock`.
    pub fn new(clock: C) -> Self {
        Self {
            clock,
            next: AtomicU32::new(1),
            recorded: Mutex::default(),
        }
    }

    /// The register of this name, to be told to [`Log::on`]. Without one, all operations are on one register that has
    /// no name.
    pub fn register(&self, name: &str) -> Register {
        let names = &mut self.recorded().names;
        let place = names.iter().position(|known| known == name);
        let place = place.unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        });
        place as Register + 1
    }

    /// The log of one process, to be kept by the thread that plays it. A thread that panics within an operation leaves
    /// it pending.
    pub fn process(&self, process: Process) -> Log<'_, C> {
        // Relaxed: it is no more than a number; nothing else is read because of it.
        self.next
            .fetch_max(process.saturating_add(1), Ordering::Relaxed);
        Log {
            recorder: self,
            process,
            operations: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// Everything that was recorded, by logs that have been dropped, on registers that all held `initial` at first: a
    /// value, or an [`Initial`].
    ///
    /// # Panics
    ///
    /// If two logs of one process were in use at the same time, so that its operations overlap.
    pub fn into_history(self, initial: impl Into<Initial>) -> History {
        let recorded = self.recorded.into_inner();
        let recorded = recorded.unwrap_or_else(PoisonError::into_inner);
        let mut builder = Builder::new(initial.into());
        for name in &recorded.names {
            builder.register(name);
        }
        recorded
            .operations
            .into_iter()
            .for_each(|operation| builder.push(operation));
        recorded
            .failed
            .into_iter()
            .for_each(|operation| builder.push_failed(operation));
        builder
            .build()
            .expect("each process records its operations one after the other")
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records the operations of one process. What it holds reaches the recorder when it is dropped.
#[derive(Debug)]
pub struct Log<'a, C: Clock> {
    recorder: &'a Recorder<C>,
    process: Process,
    operations: Vec<Operation>,
    failed: Vec<Operation>,
}

impl<'a, C: Clock> Log<'a, C> {
    /// The same log, for an operation on this register.
    pub fn on(&mut self, register: Register) -> On<'_, 'a, C> {
        On {
            log: self,
            register,
        }
    }

    /// Records a write of `value`, performed by `write`.
    pub fn write<R>(&mut self, value: impl Into<Value>, write: impl FnOnce() -> R) -> R {
        self.on(0).write(value, write)
    }

    /// Records a read, performed by `read`, with the value that it returns.
    pub fn read<V: Clone + Into<Value>>(&mut self, read: impl FnOnce() -> V) -> V {
        self.on(0).read(read)
    }

    fn last(&mut self) -> &mut Operation {
        let last = self.operations.last_mut();
        last.expect("the invocation has been recorded")
    }
}

/// Records an operation on one of several registers.
///
/// ```
/// use histories::record::{AtomicClock, Ended, Recorder};
/// use histories::{Initial, Model};
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// let store = Mutex::new(HashMap::from([("x", 0_u64), ("y", 0)]));
/// let recorder = Recorder::new(AtomicClock::default());
/// let (x, y) = (recorder.register("x"), recorder.register("y"));
///
/// let mut log = recorder.process(1);
/// log.on(x).write(1, || store.lock().unwrap().insert("x", 1));
/// log.on(x).compare_and_swap(1, 2, || {
///     let mut store = store.lock().unwrap();
///     let equal = store["x"] == 1;
///     if equal {
///         store.insert("x", 2);
///     }
///     equal
/// });
/// // A request over a network may be refused, or never be answered.
/// log.on(y).try_write(7, || Ended::<()>::Unknown);
/// log.on(y).try_read(|| Ended::Done(store.lock().unwrap()["y"]));
/// drop(log);
///
/// let history = recorder.into_history(Initial::Given(0.into()));
/// assert_eq!(history.operations().len(), 4);
/// history.assert(Model::Atomic);
/// ```
#[derive(Debug)]
pub struct On<'l, 'a, C: Clock> {
    log: &'l mut Log<'a, C>,
    register: Register,
}

impl<C: Clock> On<'_, '_, C> {
    /// Records a write of `value`, performed by `write`.
    pub fn write<R>(self, value: impl Into<Value>, write: impl FnOnce() -> R) -> R {
        let done = self.perform(Action::Write(value.into()), || Ended::Done(write()));
        done.expect("it was done")
    }

    /// Records a write that may go wrong; returns what it returned if it did not.
    pub fn try_write<R>(
        self,
        value: impl Into<Value>,
        write: impl FnOnce() -> Ended<R>,
    ) -> Option<R> {
        self.perform(Action::Write(value.into()), write)
    }

    /// Records a read, performed by `read`, with the value that it returns.
    pub fn read<V: Clone + Into<Value>>(self, read: impl FnOnce() -> V) -> V {
        let value = self.try_read(|| Ended::Done(read()));
        value.expect("it returned one")
    }

    /// Records a read that may go wrong, with the value that it returns if it does not.
    pub fn try_read<V: Clone + Into<Value>>(self, read: impl FnOnce() -> Ended<V>) -> Option<V> {
        let Self { log, register } = self;
        let value = log.on(register).perform(Action::Read(None), read)?;
        log.last().action = Action::Read(Some(value.clone().into()));
        Some(value)
    }

    /// Records a compare-and-swap, performed by `swap`, which says whether the register held what was expected.
    pub fn compare_and_swap(
        self,
        expected: impl Into<Value>,
        new: impl Into<Value>,
        swap: impl FnOnce() -> bool,
    ) -> bool {
        let swapped = self.try_compare_and_swap(expected, new, || Ended::Done(swap()));
        swapped.expect("it was done")
    }

    /// Records a compare-and-swap that may go wrong; returns whether the register held what was expected if it did not.
    pub fn try_compare_and_swap(
        self,
        expected: impl Into<Value>,
        new: impl Into<Value>,
        swap: impl FnOnce() -> Ended<bool>,
    ) -> Option<bool> {
        let Self { log, register } = self;
        let action = Action::CompareAndSwap {
            expected: expected.into(),
            new: new.into(),
            swapped: None,
        };
        let done = log.on(register).perform(action, swap)?;
        if let Action::CompareAndSwap { swapped, .. } = &mut log.last().action {
            *swapped = Some(done);
        }
        Some(done)
    }

    /// A process of which nobody knows what became of its operation does nothing more; who goes on is a new one.
    fn perform<R>(self, action: Action, operation: impl FnOnce() -> Ended<R>) -> Option<R> {
        let Self { log, register } = self;
        let pending = Operation::new(log.process, action, 0..).on(register);
        log.operations.push(pending);
        let invoked = log.recorder.clock.invoked();
        log.last().invoked = invoked;
        let ended = operation();
        let completed = log.recorder.clock.completed();
        match ended {
            Ended::Done(result) => {
                log.last().completed = Some(completed);
                Some(result)
            }
            Ended::Failed => {
                log.last().completed = Some(completed);
                log.failed.extend(log.operations.pop());
                None
            }
            Ended::Unknown => {
                log.process = log.recorder.next.fetch_add(1, Ordering::Relaxed);
                None
            }
        }
    }
}

impl<C: Clock> Drop for Log<'_, C> {
    fn drop(&mut self) {
        let mut recorded = self.recorder.recorded();
        recorded
            .operations
            .append(&mut mem::take(&mut self.operations));
        // A read that failed returned nothing, and did nothing.
        let failed = mem::take(&mut self.failed).into_iter();
        recorded
            .failed
            .extend(failed.filter(|operation| !operation.is_read()));
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

    #[test]
    fn who_goes_on_after_an_unknown_end_is_a_new_process() {
        let recorder = Recorder::new(AtomicClock::default());
        let x = recorder.register("x");
        assert_eq!(recorder.register("x"), x);
        {
            let mut first = recorder.process(1);
            let mut second = recorder.process(2);
            assert_eq!(first.on(x).try_write(1, || Ended::<()>::Unknown), None);
            assert_eq!(first.on(x).try_write(2, || Ended::<()>::Failed), None);
            assert_eq!(first.on(x).try_read(|| Ended::<u64>::Failed), None);
            assert_eq!(first.on(x).try_read(|| Ended::Done(1_u64)), Some(1));
            assert!(second.on(x).compare_and_swap(1, 3, || true));
        }
        let history = recorder.into_history(Initial::Absent);
        assert_eq!(history.processes(), [1, 2, 3]);
        assert_eq!(history.operations().len(), 3);
        assert_eq!(history.failed().len(), 1);
        assert_eq!(history.name_of(x), Some("x"));
        history.assert(crate::Model::Atomic);
    }
}

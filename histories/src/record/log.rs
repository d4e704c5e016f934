//! The log of a process, in which it writes down what it does.

use std::future::Future;
use std::mem;
use std::sync::atomic::Ordering;

use super::{Clock, Done, Ended, Shared};
use crate::{Action, Operation, Process, Register, Value};

/// Records the operations of one process. What it holds reaches the recorder when it is dropped.
#[derive(Debug)]
pub struct Log<'a, C: Clock> {
    recorder: Shared<'a, C>,
    process: Process,
    operations: Vec<Operation>,
    failed: Vec<Operation>,
}

impl<'a, C: Clock> Log<'a, C> {
    pub(super) fn new(recorder: Shared<'a, C>, process: Process) -> Self {
        Self {
            recorder,
            process,
            operations: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// The same log, for an operation on this register.
    pub fn on(&mut self, register: Register) -> On<'_, 'a, C> {
        On {
            log: self,
            register,
        }
    }

    /// Records a write of `value`, performed by `write`.
    pub fn write<R: Done<Way>, Way>(
        &mut self,
        value: impl Into<Value>,
        write: impl FnOnce() -> R,
    ) -> R {
        self.on(0).write(value, write)
    }

    /// Records a write of `value`, performed by a future.
    pub async fn write_async<R>(
        &mut self,
        value: impl Into<Value>,
        write: impl Future<Output = R>,
    ) -> R {
        self.on(0).write_async(value, write).await
    }

    /// Records a read, performed by a future, with the value that it returns.
    pub async fn read_async<V: Clone + Into<Value>>(&mut self, read: impl Future<Output = V>) -> V {
        self.on(0).read_async(read).await
    }

    /// Records a read, performed by `read`, with the value that it returns.
    pub fn read<V: Clone + Into<Value>>(&mut self, read: impl FnOnce() -> V) -> V {
        self.on(0).read(read)
    }

    /// A process of which nobody knows what became of its operation does nothing more; who goes on is a new one.
    fn go_on(&mut self) {
        self.process = self.recorder.next.fetch_add(1, Ordering::Relaxed);
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

impl<'l, 'a, C: Clock> On<'l, 'a, C> {
    /// Records a write of `value`, performed by `write`.
    pub fn write<R: Done<Way>, Way>(self, value: impl Into<Value>, write: impl FnOnce() -> R) -> R {
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

    /// As [`write`](Self::write), performed by a future.
    pub async fn write_async<R>(
        self,
        value: impl Into<Value>,
        write: impl Future<Output = R>,
    ) -> R {
        let write = async { Ended::Done(write.await) };
        let done = self.try_write_async(value, write).await;
        done.expect("it was done")
    }

    /// As [`try_write`](Self::try_write), performed by a future.
    pub async fn try_write_async<R>(
        self,
        value: impl Into<Value>,
        write: impl Future<Output = Ended<R>>,
    ) -> Option<R> {
        let running = self.begin(Action::Write(value.into()));
        let ended = write.await;
        running.end(ended).0
    }

    /// As [`read`](Self::read), performed by a future.
    pub async fn read_async<V: Clone + Into<Value>>(self, read: impl Future<Output = V>) -> V {
        let value = self.try_read_async(async { Ended::Done(read.await) }).await;
        value.expect("it returned one")
    }

    /// As [`try_read`](Self::try_read), performed by a future.
    pub async fn try_read_async<V: Clone + Into<Value>>(
        self,
        read: impl Future<Output = Ended<V>>,
    ) -> Option<V> {
        let running = self.begin(Action::Read(None));
        let ended = read.await;
        let (value, log) = running.end(ended);
        let value = value?;
        log.last().action = Action::Read(Some(value.clone().into()));
        Some(value)
    }

    /// As [`compare_and_swap`](Self::compare_and_swap), performed by a future.
    pub async fn compare_and_swap_async(
        self,
        expected: impl Into<Value>,
        new: impl Into<Value>,
        swap: impl Future<Output = bool>,
    ) -> bool {
        let swap = async { Ended::Done(swap.await) };
        let swapped = self.try_compare_and_swap_async(expected, new, swap).await;
        swapped.expect("it was done")
    }

    /// As [`try_compare_and_swap`](Self::try_compare_and_swap), performed by a future.
    pub async fn try_compare_and_swap_async(
        self,
        expected: impl Into<Value>,
        new: impl Into<Value>,
        swap: impl Future<Output = Ended<bool>>,
    ) -> Option<bool> {
        let running = self.begin(Action::CompareAndSwap {
            expected: expected.into(),
            new: new.into(),
            swapped: None,
        });
        let ended = swap.await;
        let (done, log) = running.end(ended);
        let done = done?;
        if let Action::CompareAndSwap { swapped, .. } = &mut log.last().action {
            *swapped = Some(done);
        }
        Some(done)
    }

    fn begin(self, action: Action) -> Running<'l, 'a, C> {
        let Self { log, register } = self;
        let pending = Operation::new(log.process, action, 0..).on(register);
        log.operations.push(pending);
        let invoked = log.recorder.clock.invoked();
        log.last().invoked = invoked;
        Running { log: Some(log) }
    }

    fn perform<R>(self, action: Action, operation: impl FnOnce() -> Ended<R>) -> Option<R> {
        let running = self.begin(action);
        let ended = operation();
        running.end(ended).0
    }
}

/// An operation under way. Where it is dropped, nobody knows what becomes of it.
struct Running<'l, 'a, C: Clock> {
    log: Option<&'l mut Log<'a, C>>,
}

impl<'l, 'a, C: Clock> Running<'l, 'a, C> {
    fn end<R>(mut self, ended: Ended<R>) -> (Option<R>, &'l mut Log<'a, C>) {
        let log = self.log.take().expect("it has not ended yet");
        let completed = log.recorder.clock.completed();
        match ended {
            Ended::Done(result) => {
                log.last().completed = Some(completed);
                (Some(result), log)
            }
            Ended::Failed => {
                log.last().completed = Some(completed);
                log.failed.extend(log.operations.pop());
                (None, log)
            }
            Ended::Unknown => {
                log.go_on();
                (None, log)
            }
        }
    }
}

impl<C: Clock> Drop for Running<'_, '_, C> {
    fn drop(&mut self) {
        if let Some(log) = self.log.take() {
            log.go_on();
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

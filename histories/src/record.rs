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
//!
//! # Futures
//!
//! A client of a store is often a task. Its operations are recorded from the first time that they are polled until they
//! are ready, with any executor. A task that is cancelled leaves its operation pending. As tasks outlive the function that
//! begins them, their logs can share the recorder:
//!
//! ```
//! use histories::record::{AtomicClock, Recorder};
//! use std::sync::Arc;
//! # async fn put(_: u64) {}
//! # async fn get() -> u64 { 1 }
//! # fn block_on<F: std::future::Future>(future: F) -> F::Output {
//! #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! #     let mut future = std::pin::pin!(future);
//! #     loop {
//! #         if let std::task::Poll::Ready(it) = future.as_mut().poll(&mut context) { return it; }
//! #     }
//! # }
//!
//! let recorder = Arc::new(Recorder::new(AtomicClock::default()));
//! let mut log = recorder.clone().task(1);
//! let task = async move {
//!     log.write_async(1, put(1)).await;
//!     log.read_async(get()).await
//! };
//! assert_eq!(block_on(task), 1);
//! let recorder = Arc::into_inner(recorder).expect("all tasks have ended");
//! assert_eq!(recorder.into_history(0).operations().len(), 2);
//! ```
//!
//! What takes a function refuses one that only makes a future, since nothing has been done when it returns:
//!
//! ```compile_fail,E0283
//! # use histories::record::{AtomicClock, Recorder};
//! # async fn put(_: u64) {}
//! # async fn client() {
//! let recorder = Recorder::new(AtomicClock::default());
//! recorder.process(1).write(1, || put(1)).await;
//! # }
//! ```

use std::future::Future;
use std::mem;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
        Log::new(Shared::Borrowed(self), process)
    }

    /// The log of one process that shares the recorder, so that it can be moved into a task that lives as long as it
    /// wants.
    pub fn task(self: Arc<Self>, process: Process) -> Log<'static, C> {
        self.next
            .fetch_max(process.saturating_add(1), Ordering::Relaxed);
        Log::new(Shared::Counted(self), process)
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

/// A recorder that lives longer, or as long as needed.
#[derive(Debug)]
enum Shared<'a, C> {
    Borrowed(&'a Recorder<C>),
    Counted(Arc<Recorder<C>>),
}

impl<C> Deref for Shared<'_, C> {
    type Target = Recorder<C>;

    fn deref(&self) -> &Recorder<C> {
        match self {
            Self::Borrowed(recorder) => recorder,
            Self::Counted(recorder) => recorder,
        }
    }
}

/// What a function returns that has done something: anything but a future, which has only been made. For a future there
/// are two ways to be this, so the compiler asks which one is meant.
pub trait Done<Way> {}

/// There is one way to be done.
#[derive(Debug)]
pub struct IsDone;

/// The other way of a future: use [`On::write_async`].
#[derive(Debug)]
pub struct UseWriteAsync;

impl<T> Done<IsDone> for T {}

impl<T: Future> Done<UseWriteAsync> for T {}

/// Records the operations of one process. What it holds reaches the recorder when it is dropped.
#[derive(Debug)]
pub struct Log<'a, C: Clock> {
    recorder: Shared<'a, C>,
    process: Process,
    operations: Vec<Operation>,
    failed: Vec<Operation>,
}

impl<'a, C: Clock> Log<'a, C> {
    fn new(recorder: Shared<'a, C>, process: Process) -> Self {
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
    fn a_task_that_is_cancelled_leaves_its_operation_pending_and_may_go_on() {
        fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> bool {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            future.poll(&mut context).is_ready()
        }
        fn is_send(_: &impl Send) {}

        let recorder = Arc::new(Recorder::new(AtomicClock::default()));
        let mut log = recorder.clone().task(1);
        {
            let mut never = Box::pin(log.write_async(1, std::future::pending::<()>()));
            is_send(&never);
            assert!(!poll(never.as_mut()));
        }
        let mut read = Box::pin(log.read_async(std::future::ready(1)));
        assert!(poll(read.as_mut()));
        drop(read);
        // One that was never polled never began.
        drop(log.write_async(2, std::future::ready(())));
        let swap = log
            .on(0)
            .compare_and_swap_async(1, 3, std::future::ready(true));
        assert!(poll(Box::pin(swap).as_mut()));
        drop(log);
        let recorder = Arc::into_inner(recorder).expect("nobody shares it any more");
        let history = recorder.into_history(0);
        assert_eq!(history.processes(), [1, 2]);
        assert_eq!(history.operations().len(), 3);
        assert!(history.operations()[0].is_pending());
        history.assert(crate::Model::Atomic);
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

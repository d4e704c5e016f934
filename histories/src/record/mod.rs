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

mod log;

use std::future::Future;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Builder, History, Initial, Instant, Operation, Process, Register};

pub use log::{Log, On};

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

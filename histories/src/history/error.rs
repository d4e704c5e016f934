//! Why operations make no history.

use crate::{Instant, Process, Register};

/// Why some operations do not make a history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// An operation completes before it is invoked.
    #[error(
        "an operation of Thread {process} is invoked at {invoked} but completes at {completed}, which is earlier: \
         an operation completes after its invocation"
    )]
    Backwards {
        /// Whose.
        process: Process,
        /// The instant of the invocation.
        invoked: Instant,
        /// The instant of the completion.
        completed: Instant,
    },
    /// Two operations of one process overlap.
    #[error(
        "Thread {process} invokes an operation at {invoked} while its operation invoked at {running} still runs: \
         one thread does one thing at a time, so give one of them to another thread"
    )]
    Overlap {
        /// Whose.
        process: Process,
        /// The invocation of the operation that runs.
        running: Instant,
        /// The invocation that comes too early.
        invoked: Instant,
    },
    /// A process does something after an operation that never completed.
    #[error(
        "Thread {process} invokes an operation at {invoked} after one, invoked at {pending}, that never completed: \
         a crashed thread does nothing more, so give what follows to another thread"
    )]
    AfterCrash {
        /// Whose.
        process: Process,
        /// The invocation of the pending operation.
        pending: Instant,
        /// The invocation that comes after it.
        invoked: Instant,
    },
    /// An operation on a register that the history does not have.
    #[error(
        "Thread {process} invokes an operation at {invoked} on register number {register}, which is not among the \
         registers of the history: declare it first"
    )]
    UnknownRegister {
        /// Whose.
        process: Process,
        /// The invocation of the operation.
        invoked: Instant,
        /// The number that is no register.
        register: Register,
    },
}

//! Why a schedule cannot be followed: the step and the reason.

use histories::{Process, Value};

use super::MAX_THREADS;
use crate::scenario::Unsupported;

/// Why a schedule cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The register cannot perform these operations at all.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// The timeline is no schedule.
    #[error(
        "this timeline has no marks, so it does not say who accesses a word when: number the accesses within its runs, as in `rr1rr4rr`"
    )]
    NoMarks,
    /// There are more threads than are performed.
    #[error("{0} threads are more than {MAX_THREADS}: draw those that matter")]
    TooManyThreads(usize),
    /// The system would not start a thread.
    #[error("a thread could not be started: {0}")]
    NoThread(String),
    /// The register has no access for a step.
    #[error(
        "step {step} cannot be done: {operation} is complete after {} and accesses no more words: remove mark {step}",
        steps(*made)
    )]
    TooManySteps {
        /// The number of the step.
        step: usize,
        /// The operation that has no more accesses.
        operation: String,
        /// How many it made.
        made: usize,
    },
    /// An operation has accesses left when the schedule ends it.
    #[error(
        "after step {step} the schedule completes {operation}, but it still has to access {next}: add a mark for that"
    )]
    TooFewSteps {
        /// The last step before.
        step: usize,
        /// The operation that is not complete.
        operation: String,
        /// Its next access.
        next: String,
    },
    /// A lock is taken that another one holds.
    #[error(
        "step {step} cannot be done: {operation} takes {lock}, which Thread {holder} holds since step {since}: let that one free it first"
    )]
    Held {
        /// The number of the step.
        step: usize,
        /// Who would wait for ever.
        operation: String,
        /// The name of the lock.
        lock: String,
        /// Who holds it.
        holder: Process,
        /// The step at which it was taken.
        since: usize,
    },
    /// A step does something else than the schedule says.
    #[error(
        "step {step} is not as scheduled: the schedule says `{scheduled}`, but {operation} does `{actual}`"
    )]
    OtherStep {
        /// The number of the step.
        step: usize,
        /// Whose step it is.
        operation: String,
        /// What the schedule says.
        scheduled: String,
        /// What happens.
        actual: String,
    },
    /// A read returns something else than the schedule says.
    #[error("{operation} returned {actual}, not {scheduled} as the schedule says")]
    OtherValue {
        /// The read.
        operation: String,
        /// What the schedule says.
        scheduled: Value,
        /// What it returned.
        actual: Value,
    },
    /// An operation waits and accesses no word meanwhile.
    #[error(
        "{operation} waits in a loop that accesses no word: for state outside of the register's memory, which no schedule can say"
    )]
    Spins {
        /// The operation.
        operation: String,
    },
    /// The code of the register panicked.
    #[error("{operation} panicked: {message}")]
    Panicked {
        /// The operation.
        operation: String,
        /// What it said.
        message: String,
    },
}

fn steps(number: usize) -> String {
    if number == 1 {
        "1 step".to_owned()
    } else {
        format!("{number} steps")
    }
}

//! What can be wrong with a file, and what to do.

use std::io;

use super::{Format, MAX_RECORD};
use crate::timeline::ParseError;
use crate::transactions::TransactionsError;
use crate::{HistoryError, Instant, Process};

/// Why something could not be read as a history.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The text is wrong at one place.
    #[error("line {line}, column {column}{}: {problem}", named(*field))]
    At {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted in characters from 1.
        column: usize,
        /// The field, where it is one.
        field: Option<&'static str>,
        /// What is wrong with it, and what to do.
        problem: Box<Problem>,
    },
    /// It is no timeline.
    #[error(transparent)]
    Notation(#[from] Box<ParseError>),
    /// The operations make no history, and the line of the one to blame is not known, since those of its process are
    /// out of order.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The input gave an error of its own.
    #[error("the input cannot be read: {0}")]
    Input(#[from] io::Error),
}

impl ReadError {
    /// Whether it is only that there are transactions in the file, of several reads and writes: [`read_transactions`](super::read_transactions) reads
    /// them.
    pub fn is_of_transactions(&self) -> bool {
        matches!(self, Self::At { problem, .. } if matches!(**problem, Problem::Transaction(_)))
    }
}

fn named(field: Option<&str>) -> String {
    field.map_or_else(String::new, |field| format!(", field {field}"))
}

/// What is wrong with a text, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is no operation.
    #[error("there is no operation in this input: a history has at least one")]
    Empty,
    /// It looks like none of the formats.
    #[error(
        "this begins like none of the formats notation, jsonl, edn, json and log: say which one it is with --format"
    )]
    UnknownFormat,
    /// It is not UTF-8.
    #[error(
        "this is not UTF-8 text: is the file compressed, or of another encoding? Convert it first"
    )]
    NotUtf8,
    /// A record is longer than [`MAX_RECORD`].
    #[error(
        "what begins here is longer than {MAX_RECORD} bytes, which no operation is: put each operation on a line of its own"
    )]
    TooLong,
    /// The input ends within something.
    #[error(
        "the input ends here within an operation or a list: it was cut off, so complete it or remove the rest"
    )]
    Truncated,
    /// Something else should stand here.
    #[error("{found} stands here in place of {wanted}")]
    Unexpected {
        /// What stands here.
        found: String,
        /// What should.
        wanted: &'static str,
    },
    /// A field is not there.
    #[error("it is missing: add {0}")]
    Missing(&'static str),
    /// A field stands there twice.
    #[error("it is given twice: keep one")]
    Twice,
    /// A mix of instants that are whole numbers and such that are not.
    #[error(
        "this file has instants with a fraction and others that are too large to be in the same unit: give all of them \
         in one"
    )]
    Units,
    /// A field that does not belong to this operation.
    #[error("{0}")]
    Misplaced(&'static str),
    /// A line is no JSON.
    #[error("this is no JSON object: {0}")]
    NotJson(String),
    /// Something that no register does.
    #[error("{found} is nothing that a register does: {advice}")]
    NotOfARegister {
        /// What.
        found: String,
        /// Who judges it.
        advice: &'static str,
    },
    /// A transaction of several reads and writes.
    #[error(
        "{0} is a transaction of several reads and writes, which is no operation of a register: a file of these is judged by levels of isolation, and not converted"
    )]
    Transaction(String),
    /// A picture has no transactions.
    #[error(
        "this is a picture, which has no transactions: they are read from jsonl, edn, json and log"
    )]
    NoTransactions,
    /// Transactions that make no history.
    #[error(transparent)]
    Transactions(#[from] TransactionsError),
    /// A clock that does not tell what came first.
    #[error(
        "the clock is too coarse: at {tick} Threads {one} and {other} end operations and begin others, too many for one \
         tick, so that it is not known which came first: record a finer time"
    )]
    Coarse {
        /// When.
        tick: Instant,
        /// Who does so first in the file.
        one: Process,
        /// Who does so last.
        other: Process,
    },
    /// Some processes have names, and some numbers.
    #[error(
        "some processes of this file have names and some numbers, so that it is not clear who is who: give all of them \
         names, or all of them numbers"
    )]
    NamesAndNumbers,
    /// A completion of nothing.
    #[error(
        "process {0} completes an operation that it has not invoked: is the beginning of the file missing, or is the \
         number of the process wrong?"
    )]
    NotInvoked(Process),
    /// A second completion.
    #[error(
        "process {0} completes an operation that has completed already: each invocation has one completion, so remove one"
    )]
    CompletedTwice(Process),
    /// A second invocation.
    #[error(
        "process {0} invokes an operation while its last one still runs: one process does one thing at a time, so add \
         the completion, or give one of them to another process"
    )]
    StillRunning(Process),
    /// A completion of something else.
    #[error("process {process} completes {completed}, but it invoked {invoked}: they must agree")]
    Otherwise {
        /// Who.
        process: Process,
        /// What it invoked.
        invoked: String,
        /// What it completes.
        completed: String,
    },
    /// Operations that make no history.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// A problem, and how far from the front of the window it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) at: usize,
    pub(super) field: Option<&'static str>,
    pub(super) problem: Problem,
}

impl Flaw {
    pub(super) fn at(at: usize, problem: Problem) -> Self {
        Self {
            at,
            field: None,
            problem,
        }
    }

    pub(super) fn of(field: &'static str, at: usize, problem: Problem) -> Self {
        Self {
            at,
            field: Some(field),
            problem,
        }
    }
}

/// Why a history could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The format has no words for something.
    #[error("{what} cannot be said in the format {format}: choose another, such as {instead}")]
    Inexpressible {
        /// What.
        what: String,
        /// The format that cannot say it.
        format: Format,
        /// One that can.
        instead: Format,
    },
    /// It is too long to be looked at.
    #[error(
        "a picture of {operations} operations is more than anyone can look at, and too large to be read again: choose \
         another format, such as jsonl"
    )]
    TooLarge {
        /// How many there are.
        operations: usize,
    },
    /// The output gave an error of its own.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// A few characters of what was found, for an error.
pub(super) fn shown(bytes: &[u8]) -> String {
    const LENGTH: usize = 40;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * LENGTH)]);
    let mut shown: String = text
        .chars()
        .take(LENGTH)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if shown.len() < bytes.len().min(text.len()) {
        shown.push('…');
    }
    format!("`{shown}`")
}

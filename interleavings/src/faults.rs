//! What ends an execution before its end: the register itself goes wrong, whatever its reads return.

use std::fmt;

use crate::memory_model::Broken;

/// How a register goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// Its code panics.
    Panic,
    /// Two accesses to a plain cell conflict, and happens-before does not order them: undefined behaviour.
    DataRace,
    /// A block is accessed that was given back.
    UseAfterFree,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Panic => "panic",
            Self::DataRace => "data race",
            Self::UseAfterFree => "use after free",
        })
    }
}

/// How a register has gone wrong in some executions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: FaultKind,
    /// Whose step it was.
    pub(crate) process: usize,
    /// What the code said that panicked.
    pub(crate) message: String,
    /// Which word was accessed, if that was wrong.
    pub(crate) word: Option<usize>,
    /// Whose access it was that it races with, if that was a read.
    pub(crate) with: Option<usize>,
    /// Whether it races with a write.
    pub(crate) with_write: bool,
}

impl Failure {
    pub(crate) fn panic(process: usize, message: &str) -> Self {
        Self {
            kind: FaultKind::Panic,
            process,
            message: message.to_owned(),
            word: None,
            with: None,
            with_write: false,
        }
    }

    pub(crate) fn access(process: usize, broken: Broken) -> Self {
        let failure = Self {
            kind: FaultKind::UseAfterFree,
            ..Self::panic(process, "")
        };
        match broken {
            Broken::Free { word } => Self {
                word: Some(word),
                ..failure
            },
            Broken::Race {
                word,
                with,
                with_write,
            } => Self {
                kind: FaultKind::DataRace,
                word: Some(word),
                with,
                with_write,
                ..failure
            },
        }
    }
}

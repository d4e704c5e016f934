//! Operations: what one process did, and when.

use std::ops::{RangeFrom, RangeInclusive};

use serde::Serialize;

use crate::Value;

/// The number of a process (a thread, a client): at most one of its operations runs at a time.
pub type Process = u32;

/// A point of real time. Only the order of instants means anything, not their distance.
pub type Instant = u64;

/// When an operation ran: from its invocation to its completion.
///
/// Written as a range: `3..=7` was invoked at 3 and completed at 7; `3..` was invoked at 3 and never completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    /// The instant of the invocation.
    pub invoked: Instant,
    /// The instant of the completion; `None` while the operation is *pending*: its process crashed, or is still at it.
    pub completed: Option<Instant>,
}

impl From<RangeInclusive<Instant>> for Interval {
    fn from(range: RangeInclusive<Instant>) -> Self {
        Self {
            invoked: *range.start(),
            completed: Some(*range.end()),
        }
    }
}

impl From<RangeFrom<Instant>> for Interval {
    fn from(range: RangeFrom<Instant>) -> Self {
        Self {
            invoked: range.start,
            completed: None,
        }
    }
}

/// What an operation did.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Wrote this value.
    Write(Value),
    /// Returned this value. `None` if it returned nothing, because it is pending, or if what it returned is not said:
    /// then the read is a *question*, "what may this return?".
    Read(Option<Value>),
}

/// One read or write of a register by one process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    /// Who.
    pub process: Process,
    /// What.
    pub action: Action,
    /// The instant of the invocation.
    pub invoked: Instant,
    /// The instant of the completion, `None` if there was none.
    ///
    /// A pending write *may have taken effect*, at once or at any later time, or never: a checker must allow all three.
    pub completed: Option<Instant>,
}

impl Operation {
    /// `process` wrote `value`.
    pub fn write(process: Process, value: impl Into<Value>, interval: impl Into<Interval>) -> Self {
        Self::new(process, Action::Write(value.into()), interval)
    }

    /// `process` read `value`.
    pub fn read(process: Process, value: impl Into<Value>, interval: impl Into<Interval>) -> Self {
        Self::new(process, Action::Read(Some(value.into())), interval)
    }

    /// `process` read, and what it returned is not said. With an open interval: the read never returned.
    pub fn question(process: Process, interval: impl Into<Interval>) -> Self {
        Self::new(process, Action::Read(None), interval)
    }

    fn new(process: Process, action: Action, interval: impl Into<Interval>) -> Self {
        let Interval { invoked, completed } = interval.into();
        Self {
            process,
            action,
            invoked,
            completed,
        }
    }

    /// Whether it wrote.
    pub fn is_write(&self) -> bool {
        matches!(self.action, Action::Write(_))
    }

    /// Whether it never completed.
    pub fn is_pending(&self) -> bool {
        self.completed.is_none()
    }

    /// Whether it is a completed read whose value is not said.
    pub fn is_question(&self) -> bool {
        self.action == Action::Read(None) && !self.is_pending()
    }

    /// The value that it wrote, if it is a write.
    pub fn written(&self) -> Option<&Value> {
        match &self.action {
            Action::Write(value) => Some(value),
            Action::Read(_) => None,
        }
    }

    /// The value that it returned, if it is a read and this is known.
    pub fn returned(&self) -> Option<&Value> {
        match &self.action {
            Action::Read(value) => value.as_ref(),
            Action::Write(_) => None,
        }
    }

    /// Whether this operation completed before `other` was invoked (Lamport 1986). Two operations of which neither
    /// precedes the other are concurrent; so are two that share an instant.
    pub fn precedes(&self, other: &Operation) -> bool {
        self.completed
            .is_some_and(|completed| completed < other.invoked)
    }
}

impl Serialize for Operation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            process: Process,
            op: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            value: Option<&'a Value>,
            start: Instant,
            #[serde(skip_serializing_if = "Option::is_none")]
            end: Option<Instant>,
        }
        let op = if self.is_write() { "write" } else { "read" };
        let value = self.written().or(self.returned());
        let (process, start, end) = (self.process, self.invoked, self.completed);
        Line {
            process,
            op,
            value,
            start,
            end,
        }
        .serialize(serializer)
    }
}

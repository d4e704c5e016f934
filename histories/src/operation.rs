//! Operations: what one process did, and when.

use std::ops::{RangeFrom, RangeInclusive};

use serde::Serialize;

use crate::Value;

/// The number of a process (a thread, a client): at most one of its operations runs at a time.
pub type Process = u32;

/// The number of a register within its history, which knows its name. Register 0 is the one without a name: a history
/// of one register needs no other.
pub type Register = u32;

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
    /// Compared what the register holds with `expected` and, if they were equal, wrote `new`, all at once.
    CompareAndSwap {
        /// What it compared with.
        expected: Value,
        /// What it wrote if they were equal.
        new: Value,
        /// Whether they were. `None` if this is not known.
        swapped: Option<bool>,
    },
}

/// One read, write or compare-and-swap of a register by one process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    /// Who.
    pub process: Process,
    /// On which register.
    pub register: Register,
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

    /// `process` compared the register with `expected` and wrote `new` if it held that. `swapped` says whether it did,
    /// or is `None` if this is not known.
    pub fn compare_and_swap(
        process: Process,
        expected: impl Into<Value>,
        new: impl Into<Value>,
        swapped: impl Into<Option<bool>>,
        interval: impl Into<Interval>,
    ) -> Self {
        let action = Action::CompareAndSwap {
            expected: expected.into(),
            new: new.into(),
            swapped: swapped.into(),
        };
        Self::new(process, action, interval)
    }

    /// The same operation on another register.
    #[must_use]
    pub fn on(self, register: Register) -> Self {
        Self { register, ..self }
    }

    /// The operation that did this; on the register without a name.
    pub fn new(process: Process, action: Action, interval: impl Into<Interval>) -> Self {
        let Interval { invoked, completed } = interval.into();
        Self {
            process,
            register: 0,
            action,
            invoked,
            completed,
        }
    }

    /// Whether it is a write.
    pub fn is_write(&self) -> bool {
        matches!(self.action, Action::Write(_))
    }

    /// Whether it is a read.
    pub fn is_read(&self) -> bool {
        matches!(self.action, Action::Read(_))
    }

    /// Whether it is a compare-and-swap.
    pub fn is_compare_and_swap(&self) -> bool {
        matches!(self.action, Action::CompareAndSwap { .. })
    }

    /// Whether it never completed.
    pub fn is_pending(&self) -> bool {
        self.completed.is_none()
    }

    /// Whether it is a completed read whose value is not said.
    pub fn is_question(&self) -> bool {
        self.action == Action::Read(None) && !self.is_pending()
    }

    /// The value that it wrote, or may have written: that of a write, and the new one of a compare-and-swap that is not
    /// known to have found another value than it expected.
    pub fn written(&self) -> Option<&Value> {
        match &self.action {
            Action::Write(value) => Some(value),
            Action::CompareAndSwap {
                swapped: Some(false),
                ..
            }
            | Action::Read(_) => None,
            Action::CompareAndSwap { new, .. } => Some(new),
        }
    }

    /// The value that it returned, if it is a read and this is known.
    pub fn returned(&self) -> Option<&Value> {
        match &self.action {
            Action::Read(value) => value.as_ref(),
            Action::Write(_) | Action::CompareAndSwap { .. } => None,
        }
    }

    /// The value that it returned, or that it compared with.
    ///
    /// # Panics
    ///
    /// If it did neither.
    pub(crate) fn expected_or_returned(&self) -> &Value {
        match &self.action {
            Action::Read(Some(value)) => value,
            Action::CompareAndSwap { expected, .. } => expected,
            Action::Read(None) | Action::Write(_) => unreachable!("it found something"),
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
    /// `{"process": 1, "op": "write", "value": 1, "start": 6, "end": 10}`. The number of the register stands there if it
    /// is not 0; a [history](crate::History) gives its name in its place.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let register = (self.register != 0).then_some(self.register);
        Line::of(self, register).serialize(serializer)
    }
}

/// An operation as it is serialized, with its register as a number or as a name.
#[derive(Serialize)]
pub(crate) struct Line<'a, R> {
    process: Process,
    op: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    register: Option<R>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    swapped: Option<bool>,
    start: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<Instant>,
}

impl<'a, R> Line<'a, R> {
    pub(crate) fn of(operation: &'a Operation, register: Option<R>) -> Self {
        let line = Line {
            process: operation.process,
            op: "read",
            register,
            value: None,
            expected: None,
            new: None,
            swapped: None,
            start: operation.invoked,
            end: operation.completed,
        };
        match &operation.action {
            Action::Read(value) => Line {
                value: value.as_ref(),
                ..line
            },
            Action::Write(value) => Line {
                op: "write",
                value: Some(value),
                ..line
            },
            Action::CompareAndSwap {
                expected,
                new,
                swapped,
            } => Line {
                op: "cas",
                expected: Some(expected),
                new: Some(new),
                swapped: *swapped,
                ..line
            },
        }
    }
}

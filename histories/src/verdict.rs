//! Verdicts, and what they rest on.

use serde::Serialize;

use crate::budget::Limit;
use crate::{Model, Value};

/// Whether a history meets a model, with the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It does.
    Meets,
    /// It does not.
    Breaks(Violation),
    /// The search ended at its budget, so nothing is known.
    Unknown {
        /// How many states it had looked at.
        states: usize,
        /// What it was at, and what it came to the end of.
        gave_up: GaveUp,
    },
}

impl Verdict {
    /// Whether the history meets the model, and this is known.
    pub fn holds(&self) -> bool {
        matches!(self, Self::Meets)
    }

    /// What breaks the model, if it is known to be broken.
    pub fn violation(&self) -> Option<&Violation> {
        match self {
            Self::Breaks(violation) => Some(violation),
            Self::Meets | Self::Unknown { .. } => None,
        }
    }
}

/// Where a search ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GaveUp {
    /// What it came to the end of.
    pub limit: Limit,
    /// What was tried, as the object of "tried".
    pub tried: &'static str,
}

impl GaveUp {
    /// What would decide it.
    pub fn remedy(&self) -> &'static str {
        match self.limit {
            Limit::States => "a larger budget of states",
            Limit::Bytes => "a larger budget, which may remember more",
            Limit::Time => "more time",
            Limit::Method => "a shorter history: no budget changes this",
        }
    }
}

/// Why a history does not meet a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The model.
    pub model: Model,
    /// What kind of anomaly it is.
    pub anomaly: Anomaly,
    /// What happened, in a sentence that names the operations: [`reason`](Self::reason) in words.
    pub sentence: String,
    /// The operations that prove it, by their index in the history: [the evidence](Self::evidence) breaks the model by
    /// itself.
    ///
    /// They have every write that one of them could have read from, so that nothing left out could explain them. In the
    /// models of real time, safe to strict, a write is out of reach of those that completed before it was invoked, and of
    /// those that another write of the witness comes in between.
    ///
    /// Of at most 12 operations these are as few as possible. Of more none was found that can be dropped.
    pub witness: Vec<usize>,
    /// The compare-and-swaps of the witness of which it is enough to know what they wrote: what they found would need
    /// evidence of its own, back to the beginning.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub as_writes: Vec<usize>,
    /// How the operations contradict each other.
    pub reason: Reason,
    /// The longest beginning of the history that meets the model, and what ended it; of models that know real time,
    /// where the witness is too large to be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Prefix>,
}

impl Violation {
    /// What kind of violation it is, in two or three words.
    pub fn name(&self) -> &'static str {
        match (self.anomaly, self.model) {
            (Anomaly::NoOrder, Model::Strict) => "not in order",
            (Anomaly::NoOrder, model) if model != Model::Atomic => "no order",
            (anomaly, _) => anomaly.name(),
        }
    }
}

/// The longest beginning of a history that meets a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Prefix {
    /// How many operations had completed.
    pub completed: usize,
    /// The operation that completed next, by its index: with it the model is broken.
    pub next: usize,
    /// What its register could hold at any moment of it, had it only been read.
    pub could_hold: Vec<Value>,
}

/// How operations contradict each other. They are given by their index in the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    /// A read returned a value that nobody wrote.
    NeverWritten {
        /// The read.
        read: usize,
    },
    /// A read returned a value that only a failed write was to write.
    Aborted {
        /// The read.
        read: usize,
        /// The write, by its index among those that [failed](crate::History::failed).
        failed: usize,
    },
    /// A read returned words of several values.
    Torn {
        /// The read.
        read: usize,
        /// The write of each word; none for a word of the initial value.
        words: Vec<Option<usize>>,
    },
    /// A read completed before the write of what it returned was invoked.
    Future {
        /// The read.
        read: usize,
        /// The write.
        write: usize,
    },
    /// A read returned a value that had been overwritten.
    Stale {
        /// The read.
        read: usize,
        /// The write of what it returned; none for the initial value.
        source: Option<usize>,
        /// The write between the two.
        overwritten: usize,
    },
    /// A compare-and-swap did not find what the register held.
    Refused {
        /// The compare-and-swap.
        swap: usize,
        /// The write since which the register held it; none since the beginning.
        since: Option<usize>,
    },
    /// Of two reads in order the second returned the older value.
    Inversion {
        /// The read of the newer value.
        new: usize,
        /// The later read, of the older value.
        old: usize,
    },
    /// Two values come before each other: an operation of the one precedes one of the other, and the reverse.
    Crossing {
        /// An operation that completed before the other one was invoked.
        one: [usize; 2],
        /// The same the other way round.
        other: [usize; 2],
    },
    /// A read was invoked right after a write, and returned something else; or before the write of what it returned.
    NotInOrder {
        /// The write.
        write: usize,
        /// The read.
        read: usize,
    },
    /// Operations have to come before each other.
    Cycle {
        /// Why each comes before the next, and the last before the first.
        steps: Vec<Step>,
    },
    /// No order of the operations explains what was found.
    NoOrder,
}

/// One operation has to come before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The earlier one.
    pub from: usize,
    /// The later one.
    pub to: usize,
    /// Why.
    #[serde(flatten)]
    pub why: Why,
}

/// Why one operation has to come before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Why {
    /// They are of one process.
    Process,
    /// The later one read from the earlier one.
    ReadFrom,
    /// The earlier one came before this operation, which read from the later one.
    Overwritten {
        /// The operation; the later one itself if it read the initial value.
        read: usize,
    },
    /// The earlier one read from this write, which came before the later one; from the initial value if there is none.
    NotYet {
        /// The write.
        write: Option<usize>,
    },
    /// A session guarantee asks for it.
    Session,
}

/// The anomalies that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anomaly {
    /// A read returned words of different values.
    Torn,
    /// A read returned a value that nobody wrote.
    NeverWritten,
    /// A read returned a value that was written only later.
    Future,
    /// A read returned a value that had been overwritten before it was invoked.
    Stale,
    /// Of two reads in order the second returned the older value.
    NewOldInversion,
    /// A read returned a value that only a failed write was to write.
    Aborted,
    /// A compare-and-swap did not find a value that the register held.
    Refused,
    /// Two reads disagree on which of two writes came last.
    Disagreement,
    /// Reads returned one value, another one, and the first again.
    FlipFlop,
    /// Operations have to come before each other.
    Cycle,
    /// No order of the operations explains what the reads returned.
    NoOrder,
}

impl Anomaly {
    /// The name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Torn => "torn read",
            Self::NeverWritten => "value never written",
            Self::Future => "read from the future",
            Self::Stale => "stale read",
            Self::NewOldInversion => "new-old inversion",
            Self::Aborted => "aborted read",
            Self::Refused => "refused though equal",
            Self::Disagreement => "readers disagree",
            Self::FlipFlop => "flip-flop",
            Self::Cycle => "cyclic order",
            Self::NoOrder => "no linearization",
        }
    }
}

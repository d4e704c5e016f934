//! Which semantics a history meets, and what breaks the others.
//!
//! One file a model, each judging a history of one register, with any number of writers and processes, and with values
//! that may repeat:
//!
//! | model | a read returns | source |
//! |---|---|---|
//! | [safe](self::Model::Safe) | what the regular one does, unless it is concurrent with a write: then anything | Lamport 1986 |
//! | [regular](self::Model::Regular) | the value of a write that is not overwritten before the read is invoked, and not invoked after it completed | Lamport 1986; for many writers MWR1 of Shao, Welch, Pierce and Lee, *Multiwriter consistency conditions for shared memory registers*, SIAM J. Comput. 2011 |
//! | [atomic](self::Model::Atomic) | the value of the latest write, in one order of all operations that keeps their precedence | Lamport 1986; Herlihy and Wing, *Linearizability*, 1990 |
//!
//! The initial value is a write that precedes everything. A pending write may have taken effect or not. A pending read
//! returned nothing and is left out. An open question is no evidence: a history with questions meets a model if some
//! answers do.
//!
//! Each verdict carries its evidence. [`naive`] states the same models as slowly and as plainly as possible; tests
//! compare the two on random histories.

pub(crate) mod atomic;
pub mod naive;
pub(crate) mod regular;
pub(crate) mod safe;
mod witness;

use std::fmt;

use serde::Serialize;

use crate::History;

/// A semantics that a history may meet. Each one implies those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// A read that is concurrent with no write returns the value last written.
    Safe,
    /// And one that is concurrent with writes returns the value before them or one of theirs.
    Regular,
    /// And all operations together look as if each happened at one instant: linearizable.
    Atomic,
}

impl Model {
    /// The three classes of Lamport's registers, weakest first.
    pub const CLASSES: [Self; 3] = [Self::Safe, Self::Regular, Self::Atomic];
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Safe => "safe",
            Self::Regular => "regular",
            Self::Atomic => "atomic",
        })
    }
}

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

/// Why a history does not meet a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The model.
    pub model: Model,
    /// What kind of anomaly it is.
    pub anomaly: Anomaly,
    /// What happened, in a sentence that names the operations.
    pub sentence: String,
    /// The operations that prove it, by their index in the history: [restricted to them](History::restricted_to), the
    /// history still breaks the model.
    pub witness: Vec<usize>,
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
            Self::NoOrder => "no linearization",
        }
    }
}

/// Judges a history by one model.
pub fn check(model: Model, history: &History) -> Verdict {
    let beyond = |op: &crate::Operation| op.register != 0 || op.is_compare_and_swap();
    if history.operations().iter().any(beyond) {
        return Verdict::Unknown { states: 0 };
    }
    match model {
        Model::Safe => safe::check(history),
        Model::Regular => regular::check(history),
        Model::Atomic => atomic::check(history),
    }
}

/// The strongest model that a history is known to meet; `None` if it is not even safe.
pub fn strongest(history: &History) -> Option<Model> {
    Model::CLASSES
        .into_iter()
        .rev()
        .find(|&model| check(model, history).holds())
}

#[cfg(test)]
mod tests;

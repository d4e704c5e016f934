//! The models: their names, and which implies which.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// A semantics that a history may meet. Some imply others: see [`implies`](Self::implies).
///
/// Models are ordered as they are listed here, in which each of the [classes](Self::CLASSES) of registers is greater
/// than those that it implies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// A read that is concurrent with no write returns the value last written.
    Safe,
    /// And one that is concurrent with writes returns the value before them or one of theirs.
    Regular,
    /// And all reads agree on one order of the writes.
    StrongRegular,
    /// And all operations together look as if each happened at one instant: linearizable.
    Atomic,
    /// Each operation happens at the instant of its invocation.
    Strict,
    /// All operations look as if they happened one after the other, those of each process in its order.
    Sequential,
    /// To each process, all writes look so, together with its own operations.
    Pram,
    /// A read returns no value that is overwritten in its causal past.
    Causal,
    /// And to each process its whole causal past looks as if it happened one thing after the other.
    CausalMemory,
    /// A read returns the last value of its causal past, in one order of all writes.
    CausalConvergence,
    /// A process reads nothing older than what it has written.
    ReadYourWrites,
    /// A process reads nothing older than what it has read.
    MonotonicReads,
    /// The writes of a process take effect in its order.
    MonotonicWrites,
    /// What a process writes is newer than what it has read.
    WritesFollowReads,
}

impl Model {
    /// The three classes of Lamport's registers, weakest first.
    pub const CLASSES: [Self; 3] = [Self::Safe, Self::Regular, Self::Atomic];

    /// The four session guarantees.
    pub const SESSIONS: [Self; 4] = [
        Self::ReadYourWrites,
        Self::MonotonicReads,
        Self::MonotonicWrites,
        Self::WritesFollowReads,
    ];

    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Safe,
        Self::Regular,
        Self::StrongRegular,
        Self::Atomic,
        Self::Strict,
        Self::Sequential,
        Self::Pram,
        Self::Causal,
        Self::CausalMemory,
        Self::CausalConvergence,
        Self::ReadYourWrites,
        Self::MonotonicReads,
        Self::MonotonicWrites,
        Self::WritesFollowReads,
    ];

    /// The models that this one implies directly.
    ///
    /// That it implies no others is told by the histories of the [lattice](crate::lattice). Regular and strong regular
    /// ask of each operation alone whether it may find what it found; so where there are compare-and-swaps, which write
    /// only if they find what they expect, these two imply no session guarantee.
    pub fn implied(self) -> &'static [Self] {
        match self {
            Self::Safe | Self::MonotonicWrites => &[],
            Self::Regular => &[Self::Safe, Self::WritesFollowReads],
            Self::StrongRegular => &[Self::Regular, Self::ReadYourWrites],
            Self::Atomic => &[Self::StrongRegular, Self::Sequential],
            Self::Strict => &[Self::Atomic],
            Self::Sequential => &[Self::CausalMemory, Self::CausalConvergence],
            Self::CausalMemory => &[Self::Causal, Self::Pram],
            Self::CausalConvergence => &[Self::Causal, Self::ReadYourWrites, Self::MonotonicReads],
            Self::Causal => &[Self::WritesFollowReads],
            Self::Pram | Self::ReadYourWrites | Self::MonotonicReads | Self::WritesFollowReads => {
                &[Self::MonotonicWrites]
            }
        }
    }

    /// Whether every history that meets this model meets the other one.
    pub fn implies(self, other: Self) -> bool {
        self == other || self.implied().iter().any(|model| model.implies(other))
    }

    /// The same, of histories that may have compare-and-swaps.
    pub(crate) fn implies_with_swaps(self, other: Self) -> bool {
        let alone = [Self::Regular, Self::StrongRegular].contains(&self);
        let implied = self.implied().iter();
        self == other
            || implied
                .filter(|model| !alone || !Self::SESSIONS.contains(model))
                .any(|model| model.implies_with_swaps(other))
    }

    /// Whether it knows the order of real time: then what happens later does not mend what happened before.
    pub fn is_in_time(self) -> bool {
        self.implies(Self::Safe)
    }

    /// Its name, as it is typed and printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Regular => "regular",
            Self::StrongRegular => "strong-regular",
            Self::Atomic => "atomic",
            Self::Strict => "strict",
            Self::Sequential => "sequential",
            Self::Pram => "pram",
            Self::Causal => "causal",
            Self::CausalMemory => "causal-memory",
            Self::CausalConvergence => "causal-convergence",
            Self::ReadYourWrites => "read-your-writes",
            Self::MonotonicReads => "monotonic-reads",
            Self::MonotonicWrites => "monotonic-writes",
            Self::WritesFollowReads => "writes-follow-reads",
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no model: write one of {}", Model::ALL.map(Model::name).join(", "), name = .0)]
pub struct NotAModel(pub String);

impl FromStr for Model {
    type Err = NotAModel;

    /// A name, in letters of either case; `linearizable` is another name of atomic.
    fn from_str(text: &str) -> Result<Self, NotAModel> {
        let name = text.trim().to_ascii_lowercase();
        if name == "linearizable" {
            return Ok(Self::Atomic);
        }
        let named = Self::ALL.into_iter().find(|model| model.name() == name);
        named.ok_or_else(|| NotAModel(text.chars().take(40).collect()))
    }
}

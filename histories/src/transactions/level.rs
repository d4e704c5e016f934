//! The levels of isolation: their names, and which implies which.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How far transactions are kept from seeing each other. Each level implies those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Nobody reads what was never committed, and nobody reads in circles.
    ReadCommitted,
    /// And whoever has read from a transaction reads, from then on, nothing older than what that one wrote.
    MonotonicAtomicView,
    /// And this holds also of what was read before: each transaction is seen as a whole or not at all.
    ReadAtomic,
    /// Each transaction reads from one snapshot, and no two write a register at the same time.
    SnapshotIsolation,
    /// All transactions look as if they happened one after the other.
    Serializable,
    /// And this in an order that keeps that of real time.
    StrictSerializable,
}

impl Level {
    /// All of them, weakest first.
    pub const ALL: [Self; 6] = [
        Self::ReadCommitted,
        Self::MonotonicAtomicView,
        Self::ReadAtomic,
        Self::SnapshotIsolation,
        Self::Serializable,
        Self::StrictSerializable,
    ];

    /// Its name, as it is typed and printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadCommitted => "read-committed",
            Self::MonotonicAtomicView => "monotonic-atomic-view",
            Self::ReadAtomic => "read-atomic",
            Self::SnapshotIsolation => "snapshot-isolation",
            Self::Serializable => "serializable",
            Self::StrictSerializable => "strict-serializable",
        }
    }

    /// Whether all transactions are put into one order.
    pub(super) fn is_ordered(self) -> bool {
        self >= Self::SnapshotIsolation
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no level of isolation: write one of {}", Level::ALL.map(Level::name).join(", "), name = .0)]
pub struct NotALevel(pub String);

impl FromStr for Level {
    type Err = NotALevel;

    /// A name, in letters of either case.
    fn from_str(text: &str) -> Result<Self, NotALevel> {
        let name = text.trim().to_ascii_lowercase();
        let named = Self::ALL.into_iter().find(|level| level.name() == name);
        named.ok_or_else(|| NotALevel(text.chars().take(40).collect()))
    }
}

//! What contestants are put through, and what is measured of it.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use workbench::screen::plural;

/// A situation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub enum Workload {
    /// One thread writes, then one thread reads what nobody changes.
    Alone,
    /// A writer and a reader, each on its core, at full speed.
    Pair,
    /// The same, with a look at the clock around each read.
    PairTimed,
    /// A writer that writes once in a microsecond, and a reader at full speed.
    Paced,
    /// A writer and so many readers at full speed, on two cores.
    Crowd(usize),
    /// A writer and a reader at full speed, each on its core, and a third thread that takes the writer's core from it
    /// again and again: nearly always in the middle of a write.
    Frozen,
}

impl Workload {
    /// How long one slice of it takes.
    #[must_use]
    pub fn slice(self) -> Duration {
        Duration::from_micros(match self {
            Self::Alone => 200,
            Self::Pair | Self::PairTimed | Self::Paced => 1500,
            Self::Crowd(_) => 40_000,
            Self::Frozen => 30_000,
        })
    }

    /// How many read.
    #[must_use]
    pub fn readers(self) -> usize {
        match self {
            Self::Crowd(readers) => readers,
            _ => 1,
        }
    }

    /// Whether it needs a core for the writer and another one for the reader.
    #[must_use]
    pub fn needs_two_cores(self) -> bool {
        !matches!(self, Self::Alone | Self::Crowd(_))
    }

    /// How much time passes from one write to the next.
    #[must_use]
    pub fn every(self) -> Option<Duration> {
        matches!(self, Self::Paced).then_some(Duration::from_micros(1))
    }
}

impl From<Workload> for String {
    /// The name in a JSON document.
    fn from(workload: Workload) -> Self {
        match workload {
            Workload::Alone => "alone".to_owned(),
            Workload::Pair => "pair".to_owned(),
            Workload::PairTimed => "pair-timed".to_owned(),
            Workload::Paced => "paced".to_owned(),
            Workload::Crowd(readers) => format!("crowd-{readers}"),
            Workload::Frozen => "frozen".to_owned(),
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alone => f.pad("alone"),
            Self::Pair => f.pad("1 writer, 1 reader"),
            Self::PairTimed => f.pad("1 writer, 1 reader, each read timed"),
            Self::Paced => f.pad("1 writer at 1 M/s, 1 reader"),
            Self::Crowd(readers) => write!(
                f,
                "1 writer, {}, 2 cores at most",
                plural(*readers, "reader")
            ),
            Self::Frozen => f.pad("1 writer that is stopped again and again, 1 reader"),
        }
    }
}

/// A figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Nanoseconds for one read.
    ReadNanos,
    /// Nanoseconds for one read by reference.
    BorrowNanos,
    /// Nanoseconds for one write.
    WriteNanos,
    /// Reads in a second, of all readers.
    Reads,
    /// Reads in a second that returned a value which that reader had not seen before.
    FreshReads,
    /// Writes in a second.
    Writes,
    /// The longest read, in nanoseconds.
    LongestRead,
    /// The part of its time that a reader spent waiting, and not for a core.
    Lost,
}

impl Metric {
    /// Whether more of it is better.
    #[must_use]
    pub fn is_gain(self) -> bool {
        matches!(self, Self::Reads | Self::FreshReads | Self::Writes)
    }
}

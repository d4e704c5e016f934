//! What a reader of a file should know of how it was read.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{Instant, Process};

/// Something in a file that is no error, but that its reader should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The times of the events are not in the order of the lines.
    Backwards {
        /// The line where this is so first.
        line: usize,
        /// By how much at most.
        most: u64,
        /// How many times.
        times: u64,
    },
    /// Values come with a version before them.
    Versions,
    /// Instants have a fraction, so they are taken for seconds and counted in nanoseconds.
    Fractions,
    /// Processes end an operation and begin another within one tick of the clock.
    Ticks {
        /// How many ticks.
        ticks: usize,
        /// Into how many parts each tick was divided.
        parts: u64,
    },
    /// Processes have names; the histories know numbers.
    Named {
        /// Each name with the number that stands for it.
        processes: Vec<(String, Process)>,
    },
    /// The nemesis of Jepsen did something.
    Nemesis {
        /// What, each before the event with this number: an instant of the history.
        faults: Vec<(Instant, String)>,
    },
    /// There are fields that say nothing to a reader of histories.
    Fields {
        /// Their names.
        names: Vec<String>,
        /// The line where there is one first.
        line: usize,
    },
}

/// How many names are told.
const TOLD: usize = 8;

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backwards { line, most, times } => write!(
                f,
                "the time runs backwards at line {line}, {times} {} in all, by up to {most} ns: the order of the lines is \
                 taken for that of the events",
                if *times == 1 { "time" } else { "times" }
            ),
            Self::Versions => write!(
                f,
                "of values such as `[version value]` the version is passed over"
            ),
            Self::Fractions => write!(
                f,
                "instants with a fraction are taken for seconds, and counted in nanoseconds"
            ),
            Self::Ticks { ticks, parts } => write!(
                f,
                "the clock is coarse: in {ticks} of its ticks a process ends an operation and begins another, in this \
                 order; instants are counted in {parts} parts of a tick"
            ),
            Self::Named { processes } => {
                let told = processes.iter().take(TOLD);
                let told: Vec<String> = told
                    .map(|(name, number)| format!("{name} is Thread {number}"))
                    .collect();
                let more = if processes.len() > TOLD {
                    ", and so on"
                } else {
                    ""
                };
                write!(f, "{}{more}", told.join(", "))
            }
            Self::Nemesis { faults } => {
                let told: Vec<&str> = faults.iter().take(TOLD).map(|it| it.1.as_str()).collect();
                let more = if faults.len() > TOLD {
                    ", and so on"
                } else {
                    ""
                };
                write!(f, "the nemesis did: {}{more}", told.join(", "))
            }
            Self::Fields { names, line } => {
                let told: Vec<String> = names
                    .iter()
                    .take(TOLD)
                    .map(|name| format!("`{name}`"))
                    .collect();
                let more = if names.len() > TOLD { " and more" } else { "" };
                write!(
                    f,
                    "passed over, as fields that say nothing here: {}{more} (first at line {line})",
                    told.join(", ")
                )
            }
        }
    }
}

impl Serialize for Note {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

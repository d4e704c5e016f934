//! The timeline of the note, and the anomalies: each with the register that has it and the schedule that shows it.

use clap::ValueEnum;
use histories::Timeline;
use registers::catalogue::Register;
use serde::Serialize;

/// The three-thread timeline of the study note, with one correction: Thread 2's second read begins one column later. In
/// the note it begins in the very column in which the write of 2 ends, and yet is said to return 2 in any case; in this
/// notation operations that share a column are concurrent.
pub const NOTE: &str = include_str!("../pictures/note.txt");

/// An anomaly on show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demonstration {
    /// A read that returns one half of the old value and one half of the new one
    TornRead,
    /// Two reads in order, of which the second returns the older value
    NewOldInversion,
}

impl Demonstration {
    /// All of them, in the order of the story.
    pub const ALL: [Self; 2] = [Self::TornRead, Self::NewOldInversion];

    /// How many words the registers on show have.
    pub const WORDS: usize = 2;

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::TornRead => "torn-read",
            Self::NewOldInversion => "new-old-inversion",
        }
    }

    /// What a heading calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::TornRead => "A torn read",
            Self::NewOldInversion => "A new-old inversion",
        }
    }

    /// The register that has it.
    pub fn register(self) -> Register {
        match self {
            Self::TornRead => Register::WordByWord,
            Self::NewOldInversion => Register::TwoCopies,
        }
    }

    /// The schedule that shows it.
    pub fn schedule(self) -> &'static str {
        match self {
            Self::TornRead => include_str!("../pictures/torn-read.txt"),
            Self::NewOldInversion => include_str!("../pictures/new-old-inversion.txt"),
        }
    }

    /// Why the register lets it happen.
    pub fn lesson(self) -> &'static str {
        match self {
            Self::TornRead => {
                "The value takes two words, and nothing tells the reader that they belong to different writes. \
                 A safe register may return anything to a read that is concurrent with a write; a regular one may not."
            }
            Self::NewOldInversion => {
                "Each read is fine alone: it returns the value before the write, or the one being written. Together \
                 they run backwards. A regular register allows it; an atomic one does not."
            }
        }
    }
}

/// A timeline that is part of this program.
///
/// # Panics
///
/// If it does not parse.
#[must_use]
pub fn built_in(text: &str) -> Timeline {
    text.parse()
        .unwrap_or_else(|error| panic!("a built-in timeline does not parse: {error}"))
}

#[cfg(test)]
mod tests {
    use histories::check::{Anomaly, strongest};
    use histories::{Model, check};
    use registers::regular::TwoCopies;
    use registers::safe::WordByWord;
    use registers::worlds::conducted::replay;

    use super::*;

    #[test]
    fn each_demonstration_shows_its_anomaly_every_time() {
        for _ in 0..100 {
            let torn =
                replay::<WordByWord, 2>(&built_in(Demonstration::TornRead.schedule())).unwrap();
            let verdict = check(Model::Regular, &torn.history);
            assert_eq!(
                verdict.violation().map(|violation| violation.anomaly),
                Some(Anomaly::Torn)
            );
            let inverted =
                replay::<TwoCopies, 2>(&built_in(Demonstration::NewOldInversion.schedule()))
                    .unwrap();
            let verdict = check(Model::Atomic, &inverted.history);
            assert_eq!(
                verdict.violation().map(|violation| violation.anomaly),
                Some(Anomaly::NewOldInversion)
            );
            assert_eq!(strongest(&inverted.history), Some(Model::Regular));
        }
    }

    #[test]
    fn a_schedule_leaves_open_what_is_read_and_lists_every_step() {
        for demonstration in Demonstration::ALL {
            let stored = built_in(demonstration.schedule());
            assert!(
                stored
                    .history
                    .reads()
                    .all(|read| stored.history.operations()[read].is_question())
            );
            assert_eq!(stored.steps.len(), stored.marks.len());
        }
    }
}

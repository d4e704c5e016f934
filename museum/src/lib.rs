//! A museum of register bugs that are publicly known: found in operating systems, runtimes, libraries and papers.
//!
//! Each [`Exhibit`] is a register of 15 to 40 lines, in words of its own, that keeps one idea of the original and leaves
//! out all else. It says where the bug was reported, what goes wrong and how it was mended, and states the right
//! [verdict](Truth): what is broken, in which scenario, and which memories show it. Beside a wrong one stands its *twin*,
//! which differs in the one place that mends it, and must not be accused.
//!
//! So the museum is two things at once: a reference work of what goes wrong with shared registers, and the touchstone of
//! whatever judges them. A tool that lets a wrong one pass, or accuses a right one, is wrong itself.
//!
//! ```
//! use museum::{Truth, exhibits, named};
//!
//! let torn = named("cpython-end-read").expect("it is on show");
//! assert!(matches!(torn.truth, Truth::Wrong { .. }));
//! let twin = named(torn.twin.expect("it was mended")).expect("it is on show, too");
//! assert_eq!(twin.truth, Truth::Right);
//! assert!(exhibits().len() >= 45);
//! ```
//!
//! # The rooms
//!
//! | room | what is shown there |
//! |---|---|
//! | `sequence_locks` | readers that check a count before and after |
//! | `slots` | values in several slots, and an index that says which |
//! | `pointers` | blocks that are given back while somebody still reads them |
//! | `locks` | mutual exclusion that excludes nobody |
//! | `writers` | several writers, several copies |
//! | `flags` | flags, counters and waiters |
//! | `outside` | registers of which nothing can be known, and why |
//!
//! # What a verdict states
//!
//! A data race is a matter of the language: on sequentially consistent memory and on x86 nothing is ever called one, so
//! it is shown by weak memory alone. What is given back and used again is wrong on any memory. Of a register that breaks
//! several classes the verdict states the weakest one.

mod flags;
pub mod judge;
mod locks;
mod outside;
mod pointers;
mod sequence_locks;
mod slots;
mod writers;

use std::fmt;

use histories::Model;
use interleavings::scope::Wrong;
use interleavings::{FaultKind, MemoryModel};
use registers::subject::Subject;
use workbench::verdict;

/// A register on show.
#[derive(Clone, Copy)]
pub struct Exhibit {
    /// Its name on the command line, in lower case with hyphens.
    pub name: &'static str,
    /// What it is, in a line.
    pub title: &'static str,
    /// Who reported or published it, where, and in which year.
    pub source: &'static str,
    /// Where that can be read.
    pub url: Option<&'static str>,
    /// What is wrong, what happens, and how it was mended, in two to four sentences.
    pub about: &'static str,
    /// The register itself.
    pub subject: fn() -> Subject,
    /// The right verdict.
    pub truth: Truth,
    /// The name of the exhibit that is right where this one is wrong.
    pub twin: Option<&'static str>,
    /// The text of its source file.
    pub file: &'static str,
}

/// The right verdict on an exhibit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It keeps what it claims.
    Right,
    /// It does not.
    Wrong {
        /// What goes wrong.
        shows: Shows,
        /// A scenario in which it does, as in `ww.r`.
        scenario: &'static str,
        /// Whether its counters have to be about to wrap around.
        near_wrap: bool,
        /// The memories that show it in this scenario, the strongest first.
        on: &'static [MemoryModel],
    },
    /// Nothing can be established.
    Unknowable {
        /// Why, as part of what the tool says.
        why: &'static str,
    },
}

/// How an exhibit goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// It is not of this class, the weakest one that it breaks.
    Breaks(Model),
    /// It goes wrong by itself.
    Fails(FaultKind),
    /// An operation waits for ever, though nobody has stopped.
    Waits,
}

impl From<Shows> for Wrong {
    fn from(shows: Shows) -> Self {
        match shows {
            Shows::Breaks(model) => Self::Breaks(model),
            Shows::Fails(kind) => Self::Fails(kind),
            Shows::Waits => Self::Waits,
        }
    }
}

impl Truth {
    /// Wrong, in this scenario, on these memories.
    const fn wrong(shows: Shows, scenario: &'static str, on: &'static [MemoryModel]) -> Self {
        Self::Wrong {
            shows,
            scenario,
            near_wrap: false,
            on,
        }
    }

    /// Wrong, in this scenario, once counters wrap around.
    const fn wrong_near_wrap(
        shows: Shows,
        scenario: &'static str,
        on: &'static [MemoryModel],
    ) -> Self {
        Self::Wrong {
            shows,
            scenario,
            near_wrap: true,
            on,
        }
    }
}

impl Exhibit {
    /// Its code: the source file, without what states the verdict.
    #[must_use]
    pub fn code(&self) -> &'static str {
        let label = self.file.find("pub(crate) const EXHIBITS");
        self.file[..label.unwrap_or(self.file.len())].trim_end()
    }
}

impl fmt::Display for Truth {
    /// The verdict, in a line: `not regular in w.r on weak memory`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right => f.write_str("right"),
            Self::Wrong {
                shows,
                scenario,
                near_wrap,
                on,
            } => {
                let what = verdict::named((*shows).into());
                let near = if *near_wrap { " near a wrap" } else { "" };
                let memories = verdict::memories(on);
                write!(f, "{what} in {scenario}{near} on {memories}")
            }
            Self::Unknowable { .. } => f.write_str("inconclusive"),
        }
    }
}

impl fmt::Debug for Exhibit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exhibit")
            .field("name", &self.name)
            .field("truth", &self.truth)
            .finish_non_exhaustive()
    }
}

/// Exhibits of one kind.
#[derive(Clone, Debug)]
pub struct Room {
    /// What it is called.
    pub name: &'static str,
    /// What is shown there.
    pub title: &'static str,
    /// The exhibits.
    pub exhibits: Vec<Exhibit>,
}

/// All rooms.
#[must_use]
pub fn rooms() -> Vec<Room> {
    let room = |name, title, exhibits: &[&[Exhibit]]| Room {
        name,
        title,
        exhibits: exhibits.concat(),
    };
    vec![
        room(
            "sequence locks",
            "readers that check a count before and after",
            sequence_locks::EXHIBITS,
        ),
        room(
            "slots",
            "values in several slots, and an index that says which",
            slots::EXHIBITS,
        ),
        room(
            "pointers",
            "blocks that are given back while somebody still reads them",
            pointers::EXHIBITS,
        ),
        room(
            "locks",
            "mutual exclusion that excludes nobody",
            locks::EXHIBITS,
        ),
        room(
            "writers",
            "several writers, several copies",
            writers::EXHIBITS,
        ),
        room("flags", "flags, counters and waiters", flags::EXHIBITS),
        room(
            "outside",
            "registers of which nothing can be known, and why",
            outside::EXHIBITS,
        ),
    ]
}

/// All exhibits, room by room.
#[must_use]
pub fn exhibits() -> Vec<Exhibit> {
    rooms().into_iter().flat_map(|room| room.exhibits).collect()
}

/// Exhibits that are not on show, because what is explored does not reach as far: a wrong one that takes load buffering,
/// and a right one whose states have no end.
#[must_use]
pub fn gaps() -> Vec<Exhibit> {
    vec![sequence_locks::GAP, locks::GAP]
}

/// The exhibit of this name.
#[must_use]
pub fn named(name: &str) -> Option<Exhibit> {
    exhibits().into_iter().find(|it| it.name == name)
}

/// The exhibit whose name is most like this one.
#[must_use]
pub fn nearest(name: &str) -> Exhibit {
    let all = exhibits().into_iter();
    all.min_by_key(|it| {
        // Whoever types only the beginning of a name is understood, too.
        let is_part = !name.is_empty() && it.name.contains(name);
        (!is_part, registers::catalogue::distance(it.name, name))
    })
    .expect("there are exhibits")
}

/// What the source file of an exhibit needs.
mod prelude {
    pub(crate) use histories::Model::{Atomic, Regular, Safe};
    pub(crate) use interleavings::FaultKind::{DataRace, Panic, UseAfterFree};
    pub(crate) use interleavings::MemoryModel;
    pub(crate) use registers::memory::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
    pub(crate) use registers::memory::{Cells, Narrow, Ordering};
    pub(crate) use registers::own::{Handles, Shared};
    pub(crate) use registers::{Lock, Memory, Sizes, Word};

    pub(crate) use crate::Shows::{Breaks, Fails, Waits};
    pub(crate) use crate::{Exhibit, Truth, subject};

    /// Every memory shows it.
    pub(crate) const ALL: &[MemoryModel] = &MemoryModel::ALL;
    /// A store buffer is enough.
    pub(crate) const X86: &[MemoryModel] = &[MemoryModel::X86, MemoryModel::Weak];
    /// Only weak memory shows it.
    pub(crate) const WEAK: &[MemoryModel] = &[MemoryModel::Weak];
}

/// A register of some name as a value: `subject!(Name<M> = Register<M, true>, 2 words, claims Atomic)`.
///
/// What stands behind the words is that of [`on_the_bench!`](registers::on_the_bench).
macro_rules! subject {
    ($name:ident<M> = $register:ty, $words:literal words, $($what:tt)*) => {
        || {
            type $name<M> = $register;
            registers::on_the_bench!(OnTheBench = $name, $words words, $($what)*);
            registers::subject::Subject::of::<OnTheBench, $words>()
        }
    };
}
use subject;

//! The workbench: put a shared register on the bench, and learn what it really guarantees.
//!
//! This is the library that a register of one's own imports (`use workbench::prelude::*`), and the place where it is
//! decided what a register is. Each command of the program is a report that is computed first, and then drawn or printed
//! as JSON.
//!
//! | module | holds |
//! |---|---|
//! | [`classify`] | what a register really is: every execution within a scope, and who waits for whom |
//! | [`stressed`] | what registers returned at full speed |
//! | [`prove`] | every execution of a register in one scenario, by one engine or two |
//! | [`explored`] | what one exploration found, ready to be drawn |
//! | [`needed`] | what each ordering of a register is there for |
//! | [`answers`] | what the open reads of a timeline may return |
//! | [`staging`] | what registers returned when real threads performed a timeline |
//! | [`demonstrations`] | the note's timeline and the anomalies, each with a register and the schedule that shows it |
//! | [`bench`](mod@bench) | a register of one's own on the bench |
//! | [`verdict`] | what is known of a register, drawn: the answer first |
//! | [`cli`] | options, errors and exit codes that all binaries have |
//! | [`screen`] | tables, headings and colour |

pub mod answers;
pub mod bench;
pub mod choose;
pub mod classify;
pub mod cli;
pub mod demonstrations;
pub mod explored;
pub mod json;
pub mod needed;
pub mod play;
pub mod prove;
pub mod recording;
pub mod screen;
pub mod staging;
pub mod stressed;
pub mod verdict;

#[doc(hidden)]
pub use registers;

/// What a program with a register of its own needs.
pub mod prelude {
    pub use crate::bench;
    pub use registers::memory::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
    pub use registers::memory::{Cells, Narrow};
    pub use registers::own::{Handles, Shared};
    pub use registers::{Lock, Memory, Sizes, Word};
}

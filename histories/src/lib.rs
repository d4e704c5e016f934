//! What happened to a shared register, and what it means.
//!
//! A *history* is a set of operations, each with the instants of its invocation and of its completion. From these
//! follows *precedence*: one operation precedes another if it completed before the other was invoked; two of which
//! neither precedes the other are *concurrent*. Lamport (*On interprocess communication*, 1986) asks of a register what
//! a read may return while it is concurrent with writes:
//!
//! * **safe**: anything;
//! * **regular**: the value before them, or one that they write;
//! * **atomic**: the same, and as if every operation happened at one instant of its interval (linearizable; Herlihy and
//!   Wing 1990), so that of two reads in order the second never returns the older value.
//!
//! Where several reads and writes take effect together, [levels of isolation](transactions) are asked in place of these.
//!
//! This crate holds the vocabulary ([`Operation`], [`History`]), the [notation](timeline) in which histories are typed
//! and drawn, the [checkers](mod@check), the answers to [open questions](questions), and the [recorder](record) that
//! takes down the history of real threads. It knows no registers: histories may come from anywhere.
//!
//! ```
//! use histories::{Model, Timeline, check};
//!
//! let timeline: Timeline = "
//!     init: 0
//!     Thread 1:      wwwwwwwwww(1)     wwwww(2)
//!     Thread 2:   rrrrr(0)                  rrrrr(2)
//!     Thread 3:   rrrrr(1)  rr(0)
//! ".parse()?;
//!
//! assert!(check(Model::Regular, &timeline.history).holds());
//! let verdict = check(Model::Atomic, &timeline.history);
//! assert_eq!(
//!     verdict.violation().unwrap().sentence,
//!     "new-old inversion: Thread 3's first read returned 1, and Thread 3's second read, invoked after it had completed, \
//!      returned the older 0",
//! );
//! # Ok::<(), histories::timeline::ParseError>(())
//! ```

mod budget;
mod builder;
pub mod check;
mod consistency;
mod events;
mod evidence;
pub mod formats;
mod found;
mod history;
mod judge;
pub mod lattice;
mod model;
pub mod naive;
mod operation;
pub mod questions;
pub mod record;
mod search;
pub mod staleness;
pub mod timeline;
pub mod transactions;
mod value;
mod verdict;

pub use builder::{Builder, Initial};
pub use check::{Model, Verdict, check};
pub use history::{History, HistoryError};
pub use operation::{Action, Instant, Interval, Operation, Process, Register};
pub use timeline::Timeline;
pub use value::{NotAValue, Value};

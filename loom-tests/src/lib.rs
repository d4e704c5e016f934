//! Every interleaving of a register, under [loom]: the referee of the [atlas](interleavings).
//!
//! Loom runs a program again and again, each time along another interleaving and with other values for the loads that
//! may be stale, until it has tried all that could make a difference. Everybody who writes lock-free code in Rust
//! trusts it. Here it runs *the same code* of a register as real threads do: no `--cfg loom`, no features;
//! [`LoomMemory`] is one more [`Memory`](registers::Memory), and loom an ordinary dependency of this crate alone.
//!
//! ```
//! use histories::Model;
//! use interleavings::report::Coverage;
//! use loom_tests::{Limits, explore};
//! use registers::{safe::WordByWord, scenario::Scenario};
//!
//! let report = explore::<WordByWord, 2>(&Scenario::free(1, &[1]), &Limits::default())?;
//! assert_eq!(report.coverage, Coverage::Exhaustive);
//! assert_eq!(report.outcomes().len(), 4);              // the old value, the new one, and half of each in two ways
//! assert_eq!(report.violations(Model::Safe), 0.0);
//! let torn = &report.witnesses[&Model::Regular];
//! assert!(torn.violation.sentence.starts_with("torn read: Thread 2's first read returned 1|0"));
//! # Ok::<(), registers::scenario::Unsupported>(())
//! ```
//!
//! An exploration does not stop at a violation: it collects every distinct history, has [`histories`] judge it once,
//! and keeps the easiest witness for each model that is broken: fewest stale loads first, then fewest context switches,
//! then fewest steps. A witness whose loads are all fresh is a schedule that [real threads
//! replay](registers::worlds::conducted).
//!
//! # What makes it finish, and what it leaves out
//!
//! * **Operations form a graph** of what waits for what, and threads hand over at its edges. Nobody joins.
//! * **The clock** that tells which operation precedes which is a word for each process, and is looked at only where it
//!   matters.
//! * **A failed attempt** of a retry loop that changes no word and leaves nothing behind takes its operation out of the
//!   execution, because the same happens in another execution without the attempt. So spinning is finite, and no history
//!   is lost. An attempt by closure cannot remember anything; attempts of a loop by hand are repeated by the atlas first,
//!   and if they leave something behind, they are made again here, a few times, and the exploration is inconclusive. If
//!   everybody waits for what will never come, the exploration says so.
//! * **Where loom itself is not exhaustive the report says inconclusive:** more than five threads, or more than seven
//!   stores to a word.
//! * **Known gaps of loom** stand as ignored tests in `tests/gaps.rs`: it takes SeqCst accesses for AcqRel, and lets no
//!   load wait for a later store. Its partial-order reduction is not taken on faith either: `tests/referee.rs` compares
//!   the histories with those of the atlas, and `tests/mutants.rs` those of registers in which one thing is changed by
//!   machine.
//!
//! # Beyond loom's memory
//!
//! [`Flicker`] has words that are only safe, the bits that Lamport's constructions start from. `cargo prove` is the
//! command line: the atlas, with loom beside it.

mod clock;
mod explore;
mod flicker;
mod memory;
mod precedence;
mod run;
mod second;
mod trace;
mod witness;

pub use clock::as_far_as_it_matters;
pub use explore::{Limits, explore, explore_in, explore_with};
pub use flicker::{Flicker, FlickerWord};
pub use memory::{LoomLock, LoomMemory, LoomWord};
pub use second::{Engines, Loom};

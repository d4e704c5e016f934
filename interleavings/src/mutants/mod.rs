//! Registers broken on purpose: why is this ordering here?
//!
//! An ordering is needed if the register breaks without it. [`Without`] takes one kind of ordering away from any
//! register, by running it in a memory that performs those accesses relaxed, or leaves those fences out; the register's
//! own code is not touched. A [`SequenceLock`] has one ordering of each kind, so each of them is taken away alone:
//!
//! | without | what happens to a write of two words that meets a read |
//! |---|---|
//! | the acquire load that begins `attempt()` | the reader sees the number of a finished write, and not yet its words |
//! | the release store that ends `write()` | the same, from the other side |
//! | the acquire fence behind the words | the reader sees a word of the write, and still the number from before it |
//! | the release fence in front of the words | the same, from the other side |
//!
//! Each needs a weak memory to go wrong: on sequentially consistent memory all four are still atomic, and so they may
//! look on a machine that reorders little. Two more [twins](twin) have a step taken away instead, and break on any
//! memory; so do the [twins of pinned slots](pinned), whose writer keeps its books wrongly.
//!
//! ```
//! use histories::Model;
//! use interleavings::{Limits, MemoryModel, mutants};
//! use registers::scenario::Scenario;
//!
//! for mutant in mutants::sequence_lock::<2>(&Scenario::free(1, &[1]), MemoryModel::Weak, &Limits::default())? {
//!     let witness = &mutant.report.witnesses[&Model::Atomic];
//!     assert!(witness.violation.sentence.starts_with("torn read"), "{}", mutant.without);
//!     assert!(witness.timeline.steps.len() <= 12);
//! }
//! # Ok::<(), registers::scenario::Misfit>(())
//! ```

pub mod chain;
pub mod pinned;
pub mod twin;
mod weakened;

use registers::atomic::SequenceLock;
use registers::scenario::{Misfit, Scenario};

use crate::{Limits, MemoryModel, Report, explore};

pub use weakened::{
    AcquireFences, AcquireLoads, AcquireUpdates, Kind, ReleaseFences, ReleaseStores,
    ReleaseUpdates, SeqCsts, Weakened, WeakenedWord, Without,
};

/// A register with something taken away, and what comes of it.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What was taken away.
    pub without: &'static str,
    /// What it is there for.
    pub purpose: &'static str,
    /// Every execution without it.
    pub report: Report,
}

/// Every mutant of the [`SequenceLock`]: one for each of its orderings, then one for each step of its protocol.
///
/// # Errors
///
/// If the register cannot perform the scenario.
pub fn sequence_lock<const N: usize>(
    scenario: &Scenario,
    memory: MemoryModel,
    limits: &Limits,
) -> Result<Vec<Mutant>, Misfit> {
    let mutant = |without, purpose, report| Mutant {
        without,
        purpose,
        report,
    };
    Ok(vec![
        mutant(
            "Acquire on the load of the sequence that begins an attempt",
            "who sees the number of a finished write also sees its words",
            explore::<Without<SequenceLock, AcquireLoads>, N>(scenario, memory, limits)?,
        ),
        mutant(
            "Release on the store of the sequence that ends a write",
            "who sees the number of a finished write also sees its words",
            explore::<Without<SequenceLock, ReleaseStores>, N>(scenario, memory, limits)?,
        ),
        mutant(
            "the Acquire fence between the words and the second look at the sequence",
            "who has read a word of a write then also sees its odd number",
            explore::<Without<SequenceLock, AcquireFences>, N>(scenario, memory, limits)?,
        ),
        mutant(
            "the Release fence between the odd number and the words",
            "who has read a word of a write then also sees its odd number",
            explore::<Without<SequenceLock, ReleaseFences>, N>(scenario, memory, limits)?,
        ),
        mutant(
            "the second look at the sequence",
            "a read notices the write that it met",
            explore::<twin::SkipsTheSecondLook, N>(scenario, memory, limits)?,
        ),
        mutant(
            "the odd number in front of the words: it is stored behind them",
            "a write is announced before it changes anything",
            explore::<twin::AnnouncesTooLate, N>(scenario, memory, limits)?,
        ),
    ])
}

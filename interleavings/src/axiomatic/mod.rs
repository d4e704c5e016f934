//! The oracle: memory models by their axioms, and every execution of a small program that satisfies them.
//!
//! # The idea
//!
//! A memory model can be defined in two ways. A *machine* performs one step after the other. *Axioms* look at a
//! finished execution, which says what each read returned and from which write, and tell whether it may occur. The
//! explorer of this crate is a machine. The axioms here are those of the literature, written down line by line as they
//! stand in the papers; they share nothing with the machine, so a mistake in one shows as a difference between the two.
//!
//! ```
//! use interleavings::axiomatic::{Axioms, outcomes};
//! use interleavings::litmus::{Program, Test};
//!
//! // Store buffering: both threads miss the store of the other one.
//! let test: Test = "
//! SB
//!     x := 1 Release; y -> 0 Acquire
//!     y := 1 Release; x -> 0 Acquire
//!     sc forbids, x86 allows, C++20 allows
//! ".parse()?;
//! let shows = |axioms| outcomes(axioms, &test.program).iter().any(|it| test.asks_for(it));
//! assert!(!shows(Axioms::Sc));
//! assert!(shows(Axioms::X86));
//! assert!(shows(Axioms::Cpp20));
//! # Ok::<(), interleavings::litmus::ParseError>(())
//! ```
//!
//! # In reading order
//!
//! | module | what it says |
//! |---|---|
//! | `relation` | *a ; b*, *a ∪ b*, *a⁺*: what axioms are written in |
//! | `execution` | events, program order, reads-from, modification order |
//! | `sc`, `x86` | the axioms of sequential consistency and of x86-TSO |
//! | `happens_before` | what C++20 and RC11 share |
//! | `cpp20`, `rc11` | what they say of SeqCst, each in its own words |
//! | `build` | every execution, each built once |
//!
//! # What it costs
//!
//! Time is exponential in the number of accesses. Milliseconds on average, and at worst, for random programs on two words,
//! in the development profile on a shared virtual machine:
//!
//! | threads x instructions | `Sc` | `X86` | `Cpp20` | `Rc11` | at worst |
//! |---|---|---|---|---|---|
//! | 2 x 2 | 0.01 | 0.01 | 0.02 | 0.03 | 0.1 |
//! | 2 x 3 | 0.02 | 0.04 | 0.06 | 0.07 | 2 |
//! | 3 x 2 | 0.04 | 0.07 | 0.1 | 0.1 | 5 |
//! | 3 x 3 | 0.3 | 0.5 | 0.8 | 0.9 | 17 |
//!
//! # How far to trust it
//!
//! Every execution is also guessed by brute force, for small random programs and for all of the
//! [library](crate::litmus::library), with the same result; the axioms of `Sc` and `X86` agree with the plainest machines;
//! the verdicts of the library were published, or derived by hand, before they were computed, but for a few programs that
//! a random search found to tell C++20 from RC11. What can go wrong together is how an instruction is taken for an event,
//! and, for C++20 and RC11, how the axioms are read.

mod build;
#[cfg(test)]
mod candidates;
mod cpp20;
mod execution;
mod happens_before;
mod rc11;
mod relation;
mod sc;
mod x86;

use std::collections::BTreeSet;

pub use build::{Enumeration, enumerate};

use self::execution::Execution;
use crate::litmus::{Instruction, Outcome, Program};

/// A memory model, defined by its axioms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axioms {
    /// Sequential consistency (Lamport 1979). Orderings do not matter.
    Sc,
    /// x86-TSO (Owens, Sarkar and Sewell 2009), for accesses that are compiled as usual.
    X86,
    /// C++20 to the letter, without load buffering. It forbids a few outcomes that x86 shows (LWG issue 3941).
    Cpp20,
    /// RC11 (Lahav, Vafeiadis, Kang, Hur and Dreyer 2017), with the release sequences of C++20: allows all that any other
    /// model here does.
    Rc11,
}

impl Axioms {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sc, Self::X86, Self::Cpp20, Self::Rc11];

    /// What the model is called in prose, and in the notation of litmus tests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sc => "sc",
            Self::X86 => "x86",
            Self::Cpp20 => "C++20",
            Self::Rc11 => "RC11",
        }
    }

    /// Whether an execution may occur, or the beginning of one.
    ///
    /// Axioms forbid circles. So whatever they forbid stays forbidden when more happens.
    fn allow(self, execution: &Execution) -> bool {
        match self {
            Self::Sc => sc::allows(execution),
            Self::X86 => x86::allows(execution),
            Self::Cpp20 => cpp20::allows(execution),
            Self::Rc11 => rc11::allows(execution),
        }
    }
}

/// A thread with control flow: its next instruction depends on what the instructions before it returned.
pub trait Thread {
    /// What the thread does after `answers`, one for each instruction that it has performed: what a load or an update
    /// read, and 0 for a store or a fence. None if it has returned.
    fn next(&self, answers: &[u64]) -> Option<Instruction>;
}

impl Thread for Vec<Instruction> {
    fn next(&self, answers: &[u64]) -> Option<Instruction> {
        self.get(answers.len()).copied()
    }
}

impl<F: Fn(&[u64]) -> Option<Instruction>> Thread for F {
    fn next(&self, answers: &[u64]) -> Option<Instruction> {
        self(answers)
    }
}

/// Every outcome of a program.
///
/// # Panics
///
/// If the program has more words and instructions than an execution can have events, 64.
pub fn outcomes(axioms: Axioms, program: &Program) -> BTreeSet<Outcome> {
    let threads = program.threads.iter();
    let threads: Vec<&dyn Thread> = threads.map(|thread| thread as &dyn Thread).collect();
    let longest = program.threads.iter().map(Vec::len).max().unwrap_or(0);
    let enumeration = enumerate(axioms, program.words, &threads, longest);
    assert_eq!(
        enumeration.left_out, 0,
        "the program has more than 64 words and instructions"
    );
    enumeration.outcomes
}

//! A litmus test: a program, an outcome that is asked for, and which memory models allow it.

use super::{Outcome, Program};
use crate::axiomatic::Axioms;

/// A litmus test: a program, an outcome that is asked for, and which memory models allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// What it is called in the literature, and which orderings it has.
    pub name: String,
    /// What runs.
    pub program: Program,
    /// For each thread, what its loads and updates are asked to return; any value, where there is none.
    pub read: Vec<Vec<Option<u64>>>,
    /// What each word is asked to hold in the end; any value, where there is none.
    pub last: Vec<Option<u64>>,
    /// Which models allow what is asked for.
    pub allowed: Allowed,
    /// Who published it, and where.
    pub source: Option<String>,
    /// Why the verdicts are what they are, if that is not plain.
    pub remark: Option<String>,
}

/// Which memory models allow the outcome that a litmus test asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Sequential consistency.
    pub sc: bool,
    /// x86-TSO.
    pub x86: bool,
    /// C++20, without load buffering.
    pub cpp20: bool,
    /// RC11. The same as C++20, but in few tests.
    pub rc11: bool,
    /// C++20 with load buffering, as the standard says. Where this is true and `cpp20` is false, the outcome is *load
    /// buffering* or its kin.
    pub load_buffering: bool,
}

impl Test {
    /// Whether `outcome` is one that the test asks for.
    pub fn asks_for(&self, outcome: &Outcome) -> bool {
        let fits = |asked: &[Option<u64>], found: &[u64]| {
            let mut pairs = asked.iter().zip(found);
            pairs.all(|(asked, found)| asked.is_none_or(|asked| asked == *found))
        };
        let mut threads = self.read.iter().zip(&outcome.read);
        threads.all(|(asked, found)| fits(asked, found)) && fits(&self.last, &outcome.last)
    }

    /// Whether a model allows what the test asks for.
    pub fn is_allowed(&self, axioms: Axioms) -> bool {
        match axioms {
            Axioms::Sc => self.allowed.sc,
            Axioms::X86 => self.allowed.x86,
            Axioms::Cpp20 => self.allowed.cpp20,
            Axioms::Rc11 => self.allowed.rc11,
        }
    }

    /// Whether only load buffering, or its kin, shows what the test asks for: C++ allows it, and the axiom that no value
    /// comes out of thin air forbids it.
    pub fn is_load_buffering(&self) -> bool {
        self.allowed.load_buffering && !self.allowed.cpp20
    }
}

//! What an exploration found, by whichever engine.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use histories::check::Violation;
use histories::{History, Model, Timeline, Value};

use crate::automaton::Retries;
use crate::faults::FaultKind;

/// The result of exploring the executions of one register in one scenario.
#[derive(Clone, Debug)]
pub struct Report {
    /// The name of the register.
    pub register: &'static str,
    /// How many words it has.
    pub words: usize,
    /// The name of the scenario.
    pub scenario: String,
    /// Who explored.
    pub engine: Engine,
    /// Which memory the register ran on.
    pub memory: MemoryModel,
    /// How much of it was covered.
    pub coverage: Coverage,
    /// How many executions were run, or stand behind the states that were visited. A float because it exceeds every
    /// integer.
    pub executions: f64,
    /// How many distinct states were visited; `None` if the engine has no notion of them.
    pub states: Option<u64>,
    /// How long it took.
    pub elapsed: Duration,
    /// Every distinct history that occurred, in [compact form](History::compact), with the number of executions that
    /// end in it.
    pub histories: BTreeMap<HistoryKey, Found>,
    /// For each model that was broken, the best witness.
    pub witnesses: BTreeMap<Model, Witness>,
    /// For each way in which the register itself goes wrong, the best witness.
    pub faults: BTreeMap<FaultKind, Fault>,
    /// What failed attempts of its loops leave behind, as far as that was followed.
    pub retries: Retries,
}

/// What is known of one distinct history.
#[derive(Clone, Debug)]
pub struct Found {
    /// The history.
    pub history: History,
    /// How many executions end in it.
    pub executions: f64,
    /// The models that it breaks.
    pub breaks: Vec<Model>,
}

/// A text that tells distinct histories apart, and orders them: the drawing of the compact form.
pub type HistoryKey = String;

/// Who explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    /// State by state.
    Atlas,
    /// Execution by execution.
    Loom,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Atlas => "atlas",
            Self::Loom => "loom",
        })
    }
}

/// Which executions a memory allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemoryModel {
    /// Sequentially consistent: every load returns the latest store.
    Sc,
    /// x86-TSO: stores wait in a buffer of their process.
    X86,
    /// That of C++20, which Rust follows, without load buffering.
    Weak,
}

impl MemoryModel {
    /// All of them. The first allows the least. The others allow more, and neither all that the other does: to the
    /// letter of C++20, an x86 processor reorders a few programs that mix SeqCst with weaker accesses of one word more
    /// than it may (issue 3941 of the standard's library group).
    pub const ALL: [Self; 3] = [Self::Sc, Self::X86, Self::Weak];

    /// What it is called: `sc`, `x86`, `weak`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sc => "sc",
            Self::X86 => "x86",
            Self::Weak => "weak",
        }
    }
}

impl fmt::Display for MemoryModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How much of the executions was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// All of them.
    Exhaustive,
    /// All with at most this many preemptions, which proves nothing about the others.
    Bound(usize),
    /// Not all: why the exploration was cut short.
    Inconclusive(String),
}

/// An execution that breaks a model.
#[derive(Clone, Debug)]
pub struct Witness {
    /// What broke, and which operations prove it.
    pub violation: Violation,
    /// The execution, drawn with every word access.
    pub timeline: Timeline,
    /// How often a load returned a value that was not the latest. With 0 the witness can be replayed step by step.
    pub stale_loads: usize,
    /// How often the next step was that of another process while the last one was in the middle of an operation.
    pub context_switches: usize,
}

/// An execution in which the register itself goes wrong.
#[derive(Clone, Debug)]
pub struct Fault {
    /// How.
    pub kind: FaultKind,
    /// What happens.
    pub sentence: String,
    /// The execution up to there, drawn with every word access.
    pub timeline: Timeline,
    /// How often a load returned a value that was not the latest.
    pub stale_loads: usize,
    /// How often the next step was that of another process while the last one was in the middle of an operation.
    pub context_switches: usize,
}

impl Report {
    /// The distinct answers to the open reads of the scenario, in the order of the histories' reads.
    pub fn outcomes(&self) -> BTreeMap<Vec<Value>, f64> {
        let mut outcomes = BTreeMap::new();
        for found in self.histories.values() {
            let operations = found.history.operations();
            let outcome = operations
                .iter()
                .filter_map(|op| op.returned().cloned())
                .collect();
            *outcomes.entry(outcome).or_insert(0.0) += found.executions;
        }
        outcomes
    }

    /// Whether every execution was looked at.
    pub fn is_exhaustive(&self) -> bool {
        self.coverage == Coverage::Exhaustive
    }

    /// Whether nothing contradicts that the register meets `model`, as far as it was explored: no history breaks it, and
    /// nothing else goes wrong.
    pub fn meets(&self, model: Model) -> bool {
        self.faults.is_empty()
            && self
                .histories
                .values()
                .all(|it| !it.breaks.contains(&model))
    }

    /// How many executions break `model`.
    pub fn violations(&self, model: Model) -> f64 {
        let breaking = self
            .histories
            .values()
            .filter(|found| found.breaks.contains(&model));
        breaking.fold(0.0, |sum, found| sum + found.executions)
    }
}

//! The atlas: every interleaving of a register, explored by states instead of executions.
//!
//! # The idea
//!
//! A process is deterministic, given what its reads returned. So its local state is the list of those answers, and a
//! register that is written against [`Memory`](registers::Memory) is a finite automaton, whatever its code looks like:
//! a node for each list of answers, an edge for each next one. A *global state* is the memory, one node for each
//! process, and what the past has settled: what completed reads returned, and what precedes what. Two executions that
//! meet in one state have the same futures, which are explored once. So a few thousand states stand for billions of
//! executions, and these are still counted: as paths through the graph of states.
//!
//! ```
//! use histories::Model;
//! use interleavings::{Limits, MemoryModel, explore};
//! use registers::atomic::SequenceLock;
//! use registers::scenario::Scenario;
//!
//! let timeline: histories::Timeline = "
//!     init: 0
//!     Thread 1:      wwwww(1)     wwwww(2)
//!     Thread 2:   rrrrr                rrrrr
//!     Thread 3:   rrrrr  rrrrr
//! ".parse()?;
//! let scenario = Scenario::drawn("note", &timeline.history);
//! let report = explore::<SequenceLock, 2>(&scenario, MemoryModel::Weak, &Limits::default())?;
//!
//! assert!(report.is_exhaustive());
//! assert_eq!(report.states, Some(1_033));
//! assert_eq!(report.executions, 158_811_384.0);
//! assert_eq!(report.outcomes().len(), 5);              // what the three open reads return together
//! assert_eq!(report.violations(Model::Atomic), 0.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # In reading order
//!
//! | module | what it does |
//! |---|---|
//! | `memory` | [`Atlas`], a memory that asks instead of remembering, and unwinds at the first access without an answer |
//! | `scene` | a register in a scenario, with its type taken out; runs one process along a list of answers |
//! | `automaton` | one process, built lazily; what may be merged, and how that is checked |
//! | `state` | how a state is laid out |
//! | `machine` | what a step does: sequentially consistent memory, and the view machine of release and acquire |
//! | [`world`] | what is explored, behind one trait: shared memory, or a network |
//! | `past` | what a state has to know of the past |
//! | `table` | equal states are one state |
//! | `graph` | every state and every step |
//! | `executions` | how many executions that is |
//! | [`explore`](mod@explore) | from a register and a scenario to a [`Report`] |
//! | `witness` | the best execution that breaks a model: fewest stale loads, then context switches, then accesses |
//! | `bounds` | how many steps of its own an operation takes |
//! | [`litmus`] | small programs that tell memories apart, and a library of them with their verdicts |
//! | [`axiomatic`] | the oracle of memories: sequential consistency, x86-TSO, C++20 and RC11 by their axioms |
//! | [`mutants`] | registers broken on purpose: why each ordering is there |
//!
//! # Which precedence
//!
//! In a [free](registers::scenario::Scenario::free) scenario the history of an execution has the precedence that
//! occurred, by the [clock rule](histories::record). In a [drawn](registers::scenario::Scenario::drawn) one it has that
//! of the drawing, no less and no more: every operation is stretched as far as the drawing allows. Stretching loses no
//! outcome, because it only takes constraints away; tests compare both.
//!
//! # How far to trust it
//!
//! A report says "no violation in N executions, exhaustive", never "correct". It is exhaustive for *this* scenario,
//! with *this* number of words, on *this* memory; what the weak memory leaves out stands in `machine`: load buffering,
//! and stores of one word by several processes that take effect in another order than they were performed. What holds
//! it up:
//!
//! * an oracle that walks every execution to its end, merges nothing and has its own memories finds the same histories,
//!   for registers whole and broken, and the same outcomes for random programs;
//! * [litmus tests](litmus) pin whole sets of outcomes;
//! * every [mutant](mutants) is caught;
//! * witnesses without stale loads replay on real threads, step for step;
//! * what the automaton merges is checked while it explores, and a register that cannot be followed is inconclusive.
//!
//! # What it costs
//!
//! Measured with two cores of a shared virtual machine, in the development profile. Times include counting, judging and
//! step bounds.
//!
//! | on weak memory | states | executions | seconds |
//! |---|---|---|---|
//! | sequence lock, 2 words, the timeline above | 1,033 | 1.6e8 | 0.01 |
//! | the same, 3 words | 3,421 | 3.8e10 | 0.03 |
//! | the same, 4 words | 12,231 | 1.0e13 | 0.1 |
//! | sequence lock, 2 words, 3 writes, a thread of 2 reads | 6,271 | 1.3e12 | 0.04 |
//! | sequence lock, 2 words, 2 writes, two threads of 2 reads | 1,229,351 | 1.6e23 | 9 |
//!
//! A state costs five to ten microseconds, however many there are.

mod any_words;
mod atlas;
mod automaton;
pub mod axiomatic;
mod bounds;
mod coarse;
mod eager;
mod executions;
mod exercised;
pub mod explore;
mod faults;
mod graph;
mod hidden;
pub mod litmus;
mod machine;
mod memory_model;
pub mod mutants;
mod mutation;
mod past;
mod processes;
pub mod report;
pub mod scope;
mod state;
mod symmetry;
mod table;
mod witness;
pub mod world;

pub use any_words::any_number_of_words;
pub use atlas::{Atlas, AtlasLock, AtlasWord};
pub use automaton::Retries;
pub use bounds::{Bound, Bounds, StepBounds};
pub use exercised::{Exercised, Used};
pub use explore::{Survey, Variant, Verified, Waiting, explore, survey, survey_with, verify};
pub use faults::FaultKind;
pub use graph::Limits;
pub use hidden::hidden_state;
pub use mutation::{Change, Mutation};
pub use report::{Coverage, Engine, Found, MemoryModel, Report, Witness};

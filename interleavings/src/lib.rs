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
//! | `atlas` | [`Atlas`], a memory that asks instead of remembering, and unwinds at the first access without an answer |
//! | `processes` | a register in a scenario, with its type taken out; runs one process along a list of answers |
//! | `automaton` | one process, built lazily; which failed attempts may be merged, and how that contract is tested |
//! | `memory_model` | what an access finds, and what it leaves behind: sequentially consistent, x86-TSO, weak |
//! | `state` | how a state is laid out |
//! | `machine` | what a step does |
//! | `eager` | which steps need not wait, and which can wait, with the argument for each |
//! | `symmetry` | readers that are alike stand for each other |
//! | [`world`] | what is explored, behind one trait: shared memory, or a network |
//! | `past` | what a state has to know of the past |
//! | `table` | equal states are one state |
//! | `graph` | every state and every step, one access at a time: what is drawn and counted |
//! | `coarse` | every state in coarse steps and up to symmetry: what is only verified |
//! | `executions` | how many executions that is |
//! | [`explore`](mod@explore) | from a register and a scenario to a [`Report`], or to what was [verified](verify) |
//! | [`scope`] | which scenarios: iterative deepening, until the effort is spent |
//! | `witness` | the best execution that breaks a model: fewest stale loads, then context switches, then accesses |
//! | [`play`] | a scene as data: every state, every step, and what happens in it, for those who play the scheduler |
//! | `bounds` | who waits for whom, by the circles of the graph |
//! | `faults` | panics, data races, uses of a block after it was retired |
//! | `exercised` | what no scenario touched, nothing is known of |
//! | `hidden` | state outside of the memory |
//! | `any_words` | when two words stand for all |
//! | [`mutants`] | what each ordering, value and store of a register is there for, by machine |
//! | [`litmus`] | small programs that tell memories apart, and a library of them with their verdicts |
//! | [`axiomatic`] | the oracle of memories: sequential consistency, x86-TSO, C++20 and RC11 by their axioms |
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
//! A report says "no violation in any scenario of up to N operations, exhaustive on these memories", never "correct".
//! What it leaves out is load buffering: no load returns a store that is still to come. What holds it up:
//!
//! * **Memories.** An independent enumeration of all executions that the [axioms](axiomatic) allow finds the same outcomes
//!   on each memory, for every test of the [library](litmus::library) and for random programs (a thousand in the test
//!   suite, 100,000 by `cargo test --release -p interleavings --test atlas_against_axioms -- --ignored`).
//! * **Steps.** Coarse steps and symmetry find the same histories as one access at a time, for registers whole and broken
//!   and for random programs.
//! * **Contracts.** What a register promises by [`relax`](registers::Memory::relax) is tested and not believed: every
//!   failed attempt is repeated 1,100 times and mixed with the others. A register that remembers its failures is explored
//!   failure by failure.
//! * **Power.** Every ordering, value and store of the registers that is changed by machine is found out, or a test names
//!   the reason why nothing can show it.
//! * **Replays.** Witnesses without stale loads replay on real threads, step for step.
//! * **Doubt.** What cannot be followed is inconclusive: words made late, values or states without end, state that is kept
//!   elsewhere.
//!
//! # What it costs
//!
//! Measured on two cores of a shared virtual machine by `cargo bench -p benches --bench interleavings`, for the sequence
//! lock of 2 words.
//!
//! | on weak memory | one access a step | coarse, up to symmetry |
//! |---|---|---|
//! | the timeline above | 1,033 states, 4 ms | 3 ms |
//! | ww·r·rr | 145,856 states, 0.4 s | 7,019 states, 0.06 s |
//! | ww·rr·rr | 1,229,351 states, 4 s | 30,158 states, 0.3 s |
//! | www·rr·rr | | 230,677 states, 3 s |

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
mod interrupt;
pub mod litmus;
mod machine;
mod memory_model;
pub mod mixer;
pub mod mutants;
mod mutation;
mod past;
pub mod play;
mod processes;
pub mod report;
mod schedules;
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
pub use interrupt::{interrupt, is_interrupted};
pub use mutation::{Change, Mutation};
pub use report::{Coverage, Engine, Found, MemoryModel, Report, Witness};
pub use schedules::{Schedules, schedules};

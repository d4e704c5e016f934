//! The atlas: every interleaving of a register, explored by states.

mod automaton;
mod bounds;
mod executions;
mod explore;
mod graph;
pub mod litmus;
mod machine;
mod memory;
pub mod mutants;
#[cfg(test)]
mod naive;
mod past;
pub mod report;
mod scene;
mod state;
mod table;
mod witness;

pub use bounds::{Bound, Bounds, StepBounds};
pub use explore::{Survey, explore, survey};
pub use graph::Limits;
pub use memory::{Atlas, AtlasLock, AtlasWord};
pub use report::{Coverage, MemoryModel, Report};

//! The atlas: every interleaving of a register, explored by states instead of executions.

pub mod report;

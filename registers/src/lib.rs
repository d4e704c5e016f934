//! Concrete safe, regular and atomic registers of several words, and the worlds to run them in.
//!
//! A [register](Construction) is written once, against the [`Memory`] trait, and then runs on real threads at full
//! speed ([`storm`]), along the columns of a drawn timeline ([`staged`]), along one chosen interleaving
//! ([`worlds::conducted`]), or under a model checker.
//!
//! | register | class | read | write |
//! |---|---|---|---|
//! | [`safe::WordByWord`] | safe | wait-free | wait-free |
//! | [`regular::TwoCopies`] | regular | waits for the writer | wait-free |
//! | [`atomic::SequenceLock`] | atomic | waits for the writer | wait-free |
//! | [`atomic::Locked`] | atomic | blocks | blocks |
//!
//! Beside them stand registers that claim more than they keep ([`exhibits`]), and those of other crates ([`foreign`]).
//! Any register holds any plain type, too ([`typed`]).
//! And the classical [`chain`] of constructions, each from the one below, with what it [costs](cost).
//!
//! ```
//! use registers::{Construction, Crew, Hardware, Read, Write, atomic::SequenceLock};
//!
//! let ([mut writer], mut readers) = SequenceLock::build(&Hardware, [0; 4], Crew::readers(1));
//! writer.write([1, 2, 3, 4]);
//! assert_eq!(readers[0].read(), [1, 2, 3, 4]);
//! ```

pub mod atomic;
pub mod catalogue;
pub mod chain;
pub mod cost;
pub mod exhibits;
pub mod foreign;
pub mod memory;
pub mod own;
mod part;
mod register;
pub mod regular;
pub mod safe;
pub mod scenario;
pub mod staged;
pub mod standstill;
pub mod storm;
pub mod subject;
pub mod typed;
pub mod worlds;

pub use memory::{Hardware, Lock, Memory, Word};
pub use register::{
    Arity, Class, Construction, Crew, Guarantee, Progress, Read, Value, Write, Writers,
};

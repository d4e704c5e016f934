//! Concrete safe, regular and atomic registers of several words, and the worlds to run them in.
//!
//! A [register](Construction) is written once, against the [`Memory`] trait, and then runs on real threads at full
//! speed ([`stress`]), along the columns of a drawn timeline ([`staged`]), along one chosen interleaving
//! ([`worlds::conducted`]), or under a model checker.
//!
//! | register | class | writers, readers | read | write |
//! |---|---|---|---|---|
//! | [`safe::SafeBit`] | safe | one, one | wait-free | wait-free |
//! | [`safe::ManyReaders`] | safe | one, many | wait-free | wait-free |
//! | [`safe::WordByWord`] | safe | one, many | wait-free | wait-free |
//! | [`regular::WrittenToChange`] | regular | one, many | wait-free | wait-free |
//! | [`regular::Unary`] | regular | one, many | wait-free | wait-free |
//! | [`regular::TwoCopies`] | regular | one, many | blocking | wait-free |
//! | [`atomic::OneWord`] | atomic | one, many | wait-free | wait-free |
//! | [`atomic::Numbered`] | atomic | one, one | as its base | as its base |
//! | [`atomic::ReadersTable`] | atomic | one, many | wait-free | wait-free |
//! | [`atomic::Timestamps`] | atomic | many, many | wait-free | wait-free |
//! | [`atomic::Snapshot`] | atomic, of many components | many, many | wait-free | wait-free |
//! | [`atomic::SequenceLock`] | atomic | one, many | blocking | wait-free |
//! | [`atomic::FourSlot`] | atomic | one, one | wait-free | wait-free |
//! | [`atomic::TripleBuffer`] | atomic | one, one | wait-free | wait-free |
//! | [`atomic::VersionedRing`] | atomic | one, many | lock-free | wait-free |
//! | [`atomic::LeftRight`] | atomic | one, many | wait-free | blocking |
//! | [`atomic::AnonymousReaders`] | atomic | one, many | wait-free | wait-free |
//! | [`atomic::PinnedSlots`] | atomic | one, many | wait-free | wait-free |
//! | [`atomic::Peterson`] | atomic | one, many | wait-free | wait-free |
//! | [`atomic::ManyWriterSequenceLock`] | atomic | many, many | blocking | blocking |
//! | [`atomic::Locked`] | atomic | many, many | blocking | blocking |
//!
//! Beside them stand registers that claim more than they keep ([`broken`]).
//! Any register holds any plain type, too ([`typed`]). The first rungs make up the classical [`chain`] of
//! constructions, each from the one below, with what it [costs](cost). A register of one's own takes three functions
//! ([`own`]).
//!
//! ```
//! use registers::{Construction, Sizes, Hardware, Read, Write, atomic::SequenceLock};
//!
//! let ([mut writer], mut readers) = SequenceLock::build(&Hardware, [0; 4], Sizes::readers(1));
//! writer.write([1, 2, 3, 4]);
//! assert_eq!(readers[0].read(), [1, 2, 3, 4]);
//! ```

mod access;
pub mod atomic;
pub mod broken;
pub mod catalogue;
mod cells;
pub mod chain;
pub mod cost;
pub mod essay;
pub mod guard;
pub mod halt;
mod handle;
mod hardware;
pub mod memory;
mod narrow;
pub mod own;
mod part;
mod register;
pub mod regular;
pub mod safe;
pub mod scenario;
pub mod staged;
pub mod stress;
pub mod subject;
pub mod typed;
mod vector;
mod within;
pub mod worlds;

pub use hardware::Hardware;
pub use memory::{Lock, Memory, Word};
pub use register::{
    Arity, Class, Construction, Guarantee, Progress, Read, Sizes, Value, Write, Writers,
};

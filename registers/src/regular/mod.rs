//! Registers that are regular and nothing more.

mod two_copies;

pub use two_copies::TwoCopies;

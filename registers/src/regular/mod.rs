//! Registers that are regular and nothing more.

mod two_copies;
mod unary;
mod written_to_change;

pub use two_copies::TwoCopies;
pub use unary::Unary;
pub use written_to_change::WrittenToChange;

//! Replication protocols, one idea a file, weakest first.

pub mod chain;
pub mod consensus;
pub mod last_writer_wins;
pub mod leader;
pub mod majority;
pub mod primary;
pub mod single_copy;
pub mod striped;

pub use chain::Chain;
pub use consensus::Consensus;
pub use last_writer_wins::LastWriterWins;
pub use leader::Leader;
pub use majority::Majority;
pub use primary::Primary;
pub use single_copy::SingleCopy;
pub use striped::Striped;

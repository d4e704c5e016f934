//! Registers that are atomic.

mod locked;
mod numbered;
mod one_word;
mod readers_table;
mod sequence_lock;
mod snapshot;
mod stamp;
mod timestamps;

pub use locked::Locked;
pub use numbered::Numbered;
pub use one_word::OneWord;
pub use readers_table::ReadersTable;
pub use sequence_lock::{Reader as SequenceLockReader, SequenceLock, Writer as SequenceLockWriter};
pub use snapshot::Snapshot;
pub use timestamps::Timestamps;

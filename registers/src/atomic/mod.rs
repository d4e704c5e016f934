//! Registers that are atomic.

mod locked;
mod sequence_lock;

pub use locked::Locked;
pub use sequence_lock::{Reader as SequenceLockReader, SequenceLock, Writer as SequenceLockWriter};

//! Registers that are atomic.

mod arc;
mod four_slot;
mod left_right;
mod locked;
mod many_writer_sequence_lock;
mod numbered;
mod one_word;
mod peterson;
mod pinned_slots;
mod readers_table;
mod sequence_lock;
mod snapshot;
mod stamp;
mod timestamps;
mod triple_buffer;
mod versioned_ring;

pub use arc::AnonymousReaders;
pub use four_slot::FourSlot;
pub use left_right::LeftRight;
pub use locked::Locked;
pub use many_writer_sequence_lock::ManyWriterSequenceLock;
pub use numbered::Numbered;
pub use one_word::OneWord;
pub use peterson::Peterson;
pub use pinned_slots::{PinnedSlots, PinnedSlotsOf};
pub use readers_table::ReadersTable;
pub use sequence_lock::{Reader as SequenceLockReader, SequenceLock, Writer as SequenceLockWriter};
pub use snapshot::Snapshot;
pub use timestamps::Timestamps;
pub use triple_buffer::TripleBuffer;
pub use versioned_ring::{VersionedRing, VersionedRingOf};

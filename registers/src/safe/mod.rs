//! Registers that are safe and nothing more.

mod many_readers;
mod safe_bit;
mod word_by_word;

pub use many_readers::ManyReaders;
pub use safe_bit::SafeBit;
pub use word_by_word::WordByWord;

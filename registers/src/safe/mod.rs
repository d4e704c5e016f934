//! Registers that are safe and nothing more.

mod word_by_word;

pub use word_by_word::WordByWord;

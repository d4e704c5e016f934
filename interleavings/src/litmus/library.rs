//! The library: litmus tests with their verdicts, as published or derived by hand.
//!
//! The tests stand in the [notation](super::notation) in files beside this one, by theme:
//!
//! | file | question |
//! |---|---|
//! | `coherence` | has each word one history? |
//! | `store_buffering` | may a load overtake a store? |
//! | `message_passing` | does a flag bring its data along? |
//! | `release_sequences` | who else carries it? |
//! | `load_buffering` | may a store overtake a load? |
//! | `write_order` | which of two stores comes last? |
//! | `cumulativity` | does it go through a third thread? |
//! | `seq_cst` | what does a total order of some accesses say of the others? |
//! | `updates` | may anything come between a read and its write? |
//! | `sequence_locks` | what each ordering of a sequence lock is for |
//!
//! ```
//! use interleavings::litmus;
//!
//! let library = litmus::library();
//! let lb = library.iter().find(|test| test.name == "LB Relaxed").unwrap();
//! assert!(lb.is_load_buffering());
//! ```

use super::Test;
use super::notation::parse;

/// The name and the text of each file of the library.
pub const TEXTS: [(&str, &str); 10] = [
    ("coherence", include_str!("library/coherence.litmus.txt")),
    (
        "store_buffering",
        include_str!("library/store_buffering.litmus.txt"),
    ),
    (
        "message_passing",
        include_str!("library/message_passing.litmus.txt"),
    ),
    (
        "release_sequences",
        include_str!("library/release_sequences.litmus.txt"),
    ),
    (
        "load_buffering",
        include_str!("library/load_buffering.litmus.txt"),
    ),
    (
        "write_order",
        include_str!("library/write_order.litmus.txt"),
    ),
    (
        "cumulativity",
        include_str!("library/cumulativity.litmus.txt"),
    ),
    ("seq_cst", include_str!("library/seq_cst.litmus.txt")),
    ("updates", include_str!("library/updates.litmus.txt")),
    (
        "sequence_locks",
        include_str!("library/sequence_locks.litmus.txt"),
    ),
];

/// All tests of the library, file by file.
pub fn library() -> Vec<Test> {
    let texts = TEXTS.iter();
    let tests = texts.map(|(file, text)| {
        parse(text).unwrap_or_else(|error| panic!("litmus/library/{file}.litmus.txt, {error}"))
    });
    tests.flatten().collect()
}

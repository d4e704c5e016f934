//! The notation of litmus tests: one line a thread, with what each read is asked to return.
//!
//! ```text
//! MP+release+acquire
//!     x := 1 Relaxed; y := 1 Release
//!     y -> 1 Acquire; x -> 0 Relaxed
//!     sc forbids, x86 forbids, C++20 forbids
//!     source Batty, Owens, Sarkar, Sewell and Weber, POPL 2011
//!     remark the acquire load synchronizes with the release store
//! ```
//!
//! A test begins with its name, at the left margin. Its indented lines are its threads and what is said of them:
//!
//! | line | meaning |
//! |---|---|
//! | `x -> 0 Acquire` | a load, asked to return 0; `?` asks for nothing |
//! | `x := 1 Release` | a store |
//! | `x add 1 -> 0 AcqRel` | an update that adds 1, asked to return 0 |
//! | `x swap 2 -> 1 AcqRel` | an update that replaces the value |
//! | `x exchange 0 by 1 -> 0 AcqRel else Acquire` | a compare-exchange, and its ordering if it fails |
//! | `fence SeqCst` | a fence |
//! | `-` | a thread that does nothing |
//! | `last x = 1, y = 2` | what the words are asked to hold in the end |
//! | `sc forbids, x86 forbids, C++20 allows` | who allows what is asked for |
//! | `source ...`, `remark ...` | prose; several lines of one kind are joined |
//!
//! RC11 is said to allow what C++20 does, unless `RC11 forbids` or `RC11 allows` follows; and `load buffering allows`
//! follows where C++20 allows the outcome but for the axiom that no value comes out of thin air. Words are called x, y,
//! z, w, v, u, t and s. Lines that begin with `#` are comments.
//!
//! Programs and outcomes are written in the same notation, so what a failed test prints can go into the library.

mod cursor;
mod parse;
mod write;

use std::fmt;

pub use parse::parse;

/// What words are called, in order.
const WORDS: &[u8] = b"xyzwvuts";

/// Why a text is not a litmus test: where, what should stand there, and what does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted in characters from 1.
    pub column: usize,
    /// What should stand there.
    pub expected: String,
    /// What stands there; empty at the end of a line.
    pub found: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            expected,
            found,
        } = self;
        write!(f, "line {line}, column {column}: expected {expected}, ")?;
        match found.as_str() {
            "" => f.write_str("found the end of the line"),
            found => write!(f, "found `{found}`"),
        }
    }
}

impl std::error::Error for ParseError {}

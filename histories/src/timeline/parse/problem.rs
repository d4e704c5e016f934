//! Why a text is not a timeline.

use crate::{HistoryError, NotAValue};

/// The longest text that is taken for a timeline, in bytes. A timeline is meant to be looked at.
pub const MAX_LENGTH: usize = 1 << 16;

/// The widest line that is taken for a timeline, in columns.
pub const MAX_COLUMNS: usize = 10_000;

/// Why a text is not a timeline: what, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted in characters from 1.
    pub column: usize,
    /// What is wrong with it.
    pub problem: Problem,
    /// The line itself; empty if it is too long to be shown.
    pub text: String,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is no operation in it.
    #[error(
        "there is no operation here: write lines such as `Thread 1:  wwww(1)` and `Thread 2:    rrrr`"
    )]
    Empty,
    /// It is longer than [`MAX_LENGTH`].
    #[error(
        "the text is longer than {MAX_LENGTH} bytes, which no one can look at: draw the part that matters"
    )]
    TooLong,
    /// A line is wider than [`MAX_COLUMNS`].
    #[error("this line has {0} columns, more than {MAX_COLUMNS}: draw the part that matters")]
    TooWide(usize),
    /// A character that no timeline has.
    #[error(
        "the character {0:?} has no meaning here: an operation is a run of `w`, of `r` or of `c`, then perhaps `>`, `:register` and `(value)`"
    )]
    Character(char),
    /// A character as East Asian keyboards write it, twice as wide.
    #[error("{found:?} is twice as wide as {meant:?}, which is meant: write {meant:?}")]
    Wide {
        /// What was written.
        found: char,
        /// What is meant.
        meant: char,
    },
    /// A tab among the operations.
    #[error("columns are time, and a tab has no width of its own: use spaces")]
    Tab,
    /// A line that is none of the kinds that there are.
    #[error(
        "this line belongs to no thread: begin it with `Thread N:`, with `init:`, or with `#` for a comment"
    )]
    NoThread,
    /// The number of a thread is missing or too large.
    #[error("`{0}` is no thread number: write `Thread 1:`, with a whole number below 2^32")]
    ThreadNumber(String),
    /// There are operations but no initial value.
    #[error("what does the register hold at first? Add a line such as `init: 0`")]
    NoInitialValue,
    /// There is a second initial value.
    #[error("the initial value is given twice: keep one of the `init:` lines")]
    SecondInitialValue,
    /// Text that should be a value is none.
    #[error(transparent)]
    NotAValue(#[from] NotAValue),
    /// A parenthesis is not closed.
    #[error("this `(` is never closed: write the value as `(1)`")]
    Unclosed,
    /// `w` and `r` in one run.
    #[error("an operation does one thing: leave a space where the next one begins")]
    MixedRun,
    /// A write without a value.
    #[error(
        "a write says what it writes: add the value, as in `www(1)`, or `www>(1)` if it never completed"
    )]
    WriteWithoutValue,
    /// `(1)>` in place of `>(1)`.
    #[error("`>` stands before the value: write `www>(1)` for a write of 1 that never completed")]
    PendingAfterValue,
    /// A pending read with a value.
    #[error(
        "a read that never completed returned nothing: write `rrr>`, or `rrr(1)` if it returned 1"
    )]
    PendingReadWithValue,
    /// A compare-and-swap without its two values.
    #[error(
        "a compare-and-swap says what it expects and what it writes: `ccc(1>2)`, or `ccc(1>2!)` if it found another \
         value, or `ccc(1>2?)` if this is not known"
    )]
    NotASwap,
    /// A `:` that no name follows.
    #[error(
        "`:` stands before the name of a register, of letters, digits, `_`, `-` and `.`: write `www:x(1)`"
    )]
    NoName,
    /// A second initial value of one register, or one of a register that has no operation.
    #[error(
        "`init {0}:` stands here twice, or no operation is on {0}: keep one line for each register"
    )]
    InitialOf(String),
    /// A failed read.
    #[error("a read that failed returned nothing: leave it out")]
    FailedRead,
    /// A line of a replica that is none.
    #[error(
        "{found}: a replica is written as `Replica A:  0  1(1)  3`: a capital letter, what it holds at first, and the numbers of what arrives there, each perhaps with what it then holds"
    )]
    Replica {
        /// What was found instead.
        found: String,
    },
    /// A line of cuts that is none.
    #[error("a cut is written as `cut:  ---- A B | C ----`, over the columns in which it holds")]
    Cut,
    /// Two operations of one thread overlap.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A mark is out of order, missing, or given twice.
    #[error("{found}: marks are numbered 1, 2, 3, ... from left to right across all threads")]
    Mark {
        /// What was found instead.
        found: String,
    },
    /// A step does not fit the marks.
    #[error(
        "{found}: the list below a picture has one step for each mark, in order, as `1  T2  word[0] -> 0`"
    )]
    Step {
        /// What was found instead.
        found: String,
    },
}

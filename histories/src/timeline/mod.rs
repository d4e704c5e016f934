//! The notation in which histories are typed and drawn: input and output alike.
//!
//! ```text
//! init: 0
//! Thread 1:      wwwww(1)     wwwww(2)
//! Thread 2:   rrrrr                rrrrr
//! Thread 3:   rrrrr  rrrrr
//! ```
//!
//! Columns are time. A run of `w` or `r` is one operation, from its invocation (the column of its first letter) to its
//! completion (that of its last). Two operations are concurrent when they share a column.
//!
//! | written | means |
//! |---|---|
//! | `init: 0` | the value of every register before any operation; required. `nil` is the absence of a value |
//! | `init x: 1` | the value of one register, if it is another |
//! | `Thread 1:` | the operations of one thread; it may have several such lines. `T1:`, `Process 1:` and `P1:` say the same |
//! | `www(1)` | a write of 1 |
//! | `rrr(1)` | a read that returned 1 |
//! | `rrr` | a question: a read whose value is not said |
//! | `www>(1)` | a write of 1 that never completed: its thread crashed. It may have taken effect, or may still |
//! | `rrr>` | a read that never completed |
//! | `ccc(1>2)` | a compare-and-swap that found 1 and wrote 2; `ccc(1>2!)` found another value than 1 and wrote nothing |
//! | `ccc(1>2?)` | a compare-and-swap of which it is not known whether it found 1; `ccc>(1>2)` never completed |
//! | `www!(1)` | a write of 1 that failed, so that it never happened; `ccc!(1>2)` likewise |
//! | `www:x(1)` | a write of 1 to the register x, whose name is of letters, digits, `_`, `-` and `.`; `rrr:x`, `www>:x(1)` |
//! | `rr(0\|1)` | a read of a two-word value whose words differ |
//! | `rr1rr4rr` | marks: word accesses number 1 and 4 of the whole picture happen here |
//! | `4  T2  word[1] -> 1` | a step, in a list below the picture: what access number 4 is |
//! | `Replica A:  0  1(1)  3` | a replica: what it holds at first, which messages arrive at it, and what it holds then |
//! | `1  T1 -> A  store 1` | a step of a network: message number 1; without `-> A` something that a node does by itself |
//! | `cut:  ---- A B \| C ----` | in these columns A and B cannot reach C |
//! | `Thread 3, 4:` | a thread that goes on after an operation that never completed: then it counts as Thread 4 |
//! | `# ...` | a comment |
//!
//! A step says `word := 1` for a store and `word -> 1` for a load that returned 1. Behind at least two spaces it may say
//! where that stands in the source, as `my_register.rs:21  load(Acquire)`; what follows `<-` is a remark.
//!
//! [`Timeline`] parses this text and draws it. What is drawn, parsed again, is the same history with the same marks and
//! steps; a drawing of more than [`MAX_COLUMNS`] columns is too wide to be parsed again.

mod draw;
mod lane;
mod network;
mod parse;
mod slides;

use std::fmt;

use crate::{History, Instant, Process};
use draw::Together;

pub use network::{Cut, Message, Network, Place, Replica};
pub use parse::{MAX_COLUMNS, MAX_LENGTH, ParseError, Problem};

/// A picture: a history, perhaps with marks where its operations access words, and a list that says what they access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// The history. In a parsed timeline its instants are the columns of the text.
    pub history: History,
    /// The marks in the order of their numbers: the first is number 1. Each lies within its operation; one that does
    /// not is not drawn.
    pub marks: Vec<Mark>,
    /// The list below the picture, in the order of its numbers; empty, or one step for each mark.
    pub steps: Vec<Step>,
    /// The replicas below the threads, if there are any; then the list is that of their messages.
    pub network: Network,
    /// Threads that go on after an operation that never completed: the process that such a thread counts as from then on,
    /// and the one before. Who gave up waiting for an answer is another client afterwards; in the picture it is one line.
    pub continued: Vec<(Process, Process)>,
}

/// A word access within an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The operation, by its index in the history.
    pub operation: usize,
    /// When.
    pub at: Instant,
}

/// One line of the list below a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who accesses a word.
    pub process: Process,
    /// The access, as `word[0] := 1` or `word[1] -> 0`.
    pub access: String,
    /// Where it comes from, as `my_register.rs:21  load(Acquire)`: the line of the source, and what stands there.
    pub source: Option<String>,
    /// What follows `<-`: a remark for the reader.
    pub remark: Option<String>,
}

impl From<History> for Timeline {
    /// A picture without marks.
    fn from(history: History) -> Self {
        Self {
            history,
            marks: Vec::new(),
            steps: Vec::new(),
            network: Network::default(),
            continued: Vec::new(),
        }
    }
}

impl Timeline {
    /// Draws the timeline as [`Display`](fmt::Display) does, but lets operations begin in one column only if they are
    /// invoked at one instant: to the [strict](crate::Model::Strict) model the order of their invocations is what
    /// matters.
    ///
    /// ```
    /// use histories::{History, Model, Operation, Timeline, check};
    ///
    /// let stale = [Operation::write(1, 1, 0..=5), Operation::read(2, 0, 1..=5)];
    /// let timeline = Timeline::from(History::new(0, stale)?);
    /// let drawn = timeline.in_order_of_invocation().to_string();
    /// assert_eq!(drawn, "init: 0\nThread 1:  wwwwww(1)\nThread 2:   rrrrr(0)\n");
    ///
    /// let parsed: Timeline = drawn.parse().expect("it is in the notation");
    /// assert!(!check(Model::Strict, &parsed.history).holds());
    /// # Ok::<(), histories::HistoryError>(())
    /// ```
    pub fn in_order_of_invocation(&self) -> impl fmt::Display + '_ {
        InOrder(self)
    }
}

pub use slides::Slide;

struct InOrder<'a>(&'a Timeline);

impl fmt::Display for InOrder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        draw::draw(self.0, Together::Simultaneous, f)
    }
}

impl fmt::Display for Timeline {
    /// Draws the timeline in as few columns as its precedence, its marks and its values allow. A line ends with a line
    /// feed.
    ///
    /// The distances between instants are not kept: they mean nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        draw::draw(self, Together::Concurrent, f)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.draw(&Columns::default(), f)
    }
}

/// How wide the columns of a list of steps are.
struct Columns {
    access: usize,
    source: usize,
}

impl Default for Columns {
    fn default() -> Self {
        Self {
            access: 18,
            source: 0,
        }
    }
}

impl Columns {
    /// Wide enough for each step, but for those that are too long to wait for.
    fn of(steps: &[Step]) -> Self {
        const WIDEST: usize = 48;
        let widest = |texts: &mut dyn Iterator<Item = &String>, least: usize| {
            let widths = texts.map(|text| text.chars().count());
            let within = widths.filter(|&width| width <= WIDEST);
            within.max().unwrap_or(0).max(least)
        };
        let least = Self::default();
        Self {
            access: widest(&mut steps.iter().map(|step| &step.access), least.access),
            source: widest(
                &mut steps.iter().filter_map(|step| step.source.as_ref()),
                least.source,
            ),
        }
    }
}

impl Step {
    fn draw(&self, columns: &Columns, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let process = format!("T{}", self.process);
        let Columns {
            access: wide,
            source: next,
        } = columns;
        let Self {
            access,
            source,
            remark,
            ..
        } = self;
        match (source, remark) {
            (None, None) => write!(f, "{process:<3} {access}"),
            (None, Some(remark)) => write!(f, "{process:<3} {access:<wide$}  <- {remark}"),
            (Some(source), None) => write!(f, "{process:<3} {access:<wide$}  {source}"),
            (Some(source), Some(remark)) => {
                write!(
                    f,
                    "{process:<3} {access:<wide$}  {source:<next$}  <- {remark}"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests;

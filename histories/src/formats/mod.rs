//! Histories in files: five formats, each read and written, gzipped or not.
//!
//! | format | an operation is | source |
//! |---|---|---|
//! | [`notation`](crate::timeline) | a run of letters in a picture | this crate |
//! | `jsonl` | one line: `{"process":1,"op":"write","register":"x","value":1,"start":10,"end":14}` | this crate |
//! | `edn` | two maps, its invocation and its completion: `{:type :invoke, :f :write, :value 1, :process 1}` | the `history.edn` of Jepsen |
//! | `json` | two objects likewise: `{"type":"invoke","f":"write","value":1,"process":1}`, in an array or one after the other | the same |
//! | `log` | two lines likewise: `1 :invoke :write 1` | the log of Jepsen |
//!
//! [`read`] finds out by itself which format it is given, and [`write`](fn@write) writes any of them:
//!
//! ```
//! use histories::formats::{Format, Options, read, write};
//! use histories::{Model, check};
//!
//! let log = "
//!     0 :invoke :write 1
//!     1 :invoke :read  nil
//!     0 :ok     :write 1
//!     1 :ok     :read  1
//! ";
//! let history = read(log.as_bytes(), &Options::default())?;
//! assert!(check(Model::Atomic, &history).holds());
//!
//! let mut lines = Vec::new();
//! write(&history, Format::JsonLines, &mut lines)?;
//! assert_eq!(String::from_utf8(lines)?, r#"{"initial":null}
//! {"process":0,"op":"write","value":1,"start":0,"end":2}
//! {"process":1,"op":"read","value":1,"start":1,"end":3}
//! "#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # JSON Lines
//!
//! | field | says |
//! |---|---|
//! | `process` | who: a whole number, or a name. One process does one thing at a time |
//! | `op` | `read`, `write` or `cas` (compare-and-swap) |
//! | `register` or `key` | which register; absent where there is only one |
//! | `value` | what was written or returned: a number, a string, an array of whole numbers where the words differ, or null for nil. A read without it is an open question |
//! | `expected`, `new`, `swapped` | of a `cas`: what it compared with, what it wrote if they were equal, and whether they were; without `swapped` this is not known |
//! | `start`, `end` | the instants of invocation and completion: whole numbers, or seconds with a fraction. Without `end` it never completed |
//! | `outcome` | `failed`: it is known never to have happened; `unknown`: its caller does not know, so it may happen even after `end` |
//!
//! A line `{"initial":0}` says what the registers hold at first, and `{"register":"x","initial":1}` what one of them
//! does. Where nothing is said, the initial value is [inferred](Initial::Inferred). Other fields are passed over, and
//! [noted](Note). A process may end an operation and begin the next within one tick of its clock; where two processes do
//! so in the same tick, nobody can tell what came first, and the file is refused.
//!
//! # Jepsen
//!
//! A `history.edn` is a vector of maps or one map after the other, and the log has the same events line by line; other
//! lines of a log are passed over. *The order of the events is their order in real time*: instants are their numbers,
//! and where `:time` runs backwards, this is [noted](Note). A value `[key value]` is one of the register `key` (so
//! `jepsen.independent` writes it), and so is any value beside a `:key`; keys are told apart by their text. Of
//! `[key [version value]]` the version is passed over. The initial value is nil.
//!
//! Besides `:read`, `:write` and `:cas` the names `:get`, `:put`, `:r`, `:w` and `:compare-and-set` are understood; a
//! transaction (`:txn`) of one read or write is that operation, and a mutex is a register that `:acquire` swaps from nil
//! to `held` and `:release` back. What no register does is refused, with the name of who judges it.
//!
//! * An operation with `:info`, or without completion, is pending: it may take effect at any later time. A process that
//!   goes on after `:info` is given a new number, since a pending operation is the last of its process.
//! * A write or compare-and-swap with `:fail` never happened, unless [`FailedSwaps`] says otherwise. Reads with `:fail` or `:info` are left out.
//! * Events of the `:nemesis` are passed over. Another process with a name is a client; [`Note`] tells its number.
//!
//! What Jepsen has no words for is written so that other readers pass over it: the initial value as an event of the
//! nemesis, `{:type :info, :process :nemesis, :f :initial, :value 0}`, and what a completed compare-and-swap found as
//! `:swapped false` (with `:fail`) or `:swapped nil`, not known (with `:info`). An invocation at the instant of the one
//! before says `:together true`; in a log a line of the nemesis does before it, `:nemesis :info :together nil`. An open question becomes a read that
//! failed.
//!
//! # Limits
//!
//! A line of JSON Lines or of a log and a map of an EDN file are at most [`MAX_RECORD`] bytes long; a picture is meant to
//! be looked at, and has [limits of its own](crate::timeline::MAX_LENGTH). Apart from the operations themselves reading
//! keeps no more than that in memory. Values are numbers and texts: a keyword, a string and a symbol of the same letters
//! are the same value, and a string of digits is the number. A value with parts, such as a map, is refused.

mod edn;
mod gzip;
mod jepsen;
mod json;
mod jsonl;
mod log;
mod names;
mod notes;
mod places;
mod transactions;
mod window;

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use crate::timeline::{MAX_COLUMNS, MAX_LENGTH, ParseError};
use crate::transactions::TransactionsError;
use crate::{
    Builder, History, HistoryError, Initial, Instant, Operation, Process, Register, Timeline, Value,
};
use gzip::Plain;
use places::Sought;
use window::Window;

pub use notes::Note;
pub use places::{Place, Wanted, locate};
pub use transactions::{locate_transactions, read_transactions};
pub use window::MAX_RECORD;

/// How a history is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// The [notation](crate::timeline): a picture.
    Notation,
    /// One JSON object a line.
    JsonLines,
    /// The `history.edn` of Jepsen.
    Edn,
    /// The same events as JSON: an array of objects, or one after the other.
    Json,
    /// The lines that Jepsen logs.
    Log,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Notation,
        Self::JsonLines,
        Self::Edn,
        Self::Json,
        Self::Log,
    ];

    /// The format of a text that begins so, if it looks like one.
    pub fn detect(beginning: &[u8]) -> Option<Self> {
        // Above the events of a log may stand what the test was given, which looks like something else.
        let mut above: Option<Self> = None;
        let mut is_above = false;
        let mut at = 0;
        for line in beginning.split(|&byte| byte == b'\n') {
            let rest = &beginning[at..];
            at += line.len() + 1;
            let line = line.trim_ascii();
            let is_timeline = || {
                let head = std::str::from_utf8(line).ok()?.split_once(':')?.0.trim();
                let name = head.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
                let named = ["thread", "process", "t", "p"]
                    .iter()
                    .any(|kind| name.eq_ignore_ascii_case(kind));
                (["init", "초기값"].contains(&head) || head.starts_with("init ") || named)
                    .then_some(())
            };
            let found = match line {
                [] => continue,
                [b';', ..] => Some(Self::Edn),
                [b'#', tag @ ..] if tag.starts_with(b"jepsen.") || tag.starts_with(b"knossos.") => {
                    Some(Self::Edn)
                }
                [b'#', ..] => continue,
                [b'{' | b'[' | b'(', ..] => Some(Self::of_map(rest)),
                _ if is_timeline().is_some() => Some(Self::Notation),
                _ if log::is_event(line) => return Some(Self::Log),
                _ => None,
            };
            match found {
                Some(found) if !is_above => return Some(found),
                found => above = above.or(found),
            }
            is_above = true;
        }
        above
    }

    /// The format of what begins with a map or a list.
    fn of_map(text: &[u8]) -> Self {
        let text = text.trim_ascii_start();
        let inner = match text {
            [b'[', inner @ ..] => inner.trim_ascii_start(),
            text => text,
        };
        let [b'{', first @ ..] = inner else {
            return Self::Edn;
        };
        let is_json = matches!(first.trim_ascii_start(), [b'"' | b'}', ..]);
        let end = memchr::memchr2(b'}', b'\n', first).unwrap_or(first.len());
        let has = |field: &[u8]| memchr::memmem::find(&first[..end], field).is_some();
        match is_json {
            true if text[0] == b'[' || has(b"\"type\"") && !has(b"\"op\"") => Self::Json,
            true => Self::JsonLines,
            false => Self::Edn,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Notation => "notation",
            Self::JsonLines => "jsonl",
            Self::Edn => "edn",
            Self::Json => "json",
            Self::Log => "log",
        })
    }
}

/// The text is the name of no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no format: the formats are notation, jsonl, edn, json and log")]
pub struct NotAFormat(pub String);

impl FromStr for Format {
    type Err = NotAFormat;

    fn from_str(text: &str) -> Result<Self, NotAFormat> {
        let found = Self::ALL
            .into_iter()
            .find(|format| format.to_string() == text);
        found.ok_or_else(|| NotAFormat(text.chars().take(40).collect()))
    }
}

/// How a history is read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The format; found by the content if it is not said.
    pub format: Option<Format>,
    /// What the registers hold at first, in place of what the file says of all of them together.
    pub initial: Option<Initial>,
    /// What the events of Jepsen mean by a compare-and-swap that failed.
    pub failed_swaps: FailedSwaps,
}

/// What it means that a compare-and-swap failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailedSwaps {
    /// It did not happen, for whatever reason: so Jepsen has it.
    #[default]
    DidNotHappen,
    /// It found another value than it expected, so it counts as a read of any other value.
    FoundAnother,
}

/// A history, and what should be known of how it was read.
type Noted = (History, Vec<Note>);

/// Why something could not be read as a history.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The text is wrong at one place.
    #[error("line {line}, column {column}{}: {problem}", named(*field))]
    At {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted in characters from 1.
        column: usize,
        /// The field, where it is one.
        field: Option<&'static str>,
        /// What is wrong with it, and what to do.
        problem: Box<Problem>,
    },
    /// It is no timeline.
    #[error(transparent)]
    Notation(#[from] Box<ParseError>),
    /// The operations make no history, and the line of the one to blame is not known, since those of its process are
    /// out of order.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The input gave an error of its own.
    #[error("the input cannot be read: {0}")]
    Input(#[from] io::Error),
}

impl ReadError {
    /// Whether it is only that there are transactions in the file, of several reads and writes: [`read_transactions`] reads
    /// them.
    pub fn is_of_transactions(&self) -> bool {
        matches!(self, Self::At { problem, .. } if matches!(**problem, Problem::Transaction(_)))
    }
}

fn named(field: Option<&str>) -> String {
    field.map_or_else(String::new, |field| format!(", field {field}"))
}

/// What is wrong with a text, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is no operation.
    #[error("there is no operation in this input: a history has at least one")]
    Empty,
    /// It looks like none of the formats.
    #[error(
        "this begins like none of the formats notation, jsonl, edn, json and log: say which one it is with --format"
    )]
    UnknownFormat,
    /// It is not UTF-8.
    #[error(
        "this is not UTF-8 text: is the file compressed, or of another encoding? Convert it first"
    )]
    NotUtf8,
    /// A record is longer than [`MAX_RECORD`].
    #[error(
        "what begins here is longer than {MAX_RECORD} bytes, which no operation is: put each operation on a line of its own"
    )]
    TooLong,
    /// The input ends within something.
    #[error(
        "the input ends here within an operation or a list: it was cut off, so complete it or remove the rest"
    )]
    Truncated,
    /// Something else should stand here.
    #[error("{found} stands here in place of {wanted}")]
    Unexpected {
        /// What stands here.
        found: String,
        /// What should.
        wanted: &'static str,
    },
    /// A field is not there.
    #[error("it is missing: add {0}")]
    Missing(&'static str),
    /// A field stands there twice.
    #[error("it is given twice: keep one")]
    Twice,
    /// A mix of instants that are whole numbers and such that are not.
    #[error(
        "this file has instants with a fraction and others that are too large to be in the same unit: give all of them \
         in one"
    )]
    Units,
    /// A field that does not belong to this operation.
    #[error("{0}")]
    Misplaced(&'static str),
    /// A line is no JSON.
    #[error("this is no JSON object: {0}")]
    NotJson(String),
    /// Something that no register does.
    #[error("{found} is nothing that a register does: {advice}")]
    NotOfARegister {
        /// What.
        found: String,
        /// Who judges it.
        advice: &'static str,
    },
    /// A transaction of several reads and writes.
    #[error(
        "{0} is a transaction of several reads and writes, which are judged together: `histories::transactions` does"
    )]
    Transaction(String),
    /// A picture has no transactions.
    #[error(
        "this is a picture, which has no transactions: they are read from jsonl, edn, json and log"
    )]
    NoTransactions,
    /// Transactions that make no history.
    #[error(transparent)]
    Transactions(#[from] TransactionsError),
    /// A clock that does not tell what came first.
    #[error(
        "the clock is too coarse: at {tick} Threads {one} and {other} end operations and begin others, too many for one \
         tick, so that it is not known which came first: record a finer time"
    )]
    Coarse {
        /// When.
        tick: Instant,
        /// Who does so first in the file.
        one: Process,
        /// Who does so last.
        other: Process,
    },
    /// Some processes have names, and some numbers.
    #[error(
        "some processes of this file have names and some numbers, so that it is not clear who is who: give all of them \
         names, or all of them numbers"
    )]
    NamesAndNumbers,
    /// A completion of nothing.
    #[error(
        "process {0} completes an operation that it has not invoked: is the beginning of the file missing, or is the \
         number of the process wrong?"
    )]
    NotInvoked(Process),
    /// A second completion.
    #[error(
        "process {0} completes an operation that has completed already: each invocation has one completion, so remove one"
    )]
    CompletedTwice(Process),
    /// A second invocation.
    #[error(
        "process {0} invokes an operation while its last one still runs: one process does one thing at a time, so add \
         the completion, or give one of them to another process"
    )]
    StillRunning(Process),
    /// A completion of something else.
    #[error("process {process} completes {completed}, but it invoked {invoked}: they must agree")]
    Otherwise {
        /// Who.
        process: Process,
        /// What it invoked.
        invoked: String,
        /// What it completes.
        completed: String,
    },
    /// Operations that make no history.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// A problem, and how far from the front of the window it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Flaw {
    at: usize,
    field: Option<&'static str>,
    problem: Problem,
}

impl Flaw {
    fn at(at: usize, problem: Problem) -> Self {
        Self {
            at,
            field: None,
            problem,
        }
    }

    fn of(field: &'static str, at: usize, problem: Problem) -> Self {
        Self {
            at,
            field: Some(field),
            problem,
        }
    }
}

/// Reads a history.
///
/// # Errors
///
/// If it is not one: says where, what is wrong, and what to do. Never panics, whatever the input.
pub fn read(input: impl Read, options: &Options) -> Result<History, ReadError> {
    read_with_notes(input, options).map(|(history, _)| history)
}

/// Reads a history, and says what should be known of how it was read.
///
/// # Errors
///
/// As [`read`].
pub fn read_with_notes(
    input: impl Read,
    options: &Options,
) -> Result<(History, Vec<Note>), ReadError> {
    let mut window = Window::new(Plain::new(input)?)?;
    match format_of(&window, options)? {
        Format::Notation => {
            notation(&mut window, options.initial.clone()).map(|it| (it, Vec::new()))
        }
        Format::JsonLines => jsonl::read(&mut window, options),
        format => {
            let mut events = jepsen::Events::new(options);
            read_events(format, &mut window, &mut events, &mut Sought::default())?;
            events.finish(&window)
        }
    }
}

/// Takes the events of a file in one of the formats that have events.
fn read_events<R: Read>(
    format: Format,
    window: &mut Window<R>,
    events: &mut jepsen::Events,
    sought: &mut Sought,
) -> Result<(), ReadError> {
    match format {
        Format::Log => log::read(window, events, sought),
        format => edn::read(window, format == Format::Json, events, sought),
    }
}

/// The format that is given, or that of which the input looks like.
fn format_of<R: Read>(window: &Window<R>, options: &Options) -> Result<Format, ReadError> {
    if let Some(format) = options.format {
        return Ok(format);
    }
    let is_blank = window.rest().iter().all(u8::is_ascii_whitespace);
    let problem = match is_blank && window.has_ended() {
        true => Problem::Empty,
        false => Problem::UnknownFormat,
    };
    Format::detect(window.rest()).ok_or_else(|| window.error(Flaw::at(0, problem)))
}

fn notation<R: Read>(
    window: &mut Window<R>,
    initial: Option<Initial>,
) -> Result<History, ReadError> {
    while window.rest().len() <= MAX_LENGTH && window.more()? {}
    let rest = window.rest();
    // A text that is too long is refused as such, and a character may be cut in two at its end.
    let (rest, cut) = match rest.get(..MAX_LENGTH + 4) {
        Some(beginning) => (beginning, true),
        None => (rest, false),
    };
    let text = match std::str::from_utf8(rest) {
        Ok(text) => text,
        Err(error) if cut => std::str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(),
        Err(error) => {
            return Err(window.error(Flaw::at(error.valid_up_to(), Problem::NotUtf8)));
        }
    };
    let timeline = Timeline::parse(text, initial).map_err(Box::new)?;
    Ok(timeline.history)
}

/// Why a history could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The format has no words for something.
    #[error("{what} cannot be said in the format {format}: choose another, such as {instead}")]
    Inexpressible {
        /// What.
        what: String,
        /// The format that cannot say it.
        format: Format,
        /// One that can.
        instead: Format,
    },
    /// It is too long to be looked at.
    #[error(
        "a picture of {operations} operations is more than anyone can look at, and too large to be read again: choose \
         another format, such as jsonl"
    )]
    TooLarge {
        /// How many there are.
        operations: usize,
    },
    /// The output gave an error of its own.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// Writes a history; read again, it is the same one up to the numbers of instants and registers.
///
/// # Errors
///
/// If the format has no words for something in it, or if the output cannot be written.
pub fn write(history: &History, format: Format, out: impl Write) -> Result<(), WriteError> {
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    match format {
        Format::Notation => draw(history, &mut out)?,
        Format::JsonLines => jsonl::write(history, &mut out)?,
        Format::Edn => edn::write(history, &mut out)?,
        Format::Json => jepsen::write_json(history, &mut out)?,
        Format::Log => log::write(history, &mut out)?,
    }
    out.flush()?;
    Ok(())
}

fn draw(history: &History, out: &mut impl Write) -> Result<(), WriteError> {
    let operations = history.operations().len() + history.failed().len();
    let too_large = WriteError::TooLarge { operations };
    // Each operation takes two characters at least.
    if operations > MAX_LENGTH / 2 {
        return Err(too_large);
    }
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let names = history
        .registers()
        .filter_map(|register| history.name_of(register));
    for name in names {
        if !name.chars().all(is_of_name) {
            return Err(WriteError::Inexpressible {
                what: format!("the register name {name:?}"),
                format: Format::Notation,
                instead: Format::JsonLines,
            });
        }
    }
    let failed_read = history.failed().iter().any(Operation::is_read);
    if failed_read {
        return Err(WriteError::Inexpressible {
            what: "a read that failed".to_owned(),
            format: Format::Notation,
            instead: Format::JsonLines,
        });
    }
    let timeline = Timeline::from(history.clone());
    let drawn = timeline.in_order_of_invocation().to_string();
    if drawn.len() > MAX_LENGTH || drawn.lines().any(|line| line.len() > MAX_COLUMNS) {
        return Err(too_large);
    }
    out.write_all(drawn.as_bytes())?;
    Ok(())
}

/// Collects the operations that a file tells of, and what it says of initial values.
#[derive(Debug)]
struct Collected {
    builder: Builder,
    /// How many registers have a name.
    names: Register,
    default: Option<Initial>,
    own_initial: Vec<Register>,
}

impl Collected {
    /// `given` goes before what the file says of all registers; `usual` holds where neither says anything.
    fn new(given: Option<Initial>, usual: Initial) -> Self {
        let default = given.is_none().then(|| usual.clone());
        Self {
            builder: Builder::new(given.unwrap_or(usual)),
            names: 0,
            default,
            own_initial: Vec::new(),
        }
    }

    fn register(&mut self, name: &str) -> Register {
        let register = self.builder.register(name);
        self.names = self.names.max(register);
        register
    }

    /// The names of the registers by their numbers; that of the one without a name is empty.
    fn names(&self) -> Vec<String> {
        let names = self.builder.names().map(str::to_owned);
        std::iter::once(String::new()).chain(names).collect()
    }

    fn push(&mut self, operation: Operation) {
        self.builder.push(operation);
    }

    /// Gives the processes from `provisional` on the numbers from `first` on.
    fn renumber(&mut self, provisional: Process, first: Process) {
        for operation in self.builder.operations_mut() {
            if operation.process >= provisional {
                operation.process = operation.process - provisional + first;
            }
        }
    }

    /// Says what all registers hold at first of which nothing else is said.
    fn set_initial(&mut self, value: Value) {
        if let Some(default) = &mut self.default {
            *default = Initial::Given(value);
        }
    }

    fn set_initial_of(&mut self, register: Register, value: Value) {
        self.builder.set_initial(register, Initial::Given(value));
        self.own_initial.push(register);
    }

    fn build(mut self) -> Result<History, HistoryError> {
        if let Some(default) = self.default {
            self.own_initial.sort_unstable();
            for register in 0..=self.names {
                if self.own_initial.binary_search(&register).is_err() {
                    self.builder.set_initial(register, default.clone());
                }
            }
        }
        self.builder.build()
    }
}

/// A few characters of what was found, for an error.
fn shown(bytes: &[u8]) -> String {
    const LENGTH: usize = 40;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * LENGTH)]);
    let mut shown: String = text
        .chars()
        .take(LENGTH)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if shown.len() < bytes.len().min(text.len()) {
        shown.push('…');
    }
    format!("`{shown}`")
}

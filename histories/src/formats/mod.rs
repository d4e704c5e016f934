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
//! * What the `:nemesis` did is [noted](Note). Another process with a name is a client; [`Note`] tells its number.
//!
//! [Transactions](crate::transactions) of several reads and writes are no operations: a file of these is
//! [told apart](ReadError::is_of_transactions), and [read by itself](read_transactions).
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

mod collected;
mod edn;
mod format;
mod gzip;
mod jepsen;
mod json;
mod jsonl;
mod log;
mod names;
mod notes;
mod places;
mod problem;
mod transactions;
mod window;

use std::io::{self, Read, Write};

use crate::timeline::{MAX_COLUMNS, MAX_LENGTH};
use crate::{History, Initial, Operation, Timeline};
use collected::Collected;
use gzip::Plain;
use places::Sought;
use problem::{Flaw, shown};
use window::Window;

pub use format::{Format, NotAFormat};
pub use notes::Note;
pub use places::{Place, Wanted, locate};
pub use problem::{Problem, ReadError, WriteError};
pub use transactions::{locate_transactions, read_transactions};
pub use window::MAX_RECORD;

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

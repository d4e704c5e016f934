//! Transactions in files: the events of Jepsen whose `:f` is `:txn`, and JSON Lines.
//!
//! A line of JSON Lines is one transaction:
//! `{"process":1,"txn":[["r","x",1],["w","y",2]],"start":10,"end":14,"outcome":"ok"}`. Each part of `txn` is a read (`"r"`)
//! or a write (`"w"`) with its register and its value; a read without a value, or of an `outcome` other than `"ok"`, says
//! nothing. An `outcome` is `"ok"`, `"failed"` (it was aborted) or `"unknown"`; without `end` it is unknown. A line
//! `{"initial":0}` says what all registers hold at first.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::gzip::Plain;
use super::jepsen::Events;
use super::jsonl::{Name, Outcome as Said, Who, value};
use super::names::Names;
use super::places::{Place, Sought, Wanted};
use super::window::Window;
use super::{Flaw, Format, Note, Options, Problem, ReadError, format_of, jsonl, read_events};
use crate::transactions::{Access, Outcome, Transaction, Transactions};
use crate::{Initial, Instant, Interval, Register, Value};

/// Reads transactions, in any format but the notation, and says what should be known of how they were read.
///
/// ```
/// use histories::formats::{Options, read_transactions};
/// use histories::transactions::{self, Level, check};
///
/// let lines = r#"
///     {"initial":0}
///     {"process":1,"txn":[["r","x",0],["w","y",1]],"start":1,"end":4}
///     {"process":2,"txn":[["r","y",0],["w","x",1]],"start":2,"end":3}
/// "#;
/// let (history, _) = read_transactions(lines.as_bytes(), &Options::default())?;
/// let verdict = check(Level::Serializable, &history, &transactions::Options::default());
/// assert_eq!(verdict.violation().unwrap().name(), "write skew (G2-item)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If there are none: says where, what is wrong, and what to do.
pub fn read_transactions(
    input: impl Read,
    options: &Options,
) -> Result<(Transactions, Vec<Note>), ReadError> {
    let mut window = Window::new(Plain::new(input)?)?;
    match format_of(&window, options)? {
        Format::JsonLines => read_lines(&mut window, options),
        Format::Notation => Err(window.error(Flaw::at(0, Problem::NoTransactions))),
        format => {
            let mut events = Events::of_transactions(options);
            read_events(format, &mut window, &mut events, &mut Sought::default())?;
            events.finish_transactions(&window, options.initial.as_ref())
        }
    }
}

/// Finds where transactions begin and end in the file from which they were read, given whose they are and when.
///
/// # Errors
///
/// As [`read_transactions`].
pub fn locate_transactions(
    input: impl Read,
    options: &Options,
    wanted: &[Wanted],
) -> Result<Vec<Option<Place>>, ReadError> {
    let mut window = Window::new(Plain::new(input)?)?;
    let mut sought = Sought::new(wanted);
    match format_of(&window, options)? {
        Format::JsonLines => return locate_lines(&mut window, wanted),
        Format::Notation => return Ok(vec![None; wanted.len()]),
        format => {
            let mut events = Events::of_transactions(&Options::default());
            read_events(format, &mut window, &mut events, &mut sought)?;
        }
    }
    Ok(sought.places(wanted))
}

/// A line of JSON Lines.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    process: Option<Who<'a>>,
    #[serde(borrow)]
    txn: Option<Vec<Part<'a>>>,
    start: Option<Instant>,
    end: Option<Instant>,
    outcome: Option<Said>,
    #[serde(default, deserialize_with = "value")]
    initial: Option<Value>,
}

/// `["r", register, value]`, or `["w", register, value]`.
struct Part<'a> {
    is_read: bool,
    register: Name<'a>,
    value: Option<Value>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Part<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        struct Wrapped(#[serde(deserialize_with = "value")] Option<Value>);
        #[derive(Deserialize)]
        #[serde(bound(deserialize = "'de: 'a"))]
        struct Three<'a>(
            #[serde(borrow)] Cow<'a, str>,
            Name<'a>,
            #[serde(default)] Wrapped,
        );

        let Three(does, register, value) = Three::deserialize(from)?;
        let is_read = match &*does {
            "r" => true,
            "w" => false,
            _ => {
                return Err(D::Error::custom(
                    "a part of a transaction is `\"r\"` or `\"w\"`",
                ));
            }
        };
        let value = value.0;
        Ok(Self {
            is_read,
            register,
            value,
        })
    }
}

const EXAMPLE: &str = r#"`{"process":1,"txn":[["r","x",1],["w","y",2]],"start":10,"end":14}`"#;

fn read_lines<R: Read>(
    window: &mut Window<R>,
    options: &Options,
) -> Result<(Transactions, Vec<Note>), ReadError> {
    let mut names: Vec<String> = Vec::new();
    let mut numbers: HashMap<String, Register> = HashMap::new();
    let mut processes = Names::default();
    let mut initial = Value::nil();
    let mut all: Vec<Transaction> = Vec::new();
    loop {
        let length = window.line()?;
        if length == 0 {
            break;
        }
        let bytes = &window.rest()[..length];
        if !bytes.trim_ascii().is_empty() {
            let line: Line<'_> = serde_json::from_slice(bytes)
                .map_err(|error| window.error(jsonl::not_json(bytes, &error)))?;
            let missing = |field, what| window.error(Flaw::of(field, 0, Problem::Missing(what)));
            if let Some(value) = line.initial {
                initial = value;
            } else {
                let process = match line.process.ok_or_else(|| missing("process", EXAMPLE))? {
                    Who::Number(number) => processes.number().map(|()| number),
                    Who::Name(name) => processes.named(&name),
                };
                let process =
                    process.map_err(|problem| window.error(Flaw::of("process", 0, problem)))?;
                let invoked = line.start.ok_or_else(|| missing("start", EXAMPLE))?;
                let parts = line.txn.ok_or_else(|| missing("txn", EXAMPLE))?;
                let mut accesses = Vec::with_capacity(parts.len());
                for Part {
                    is_read,
                    register,
                    value,
                } in parts
                {
                    let next = names.len() as Register;
                    let register =
                        *numbers
                            .entry(register.0.into_owned())
                            .or_insert_with_key(|name| {
                                names.push(name.clone());
                                next
                            });
                    accesses.push(match (is_read, value) {
                        (true, value) => Access::Read(register, value),
                        (false, Some(value)) => Access::Write(register, value),
                        (false, None) => {
                            return Err(missing(
                                "txn",
                                "what was written, as in `[\"w\",\"x\",1]`",
                            ));
                        }
                    });
                }
                let outcome = match (line.outcome, line.end) {
                    (Some(Said::Failed), _) => Outcome::Aborted,
                    (Some(Said::Unknown), _) | (_, None) => Outcome::Unknown,
                    _ => Outcome::Committed,
                };
                let interval = Interval {
                    invoked,
                    completed: line.end,
                };
                all.push(Transaction {
                    process,
                    accesses,
                    outcome,
                    interval,
                });
            }
        }
        window.consume(length);
    }
    if all.is_empty() {
        return Err(window.error(Flaw::at(0, Problem::Empty)));
    }
    if let Some(Initial::Given(value)) = &options.initial {
        initial = value.clone();
    }
    let notes = processes.note().into_iter().collect();
    let transactions = Transactions::new(initial, names, all);
    transactions
        .map(|it| (it, notes))
        .map_err(|error| window.error(Flaw::at(0, Problem::Transactions(error))))
}

fn locate_lines<R: Read>(
    window: &mut Window<R>,
    wanted: &[Wanted],
) -> Result<Vec<Option<Place>>, ReadError> {
    let mut places = vec![None; wanted.len()];
    let mut names = Names::default();
    let mut number = 0;
    loop {
        let length = window.line()?;
        if length == 0 {
            return Ok(places);
        }
        number += 1;
        if let Ok(line) = serde_json::from_slice::<Line<'_>>(&window.rest()[..length]) {
            let own = match &line.process {
                Some(Who::Number(number)) => Some(*number),
                Some(Who::Name(name)) => names.named(name).ok(),
                None => None,
            };
            for (&(process, instant), place) in wanted.iter().zip(&mut places) {
                if own == Some(process)
                    && (line.start == Some(instant) || line.end == Some(instant))
                {
                    *place = Some(Place {
                        line: number,
                        nanoseconds: None,
                    });
                }
            }
        }
        window.consume(length);
    }
}

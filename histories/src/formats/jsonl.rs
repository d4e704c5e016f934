//! JSON Lines: one operation a line.
//!
//! A good line is read once, by serde. Only where it fails is the line looked at field by field, to name the one to
//! blame.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::{Read, Write};

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::places::{Place, Wanted};
use super::window::Window;
use super::{Collected, Flaw, Problem, ReadError, WriteError, shown};
use crate::operation::Line as Told;
use crate::{Action, History, HistoryError, Initial, Instant, Operation, Process, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    process: Option<Process>,
    op: Option<Op>,
    #[serde(borrow)]
    register: Option<Name<'a>>,
    #[serde(default, deserialize_with = "value")]
    value: Option<Value>,
    #[serde(default, deserialize_with = "value")]
    expected: Option<Value>,
    #[serde(default, deserialize_with = "value")]
    new: Option<Value>,
    swapped: Option<bool>,
    start: Option<Instant>,
    end: Option<Instant>,
    outcome: Option<Outcome>,
    #[serde(default, deserialize_with = "value")]
    initial: Option<Value>,
}

const FIELDS: &str =
    "process, op, register, value, expected, new, swapped, start, end, outcome and initial";

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Op {
    Read,
    Write,
    Cas,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Ok,
    Failed,
    Unknown,
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// A field that is null holds nil; one that is not there says nothing.
fn value<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    struct Words;

    impl<'de> Visitor<'de> for Words {
        type Value = Value;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(VALUE)
        }

        fn visit_unit<E>(self) -> Result<Value, E> {
            Ok(Value::nil())
        }

        fn visit_u64<E>(self, word: u64) -> Result<Value, E> {
            Ok(Value::from(word))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut words: A) -> Result<Value, A::Error> {
            let mut all: Vec<u64> = Vec::new();
            while let Some(word) = words.next_element()? {
                all.push(word);
            }
            match all.is_empty() {
                true => Err(serde::de::Error::invalid_length(0, &self)),
                false => Ok(Value::from(all.as_slice())),
            }
        }
    }

    from.deserialize_any(Words).map(Some)
}

const VALUE: &str = "a whole number below 2^64, an array of them where the words differ, or null";

/// What a process did last, as far as it says whether the next line may follow.
struct Last {
    invoked: Instant,
    completed: Option<Instant>,
    /// The number that stands for this process in the history.
    process: Process,
    /// Its lines are not in order of time, so only the whole history tells.
    disordered: bool,
}

/// Numbers from here on stand for processes that were given a new number, until all others are known.
const RENUMBERED: Process = 1 << 31;

struct Lines {
    collected: Collected,
    last: HashMap<Process, Last>,
    highest: Process,
    renumbered: Process,
    is_empty: bool,
}

pub(super) fn read<R: Read>(
    window: &mut Window<R>,
    initial: Option<Initial>,
) -> Result<History, ReadError> {
    let mut lines = Lines {
        collected: Collected::new(initial, Initial::Inferred),
        last: HashMap::new(),
        highest: 0,
        renumbered: 0,
        is_empty: true,
    };
    loop {
        let length = window.line()?;
        if length == 0 {
            break;
        }
        let bytes = &window.rest()[..length];
        let is_last = !bytes.ends_with(b"\n");
        if !bytes.trim_ascii().is_empty() {
            let taken = match serde_json::from_slice(bytes) {
                Ok(line) => lines.take(line, bytes),
                Err(error) => Err(diagnosed(bytes, is_last, &error)),
            };
            taken.map_err(|flaw| window.error(flaw))?;
        }
        window.consume(length);
    }
    if lines.is_empty {
        return Err(window.error(Flaw::at(0, Problem::Empty)));
    }
    if lines.renumbered > 0 {
        lines.collected.renumber(RENUMBERED, lines.highest + 1);
    }
    Ok(lines.collected.build()?)
}

/// Finds invocations and completions, given whose they are and when.
pub(super) fn locate<R: Read>(
    window: &mut Window<R>,
    wanted: &[Wanted],
) -> Result<Vec<Option<Place>>, ReadError> {
    let mut places = vec![None; wanted.len()];
    // Processes that went on after an unknown outcome have new numbers, so the instant alone may have to tell.
    let mut is_sure = vec![false; wanted.len()];
    let mut number = 0;
    loop {
        let length = window.line()?;
        if length == 0 {
            return Ok(places);
        }
        number += 1;
        let line: Option<Line<'_>> = serde_json::from_slice(&window.rest()[..length]).ok();
        if let Some(line) = line {
            for (nth, &(process, instant)) in wanted.iter().enumerate() {
                let is_then = line.start == Some(instant) || line.end == Some(instant);
                if is_then && !is_sure[nth] {
                    is_sure[nth] = line.process == Some(process);
                    places[nth] = Some(Place {
                        line: number,
                        nanoseconds: None,
                    });
                }
            }
        }
        window.consume(length);
    }
}

impl Lines {
    fn take(&mut self, line: Line<'_>, bytes: &[u8]) -> Result<(), Flaw> {
        let flaw = |field: &'static str, problem| Flaw::of(field, place(bytes, field), problem);
        let missing = |field, what| flaw(field, Problem::Missing(what));
        let misplaced = |field, why| flaw(field, Problem::Misplaced(why));
        let register = match &line.register {
            None => 0,
            Some(name) => self.collected.register(&name.0),
        };
        if let Some(value) = line.initial {
            let others = [
                ("process", line.process.is_some()),
                ("op", line.op.is_some()),
                ("value", line.value.is_some()),
                ("start", line.start.is_some()),
                ("end", line.end.is_some()),
            ];
            if let Some((field, _)) = others.into_iter().find(|(_, is_there)| *is_there) {
                let why = "a line with `initial` is no operation: give the initial value a line of its own, such as \
                           `{\"register\":\"x\",\"initial\":0}`";
                return Err(misplaced(field, why));
            }
            match register {
                0 => self.collected.set_initial(value),
                _ => self.collected.set_initial_of(register, value),
            }
            return Ok(());
        }
        let process = line
            .process
            .ok_or_else(|| missing("process", "who did it, as in `\"process\":1`"))?;
        if process >= RENUMBERED {
            let found = format!("`{process}`");
            let wanted = "a whole number below 2^31";
            return Err(flaw("process", Problem::Unexpected { found, wanted }));
        }
        let op = line
            .op
            .ok_or_else(|| missing("op", "`\"op\":\"read\"`, `\"write\"` or `\"cas\"`"))?;
        let invoked = line.start.ok_or_else(|| {
            missing(
                "start",
                "the instant of the invocation, as in `\"start\":10`",
            )
        })?;
        let of_swap = "this field belongs to a `cas` only: remove it, or make the operation one";
        if op == Op::Cas {
            if line.value.is_some() {
                let why = "a `cas` has `expected` and `new` in place of a value";
                return Err(misplaced("value", why));
            }
        } else if line.expected.is_some() {
            return Err(misplaced("expected", of_swap));
        } else if line.new.is_some() {
            return Err(misplaced("new", of_swap));
        } else if line.swapped.is_some() {
            return Err(misplaced("swapped", of_swap));
        }
        let action = match op {
            Op::Read => Action::Read(line.value),
            Op::Write => Action::Write(
                line.value
                    .ok_or_else(|| missing("value", "what was written, as in `\"value\":1`"))?,
            ),
            Op::Cas => Action::CompareAndSwap {
                expected: line.expected.ok_or_else(|| {
                    missing("expected", "what it compared with, as in `\"expected\":1`")
                })?,
                new: line.new.ok_or_else(|| {
                    missing("new", "what it wrote if it found that, as in `\"new\":2`")
                })?,
                swapped: line.swapped,
            },
        };
        self.is_empty = false;
        self.highest = self.highest.max(process);
        let unknown = line.outcome == Some(Outcome::Unknown);
        let failed = line.outcome == Some(Outcome::Failed);
        if line.outcome == Some(Outcome::Ok) && line.end.is_none() {
            let why = "an operation that went well has an `end`";
            return Err(misplaced("outcome", why));
        }
        if let Some(completed) = line.end.filter(|&completed| completed < invoked) {
            let problem = HistoryError::Backwards {
                process,
                invoked,
                completed,
            };
            return Err(flaw("end", problem.into()));
        }
        let mut operation = Operation {
            process,
            register,
            action,
            invoked,
            completed: line.end,
        };
        if failed {
            if op != Op::Read {
                self.collected.builder.push_failed(operation);
            }
            return Ok(());
        }
        operation.process = self
            .number(&operation)
            .map_err(|error| flaw("start", error.into()))?;
        if unknown && op == Op::Read {
            return Ok(());
        }
        if unknown && line.end.is_some() {
            operation.completed = None;
            // A pending operation is the last of its process.
            let next = RENUMBERED + self.renumbered;
            self.renumbered += 1;
            if let Some(last) = self.last.get_mut(&process) {
                last.process = next;
            }
        }
        self.collected.push(operation);
        Ok(())
    }

    /// The number that stands for the process of this operation, which comes after its last one.
    fn number(&mut self, operation: &Operation) -> Result<Process, HistoryError> {
        let Operation {
            process,
            invoked,
            completed,
            ..
        } = *operation;
        let last = match self.last.entry(process) {
            Entry::Vacant(vacant) => {
                vacant.insert(Last {
                    invoked,
                    completed,
                    process,
                    disordered: false,
                });
                return Ok(process);
            }
            Entry::Occupied(occupied) => occupied.into_mut(),
        };
        last.disordered |= invoked < last.invoked;
        if !last.disordered && last.completed.is_none_or(|completed| completed >= invoked) {
            return Err(match last.completed {
                Some(_) => HistoryError::Overlap {
                    process,
                    running: last.invoked,
                    invoked,
                },
                None => HistoryError::AfterCrash {
                    process,
                    pending: last.invoked,
                    invoked,
                },
            });
        }
        (last.invoked, last.completed) = (invoked, completed);
        Ok(last.process)
    }
}

/// Where a field stands in a line; the beginning of the line if it does not.
fn place(line: &[u8], field: &str) -> usize {
    let start = line
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    let fields: Option<BTreeMap<Cow<'_, str>, &RawValue>> = serde_json::from_slice(line).ok();
    let found = fields.and_then(|fields| Some(offset(line, fields.get(field)?.get())));
    found.unwrap_or(start)
}

/// How far into the line a part of it stands.
fn offset(line: &[u8], part: &str) -> usize {
    let offset = (part.as_ptr() as usize).wrapping_sub(line.as_ptr() as usize);
    if offset <= line.len() { offset } else { 0 }
}

/// What is wrong with a line that could not be read.
fn diagnosed(line: &[u8], is_last: bool, error: &serde_json::Error) -> Flaw {
    let fields: BTreeMap<Cow<'_, str>, &RawValue> = match serde_json::from_slice(line) {
        Ok(fields) => fields,
        Err(error) if error.is_eof() && is_last => {
            return Flaw::at(line.len(), Problem::Truncated);
        }
        Err(error) if error.is_eof() => {
            let said = "the line ends within it, and each operation stands on one line";
            let end = line.trim_ascii_end().len();
            return Flaw::at(end, Problem::NotJson(said.to_owned()));
        }
        Err(error) => return not_json(line, &error),
    };
    for (name, raw) in &fields {
        let at = offset(line, raw.get());
        let raw = raw.get();
        let is_u64 = || serde_json::from_str::<Option<u64>>(raw).is_ok();
        let (field, is_good, wanted): (&'static str, bool, &'static str) = match &**name {
            "process" => (
                "process",
                serde_json::from_str::<Option<Process>>(raw).is_ok(),
                "a whole number below 2^31",
            ),
            "op" => (
                "op",
                serde_json::from_str::<Option<Op>>(raw).is_ok(),
                "`\"read\"`, `\"write\"` or `\"cas\"`",
            ),
            "register" => (
                "register",
                serde_json::from_str::<Option<String>>(raw).is_ok(),
                "the name of a register, as a string",
            ),
            "value" => ("value", is_value(raw), VALUE),
            "expected" => ("expected", is_value(raw), VALUE),
            "new" => ("new", is_value(raw), VALUE),
            "initial" => ("initial", is_value(raw), VALUE),
            "swapped" => (
                "swapped",
                serde_json::from_str::<Option<bool>>(raw).is_ok(),
                "true or false",
            ),
            "start" => ("start", is_u64(), "a whole number below 2^64"),
            "end" => ("end", is_u64(), "a whole number below 2^64"),
            "outcome" => (
                "outcome",
                serde_json::from_str::<Option<Outcome>>(raw).is_ok(),
                "`\"ok\"`, `\"failed\"` or `\"unknown\"`",
            ),
            _ => {
                let found = shown(name.as_bytes());
                let problem = Problem::NoSuchField {
                    found,
                    fields: FIELDS,
                };
                return Flaw::at(at, problem);
            }
        };
        if !is_good {
            let found = shown(raw.as_bytes());
            return Flaw::of(field, at, Problem::Unexpected { found, wanted });
        }
    }
    not_json(line, error)
}

fn is_value(raw: &str) -> bool {
    let mut from = serde_json::Deserializer::from_str(raw);
    value(&mut from).is_ok()
}

/// As serde says it, without the place, which is told apart.
fn not_json(line: &[u8], error: &serde_json::Error) -> Flaw {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    let at = error.column().saturating_sub(1).min(line.len());
    Flaw::at(at, Problem::NotJson(said.to_owned()))
}

pub(super) fn write(history: &History, out: &mut impl Write) -> Result<(), WriteError> {
    #[derive(Serialize)]
    struct Initially<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        register: Option<&'a str>,
        initial: &'a Value,
    }
    #[derive(Serialize)]
    struct Failed<'a> {
        #[serde(flatten)]
        line: Told<'a, &'a str>,
        outcome: &'static str,
    }
    for register in history.registers() {
        let initial = history.initial_of(register);
        if register == 0 || initial != history.initial() {
            let register = history.name_of(register);
            line(out, &Initially { register, initial })?;
        }
    }
    for operation in history.operations() {
        line(
            out,
            &Told::of(operation, history.name_of(operation.register)),
        )?;
    }
    for operation in history.failed() {
        let failed = Failed {
            line: Told::of(operation, history.name_of(operation.register)),
            outcome: "failed",
        };
        line(out, &failed)?;
    }
    Ok(())
}

fn line(out: &mut impl Write, what: &impl Serialize) -> Result<(), WriteError> {
    serde_json::to_writer(&mut *out, what).map_err(std::io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(())
}

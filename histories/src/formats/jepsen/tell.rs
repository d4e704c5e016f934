//! From operations to events, and how they are written.

use std::fmt;
use std::io;

use serde::{Serialize, Serializer};

use super::{Happened, Kind, Verb, verb_of};
use crate::formats::{Format, WriteError};
use crate::{Action, History, Instant, Operation, Process, Value};

/// An event to be written.
#[derive(Clone, Copy, Debug)]
pub(in crate::formats) struct Told<'a> {
    pub(in crate::formats) kind: Kind,
    pub(in crate::formats) verb: Verb,
    pub(in crate::formats) value: Said<'a>,
    /// Nobody is the nemesis.
    pub(in crate::formats) process: Option<Process>,
    pub(in crate::formats) time: Option<Instant>,
    pub(in crate::formats) swapped: Happened,
    /// It is invoked at the instant of the invocation before.
    pub(in crate::formats) together: bool,
}

/// A `:value` to be written.
#[derive(Clone, Copy, Debug)]
pub(in crate::formats) struct Said<'a> {
    key: Option<&'a str>,
    what: What<'a>,
}

#[derive(Clone, Copy, Debug)]
enum What<'a> {
    Value(&'a Value),
    Pair(&'a Value, &'a Value),
    Nothing,
}

/// A value as EDN: a text, and one whose words differ, is a string.
struct Edn<'a>(&'a Value);

impl fmt::Display for Edn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_text() {
            Some(number) if number.starts_with('-') && number.parse::<i64>().is_ok() => {
                f.write_str(number)
            }
            Some(text) => string(text, f),
            None if self.0.is_mixed() => write!(f, "\"{}\"", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

fn string(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            control if control.is_control() => write!(f, "\\u{:04x}", u32::from(control))?,
            plain => write!(f, "{plain}")?,
        }
    }
    f.write_str("\"")
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = self.key {
            f.write_str("[")?;
            string(key, f)?;
            f.write_str(" ")?;
        }
        match self.what {
            What::Value(value) => write!(f, "{}", Edn(value))?,
            What::Pair(expected, new) => write!(f, "[{} {}]", Edn(expected), Edn(new))?,
            What::Nothing => f.write_str("nil")?,
        }
        if self.key.is_some() {
            f.write_str("]")?;
        }
        Ok(())
    }
}

impl Serialize for Said<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let what = match self.what {
            What::Value(value) => serde_json::json!(Json(value)),
            What::Pair(expected, new) => serde_json::json!([Json(expected), Json(new)]),
            What::Nothing => serde_json::Value::Null,
        };
        match self.key {
            Some(key) => (key, what).serialize(serializer),
            None => what.serialize(serializer),
        }
    }
}

/// A value as JSON has it in events, where an array says something else: one whose words differ is a string.
struct Json<'a>(&'a Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.is_mixed() {
            true => self.0.to_string().serialize(serializer),
            false => self.0.serialize(serializer),
        }
    }
}

/// Tells a history as events, in the order of time.
pub(in crate::formats) fn events(
    history: &History,
    format: Format,
    mut tell: impl FnMut(Told<'_>) -> io::Result<()>,
) -> Result<(), WriteError> {
    let everything = || history.operations().iter().chain(history.failed());
    let whole = history.operations().len();
    if format == Format::Log {
        let told = |op: &&Operation| {
            let Action::CompareAndSwap { swapped, .. } = op.action else {
                return false;
            };
            !op.is_pending() && swapped != Some(true)
        };
        if let Some(untold) = history.operations().iter().position(|op| told(&op)) {
            return Err(WriteError::Inexpressible {
                what: format!(
                    "that {} did not swap, or that this is not known,",
                    history.describe(untold)
                ),
                format,
                instead: Format::Edn,
            });
        }
    }
    for register in history.registers() {
        let value = history.initial_of(register);
        let key = history.name_of(register);
        let usual = match key {
            None => value.is_nil(),
            Some(_) => value == history.initial(),
        };
        if !usual {
            tell(Told {
                kind: Kind::Info,
                verb: Verb::Initial,
                value: Said {
                    key,
                    what: What::Value(value),
                },
                process: None,
                time: None,
                swapped: Happened::Said,
                together: false,
            })?;
        }
    }
    // Invocations come before completions of the same instant, since these operations are concurrent.
    let mut events: Vec<(Instant, bool, u32)> =
        Vec::with_capacity(2 * (whole + history.failed().len()));
    for (at, operation) in everything().enumerate() {
        let at = u32::try_from(at)
            .map_err(|_| io::Error::other("a history of more than 2^32 operations"))?;
        events.push((operation.invoked, false, at));
        let completed = match at as usize >= whole {
            true => Some(operation.completed.unwrap_or(operation.invoked)),
            false => operation.completed,
        };
        events.extend(completed.map(|completed| (completed, true, at)));
    }
    events.sort_unstable();
    let mut processes = Processes::new(history);
    let mut before: Option<Instant> = None;
    for (time, is_completion, at) in events {
        let at = at as usize;
        let (operation, failed) = match at.checked_sub(whole) {
            None => (&history.operations()[at], false),
            Some(failed) => (&history.failed()[failed], true),
        };
        let process = match (failed, is_completion) {
            (false, _) => operation.process,
            (true, false) => processes.of_failed(at - whole, operation),
            (true, true) => processes.of[at - whole],
        };
        let what = match &operation.action {
            Action::Write(value) => What::Value(value),
            Action::CompareAndSwap { expected, new, .. } => What::Pair(expected, new),
            Action::Read(Some(value)) if is_completion => What::Value(value),
            Action::Read(_) => What::Nothing,
        };
        let (kind, swapped) = match &operation.action {
            _ if !is_completion => (Kind::Invoke, Happened::Said),
            _ if failed => (Kind::Fail, Happened::Said),
            Action::Read(None) => (Kind::Fail, Happened::Said),
            Action::CompareAndSwap { swapped, .. } => match swapped {
                Some(true) => (Kind::Ok, Happened::Said),
                Some(false) => (Kind::Fail, Happened::NotSwapped),
                None => (Kind::Info, Happened::Unknown),
            },
            Action::Read(Some(_)) | Action::Write(_) => (Kind::Ok, Happened::Said),
        };
        tell(Told {
            kind,
            verb: verb_of(&operation.action),
            value: Said {
                key: history.name_of(operation.register),
                what,
            },
            process: Some(process),
            time: Some(time),
            swapped,
            together: !is_completion && before == Some(time),
        })?;
        before = (!is_completion).then_some(time);
    }
    Ok(())
}

/// Writes the events as JSON, one a line.
pub(in crate::formats) fn write_json(
    history: &History,
    out: &mut impl io::Write,
) -> Result<(), WriteError> {
    #[derive(Serialize)]
    struct Line<'a> {
        r#type: &'static str,
        f: &'static str,
        value: Said<'a>,
        process: serde_json::Value,
        #[serde(skip_serializing_if = "Option::is_none")]
        time: Option<Instant>,
        #[serde(skip_serializing_if = "Option::is_none")]
        swapped: Option<Option<bool>>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        together: bool,
    }
    events(history, Format::Json, |told| {
        let line = Line {
            r#type: told.kind.name(),
            f: told.verb.name(),
            value: told.value,
            process: told.process.map_or_else(|| "nemesis".into(), Into::into),
            time: told.time,
            swapped: match told.swapped {
                Happened::Said => None,
                Happened::NotSwapped => Some(Some(false)),
                Happened::Unknown => Some(None),
            },
            together: told.together,
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")
    })
}

/// The numbers of the processes whose operations failed. A history does not ask that these run one at a time; a log
/// does, so one that overlaps another operation of its process is given a number of its own.
struct Processes {
    of: Vec<Process>,
    next: Process,
    overlaps: Vec<bool>,
}

impl Processes {
    fn new(history: &History) -> Self {
        let everything = history.operations().iter().chain(history.failed());
        let highest = everything.map(|op| op.process).max().unwrap_or(0);
        let operations = history.operations();
        // The latest completion among the failed operations of one process so far.
        let mut latest: Option<(Process, Instant)> = None;
        let overlaps = |failed: &Operation| {
            let process = failed.process;
            let completed = failed.completed.unwrap_or(failed.invoked);
            // Those of one process are in order and do not overlap, so only its neighbours can meet it.
            let next = operations
                .partition_point(|op| (op.process, op.invoked) <= (process, failed.invoked));
            let own = |op: &&Operation| op.process == process;
            let previous = next.checked_sub(1).map(|at| &operations[at]).filter(own);
            let next = operations.get(next).filter(own);
            let among_failed = latest.filter(|latest| latest.0 == process);
            latest = Some((
                process,
                among_failed.map_or(completed, |latest| latest.1.max(completed)),
            ));
            previous.is_some_and(|previous| !previous.precedes(failed))
                || next.is_some_and(|next| completed >= next.invoked)
                || among_failed.is_some_and(|(_, until)| until >= failed.invoked)
        };
        let overlaps = history.failed().iter().map(overlaps).collect();
        Self {
            of: history.failed().iter().map(|op| op.process).collect(),
            next: highest.saturating_add(1),
            overlaps,
        }
    }

    fn of_failed(&mut self, at: usize, operation: &Operation) -> Process {
        self.of[at] = operation.process;
        if self.overlaps[at] {
            self.of[at] = self.next;
            self.next = self.next.saturating_add(1);
        }
        self.of[at]
    }
}

//! What is wrong with a line that could not be read: its fields are looked at one by one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::line::{NAME, Name, Op, Outcome, TICK, Tick, VALUE, WHO, Who, value};
use crate::formats::{Flaw, Problem, shown};

/// Where a field stands in a line; the beginning of the line if it does not.
pub(super) fn place(line: &[u8], field: &str) -> usize {
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
pub(super) fn diagnosed(line: &[u8], is_last: bool, error: &serde_json::Error) -> Flaw {
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
        let is_tick = || serde_json::from_str::<Option<Tick>>(raw).is_ok();
        let (field, is_good, wanted): (&'static str, bool, &'static str) = match &**name {
            "process" => (
                "process",
                serde_json::from_str::<Option<Who<'_>>>(raw).is_ok(),
                WHO,
            ),
            "op" => (
                "op",
                serde_json::from_str::<Option<Op>>(raw).is_ok(),
                "`\"read\"`, `\"write\"` or `\"cas\"`",
            ),
            "register" | "key" => (
                "register",
                serde_json::from_str::<Option<Name<'_>>>(raw).is_ok(),
                NAME,
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
            "start" => ("start", is_tick(), TICK),
            "end" => ("end", is_tick(), TICK),
            "outcome" => (
                "outcome",
                serde_json::from_str::<Option<Outcome>>(raw).is_ok(),
                "`\"ok\"`, `\"failed\"` or `\"unknown\"`",
            ),
            _ => continue,
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
pub(in crate::formats) fn not_json(line: &[u8], error: &serde_json::Error) -> Flaw {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    let at = error.column().saturating_sub(1).min(line.len());
    Flaw::at(at, Problem::NotJson(said.to_owned()))
}

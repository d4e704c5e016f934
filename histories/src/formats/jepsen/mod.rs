//! The events of Jepsen: what the formats have in common that tell a history as events.

mod action;
mod collect;
mod tell;
mod transactions;

use super::edn::{self, Atom, Form};
use super::{Flaw, Problem, shown};
use crate::{Action, Value};

pub(in crate::formats) use collect::Events;
pub(in crate::formats) use tell::{Told, events, write_json};

/// An event as it stands in the file, each field with its place.
#[derive(Clone, Copy, Debug)]
pub(in crate::formats) struct Event<'a> {
    pub(in crate::formats) at: usize,
    pub(in crate::formats) kind: Option<(Atom<'a>, usize)>,
    pub(in crate::formats) verb: Option<(Atom<'a>, usize)>,
    pub(in crate::formats) value: Option<(Form<'a>, usize)>,
    pub(in crate::formats) process: Option<(Atom<'a>, usize)>,
    pub(in crate::formats) time: Option<(Atom<'a>, usize)>,
    pub(in crate::formats) swapped: Option<(Atom<'a>, usize)>,
    pub(in crate::formats) key: Option<(Atom<'a>, usize)>,
    /// An invocation at the instant of the one before.
    pub(in crate::formats) together: bool,
}

impl Event<'_> {
    /// One without fields yet.
    pub(in crate::formats) fn at(at: usize) -> Self {
        Self {
            at,
            kind: None,
            verb: None,
            value: None,
            process: None,
            time: None,
            swapped: None,
            key: None,
            together: false,
        }
    }
}

/// `:type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Kind {
    Invoke,
    Ok,
    Fail,
    Info,
}

impl Kind {
    pub(in crate::formats) fn name(self) -> &'static str {
        match self {
            Self::Invoke => "invoke",
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Info => "info",
        }
    }
}

/// `:f`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Verb {
    Read,
    Write,
    CompareAndSwap,
    /// Of a mutex: a swap from nil to [`HELD`], and back.
    Acquire,
    Release,
    /// One that does a single thing.
    Transaction,
    /// What the registers hold at first: our own, said by the nemesis.
    Initial,
}

impl Verb {
    pub(in crate::formats) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::CompareAndSwap => "cas",
            Self::Acquire => "acquire",
            Self::Release => "release",
            Self::Transaction => "txn",
            Self::Initial => "initial",
        }
    }
}

/// What a mutex holds while somebody has it.
const HELD: &str = "held";

/// What is said of a compare-and-swap beyond its `:type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Happened {
    Said,
    NotSwapped,
    Unknown,
}

const VALUE: &str = "a value: nil, a number, a string or a keyword, `\"0|1\"` where the words differ, or `[key value]`";

/// What is done is nothing that a register does; and who judges that.
fn not_of_a_register(verb: Atom<'_>) -> Problem {
    let Atom::Text(name) = verb else {
        let found = atom_shown(verb);
        return Problem::Unexpected {
            found,
            wanted: "`:read`, `:write` or `:cas`",
        };
    };
    let advice = match name {
        b"append" => {
            "appending to lists is judged by Elle (list-append), and to strings by Porcupine's model of a key-value store"
        }
        b"add" | b"remove" | b"increment" | b"inc" | b"dec" | b"decrement" => {
            "sets and counters are judged by Jepsen's own checkers (set-full, counter)"
        }
        b"enqueue" | b"dequeue" | b"drain" | b"push" | b"pop" | b"send" | b"poll"
        | b"subscribe" => {
            "queues, stacks and logs are judged by Jepsen's checkers (total-queue, kafka) and by Knossos"
        }
        b"transfer" => "transfers are judged by Jepsen's checker of banks",
        _ => {
            "what a register does is `:read` or `:get`, `:write` or `:put`, `:cas`, and of a mutex `:acquire` and `:release`"
        }
    };
    Problem::NotOfARegister {
        found: shown(name),
        advice,
    }
}

fn is_decimal(text: &[u8]) -> bool {
    let text = std::str::from_utf8(text).unwrap_or_default();
    text.trim_end_matches(['N', 'M']).parse::<f64>().is_ok()
}

fn verb_of(action: &Action) -> Verb {
    match action {
        Action::Read(_) => Verb::Read,
        Action::Write(_) => Verb::Write,
        Action::CompareAndSwap { .. } => Verb::CompareAndSwap,
    }
}

fn value(atom: Atom<'_>, at: usize) -> Result<Value, Flaw> {
    match atom {
        Atom::Number(word) => Ok(Value::from(word)),
        Atom::Nil => Ok(Value::nil()),
        Atom::Text(text) => Ok(Value::text(&String::from_utf8_lossy(text))),
        Atom::Other(text) if is_decimal(text) => Ok(Value::text(&String::from_utf8_lossy(text))),
        Atom::Escaped(text) if let Some(text) = edn::unescaped(text) => Ok(Value::text(&text)),
        other => Err(unexpected(":value", at, other, VALUE)),
    }
}

fn atom_shown(atom: Atom<'_>) -> String {
    match atom {
        Atom::Nil => "`nil`".to_owned(),
        Atom::Number(number) => format!("`{number}`"),
        Atom::Text(text) | Atom::Escaped(text) | Atom::Other(text) => shown(text),
    }
}

fn form_shown(form: Option<(Form<'_>, usize)>) -> String {
    match form.map(|form| form.0) {
        None => "nothing".to_owned(),
        Some(Form::Atom(atom)) => atom_shown(atom),
        Some(Form::Pair(..)) => "a pair".to_owned(),
        Some(Form::KeyedPair(..)) => "a pair with a key".to_owned(),
        Some(Form::Other(text)) => shown(text),
    }
}

fn unexpected(field: &'static str, at: usize, atom: Atom<'_>, wanted: &'static str) -> Flaw {
    let found = atom_shown(atom);
    Flaw::of(field, at, Problem::Unexpected { found, wanted })
}

fn unexpected_form(at: usize, form: Form<'_>, wanted: &'static str) -> Flaw {
    let found = form_shown(Some((form, at)));
    Flaw::of(":value", at, Problem::Unexpected { found, wanted })
}

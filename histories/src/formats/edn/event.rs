//! One event, as a map: the fields that matter are looked at, the others passed over however deeply they are nested.

use super::scanner::{Atom, Scanner, Stop};
use crate::formats::jepsen::{Event, Kind, Verb};
use crate::formats::{Flaw, Problem};

/// The keys of an event that say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Type,
    F,
    Value,
    Process,
    Time,
    Swapped,
    Key,
    Together,
    Other,
}

impl<'a> Scanner<'a> {
    /// The key that the scanner stands at.
    #[inline]
    fn field(&mut self) -> Result<Field, Stop> {
        // As Jepsen prints them, one space follows. Patterns of known length are compared in place, without a call.
        let (length, field) = match &self.bytes[self.at..] {
            [b':', b't', b'y', b'p', b'e', b' ', ..] => (6, Field::Type),
            [b':', b'f', b' ', ..] => (3, Field::F),
            [b':', b'v', b'a', b'l', b'u', b'e', b' ', ..] => (7, Field::Value),
            [b':', b'p', b'r', b'o', b'c', b'e', b's', b's', b' ', ..] => (9, Field::Process),
            [b':', b't', b'i', b'm', b'e', b' ', ..] => (6, Field::Time),
            [b':', b'i', b'n', b'd', b'e', b'x', b' ', ..] => (7, Field::Other),
            _ => (0, Field::Other),
        };
        if length > 0 {
            self.at += length;
            return Ok(field);
        }
        self.at += 1;
        Ok(named(self.token()?))
    }

    /// The key of JSON that the scanner stands at, with its colon.
    #[cold]
    fn quoted_field(&mut self) -> Result<Field, Stop> {
        let field = match self.string()? {
            Atom::Text(name) => named(name),
            _ => Field::Other,
        };
        // A map of EDN may have strings as keys too, which say nothing.
        if self.blank()? != b':' {
            return Ok(Field::Other);
        }
        self.at += 1;
        Ok(field)
    }

    /// An event; the scanner stands at the first byte of its map, or of the tag before it.
    pub(super) fn event(&mut self, event: &mut Event<'a>) -> Result<(), Stop> {
        let mut byte = self.blank()?;
        while byte == b'#' {
            self.token()?;
            byte = self.blank()?;
        }
        if byte != b'{' {
            return Err(self.unexpected(
                "an event, such as `{:type :invoke, :f :read, :value nil, :process 1}`",
            ));
        }
        *event = Event::at(self.at);
        self.at += 1;
        let twice = |seen: bool, field, at| match seen {
            true => Err(Stop::from(Flaw::of(field, at, Problem::Twice))),
            false => Ok(()),
        };
        loop {
            match self.blank()? {
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                byte @ (b':' | b'"') => {
                    let at = self.at;
                    let field = match byte {
                        b':' => self.field()?,
                        _ => self.quoted_field()?,
                    };
                    // A map has as many values as keys.
                    if self.blank()? == b'}' {
                        return Err(self.unexpected("a value for the last key"));
                    }
                    let behind = self.at;
                    match field {
                        Field::Type => {
                            twice(event.kind.is_some(), ":type", at)?;
                            event.kind = Some((self.atom()?, behind));
                        }
                        Field::F => {
                            twice(event.verb.is_some(), ":f", at)?;
                            event.verb = Some((self.atom()?, behind));
                        }
                        Field::Value => {
                            twice(event.value.is_some(), ":value", at)?;
                            event.value = Some((self.form()?, behind));
                        }
                        Field::Process => {
                            twice(event.process.is_some(), ":process", at)?;
                            event.process = Some((self.atom()?, behind));
                        }
                        Field::Time => {
                            twice(event.time.is_some(), ":time", at)?;
                            event.time = Some((self.atom()?, behind));
                        }
                        Field::Swapped => {
                            twice(event.swapped.is_some(), ":swapped", at)?;
                            event.swapped = Some((self.atom()?, behind));
                        }
                        Field::Key => {
                            twice(event.key.is_some(), ":key", at)?;
                            event.key = Some((self.atom()?, behind));
                        }
                        Field::Together => {
                            event.together = matches!(self.atom()?, Atom::Text(b"true"));
                        }
                        Field::Other => drop(self.atom()?),
                    }
                }
                _ => {
                    self.skip()?;
                    if self.blank()? == b'}' {
                        return Err(self.unexpected("a value for the last key"));
                    }
                    self.skip()?;
                }
            }
        }
    }
}

fn named(field: &[u8]) -> Field {
    match field {
        b"type" => Field::Type,
        b"f" => Field::F,
        b"value" => Field::Value,
        b"process" => Field::Process,
        b"time" => Field::Time,
        b"swapped" => Field::Swapped,
        b"key" => Field::Key,
        b"together" => Field::Together,
        _ => Field::Other,
    }
}

/// What stands behind `:type`.
pub(in crate::formats) fn kind(atom: Atom<'_>) -> Option<Kind> {
    match atom {
        Atom::Text(b"invoke") => Some(Kind::Invoke),
        Atom::Text(b"ok") => Some(Kind::Ok),
        Atom::Text(b"fail") => Some(Kind::Fail),
        Atom::Text(b"info") => Some(Kind::Info),
        _ => None,
    }
}

/// What stands behind `:f`.
pub(in crate::formats) fn verb(atom: Atom<'_>) -> Option<Verb> {
    let Atom::Text(name) = atom else { return None };
    match name {
        b"read" | b"get" | b"r" => Some(Verb::Read),
        b"write" | b"put" | b"w" => Some(Verb::Write),
        b"cas" | b"compare-and-set" | b"compare-and-swap" => Some(Verb::CompareAndSwap),
        b"acquire" | b"lock" => Some(Verb::Acquire),
        b"release" | b"unlock" => Some(Verb::Release),
        b"txn" => Some(Verb::Transaction),
        _ => None,
    }
}

//! What an event does, and to which register.

use super::{Event, Events, HELD, VALUE, Verb, unexpected, unexpected_form, value};
use crate::formats::edn::{self, Atom, Form};
use crate::formats::{Flaw, Problem, shown};
use crate::{Action, Register, Value};

/// Numbers of registers up to here are looked up in an array.
const SMALL: usize = 1 << 16;

impl Events {
    pub(super) fn register(&mut self, key: Atom<'_>, at: usize) -> Result<Register, Flaw> {
        let wanted = "a key that is a number, a string, a keyword or a symbol";
        let refused = || unexpected(":value", at, key, wanted);
        let text = match key {
            Atom::Number(number) => {
                let small = number as usize;
                if small < SMALL {
                    if small >= self.numbered.len() {
                        self.numbered.resize(small + 1, None);
                    }
                    if let Some(register) = self.numbered[small] {
                        return Ok(register);
                    }
                }
                let register = self.collected.register(&number.to_string());
                if small < SMALL {
                    self.numbered[small] = Some(register);
                }
                return Ok(register);
            }
            Atom::Text(text) => std::str::from_utf8(text).map_err(|_| refused())?,
            Atom::Escaped(text) => {
                let text = edn::unescaped(text).ok_or_else(refused)?;
                return Ok(self.collected.register(&text));
            }
            Atom::Nil | Atom::Other(_) => return Err(refused()),
        };
        if text.is_empty() {
            return Err(refused());
        }
        Ok(self.collected.register(text))
    }

    /// What an event does. `invokes`: a read says then only its key.
    pub(super) fn action(
        &mut self,
        event: &Event<'_>,
        verb: Verb,
        invokes: bool,
    ) -> Result<(Register, Action), Flaw> {
        let keyed = match event.key {
            Some((key, at)) => Some(self.register(key, at)?),
            None => None,
        };
        if let Verb::Acquire | Verb::Release = verb {
            let (free, held) = (Value::nil(), Value::text(HELD));
            let (expected, new) = match verb {
                Verb::Acquire => (free, held),
                _ => (held, free),
            };
            let register = match (keyed, event.value) {
                (Some(register), _) => register,
                (None, Some((Form::Pair(key, _), at))) => self.register(key, at)?,
                (None, _) => 0,
            };
            let swapped = None;
            return Ok((
                register,
                Action::CompareAndSwap {
                    expected,
                    new,
                    swapped,
                },
            ));
        }
        let (form, at) = match (event.value, verb) {
            (Some(value), _) => value,
            (None, Verb::Read) if invokes => (Form::Atom(Atom::Nil), event.at),
            (None, _) => {
                let what = "`:value 1`, `:value nil`, or `:value [1 2]` for a `:cas`";
                return Err(Flaw::of(":value", event.at, Problem::Missing(what)));
            }
        };
        if verb == Verb::CompareAndSwap {
            let (register, expected, new) = match form {
                Form::Pair(expected, new) => (keyed.unwrap_or(0), expected, new),
                Form::KeyedPair(key, _, Atom::Other(pair))
                    if let Some((expected, new)) = edn::two(pair) =>
                {
                    self.versions = true;
                    (self.register(key, at)?, expected, new)
                }
                Form::KeyedPair(key, expected, new) => (self.register(key, at)?, expected, new),
                other => {
                    return Err(unexpected_form(
                        at,
                        other,
                        "`[expected new]`, or `[key [expected new]]`",
                    ));
                }
            };
            let (expected, new) = (value(expected, at)?, value(new, at)?);
            let swapped = None;
            return Ok((
                register,
                Action::CompareAndSwap {
                    expected,
                    new,
                    swapped,
                },
            ));
        }
        let (register, atom, verb) = match form {
            Form::Other(text) if verb == Verb::Transaction => {
                let several = || Flaw::of(":value", at, Problem::Transaction(shown(text)));
                let (does, key, atom) = edn::only(text).ok_or_else(several)?;
                let does = match edn::verb(does) {
                    Some(does @ (Verb::Read | Verb::Write)) => does,
                    Some(_) | None => return Err(several()),
                };
                (self.register(key, at)?, atom, does)
            }
            other if verb == Verb::Transaction => {
                return Err(unexpected_form(
                    at,
                    other,
                    "`[[:r key nil]]` or `[[:w key value]]`",
                ));
            }
            Form::Atom(atom) => (keyed.unwrap_or(0), atom, verb),
            Form::Pair(key, atom) => (self.register(key, at)?, atom, verb),
            Form::KeyedPair(key, _, atom) => {
                self.versions = true;
                (self.register(key, at)?, atom, verb)
            }
            other @ Form::Other(_) => return Err(unexpected_form(at, other, VALUE)),
        };
        let action = match verb {
            Verb::Write => Action::Write(value(atom, at)?),
            _ if invokes => Action::Read(None),
            _ => Action::Read(Some(value(atom, at)?)),
        };
        Ok((register, action))
    }
}

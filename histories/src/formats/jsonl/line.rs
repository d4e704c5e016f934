//! A line, as serde reads it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::RENUMBERED;
use crate::{Instant, Process, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub(super) process: Option<Who<'a>>,
    pub(super) op: Option<Op>,
    #[serde(borrow, alias = "key")]
    pub(super) register: Option<Name<'a>>,
    #[serde(default, deserialize_with = "value")]
    pub(super) value: Option<Value>,
    #[serde(default, deserialize_with = "value")]
    pub(super) expected: Option<Value>,
    #[serde(default, deserialize_with = "value")]
    pub(super) new: Option<Value>,
    pub(super) swapped: Option<bool>,
    pub(super) start: Option<Tick>,
    pub(super) end: Option<Tick>,
    pub(super) outcome: Option<Outcome>,
    #[serde(default, deserialize_with = "value")]
    pub(super) initial: Option<Value>,
}

pub(super) const FIELDS: [&str; 12] = [
    "process", "op", "register", "key", "value", "expected", "new", "swapped", "start", "end",
    "outcome", "initial",
];

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Op {
    Read,
    Write,
    Cas,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::formats) enum Outcome {
    Ok,
    Failed,
    Unknown,
}

/// The name of a register; a number is its own name.
pub(in crate::formats) struct Name<'a>(pub(in crate::formats) Cow<'a, str>);

/// A process: its number, or its name.
pub(in crate::formats) enum Who<'a> {
    Number(Process),
    Name(Cow<'a, str>),
}

/// An instant: a number of ticks, or seconds with a fraction.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub(super) enum Tick {
    Whole(Instant),
    Fraction(f64),
}

impl Tick {
    /// Where there are fractions, instants are counted in so many parts of one.
    pub(super) const PARTS: u32 = 1_000_000_000;

    pub(super) fn in_parts(self) -> Option<Instant> {
        match self {
            Self::Whole(whole) => whole.checked_mul(u64::from(Self::PARTS)),
            Self::Fraction(fraction) => {
                let parts = (fraction * f64::from(Self::PARTS)).round();
                (0.0..18e18).contains(&parts).then_some(parts as u64)
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(match Token::deserialize(from)? {
            Token::Text(text) => text,
            Token::Whole(number) => number.to_string().into(),
            Token::Fraction(_) => return Err(serde::de::Error::custom(NAME)),
        }))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Who<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = |number| Process::try_from(number).ok().filter(|&it| it < RENUMBERED);
        match Token::deserialize(from)? {
            Token::Text(text) => Ok(Self::Name(text)),
            Token::Whole(whole) if let Some(number) = number(whole) => Ok(Self::Number(number)),
            _ => Err(serde::de::Error::custom(WHO)),
        }
    }
}

impl<'de> Deserialize<'de> for Tick {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Token::deserialize(from)? {
            Token::Whole(whole) => Ok(Self::Whole(whole)),
            Token::Fraction(fraction) if fraction >= 0.0 => Ok(Self::Fraction(fraction)),
            _ => Err(serde::de::Error::custom(TICK)),
        }
    }
}

pub(super) const NAME: &str = "the name of a register: a string or a whole number";
pub(super) const WHO: &str = "a whole number below 2^31, or a name as a string";
pub(super) const TICK: &str = "a number that is not negative, and below 2^64";

/// A string, or a number.
pub(super) enum Token<'a> {
    Text(Cow<'a, str>),
    Whole(u64),
    Fraction(f64),
}

impl<'de> Deserialize<'de> for Token<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Token<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a number")
            }

            fn visit_u64<E>(self, number: u64) -> Result<Token<'de>, E> {
                Ok(Token::Whole(number))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Token<'de>, E> {
                Ok(Token::Fraction(number))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Token<'de>, E> {
                Ok(Token::Text(text.into()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Token<'de>, E> {
                Ok(Token::Text(text.to_owned().into()))
            }
        }

        from.deserialize_any(Any)
    }
}

/// A field that is null holds nil; one that is not there says nothing.
pub(in crate::formats) fn value<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Value>, D::Error> {
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

        fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
            Ok(Value::text(&number.to_string()))
        }

        fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
            // Numbers that are larger than this are not told apart.
            if number.abs() >= LARGE {
                return Err(E::custom(VALUE));
            }
            Ok(Value::text(&number.to_string()))
        }

        fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
            Ok(Value::text(&truth.to_string()))
        }

        fn visit_str<E>(self, text: &str) -> Result<Value, E> {
            Ok(Value::text(text))
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

/// From 2^53 on, numbers with a fraction are further apart than 1.
pub(super) const LARGE: f64 = 9_007_199_254_740_992.0;

pub(super) const VALUE: &str = "a whole number below 2^64, a small one with a fraction, a string, null, or an array of whole numbers below 2^64 where the words differ";

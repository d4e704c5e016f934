//! What a register holds.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// The value of a register: one or more 64-bit words, or *nil*, the absence of a value.
///
/// A value whose words all agree is written as that word: `1` stands for `1`, for `1|1` and for any other number of
/// words that are all 1, and they are equal. So one drawing fits registers of every width. A value whose words differ
/// is written with bars, most often because a read was torn:
///
/// ```
/// use histories::Value;
///
/// assert_eq!(Value::from([1, 1]), Value::from(1));
/// assert_eq!(Value::from([0, 1]).to_string(), "0|1");
/// assert_eq!("0|1".parse(), Ok(Value::from([0, 1])));
/// ```
///
/// A register that holds nothing at first holds nil:
///
/// ```
/// use histories::Value;
///
/// assert_eq!("nil".parse(), Ok(Value::nil()));
/// assert_ne!(Value::nil(), Value::from(0));
/// ```
///
/// What a store holds that is no number below 2^64, such as a string, a keyword or a negative number, has its text as its
/// value. A text of digits is the number that it says:
///
/// ```
/// use histories::Value;
///
/// assert_eq!(Value::text("blue").to_string(), "blue");
/// assert_eq!(Value::text("light blue").to_string(), "\"light blue\"");
/// assert_eq!(Value::text("7"), Value::from(7));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(Words);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Words {
    /// Every word is this one, however many there are.
    Uniform(u64),
    Nil,
    /// Boxed once more, so that a value is no larger than the most frequent ones need.
    Rare(Box<Rare>),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Rare {
    /// At least two words, not all equal.
    Mixed(Box<[u64]>),
    /// A text that is neither a number below 2^64 nor several of them.
    Text(Box<str>),
}

impl Value {
    /// The absence of a value: what a register holds that nobody has written yet, where it has no initial value.
    pub fn nil() -> Self {
        Self(Words::Nil)
    }

    /// The value of this text: a number, or several separated by `|`, if the text says so; otherwise the text itself.
    pub fn text(text: &str) -> Self {
        words(text).unwrap_or_else(|| Self(Words::Rare(Box::new(Rare::Text(text.into())))))
    }

    /// Whether it is nil.
    pub fn is_nil(&self) -> bool {
        self.0 == Words::Nil
    }

    fn mixed(&self) -> Option<&[u64]> {
        match &self.0 {
            Words::Rare(rare) => match &**rare {
                Rare::Mixed(words) => Some(words),
                Rare::Text(_) => None,
            },
            Words::Uniform(_) | Words::Nil => None,
        }
    }

    /// Its text, if it is neither nil nor made of numbers below 2^64.
    pub fn as_text(&self) -> Option<&str> {
        match &self.0 {
            Words::Rare(rare) => match &**rare {
                Rare::Text(text) => Some(text),
                Rare::Mixed(_) => None,
            },
            Words::Uniform(_) | Words::Nil => None,
        }
    }

    /// The word that every word is.
    pub(crate) fn uniform(&self) -> Option<u64> {
        match &self.0 {
            Words::Uniform(word) => Some(*word),
            Words::Nil | Words::Rare(_) => None,
        }
    }

    /// Whether the words differ.
    pub fn is_mixed(&self) -> bool {
        self.mixed().is_some()
    }

    /// Word number `index`, counted from 0. A uniform value has this word at every index; a mixed one has `None` past
    /// its end.
    pub fn word(&self, index: usize) -> Option<u64> {
        match &self.0 {
            Words::Uniform(word) => Some(*word),
            Words::Nil | Words::Rare(_) => self.mixed()?.get(index).copied(),
        }
    }

    /// The value in exactly `N` words, or `None` if it is a mixed value of another width.
    pub fn to_words<const N: usize>(&self) -> Option<[u64; N]> {
        match &self.0 {
            Words::Uniform(word) => Some([*word; N]),
            Words::Nil | Words::Rare(_) => self.mixed()?.try_into().ok(),
        }
    }

    /// The number of words of a mixed value; `None` for a uniform one, which fits every width, for nil and for a text.
    pub fn width(&self) -> Option<usize> {
        self.mixed().map(<[u64]>::len)
    }

    /// Whether each of its words stands at the same place in one of `sources`, though the whole need not be one of
    /// them: what a read returns that collects its words from several writes.
    pub fn is_mix_of<'a>(&self, sources: impl IntoIterator<Item = &'a Value> + Clone) -> bool {
        if self.as_text().is_some() {
            return sources.into_iter().any(|source| source == self);
        }
        (0..self.width().unwrap_or(1)).all(|at| {
            let mut sources = sources.clone().into_iter();
            sources.any(|source| source.word(at) == self.word(at))
        })
    }

    /// Every value of `width` words whose words each come from one of `sources`: what a read may return that
    /// collects its words one by one while those values are written.
    ///
    /// ```
    /// use histories::Value;
    ///
    /// let sources = [Value::from(0), Value::from(1)];
    /// let mixes: Vec<String> = Value::mixes(&sources, 2).iter().map(Value::to_string).collect();
    /// assert_eq!(mixes, ["0", "0|1", "1|0", "1"]);
    /// ```
    pub fn mixes<'a>(
        sources: impl IntoIterator<Item = &'a Value> + Clone,
        width: usize,
    ) -> Vec<Value> {
        let mut mixes: Vec<Vec<u64>> = vec![Vec::new()];
        for at in 0..width {
            let mut words: Vec<u64> = sources
                .clone()
                .into_iter()
                .filter_map(|source| source.word(at))
                .collect();
            words.sort_unstable();
            words.dedup();
            mixes = mixes
                .iter()
                .flat_map(|mix| words.iter().map(|&word| [mix.as_slice(), &[word]].concat()))
                .collect();
        }
        mixes
            .iter()
            .map(|words| Value::from(words.as_slice()))
            .collect()
    }
}

impl From<u64> for Value {
    fn from(word: u64) -> Self {
        Self(Words::Uniform(word))
    }
}

impl From<&[u64]> for Value {
    /// # Panics
    ///
    /// If there are no words: a register holds at least one.
    fn from(words: &[u64]) -> Self {
        let first = *words.first().expect("a value has at least one word");
        if words.iter().all(|&word| word == first) {
            Self(Words::Uniform(first))
        } else {
            Self(Words::Rare(Box::new(Rare::Mixed(words.into()))))
        }
    }
}

impl<const N: usize> From<[u64; N]> for Value {
    fn from(words: [u64; N]) -> Self {
        Self::from(words.as_slice())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Words::Uniform(word) => f.pad(&word.to_string()),
            Words::Nil => f.pad("nil"),
            Words::Rare(rare) => match &**rare {
                Rare::Mixed(words) => {
                    let words: Vec<String> = words.iter().map(u64::to_string).collect();
                    f.pad(&words.join("|"))
                }
                Rare::Text(text) if is_bare(text) => f.pad(text),
                Rare::Text(text) => f.pad(&quoted(text)),
            },
        }
    }
}

/// Whether a text needs no quotes: a word that begins with a letter, or a negative whole number.
fn is_bare(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte);
    let is_negative = || {
        let digits = text.strip_prefix('-').unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_word = text
        .bytes()
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && text.bytes().all(is_inner);
    is_negative() || is_word && text != "nil"
}

/// A text as JSON writes it, with whatever else means something in the notation as an escape too.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        if character.is_alphanumeric() || " _-.:/+,;=@%&*".contains(character) {
            quoted.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                quoted.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    quoted + "\""
}

/// One or more whole numbers below 2^64, separated by `|`.
fn words(text: &str) -> Option<Value> {
    let word = |part: &str| {
        // `u64::from_str` also takes a leading `+`, which the notation has no use for.
        let part = part.trim();
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse().ok()).flatten()
    };
    let words: Option<Vec<u64>> = text.split('|').map(word).collect();
    words.map(|words| Value::from(words.as_slice()))
}

/// The text is not a value: neither one or more whole numbers below 2^64, separated by `|`, nor a word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a value: write a whole number, or several separated by `|`, one a word, or `nil`, or a text, in quotes \
     if it is more than a word"
)]
pub struct NotAValue(pub String);

impl FromStr for Value {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        let trimmed = text.trim();
        if trimmed == "nil" {
            return Ok(Self::nil());
        }
        if let Some(value) = words(trimmed) {
            return Ok(value);
        }
        if is_bare(trimmed) {
            return Ok(Self::text(trimmed));
        }
        let is_quoted = trimmed.starts_with('"');
        let unquoted: Option<String> = is_quoted
            .then(|| serde_json::from_str(trimmed).ok())
            .flatten();
        unquoted
            .map(|unquoted| Self::text(&unquoted))
            .ok_or_else(|| NotAValue(text.chars().take(40).collect()))
    }
}

impl Serialize for Value {
    /// A number, an array of numbers where the words differ, null, or a string.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Words::Uniform(word) => word.serialize(serializer),
            Words::Nil => serializer.serialize_unit(),
            Words::Rare(rare) => match &**rare {
                Rare::Mixed(words) => words.serialize(serializer),
                Rare::Text(text) => match text.parse::<i64>() {
                    Ok(negative) if negative.to_string() == **text => {
                        negative.serialize(serializer)
                    }
                    _ => text.serialize(serializer),
                },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_value_agree() {
        for text in [
            "0",
            "1",
            "18446744073709551615",
            "0|1",
            "1|0|0",
            "nil",
            "-1",
            "x",
            "a:b/c-d.e_1",
            "\"a b\"",
            "\"1.5\"",
            "\"\"",
            "\"nil\"",
            "\"\\u0028\\u003e\\u0029\\ud83d\\ude00\"",
        ] {
            assert_eq!(text.parse::<Value>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "|",
            "1|",
            "-",
            "1x",
            "a b",
            "\"a",
            "+1",
            "1.5",
            "18446744073709551616",
            "1 2",
        ] {
            assert!(
                text.parse::<Value>().is_err(),
                "{text:?} was taken for a value"
            );
        }
    }

    #[test]
    fn a_mix_takes_each_word_from_its_own_place() {
        let written = [Value::from([0, 1]), Value::from([2, 3])];
        assert!(Value::from([0, 3]).is_mix_of(&written));
        assert!(!Value::from([1, 0]).is_mix_of(&written));
        assert_eq!(Value::mixes(&written, 2).len(), 4);
    }
}

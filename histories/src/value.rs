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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(Words);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Words {
    /// Every word is this one, however many there are.
    Uniform(u64),
    /// At least two words, not all equal; or none at all, which is nil.
    Mixed(Box<[u64]>),
}

impl Value {
    /// The absence of a value: what a register holds that nobody has written yet, where it has no initial value.
    pub fn nil() -> Self {
        Self(Words::Mixed(Box::default()))
    }

    /// Whether it is nil.
    pub fn is_nil(&self) -> bool {
        matches!(&self.0, Words::Mixed(words) if words.is_empty())
    }

    /// The word that every word is.
    pub(crate) fn uniform(&self) -> Option<u64> {
        match &self.0 {
            Words::Uniform(word) => Some(*word),
            Words::Mixed(_) => None,
        }
    }

    /// Whether the words differ.
    pub fn is_mixed(&self) -> bool {
        matches!(&self.0, Words::Mixed(words) if !words.is_empty())
    }

    /// Word number `index`, counted from 0. A uniform value has this word at every index; a mixed one has `None` past
    /// its end.
    pub fn word(&self, index: usize) -> Option<u64> {
        match &self.0 {
            Words::Uniform(word) => Some(*word),
            Words::Mixed(words) => words.get(index).copied(),
        }
    }

    /// The value in exactly `N` words, or `None` if it is a mixed value of another width.
    pub fn to_words<const N: usize>(&self) -> Option<[u64; N]> {
        match &self.0 {
            Words::Uniform(word) => Some([*word; N]),
            Words::Mixed(words) => words[..].try_into().ok(),
        }
    }

    /// The number of words of a mixed value; `None` for a uniform one, which fits every width, and for nil.
    pub fn width(&self) -> Option<usize> {
        match &self.0 {
            Words::Mixed(words) if !words.is_empty() => Some(words.len()),
            _ => None,
        }
    }

    /// Whether each of its words stands at the same place in one of `sources`, though the whole need not be one of
    /// them: what a read returns that collects its words from several writes.
    pub fn is_mix_of<'a>(&self, sources: impl IntoIterator<Item = &'a Value> + Clone) -> bool {
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
            Self(Words::Mixed(words.into()))
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
        let text = match &self.0 {
            Words::Uniform(word) => word.to_string(),
            Words::Mixed(words) if words.is_empty() => "nil".to_owned(),
            Words::Mixed(words) => words
                .iter()
                .map(u64::to_string)
                .collect::<Vec<_>>()
                .join("|"),
        };
        f.pad(&text)
    }
}

/// The text is not a value: not one or more whole numbers below 2^64, separated by `|`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a value: write a whole number below 2^64, or several separated by `|`, one a word, or `nil`"
)]
pub struct NotAValue(pub String);

impl FromStr for Value {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        let word = |part: &str| {
            // `u64::from_str` also takes a leading `+`, which the notation has no use for.
            let part = part.trim();
            part.bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| part.parse().ok())
                .flatten()
        };
        if text.trim() == "nil" {
            return Ok(Self::nil());
        }
        let words: Option<Vec<u64>> = text.split('|').map(word).collect();
        let shown = || text.chars().take(40).collect();
        words
            .map(|words| Self::from(words.as_slice()))
            .ok_or_else(|| NotAValue(shown()))
    }
}

impl Serialize for Value {
    /// A number, an array of numbers where the words differ, or null.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Words::Uniform(word) => word.serialize(serializer),
            Words::Mixed(words) if words.is_empty() => serializer.serialize_unit(),
            Words::Mixed(words) => words.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_value_agree() {
        for text in ["0", "1", "18446744073709551615", "0|1", "1|0|0", "nil"] {
            assert_eq!(text.parse::<Value>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "|",
            "1|",
            "x",
            "-1",
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

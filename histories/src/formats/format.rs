//! The formats, and how one is told from the others.

use std::fmt;
use std::str::FromStr;

use super::log;

/// How a history is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// The [notation](crate::timeline): a picture.
    Notation,
    /// One JSON object a line.
    JsonLines,
    /// The `history.edn` of Jepsen.
    Edn,
    /// The same events as JSON: an array of objects, or one after the other.
    Json,
    /// The lines that Jepsen logs.
    Log,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Notation,
        Self::JsonLines,
        Self::Edn,
        Self::Json,
        Self::Log,
    ];

    /// The format of a text that begins so, if it looks like one.
    pub fn detect(beginning: &[u8]) -> Option<Self> {
        // Above the events of a log may stand what the test was given, which looks like something else.
        let mut above: Option<Self> = None;
        let mut is_above = false;
        let mut at = 0;
        for line in beginning.split(|&byte| byte == b'\n') {
            let rest = &beginning[at..];
            at += line.len() + 1;
            let line = line.trim_ascii();
            let is_timeline = || {
                let head = std::str::from_utf8(line).ok()?.split_once(':')?.0.trim();
                let name = head.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
                let named = ["thread", "process", "t", "p"]
                    .iter()
                    .any(|kind| name.eq_ignore_ascii_case(kind));
                (["init", "초기값"].contains(&head) || head.starts_with("init ") || named)
                    .then_some(())
            };
            let found = match line {
                [] => continue,
                [b';', ..] => Some(Self::Edn),
                [b'#', tag @ ..] if tag.starts_with(b"jepsen.") || tag.starts_with(b"knossos.") => {
                    Some(Self::Edn)
                }
                [b'#', ..] => continue,
                [b'{' | b'[' | b'(', ..] => Some(Self::of_map(rest)),
                _ if is_timeline().is_some() => Some(Self::Notation),
                _ if log::is_event(line) => return Some(Self::Log),
                _ => None,
            };
            match found {
                Some(found) if !is_above => return Some(found),
                found => above = above.or(found),
            }
            is_above = true;
        }
        above
    }

    /// The format of what begins with a map or a list.
    fn of_map(text: &[u8]) -> Self {
        let text = text.trim_ascii_start();
        let inner = match text {
            [b'[', inner @ ..] => inner.trim_ascii_start(),
            text => text,
        };
        let [b'{', first @ ..] = inner else {
            return Self::Edn;
        };
        let is_json = matches!(first.trim_ascii_start(), [b'"' | b'}', ..]);
        let end = memchr::memchr2(b'}', b'\n', first).unwrap_or(first.len());
        let has = |field: &[u8]| memchr::memmem::find(&first[..end], field).is_some();
        match is_json {
            true if text[0] == b'[' || has(b"\"type\"") && !has(b"\"op\"") => Self::Json,
            true => Self::JsonLines,
            false => Self::Edn,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Notation => "notation",
            Self::JsonLines => "jsonl",
            Self::Edn => "edn",
            Self::Json => "json",
            Self::Log => "log",
        })
    }
}

/// The text is the name of no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no format: the formats are notation, jsonl, edn, json and log")]
pub struct NotAFormat(pub String);

impl FromStr for Format {
    type Err = NotAFormat;

    fn from_str(text: &str) -> Result<Self, NotAFormat> {
        let found = Self::ALL
            .into_iter()
            .find(|format| format.to_string() == text);
        found.ok_or_else(|| NotAFormat(text.chars().take(40).collect()))
    }
}

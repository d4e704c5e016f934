//! Whether events that are said to be JSON are. The scanner that reads them is one of EDN, to which commas are space and
//! which knows comments; so what it has taken is looked at once more, by a parser of JSON.

use serde::de::IgnoredAny;

use super::{Flaw, Problem};

/// How far a file of JSON has come: an array of objects, or one object after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Json {
    #[default]
    Start,
    /// Behind the bracket that opens the array.
    Opened,
    /// Behind a value of the array.
    Behind,
    /// Behind a comma.
    Comma,
    /// Between values that stand one after the other.
    Between,
    Closed,
}

impl Json {
    /// Looks at the next bytes, which end between two tokens.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), Flaw> {
        let mut at = 0;
        loop {
            let is_blank = |byte: &&u8| matches!(**byte, b' ' | b'\n' | b'\r' | b'\t');
            at += bytes[at..].iter().take_while(is_blank).count();
            let Some(&byte) = bytes.get(at) else {
                return Ok(());
            };
            let said = |said: &str| Err(Flaw::at(at, Problem::NotJson(said.to_owned())));
            *self = match (*self, byte) {
                (Self::Start, b'[') => Self::Opened,
                (Self::Opened | Self::Behind, b']') => Self::Closed,
                (Self::Behind, b',') => Self::Comma,
                (Self::Behind, _) => {
                    return said("between two values of an array stands one comma");
                }
                (Self::Comma, b',' | b']') => return said("behind a comma stands a value"),
                (Self::Start | Self::Between, b',') => {
                    return said(
                        "values that are in no array stand one after the other, without commas",
                    );
                }
                (Self::Closed, _) => return said("nothing stands behind the array"),
                (state, _) => {
                    at += value(&bytes[at..]).map_err(|flaw| Flaw {
                        at: at + flaw.at,
                        ..flaw
                    })?;
                    *self = match state {
                        Self::Opened | Self::Comma => Self::Behind,
                        _ => Self::Between,
                    };
                    continue;
                }
            };
            at += 1;
        }
    }
}

/// How long the value is with which some bytes begin.
fn value(bytes: &[u8]) -> Result<usize, Flaw> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    let error = match values.next() {
        Some(Ok(_)) => return Ok(values.byte_offset()),
        Some(Err(error)) => error,
        None => return Ok(bytes.len()),
    };
    let before = bytes
        .split_inclusive(|&byte| byte == b'\n')
        .take(error.line().saturating_sub(1));
    let at = before.map(<[u8]>::len).sum::<usize>() + error.column().saturating_sub(1);
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    Err(Flaw::at(
        at.min(bytes.len()),
        Problem::NotJson(format!("this is not JSON: {said}")),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_an_array_or_one_value_after_the_other() {
        for good in [
            "",
            "[]",
            "[{}]",
            "[ {\"a\":1} , {} ]\n",
            "{}\n{}",
            "{} {}",
            "{\"a\":[1,2,\"x\\/\"]}",
        ] {
            for cut in 0..=good.len() {
                // Only where it is cut within a value is it looked at in one piece.
                let is_between =
                    good[..cut].matches('{').count() == good[..cut].matches('}').count();
                let mut json = Json::default();
                if is_between {
                    json.take(&good.as_bytes()[..cut])
                        .unwrap_or_else(|flaw| panic!("{good}: {flaw:?}"));
                    json.take(&good.as_bytes()[cut..])
                        .unwrap_or_else(|flaw| panic!("{good}: {flaw:?}"));
                }
            }
        }
        for (bad, at) in [
            ("[,{}]", 1),
            ("[{},]", 4),
            ("[{} {}]", 4),
            ("[{},,{}]", 4),
            ("{},{}", 2),
            ("{\"a\":1,}", 7),
            ("{\"a\" 1}", 5),
            ("{\"a\":1 \"b\":2}", 7),
            ("{\"a\":01}", 6),
            ("{\"a\":nil}", 6),
            ("{\n\"a\":1;x\n}", 7),
            ("[{}]]", 4),
        ] {
            let found = Json::default().take(bad.as_bytes());
            assert_eq!(found.expect_err(bad).at, at, "{bad}");
        }
    }
}

//! JSON whose numbers survive programs that read all numbers as doubles, as jq and JavaScript do.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{Formatter, PrettyFormatter};

/// The largest number up to which a double holds every whole number.
const EXACT: u64 = 1 << 53;

/// Writes a document. Whole numbers above 2^53 are written as strings, since nobody who reads doubles could tell them
/// from their neighbours.
///
/// # Errors
///
/// If it cannot be written.
pub fn write<T: Serialize + ?Sized>(mut writer: impl Write, document: &T) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut writer, Exact(PrettyFormatter::new()));
    document.serialize(&mut serializer)?;
    writeln!(writer)
}

/// As it is printed for people, but for large numbers.
struct Exact(PrettyFormatter<'static>);

impl Formatter for Exact {
    fn write_u64<W: ?Sized + Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        self.write_u128(writer, value.into())
    }

    fn write_i64<W: ?Sized + Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        match value.unsigned_abs() {
            ..=EXACT => write!(writer, "{value}"),
            _ => write!(writer, "\"{value}\""),
        }
    }

    fn write_u128<W: ?Sized + Write>(&mut self, writer: &mut W, value: u128) -> io::Result<()> {
        match value {
            value if value <= EXACT.into() => write!(writer, "{value}"),
            _ => write!(writer, "\"{value}\""),
        }
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_numbers_that_no_double_holds_are_strings() {
        let document =
            json!({"a": [EXACT, EXACT + 1, u64::MAX], "b": -1, "c": i64::MIN, "d": 0.5, "e": {}});
        let mut written = Vec::new();
        write(&mut written, &document).unwrap();
        let read: serde_json::Value = serde_json::from_slice(&written).unwrap();
        let expected = json!({
            "a": [EXACT, "9007199254740993", "18446744073709551615"],
            "b": -1,
            "c": "-9223372036854775808",
            "d": 0.5,
            "e": {},
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn else_it_is_printed_as_usual() {
        let document = json!({"a": [1, {"b": []}, null], "c": "text"});
        let mut written = Vec::new();
        write(&mut written, &document).unwrap();
        let usual = format!("{document:#}\n");
        assert_eq!(String::from_utf8(written).unwrap(), usual);
    }
}

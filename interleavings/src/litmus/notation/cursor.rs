//! A place in a line, and what is taken there.

use super::{ParseError, WORDS};
use crate::litmus::Ordering;

/// A place in a line.
pub(super) struct Cursor<'a> {
    line: usize,
    text: &'a str,
    /// In bytes.
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(line: usize, text: &'a str) -> Self {
        let mut cursor = Self { line, text, at: 0 };
        cursor.skip_space();
        cursor
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// The next token: a punctuation mark, or whatever there is before the next space or mark.
    pub(super) fn peek(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_whitespace() || c == ';' || c == ',');
        match end {
            Some(0) => &rest[..1],
            Some(end) => &rest[..end],
            None => rest,
        }
    }

    pub(super) fn takes(&mut self, token: &str) -> bool {
        let found = self.peek() == token;
        if found {
            self.at += token.len();
            self.skip_space();
        }
        found
    }

    pub(super) fn take(&mut self, token: &str) -> Result<(), ParseError> {
        match self.takes(token) {
            true => Ok(()),
            false => Err(self.expected(&format!("`{token}`"))),
        }
    }

    /// What stands after the next token, up to the end of the line.
    pub(super) fn prose(&mut self) -> &'a str {
        self.at += self.peek().len();
        let prose = self.rest().trim();
        self.at = self.text.len();
        prose
    }

    pub(super) fn word(&mut self) -> Result<usize, ParseError> {
        let token = self.peek();
        let named = |&name: &u8| token.as_bytes() == [name];
        match WORDS.iter().position(named) {
            Some(word) => {
                self.take(token)?;
                Ok(word)
            }
            None => Err(self.expected("a word (x, y, z, w, v, u, t or s) or `fence`")),
        }
    }

    pub(super) fn number(&mut self, what: &str) -> Result<u64, ParseError> {
        let token = self.peek();
        match token.parse() {
            Ok(number) => {
                self.take(token)?;
                Ok(number)
            }
            Err(_) => Err(self.expected(&format!("{what}, a number below 2^64"))),
        }
    }

    /// The value that a read is asked to return.
    pub(super) fn asked(&mut self) -> Result<Option<u64>, ParseError> {
        match self.takes("?") {
            true => Ok(None),
            false => Ok(Some(self.number("a value or `?`")?)),
        }
    }

    pub(super) fn order(
        &mut self,
        of: &str,
        possible: &[Ordering],
    ) -> Result<Ordering, ParseError> {
        let token = self.peek();
        let named = |order: &&Ordering| format!("{order:?}") == token;
        match possible.iter().find(named) {
            Some(&order) => {
                self.take(token)?;
                Ok(order)
            }
            None => Err(self.expected(&format!("the ordering of {of}, one of {possible:?}"))),
        }
    }

    pub(super) fn verdict(&mut self, model: &str) -> Result<bool, ParseError> {
        self.take(model)?;
        if self.takes("allows") {
            Ok(true)
        } else if self.takes("forbids") {
            Ok(false)
        } else {
            Err(self.expected("`allows` or `forbids`"))
        }
    }

    pub(super) fn end(&self) -> Result<(), ParseError> {
        match self.rest() {
            "" => Ok(()),
            _ => Err(self.expected("the end of the line")),
        }
    }

    pub(super) fn expected(&self, expected: &str) -> ParseError {
        ParseError {
            line: self.line,
            column: self.text[..self.at].chars().count() + 1,
            expected: expected.to_owned(),
            found: self.peek().to_owned(),
        }
    }
}

//! The input, of which only a window is in memory.
//!
//! A scanner looks at what the window shows and takes record after record from its front. Where a record goes on beyond
//! the window, the scanner asks for more and begins the record again. So a file of any length needs one buffer, which
//! grows with the longest record and never beyond [`MAX_RECORD`].

use std::io::{ErrorKind, Read};

use super::{Flaw, Problem, ReadError};

/// The longest record, in bytes: a line, or a map of an EDN file.
pub const MAX_RECORD: usize = 1 << 20;

/// How much is asked of the input at once, in bytes.
const CHUNK: usize = 1 << 18;

#[derive(Debug)]
pub(super) struct Window<R> {
    input: R,
    buffer: Vec<u8>,
    /// What the window shows: `buffer[start..end]`.
    start: usize,
    end: usize,
    /// The text is known to be UTF-8 up to here.
    valid: usize,
    ended: bool,
    /// How many lines end before the buffer, and how many characters of the line it begins in stand before it.
    lines: usize,
    characters: usize,
}

impl<R: Read> Window<R> {
    /// A window that shows the beginning of the input.
    pub(super) fn new(input: R) -> Result<Self, ReadError> {
        let mut window = Self {
            input,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            valid: 0,
            ended: false,
            lines: 0,
            characters: 0,
        };
        window.more()?;
        // A byte order mark says nothing in UTF-8.
        if window.rest().starts_with("\u{feff}".as_bytes()) {
            window.buffer.drain(..3);
            window.end -= 3;
            window.valid -= 3;
        }
        Ok(window)
    }

    /// What the window shows.
    pub(super) fn rest(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Whether the input ends where the window does.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Moves the front of the window behind a record.
    pub(super) fn consume(&mut self, length: usize) {
        self.start += length;
        debug_assert!(self.start <= self.end, "only what is shown is consumed");
    }

    /// Shows more, if there is more, and says whether there is. What was consumed goes.
    pub(super) fn more(&mut self) -> Result<bool, ReadError> {
        if self.ended {
            return Ok(false);
        }
        if self.end - self.start > MAX_RECORD {
            return Err(self.error(Flaw::at(0, Problem::TooLong)));
        }
        self.forget();
        if self.buffer.len() < self.end + CHUNK {
            // Doubled, so that a record which is begun again and again costs no more than a few times its length.
            self.buffer.resize(self.end + CHUNK.max(self.end), 0);
        }
        let before = self.end;
        while self.end < self.buffer.len() {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(length) => self.end += length,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.validate()?;
        Ok(self.end > before)
    }

    /// The next line with its line feed, whole; nothing at the end of the input.
    pub(super) fn line(&mut self) -> Result<usize, ReadError> {
        let mut searched = 0;
        loop {
            let rest = self.rest();
            if let Some(at) = memchr::memchr(b'\n', &rest[searched..]) {
                return Ok(searched + at + 1);
            }
            searched = rest.len();
            if !self.more()? {
                return Ok(searched);
            }
        }
    }

    /// The line, counted from 1, of what is so far from the front of the window.
    pub(super) fn line_at(&self, at: usize) -> usize {
        let before = &self.buffer[..(self.start + at).min(self.end)];
        self.lines + memchr::memchr_iter(b'\n', before).count() + 1
    }

    /// What is wrong so far from the front of the window, with its line and column.
    pub(super) fn error(&self, flaw: Flaw) -> ReadError {
        let before = &self.buffer[..(self.start + flaw.at).min(self.end)];
        let (lines, characters) = self.after(before);
        ReadError::At {
            line: lines + 1,
            column: characters + 1,
            field: flaw.field,
            problem: Box::new(flaw.problem),
        }
    }

    /// How many lines have ended, and how many characters of the next one have passed, after these bytes of the buffer.
    fn after(&self, bytes: &[u8]) -> (usize, usize) {
        let (last, carried) = match memchr::memrchr(b'\n', bytes) {
            Some(at) => (&bytes[at + 1..], 0),
            None => (bytes, self.characters),
        };
        let lines = memchr::memchr_iter(b'\n', bytes).count();
        let is_first = |&&byte: &&u8| byte & 0xC0 != 0x80;
        (
            self.lines + lines,
            carried + last.iter().filter(is_first).count(),
        )
    }

    fn forget(&mut self) {
        (self.lines, self.characters) = self.after(&self.buffer[..self.start]);
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.valid = self.valid.saturating_sub(self.start);
        self.start = 0;
    }

    fn validate(&mut self) -> Result<(), ReadError> {
        match std::str::from_utf8(&self.buffer[self.valid..self.end]) {
            Ok(_) => self.valid = self.end,
            Err(error) => {
                self.valid += error.valid_up_to();
                // The last character may have been cut in two by the end of the window.
                if error.error_len().is_some() || self.ended {
                    let at = self.valid - self.start;
                    return Err(self.error(Flaw::at(at, Problem::NotUtf8)));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = self.0.len().min(buffer.len()).min(3);
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    #[test]
    fn lines_and_columns_are_counted_across_the_windows() {
        let line = "é".repeat(1000) + "\n";
        let text = line.repeat(1000);
        let mut window = Window::new(Drip(text.as_bytes())).unwrap();
        for number in 1..=1000 {
            let length = window.line().unwrap();
            assert_eq!(length, line.len());
            let ReadError::At { line, column, .. } = window.error(Flaw::at(20, Problem::Truncated))
            else {
                panic!("it has a place");
            };
            assert_eq!((line, column), (number, 11));
            window.consume(length);
        }
        assert_eq!(window.line().unwrap(), 0);
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut window = Window::new(std::io::repeat(b'x')).unwrap();
        assert!(matches!(window.line(), Err(ReadError::At { line: 1, .. })));
        assert!(window.buffer.len() <= 4 * MAX_RECORD);
    }

    #[test]
    fn what_is_no_text_is_refused_where_it_begins() {
        let cut = &"ab\né".as_bytes()[..4];
        for bytes in [&b"ab\n\xFF"[..], cut] {
            let Err(ReadError::At { line, column, .. }) = Window::new(bytes) else {
                panic!("{bytes:?} was taken for text");
            };
            assert_eq!((line, column), (2, 1));
        }
    }
}

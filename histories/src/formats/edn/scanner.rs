//! A scanner of EDN: it goes over the bytes once and keeps no tree.

use crate::formats::{Flaw, Problem, shown};

/// Why the scanner stops.
#[derive(Debug)]
pub(in crate::formats) enum Stop {
    /// The bytes end within something: there may be more of them.
    More,
    Flaw(Box<Flaw>),
}

impl From<Flaw> for Stop {
    fn from(flaw: Flaw) -> Self {
        Self::Flaw(Box::new(flaw))
    }
}

/// Something without parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Atom<'a> {
    Nil,
    Number(u64),
    /// A keyword without its colon, a symbol, or a string without its quotes.
    Text(&'a [u8]),
    /// A string with escapes in it.
    Escaped(&'a [u8]),
    /// Anything else: a number that is negative, too large or not whole, or something with parts.
    Other(&'a [u8]),
}

/// What may stand behind `:value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Form<'a> {
    Atom(Atom<'a>),
    /// `[a b]`
    Pair(Atom<'a>, Atom<'a>),
    /// `[key [a b]]`
    KeyedPair(Atom<'a>, Atom<'a>, Atom<'a>),
    Other(&'a [u8]),
}

/// What ends a number, a keyword or a symbol.
const ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    let mut at = 0;
    while at <= b' ' as usize {
        ends[at] = true;
        at += 1;
    }
    let marks = b",()[]{}\";\\@^`~\x7F";
    at = 0;
    while at < marks.len() {
        ends[marks[at] as usize] = true;
        at += 1;
    }
    ends
};

/// What separates forms: space and commas.
pub(super) const BLANKS: [bool; 256] = {
    let mut blanks = [false; 256];
    let marks = b" ,\n\r\t\x0C";
    let mut at = 0;
    while at < marks.len() {
        blanks[marks[at] as usize] = true;
        at += 1;
    }
    blanks
};

#[derive(Debug)]
pub(in crate::formats) struct Scanner<'a> {
    pub(super) bytes: &'a [u8],
    pub(in crate::formats) at: usize,
    /// Nothing follows the bytes, so their end is that of a token.
    closed: bool,
}

impl<'a> Scanner<'a> {
    pub(in crate::formats) fn new(bytes: &'a [u8], closed: bool) -> Self {
        Self {
            bytes,
            at: 0,
            closed,
        }
    }

    fn peek(&self) -> Result<u8, Stop> {
        self.bytes.get(self.at).copied().ok_or(Stop::More)
    }

    /// Passes over space, commas, comments and what is discarded; returns the byte behind, which stays.
    #[inline]
    pub(in crate::formats) fn blank(&mut self) -> Result<u8, Stop> {
        let mut byte = self.peek()?;
        while BLANKS[usize::from(byte)] {
            self.at += 1;
            byte = self.peek()?;
        }
        match byte == b';' || byte == b'#' {
            true => self.aside(),
            false => Ok(byte),
        }
    }

    /// As [`blank`](Self::blank), where a comment or a tag begins.
    #[cold]
    fn aside(&mut self) -> Result<u8, Stop> {
        loop {
            match self.peek()? {
                byte if BLANKS[usize::from(byte)] => self.at += 1,
                b';' => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr(b'\n', rest).ok_or(Stop::More)? + 1;
                }
                b'#' if *self.bytes.get(self.at + 1).ok_or(Stop::More)? == b'_' => {
                    self.at += 2;
                    self.skip()?;
                }
                other => return Ok(other),
            }
        }
    }

    pub(super) fn token(&mut self) -> Result<&'a [u8], Stop> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| ENDS[usize::from(byte)]);
        let length = match length {
            Some(length) => length,
            None if self.closed => rest.len(),
            None => return Err(Stop::More),
        };
        self.at += length;
        Ok(&rest[..length])
    }

    /// What stands here in place of `wanted`.
    pub(super) fn unexpected(&self, wanted: &'static str) -> Stop {
        let rest = &self.bytes[self.at..];
        let found = match rest
            .utf8_chunks()
            .next()
            .and_then(|chunk| chunk.valid().chars().next())
        {
            Some(c) => format!("{c:?}"),
            None => shown(rest),
        };
        Flaw::at(self.at, Problem::Unexpected { found, wanted }).into()
    }

    /// One form, whatever it is.
    pub(super) fn skip(&mut self) -> Result<(), Stop> {
        let mut open: Vec<u8> = Vec::new();
        // How many forms that end outside all brackets are still discarded.
        let mut discarded = 0;
        loop {
            let byte = match self.peek()? {
                b' ' | b',' | b'\n' | b'\r' | b'\t' | b'\x0C' => {
                    self.at += 1;
                    continue;
                }
                b';' => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr(b'\n', rest).ok_or(Stop::More)? + 1;
                    continue;
                }
                byte => byte,
            };
            match byte {
                b'[' | b'(' | b'{' => {
                    self.at += 1;
                    open.push(match byte {
                        b'[' => b']',
                        b'(' => b')',
                        _ => b'}',
                    });
                    continue;
                }
                b']' | b')' | b'}' => match open.pop() {
                    Some(due) if due == byte => self.at += 1,
                    Some(b']') => return Err(self.unexpected("`]`")),
                    Some(b')') => return Err(self.unexpected("`)`")),
                    Some(_) => return Err(self.unexpected("`}`")),
                    None => return Err(self.unexpected("a value")),
                },
                b'"' => drop(self.string()?),
                b'\\' => {
                    // The character itself may be one that ends a token.
                    self.at += 2;
                    if self.at > self.bytes.len() {
                        return Err(Stop::More);
                    }
                    self.token()?;
                }
                b'#' => {
                    match self.bytes.get(self.at + 1).ok_or(Stop::More)? {
                        b'{' => self.at += 1,
                        b'_' => {
                            self.at += 2;
                            discarded += usize::from(open.is_empty());
                        }
                        _ => drop(self.token()?),
                    }
                    continue;
                }
                _ => {
                    if self.token()?.is_empty() {
                        return Err(self.unexpected("a value"));
                    }
                }
            }
            if open.is_empty() {
                if discarded == 0 {
                    return Ok(());
                }
                discarded -= 1;
            }
        }
    }

    /// A string; the scanner stands at its quote. What is between the quotes, and whether there are escapes in it.
    pub(super) fn string(&mut self) -> Result<Atom<'a>, Stop> {
        let rest = &self.bytes[self.at + 1..];
        let mut at = 0;
        let mut escaped = false;
        loop {
            at += memchr::memchr2(b'"', b'\\', &rest[at..]).ok_or(Stop::More)?;
            if rest[at] == b'"' {
                break;
            }
            escaped = true;
            at += 2;
            if at > rest.len() {
                return Err(Stop::More);
            }
        }
        self.at += at + 2;
        Ok(match escaped {
            true => Atom::Escaped(&rest[..at]),
            false => Atom::Text(&rest[..at]),
        })
    }

    /// Something without parts, or [`Atom::Other`].
    #[inline]
    pub(in crate::formats) fn atom(&mut self) -> Result<Atom<'a>, Stop> {
        let byte = self.blank()?;
        if byte == b':' {
            self.at += 1;
            return Ok(Atom::Text(self.token()?));
        }
        if byte.is_ascii_digit() {
            let start = self.at;
            let (mut at, mut number) = (start, 0_u64);
            while let Some(digit @ 0..=9) = self.bytes.get(at).map(|byte| byte.wrapping_sub(b'0')) {
                number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
                at += 1;
            }
            let ends = self
                .bytes
                .get(at)
                .is_some_and(|&byte| ENDS[usize::from(byte)]);
            // No 19 digits are too many for 64 bits.
            if ends && at - start <= 19 {
                self.at = at;
                return Ok(Atom::Number(number));
            }
            let token = self.token()?;
            return Ok(self::number(token).unwrap_or(Atom::Other(token)));
        }
        match byte {
            b'"' => self.string(),
            b'[' | b'(' | b'{' | b'#' | b'\\' => {
                let start = self.at;
                self.skip()?;
                Ok(Atom::Other(&self.bytes[start..self.at]))
            }
            _ => {
                let token = self.token()?;
                match token {
                    [] => Err(self.unexpected("a value")),
                    b"nil" | b"null" => Ok(Atom::Nil),
                    [b'+', rest @ ..] if number(rest).is_some() => {
                        Ok(number(rest).unwrap_or(Atom::Other(token)))
                    }
                    [b'-' | b'+', b'0'..=b'9', ..] => Ok(Atom::Other(token)),
                    _ => Ok(Atom::Text(token)),
                }
            }
        }
    }

    /// What stands behind `:value`.
    pub(in crate::formats) fn form(&mut self) -> Result<Form<'a>, Stop> {
        let mut byte = self.blank()?;
        let start = self.at;
        // A tag says which type it is; `#{` is a set.
        while byte == b'#' && *self.bytes.get(self.at + 1).ok_or(Stop::More)? != b'{' {
            self.token()?;
            byte = self.blank()?;
        }
        if !matches!(byte, b'[' | b'(') {
            return Ok(Form::Atom(self.atom()?));
        }
        self.at += 1;
        if let Some(form) = self.pair()? {
            return Ok(form);
        }
        self.at = start;
        self.skip()?;
        Ok(Form::Other(&self.bytes[start..self.at]))
    }

    /// `a b]` or `key [a b]]`, or nothing if it is something else.
    fn pair(&mut self) -> Result<Option<Form<'a>>, Stop> {
        if matches!(self.blank()?, b']' | b')') {
            return Ok(None);
        }
        let first = self.atom()?;
        let form = match self.blank()? {
            b']' | b')' => return Ok(None),
            b'[' | b'(' => {
                self.at += 1;
                if matches!(self.blank()?, b']' | b')') {
                    return Ok(None);
                }
                let expected = self.atom()?;
                if matches!(self.blank()?, b']' | b')') {
                    return Ok(None);
                }
                let new = self.atom()?;
                if !matches!(self.blank()?, b']' | b')') {
                    return Ok(None);
                }
                self.at += 1;
                Form::KeyedPair(first, expected, new)
            }
            _ => Form::Pair(first, self.atom()?),
        };
        let ends = matches!(self.blank()?, b']' | b')');
        self.at += usize::from(ends);
        Ok(ends.then_some(form))
    }
}

/// A whole number below 2^64; it may end with an `N`.
fn number<'a>(token: &[u8]) -> Option<Atom<'a>> {
    let digits = token.strip_suffix(b"N").unwrap_or(token);
    if digits.is_empty() {
        return None;
    }
    let mut number: u64 = 0;
    if digits.len() < 20 {
        for &byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            number = number * 10 + u64::from(digit);
        }
        return Some(Atom::Number(number));
    }
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(Atom::Number(number))
}

/// A string with its escapes replaced, if they are ones that EDN or JSON has.
pub(in crate::formats) fn unescaped(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        plain.push(match characters.next()? {
            't' => '\t',
            'r' => '\r',
            'n' => '\n',
            'b' => '\u{8}',
            'f' => '\u{c}',
            '\\' => '\\',
            '"' => '"',
            '/' => '/',
            'u' => {
                let high = unit(&mut characters)?;
                match char::from_u32(high) {
                    Some(character) => character,
                    // JSON writes what lies beyond 2^16 in two.
                    None if characters.next()? == '\\' && characters.next()? == 'u' => {
                        let pair = [high, unit(&mut characters)?].map(|unit| unit as u16);
                        char::decode_utf16(pair).next()?.ok()?
                    }
                    None => return None,
                }
            }
            _ => return None,
        });
    }
    Some(plain)
}

/// Four digits of an escape.
fn unit(characters: &mut std::str::Chars<'_>) -> Option<u32> {
    let mut unit = 0;
    for _ in 0..4 {
        unit = unit * 16 + characters.next()?.to_digit(16)?;
    }
    Some(unit)
}

/// The only micro-operation of a transaction, `[[:w key value]]`: what it does, to which key, and the value.
pub(in crate::formats) fn only<'a>(
    transaction: &'a [u8],
) -> Option<(Atom<'a>, Atom<'a>, Atom<'a>)> {
    let mut scanner = Scanner::new(transaction, true);
    for _ in 0..2 {
        matches!(scanner.blank().ok()?, b'[' | b'(').then_some(())?;
        scanner.at += 1;
    }
    let mut next = || -> Option<Atom<'a>> {
        let is_there = !matches!(scanner.blank().ok()?, b']' | b')');
        is_there.then(|| scanner.atom().ok()).flatten()
    };
    let only = (next()?, next()?, next()?);
    for _ in 0..2 {
        matches!(scanner.blank().ok()?, b']' | b')').then_some(())?;
        scanner.at += 1;
    }
    Some(only)
}

/// The two atoms of `[a b]`.
pub(in crate::formats) fn two(form: &[u8]) -> Option<(Atom<'_>, Atom<'_>)> {
    match Scanner::new(form, true).form() {
        Ok(Form::Pair(one, other)) => Some((one, other)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_form_is_passed_over() {
        for text in [
            "1",
            "nil",
            ":a/b",
            "-1.5e3M",
            "\"a \\\" ] b\"",
            "\\a",
            "\\]",
            "\\newline",
            "[1 [2 {:a #{3 4}}] ()]",
            "#inst \"1985-04-12\"",
            "#a/b {:c [1]}",
            "#_ 1 2",
            "#_#_ 1 [2] {3 4}",
            "[#_ [1] ; ] \n 2]",
        ] {
            let padded = format!("{text} !");
            let mut scanner = Scanner::new(padded.as_bytes(), false);
            scanner
                .skip()
                .unwrap_or_else(|stop| panic!("{text}: {stop:?}"));
            assert_eq!(scanner.at, text.len(), "{text}");
        }
    }

    #[test]
    fn numbers_are_below_two_to_the_64() {
        let of = |text: &'static str| Scanner::new(text.as_bytes(), true).atom().unwrap();
        assert_eq!(of("18446744073709551615"), Atom::Number(u64::MAX));
        assert_eq!(of("+7"), Atom::Number(7));
        assert_eq!(of("7N"), Atom::Number(7));
        assert_eq!(of("000000000000000000000000001"), Atom::Number(1));
        for text in [
            "18446744073709551616",
            "-1",
            "1.5",
            "1/2",
            "0x10",
            "99999999999999999999999",
        ] {
            assert_eq!(of(text), Atom::Other(text.as_bytes()));
        }
    }

    #[test]
    fn values_are_one_of_three_shapes() {
        let of = |text: &str| match Scanner::new(text.as_bytes(), true).form() {
            Ok(Form::Other(_)) => "other",
            Ok(Form::Atom(_)) => "atom",
            Ok(Form::Pair(..)) => "pair",
            Ok(Form::KeyedPair(..)) => "keyed pair",
            Err(_) => "error",
        };
        for (text, shape) in [
            ("1", "atom"),
            (":timed-out", "atom"),
            ("[1 2]", "pair"),
            ("#jepsen.independent.Tuple [:x nil]", "pair"),
            ("[\"x\" [1 2]]", "keyed pair"),
            ("[1]", "other"),
            ("[]", "other"),
            ("[1 2 3]", "other"),
            ("[1 [2]]", "other"),
            ("[1 [2 3 4]]", "other"),
            ("[1 [2 3] 4]", "other"),
            ("#{1 2}", "atom"),
            ("[1", "error"),
            ("[1 2)", "pair"),
            ("]", "error"),
        ] {
            assert_eq!(of(text), shape, "{text}");
        }
    }

    #[test]
    fn escapes_are_those_of_edn() {
        assert_eq!(unescaped(br#"a\"\\\u0041\n"#).unwrap(), "a\"\\A\n");
        assert_eq!(unescaped(br"\/\ud83d\ude00").unwrap(), "/\u{1F600}");
        assert_eq!(unescaped(br"\ud83d\u0041"), None);
        assert_eq!(unescaped(br"\q"), None);
        assert_eq!(unescaped(br"\uD800"), None);
        assert_eq!(unescaped(br"\u12"), None);
    }
}

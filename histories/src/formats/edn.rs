//! EDN, as far as histories need it, and the `history.edn` of Jepsen.
//!
//! The scanner goes over the bytes once and keeps no tree: of an event it looks at the fields that matter, and passes
//! over the others however deeply they are nested, with a stack of its own. The halves of a long window are scanned side
//! by side.
//!
//! JSON is read as well: to a scanner for which commas are space, an object is a map whose keys are strings with a colon
//! behind them, and `null` is nil.

use std::io::{Read, Write};
use std::ops::Range;

use super::jepsen::{Event, Events, Happened, Kind, Verb};
use super::places::Sought;
use super::window::Window;
use super::{Flaw, Format, Noted, Options, Problem, ReadError, WriteError, jepsen, shown};
use crate::History;

/// Why the scanner stops.
#[derive(Debug)]
pub(super) enum Stop {
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
pub(super) enum Atom<'a> {
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
pub(super) enum Form<'a> {
    Atom(Atom<'a>),
    /// `[a b]`
    Pair(Atom<'a>, Atom<'a>),
    /// `[key [a b]]`
    KeyedPair(Atom<'a>, Atom<'a>, Atom<'a>),
    Other(&'a [u8]),
}

/// The keys of an event that say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Type,
    F,
    Value,
    Process,
    Time,
    Swapped,
    Key,
    Together,
    Other,
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
const BLANKS: [bool; 256] = {
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
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
    /// Nothing follows the bytes, so their end is that of a token.
    closed: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(bytes: &'a [u8], closed: bool) -> Self {
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
    pub(super) fn blank(&mut self) -> Result<u8, Stop> {
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

    fn token(&mut self) -> Result<&'a [u8], Stop> {
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
    fn unexpected(&self, wanted: &'static str) -> Stop {
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
    fn skip(&mut self) -> Result<(), Stop> {
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
    fn string(&mut self) -> Result<Atom<'a>, Stop> {
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
    pub(super) fn atom(&mut self) -> Result<Atom<'a>, Stop> {
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
    pub(super) fn form(&mut self) -> Result<Form<'a>, Stop> {
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

    /// The key that the scanner stands at.
    #[inline]
    fn field(&mut self) -> Result<Field, Stop> {
        // As Jepsen prints them, one space follows. Patterns of known length are compared in place, without a call.
        let (length, field) = match &self.bytes[self.at..] {
            [b':', b't', b'y', b'p', b'e', b' ', ..] => (6, Field::Type),
            [b':', b'f', b' ', ..] => (3, Field::F),
            [b':', b'v', b'a', b'l', b'u', b'e', b' ', ..] => (7, Field::Value),
            [b':', b'p', b'r', b'o', b'c', b'e', b's', b's', b' ', ..] => (9, Field::Process),
            [b':', b't', b'i', b'm', b'e', b' ', ..] => (6, Field::Time),
            [b':', b'i', b'n', b'd', b'e', b'x', b' ', ..] => (7, Field::Other),
            _ => (0, Field::Other),
        };
        if length > 0 {
            self.at += length;
            return Ok(field);
        }
        self.at += 1;
        Ok(named(self.token()?))
    }

    /// The key of JSON that the scanner stands at, with its colon.
    #[cold]
    fn quoted_field(&mut self) -> Result<Field, Stop> {
        let field = match self.string()? {
            Atom::Text(name) => named(name),
            _ => Field::Other,
        };
        // A map of EDN may have strings as keys too, which say nothing.
        if self.blank()? != b':' {
            return Ok(Field::Other);
        }
        self.at += 1;
        Ok(field)
    }

    /// An event; the scanner stands at the first byte of its map, or of the tag before it.
    fn event(&mut self, event: &mut Event<'a>) -> Result<(), Stop> {
        let mut byte = self.blank()?;
        while byte == b'#' {
            self.token()?;
            byte = self.blank()?;
        }
        if byte != b'{' {
            return Err(self.unexpected(
                "an event, such as `{:type :invoke, :f :read, :value nil, :process 1}`",
            ));
        }
        *event = Event::at(self.at);
        self.at += 1;
        let twice = |seen: bool, field, at| match seen {
            true => Err(Stop::from(Flaw::of(field, at, Problem::Twice))),
            false => Ok(()),
        };
        loop {
            match self.blank()? {
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                byte @ (b':' | b'"') => {
                    let at = self.at;
                    let field = match byte {
                        b':' => self.field()?,
                        _ => self.quoted_field()?,
                    };
                    // A map has as many values as keys.
                    if self.blank()? == b'}' {
                        return Err(self.unexpected("a value for the last key"));
                    }
                    let behind = self.at;
                    match field {
                        Field::Type => {
                            twice(event.kind.is_some(), ":type", at)?;
                            event.kind = Some((self.atom()?, behind));
                        }
                        Field::F => {
                            twice(event.verb.is_some(), ":f", at)?;
                            event.verb = Some((self.atom()?, behind));
                        }
                        Field::Value => {
                            twice(event.value.is_some(), ":value", at)?;
                            event.value = Some((self.form()?, behind));
                        }
                        Field::Process => {
                            twice(event.process.is_some(), ":process", at)?;
                            event.process = Some((self.atom()?, behind));
                        }
                        Field::Time => {
                            twice(event.time.is_some(), ":time", at)?;
                            event.time = Some((self.atom()?, behind));
                        }
                        Field::Swapped => {
                            twice(event.swapped.is_some(), ":swapped", at)?;
                            event.swapped = Some((self.atom()?, behind));
                        }
                        Field::Key => {
                            twice(event.key.is_some(), ":key", at)?;
                            event.key = Some((self.atom()?, behind));
                        }
                        Field::Together => {
                            event.together = matches!(self.atom()?, Atom::Text(b"true"));
                        }
                        Field::Other => drop(self.atom()?),
                    }
                }
                _ => {
                    self.skip()?;
                    if self.blank()? == b'}' {
                        return Err(self.unexpected("a value for the last key"));
                    }
                    self.skip()?;
                }
            }
        }
    }
}

fn named(field: &[u8]) -> Field {
    match field {
        b"type" => Field::Type,
        b"f" => Field::F,
        b"value" => Field::Value,
        b"process" => Field::Process,
        b"time" => Field::Time,
        b"swapped" => Field::Swapped,
        b"key" => Field::Key,
        b"together" => Field::Together,
        _ => Field::Other,
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

/// A string with its escapes replaced, if they are ones that EDN has.
pub(super) fn unescaped(text: &[u8]) -> Option<String> {
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
            'u' => {
                let mut code = 0;
                for _ in 0..4 {
                    code = code * 16 + characters.next()?.to_digit(16)?;
                }
                char::from_u32(code)?
            }
            _ => return None,
        });
    }
    Some(plain)
}

/// A window that shows less is not scanned in halves.
const LONG: usize = 1 << 16;

/// Takes the events at the front of some bytes, of which two threads scan a half each; how many bytes these are.
///
/// The second half begins where a line does, which may also be within something: so it counts only if the first half
/// ends there, between two events. What is not an event, such as a flaw, ends a half and is left to
/// whoever goes on behind it. So this is quicker than one scanner, and finds nothing else.
fn in_halves(
    bytes: &[u8],
    closing: Option<u8>,
    events: &mut Events,
    sought: &mut Sought,
) -> Result<usize, Flaw> {
    let half = bytes.len() / 2;
    let line = memchr::memchr(b'\n', &bytes[half..]).map_or(bytes.len(), |at| half + at);
    let is_blank = |byte: &&u8| BLANKS[usize::from(**byte)];
    let middle = line + bytes[line..].iter().take_while(is_blank).count();
    let ((first, mut taken), (second, end)) = rayon::join(
        || ahead(bytes, 0..middle, closing),
        || ahead(bytes, middle..bytes.len(), closing),
    );
    first
        .iter()
        .try_for_each(|event| events.take(event, sought))?;
    if taken == middle {
        second
            .iter()
            .try_for_each(|event| events.take(event, sought))?;
        taken = end;
    }
    Ok(taken)
}

/// The events that begin in a range of some bytes, and where the next thing begins, or what could not be scanned.
fn ahead(bytes: &[u8], range: Range<usize>, closing: Option<u8>) -> (Vec<Event<'_>>, usize) {
    let mut scanner = Scanner::new(bytes, false);
    scanner.at = range.start;
    // As Jepsen prints them, events are some 60 bytes long.
    let mut events = Vec::with_capacity(range.len() / 56 + 1);
    let mut taken = range.start;
    while let Ok(byte) = scanner.blank() {
        taken = scanner.at;
        let mut event = Event::at(0);
        if taken >= range.end || Some(byte) == closing || scanner.event(&mut event).is_err() {
            break;
        }
        events.push(event);
        taken = scanner.at;
    }
    (events, taken)
}

pub(super) fn read<R: Read>(
    window: &mut Window<R>,
    options: &Options,
    sought: &mut Sought,
) -> Result<Noted, ReadError> {
    let mut events = Events::new(options);
    // The bracket that closes the list of events, if they stand in one.
    let mut closing = None;
    let mut begun = false;
    let mut ended = false;
    loop {
        if begun && !ended && window.rest().len() >= LONG {
            let taken = in_halves(window.rest(), closing, &mut events, sought)
                .map_err(|flaw| window.error(flaw))?;
            sought.locate(window);
            events.locate(window);
            window.consume(taken);
        }
        let mut scanner = Scanner::new(window.rest(), false);
        let mut event = Event::at(0);
        let mut taken = 0;
        let stop = loop {
            let byte = match scanner.blank() {
                Ok(byte) => byte,
                Err(stop) => break stop,
            };
            taken = scanner.at;
            if ended {
                break scanner.unexpected("the end of the input");
            }
            if !begun && matches!(byte, b'[' | b'(') {
                closing = Some(if byte == b'[' { b']' } else { b')' });
                begun = true;
                scanner.at += 1;
                taken = scanner.at;
                continue;
            }
            if Some(byte) == closing {
                ended = true;
                scanner.at += 1;
                taken = scanner.at;
                continue;
            }
            begun = true;
            if let Err(stop) = scanner.event(&mut event) {
                break stop;
            }
            if let Err(flaw) = events.take(&event, sought) {
                break flaw.into();
            }
            taken = scanner.at;
        };
        match stop {
            Stop::Flaw(flaw) => return Err(window.error(*flaw)),
            Stop::More => {
                sought.locate(window);
                events.locate(window);
                window.consume(taken);
                if window.more()? {
                    continue;
                }
                // Space and a comment without line feed may stand at the end.
                let rest = window.rest();
                let rest = rest.trim_ascii_start();
                let nothing = rest
                    .iter()
                    .all(|&byte| byte == b',' || byte.is_ascii_whitespace())
                    || rest.starts_with(b";") && !rest.contains(&b'\n');
                if !nothing || closing.is_some() && !ended {
                    let end = window.rest().len();
                    return Err(window.error(Flaw::at(end, Problem::Truncated)));
                }
                return events.finish(window);
            }
        }
    }
}

pub(super) fn write(history: &History, out: &mut impl Write) -> Result<(), WriteError> {
    jepsen::events(history, Format::Edn, |told| {
        let jepsen::Told {
            kind,
            verb,
            value,
            process,
            time,
            swapped,
            together,
        } = told;
        write!(
            out,
            "{{:type :{}, :f :{}, :value {value}, ",
            kind.name(),
            verb.name()
        )?;
        match process {
            Some(process) => write!(out, ":process {process}")?,
            None => write!(out, ":process :nemesis")?,
        }
        if let Some(time) = time {
            write!(out, ", :time {time}")?;
        }
        match swapped {
            Happened::Said => {}
            Happened::NotSwapped => write!(out, ", :swapped false")?,
            Happened::Unknown => write!(out, ", :swapped nil")?,
        }
        if together {
            write!(out, ", :together true")?;
        }
        writeln!(out, "}}")
    })
}

/// What stands behind `:type`.
pub(super) fn kind(atom: Atom<'_>) -> Option<Kind> {
    match atom {
        Atom::Text(b"invoke") => Some(Kind::Invoke),
        Atom::Text(b"ok") => Some(Kind::Ok),
        Atom::Text(b"fail") => Some(Kind::Fail),
        Atom::Text(b"info") => Some(Kind::Info),
        _ => None,
    }
}

/// What stands behind `:f`.
pub(super) fn verb(atom: Atom<'_>) -> Option<Verb> {
    let Atom::Text(name) = atom else { return None };
    match name {
        b"read" | b"get" | b"r" => Some(Verb::Read),
        b"write" | b"put" | b"w" => Some(Verb::Write),
        b"cas" | b"compare-and-set" | b"compare-and-swap" => Some(Verb::CompareAndSwap),
        b"acquire" | b"lock" => Some(Verb::Acquire),
        b"release" | b"unlock" => Some(Verb::Release),
        b"txn" => Some(Verb::Transaction),
        _ => None,
    }
}

/// The only micro-operation of a transaction, `[[:w key value]]`: what it does, to which key, and the value.
pub(super) fn only<'a>(transaction: &'a [u8]) -> Option<(Atom<'a>, Atom<'a>, Atom<'a>)> {
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
pub(super) fn two(form: &[u8]) -> Option<(Atom<'_>, Atom<'_>)> {
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
    fn halves_find_what_one_scanner_finds() {
        const EVENTS: usize = 4000;
        // With the second note most lines begin within a string, and look like events.
        let notes = ["1", "\"\n{:type :ok, :f :read, :value 7, :process 1}\n{\""];
        for (note, lines) in notes.into_iter().zip([1, 3]) {
            let text = |wrong: usize| -> String {
                let event = |at: usize| {
                    let minus = if at == wrong { "-" } else { "" };
                    let start =
                        format!("{{:type :invoke, :f :write, :value {at}, :process {minus}1{at}");
                    format!("{start}, :note {note}}}\n")
                };
                (0..EVENTS).map(event).collect()
            };
            let read = |text: &str| super::super::read(text.as_bytes(), &Default::default());
            assert!(text(EVENTS).len() > 2 * LONG);
            let history = read(&text(EVENTS)).unwrap();
            assert_eq!(history.operations().len(), EVENTS);
            for wrong in [0, 1, 900, 1500, 1999, 2000, 2001, 2500, 3200, EVENTS - 1] {
                match read(&text(wrong)) {
                    Err(ReadError::At { line, field, .. }) => {
                        assert_eq!((line, field), (wrong * lines + 1, Some(":process")));
                    }
                    other => panic!("event {wrong} is wrong, but {other:?}"),
                }
            }
        }
    }

    #[test]
    fn escapes_are_those_of_edn() {
        assert_eq!(unescaped(br#"a\"\\\u0041\n"#).unwrap(), "a\"\\A\n");
        assert_eq!(unescaped(br"\q"), None);
        assert_eq!(unescaped(br"\uD800"), None);
        assert_eq!(unescaped(br"\u12"), None);
    }
}

//! The halves of a long window, scanned side by side.

use std::ops::Range;

use super::scanner::{BLANKS, Scanner};
use crate::formats::Flaw;
use crate::formats::jepsen::{Event, Events};
use crate::formats::places::Sought;

/// A window that shows less is not scanned in halves.
pub(super) const LONG: usize = 1 << 16;

/// Takes the events at the front of some bytes, of which two threads scan a half each; how many bytes these are.
///
/// The second half begins where a line does, which may also be within something: so it counts only if the first half
/// ends there, between two events. What is not an event, such as a flaw, ends a half and is left to
/// whoever goes on behind it. So this is quicker than one scanner, and finds nothing else.
pub(super) fn in_halves(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::ReadError;

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
            let read = |text: &str| crate::formats::read(text.as_bytes(), &Default::default());
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
}

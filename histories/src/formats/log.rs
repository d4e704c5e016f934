//! The lines that Jepsen logs: `PROCESS :TYPE :F VALUE`, perhaps with a date and a logger before them.

use std::io::{Read, Write};

use super::edn::{self, Atom, Scanner, Stop};
use super::jepsen::{Event, Events, Kind};
use super::places::Sought;
use super::window::Window;
use super::{Flaw, Format, Problem, ReadError, WriteError, jepsen, shown};
use crate::History;

/// Whether a line tells of an event.
pub(super) fn is_event(line: &[u8]) -> bool {
    begin(line).is_some()
}

/// Where the event begins in a line: at a process that a type follows. A line whose first words are a number and a
/// keyword is one too, so that a type that there is not is an error and not passed over.
fn begin(line: &[u8]) -> Option<usize> {
    let mut before: Option<(usize, &[u8])> = None;
    let mut at = 0;
    let mut first = true;
    for word in line.split(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
        let start = at;
        at += word.len() + 1;
        if word.is_empty() {
            continue;
        }
        if let Some((process_at, process)) = before {
            let is_number = process.iter().all(u8::is_ascii_digit);
            let is_type = matches!(word, b":invoke" | b":ok" | b":fail" | b":info");
            if is_type && (is_number || process[0] == b':') || first && is_number && word[0] == b':'
            {
                return Some(process_at);
            }
            first = false;
        }
        before = Some((start, word));
    }
    None
}

/// The event in a line, if there is one.
fn event(line: &[u8]) -> Result<Option<Event<'_>>, Flaw> {
    let Some(start) = begin(line) else {
        return Ok(None);
    };
    let mut scanner = Scanner::new(line, true);
    scanner.at = start;
    let mut event = Event::at(start);
    let word = |scanner: &mut Scanner<'_>| -> Result<Option<usize>, Flaw> {
        match scanner.blank() {
            Ok(_) => Ok(Some(scanner.at)),
            Err(Stop::More) => Ok(None),
            Err(Stop::Flaw(flaw)) => Err(*flaw),
        }
    };
    for field in [0, 1, 2] {
        let Some(at) = word(&mut scanner)? else {
            return Ok(Some(event));
        };
        let atom = scanner.atom().map_err(|stop| told(stop, line))?;
        match field {
            0 => event.process = Some((atom, at)),
            1 => event.kind = Some((atom, at)),
            _ => event.verb = Some((atom, at)),
        }
    }
    let Some(at) = word(&mut scanner)? else {
        return Ok(Some(event));
    };
    let kind = event.kind.and_then(|(atom, _)| edn::kind(atom));
    let is_client = matches!(event.process, Some((Atom::Number(_), _)));
    let form = scanner.form();
    if matches!(kind, Some(Kind::Fail | Kind::Info)) && is_client {
        // What stands there says why, in any words.
        return Ok(Some(event));
    }
    match form {
        Ok(form) => event.value = Some((form, at)),
        Err(_) if !is_client => return Ok(Some(event)),
        Err(stop) => return Err(told(stop, line)),
    }
    if is_client && let Some(at) = word(&mut scanner)? {
        let found = shown(&line[at..]);
        let wanted = "the end of the line";
        return Err(Flaw::at(at, Problem::Unexpected { found, wanted }));
    }
    Ok(Some(event))
}

fn told(stop: Stop, line: &[u8]) -> Flaw {
    match stop {
        Stop::More => Flaw::at(line.len(), Problem::Truncated),
        Stop::Flaw(flaw) => *flaw,
    }
}

/// Takes all events of a log.
pub(super) fn read<R: Read>(
    window: &mut Window<R>,
    events: &mut Events,
    sought: &mut Sought,
) -> Result<(), ReadError> {
    // Whether a logger has written something before the first event: then also before all others, and lines without
    // that are part of something else that is printed, such as an analysis.
    let mut logged: Option<bool> = None;
    loop {
        let length = window.line()?;
        if length == 0 {
            return Ok(());
        }
        let line = &window.rest()[..length];
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let own = begin(line).map(|start| !line[..start].trim_ascii().is_empty());
        logged = logged.or(own);
        if own.is_some() && own != logged {
            window.consume(length);
            continue;
        }
        let taken =
            event(line).and_then(|event| event.map_or(Ok(()), |event| events.take(&event, sought)));
        taken.map_err(|flaw| window.error(flaw))?;
        sought.locate(window);
        events.locate(window);
        window.consume(length);
    }
}

pub(super) fn write(history: &History, out: &mut impl Write) -> Result<(), WriteError> {
    jepsen::events(history, Format::Log, |told| {
        if told.together {
            writeln!(out, ":nemesis\t:info\t:together\tnil")?;
        }
        match told.process {
            Some(process) => write!(out, "{process}")?,
            None => write!(out, ":nemesis")?,
        }
        let (kind, verb) = (told.kind.name(), told.verb.name());
        writeln!(out, "\t:{kind}\t:{verb}\t{}", told.value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_behind_what_a_logger_writes() {
        for (line, start) in [
            ("1 :invoke :read nil", Some(0)),
            ("  12\t:ok\t:write\t3", Some(2)),
            ("INFO  jepsen.util - 4\t:invoke\t:cas\t[1 4]", Some(20)),
            (
                "INFO [jepsen worker 0] jepsen.util: :nemesis :info :start nil",
                Some(36),
            ),
            ("3 :invok :read nil", Some(0)),
            ("INFO  jepsen.core - Run complete", None),
            ("took 3 :seconds", None),
            ("", None),
        ] {
            assert_eq!(begin(line.as_bytes()), start, "{line}");
        }
    }
}

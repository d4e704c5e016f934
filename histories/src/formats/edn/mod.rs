//! EDN, as far as histories need it, and the `history.edn` of Jepsen.
//!
//! JSON is scanned as well: an object is a map whose keys are strings with a colon behind them, and `null` is nil. What
//! the scanner lets pass that is no JSON, such as commas in the wrong place, [`json`](super::json) finds.

mod event;
mod halves;
mod scanner;

use std::io::{Read, Write};

use super::jepsen::{Event, Events, Happened};
use super::json::Json;
use super::places::Sought;
use super::window::Window;
use super::{Flaw, Format, Problem, ReadError, WriteError, jepsen};
use crate::History;
use halves::{LONG, in_halves};

pub(super) use event::{kind, verb};
pub(super) use scanner::{Atom, Form, Scanner, Stop, only, two, unescaped};

/// Takes all events of a file, which has to be JSON if it is said to be.
pub(super) fn read<R: Read>(
    window: &mut Window<R>,
    is_json: bool,
    events: &mut Events,
    sought: &mut Sought,
) -> Result<(), ReadError> {
    let mut json = is_json.then(Json::default);
    let mut checked = |bytes: &[u8]| json.as_mut().map_or(Ok(()), |json| json.take(bytes));
    // The bracket that closes the list of events, if they stand in one.
    let mut closing = None;
    let mut begun = false;
    let mut ended = false;
    loop {
        if begun && !ended && window.rest().len() >= LONG {
            let taken = in_halves(window.rest(), closing, events, sought)
                .map_err(|flaw| window.error(flaw))?;
            checked(&window.rest()[..taken]).map_err(|flaw| window.error(flaw))?;
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
                checked(&window.rest()[..taken]).map_err(|flaw| window.error(flaw))?;
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
                // What is cut off is no JSON either, and better called that.
                let whole = window.rest().len();
                if let Err(flaw) = checked(window.rest())
                    && (nothing || flaw.at + 1 < whole)
                {
                    return Err(window.error(flaw));
                }
                if !nothing || closing.is_some() && !ended {
                    let end = window.rest().len();
                    return Err(window.error(Flaw::at(end, Problem::Truncated)));
                }
                return Ok(());
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

//! Where an operation stands in its file: found again where it is asked for, since a long file would be slower to read if
//! each place were kept.

use std::io::Read;

use super::gzip::Plain;
use super::jepsen::Events;
use super::window::Window;
use super::{Format, Options, ReadError, format_of, jsonl, read_events};
use crate::{Instant, Process};

/// Where an invocation or a completion stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    /// The line, counted from 1.
    pub line: usize,
    /// What the file says of the time of the event, where it has a unit: the `:time` of Jepsen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nanoseconds: Option<u64>,
}

/// An event that is looked for: whose it is, and at which instant of the history.
pub type Wanted = (Process, Instant);

/// The events that are looked for while a file is read.
#[derive(Debug, Default)]
pub(super) struct Sought {
    /// The instants, in order, each with where it is found.
    instants: Vec<(Instant, Option<Place>)>,
    /// What has been found in the window: which instant, how far from its front, and the time.
    here: Vec<(usize, usize, Option<u64>)>,
}

impl Sought {
    pub(super) fn new(wanted: &[Wanted]) -> Self {
        let mut instants: Vec<(Instant, Option<Place>)> =
            wanted.iter().map(|&(_, instant)| (instant, None)).collect();
        instants.sort_unstable_by_key(|&(instant, _)| instant);
        instants.dedup();
        Self {
            instants,
            here: Vec::new(),
        }
    }

    /// An event was read.
    pub(super) fn meet(&mut self, now: Instant, at: usize, time: Option<u64>) {
        if self.instants.is_empty() {
            return;
        }
        let found = self.instants.binary_search_by_key(&now, |&(it, _)| it);
        if let Ok(nth) = found {
            self.here.push((nth, at, time));
        }
    }

    /// The window is about to move.
    pub(super) fn locate<R: Read>(&mut self, window: &Window<R>) {
        for (nth, at, nanoseconds) in self.here.drain(..) {
            let line = window.line_at(at);
            self.instants[nth].1 = Some(Place { line, nanoseconds });
        }
    }

    /// Where each of these was found.
    pub(super) fn places(&self, wanted: &[Wanted]) -> Vec<Option<Place>> {
        wanted
            .iter()
            .map(|&(_, instant)| self.place(instant))
            .collect()
    }

    fn place(&self, instant: Instant) -> Option<Place> {
        let nth = self
            .instants
            .binary_search_by_key(&instant, |&(it, _)| it)
            .ok()?;
        self.instants[nth].1
    }
}

/// Finds invocations and completions of a history in the file from which it was read, given whose they are and when. Of a
/// picture there is nothing to find: its instants are its columns.
///
/// ```
/// use histories::formats::{Options, locate, read};
///
/// let log = "
///     0 :invoke :write 1
///     1 :invoke :read  nil
///     0 :ok     :write 1
///     1 :ok     :read  1
/// ";
/// let history = read(log.as_bytes(), &Options::default())?;
/// let read = &history.operations()[1];
/// let wanted = [(read.process, read.invoked), (read.process, 3)];
/// let places = locate(log.as_bytes(), &Options::default(), &wanted)?;
/// let lines: Vec<usize> = places.into_iter().flatten().map(|place| place.line).collect();
/// assert_eq!(lines, [3, 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`read`](super::read).
pub fn locate(
    input: impl Read,
    options: &Options,
    wanted: &[Wanted],
) -> Result<Vec<Option<Place>>, ReadError> {
    let mut window = Window::new(Plain::new(input)?)?;
    let mut sought = Sought::new(wanted);
    match format_of(&window, options)? {
        Format::Notation => return Ok(vec![None; wanted.len()]),
        Format::JsonLines => return jsonl::locate(&mut window, wanted),
        format => {
            let mut events = Events::new(&Options::default());
            read_events(format, &mut window, &mut events, &mut sought)?;
        }
    }
    Ok(sought.places(wanted))
}

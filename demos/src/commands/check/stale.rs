//! `--staleness`: how many reads are stale, by how many versions, and for how long.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use histories::formats::{Note, Options, Wanted};
use histories::staleness::{Stale, staleness};
use histories::{History, Process, Timeline};
use serde::Serialize;
use workbench::cli::{Failure, Outcome};
use workbench::screen::{Screen, grouped, plural};

use super::drawn::duration;
use super::expected::Expectation;
use super::places;

/// How many lines a table has that could have one for each process and register.
const LINES: usize = 16;

/// How stale the reads of a history are.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StalenessReport {
    reads: usize,
    stale: usize,
    /// The reads of which it cannot be said: nobody can have written before what they returned.
    unexplained: usize,
    /// The most versions that a read is behind.
    versions: usize,
    /// The longest time that a read was stale, if the times have a unit.
    nanoseconds: Option<u64>,
    /// How many reads are so many versions behind: from, to, and how many.
    by_versions: Vec<(usize, usize, usize)>,
    /// How many reads are stale for so long: up to so many nanoseconds, and how many.
    by_time: Vec<(u64, usize)>,
    by_process: Vec<Share>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worst: Option<Worst>,
}

/// The reads of one process from one register.
#[derive(Clone, Debug, Serialize)]
struct Share {
    process: Process,
    register: Option<String>,
    reads: usize,
    stale: usize,
    versions: usize,
    nanoseconds: Option<u64>,
}

/// The read that is the most versions behind; of several, that which has been so for the longest time.
#[derive(Clone, Debug, Serialize)]
struct Worst {
    read: usize,
    sentence: String,
    picture: String,
}

/// How many nanoseconds so many instants of a history take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub(super) nanoseconds: u64,
    pub(super) instants: u64,
}

impl Unit {
    /// Of a file whose unit is said, or is seconds as it has fractions.
    pub(super) fn of(given: Option<u64>, notes: &[Note]) -> Option<Self> {
        let parts = notes.iter().find_map(|note| match note {
            Note::Ticks { parts, .. } => Some(*parts),
            _ => None,
        });
        let nanoseconds = given.or(notes.contains(&Note::Fractions).then_some(1));
        nanoseconds.map(|nanoseconds| Self {
            nanoseconds,
            instants: parts.unwrap_or(1),
        })
    }

    /// How many instants a time takes, rounded up.
    pub(super) fn instants_of(self, nanoseconds: u64) -> u64 {
        nanoseconds
            .saturating_mul(self.instants)
            .div_ceil(self.nanoseconds)
    }
}

/// Measures a history, of whose instants it may be known how long they take.
pub(super) fn measure(
    history: &History,
    path: &Path,
    options: &Options,
    unit: Option<Unit>,
) -> Result<StalenessReport, Failure> {
    let found = staleness(history);
    let times = times(&found.stale, history, path, options, unit)?;
    let longest = |all: &[usize]| -> Option<u64> {
        let times = times.as_ref()?;
        all.iter().map(|&at| times[at]).max()
    };
    let every: Vec<usize> = (0..found.stale.len()).collect();
    let mut by: BTreeMap<(Process, u32), (usize, Vec<usize>)> = BTreeMap::new();
    let key = |read: usize| {
        let operation = &history.operations()[read];
        (operation.process, operation.register)
    };
    for &read in &found.reads {
        by.entry(key(read)).or_default().0 += 1;
    }
    for (at, stale) in found.stale.iter().enumerate() {
        by.entry(key(stale.read)).or_default().1.push(at);
    }
    let most = |all: &[usize]| {
        all.iter()
            .map(|&at| found.stale[at].versions)
            .max()
            .unwrap_or(0)
    };
    let by_process = by
        .into_iter()
        .map(|((process, register), (reads, stale))| Share {
            process,
            register: history.name_of(register).map(str::to_owned),
            reads,
            stale: stale.len(),
            versions: most(&stale),
            nanoseconds: longest(&stale),
        });
    let mut by_versions: BTreeMap<usize, usize> = BTreeMap::new();
    for stale in &found.stale {
        // 1, 2, 3 to 4, 5 to 8, and so on.
        *by_versions
            .entry(stale.versions.next_power_of_two())
            .or_default() += 1;
    }
    let mut by_time: BTreeMap<u64, usize> = BTreeMap::new();
    for &time in times.iter().flatten() {
        let up_to = (0..19)
            .map(|digits| 10_u64.pow(digits))
            .find(|&power| time <= power);
        *by_time.entry(up_to.unwrap_or(u64::MAX)).or_default() += 1;
    }
    let worst = every.iter().copied().max_by_key(|&at| {
        let stale = &found.stale[at];
        let time = times
            .as_ref()
            .map_or(stale.duration(history), |times| times[at]);
        (stale.versions, time)
    });
    Ok(StalenessReport {
        reads: found.reads.len(),
        stale: found.stale.len(),
        unexplained: found.unexplained.len(),
        versions: most(&every),
        nanoseconds: longest(&every),
        by_versions: by_versions
            .into_iter()
            .map(|(to, count)| (to / 2 + 1, to, count))
            .collect(),
        by_time: by_time.into_iter().collect(),
        by_process: by_process.collect(),
        worst: worst.map(|at| {
            let time = times.as_ref().map(|times| times[at]);
            Worst::of(&found.stale[at], history, time)
        }),
    })
}

/// How long each read has been stale, in nanoseconds, if that is known of all.
fn times(
    stale: &[Stale],
    history: &History,
    path: &Path,
    options: &Options,
    unit: Option<Unit>,
) -> Result<Option<Vec<u64>>, Failure> {
    if let Some(unit) = unit {
        let time = |stale: &Stale| {
            stale.duration(history).saturating_mul(unit.nanoseconds) / unit.instants
        };
        return Ok(Some(stale.iter().map(time).collect()));
    }
    let operations = history.operations();
    let ends = stale.iter().flat_map(|stale| -> [Wanted; 2] {
        let (read, since) = (&operations[stale.read], &operations[stale.since]);
        let completed = since.completed.unwrap_or_default();
        [(read.process, read.invoked), (since.process, completed)]
    });
    let ends: Vec<Wanted> = ends.collect();
    let places = places(path, options, &ends)?;
    let times: Option<Vec<u64>> = places
        .into_iter()
        .map(|place| place.and_then(|place| place.nanoseconds))
        .collect();
    let spans = |times: Vec<u64>| {
        times
            .chunks(2)
            .map(|ends| ends[0].saturating_sub(ends[1]))
            .collect()
    };
    // Of nothing it is known what its unit is.
    Ok(times.filter(|times| !times.is_empty()).map(spans))
}

impl Worst {
    fn of(stale: &Stale, history: &History, time: Option<u64>) -> Self {
        let mut kept = vec![stale.since, stale.read];
        kept.extend(stale.source);
        let value = history.operations()[stale.read].returned();
        let returned = match value {
            Some(value) => format!("returned {value}"),
            None => "found what it expected".to_owned(),
        };
        let ago = time.map_or_else(String::new, |time| format!(" {}", duration(time)));
        let names: Vec<String> = [stale.read, stale.since]
            .map(|at| history.describe(at))
            .into();
        let sentence = format!(
            "{} {returned}, {} behind: {} had completed{ago} before it was invoked",
            names[0],
            plural(stale.versions, "version"),
            names[1],
        );
        let picture = Timeline::from(history.restricted_to(&kept).compact()).to_string();
        Self {
            read: stale.read,
            sentence,
            picture,
        }
    }
}

impl StalenessReport {
    /// How an expectation ends: whether it is met, and what is said of it.
    pub(super) fn outcome(&self, expected: Expectation, questions: usize) -> (Outcome, String) {
        let is_met = match expected {
            Expectation::Model(_) | Expectation::Level(_) => Some(true),
            Expectation::Behind(most) => Some(self.versions <= most),
            Expectation::Stale(_) if self.stale == 0 => Some(true),
            Expectation::Stale(longest) => {
                self.nanoseconds.map(|nanoseconds| nanoseconds <= longest)
            }
        };
        let is = match expected {
            Expectation::Behind(_) => Some(plural(self.versions, "version")),
            _ => self.nanoseconds.map(duration),
        };
        let is = is.map_or_else(String::new, |is| format!(" (at most {is})"));
        match is_met {
            Some(false) => (
                Outcome::Contradicted,
                format!("Expected {expected}: it is not{is}."),
            ),
            None => (
                Outcome::Inconclusive,
                format!(
                    "Expected {expected}: not decided, since the file does not say what its times are: --unit does."
                ),
            ),
            Some(true) if self.unexplained + questions > 0 => (
                Outcome::Inconclusive,
                format!(
                    "Expected {expected}: not decided, since of {} it cannot be said.",
                    plural(self.unexplained + questions, "read")
                ),
            ),
            Some(true) => (
                Outcome::AsAdvertised,
                format!("Expected {expected}: it is{is}."),
            ),
        }
    }

    pub(super) fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let Self {
            reads,
            stale,
            versions,
            ..
        } = self;
        let share = 100.0 * *stale as f64 / (*reads).max(1) as f64;
        let longest = self
            .nanoseconds
            .map(|time| format!(" and {}", duration(time)));
        screen.heading(&match stale {
            0 => format!("none of {} is stale", plural(*reads, "read")),
            _ => format!(
                "{} of {} reads stale ({share:.1} %), up to {}{} behind",
                grouped(*stale as u64),
                grouped(*reads as u64),
                plural(*versions, "version"),
                longest.unwrap_or_default(),
            ),
        })?;
        if *stale > 0 {
            let line = |label: String, count: usize| {
                vec![label, grouped(count as u64), bar(count, *stale)]
            };
            let mut rows = Vec::new();
            for &(from, to, count) in &self.by_versions {
                let label = if from >= to {
                    plural(to, "version")
                } else {
                    format!("{from} to {to} versions")
                };
                rows.push(line(label, count));
            }
            for &(up_to, count) in &self.by_time {
                rows.push(line(format!("up to {}", duration(up_to)), count));
            }
            screen.table(&["behind", "reads", ""], &rows)?;
            screen.gap()?;
            let shares = self.by_process.iter().take(LINES).map(|it| {
                vec![
                    format!("Thread {}", it.process),
                    it.register.clone().unwrap_or_default(),
                    grouped(it.reads as u64),
                    grouped(it.stale as u64),
                    it.versions.to_string(),
                    it.nanoseconds.map_or_else(String::new, duration),
                ]
            });
            let shares: Vec<Vec<String>> = shares.collect();
            screen.table(
                &[
                    "reader", "register", "reads", "stale", "versions", "longest",
                ],
                &shares,
            )?;
            if self.by_process.len() > LINES {
                screen.note(&format!(
                    "and {} more: --json has all",
                    self.by_process.len() - LINES
                ))?;
            }
        }
        if let Some(worst) = &self.worst {
            screen.gap()?;
            screen.text(&worst.picture)?;
            screen.gap()?;
            screen.text(&worst.sentence)?;
            screen.note("Each read is judged by itself: how stale it is at least, in the best order of the writes.")?;
        }
        if self.unexplained > 0 {
            screen.gap()?;
            screen.note(&format!(
                "{} found what nobody can have written before: how stale that is cannot be said.",
                plural(self.unexplained, "operation")
            ))?;
        }
        Ok(())
    }
}

/// A bar as long as the share.
fn bar(count: usize, of: usize) -> String {
    "#".repeat((40 * count).div_ceil(of.max(1)))
}

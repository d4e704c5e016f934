//! How fast histories are judged and read, and executions explored.

use std::time::Instant;

use histories::formats::{Format, Options, read, write};
use histories::{History, Model, Timeline, Verdict, check};
use interleavings::{Limits, MemoryModel, explore};
use registers::atomic::SequenceLock;
use registers::scenario::Scenario;
use serde::Serialize;

use crate::goals::Goal;
use crate::recorded::{linearizable, with_a_stale_read};

/// How often each is measured; the best counts.
const ROUNDS: usize = 3;

/// Histories of so many operations are judged.
const LENGTHS: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// The time between two operations of these histories.
const STEP: u64 = 2;

/// The note's timeline.
const NOTE: &str = "init: 0\n\
    Thread 1:      wwwww(1)     wwwww(2)\n\
    Thread 2:   rrrrr                rrrrr\n\
    Thread 3:   rrrrr  rrrrr\n";

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Engines {
    /// Of the checkers and the formats.
    pub judged: Vec<Judged>,
    /// Of the explorer.
    pub explored: Vec<Explored>,
}

/// How long it took to judge or to read a history.
#[derive(Clone, Debug, Serialize)]
pub struct Judged {
    /// What is judged, or read.
    pub history: &'static str,
    /// The model, or the format.
    pub by: String,
    /// How many operations it has.
    pub operations: usize,
    /// The best time.
    pub seconds: f64,
    /// The verdict, with the size of the witness; or the size of the file.
    pub said: String,
}

impl Judged {
    /// Nanoseconds for each operation.
    #[must_use]
    pub fn nanos(&self) -> f64 {
        1e9 * self.seconds / self.operations as f64
    }
}

/// How long it took to explore every execution of the sequence lock in a scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Explored {
    /// Who does what.
    pub scenario: String,
    /// The memory model.
    pub memory: &'static str,
    /// How many words the register has.
    pub words: usize,
    /// How many states there are.
    pub states: u64,
    /// The best time.
    pub seconds: f64,
}

/// The verdict in few words.
#[must_use]
pub fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Meets => "meets".to_owned(),
        Verdict::Breaks(it) => format!("{}, witness of {}", it.anomaly.name(), it.witness.len()),
        Verdict::Unknown { states, .. } => format!("unknown after {states} states"),
    }
}

/// Measures all, in some ten seconds. Judging uses all cores: call it before the thread is kept on one.
#[must_use]
pub fn measure(mut done: impl FnMut(f64)) -> Engines {
    let mut judged = Vec::new();
    for (history, values) in [(ONCE, None), (FIVE, Some(5))] {
        for length in LENGTHS {
            let recorded = linearizable(length, values, STEP);
            judged.push(judge(history, Model::Atomic, &recorded));
        }
        done(judged.len() as f64 / 16.0);
    }
    let longest = linearizable(LENGTHS[3], None, STEP);
    judged.push(judge(
        "one stale read",
        Model::Atomic,
        &with_a_stale_read(&longest),
    ));
    done(0.6);
    let each = Model::ALL.map(|model| judge(ONCE, model, &longest));
    judged.push(Judged {
        history: ONCE,
        by: ALL_MODELS.to_owned(),
        operations: longest.operations().len(),
        seconds: each.iter().map(|it| it.seconds).sum(),
        said: String::new(),
    });
    done(0.8);
    judged.extend(reading(&longest));
    drop(longest);
    done(0.95);
    let timeline: Timeline = NOTE.parse().expect("the note's timeline parses");
    let note = || Scenario::drawn("the note", &timeline.history);
    let explored = vec![
        explored::<2>(&note(), MemoryModel::Sc),
        explored::<2>(&note(), MemoryModel::Weak),
        explored::<3>(&note(), MemoryModel::Weak),
        explored::<2>(&Scenario::free(1, &[2]), MemoryModel::Weak),
        explored::<2>(&Scenario::free(2, &[2]), MemoryModel::Weak),
        explored::<2>(&Scenario::free(3, &[2]), MemoryModel::Weak),
        explored::<2>(&Scenario::free(4, &[2]), MemoryModel::Weak),
    ];
    Engines { judged, explored }
}

const ONCE: &str = "every value once";
const FIVE: &str = "five values";
const ALL_MODELS: &str = "all models, one by one";

fn best<T>(mut run: impl FnMut() -> T) -> (f64, T) {
    let mut timed = || {
        let start = Instant::now();
        let result = run();
        (start.elapsed().as_secs_f64(), result)
    };
    let (mut seconds, mut result) = timed();
    for _ in 1..ROUNDS {
        let again = timed();
        (seconds, result) = (seconds.min(again.0), again.1);
    }
    (seconds, result)
}

fn judge(what: &'static str, model: Model, history: &History) -> Judged {
    let (seconds, verdict) = best(|| check::check(model, history));
    Judged {
        history: what,
        by: model.name().to_owned(),
        operations: history.operations().len(),
        seconds,
        said: said(&verdict),
    }
}

/// Reads a history in each format that takes long ones.
fn reading(history: &History) -> Vec<Judged> {
    let formats = [Format::Edn, Format::Log, Format::JsonLines];
    let reading = formats.into_iter().map(|format| {
        let mut text = Vec::new();
        write(history, format, &mut text).expect("each of these formats can say it");
        let (seconds, read) = best(|| read(text.as_slice(), &Options::default()));
        Judged {
            history: "read",
            by: format.to_string(),
            operations: read.expect("it was written so").operations().len(),
            seconds,
            said: format!("{:.0} MB", text.len() as f64 / 1e6),
        }
    });
    reading.collect()
}

fn explored<const N: usize>(scenario: &Scenario, memory: MemoryModel) -> Explored {
    let (seconds, report) = best(|| {
        let report = explore::<SequenceLock, N>(scenario, memory, &Limits::default());
        report.expect("one writer fits every register")
    });
    Explored {
        scenario: scenario.name().to_owned(),
        memory: memory.name(),
        words: N,
        states: report.states.unwrap_or(0),
        seconds,
    }
}

impl Engines {
    fn judged(&self, history: &str, by: &str, operations: u64) -> Option<&Judged> {
        let mut judged = self.judged.iter();
        judged.find(|it| {
            (it.history, it.by.as_str(), it.operations as u64) == (history, by, operations)
        })
    }

    /// What is to be reached, and whether it is.
    #[must_use]
    pub fn goals(&self) -> Vec<Goal> {
        let longest = LENGTHS[3];
        let atomic = Model::Atomic.name();
        let within = |what: &str, judged: Option<&Judged>, most: f64| Goal {
            what: format!("milliseconds for a million operations, {what}: at most {most:.0}"),
            measured: judged.map_or(String::new(), |it| format!("{:.0}", 1e3 * it.seconds)),
            met: judged.map(|it| 1e3 * it.seconds <= most),
        };
        let nanos = |length| self.judged(ONCE, atomic, length).map(Judged::nanos);
        let growth = nanos(longest)
            .zip(nanos(LENGTHS[2]))
            .map(|(long, short)| long / short);
        let slowest = self
            .explored
            .iter()
            .filter(|it| it.scenario == "the note" && it.words == 2);
        let slowest = slowest.map(|it| it.seconds).reduce(f64::max);
        vec![
            within("judged atomic, every value once", self.judged(ONCE, atomic, longest), 50.0),
            within("judged atomic, with the witness of a stale read", self.judged("one stale read", atomic, longest), 50.0),
            within("judged atomic, five values", self.judged(FIVE, atomic, longest), 500.0),
            within("by all models", self.judged(ONCE, ALL_MODELS, longest), 2000.0),
            within("read from Jepsen's EDN", self.judged("read", &Format::Edn.to_string(), longest), 300.0),
            Goal {
                what: "nanoseconds for an operation among a million, of those among 100,000: at most 2.5".to_owned(),
                measured: growth.map_or(String::new(), |it| format!("{it:.2}")),
                met: growth.map(|it| it <= 2.5),
            },
            Goal {
                what: "seconds to explore the note's timeline on the sequence lock of 2 words: at most 1".to_owned(),
                measured: slowest.map_or(String::new(), |it| format!("{it:.3}")),
                met: slowest.map(|it| it <= 1.0),
            },
        ]
    }
}

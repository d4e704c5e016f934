//! What registers returned at full speed.

use std::io;
use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use histories::check::{Anomaly, check};
use histories::{History, Model, Timeline};
use indicatif::ProgressBar;
use registers::catalogue::Register;
use registers::stress::{Counts, Stress};
use registers::subject::Claims;
use registers::{Arity, Class};
use serde::Serialize;

use crate::cli::{self, Failure, Outcome};
use crate::screen::{Screen, grouped};

/// What was counted.
#[derive(Clone, Debug, Serialize)]
pub struct Stressed {
    /// The name of the register.
    pub register: &'static str,
    /// The class that it claims.
    pub class: Model,
    /// How many words it has.
    pub words: usize,
    /// How many threads write.
    pub writers: usize,
    /// How many threads read.
    pub readers: usize,
    /// How long they ran.
    pub seconds: f64,
    /// Completed writes.
    pub writes: u64,
    /// Completed reads.
    pub reads: u64,
    /// Reads that were concurrent with no write and yet did not return the last value.
    pub wrong: u64,
    /// Reads whose words are of different writes.
    pub torn: u64,
    /// Reads of a value overwritten before.
    pub stale: u64,
    /// Reads of a value older than one returned before.
    pub inverted: u64,
    /// The weakest class that something contradicts; absent if nothing was seen, which proves nothing.
    pub refuted: Option<Model>,
    /// What the register said, if it panicked.
    pub panic: Option<String>,
    /// Which operation did not come back, if one did not.
    pub stuck: Option<&'static str>,
    /// The first anomaly of each kind.
    pub first: Vec<Sighting>,
}

/// An anomaly that was met.
#[derive(Clone, Debug, Serialize)]
pub struct Sighting {
    /// What kind it is.
    pub anomaly: Anomaly,
    /// What happened.
    pub sentence: String,
    /// The operations that explain it, drawn.
    pub timeline: String,
}

impl Stressed {
    /// What was counted on a register with these claims.
    #[must_use]
    pub fn new(claims: &Claims, words: usize, stress: &Stress, counts: &Counts) -> Self {
        let survived = counts.strongest_class().map(Model::from);
        Self {
            register: claims.name,
            class: claims.class.into(),
            words,
            writers: stress.writers,
            readers: stress.readers,
            seconds: counts.elapsed.as_secs_f64(),
            writes: counts.writes,
            reads: counts.reads,
            wrong: counts.wrong,
            torn: counts.torn,
            stale: counts.stale,
            inverted: counts.inverted,
            refuted: Model::CLASSES
                .into_iter()
                .find(|&model| Some(model) > survived),
            panic: counts.panic.as_ref().map(ToString::to_string),
            stuck: counts
                .stuck
                .map(|writes| if writes { "a write" } else { "a read" }),
            first: counts.first.iter().filter_map(sighting).collect(),
        }
    }

    /// How many of a million reads.
    #[must_use]
    pub fn per_million(&self, count: u64) -> String {
        match count {
            0 => "0".to_owned(),
            _ => format!("{:.1}", count as f64 * 1e6 / self.reads as f64),
        }
    }

    /// Whether the register did what it claims not to.
    #[must_use]
    pub fn contradicts(&self) -> bool {
        self.refuted.is_some_and(|model| model <= self.class)
            || self.panic.is_some()
            || self.stuck.is_some()
    }

    /// Whether the register kept what it claims, as far as this machine showed.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.contradicts() {
            Outcome::Contradicted
        } else if self.reads == 0 || self.writes == 0 {
            Outcome::Inconclusive
        } else {
            Outcome::AsAdvertised
        }
    }

    /// What was seen, in words.
    #[must_use]
    pub fn seen(&self) -> String {
        if let Some(panic) = &self.panic {
            return format!("panics: {panic}");
        }
        if let Some(operation) = self.stuck {
            return format!("{operation} did not come back");
        }
        let kinds = [
            (self.wrong, "wrong reads"),
            (self.torn, "torn reads"),
            (self.stale, "stale reads"),
            (self.inverted, "inversions"),
        ];
        let seen = kinds.iter().filter(|(count, _)| *count > 0);
        let seen: Vec<&str> = seen.map(|(_, name)| *name).collect();
        if seen.is_empty() {
            "nothing".to_owned()
        } else {
            seen.join(", ")
        }
    }

    /// A row of [`draw`].
    fn row(&self) -> Vec<String> {
        let million = |count: u64| {
            let rate = count as f64 / 1e6 / self.seconds;
            if rate < 1.0 {
                format!("{rate:.4}")
            } else {
                format!("{rate:.1}")
            }
        };
        vec![
            self.register.to_owned(),
            self.class.to_string(),
            million(self.reads),
            million(self.writes),
            grouped(self.torn),
            self.per_million(self.torn),
            grouped(self.inverted),
            self.per_million(self.inverted),
            grouped(self.stale + self.wrong),
            self.seen(),
        ]
    }
}

/// Draws what was counted.
///
/// # Errors
///
/// If the screen cannot be written.
pub fn draw(stressed: &[Stressed], screen: &mut Screen) -> io::Result<()> {
    let header = [
        "register",
        "claims",
        "M reads/s",
        "M writes/s",
        // As wide as counts get, so that the same table is always broken in the same places.
        "       torn",
        "    per M",
        "   inverted",
        "    per M",
        "      stale",
        "seen",
    ];
    screen.table(
        &header,
        &stressed.iter().map(Stressed::row).collect::<Vec<_>>(),
    )
}

/// As many writers as a register is made for, up to two, and a reader for each core that is left.
#[must_use]
pub fn usual(claims: &Claims, duration: Duration) -> Stress {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    Stress {
        writers: match (claims.writers, claims.small_numbers()) {
            (Arity::Many, None) => 2,
            _ => 1,
        },
        readers: match claims.readers {
            Arity::One => 1,
            Arity::Many => (cores - 1).max(1),
        },
        duration,
    }
}

/// Tells the bar how long stress has lasted, and ends it if it is to end.
pub fn shown_on(bar: &ProgressBar) -> impl FnMut(Duration) -> ControlFlow<()> {
    |elapsed| {
        bar.set_position(elapsed.as_millis() as u64);
        cli::go_on()
    }
}

/// Lets writers and readers loose on a register.
///
/// # Errors
///
/// If the register does not take that many readers, or is not built in with that many words.
pub fn stress(
    register: Register,
    words: usize,
    stress: &Stress,
    bar: &ProgressBar,
) -> Result<Stressed, Failure> {
    let counts = register.stress(words, stress, &mut shown_on(bar))??;
    Ok(Stressed::new(&register.claims(), words, stress, &counts))
}

/// The same until it has shown what the class of the register lets through, at least once and at most `most`
/// times.
///
/// # Errors
///
/// As [`stress()`].
pub fn stress_until_seen(
    register: Register,
    settings: &Stress,
    words: usize,
    most: usize,
) -> Result<Stressed, Failure> {
    let bar = cli::progress(
        (settings.duration * most as u32).as_millis() as u64,
        &format!("stress on {}", register.name()),
    );
    let mut sum: Option<Stressed> = None;
    for _ in 0..most {
        let one = stress(register, words, settings, &ProgressBar::hidden())?;
        bar.inc(settings.duration.as_millis() as u64);
        let sum = match &mut sum {
            None => sum.insert(one),
            Some(sum) => {
                sum.add(one);
                sum
            }
        };
        if sum.has_shown(register.class()) {
            break;
        }
    }
    bar.finish_and_clear();
    Ok(sum.expect("it runs at least once"))
}

impl Stressed {
    /// Whether it shows what a register of this class and no better lets through.
    #[must_use]
    pub fn has_shown(&self, class: Class) -> bool {
        match class {
            Class::Safe => self.torn > 0,
            Class::Regular => self.inverted > 0,
            Class::Atomic => true,
        }
    }

    fn add(&mut self, other: Self) {
        self.seconds += other.seconds;
        self.writes += other.writes;
        self.reads += other.reads;
        self.wrong += other.wrong;
        self.torn += other.torn;
        self.stale += other.stale;
        self.inverted += other.inverted;
        self.refuted = match (self.refuted, other.refuted) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.panic = self.panic.take().or(other.panic);
        self.stuck = self.stuck.or(other.stuck);
        let known: Vec<Anomaly> = self.first.iter().map(|sighting| sighting.anomaly).collect();
        self.first.extend(
            other
                .first
                .into_iter()
                .filter(|sighting| !known.contains(&sighting.anomaly)),
        );
    }
}

/// What a history found at full speed shows, in the words of the checker.
fn sighting(history: &History) -> Option<Sighting> {
    let verdict = check(Model::Atomic, history);
    let violation = verdict.violation()?;
    Some(Sighting {
        anomaly: violation.anomaly,
        sentence: violation.sentence.clone(),
        timeline: Timeline::from(history.clone()).to_string(),
    })
}

/// How long it runs where it is only a part.
pub const SHORT: Duration = Duration::from_millis(700);

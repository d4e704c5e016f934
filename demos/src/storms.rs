//! What registers returned at full speed.

use std::io;
use std::thread;
use std::time::Duration;

use histories::check::{Anomaly, check};
use histories::{History, Model, Timeline};
use indicatif::ProgressBar;
use registers::catalogue::{Register, Use};
use registers::storm::{self, Counts, NoStorm, Storm};
use registers::subject::Claims;
use registers::{Arity, Class, Construction, Hardware};
use serde::Serialize;

use crate::cli::{Failure, Outcome};
use crate::screen::{Screen, grouped};

/// What was counted in a storm.
#[derive(Clone, Debug, Serialize)]
pub struct Stormed {
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
    /// How long it raged.
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
    /// The strongest class that nothing contradicted; absent if not even safe.
    pub survived: Option<Model>,
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

impl Stormed {
    /// What was counted in a storm on a register with these claims.
    #[must_use]
    pub fn new(claims: &Claims, words: usize, storm: &Storm, counts: &Counts) -> Self {
        Self {
            register: claims.name,
            class: claims.class.into(),
            words,
            writers: storm.writers,
            readers: storm.readers,
            seconds: counts.elapsed.as_secs_f64(),
            writes: counts.writes,
            reads: counts.reads,
            wrong: counts.wrong,
            torn: counts.torn,
            stale: counts.stale,
            inverted: counts.inverted,
            survived: counts.strongest_class().map(Model::from),
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

    /// Whether the register kept what it claims.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.survived < Some(self.class) {
            Outcome::Contradicted
        } else if self.reads == 0 || self.writes == 0 {
            Outcome::Inconclusive
        } else {
            Outcome::AsAdvertised
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
            self.survived
                .map_or_else(|| "none".to_owned(), |model| model.to_string()),
        ]
    }
}

/// Draws what was counted in some storms.
///
/// # Errors
///
/// If the screen cannot be written.
pub fn draw(stormed: &[Stormed], screen: &mut Screen) -> io::Result<()> {
    let header = [
        "register",
        "claims",
        "M reads/s",
        "M writes/s",
        "torn",
        "per M",
        "inverted",
        "per M",
        "stale",
        "survived",
    ];
    screen.table(
        &header,
        &stormed.iter().map(Stormed::row).collect::<Vec<_>>(),
    )
}

/// As many writers as a register is made for, up to two, and a reader for each core that is left.
#[must_use]
pub fn usual(register: Register, duration: Duration) -> Storm {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let claims = register.claims();
    Storm {
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

/// Lets a storm rage on a register.
///
/// # Errors
///
/// If the register does not take that many readers, or is not built in with that many words.
pub fn rage(
    register: Register,
    words: usize,
    storm: &Storm,
    bar: &ProgressBar,
) -> Result<Stormed, Failure> {
    struct Rage<'a>(&'a Storm, &'a ProgressBar);
    impl Use for Rage<'_> {
        type Output = Result<Counts, NoStorm>;
        fn of<C: Construction<Hardware, N>, const N: usize>(self) -> Self::Output {
            let Self(storm, bar) = self;
            storm::rage::<C, N>(storm, |elapsed| {
                bar.set_position(elapsed.as_millis() as u64);
            })
        }
    }
    let counts = register.at_full_speed(words, Rage(storm, bar))??;
    Ok(Stormed::new(&register.claims(), words, storm, &counts))
}

/// Lets a storm rage until it has shown what the class of the register lets through, at least once and at most `most`
/// times.
///
/// # Errors
///
/// As [`rage`].
pub fn rage_until_seen(
    register: Register,
    storm: &Storm,
    words: usize,
    most: usize,
) -> Result<Stormed, Failure> {
    let bar = crate::cli::progress(
        (storm.duration * most as u32).as_millis() as u64,
        &format!("storm on {}", register.name()),
    );
    let mut sum: Option<Stormed> = None;
    for _ in 0..most {
        let one = rage(register, words, storm, &ProgressBar::hidden())?;
        bar.inc(storm.duration.as_millis() as u64);
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
    Ok(sum.expect("a storm rages at least once"))
}

impl Stormed {
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
        self.survived = self.survived.min(other.survived);
        let known: Vec<Anomaly> = self.first.iter().map(|sighting| sighting.anomaly).collect();
        self.first.extend(
            other
                .first
                .into_iter()
                .filter(|sighting| !known.contains(&sighting.anomaly)),
        );
    }
}

/// What a history found in a storm shows, in the words of the checker.
fn sighting(history: &History) -> Option<Sighting> {
    let verdict = check(Model::Atomic, history);
    let violation = verdict.violation()?;
    Some(Sighting {
        anomaly: violation.anomaly,
        sentence: violation.sentence.clone(),
        timeline: Timeline::from(history.clone()).to_string(),
    })
}

/// How long a short storm lasts.
pub const SHORT: Duration = Duration::from_millis(700);

//! What each ordering of a register is there for: weakened by a notch, one at a time, at its line.

use std::io;
use std::time::Duration;

use interleavings::mutants::{Fate, Mutant, Which, mends, mutants};
use interleavings::scope::{Effort, Wrong};
use interleavings::{Limits, Variant, survey_with};
use registers::subject::Subject;
use serde::Serialize;

use crate::classify::spend;
use crate::cli::Failure;
use crate::screen::Screen;
use crate::verdict::{named, sizes};

/// What the orderings of a register are there for.
#[derive(Clone, Debug, Serialize)]
pub struct Needed {
    /// The register.
    pub register: &'static str,
    /// One for each notch of each ordering.
    pub orderings: Vec<Ordering>,
    /// For a register that is less than it claims: single changes that mend it in what was explored, the smallest first.
    pub mends: Vec<String>,
}

/// One ordering, weaker than the register has it.
#[derive(Clone, Debug, Serialize)]
pub struct Ordering {
    /// The line: `sequence_lock.rs:117`.
    pub site: String,
    /// What is changed: `load: Acquire -> Relaxed`.
    pub change: String,
    /// What goes wrong; absent if nothing tells it apart.
    pub wrong: Option<String>,
    /// In which scenario, or up to which nothing does.
    pub scenario: String,
    /// The memories that show it.
    pub shown_on: Vec<String>,
    /// What happens, in a sentence, if it was asked for.
    pub sentence: Option<String>,
    /// An execution that shows it, if it was asked for.
    pub timeline: Option<String>,
}

/// How many states are explored with each ordering weakened.
pub const STATES: u64 = 30_000;

/// How much is spent on each ordering.
#[must_use]
pub fn effort(time: Duration) -> Effort {
    spend(STATES, time)
}

/// Weakens every ordering, and looks for what mends a register that is less than it claims.
///
/// # Errors
///
/// If the register cannot perform what it says that it can.
pub fn find(
    subject: &Subject,
    effort: &Effort,
    draw: bool,
    progress: &mut dyn FnMut(&str),
) -> Result<Needed, Failure> {
    let mut tell = |mutation: &interleavings::Mutation| progress(&mutation.to_string());
    let weakened = mutants(subject, Which::Weakened, effort, &mut tell)?;
    let orderings: Result<Vec<Ordering>, Failure> = weakened
        .iter()
        .map(|mutant| ordering(subject, mutant, draw))
        .collect();
    let mends = mends(subject, effort, &mut tell)?;
    Ok(Needed {
        register: subject.claims().name,
        orderings: orderings?,
        mends: mends.iter().map(ToString::to_string).collect(),
    })
}

fn ordering(subject: &Subject, mutant: &Mutant, draw: bool) -> Result<Ordering, Failure> {
    let whole = mutant.mutation.to_string();
    let (site, change) = whole.split_once("  ").unwrap_or((&whole, ""));
    let blank = Ordering {
        site: site.to_owned(),
        change: change.to_owned(),
        wrong: None,
        scenario: String::new(),
        shown_on: Vec::new(),
        sentence: None,
        timeline: None,
    };
    Ok(match &mutant.fate {
        Fate::Wrong { wrong, shown, on } => {
            let mut found = Ordering {
                wrong: Some(named(*wrong)),
                scenario: shown.scenario.name().to_owned(),
                shown_on: on.iter().map(ToString::to_string).collect(),
                ..blank
            };
            if draw {
                let variant = Variant {
                    mutation: Some(mutant.mutation),
                    near_wrap: shown.near_wrap,
                };
                let limits = Limits {
                    states: 2_000_000,
                    ..Limits::default()
                };
                let memory = shown.on[0];
                let survey =
                    survey_with(subject, &shown.scenario, memory, variant, &limits, |_| {})?;
                let (sentence, timeline) = picture(&survey.report, *wrong);
                (found.sentence, found.timeline) = (sentence, timeline);
            }
            found
        }
        Fate::NoDifference { within } => Ordering {
            scenario: format!("no difference up to {}", sizes(within, subject.claims())),
            ..blank
        },
        Fate::Unknown(why) => Ordering {
            scenario: format!("not known: {why}"),
            ..blank
        },
    })
}

fn picture(report: &interleavings::Report, wrong: Wrong) -> (Option<String>, Option<String>) {
    let found = match wrong {
        Wrong::Breaks(model) => {
            let witness = report.witnesses.get(&model);
            witness.map(|it| (it.violation.sentence.clone(), it.timeline.to_string()))
        }
        Wrong::Fails(kind) => {
            let fault = report.faults.get(&kind);
            fault.map(|it| (it.sentence.clone(), it.timeline.to_string()))
        }
        Wrong::Waits => None,
    };
    found.unzip()
}

impl Needed {
    /// Draws a line for each ordering, and the executions that show it if they are `wanted`.
    ///
    /// # Errors
    ///
    /// If the screen cannot be written.
    pub fn draw(&self, screen: &mut Screen, wanted: bool) -> io::Result<()> {
        screen.heading(&format!(
            "What the orderings of {} are there for: each weaker by a notch",
            self.register
        ))?;
        let row = |it: &Ordering| {
            vec![
                it.site.clone(),
                it.change.clone(),
                it.wrong.clone().unwrap_or_else(|| "nothing".to_owned()),
                it.scenario.clone(),
                it.shown_on.join(", "),
            ]
        };
        let rows: Vec<Vec<String>> = self.orderings.iter().map(row).collect();
        screen.table(
            &["line", "change", "what goes wrong", "in", "shown by"],
            &rows,
        )?;
        let found = self
            .orderings
            .iter()
            .filter(|it| it.wrong.is_some())
            .count();
        screen.note(&format!(
            "{found} of {} are needed as they are, in what was explored.",
            self.orderings.len()
        ))?;
        if !self.mends.is_empty() {
            screen.heading("What mends it, in what was explored: one of these")?;
            screen.text(&self.mends.join("\n"))?;
        }
        if !wanted {
            return Ok(());
        }
        for it in &self.orderings {
            if let (Some(sentence), Some(timeline)) = (&it.sentence, &it.timeline) {
                screen.heading(&format!("{}  {}", it.site, it.change))?;
                screen.text(timeline)?;
                screen.gap()?;
                screen.wrapped(sentence)?;
            }
        }
        Ok(())
    }
}

//! `workbench replay`: one interleaving again, on real threads, word by word.

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use histories::check::{check, strongest};
use histories::{History, Model, Timeline, Verdict};
use registers::catalogue::Register;
use registers::worlds::conducted;
use serde::Serialize;

use workbench::answers::capitalised;
use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::demonstrations::{Demonstration, built_in};
use workbench::screen::{Screen, plural};

/// Perform one interleaving on real threads, access by access
///
/// A schedule is a timeline with numbered accesses in its runs, as `rr1rr4rr`, perhaps with the list of these accesses
/// below it. What is printed is a schedule again: change it, and replay it.
#[derive(Clone, Debug, Args)]
pub struct Replay {
    /// The register
    #[arg(value_parser = cli::register)]
    pub register: Register,
    /// The schedule: a file, `-` for the standard input, or `torn-read` or `new-old-inversion`
    pub schedule: PathBuf,
    /// How many words the register has [default: 2, or 1 if it can have no more]
    #[arg(short, long)]
    pub words: Option<usize>,
}

/// A schedule that was followed.
#[derive(Clone, Debug, Serialize)]
pub struct ReplayReport {
    schema: u32,
    command: &'static str,
    register: &'static str,
    class: Model,
    words: usize,
    /// The timeline with its steps, as it can be replayed.
    schedule: String,
    history: History,
    steps: Vec<StepReport>,
    /// The strongest model that the history meets.
    meets: Option<Model>,
    /// Why it does not meet the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<String>,
}

/// One access.
#[derive(Clone, Debug, Serialize)]
pub struct StepReport {
    thread: u32,
    access: String,
}

/// Follows a schedule.
///
/// # Errors
///
/// If there is no schedule, or if the register cannot follow it.
pub fn run(args: &Replay) -> Result<ReplayReport, Failure> {
    let built_in_one = args
        .schedule
        .to_str()
        .and_then(|name| Demonstration::from_str(name, false).ok());
    let schedule = match built_in_one {
        Some(exhibit) => built_in(exhibit.schedule()),
        None => cli::read_timeline(&args.schedule)?.0,
    };
    let words = args.words.unwrap_or(args.register.usual_width());
    follow(args.register, words, &schedule)
}

/// Follows a schedule on a register.
///
/// # Errors
///
/// If the register cannot follow it.
pub fn follow(
    register: Register,
    words: usize,
    schedule: &Timeline,
) -> Result<ReplayReport, Failure> {
    let followed = conducted::follow(&register.subject(words)?, schedule);
    let timeline = followed.map_err(|refusal| Failure::Refused {
        register: register.name(),
        refusal: Box::new(refusal),
    })?;
    let sentence =
        Model::CLASSES
            .into_iter()
            .find_map(|model| match check(model, &timeline.history) {
                Verdict::Breaks(violation) => Some(violation.sentence),
                Verdict::Meets | Verdict::Unknown { .. } => None,
            });
    let steps = timeline.steps.iter();
    let steps = steps.map(|step| StepReport {
        thread: step.process,
        access: step.access.clone(),
    });
    Ok(ReplayReport {
        schema: SCHEMA,
        command: "replay",
        register: register.name(),
        class: register.class().into(),
        words,
        schedule: timeline.to_string(),
        steps: steps.collect(),
        meets: strongest(&timeline.history),
        sentence,
        history: timeline.history,
    })
}

impl ReplayReport {
    /// The picture with its steps.
    #[must_use]
    pub fn picture(&self) -> &str {
        &self.schedule
    }

    /// Which semantics the history has, in a sentence.
    #[must_use]
    pub fn verdict(&self) -> String {
        match (self.meets, &self.sentence) {
            (Some(Model::Atomic), _) => "This history is atomic.".to_owned(),
            (Some(meets), Some(sentence)) => {
                format!(
                    "This history is {meets} and no more. {}.",
                    capitalised(sentence)
                )
            }
            (None, Some(sentence)) => {
                format!("This history is not even safe. {}.", capitalised(sentence))
            }
            (Some(meets), None) => format!("This history is at least {meets}; more is not known."),
            (None, None) => "Nothing is known of this history.".to_owned(),
        }
    }
}

impl Report for ReplayReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let words = plural(self.words, "word");
        screen.raw(&format!(
            "# {} of {words}, which claims to be {}\n",
            self.register, self.class
        ))?;
        screen.raw(&self.schedule)?;
        screen.raw(&format!("# {}\n", self.verdict()))
    }

    fn outcome(&self) -> Outcome {
        match check(self.class, &self.history) {
            Verdict::Meets => Outcome::AsAdvertised,
            Verdict::Breaks(_) => Outcome::Contradicted,
            Verdict::Unknown { .. } => Outcome::Inconclusive,
        }
    }
}

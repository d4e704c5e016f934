//! `workbench classify`: what a register really is.

use std::io;
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use registers::catalogue::Register;
use serde::Serialize;

use crate::classified::{Classified, explore};
use crate::cli::{self, Failure, Outcome, Report, SCHEMA};
use crate::screen::Screen;
use crate::storms;

/// Say what a register really is: a storm, every interleaving, and who waits for whom
#[derive(Clone, Copy, Debug, Args)]
pub struct Classify {
    /// The register
    #[arg(value_parser = cli::register)]
    pub register: Register,
    /// How many words it has [default: 2, or 1 if it can have no more]
    #[arg(short, long)]
    pub words: Option<usize>,
    /// For how many seconds real threads rage
    #[arg(short, long, default_value_t = 1.0, value_parser = cli::seconds)]
    pub seconds: f64,
    /// For how many seconds it may be explored in each scenario
    #[arg(long, default_value_t = 20.0, value_parser = cli::seconds)]
    pub max_time: f64,
}

/// What a register is.
#[derive(Clone, Debug, Serialize)]
pub struct ClassifyReport {
    schema: u32,
    command: &'static str,
    #[serde(flatten)]
    classified: Classified,
}

/// Classifies a register.
///
/// # Errors
///
/// If it is not built in with that many words.
pub fn run(args: &Classify) -> Result<ClassifyReport, Failure> {
    let words = args.words.unwrap_or(args.register.usual_width());
    let spinner = ProgressBar::new_spinner();
    spinner.enable_steady_tick(Duration::from_millis(200));
    let classified = classify(
        args.register,
        words,
        Duration::from_secs_f64(args.seconds),
        Duration::from_secs_f64(args.max_time),
        &spinner,
    );
    spinner.finish_and_clear();
    let classified = classified?;
    Ok(ClassifyReport {
        schema: SCHEMA,
        command: "classify",
        classified,
    })
}

/// Lets real threads rage on a register, and explores it, if its accesses can be seen. `bar` is told what is being done.
///
/// # Errors
///
/// If it is not built in with that many words.
pub fn classify(
    register: Register,
    words: usize,
    storm: Duration,
    max_time: Duration,
    bar: &ProgressBar,
) -> Result<Classified, Failure> {
    let is_foreign = register.widths().is_empty();
    let subject = match is_foreign {
        true => None,
        false => Some(register.subject(words)?),
    };
    bar.set_message(format!("storm on {}", register.name()));
    let stormed = storms::rage(register, words, &storms::usual(register, storm), bar)?;
    let explored = match &subject {
        Some(subject) => explore(subject, max_time, bar)?,
        None => Vec::new(),
    };
    Ok(Classified::new(
        &register.claims(),
        stormed,
        explored,
        subject.as_ref(),
    ))
}

impl Report for ClassifyReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        self.classified.draw(screen)
    }

    fn outcome(&self) -> Outcome {
        self.classified.outcome()
    }
}

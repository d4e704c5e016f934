//! `workbench timeline`: what the reads of a timeline may return, and what real registers returned.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use histories::{History, Model, Timeline};
use registers::catalogue::Register;
use registers::staged::Staging;
use serde::Serialize;

use super::over_a_network::{self, OverANetwork};
use workbench::answers::Answers;
use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::demonstrations::{NOTE, built_in};
use workbench::play::{sketch, write};
use workbench::screen::{Screen, plural};
use workbench::staging::{self, Staged};

/// Ask what each read of a timeline may return, and let real threads perform it
#[derive(Clone, Debug, Args)]
pub struct Ask {
    /// The timeline: a file, or `-` for the standard input [default: the one of the note]
    pub file: Option<PathBuf>,
    /// Perform it on this register only; may be given several times [default: one of each class]
    #[arg(short, long = "register", value_parser = cli::register)]
    pub registers: Vec<Register>,
    /// How many words the registers have
    #[arg(short, long, default_value_t = 2)]
    pub words: usize,
    /// How often real threads perform the timeline on each register, within 8 seconds; 0 to only answer it
    #[arg(long, default_value_t = 10_000)]
    pub runs: usize,
    /// Write a page besides, on which the timeline can be edited while each class judges it; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
    /// What the spread of accesses starts from
    #[command(flatten)]
    pub seed: Seed,
}

/// What randomness starts from.
#[derive(Clone, Copy, Debug, Args)]
pub struct Seed {
    /// Fixes how word accesses are spread within operations; the scheduler remains free [default: drawn by lot, and
    /// printed]
    #[arg(long)]
    seed: Option<u64>,
}

impl Seed {
    /// The seed, drawn by lot if none was given.
    #[must_use]
    pub fn get(self) -> u64 {
        // Short enough to be typed again.
        self.seed.unwrap_or_else(|| fastrand::u64(..1_000_000))
    }
}

/// What a timeline may return, and what it did.
#[derive(Clone, Debug, Serialize)]
pub struct TimelineReport {
    schema: u32,
    command: &'static str,
    /// The timeline as it was typed.
    timeline: String,
    history: History,
    answers: Answers,
    /// What randomness started from; absent if nothing was performed.
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    registers: Vec<Staged>,
    /// The same over a network, in every execution.
    over_a_network: Vec<OverANetwork>,
    /// Why it was not explored there.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_over_a_network: Option<String>,
    /// Why nothing was performed.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_performed: Option<String>,
}

/// Answers a timeline and lets real threads perform it.
///
/// # Errors
///
/// If the file holds no timeline, or if a register that was asked for cannot perform it.
pub fn run(args: &Ask) -> Result<TimelineReport, Failure> {
    let (timeline, text) = match &args.file {
        Some(path) => cli::read_timeline(path)?,
        None => (built_in(NOTE), NOTE.to_owned()),
    };
    if let Some(page) = &args.page {
        write(&sketch(&timeline)?.html(), page)?;
    }
    let answers = Answers::of(&timeline, args.words);
    let mut report = TimelineReport {
        schema: SCHEMA,
        command: "timeline",
        timeline: text,
        history: timeline.history.clone(),
        answers,
        seed: None,
        registers: Vec::new(),
        over_a_network: Vec::new(),
        not_over_a_network: None,
        not_performed: None,
    };
    let asked_for = !args.registers.is_empty();
    let why_not = if report.answers.reads.is_empty() {
        Some("no read is open, so there is nothing to find out")
    } else if report.answers.is_contradicted(Model::Safe) {
        Some("what it states is already more than a safe register may return")
    } else {
        None
    };
    match why_not {
        Some(reason) => report.not_performed = Some(reason.to_owned()),
        None if args.runs == 0 => {}
        None => {
            let seed = args.seed.get();
            let registers = if asked_for {
                args.registers.as_slice()
            } else {
                &Register::LADDER
            };
            match perform(registers, args, &timeline, &report.answers, seed) {
                Ok(staged) => (report.registers, report.seed) = (staged, Some(seed)),
                // A timeline that only wants an answer need not fit the registers.
                Err(Failure::NotStaged(reason)) if !asked_for => {
                    report.not_performed = Some(reason.to_string());
                }
                Err(failure) => return Err(failure),
            }
        }
    }
    // Whoever asks for a register, or for no more than answers, has not asked for replicas.
    if report.not_performed.is_none() && !asked_for && args.runs > 0 {
        match OverANetwork::all(&timeline.history, &report.answers) {
            Ok(all) => report.over_a_network = all,
            Err(reason) => report.not_over_a_network = Some(reason),
        }
    }
    Ok(report)
}

/// How long real threads may perform a timeline on one register.
const TIME: Duration = Duration::from_secs(8);

fn perform(
    registers: &[Register],
    args: &Ask,
    timeline: &Timeline,
    answers: &Answers,
    seed: u64,
) -> Result<Vec<Staged>, Failure> {
    let history = &timeline.history;
    let column = Staging::column_for(history.processes().len());
    let staging = Staging {
        runs: args.runs,
        time: TIME,
        column,
        seed,
    };
    let stage = |&register: &Register| {
        let bar = cli::progress(
            args.runs as u64,
            &format!("timeline on {}", register.name()),
        );
        let staged = staging::perform(register, args.words, history, answers, &staging, &bar);
        bar.finish_and_clear();
        staged
    };
    registers.iter().map(stage).collect()
}

impl Report for TimelineReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading("The timeline: columns are time, w(1) writes 1, r reads")?;
        screen.text(&self.timeline)?;
        screen.heading("What each read may return, whatever the others do")?;
        self.answers.draw(screen)?;
        if self.answers.reads.is_empty() {
            screen.gap()?;
            return screen.note(
                "Nothing is asked here: leave out the value of a read to ask what it may return.",
            );
        }
        let heading = match self.registers.as_slice() {
            [] => "What they may return together".to_owned(),
            [staged, ..] => format!(
                "What they may return together, and what registers of {} did return to real threads",
                plural(staged.words, "word"),
            ),
        };
        screen.heading(&heading)?;
        staging::draw(&self.answers, &self.registers, screen)?;
        screen.gap()?;
        screen.text(&self.answers.summary())?;
        if let Some(reason) = &self.not_performed {
            screen.note(&format!("Not performed: {reason}."))?;
        }
        if let Some(seed) = self.seed {
            let counted = staging::counted(&self.registers);
            screen.note(&format!(
                "Runs that came out as drawn, and so were counted: {counted}.\nSeed {seed}: it fixes how accesses are spread, not what the scheduler does.",
            ))?;
        }
        if let Some(led) = staging::led(&self.registers) {
            screen.note(&led)?;
        }
        if !self.over_a_network.is_empty() {
            over_a_network::draw(&self.answers, &self.over_a_network, screen)?;
        }
        if let Some(reason) = &self.not_over_a_network {
            screen.note(&format!("Not performed over a network: {reason}."))?;
        }
        Ok(())
    }

    fn outcome(&self) -> Outcome {
        let registers = self
            .registers
            .iter()
            .map(Staged::outcome)
            .chain(self.over_a_network.iter().map(OverANetwork::outcome))
            .max()
            .unwrap_or(Outcome::AsAdvertised);
        if self.answers.is_unknown() {
            registers.max(Outcome::Inconclusive)
        } else {
            registers
        }
    }
}

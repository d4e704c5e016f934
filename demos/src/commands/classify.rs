//! `workbench classify`: what a register really is.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use interleavings::MemoryModel;
use registers::catalogue::Register;
use registers::scenario::Scenario;
use serde::Serialize;
use workbench::classify::{Budget, Classified, spend, study, usual_states};
use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::play::write_register;
use workbench::prove::note;
use workbench::screen::{Screen, grouped};
use workbench::stressed;
use workbench::verdict::{self, Verdict};

/// Say what a register really is: every execution from the smallest scenarios on, who waits for whom, and real threads
#[derive(Clone, Debug, Args)]
pub struct Classify {
    /// The register
    #[arg(value_parser = cli::register)]
    pub register: Register,
    /// How many words it has [default: 2, or 1 if it can have no more]
    #[arg(short, long)]
    pub words: Option<usize>,
    /// For how many seconds real threads run
    #[arg(short, long, default_value_t = 1.0, value_parser = cli::seconds)]
    pub seconds: f64,
    /// How many states may be explored on weak memory, of all scenarios together [default: 100000, or 200000 with many writers]
    #[arg(long, value_parser = cli::states)]
    pub max_states: Option<u64>,
    /// For how many seconds it may be explored
    #[arg(long, default_value_t = 60.0, value_parser = cli::seconds)]
    pub max_time: f64,
    /// Write a page besides, on which you are the scheduler of this register; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
}

/// What a register is.
#[derive(Clone, Debug, Serialize)]
pub struct ClassifyReport {
    schema: u32,
    command: &'static str,
    #[serde(flatten)]
    verdict: Verdict,
    #[serde(skip)]
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
    let states = args
        .max_states
        .unwrap_or_else(|| usual_states(&args.register.claims()));
    let budget = Budget {
        effort: spend(states, Duration::from_secs_f64(args.max_time)),
        ..Budget::default()
    };
    let seconds = Duration::from_secs_f64(args.seconds);
    let classified = classify(args.register, words, seconds, &budget, &spinner);
    spinner.finish_and_clear();
    let classified = classified?;
    if let Some(page) = &args.page {
        let subject = args.register.subject(words)?;
        write_register(
            &subject,
            None,
            &classified.shown_in(),
            &MemoryModel::ALL,
            page,
        )?;
    }
    Ok(ClassifyReport {
        schema: SCHEMA,
        command: "classify",
        verdict: Verdict::of(&classified),
        classified,
    })
}

/// Explores a register, and lets real threads loose on it. `bar` is told what is being done.
///
/// # Errors
///
/// If it is not built in with that many words.
pub fn classify(
    register: Register,
    words: usize,
    seconds: Duration,
    budget: &Budget,
    bar: &ProgressBar,
) -> Result<Classified, Failure> {
    let name = register.name();
    let subject = register.subject(words)?;
    let mut tell = |what: &str, states: u64| {
        bar.set_message(match states {
            0 => format!("{name}, {what}"),
            _ => format!("{name}, {what}: {} states", grouped(states)),
        });
    };
    let shown_in = register
        .shown_in()
        .map(|lanes| lanes.parse().expect("it is a scenario"));
    let besides: Vec<Scenario> = [note()].into_iter().chain(shown_in).collect();
    let studied = study(&subject, &besides, budget, &mut tell)?;
    bar.set_message(format!("{name}, real threads"));
    let settings = stressed::usual(&register.claims(), seconds);
    Ok(Classified {
        claims: register.claims(),
        words,
        stressed: Some(stressed::stress(register, words, &settings, bar)?),
        studied: Some(studied),
    })
}

impl Report for ClassifyReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        verdict::draw(&self.classified, screen)
    }

    fn outcome(&self) -> Outcome {
        self.classified.outcome()
    }
}

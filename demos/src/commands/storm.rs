//! `workbench storm`: real threads at full speed, anomalies counted.

use std::io;
use std::time::Duration;

use clap::Args;
use registers::catalogue::Register;
use registers::storm;
use serde::Serialize;

use crate::cli::{self, Failure, Outcome, Report, SCHEMA};
use crate::screen::{Screen, plural};
use crate::storms::{self, Stormed};

/// Let writers and readers loose at full speed, and judge every read
#[derive(Clone, Copy, Debug, Args)]
pub struct Storm {
    /// The register
    #[arg(value_parser = cli::register)]
    pub register: Register,
    /// How many words it has [default: 2, or 1 if it can have no more]
    #[arg(short, long)]
    pub words: Option<usize>,
    /// How many threads write [default: 1, or 2 if it takes as many]
    #[arg(long)]
    pub writers: Option<usize>,
    /// How many threads read [default: one for each core but the writer's; 1 if it takes no more]
    #[arg(short, long)]
    pub readers: Option<usize>,
    /// For how many seconds
    #[arg(short, long, default_value_t = 3.0, value_parser = cli::seconds)]
    pub seconds: f64,
}

/// What a storm showed.
#[derive(Clone, Debug, Serialize)]
pub struct StormReport {
    schema: u32,
    command: &'static str,
    #[serde(flatten)]
    stormed: Stormed,
}

/// Lets a storm rage.
///
/// # Errors
///
/// If the register does not take that many readers, or is not built in with that many words.
pub fn run(args: &Storm) -> Result<StormReport, Failure> {
    let duration = Duration::from_secs_f64(args.seconds);
    let usual = storms::usual(args.register, duration);
    let storm = storm::Storm {
        writers: args.writers.unwrap_or(usual.writers),
        readers: args.readers.unwrap_or(usual.readers),
        duration,
    };
    let bar = cli::progress(
        duration.as_millis() as u64,
        &format!("storm on {}", args.register.name()),
    );
    let stormed = storms::rage(
        args.register,
        args.words.unwrap_or(args.register.usual_width()),
        &storm,
        &bar,
    );
    bar.finish_and_clear();
    Ok(StormReport {
        schema: SCHEMA,
        command: "storm",
        stormed: stormed?,
    })
}

impl Report for StormReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let Stormed {
            register,
            words,
            writers,
            readers,
            seconds,
            class,
            ..
        } = &self.stormed;
        screen.heading(&format!(
            "{register} of {}, {} and {}, {seconds:.1} s at full speed",
            plural(*words, "word"),
            plural(*writers, "writer"),
            plural(*readers, "reader"),
        ))?;
        storms::draw(std::slice::from_ref(&self.stormed), screen)?;
        for sighting in &self.stormed.first {
            screen.heading(&format!("The first {}", sighting.anomaly.name()))?;
            screen.text(&sighting.timeline)?;
            screen.gap()?;
            screen.text(&sighting.sentence)?;
        }
        screen.gap()?;
        screen.note(match self.outcome() {
            Outcome::AsAdvertised => format!(
                "Nothing contradicts that {register} is {class}. A storm finds what this machine happens to show;\nthat it finds nothing proves nothing."
            ),
            Outcome::Contradicted => format!("{register} claims to be {class}, and this contradicts it."),
            Outcome::Inconclusive => "Too little happened to say anything: let it rage longer.".to_owned(),
        }.as_str())?;
        screen.note("What is drawn to come before is known to have come before.")?;
        screen.note("Step by step: workbench show torn-read, workbench show new-old-inversion")
    }

    fn outcome(&self) -> Outcome {
        self.stormed.outcome()
    }
}

//! `workbench stress`: real threads at full speed, anomalies counted.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use registers::catalogue::Register;
use registers::stress;
use serde::Serialize;

use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::play::{history_page, write};
use workbench::recording;
use workbench::screen::{Screen, plural};
use workbench::stressed::{self, Stressed};

/// Let writers and readers loose at full speed, and judge every read
#[derive(Clone, Debug, Args)]
pub struct Stress {
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
    #[arg(long)]
    pub readers: Option<usize>,
    /// For how many seconds
    #[arg(short, long, default_value_t = 3.0, value_parser = cli::seconds)]
    pub seconds: f64,
    /// Write a page besides, with a short run that is recorded from its first operation to its last; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
}

/// What was seen.
#[derive(Clone, Debug, Serialize)]
pub struct StressReport {
    schema: u32,
    command: &'static str,
    #[serde(flatten)]
    stressed: Stressed,
}

/// Lets writers and readers loose.
///
/// # Errors
///
/// If the register does not take that many readers, or is not built in with that many words.
pub fn run(args: &Stress) -> Result<StressReport, Failure> {
    let duration = Duration::from_secs_f64(args.seconds);
    let usual = stressed::usual(&args.register.claims(), duration);
    let settings = stress::Stress {
        writers: args.writers.unwrap_or(usual.writers),
        readers: args.readers.unwrap_or(usual.readers),
        duration,
    };
    let words = args.words.unwrap_or(args.register.usual_width());
    if let Some(page) = &args.page {
        let history = recording::record(args.register, words, &settings)?;
        let title = format!("{} of {}", args.register, plural(words, "word"));
        write(&history_page(&title, &history), page)?;
    }
    let bar = cli::progress(
        duration.as_millis() as u64,
        &format!("stress on {}", args.register.name()),
    );
    let stressed = stressed::stress(args.register, words, &settings, &bar);
    bar.finish_and_clear();
    Ok(StressReport {
        schema: SCHEMA,
        command: "stress",
        stressed: stressed?,
    })
}

impl Report for StressReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let Stressed {
            register,
            words,
            writers,
            readers,
            seconds,
            class,
            ..
        } = &self.stressed;
        screen.heading(&format!(
            "{register} of {}, {} and {}, {seconds:.1} s at full speed",
            plural(*words, "word"),
            plural(*writers, "writer"),
            plural(*readers, "reader"),
        ))?;
        stressed::draw(std::slice::from_ref(&self.stressed), screen)?;
        for sighting in &self.stressed.first {
            screen.heading(&format!("The first {}", sighting.anomaly.name()))?;
            screen.text(&sighting.timeline)?;
            screen.gap()?;
            screen.text(&sighting.sentence)?;
        }
        screen.gap()?;
        screen.note(match self.outcome() {
            Outcome::AsAdvertised => format!(
                "Nothing seen that contradicts {class}. Real threads show what this machine happens to show: that nothing was seen\nproves nothing."
            ),
            Outcome::Contradicted => format!("{register} claims to be {class}, and this contradicts it."),
            Outcome::Inconclusive => "Too little happened to say anything: let it run longer.".to_owned(),
        }.as_str())?;
        screen.note("What is drawn to come before is known to have come before.")?;
        screen.note("Step by step: workbench show torn-read, workbench show new-old-inversion")
    }

    fn outcome(&self) -> Outcome {
        self.stressed.outcome()
    }
}

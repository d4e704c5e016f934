//! Stresses the registers that others wrote: real threads are all that can look into them.

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use peers::Peer;
use registers::catalogue::Stressing;
use serde::Serialize;
use workbench::cli::{self, Failure, Outcome, Output, Report, SCHEMA};
use workbench::screen::Screen;
use workbench::stressed::{self, Stressed};

/// Let real threads loose on the registers that others wrote, and judge every read
///
/// Exit codes: 0 as advertised, 1 contradicted, 2 usage or input error, 3 inconclusive.
#[derive(Debug, Parser)]
#[command(name = "peers", version)]
struct Arguments {
    /// The registers [default: all]
    #[arg(value_name = "REGISTER", value_parser = PossibleValuesParser::new(names()).map(|it| named(&it)), hide_possible_values = true)]
    registers: Vec<Peer>,
    /// How many words they have
    #[arg(short, long, default_value_t = 2)]
    words: usize,
    /// For how many seconds each
    #[arg(short, long, default_value_t = 0.5, value_parser = cli::seconds)]
    seconds: f64,
    #[command(flatten)]
    output: Output,
}

fn names() -> impl Iterator<Item = &'static str> {
    Peer::ALL.iter().copied().map(Peer::name)
}

fn named(name: &str) -> Peer {
    Peer::named(name).expect("it is one of the names")
}

/// What was found.
#[derive(Debug, Serialize)]
struct PeersReport {
    schema: u32,
    command: &'static str,
    rows: Vec<Row>,
}

/// One register.
#[derive(Debug, Serialize)]
struct Row {
    /// How many may write it.
    may_write: String,
    /// How many may read it.
    may_read: String,
    /// What it claims for reads that others keep waiting.
    read: String,
    /// What it claims for writes that others keep waiting.
    write: String,
    #[serde(flatten)]
    stressed: Stressed,
}

fn main() -> ExitCode {
    let arguments: Arguments = cli::parse();
    cli::run_interruptibly(arguments.output, || run(&arguments))
}

fn run(arguments: &Arguments) -> Result<PeersReport, Failure> {
    // Without names, all that have so many words; who names one is told if it has not.
    let all = Peer::ALL.iter().copied();
    let asked: Vec<Peer> = match arguments.registers.as_slice() {
        [] => all
            .filter(|peer| peer.widths().contains(&arguments.words))
            .collect(),
        registers => registers.to_vec(),
    };
    let duration = Duration::from_secs_f64(arguments.seconds);
    let bar = cli::progress(duration.as_millis() as u64, "stress");
    let mut rows = Vec::new();
    for peer in asked {
        if cli::go_on().is_break() {
            break;
        }
        let claims = peer.claims();
        bar.set_message(claims.name);
        let settings = stressed::usual(&claims, duration);
        let stressing = Stressing {
            settings: &settings,
            progress: &mut stressed::shown_on(&bar),
        };
        let counts = peer.at_full_speed(arguments.words, stressing)??;
        rows.push(Row {
            may_write: claims.writers.to_string(),
            may_read: claims.readers.to_string(),
            read: claims.progress.read.to_string(),
            write: claims.progress.write.to_string(),
            stressed: Stressed::new(&claims, arguments.words, &settings, &counts),
        });
    }
    bar.finish_and_clear();
    Ok(PeersReport {
        schema: SCHEMA,
        command: "peers",
        rows,
    })
}

impl Report for PeersReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading("Registers that others wrote: real threads are all there is")?;
        let header = [
            "register",
            "claims",
            "words",
            "writers",
            "readers",
            "read",
            "write",
            "M reads/s",
            "torn",
            "inverted",
            "stale",
        ];
        let rows = self.rows.iter().map(|row| {
            let it = &row.stressed;
            vec![
                it.register.to_owned(),
                it.class.to_string(),
                it.words.to_string(),
                row.may_write.clone(),
                row.may_read.clone(),
                row.read.clone(),
                row.write.clone(),
                format!("{:.1}", it.reads as f64 / 1e6 / it.seconds),
                it.torn.to_string(),
                it.inverted.to_string(),
                (it.stale + it.wrong).to_string(),
            ]
        });
        screen.table(&header, &rows.collect::<Vec<_>>())?;
        screen.gap()?;
        screen.note(match self.outcome() {
            Outcome::Contradicted => "One of them did what its documentation rules out.",
            Outcome::Inconclusive => "Too little happened to say anything: let it run longer.",
            Outcome::AsAdvertised => {
                "Nothing seen that they do not claim, which proves nothing: no exploration sees into them."
            }
        })
    }

    fn outcome(&self) -> Outcome {
        let outcomes = self.rows.iter().map(|row| row.stressed.outcome());
        outcomes.max().unwrap_or(Outcome::Inconclusive)
    }
}

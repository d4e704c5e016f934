//! Compares all registers, fairly.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use benches::contestant::Contestant;
use benches::cores::{Cores, machine};
use benches::engines;
use benches::measure::measure;
use benches::plan::{Extent, Plan, legs};
use benches::record::Record;
use benches::scoreboard::{Scoreboard, Shown};
use clap::Parser;
use workbench::cli::{self, Failure, Output};

/// Compare all registers: what each costs, beside what it lets through
///
/// All are measured in one process, round by round, each round in another order, and compared with the raw copy of the
/// same round. Every value that is read beside a writer is looked at. A whole run, of all registers and widths, also
/// measures how fast histories are judged and read, and executions explored.
///
/// Exit codes: 0 as advertised, 1 a register lets through what it must not, 2 usage or input error, 3 inconclusive.
#[derive(Debug, Parser)]
#[command(name = "scoreboard", version)]
struct Arguments {
    /// End in under 90 seconds
    #[arg(long)]
    quick: bool,
    /// Measure and print the cost of semantics, and nothing else
    #[arg(long, conflicts_with = "quick")]
    semantics: bool,
    /// Print the tables as Markdown
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Draw plots into this directory, as SVG
    #[arg(long, value_name = "DIR")]
    plot: Option<PathBuf>,
    /// Only these registers, and the raw copy, which all are compared with
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = contestant)]
    only: Vec<Contestant>,
    /// Values of so many words
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', value_parser = payload)]
    words: Vec<usize>,
    /// So many rounds of each workload, unless time is up
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    rounds: Option<u16>,
    /// Seed of the order of the registers
    #[arg(long)]
    seed: Option<u64>,
    #[command(flatten)]
    output: Output,
}

fn main() -> ExitCode {
    let arguments: Arguments = cli::parse();
    cli::run(arguments.output, || run(&arguments))
}

fn run(arguments: &Arguments) -> Result<Scoreboard, Failure> {
    if let Some(directory) = &arguments.plot {
        // Before anything is measured for nothing.
        fs::create_dir_all(directory).map_err(|error| unwritable(directory, error))?;
    }
    let plan = plan(arguments);
    // Asked for before this thread is kept on one core.
    let (machine, cores) = (machine(), Cores::all());
    let bar = cli::progress(1000, "scoreboard");
    // What draws it in the background would take a core from those who are measured.
    bar.disable_steady_tick();
    let begun = Instant::now();
    let is_whole = arguments.only.is_empty() && arguments.words.is_empty() && !arguments.semantics;
    let engines = is_whole.then(|| {
        bar.set_message("checkers and explorer");
        engines::measure(|part| bar.set_position((1000.0 * part) as u64))
    });
    bar.set_message("registers");
    let record = measure(&plan, &cores, |part| {
        bar.set_position((1000.0 * part) as u64);
    });
    bar.finish_and_clear();
    if let Some(directory) = &arguments.plot {
        draw(&record, directory)?;
    }
    let shown = Shown {
        as_markdown: arguments.markdown,
        semantics_only: arguments.semantics,
    };
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Scoreboard::of(&record, engines, machine, seconds, shown))
}

fn plan(arguments: &Arguments) -> Plan {
    let extent = match arguments {
        Arguments { quick: true, .. } => Extent::Quick,
        Arguments {
            semantics: true, ..
        } => Extent::Semantics,
        _ => Extent::Full,
    };
    let mut payloads = match (arguments.words.as_slice(), extent) {
        ([], Extent::Semantics) => vec![8],
        ([], _) => vec![2, 8, 64, 512],
        (words, _) => words.to_vec(),
    };
    payloads.sort_unstable();
    payloads.dedup();
    let is_asked_for = |it: &Contestant| {
        arguments.only.is_empty() || *it == Contestant::RAW || arguments.only.contains(it)
    };
    Plan {
        contestants: Contestant::everybody().filter(is_asked_for).collect(),
        seed: arguments.seed.unwrap_or_else(|| fastrand::u64(..1_000_000)),
        legs: legs(extent, &payloads, arguments.rounds.map(usize::from)),
    }
}

fn draw(record: &Record, directory: &Path) -> Result<(), Failure> {
    let plots = Scoreboard::plots(record);
    let plots =
        plots.map_err(|error| unwritable(directory, io::Error::other(error.to_string())))?;
    for plot in plots {
        let path = directory.join(plot.file);
        fs::write(&path, plot.svg).map_err(|error| unwritable(&path, error))?;
    }
    Ok(())
}

fn unwritable(path: &Path, error: io::Error) -> Failure {
    Failure::Unwritable {
        path: path.to_owned(),
        error,
        hint: "choose another directory for --plot",
    }
}

fn contestant(name: &str) -> Result<Contestant, String> {
    let names: Vec<&str> = Contestant::everybody().map(Contestant::name).collect();
    Contestant::named(name).ok_or_else(|| format!("the registers are {}", names.join(", ")))
}

fn payload(words: &str) -> Result<usize, String> {
    let words = words
        .parse()
        .ok()
        .filter(|&words| Contestant::RAW.holds(words));
    words.ok_or_else(|| "registers are built in with 1, 2, 8, 64 or 512 words".to_owned())
}

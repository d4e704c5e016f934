//! Options, errors and exit codes that all binaries have.

use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser};
use histories::Timeline;
use histories::formats::{ReadError, WriteError};
use histories::timeline::{MAX_LENGTH, ParseError};
use indicatif::{ProgressBar, ProgressStyle};
use interleavings::{interrupt, is_interrupted};
use registers::catalogue::{NotBuiltIn, Register};
use registers::scenario::Unsupported;
use registers::staged::NotStaged;
use registers::stress::NotStressed;
use registers::worlds::conducted::Refusal;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::json;
use crate::play;
use crate::screen::{NARROWEST, Screen};

/// The version of the JSON documents. It grows when a field is removed or changes its meaning.
pub const SCHEMA: u32 = 1;

/// How results are printed.
#[derive(Clone, Copy, Debug, Args)]
pub struct Output {
    /// Print one JSON document instead of text, also of an error
    #[arg(long, global = true)]
    pub json: bool,
    /// How wide the text may be [default: as the terminal, or 100]
    #[arg(long, global = true, value_name = "COLUMNS", value_parser = columns)]
    pub width: Option<usize>,
    /// When to use colour (NO_COLOR is obeyed too)
    #[command(flatten)]
    pub color: colorchoice_clap::Color,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything was as advertised. Exit code 0.
    AsAdvertised,
    /// The budget was spent before anything could be said for sure. Exit code 3.
    Inconclusive,
    /// Something contradicted what a register claims. Exit code 1.
    Contradicted,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::AsAdvertised => 0,
            Outcome::Contradicted => 1,
            Outcome::Inconclusive => 3,
        })
    }
}

/// What a command found: it can be drawn, and it can be printed as JSON.
pub trait Report: Serialize {
    /// Draws it.
    ///
    /// # Errors
    ///
    /// If the screen cannot be written.
    fn draw(&self, screen: &mut Screen) -> io::Result<()>;

    /// How the command ended.
    fn outcome(&self) -> Outcome;
}

/// Why a command could not do its work. Exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file could not be read.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {error}: {hint}", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
        /// What to do.
        hint: &'static str,
    },
    /// A file is no text.
    #[error("{}: line {line}, column {column}: this is not UTF-8 text, so it is no timeline: {hint}", path.display())]
    NotText {
        /// Which.
        path: PathBuf,
        /// Where it ceases to be text.
        line: usize,
        /// Where it ceases to be text.
        column: usize,
        /// What to do.
        hint: &'static str,
    },
    /// A text is no timeline.
    #[error("{}: {error}{}", path.display(), excerpt(error))]
    NotATimeline {
        /// Which.
        path: PathBuf,
        /// Why.
        error: Box<ParseError>,
    },
    /// A file is no history.
    #[error("{}: {error}", path.display())]
    NotAHistory {
        /// Which.
        path: PathBuf,
        /// Why.
        error: Box<ReadError>,
    },
    /// A history cannot be written in a format.
    #[error(transparent)]
    Convert(WriteError),
    /// A register is not built in with so many words.
    #[error(transparent)]
    Words(#[from] NotBuiltIn),
    /// A register cannot perform a timeline.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// Real threads cannot perform a timeline.
    #[error(transparent)]
    NotStaged(#[from] NotStaged),
    /// It cannot be stressed.
    #[error(transparent)]
    NotStressed(#[from] NotStressed),
    /// A schedule cannot be followed.
    #[error("{register} cannot follow this schedule: {refusal}")]
    Refused {
        /// The name of the register.
        register: &'static str,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// Something else cannot be done: it says what, and what to do.
    #[error(transparent)]
    Impossible(Box<dyn std::error::Error + Send + Sync>),
    /// No exploration of a register would end.
    #[error(
        "{register} waits in a loop that never calls `memory.relax()`, so no exploration of it would end: call it once for each failed attempt, or attempt by `memory.retry(|| ..)`"
    )]
    Spins {
        /// The name of the register.
        register: &'static str,
    },
    /// The result could not be printed.
    #[error("cannot print the result: {0}")]
    Output(#[from] io::Error),
}

/// The line that an error is in, with a caret below the column; nothing if the line is too long to be shown.
fn excerpt(error: &ParseError) -> String {
    const WIDTH: usize = 100;
    let text = error.text.trim_end();
    if text.is_empty() || text.chars().count() > WIDTH || text.chars().any(char::is_control) {
        return String::new();
    }
    let number = error.line.to_string();
    let margin = " ".repeat(number.len());
    let before: String = text.chars().take(error.column - 1).collect();
    let lacking = (error.column - 1).saturating_sub(before.chars().count());
    let caret = " ".repeat(before.width() + lacking);
    format!("\n {margin} |\n {number} | {text}\n {margin} | {caret}^")
}

/// Runs a command, prints what it reports, and ends with its exit code.
pub fn run<R: Report>(output: Output, command: impl FnOnce() -> Result<R, Failure>) -> ExitCode {
    run_streaming(output, |_| command())
}

/// The report of a command that has nothing to report, because another program says it all.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Nothing;

impl Report for Nothing {
    fn draw(&self, _: &mut Screen) -> io::Result<()> {
        Ok(())
    }

    fn outcome(&self) -> Outcome {
        Outcome::AsAdvertised
    }
}

/// Runs a command that prints what another program reads.
pub fn print_only(output: Output, command: impl FnOnce() -> Result<(), Failure>) -> ExitCode {
    let text = Output {
        json: false,
        ..output
    };
    run(text, || command().map(|()| Nothing))
}

/// As [`run`], for a command that takes long: the first Ctrl-C ends what it is at, and what it knows by then is printed;
/// the second one ends it at once.
pub fn run_interruptibly<R: Report>(
    output: Output,
    command: impl FnOnce() -> Result<R, Failure>,
) -> ExitCode {
    /// As a shell says it of a program that Ctrl-C has ended.
    const ENDED: i32 = 130;
    let on_interrupt = || {
        if is_interrupted() {
            std::process::exit(ENDED);
        }
        interrupt();
        let _ = writeln!(
            anstream::stderr(),
            "\ninterrupted: here is what is known by now (Ctrl-C once more ends it at once)"
        );
    };
    // Where no handler can be set, Ctrl-C ends the program, as usual.
    let _ = ctrlc::set_handler(on_interrupt);
    run(output, || command().map(Interruptible))
}

/// Whether what takes long may go on.
pub fn go_on() -> ControlFlow<()> {
    if is_interrupted() {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

/// A report that is inconclusive if it was interrupted, but for contradictions that were found by then.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Interruptible<R>(R);

impl<R: Report> Report for Interruptible<R> {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        self.0.draw(screen)
    }

    fn outcome(&self) -> Outcome {
        match self.0.outcome() {
            Outcome::AsAdvertised if is_interrupted() => Outcome::Inconclusive,
            outcome => outcome,
        }
    }
}

/// As [`run`], for a command that draws parts of its report on the screen while it is at it.
pub fn run_streaming<R: Report>(
    output: Output,
    command: impl FnOnce(&mut Screen) -> Result<R, Failure>,
) -> ExitCode {
    output.color.write_global();
    let mut screen = if output.json {
        Screen::hidden()
    } else {
        Screen::stdout(output.width)
    };
    let done = command(&mut screen).and_then(|report| {
        if play::is_on_stdout() {
            return Ok(report.outcome());
        }
        match print(&report, output, &mut screen) {
            // Whoever read the result has seen enough; the exit code still tells the rest.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            printed => printed?,
        }
        Ok(report.outcome())
    });
    match done {
        Ok(outcome) => outcome.into(),
        // Whoever read the result has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(failure) => {
            if output.json {
                print_error(&failure.to_string());
            }
            // If stderr is gone too, there is nobody left to tell.
            let _ = writeln!(
                anstream::stderr(),
                "{}",
                Screen::error(&failure.to_string())
            );
            ExitCode::from(2)
        }
    }
}

/// Prints an error as a document.
fn print_error(message: &str) {
    let document = serde_json::json!({
        "schema": SCHEMA,
        "outcome": "error",
        "error": message,
    });
    let _ = writeln!(io::stdout(), "{document:#}");
}

/// Parses the command line. A mistake ends the program with exit code 2, after a document if one was asked for.
#[must_use]
pub fn parse<P: Parser>() -> P {
    P::try_parse().unwrap_or_else(|error| {
        if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
            let text = error.render().to_string();
            print_error(text.trim_start_matches("error: ").trim_end());
        }
        error.exit()
    })
}

fn print<R: Report>(report: &R, output: Output, screen: &mut Screen) -> io::Result<()> {
    if output.json {
        json::write(io::stdout().lock(), report)
    } else {
        report.draw(screen)
    }
}

/// Reads a timeline from a file, or from the standard input if the path is `-`.
///
/// # Errors
///
/// If there is no such file, or if it holds no timeline. Never reads more than a timeline can be long.
pub fn read_timeline(path: &Path) -> Result<(Timeline, String), Failure> {
    let limit = MAX_LENGTH as u64 + 1;
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    let path = if path == Path::new("-") {
        PathBuf::from("standard input")
    } else {
        path.to_owned()
    };
    read.map_err(|error| Failure::Unreadable {
        path: path.clone(),
        error,
    })?;
    // A character may have been cut in two at the limit, where the text is too long anyway.
    let valid = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(error) if bytes.len() > MAX_LENGTH && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(error) => {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
            let line = before.matches('\n').count() + 1;
            let column = before
                .rsplit('\n')
                .next()
                .map_or(0, |last| last.chars().count())
                + 1;
            let hint = "write it with a text editor";
            return Err(Failure::NotText {
                path,
                line,
                column,
                hint,
            });
        }
    };
    let error = |error| Failure::NotATimeline {
        path,
        error: Box::new(error),
    };
    let timeline = valid.parse().map_err(error)?;
    Ok((timeline, valid.to_owned()))
}

/// Parses the name of a register, or another name under which it is known, for clap.
///
/// # Errors
///
/// If there is none of this name; says which are most like it, or else which there are.
pub fn register(name: &str) -> Result<Register, String> {
    let known = Register::named(name).or_else(|| Register::known_as(name));
    known.ok_or_else(|| {
        let nearest = Register::nearest(name);
        let listed = |registers: &[Register]| {
            let names: Vec<&str> = registers.iter().map(|it| it.name()).collect();
            names.join(", ")
        };
        if nearest.is_empty() {
            let all: Vec<Register> = Register::everything().collect();
            return format!("the registers are {}", listed(&all));
        }
        format!(
            "did you mean {}? All registers: workbench registers",
            listed(&nearest).replace(", ", " or ")
        )
    })
}

/// Parses a number of seconds, for clap.
///
/// # Errors
///
/// If it is not above 0, or longer than a day.
pub fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 86_400.0 => Ok(seconds),
        _ => Err("write a number of seconds above 0 and up to 86400".to_owned()),
    }
}

/// Parses how wide a text may be, for clap.
///
/// # Errors
///
/// If that is too narrow for any table.
pub fn columns(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(columns) if (NARROWEST..=1000).contains(&columns) => Ok(columns),
        _ => Err(format!(
            "write a number of columns from {NARROWEST} to 1000"
        )),
    }
}

/// Parses a number of states, for clap.
///
/// # Errors
///
/// If it is none.
pub fn states(text: &str) -> Result<u64, String> {
    match text.parse::<u64>() {
        Ok(states) if states > 0 => Ok(states),
        _ => Err("write a number of states above 0".to_owned()),
    }
}

/// A bar on stderr; hidden where stderr is no terminal.
#[must_use]
pub fn progress(length: u64, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<40} {wide_bar} {percent:>3}%");
    let bar = ProgressBar::new(length).with_message(what.to_owned());
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

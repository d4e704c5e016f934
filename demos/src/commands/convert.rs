//! `workbench convert`: a history in another format.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use histories::formats::{self, Format, NotAFormat, Options, WriteError};
use histories::timeline::Slide;
use histories::{History, Timeline};
use serde::Serialize;

use super::check;
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::screen::{Screen, grouped};

/// Write a recorded history in another format
///
/// With --json it says how many operations were written, which takes -o.
#[derive(Clone, Debug, Args)]
pub struct Convert {
    /// The file, or - for the standard input
    pub file: PathBuf,
    /// The format to write: notation, jsonl, edn, json or log; or a picture for slides: svg, or tikz for LaTeX
    #[arg(short, long)]
    pub to: Target,
    /// The format of the file [default: found by its content]
    #[arg(short, long)]
    pub format: Option<Format>,
    /// Where to write it [default: the standard output]
    #[arg(short, long)]
    pub output: Option<PathBuf>,
}

/// A format of histories, or a picture.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// A format that can be read again.
    Format(Format),
    /// A picture that cannot.
    Slide(Slide),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let slide = name.parse().map(Self::Slide);
        slide.or_else(|()| {
            let format = name.parse().map(Self::Format);
            format.map_err(|error: NotAFormat| format!("{error}; and pictures are svg and tikz"))
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(format) => write!(f, "{format}"),
            Self::Slide(slide) => f.write_str(slide.name()),
        }
    }
}

impl Target {
    fn write(self, history: &History, out: &mut dyn Write) -> Result<(), WriteError> {
        /// More than this nobody can look at.
        const MOST: usize = 1000;
        match self {
            Self::Format(format) => formats::write(history, format, out),
            Self::Slide(_) if history.operations().len() > MOST => Err(WriteError::TooLarge {
                operations: history.operations().len(),
            }),
            Self::Slide(slide) => {
                let timeline = Timeline::from(history.clone());
                Ok(out.write_all(timeline.slide(slide).as_bytes())?)
            }
        }
    }
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct ConvertReport {
    schema: u32,
    command: &'static str,
    operations: usize,
    failed: usize,
    to: String,
    output: Option<PathBuf>,
}

/// Converts a history.
///
/// # Errors
///
/// If there is no history in the file, if the format cannot say all of it, or if it cannot be written.
pub fn run(args: &Convert, json: bool) -> Result<ConvertReport, Failure> {
    let options = Options {
        format: args.format,
        ..Options::default()
    };
    let (history, _) = check::read(&args.file, &options)?;
    let report = || ConvertReport {
        schema: SCHEMA,
        command: "convert",
        operations: history.operations().len(),
        failed: history.failed().len(),
        to: args.to.to_string(),
        output: args.output.clone(),
    };
    let write = |out: &mut dyn Write| args.to.write(&history, out);
    match &args.output {
        // Standard output belongs to the report.
        None if json => {
            return Err(Failure::Convert(WriteError::Output(io::Error::other(
                "with --json the standard output holds the report: say where to with -o FILE",
            ))));
        }
        None => write(&mut io::stdout().lock()).map_err(|error| match error {
            WriteError::Output(error) => Failure::Output(error),
            error => Failure::Convert(error),
        })?,
        Some(path) => {
            // What cannot be said is found out before a file is begun or lost.
            write(&mut io::sink()).map_err(Failure::Convert)?;
            let unwritable = |error| Failure::Unwritable {
                path: path.clone(),
                error,
                hint: "choose another place with -o",
            };
            if path.exists() && !path.is_file() {
                // A pipe or a device is nothing to be replaced.
                let mut file = File::create(path).map_err(unwritable)?;
                return written(write(&mut file), unwritable).map(|()| report());
            }
            // Beside the file, which is replaced only by a whole one.
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(format!(".{}.part", std::process::id()));
            let beside = path.with_file_name(name);
            let mut file = File::create_new(&beside).map_err(unwritable)?;
            let written = written(write(&mut file), unwritable)
                .and_then(|()| file.sync_all().map_err(unwritable))
                .and_then(|()| fs::rename(&beside, path).map_err(unwritable));
            if written.is_err() {
                // What is left of it is of no use, and why it could not be written is said.
                let _ = fs::remove_file(&beside);
            }
            written?;
        }
    }
    Ok(report())
}

fn written(
    result: Result<(), WriteError>,
    unwritable: impl Fn(io::Error) -> Failure,
) -> Result<(), Failure> {
    result.map_err(|error| match error {
        WriteError::Output(error) => unwritable(error),
        error => Failure::Convert(error),
    })
}

impl Report for ConvertReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let Some(path) = &self.output else {
            return Ok(());
        };
        let count = self.operations + self.failed;
        let s = if count == 1 { "" } else { "s" };
        let operations = format!("{} operation{s}", grouped(count as u64));
        let path = path.display();
        screen.text(&format!("{operations} written to {path} as {}", self.to))
    }

    fn outcome(&self) -> Outcome {
        Outcome::AsAdvertised
    }
}

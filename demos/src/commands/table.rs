//! `workbench table`: every register beside every other.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use registers::catalogue::Register;
use serde::{Deserialize, Serialize};

use super::classify::classify;
use crate::classified::Classified;
use crate::cli::{self, Failure, Outcome, Report, SCHEMA};
use crate::explored::counted;
use crate::screen::{Screen, grouped};

/// What the last complete run found.
const STORED: &str = include_str!("../../data/table.json");

/// Set every register beside every other: its class, who may use it, who waits, and what stands behind that
///
/// Without options it shows what a run found that is stored with the program; `--run` makes a new one.
#[derive(Clone, Debug, Args)]
pub struct Table {
    /// Make a new run: storms on this machine, and every interleaving
    #[arg(long)]
    pub run: bool,
    /// For how many seconds real threads rage on each register
    #[arg(short, long, default_value_t = 0.5, value_parser = cli::seconds, requires = "run")]
    pub seconds: f64,
    /// Save what the run finds in this file
    #[arg(long, value_name = "FILE", requires = "run")]
    pub save: Option<PathBuf>,
}

/// Every register beside every other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableReport {
    schema: u32,
    command: String,
    /// Where the storms raged.
    machine: String,
    /// For how many seconds each.
    storm_seconds: f64,
    /// One for each register.
    pub rows: Vec<Row>,
}

/// One register.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub register: String,
    /// `ours`, `exhibit` or `foreign`.
    pub kind: String,
    /// The class that it claims.
    pub claims: String,
    /// The strongest class that nothing contradicts.
    pub is: String,
    /// How many words it has here.
    pub words: usize,
    /// How many may write it.
    pub writers: String,
    /// How many may read it.
    pub readers: String,
    /// What it claims for reads that others keep waiting.
    pub read: String,
    /// What it claims for writes that others keep waiting.
    pub write: String,
    /// How many steps a read takes among others, in every execution; absent if not everything was explored.
    pub read_steps: Option<String>,
    /// The same for a write.
    pub write_steps: Option<String>,
    /// How many executions were looked at.
    pub executions: f64,
    /// How many states stand for them.
    pub states: u64,
    /// Whether that is everything.
    pub coverage: String,
    /// What real threads showed.
    pub storm: StormRow,
}

/// What real threads showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StormRow {
    /// Completed reads.
    pub reads: u64,
    /// How many in a million were torn.
    pub torn_per_million: f64,
    /// How many in a million were older than one that had completed before.
    pub inverted_per_million: f64,
    /// How many in a million were overwritten before, or never written.
    pub stale_per_million: f64,
}

impl Row {
    /// The row of a register.
    #[must_use]
    pub fn of(register: Register, classified: &Classified) -> Self {
        let kind = match register {
            _ if Register::EXHIBITS.contains(&register) => "exhibit",
            _ if Register::FOREIGN.contains(&register) => "foreign",
            _ => "ours",
        };
        let stormed = &classified.stormed;
        let per_million = |count: u64| match stormed.reads {
            0 => 0.0,
            reads => (count as f64 * 1e7 / reads as f64).round() / 10.0,
        };
        let survived = classified.survived;
        Self {
            register: classified.register.to_owned(),
            kind: kind.to_owned(),
            claims: classified.claims.to_string(),
            is: survived.map_or_else(|| "not even safe".to_owned(), |model| model.to_string()),
            words: classified.words,
            writers: classified.writers.clone(),
            readers: classified.readers.clone(),
            read: classified.read_progress.clone(),
            write: classified.write_progress.clone(),
            read_steps: classified.read_steps().map(|steps| steps.among_others),
            write_steps: classified.write_steps().map(|steps| steps.among_others),
            executions: classified.executions(),
            states: classified.explored.iter().filter_map(|it| it.states).sum(),
            coverage: classified.coverage(),
            storm: StormRow {
                reads: stormed.reads,
                torn_per_million: per_million(stormed.torn),
                inverted_per_million: per_million(stormed.inverted),
                stale_per_million: per_million(stormed.stale + stormed.wrong),
            },
        }
    }

    /// The same without what a storm happened to show: what every run finds again.
    #[must_use]
    pub fn without_storm(mut self) -> Self {
        self.storm = StormRow {
            reads: 0,
            torn_per_million: 0.0,
            inverted_per_million: 0.0,
            stale_per_million: 0.0,
        };
        self
    }

    fn cells(&self) -> Vec<String> {
        let is = if self.is == self.claims {
            self.is.clone()
        } else {
            format!("{}, claims {}", self.is, self.claims)
        };
        let progress = |guarantee: &str, steps: &Option<String>| match steps.as_deref() {
            Some("unbounded") | None => guarantee.to_owned(),
            Some(steps) => format!("{guarantee}, {steps}"),
        };
        let rate = |rate: f64| match rate {
            0.0 => "0".to_owned(),
            rate => format!("{rate:.1}"),
        };
        vec![
            self.register.clone(),
            is,
            self.words.to_string(),
            self.writers.clone(),
            self.readers.clone(),
            progress(&self.read, &self.read_steps),
            progress(&self.write, &self.write_steps),
            match self.states {
                0 => String::new(),
                states => grouped(states),
            },
            match self.states {
                0 => String::new(),
                _ => counted(self.executions),
            },
            self.coverage.clone(),
            rate(self.storm.torn_per_million),
            rate(self.storm.inverted_per_million),
            rate(self.storm.stale_per_million),
        ]
    }
}

/// Shows the table that is stored, or makes a new one.
///
/// # Errors
///
/// If a file cannot be written.
pub fn run(args: &Table) -> Result<TableReport, Failure> {
    if !args.run {
        return Ok(stored());
    }
    let storm = Duration::from_secs_f64(args.seconds);
    let mut rows = Vec::new();
    let all: Vec<Register> = Register::everything().collect();
    let bar = cli::progress(all.len() as u64, "table");
    for register in all {
        bar.set_message(register.name());
        let classified = classify_quietly(register, storm)?;
        rows.push(Row::of(register, &classified));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let report = TableReport {
        schema: SCHEMA,
        command: "table".to_owned(),
        machine: format!(
            "{cores} cores, {}, {}",
            std::env::consts::ARCH,
            std::env::consts::OS
        ),
        storm_seconds: args.seconds,
        rows,
    };
    if let Some(path) = &args.save {
        let text = serde_json::to_string_pretty(&report).expect("a table has text for keys");
        fs::write(path, text + "\n").map_err(|error| Failure::Unwritable {
            path: path.clone(),
            error,
            hint: "the table is not saved",
        })?;
    }
    Ok(report)
}

/// Classifies a register of its usual width, for as long as it takes.
///
/// # Errors
///
/// As [`classify`].
pub fn classify_quietly(register: Register, storm: Duration) -> Result<Classified, Failure> {
    /// Long enough for every register that is built in.
    const MAX_TIME: Duration = Duration::from_secs(120);
    let hidden = ProgressBar::hidden();
    classify(register, register.usual_width(), storm, MAX_TIME, &hidden)
}

/// The table that is stored with the program.
#[must_use]
pub fn stored() -> TableReport {
    serde_json::from_str(STORED).expect("the table that is stored is one")
}

impl Report for TableReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let header = [
            "register",
            "class",
            "words",
            "writers",
            "readers",
            "read",
            "write",
            "states",
            "executions",
            "coverage",
            "torn/M",
            "inverted/M",
            "stale/M",
        ];
        let groups = [
            ("ours", "Registers, each as weak as it claims and no weaker"),
            (
                "exhibit",
                "Exhibits: registers that look right, and are not",
            ),
            (
                "foreign",
                "Registers that others wrote: a storm is all there is",
            ),
        ];
        for (kind, heading) in groups {
            let rows = self.rows.iter().filter(|row| row.kind == kind);
            let rows: Vec<Vec<String>> = rows.map(Row::cells).collect();
            if !rows.is_empty() {
                screen.heading(heading)?;
                screen.table(&header, &rows)?;
            }
        }
        screen.gap()?;
        screen.note(&format!(
            "States and executions: of all small scenarios that the register can perform, on sequentially consistent and on weak\n\
             memory. Behind wait-free stands how many steps of its own an operation takes at most, in any of them. Torn, inverted and\n\
             stale reads: of a million, in a storm of {} s on real threads ({}).",
            self.storm_seconds, self.machine
        ))?;
        let smaller = Register::ALL.iter().filter_map(|register| {
            let size = register.explored_with()?;
            Some(format!("{} with {size}", register.name()))
        });
        let smaller: Vec<String> = smaller.collect();
        screen.note(&format!(
            "Small scenarios would not go round all of some registers, so these are explored smaller: {}.",
            smaller.join(", ")
        ))?;
        screen.note("Anew, on this machine: workbench table --run. One of them, with its witness: workbench classify REGISTER")
    }

    fn outcome(&self) -> Outcome {
        let contradicted = |row: &Row| row.kind != "exhibit" && row.is != row.claims;
        if self.rows.iter().any(contradicted) {
            Outcome::Contradicted
        } else {
            Outcome::AsAdvertised
        }
    }
}

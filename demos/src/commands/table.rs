//! `workbench table`: every register beside every other.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::Args;
use histories::Model;
use histories::lattice::Lattice;
use indicatif::ProgressBar;
use pages::Models;
use registers::catalogue::Register;
use serde::{Deserialize, Serialize};

use super::classify::classify;
use super::page;
use interleavings::{Bound, is_interrupted};
use workbench::classify::{Budget, Classified, Kept, spend};
use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::play::write;
use workbench::screen::{Screen, grouped};
use workbench::stressed::Stressed;
use workbench::verdict::Verdict;

/// What the last complete run found.
const STORED: &str = include_str!("../../data/table.json");

/// Set every register beside every other: its class, who may use it, who waits, and what stands behind that
///
/// Without options it shows what a run found that is stored with the program; `--run` makes a new one.
#[derive(Clone, Debug, Args)]
pub struct Table {
    /// Make a new run: every execution, and real threads on this machine
    #[arg(long)]
    pub run: bool,
    /// For how many seconds real threads stress on each register
    #[arg(short, long, default_value_t = 0.5, value_parser = cli::seconds, requires = "run")]
    pub seconds: f64,
    /// Write a page besides: the registers by class and waiting, and the models; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
    /// Save what the run finds in this file
    #[arg(long, value_name = "FILE", requires = "run")]
    pub save: Option<PathBuf>,
}

/// Every register beside every other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableReport {
    schema: u32,
    command: String,
    /// Where real threads ran.
    machine: String,
    /// For how many seconds each.
    stress_seconds: f64,
    /// One for each register.
    pub rows: Vec<Row>,
    /// The registers that an interrupted run did not come to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
}

/// One register.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub register: String,
    /// `ours` or `broken`.
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
    /// How many steps a read takes among others, in every execution; absent if there is no bound.
    pub read_steps: Option<usize>,
    /// The same for a write.
    pub write_steps: Option<usize>,
    /// Up to how many operations every scenario was explored to the end, on weak memory; absent if none was.
    pub operations: Option<usize>,
    /// How many states were visited in all.
    pub states: u64,
    /// Whether that holds for any number of words.
    pub any_number_of_words: bool,
    /// How it came out.
    pub outcome: String,
    /// What real threads showed.
    pub stress: StressRow,
}

/// What real threads showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StressRow {
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
            _ if Register::BROKEN.contains(&register) => "broken",
            _ => "ours",
        };
        let stressed = classified.stressed.as_ref();
        let per_million = |count: u64| match stressed.map_or(0, |it| it.reads) {
            0 => 0.0,
            reads => (count as f64 * 1e7 / reads as f64).round() / 10.0,
        };
        let rate = |of: fn(&Stressed) -> u64| stressed.map_or(0.0, |it| per_million(of(it)));
        let verdict = Verdict::of(classified);
        let steps = |kept: &Kept| match kept.steps() {
            Some(Bound::Steps(steps)) => Some(steps),
            _ => None,
        };
        let studied = classified.studied.as_ref();
        let claims = &classified.claims;
        Self {
            register: claims.name.to_owned(),
            kind: kind.to_owned(),
            claims: classified.claimed().to_string(),
            is: classified
                .class()
                .map_or_else(|| "not even safe".to_owned(), |model| model.to_string()),
            words: classified.words,
            writers: claims.writers.to_string(),
            readers: claims.readers.to_string(),
            read: claims.progress.read.to_string(),
            write: claims.progress.write.to_string(),
            read_steps: studied.and_then(|it| steps(&it.progress.read)),
            write_steps: studied.and_then(|it| steps(&it.progress.write)),
            operations: studied.map(|it| it.scope.operations(claims)),
            states: studied.map_or(0, |it| it.scope.states()),
            any_number_of_words: studied.is_some_and(|it| it.any_words.is_ok()),
            outcome: verdict.answer,
            stress: StressRow {
                reads: stressed.map_or(0, |it| it.reads),
                torn_per_million: rate(|it| it.torn),
                inverted_per_million: rate(|it| it.inverted),
                stale_per_million: rate(|it| it.stale + it.wrong),
            },
        }
    }

    /// The same without what real threads happened to show: what every run finds again.
    #[must_use]
    pub fn without_stress(mut self) -> Self {
        self.stress = StressRow {
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
        let progress = |guarantee: &str, steps: Option<usize>| match steps {
            Some(steps) if guarantee == "wait-free" => format!("{guarantee}, {steps}"),
            _ => guarantee.to_owned(),
        };
        let rate = |rate: f64| match rate {
            0.0 => "0".to_owned(),
            rate => format!("{rate:.1}"),
        };
        let words = match (self.words, self.any_number_of_words) {
            (_, true) => "any".to_owned(),
            (words, false) => words.to_string(),
        };
        vec![
            self.register.clone(),
            is,
            words,
            self.writers.clone(),
            self.readers.clone(),
            progress(&self.read, self.read_steps),
            progress(&self.write, self.write_steps),
            self.operations
                .map_or_else(String::new, |it| format!("up to {it}")),
            match self.states {
                0 => String::new(),
                states => grouped(states),
            },
            rate(self.stress.torn_per_million),
            rate(self.stress.inverted_per_million),
            rate(self.stress.stale_per_million),
        ]
    }
}

/// Shows the table that is stored, or makes a new one.
///
/// # Errors
///
/// If a file cannot be written.
pub fn run(args: &Table) -> Result<TableReport, Failure> {
    let report = find(args)?;
    if let Some(page) = &args.page {
        let rungs = page::rungs(&report, None);
        write(&Models::new(&Lattice::stored(), rungs).html(), page)?;
    }
    Ok(report)
}

/// What is stored, or what a new run finds.
fn find(args: &Table) -> Result<TableReport, Failure> {
    if !args.run {
        return Ok(stored());
    }
    let seconds = Duration::from_secs_f64(args.seconds);
    let mut rows = Vec::new();
    let mut left_out = Vec::new();
    let all: Vec<Register> = Register::everything().collect();
    let bar = cli::progress(all.len() as u64, "table");
    for register in all {
        bar.set_message(register.name());
        let classified = classify_quietly(register, seconds)?;
        if is_interrupted() {
            left_out.push(register.name().to_owned());
            continue;
        }
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
        stress_seconds: args.seconds,
        rows,
        left_out,
    };
    if let Some(path) = args.save.as_ref().filter(|_| report.left_out.is_empty()) {
        let text = serde_json::to_string_pretty(&report).expect("a table has text for keys");
        fs::write(path, text + "\n").map_err(|error| Failure::Unwritable {
            path: path.clone(),
            error,
            hint: "the table is not saved",
        })?;
    }
    Ok(report)
}

/// Classifies a register of its usual width, with an effort that does not depend on how busy the machine is.
///
/// # Errors
///
/// As [`classify`].
pub fn classify_quietly(register: Register, seconds: Duration) -> Result<Classified, Failure> {
    let budget = Budget {
        effort: spend(STATES, Duration::from_secs(600)),
        ..Budget::default()
    };
    let hidden = ProgressBar::hidden();
    classify(register, register.usual_width(), seconds, &budget, &hidden)
}

/// How many states are explored of each register on weak memory.
const STATES: u64 = 20_000;

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
            "operations",
            "states",
            "torn/M",
            "inverted/M",
            "stale/M",
        ];
        let groups = [
            ("ours", "Registers, each as weak as it claims and no weaker"),
            ("broken", "Broken: registers that look right, and are not"),
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
        if !self.left_out.is_empty() {
            screen.wrapped(&format!(
                "Interrupted, and not saved: nothing is known of {}.",
                self.left_out.join(", ")
            ))?;
        }
        screen.wrapped(&format!(
            "Operations: every scenario of up to so many was explored to the end, on sequentially consistent, x86 and weak memory, and many \
             larger ones; the words are any number where they are only copied. Behind wait-free stands how many steps of its own an operation \
             takes at most. Torn, inverted and stale reads: of a million, on real threads for {} s ({}).",
            self.stress_seconds, self.machine
        ))?;
        let smaller = Register::ALL.iter().filter_map(|register| {
            let size = register.explored_with()?;
            Some(format!("{} with {size}", register.name()))
        });
        let smaller: Vec<String> = smaller.collect();
        screen.wrapped(&format!(
            "Small scenarios would not go round all of some registers, so these are explored smaller: {}.",
            smaller.join(", ")
        ))?;
        screen.note(
            "Anew, on this machine: workbench table --run. One of them, with its witness: workbench classify REGISTER\n\
             Those that others wrote: cargo run --release -p peers",
        )
    }

    fn outcome(&self) -> Outcome {
        // What is not even safe is no model.
        let class = |name: &str| name.parse::<Model>().ok();
        let contradicted = |row: &Row| row.kind != "broken" && class(&row.is) < class(&row.claims);
        if self.rows.iter().any(contradicted) {
            Outcome::Contradicted
        } else {
            Outcome::AsAdvertised
        }
    }
}

//! Histories of transactions: which levels of isolation they meet.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use histories::History;
use histories::formats::{self, Note, Options, Place, ReadError, Wanted};
use histories::transactions::{self, Level, Outcome as Ended, Transactions, Undecided, Violation};
use serde::Serialize;
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::screen::{Screen, grouped, plural};

use super::expected::Expectation;
use super::progress::Progress;
use super::{Check, ci, drawn, refused};

/// What a file has.
pub(super) enum Input {
    Operations(History, Vec<Note>),
    Transactions(Transactions, Vec<Note>),
}

/// Up to so many transactions of evidence are listed.
const LISTED: usize = 12;

/// Reads a file: operations if it has these, and transactions if it has these or if levels are asked for.
pub(super) fn read(args: &Check, path: &Path, options: &Options) -> Result<Input, Failure> {
    let asked = args.models.iter().map(|&it| it.into());
    let asked: Vec<Expectation> = asked.chain(args.expected.iter().copied()).collect();
    let asks_levels = asked.iter().any(|it| it.level().is_some());
    if path == Path::new("-") {
        let input = of_stdin(options, asks_levels, &asked)?;
        return match input {
            Input::Operations(..) if args.sessions => Err(only_for_transactions()),
            input => Ok(input),
        };
    }
    if asks_levels {
        let file = File::open(path).map_err(|error| refused(path.to_owned(), error.into()))?;
        return transacted(file, path, options, &asked);
    }
    match super::read(path, options) {
        Ok(_) if args.sessions => Err(only_for_transactions()),
        Err(Failure::NotAHistory { error, .. }) if error.is_of_transactions() => {
            let file = File::open(path).map_err(|error| refused(path.to_owned(), error.into()))?;
            transacted(file, path, options, &asked)
        }
        Err(failure) => Err(failure),
        Ok((history, notes)) => Ok(Input::Operations(history, notes)),
    }
}

fn only_for_transactions() -> Failure {
    let said = "--sessions is for transactions, which this file does not have: leave it out, or name a level of isolation";
    Failure::Impossible(said.into())
}

/// What has been asked that transactions do not have.
fn is_for_operations(args: &Check) -> Option<&'static str> {
    let asked = [
        ("--page", args.page.is_some()),
        ("--staleness", args.staleness),
        ("--unit", args.unit.is_some()),
        ("--clock-skew", args.clock_skew.is_some()),
        ("--order", args.order),
        (
            "--failed-swaps-found-another",
            args.failed_swaps_found_another,
        ),
    ];
    asked.into_iter().find(|it| it.1).map(|it| it.0)
}

/// A pipe can be read only once: what begins as transactions do is kept.
fn of_stdin(options: &Options, asks_levels: bool, asked: &[Expectation]) -> Result<Input, Failure> {
    const BEGINNING: u64 = 1 << 16;
    let path = PathBuf::from("standard input");
    let unreadable = |error| refused(path.clone(), ReadError::Input(error));
    let mut input = io::stdin().lock();
    let mut beginning = Vec::new();
    input
        .by_ref()
        .take(BEGINNING)
        .read_to_end(&mut beginning)
        .map_err(unreadable)?;
    let has = |word: &[u8]| beginning.windows(word.len()).any(|it| it == word);
    if asks_levels || has(b":txn") || has(b"\"txn\"") {
        input.read_to_end(&mut beginning).map_err(unreadable)?;
        if asks_levels {
            return transacted(beginning.as_slice(), &path, options, asked);
        }
        return match formats::read_with_notes(beginning.as_slice(), options) {
            Err(error) if error.is_of_transactions() => {
                transacted(beginning.as_slice(), &path, options, asked)
            }
            Err(error) => Err(refused(path, error)),
            Ok((history, notes)) => Ok(Input::Operations(history, notes)),
        };
    }
    let all: &mut dyn Read = &mut beginning.as_slice().chain(input);
    let (history, notes) =
        formats::read_with_notes(all, options).map_err(|error| refused(path, error))?;
    Ok(Input::Operations(history, notes))
}

fn transacted(
    mut input: impl Read,
    path: &Path,
    options: &Options,
    asked: &[Expectation],
) -> Result<Input, Failure> {
    let input: &mut dyn Read = &mut input;
    let (history, notes) = formats::read_transactions(input, options)
        .map_err(|error| refused(path.to_owned(), error))?;
    if let Some(other) = asked.iter().find(|it| it.level().is_none()) {
        let levels = Level::ALL.map(Level::name).join(", ");
        return Err(Failure::Impossible(
            format!(
                "`{other}` is not for transactions, which this file has: they are judged by levels of isolation: {levels}"
            )
            .into(),
        ));
    }
    Ok(Input::Transactions(history, notes))
}

/// Which levels of isolation transactions meet.
#[derive(Clone, Debug, Serialize)]
pub struct TransactionsReport {
    schema: u32,
    command: &'static str,
    transactions: usize,
    aborted: usize,
    /// Those of which nobody knows whether they committed.
    unknown: usize,
    processes: usize,
    registers: usize,
    /// Whether the order of the transactions of each process counts at every level.
    sessions: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Note>,
    levels: Vec<LevelReport>,
    expected: Vec<Expectation>,
    #[serde(skip)]
    asked: bool,
}

#[derive(Clone, Debug, Serialize)]
struct LevelReport {
    level: Level,
    /// Whether it is met; nothing if it could not be decided.
    meets: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    implied_by: Option<Level>,
    #[serde(skip_serializing_if = "Option::is_none")]
    violation: Option<Violation>,
    #[serde(skip)]
    picture: String,
    /// Each dependency, and each ground, in a sentence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<String>,
    /// The transactions that prove it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<Evidence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gave_up: Option<Undecided>,
}

#[derive(Clone, Debug, Serialize)]
struct Evidence {
    index: usize,
    process: u32,
    outcome: Ended,
    does: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    begun_at: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Place>,
}

/// Judges transactions.
pub(super) fn judge(
    args: &Check,
    path: &Path,
    options: &Options,
    history: &Transactions,
    notes: Vec<Note>,
) -> Result<TransactionsReport, Failure> {
    if let Some(flag) = is_for_operations(args) {
        let said = format!(
            "{flag} is for operations of registers, and this file has transactions: leave it out"
        );
        return Err(Failure::Impossible(said.into()));
    }
    let expected = args.expectations();
    let asked = args.models.iter().map(|&it| Expectation::from(it));
    let asked = asked.chain(args.expected.iter().copied());
    let levels: Vec<Level> = match args.models.is_empty() {
        true => Level::ALL.to_vec(),
        false => asked.filter_map(Expectation::level).collect(),
    };
    let progress = Progress::begin();
    progress.at("transactions");
    let asked = transactions::Options {
        sessions: args.sessions,
        budget: progress.watch(&args.budget()),
    };
    let judged = transactions::check_all(&levels, history, &asked);
    progress.end();
    let mut levels: Vec<LevelReport> = judged
        .into_iter()
        .map(|it| LevelReport::new(it, history))
        .collect();
    locate(&mut levels, path, options, history)?;
    let all = history.all();
    let ended = |outcome| all.iter().filter(|it| it.outcome == outcome).count();
    let distinct = |mut numbers: Vec<u32>| {
        numbers.sort_unstable();
        numbers.dedup();
        numbers.len()
    };
    let accesses = all.iter().flat_map(|it| &it.accesses);
    Ok(TransactionsReport {
        schema: SCHEMA,
        command: "check",
        transactions: all.len(),
        aborted: ended(Ended::Aborted),
        unknown: ended(Ended::Unknown),
        processes: distinct(all.iter().map(|it| it.process).collect()),
        registers: distinct(accesses.map(transactions::Access::register).collect()),
        sessions: args.sessions,
        notes,
        levels,
        expected,
        asked: !args.models.is_empty() || !args.expected.is_empty(),
    })
}

impl LevelReport {
    fn new(judged: transactions::Judged, history: &Transactions) -> Self {
        let violation = judged.verdict.violation().cloned();
        let evidence = violation
            .iter()
            .flat_map(|it| &it.transactions)
            .map(|&index| {
                let transaction = &history.all()[index];
                Evidence {
                    index,
                    process: transaction.process,
                    outcome: transaction.outcome,
                    does: history.describe(index),
                    begun_at: None,
                    ended_at: None,
                }
            });
        let steps = violation.iter().flat_map(|it| {
            let circle = it.circle.iter().map(|it| it.sentence(history));
            circle.chain(it.grounds.iter().map(|it| it.sentence(history)))
        });
        Self {
            level: judged.level,
            meets: judged.verdict.meets(),
            implied_by: judged.implied_by,
            picture: violation
                .as_ref()
                .map_or_else(String::new, |it| it.drawn(history)),
            steps: steps.collect(),
            evidence: evidence.collect(),
            gave_up: match judged.verdict {
                transactions::Verdict::Unknown(undecided) => Some(undecided),
                _ => None,
            },
            violation,
        }
    }

    fn outcome(&self) -> Outcome {
        let is_refuted = self
            .violation
            .as_ref()
            .is_some_and(|it| it.confirmed == Some(false));
        match self.meets {
            Some(true) => Outcome::AsAdvertised,
            Some(false) if !is_refuted => Outcome::Contradicted,
            _ => Outcome::Inconclusive,
        }
    }

    fn row(&self) -> Vec<String> {
        let (meets, decided) = match (self.meets, &self.violation, self.implied_by) {
            (_, Some(violation), _) => {
                let size = plural(violation.transactions.len(), "transaction");
                ("no", format!("{}, in {size}", violation.name()))
            }
            (Some(_), _, Some(stronger)) => ("yes", format!("{stronger} implies it")),
            (Some(_), ..) => ("yes", "all transactions judged".to_owned()),
            (None, ..) => {
                let states = self.gave_up.map_or(0, |it| it.states);
                (
                    "unknown",
                    format!("gave up after {} states", grouped(states)),
                )
            }
        };
        vec![self.level.to_string(), meets.to_owned(), decided]
    }
}

/// Finds the evidence in the file.
fn locate(
    levels: &mut [LevelReport],
    path: &Path,
    options: &Options,
    history: &Transactions,
) -> Result<(), Failure> {
    let mut places: Vec<(Wanted, &mut Option<Place>)> = Vec::new();
    for evidence in levels
        .iter_mut()
        .flat_map(|it| it.evidence.iter_mut().take(LISTED))
    {
        let interval = history.all()[evidence.index].interval;
        places.push(((evidence.process, interval.invoked), &mut evidence.begun_at));
        if let Some(completed) = interval.completed {
            places.push(((evidence.process, completed), &mut evidence.ended_at));
        }
    }
    let wanted: Vec<Wanted> = places.iter().map(|&(wanted, _)| wanted).collect();
    let is_file = path.metadata().is_ok_and(|it| it.is_file());
    if wanted.is_empty() || !is_file {
        return Ok(());
    }
    let mut file = File::open(path).map_err(|error| refused(path.to_owned(), error.into()))?;
    let input: &mut dyn Read = &mut file;
    let found = formats::locate_transactions(input, options, &wanted)
        .map_err(|error| refused(path.to_owned(), error))?;
    for ((_, place), found) in places.into_iter().zip(found) {
        *place = found;
    }
    Ok(())
}

impl Report for TransactionsReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading(&self.counts())?;
        let rows: Vec<Vec<String>> = self.levels.iter().map(LevelReport::row).collect();
        screen.table(&["level of isolation", "meets", "how decided"], &rows)?;
        for note in &self.notes {
            screen.gap()?;
            screen.note(&drawn::sentence(&note.to_string()))?;
        }
        for level in &self.levels {
            unknown(level, screen)?;
        }
        // Many levels break by the same transactions: they are shown once.
        for alike in self.levels.chunk_by(|one, other| one.evidence_is(other)) {
            violation(alike, screen)?;
        }
        screen.gap()?;
        if !self.asked {
            screen.note(match self.sessions {
                true => "The order of the transactions of each process counts at every level.",
                false => "Only strict-serializable knows what came first: --sessions lets the order of each process count.",
            })?;
            return screen.note(
                "With --expect LEVEL the exit code is 1 where the history does not meet it.",
            );
        }
        let is_expected = |it: &&LevelReport| self.expected.contains(&Expectation::Level(it.level));
        for level in self.levels.iter().filter(is_expected) {
            let became = match level.outcome() {
                Outcome::AsAdvertised => "it is",
                Outcome::Contradicted => "it is not",
                Outcome::Inconclusive => "not decided",
            };
            screen.text(&format!("Expected {}: {became}.", level.level))?;
        }
        Ok(())
    }

    fn outcome(&self) -> Outcome {
        let is_expected = |it: &&LevelReport| self.expected.contains(&Expectation::Level(it.level));
        let outcomes = self
            .levels
            .iter()
            .filter(is_expected)
            .map(LevelReport::outcome);
        outcomes.max().unwrap_or(Outcome::AsAdvertised)
    }
}

impl TransactionsReport {
    /// What a build server is told: of the expectations, or of all levels if there are none.
    pub(super) fn cases(&self) -> Vec<ci::Case> {
        let is_told = |it: &&LevelReport| {
            self.expected.is_empty() || self.expected.contains(&Expectation::Level(it.level))
        };
        let levels = self.levels.iter().filter(is_told).map(|it| ci::Case {
            name: it.level.to_string(),
            outcome: it.outcome(),
            sentence: match &it.violation {
                Some(violation) => format!("{}: {}", violation.name(), violation.sentence),
                None => it.row().join(": "),
            },
            evidence: it.picture.clone(),
            line: it
                .evidence
                .iter()
                .filter_map(|it| it.begun_at)
                .map(|it| it.line)
                .max(),
        });
        levels.collect()
    }

    fn counts(&self) -> String {
        let processes = match self.processes {
            1 => "1 process".to_owned(),
            count => format!("{count} processes"),
        };
        let mut counts = vec![
            plural(self.transactions, "transaction"),
            format!("{} of {processes}", plural(self.registers, "register")),
        ];
        if self.aborted > 0 {
            counts.push(format!("{} aborted", self.aborted));
        }
        if self.unknown > 0 {
            counts.push(format!("{} of unknown outcome", self.unknown));
        }
        counts.join(", ")
    }
}

impl LevelReport {
    fn evidence_is(&self, other: &Self) -> bool {
        let numbers = |it: &Self| {
            it.violation
                .as_ref()
                .map(|it| (it.transactions.clone(), it.circle.clone()))
        };
        numbers(self) == numbers(other)
    }
}

/// What was tried of a level that is not known, and what may decide it.
fn unknown(level: &LevelReport, screen: &mut Screen) -> io::Result<()> {
    let Some(gave_up) = level.gave_up else {
        return Ok(());
    };
    screen.gap()?;
    let tried = match gave_up.saturated {
        true => "what is forced was found, and orders of the rest were tried",
        false => {
            "orders were tried, without what is forced: there are too many transactions for that, or the budget ended before"
        }
    };
    screen.note(&format!(
        "Whether it is {} is not known: {tried}, and the {} ended that.\nWhat may decide it is more of it, as --budget 10m, or \
         fewer transactions for each register.",
        level.level, gave_up.limit
    ))
}

fn violation(alike: &[LevelReport], screen: &mut Screen) -> io::Result<()> {
    let first = &alike[0];
    let Some(violation) = &first.violation else {
        return Ok(());
    };
    let names: Vec<&str> = alike.iter().map(|it| it.level.name()).collect();
    screen.heading(&format!("not {}", names.join(", not ")))?;
    if !first.picture.is_empty() {
        screen.text(&first.picture)?;
        screen.gap()?;
    }
    match first.steps.is_empty() {
        true => screen.wrapped(&format!("{}: {}", violation.name(), violation.sentence))?,
        false => {
            screen.text(&format!("{}:", violation.name()))?;
            for step in &first.steps {
                screen.wrapped(&format!("- {step}"))?;
            }
        }
    }
    if violation.confirmed == Some(false) {
        screen.text(
            "THE ORACLE DISAGREES: by trying every order of these transactions it finds that they do not break the level. \
             One of the two is wrong: please report it, with the file.",
        )?;
    }
    screen.gap()?;
    // Most have committed, which need not be said.
    let shown = || first.evidence.iter().take(LISTED);
    let has_others = shown().any(|it| it.outcome != Ended::Committed);
    let rows = shown().map(|it| {
        let lines = match (it.begun_at, it.ended_at) {
            (Some(begun), Some(ended)) if begun.line != ended.line => {
                format!("{} to {}", begun.line, ended.line)
            }
            (Some(begun), _) => begun.line.to_string(),
            _ => String::new(),
        };
        let ended = match it.outcome {
            Ended::Committed => "committed",
            Ended::Aborted => "aborted",
            Ended::Unknown => "unknown",
        };
        let name = format!("T{}", it.index);
        let mut row = vec![name, it.process.to_string(), it.does.clone(), lines];
        row.extend(has_others.then(|| ended.to_owned()));
        row
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let header = ["", "process", "transaction", "lines", "outcome"];
    screen.table(&header[..4 + usize::from(has_others)], &rows)?;
    if first.evidence.len() > LISTED {
        screen.note(&format!(
            "And {} more: --json has all.",
            first.evidence.len() - LISTED
        ))?;
    }
    Ok(())
}

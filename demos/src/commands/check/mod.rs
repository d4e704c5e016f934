//! `workbench check`: which models a recorded history meets.

mod doctor;
mod drawn;
mod expected;
mod progress;
mod stale;
mod store;

use std::cmp::Reverse;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use histories::check::{Budget, Checker, GaveUp, Prefix, Reason};
use histories::formats::{self, FailedSwaps, Format, Note, Options, Place, ReadError, Wanted};
use histories::{History, Initial, Instant, Model, Operation, Process, Value, Verdict, check};
use pages::{Recorded, Told};
use serde::Serialize;

use expected::Expectation;
use progress::Progress;
use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::play::write;
use workbench::screen::Screen;

/// Say which models a recorded history meets, and draw what breaks the others
///
/// The file is a history of any store or register: a picture in the notation, JSON Lines, a `history.edn` of Jepsen, the
/// same events as JSON, or the lines that Jepsen logs; gzipped or not. Of a folder of Jepsen's store the history in it is
/// taken. Each model that is broken is shown with the smallest part of the history that breaks it.
///
/// Exit codes: 0 every expected model is met, 1 one is broken, 2 usage or input error, 3 one could not be decided, or the
/// history has reads that do not say what they returned. What is named with --model is expected, unless --expect or
/// --no-fail says otherwise.
#[derive(Clone, Debug, Args)]
pub struct Check {
    /// The file, a folder of Jepsen's store, or - for the standard input
    pub file: PathBuf,
    /// Judge only this model, and expect it; may be several, or given several times [default: all]
    #[arg(short, long = "model", value_name = "MODEL", value_delimiter = ',')]
    pub models: Vec<Model>,
    /// Exit with 1 if this model is broken, and with 3 if it could not be decided; may be several, as `safe,causal`, and
    /// bounds of staleness, as `stale<=50ms,behind<=2`
    #[arg(short, long = "expect", value_name = "MODEL", value_delimiter = ',')]
    pub expected: Vec<Expectation>,
    /// Expect nothing of the models that are named with --model
    #[arg(long)]
    pub no_fail: bool,
    /// Say how many reads are stale, by how many versions, and for how long
    #[arg(long)]
    pub staleness: bool,
    /// The unit of the times in a file of JSON Lines: ns, us, ms or s [default: of times with a fraction s]
    #[arg(long, value_parser = expected::unit)]
    pub unit: Option<u64>,
    /// How much to look at for each model before it is unknown: states, as `10M`, or a time for all, as `30s`, or both
    #[arg(long = "budget", value_name = "BUDGET", value_delimiter = ',')]
    pub budgets: Vec<Budget>,
    /// The format of the file: notation, jsonl, edn, json or log [default: found by its content]
    #[arg(short, long)]
    pub format: Option<Format>,
    /// What the registers hold at first: a value, `nil`, or `inferred` from the reads [default: as the file says]
    #[arg(short, long, value_parser = initial, allow_negative_numbers = true)]
    pub initial: Option<Initial>,
    /// Take compare-and-swaps that failed in events of Jepsen for such that found another value than they expected
    /// [default: they did not happen]
    #[arg(long)]
    pub failed_swaps_found_another: bool,
    /// Of a history that is atomic or sequential, print an order of the operations that proves it
    #[arg(long)]
    pub order: bool,
    /// Write a page besides, in which the history can be looked at, with what breaks each model; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
}

fn initial(text: &str) -> Result<Initial, String> {
    match text {
        "inferred" => Ok(Initial::Inferred),
        "nil" => Ok(Initial::Absent),
        _ => {
            let value = text.parse::<Value>();
            value
                .map(Initial::Given)
                .map_err(|error| format!("{error}, or `inferred`"))
        }
    }
}

/// Up to so many operations of evidence have a picture, and of an order so many are named.
const PICTURED: usize = 64;

/// Up to this many operations the onset of a violation is sought, which takes as long as some twenty verdicts.
const TRACED: usize = 100_000;

/// Which models a history meets.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport {
    schema: u32,
    command: &'static str,
    operations: usize,
    /// The reads that do not say what they returned. They are not judged.
    questions: usize,
    failed: usize,
    processes: usize,
    registers: usize,
    /// What should be known of how the file was read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Note>,
    models: Vec<Judged>,
    /// Another initial value with which more models are met.
    #[serde(skip_serializing_if = "Option::is_none")]
    initial: Option<doctor::Cure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    staleness: Option<stale::StalenessReport>,
    expected: Vec<Expectation>,
    #[serde(skip)]
    asked: bool,
}

/// One model, and what is known of it.
#[derive(Clone, Debug, Serialize)]
struct Judged {
    model: Model,
    /// Whether it is met; nothing if it could not be decided.
    meets: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    violation: Option<Broken>,
    /// How many states the search had looked at when it gave up.
    #[serde(skip_serializing_if = "Option::is_none")]
    states: Option<usize>,
    /// What it was at, and what it came to the end of.
    #[serde(skip_serializing_if = "Option::is_none")]
    gave_up: Option<GaveUp>,
    /// The stronger model that is met, so that this one was not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    implied_by: Option<Model>,
    /// An order of the operations that proves that it is met.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Vec<Placed>>,
}

/// An operation in an order.
#[derive(Clone, Debug, Serialize)]
struct Placed {
    #[serde(flatten)]
    operation: Operation,
    #[serde(skip)]
    name: String,
}

/// Why a model is broken.
#[derive(Clone, Debug, Serialize)]
struct Broken {
    anomaly: &'static str,
    #[serde(skip)]
    name: &'static str,
    sentence: String,
    /// How the operations contradict each other; they are given by their index, as it stands in `operations`.
    reason: Reason,
    /// The operations that prove it.
    operations: Vec<Evidence>,
    /// Those of them that count for what they wrote alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    as_writes: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<Prefix>,
    /// Whether the oracle, which tries every order of the operations, agrees; nothing if there are too many for it.
    confirmed: Option<bool>,
    /// The smallest part of the history that breaks the model.
    witness: History,
    /// The same, drawn, if it can be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    /// The instant of the first completion up to which the history breaks the model, if the model knows real time.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Instant>,
    /// Where that stands in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    since_place: Option<Place>,
    /// What completed then: whose it was, and its name.
    #[serde(skip)]
    completed: Vec<(Process, String)>,
}

/// An operation of the history, and where it stands in the file.
#[derive(Clone, Debug, Serialize)]
struct Evidence {
    index: usize,
    #[serde(flatten)]
    operation: Operation,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoked_at: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<Place>,
    #[serde(skip)]
    name: String,
}

/// Judges the history in a file.
///
/// # Errors
///
/// If there is no history in it.
pub fn run(args: &Check) -> Result<CheckReport, Failure> {
    let options = Options {
        format: args.format,
        initial: args.initial.clone(),
        failed_swaps: match args.failed_swaps_found_another {
            true => FailedSwaps::FoundAnother,
            false => FailedSwaps::DidNotHappen,
        },
    };
    let file = store::history_in(&args.file)?;
    let (history, notes) = read(&file, &options)?;
    let expected_models = args.expected.iter().filter_map(|it| it.model());
    let mut models: Vec<Model> = match args.models.is_empty() {
        true => Model::ALL.to_vec(),
        false => args.models.iter().copied().chain(expected_models).collect(),
    };
    models.sort_unstable();
    models.dedup();
    // Strong models first: what one of them implies need not be judged.
    let implied = |model: Model| Model::ALL.into_iter().filter(move |&it| model.implies(it));
    models.sort_by_key(|&model| Reverse(implied(model).count()));
    let progress = Progress::begin();
    let budget = args.budgets.iter().fold(None, |all: Option<Budget>, more| {
        Some(all.map_or_else(|| more.clone(), |all| all.and(more)))
    });
    let budget = progress.watch(&budget.unwrap_or_default());
    let mut checker = Checker::within(&history, &budget);
    let judged = models.into_iter().map(|model| {
        progress.at(model.name());
        Judged::new(model, &history, &mut checker, args.order)
    });
    let mut judged: Vec<Judged> = judged.collect();
    // What breaks a weaker model has been found only later.
    for unknown in judged.iter_mut().filter(|it| it.meets.is_none()) {
        *unknown = Judged::new(unknown.model, &history, &mut checker, args.order);
    }
    progress.end();
    judged.sort_by_key(|judged| judged.model);
    locate(&mut judged, &file, &options)?;
    let is_broken = |it: &&Judged| it.meets == Some(false);
    let broken: Vec<Model> = judged.iter().filter(is_broken).map(|it| it.model).collect();
    let cure = match args.initial {
        None => doctor::cure(&file, &options, &history, &broken),
        Some(_) => None,
    };
    let is_used = |register: &u32| {
        let mut operations = history.operations().iter();
        operations.any(|op| op.register == *register)
    };
    let named = args.models.iter().filter(|_| !args.no_fail);
    let expected: Vec<Expectation> = match args.expected.is_empty() {
        true => named.map(|&model| Expectation::Model(model)).collect(),
        false => args.expected.clone(),
    };
    let is_bounded = expected.iter().any(|it| it.model().is_none());
    let staleness = match args.staleness || is_bounded {
        true => {
            let has_fractions = notes.contains(&Note::Fractions);
            let parts = notes.iter().find_map(|note| match note {
                Note::Ticks { parts, .. } => Some(*parts),
                _ => None,
            });
            let nanoseconds = args.unit.or(has_fractions.then_some(1));
            let unit = nanoseconds.map(|nanoseconds| stale::Unit {
                nanoseconds,
                instants: parts.unwrap_or(1),
            });
            Some(stale::measure(&history, &file, &options, unit)?)
        }
        false => None,
    };
    if let Some(page) = &args.page {
        let title = file.file_name().unwrap_or(file.as_os_str());
        write(&page_of(&title.to_string_lossy(), &history, &judged), page)?;
    }
    Ok(CheckReport {
        schema: SCHEMA,
        command: "check",
        operations: history.operations().len(),
        questions: history.questions().count(),
        failed: history.failed().len(),
        processes: history.processes().len(),
        // Only the one without a name may be there without being used.
        registers: history.registers().count() - usize::from(!is_used(&0)),
        notes,
        models: judged,
        initial: cure,
        staleness,
        expected,
        asked: !args.models.is_empty() || !args.expected.is_empty(),
    })
}

/// The page of a history, with what is known of each model.
fn page_of(title: &str, history: &History, judged: &[Judged]) -> String {
    let mut page = Recorded::new(title, history);
    for Judged {
        model,
        meets,
        violation,
        ..
    } in judged
    {
        let violation = violation.as_ref();
        let witness: Vec<usize> = violation.map_or_else(Vec::new, |broken| {
            broken.operations.iter().map(|it| it.index).collect()
        });
        let told = violation.map(|broken| Told {
            sentence: &broken.sentence,
            reason: &broken.reason,
            witness: &witness,
        });
        page.judge(*model, *meets, told);
    }
    page.measure();
    page.html()
}

/// Reads a history from a file, or from the standard input if the path is `-`, with a bar on long files.
///
/// # Errors
///
/// If the file cannot be read, or is no history.
pub fn read(path: &Path, options: &Options) -> Result<(History, Vec<Note>), Failure> {
    let read = |input: &mut dyn Read, name: PathBuf| {
        formats::read_with_notes(input, options).map_err(|error| refused(name, error))
    };
    if path == Path::new("-") {
        return read(&mut io::stdin().lock(), PathBuf::from("standard input"));
    }
    let unreadable = |error| refused(path.to_owned(), ReadError::Input(error));
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let bar = cli::progress(length, "reading");
    let history = read(&mut bar.wrap_read(file), path.to_owned());
    bar.finish_and_clear();
    history
}

fn refused(path: PathBuf, error: ReadError) -> Failure {
    match error {
        ReadError::Input(error) => Failure::Unreadable { path, error },
        error => Failure::NotAHistory {
            path,
            error: Box::new(error),
        },
    }
}

/// Finds what is shown in the file; what came from the standard input is gone.
fn locate(judged: &mut [Judged], path: &Path, options: &Options) -> Result<(), Failure> {
    let mut places: Vec<(Wanted, &mut Option<Place>)> = Vec::new();
    for broken in judged.iter_mut().filter_map(|it| it.violation.as_mut()) {
        let process = broken.completed.first().map(|&(process, _)| process);
        let since = process.zip(broken.since);
        for evidence in broken.operations.iter_mut().take(PICTURED) {
            let Evidence {
                operation,
                invoked_at,
                completed_at,
                ..
            } = evidence;
            places.push(((operation.process, operation.invoked), invoked_at));
            if let Some(completed) = operation.completed {
                places.push(((operation.process, completed), completed_at));
            }
        }
        if let Some(since) = since {
            places.push((since, &mut broken.since_place));
        }
    }
    let wanted: Vec<Wanted> = places.iter().map(|&(wanted, _)| wanted).collect();
    let found = self::places(path, options, &wanted)?;
    for ((_, place), found) in places.into_iter().zip(found) {
        *place = found;
    }
    Ok(())
}

/// Where events stand in the file. A pipe can be read only once, so of one it is not known.
fn places(
    path: &Path,
    options: &Options,
    wanted: &[Wanted],
) -> Result<Vec<Option<Place>>, Failure> {
    let is_file = path.metadata().is_ok_and(|it| it.is_file());
    if wanted.is_empty() || !is_file {
        return Ok(vec![None; wanted.len()]);
    }
    let file = File::open(path).map_err(|error| refused(path.to_owned(), error.into()))?;
    formats::locate(file, options, wanted).map_err(|error| refused(path.to_owned(), error))
}

impl Judged {
    fn new(model: Model, history: &History, checker: &mut Checker<'_>, ordered: bool) -> Self {
        let mut judged = Self {
            model,
            meets: None,
            violation: None,
            states: None,
            gave_up: None,
            implied_by: None,
            order: None,
        };
        match checker.verdict(model) {
            Verdict::Meets => {
                judged.meets = Some(true);
                judged.implied_by = checker.implied_by(model);
                judged.order = ordered.then(|| order(model, history)).flatten();
            }
            Verdict::Unknown { states, gave_up } => {
                judged.states = Some(states);
                judged.gave_up = Some(gave_up);
            }
            Verdict::Breaks(violation) => {
                judged.meets = Some(false);
                judged.violation = Some(Broken::new(model, history, violation));
            }
        }
        judged
    }
}

impl Broken {
    fn new(model: Model, history: &History, violation: check::Violation) -> Self {
        let operations = history.operations();
        let is_short = operations.len() <= TRACED;
        let since = is_short.then(|| check::onset(model, history)).flatten();
        let completed = (0..operations.len())
            .filter(|&at| since.is_some() && operations[at].completed == since)
            .map(|at| (operations[at].process, history.describe(at)));
        let witness = violation.evidence(history);
        let is_pictured = witness.operations().len() <= PICTURED;
        let evidence = |&index: &usize| Evidence {
            index,
            operation: operations[index].clone(),
            invoked_at: None,
            completed_at: None,
            name: match is_pictured {
                true => history.describe(index),
                false => String::new(),
            },
        };
        Self {
            anomaly: violation.anomaly.name(),
            name: violation.name(),
            picture: is_pictured.then(|| violation.picture(history)),
            operations: violation.witness.iter().map(evidence).collect(),
            confirmed: violation.is_confirmed(history),
            witness,
            since,
            since_place: None,
            completed: completed.collect(),
            sentence: violation.sentence,
            reason: violation.reason,
            as_writes: violation.as_writes,
            prefix: violation.prefix,
        }
    }
}

/// An order that proves that a model is met: there is one for atomic and for sequential.
fn order(model: Model, history: &History) -> Option<Vec<Placed>> {
    let order = match model {
        Model::Atomic => check::linearization(history),
        Model::Sequential => check::serialization(history),
        _ => None,
    };
    let placed = order?.into_iter().enumerate().map(|(nth, at)| {
        let operation = history.operations()[at].clone();
        let name = match operation.returned() {
            // The names of those that are printed: to find one takes as long as the history.
            _ if nth >= PICTURED => String::new(),
            Some(value) => format!("{} ({value})", history.describe(at)),
            None => history.describe(at),
        };
        Placed { operation, name }
    });
    Some(placed.collect())
}

impl Report for CheckReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        drawn::draw(self, screen)
    }

    fn outcome(&self) -> Outcome {
        let expected = self
            .models
            .iter()
            .filter(|judged| self.expected.contains(&Expectation::Model(judged.model)));
        let outcomes = expected.map(|judged| judged.outcome(self.questions));
        let bounds = self.bounds().into_iter().map(|(outcome, _)| outcome);
        let outcomes = outcomes.chain(bounds);
        outcomes.max().unwrap_or(Outcome::AsAdvertised)
    }
}

impl CheckReport {
    /// How each expected bound of staleness ends.
    fn bounds(&self) -> Vec<(Outcome, String)> {
        let bounds = self.expected.iter().filter(|it| it.model().is_none());
        let outcome = |&it| {
            let staleness = self.staleness.as_ref()?;
            Some(staleness.outcome(it, self.questions))
        };
        bounds.filter_map(outcome).collect()
    }
}

impl Judged {
    /// How it ends where it is expected.
    fn outcome(&self, questions: usize) -> Outcome {
        let refuted = |broken: &Broken| broken.confirmed == Some(false);
        match self.meets {
            Some(true) if questions == 0 => Outcome::AsAdvertised,
            Some(false) if !self.violation.as_ref().is_some_and(refuted) => Outcome::Contradicted,
            _ => Outcome::Inconclusive,
        }
    }
}

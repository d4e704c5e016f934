//! `workbench check`: which models a recorded history meets.

mod ci;
mod doctor;
mod drawn;
mod expected;
mod progress;
mod stale;
mod store;
mod transacted;

use std::cmp::Reverse;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use histories::check::{Budget, Checker, GaveUp, Prefix, Reason};
use histories::formats::{self, FailedSwaps, Format, Note, Options, Place, ReadError, Wanted};
use histories::{
    History, Initial, Instant, Model, Operation, Process, Timeline, Value, Verdict, check,
};
use pages::{Recorded, Told};
use serde::Serialize;

use expected::{Expectation, Named};
use progress::Progress;
use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::play::write;
use workbench::screen::Screen;

/// Say which models a recorded history meets, and draw what breaks the others
///
/// The file is a history of any store or register: a picture in the notation, JSON Lines, a `history.edn` of Jepsen, the
/// same events as JSON, or the lines that Jepsen logs; gzipped or not. Of a folder of Jepsen's store the history in it is
/// taken. Each model that is broken is shown with the smallest part of the history that breaks it. Where the file has
/// transactions of several reads and writes, these are judged by levels of isolation instead, as `serializable`.
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
    pub models: Vec<Named>,
    /// Of transactions, let the order of those of each process count at every level
    #[arg(long)]
    pub sessions: bool,
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
    /// How far the clocks of a file of JSON Lines may be from each other, as `5ms`: what happened closer together counts as
    /// concurrent
    #[arg(long, value_name = "TIME", value_parser = expected::time)]
    pub clock_skew: Option<u64>,
    /// Write a report of JUnit besides: a test for each expectation, or for each model
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Print annotations for GitHub on stderr: each expectation that is not met, with its line in the file
    #[arg(long)]
    pub github: bool,
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

impl Check {
    /// How much is looked at.
    fn budget(&self) -> Budget {
        let all = self.budgets.iter().cloned();
        all.reduce(|all, more| all.and(&more)).unwrap_or_default()
    }

    /// What is expected: what is named is, unless something else is said.
    fn expectations(&self) -> Vec<Expectation> {
        let named = self.models.iter().filter(|_| !self.no_fail);
        match self.expected.is_empty() {
            true => named.map(|&it| it.into()).collect(),
            false => self.expected.clone(),
        }
    }
}

/// Up to so many operations of evidence have a picture, and of an order so many are named.
const PICTURED: usize = 64;

/// Up to this many operations the onset of a violation is sought, which takes as long as some twenty verdicts, and each
/// register is judged alone.
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
    /// Each register alone, those first that have the weakest class; if there are several, and one is not atomic.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    by_register: Vec<ByRegister>,
    /// Another initial value with which more models are met.
    #[serde(skip_serializing_if = "Option::is_none")]
    initial: Option<doctor::Cure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    staleness: Option<stale::StalenessReport>,
    expected: Vec<Expectation>,
    #[serde(skip)]
    asked: bool,
}

/// One register of several.
#[derive(Clone, Debug, Serialize)]
struct ByRegister {
    register: Option<String>,
    operations: usize,
    /// The strongest class that it is known to have; none if it is not even safe.
    strongest: Option<Model>,
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
    /// What the nemesis did meanwhile, as a lane below the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    nemesis: Option<String>,
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

/// What was found: of a history of operations, or of one of transactions.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Checked {
    /// Of operations.
    Operations(Box<CheckReport>),
    /// Of transactions.
    Transactions(Box<transacted::TransactionsReport>),
}

impl Report for Checked {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        match self {
            Self::Operations(report) => report.draw(screen),
            Self::Transactions(report) => report.draw(screen),
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Operations(report) => report.outcome(),
            Self::Transactions(report) => report.outcome(),
        }
    }
}

/// Judges the history in a file.
///
/// # Errors
///
/// If there is no history in it.
pub fn run(args: &Check) -> Result<Checked, Failure> {
    let options = Options {
        format: args.format,
        initial: args.initial.clone(),
        failed_swaps: match args.failed_swaps_found_another {
            true => FailedSwaps::FoundAnother,
            false => FailedSwaps::DidNotHappen,
        },
    };
    let file = store::history_in(&args.file)?;
    let checked = match transacted::read(args, &file, &options)? {
        transacted::Input::Operations(history, notes) => {
            let report = operations(args, &file, &options, &history, notes)?;
            Checked::Operations(Box::new(report))
        }
        transacted::Input::Transactions(history, notes) => {
            let report = transacted::judge(args, &file, &options, &history, notes)?;
            Checked::Transactions(Box::new(report))
        }
    };
    let cases = || match &checked {
        Checked::Operations(report) => report.cases(),
        Checked::Transactions(report) => report.cases(),
    };
    if let Some(junit) = &args.junit {
        ci::junit(&cases(), &file, junit)?;
    }
    if args.github {
        ci::annotate(&cases(), &file);
    }
    Ok(checked)
}

/// Judges operations.
fn operations(
    args: &Check,
    file: &Path,
    options: &Options,
    history: &History,
    notes: Vec<Note>,
) -> Result<CheckReport, Failure> {
    let unit = stale::Unit::of(args.unit, &notes);
    let named = args.models.iter().map(|&it| Expectation::from(it));
    let named: Vec<Expectation> = named.collect();
    let asked = named.iter().chain(&args.expected);
    let mut models: Vec<Model> = match args.models.is_empty() {
        true => Model::ALL.to_vec(),
        false => asked.filter_map(|it| it.model()).collect(),
    };
    models.sort_unstable();
    models.dedup();
    // Strong models first: what one of them implies need not be judged.
    let implied = |model: Model| Model::ALL.into_iter().filter(move |&it| model.implies(it));
    models.sort_by_key(|&model| Reverse(implied(model).count()));
    let progress = Progress::begin();
    let budget = progress.watch(&args.budget());
    let widened = match args.clock_skew {
        None => None,
        Some(skew) => {
            models.retain(|&model| model != Model::Strict);
            Some(history.widened(unit.ok_or_else(no_unit)?.instants_of(skew)))
        }
    };
    // Where clocks differ, only the order within a process is known for sure by its own.
    let mut checker = Checker::within(history, &budget);
    let mut in_time = widened.as_ref().map(|it| Checker::within(it, &budget));
    let faults = notes.iter().find_map(|note| match note {
        Note::Nemesis { faults } => Some(faults.as_slice()),
        _ => None,
    });
    let mut judge = |model: Model| {
        progress.at(model.name());
        let (checker, judged) = match (&mut in_time, &widened) {
            (Some(in_time), Some(widened)) if model.is_in_time() => (in_time, widened),
            _ => (&mut checker, history),
        };
        let shown = (history, faults.unwrap_or_default());
        Judged::new(model, judged, shown, checker, args.order)
    };
    let mut judged: Vec<Judged> = models.into_iter().map(&mut judge).collect();
    // What breaks a weaker model has been found only later.
    for unknown in judged.iter_mut().filter(|it| it.meets.is_none()) {
        *unknown = judge(unknown.model);
    }
    progress.end();
    judged.sort_by_key(|judged| judged.model);
    locate(&mut judged, file, options)?;
    let is_broken = |it: &&Judged| it.meets == Some(false);
    let broken: Vec<Model> = judged.iter().filter(is_broken).map(|it| it.model).collect();
    let cure = match args.initial {
        None => doctor::cure(file, options, history, &broken),
        Some(_) => None,
    };
    let is_used = |register: &u32| {
        let mut operations = history.operations().iter();
        operations.any(|op| op.register == *register)
    };
    let expected = args.expectations();
    let is_bounded = expected.iter().any(|it| it.is_bound());
    let staleness = match args.staleness || is_bounded {
        true => Some(stale::measure(history, file, options, unit)?),
        false => None,
    };
    if let Some(page) = &args.page {
        let title = file.file_name().unwrap_or(file.as_os_str());
        write(&page_of(&title.to_string_lossy(), history, &judged), page)?;
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
        by_register: by_register(history, &judged),
        models: judged,
        initial: cure,
        staleness,
        expected,
        asked: !args.models.is_empty() || !args.expected.is_empty(),
    })
}

fn no_unit() -> Failure {
    let said = "--clock-skew is for files that say when things happened by a clock, with its unit: JSON Lines with --unit ns, or \
                with times in seconds; the events of Jepsen are taken in the order of their lines";
    Failure::Impossible(said.into())
}

/// The registers of a history by their class, where one is not atomic.
fn by_register(history: &History, judged: &[Judged]) -> Vec<ByRegister> {
    let is_broken =
        |it: &Judged| it.model.is_in_time() && it.model != Model::Strict && it.meets == Some(false);
    if history.operations().len() > TRACED || !judged.iter().any(is_broken) {
        return Vec::new();
    }
    let parts = history.by_register();
    if parts.len() < 2 {
        return Vec::new();
    }
    let parts = parts.into_iter().map(|(register, part)| ByRegister {
        register: history.name_of(register).map(str::to_owned),
        operations: part.operations().len(),
        strongest: check::strongest(&part),
    });
    let mut parts: Vec<ByRegister> = parts.collect();
    parts.sort_by_key(|it| it.strongest);
    parts
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
    /// `shown` are the history whose operations are drawn, and what the nemesis did.
    fn new(
        model: Model,
        history: &History,
        shown: (&History, &[(Instant, String)]),
        checker: &mut Checker<'_>,
        ordered: bool,
    ) -> Self {
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
                judged.violation = Some(Broken::new(model, history, shown, violation));
            }
        }
        judged
    }
}

impl Broken {
    fn new(
        model: Model,
        history: &History,
        (drawn, faults): (&History, &[(Instant, String)]),
        violation: check::Violation,
    ) -> Self {
        let operations = drawn.operations();
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
            nemesis: lane(&violation, drawn, faults),
            picture: is_pictured.then(|| violation.picture(drawn)),
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

/// What the nemesis did while the operations ran that break a model, as a lane below their picture.
fn lane(
    violation: &check::Violation,
    history: &History,
    faults: &[(Instant, String)],
) -> Option<String> {
    if faults.is_empty() || violation.witness.len() > PICTURED {
        return None;
    }
    let instants = violation.witness.iter().map(|&at| {
        let operation = &history.operations()[at];
        (operation.invoked, operation.completed)
    });
    let instants: Vec<(Instant, Option<Instant>)> = instants.collect();
    Timeline::from(violation.evidence(history)).lane("Nemesis", &instants, faults)
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
    /// What a build server is told: of the expectations, or of all models if there are none.
    fn cases(&self) -> Vec<ci::Case> {
        let is_told = |it: &&Judged| {
            self.expected.is_empty() || self.expected.contains(&Expectation::Model(it.model))
        };
        let models = self.models.iter().filter(is_told).map(|it| ci::Case {
            name: it.model.to_string(),
            outcome: it.outcome(self.questions),
            sentence: match &it.violation {
                Some(broken) => broken.sentence.clone(),
                None => drawn::expectation(it, self.questions),
            },
            evidence: it
                .violation
                .as_ref()
                .and_then(|it| it.picture.clone())
                .unwrap_or_default(),
            line: it
                .violation
                .as_ref()
                .and_then(|it| Some(it.since_place?.line)),
        });
        let bounds = self
            .bounds()
            .into_iter()
            .map(|(outcome, sentence)| ci::Case {
                name: "staleness".to_owned(),
                outcome,
                sentence,
                evidence: String::new(),
                line: None,
            });
        models.chain(bounds).collect()
    }

    /// How each expected bound of staleness ends.
    fn bounds(&self) -> Vec<(Outcome, String)> {
        let bounds = self.expected.iter().filter(|it| it.is_bound());
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

//! `workbench check`: which models a recorded history meets.

use std::cmp::Reverse;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use histories::formats::{self, Format, Options, ReadError};
use histories::{History, Initial, Instant, Model, Operation, Value, Verdict, check};
use serde::Serialize;

use crate::cli::{self, Failure, Outcome, Report, SCHEMA};
use crate::screen::{Screen, grouped, plural};

/// Say which models a recorded history meets, and draw what breaks the others
///
/// The file is a history of any store or register: a picture in the notation, JSON Lines, a `history.edn` of Jepsen or
/// the lines that Jepsen logs. Each model that is broken is shown with the smallest part of the history that breaks it.
///
/// Exit codes: 0 every expected model is met, 1 one is broken, 2 usage or input error, 3 one could not be decided.
#[derive(Clone, Debug, Args)]
pub struct Check {
    /// The file, or - for the standard input
    pub file: PathBuf,
    /// Judge only this model; may be several, or given several times [default: all]
    #[arg(short, long = "model", value_name = "MODEL", value_delimiter = ',')]
    pub models: Vec<Model>,
    /// Exit with 1 if this model is broken, and with 3 if it could not be decided; may be several, as `safe,causal`
    #[arg(short, long = "expect", value_name = "MODEL", value_delimiter = ',')]
    pub expected: Vec<Model>,
    /// The format of the file: notation, jsonl, edn or log [default: found by its content]
    #[arg(short, long)]
    pub format: Option<Format>,
    /// What the registers hold at first: a value, `nil`, or `inferred` from the reads [default: as the file says]
    #[arg(short, long, value_parser = initial, allow_negative_numbers = true)]
    pub initial: Option<Initial>,
    /// Of a history that is atomic or sequential, print an order of the operations that proves it
    #[arg(long)]
    pub order: bool,
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

/// Up to this many operations a witness is drawn: a picture of more is wider than anyone can look at.
const DRAWN: usize = 64;

/// Up to this many operations the onset of a violation is sought, which takes as long as some twenty verdicts.
const TRACED: usize = 100_000;

/// Which models a history meets.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport {
    schema: u32,
    command: &'static str,
    operations: usize,
    failed: usize,
    processes: usize,
    registers: usize,
    models: Vec<Judged>,
    expected: Vec<Model>,
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

#[derive(Clone, Debug, Serialize)]
struct Broken {
    anomaly: &'static str,
    sentence: String,
    /// The smallest part of the history that breaks the model.
    witness: History,
    /// The same, drawn.
    picture: String,
    /// The instant of the first completion up to which the history breaks the model, if the model knows real time.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Instant>,
    /// What completed then.
    #[serde(skip)]
    completed: Vec<String>,
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
    };
    let history = read(&args.file, &options)?;
    let mut models = match args.models.is_empty() {
        true => Model::ALL.to_vec(),
        false => [args.models.as_slice(), &args.expected].concat(),
    };
    models.sort_unstable();
    models.dedup();
    let bar = cli::progress(models.len() as u64, "");
    // Strong models first: what one of them implies need not be judged.
    let implied = |model: Model| Model::ALL.into_iter().filter(move |&it| model.implies(it));
    models.sort_by_key(|&model| Reverse(implied(model).count()));
    let mut judged: Vec<Judged> = Vec::with_capacity(models.len());
    for model in models {
        bar.set_message(model.to_string());
        let stronger = judged
            .iter()
            .find(|it| it.settles(model))
            .map(|it| it.model);
        judged.push(match stronger {
            Some(stronger) => Judged::implied(model, stronger, &history, args.order),
            None => Judged::new(model, &history, args.order),
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    judged.sort_by_key(|judged| judged.model);
    let is_used = |register: &u32| {
        let mut operations = history.operations().iter();
        operations.any(|op| op.register == *register)
    };
    Ok(CheckReport {
        schema: SCHEMA,
        command: "check",
        operations: history.operations().len(),
        failed: history.failed().len(),
        processes: history.processes().len(),
        // Only the one without a name may be there without being used.
        registers: history.registers().count() - usize::from(!is_used(&0)),
        models: judged,
        expected: args.expected.clone(),
        asked: !args.models.is_empty() || !args.expected.is_empty(),
    })
}

/// Reads a history from a file, or from the standard input if the path is `-`, with a bar on long files.
///
/// # Errors
///
/// If the file cannot be read, or is no history.
pub fn read(path: &Path, options: &Options) -> Result<History, Failure> {
    let read = |input: &mut dyn Read, name: PathBuf| {
        formats::read(input, options).map_err(|error| match error {
            ReadError::Input(error) => Failure::Unreadable { path: name, error },
            error => Failure::NotAHistory {
                path: name,
                error: Box::new(error),
            },
        })
    };
    if path == Path::new("-") {
        return read(&mut io::stdin().lock(), PathBuf::from("standard input"));
    }
    let unreadable = |error| Failure::Unreadable {
        path: path.to_owned(),
        error,
    };
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let bar = cli::progress(length, "reading");
    let history = read(&mut bar.wrap_read(file), path.to_owned());
    bar.finish_and_clear();
    history
}

impl Judged {
    fn implied(model: Model, stronger: Model, history: &History, ordered: bool) -> Self {
        Self {
            model,
            meets: Some(true),
            violation: None,
            states: None,
            implied_by: Some(stronger),
            order: ordered.then(|| order(model, history)).flatten(),
        }
    }

    /// Whether it follows from this that another model is met. From those below atomic it is not concluded: with
    /// compare-and-swaps they imply less.
    fn settles(&self, model: Model) -> bool {
        let is_strong = [Model::Strict, Model::Atomic, Model::Sequential].contains(&self.model);
        self.meets == Some(true) && is_strong && self.model.implies(model)
    }

    fn new(model: Model, history: &History, ordered: bool) -> Self {
        let mut judged = Self {
            model,
            meets: None,
            violation: None,
            states: None,
            implied_by: None,
            order: None,
        };
        match histories::check(model, history) {
            Verdict::Meets => {
                judged.meets = Some(true);
                judged.order = ordered.then(|| order(model, history)).flatten();
            }
            Verdict::Unknown { states, .. } => judged.states = Some(states),
            Verdict::Breaks(violation) => {
                judged.meets = Some(false);
                let operations = history.operations();
                let is_short = operations.len() <= TRACED;
                let since = is_short.then(|| check::onset(model, history)).flatten();
                let completed = (0..operations.len())
                    .filter(|&at| since.is_some() && operations[at].completed == since);
                judged.violation = Some(Broken {
                    anomaly: violation.anomaly.name(),
                    picture: violation.picture(history),
                    witness: history.restricted_to(&violation.witness),
                    since,
                    completed: completed.map(|at| history.describe(at)).collect(),
                    sentence: violation.sentence,
                });
            }
        }
        judged
    }

    /// Since when it is broken, and what completed then.
    fn since(&self) -> Option<(Instant, &[String])> {
        let broken = self.violation.as_ref()?;
        Some((broken.since?, &broken.completed))
    }

    fn row(&self) -> Vec<String> {
        let (meets, decided) = match (self.meets, &self.violation, self.states) {
            (_, Some(broken), _) => {
                let size = plural(broken.witness.operations().len(), "operation");
                ("no", format!("{}, in {size}", broken.anomaly))
            }
            (Some(_), None, _) => match self.implied_by {
                Some(stronger) => ("yes", format!("{stronger} implies it")),
                None => ("yes", "all operations judged".to_owned()),
            },
            (None, None, states) => {
                let states = grouped(states.unwrap_or(0) as u64);
                ("unknown", format!("gave up after {states} states"))
            }
        };
        vec![self.model.to_string(), meets.to_owned(), decided]
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
            _ if nth >= DRAWN => String::new(),
            Some(value) => format!("{} ({value})", history.describe(at)),
            None => history.describe(at),
        };
        Placed { operation, name }
    });
    Some(placed.collect())
}

impl Report for CheckReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let mut counts = vec![
            plural(self.operations, "operation"),
            format!(
                "{} of {}",
                plural(self.registers, "register"),
                plural_of_processes(self.processes)
            ),
        ];
        if self.failed > 0 {
            counts.push(format!("{} that failed", self.failed));
        }
        screen.heading(&counts.join(", "))?;
        let rows: Vec<Vec<String>> = self.models.iter().map(Judged::row).collect();
        screen.table(&["model", "meets", "how decided"], &rows)?;
        // Many models break by the same part of the history: it is drawn once.
        let mut drawn: Vec<&str> = Vec::new();
        for judged in &self.models {
            let Some(broken) = &judged.violation else {
                continue;
            };
            if drawn.contains(&broken.picture.as_str()) {
                continue;
            }
            drawn.push(&broken.picture);
            let alike = self.models.iter().filter(|other| {
                let violation = other.violation.as_ref();
                violation.is_some_and(|other| other.picture == broken.picture)
            });
            let alike: Vec<&Judged> = alike.collect();
            let names: Vec<&str> = alike.iter().map(|judged| judged.model.name()).collect();
            screen.heading(&format!("not {}", names.join(", not ")))?;
            let count = broken.witness.operations().len();
            match count {
                0..=DRAWN => screen.text(&broken.picture)?,
                _ => screen.note(&format!(
                    "A picture of {} operations is not drawn here: it stands in the output of --json.",
                    grouped(count as u64)
                ))?,
            }
            screen.gap()?;
            let mut said: Vec<&str> = Vec::new();
            for violation in alike.iter().filter_map(|judged| judged.violation.as_ref()) {
                if !said.contains(&violation.sentence.as_str()) {
                    screen.text(&violation.sentence)?;
                    said.push(&violation.sentence);
                }
            }
            for together in alike.chunk_by(|one, other| one.since() == other.since()) {
                let Some((since, completed)) = together[0].since() else {
                    continue;
                };
                let names: Vec<&str> = together.iter().map(|judged| judged.model.name()).collect();
                screen.note(&format!(
                    "Not {} since time {since}, when {} completed.",
                    names.join(", not "),
                    completed.join(" and "),
                ))?;
            }
        }
        for judged in &self.models {
            let Some(order) = &judged.order else { continue };
            screen.heading(&format!(
                "An order of the operations that is {}",
                judged.model
            ))?;
            for (nth, placed) in order.iter().take(DRAWN).enumerate() {
                screen.text(&format!("{:>4}  {}", nth + 1, placed.name))?;
            }
            if order.len() > DRAWN {
                screen.note(&format!(
                    "And {} more, which stand in the output of --json.",
                    grouped((order.len() - DRAWN) as u64)
                ))?;
            }
        }
        if !self.asked {
            screen.gap()?;
            screen.note(
                "With --expect MODEL the exit code is 1 where the history does not meet it.",
            )?;
        }
        Ok(())
    }

    fn outcome(&self) -> Outcome {
        let expected = self
            .models
            .iter()
            .filter(|judged| self.expected.contains(&judged.model));
        let outcomes = expected.map(|judged| match judged.meets {
            Some(true) => Outcome::AsAdvertised,
            Some(false) => Outcome::Contradicted,
            None => Outcome::Inconclusive,
        });
        outcomes.max().unwrap_or(Outcome::AsAdvertised)
    }
}

fn plural_of_processes(count: usize) -> String {
    match count {
        1 => "1 process".to_owned(),
        _ => format!("{count} processes"),
    }
}

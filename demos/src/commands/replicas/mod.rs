//! `workbench replicas`: which rung of the ladder each replication protocol has.

use std::io;
use std::time::Duration;

use clap::{Args, Subcommand};
use histories::Model;
use indicatif::ProgressBar;
use interleavings::{Limits, is_interrupted};
use registers::Arity;
use registers::essay::Part;
use registers::scenario::Scenario;
use replicas::catalogue::Listed;
use replicas::every::{Budget, Setup};
use replicas::experiments::rungs::{self, Rung};
use serde::Serialize;
use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::prove;
use workbench::screen::{Screen, grouped, listed, plural};

use super::network::{self, covered, meets, models, rounded};

pub mod exhibits;
pub mod serve;
pub mod stress;

/// Explore every execution of replication protocols in small scenarios, and say which rung of the ladder each has
///
/// Messages arrive in any order, or never, and replicas stop at any time; what else may go wrong is said by options.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Replicas {
    /// Something else with replicas
    #[command(subcommand)]
    pub command: Option<Further>,
    /// What is to be explored
    #[command(flatten)]
    pub question: Question,
}

/// What else there is to do with replicas.
#[derive(Clone, Debug, Subcommand)]
pub enum Further {
    /// Find everything that is known to go wrong over a network, each in the smallest scenario in which it does
    Exhibits,
    #[allow(missing_docs)] // What it does is said where its options are, and shown as its help.
    Stress(stress::Stress),
    #[allow(missing_docs)] // See above.
    Serve(serve::Serve),
}

/// What is to be explored.
#[derive(Clone, Debug, Args)]
pub struct Question {
    /// The protocol [default: all of them]
    #[arg(value_parser = network::protocol)]
    pub protocol: Option<Listed>,
    /// `note`, what each thread does as in `ww.rr.r`, or a file with a timeline; may be given several times [default: small ones]
    #[arg(long)]
    pub scenario: Vec<String>,
    /// How many replicas there are
    #[arg(long, default_value_t = 3)]
    pub replicas: u8,
    /// How many messages arrive twice
    #[arg(long, default_value_t = 0)]
    pub duplicates: u8,
    /// How often a replica suspects whoever leads, rightly or not
    #[arg(long, default_value_t = 0)]
    pub suspicions: u8,
    /// How many replicas start again without what they had
    #[arg(long, default_value_t = 0)]
    pub restarts: u8,
    /// How often a replica tells the others what it holds, without being asked
    #[arg(long, default_value_t = 0)]
    pub gossip: u8,
    /// How often a client asks again
    #[arg(long, default_value_t = 0)]
    pub resends: u8,
    /// How far the clock of each replica goes, where replicas have clocks
    #[arg(long, default_value_t = 0)]
    pub ticks: u8,
    /// How far one clock may be ahead of another
    #[arg(long, default_value_t = 0, requires = "ticks")]
    pub skew: u8,
    /// For how many seconds a protocol may be explored in a scenario
    #[arg(long, default_value_t = 60.0, value_parser = cli::seconds)]
    pub max_time: f64,
    /// How many states a protocol may have in a scenario
    #[arg(long, default_value_t = 10_000_000)]
    pub max_states: usize,
}

impl Question {
    fn setup(&self) -> Setup {
        Setup {
            replicas: self.replicas,
            budget: Budget {
                duplicates: self.duplicates,
                suspicions: self.suspicions,
                restarts: self.restarts,
                gossip: self.gossip,
                resends: self.resends,
                ticks: self.ticks,
                skew: self.skew,
            },
            limits: Limits {
                states: self.max_states,
                time: Duration::from_secs_f64(self.max_time),
                ..Limits::default()
            },
            ..Setup::default()
        }
    }

    fn scenarios(&self, protocol: Listed) -> Result<Vec<Scenario>, Failure> {
        let usual = || rungs::usual(protocol).into_iter().map(str::to_owned);
        let wanted: Vec<String> = match self.scenario.as_slice() {
            [] => usual().collect(),
            wanted => wanted.to_vec(),
        };
        wanted.iter().map(|name| prove::scenario(name)).collect()
    }
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct ReplicasReport {
    schema: u32,
    command: &'static str,
    /// How many replicas there were.
    replicas: u8,
    /// What might go wrong, besides loss and crashes.
    budget: Budget,
    protocols: Vec<Row>,
    /// The protocols that were not explored.
    skipped: Vec<Skipped>,
    #[serde(skip)]
    one: bool,
}

/// A protocol that was not explored.
#[derive(Clone, Debug, Serialize)]
pub struct Skipped {
    protocol: String,
    why: String,
}

/// A protocol.
#[derive(Clone, Debug, Serialize)]
struct Row {
    protocol: String,
    about: &'static str,
    file: &'static str,
    claims: Model,
    writers: String,
    /// Whether it offers compare-and-swap.
    swaps: bool,
    /// The highest rung of the ladder that nothing explored breaks; absent if it is not even safe.
    rung: Option<Model>,
    /// The strongest models that nothing explored breaks.
    meets: Vec<Model>,
    scenarios: Vec<Covered>,
    states: u64,
    executions: f64,
    seconds: f64,
    messages_per_operation: f64,
    /// The shortest execution that breaks the next rung.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Broken>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    essay: Vec<Part>,
    outcome: Outcome,
}

/// A scenario that was explored.
#[derive(Clone, Debug, Serialize)]
struct Covered {
    scenario: String,
    states: u64,
    executions: f64,
    coverage: String,
}

/// An execution that breaks a model.
#[derive(Clone, Debug, Serialize)]
pub struct Broken {
    pub(super) model: Model,
    pub(super) sentence: String,
    pub(super) timeline: String,
    pub(super) messages: usize,
}

impl From<replicas::every::Witness> for Broken {
    fn from(witness: replicas::every::Witness) -> Self {
        Self {
            model: witness.model,
            sentence: witness.sentence,
            timeline: witness.timeline.to_string(),
            messages: witness.messages,
        }
    }
}

impl Row {
    fn of(rung: Rung) -> Self {
        let protocol = rung.protocol;
        let claims = protocol.claims();
        let covered = |it: &rungs::Covered| Covered {
            scenario: it.scenario.clone(),
            states: it.states,
            executions: it.executions,
            coverage: covered(&it.coverage),
        };
        Self {
            protocol: protocol.name(),
            about: protocol.about(),
            file: protocol.file(),
            claims: claims.model,
            writers: claims.writers.to_string(),
            swaps: claims.swaps,
            rung: rung.on_the_ladder(),
            outcome: if rung.is_contradicted() {
                Outcome::Contradicted
            } else if rung.is_exhaustive() {
                Outcome::AsAdvertised
            } else {
                Outcome::Inconclusive
            },
            scenarios: rung.scenarios.iter().map(covered).collect(),
            states: rung.states,
            executions: rung.executions,
            seconds: rung.seconds,
            messages_per_operation: rung.messages,
            essay: Vec::new(),
            next: rung.next.map(Broken::from),
            meets: rung.met,
        }
    }
}

/// Explores what is asked.
///
/// # Errors
///
/// If the scenario cannot be read, or if the protocol that is asked for cannot perform it.
pub fn run(question: &Question) -> Result<ReplicasReport, Failure> {
    let setup = question.setup();
    let mut report = ReplicasReport {
        schema: SCHEMA,
        command: "replicas",
        replicas: setup.replicas,
        budget: setup.budget,
        protocols: Vec::new(),
        skipped: Vec::new(),
        one: question.protocol.is_some(),
    };
    let wanted = match question.protocol {
        Some(protocol) => vec![protocol],
        None => Listed::ALL.to_vec(),
    };
    let bar = cli::progress(wanted.len() as u64, "replicas");
    for &protocol in &wanted {
        let skip = |why: String| Skipped {
            protocol: protocol.name(),
            why,
        };
        if is_interrupted() {
            report.skipped.push(skip("it was interrupted".to_owned()));
            continue;
        }
        let scenarios = question.scenarios(protocol)?;
        match explore(protocol, &scenarios, &setup, &bar) {
            Ok(rung) => report.protocols.push(Row::of(rung)),
            // All of them are asked for, and not all can do what is asked.
            Err(unfit) if !report.one && !question.scenario.is_empty() => {
                report.skipped.push(skip(unfit.to_string()));
            }
            Err(unfit) => return Err(Failure::Impossible(unfit.into())),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if let (Some(protocol), [row]) = (question.protocol, report.protocols.as_mut_slice()) {
        row.essay = protocol.essay().0;
    }
    Ok(report)
}

fn explore(
    protocol: Listed,
    scenarios: &[Scenario],
    setup: &Setup,
    bar: &ProgressBar,
) -> Result<Rung, replicas::every::Unfit> {
    let name = protocol.name();
    bar.set_message(name.clone());
    rungs::explore(protocol, scenarios, setup, &mut |states| {
        bar.set_message(format!("{name}: {} states", grouped(states)));
    })
}

impl Report for ReplicasReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        match self.protocols.as_slice() {
            [row] if self.one => self.draw_one(row, screen)?,
            rows => self.draw_all(rows, screen)?,
        }
        if self.replicas.is_multiple_of(2) {
            screen.note(&format!(
                "{} tolerate no more stopped ones than {} do.",
                plural(self.replicas.into(), "replica"),
                self.replicas - 1
            ))?;
        }
        for Skipped { protocol, why } in &self.skipped {
            screen.note(&format!("{protocol} was left out: {why}."))?;
        }
        Ok(())
    }

    fn outcome(&self) -> Outcome {
        let worst = self.protocols.iter().map(|row| row.outcome).max();
        // Where nothing was explored nothing is known.
        worst.unwrap_or(Outcome::Inconclusive)
    }
}

impl ReplicasReport {
    fn draw_all(&self, rows: &[Row], screen: &mut Screen) -> io::Result<()> {
        screen.heading("The ladder over a network: what no execution of each protocol breaks")?;
        let header = [
            "protocol",
            "meets, exactly",
            "writers",
            "states",
            "executions",
            "messages",
            "breaks in",
        ];
        let cells = |row: &Row| {
            let open = row.outcome == Outcome::Inconclusive;
            vec![
                row.protocol.clone(),
                match (row.outcome, row.meets.as_slice()) {
                    (Outcome::Contradicted, met) => {
                        format!("{}, claims {}", meets(met), row.claims)
                    }
                    (Outcome::Inconclusive, met) => format!("{}?", meets(met)),
                    (_, met) => meets(met),
                },
                row.writers.clone(),
                grouped(row.states),
                if open {
                    "?".to_owned()
                } else {
                    rounded(row.executions)
                },
                format!("{:.1}", row.messages_per_operation),
                row.next.as_ref().map_or_else(String::new, |next| {
                    format!("{}, {}", next.model, next.messages)
                }),
            ]
        };
        let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
        screen.table(&header, &cells)?;
        screen.gap()?;
        let states: u64 = rows.iter().map(|row| row.states).sum();
        let seconds: f64 = rows.iter().map(|row| row.seconds).sum();
        let mut scenarios: Vec<&str> = Vec::new();
        for covered in rows.iter().flat_map(|row| &row.scenarios) {
            if !scenarios.contains(&covered.scenario.as_str()) {
                scenarios.push(&covered.scenario);
            }
        }
        let open: Vec<String> = rows
            .iter()
            .filter(|row| row.outcome == Outcome::Inconclusive)
            .map(|row| row.protocol.clone())
            .collect();
        let extent = match open.as_slice() {
            [] => "Exhaustive: every execution".to_owned(),
            open => format!("Not exhaustive for {}: executions", open.join(", ")),
        };
        screen.wrapped(&format!(
            "{extent} of {}, each as far as the protocol can perform it, on {}; {}. {} states in {seconds:.1} s. \
             Messages: for an operation, where nothing goes wrong. Breaks in: the next rung, and how many messages break it. Primaries and the single copy are what they are until \
             they fail over.",
            scenarios.join(", "),
            plural(self.replicas.into(), "replica"),
            self.budget,
            grouped(states)
        ))?;
        screen.gap()?;
        let swapping = Listed::ALL.iter().filter(|it| it.claims().swaps);
        let swapping: Vec<String> = swapping.map(|it| it.name()).collect();
        screen.wrapped(&format!(
            "A register needs majorities, not consensus: majority is atomic, and no operation of it keeps another one from \
             completing. Consensus begins with compare-and-swap, which {} offer: one replica decides, or a majority agrees.",
            listed(&swapping)
        ))?;
        screen.note(
            "One of them, and what breaks the next rung: workbench replicas majority-no-write-back",
        )?;
        screen.note("What goes wrong over a network: workbench replicas exhibits. What it costs: workbench pacelc, cap, harvest, failover")
    }

    fn draw_one(&self, row: &Row, screen: &mut Screen) -> io::Result<()> {
        let Row {
            protocol,
            about,
            claims,
            ..
        } = row;
        screen.heading(&format!("{protocol}: {}", decapitalised(about)))?;
        for part in &row.essay {
            match part {
                Part::Paragraph(text) => screen.wrapped(text)?,
                Part::Lines(lines) => screen.text(&indented(lines))?,
            }
            screen.gap()?;
        }
        screen.note(&format!("From replicas/src/protocols/{}", row.file))?;
        screen.heading(&format!(
            "{protocol} claims to be {claims}, for {} writer{}: every execution on {}; {}",
            row.writers,
            if row.writers == Arity::One.to_string() {
                ""
            } else {
                "s"
            },
            plural(self.replicas.into(), "replica"),
            self.budget
        ))?;
        let cells = |it: &Covered| {
            let executions = if it.coverage == "exhaustive" {
                rounded(it.executions)
            } else {
                "?".to_owned()
            };
            vec![
                it.scenario.clone(),
                grouped(it.states),
                executions,
                it.coverage.clone(),
            ]
        };
        let cells: Vec<Vec<String>> = row.scenarios.iter().map(cells).collect();
        screen.table(&["scenario", "states", "executions", "covered"], &cells)?;
        screen.gap()?;
        let found = match row.outcome {
            Outcome::AsAdvertised => format!("No execution breaks {}.", models(&row.meets)),
            Outcome::Inconclusive => format!(
                "Nothing found by then breaks {}, and not all was explored.",
                models(&row.meets)
            ),
            Outcome::Contradicted => format!("It is no more than {}.", meets(&row.meets)),
        };
        screen.wrapped(&format!(
            "{found} An operation takes {:.1} messages where nothing goes wrong.",
            row.messages_per_operation
        ))?;
        if let Some(next) = &row.next {
            let is = match row.rung {
                Some(rung) => format!("{rung}, not {}", next.model),
                None => format!("not even {}", next.model),
            };
            screen.heading(&format!(
                "{protocol} is {is}: the shortest execution that shows it, in {}",
                plural(next.messages, "message")
            ))?;
            screen.text(&next.timeline)?;
            screen.gap()?;
            screen.text(&next.sentence)?;
        }
        screen.note("Another scenario, or what else may go wrong: --scenario ww.r.r --replicas 5 --duplicates 1 --suspicions 1")
    }
}

/// A sentence as it stands behind a colon, without its full stop.
fn decapitalised(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    let first = letters.next().unwrap_or_default();
    // `ABD` stays as it is.
    if letters.clone().next().is_some_and(char::is_uppercase) {
        return sentence.to_owned();
    }
    first.to_lowercase().chain(letters).collect()
}

fn indented(lines: &str) -> String {
    let lines = lines.lines().map(|line| format!("  {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

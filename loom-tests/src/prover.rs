//! The prover: registers, scenarios, engines, and one table of what all executions say.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use demos::cli::{self, Failure, Outcome, SCHEMA};
use demos::exhibits::NOTE;
use demos::screen::{Screen, grouped};
use demos::with_words;
use histories::questions::ask;
use histories::{Model, Timeline, Value};
use indicatif::ProgressBar;
use interleavings::report::{Coverage, Engine, MemoryModel, Report, Witness};
use interleavings::{Atlas, Limits as AtlasLimits};
use registers::Construction;
use registers::catalogue::{Register, Use};
use registers::scenario::{Misfit, Precedence, Scenario};
use serde::Serialize;

use crate::{Limits, LoomMemory, as_far_as_it_matters, explore_in};

/// What is to be proved, and how long it may take.
#[derive(Clone, Debug, Args)]
pub struct Question {
    /// The register [default: all of them]
    #[arg(value_parser = cli::register)]
    pub register: Option<Register>,
    /// Who explores
    #[arg(long, value_enum, default_value_t = Engines::Both)]
    pub engine: Engines,
    /// The memory on which the atlas explores; loom's is weak
    #[arg(long, value_enum, default_value_t = Memory::Weak)]
    pub memory: Memory,
    /// `note`, what each thread does as in `ww.rr.r`, or a file with a timeline [default: five small ones]
    #[arg(long)]
    pub scenario: Option<String>,
    /// Leave out executions with more preemptions: a number, or `none`
    #[arg(long, default_value = "none", value_parser = bound)]
    pub bound: Bound,
    /// For how many seconds each engine may explore a register in a scenario
    #[arg(long, default_value_t = 20.0, value_parser = seconds)]
    pub max_time: f64,
    /// How many words the registers have
    #[arg(short, long, default_value_t = 2)]
    pub words: usize,
}

/// Which engines explore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engines {
    /// State by state
    Atlas,
    /// Execution by execution
    Loom,
    /// Both, and where both finish they must agree
    Both,
}

/// On which memory the atlas explores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Memory {
    /// Sequentially consistent
    Sc,
    /// Release, acquire and relaxed accesses, and fences
    Weak,
}

/// How many preemptions there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound(Option<usize>);

fn bound(text: &str) -> Result<Bound, String> {
    match text {
        "none" => Ok(Bound(None)),
        // Loom counts preemptions in a byte.
        number => match number.parse::<u8>() {
            Ok(bound) => Ok(Bound(Some(bound.into()))),
            Err(_) => Err("write a number from 0 to 255, or `none`".to_owned()),
        },
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 86_400.0 => Ok(seconds),
        _ => Err("write a number of seconds above 0 and up to 86400".to_owned()),
    }
}

impl Question {
    /// Why the options contradict each other, if they do.
    pub fn contradiction(&self) -> Option<&'static str> {
        (self.engine != Engines::Atlas && self.memory == Memory::Sc).then_some(
            "loom's memory is weak: for a sequentially consistent one add --engine atlas",
        )
    }

    fn scenarios(&self) -> Result<Vec<Scenario>, Failure> {
        let Some(wanted) = &self.scenario else {
            let free = [
                Scenario::free(1, &[1]),
                Scenario::free(1, &[2]),
                Scenario::free(1, &[1, 1]),
                Scenario::free(2, &[2]),
            ];
            return Ok(free.into_iter().chain([note()]).collect());
        };
        if wanted == "note" {
            return Ok(vec![note()]);
        }
        if let Some(free) = free(wanted) {
            return Ok(vec![free]);
        }
        let (timeline, _) = cli::read_timeline(Path::new(wanted))?;
        let name = PathBuf::from(wanted);
        let name = name
            .file_stem()
            .unwrap_or(name.as_os_str())
            .to_string_lossy();
        Ok(vec![Scenario::drawn(name, &timeline.history)])
    }
}

fn note() -> Scenario {
    let timeline: Timeline = NOTE.parse().expect("the note's timeline is one");
    Scenario::drawn("note", &timeline.history)
}

/// `ww.rr.r`: writes twice, reads twice on one thread and once on another.
fn free(text: &str) -> Option<Scenario> {
    let mut lanes = text.split(['.', '·']);
    let writes = lanes.next()?;
    let of = |lane: &str, letter: char| !lane.is_empty() && lane.chars().all(|it| it == letter);
    let reads: Vec<&str> = lanes.collect();
    let is_free = of(writes, 'w') && reads.iter().all(|lane| of(lane, 'r'));
    let times: Vec<usize> = reads.iter().map(|lane| lane.len()).collect();
    is_free.then(|| Scenario::free(writes.len() as u64, &times))
}

/// Explores what is asked.
///
/// # Errors
///
/// If the scenario cannot be read, if a register cannot perform it, or if registers have no such number of words.
pub fn prove(question: &Question) -> Result<Proof, Failure> {
    let registers = match question.register {
        Some(register) => vec![register],
        None => Register::ALL.to_vec(),
    };
    let scenarios = question.scenarios()?;
    let mut proof = Proof {
        schema: SCHEMA,
        command: "prove",
        explored: Vec::new(),
        disagreements: Vec::new(),
        asked_for_all: question.scenario.is_none(),
    };
    for &register in &registers {
        for scenario in &scenarios {
            let reports = with_words!(question.words, [1, 2, 3], N => {
                explore::<N>(question, register, scenario)
            })??;
            proof.disagreements.extend(disagreement(scenario, &reports));
            let explored = |report| Explored::new(register, scenario, report);
            proof.explored.extend(reports.into_iter().map(explored));
        }
    }
    Ok(proof)
}

fn explore<const N: usize>(
    question: &Question,
    register: Register,
    scenario: &Scenario,
) -> Result<Vec<Report>, Misfit> {
    let Bound(bound) = question.bound;
    let max_time = Duration::from_secs_f64(question.max_time);
    let mut reports = Vec::new();
    if question.engine != Engines::Loom {
        let bar = spinner(register, scenario, "the atlas");
        let limits = AtlasLimits {
            time: max_time,
            preemptions: bound,
            ..AtlasLimits::default()
        };
        let memory = match question.memory {
            Memory::Sc => MemoryModel::Sc,
            Memory::Weak => MemoryModel::Weak,
        };
        let by_states = ByStates {
            scenario,
            memory,
            limits,
        };
        reports.push(register.apply::<Atlas, N, _>(by_states)?);
        bar.finish_and_clear();
    }
    if question.engine != Engines::Atlas {
        let bar = spinner(register, scenario, "loom");
        let limits = Limits {
            max_time: Some(max_time),
            preemption_bound: bound,
            max_executions: None,
        };
        let by_executions = ByExecutions {
            scenario,
            limits,
            bar: bar.clone(),
        };
        reports.push(register.apply::<LoomMemory, N, _>(by_executions)?);
        bar.finish_and_clear();
    }
    Ok(reports)
}

/// Tells on stderr who is at what; hidden where stderr is no terminal.
fn spinner(register: Register, scenario: &Scenario, engine: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.set_prefix(format!(
        "{}, {}, {engine}",
        register.name(),
        scenario.name()
    ));
    bar.set_message(bar.prefix());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

struct ByStates<'a> {
    scenario: &'a Scenario,
    memory: MemoryModel,
    limits: AtlasLimits,
}

impl<const N: usize> Use<Atlas, N> for ByStates<'_> {
    type Output = Result<Report, Misfit>;

    fn of<C: Construction<Atlas, N> + 'static>(self) -> Self::Output {
        interleavings::explore::<C, N>(self.scenario, self.memory, &self.limits)
    }
}

struct ByExecutions<'a> {
    scenario: &'a Scenario,
    limits: Limits,
    bar: ProgressBar,
}

impl<const N: usize> Use<LoomMemory, N> for ByExecutions<'_> {
    type Output = Result<Report, Misfit>;

    fn of<C: Construction<LoomMemory, N> + 'static>(self) -> Self::Output {
        /// How many executions lie between two messages.
        const STRIDE: u64 = 500;
        let (begun, executions) = (Instant::now(), AtomicU64::new(0));
        let bar = self.bar;
        let enter = move |loom: &LoomMemory| {
            let done = executions.fetch_add(1, Relaxed);
            if done % STRIDE == 0 {
                let rate = done as f64 / begun.elapsed().as_secs_f64();
                let (done, rate) = (grouped(done), grouped(rate as u64));
                bar.set_message(format!(
                    "{}: {done} executions, {rate} a second",
                    bar.prefix()
                ));
            }
            loom.clone()
        };
        explore_in::<LoomMemory, C, N>(self.scenario, &self.limits, enter)
    }
}

/// What two engines that both looked at everything do not agree on.
fn disagreement(scenario: &Scenario, reports: &[Report]) -> Option<String> {
    let [one, other] = reports else { return None };
    if !one.is_exhaustive() || !other.is_exhaustive() {
        return None;
    }
    let found = |report: &Report| -> BTreeSet<String> {
        let histories = report.histories.values();
        let known = histories.map(|found| as_far_as_it_matters(scenario, &found.history));
        known
            .map(|history| Timeline::from(history).to_string())
            .collect()
    };
    let (one_found, other_found) = (found(one), found(other));
    let only = one_found.symmetric_difference(&other_found).next()?;
    Some(format!(
        "{} in {}: only one of the engines finds\n{only}",
        one.register, one.scenario
    ))
}

/// What all explorations found.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    schema: u32,
    command: &'static str,
    /// One for each register, scenario and engine.
    pub explored: Vec<Explored>,
    /// Where the engines differ: a fault of one of them.
    pub disagreements: Vec<String>,
    #[serde(skip)]
    asked_for_all: bool,
}

/// What one engine found of one register in one scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Explored {
    register: &'static str,
    claims: Model,
    words: usize,
    scenario: String,
    engine: &'static str,
    memory: &'static str,
    coverage: String,
    exhaustive: bool,
    seconds: f64,
    executions: f64,
    states: Option<u64>,
    /// How many distinct histories there are.
    histories: usize,
    /// What the reads returned together.
    outcomes: Vec<Vec<Value>>,
    /// How many combinations the claimed class allows, if the precedence is drawn and there is a bound.
    allowed: Option<u128>,
    /// The models that are broken, each with its best witness.
    broken: BTreeMap<Model, Broken>,
}

/// How a model is broken.
#[derive(Clone, Debug, Serialize)]
pub struct Broken {
    sentence: String,
    stale_loads: usize,
    context_switches: usize,
    /// The witness, drawn.
    timeline: String,
}

impl From<&Witness> for Broken {
    fn from(witness: &Witness) -> Self {
        Self {
            sentence: witness.violation.sentence.clone(),
            stale_loads: witness.stale_loads,
            context_switches: witness.context_switches,
            timeline: witness.timeline.to_string(),
        }
    }
}

impl Explored {
    fn new(register: Register, scenario: &Scenario, report: Report) -> Self {
        let claims = Model::from(register.class());
        let drawn = scenario.precedence() == Precedence::Drawn;
        let broken = report.witnesses.iter();
        Self {
            register: report.register,
            claims,
            words: report.words,
            engine: match report.engine {
                Engine::Atlas => "atlas",
                Engine::Loom => "loom",
            },
            memory: match report.memory {
                MemoryModel::Sc => "sc",
                MemoryModel::Weak => "weak",
            },
            coverage: match &report.coverage {
                Coverage::Exhaustive => "exhaustive".to_owned(),
                Coverage::Bound(bound) => format!("bound {bound}"),
                Coverage::Inconclusive(why) => format!("inconclusive: {why}"),
            },
            exhaustive: report.is_exhaustive(),
            seconds: report.elapsed.as_secs_f64(),
            executions: report.executions,
            states: report.states,
            histories: report.histories.len(),
            outcomes: report.outcomes().into_keys().collect(),
            allowed: drawn
                .then(|| ask(claims, scenario.operations()).count())
                .flatten(),
            broken: broken
                .map(|(&model, witness)| (model, witness.into()))
                .collect(),
            scenario: report.scenario,
        }
    }

    /// Whether it breaks what the register claims.
    fn contradicts(&self) -> bool {
        self.broken.keys().any(|&model| model <= self.claims)
    }

    fn row(&self) -> Vec<String> {
        let verdict = |model: &Model| match (self.broken.contains_key(model), self.exhaustive) {
            (true, _) => "broken",
            (false, true) => "holds",
            (false, false) => "not broken yet",
        };
        let models = Model::ALL.iter().map(|model| verdict(model).to_owned());
        let states = self.states.map_or_else(String::new, grouped);
        let coverage = self.coverage.split(':').next().unwrap_or_default();
        [self.register, &self.scenario, self.engine, self.memory]
            .into_iter()
            .map(str::to_owned)
            .chain(models)
            .chain([
                states,
                counted(self.executions),
                coverage.to_owned(),
                format!("{:.2}", self.seconds),
            ])
            .collect()
    }
}

/// A number that may exceed every integer.
fn counted(number: f64) -> String {
    if number < 1e9 {
        grouped(number as u64)
    } else {
        format!("{number:.1e}")
    }
}

impl Proof {
    /// The registers, in order, each with all that was found of it.
    fn by_register(&self) -> Vec<&[Explored]> {
        self.explored
            .chunk_by(|a, b| a.register == b.register)
            .collect()
    }

    /// The first witness against a model.
    fn witness(explored: &[Explored], model: Model) -> Option<(&Explored, &Broken)> {
        let mut witnesses = explored
            .iter()
            .filter_map(|it| Some((it, it.broken.get(&model)?)));
        witnesses.next()
    }
}

/// The weakest model beyond a claim.
fn beyond(claims: Model) -> Option<Model> {
    Model::ALL.into_iter().find(|&model| model > claims)
}

impl cli::Report for Proof {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading("Every execution")?;
        let header = [
            "register",
            "scenario",
            "engine",
            "memory",
            "safe",
            "regular",
            "atomic",
            "states",
            "executions",
            "coverage",
            "seconds",
        ];
        let rows: Vec<Vec<String>> = self.explored.iter().map(Explored::row).collect();
        screen.table(&header, &rows)?;
        let unfinished = self.explored.iter().filter(|it| !it.exhaustive);
        for explored in unfinished {
            let Explored {
                register,
                scenario,
                engine,
                coverage,
                ..
            } = explored;
            screen.note(&format!("{register}, {scenario}, {engine}: {coverage}"))?;
        }
        for explored in &self.explored {
            let Some(allowed) = explored.allowed else {
                continue;
            };
            let outcomes: Vec<String> = explored.outcomes.iter().map(|it| line(it)).collect();
            screen.gap()?;
            screen.text(&format!(
                "{} by {}, {}: the reads return together {} of the {allowed} combinations that a register claimed {} may",
                explored.register, explored.engine, explored.scenario, outcomes.len(), explored.claims,
            ))?;
            screen.text(&format!("  {}", outcomes.join(", ")))?;
        }
        for explored in self.by_register() {
            let claims = explored[0].claims;
            let kept = Model::ALL.into_iter().filter(|&model| model <= claims);
            let contradicted =
                kept.filter_map(|model| Self::witness(explored, model).map(|it| (model, it)));
            for (model, (of, broken)) in contradicted {
                screen.heading(&format!(
                    "{} claims to be {claims}, but is not {model}",
                    of.register
                ))?;
                draw_witness(screen, of, broken)?;
            }
            let Some(next) = beyond(claims) else { continue };
            match Self::witness(explored, next) {
                Some((of, broken)) => {
                    screen.heading(&format!("{} is {claims}, not {next}", of.register))?;
                    draw_witness(screen, of, broken)?;
                }
                None => {
                    screen.gap()?;
                    screen.note(&format!(
                        "that {} is not {next} does not show here",
                        explored[0].register
                    ))?;
                }
            }
        }
        for disagreement in &self.disagreements {
            screen.heading("The engines disagree: one of them is wrong")?;
            screen.text(disagreement)?;
        }
        screen.gap()?;
        screen.note("loom takes SeqCst accesses for AcqRel, and neither engine lets a load wait for a later store.")
    }

    fn outcome(&self) -> Outcome {
        if !self.disagreements.is_empty() || self.explored.iter().any(Explored::contradicts) {
            return Outcome::Contradicted;
        }
        // Where two engines explore the same, one that finishes is enough.
        let mut finished: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        for it in &self.explored {
            *finished.entry((it.register, &it.scenario)).or_default() |= it.exhaustive;
        }
        let shown = |explored: &[Explored]| {
            let next = beyond(explored[0].claims);
            next.is_none_or(|next| Self::witness(explored, next).is_some())
        };
        let all_shown = !self.asked_for_all || self.by_register().into_iter().all(shown);
        if finished.into_values().all(|it| it) && all_shown {
            Outcome::AsAdvertised
        } else {
            Outcome::Inconclusive
        }
    }
}

fn line(values: &[Value]) -> String {
    let values: Vec<String> = values.iter().map(Value::to_string).collect();
    values.join(" ")
}

fn draw_witness(screen: &mut Screen, of: &Explored, broken: &Broken) -> io::Result<()> {
    screen.text(&broken.timeline)?;
    screen.gap()?;
    screen.text(&broken.sentence)?;
    let (scenario, engine) = (&of.scenario, of.engine);
    if broken.stale_loads == 0 {
        screen.note(&format!("{scenario}, by {engine}. Every load is fresh: `workbench replay {} FILE` performs it on real threads.", of.register))
    } else {
        screen.note(&format!("{scenario}, by {engine}. It needs a weak memory: {} of its loads are stale, which threads that take turns cannot show.", broken.stale_loads))
    }
}

#[cfg(test)]
mod tests {
    use demos::cli::Report as _;

    use super::*;

    fn proof(register: Register, scenario: &str, engine: Engines) -> Proof {
        let question = Question {
            register: Some(register),
            engine,
            memory: Memory::Weak,
            scenario: Some(scenario.to_owned()),
            bound: Bound(None),
            max_time: 20.0,
            words: 2,
        };
        prove(&question).unwrap()
    }

    #[test]
    fn a_register_that_is_less_than_it_claims_is_contradicted() {
        let mut proof = proof(Register::WordByWord, "w.r", Engines::Both);
        assert_eq!(proof.outcome(), Outcome::AsAdvertised);
        proof
            .explored
            .iter_mut()
            .for_each(|it| it.claims = Model::Regular);
        assert_eq!(proof.outcome(), Outcome::Contradicted);
    }

    #[test]
    fn an_anomaly_that_is_not_found_anywhere_is_not_shown() {
        let mut proof = proof(Register::TwoCopies, "w.r", Engines::Atlas);
        assert_eq!(proof.outcome(), Outcome::AsAdvertised);
        proof.asked_for_all = true;
        assert_eq!(proof.outcome(), Outcome::Inconclusive);
    }

    #[test]
    fn one_engine_that_finishes_is_enough() {
        let mut proof = proof(Register::Locked, "ww.r", Engines::Both);
        proof.explored[1].exhaustive = false;
        assert_eq!(proof.outcome(), Outcome::AsAdvertised);
        proof.explored[0].exhaustive = false;
        assert_eq!(proof.outcome(), Outcome::Inconclusive);
    }

    #[test]
    fn scenarios_are_typed_as_what_each_thread_does() {
        let named = |text| free(text).map(|it| it.name().to_owned());
        assert_eq!(named("ww.rr.r").as_deref(), Some("ww·rr·r"));
        assert_eq!(named("w·r").as_deref(), Some("w·r"));
        for file in ["timeline.txt", "w.", "r.r", "", "note"] {
            assert_eq!(named(file), None, "{file:?}");
        }
    }
}

//! The prover: registers, scenarios, engines, and one table of what all executions say.

mod orderings;
mod proof;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use demos::classified::LARGE;
use demos::cli::{self, Failure, SCHEMA};
use demos::exhibits::NOTE;
use demos::explored::Explored;
use demos::screen::grouped;
use histories::Timeline;
use indicatif::ProgressBar;
use interleavings::report::{Engine, MemoryModel, Report};
use interleavings::{Bounds, Limits as AtlasLimits};
use registers::catalogue::Register;
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::worlds::Erased;

pub use self::orderings::Ordering;
use self::orderings::orderings;
pub use self::proof::Proof;
use crate::{Limits, LoomMemory, as_far_as_it_matters, explore_in};

/// What is to be proved, and how long it may take.
#[derive(Clone, Debug, Args)]
pub struct Question {
    /// The register [default: all of them]
    #[arg(value_parser = cli::register)]
    pub register: Option<Register>,
    /// Who explores [default: both for one register, the atlas for all of them]
    #[arg(long, value_enum)]
    pub engine: Option<Engines>,
    /// The memory on which the atlas explores; loom's is weak [default: both]
    #[arg(long, value_enum)]
    pub memory: Option<Memory>,
    /// `note`, what each thread does as in `ww.rr.r`, or a file with a timeline [default: small ones, all that the register can perform]
    #[arg(long)]
    pub scenario: Option<String>,
    /// Leave out executions with more preemptions: a number, or `none`
    #[arg(long, default_value = "none", value_parser = bound)]
    pub bound: Bound,
    /// For how many seconds each engine may explore a register in a scenario
    #[arg(long, default_value_t = 20.0, value_parser = cli::seconds)]
    pub max_time: f64,
    /// How many words the registers have [default: 2, or 1 for those that can have no more]
    #[arg(short, long)]
    pub words: Option<usize>,
    /// Draw what breaks without each ordering of the sequence lock
    #[arg(long)]
    pub mutants: bool,
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

impl Question {
    /// Who explores.
    fn engines(&self) -> Engines {
        let usual = match self.register {
            Some(_) => Engines::Both,
            None => Engines::Atlas,
        };
        self.engine.unwrap_or(usual)
    }

    /// Why the options contradict each other, if they do.
    pub fn contradiction(&self) -> Option<&'static str> {
        (self.engines() != Engines::Atlas && self.memory == Some(Memory::Sc)).then_some(
            "loom's memory is weak: for a sequentially consistent one add --engine atlas",
        )
    }

    fn memories(&self) -> Vec<MemoryModel> {
        match self.memory {
            None => vec![MemoryModel::Sc, MemoryModel::Weak],
            Some(Memory::Sc) => vec![MemoryModel::Sc],
            Some(Memory::Weak) => vec![MemoryModel::Weak],
        }
    }

    /// The scenario that is asked for, if any.
    fn wanted(&self) -> Result<Option<Scenario>, Failure> {
        let Some(wanted) = &self.scenario else {
            return Ok(None);
        };
        if wanted == "note" {
            return Ok(Some(note()));
        }
        if let Ok(free) = wanted.parse() {
            return Ok(Some(free));
        }
        let (timeline, _) = cli::read_timeline(Path::new(wanted))?;
        let name = PathBuf::from(wanted);
        let name = name
            .file_stem()
            .unwrap_or(name.as_os_str())
            .to_string_lossy();
        Ok(Some(Scenario::drawn(name, &timeline.history)))
    }
}

/// The scenarios in which a register is tried if none is asked for: small ones, and that of the note if it can perform
/// it.
fn all_scenarios(subject: &Subject) -> Vec<Vec<Scenario>> {
    let mut families = Scenario::small(subject.claims());
    let note = note();
    if subject.check(note.operations()).is_ok() {
        families.push(vec![note]);
    }
    families
}

fn note() -> Scenario {
    let timeline: Timeline = NOTE.parse().expect("the note's timeline is one");
    Scenario::drawn("note", &timeline.history)
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
    let wanted = question.wanted()?;
    let mut proof = Proof {
        schema: SCHEMA,
        command: "prove",
        explored: Vec::new(),
        disagreements: Vec::new(),
        orderings: Vec::new(),
        asked_for_all: question.scenario.is_none(),
        draw_mutants: question.mutants,
    };
    for &register in &registers {
        let words = question.words.unwrap_or(register.usual_width());
        if question.register.is_none() && !register.widths().contains(&words) {
            continue;
        }
        let subject = register.subject(words)?;
        let wanted = wanted.as_ref().map(|one| vec![vec![one.clone()]]);
        for family in wanted.unwrap_or_else(|| all_scenarios(&subject)) {
            for scenario in &family {
                let reports = explore(question, &subject, scenario)?;
                proof.disagreements.extend(disagreement(scenario, &reports));
                let is_large = reports
                    .iter()
                    .any(|(report, _)| report.states > Some(LARGE));
                let explored =
                    |(report, bounds)| Explored::new(subject.claims(), scenario, report, bounds);
                proof.explored.extend(reports.into_iter().map(explored));
                if is_large {
                    break;
                }
            }
        }
    }
    if registers.contains(&Register::SequenceLock) && question.engines() != Engines::Loom {
        proof.orderings = orderings()?;
    }
    Ok(proof)
}

fn explore(
    question: &Question,
    subject: &Subject,
    scenario: &Scenario,
) -> Result<Vec<(Report, Option<Bounds>)>, Failure> {
    let Bound(bound) = question.bound;
    let max_time = Duration::from_secs_f64(question.max_time);
    let mut reports = Vec::new();
    if question.engines() != Engines::Loom {
        let limits = AtlasLimits {
            time: max_time,
            preemptions: bound,
            ..AtlasLimits::default()
        };
        for memory in question.memories() {
            let bar = spinner(subject, scenario, "the atlas");
            let begun = Instant::now();
            let tell = |states| tell(&bar, states, "states", begun);
            let survey = interleavings::survey_with(subject, scenario, memory, &limits, tell)?;
            reports.push((survey.report, survey.bounds));
            bar.finish_and_clear();
        }
    }
    if question.engines() != Engines::Atlas {
        let bar = spinner(subject, scenario, "loom");
        let limits = Limits {
            max_time: Some(max_time),
            preemption_bound: bound,
            max_executions: None,
        };
        let enter = counting(bar.clone());
        let report = explore_in(subject, scenario, &limits, enter)?;
        reports.push((report, None));
        bar.finish_and_clear();
    }
    Ok(reports)
}

/// Tells on stderr who is at what; hidden where stderr is no terminal.
fn spinner(subject: &Subject, scenario: &Scenario, engine: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.set_prefix(format!(
        "{}, {}, {engine}",
        subject.claims().name,
        scenario.name()
    ));
    bar.set_message(bar.prefix());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Tells how much is done, and at which rate.
fn tell(bar: &ProgressBar, done: u64, what: &str, begun: Instant) {
    let rate = done as f64 / begun.elapsed().as_secs_f64();
    let (done, rate) = (grouped(done), grouped(rate as u64));
    bar.set_message(format!("{}: {done} {what}, {rate} a second", bar.prefix()));
}

/// Enters loom's memory, and counts how often.
fn counting(bar: ProgressBar) -> impl Fn(&LoomMemory) -> Erased + Send + Sync + 'static {
    /// How many executions lie between two messages.
    const STRIDE: u64 = 500;
    let (begun, executions) = (Instant::now(), AtomicU64::new(0));
    move |loom| {
        let done = executions.fetch_add(1, Relaxed);
        if done.is_multiple_of(STRIDE) {
            tell(&bar, done, "executions", begun);
        }
        Erased::new(loom.clone())
    }
}

/// What two engines that both looked at everything, on weak memory, do not agree on.
fn disagreement(scenario: &Scenario, reports: &[(Report, Option<Bounds>)]) -> Option<String> {
    let mut finished = reports.iter().map(|(report, _)| report);
    let mut by = |engine| {
        finished
            .find(|it| it.engine == engine && it.memory == MemoryModel::Weak && it.is_exhaustive())
    };
    let (one, other) = (by(Engine::Atlas)?, by(Engine::Loom)?);
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

#[cfg(test)]
mod tests {
    use demos::cli::{Outcome, Report as _};
    use histories::Model;

    use super::*;

    fn proof(register: Register, scenario: &str, engine: Engines) -> Proof {
        let question = Question {
            register: Some(register),
            engine: Some(engine),
            memory: Some(Memory::Weak),
            scenario: Some(scenario.to_owned()),
            bound: Bound(None),
            max_time: 20.0,
            words: None,
            mutants: false,
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
}

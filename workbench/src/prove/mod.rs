//! The prover: registers, scenarios, memories, engines, and one table of what all executions say.

mod proof;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use histories::{History, Timeline};
use indicatif::ProgressBar;
use interleavings::report::{Engine, MemoryModel, Report};
use interleavings::{Bounds, Limits, Variant, is_interrupted, survey_with};
use registers::catalogue::Register;
use registers::scenario::Scenario;
use registers::subject::Subject;

pub use self::proof::{Proof, Skipped};

use crate::cli::{self, Failure};
use crate::demonstrations::NOTE;
use crate::explored::Explored;
use crate::needed::{self, Needed};
use crate::screen::grouped;

/// Beyond as many states the scenarios of a family are not let grow any further.
const LARGE: u64 = 50_000;

/// What is to be proved, and how long it may take.
#[derive(Clone, Debug, Args)]
pub struct Question {
    /// The register [default: all of them]
    #[arg(value_parser = cli::register)]
    pub register: Option<Register>,
    /// The memories [default: all of them]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub memory: Vec<Memory>,
    /// `note`, what each thread does as in `ww.rr.r`, or a file with a timeline [default: small ones, all that the register can perform]
    #[arg(long)]
    pub scenario: Option<String>,
    /// Leave out executions with more preemptions: a number, or `none`
    #[arg(long, default_value = "none", value_parser = bound)]
    pub bound: Bound,
    /// For how many seconds a register may be explored in a scenario
    #[arg(long, default_value_t = 60.0, value_parser = cli::seconds)]
    pub max_time: f64,
    /// How many states a register may have in a scenario
    #[arg(long, default_value_t = 10_000_000, value_parser = cli::states)]
    pub max_states: u64,
    /// How many words the registers have [default: 2, or 1 for those that can have no more]
    #[arg(short, long)]
    pub words: Option<usize>,
    /// Weaken every ordering of the register by a notch, and show what breaks without it
    #[arg(long, requires = "register")]
    pub weaken: bool,
    /// Draw what breaks without each ordering
    #[arg(long, requires = "weaken")]
    pub draw: bool,
}

/// A memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Memory {
    /// Sequentially consistent
    Sc,
    /// x86-TSO: stores wait in a buffer of their process
    X86,
    /// C++20, which Rust follows, without load buffering
    Weak,
}

impl From<Memory> for MemoryModel {
    fn from(memory: Memory) -> Self {
        match memory {
            Memory::Sc => Self::Sc,
            Memory::X86 => Self::X86,
            Memory::Weak => Self::Weak,
        }
    }
}

/// How many preemptions there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound(pub Option<usize>);

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

/// Another engine, which explores the same on weak memory.
pub trait Second: std::fmt::Debug {
    /// Explores a register in a scenario.
    ///
    /// # Errors
    ///
    /// If the register cannot perform the scenario.
    fn explore(
        &self,
        subject: &Subject,
        scenario: &Scenario,
        question: &Question,
        bar: &ProgressBar,
    ) -> Result<Report, Failure>;

    /// A history as far as this engine looks.
    fn as_far_as_it_looks(&self, scenario: &Scenario, history: &History) -> History;
}

impl Question {
    pub(crate) fn memories(&self) -> Vec<MemoryModel> {
        let mut memories: Vec<MemoryModel> = self.memory.iter().map(|&it| it.into()).collect();
        memories.sort_unstable();
        memories.dedup();
        if memories.is_empty() {
            memories = MemoryModel::ALL.to_vec();
        }
        memories
    }

    /// How long an exploration may take.
    #[must_use]
    pub fn time(&self) -> Duration {
        Duration::from_secs_f64(self.max_time)
    }

    /// The scenario that is asked for, if any.
    pub(crate) fn wanted(&self) -> Result<Option<Scenario>, Failure> {
        self.scenario.as_deref().map(scenario).transpose()
    }
}

/// `note`, what each thread does, or a file with a timeline.
///
/// # Errors
///
/// If it is none of that.
pub fn scenario(wanted: &str) -> Result<Scenario, Failure> {
    if wanted == "note" {
        return Ok(note());
    }
    if let Ok(free) = wanted.parse() {
        return Ok(free);
    }
    drawn(Path::new(wanted))
}

/// The operations of the timeline that is drawn in a file.
///
/// # Errors
///
/// If there is no such file, or if it holds no timeline.
pub fn drawn(file: &Path) -> Result<Scenario, Failure> {
    let (timeline, _) = cli::read_timeline(file)?;
    let name = file.file_stem().unwrap_or(file.as_os_str());
    Ok(Scenario::drawn(name.to_string_lossy(), &timeline.history))
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

/// The timeline of the note.
#[must_use]
pub fn note() -> Scenario {
    let timeline: Timeline = NOTE.parse().expect("the note's timeline is one");
    Scenario::drawn("note", &timeline.history)
}

/// Explores what is asked, by states, and by a second engine if there is one. `first` says whether to explore by states
/// at all.
///
/// # Errors
///
/// If the scenario cannot be read, if the register that is asked for cannot perform it, or has no such number of words.
pub fn prove(
    question: &Question,
    first: bool,
    second: Option<&dyn Second>,
) -> Result<Proof, Failure> {
    let registers = match question.register {
        Some(register) => vec![register],
        None => Register::ALL.to_vec(),
    };
    let wanted = question.wanted()?;
    let mut proof = Proof::new(question.scenario.is_none(), question.draw);
    for &register in &registers {
        if is_interrupted() {
            proof.skip(register, "it was interrupted".to_owned());
            continue;
        }
        let words = question.words.unwrap_or(register.usual_width());
        if question.register.is_none() && !register.widths().contains(&words) {
            let why = format!("it is not built in with {words} words");
            proof.skip(register, why);
            continue;
        }
        let subject = register.subject(words)?;
        if let (None, Some(scenario)) = (question.register, &wanted)
            && let Err(misfit) = subject.check(scenario.operations())
        {
            proof.skip(register, misfit.to_string());
            continue;
        }
        let wanted = wanted.as_ref().map(|one| vec![vec![one.clone()]]);
        for family in wanted.unwrap_or_else(|| all_scenarios(&subject)) {
            let mut family = family.iter();
            while let Some(scenario) = family.next() {
                let reports = explore(question, &subject, scenario, first, second)?;
                let disagreement = second.and_then(|it| disagreement(scenario, &reports, it));
                proof.disagreements.extend(disagreement);
                let is_large = reports
                    .iter()
                    .any(|(report, _)| report.states > Some(LARGE));
                let explored =
                    |(report, bounds)| Explored::new(subject.claims(), scenario, report, bounds);
                proof.explored.extend(reports.into_iter().map(explored));
                let why = if is_interrupted() {
                    Some("it was interrupted".to_owned())
                } else {
                    is_large.then(|| format!("{} has too many states already", scenario.name()))
                };
                if let Some(why) = why {
                    let left: Vec<&str> = family.by_ref().map(Scenario::name).collect();
                    if !left.is_empty() {
                        proof.leave_out(register, &left, why);
                    }
                }
            }
        }
    }
    if question.weaken {
        let register = question.register.expect("clap requires it");
        let words = question.words.unwrap_or(register.usual_width());
        proof.needed = Some(needed_of(&register.subject(words)?, question)?);
    }
    Ok(proof)
}

/// Explores one register in one scenario on some memories.
///
/// # Errors
///
/// If the register cannot perform the scenario.
pub fn prove_one(
    subject: &Subject,
    scenario: &Scenario,
    memories: &[MemoryModel],
    limits: &Limits,
    progress: &mut dyn FnMut(u64),
) -> Result<Proof, Failure> {
    let mut proof = Proof::new(false, false);
    for &memory in memories {
        let variant = Variant::default();
        let survey = survey_with(subject, scenario, memory, variant, limits, |it| {
            progress(it)
        })?;
        let explored = Explored::new(subject.claims(), scenario, survey.report, survey.bounds);
        proof.explored.push(explored);
    }
    Ok(proof)
}

fn needed_of(subject: &Subject, question: &Question) -> Result<Needed, Failure> {
    let effort = needed::effort(question.time());
    let bar = spinner(subject.claims().name, "each ordering");
    let needed = needed::find(subject, &effort, question.draw, &mut |what| {
        bar.set_message(what.to_owned());
    });
    bar.finish_and_clear();
    needed
}

fn explore(
    question: &Question,
    subject: &Subject,
    scenario: &Scenario,
    first: bool,
    second: Option<&dyn Second>,
) -> Result<Vec<(Report, Option<Bounds>)>, Failure> {
    let mut reports = Vec::new();
    let what = format!("{}, {}", subject.claims().name, scenario.name());
    if first {
        let limits = Limits {
            time: question.time(),
            states: question.max_states as usize,
            preemptions: question.bound.0,
            ..Limits::default()
        };
        for memory in question.memories() {
            let bar = spinner(&what, &format!("{memory} memory"));
            let begun = Instant::now();
            let tell = |states| tell(&bar, states, "states", begun);
            let survey = survey_with(subject, scenario, memory, Variant::default(), &limits, tell)?;
            reports.push((survey.report, survey.bounds));
            bar.finish_and_clear();
        }
    }
    if let Some(second) = second {
        let bar = spinner(&what, "the second engine");
        let report = second.explore(subject, scenario, question, &bar)?;
        reports.push((report, None));
        bar.finish_and_clear();
    }
    Ok(reports)
}

/// Tells on stderr who is at what; hidden where stderr is no terminal.
fn spinner(what: &str, how: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.set_prefix(format!("{what}, {how}"));
    bar.set_message(bar.prefix());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Tells how much is done, and at which rate.
pub fn tell(bar: &ProgressBar, done: u64, what: &str, begun: Instant) {
    let rate = done as f64 / begun.elapsed().as_secs_f64();
    let (done, rate) = (grouped(done), grouped(rate as u64));
    bar.set_message(format!("{}: {done} {what}, {rate} a second", bar.prefix()));
}

/// What two engines that both looked at everything, on weak memory, do not agree on.
fn disagreement(
    scenario: &Scenario,
    reports: &[(Report, Option<Bounds>)],
    second: &dyn Second,
) -> Option<String> {
    let by = |engine| {
        let mut reports = reports.iter().map(|(report, _)| report);
        reports
            .find(|it| it.engine == engine && it.memory == MemoryModel::Weak && it.is_exhaustive())
    };
    let (one, other) = (by(Engine::Atlas)?, by(Engine::Loom)?);
    if one.faults.is_empty() != other.faults.is_empty() {
        return Some(format!(
            "{} in {}: only one of the engines finds that it goes wrong by itself",
            one.register, one.scenario
        ));
    }
    if !one.faults.is_empty() {
        return None;
    }
    let found = |report: &Report| -> BTreeSet<String> {
        let histories = report.histories.values();
        let known = histories.map(|found| second.as_far_as_it_looks(scenario, &found.history));
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
    use histories::Model;

    use super::*;
    use crate::cli::{Outcome, Report as _};

    fn proof(register: Register, scenario: &str) -> Proof {
        let question = Question {
            register: Some(register),
            memory: vec![Memory::Weak],
            scenario: Some(scenario.to_owned()),
            bound: Bound(None),
            max_time: 20.0,
            max_states: 1_000_000,
            words: None,
            weaken: false,
            draw: false,
        };
        prove(&question, true, None).unwrap()
    }

    #[test]
    fn a_register_that_is_less_than_it_claims_is_contradicted() {
        let mut proof = proof(Register::WordByWord, "w.r");
        assert_eq!(proof.outcome(), Outcome::AsAdvertised);
        proof
            .explored
            .iter_mut()
            .for_each(|it| it.claims = Model::Regular);
        assert_eq!(proof.outcome(), Outcome::Contradicted);
    }

    #[test]
    fn an_anomaly_that_is_not_found_anywhere_is_not_shown() {
        let mut proof = proof(Register::TwoCopies, "w.r");
        assert_eq!(proof.outcome(), Outcome::AsAdvertised);
        proof.asked_for_all = true;
        assert_eq!(proof.outcome(), Outcome::Inconclusive);
    }

    #[test]
    fn an_exploration_that_is_not_finished_is_inconclusive() {
        let mut proof = proof(Register::Locked, "ww.r");
        assert_eq!(proof.outcome(), Outcome::AsAdvertised);
        proof.explored[0].exhaustive = false;
        assert_eq!(proof.outcome(), Outcome::Inconclusive);
    }

    #[test]
    fn engines_that_disagree_contradict() {
        let mut proof = proof(Register::Locked, "w.r");
        proof.disagreements.push("one of them".to_owned());
        assert_eq!(proof.outcome(), Outcome::Contradicted);
    }
}

//! From a register and a scenario to a report.

use std::collections::BTreeMap;
use std::time::Instant;

use histories::{Model, Timeline, Verdict, check};
use registers::Construction;
use registers::scenario::{Misfit, Scenario};
use registers::subject::Subject;
use registers::worlds::Any;

use crate::bounds::{Bounds, bounds};
use crate::executions::Order;
use crate::graph::{Graph, Limits};
use crate::machine::Machine;
use crate::report::{Coverage, Engine, Found, MemoryModel, Report};
use crate::scene::Scene;
use crate::witness;

/// What an exploration by states yields.
#[derive(Clone, Debug)]
pub struct Survey {
    /// What every engine reports.
    pub report: Report,
    /// How many steps operations take; `None` if not every execution was looked at.
    pub bounds: Option<Bounds>,
}

/// Explores every execution of register `C` of `N` words in a scenario.
///
/// It does not stop at the first violation, nor at the last: a model that is broken is reported with its best witness.
/// An exploration that could not be finished says so in its [`Coverage`], with the reason; its histories are then those
/// of executions that end where it stopped, and what they break is broken.
///
/// An operation that is drawn as pending takes all of its steps and never completes; the crash of a process in the
/// middle of an operation, which may leave others waiting for ever, is not explored.
///
/// ```
/// use histories::Model;
/// use interleavings::{Limits, MemoryModel, explore};
/// use registers::safe::WordByWord;
/// use registers::scenario::Scenario;
///
/// let report = explore::<WordByWord, 2>(&Scenario::free(1, &[1]), MemoryModel::Sc, &Limits::default())?;
/// assert!(report.is_exhaustive());
/// assert_eq!(report.violations(Model::Safe), 0.0);
/// let witness = &report.witnesses[&Model::Regular];
/// assert_eq!(witness.violation.sentence, "torn read: Thread 2's first read returned 1|0: word 0 is of the write of 1, word 1 is of the initial value 0");
/// # Ok::<(), registers::scenario::Misfit>(())
/// ```
///
/// # Errors
///
/// If the register cannot perform the scenario.
pub fn explore<C: Construction<Any, N>, const N: usize>(
    scenario: &Scenario,
    memory: MemoryModel,
    limits: &Limits,
) -> Result<Report, Misfit> {
    survey(&Subject::of::<C, N>(), scenario, memory, limits).map(|survey| survey.report)
}

/// As [`explore`], for a register as a value, and with how many steps operations take.
///
/// # Errors
///
/// If the register cannot perform the scenario.
pub fn survey(
    subject: &Subject,
    scenario: &Scenario,
    memory: MemoryModel,
    limits: &Limits,
) -> Result<Survey, Misfit> {
    survey_with(subject, scenario, memory, limits, |_| {})
}

/// As [`survey`]; `progress` is told, now and then, how many states were visited.
///
/// # Errors
///
/// If the register cannot perform the scenario.
pub fn survey_with(
    subject: &Subject,
    scenario: &Scenario,
    memory: MemoryModel,
    limits: &Limits,
    mut progress: impl FnMut(u64),
) -> Result<Survey, Misfit> {
    let scene = Scene::of(*subject, scenario)?;
    let blank = Report {
        register: subject.claims().name,
        words: subject.words(),
        scenario: scenario.name().to_owned(),
        engine: Engine::Atlas,
        memory,
        coverage: Coverage::Exhaustive,
        executions: 0.0,
        states: Some(0),
        elapsed: std::time::Duration::ZERO,
        histories: BTreeMap::new(),
        witnesses: BTreeMap::new(),
    };
    Ok(survey_scene(&scene, memory, limits, &mut progress, blank))
}

fn survey_scene(
    scene: &Scene<'_>,
    memory: MemoryModel,
    limits: &Limits,
    progress: &mut dyn FnMut(u64),
    blank: Report,
) -> Survey {
    let begun = Instant::now();
    let mut survey = Survey {
        report: blank,
        bounds: None,
    };
    let report = &mut survey.report;
    let mut machine = match Machine::new(scene, memory, limits.preemptions) {
        Ok(machine) => machine,
        Err(fault) => {
            report.coverage = Coverage::Inconclusive(fault);
            return survey;
        }
    };
    let (graph, cut_short) = Graph::explore(&mut machine, limits, progress);
    let order = Order::of(&graph);
    let executions = order.executions(&graph);
    report.states = Some(graph.len() as u64);
    report.coverage = match (&cut_short, limits.preemptions) {
        (Some(reason), _) => Coverage::Inconclusive(reason.clone()),
        (None, Some(bound)) => Coverage::Bound(bound),
        (None, None) => Coverage::Exhaustive,
    };

    // An execution ends where there is no step, or where the exploration was cut short: then with operations pending,
    // and what it breaks is broken all the same, because no model forgives a beginning that it does not allow.
    let ends = graph.all().filter(|&state| graph.steps(state).is_empty());
    let mut pasts: BTreeMap<u32, f64> = BTreeMap::new();
    for state in ends {
        let past = machine.past(graph.states.get(state));
        *pasts.entry(past).or_default() += executions[state as usize];
    }
    let mut broken: BTreeMap<u32, Vec<Model>> = BTreeMap::new();
    for (&past, &executions) in &pasts {
        let history = machine.pasts().history(scene, past);
        let mut breaks = Vec::new();
        for model in Model::CLASSES {
            match check(model, &history) {
                Verdict::Meets => {}
                Verdict::Breaks(_) => breaks.push(model),
                Verdict::Unknown { states, .. } => {
                    let reason = format!("a history could not be judged within {states} states");
                    report.coverage = Coverage::Inconclusive(reason);
                }
            }
        }
        report.executions += executions;
        broken.insert(past, breaks.clone());
        let key = Timeline::from(history.clone()).to_string();
        let found = report.histories.entry(key).or_insert(Found {
            history,
            executions: 0.0,
            breaks,
        });
        found.executions += executions;
    }

    let wanted: Vec<Model> = Model::CLASSES
        .into_iter()
        .filter(|model| broken.values().any(|breaks| breaks.contains(model)))
        .collect();
    let pasts_of: Vec<u32> = if wanted.is_empty() {
        Vec::new()
    } else {
        graph
            .all()
            .map(|state| machine.past(graph.states.get(state)))
            .collect()
    };
    let breaks = |state: u32| {
        let known = broken.get(&pasts_of[state as usize]);
        known.cloned().unwrap_or_default()
    };
    match witness::best(&mut machine, &graph, wanted, breaks) {
        Ok(witnesses) => report.witnesses = witnesses,
        Err(fault) => report.coverage = Coverage::Inconclusive(fault),
    }
    if report.coverage == Coverage::Exhaustive {
        survey.bounds = Some(bounds(&machine, &graph, &order));
    }
    survey.report.elapsed = begun.elapsed();
    survey
}

//! Every execution of a register in a scenario, and what they come to.

use std::collections::{BTreeMap, HashMap};
use std::panic;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use histories::check::{Verdict, Violation, check};
use histories::{Action, History, Model, Timeline, Value};
use interleavings::report::{Coverage, Engine, Fault, Found, MemoryModel, Report, Witness};
use interleavings::{FaultKind, Retries, Variant, is_interrupted, verify};
use registers::Construction;
use registers::guard::hushed;
use registers::scenario::{Scenario, Unsupported};
use registers::subject::Subject;
use registers::worlds::Erased;

use crate::memory::LoomMemory;
use crate::precedence::timed;
use crate::run::{CutShort, Outcome, Plan, Run};
use crate::trace::{LOOM_REMEMBERS, State, Trace};
use crate::witness::Rank;

/// How long an execution may be, in decisions of loom's. Retry loops are finite here, so it is never reached by
/// registers of a sensible size.
const MAX_BRANCHES: usize = 10_000;

/// When an exploration ends at the latest, and which executions it leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// End after this time.
    pub max_time: Option<Duration>,
    /// End after this many executions.
    pub max_executions: Option<u64>,
    /// Leave out all executions with more preemptions. That proves nothing about those.
    pub preemption_bound: Option<usize>,
}

/// Explores the executions of register `C` of `N` words.
///
/// # Errors
///
/// If the register cannot perform the scenario.
pub fn explore<C: Construction<Erased, N>, const N: usize>(
    scenario: &Scenario,
    limits: &Limits,
) -> Result<Report, Unsupported> {
    let subject = Subject::of::<C, N>();
    explore_with(&subject, scenario, Variant::default(), limits)
}

/// As [`explore`], of a variant of a register as a value.
///
/// # Errors
///
/// If the register cannot perform the scenario.
pub fn explore_with(
    subject: &Subject,
    scenario: &Scenario,
    variant: Variant,
    limits: &Limits,
) -> Result<Report, Unsupported> {
    let enter = |loom: &LoomMemory| Erased::new(loom.clone());
    search(subject, scenario, variant, limits, enter)
}

/// Explores the executions of a register on a memory that is made of loom's: `enter` makes it, anew for each execution.
///
/// # Errors
///
/// If the register cannot perform the scenario.
pub fn explore_in(
    subject: &Subject,
    scenario: &Scenario,
    limits: &Limits,
    enter: impl Fn(&LoomMemory) -> Erased + Send + Sync + 'static,
) -> Result<Report, Unsupported> {
    search(subject, scenario, Variant::default(), limits, enter)
}

fn search(
    subject: &Subject,
    scenario: &Scenario,
    variant: Variant,
    limits: &Limits,
    enter: impl Fn(&LoomMemory) -> Erased + Send + Sync + 'static,
) -> Result<Report, Unsupported> {
    subject.check(scenario.operations())?;
    let subject = *subject;
    let plan = Arc::new(Plan::new(scenario));
    let begin = Instant::now();
    let collection = Arc::new(Mutex::new(Collection::default()));
    let forgets = forgets(&subject, scenario, variant);

    let mut builder = loom::model::Builder::new();
    builder.max_branches = MAX_BRANCHES;
    builder.preemption_bound = limits.preemption_bound;
    builder.max_permutations = None;
    builder.max_duration = None;
    builder.checkpoint_file = None;
    // The register is built before: nobody else is there yet.
    builder.expect_explicit_explore = true;

    let (limits, all) = (*limits, Arc::clone(&collection));
    let execution = move || {
        let spent = |limit: Duration| begin.elapsed() >= limit;
        let executions = lock(&all).executions;
        if limits
            .max_executions
            .is_some_and(|limit| executions >= limit)
            || limits.max_time.is_some_and(spent)
            || is_interrupted()
        {
            // Between two executions, so that none is half done.
            panic::resume_unwind(Box::new(LimitReached));
        }
        let loom = LoomMemory::new();
        {
            let mut state = loom.trace.state();
            (state.forgets, state.variant) = (forgets, variant);
        }
        let memory = enter(&loom);
        let (plan, all) = (Arc::clone(&plan), Arc::clone(&all));
        let of = Arc::clone(&plan);
        let at_the_end =
            move |trace: &Trace, outcome: &Outcome| lock(&all).add(&of, outcome, &trace.state());
        let run = Run::build(&subject, &plan, &loom, &memory, at_the_end);
        let run = Rc::new(run);
        loom::explore();
        plan.sources().for_each(|at| run.start(at));
    };
    let ended = hushed(|| builder.check(execution));

    let elapsed = begin.elapsed();
    let collection = std::mem::take(&mut *lock(&collection));
    let mut faults = BTreeMap::new();
    let coverage = match ended {
        Err(payload) => {
            let why = why(&*payload, &collection, elapsed);
            if let Some(fault) = fault(&*payload, scenario, &why) {
                faults.insert(fault.kind, fault);
            }
            Coverage::Inconclusive(why)
        }
        Ok(()) => match (collection.doubt, limits.preemption_bound) {
            (Some(doubt), _) => Coverage::Inconclusive(doubt),
            (None, Some(bound)) => Coverage::Bound(bound),
            (None, None) => Coverage::Exhaustive,
        },
    };
    Ok(Report {
        register: subject.claims().name,
        words: subject.words(),
        scenario: scenario.name().to_owned(),
        engine: Engine::Loom,
        memory: MemoryModel::Weak,
        coverage,
        executions: collection.executions as f64,
        states: None,
        elapsed,
        histories: collection.histories,
        witnesses: collection
            .best
            .into_iter()
            .map(|(model, (_, witness))| (model, witness))
            .collect(),
        faults,
        retries: Retries::default(),
    })
}

/// Whether failed attempts of the loops of a register that are written by hand leave nothing behind, as far as the atlas
/// has repeated them.
fn forgets(subject: &Subject, scenario: &Scenario, variant: Variant) -> bool {
    let limits = interleavings::Limits {
        states: 200_000,
        ..interleavings::Limits::default()
    };
    let memory = MemoryModel::Weak;
    let verified = verify(subject, scenario, memory, variant, &limits, |_| {});
    verified.is_ok_and(|it| {
        it.coverage == Coverage::Exhaustive && !it.retries.counted && !it.retries.remembered
    })
}

/// How the register itself went wrong, if that is why the exploration ended.
fn fault(payload: &(dyn std::any::Any + Send), scenario: &Scenario, why: &str) -> Option<Fault> {
    if payload.is::<LimitReached>() || payload.is::<CutShort>() {
        return None;
    }
    // What loom says of itself.
    let of_loom = ["Model exceeded", "deadlock", "maximum number"];
    if of_loom.iter().any(|it| why.contains(it)) {
        return None;
    }
    let kind = if why.contains("Causality violation") {
        FaultKind::DataRace
    } else {
        FaultKind::Panic
    };
    Some(Fault {
        kind,
        sentence: format!("{kind}: {why}"),
        timeline: Timeline::from(scenario.operations().clone()),
        stale_loads: 0,
        context_switches: 0,
    })
}

/// Unwinds the exploration.
struct LimitReached;

/// Why an exploration ended before its end.
fn why(payload: &(dyn std::any::Any + Send), collection: &Collection, elapsed: Duration) -> String {
    let executions = collection.executions;
    if payload.is::<LimitReached>() {
        return format!(
            "stopped after {executions} executions and {:.1} s",
            elapsed.as_secs_f64()
        );
    }
    if let Some(CutShort(why)) = payload.downcast_ref() {
        return why.clone();
    }
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    format!(
        "execution {} panicked: {}",
        executions + 1,
        text.as_deref().unwrap_or("no message")
    )
}

fn lock(collection: &Mutex<Collection>) -> MutexGuard<'_, Collection> {
    // What a panic leaves behind is complete up to the last execution.
    collection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an execution came to, as far as it makes a history: what the operations returned, and what the invocations
/// found on the clock.
type Raw = (Vec<Option<Value>>, Vec<Vec<u64>>);

/// What all executions so far came to.
#[derive(Default)]
struct Collection {
    executions: u64,
    /// Which history each raw outcome is; `None` if it is none.
    known: HashMap<Raw, Option<String>>,
    histories: BTreeMap<String, Found>,
    violations: HashMap<String, Vec<Violation>>,
    best: BTreeMap<Model, (Rank, Witness)>,
    /// Why even a complete exploration proves nothing.
    doubt: Option<String>,
}

impl Collection {
    /// Takes in an execution.
    fn add(&mut self, plan: &Plan, outcome: &Outcome, trace: &State) {
        self.executions += 1;
        if let Some(doubt) = doubt(plan, trace) {
            self.doubt.get_or_insert(doubt);
        }
        if !trace.is_whole() {
            return;
        }
        let raw = (outcome.returned.clone(), outcome.found.clone());
        let key = match self.known.get(&raw) {
            Some(key) => key.clone(),
            None => {
                let key = self.judge(plan, outcome);
                self.known.insert(raw, key.clone());
                key
            }
        };
        let Some(key) = key else { return };
        let found = self
            .histories
            .get_mut(&key)
            .expect("a judged history is among them");
        found.executions += 1.0;
        if found.breaks.is_empty() {
            return;
        }
        let rank = Rank::of(&found.history, &trace.accesses);
        for violation in &self.violations[&key] {
            let best = self.best.get(&violation.model);
            if best.is_none_or(|(best, _)| rank < *best) {
                let witness = rank.witness(violation.clone(), &found.history, trace);
                self.best.insert(violation.model, (rank, witness));
            }
        }
    }

    /// Which history an outcome is, if any. A new one is judged.
    fn judge(&mut self, plan: &Plan, outcome: &Outcome) -> Option<String> {
        let history = history(plan, outcome)?;
        let key = Timeline::from(history.clone()).to_string();
        if !self.histories.contains_key(&key) {
            let mut violations = Vec::new();
            for model in Model::CLASSES {
                match check(model, &history) {
                    Verdict::Meets => {}
                    Verdict::Breaks(violation) => violations.push(violation),
                    Verdict::Unknown { states, .. } => {
                        let doubt = format!(
                            "whether a history is {model} was not found in {states} states"
                        );
                        self.doubt.get_or_insert(doubt);
                    }
                }
            }
            let breaks = violations.iter().map(|it| it.model).collect();
            self.violations.insert(key.clone(), violations);
            self.histories.insert(
                key.clone(),
                Found {
                    history,
                    executions: 0.0,
                    breaks,
                },
            );
        }
        Some(key)
    }
}

/// The history of an execution, in compact form.
fn history(plan: &Plan, outcome: &Outcome) -> Option<History> {
    let mut operations = plan.history.operations().to_vec();
    for (operation, returned) in operations.iter_mut().zip(&outcome.returned) {
        if let Some(value) = returned {
            operation.action = Action::Read(Some(value.clone()));
        }
    }
    let times = plan.clock.times(&outcome.found)?;
    Some(timed(&plan.history, operations, &times))
}

/// Why an execution spoils the exploration.
fn doubt(plan: &Plan, trace: &State) -> Option<String> {
    if let Some(operation) = trace.stuck() {
        let operation = plan.history.describe(operation);
        return Some(format!("{operation} can wait for ever"));
    }
    if let Some(operation) = trace.exhausted {
        let operation = plan.history.describe(operation);
        return Some(format!(
            "{operation} changes words in failed attempts, and only few of these are tried"
        ));
    }
    let word = trace.forgotten()?;
    Some(format!(
        "loom remembers only {LOOM_REMEMBERS} stores of a word, but {} has {}",
        word.place, word.stores
    ))
}

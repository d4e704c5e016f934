//! From a register and a scenario to a report.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use histories::{History, Model, Timeline, Verdict, check};
use registers::Construction;
use registers::scenario::{Scenario, Unsupported};
use registers::subject::Subject;
use registers::worlds::Erased;

use crate::atlas::{Setting, first_count};
use crate::automaton::Retries;
use crate::bounds::{Bounds, Waits, bounds};
use crate::coarse::Reached;
use crate::executions::Order;
use crate::exercised::Exercised;
use crate::faults::FaultKind;
use crate::graph::{Graph, Limits};
use crate::machine::{Grain, Known, Machine};
use crate::mutation::Mutation;
use crate::processes::{self, Processes};
use crate::report::{Coverage, Engine, Found, MemoryModel, Report};
use crate::symmetry::Symmetry;
use crate::witness::{self, Goal};

/// What an exploration by states yields.
#[derive(Clone, Debug)]
pub struct Survey {
    /// What every engine reports.
    pub report: Report,
    /// How many steps operations take; `None` if not every execution was looked at.
    pub bounds: Option<Bounds>,
    /// Why operations wait for each other, each with a schedule that shows it.
    pub waits: Vec<Waiting>,
}

/// How an operation is kept from its end.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Whether it is a write.
    pub is_write: bool,
    /// The guarantee that it lacks.
    pub lacks: registers::Guarantee,
    /// An execution up to where it waits.
    pub timeline: Timeline,
}

/// How a register is explored.
#[derive(Clone, Copy, Debug, Default)]
pub struct Variant {
    /// What is changed in it.
    pub mutation: Option<Mutation>,
    /// Whether counters start shortly before they wrap around.
    pub near_wrap: bool,
}

impl Variant {
    /// Where a counter of so many bits starts in it.
    pub fn first_count(self, bits: u32) -> u64 {
        first_count(self.near_wrap, bits)
    }
}

impl From<Variant> for Setting {
    fn from(variant: Variant) -> Self {
        let Variant {
            mutation,
            near_wrap,
        } = variant;
        Self {
            mutation,
            near_wrap,
        }
    }
}

/// Explores every execution of register `C` of `N` words in a scenario.
///
/// It does not stop at the first violation, nor at the last: a model that is broken is reported with its best witness.
/// An exploration that could not be finished says so in its [`Coverage`], with the reason; its histories are then those
/// of executions that end where it stopped, and what they break is broken.
///
/// An operation that is drawn as pending takes all of its steps and never completes. The crash of a process in the
/// middle of an operation is an execution in which it does not go on.
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
/// # Ok::<(), registers::scenario::Unsupported>(())
/// ```
///
/// # Errors
///
/// If the register cannot perform the scenario.
pub fn explore<C: Construction<Erased, N>, const N: usize>(
    scenario: &Scenario,
    memory: MemoryModel,
    limits: &Limits,
) -> Result<Report, Unsupported> {
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
) -> Result<Survey, Unsupported> {
    survey_with(
        subject,
        scenario,
        memory,
        Variant::default(),
        limits,
        |_| {},
    )
}

/// As [`survey`], of a variant of the register; `progress` is told, now and then, how many states were visited.
///
/// # Errors
///
/// If the register cannot perform the scenario.
pub fn survey_with(
    subject: &Subject,
    scenario: &Scenario,
    memory: MemoryModel,
    variant: Variant,
    limits: &Limits,
    mut progress: impl FnMut(u64),
) -> Result<Survey, Unsupported> {
    let processes = Processes::of(*subject, scenario)?.with(variant.into());
    let blank = Report {
        register: subject.claims().name,
        words: subject.words(),
        scenario: scenario.name().to_owned(),
        engine: Engine::Atlas,
        memory,
        coverage: Coverage::Exhaustive,
        executions: 0.0,
        states: Some(0),
        elapsed: Duration::ZERO,
        histories: BTreeMap::new(),
        witnesses: BTreeMap::new(),
        faults: BTreeMap::new(),
        retries: Retries::default(),
    };
    let begun = Instant::now();
    let mut survey = Survey {
        report: blank,
        bounds: None,
        waits: Vec::new(),
    };
    if let Err(fault) = survey.fill(&processes, memory, limits, &mut progress) {
        survey.report.coverage = Coverage::Inconclusive(fault.why());
    }
    survey.report.elapsed = begun.elapsed();
    Ok(survey)
}

/// A machine, and what it explores, laid out with all that the register turns out to need.
pub(crate) fn laid_out<'a, T>(
    processes: &'a Processes<'a>,
    memory: MemoryModel,
    grain: Grain,
    bound: Option<usize>,
    mut explore: impl FnMut(&mut Machine<'a>) -> (T, Option<processes::Fault>),
) -> Result<(Machine<'a>, T, Option<processes::Fault>), processes::Fault> {
    let symmetry = match grain {
        Grain::Fine => Symmetry::default(),
        Grain::Coarse => Symmetry::of(processes),
    };
    /// Each time one more way is known on which failed attempts make a difference.
    const MOST_RESTARTS: usize = 64;
    let mut known = Known::symmetric(symmetry);
    let mut restarts = 0;
    loop {
        let mut machine = Machine::new(processes, memory, grain, bound, known)?;
        match explore(&mut machine) {
            (_, Some(processes::Fault::Restart)) => known = machine.into_known(),
            (_, Some(processes::Fault::Remembers)) if restarts < MOST_RESTARTS => {
                restarts += 1;
                known = machine.into_probes();
            }
            (_, Some(processes::Fault::NotAlike)) => {
                known = Known::symmetric(Symmetry::default());
            }
            (explored, cut_short) => return Ok((machine, explored, cut_short)),
        }
    }
}

impl Survey {
    fn fill(
        &mut self,
        processes: &Processes<'_>,
        memory: MemoryModel,
        limits: &Limits,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), processes::Fault> {
        let (mut machine, graph, cut_short) =
            laid_out(processes, memory, Grain::Fine, limits.preemptions, |it| {
                Graph::explore(it, limits, progress)
            })?;
        let report = &mut self.report;
        report.retries = machine.retries();
        let order = Order::of(&graph);
        let executions = order.executions(&graph);
        report.states = Some(graph.len() as u64);
        report.coverage = match (cut_short, limits.preemptions) {
            (Some(reason), _) => Coverage::Inconclusive(because(reason, &report.retries)),
            (None, Some(bound)) => Coverage::Bound(bound),
            (None, None) => Coverage::Exhaustive,
        };

        // An execution ends where there is no step, or where the exploration was cut short: then with operations
        // pending, and what it breaks is broken all the same, because no model forgives a beginning that it does not
        // allow.
        let ends = graph.all().filter(|&state| graph.steps(state).is_empty());
        let mut pasts: BTreeMap<u32, f64> = BTreeMap::new();
        let mut failed: BTreeMap<FaultKind, ()> = BTreeMap::new();
        for state in ends {
            let reached = graph.states.get(state);
            if let Some(failure) = machine.failure(reached) {
                failed.insert(failure.kind, ());
            }
            *pasts.entry(machine.past(reached)).or_default() += executions[state as usize];
        }
        let mut broken: BTreeMap<u32, Vec<Model>> = BTreeMap::new();
        for (&past, &executions) in &pasts {
            let history = machine.pasts().history(processes, past);
            let (breaks, doubt) = judge(&history);
            if let Some(doubt) = doubt {
                report.coverage = Coverage::Inconclusive(doubt);
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

        let breaks = Model::CLASSES
            .into_iter()
            .filter(|model| broken.values().any(|breaks| breaks.contains(model)))
            .map(Goal::Breaks);
        let wanted: Vec<Goal> = breaks
            .chain(failed.keys().map(|&kind| Goal::Fails(kind)))
            .collect();
        let shown: Vec<(u32, Option<FaultKind>)> = if wanted.is_empty() {
            Vec::new()
        } else {
            let of = |state: u32| {
                let reached = graph.states.get(state);
                let failure = machine.failure(reached).map(|failure| failure.kind);
                (machine.past(reached), failure)
            };
            graph.all().map(of).collect()
        };
        let shows = |state: u32| {
            let (past, failure) = shown[state as usize];
            let breaks = broken.get(&past).into_iter().flatten();
            let breaks = breaks.map(|&model| Goal::Breaks(model));
            breaks.chain(failure.map(Goal::Fails)).collect()
        };
        let best = witness::best(&mut machine, &graph, wanted, shows)?;
        report.witnesses = best.witnesses;
        report.faults = best.faults;
        if report.coverage == Coverage::Exhaustive {
            let (found, waits) = bounds(&machine, &graph, &order);
            self.bounds = Some(found);
            self.waits = draw(&mut machine, &graph, &waits)?;
        }
        Ok(())
    }
}

/// Draws why operations wait.
fn draw(
    machine: &mut Machine<'_>,
    graph: &Graph,
    waits: &[Waits],
) -> Result<Vec<Waiting>, processes::Fault> {
    let mut drawn = Vec::new();
    for waiting in waits {
        let timeline = witness::shortest_to(machine, graph, waiting.state)?;
        drawn.push(Waiting {
            is_write: waiting.is_write,
            lacks: waiting.lacks,
            timeline,
        });
    }
    Ok(drawn)
}

/// Which classes a history breaks, and which could not be found out.
fn judge(history: &History) -> (Vec<Model>, Option<String>) {
    let mut breaks = Vec::new();
    let mut doubt = None;
    for model in Model::CLASSES {
        match check(model, history) {
            Verdict::Meets => {}
            Verdict::Breaks(_) => breaks.push(model),
            Verdict::Unknown { states, .. } => {
                doubt = Some(format!(
                    "a history could not be judged within {states} states"
                ));
            }
        }
    }
    (breaks, doubt)
}

/// Why an exploration was cut short, and what its loops have to do with it.
fn because(reason: processes::Fault, retries: &Retries) -> String {
    let why = reason.why();
    if retries.remembered {
        format!(
            "{why}; failed attempts leave more behind than their number, so that no two of them are alike: `retry` and `retry_at_most` cannot"
        )
    } else if retries.counted {
        format!("{why}; failed attempts are counted, and each count was explored by itself")
    } else {
        why
    }
}

/// What all executions of a register in a scenario come to, without any picture.
#[derive(Clone, Debug)]
pub struct Verified {
    /// How much of it was covered.
    pub coverage: Coverage,
    /// How many states were visited.
    pub states: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// The models that some execution breaks, each with a history that does.
    pub breaks: BTreeMap<Model, History>,
    /// In which ways the register goes wrong by itself.
    pub fails: Vec<FaultKind>,
    /// A history in which an operation waits for ever, though nobody has stopped.
    pub stuck: Option<History>,
    /// What failed attempts of its loops leave behind.
    pub retries: Retries,
    /// Every distinct history that occurs, drawn; of histories that differ only in which of several like readers is
    /// which, one.
    pub histories: BTreeMap<String, History>,
    /// What was exercised.
    pub exercised: Exercised,
    /// Whether the register asks where a counter starts.
    pub counts: bool,
}

impl Verified {
    /// Whether nothing is wrong with it, as far as it was explored.
    pub fn meets(&self, model: Model) -> bool {
        self.fails.is_empty() && !self.breaks.contains_key(&model)
    }
}

/// Finds out what every execution of a register in a scenario comes to, in coarse steps and up to symmetry: as
/// [`survey_with`], but with far fewer states, and without pictures, counts and step bounds.
///
/// # Errors
///
/// If the register cannot perform the scenario.
pub fn verify(
    subject: &Subject,
    scenario: &Scenario,
    memory: MemoryModel,
    variant: Variant,
    limits: &Limits,
    mut progress: impl FnMut(u64),
) -> Result<Verified, Unsupported> {
    let begun = Instant::now();
    let processes = Processes::of(*subject, scenario)?.with(variant.into());
    let mut verified = Verified {
        coverage: Coverage::Exhaustive,
        states: 0,
        elapsed: Duration::ZERO,
        breaks: BTreeMap::new(),
        fails: Vec::new(),
        stuck: None,
        retries: Retries::default(),
        histories: BTreeMap::new(),
        exercised: Exercised::default(),
        counts: false,
    };
    let explored = laid_out(&processes, memory, Grain::Coarse, None, |machine| {
        Reached::explore(machine, limits, &mut progress)
    });
    match explored {
        Err(fault) => verified.coverage = Coverage::Inconclusive(fault.why()),
        Ok((machine, reached, cut_short)) => {
            verified.retries = machine.retries();
            verified.exercised = Exercised::of(&machine);
            verified.counts = machine.counts;
            verified.states = reached.states.len() as u64;
            if let Some(reason) = cut_short {
                let reason = because(reason, &verified.retries);
                verified.coverage = Coverage::Inconclusive(reason);
            }
            let failures = reached.failed.iter();
            let kinds = failures.filter_map(|&state| machine.failure(reached.states.get(state)));
            verified.fails = kinds.map(|failure| failure.kind).collect();
            let stuck = reached.stuck;
            verified.stuck = stuck.map(|past| machine.pasts().history(&processes, past));
            for &past in &reached.pasts {
                let history = machine.pasts().history(&processes, past);
                let (breaks, doubt) = judge(&history);
                for model in breaks {
                    verified
                        .breaks
                        .entry(model)
                        .or_insert_with(|| history.clone());
                }
                if let Some(doubt) = doubt {
                    verified.coverage = Coverage::Inconclusive(doubt);
                }
                let key = Timeline::from(history.clone()).to_string();
                verified.histories.insert(key, history);
            }
        }
    }
    verified.elapsed = begun.elapsed();
    Ok(verified)
}

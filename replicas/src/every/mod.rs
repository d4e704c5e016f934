//! Every execution of a protocol in a scenario: messages arrive in any order, or never; replicas stop at any time; and what
//! else may go wrong is stated as a [`Budget`].
//!
//! # How
//!
//! As the [atlas](interleavings) does it for shared memory, with the same graph, table and pasts. A machine is deterministic,
//! so it is a finite automaton, built as it is needed. A global state is a short row of numbers: what each machine knows,
//! which messages are on their way, and the past, which is what completed operations returned and what precedes what.
//! Executions that meet in a state are continued once. Each distinct past is judged once, by all models; and because no model
//! forgives a beginning that it does not allow, judging all pasts covers every loss and every crash.
//!
//! ```
//! use histories::Model;
//! use replicas::every::{Setup, explore};
//! use replicas::protocols::Majority;
//!
//! let report = explore(&Majority::ABD, &"w.rr".parse()?, &Setup::default())?;
//! assert!(report.is_exhaustive() && report.meets(Model::Atomic));
//! assert_eq!(report.states, 225);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is left out, and why that is sound
//!
//! | [reduction](Reductions) | what is not explored | why it may be |
//! |---|---|---|
//! | `unawaited` | the arrival of an answer that its client does nothing about, now or later | it changes no machine |
//! | `moot` | the arrival of a request that changes nothing at the replica, and whose answer is not awaited | likewise |
//! | `at_once` | answers of replicas to clients that take time | an answer that comes late is a request that was served late, or an operation that ends later; to end earlier only adds precedence, which no model forgives |
//! | `symmetry` | states that differ only in which replica is which | replicas that never name each other do the same |
//!
//! The argument for `at_once` is one about requests that change nothing (they might as well be served later) and requests
//! that change something for good (who asked learns it at once, and that is all that is lost). A promise is neither quite:
//! so the reductions are under test, for every protocol against no reduction, and break exactly the same models.
//!
//! # What it claims
//!
//! *Exhaustive* means: every execution of this scenario, with this many replicas, within this budget, of which each figure is
//! stated. It says nothing about larger ones.

use std::time::{Duration, Instant};

use histories::{History, Model, Timeline, check};
use interleavings::world::{Graph, Order};
use interleavings::{Coverage, Limits};
use registers::Arity;
use registers::scenario::Scenario;

use crate::machine::{Claims, Cluster, Data, Explorable};
use automata::{Automata, Machines};
use network::Network;
use row::Row;

mod automata;
pub(crate) mod interned;
mod judge;
mod network;
mod play;
mod row;
mod symmetry;
mod witness;

pub use judge::JUDGED;
pub use play::{Unplayable, scene};

/// How often what may go wrong, besides loss and crashes, which may happen to every message and every replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize)]
pub struct Budget {
    /// How many messages arrive twice.
    pub duplicates: u8,
    /// How often a replica suspects whoever leads, rightly or not.
    pub suspicions: u8,
    /// How many replicas start again without what they had.
    pub restarts: u8,
    /// How often a replica tells the others what it holds, without being asked.
    pub gossip: u8,
    /// How often a client asks again.
    pub resends: u8,
    /// How far the clock of a replica goes, where replicas have clocks.
    pub ticks: u8,
    /// How far one clock may be ahead of another.
    pub skew: u8,
}

impl Budget {
    /// Nothing but loss and crashes.
    pub const NONE: Self = Self {
        duplicates: 0,
        suspicions: 0,
        restarts: 0,
        gossip: 0,
        resends: 0,
        ticks: 0,
        skew: 0,
    };
}

impl std::fmt::Display for Budget {
    /// `1 duplicate, 2 suspicions`; `any loss, any crash` if there is nothing else.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = vec!["any loss, any crash".to_owned()];
        for (count, one, many) in [
            (self.duplicates, "duplicate", "duplicates"),
            (self.suspicions, "suspicion", "suspicions"),
            (
                self.restarts,
                "restart without a disk",
                "restarts without a disk",
            ),
            (self.gossip, "gossip", "gossips"),
            (self.resends, "resend", "resends"),
            (self.ticks, "tick of each clock", "ticks of each clock"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {}", if count == 1 { one } else { many }));
            }
        }
        if self.ticks > 0 {
            parts.push(format!("clocks up to {} apart", self.skew));
        }
        f.write_str(&parts.join(", "))
    }
}

/// What is left out of an exploration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reductions {
    /// Answers that nobody awaits do not arrive.
    pub unawaited: bool,
    /// Requests that make no difference do not arrive.
    pub moot: bool,
    /// Answers arrive when they are sent.
    pub at_once: bool,
    /// Interchangeable replicas are interchanged.
    pub symmetry: bool,
}

impl Reductions {
    /// All of them.
    pub const ALL: Self = Self {
        unawaited: true,
        moot: true,
        at_once: true,
        symmetry: true,
    };

    /// None of them.
    pub const NONE: Self = Self {
        unawaited: false,
        moot: false,
        at_once: false,
        symmetry: false,
    };
}

/// What is explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// How many replicas there are.
    pub replicas: u8,
    /// What may go wrong.
    pub budget: Budget,
    /// When to stop before everything is explored.
    pub limits: Limits,
    /// A model: once it is broken nothing more is explored.
    pub until: Option<Model>,
    /// What is left out.
    pub reductions: Reductions,
}

impl Default for Setup {
    /// Three replicas, any loss and any crash.
    fn default() -> Self {
        Self {
            replicas: 3,
            budget: Budget::NONE,
            limits: Limits::default(),
            until: None,
            reductions: Reductions::ALL,
        }
    }
}

/// Why a protocol cannot perform a scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There are no replicas, or too many.
    #[error("{0} replicas: there may be 1 to {most}", most = Cluster::MOST)]
    Replicas(u8),
    /// The protocol has one writer.
    #[error(
        "the protocol takes one writer, but {0} threads write here: give all writes to one, or take a protocol for many"
    )]
    Writers(usize),
    /// The protocol has no compare-and-swap.
    #[error(
        "the protocol has no compare-and-swap: leave them out, or take one that agrees on operations, such as consensus or leader"
    )]
    Swaps,
    /// A value is not of one or two words.
    #[error(
        "the value {0} is not one number, or two words separated by `|`: replicas hold two words"
    )]
    Value(histories::Value),
    /// A register does not hold 0 at first.
    #[error("a replicated register holds 0 at first, not {0}: begin with a write")]
    Initial(histories::Value),
    /// There are too many threads.
    #[error("{0} threads are more than 16, which no exploration ends of")]
    Threads(usize),
    /// A part of the budget is too large.
    #[error("{0} of one kind of fault are more than 15, which no exploration ends of")]
    Budget(u8),
}

impl Setup {
    /// Whether a protocol with these claims can perform these operations here.
    fn check(&self, operations: &History, claims: Claims) -> Result<(), Unfit> {
        if !(1..=Cluster::MOST).contains(&self.replicas) {
            return Err(Unfit::Replicas(self.replicas));
        }
        let Budget {
            duplicates,
            suspicions,
            restarts,
            gossip,
            resends,
            ticks,
            skew,
        } = self.budget;
        let faults = [
            duplicates, suspicions, restarts, gossip, resends, ticks, skew,
        ];
        if let Some(&large) = faults.iter().find(|&&fault| fault > 15) {
            return Err(Unfit::Budget(large));
        }
        let threads = operations.processes().len();
        if threads > 16 {
            return Err(Unfit::Threads(threads));
        }
        let all = operations.operations();
        let mut writers: Vec<_> = all.iter().filter(|op| !op.is_read()).collect();
        writers.dedup_by_key(|op| op.process);
        if claims.writers == Arity::One && writers.len() > 1 {
            return Err(Unfit::Writers(writers.len()));
        }
        if !claims.swaps && all.iter().any(|op| op.is_compare_and_swap()) {
            return Err(Unfit::Swaps);
        }
        for operation in all {
            let initial = operations.initial_of(operation.register);
            if *initial != 0.into() {
                return Err(Unfit::Initial(initial.clone()));
            }
            let expected = match &operation.action {
                histories::Action::CompareAndSwap { expected, .. } => Some(expected),
                _ => None,
            };
            for value in operation.written().into_iter().chain(expected) {
                Data::try_from(value).map_err(|()| Unfit::Value(value.clone()))?;
            }
        }
        Ok(())
    }
}

/// What an exploration found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The name of the protocol.
    pub protocol: String,
    /// What it claims.
    pub claims: Claims,
    /// The name of the scenario.
    pub scenario: String,
    /// How many replicas there were.
    pub replicas: u8,
    /// What might go wrong.
    pub budget: Budget,
    /// How much was covered.
    pub coverage: Coverage,
    /// How many states were visited.
    pub states: u64,
    /// How many executions stand behind them, if all were explored. A float because it exceeds every integer.
    pub executions: f64,
    /// How long it took.
    pub elapsed: Duration,
    /// Every distinct history of an execution in which everything arrives, in compact form, with how many executions end
    /// in it; empty if not all was explored.
    pub histories: Vec<(History, f64)>,
    /// The models that some execution breaks, each with the shortest one found.
    pub broken: Vec<Witness>,
    /// Whether some history could not be judged.
    pub doubts: bool,
}

/// An execution that breaks a model.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The model.
    pub model: Model,
    /// What happened, in a sentence.
    pub sentence: String,
    /// The execution, drawn with what replicas receive.
    pub timeline: Timeline,
    /// How many messages arrive in it.
    pub messages: usize,
}

impl Report {
    /// Whether every execution was looked at.
    #[must_use]
    pub fn is_exhaustive(&self) -> bool {
        self.coverage == Coverage::Exhaustive
    }

    /// Whether nothing that was explored breaks a model.
    #[must_use]
    pub fn meets(&self, model: Model) -> bool {
        self.witness(model).is_none()
    }

    /// The shortest execution found that breaks a model.
    #[must_use]
    pub fn witness(&self, model: Model) -> Option<&Witness> {
        self.broken.iter().find(|witness| witness.model == model)
    }

    /// The strongest models that nothing explored breaks: those that no other such model implies.
    #[must_use]
    pub fn met(&self) -> Vec<Model> {
        strongest(|model| self.meets(model))
    }
}

/// Of the models that are met, those that no other one implies.
pub fn strongest(is_met: impl Fn(Model) -> bool) -> Vec<Model> {
    let met: Vec<Model> = JUDGED.into_iter().filter(|&model| is_met(model)).collect();
    let is_implied = |model: Model| met.iter().any(|&it| it != model && it.implies(model));
    let top = met.iter().copied().filter(|&model| !is_implied(model));
    top.collect()
}

/// Explores every execution of a protocol in a scenario.
///
/// # Errors
///
/// If the protocol cannot perform the scenario.
pub fn explore<P: Explorable>(
    protocol: &P,
    scenario: &Scenario,
    setup: &Setup,
) -> Result<Report, Unfit> {
    explore_with(protocol, scenario, setup, &mut |_| {})
}

/// As [`explore`]; `progress` is told, now and then, how many states were visited.
///
/// # Errors
///
/// If the protocol cannot perform the scenario.
pub fn explore_with<P: Explorable>(
    protocol: &P,
    scenario: &Scenario,
    setup: &Setup,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, Unfit> {
    let machines = |cluster| Box::new(Machines::new(protocol, cluster)) as Box<dyn Automata>;
    let network = Network::new(machines, scenario, protocol.claims(), setup)?;
    let mut network = network.with(protocol.alarms(), protocol.has_clocks());
    let blank = Report {
        protocol: protocol.name(),
        claims: protocol.claims(),
        scenario: scenario.name().to_owned(),
        replicas: setup.replicas,
        budget: setup.budget,
        coverage: Coverage::Exhaustive,
        states: 0,
        executions: 0.0,
        elapsed: Duration::ZERO,
        histories: Vec::new(),
        broken: Vec::new(),
        doubts: false,
    };
    Ok(fill(&mut network, blank, progress))
}

/// The shortest execution after which the history is as wanted, drawn; `None` if no explored one is. A history has the
/// operations that completed by then.
///
/// # Errors
///
/// If the protocol cannot perform the scenario.
pub fn shortest<P: Explorable>(
    protocol: &P,
    scenario: &Scenario,
    setup: &Setup,
    wanted: impl Fn(&History) -> bool,
) -> Result<Option<Timeline>, Unfit> {
    let machines = |cluster| Box::new(Machines::new(protocol, cluster)) as Box<dyn Automata>;
    let network = Network::new(machines, scenario, protocol.claims(), setup)?;
    let mut network = network.with(protocol.alarms(), protocol.has_clocks());
    let (graph, _) = Graph::explore(&mut network, &setup.limits, &mut |_| {});
    let history = |state: u32| {
        let past = Row::past_of(graph.state(state));
        let (operations, precedence) = (&network.operations, network.precedence);
        network.pasts.history_of(operations, precedence, past)
    };
    let found = graph.all().find(|&state| wanted(&history(state)));
    let parents = witness::parents(&graph);
    Ok(found.map(|state| witness::draw(&mut network, &graph, &parents, state).0))
}

fn fill(network: &mut Network<'_>, mut report: Report, progress: &mut dyn FnMut(u64)) -> Report {
    let begun = Instant::now();
    let (graph, cut_short) = Graph::explore(network, &network.setup.limits, progress);
    report.states = graph.len() as u64;
    // Each past with the first state, which is among the nearest, that has it.
    let mut broken = judge::Models::default();
    let mut first: Vec<(Model, u32)> = Vec::new();
    let mut seen = vec![false; network.pasts.len()];
    for state in graph.all() {
        let past = Row::past_of(graph.state(state));
        if std::mem::replace(&mut seen[past as usize], true) {
            continue;
        }
        let of = (&network.operations, network.precedence);
        let breaks = network.judge.breaks(&network.pasts, of, past);
        for model in breaks.iter().filter(|&model| !broken.contains(model)) {
            first.push((model, state));
        }
        broken = broken.and(breaks);
    }
    let found = network
        .setup
        .until
        .is_some_and(|model| broken.contains(model));
    report.doubts = network.judge.doubts;
    report.coverage = match (cut_short, found) {
        (Some(reason), _) => Coverage::Inconclusive(reason),
        (None, true) => Coverage::Inconclusive("stopped at the first violation".to_owned()),
        (None, false) if report.doubts => {
            Coverage::Inconclusive("a history could not be judged".to_owned())
        }
        (None, false) => Coverage::Exhaustive,
    };
    if report.coverage == Coverage::Exhaustive {
        let executions = Order::of(&graph).executions(&graph);
        let mut ends: std::collections::BTreeMap<u32, f64> = std::collections::BTreeMap::new();
        for state in graph.all().filter(|&state| graph.steps(state).is_empty()) {
            let past = Row::past_of(graph.state(state));
            *ends.entry(past).or_default() += executions[state as usize];
        }
        report.executions = ends.values().sum();
        let history = |(past, executions)| {
            let precedence = network.precedence;
            let history = network
                .pasts
                .history_of(&network.operations, precedence, past);
            (history, executions)
        };
        report.histories = ends.into_iter().map(history).collect();
    }
    let parents = witness::parents(&graph);
    for (model, state) in first {
        let (timeline, messages) = witness::draw(network, &graph, &parents, state);
        let verdict = check(model, &timeline.history);
        let sentence = verdict
            .violation()
            .map(|violation| violation.sentence.clone());
        report.broken.push(Witness {
            model,
            sentence: sentence.unwrap_or_default(),
            timeline,
            messages,
        });
    }
    report.elapsed = begun.elapsed();
    report
}

//! The ladder over a network: which rung each protocol has, what it costs, and what it lets through.

use std::time::Instant;

use histories::{Model, Timeline};
use interleavings::Coverage;
use registers::Arity;
use registers::scenario::Scenario;

use super::{Contestant, REPLICAS, explore_with};
use crate::catalogue::Listed;
use crate::every::{Setup, Unfit, Witness, strongest};
use crate::simulated::{Conditions, Workload};

/// What is known of a protocol.
#[derive(Clone, Debug)]
pub struct Rung {
    /// Which.
    pub protocol: Listed,
    /// The strongest models that nothing explored breaks.
    pub met: Vec<Model>,
    /// The scenarios in which it was explored.
    pub scenarios: Vec<Covered>,
    /// How many states were visited, and how many executions stand behind them.
    pub states: u64,
    /// See above.
    pub executions: f64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// How many messages an operation takes where nothing goes wrong: half of the operations write, if there may be many
    /// writers, and a third if there is one.
    pub messages: f64,
    /// The shortest execution that breaks the next rung, if there is one.
    pub next: Option<Witness>,
}

/// A scenario that was explored.
#[derive(Clone, Debug)]
pub struct Covered {
    /// Its name.
    pub scenario: String,
    /// How many states were visited.
    pub states: u64,
    /// How many executions stand behind them, if all were looked at.
    pub executions: f64,
    /// Whether they were.
    pub coverage: Coverage,
}

/// The ladder, from the ground.
pub const LADDER: [Model; 4] = [
    Model::Safe,
    Model::Regular,
    Model::StrongRegular,
    Model::Atomic,
];

impl Rung {
    /// Whether every execution of every scenario was looked at.
    #[must_use]
    pub fn is_exhaustive(&self) -> bool {
        let all = |it: &Covered| it.coverage == Coverage::Exhaustive;
        self.scenarios.iter().all(all)
    }

    /// The highest rung of the ladder that it has; `None` if it is not even safe.
    #[must_use]
    pub fn on_the_ladder(&self) -> Option<Model> {
        on_the_ladder(&self.met)
    }

    /// Whether something breaks what the protocol claims.
    #[must_use]
    pub fn is_contradicted(&self) -> bool {
        let claims = self.protocol.claims().model;
        !self.met.iter().any(|met| met.implies(claims))
    }
}

/// The highest rung of the ladder that one of some models implies.
#[must_use]
pub fn on_the_ladder(met: &[Model]) -> Option<Model> {
    let has = |rung: &Model| met.iter().any(|met| met.implies(*rung));
    LADDER.into_iter().rev().find(has)
}

/// The study note's timeline: `note`.
const NOTE: &str = "init: 0
Thread 1:      wwwww(1)     wwwww(2)
Thread 2:   rrrrr                rrrrr
Thread 3:   rrrrr  rrrrr
";

/// A scenario by its name: `note`, or what each thread does.
///
/// # Errors
///
/// If it is neither.
pub fn scenario(name: &str) -> Result<Scenario, registers::scenario::NotAScenario> {
    if name == "note" {
        let timeline: Timeline = NOTE.parse().expect("it is a timeline");
        return Ok(Scenario::drawn("note", &timeline.history));
    }
    name.parse()
}

/// The scenarios in which a protocol is explored if none is named.
#[must_use]
pub fn usual(protocol: Listed) -> Vec<&'static str> {
    // Who agrees on every operation has more executions than the others.
    if protocol == Listed::Consensus {
        return vec!["w.rr", "wr.rr", "w.w.r", "c.c.r"];
    }
    let mut scenarios = vec!["w.rr", "ww.rr", "w.r.r", "ww.r.r", "wr.rr", "note"];
    if protocol.claims().writers == Arity::Many {
        scenarios.extend(["w.w.rr", "wr.wr"]);
    }
    if protocol.claims().swaps {
        scenarios.push("c.c.r");
    }
    scenarios
}

/// Explores a protocol in some scenarios; `progress` is told, now and then, how many states were visited.
///
/// # Errors
///
/// If it cannot perform one of them.
pub fn explore(
    protocol: Listed,
    scenarios: &[Scenario],
    setup: &Setup,
    progress: &mut dyn FnMut(u64),
) -> Result<Rung, Unfit> {
    let begun = Instant::now();
    let mut broken: Vec<Witness> = Vec::new();
    let mut rung = Rung {
        protocol,
        met: Vec::new(),
        scenarios: Vec::new(),
        states: 0,
        executions: 0.0,
        seconds: 0.0,
        messages: messages(protocol),
        next: None,
    };
    for scenario in scenarios {
        let before = rung.states;
        let mut told = |states: u64| progress(before + states);
        let report = explore_with(protocol, scenario, setup, &mut told)?;
        rung.scenarios.push(Covered {
            scenario: report.scenario.clone(),
            states: report.states,
            executions: report.executions,
            coverage: report.coverage.clone(),
        });
        rung.states += report.states;
        rung.executions += report.executions;
        for witness in report.broken {
            let known = broken.iter_mut().find(|known| known.model == witness.model);
            match known {
                Some(known) if known.messages <= witness.messages => {}
                Some(known) => *known = witness,
                None => broken.push(witness),
            }
        }
    }
    rung.met = strongest(|model| broken.iter().all(|witness| witness.model != model));
    let next = LADDER
        .iter()
        .find_map(|&rung| broken.iter().position(|witness| witness.model == rung));
    rung.next = next.map(|at| broken.swap_remove(at));
    rung.seconds = begun.elapsed().as_secs_f64();
    Ok(rung)
}

/// How many messages an operation takes, in a short run in which nothing goes wrong.
fn messages(protocol: Listed) -> f64 {
    const OPERATIONS: usize = 2_000;
    let contestant = Contestant::Listed(protocol);
    let workload = Workload {
        operations: OPERATIONS,
        ..Workload::steady(REPLICAS, contestant.writers(REPLICAS))
    };
    let run = contestant.simulate(REPLICAS, &Conditions::local(), &workload, 1);
    run.messages as f64 / OPERATIONS as f64
}

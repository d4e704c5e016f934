//! Explores protocols of the catalogue in scenarios.

use histories::{Action, History, Operation, Timeline};
use registers::Arity;
use registers::scenario::Scenario;
use replicas::catalogue::{Listed, Use};
use replicas::every::{Report, Setup, explore};
use replicas::machine::Explorable;

/// The study note's timeline.
pub(crate) const NOTE: &str = "\
init: 0
Thread 1:      wwwww(1)     wwwww(2)
Thread 2:   rrrrr                rrrrr
Thread 3:   rrrrr  rrrrr
";

/// `note`, or what each thread does.
pub(crate) fn scenario(name: &str) -> Scenario {
    if name == "note" {
        let timeline: Timeline = NOTE.parse().expect("it is a timeline");
        return Scenario::drawn("note", &timeline.history);
    }
    name.parse().expect("it is a scenario")
}

/// Explores something in a scenario.
pub(crate) struct Explore<'a>(pub(crate) &'a str, pub(crate) Setup);

impl Use for Explore<'_> {
    type Output = Report;

    fn of<P: Explorable>(self, protocol: &P) -> Report {
        let explored = explore(protocol, &scenario(self.0), &self.1);
        explored.expect("the protocol performs the scenario")
    }
}

/// The scenarios of the table of rungs that a protocol can perform.
#[allow(dead_code)] // Each test has this module for itself, and not every one uses all of it.
pub(crate) fn scenarios(of: Listed) -> Vec<&'static str> {
    let mut scenarios = vec!["w.rr", "ww.rr", "w.r.r", "ww.r.r", "wr.rr", "note"];
    if of.claims().writers == Arity::Many {
        scenarios.extend(["w.w.rr", "wr.wr"]);
    }
    scenarios
}

/// What the operations of a small run would be in a scenario.
#[allow(dead_code)] // See above.
pub(crate) fn lanes(history: &History) -> Option<(String, History)> {
    let mut lanes = vec![String::new(); 3];
    let mut operations: Vec<Operation> = Vec::new();
    for operation in history.operations() {
        let lane = lanes.get_mut(operation.process as usize - 1)?;
        lane.push(if operation.is_read() { 'r' } else { 'w' });
        operation.completed?;
        operations.push(operation.clone());
    }
    if lanes.iter().any(String::is_empty) {
        return None;
    }
    Some((lanes.join("."), History::new(0, operations).ok()?.compact()))
}

/// Whether exploration allows a history: some explored one has the same operations and values, and at least its precedence.
/// (Answers travel at once there, so that operations end as early as they may.)
#[allow(dead_code)] // See above.
pub(crate) fn is_allowed(history: &History, explored: &[(History, f64)]) -> bool {
    let actions = |history: &History| -> Vec<Action> {
        history
            .operations()
            .iter()
            .map(|op| op.action.clone())
            .collect()
    };
    let own = actions(history);
    explored.iter().any(|(other, _)| {
        actions(other) == own
            && history
                .precedence()
                .iter()
                .all(|&(a, b)| other.precedes(a, b))
    })
}

/// Every history of a protocol in a scenario.
#[allow(dead_code)] // See above.
pub(crate) fn histories_of(listed: Listed, scenario: &str) -> Vec<(History, f64)> {
    let report = listed.with(Explore(scenario, Setup::default()));
    assert!(report.is_exhaustive(), "{} in {scenario}", report.protocol);
    report.histories
}

//! A timeline over a network: what its open reads return together, in every execution.

use std::collections::BTreeMap;

use histories::{Action, History, Process, Value};
use interleavings::{Coverage, Limits};
use registers::scenario::Scenario;

use super::explore;
use crate::catalogue::Listed;
use crate::every::{Setup, Unfit};

/// One protocol for each rung of the ladder.
pub const PROTOCOLS: [Listed; 3] = [Listed::Striped, Listed::NoWriteBack, Listed::Majority];

/// What the open reads return together.
#[derive(Clone, Debug)]
pub struct Outcomes {
    /// By which protocol.
    pub protocol: Listed,
    /// What they return, in the order in which the timeline has them, and in how many executions.
    pub combinations: Vec<(Vec<Value>, f64)>,
    /// How many states were visited.
    pub states: u64,
    /// How much was covered; nothing is counted unless it is all.
    pub coverage: Coverage,
}

/// How many states a timeline may have.
const STATES: usize = 300_000;

/// Explores a timeline with a protocol. An execution in which a read with a stated value returns another one does not count.
///
/// # Errors
///
/// If the protocol cannot perform it.
pub fn outcomes(protocol: Listed, timeline: &History) -> Result<Outcomes, Unfit> {
    let setup = Setup {
        limits: Limits {
            states: STATES,
            ..Limits::default()
        },
        ..Setup::default()
    };
    let report = explore(protocol, &Scenario::drawn("timeline", timeline), &setup)?;
    let drawn = reads(timeline);
    let mut combinations: BTreeMap<Vec<Value>, f64> = BTreeMap::new();
    for (history, executions) in &report.histories {
        let returned: BTreeMap<_, _> = reads(history).into_iter().collect();
        let value = |read: &(Process, usize)| returned.get(read).cloned().flatten();
        let is_as_stated = |(read, stated): &(_, Option<Value>)| {
            stated
                .as_ref()
                .is_none_or(|stated| value(read).as_ref() == Some(stated))
        };
        if !drawn.iter().all(is_as_stated) {
            continue;
        }
        let open = drawn.iter().filter(|(_, stated)| stated.is_none());
        // A read that nobody answers, as where too few replicas are left, returns nothing.
        let values: Option<Vec<Value>> = open.map(|(read, _)| value(read)).collect();
        if let Some(values) = values {
            *combinations.entry(values).or_default() += executions;
        }
    }
    Ok(Outcomes {
        protocol,
        combinations: combinations.into_iter().collect(),
        states: report.states,
        coverage: report.coverage,
    })
}

/// The reads of a history, each by its process and its number there, with what it returned.
fn reads(history: &History) -> Vec<((Process, usize), Option<Value>)> {
    let mut counted: BTreeMap<Process, usize> = BTreeMap::new();
    let mut reads = Vec::new();
    for operation in history.operations() {
        if let Action::Read(value) = &operation.action {
            let number = counted.entry(operation.process).or_default();
            reads.push(((operation.process, *number), value.clone()));
            *number += 1;
        }
    }
    reads
}

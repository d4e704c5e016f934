//! A schedule for each combination of values that the reads of a scenario return, so that real threads can be led there.

use std::collections::BTreeSet;

use histories::{Timeline, Value};
use registers::scenario::{Scenario, Unsupported};
use registers::subject::Subject;

use crate::explore::laid_out;
use crate::graph::{Graph, Limits};
use crate::machine::Grain;
use crate::processes::Processes;
use crate::report::Coverage;
use crate::{MemoryModel, witness};

/// Schedules that lead to everything that the reads of a scenario may return.
#[derive(Clone, Debug)]
pub struct Schedules {
    /// How much of the scenario was explored.
    pub coverage: Coverage,
    /// How many states were visited.
    pub states: u64,
    /// For each combination of what the reads return, a complete execution as a schedule.
    pub schedules: Vec<Timeline>,
}

/// Explores a scenario on sequentially consistent memory, and keeps a schedule for each combination of values that its
/// reads return: what [`follow`](registers::worlds::conducted::follow) performs on real threads.
///
/// ```
/// use histories::{History, Value};
/// use interleavings::{Limits, schedules};
/// use registers::{safe::WordByWord, scenario::Scenario, subject::Subject, worlds::conducted};
///
/// let returned = |history: &History| -> Vec<Option<Value>> {
///     let reads = history.reads();
///     reads.map(|read| history.operations()[read].returned().cloned()).collect()
/// };
/// let subject = Subject::of::<WordByWord, 2>();
/// let found = schedules(&subject, &Scenario::free(1, &[1]), &Limits::default())?;
/// assert_eq!(found.schedules.len(), 4, "0, 1, 0|1 and 1|0");
/// for schedule in &found.schedules {
///     let performed = conducted::follow(&subject, schedule).unwrap();
///     assert_eq!(returned(&performed.history), returned(&schedule.history));
/// }
/// # Ok::<(), registers::scenario::Unsupported>(())
/// ```
///
/// # Errors
///
/// If the register cannot perform the scenario.
pub fn schedules(
    subject: &Subject,
    scenario: &Scenario,
    limits: &Limits,
) -> Result<Schedules, Unsupported> {
    let processes = Processes::of(*subject, scenario)?;
    let explored = laid_out(&processes, MemoryModel::Sc, Grain::Fine, None, |machine| {
        Graph::explore(machine, limits, &mut |_| {})
    });
    let inconclusive = |why: String, states| Schedules {
        coverage: Coverage::Inconclusive(why),
        states,
        schedules: Vec::new(),
    };
    let (mut machine, graph, cut_short) = match explored {
        Ok(explored) => explored,
        Err(fault) => return Ok(inconclusive(fault.why(), 0)),
    };
    let states = graph.len() as u64;
    if let Some(reason) = cut_short {
        return Ok(inconclusive(reason.why(), states));
    }
    let mut known = BTreeSet::new();
    let mut schedules = Vec::new();
    let ends: Vec<u32> = graph
        .all()
        .filter(|&state| graph.steps(state).is_empty())
        .collect();
    for end in ends {
        let reached = graph.states.get(end);
        let past = machine.past(reached);
        let history = machine.pasts().history(&processes, past);
        let values: Vec<Option<Value>> = history
            .reads()
            .map(|read| history.operations()[read].returned().cloned())
            .collect();
        if machine.failure(reached).is_some() || !known.insert(values) {
            continue;
        }
        match witness::shortest_to(&mut machine, &graph, end) {
            Ok(schedule) => schedules.push(schedule),
            Err(fault) => return Ok(inconclusive(fault.why(), states)),
        }
    }
    Ok(Schedules {
        coverage: Coverage::Exhaustive,
        states,
        schedules,
    })
}

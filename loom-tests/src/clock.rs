//! The clock: how an execution tells which operation precedes which.
//!
//! Under a weak memory an operation precedes another one if its completion *happens before* the invocation of the other, and a clock
//! that told more would order what the register leaves unordered (see [`histories::record`]). One word that
//! everybody increments is such a clock, but it makes every two operations depend on each other, so that loom has to try them in both
//! orders. This one is exact, too, and costs far less, as long as one process writes:
//!
//! * every process counts its completed operations in a word of its own, by a Release store;
//! * an invocation loads the words of the others, with Acquire, and so learns how many of their operations precede it.
//!
//! And only where it matters. A *writer* does not look: what a read that precedes a write returns is explained without that write in any
//! case, because no memory here reads from the future. Nobody looks at what is enforced anyway, and nobody
//! counts what nobody looks at.
//!
//! Several words cannot be loaded at one moment. The writer's word is loaded last, so that whatever the counts of readers bring along of the
//! writer's is not missed. Where there are two readers' words or more, or readers that writes wait for, these are loaded again; if a count has changed, the look was
//! *blurred*, and the execution does not count: the one in which all loads fall on one moment does.

use histories::{History, Operation, Process};
use registers::scenario::{self, Scenario};

use crate::precedence::{Intervals, Precedence, timed};

/// Who looks at whose word, and who counts. Made once for a scenario.
#[derive(Debug)]
pub(crate) struct ClockPlan {
    /// What is enforced, with all that follows.
    enforced: Precedence,
    /// For each operation the processes at whose words its invocation looks, by their number in the history.
    pub(crate) looks: Vec<Vec<usize>>,
    /// The same for the second look.
    pub(crate) looks_again: Vec<Vec<usize>>,
    /// For each operation what its completion stores, if anybody looks.
    pub(crate) counts: Vec<Option<u64>>,
    /// For each process its operations, in order.
    pub(crate) operations_of: Vec<Vec<usize>>,
    /// When the operations run, if that is given.
    drawn: Option<Intervals>,
}

impl ClockPlan {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let history = scenario.operations();
        let operations = history.operations();
        let all = 0..operations.len();
        let processes = history.processes();
        let number = |process: Process| processes.iter().position(|&it| it == process);
        let process_of: Vec<usize> = operations
            .iter()
            .map(|op| number(op.process).expect("a process of the history"))
            .collect();
        let operations_of: Vec<Vec<usize>> = (0..processes.len())
            .map(|it| all.clone().filter(|&at| process_of[at] == it).collect())
            .collect();

        let mut enforced = Precedence::none(operations.len());
        let in_order = operations_of
            .iter()
            .flat_map(|own| own.windows(2).map(|pair| (pair[0], pair[1])));
        in_order
            .chain(scenario.before().iter().copied())
            .for_each(|(first, then)| enforced.add(first, then));
        enforced.close();

        // Whether the invocation of `then` has to find out whether `first` precedes it.
        let recorded = scenario.precedence() == scenario::Precedence::Recorded;
        let matters = |first: usize, then: usize| {
            recorded
                && !operations[then].is_write()
                && process_of[first] != process_of[then]
                && !enforced.comparable(first, then)
        };
        let writes = |process: usize| operations_of[process].iter().any(|&at| operations[at].is_write());
        let look = |then: usize| {
            let mut seen: Vec<usize> = (0..processes.len())
                .filter(|&it| operations_of[it].iter().any(|&first| matters(first, then)))
                .collect();
            // Readers' words first.
            seen.sort_by_key(|&it| writes(it));
            seen
        };
        let looks: Vec<Vec<usize>> = all.clone().map(look).collect();
        let a_write_waits_for_a_read = all.clone().any(|first| {
            let waits = |then: usize| {
                operations[then].is_write()
                    && process_of[first] != process_of[then]
                    && enforced.holds(first, then)
            };
            !operations[first].is_write() && all.clone().any(waits)
        });
        let look_again = |first_look: &Vec<usize>| {
            let readers: Vec<usize> = first_look.iter().copied().filter(|&it| !writes(it)).collect();
            let may_blur =
                readers.len() > 1 || (a_write_waits_for_a_read && first_look.len() > readers.len());
            if may_blur { readers } else { Vec::new() }
        };
        let looks_again = looks.iter().map(look_again).collect();
        let count = |first: usize| {
            let own = &operations_of[process_of[first]];
            let completed = own.iter().take_while(|&&at| at <= first).count() as u64;
            let anybody_looks = all.clone().any(|then| matters(first, then));
            anybody_looks.then_some(completed)
        };
        Self {
            looks,
            looks_again,
            counts: all.clone().map(count).collect(),
            enforced,
            operations_of,
            drawn: (!recorded).then(|| intervals(history)),
        }
    }

    /// When the operations run, given the counts that each invocation found; `None` if that was not one moment for each.
    pub(crate) fn times(&self, operations: &[Operation], found: &[Vec<u64>]) -> Option<Intervals> {
        match &self.drawn {
            Some(drawn) => Some(drawn.clone()),
            None => self.precedence(found).in_time(operations),
        }
    }

    /// What precedes what, given the counts that each invocation found, in the order in which it looked.
    fn precedence(&self, found: &[Vec<u64>]) -> Precedence {
        let mut order = self.enforced.clone();
        for (then, (processes, counts)) in self.looks.iter().zip(found).enumerate() {
            for (&process, &count) in processes.iter().zip(counts) {
                for &first in &self.operations_of[process][..count as usize] {
                    order.add(first, then);
                }
            }
        }
        order.close();
        order
    }
}

/// When the operations of a history run, in as few instants as can be. What never completes is drawn to the end.
fn intervals(history: &History) -> Intervals {
    let compact = history.compact();
    let operations = compact.operations();
    let end = operations.iter().flat_map(|op| [Some(op.invoked), op.completed]).flatten().max();
    let interval = |op: &Operation| (op.invoked, op.completed.or(end).unwrap_or(op.invoked));
    operations.iter().map(interval).collect()
}

/// A history of a scenario without the precedence of reads over writes, but for what is enforced or follows from the rest: as readers
/// know it, who look at the clock, while writers do not. It meets the same models, because nothing reads from the future.
///
/// To compare what is explored here with histories that were recorded by another clock.
#[must_use]
pub fn as_readers_know(scenario: &Scenario, history: &History) -> History {
    if scenario.precedence() == scenario::Precedence::Drawn {
        return history.compact();
    }
    let operations = history.operations();
    let mut known = ClockPlan::new(scenario).enforced;
    for (first, then) in history.precedence() {
        if operations[first].is_write() || !operations[then].is_write() {
            known.add(first, then);
        }
    }
    known.close();
    let times = known
        .in_time(operations)
        .expect("the operations of a history run in time");
    timed(history, operations.to_vec(), &times)
}

//! The clock: how an execution tells which operation precedes which.
//!
//! Under a weak memory an operation precedes another one if its completion *happens before* the invocation of the
//! other, and a clock that told more would order what the register leaves unordered (see [`histories::record`]). One
//! counter that everybody increments, as on real threads, is such a clock, but it makes every two operations depend on
//! each other, so that loom has to try them in both orders. This one costs far less:
//!
//! * every process counts its completed operations in a word of its own, by a Release store;
//! * an invocation loads the words of the others, with Acquire, and so learns how many of their operations precede it.
//!
//! **It tells no less.** Whatever the counter tells in some execution, the words tell in the same execution if all
//! loads return the latest value.
//!
//! **It tells no more.** A load may also return an older count, and the loads of an invocation do not fall on one
//! moment. So what is known may be no order in time: a precedes b, c precedes d, and neither does a precede d nor c
//! precede b. Such an execution does not count. But if the known order is one in time, then the same accesses in the
//! same order are an execution with the counter: put its increments between the accesses as that order says. What is
//! known precedes has been acquired in both, and nothing else is by the counter.
//!
//! **It looks only where it matters.** Nobody looks at what is enforced anyway. Whether a read precedes a *write* says
//! nothing of what either may return, because no memory here reads from the future. It only matters for what follows
//! from it: if the write has predecessors, and the read may be followed by a read. And nobody counts what nobody looks
//! at.

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

        let recorded = scenario.precedence() == scenario::Precedence::Recorded;
        let open = |first: usize, then: usize| {
            process_of[first] != process_of[then] && !enforced.comparable(first, then)
        };
        let is_write = |at: usize| operations[at].is_write();
        let has_predecessors = |at: usize| all.clone().any(|first| enforced.holds(first, at));
        let may_precede_a_read = |first: usize| {
            let follows = |then: usize| enforced.holds(first, then) || open(first, then);
            all.clone().any(|then| !is_write(then) && follows(then))
        };
        // Whether the invocation of `then` has to find out if `first` precedes it.
        let matters = |first: usize, then: usize| {
            let matters = is_write(first)
                || !is_write(then)
                || (has_predecessors(then) && may_precede_a_read(first));
            recorded && open(first, then) && matters
        };
        let look = |then: usize| {
            let processes = 0..processes.len();
            let seen = |it: &usize| operations_of[*it].iter().any(|&first| matters(first, then));
            processes.filter(seen).collect()
        };
        let count = |first: usize| {
            let own = &operations_of[process_of[first]];
            let completed = own.iter().take_while(|&&at| at <= first).count() as u64;
            let anybody_looks = all.clone().any(|then| matters(first, then));
            anybody_looks.then_some(completed)
        };
        Self {
            looks: all.clone().map(look).collect(),
            counts: all.clone().map(count).collect(),
            enforced,
            operations_of,
            drawn: (!recorded).then(|| intervals(history)),
        }
    }

    /// When the operations run, given the counts that each invocation found; `None` if that is no order in time.
    pub(crate) fn times(&self, found: &[Vec<u64>]) -> Option<Intervals> {
        match &self.drawn {
            Some(drawn) => Some(drawn.clone()),
            None => self.precedence(found).in_time(),
        }
    }

    /// What is known to precede what.
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
    let end = operations
        .iter()
        .flat_map(|op| [Some(op.invoked), op.completed])
        .flatten()
        .max();
    let interval = |op: &Operation| (op.invoked, op.completed.or(end).unwrap_or(op.invoked));
    operations.iter().map(interval).collect()
}

/// A history of a scenario as far as the clock looks: without such precedence of reads over writes as says nothing of
/// what they may return. It meets the same models.
///
/// To compare what is explored here with histories that were recorded by another clock.
#[must_use]
pub fn as_far_as_it_matters(scenario: &Scenario, history: &History) -> History {
    let plan = ClockPlan::new(scenario);
    if plan.drawn.is_some() {
        return history.compact();
    }
    let mut known = plan.enforced.clone();
    for (first, then) in history.precedence() {
        let looks = |&process: &usize| plan.operations_of[process].contains(&first);
        if plan.counts[first].is_some() && plan.looks[then].iter().any(looks) {
            known.add(first, then);
        }
    }
    known.close();
    let times = known
        .in_time()
        .expect("the order of a history is one in time");
    timed(history, history.operations().to_vec(), &times)
}

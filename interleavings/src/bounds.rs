//! Is it wait-free? How many steps of its own an operation takes (Herlihy, *Wait-free synchronization*, 1991).
//!
//! A step is an access to a word, or the taking or freeing of a lock. Two bounds for reads and for writes each:
//!
//! * **alone**: from any state that can be reached, in the middle of whatever others were doing, the process runs and
//!   the others stand still. A register that has this bound is *obstruction-free*: nobody who stops, stops it.
//! * **among others**: everybody runs. A register that has this bound is *wait-free*.
//!
//! The first is the longest way through the steps of one process in the graph of states. For the second the longest way
//! would mislead, because a scenario is finite, and so are the retries that its writes can cause: an operation that has
//! to start again, or waits for a lock, has no bound, because more writes would make it start again more often.

use std::fmt;

use crate::executions::Order;
use crate::graph::Graph;
use crate::machine::Machine;
use crate::memory::Request;

/// How many steps of its own an operation takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound {
    /// This many.
    Steps(usize),
    /// There is no bound.
    Unbounded,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps(steps) => f.pad(&steps.to_string()),
            Self::Unbounded => f.pad("unbounded"),
        }
    }
}

/// The bounds of one kind of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepBounds {
    /// When the others stand still: to the end of the operation, from wherever it is.
    pub alone: Bound,
    /// When everybody runs.
    pub among_others: Bound,
}

/// The bounds of a register, as far as a scenario tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Of its reads.
    pub read: StepBounds,
    /// Of its writes.
    pub write: StepBounds,
}

pub(crate) fn bounds(machine: &Machine<'_>, graph: &Graph, order: &Order) -> Bounds {
    let none = StepBounds {
        alone: Bound::Steps(0),
        among_others: Bound::Steps(0),
    };
    let mut bounds = Bounds {
        read: none,
        write: none,
    };
    for process in 0..machine.scene().lanes.len() {
        let writes = |nth: usize| {
            let lane = &machine.scene().lanes[process];
            machine.scene().operations.operations()[lane[nth]].is_write()
        };
        let mut raise = |nth: usize, alone: Option<Bound>, among_others: Option<Bound>| {
            let of = if writes(nth) {
                &mut bounds.write
            } else {
                &mut bounds.read
            };
            of.alone = of.alone.max(alone.unwrap_or(of.alone));
            of.among_others = of.among_others.max(among_others.unwrap_or(of.among_others));
        };
        for node in machine.automata()[process].nodes() {
            match node.wants {
                Request::Relax | Request::Take(_) => raise(node.nth, None, Some(Bound::Unbounded)),
                Request::End(_) => raise(node.nth, None, Some(Bound::Steps(node.steps))),
                _ => {}
            }
        }
        for (state, bound) in alone(machine, graph, order, process) {
            let node = machine.node(graph.states.get(state), process);
            raise(node.nth, Some(bound), None);
        }
    }
    bounds
}

/// From each state in which `process` is within an operation, how many steps it takes to the end of it, if only
/// `process` steps.
fn alone(machine: &Machine<'_>, graph: &Graph, order: &Order, process: usize) -> Vec<(u32, Bound)> {
    let node = |state: u32| machine.node(graph.states.get(state), process);
    let mut left = vec![Bound::Steps(0); graph.len()];
    let mut found = Vec::new();
    // Backwards, so that what a step leads to is known.
    for &state in order.states.iter().rev() {
        let here = node(state);
        if !here.in_operation() || matches!(here.wants, Request::End(_)) {
            continue;
        }
        let nth = here.nth;
        let mine = graph
            .steps(state)
            .iter()
            .filter(|edge| edge.process() == process);
        let bound = mine.map(|&edge| {
            if order.is_detour(state, edge) {
                // It may read the same old messages again, as often as it likes.
                return Bound::Unbounded;
            }
            let there = node(edge.target);
            let over = there.nth != nth || !there.in_operation();
            let further = if over {
                Bound::Steps(0)
            } else {
                left[edge.target as usize]
            };
            match further {
                Bound::Steps(steps) => Bound::Steps(steps + usize::from(edge.is_access())),
                Bound::Unbounded => Bound::Unbounded,
            }
        });
        // Without a step it waits, and nobody comes.
        left[state as usize] = bound.max().unwrap_or(Bound::Unbounded);
        found.push((state, left[state as usize]));
    }
    found
}

//! Who waits for whom: how many steps of its own an operation takes, and whether anything can keep it from its end.
//!
//! A step is an access to a word, or the taking or freeing of a lock. From the graph of states follow, for reads and for
//! writes each (Herlihy and Shavit, *On the nature of progress*, 2011):
//!
//! | guarantee | an execution takes it away if in it |
//! |---|---|
//! | wait-free | others make the operation start again, or wait for a lock |
//! | lock-free | operations make each other start again for ever, and none completes: a circle of states |
//! | obstruction-free | the operation does not complete by itself, though all others have stopped |
//!
//! An operation that lacks the last one is *blocking*. Each finding has its schedule.
//!
//! * **Alone** is the bound on steps from any state that can be reached, in the middle of whatever others were doing, if
//!   the process runs and the others stand still: the longest way through its own steps.
//! * **Among others** everybody runs. There the longest way would mislead, because a scenario is finite, and so are the
//!   retries that its operations can cause: an operation that has to start again, or waits for a lock, has no bound,
//!   because more operations of others would make it start again more often. A loop that carries on with what it has
//!   found, instead of starting again, takes more steps the more there are: that shows from one scenario to the next.

use std::fmt;

use registers::Guarantee;

use crate::atlas::Request;
use crate::executions::Order;
use crate::graph::Graph;
use crate::machine::Machine;

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
    /// Whether operations can make each other start again for ever.
    pub livelock: bool,
}

impl StepBounds {
    /// Of an operation that takes no steps.
    pub const NONE: Self = Self {
        alone: Bound::Steps(0),
        among_others: Bound::Steps(0),
        livelock: false,
    };

    /// What is true in either of two scenarios.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            alone: self.alone.max(other.alone),
            among_others: self.among_others.max(other.among_others),
            livelock: self.livelock || other.livelock,
        }
    }

    /// The strongest guarantee that nothing contradicts.
    pub fn guarantee(self) -> Guarantee {
        match self {
            Self {
                alone: Bound::Unbounded,
                ..
            } => Guarantee::Blocking,
            Self { livelock: true, .. } => Guarantee::ObstructionFree,
            Self {
                among_others: Bound::Unbounded,
                ..
            } => Guarantee::LockFree,
            Self { .. } => Guarantee::WaitFree,
        }
    }
}

/// The bounds of a register, as far as a scenario tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Of its reads.
    pub read: StepBounds,
    /// Of its writes.
    pub write: StepBounds,
}

impl Bounds {
    /// Of operations that take no steps.
    pub const NONE: Self = Self {
        read: StepBounds::NONE,
        write: StepBounds::NONE,
    };

    /// What is true in either of two scenarios.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            read: self.read.and(other.read),
            write: self.write.and(other.write),
        }
    }

    fn of(&mut self, is_write: bool) -> &mut StepBounds {
        if is_write {
            &mut self.write
        } else {
            &mut self.read
        }
    }
}

/// A way through the states that shows why an operation is kept from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waits {
    /// Whether it is a write.
    pub(crate) is_write: bool,
    /// What it takes away.
    pub(crate) lacks: Guarantee,
    /// The state that it leads to.
    pub(crate) state: u32,
    /// Who waits there.
    pub(crate) process: usize,
}

pub(crate) fn bounds(machine: &Machine<'_>, graph: &Graph, order: &Order) -> (Bounds, Vec<Waits>) {
    let mut bounds = Bounds::NONE;
    let mut waits: Vec<Waits> = Vec::new();
    for process in 0..machine.processes.lanes.len() {
        let lane = &machine.processes.lanes[process];
        let operations = machine.processes.operations.operations();
        let is_write = |nth: usize| operations[lane[nth]].is_write();
        let automaton = machine.automaton(process);
        for node in automaton.nodes() {
            let bound = match &node.wants {
                Request::Take(..) => Bound::Unbounded,
                Request::End(_) => Bound::Steps(node.steps),
                _ if restarts(machine, process, node) => Bound::Unbounded,
                _ => continue,
            };
            let of = bounds.of(is_write(node.nth));
            of.among_others = of.among_others.max(bound);
        }
        for (state, bound) in alone(machine, graph, process) {
            let node = machine.node(graph.states.get(state), process);
            let of = bounds.of(is_write(node.nth));
            if bound == Bound::Unbounded && of.alone != Bound::Unbounded {
                waits.push(Waits {
                    is_write: is_write(node.nth),
                    lacks: Guarantee::ObstructionFree,
                    state,
                    process,
                });
            }
            of.alone = of.alone.max(bound);
        }
    }
    for (state, process) in livelocks(machine, graph, order) {
        let node = machine.node(graph.states.get(state), process);
        let operation = machine.processes.lanes[process][node.nth];
        let is_write = machine.processes.operations.operations()[operation].is_write();
        let of = bounds.of(is_write);
        if !of.livelock {
            waits.push(Waits {
                is_write,
                lacks: Guarantee::LockFree,
                state,
                process,
            });
        }
        of.livelock = true;
    }
    (bounds, waits)
}

/// Whether an operation starts again at this node.
fn restarts(machine: &Machine<'_>, process: usize, node: &crate::automaton::Node) -> bool {
    let automaton = machine.automaton(process);
    let goes_back = |&(_, target): &(_, u32)| automaton.node(target).steps <= node.steps;
    matches!(node.wants, Request::Relax(_))
        && node.attempt.is_some()
        && node.edges().iter().any(goes_back)
}

/// From each state in which `process` is within an operation, how many steps it takes to the end of it, if only
/// `process` steps.
fn alone(machine: &Machine<'_>, graph: &Graph, process: usize) -> Vec<(u32, Bound)> {
    const UNKNOWN: u32 = u32::MAX;
    const UNDER_WAY: u32 = u32::MAX - 1;
    const UNBOUNDED: u32 = u32::MAX - 2;
    let within = |state: u32| {
        let reached = graph.states.get(state);
        let here = machine.node(reached, process);
        let is_within = here.in_operation()
            && !matches!(here.wants, Request::End(_))
            && machine.failure(reached).is_none();
        is_within.then_some(here.nth as u32)
    };
    // Which operation the process is within in each state.
    let within: Vec<Option<u32>> = graph.all().map(within).collect();
    let mut left = vec![UNKNOWN; graph.len()];
    let mut found = Vec::new();
    // Depth first, without recursion: a state, with the number of its steps that have been followed.
    let mut way: Vec<(u32, usize)> = Vec::new();
    for start in graph.all() {
        if within[start as usize].is_none() {
            continue;
        }
        way.push((start, 0));
        while let Some(&mut (state, ref mut followed)) = way.last_mut() {
            let at = state as usize;
            if left[at] < UNDER_WAY {
                way.pop();
                continue;
            }
            if left[at] == UNKNOWN {
                left[at] = UNDER_WAY;
            }
            let mine = graph.steps_of(state, process);
            let is_over = |target: u32| within[target as usize] != within[at];
            if let Some(edge) = mine.get(*followed) {
                *followed += 1;
                let target = edge.target;
                if is_over(target) {
                    continue;
                }
                match left[target as usize] {
                    UNKNOWN => way.push((target, 0)),
                    // It comes back to where it was: it can go around as often as it likes.
                    UNDER_WAY => left[at] = UNBOUNDED,
                    _ => {}
                }
                continue;
            }
            // Without a step it waits, and nobody comes.
            let mut bound = if mine.is_empty() { UNBOUNDED } else { 0 };
            for edge in mine {
                let further = if is_over(edge.target) {
                    0
                } else {
                    left[edge.target as usize]
                };
                bound = match further {
                    UNDER_WAY | UNBOUNDED => UNBOUNDED,
                    steps => bound.max(steps + u32::from(edge.is_access())),
                };
                if bound == UNBOUNDED {
                    break;
                }
            }
            left[at] = bound;
            way.pop();
        }
        let bound = match left[start as usize] {
            UNBOUNDED | UNDER_WAY => Bound::Unbounded,
            steps => Bound::Steps(steps as usize),
        };
        found.push((start, bound));
    }
    found
}

/// States of circles in which no operation completes, each with who steps there.
fn livelocks(machine: &Machine<'_>, graph: &Graph, order: &Order) -> Vec<(u32, usize)> {
    // Nothing completes on a circle, because what is complete stays so.
    let mut found = Vec::new();
    if !order.has_circles() {
        return found;
    }
    for state in graph.all() {
        for &edge in graph.steps(state) {
            let node = || machine.node(graph.states.get(state), edge.process());
            if order.is_on_circle(state, edge) && node().in_operation() {
                found.push((state, edge.process()));
            }
        }
    }
    found
}

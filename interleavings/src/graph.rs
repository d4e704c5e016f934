//! Every state that can be reached, and every step between them.
//!
//! States are visited in the order in which they are met, breadth first, so each is visited once and its steps lie
//! together.

use std::time::{Duration, Instant};

use crate::interrupt::{INTERRUPTED, is_interrupted};
use crate::machine::Machine;
use crate::processes::Fault;
use crate::table::Table;

/// When to stop before everything is explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At this many states.
    pub states: usize,
    /// When states and steps take this many bytes.
    pub bytes: usize,
    /// After this time. A verdict that depends on it depends on how busy the machine is.
    pub time: Duration,
    /// Only executions with at most this many preemptions: steps of another process while the one that made the last
    /// access is in the middle of an operation and could go on. This proves nothing about the other executions.
    pub preemptions: Option<usize>,
}

impl Default for Limits {
    /// Ten million states, 2 GiB, ten minutes, any number of preemptions.
    fn default() -> Self {
        Self {
            states: 10_000_000,
            bytes: 2 << 30,
            time: Duration::from_secs(600),
            preemptions: None,
        }
    }
}

impl Limits {
    /// Why to stop, if it is time to.
    pub(crate) fn spent(&self, states: usize, bytes: usize, begun: Instant) -> Option<String> {
        if states > self.states {
            return Some(format!("stopped at {} states", self.states));
        }
        if bytes > self.bytes {
            let megabytes = self.bytes >> 20;
            return Some(format!(
                "stopped at {states} states, which take {megabytes} MiB of memory"
            ));
        }
        // Neither the clock nor the user is asked for each state.
        if !states.is_multiple_of(64) {
            return None;
        }
        if is_interrupted() {
            return Some(INTERRUPTED.to_owned());
        }
        (begun.elapsed() > self.time)
            .then(|| format!("stopped after {} s", self.time.as_secs_f64()))
    }
}

/// A step from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) target: u32,
    process: u16,
    flags: u16,
}

const STALE: u16 = 1;
const ACCESS: u16 = 2;
const RESTART: u16 = 4;

impl Edge {
    /// Who steps.
    pub(crate) fn process(self) -> usize {
        usize::from(self.process)
    }

    /// Whether it is a load that returns a value which is not the latest.
    pub(crate) fn is_stale(self) -> bool {
        self.flags & STALE != 0
    }

    /// Whether it accesses a word or a lock.
    pub(crate) fn is_access(self) -> bool {
        self.flags & ACCESS != 0
    }

    /// Whether an attempt fails in it and starts again.
    pub(crate) fn is_restart(self) -> bool {
        self.flags & RESTART != 0
    }
}

/// The states and steps.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) states: Table,
    edges: Vec<Edge>,
    /// Where the edges of each state end.
    ends: Vec<usize>,
}

impl Graph {
    /// Explores. The second result says why it was cut short, if it was. `progress` is told, now and then, how many states
    /// were visited.
    pub(crate) fn explore(
        machine: &mut Machine<'_>,
        limits: &Limits,
        progress: &mut dyn FnMut(u64),
    ) -> (Self, Option<Fault>) {
        let mut graph = Self::default();
        let cut_short = graph.visit_all(machine, limits, progress).err();
        graph.ends.resize(graph.states.len(), graph.edges.len());
        (graph, cut_short)
    }

    fn visit_all(
        &mut self,
        machine: &mut Machine<'_>,
        limits: &Limits,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Fault> {
        let begun = Instant::now();
        let start = machine.start()?;
        self.states.number(&start.state);
        let processes = machine.processes.lanes.len();
        let mut found = Vec::new();
        let mut state = Vec::new();
        while self.ends.len() < self.states.len() {
            let visited = self.ends.len();
            if let Some(reason) = limits.spent(visited, self.bytes(), begun) {
                return Err(reason.into());
            }
            if visited.is_multiple_of(4096) {
                progress(visited as u64);
            }
            state.clear();
            state.extend_from_slice(self.states.get(visited as u32));
            for process in 0..processes {
                found.clear();
                machine.steps(&state, process, false, &mut found)?;
                for successor in &found {
                    let target = self.states.number(&successor.state);
                    let flag = |set, flag| if set { flag } else { 0 };
                    self.edges.push(Edge {
                        target,
                        process: process as u16,
                        flags: flag(successor.stale, STALE)
                            | flag(successor.access, ACCESS)
                            | flag(successor.restarted, RESTART),
                    });
                }
            }
            self.ends.push(self.edges.len());
        }
        Ok(())
    }

    /// How many states there are.
    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    fn bytes(&self) -> usize {
        self.states.bytes() + self.edges.len() * size_of::<Edge>() + self.ends.len() * 8
    }

    /// The steps from a state: none where executions end, and none where the exploration was cut short.
    #[inline]
    pub(crate) fn steps(&self, state: u32) -> &[Edge] {
        let state = state as usize;
        let start = state.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.edges[start..self.ends[state]]
    }

    /// Those that a process takes, which lie together.
    #[inline]
    pub(crate) fn steps_of(&self, state: u32, process: usize) -> &[Edge] {
        let steps = self.steps(state);
        let from = steps.partition_point(|edge| edge.process() < process);
        let to = steps.partition_point(|edge| edge.process() <= process);
        &steps[from..to]
    }

    /// The numbers of all states.
    pub(crate) fn all(&self) -> std::ops::Range<u32> {
        0..self.len() as u32
    }
}

//! Every state that can be reached, and every step between them.
//!
//! States are visited in the order in which they are met, breadth first, so each is visited once and its steps lie
//! together.

use std::time::{Duration, Instant};

use crate::interrupt::{INTERRUPTED, is_interrupted};
use crate::table::Table;
use crate::world::{Move, World};

/// When to stop before everything is explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At this many states.
    pub states: usize,
    /// When states, steps and what is known of the processes take this many bytes.
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
            .then(|| format!("stopped after {:.1} s", self.time.as_secs_f64()))
    }
}

/// A step from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The state that it leads to.
    pub target: u32,
    process: u16,
    flags: u16,
}

const STALE: u16 = 1;
const ACCESS: u16 = 2;
const RESTART: u16 = 4;

impl Edge {
    /// Who steps.
    #[must_use]
    pub fn process(self) -> usize {
        usize::from(self.process)
    }

    /// Whether it is a load that returns a value which is not the latest.
    #[must_use]
    pub fn is_stale(self) -> bool {
        self.flags & STALE != 0
    }

    /// Whether it accesses a word or a lock.
    #[must_use]
    pub fn is_access(self) -> bool {
        self.flags & ACCESS != 0
    }

    /// Whether an attempt fails in it and starts again.
    #[must_use]
    pub fn is_restart(self) -> bool {
        self.flags & RESTART != 0
    }
}

/// The states and steps.
#[derive(Debug, Default)]
pub struct Graph {
    pub(crate) states: Table,
    edges: Vec<Edge>,
    /// Where the edges of each state end.
    ends: Vec<usize>,
}

impl Graph {
    /// Explores. The second result says why it was cut short, if it was. `progress` is told, now and then, how many states
    /// were visited.
    pub fn explore<W: World>(
        world: &mut W,
        limits: &Limits,
        progress: &mut dyn FnMut(u64),
    ) -> (Self, Option<W::Fault>) {
        let mut graph = Self::default();
        let cut_short = graph.visit_all(world, limits, progress).err();
        graph.ends.resize(graph.states.len(), graph.edges.len());
        (graph, cut_short)
    }

    fn visit_all<W: World>(
        &mut self,
        world: &mut W,
        limits: &Limits,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), W::Fault> {
        let begun = Instant::now();
        self.states.number(&world.first()?);
        let processes = world.processes();
        let mut found = Vec::new();
        let mut state = Vec::new();
        while self.ends.len() < self.states.len() {
            let visited = self.ends.len();
            if let Some(reason) = limits.spent(visited, self.bytes() + world.bytes(), begun) {
                return Err(reason.into());
            }
            if visited.is_multiple_of(4096) {
                progress(visited as u64);
            }
            state.clear();
            state.extend_from_slice(self.states.get(visited as u32));
            if world.is_enough(&state)? {
                return Ok(());
            }
            for process in 0..processes {
                world.moves(&state, process, &mut found)?;
                for Move {
                    state,
                    stale,
                    access,
                    restarted,
                } in found.drain(..)
                {
                    let target = self.states.number(&state);
                    let flag = |set, flag| if set { flag } else { 0 };
                    self.edges.push(Edge {
                        target,
                        process: process as u16,
                        flags: flag(stale, STALE) | flag(access, ACCESS) | flag(restarted, RESTART),
                    });
                }
            }
            self.ends.push(self.edges.len());
        }
        Ok(())
    }

    /// How many states there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The state with this number.
    #[must_use]
    pub fn state(&self, number: u32) -> &[u16] {
        self.states.get(number)
    }

    fn bytes(&self) -> usize {
        self.states.bytes() + self.edges.len() * size_of::<Edge>() + self.ends.len() * 8
    }

    /// The steps from a state: none where executions end, and none where the exploration was cut short.
    #[inline]
    #[must_use]
    pub fn steps(&self, state: u32) -> &[Edge] {
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

    /// The numbers of all states. The execution begins in number 0.
    pub fn all(&self) -> std::ops::Range<u32> {
        0..self.len() as u32
    }
}

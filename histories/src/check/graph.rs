//! The graph on which the models beyond real time rest: what has to come before what, and why.
//!
//! Its nodes are operations. An operation comes after the one before it on its process, and after the write that it read
//! from. More follows from what is read: if an operation reads from write A, and write B of the same register comes
//! before it, then B comes before A, or it would have overwritten A; and if B comes after A, it comes after the
//! operation. All this holds in an order exactly if the graph has no cycle.
//!
//! *Vector clocks* tell what comes before an operation: how many operations of each process do. They take time and
//! memory O(operations x processes), and are computed anew after each round of conclusions.

use super::events::{Events, NEVER};
use super::paths::{bucket, shortest};
use super::sources;

/// The source of an operation that read nothing, or is left out.
pub(super) const NOTHING: u32 = NEVER;
/// The source of an operation that read the initial value.
pub(super) const INITIAL: u32 = NEVER - 1;

/// How many numbers all clocks together may hold.
const MEMORY: usize = 256 << 20;

/// How many nodes are looked at to explain the conclusions on a cycle, at most.
const EXPLAINED: usize = 50_000_000;

/// How many rounds of conclusions are drawn, at most.
const ROUNDS: usize = 64;

/// Why one operation comes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// They are of one process.
    Process,
    /// The second read from the first.
    ReadFrom,
    /// The first came before this operation, which read from the second.
    Overwritten(u32),
    /// The first read from this write, which came before the second; from the initial value if this is [`NEVER`].
    NotYet(u32),
    /// The second is in the graph of a session guarantee after the first, because of this operation.
    Session(u32),
}

/// One operation has to come before another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) why: Why,
}

/// What was found out.
#[derive(Clone, Debug)]
pub(super) enum Judged {
    Fits,
    Unknown {
        states: usize,
    },
    /// Operations, by their index among the events, that come before each other; and others that show why.
    Broken {
        cycle: Vec<Edge>,
        evidence: Vec<u32>,
    },
}

/// Some operations of a history, and what comes before what. Nodes have the order of the history.
pub(super) struct Graph<'a> {
    pub(super) events: &'a Events,
    /// What each operation read from.
    pub(super) source: &'a [u32],
    /// The operation of each node.
    pub(super) operation: Vec<u32>,
    node: Vec<u32>,
    /// The first node of each process, and behind the last one.
    lanes: Vec<u32>,
    lane: Vec<u32>,
    /// The nodes that write, of each process and register.
    writes: Vec<Vec<u32>>,
    /// What is known beyond the order of the processes, in the order in which it was found.
    edges: Vec<Edge>,
}

/// The numbers of the edges from each node, bucket by bucket, and where each bucket starts.
type Leaving = (Vec<u32>, Vec<u32>);

/// For each node how many of each process come before it or are it.
pub(super) struct Clocks {
    all: Vec<u32>,
    width: usize,
}

impl Clocks {
    fn of(&self, node: u32) -> &[u32] {
        &self.all[node as usize * self.width..][..self.width]
    }
}

impl<'a> Graph<'a> {
    /// Everything that took effect; an operation comes after its source if `reads` says so of its process. What only
    /// reads is left out where this is not so, since nothing follows from it. `None` if something read what did not take
    /// effect, or if there is too much to remember.
    pub(super) fn new(
        events: &'a Events,
        source: &'a [u32],
        reads: impl Fn(u32) -> bool,
    ) -> Option<Self> {
        let counts = sources::took_effect(events, source)?;
        let matters = |at: usize| reads(events.process[at]) || events.written(at).is_some();
        let operation: Vec<u32> = (0..events.len() as u32)
            .filter(|&at| counts[at as usize] && matters(at as usize))
            .collect();
        if operation.len() * events.processes > MEMORY {
            return None;
        }
        let mut node = vec![NEVER; events.len()];
        let mut lanes = vec![0; events.processes + 1];
        let mut lane = Vec::with_capacity(operation.len());
        let registers = events.initial.len();
        let mut writes = vec![Vec::new(); registers * events.processes];
        for (number, &at) in operation.iter().enumerate() {
            node[at as usize] = number as u32;
            let process = events.process[at as usize];
            lane.push(process);
            lanes[process as usize + 1] = number as u32 + 1;
            if events.written(at as usize).is_some() {
                let list = process as usize * registers + events.register(at as usize);
                writes[list].push(number as u32);
            }
        }
        for process in 0..events.processes {
            lanes[process + 1] = lanes[process + 1].max(lanes[process]);
        }
        let edges = operation.iter().enumerate().filter_map(|(to, &at)| {
            let from = source[at as usize];
            (from < INITIAL && reads(events.process[at as usize])).then(|| Edge {
                from: node[from as usize],
                to: to as u32,
                why: Why::ReadFrom,
            })
        });
        let edges = edges.collect();
        Some(Self {
            events,
            source,
            operation,
            node,
            lanes,
            lane,
            writes,
            edges,
        })
    }

    fn len(&self) -> usize {
        self.operation.len()
    }

    fn register(&self, node: u32) -> usize {
        self.events.register(self.operation[node as usize] as usize)
    }

    fn source(&self, node: u32) -> u32 {
        match self.source[self.operation[node as usize] as usize] {
            from if from < INITIAL => self.node[from as usize],
            none => none,
        }
    }

    /// Whether one node comes before another, or is it.
    fn before(&self, clocks: &Clocks, a: u32, b: u32) -> bool {
        let lane = self.lane[a as usize] as usize;
        clocks.of(b)[lane] > a - self.lanes[lane]
    }

    /// The clocks, or a cycle.
    pub(super) fn clocks(&self) -> Result<Clocks, Judged> {
        let width = self.events.processes.max(1);
        let length = self.len();
        let mut missing = vec![0_u32; length];
        let (incoming, starts_in) = bucket(length, self.edges.iter().map(|edge| edge.to));
        let (outgoing, starts_out) = bucket(length, self.edges.iter().map(|edge| edge.from));
        for node in 0..length {
            let first = self.lanes[self.lane[node] as usize] as usize == node;
            missing[node] = starts_in[node + 1] - starts_in[node] + u32::from(!first);
        }
        let mut clocks = vec![0_u32; length * width];
        let mut ready: Vec<u32> = (0..length as u32)
            .filter(|&at| missing[at as usize] == 0)
            .collect();
        let mut done = 0;
        while let Some(node) = ready.pop() {
            done += 1;
            let at = node as usize;
            let lane = self.lane[at] as usize;
            let mut merge = |from: usize| {
                let (low, high) = (from.min(at), from.max(at));
                let (left, right) = clocks.split_at_mut(high * width);
                let (low, high) = (&mut left[low * width..][..width], &mut right[..width]);
                let (own, other): (&mut [u32], &[u32]) = match from < at {
                    true => (high, low),
                    false => (low, high),
                };
                for (own, other) in own.iter_mut().zip(other) {
                    *own = (*own).max(*other);
                }
            };
            if self.lanes[lane] < node {
                merge(at - 1);
            }
            for &from in &incoming[starts_in[at] as usize..starts_in[at + 1] as usize] {
                merge(self.edges[from as usize].from as usize);
            }
            clocks[at * width + lane] = node - self.lanes[lane] + 1;
            let next = (node + 1 < self.lanes[lane + 1]).then_some(node + 1);
            let after = &outgoing[starts_out[at] as usize..starts_out[at + 1] as usize];
            let after = after.iter().map(|&edge| self.edges[edge as usize].to);
            for next in after.chain(next) {
                missing[next as usize] -= 1;
                if missing[next as usize] == 0 {
                    ready.push(next);
                }
            }
        }
        match done == length {
            true => Ok(Clocks { all: clocks, width }),
            false => Err(self.cycle(&missing)),
        }
    }

    /// A cycle among the nodes that something is missing to.
    fn cycle(&self, missing: &[u32]) -> Judged {
        let mut into: Vec<u32> = vec![NEVER; self.len()];
        for (number, edge) in self.edges.iter().enumerate() {
            if missing[edge.from as usize] > 0 && missing[edge.to as usize] > 0 {
                into[edge.to as usize] = number as u32;
            }
        }
        let before = |node: u32| -> Edge {
            let first = self.lanes[self.lane[node as usize] as usize];
            if node > first && missing[node as usize - 1] > 0 {
                return Edge {
                    from: node - 1,
                    to: node,
                    why: Why::Process,
                };
            }
            self.edges[into[node as usize] as usize]
        };
        let mut seen = vec![false; self.len()];
        let start = missing.iter().position(|&missing| missing > 0);
        let mut node = start.expect("something is on a cycle") as u32;
        while !seen[node as usize] {
            seen[node as usize] = true;
            node = before(node).from;
        }
        // What was invoked first on the cycle is likely where an edge leads back in time. The cycle through it with the
        // fewest edges between processes is told, rather than any.
        let invoked = |node: u32| self.events.invoked[self.operation[node as usize] as usize];
        let (end, mut first) = (node, node);
        loop {
            node = before(node).from;
            if invoked(node) < invoked(first) {
                first = node;
            }
            if node == end {
                break;
            }
        }
        let leaving = bucket(self.len(), self.edges.iter().map(|edge| edge.from));
        let cycle = self.path(first, first, &leaving, self.edges.len());
        self.broken(cycle, &leaving)
    }

    /// A cycle of nodes, told in operations, with the operations that show why its edges are there. Each edge has its
    /// number, and rests on what was known before it.
    fn broken(&self, cycle: Vec<(Edge, usize)>, leaving: &Leaving) -> Judged {
        let mut nodes: Vec<u32> = Vec::new();
        let mut known = vec![false; self.len()];
        let mut open = cycle.clone();
        let mut work = 0;
        while let Some((edge, number)) = open.pop() {
            for node in [edge.from, edge.to] {
                if !std::mem::replace(&mut known[node as usize], true) {
                    nodes.push(node);
                    let from = self.source(node);
                    if from < INITIAL && !std::mem::replace(&mut known[from as usize], true) {
                        nodes.push(from);
                    }
                }
            }
            let path = match edge.why {
                Why::Process | Why::ReadFrom | Why::Session(_) | Why::NotYet(NEVER) => continue,
                Why::Overwritten(read) => (edge.from, read),
                Why::NotYet(write) => (write, edge.to),
            };
            work += self.len();
            if work > EXPLAINED {
                break;
            }
            open.extend(self.path(path.0, path.1, leaving, number));
        }
        let operation = |node: u32| self.operation[node as usize];
        let why = |why| match why {
            Why::Overwritten(node) => Why::Overwritten(operation(node)),
            Why::NotYet(node) if node != NEVER => Why::NotYet(operation(node)),
            Why::Session(node) => Why::Session(operation(node)),
            other => other,
        };
        Judged::Broken {
            cycle: cycle
                .into_iter()
                .map(|(edge, _)| Edge {
                    from: operation(edge.from),
                    to: operation(edge.to),
                    why: why(edge.why),
                })
                .collect(),
            evidence: nodes.into_iter().map(operation).collect(),
        }
    }

    /// A way with few jumps from one node to another, by the order of processes and by the edges with a number below
    /// `limit`; each edge with its number.
    fn path(&self, from: u32, to: u32, leaving: &Leaving, limit: usize) -> Vec<(Edge, usize)> {
        let (numbers, starts) = leaving;
        let way = shortest(self.len(), from, to, |node, step| {
            let lane = self.lane[node as usize] as usize;
            if node + 1 < self.lanes[lane + 1] {
                step(node + 1, false, NEVER);
            }
            let range = starts[node as usize] as usize..starts[node as usize + 1] as usize;
            for &number in &numbers[range] {
                if (number as usize) < limit {
                    step(self.edges[number as usize].to, true, number);
                }
            }
        });
        // Nodes that are only passed along a process are no evidence.
        let mut short: Vec<(Edge, usize)> = Vec::new();
        for (from, to, number) in way.unwrap_or_default() {
            match (short.last_mut(), number) {
                (Some((last, _)), NEVER) if last.why == Why::Process => last.to = to,
                (_, NEVER) => {
                    let why = Why::Process;
                    short.push((Edge { from, to, why }, 0));
                }
                (_, number) => {
                    let number = number as usize;
                    short.push((self.edges[number], number));
                }
            }
        }
        short
    }

    /// The last write of each process to the register of a node among those that come before it.
    fn last_before<'b>(&'b self, clocks: &'b Clocks, node: u32) -> impl Iterator<Item = u32> + 'b {
        let registers = self.events.initial.len();
        let register = self.register(node);
        let own = self.lane[node as usize] as usize;
        clocks
            .of(node)
            .iter()
            .enumerate()
            .filter_map(move |(lane, &count)| {
                let end = self.lanes[lane] + count - u32::from(lane == own);
                let writes = &self.writes[lane * registers + register];
                let before = writes.partition_point(|&write| write < end);
                before.checked_sub(1).map(|at| writes[at])
            })
    }

    /// The first write of each process to the register of a write among those that come after it.
    fn first_after<'b>(&'b self, clocks: &'b Clocks, write: u32) -> impl Iterator<Item = u32> + 'b {
        let registers = self.events.initial.len();
        let register = self.register(write);
        (0..self.lanes.len() - 1).filter_map(move |lane| {
            let writes = &self.writes[lane * registers + register];
            let after =
                writes.partition_point(|&next| next == write || !self.before(clocks, write, next));
            writes.get(after).copied().filter(|&next| next != write)
        })
    }

    /// Whether an operation reads a value that is overwritten before it.
    pub(super) fn overwritten(&self, clocks: &Clocks) -> Option<Judged> {
        (0..self.len() as u32).find_map(|node| {
            let source = self.source(node);
            if source == NOTHING {
                return None;
            }
            let by = self.last_before(clocks, node).find(|&write| {
                write != source && (source == INITIAL || self.before(clocks, source, write))
            })?;
            Some(self.stale(node, source, by))
        })
    }

    /// The violation of a read whose value was overwritten before it.
    fn stale(&self, read: u32, source: u32, by: u32) -> Judged {
        let leaving = bucket(self.len(), self.edges.iter().map(|edge| edge.from));
        let all = self.edges.len();
        let why = Why::Overwritten(read);
        if source == INITIAL {
            // The initial value has no operation: the cycle leads over the read.
            let (from, to) = (by, read);
            return self.broken(vec![(Edge { from, to, why }, all)], &leaving);
        }
        let (from, to) = (by, source);
        let mut cycle = self.path(source, by, &leaving, all);
        cycle.push((Edge { from, to, why }, all));
        self.broken(cycle, &leaving)
    }

    /// Draws the conclusions of what some processes read, round after round if `again` is set; with `both`, not only
    /// that what overwrites comes before, but also that what comes after is not seen yet.
    pub(super) fn conclude(
        &mut self,
        mut clocks: Clocks,
        own: impl Fn(u32) -> bool,
        both: bool,
        again: bool,
    ) -> Result<Clocks, Judged> {
        for _ in 0..ROUNDS {
            let mut found = Vec::new();
            for node in 0..self.len() as u32 {
                let source = self.source(node);
                if source == NOTHING || !own(self.lane[node as usize]) {
                    continue;
                }
                for write in self.last_before(&clocks, node) {
                    if source == INITIAL {
                        return Err(self.stale(node, source, write));
                    }
                    if write != source && !self.before(&clocks, write, source) {
                        let why = Why::Overwritten(node);
                        found.push(Edge {
                            from: write,
                            to: source,
                            why,
                        });
                    }
                }
                if !both {
                    continue;
                }
                let mut not_yet = |write: u32| {
                    if write != node && !self.before(&clocks, node, write) {
                        let why = Why::NotYet(if source == INITIAL { NEVER } else { source });
                        found.push(Edge {
                            from: node,
                            to: write,
                            why,
                        });
                    }
                };
                if source == INITIAL {
                    let registers = self.events.initial.len();
                    let register = self.register(node);
                    let firsts = self.writes.iter().skip(register).step_by(registers);
                    firsts
                        .filter_map(|writes| writes.first())
                        .for_each(|&write| not_yet(write));
                } else {
                    self.first_after(&clocks, source).for_each(not_yet);
                }
            }
            if found.is_empty() {
                return Ok(clocks);
            }
            self.edges.extend(found);
            clocks = self.clocks()?;
            if !again {
                return Ok(clocks);
            }
        }
        Err(Judged::Unknown { states: ROUNDS })
    }

    /// The edges beyond the order of processes, between operations.
    pub(super) fn edges(&self) -> impl Iterator<Item = (u32, u32)> {
        let operation = |node: u32| self.operation[node as usize];
        self.edges
            .iter()
            .map(move |edge| (operation(edge.from), operation(edge.to)))
    }
}

//! Contradictions told in few operations: a short cycle, and what shows why its steps are there.

use std::collections::HashSet;

use super::{Contradiction, Edge, Order, Why};
use crate::consistency::paths::{bucket, shortest};
use crate::consistency::reads_from::{INITIAL, OPEN};
use crate::events::{Kind, NEVER};

/// How many nodes are looked at to explain the conclusions on a cycle, at most.
const EXPLAINED: usize = 50_000_000;

/// The numbers of the edges from each node, bucket by bucket, and where each bucket starts.
type Leaving = (Vec<u32>, Vec<u32>);

impl Order<'_> {
    fn leaving(&self) -> Leaving {
        bucket(self.len(), self.edges.iter().map(|edge| edge.from))
    }

    /// A cycle among the nodes that something is missing to.
    pub(super) fn cycle(&self) -> Contradiction {
        let missing = &self.missing;
        let mut into: Vec<u32> = vec![NEVER; self.len()];
        for (number, edge) in (0..).zip(&self.edges) {
            if missing[edge.from as usize] > 0 && missing[edge.to as usize] > 0 {
                into[edge.to as usize] = number;
            }
        }
        let before = |node: u32| -> u32 {
            let first = self.lanes.starts[self.lanes.lane(node)];
            match node > first && missing[node as usize - 1] > 0 {
                true => node - 1,
                false => self.edges[into[node as usize] as usize].from,
            }
        };
        let mut seen = vec![false; self.len()];
        let start = missing.iter().position(|&missing| missing > 0);
        let mut node = start.expect("something is on a cycle") as u32;
        while !std::mem::replace(&mut seen[node as usize], true) {
            node = before(node);
        }
        // What was invoked first on the cycle is likely where an edge leads back in time. The cycle through it with the
        // fewest edges between processes is told, rather than any.
        let invoked = |node: u32| self.lanes.events.invoked[node as usize];
        let (end, mut first) = (node, node);
        loop {
            node = before(node);
            if invoked(node) < invoked(first) {
                first = node;
            }
            if node == end {
                break;
            }
        }
        let leaving = self.leaving();
        let cycle = self.path(first, first, &leaving, self.edges.len());
        self.explained(cycle, &leaving)
    }

    /// A cycle, with the operations that show why its edges are there. Each edge has its number, and rests on what was
    /// known before it.
    fn explained(&self, cycle: Vec<(Edge, usize)>, leaving: &Leaving) -> Contradiction {
        let mut evidence: Vec<u32> = Vec::new();
        let mut premises: Vec<u32> = Vec::new();
        let mut known = vec![false; self.len()];
        let mut explained = HashSet::new();
        let mut open = cycle.clone();
        let mut work = 0;
        while let Some((edge, number)) = open.pop() {
            for node in [edge.from, edge.to] {
                if !std::mem::replace(&mut known[node as usize], true) {
                    evidence.push(node);
                    let from = self.sources[node as usize];
                    if from < OPEN && !std::mem::replace(&mut known[from as usize], true) {
                        evidence.push(from);
                    }
                }
            }
            let path = match edge.why {
                Why::Process => continue,
                Why::ReadFrom => {
                    premises.push(edge.to);
                    continue;
                }
                Why::Session(read) => {
                    premises.push(read);
                    continue;
                }
                Why::Overwritten(read) => {
                    premises.push(read);
                    (edge.from, read)
                }
                Why::NotYet(write) => {
                    premises.push(edge.from);
                    if write == NEVER {
                        continue;
                    }
                    (write, edge.to)
                }
            };
            work += self.len();
            if work > EXPLAINED {
                // It rests on whatever was read.
                premises.extend(0..self.len() as u32);
                break;
            }
            if explained.insert((path, number)) {
                open.extend(self.path(path.0, path.1, leaving, number));
            }
        }
        // Whether a swap of unknown outcome wrote is told by what it found.
        let kinds = &self.lanes.events.kind;
        let open = evidence.iter().copied();
        premises.extend(open.filter(|&at| kinds[at as usize] == Kind::Indeterminate));
        premises.sort_unstable();
        premises.dedup();
        Contradiction {
            cycle: cycle.into_iter().map(|(edge, _)| edge).collect(),
            evidence,
            premises,
        }
    }

    /// A way with few jumps from one node to another, by the order of processes and by the edges with a number below
    /// `limit`; each edge with its number.
    fn path(&self, from: u32, to: u32, leaving: &Leaving, limit: usize) -> Vec<(Edge, usize)> {
        let (numbers, starts) = leaving;
        let way = shortest(self.len(), from, to, |node, step| {
            if node + 1 < self.lanes.starts[self.lanes.lane(node) + 1] {
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

    /// The contradiction of a read whose value was overwritten before it.
    pub(super) fn stale(&self, read: u32, source: u32, by: u32) -> Contradiction {
        let leaving = self.leaving();
        let all = self.edges.len();
        let why = Why::Overwritten(read);
        if source == INITIAL {
            // The initial value has no operation: the cycle leads over the read.
            let (from, to) = (by, read);
            return self.explained(vec![(Edge { from, to, why }, all)], &leaving);
        }
        let (from, to) = (by, source);
        let mut cycle = self.path(source, by, &leaving, all);
        cycle.push((Edge { from, to, why }, all));
        self.explained(cycle, &leaving)
    }
}

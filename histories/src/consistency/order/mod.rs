//! What has to come before what, and why: the graph on which the models beyond real time rest.
//!
//! Its nodes are operations. An operation comes after the one before it on its process, and after the write that it read
//! from. More follows from what is read: if an operation reads from write A, and write B of the same register comes
//! before it, then B comes before A, or it would have overwritten A; and if B comes after A, it comes after the
//! operation. All this holds in an order exactly if the graph has no cycle.
//!
//! What an operation read from may be open; then nothing follows from it. A contradiction names the operations whose
//! sources it rests on.
//!
//! *Vector clocks* tell what comes before an operation: how many operations of each process do. They take time and
//! memory O(operations x processes), and are computed anew after each round of conclusions.

mod explained;

use super::paths::bucket;
use super::reads_from::{INITIAL, NOTHING, OPEN, swapped};
use crate::budget::{Limit, Meter};
use crate::events::{Events, Kind, NEVER};

/// How many rounds of conclusions are drawn, at most, beside one for each operation of a short history.
const ROUNDS: usize = 64;

/// Why one operation comes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// They are of one process.
    Process,
    /// The second read from the first.
    ReadFrom,
    /// The first came before this operation, which read from the second; the second itself if it read the initial value.
    Overwritten(u32),
    /// The first read from this write, which came before the second; from the initial value if this is [`NEVER`].
    NotYet(u32),
    /// The second is a newer version than the first, because of this operation.
    Session(u32),
}

/// One operation has to come before another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) why: Why,
}

/// Operations that have to come before each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Contradiction {
    pub(super) cycle: Vec<Edge>,
    /// The operations on it, and those that show why they are in this order.
    pub(super) evidence: Vec<u32>,
    /// The operations on whose sources it rests.
    pub(super) premises: Vec<u32>,
}

/// Why no more conclusions are drawn.
#[derive(Clone, Debug)]
pub(super) enum End {
    Contradiction(Contradiction),
    Unknown,
}

impl From<Contradiction> for End {
    fn from(contradiction: Contradiction) -> Self {
        Self::Contradiction(contradiction)
    }
}

/// What is the same whatever was read from what.
pub(super) struct Lanes<'a> {
    pub(super) events: &'a Events,
    /// The first operation of each process, and behind the last one.
    starts: Vec<u32>,
    /// The operations that write, or may have written, of each register in the order of the history.
    writes: Vec<u32>,
    writes_starts: Vec<u32>,
}

impl<'a> Lanes<'a> {
    pub(super) fn new(events: &'a Events) -> Self {
        let mut starts = vec![0; events.processes + 1];
        for at in 0..events.len() {
            starts[events.process[at] as usize + 1] = at as u32 + 1;
        }
        for process in 0..events.processes {
            starts[process + 1] = starts[process + 1].max(starts[process]);
        }
        let writes = (0..events.len()).filter(|&at| events.written(at).is_some());
        let writes: Vec<u32> = writes.map(|at| at as u32).collect();
        let registers = events.initial.len();
        let of = writes.iter().map(|&at| events.register(at as usize) as u32);
        let (numbers, writes_starts) = bucket(registers, of);
        let writes = numbers
            .into_iter()
            .map(|number| writes[number as usize])
            .collect();
        Self {
            events,
            starts,
            writes,
            writes_starts,
        }
    }

    /// The operations of a process.
    pub(super) fn of(&self, process: usize) -> std::ops::Range<usize> {
        self.starts[process] as usize..self.starts[process + 1] as usize
    }

    pub(super) fn lane(&self, at: u32) -> usize {
        self.events.process[at as usize] as usize
    }

    fn writes_of(&self, register: usize) -> &[u32] {
        &self.writes
            [self.writes_starts[register] as usize..self.writes_starts[register + 1] as usize]
    }

    /// How many bytes the clocks take.
    pub(super) fn bytes(&self) -> usize {
        4 * self.events.len() * self.events.processes.max(1)
    }
}

/// The graph, for some sources.
pub(super) struct Order<'a> {
    pub(super) lanes: &'a Lanes<'a>,
    /// What each operation read from.
    sources: Vec<u32>,
    /// Whether each operation wrote, as far as is known.
    wrote: Vec<bool>,
    /// What is known beyond the order of the processes, in the order in which it was found.
    edges: Vec<Edge>,
    /// For each operation how many of each process come before it or are it.
    clocks: Vec<u32>,
    missing: Vec<u32>,
}

impl<'a> Order<'a> {
    pub(super) fn new(lanes: &'a Lanes<'a>) -> Self {
        Self {
            lanes,
            sources: Vec::new(),
            wrote: Vec::new(),
            edges: Vec::new(),
            clocks: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Takes other sources; an operation comes after its source if its process `knows` it.
    pub(super) fn read_from(&mut self, sources: &[u32], knows: impl Fn(usize) -> bool) {
        let events = self.lanes.events;
        self.sources.clear();
        self.sources.extend_from_slice(sources);
        self.wrote.clear();
        let wrote = |at: usize| match events.kind[at] {
            Kind::Indeterminate => swapped(events, at, sources[at]) == Some(true),
            _ => events.written(at).is_some(),
        };
        self.wrote.extend((0..events.len()).map(wrote));
        self.edges.clear();
        let read = (0..)
            .zip(sources)
            .filter(|&(to, &from)| from < OPEN && knows(self.lanes.lane(to)));
        let why = Why::ReadFrom;
        self.edges
            .extend(read.map(|(to, &from)| Edge { from, to, why }));
    }

    fn len(&self) -> usize {
        self.sources.len()
    }

    fn width(&self) -> usize {
        self.lanes.events.processes.max(1)
    }

    fn clock(&self, at: u32) -> &[u32] {
        let width = self.width();
        &self.clocks[at as usize * width..][..width]
    }

    /// Whether one operation comes before another, or is it.
    fn is_before(&self, a: u32, b: u32) -> bool {
        let lane = self.lanes.lane(a);
        self.clock(b)[lane] > a - self.lanes.starts[lane]
    }

    /// Computes the clocks anew.
    pub(super) fn set_clocks(&mut self) -> Result<(), Contradiction> {
        let (width, length) = (self.width(), self.len());
        let starts = &self.lanes.starts;
        let (incoming, starts_in) = bucket(length, self.edges.iter().map(|edge| edge.to));
        let (outgoing, starts_out) = bucket(length, self.edges.iter().map(|edge| edge.from));
        self.missing.clear();
        self.missing.resize(length, 0);
        let mut ready: Vec<u32> = Vec::new();
        for at in 0..length {
            let is_first = starts[self.lanes.lane(at as u32)] as usize == at;
            self.missing[at] = starts_in[at + 1] - starts_in[at] + u32::from(!is_first);
            if self.missing[at] == 0 {
                ready.push(at as u32);
            }
        }
        self.clocks.clear();
        self.clocks.resize(length * width, 0);
        let clocks = &mut self.clocks;
        let mut done = 0;
        while let Some(node) = ready.pop() {
            done += 1;
            let at = node as usize;
            let lane = self.lanes.lane(node);
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
            if starts[lane] < node {
                merge(at - 1);
            }
            for &from in &incoming[starts_in[at] as usize..starts_in[at + 1] as usize] {
                merge(self.edges[from as usize].from as usize);
            }
            clocks[at * width + lane] = node - starts[lane] + 1;
            let next = (node + 1 < starts[lane + 1]).then_some(node + 1);
            let after = &outgoing[starts_out[at] as usize..starts_out[at + 1] as usize];
            let after = after.iter().map(|&edge| self.edges[edge as usize].to);
            for next in after.chain(next) {
                self.missing[next as usize] -= 1;
                if self.missing[next as usize] == 0 {
                    ready.push(next);
                }
            }
        }
        match done == length {
            true => Ok(()),
            false => Err(self.cycle()),
        }
    }

    /// The last write of each process to the register of a node among those that come before it, itself left out.
    fn last_before<'b>(&'b self, node: u32) -> impl Iterator<Item = u32> + 'b {
        let register = self.lanes.events.register(node as usize);
        let writes = self.lanes.writes_of(register);
        let own = self.lanes.lane(node);
        let clock = self.clock(node).iter().enumerate();
        clock.filter_map(move |(lane, &count)| {
            let start = self.lanes.starts[lane];
            let end = start + count - u32::from(lane == own);
            if end == start {
                return None;
            }
            let before = writes.partition_point(|&write| write < end);
            let mut before = writes[..before].iter().rev().copied();
            let last = before.find(|&write| self.wrote[write as usize] || write < start)?;
            (last >= start).then_some(last)
        })
    }

    /// The first write of each process to the register of a write among those that come after it.
    fn first_after<'b>(&'b self, write: u32) -> impl Iterator<Item = u32> + 'b {
        let register = self.lanes.events.register(write as usize);
        (0..self.lanes.starts.len() - 1).filter_map(move |lane| {
            let writes = self.writes_in(register, lane);
            let after =
                writes.partition_point(|&next| next == write || !self.is_before(write, next));
            let mut after = writes[after..].iter().copied();
            after.find(|&next| next != write && self.wrote[next as usize])
        })
    }

    /// The writes to a register by one process.
    fn writes_in(&self, register: usize, lane: usize) -> &[u32] {
        let writes = self.lanes.writes_of(register);
        let (start, end) = (self.lanes.starts[lane], self.lanes.starts[lane + 1]);
        let place = |from: u32| writes.partition_point(|&write| write < from);
        &writes[place(start)..place(end)]
    }

    /// Whether an operation reads a value that is overwritten before it.
    pub(super) fn overwritten(&self) -> Result<(), Contradiction> {
        for node in 0..self.len() as u32 {
            let source = self.sources[node as usize];
            if source == NOTHING || source == OPEN {
                continue;
            }
            let mut last = self.last_before(node);
            let by = last.find(|&write| {
                write != source && (source == INITIAL || self.is_before(source, write))
            });
            if let Some(by) = by {
                return Err(self.stale(node, source, by));
            }
        }
        Ok(())
    }

    /// Draws the conclusions of what some processes read, round after round if `again` is set; with `both`, not only
    /// that what overwrites comes before, but also that what comes after is not seen yet. The clocks are set.
    pub(super) fn conclude(
        &mut self,
        own: impl Fn(usize) -> bool,
        both: bool,
        again: bool,
        meter: &Meter<'_>,
    ) -> Result<(), End> {
        let short = if self.len() < 1_000 { self.len() } else { 0 };
        for _ in 0..ROUNDS + short {
            let mut found = Vec::new();
            for node in 0..self.len() as u32 {
                let source = self.sources[node as usize];
                if source == NOTHING || source == OPEN || !own(self.lanes.lane(node)) {
                    continue;
                }
                for write in self.last_before(node) {
                    if source == INITIAL {
                        return Err(self.stale(node, source, write).into());
                    }
                    if write != source && !self.is_before(write, source) {
                        let why = Why::Overwritten(node);
                        found.push(Edge {
                            from: write,
                            to: source,
                            why,
                        });
                    }
                }
                if both {
                    self.not_yet(node, source, &mut found);
                }
            }
            if found.is_empty() {
                return Ok(());
            }
            self.edges.extend(found);
            if !meter.spend((self.len() * self.width() / 64) as u64)
                || !meter.allows(16 * self.edges.len() + self.lanes.bytes())
            {
                return Err(End::Unknown);
            }
            self.set_clocks()?;
            if !again {
                return Ok(());
            }
        }
        meter.end(Limit::Method);
        Err(End::Unknown)
    }

    /// What comes after the source of an operation has not come before the operation.
    fn not_yet(&self, node: u32, source: u32, found: &mut Vec<Edge>) {
        let mut add = |write: u32| {
            if write != node && !self.is_before(node, write) {
                let why = Why::NotYet(if source == INITIAL { NEVER } else { source });
                found.push(Edge {
                    from: node,
                    to: write,
                    why,
                });
            }
        };
        if source == INITIAL {
            let register = self.lanes.events.register(node as usize);
            for lane in 0..self.lanes.starts.len() - 1 {
                let writes = self.writes_in(register, lane);
                let mut wrote = writes.iter().filter(|&&it| self.wrote[it as usize]);
                wrote.next().into_iter().for_each(|&write| add(write));
            }
        } else {
            self.first_after(source).for_each(add);
        }
    }

    /// The edges beyond the order of processes.
    pub(super) fn edges(&self) -> impl Iterator<Item = (u32, u32)> {
        self.edges.iter().map(|edge| (edge.from, edge.to))
    }
}

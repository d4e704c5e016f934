//! Sequential (Lamport, *How to make a multiprocessor computer that correctly executes multiprocess programs*, 1979):
//! some order of all operations keeps the order of each process, and in it every read returns the value of the last
//! write before it. Real time means nothing.
//!
//! Unlike the classes of registers this is no matter of each register alone: a history may be sequential on x and
//! sequential on y, and not on both.
//!
//! On one register where every value is written once, a write and the reads of its value form a cluster that stands
//! together, so the order in which the processes meet the clusters has no cycle: time O(n). In general deciding is
//! NP-complete (Gibbons and Korach 1997). First what has to come before what is [concluded](super::graph); a cycle is a
//! violation. Then an order is searched: reads go first, since a read that can go hinders nothing; a situation met
//! before is not tried again; and at a budget the search ends, with "unknown" for its answer.

use std::cell::RefCell;
use std::collections::HashSet;

use super::events::{Events, Kind, NEVER};
use super::graph::{Graph, INITIAL, Judged, NOTHING};
use super::{Model, Verdict, sources};
use crate::History;

/// How much the search may remember, in counts of 4 bytes.
const MEMORY: usize = 16 << 20;

pub(super) fn check(history: &History) -> Verdict {
    sources::judge(history, Model::Sequential, &decide)
}

pub(super) fn meets(history: &History) -> Option<bool> {
    sources::meets(history, &decide)
}

/// An order that proves a history sequential, if one is found.
pub(super) fn order(history: &History) -> Option<Vec<usize>> {
    let found = RefCell::new(None);
    let decide = |events: &Events, source: &[u32]| {
        let (judged, order) = put_in_order(events, source);
        let in_history = |at: u32| events.operation[at as usize] as usize;
        *found.borrow_mut() = order.map(|order| order.into_iter().map(in_history).collect());
        judged
    };
    let meets = sources::meets(history, &decide) == Some(true);
    found.into_inner().filter(|_| meets)
}

fn decide(events: &Events, source: &[u32]) -> Judged {
    if let Some(Some(_)) = order_of_clusters(events, source) {
        return Judged::Fits;
    }
    put_in_order(events, source).0
}

/// The verdict, and if the operations fit, an order in which they do.
fn put_in_order(events: &Events, source: &[u32]) -> (Judged, Option<Vec<u32>>) {
    if let Some(Some(clusters)) = order_of_clusters(events, source) {
        return (Judged::Fits, cluster_by_cluster(events, source, &clusters));
    }
    let Some(mut graph) = Graph::new(events, source, |_| true) else {
        return (Judged::Unknown { states: 0 }, None);
    };
    let concluded = graph
        .clocks()
        .and_then(|clocks| graph.conclude(clocks, |_| true, true, true));
    match concluded {
        Ok(_) | Err(Judged::Unknown { .. }) => Search::new(&graph).run(),
        Err(broken) => (broken, None),
    }
}

/// The operations that took effect, those of one cluster behind those of the one before, its write first.
fn cluster_by_cluster(events: &Events, source: &[u32], clusters: &[u32]) -> Option<Vec<u32>> {
    let mut place = vec![0; events.values];
    for (at, &cluster) in clusters.iter().enumerate() {
        place[cluster as usize] = at + 1;
    }
    // Nothing comes before those that read the initial value.
    place[events.initial[0] as usize] = 0;
    let counts = sources::took_effect(events, source)?;
    let mut order: Vec<u32> = (0..events.len() as u32)
        .filter(|&at| counts[at as usize])
        .collect();
    order.sort_by_key(|&at| {
        let at = at as usize;
        (
            place[events.value[at] as usize],
            events.kind[at] != Kind::Write,
        )
    });
    Some(order)
}

/// The clusters of one register in an order in which the processes can meet them, if there is one; `None` if there are
/// more registers, compare-and-swaps, or two writes of one value.
fn order_of_clusters(events: &Events, source: &[u32]) -> Option<Option<Vec<u32>>> {
    if events.initial.len() > 1 || events.has_swaps() {
        return None;
    }
    let mut write_of = vec![NEVER; events.values];
    for at in 0..events.len() {
        if events.kind[at] == Kind::Write {
            let write = &mut write_of[events.value[at] as usize];
            if *write != NEVER || events.value[at] == events.initial[0] {
                return None;
            }
            *write = at as u32;
        }
    }
    let initial = events.initial[0];
    let counts = sources::took_effect(events, source)?;
    // An edge for each change of cluster on a process; nothing comes before the initial cluster.
    let mut edges: Vec<(u32, u32)> = Vec::new();
    let mut last: Option<(u32, u32)> = None;
    for at in 0..events.len() {
        if !counts[at] {
            continue;
        }
        let (process, cluster) = (events.process[at], events.value[at]);
        let before = last
            .filter(|&(of, _)| of == process)
            .map(|(_, cluster)| cluster);
        if before != Some(cluster) {
            if cluster == initial && before.is_some() {
                return Some(None);
            }
            edges.extend(before.map(|before| (before, cluster)));
        }
        // Its own write comes later.
        let write = source[at];
        if write < INITIAL && events.process[write as usize] == process && write > at as u32 {
            return Some(None);
        }
        last = Some((process, cluster));
    }
    let mut starts = vec![0_u32; events.values + 1];
    let mut missing = vec![0_u32; events.values];
    for &(from, to) in &edges {
        starts[from as usize + 1] += 1;
        missing[to as usize] += 1;
    }
    for cluster in 0..events.values {
        starts[cluster + 1] += starts[cluster];
    }
    let mut next = starts.clone();
    let mut after = vec![0; edges.len()];
    for &(from, to) in &edges {
        let place = &mut next[from as usize];
        after[*place as usize] = to;
        *place += 1;
    }
    let mut ready: Vec<u32> = (0..events.values as u32)
        .filter(|&cluster| missing[cluster as usize] == 0)
        .collect();
    let mut order = Vec::with_capacity(events.values);
    while let Some(cluster) = ready.pop() {
        order.push(cluster);
        let range = starts[cluster as usize] as usize..starts[cluster as usize + 1] as usize;
        for &to in &after[range] {
            missing[to as usize] -= 1;
            if missing[to as usize] == 0 {
                ready.push(to);
            }
        }
    }
    Some(Some(order).filter(|order| order.len() == events.values))
}

/// How many operations of each process are in order, and the last write of each register; [`INITIAL`] if there is none.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Situation {
    done: Box<[u32]>,
    last: Box<[u32]>,
}

struct Search<'a> {
    events: &'a Events,
    source: &'a [u32],
    /// The operations of each process.
    lanes: Vec<Vec<u32>>,
    /// Where an operation stands on its process.
    place: Vec<u32>,
    /// What has to come before each operation.
    before: Vec<Vec<u32>>,
    /// Who reads from each operation.
    readers: Vec<Vec<u32>>,
    /// Who reads the initial value, of each register.
    initial: Vec<Vec<u32>>,
}

impl<'a> Search<'a> {
    fn new(graph: &Graph<'a>) -> Self {
        let (events, source) = (graph.events, graph.source);
        let mut search = Self {
            events,
            source,
            lanes: vec![Vec::new(); events.processes],
            place: vec![0; events.len()],
            before: vec![Vec::new(); events.len()],
            readers: vec![Vec::new(); events.len()],
            initial: vec![Vec::new(); events.initial.len()],
        };
        for &at in &graph.operation {
            let lane = &mut search.lanes[events.process[at as usize] as usize];
            search.place[at as usize] = lane.len() as u32;
            lane.push(at);
            match source[at as usize] {
                NOTHING => {}
                INITIAL => search.initial[events.register(at as usize)].push(at),
                from => search.readers[from as usize].push(at),
            }
        }
        for (from, to) in graph.edges() {
            search.before[to as usize].push(from);
        }
        search
    }

    fn is_done(&self, situation: &Situation, at: u32) -> bool {
        let lane = self.events.process[at as usize] as usize;
        situation.done[lane] > self.place[at as usize]
    }

    /// Whether an operation may come next.
    fn may_go(&self, situation: &Situation, at: u32) -> bool {
        let operation = at as usize;
        let register = self.events.register(operation);
        let last = situation.last[register];
        let source = self.source[operation];
        if source != NOTHING && source != last
            || !self.before[operation]
                .iter()
                .all(|&before| self.is_done(situation, before))
        {
            return false;
        }
        // A write would take the value held from those that have not read it yet.
        let waiting = match last {
            INITIAL => &self.initial[register],
            last => &self.readers[last as usize],
        };
        self.events.written(operation).is_none()
            || waiting
                .iter()
                .all(|&reader| reader == at || self.is_done(situation, reader))
    }

    fn heads<'b>(&'b self, situation: &'b Situation) -> impl Iterator<Item = u32> + 'b {
        let lanes = self.lanes.iter().zip(&situation.done);
        lanes.filter_map(|(lane, &done)| lane.get(done as usize).copied())
    }

    fn take(&self, situation: &mut Situation, at: u32) {
        situation.done[self.events.process[at as usize] as usize] += 1;
        if self.events.written(at as usize).is_some() {
            situation.last[self.events.register(at as usize)] = at;
        }
    }

    /// The verdict, and if it fits, the operations in order.
    fn run(&self) -> (Judged, Option<Vec<u32>>) {
        let start = Situation {
            done: vec![0; self.lanes.len()].into(),
            last: vec![INITIAL; self.initial.len()].into(),
        };
        let most = MEMORY / (start.done.len() + start.last.len() + 8);
        let mut met: HashSet<Situation> = HashSet::new();
        // The situations on the way here, each with the writes that are still to be tried in it, and with what was taken
        // on the way to it from the one before.
        let mut way: Vec<(Situation, Vec<u32>, Vec<u32>)> = Vec::new();
        let mut next = Some((start, Vec::new()));
        loop {
            if let Some((mut situation, mut taken)) = next.take() {
                // Reads, and writes whose readers can all go at once or that nobody waits for, need no choice.
                loop {
                    let free = self.heads(&situation).find(|&at| {
                        self.events.written(at as usize).is_none() && self.may_go(&situation, at)
                    });
                    let Some(at) = free else { break };
                    self.take(&mut situation, at);
                    taken.push(at);
                }
                if self.heads(&situation).next().is_none() {
                    let before = way.into_iter().flat_map(|(_, _, taken)| taken);
                    return (Judged::Fits, Some(before.chain(taken).collect()));
                }
                if met.len() >= most {
                    return (Judged::Unknown { states: met.len() }, None);
                }
                if met.insert(situation.clone()) {
                    let writes: Vec<u32> = self
                        .heads(&situation)
                        .filter(|&at| self.may_go(&situation, at))
                        .collect();
                    // One write whose readers can all run now needs no other choice beside it.
                    let harmless = writes
                        .iter()
                        .copied()
                        .find(|&at| self.is_harmless(&situation, at));
                    way.push((situation, harmless.map_or(writes, |at| vec![at]), taken));
                }
            }
            let Some((situation, writes, _)) = way.last_mut() else {
                let evidence = self.lanes.concat();
                let cycle = Vec::new();
                return (Judged::Broken { cycle, evidence }, None);
            };
            match writes.pop() {
                Some(at) => {
                    let mut after = situation.clone();
                    self.take(&mut after, at);
                    next = Some((after, vec![at]));
                }
                None => drop(way.pop()),
            }
        }
    }

    /// Whether all who read from a write, and nothing else, can go right after it: then its value hinders nobody.
    fn is_harmless(&self, situation: &Situation, write: u32) -> bool {
        if self.source[write as usize] != NOTHING {
            return false;
        }
        let mut after = situation.clone();
        self.take(&mut after, write);
        loop {
            let mut heads = self.heads(&after);
            let next = heads.find(|&at| {
                self.source[at as usize] == write
                    && self.events.written(at as usize).is_none()
                    && self.may_go(&after, at)
            });
            let Some(at) = next else { break };
            drop(heads);
            self.take(&mut after, at);
        }
        self.readers[write as usize]
            .iter()
            .all(|&reader| self.is_done(&after, reader))
    }
}

//! The search for an order, where saturation has left a choice: depth first, over what has begun, what has committed,
//! and which version each register holds.
//!
//! A transaction may begin when it finds what it read, and commit when nobody is left who still has to find what it
//! overwrites. Two that write one register never run at the same time. What writes nothing happens as soon as it may,
//! since it is in nobody's way; what can commit at once goes before what would only begin, and so be in the way of others. States from which there is no way on are remembered whole, so a *no* is certain.

use super::Outcome;
use super::facts::{Chosen, Facts, Version};
use super::graph::Graph;
use crate::Register;
use crate::budget::Meter;
use crate::search::states::States;

/// How far ahead a transaction that writes nothing is looked for.
const AHEAD: usize = 64;

/// Whether there is an order of all points; `None` if the budget ended before.
pub(super) fn has_order(
    graph: &Graph,
    facts: &Facts<'_>,
    chosen: &Chosen,
    versions: &[Vec<Version>],
    meter: &Meter<'_>,
) -> Option<bool> {
    let mut run = Run::new(graph, facts, chosen, versions);
    let mut dead = States::new(run.key().len());
    // What it costs to look for a move, and to remember a state.
    let points = u64::from(graph.points());
    let (move_cost, state_cost) = (1 + points / 256, 1 + points / 32);
    // The places in the order of those who have been taken, each with whether it was in nobody's way.
    let mut taken: Vec<(usize, bool)> = Vec::new();
    let mut from = 0;
    loop {
        if taken.len() == run.order.len() {
            return Some(true);
        }
        if let Some((place, is_free)) = run.next(from) {
            if !meter.spend(move_cost) {
                return None;
            }
            run.take(run.point(place), 1);
            taken.push((place, is_free));
            from = 0;
            if dead.len() == 0 || !dead.contains(&run.key()) {
                continue;
            }
        } else {
            dead.insert(&run.key());
            if !meter.spend(state_cost) || !meter.allows(dead.bytes()) {
                return None;
            }
        }
        // Back to where there is something else to be tried.
        loop {
            let Some((place, is_free)) = taken.pop() else {
                return Some(false);
            };
            run.take(run.point(place), -1);
            from = place + 1;
            if !is_free {
                break;
            }
        }
    }
}

struct Run<'a> {
    graph: &'a Graph,
    facts: &'a Facts<'a>,
    /// The points, the likely first one first.
    order: Vec<u32>,
    /// What each transaction reads: the register, and the number of the version.
    reads: Vec<Vec<(Register, u32)>>,
    is_done: Vec<bool>,
    /// How many nodes each one still waits for.
    waits: Vec<u32>,
    /// Which version each register holds, and those that it held before.
    held: Vec<Vec<u32>>,
    /// How many have yet to begin of the readers of each version.
    readers: Vec<Vec<u32>>,
    /// Who has begun and not committed that writes a register.
    is_written: Vec<bool>,
    /// The number of the version that a transaction writes.
    versions: &'a [Vec<Version>],
}

impl<'a> Run<'a> {
    fn new(
        graph: &'a Graph,
        facts: &'a Facts<'a>,
        chosen: &Chosen,
        versions: &'a [Vec<Version>],
    ) -> Self {
        let all = facts.history.all();
        let mut reads = vec![Vec::new(); all.len()];
        for (register, versions) in (0..).zip(versions) {
            for (nth, version) in (0..).zip(versions) {
                for &reader in &version.readers {
                    reads[reader as usize].push((register, nth));
                }
            }
        }
        let mut order: Vec<u32> = (0..graph.points()).collect();
        let whose = |point: u32| graph.transaction(point).unwrap_or_default() as usize;
        order.retain(|&point| chosen.is_there[whose(point)]);
        order.sort_by_key(|&point| {
            let it = &all[whose(point)];
            let ended = it
                .interval
                .completed
                .filter(|_| it.outcome == Outcome::Committed);
            ended.unwrap_or(it.interval.invoked)
        });
        let mut waits = vec![0; graph.edges.len()];
        for edge in graph.edges.iter().flatten() {
            waits[edge.to as usize] += 1;
        }
        let mut run = Self {
            graph,
            facts,
            order,
            reads,
            is_done: vec![false; graph.edges.len()],
            waits,
            held: vec![vec![0]; versions.len()],
            readers: versions
                .iter()
                .map(|it| it.iter().map(|it| it.readers.len() as u32).collect())
                .collect(),
            is_written: vec![false; versions.len()],
            versions,
        };
        // Those that are not there hold up nobody.
        let away = (0..graph.points()).filter(|&point| !chosen.is_there[whose(point)]);
        away.for_each(|point| run.release(point, 1));
        run
    }

    /// The next move from here on, and whether it writes nothing. Moves are counted twice around the points: first those
    /// of a transaction that has committed then or can at once, and then the beginnings of the others.
    fn next(&self, from: usize) -> Option<(usize, bool)> {
        let count = self.order.len();
        let is_free = |place: usize| self.writes(self.order[place]).is_empty();
        if from == 0 {
            let left = (0..count).filter(|&it| !self.is_done[self.order[it] as usize]);
            let mut ahead = left.take(AHEAD);
            if let Some(place) = ahead.find(|&place| is_free(place) && self.may(self.order[place]))
            {
                return Some((place, true));
            }
        }
        let may = |&place: &usize| {
            let point = self.order[place % count];
            self.may(point) && (self.is_commit(point) || self.may_commit(point)) == (place < count)
        };
        let place = (from..2 * count).find(may)?;
        Some((place, is_free(place % count)))
    }

    fn point(&self, place: usize) -> u32 {
        self.order[place % self.order.len()]
    }

    fn whose(&self, point: u32) -> u32 {
        self.graph.transaction(point).unwrap_or_default()
    }

    fn writes(&self, point: u32) -> &'a [Register] {
        &self.facts.writes[self.whose(point) as usize]
    }

    fn is_begin(&self, point: u32) -> bool {
        point == self.graph.begin(self.whose(point))
    }

    fn is_commit(&self, point: u32) -> bool {
        point == self.graph.commit(self.whose(point))
    }

    fn holds(&self, register: Register) -> u32 {
        self.held[register as usize]
            .last()
            .copied()
            .unwrap_or_default()
    }

    fn may(&self, point: u32) -> bool {
        if self.is_done[point as usize] || self.waits[point as usize] > 0 {
            return false;
        }
        let own = &self.reads[self.whose(point) as usize];
        let finds = || {
            own.iter()
                .all(|&(register, version)| self.holds(register) == version)
        };
        let is_alone = || {
            self.writes(point)
                .iter()
                .all(|&register| !self.is_written[register as usize])
        };
        let may_begin = !self.is_begin(point) || finds() && is_alone();
        may_begin && (!self.is_commit(point) || self.may_commit(point))
    }

    /// Whether nobody is left who has to find what this transaction overwrites, but itself if it has not begun.
    fn may_commit(&self, point: u32) -> bool {
        let own = &self.reads[self.whose(point) as usize];
        self.writes(point).iter().all(|&register| {
            let held = self.holds(register);
            let left = self.readers[register as usize][held as usize];
            let is_own = self.is_begin(point) && own.contains(&(register, held));
            left == u32::from(is_own)
        })
    }

    /// Takes a point, or takes it back.
    fn take(&mut self, point: u32, by: i32) {
        let whose = self.whose(point);
        self.is_done[point as usize] = by > 0;
        if self.is_begin(point) {
            for &(register, version) in &self.reads[whose as usize] {
                let left = &mut self.readers[register as usize][version as usize];
                *left = left.wrapping_add_signed(-by);
            }
        }
        let is_begin = self.is_begin(point);
        let is_commit = self.is_commit(point);
        for &register in self.writes(point) {
            if is_begin != is_commit {
                self.is_written[register as usize] = is_begin == (by > 0);
            }
            if is_commit {
                match by > 0 {
                    true => {
                        let writer = super::facts::Source::Of(whose);
                        let of = &self.versions[register as usize];
                        let version = of
                            .binary_search_by_key(&writer, |it| it.writer)
                            .unwrap_or_default();
                        self.held[register as usize].push(version as u32);
                    }
                    false => drop(self.held[register as usize].pop()),
                }
            }
        }
        self.release(point, by);
    }

    /// Those behind a node wait for one less. A time has come as soon as it waits for nothing.
    fn release(&mut self, node: u32, by: i32) {
        let graph = self.graph;
        for edge in &graph.edges[node as usize] {
            let waits = &mut self.waits[edge.to as usize];
            let before = *waits;
            *waits = waits.wrapping_add_signed(-by);
            let is_time = edge.to >= graph.points();
            if is_time && (if by > 0 { *waits == 0 } else { before == 0 }) {
                self.release(edge.to, by);
            }
        }
    }

    fn key(&self) -> Vec<u64> {
        let points = self.graph.points() as usize;
        let mut key = vec![0_u64; points / 64 + 1];
        for at in (0..points).filter(|&at| self.is_done[at]) {
            key[at / 64] |= 1 << (at % 64);
        }
        key.extend(
            self.held
                .iter()
                .map(|held| u64::from(held.last().copied().unwrap_or_default())),
        );
        key
    }
}

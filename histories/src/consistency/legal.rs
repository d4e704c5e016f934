//! Sequential, where it is known which write each operation read from: an order in which each finds it.
//!
//! A read goes as soon as its source is the last write of its register. A write goes when nobody waits for what it
//! overwrites; that which was invoked first goes first, so that of a history that is almost linearizable little is tried
//! in vain. A write whose readers can all go right after it hinders nobody, so beside it no other is tried. Once
//! something was tried in vain, states are remembered: how far each process has come, and the last write of each register.

use std::cmp::Reverse;

use super::order::Lanes;
use super::paths::bucket;
use super::reads_from::{INITIAL, NOTHING, OPEN, swapped};
use crate::budget::Meter;
use crate::events::{Events, Kind};
use crate::search::states::States;

/// Operations in order, of which the last ones can be taken back.
struct Legal<'a> {
    events: &'a Events,
    sources: &'a [u32],
    wrote: Vec<bool>,
    /// The operations of each process that took effect.
    lanes: Vec<Vec<u32>>,
    done: Vec<u32>,
    /// The last write of each register, [`INITIAL`] if there is none.
    last: Vec<u32>,
    /// How many have not read yet what each operation wrote; and the initial value of each register.
    waiting: Vec<u32>,
    waiting_initial: Vec<u32>,
    /// What was taken, with the process, and the last write of its register before.
    taken: Vec<(u32, u32, u32)>,
    /// What has to come before each operation, where that is known.
    before: (Vec<u32>, Vec<u32>),
}

/// An order of all operations that took effect, given their sources, and what has to come before what. `Some(Err)` if
/// there is none.
pub(super) fn search(
    lanes: &Lanes<'_>,
    sources: &[u32],
    edges: impl Iterator<Item = (u32, u32)> + Clone,
    meter: &Meter<'_>,
) -> Option<Result<Vec<u32>, ()>> {
    let mut legal = Legal::new(lanes, sources, edges);
    let key = legal.done.len().div_ceil(2) + legal.last.len().div_ceil(2);
    let mut met = States::new(key);
    let mut state = Vec::with_capacity(key);
    let mut was_in_vain = false;
    // Where each choice was made, and what is still to be tried there.
    let mut choices: Vec<(usize, Vec<u32>)> = Vec::new();
    let cost = 1 + legal.lanes.len() as u64 / 16;
    loop {
        legal.take_reads();
        if legal.is_done() {
            return Some(Ok(legal.taken.iter().map(|&(at, ..)| at).collect()));
        }
        if !meter.spend(cost) || !meter.allows(met.bytes()) {
            return None;
        }
        // Only one, if nothing is lost by it.
        if legal.take_harmless() {
            continue;
        }
        let mut writes = Vec::new();
        let mut is_new = true;
        if was_in_vain {
            legal.pack(&mut state);
            is_new = met.insert(&state);
        }
        if is_new {
            writes = legal.writes();
        }
        choices.push((legal.taken.len(), writes));
        loop {
            let Some((length, writes)) = choices.last_mut() else {
                return Some(Err(()));
            };
            let length = *length;
            if let Some(at) = writes.pop() {
                legal.take_back(length);
                legal.take(at);
                break;
            }
            was_in_vain = true;
            choices.pop();
        }
    }
}

impl<'a> Legal<'a> {
    fn new(
        lanes: &Lanes<'a>,
        sources: &'a [u32],
        edges: impl Iterator<Item = (u32, u32)> + Clone,
    ) -> Self {
        let events = lanes.events;
        let mut waiting = vec![0; events.len()];
        let mut waiting_initial = vec![0; events.initial.len()];
        for (at, &from) in sources.iter().enumerate() {
            match from {
                NOTHING | OPEN => {}
                INITIAL => waiting_initial[events.register(at)] += 1,
                from => waiting[from as usize] += 1,
            }
        }
        // What is pending, and was not read from, need not have taken effect.
        let took_effect = |at: usize| !events.is_pending(at) || waiting[at] > 0;
        let took_effect: Vec<bool> = (0..events.len()).map(took_effect).collect();
        let own = |process: usize| -> Vec<u32> {
            let own = lanes.of(process).filter(|&at| took_effect[at]);
            own.map(|at| at as u32).collect()
        };
        let own: Vec<Vec<u32>> = (0..events.processes).map(own).collect();
        for at in (0..events.len()).filter(|&at| !took_effect[at]) {
            match sources[at] {
                NOTHING | OPEN => {}
                INITIAL => waiting_initial[events.register(at)] -= 1,
                from => waiting[from as usize] -= 1,
            }
        }
        let (numbers, starts) = bucket(events.len(), edges.clone().map(|(_, to)| to));
        let from: Vec<u32> = edges.map(|(from, _)| from).collect();
        let from = numbers
            .into_iter()
            .map(|number| from[number as usize])
            .collect();
        let wrote = |at: usize| match events.kind[at] {
            Kind::Indeterminate => swapped(events, at, sources[at]) == Some(true),
            _ => events.written(at).is_some(),
        };
        Self {
            events,
            sources,
            wrote: (0..events.len()).map(wrote).collect(),
            done: vec![0; own.len()],
            lanes: own,
            last: vec![INITIAL; events.initial.len()],
            waiting,
            waiting_initial,
            taken: Vec::new(),
            before: (from, starts),
        }
    }

    fn head(&self, lane: usize) -> Option<u32> {
        self.lanes[lane].get(self.done[lane] as usize).copied()
    }

    fn is_done(&self) -> bool {
        (0..self.lanes.len()).all(|lane| self.head(lane).is_none())
    }

    fn pack(&self, state: &mut Vec<u64>) {
        state.clear();
        for numbers in [&self.done, &self.last] {
            let pairs = numbers.chunks(2);
            state.extend(pairs.map(|pair| {
                u64::from(pair[0]) << 32 | u64::from(pair.get(1).copied().unwrap_or(0))
            }));
        }
    }

    fn wrote(&self, at: u32) -> bool {
        self.wrote[at as usize]
    }

    /// Whether all that has to come before an operation is in order.
    fn is_free(&self, at: u32) -> bool {
        let (from, starts) = &self.before;
        let before = &from[starts[at as usize] as usize..starts[at as usize + 1] as usize];
        before.iter().all(|&before| self.is_taken(before))
    }

    fn is_taken(&self, at: u32) -> bool {
        let lane = self.events.process[at as usize] as usize;
        let next = self.lanes[lane].get(self.done[lane] as usize);
        next.is_none_or(|&next| at < next)
    }

    /// Whether the next operation of a process may come next.
    fn may_go(&self, at: u32) -> bool {
        let operation = at as usize;
        let register = self.events.register(operation);
        let (last, source) = (self.last[register], self.sources[operation]);
        let reads = source != NOTHING && source != OPEN;
        if reads && source != last || !self.is_free(at) {
            return false;
        }
        // A write would take the value held from those that have not read it yet.
        let waiting = match last {
            INITIAL => self.waiting_initial[register],
            last => self.waiting[last as usize],
        };
        !self.wrote(at) || waiting == u32::from(reads)
    }

    fn take(&mut self, at: u32) {
        let operation = at as usize;
        let lane = self.events.process[operation];
        let register = self.events.register(operation);
        self.taken.push((at, lane, self.last[register]));
        self.done[lane as usize] += 1;
        match self.sources[operation] {
            NOTHING | OPEN => {}
            INITIAL => self.waiting_initial[register] -= 1,
            from => self.waiting[from as usize] -= 1,
        }
        if self.wrote(at) {
            self.last[register] = at;
        }
    }

    /// Takes back all but the first ones.
    fn take_back(&mut self, length: usize) {
        while self.taken.len() > length {
            let Some((at, lane, last)) = self.taken.pop() else {
                return;
            };
            let register = self.events.register(at as usize);
            self.done[lane as usize] -= 1;
            self.last[register] = last;
            match self.sources[at as usize] {
                NOTHING | OPEN => {}
                INITIAL => self.waiting_initial[register] += 1,
                from => self.waiting[from as usize] += 1,
            }
        }
    }

    /// Takes everything that can go and writes nothing.
    fn take_reads(&mut self) {
        let mut gets_on = true;
        while gets_on {
            gets_on = false;
            for lane in 0..self.lanes.len() {
                while let Some(at) = self.head(lane)
                    && !self.wrote(at)
                    && self.may_go(at)
                {
                    self.take(at);
                    gets_on = true;
                }
            }
        }
    }

    /// The writes that may come next, that which was invoked first last.
    fn writes(&self) -> Vec<u32> {
        let mut writes: Vec<u32> = (0..self.lanes.len())
            .filter_map(|lane| self.head(lane))
            .filter(|&at| self.may_go(at))
            .collect();
        let events = self.events;
        writes.sort_unstable_by_key(|&at| Reverse(events.invoked[at as usize]));
        writes
    }

    /// Takes a write all of whose readers can go right after it, with these, if there is one among those that may come
    /// next: its value hinders nobody. That which was invoked first is tried first.
    fn take_harmless(&mut self) -> bool {
        let events = self.events;
        let invoked = |at: u32| events.invoked[at as usize];
        let heads = (0..self.lanes.len()).filter_map(|lane| self.head(lane));
        let may_go = |at: &u32| self.sources[*at as usize] == NOTHING && self.may_go(*at);
        let first = heads.filter(may_go).min_by_key(|&at| invoked(at));
        let Some(first) = first else { return false };
        if self.take_with_readers(first) {
            return true;
        }
        let heads = (0..self.lanes.len()).filter_map(|lane| self.head(lane));
        let mut others: Vec<u32> = heads
            .filter(|&at| at != first && self.sources[at as usize] == NOTHING && self.may_go(at))
            .collect();
        others.sort_unstable_by_key(|&at| invoked(at));
        others.into_iter().any(|at| self.take_with_readers(at))
    }

    /// Takes a write and all who read from it, if they can go right after it.
    fn take_with_readers(&mut self, write: u32) -> bool {
        let length = self.taken.len();
        self.take(write);
        let mut gets_on = true;
        while gets_on && self.waiting[write as usize] > 0 {
            gets_on = false;
            for lane in 0..self.lanes.len() {
                while let Some(at) = self.head(lane)
                    && self.sources[at as usize] == write
                    && !self.wrote(at)
                    && self.may_go(at)
                {
                    self.take(at);
                    gets_on = true;
                }
            }
        }
        if self.waiting[write as usize] > 0 {
            self.take_back(length);
            return false;
        }
        true
    }
}

//! Atomic, where values repeat or are compared and swapped: all ways to linearize a history are followed at once, event
//! by event.
//!
//! A linearization is a sequence of *blocks*: a write and the reads that return what it wrote. Compare-and-swaps go on
//! from one block to another that has to follow at once; so a write with the blocks that swaps add to it moves as a
//! whole. What has been put in order so far is a *configuration*, of which it is enough to know
//!
//! * the value held, and since when: the event at which the last plain write was put in order;
//! * which of the operations under way are in order already, and how many of those that never completed.
//!
//! Blocks are begun as late as possible: when an operation completes that is not in order yet. It has two places.
//! *In retrospect*, just before the last plain write, for which it has to have been invoked by then: what stands there
//! is overwritten unseen, so a write can always go there, with the reads of its value. Or *now*, at the end. Nothing is
//! lost by this. Take any linearization that goes on from a configuration. The block of the operation in it stands
//! before the last plain write or at the end. In the first case it can stand just before that write. In the second case
//! all swap-free blocks between the end and this block can wait: later they can still be put, in retrospect, before it.
//! What waits for nobody: reads join the block of their value as soon as there is one. Of the writes of one value that
//! could begin a block the one goes first that has to complete first; those that never complete go last.
//!
//! Blocks with swaps do not wait. Before a block is begun, every sequence of swaps, and of writes that they need, is
//! tried.
//!
//! *Dominance*: with equal current value, A dominates B if A switched no earlier, consumed a subset of B's writes,
//! satisfied a superset of B's reads, swapped the same, and every write that only B consumed can still be linearized
//! free in A. What is dominated is dropped. Deciding is NP-complete (Gibbons and Korach 1997), but few configurations
//! are left at any time unless many processes write few values.

use std::collections::HashMap;

use super::events::{Events, Kind, NEVER};
use crate::search::states::States;

/// How many configurations are followed at once, at most.
const MOST: usize = 4096;

/// How many configurations are followed without comparing them, as long as nothing adds to them.
const FEW: usize = 4;

/// How the search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There is a linearization.
    Fits,
    /// There is none of what happens up to this event.
    Ends { at: u32 },
    /// It ended at its budget.
    Unknown { states: usize },
}

/// What is asked of an operation under way again and again, so it is kept together.
#[derive(Clone, Copy, Debug)]
struct Slot {
    kind: Kind,
    value: u32,
    new: u32,
    invoked: u32,
    completed: u32,
    /// Of a compare-and-swap of unknown outcome: the bit that says that it has met another value.
    other: usize,
}

const IDLE: Slot = Slot {
    kind: Kind::Read,
    value: 0,
    new: 0,
    invoked: 0,
    completed: 0,
    other: 0,
};

/// Operations that never completed and do the same. None of them has to take effect.
#[derive(Debug)]
struct Class {
    /// Their invocations, so far.
    invoked: Vec<u32>,
    /// What a swap writes.
    new: u32,
    /// Where a configuration counts how many it has used.
    lane: usize,
}

/// The operations under way. Sets of them are bits, so many words for each set.
struct UnderWay {
    words: usize,
    stride: usize,
    /// Whether there are no compare-and-swaps.
    plain: bool,
    /// Whether those that never completed are counted: else there is no end of them.
    counted: bool,
    slots: Vec<Slot>,
    reads: Vec<u64>,
    writes: Vec<u64>,
    refused: Vec<u64>,
    swaps: Vec<u64>,
    doubts: Vec<u64>,
    others: Vec<u64>,
    /// Those of each value; swaps and refusals by what they expect.
    reads_of: Vec<u64>,
    writes_of: Vec<u64>,
    refused_of: Vec<u64>,
    swaps_of: Vec<u64>,
    classes: Vec<Class>,
    /// Of each value the class of the writes that never completed.
    write_class: Vec<u32>,
    /// The classes of swaps that never completed, by what they expect.
    swap_classes: HashMap<u32, Vec<u32>>,
    lookahead: Lookahead,
}

/// A configuration is the value and since when, in one word; the bits of what is in order; and the counts of what never
/// completed, four a word.
fn value(configuration: &[u64]) -> u32 {
    (configuration[0] >> 32) as u32
}

fn since(configuration: &[u64]) -> u32 {
    configuration[0] as u32
}

fn hold(configuration: &mut [u64], value: u32, since: u32) {
    configuration[0] = u64::from(value) << 32 | u64::from(since);
}

fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(bit)
    })
}

/// Which reads are still to come.
struct Lookahead {
    /// The invocations of the reads of each value, in order, with their completions.
    reads: Vec<(u32, u32)>,
    starts: Vec<u32>,
    /// For each event the first completion of a write that is invoked after it; and of reads likewise, of two values.
    after: Vec<After>,
}

#[derive(Clone, Copy)]
struct After {
    write: u32,
    read: (u32, u32),
    other: u32,
}

impl Lookahead {
    fn new(events: &Events, order: &[u32]) -> Self {
        let mut starts = vec![0_u32; events.values + 1];
        let is_read = |at: usize| events.kind[at] == Kind::Read;
        for at in (0..events.len()).filter(|&at| is_read(at)) {
            starts[events.value[at] as usize + 1] += 1;
        }
        for value in 0..events.values {
            starts[value + 1] += starts[value];
        }
        let mut next = starts.clone();
        let mut reads = vec![(0, 0); starts[events.values] as usize];
        let mut after = vec![
            After {
                write: NEVER,
                read: (NEVER, NEVER),
                other: NEVER,
            };
            order.len() + 1
        ];
        for &event in order.iter().filter(|&&event| event % 2 == 0) {
            let at = event as usize / 2;
            if is_read(at) {
                let place = &mut next[events.value[at] as usize];
                reads[*place as usize] = (events.invoked[at], events.completed[at]);
                *place += 1;
            }
        }
        for (now, &event) in order.iter().enumerate().rev() {
            let mut here = after[now + 1];
            if event != NEVER && event % 2 == 0 {
                let at = event as usize / 2;
                let (value, completed) = (events.value[at], events.completed[at]);
                if !is_read(at) {
                    here.write = here.write.min(completed);
                } else if value == here.read.1 {
                    here.read.0 = here.read.0.min(completed);
                } else if completed < here.read.0 {
                    (here.other, here.read) = (here.read.0, (completed, value));
                } else {
                    here.other = here.other.min(completed);
                }
            }
            after[now] = here;
        }
        Self {
            reads,
            starts,
            after,
        }
    }
}

struct Run {
    limit: usize,
    states: usize,
    next: Vec<u64>,
    /// Configurations on the way to others, one behind the other.
    stack: Vec<u64>,
    met: States,
    /// The values held since the last step that got on.
    passed: Vec<u32>,
}

/// Whether a history of one register has a linearization.
pub(super) fn judge(events: &Events, limit: usize) -> Outcome {
    let pending = (0..events.len()).any(|at| events.is_pending(at));
    if pending {
        // If there is none though what never completed may happen again and again, there is none.
        let relaxed = sweep(events, false, limit);
        if let Outcome::Ends { .. } = relaxed {
            return relaxed;
        }
    }
    sweep(events, true, limit)
}

/// Which values it matters to hold for a moment, and until when: somebody observes them.
fn observed(events: &Events) -> Vec<u32> {
    let mut until = vec![0_u32; events.values];
    let mut refusal: [Option<u32>; 2] = [None, None];
    for at in 0..events.len() {
        let value = events.value[at];
        let last = &mut until[value as usize];
        match events.kind[at] {
            Kind::Write => {}
            Kind::Read => *last = events.completed[at].max(*last),
            Kind::Swap if events.is_pending(at) => {}
            Kind::Swap | Kind::Doubtful | Kind::Refused => {
                if events.kind[at] != Kind::Refused {
                    *last = NEVER;
                }
                if events.kind[at] != Kind::Swap && refusal[0] != Some(value) {
                    refusal = [Some(value), refusal[0]];
                }
            }
        }
    }
    // Any other value than the one that was not found.
    match refusal {
        [Some(_), Some(_)] => until.fill(NEVER),
        [Some(one), None] => {
            let one = one as usize;
            (0..until.len())
                .filter(|&value| value != one)
                .collect::<Vec<_>>()
                .into_iter()
                .for_each(|value| until[value] = NEVER);
        }
        _ => {}
    }
    // What a swap expects that may lead to such a value.
    loop {
        let mut grown = false;
        for at in 0..events.len() {
            if events.kind[at] == Kind::Swap && events.is_pending(at) {
                let (expected, new) = (events.value[at] as usize, events.new[at] as usize);
                if until[new] != 0 && until[expected] != NEVER {
                    until[expected] = NEVER;
                    grown = true;
                }
            }
        }
        if !grown {
            return until;
        }
    }
}

fn sweep(events: &Events, counted: bool, limit: usize) -> Outcome {
    let order = events.in_order();
    let until = observed(events);
    let (mut under_way, places) = UnderWay::new(events, &order, &until, counted);
    let mut ways = vec![0; under_way.stride];
    hold(&mut ways, events.initial[0], 0);
    let mut run = Run {
        limit,
        states: 0,
        next: Vec::new(),
        stack: Vec::new(),
        met: States::new(under_way.stride),
        passed: Vec::new(),
    };
    let stride = under_way.stride;
    let mut dropped = false;
    for (now, &event) in order.iter().enumerate() {
        if event == NEVER {
            continue;
        }
        let (at, now) = (event as usize / 2, now as u32);
        let place = places[at];
        if event % 2 == 0 {
            match place {
                Place::Useless => {}
                Place::Class(class) => under_way.classes[class as usize].invoked.push(now),
                Place::Slot(slot, other) => {
                    under_way.begin(events, at, slot as usize, other as usize);
                    for way in ways.chunks_exact_mut(stride) {
                        let held = value(way);
                        under_way.serve_one(way, slot as usize, held);
                    }
                }
            }
            continue;
        }
        let Place::Slot(slot, _) = place else {
            unreachable!("it completes")
        };
        let slot = slot as usize;
        run.states += ways.len() / stride;
        let (word, bit) = (slot / 64, 1_u64 << (slot % 64));
        if ways
            .chunks_exact(stride)
            .all(|way| way[1 + word] & bit != 0)
        {
            under_way.end(slot);
            under_way.forget(&mut ways, slot);
            // Following a few costs less than comparing them.
            if ways.len() > FEW * stride {
                under_way.prune(&mut ways);
            }
        } else {
            run.next.clear();
            for way in ways.chunks_exact(stride) {
                if way[1 + word] & bit != 0 {
                    run.next.extend_from_slice(way);
                } else {
                    under_way.force(&mut run, way, slot, now);
                }
                if run.next.len() > 2 * MOST * stride {
                    under_way.prune(&mut run.next);
                }
                if run.states > run.limit {
                    return Outcome::Unknown { states: run.states };
                }
            }
            std::mem::swap(&mut ways, &mut run.next);
            under_way.end(slot);
            under_way.forget(&mut ways, slot);
            under_way.prune(&mut ways);
        }
        if ways.len() > MOST * stride {
            dropped = true;
            ways.truncate(MOST * stride);
        }
        if ways.is_empty() {
            return match dropped {
                true => Outcome::Unknown { states: run.states },
                false => Outcome::Ends { at: now },
            };
        }
    }
    match counted || under_way.classes.is_empty() {
        true => Outcome::Fits,
        false => Outcome::Unknown { states: run.states },
    }
}

/// Where an operation is kept while it is under way.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// It never completed, and nobody observes what it does.
    Useless,
    Class(u32),
    Slot(u32, u32),
}

impl UnderWay {
    fn new(events: &Events, order: &[u32], until: &[u32], counted: bool) -> (Self, Vec<Place>) {
        let mut places = vec![Place::Useless; events.len()];
        let mut classes: Vec<Class> = Vec::new();
        let mut write_class = Vec::new();
        let mut swap_classes: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut free: Vec<u32> = Vec::new();
        let mut most = 0;
        // The lanes of classes whose values nobody observes any more are free again.
        let mut free_lanes: Vec<usize> = Vec::new();
        let mut lanes = 0;
        let mut take = |free: &mut Vec<u32>| {
            free.pop().unwrap_or_else(|| {
                most += 1;
                most - 1
            })
        };
        let _ = &mut free_lanes;
        for &event in order.iter().filter(|&&event| event != NEVER) {
            let at = event as usize / 2;
            if event % 2 == 1 {
                if let Place::Slot(slot, other) = places[at] {
                    free.push(slot);
                    if other != slot {
                        free.push(other);
                    }
                }
                continue;
            }
            if !events.is_pending(at) {
                let slot = take(&mut free);
                let other = match events.kind[at] {
                    Kind::Doubtful => take(&mut free),
                    _ => slot,
                };
                places[at] = Place::Slot(slot, other);
                continue;
            }
            let swaps = events.kind[at] == Kind::Swap;
            let new = events.written(at).expect("a pending read is left out");
            if until[new as usize] < events.invoked[at] {
                continue;
            }
            let known = match swaps {
                true => swap_classes
                    .get(&events.value[at])
                    .into_iter()
                    .flatten()
                    .copied()
                    .find(|&class| classes[class as usize].new == new),
                false => {
                    if write_class.is_empty() {
                        write_class = vec![NEVER; events.values];
                    }
                    Some(write_class[new as usize]).filter(|&class| class != NEVER)
                }
            };
            let class = known.unwrap_or_else(|| {
                let class = classes.len() as u32;
                classes.push(Class {
                    invoked: Vec::new(),
                    new,
                    lane: lanes,
                });
                lanes += 1;
                match swaps {
                    true => swap_classes
                        .entry(events.value[at])
                        .or_default()
                        .push(class),
                    false => write_class[new as usize] = class,
                }
                class
            });
            places[at] = Place::Class(class);
        }
        let words = (most as usize).div_ceil(64).max(1);
        let stride = 1 + words + if counted { lanes.div_ceil(4) } else { 0 };
        let plain = !events.has_swaps();
        let set = || vec![0; words];
        let of_values = |needed: bool| vec![0; if needed { words * events.values } else { 0 }];
        let lookahead = match plain {
            true => Lookahead::new(events, order),
            false => Lookahead {
                reads: Vec::new(),
                starts: Vec::new(),
                after: Vec::new(),
            },
        };
        let under_way = Self {
            words,
            stride,
            plain,
            counted,
            slots: vec![IDLE; 64 * words],
            reads: set(),
            writes: set(),
            refused: set(),
            swaps: set(),
            doubts: set(),
            others: set(),
            reads_of: of_values(true),
            writes_of: of_values(true),
            refused_of: of_values(!plain),
            swaps_of: of_values(!plain),
            classes,
            write_class,
            swap_classes,
            lookahead,
        };
        (under_way, places)
    }

    /// An operation is invoked.
    fn begin(&mut self, events: &Events, at: usize, slot: usize, other: usize) {
        let (kind, value) = (events.kind[at], events.value[at]);
        self.slots[slot] = Slot {
            kind,
            value,
            new: events.new.get(at).copied().unwrap_or(value),
            invoked: events.invoked[at],
            completed: events.completed[at],
            other,
        };
        self.mark(slot, true);
    }

    /// An operation completes.
    fn end(&mut self, slot: usize) {
        self.mark(slot, false);
    }

    fn mark(&mut self, slot: usize, under_way: bool) {
        let Slot {
            kind, value, other, ..
        } = self.slots[slot];
        let (word, bit) = (slot / 64, 1_u64 << (slot % 64));
        let own = value as usize * self.words + word;
        let set = |place: &mut u64| match under_way {
            true => *place |= bit,
            false => *place &= !bit,
        };
        match kind {
            Kind::Read => {
                set(&mut self.reads[word]);
                set(&mut self.reads_of[own]);
            }
            Kind::Write => {
                set(&mut self.writes[word]);
                set(&mut self.writes_of[own]);
            }
            Kind::Refused => {
                set(&mut self.refused[word]);
                set(&mut self.refused_of[own]);
            }
            Kind::Swap => {
                set(&mut self.swaps[word]);
                set(&mut self.swaps_of[own]);
            }
            Kind::Doubtful => {
                set(&mut self.swaps[word]);
                set(&mut self.swaps_of[own]);
                set(&mut self.doubts[word]);
                let (word, bit) = (other / 64, 1_u64 << (other % 64));
                match under_way {
                    true => self.others[word] |= bit,
                    false => self.others[word] &= !bit,
                }
            }
        }
    }

    /// Forgets of an operation that has completed whether it was in order.
    fn forget(&self, ways: &mut [u64], slot: usize) {
        let other = self.slots[slot].other;
        for way in ways.chunks_exact_mut(self.stride) {
            way[1 + slot / 64] &= !(1 << (slot % 64));
            way[1 + other / 64] &= !(1 << (other % 64));
        }
    }

    /// Lets an operation find this value, if that is what it waits for.
    fn serve_one(&self, way: &mut [u64], slot: usize, held: u32) {
        let Slot {
            kind, value, other, ..
        } = self.slots[slot];
        let served = match kind {
            Kind::Read if value == held => slot,
            Kind::Refused if value != held => slot,
            Kind::Doubtful if value != held => other,
            _ => return,
        };
        way[1 + served / 64] |= 1 << (served % 64);
    }

    /// Lets all operations find this value that were invoked before a limit; whether any had waited for it.
    fn serve(&self, way: &mut [u64], held: u32, limit: u32) -> bool {
        let mut any = false;
        for word in 0..self.words {
            let own = held as usize * self.words + word;
            let mut waiting = self.reads_of[own];
            if !self.plain {
                waiting |= self.refused[word] & !self.refused_of[own];
            }
            waiting &= !way[1 + word];
            if limit != NEVER {
                for bit in bits(waiting) {
                    if self.slots[64 * word + bit].invoked >= limit {
                        waiting &= !(1 << bit);
                    }
                }
            }
            any |= waiting != 0;
            way[1 + word] |= waiting;
            if self.plain {
                continue;
            }
            for bit in bits(self.doubts[word] & !self.swaps_of[own]) {
                let slot = self.slots[64 * word + bit];
                if limit == NEVER || slot.invoked < limit {
                    let other = &mut way[1 + slot.other / 64];
                    any |= *other >> (slot.other % 64) & 1 == 0;
                    *other |= 1 << (slot.other % 64);
                }
            }
        }
        any
    }

    fn is_done(way: &[u64], slot: usize) -> bool {
        way[1 + slot / 64] >> (slot % 64) & 1 == 1
    }

    /// Whether an operation may complete.
    fn is_settled(&self, way: &[u64], slot: usize) -> bool {
        Self::is_done(way, slot) || Self::is_done(way, self.slots[slot].other)
    }

    /// Of the operations of a set that are not in order yet, and were invoked before a limit, the one that completes
    /// first.
    fn earliest(&self, way: &[u64], set: &[u64], limit: u32) -> Option<usize> {
        let mut best: Option<usize> = None;
        for (word, &members) in set.iter().enumerate() {
            for bit in bits(members & !way[1 + word]) {
                let slot = 64 * word + bit;
                let is_earlier = best
                    .is_none_or(|best| self.slots[slot].completed < self.slots[best].completed);
                if is_earlier && self.slots[slot].invoked < limit {
                    best = Some(slot);
                }
            }
        }
        best
    }

    fn writes_of(&self, value: u32) -> &[u64] {
        &self.writes_of[value as usize * self.words..][..self.words]
    }

    fn count(&self, way: &[u64], lane: usize) -> u32 {
        (way[1 + self.words + lane / 4] >> (16 * (lane % 4))) as u32 & 0xffff
    }

    /// Uses an operation of a class that was invoked before a limit, if there is one left.
    fn use_class(&self, way: &mut [u64], class: u32, limit: u32) -> bool {
        let class = &self.classes[class as usize];
        let invoked = class.invoked.partition_point(|&invoked| invoked < limit);
        if !self.counted {
            return invoked > 0;
        }
        let used = self.count(way, class.lane);
        // More than can be counted are not used.
        if used as usize >= invoked || used == 0xffff {
            return false;
        }
        way[1 + self.words + class.lane / 4] += 1 << (16 * (class.lane % 4));
        true
    }

    /// Uses a write of a value that was invoked before a limit: whether it is one that completes, if there is any.
    fn use_write(&self, way: &mut [u64], value: u32, limit: u32) -> Option<bool> {
        if let Some(slot) = self.earliest(way, self.writes_of(value), limit) {
            way[1 + slot / 64] |= 1 << (slot % 64);
            return Some(true);
        }
        let class = *self.write_class.get(value as usize)?;
        (class != NEVER && self.use_class(way, class, limit)).then_some(false)
    }

    /// Whether a block of a value that begins now could serve a read that is not in order yet and was invoked no earlier
    /// than the last switch. It lasts no longer than until something completes that was invoked after it began.
    fn is_useful(&self, way: &[u64], value: u32, now: u32) -> bool {
        if !self.plain {
            return true;
        }
        let own = value as usize * self.words..(value as usize + 1) * self.words;
        for (word, &members) in self.reads_of[own].iter().enumerate() {
            let mut waiting = bits(members & !way[1 + word]);
            if waiting.any(|bit| self.slots[64 * word + bit].invoked >= since(way)) {
                return true;
            }
        }
        let after = self.lookahead.after[now as usize + 1];
        let read = match after.read.1 == value {
            true => after.other,
            false => after.read.0,
        };
        let end = after.write.min(read);
        let range = self.lookahead.starts[value as usize] as usize
            ..self.lookahead.starts[value as usize + 1] as usize;
        let reads = &self.lookahead.reads[range];
        let next = reads.partition_point(|&(invoked, _)| invoked <= now);
        reads.get(next).is_some_and(|&(invoked, _)| invoked < end)
    }

    /// Adds to the next configurations every one in which an operation is in order that completes now.
    fn force(&self, run: &mut Run, way: &[u64], slot: usize, now: u32) {
        let Slot {
            kind,
            value: wanted,
            invoked,
            ..
        } = self.slots[slot];
        let last = since(way);
        let is_settled = self.is_settled(way, slot);
        if is_settled {
            // It need not swap.
            run.next.extend_from_slice(way);
        }
        let mut needs_now = true;
        if invoked < last {
            // In retrospect.
            match kind {
                Kind::Write => {
                    let at = self.push(run, way);
                    let way = &mut run.next[at..];
                    way[1 + slot / 64] |= 1 << (slot % 64);
                    match value(way) == wanted {
                        // It may as well stand at the end, where it changes nothing.
                        true => hold(way, wanted, now),
                        false => drop(self.serve(way, wanted, last)),
                    }
                    needs_now =
                        !self.plain || value(way) != wanted && self.is_useful(way, wanted, now);
                }
                Kind::Read => {
                    let at = self.push(run, way);
                    let way = &mut run.next[at..];
                    let first = self.earliest(way, self.writes_of(wanted), NEVER);
                    if self.use_write(way, wanted, last).is_some() {
                        self.serve(way, wanted, last);
                        // Now a write could be used that was invoked later, and has to complete earlier.
                        let is_same = first.is_none_or(|first| Self::is_done(way, first));
                        needs_now = !is_same || self.is_useful(way, wanted, now);
                    } else {
                        run.next.truncate(at);
                    }
                }
                Kind::Refused | Kind::Doubtful if !is_settled => {
                    for other in self.writable(way) {
                        if other == wanted {
                            continue;
                        }
                        let at = self.push(run, way);
                        let way = &mut run.next[at..];
                        if self.use_write(way, other, last).is_some() {
                            self.serve(way, other, last);
                        } else {
                            run.next.truncate(at);
                        }
                    }
                }
                Kind::Refused | Kind::Doubtful | Kind::Swap => {}
            }
        }
        if !needs_now {
            return;
        }
        if self.plain {
            let at = self.push(run, way);
            let way = &mut run.next[at..];
            if kind == Kind::Write {
                way[1 + slot / 64] |= 1 << (slot % 64);
            } else if self.use_write(way, wanted, NEVER).is_none() {
                run.next.truncate(at);
                return;
            }
            hold(way, wanted, now);
            self.serve(way, wanted, NEVER);
            return;
        }
        // A swap of unknown outcome may also have found another value; but that it has not is another way.
        let ends = [slot, self.slots[slot].other];
        for &end in &ends[..1 + usize::from(kind == Kind::Doubtful && !is_settled)] {
            run.met.clear();
            run.stack.clear();
            run.passed.clear();
            run.stack.extend_from_slice(way);
            self.explore(run, 0, 0, (slot, end), now, false);
        }
    }

    fn push(&self, run: &mut Run, way: &[u64]) -> usize {
        let at = run.next.len();
        run.next.extend_from_slice(way);
        at
    }

    /// The values of which a write is under way, or never completed.
    fn writable(&self, way: &[u64]) -> Vec<u32> {
        let mut values: Vec<u32> = Vec::new();
        for (word, &members) in self.writes.iter().enumerate() {
            values.extend(
                bits(members & !way[1 + word]).map(|bit| self.slots[64 * word + bit].value),
            );
        }
        for (value, &class) in self.write_class.iter().enumerate() {
            if class != NEVER && !self.classes[class as usize].invoked.is_empty() {
                values.push(value as u32);
            }
        }
        values.sort_unstable();
        values.dedup();
        values
    }

    /// Tries every sequence of swaps, and of writes that they need, up to one after which an operation is in order. The
    /// configuration stands on the stack; `passed` is where the values begin that were held since the last step that got
    /// on; if it `must_swap`, the last write has begun for a swap.
    fn explore(
        &self,
        run: &mut Run,
        at: usize,
        passed: usize,
        (goal, end): (usize, usize),
        now: u32,
        must_swap: bool,
    ) {
        let stride = self.stride;
        run.states += 1;
        if Self::is_done(&run.stack[at..at + stride], end) {
            let (stack, next) = (&run.stack, &mut run.next);
            next.extend_from_slice(&stack[at..at + stride]);
            return;
        }
        if run.states > run.limit {
            return;
        }
        let held = value(&run.stack[at..]);
        // The same configuration may be met on the way of a write that needs a swap, and otherwise.
        if !must_swap && !run.met.insert(&run.stack[at..at + stride]) {
            return;
        }
        run.passed.push(held);
        let all_passed = run.passed.len();
        let top = run.stack.len();
        let step = |run: &mut Run, try_it: &dyn Fn(&mut [u64]) -> Option<bool>, must_swap: bool| {
            run.stack.extend_from_within(at..at + stride);
            if let Some(progress) = try_it(&mut run.stack[top..]) {
                let reached = value(&run.stack[top..]);
                if progress || !run.passed[passed..].contains(&reached) {
                    let passed = if progress { all_passed } else { passed };
                    self.explore(run, top, passed, (goal, end), now, must_swap);
                }
            }
            run.stack.truncate(top);
            run.passed.truncate(all_passed);
        };
        // Swaps that find what they expect; of several alike the one that completes first.
        let own = held as usize * self.words;
        let mut alike: Vec<(u32, Kind)> = Vec::new();
        for word in 0..self.words {
            for bit in bits(self.swaps_of[own + word] & !run.stack[at + 1 + word]) {
                let slot = self.slots[64 * word + bit];
                alike.push((slot.new, slot.kind));
            }
        }
        alike.sort_unstable_by_key(|&(new, kind)| (new, kind == Kind::Doubtful));
        alike.dedup();
        for (new, kind) in alike {
            step(
                run,
                &|way| {
                    let set: Vec<u64> = (0..self.words)
                        .map(|word| {
                            let members = self.swaps_of[own + word];
                            let of = |bit: &usize| {
                                let slot = self.slots[64 * word + bit];
                                slot.new == new && slot.kind == kind
                            };
                            bits(members)
                                .filter(of)
                                .fold(0, |set, bit| set | 1_u64 << bit)
                        })
                        .collect();
                    let slot = self.earliest(way, &set, NEVER)?;
                    way[1 + slot / 64] |= 1 << (slot % 64);
                    let last = since(way);
                    hold(way, new, last);
                    self.serve(way, new, NEVER);
                    Some(true)
                },
                false,
            );
        }
        for &class in self.swap_classes.get(&held).into_iter().flatten() {
            step(
                run,
                &|way| {
                    if !self.use_class(way, class, NEVER) {
                        return None;
                    }
                    let (new, last) = (self.classes[class as usize].new, since(way));
                    hold(way, new, last);
                    Some(self.serve(way, new, NEVER))
                },
                false,
            );
        }
        if must_swap {
            return;
        }
        let Slot {
            kind,
            value: wanted,
            ..
        } = self.slots[goal];
        if kind == Kind::Write {
            step(
                run,
                &|way| {
                    way[1 + goal / 64] |= 1 << (goal % 64);
                    hold(way, wanted, now);
                    self.serve(way, wanted, NEVER);
                    Some(true)
                },
                false,
            );
        }
        for other in self.writable(&run.stack[at..at + stride]) {
            let reaches = match kind {
                Kind::Read => other == wanted,
                Kind::Refused | Kind::Doubtful => other != wanted,
                Kind::Write | Kind::Swap => false,
            };
            let own = other as usize * self.words;
            let is_expected = (0..self.words)
                .any(|word| self.swaps_of[own + word] & !run.stack[at + 1 + word] != 0)
                || self.swap_classes.contains_key(&other);
            if !reaches && !is_expected {
                continue;
            }
            step(
                run,
                &|way| {
                    let completes = self.use_write(way, other, NEVER)?;
                    // Before a plain write others can be put in retrospect.
                    let is_first = since(way) < now;
                    hold(way, other, now);
                    let served = self.serve(way, other, NEVER);
                    Some(completes || served || is_first)
                },
                !reaches,
            );
        }
    }

    /// Drops the configurations that others dominate.
    fn prune(&self, ways: &mut Vec<u64>) {
        let stride = self.stride;
        if ways.len() <= stride {
            return;
        }
        for way in ways.chunks_exact_mut(stride) {
            self.clamp(way);
        }
        let count = ways.len() / stride;
        let mut order: Vec<u32> = (0..count as u32).collect();
        let key = |at: &u32| {
            let way = &ways[*at as usize * stride..][..stride];
            (value(way), std::cmp::Reverse(since(way)))
        };
        order.sort_unstable_by_key(key);
        let way = |at: u32| &ways[at as usize * stride..][..stride];
        let mut kept: Vec<u32> = Vec::with_capacity(count);
        // Only those of one value are compared.
        let mut start = 0;
        for &at in &order {
            if kept
                .last()
                .is_some_and(|&last| value(way(last)) != value(way(at)))
            {
                start = kept.len();
            }
            if kept[start..]
                .iter()
                .any(|&other| self.dominates(way(other), way(at)))
            {
                continue;
            }
            // Those that switched at the same time may be worse all the same.
            let mut place = start;
            for nth in start..kept.len() {
                let other = kept[nth];
                let is_worse = since(way(other)) == since(way(at)) && self.dominates(way(at), way(other));
                if !is_worse {
                    kept[place] = other;
                    place += 1;
                }
            }
            kept.truncate(place);
            kept.push(at);
        }
        if kept.len() < count {
            let pruned: Vec<u64> = kept
                .iter()
                .flat_map(|&at| way(at).iter().copied())
                .collect();
            *ways = pruned;
        }
    }

    /// When the last switch was matters only to what was invoked before it, and is still to be put in order.
    fn clamp(&self, way: &mut [u64]) {
        let last = since(way);
        let mut least = 0;
        for word in 0..self.words {
            let open = self.reads[word] | self.writes[word] | self.refused[word];
            for bit in bits(open & !way[1 + word]) {
                let invoked = self.slots[64 * word + bit].invoked;
                if invoked < last {
                    least = least.max(invoked + 1);
                }
            }
            for bit in bits(self.doubts[word]) {
                let invoked = self.slots[64 * word + bit].invoked;
                if invoked < last {
                    least = least.max(invoked + 1);
                }
            }
        }
        for class in &self.classes {
            let before = class.invoked.partition_point(|&invoked| invoked < last);
            if let Some(before) = before.checked_sub(1) {
                least = least.max(class.invoked[before] + 1);
            }
        }
        let held = value(way);
        hold(way, held, least);
    }

    fn dominates(&self, a: &[u64], b: &[u64]) -> bool {
        if since(a) < since(b) {
            return false;
        }
        for word in 0..self.words {
            let (one, other) = (a[1 + word], b[1 + word]);
            let found = self.reads[word] | self.refused[word] | self.others[word];
            if other & found & !one != 0
                || (one ^ other) & self.swaps[word] != 0
                || one & !other & self.writes[word] != 0
            {
                return false;
            }
        }
        for word in 0..self.words {
            let more = b[1 + word] & !a[1 + word] & self.writes[word];
            let is_free = |bit: usize| {
                let slot = self.slots[64 * word + bit];
                slot.invoked < since(a) || slot.value == value(a)
            };
            if !bits(more).all(is_free) {
                return false;
            }
        }
        let counts = 1 + self.words;
        (counts..self.stride).all(|word| {
            (0..4).all(|lane| (a[word] >> (16 * lane)) & 0xffff <= (b[word] >> (16 * lane)) & 0xffff)
        })
    }
}

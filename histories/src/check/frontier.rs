//! Atomic, where values repeat: all ways to linearize a history are followed at once, event by event.
//!
//! A linearization is a sequence of *blocks*: the register holds one value for a while, from a write of it on. Between
//! two events it is enough to know of each way
//!
//! * the value held now, and when the register last switched to another block,
//! * which of the writes under way have begun a block, and which of the reads under way have met their value.
//!
//! A switch is put off until something has to be done: a write completes that has begun no block, or a read that has
//! not met its value. A write that completes may have happened, unseen, just before the last switch, if it was invoked
//! by then; else the register switches to it now. A read that completes makes the register switch to its value, with
//! the write of it that has to complete first. Just before a switch, blocks of other values may stand for which reads
//! wait: all choices are followed.
//!
//! One way is as good as another if it holds the same value, since a later switch, has used fewer writes and has served
//! more reads; and if those writes that only the other one has used need no block any more, since they may have happened
//! unseen before its last switch, or are of the value held. What is worse is dropped. Deciding is NP-complete (Gibbons and Korach 1997), but few ways are left at any
//! time unless many processes write few values; a budget ends the search. Time O(n) times the number of ways.

use super::events::{Events, Kind, NEVER};

/// How many ways are followed at once, at most.
const WAYS: usize = 1024;

/// How many ways are followed without comparing them, as long as nothing adds to them.
const FEW: usize = 8;

/// How many ways are looked at for each event, on average, and in the beginning.
const BUDGET: (usize, usize) = (64, 4_000_000);

/// The operations under way at one time, at most.
const SLOTS: usize = 128;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Way {
    /// The value held.
    value: u32,
    /// The event of the last switch.
    since: u32,
    /// The writes under way that have begun a block, and the reads under way that have met their value, by their slots.
    done: u128,
}

/// What is asked of an operation under way, again and again: so it is kept together.
#[derive(Clone, Copy, Default)]
struct Slot {
    value: u32,
    invoked: u32,
    completed: u32,
}

/// The operations under way, as bits for their slots.
struct UnderWay {
    slots: [Slot; SLOTS],
    free: u128,
    reads: u128,
    writes: u128,
    /// Those of each value.
    reads_of: Vec<u128>,
    writes_of: Vec<u128>,
}

/// `None` if there are compare-and-swaps, or too many operations under way at one time.
pub(super) fn judge(events: &Events) -> Option<Outcome> {
    if events.has_swaps() {
        return None;
    }
    // A pending write of a value that nobody reads is left out.
    let mut is_read = vec![false; events.values];
    for at in 0..events.len() {
        is_read[events.value[at] as usize] |= events.kind[at] == Kind::Read;
    }
    let mut under_way = UnderWay {
        slots: [Slot::default(); SLOTS],
        free: u128::MAX,
        reads: 0,
        writes: 0,
        reads_of: vec![0; events.values],
        writes_of: vec![0; events.values],
    };
    let mut slot_of = vec![u8::MAX; events.len()];
    let mut ways = vec![Way {
        value: events.initial[0],
        since: 0,
        done: 0,
    }];
    let mut next: Vec<Way> = Vec::new();
    let mut states = 0;
    let mut too_many = false;
    let budget = BUDGET.1 + BUDGET.0 * events.end;
    for (now, event) in events.in_order().into_iter().enumerate() {
        if event == NEVER {
            continue;
        }
        let (at, now) = (event as usize / 2, now as u32);
        let (value, reads) = (events.value[at], events.kind[at] == Kind::Read);
        if event % 2 == 0 {
            if events.is_pending(at) && !is_read[value as usize] {
                continue;
            }
            let slot = under_way.free.trailing_zeros() as usize;
            *under_way.slots.get_mut(slot)? = Slot {
                value,
                invoked: events.invoked[at],
                completed: events.completed[at],
            };
            slot_of[at] = slot as u8;
            let bit = 1 << slot;
            under_way.free &= !bit;
            if reads {
                under_way.reads |= bit;
                under_way.reads_of[value as usize] |= bit;
                for way in ways.iter_mut().filter(|way| way.value == value) {
                    way.done |= bit;
                }
            } else {
                under_way.writes |= bit;
                under_way.writes_of[value as usize] |= bit;
            }
            continue;
        }
        let bit = 1 << slot_of[at];
        under_way.free |= bit;
        under_way.reads &= !bit;
        under_way.writes &= !bit;
        under_way.reads_of[value as usize] &= !bit;
        under_way.writes_of[value as usize] &= !bit;
        states += ways.len();
        if ways.iter().all(|way| way.done & bit != 0) {
            ways.iter_mut().for_each(|way| way.done &= !bit);
            // Some may be worse than others now. Following a few costs less than comparing them.
            if ways.len() > FEW {
                prune(&mut ways, &under_way);
            }
            continue;
        }
        next.clear();
        for mut way in ways.drain(..) {
            if way.done & bit != 0 {
                way.done &= !bit;
                next.push(way);
            } else if !reads {
                if events.invoked[at] < way.since && way.value != value {
                    next.push(way);
                }
                too_many |= !under_way.switch(way, value, now, &mut next);
            } else if let Some(way) = under_way.begin(way, value) {
                too_many |= !under_way.switch(way, value, now, &mut next);
            }
            if next.len() > 4 * WAYS {
                prune(&mut next, &under_way);
            }
        }
        std::mem::swap(&mut ways, &mut next);
        prune(&mut ways, &under_way);
        if too_many || ways.len() > WAYS || states > budget {
            return Some(Outcome::Unknown { states });
        }
        if ways.is_empty() {
            return Some(Outcome::Ends { at: now });
        }
    }
    Some(Outcome::Fits)
}

impl UnderWay {
    /// The operations under way among these slots.
    fn among(&self, mut slots: u128) -> impl Iterator<Item = (u128, &Slot)> {
        std::iter::from_fn(move || {
            let slot = (slots != 0).then(|| slots.trailing_zeros() as usize)?;
            slots &= slots - 1;
            Some((1 << slot, &self.slots[slot]))
        })
    }

    /// Uses the write of a value that has to complete first.
    fn begin(&self, way: Way, value: u32) -> Option<Way> {
        let unused = self.among(self.writes_of[value as usize] & !way.done);
        let (bit, _) = unused.min_by_key(|(_, write)| write.completed)?;
        let done = way.done | bit;
        Some(Way { done, ..way })
    }

    /// Switches to a value whose write has been found, perhaps by way of other values that reads wait for. Whether these
    /// were few enough to be followed.
    fn switch(&self, way: Way, value: u32, now: u32, next: &mut Vec<Way>) -> bool {
        let serve = |way: Way, value: u32| {
            let done = way.done | self.reads_of[value as usize];
            Way { done, ..way }
        };
        let first = next.len();
        next.push(serve(
            Way {
                value,
                since: now,
                ..way
            },
            value,
        ));
        let mut waiting = self.reads & !next[first].done;
        while let Some((_, read)) = self.among(waiting).next() {
            let other = read.value;
            waiting &= !self.reads_of[other as usize];
            // Each way so far, and each again with one more block.
            for at in first..next.len() {
                if let Some(with) = self.begin(next[at], other) {
                    next.push(serve(with, other));
                }
            }
            if next.len() > 8 * WAYS {
                return false;
            }
        }
        true
    }
}

/// Drops the ways that are worse than others.
fn prune(ways: &mut Vec<Way>, under_way: &UnderWay) {
    if ways.len() < 2 {
        return;
    }
    // Ways of different values are not compared, and most of the time there are no others.
    ways.sort_unstable_by_key(|way| way.value);
    if ways.windows(2).all(|pair| pair[0].value != pair[1].value) {
        return;
    }
    // The last switch matters only to the writes under way.
    for way in ways.iter_mut() {
        let before = under_way.among(under_way.writes & !way.done);
        let invoked = before.map(|(_, write)| write.invoked);
        let last = invoked.filter(|&invoked| invoked < way.since).max();
        way.since = last.map_or(0, |last| last + 1);
    }
    ways.sort_unstable_by_key(|way| (way.value, std::cmp::Reverse(way.since), way.done));
    let mut kept = 0;
    for at in 0..ways.len() {
        let way = ways[at];
        let better = |other: &Way| {
            other.value == way.value
                && other.since >= way.since
                && other.done & under_way.writes & !way.done == 0
                && way.done & under_way.reads & !other.done == 0
                && under_way
                    .among(way.done & under_way.writes & !other.done)
                    .all(|(_, write)| write.invoked < other.since || write.value == other.value)
        };
        if !ways[..kept].iter().any(better) {
            ways[kept] = way;
            kept += 1;
        }
    }
    ways.truncate(kept);
}

//! Strict: each operation happens at the instant of its invocation, and a read returns what the last write before it
//! wrote.
//!
//! The register is replayed in this order, with the set of the values that it may hold: there is more than one only
//! where writes are pending, which may never have happened. Operations invoked at one instant may happen in any order.
//! Reads and writes among these put nothing in each other's way; with compare-and-swaps all orders are followed, which
//! takes time exponential in how many there are at one instant, and linear in all else.

use std::collections::BTreeSet;

use crate::History;
use crate::budget::{Budget, Limit, Meter};
use crate::events::{Events, Kind};
use crate::found::Found;
use crate::verdict::Reason;

/// How many operations of one instant, with compare-and-swaps among them, are put in every order.
const TOGETHER: usize = 24;

pub(crate) fn judge(history: &History, events: &Events, budget: &Budget) -> Found {
    let order = in_order(events);
    let meter = budget.meter();
    match replay(history, events, &order, &meter) {
        Replayed::Fits => Found::Meets,
        Replayed::Unknown => Found::gave_up(
            &meter,
            "every order of the compare-and-swaps that were invoked at one instant",
        ),
        Replayed::Ends { at } => stale(history, events, &order, at).unwrap_or_else(|| {
            let until = history.operations()[events.operation[order[at] as usize] as usize].invoked;
            let begun = (0..events.len())
                .filter(|&it| history.operations()[events.operation[it] as usize].invoked <= until);
            Found::among(events.in_history(begun))
        }),
    }
}

/// The operations in the order of their invocations.
fn in_order(events: &Events) -> Vec<u32> {
    let mut order = events.in_order();
    // What is no event is odd, as a completion is.
    order.retain(|event| event % 2 == 0);
    order.iter_mut().for_each(|event| *event /= 2);
    order
}

enum Replayed {
    Fits,
    Unknown,
    /// No order explains the operations of this instant, the first of which has this place.
    Ends {
        at: usize,
    },
}

/// Replays operations on one register, given in the order of their invocations.
fn replay(history: &History, events: &Events, own: &[u32], meter: &Meter<'_>) -> Replayed {
    let invoked = |at: u32| history.operations()[events.operation[at as usize] as usize].invoked;
    // Which values may be held, in order.
    let mut held: Vec<u32> = vec![events.initial[0]];
    let mut start = 0;
    for group in own.chunk_by(|&a, &b| invoked(a) == invoked(b)) {
        match *group {
            // Most of the time one value is held, and one operation follows.
            [only] if held.len() == 1 && !events.is_pending(only as usize) => {
                match after(events, only, held[0]) {
                    [Some(value), _] => held[0] = value,
                    [None, _] => held.clear(),
                }
            }
            [only] => {
                held = held
                    .iter()
                    .flat_map(|&value| after(events, only, value))
                    .flatten()
                    .collect();
                held.sort_unstable();
                held.dedup();
            }
            _ if !events.has_swaps() => held = side_by_side(events, group, &held),
            _ => match together(events, group, &held, meter) {
                Some(after) => held = after,
                None => return Replayed::Unknown,
            },
        }
        if held.is_empty() {
            return Replayed::Ends { at: start };
        }
        start += group.len();
    }
    Replayed::Fits
}

/// What the register may hold after some reads and writes in any order: whatever one of them writes, if each read finds
/// what it returned; and what it held before, if none of them has to write.
fn side_by_side(events: &Events, group: &[u32], held: &[u32]) -> Vec<u32> {
    let of = |kind: Kind| {
        let group = group.iter().map(|&at| at as usize);
        group.filter(move |&at| events.kind[at] == kind)
    };
    let mut written: Vec<u32> = of(Kind::Write).map(|at| events.value[at]).collect();
    written.sort_unstable();
    written.dedup();
    // What is read and not written in the group has to be held before.
    let before = |held: &&u32| {
        let mut read = of(Kind::Read).map(|at| events.value[at]);
        read.all(|value| value == **held || written.binary_search(&value).is_ok())
    };
    let before: Vec<u32> = held.iter().filter(before).copied().collect();
    if before.is_empty() {
        return Vec::new();
    }
    let mut after = written.clone();
    if of(Kind::Write).all(|at| events.is_pending(at)) {
        // Unless a pending write has to happen, since another value is read.
        let unwritten = |held: &&u32| of(Kind::Read).all(|at| events.value[at] == **held);
        after.extend(before.iter().filter(unwritten));
    }
    after.sort_unstable();
    after.dedup();
    after
}

/// What the register may hold after some operations in any order; `None` if there are too many orders.
fn together(events: &Events, group: &[u32], held: &[u32], meter: &Meter<'_>) -> Option<Vec<u32>> {
    if group.len() > TOGETHER {
        meter.end(Limit::Method);
        return None;
    }
    let all = (1_u32 << group.len()) - 1;
    let mut met: BTreeSet<(u32, u32)> = held.iter().map(|&value| (0, value)).collect();
    let mut open: Vec<(u32, u32)> = met.iter().copied().collect();
    while let Some((done, value)) = open.pop() {
        if !meter.spend(1) || !meter.allows(16 * met.len()) {
            return None;
        }
        for (nth, &at) in (0..).zip(group).filter(|(nth, _)| done >> nth & 1 == 0) {
            for value in after(events, at, value).into_iter().flatten() {
                let next = (done | 1 << nth, value);
                if met.insert(next) {
                    open.push(next);
                }
            }
        }
    }
    let ended = met.into_iter().filter(|&(done, _)| done == all);
    let mut values: Vec<u32> = ended.map(|(_, value)| value).collect();
    values.sort_unstable();
    values.dedup();
    Some(values)
}

/// What the register may hold after an operation, if it holds this before. Only what is pending has two outcomes.
fn after(events: &Events, at: u32, held: u32) -> [Option<u32>; 2] {
    let at = at as usize;
    let perhaps = Some(held).filter(|_| events.is_pending(at));
    let found = events.value[at] == held;
    match events.kind[at] {
        Kind::Write => [Some(events.value[at]), perhaps],
        Kind::Read => [Some(held).filter(|_| found), None],
        Kind::Swap if found => [Some(events.new[at]), perhaps],
        Kind::Swap => [perhaps, None],
        Kind::Refused => [Some(held).filter(|_| !found), None],
        Kind::Indeterminate if found => [Some(events.new[at]), None],
        Kind::Indeterminate => [Some(held), None],
    }
}

/// The evidence against an operation that was invoked alone, where it is of three operations at most: the last write
/// before it, and a write of what it found.
fn stale(history: &History, events: &Events, order: &[u32], at: usize) -> Option<Found> {
    let in_history = |at: u32| events.operation[at as usize] as usize;
    let invoked = |at: u32| history.operations()[in_history(at)].invoked;
    let read = order[at];
    let value = events.value[read as usize];
    if events.kind[read as usize] != Kind::Read
        || order
            .get(at + 1)
            .is_some_and(|&next| invoked(next) == invoked(read))
    {
        return None;
    }
    let last = order[..at].iter().rposition(|&it| {
        events.kind[it as usize] == Kind::Write && !events.is_pending(it as usize)
    })?;
    // Nothing but reads, and pending writes of other values, may stand between the two.
    let only_reads = order[last + 1..at].iter().all(|&it| {
        events.kind[it as usize] == Kind::Read
            || events.kind[it as usize] == Kind::Write && events.value[it as usize] != value
    });
    let is_alone = |place: usize| {
        let own = invoked(order[place]);
        let mut near = order[..place]
            .last()
            .into_iter()
            .chain(order.get(place + 1));
        near.all(|&other| invoked(other) != own)
    };
    let is_other = events.value[order[last] as usize] != value;
    if !only_reads || !is_other || !is_alone(last) {
        return None;
    }
    let writes = |it: &&u32| events.written(**it as usize) == Some(value);
    let source = order[..last].iter().rfind(writes);
    let source = source.or_else(|| order[at..].iter().find(writes)).copied();
    let is_initial = value == events.initial[0];
    if source.is_none() && !is_initial {
        return None;
    }
    let source = source.filter(|_| !is_initial);
    let (write, read) = (in_history(order[last]), in_history(read));
    let witness = source.map(in_history).into_iter().chain([write, read]);
    Some(Found::because(
        Reason::NotInOrder { write, read },
        witness.collect(),
    ))
}

//! Strict: each operation happens at the instant of its invocation, and a read returns what the last write before it
//! wrote.
//!
//! The register is replayed in this order, with the set of the values that it may hold: there is more than one only
//! where writes are pending, which may never have happened. Operations invoked at one instant may happen in any order;
//! all orders are followed, which takes time exponential in how many these are, and linear in all else.

use std::collections::{BTreeSet, HashSet};

use super::events::{Events, Kind};
use super::{Anomaly, Model, Verdict, Violation, all, atomic, regular, witness};
use crate::{History, Operation, Value};

/// How many operations of one instant are put in every order.
const TOGETHER: usize = 12;

pub(super) fn check(history: &History) -> Verdict {
    let verdicts = Events::by_register(history).into_iter().map(|events| {
        let own = in_order(&events);
        match replay(history, &events, &own) {
            Replayed::Fits => Verdict::Meets,
            Replayed::Unknown => Verdict::Unknown { states: 0 },
            Replayed::Ends { at } => {
                let own: Vec<usize> = own
                    .iter()
                    .map(|&at| events.operation[at as usize] as usize)
                    .collect();
                Verdict::Breaks(explain(history, &own, at))
            }
        }
    });
    all(verdicts.collect())
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
fn replay(history: &History, events: &Events, own: &[u32]) -> Replayed {
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
            _ if group.len() > TOGETHER => return Replayed::Unknown,
            _ => held = together(events, group, &held),
        }
        if held.is_empty() {
            return Replayed::Ends { at: start };
        }
        start += group.len();
    }
    Replayed::Fits
}

/// What the register may hold after some operations in any order.
fn together(events: &Events, group: &[u32], held: &[u32]) -> Vec<u32> {
    let all = (1_u32 << group.len()) - 1;
    let mut met: BTreeSet<(u32, u32)> = held.iter().map(|&value| (0, value)).collect();
    let mut open: Vec<(u32, u32)> = met.iter().copied().collect();
    while let Some((done, value)) = open.pop() {
        for (nth, &at) in group
            .iter()
            .enumerate()
            .filter(|(nth, _)| done >> nth & 1 == 0)
        {
            for value in after(events, at, value).into_iter().flatten() {
                let next = (done | 1 << nth, value);
                if met.insert(next) {
                    open.push(next);
                }
            }
        }
    }
    met.into_iter()
        .filter(|&(done, _)| done == all)
        .map(|(_, value)| value)
        .collect()
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
        Kind::Doubtful if found => [Some(events.new[at]), None],
        Kind::Doubtful => [Some(held), None],
    }
}

fn explain(history: &History, own: &[usize], at: usize) -> Violation {
    let operations = history.operations();
    let values: HashSet<&Value> = own
        .iter()
        .filter_map(|&at| operations[at].written())
        .collect();
    let written = |read: usize| {
        let initial = history.initial_of(operations[read].register);
        let value = operations[read].returned();
        value.is_none_or(|value| value == initial || values.contains(value))
    };
    if let Some(&read) = own.iter().find(|&&read| !written(read)) {
        let value = operations[read].written_or_returned();
        return regular::never_written(history, Model::Strict, read, value);
    }
    let breaks = |part: &History| {
        let mut registers = Events::by_register(part).into_iter();
        let ends = |events: Events| replay(part, &events, &in_order(&events));
        registers.any(|events| matches!(ends(events), Replayed::Ends { .. }))
    };
    let end = operations[own[at]].invoked;
    let until: Vec<usize> = own
        .iter()
        .copied()
        .filter(|&at| operations[at].invoked <= end)
        .collect();
    let among = match own.len() <= witness::EXACT {
        true => own,
        false => &until,
    };
    let witness = witness::among_the_last(history, among, breaks);
    let named: Vec<String> = witness
        .iter()
        .map(|&at| match operations[at].returned() {
            Some(value) => format!("{} ({value})", history.describe(at)),
            None => history.describe(at),
        })
        .collect();
    let sentence = match stale(operations, &witness) {
        // Nothing that was invoked in between could have changed what the read finds.
        Some((write, read, value)) => format!(
            "not in the order of invocation: {} returned {value}, but {} was invoked before it",
            history.describe(read),
            history.describe(write),
        ),
        None => format!(
            "not in the order of invocation: {} cannot each find what it found, taken as they were invoked",
            atomic::list(&named),
        ),
    };
    Violation {
        model: Model::Strict,
        anomaly: Anomaly::NoOrder,
        sentence,
        witness,
    }
}

/// A write, a read that was invoked next and did not return its value, and what it returned, if these two are all the
/// evidence there is, or all but the write of that value.
fn stale<'a>(operations: &'a [Operation], witness: &[usize]) -> Option<(usize, usize, &'a Value)> {
    let mut by_invocation = witness.to_vec();
    by_invocation.sort_by_key(|&at| operations[at].invoked);
    let (&[.., write, read], 2..=3) = (by_invocation.as_slice(), witness.len()) else {
        return None;
    };
    let (overwriting, value) = (&operations[write], operations[read].returned()?);
    let first = operations[by_invocation[0]].written();
    let in_order = overwriting.invoked < operations[read].invoked;
    let overwrites = overwriting.is_write() && !overwriting.is_pending();
    let has_written = witness.len() == 2 || first == Some(value);
    (in_order && overwrites && has_written && operations[read].is_read())
        .then_some((write, read, value))
}

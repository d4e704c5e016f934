//! Strict: each operation happens at the instant of its invocation, and a read returns what the last write before it
//! wrote.
//!
//! The register is replayed in this order, with the set of the values that it may hold: there is more than one only
//! where writes are pending, which may never have happened. Operations invoked at one instant may happen in any order;
//! all orders are followed, which takes time exponential in how many these are, and linear in all else.

use std::collections::HashSet;

use super::events::Events;
use super::{Anomaly, Model, Verdict, Violation, all, atomic, regular, witness};
use crate::{Action, History, Operation, Value};

/// How many operations of one instant are put in every order.
const TOGETHER: usize = 12;

pub(super) fn check(history: &History) -> Verdict {
    let verdicts = Events::by_register(history).into_iter().map(|events| {
        let mut own = events.in_history(0..events.len());
        let operations = history.operations();
        own.sort_by_key(|&at| (operations[at].invoked, at));
        match replay(history, &own) {
            Replayed::Fits => Verdict::Meets,
            Replayed::Unknown => Verdict::Unknown { states: 0 },
            Replayed::Ends { at } => Verdict::Breaks(explain(history, &own, at)),
        }
    });
    all(verdicts.collect())
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
fn replay(history: &History, own: &[usize]) -> Replayed {
    let operations = history.operations();
    let Some(&first) = own.first() else {
        return Replayed::Fits;
    };
    let mut held: HashSet<&Value> = HashSet::from([history.initial_of(operations[first].register)]);
    let mut start = 0;
    for group in own.chunk_by(|&a, &b| operations[a].invoked == operations[b].invoked) {
        held = match group {
            &[only] => held
                .into_iter()
                .flat_map(|value| after(&operations[only], value))
                .collect(),
            _ if group.len() > TOGETHER => return Replayed::Unknown,
            _ => together(operations, group, held),
        };
        if held.is_empty() {
            return Replayed::Ends { at: start };
        }
        start += group.len();
    }
    Replayed::Fits
}

/// What the register may hold after some operations in any order.
fn together<'a>(
    operations: &'a [Operation],
    group: &[usize],
    held: HashSet<&'a Value>,
) -> HashSet<&'a Value> {
    let all = (1_u32 << group.len()) - 1;
    let mut met: HashSet<(u32, &Value)> = held.into_iter().map(|value| (0, value)).collect();
    let mut open: Vec<(u32, &Value)> = met.iter().copied().collect();
    while let Some((done, value)) = open.pop() {
        for (nth, &at) in group
            .iter()
            .enumerate()
            .filter(|(nth, _)| done >> nth & 1 == 0)
        {
            for value in after(&operations[at], value) {
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

/// What the register may hold after an operation, if it holds this before.
fn after<'a>(operation: &'a Operation, held: &'a Value) -> Vec<&'a Value> {
    let pending = operation.is_pending();
    match &operation.action {
        Action::Write(value) if pending => vec![held, value],
        Action::Write(value) => vec![value],
        Action::Read(Some(value)) if value != held => Vec::new(),
        Action::Read(_) => vec![held],
        Action::CompareAndSwap {
            expected,
            new,
            swapped,
        } => match (expected == held, swapped) {
            (true, None) if pending => vec![held, new],
            (true, None | Some(true)) => vec![new],
            (false, None | Some(false)) => vec![held],
            (true, Some(false)) | (false, Some(true)) => Vec::new(),
        },
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
        let mut all: Vec<usize> = (0..part.operations().len()).collect();
        all.sort_by_key(|&at| part.operations()[at].invoked);
        matches!(replay(part, &all), Replayed::Ends { .. })
    };
    let end = operations[own[at]].invoked;
    let until: Vec<usize> = own
        .iter()
        .copied()
        .filter(|&at| operations[at].invoked <= end)
        .collect();
    // The operations of the last instant, the writes of what they found, and the last write before.
    let last = own[..at]
        .iter()
        .rfind(|&&at| operations[at].written().is_some());
    let group = until.iter().filter(|&&at| operations[at].invoked == end);
    let found: HashSet<&Value> = group.filter_map(|&at| operations[at].returned()).collect();
    let is_core = |&at: &usize| {
        let wrote = operations[at].written();
        operations[at].invoked == end
            || Some(&at) == last
            || wrote.is_some_and(|it| found.contains(it))
    };
    let core: Vec<usize> = own.iter().copied().filter(is_core).collect();
    let among = match own.len() <= witness::EXACT {
        true => own,
        false if breaks(&history.restricted_to(&core)) => &core,
        false => &until,
    };
    let witness = witness::smallest(history, among, breaks);
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

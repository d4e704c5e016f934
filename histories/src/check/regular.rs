//! Regular (Lamport 1986): a read returns the value before the writes that it is concurrent with, or one that they
//! write.
//!
//! Stated for any number of writers (MWR1 of Shao, Welch, Pierce and Lee 2011): a read may return the value of a write
//! that it does not precede, unless another write comes, in precedence, between that write and the read. The initial
//! value is a write that precedes everything. Each read is judged alone, which is why two reads may contradict each
//! other.
//!
//! One sweep over the events judges all reads. Let L be the write invoked last among those that completed before the
//! read was invoked. Whatever overwrites a value for this read, L does: so a write is a source of the read if it was
//! invoked before the read completed, and completed after L was invoked. Of the writes of one value, the one that
//! completes last is as good as all. Time O(n), whether values repeat or not.

use std::collections::BTreeSet;

use super::events::{Events, Kind, NEVER};
use super::{Anomaly, Model, Verdict, Violation, local};
use crate::{Action, History, Operation, Value};

pub(crate) fn check(history: &History) -> Verdict {
    local(history, Model::Regular, |history, events| {
        judge(history, events, Model::Regular, None)
    })
}

/// Judges the operations that read, or only some of them, by the regular rule.
pub(super) fn judge(
    history: &History,
    events: &Events,
    model: Model,
    only: Option<&[bool]>,
) -> Verdict {
    let mut broken = sweep(events);
    if let Some(only) = only {
        broken.retain(|&(at, _)| only[at]);
    }
    least(events, &broken).map_or(Verdict::Meets, |(read, last)| {
        Verdict::Breaks(explain(history, events, model, read, last))
    })
}

/// The write of a value that completes last, and the next one.
#[derive(Clone, Copy, Default)]
struct Latest {
    write: u32,
    completed: u32,
    next: u32,
}

/// The operations that found what they may not have found, each with the invocation of its L; 0 if it has none.
pub(super) fn sweep(events: &Events) -> Vec<(usize, u32)> {
    let mut broken = Vec::new();
    let mut latest = vec![Latest::default(); events.values];
    // The two values of which a write completes last: when, and which.
    let mut last_two = [(0, NEVER); 2];
    let mut overwritten = vec![0_u32; events.len()];
    let mut last_invoked = 0;
    for event in events.in_order() {
        if event == NEVER {
            continue;
        }
        let at = event as usize / 2;
        let kind = events.kind[at];
        if event % 2 == 0 {
            overwritten[at] = last_invoked;
            let Some(value) = events.written(at) else {
                continue;
            };
            let completed = events.completed[at];
            let best = &mut latest[value as usize];
            if completed > best.completed {
                *best = Latest {
                    write: at as u32,
                    completed,
                    next: best.completed,
                };
            } else {
                best.next = best.next.max(completed);
            }
            if value == last_two[0].1 {
                last_two[0].0 = completed.max(last_two[0].0);
            } else if completed > last_two[0].0 {
                last_two = [(completed, value), last_two[0]];
            } else if completed > last_two[1].0 {
                last_two[1] = (completed, value);
            }
            continue;
        }
        let since = overwritten[at];
        let value = events.value[at];
        let is_initial = |value| since == 0 && value == events.initial[0];
        let fine = match kind {
            Kind::Write | Kind::Doubtful => true,
            Kind::Read | Kind::Swap => {
                let best = latest[value as usize];
                // A compare-and-swap does not find what it writes itself.
                let completed = match best.write == at as u32 {
                    true => best.next,
                    false => best.completed,
                };
                completed > since || is_initial(value)
            }
            Kind::Refused => {
                let other = last_two.iter().any(|&(completed, source)| {
                    source != NEVER && source != value && completed > since
                });
                other || (since == 0 && value != events.initial[0])
            }
        };
        if !fine {
            broken.push((at, since));
        }
        if matches!(kind, Kind::Write | Kind::Swap) {
            last_invoked = last_invoked.max(events.invoked[at]);
        }
    }
    broken
}

/// The one whose evidence is the smallest, and of those the one that completed first.
pub(super) fn least(events: &Events, broken: &[(usize, u32)]) -> Option<(usize, u32)> {
    let (&first, rest) = broken.split_first()?;
    if rest.is_empty() {
        return Some(first);
    }
    let mut writes = vec![0_u32; events.values];
    // The first invocation of a write of each value.
    let mut since = vec![NEVER; events.values];
    for at in 0..events.len() {
        if let Some(value) = events.written(at) {
            writes[value as usize] += 1;
            since[value as usize] = since[value as usize].min(events.invoked[at]);
        }
    }
    let size = |&(at, last): &(usize, u32)| {
        let value = events.value[at] as usize;
        let own = u32::from(events.written(at) == Some(value as u32));
        let is_initial = value == events.initial[0] as usize;
        let needs_last = last != 0
            && (events.kind[at] == Kind::Refused
                || is_initial
                || since[value] < events.completed[at]);
        let needs_source = events.kind[at] != Kind::Refused && !is_initial && writes[value] > own;
        let size = u32::from(needs_source) + u32::from(needs_last);
        (size, events.completed[at])
    };
    broken.iter().copied().min_by_key(size)
}

/// The values that a regular register may return to this read.
pub(crate) fn allowed(history: &History, read: usize) -> BTreeSet<&Value> {
    let operations = history.operations();
    // A write is overwritten if it completed before some write was invoked that precedes the read: then also before the
    // last of those.
    let before = history
        .writes()
        .filter(|&write| history.precedes(write, read));
    let last = before.map(|write| operations[write].invoked).max();
    let is_overwritten = |write: &Operation| {
        last.is_some_and(|last| write.completed.is_some_and(|completed| completed < last))
    };
    let sources = history
        .writes()
        .filter(|&write| !history.precedes(read, write));
    let mut values: BTreeSet<&Value> = sources
        .map(|write| &operations[write])
        .filter(|write| !is_overwritten(write))
        .filter_map(Operation::written)
        .collect();
    if last.is_none() {
        values.insert(history.initial());
    }
    values
}

/// The value that an operation found, or is said not to have found.
fn found(operation: &Operation) -> &Value {
    match &operation.action {
        Action::Read(Some(value)) => value,
        Action::CompareAndSwap { expected, .. } => expected,
        Action::Read(None) | Action::Write(_) => unreachable!("it found something"),
    }
}

/// Why an operation may not have found what it did, given the invocation of its L.
pub(super) fn explain(
    history: &History,
    events: &Events,
    model: Model,
    read: usize,
    last: u32,
) -> Violation {
    let at = events.operation[read] as usize;
    let operation = &history.operations()[at];
    let value = found(operation);
    let reader = history.describe(at);
    let said = match operation.action {
        Action::CompareAndSwap { .. } => "found",
        _ => "returned",
    };
    let describe = |write: usize| history.describe(events.operation[write] as usize);
    let violation = |anomaly, sentence, witness: Vec<usize>| Violation {
        model,
        anomaly,
        sentence,
        witness: events.in_history(witness.into_iter().chain([read])),
    };
    let last = (last != 0).then(|| {
        let last = events.invoked.iter().position(|&invoked| invoked == last);
        last.expect("L was invoked")
    });
    let is_initial = events.initial[0] == events.value[read];
    if events.kind[read] == Kind::Refused {
        let held = match last {
            Some(last) => format!("after {}", describe(last)),
            None => "from the beginning".to_owned(),
        };
        let sentence = format!(
            "refused though equal: {reader} did not find {value}, which the register held {held}"
        );
        return violation(Anomaly::Refused, sentence, last.into_iter().collect());
    }
    let writes = (0..events.len())
        .filter(|&write| write != read && events.written(write) == Some(events.value[read]));
    let writes: Vec<usize> = writes.collect();
    if writes.is_empty() && !is_initial {
        return never_written(history, model, at, value);
    }
    // All that were invoked before the read completed, L had overwritten: the last one stands for them.
    let begun = writes
        .iter()
        .filter(|&&write| !events.precedes(read, write));
    let source = begun.copied().max_by_key(|&write| events.completed[write]);
    match (last, source) {
        (Some(last), _) if is_initial => {
            let sentence = format!(
                "stale read: {reader} {said} the initial value {value}, but {} had completed before the {} was invoked",
                describe(last),
                noun(operation),
            );
            violation(Anomaly::Stale, sentence, vec![last])
        }
        (Some(last), Some(source)) => {
            let sentence = format!(
                "stale read: {reader} {said} {value}, but {} had followed {} and completed before the {} was invoked",
                describe(last),
                describe(source),
                noun(operation),
            );
            violation(Anomaly::Stale, sentence, vec![source, last])
        }
        _ => {
            let first = writes
                .iter()
                .copied()
                .min_by_key(|&write| events.invoked[write]);
            let first = first.expect("there are writes of the value");
            let sentence = format!(
                "read from the future: {reader} {said} {value} and completed before {} was invoked",
                describe(first),
            );
            violation(Anomaly::Future, sentence, vec![first])
        }
    }
}

fn noun(operation: &Operation) -> &'static str {
    match operation.action {
        Action::CompareAndSwap { .. } => "compare-and-swap",
        _ => "read",
    }
}

/// The violation of an operation that found a value which no operation of the history wrote.
pub(super) fn never_written(
    history: &History,
    model: Model,
    read: usize,
    value: &Value,
) -> Violation {
    let operations = history.operations();
    let register = operations[read].register;
    let reader = history.describe(read);
    let said = match operations[read].action {
        Action::CompareAndSwap { .. } => "found",
        _ => "returned",
    };
    let alone = |anomaly, sentence| Violation {
        model,
        anomaly,
        sentence,
        witness: vec![read],
    };
    let failed = history.failed().iter();
    let mut failed = failed.filter(|op| op.register == register && op.written() == Some(value));
    if let Some(failed) = failed.next() {
        return alone(
            Anomaly::Aborted,
            format!(
                "aborted read: {reader} {said} {value}, which only a failed {} of Thread {} was to write",
                if failed.is_write() {
                    "write"
                } else {
                    "compare-and-swap"
                },
                failed.process,
            ),
        );
    }
    let writes = || {
        (0..operations.len()).filter_map(|at| {
            let operation = &operations[at];
            Some((
                at,
                operation
                    .written()
                    .filter(|_| operation.register == register)?,
            ))
        })
    };
    let initial = history.initial_of(register);
    let sources: Vec<&Value> = match value.is_mixed() {
        true => writes().map(|(_, value)| value).chain([initial]).collect(),
        false => Vec::new(),
    };
    if !(value.is_mixed() && value.is_mix_of(sources)) {
        return alone(
            Anomaly::NeverWritten,
            format!("value never written: {reader} {said} {value}, which nobody wrote"),
        );
    }
    let mut witness = Vec::new();
    let words = (0..value.width().unwrap_or(1)).map(|at| {
        let word = value.word(at).expect("the index is below the width");
        let has_word = |value: &Value| value.word(at) == Some(word);
        // Of several writes of this word, one that the read could have met.
        let source = writes()
            .filter(|(_, value)| has_word(value))
            .map(|(write, _)| write)
            .min_by_key(|&write| {
                (
                    history.precedes(read, write),
                    !history.concurrent(read, write),
                )
            });
        match source {
            Some(write) if !has_word(initial) || history.concurrent(read, write) => {
                witness.push(write);
                format!("word {at} is of {}", history.describe(write))
            }
            _ => format!("word {at} is of the initial value {initial}"),
        }
    });
    let words: Vec<String> = words.collect();
    let sentence = format!("torn read: {reader} {said} {value}: {}", words.join(", "));
    witness.push(read);
    witness.sort_unstable();
    witness.dedup();
    Violation {
        model,
        anomaly: Anomaly::Torn,
        sentence,
        witness,
    }
}

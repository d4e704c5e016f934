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
//!
//! A compare-and-swap that completed, of which it is not known whether it swapped, did or did not: both are tried, for as
//! many of them as contradict each other.

use std::collections::BTreeSet;

use crate::budget::{Budget, Meter};
use crate::events::{Events, Kind, NEVER};
use crate::found::Found;
use crate::search::choice::{Answer, Chosen, Said, choose};
use crate::verdict::Reason;
use crate::{History, Operation, Value};

pub(crate) fn judge(history: &History, events: &Events, budget: &Budget) -> Found {
    judge_some(history, events, budget, |_| None)
}

/// Judges the operations that read, or only some of them, by the regular rule.
pub(super) fn judge_some(
    history: &History,
    events: &Events,
    budget: &Budget,
    only: impl Fn(&Events) -> Option<Vec<bool>>,
) -> Found {
    let sweep = |events: &Events| {
        let mut broken = sweep(events);
        if let Some(only) = only(events).filter(|_| !broken.is_empty()) {
            broken.retain(|&(at, _)| only[at]);
        }
        broken
    };
    let open: Vec<usize> = events.indeterminate().collect();
    if open.is_empty() {
        return match least(events, &sweep(events)) {
            None => Found::Meets,
            Some((read, last)) => {
                let (reason, witness) = reason(history, events, read, last);
                Found::because(reason, witness)
            }
        };
    }
    let meter = budget.meter();
    either_way(history, events, &open, &meter, sweep)
}

/// Judges a history some of whose compare-and-swaps are open: they did swap, or they did not.
fn either_way(
    history: &History,
    events: &Events,
    open: &[usize],
    meter: &Meter<'_>,
    sweep: impl Fn(&Events) -> Vec<(usize, u32)>,
) -> Found {
    let mut events = events.clone();
    let mut evidence: Vec<usize> = Vec::new();
    let options = vec![2; open.len()];
    let judge = |chosen: Chosen<'_>| {
        for (nth, &at) in open.iter().enumerate() {
            events.kind[at] = match chosen.of(nth) {
                Some(0) => Kind::Swap,
                _ => Kind::Refused,
            };
        }
        if !meter.spend(1 + events.len() as u64 / 16) {
            return Said::Unknown;
        }
        let Some(&(at, last)) = sweep(&events).first() else {
            return Said::Fine;
        };
        let (_, witness) = reason(history, &events, at, last);
        evidence.extend(witness);
        let matters = |other: usize| {
            let begun = events.invoked[other] < events.completed[at];
            match events.kind[other] {
                _ if other == at => true,
                Kind::Swap => events.invoked[other] == last,
                // Had it swapped, it could be what was found, or a write that was met.
                _ => begun && events.completed[other] > last,
            }
        };
        let variables: Vec<u32> = (0..open.len())
            .filter(|&nth| matters(open[nth]))
            .map(|nth| nth as u32)
            .collect();
        evidence.extend(
            variables
                .iter()
                .map(|&nth| events.operation[open[nth as usize]] as usize),
        );
        Said::Contradiction(variables)
    };
    match choose(&options, &vec![0; open.len()], false, meter, judge) {
        Answer::Found(_) => Found::Meets,
        Answer::None => {
            evidence.sort_unstable();
            evidence.dedup();
            Found::among(evidence)
        }
        Answer::Unknown => Found::gave_up(
            meter,
            "what each compare-and-swap of unknown outcome may have done",
        ),
    }
}

/// The write of a value that completes last, and the next one.
#[derive(Clone, Copy, Default)]
struct Latest {
    write: u32,
    completed: u32,
    next: u32,
}

/// The operations that found what they may not have found, each with the invocation of its L; 0 if it has none.
pub(crate) fn sweep(events: &Events) -> Vec<(usize, u32)> {
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
            Kind::Write | Kind::Indeterminate => true,
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
pub(crate) fn least(events: &Events, broken: &[(usize, u32)]) -> Option<(usize, u32)> {
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

/// Why an operation may not have found what it did, given the invocation of its L; and the operations that prove it.
pub(crate) fn reason(
    history: &History,
    events: &Events,
    read: usize,
    last: u32,
) -> (Reason, Vec<usize>) {
    let in_history = |at: usize| events.operation[at] as usize;
    let at = in_history(read);
    let last = (last != 0).then(|| {
        let last = events.invoked.iter().position(|&invoked| invoked == last);
        last.expect("L was invoked")
    });
    if events.kind[read] == Kind::Refused {
        let since = last.map(in_history);
        let witness = since.into_iter().chain([at]).collect();
        return (Reason::Refused { swap: at, since }, witness);
    }
    let is_initial = events.initial[0] == events.value[read];
    let writes = (0..events.len())
        .filter(|&write| write != read && events.written(write) == Some(events.value[read]));
    let writes: Vec<usize> = writes.collect();
    if writes.is_empty() && !is_initial {
        return never_written(history, at);
    }
    // All that were invoked before the read completed, L had overwritten: the last one stands for them.
    let begun = writes
        .iter()
        .filter(|&&write| !events.precedes(read, write));
    let source = begun.copied().max_by_key(|&write| events.completed[write]);
    let (source, overwritten) = match (last, source) {
        (Some(last), _) if is_initial => (None, in_history(last)),
        (Some(last), Some(source)) => (Some(in_history(source)), in_history(last)),
        _ => {
            let mut first = writes.iter().copied();
            let least = |one: usize, other: usize| match events.invoked[other] < events.invoked[one]
            {
                true => other,
                false => one,
            };
            let first = first.next().map(|one| first.fold(one, least));
            let write = in_history(first.expect("there are writes of the value"));
            return (Reason::Future { read: at, write }, vec![write, at]);
        }
    };
    let witness = source.into_iter().chain([overwritten, at]).collect();
    let reason = Reason::Stale {
        read: at,
        source,
        overwritten,
    };
    (reason, witness)
}

/// Why an operation may not have found a value which no operation of the history wrote.
pub(crate) fn never_written(history: &History, read: usize) -> (Reason, Vec<usize>) {
    let operations = history.operations();
    let (register, value) = (
        operations[read].register,
        operations[read].expected_or_returned(),
    );
    let mut failed = history.failed().iter();
    let failed = failed.position(|op| op.register == register && op.written() == Some(value));
    if let Some(failed) = failed {
        return (Reason::Aborted { read, failed }, vec![read]);
    }
    if !value.is_mixed() {
        return (Reason::NeverWritten { read }, vec![read]);
    }
    let writes = || {
        operations.iter().enumerate().filter_map(|(at, operation)| {
            Some((
                at,
                operation
                    .written()
                    .filter(|_| operation.register == register && at != read)?,
            ))
        })
    };
    let initial = history.initial_of(register);
    let sources: Vec<&Value> = writes().map(|(_, value)| value).chain([initial]).collect();
    if !value.is_mix_of(sources) {
        return (Reason::NeverWritten { read }, vec![read]);
    }
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
        source.filter(|&write| !has_word(initial) || history.concurrent(read, write))
    });
    let words: Vec<Option<usize>> = words.collect();
    let witness = words.iter().flatten().copied().chain([read]).collect();
    (Reason::Torn { read, words }, witness)
}

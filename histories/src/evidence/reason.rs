//! Why a part of a history breaks a model: the simplest reason that can be told.

use super::closure;
use super::witness::Witness;
use crate::budget::Budget;
use crate::events::Events;
use crate::found::Found;
use crate::judge::atomic::unique;
use crate::judge::regular;
use crate::verdict::{Reason, Step, Why};
use crate::{Action, History, Model, Value, consistency};

impl Reason {
    /// The operations that found what they may not have found.
    pub(super) fn blamed(&self) -> Vec<usize> {
        match *self {
            Self::NeverWritten { read }
            | Self::Aborted { read, .. }
            | Self::Torn { read, .. }
            | Self::Future { read, .. }
            | Self::Stale { read, .. }
            | Self::NotInOrder { read, .. } => vec![read],
            Self::Refused { swap, .. } => vec![swap],
            Self::Inversion { new, old } => vec![new, old],
            Self::Crossing { one, other } => [one, other].concat(),
            Self::Cycle { .. } | Self::NoOrder => Vec::new(),
        }
    }

    /// All operations of which it speaks.
    pub(super) fn operations(&self) -> Vec<usize> {
        let mut all = self.blamed();
        match self {
            Self::Torn { words, .. } => all.extend(words.iter().flatten()),
            Self::Future { write, .. } | Self::NotInOrder { write, .. } => all.push(*write),
            Self::Stale {
                source,
                overwritten,
                ..
            } => all.extend(source.iter().chain([overwritten])),
            Self::Refused { since, .. } => all.extend(since),
            Self::Cycle { steps } => {
                for step in steps {
                    all.extend([step.from, step.to]);
                    match step.why {
                        Why::Overwritten { read } => all.push(read),
                        Why::NotYet { write } => all.extend(write),
                        Why::Process | Why::ReadFrom | Why::Session => {}
                    }
                }
            }
            Self::NeverWritten { .. }
            | Self::Aborted { .. }
            | Self::Inversion { .. }
            | Self::Crossing { .. }
            | Self::NoOrder => {}
        }
        all
    }

    /// The same reason, of other operations.
    fn of(self, name: impl Fn(usize) -> usize) -> Self {
        let step = |step: Step| Step {
            from: name(step.from),
            to: name(step.to),
            why: match step.why {
                Why::Overwritten { read } => Why::Overwritten { read: name(read) },
                Why::NotYet { write } => Why::NotYet {
                    write: write.map(&name),
                },
                other => other,
            },
        };
        match self {
            Self::NeverWritten { read } => Self::NeverWritten { read: name(read) },
            Self::Aborted { read, failed } => Self::Aborted {
                read: name(read),
                failed,
            },
            Self::Torn { read, words } => Self::Torn {
                read: name(read),
                words: words.into_iter().map(|it| it.map(&name)).collect(),
            },
            Self::Future { read, write } => Self::Future {
                read: name(read),
                write: name(write),
            },
            Self::Stale {
                read,
                source,
                overwritten,
            } => Self::Stale {
                read: name(read),
                source: source.map(&name),
                overwritten: name(overwritten),
            },
            Self::Refused { swap, since } => Self::Refused {
                swap: name(swap),
                since: since.map(&name),
            },
            Self::Inversion { new, old } => Self::Inversion {
                new: name(new),
                old: name(old),
            },
            Self::Crossing { one, other } => Self::Crossing {
                one: one.map(&name),
                other: other.map(&name),
            },
            Self::NotInOrder { write, read } => Self::NotInOrder {
                write: name(write),
                read: name(read),
            },
            Self::Cycle { steps } => Self::Cycle {
                steps: steps.into_iter().map(step).collect(),
            },
            Self::NoOrder => Self::NoOrder,
        }
    }
}

/// The reason, and the compare-and-swaps of unknown outcome that are taken to have swapped for it.
pub(super) fn of(history: &History, model: Model, witness: &Witness) -> (Reason, Vec<usize>) {
    let operations = history.operations();
    if let &[only] = witness.operations.as_slice() {
        let reason = match closure::refused(&operations[only]) {
            true => Reason::Refused {
                swap: only,
                since: None,
            },
            false => regular::never_written(history, only).0,
        };
        return (reason, Vec::new());
    }
    let mut part = witness.of(history);
    let is_open = |at: &usize| {
        let action = &operations[*at].action;
        let is_open = matches!(action, Action::CompareAndSwap { swapped: None, .. });
        is_open && !operations[*at].is_pending()
    };
    let supposed: Vec<usize> = witness.operations.iter().copied().filter(is_open).collect();
    for (place, at) in witness.operations.iter().enumerate() {
        if is_open(at) {
            part.decide(place, true);
        }
    }
    let name = |at: usize| witness.operations[at];
    let reason = match model {
        Model::Strict => in_order(&part),
        _ if model.is_in_time() => in_time(&part, model),
        _ if supposed.is_empty() => {
            let budget = Budget::default();
            consistency::cycle(&part, model, &budget.meter()).map(|steps| Reason::Cycle { steps })
        }
        _ => None,
    };
    // Whether a value is torn depends on what else was written.
    let is_told = |reason: &Reason| supposed.is_empty() || !matches!(reason, Reason::Torn { .. });
    let reason = reason.filter(is_told);
    (
        reason.map_or(Reason::NoOrder, |reason| reason.of(name)),
        supposed,
    )
}

/// Why a part of one register has no linearization, or is not even regular.
fn in_time(part: &History, model: Model) -> Option<Reason> {
    let events = Events::by_register(part);
    let [events] = events.as_slice() else {
        return None;
    };
    let exact = |found: Found| match found {
        Found::Breaks(broken) => broken.into_iter().find_map(|it| it.exact),
        Found::Meets | Found::Unknown { .. } => None,
    };
    if let Some((reason, _)) = exact(regular::judge(part, events, &Budget::default())) {
        return Some(reason);
    }
    if model != Model::Atomic {
        return None;
    }
    let unique = unique::judge(part, events).and_then(exact);
    unique.map(|(reason, _)| reason).or_else(|| inversion(part))
}

/// Two reads in order of which the second returned the older value, though values may be written more than once.
fn inversion(part: &History) -> Option<Reason> {
    let operations = part.operations();
    let reads = || (0..operations.len()).filter(|&at| operations[at].is_read());
    let mut pairs = reads().flat_map(|new| reads().map(move |old| (new, old)));
    let (new, old) = pairs.find(|&(new, old)| {
        let values = operations[new].returned().zip(operations[old].returned());
        let is_inverted = |(newer, older)| newer != older && is_older(part, older, newer);
        part.precedes(new, old) && values.is_some_and(is_inverted)
    })?;
    Some(Reason::Inversion { new, old })
}

/// Whether every write of `old` precedes every write of `new`; the initial value precedes all.
fn is_older(part: &History, old: &Value, new: &Value) -> bool {
    let operations = part.operations();
    let initial = part.initial_of(operations[0].register);
    let writes_of = |value: &Value| -> Vec<usize> {
        let of = |at: &usize| operations[*at].written() == Some(value);
        (0..operations.len()).filter(of).collect()
    };
    let (olds, news) = (writes_of(old), writes_of(new));
    let precede = |&old: &usize| news.iter().all(|&new| part.precedes(old, new));
    new != initial && (!olds.is_empty() || old == initial) && olds.iter().all(precede)
}

/// A write, and a read that was invoked next and did not return its value, if these two are all the evidence there is, or
/// all but the write of that value.
fn in_order(part: &History) -> Option<Reason> {
    let operations = part.operations();
    let mut by_invocation: Vec<usize> = (0..operations.len()).collect();
    by_invocation.sort_by_key(|&at| operations[at].invoked);
    if let &[read, write] = by_invocation.as_slice()
        && operations[read].is_read()
        && operations[read].returned() == operations[write].written()
        && operations[read].invoked < operations[write].invoked
    {
        return Some(Reason::NotInOrder { write, read });
    }
    let (&[.., write, read], 2..=3) = (by_invocation.as_slice(), by_invocation.len()) else {
        return None;
    };
    let (overwriting, value) = (&operations[write], operations[read].returned()?);
    let first = operations[by_invocation[0]].written();
    let in_order = overwriting.invoked < operations[read].invoked;
    let overwrites = overwriting.is_write() && !overwriting.is_pending();
    let has_written = by_invocation.len() == 2 || first == Some(value);
    (in_order && overwrites && has_written && operations[read].is_read())
        .then_some(Reason::NotInOrder { write, read })
}

//! Violations in words: a sentence for each reason, which names the operations.

use std::collections::HashMap;

use super::closure;
use crate::verdict::{Anomaly, Prefix, Reason, Step, Why};
use crate::{Action, History, Model};

/// Up to so many operations are named.
const NAMED: usize = 17;

/// What kind of anomaly a reason is.
pub(super) fn anomaly(history: &History, reason: &Reason) -> Anomaly {
    match reason {
        Reason::NeverWritten { .. } => Anomaly::NeverWritten,
        Reason::Aborted { .. } => Anomaly::Aborted,
        Reason::Torn { .. } => Anomaly::Torn,
        Reason::Future { .. } => Anomaly::Future,
        Reason::Stale { .. } => Anomaly::Stale,
        Reason::Refused { .. } => Anomaly::Refused,
        Reason::Inversion { .. } => Anomaly::NewOldInversion,
        Reason::Crossing { one, other } => {
            let are_writes = [one[0], other[0]].map(|at| history.operations()[at].is_write());
            match are_writes {
                [true, true] => Anomaly::Disagreement,
                _ => Anomaly::FlipFlop,
            }
        }
        Reason::Cycle { .. } => Anomaly::Cycle,
        Reason::NotInOrder { .. } | Reason::NoOrder => Anomaly::NoOrder,
    }
}

/// The sentence of a violation.
pub(super) fn sentence(
    history: &History,
    model: Model,
    reason: &Reason,
    witness: &[usize],
    prefix: Option<&Prefix>,
) -> String {
    let mut operations: Vec<usize> = match reason {
        Reason::NoOrder => witness.iter().copied().take(NAMED).collect(),
        _ => reason.operations(),
    };
    operations.extend(prefix.map(|prefix| prefix.next));
    operations.sort_unstable();
    operations.dedup();
    let names = history.describe_all(&operations);
    let words = Words {
        history,
        names: operations.into_iter().zip(names).collect(),
    };
    let name = anomaly(history, reason).name();
    match reason {
        Reason::NoOrder => words.no_order(model, witness, prefix),
        Reason::NotInOrder { write, read } => format!(
            "not in the order of invocation: {}, but {} was invoked {} it",
            words.found(*read),
            words.name(*write),
            match words.is_earlier(*read, *write) {
                true => "only after",
                false => "before",
            },
        ),
        Reason::NeverWritten { read } => {
            format!("{name}: {}, which nobody wrote", words.found(*read))
        }
        Reason::Aborted { read, failed } => {
            let failed = &history.failed()[*failed];
            let what = match failed.is_write() {
                true => "write",
                false => "compare-and-swap",
            };
            format!(
                "{name}: {}, which only a failed {what} of Thread {} was to write",
                words.found(*read),
                failed.process,
            )
        }
        Reason::Torn { read, words: of } => {
            let initial = history.initial_of(history.operations()[*read].register);
            let word = |(at, write): (usize, &Option<usize>)| match write {
                Some(write) => format!("word {at} is of {}", words.name(*write)),
                None => format!("word {at} is of the initial value {initial}"),
            };
            let of: Vec<String> = of.iter().enumerate().map(word).collect();
            format!("{name}: {}: {}", words.found(*read), of.join(", "))
        }
        Reason::Future { read, write } => format!(
            "{name}: {} and completed before {} was invoked",
            words.found(*read),
            words.name(*write),
        ),
        Reason::Stale {
            read,
            source: None,
            overwritten,
        } => format!(
            "{name}: {} {} the initial value {}, but {} had completed before the {} was invoked",
            words.name(*read),
            words.said(*read),
            words.value(*read),
            words.name(*overwritten),
            words.noun(*read),
        ),
        Reason::Stale {
            read,
            source: Some(source),
            overwritten,
        } => format!(
            "{name}: {}, but {} had followed {} and completed before the {} was invoked",
            words.found(*read),
            words.name(*overwritten),
            words.name(*source),
            words.noun(*read),
        ),
        Reason::Refused { swap, since } => {
            let held = match since {
                Some(since) => format!("after {}", words.name(*since)),
                None => "from the beginning".to_owned(),
            };
            format!(
                "{name}: {} did not find {}, which the register held {held}",
                words.name(*swap),
                words.value(*swap),
            )
        }
        Reason::Inversion { new, old } => format!(
            "{name}: {}, and {}, invoked after it had completed, returned the older {}",
            words.found(*new),
            words.name(*old),
            words.value(*old),
        ),
        Reason::Crossing { one, other } => {
            let [x, y] = one.map(|at| words.with_value(at));
            let [u, v] = other.map(|at| words.with_value(at));
            let (first, second) = (words.value(one[0]), words.value(one[1]));
            format!(
                "{name}: {x} completed before {y} was invoked, so {first} came before {second}; but {u} completed before \
                 {v} was invoked, so {second} came before {first}",
            )
        }
        Reason::Cycle { steps } => {
            let steps: Vec<String> = steps.iter().map(|step| words.step(step)).collect();
            format!("{name}: {}", steps.join(", and "))
        }
    }
}

/// What is added where a sentence takes compare-and-swaps of unknown outcome to have swapped.
pub(super) fn supposed(history: &History, supposed: &[usize]) -> String {
    let names = history.describe_all(supposed);
    format!(
        "; so it is if {} swapped, and if not, the history breaks the model too",
        list(&names, names.len())
    )
}

struct Words<'a> {
    history: &'a History,
    names: HashMap<usize, String>,
}

impl Words<'_> {
    fn name(&self, at: usize) -> &str {
        self.names.get(&at).map_or("", String::as_str)
    }

    /// What an operation wrote, found, or did not find.
    fn value(&self, at: usize) -> String {
        match &self.history.operations()[at].action {
            Action::Write(value) | Action::Read(Some(value)) => value.to_string(),
            Action::CompareAndSwap { expected, .. } => expected.to_string(),
            Action::Read(None) => String::new(),
        }
    }

    fn is_earlier(&self, a: usize, b: usize) -> bool {
        let operations = self.history.operations();
        operations[a].invoked < operations[b].invoked
    }

    fn is_swap(&self, at: usize) -> bool {
        self.history.operations()[at].is_compare_and_swap()
    }

    fn said(&self, at: usize) -> &'static str {
        if self.is_swap(at) {
            "found"
        } else {
            "returned"
        }
    }

    fn noun(&self, at: usize) -> &'static str {
        match self.is_swap(at) {
            true => "compare-and-swap",
            false => "read",
        }
    }

    /// `Thread 1's first read returned 2`.
    fn found(&self, at: usize) -> String {
        format!("{} {} {}", self.name(at), self.said(at), self.value(at))
    }

    /// `Thread 1's first read (2)`.
    fn with_value(&self, at: usize) -> String {
        match self.history.operations()[at].returned() {
            Some(value) => format!("{} ({value})", self.name(at)),
            None => self.name(at).to_owned(),
        }
    }

    fn step(&self, step: &Step) -> String {
        let (from, to) = (self.name(step.from), self.name(step.to));
        match step.why {
            Why::Process => format!("{from} came before {to} on its process"),
            Why::ReadFrom => format!("{to} read from {from}"),
            Why::Overwritten { read } if read == step.to => {
                format!("{from} came before {to}, which read the initial value")
            }
            Why::Overwritten { read } => format!(
                "{from} has to come before {to}, since it came before {}, which read from {to}",
                self.name(read)
            ),
            Why::NotYet { write: None } => {
                format!("{from} read the initial value, and so came before {to}")
            }
            Why::NotYet { write: Some(write) } => format!(
                "{from} read from {}, and so came before {to}",
                self.name(write)
            ),
            Why::Session => format!("{from} has to be older than {to}"),
        }
    }

    fn no_order(&self, model: Model, witness: &[usize], prefix: Option<&Prefix>) -> String {
        if let Some(prefix) = prefix {
            return self.of_prefix(model, prefix);
        }
        let named = witness.iter().take(NAMED);
        let named: Vec<String> = named.map(|&at| self.with_value(at)).collect();
        let named = list(&named, witness.len());
        match model {
            Model::Atomic => format!(
                "no linearization: no order of {named} keeps their precedence and lets each read return the last write \
                 before it"
            ),
            Model::StrongRegular => format!(
                "no order of the writes: there is none in which each of {named} has a place of its own"
            ),
            Model::Strict => format!(
                "not in the order of invocation: {named} cannot each find what it found, taken as they were invoked"
            ),
            _ => {
                let swaps = witness.iter().any(|&at| {
                    let operation = &self.history.operations()[at];
                    operation.is_compare_and_swap()
                        && !operation.is_pending()
                        && !closure::swapped(operation)
                        && !closure::refused(operation)
                });
                let whatever = if swaps {
                    ", whatever swapped of them"
                } else {
                    ""
                };
                format!("no order: nothing that is {model} explains {named}{whatever}")
            }
        }
    }

    /// Where the longest beginning ends that meets the model, and what came next.
    fn of_prefix(&self, model: Model, prefix: &Prefix) -> String {
        let Prefix {
            completed,
            next,
            could_hold,
        } = prefix;
        let head = match model {
            Model::Atomic => "no linearization",
            Model::StrongRegular => "no order of the writes",
            Model::Strict => "not in the order of invocation",
            _ => "no order",
        };
        if !model.is_in_time() {
            let explained = match completed {
                0 => "what was written".to_owned(),
                _ => format!("what the first {completed} to complete found"),
            };
            return format!(
                "{head}: something that is {model} explains {explained}, but not that {}",
                self.found(*next)
            );
        }
        let held: Vec<String> = could_hold.iter().map(ToString::to_string).collect();
        let (last, front) = match held.split_last() {
            Some(ends) => ends,
            None => {
                return format!(
                    "{head}: there is one of the first {completed} operations to complete, but none with {}",
                    self.with_value(*next)
                );
            }
        };
        let held = match front {
            [] => last.clone(),
            _ => format!("{} or {last}", front.join(", ")),
        };
        let verb = match &self.history.operations()[*next].action {
            Action::CompareAndSwap {
                swapped: Some(false),
                ..
            } => "did not find",
            _ => self.said(*next),
        };
        format!(
            "{head}: when {completed} operations had completed, the register could hold {held}; {} {verb} {}",
            self.name(*next),
            self.value(*next)
        )
    }
}

/// `a`, `a and b`, `a, b and c`; of many the first ones, and how many more there are.
fn list(items: &[String], all: usize) -> String {
    match items {
        _ if all > items.len() => {
            let more = all - items.len();
            format!("{} and {more} more", items.join(", "))
        }
        [] => String::new(),
        [only] => only.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}

//! The smallest part of a history that still breaks a model.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::closure::{self, Closure, Times};
use crate::budget::Budget;
use crate::{History, Instant, Register};

/// Up to this many operations every part is tried, so that the witness is the smallest there is. Beyond, operations are
/// dropped one by one as long as what is left still breaks the model: nothing can be dropped from the result, but
/// another one may be smaller.
pub(super) const EXACT: usize = 12;

/// How much is looked at before the part found last is taken for the answer: operations of parts, and states of searches.
const STEPS: u64 = 200_000;

/// How many states are looked at for each part.
const STATES: u64 = 20_000;

/// Whether parts of a history break a model, as long as that does not take too much.
pub(super) struct Breaks<'a> {
    meets: super::Meets<'a>,
    budget: Budget,
    spent: Arc<AtomicU64>,
}

impl<'a> Breaks<'a> {
    pub(super) fn new(meets: super::Meets<'a>) -> Self {
        let spent = Arc::new(AtomicU64::new(0));
        Self {
            meets,
            budget: Budget::of_states(STATES).watched_by(&spent),
            spent,
        }
    }

    /// Whether a part is known to break it.
    pub(super) fn is_broken(&self, part: &History) -> bool {
        // A small part costs little, but not nothing.
        self.spent
            .fetch_add(part.operations().len() as u64 / 8 + 1, Ordering::Relaxed);
        (self.meets)(part, &self.budget) == Some(false)
    }

    fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Relaxed) > STEPS
    }
}

/// Operations that prove a violation, and of which of them only what they wrote is evidence.
#[derive(Clone, Debug, Default)]
pub(super) struct Witness {
    pub(super) operations: Vec<usize>,
    pub(super) as_writes: HashSet<usize>,
}

impl Witness {
    /// The part of the history, as far as it is evidence.
    pub(super) fn of(&self, history: &History) -> History {
        part(history, &self.operations, &self.as_writes)
    }
}

fn part(history: &History, operations: &[usize], as_writes: &HashSet<usize>) -> History {
    let mut kept = operations.to_vec();
    kept.sort_unstable();
    let mut part = history.restricted_to(&kept);
    for (nth, at) in kept.iter().enumerate() {
        if as_writes.contains(at) {
            part.forget_found(nth);
        }
    }
    part
}

/// The smallest part of some operations that proves a violation, as all of them do.
fn least(
    history: &History,
    among: &[usize],
    breaks: &Breaks<'_>,
    proves: impl Fn(&[usize]) -> bool,
) -> Vec<usize> {
    let operations = history.operations();
    let says_nothing =
        |at: &usize| operations[*at].is_read() && operations[*at].returned().is_none();
    let mut evidence: Vec<usize> = among
        .iter()
        .copied()
        .filter(|at| !says_nothing(at))
        .collect();
    evidence.sort_by_key(|&at| operations[at].is_read());
    let mut proves = |part: &[usize]| !breaks.is_spent() && proves(part);
    if evidence.len() > EXACT {
        evidence = without_what_can_go(evidence, &mut proves);
    }
    if evidence.len() <= EXACT {
        let mut parts: Vec<u32> = (0..1 << evidence.len()).collect();
        parts.sort_by_key(|part| part.count_ones());
        let members = |part: u32| -> Vec<usize> {
            (0..evidence.len())
                .filter(|at| part >> at & 1 == 1)
                .map(|at| evidence[at])
                .collect()
        };
        let mut parts = parts.into_iter().map(members);
        evidence = parts.find(|part| proves(part)).unwrap_or(evidence);
    }
    evidence.sort_unstable();
    evidence
}

/// Drops larger and then smaller pieces, as long as what is left proves the violation (Zeller and Hildebrandt,
/// *Simplifying and isolating failure-inducing input*, 2002).
fn without_what_can_go(
    mut witness: Vec<usize>,
    proves: &mut impl FnMut(&[usize]) -> bool,
) -> Vec<usize> {
    let mut piece = witness.len().div_ceil(2);
    loop {
        let mut dropped = false;
        // Reads stand last, and go first: a write can go only after the reads of its value.
        let mut end = witness.len();
        while end > 0 {
            let start = end.saturating_sub(piece);
            let part = [&witness[..start], &witness[end..]].concat();
            if proves(&part) {
                witness = part;
                dropped = true;
            }
            end = start;
        }
        if piece > 1 {
            piece = piece.div_ceil(2);
        } else if !dropped {
            return witness;
        }
    }
}

/// The smallest part of operations on one register that breaks a model of real time, as all of them do: sought among
/// the last of those that had begun when it was broken, then among twice as many, and so on.
pub(super) fn in_time(
    history: &History,
    begun: &[usize],
    times: Times,
    breaks: &Breaks<'_>,
) -> Witness {
    let operations = history.operations();
    // What never completed may have happened at any time; it is there whenever its value is.
    let (mut by_completion, pending): (Vec<usize>, Vec<usize>) =
        begun.iter().partition(|&&at| !operations[at].is_pending());
    by_completion.sort_by_key(|&at| operations[at].completed.unwrap_or(Instant::MAX));
    let mut last = EXACT;
    while last < begun.len() && !breaks.is_spent() {
        let window = &by_completion[by_completion.len().saturating_sub(last)..];
        let found: HashSet<_> = window
            .iter()
            .map(|&at| &operations[at])
            .filter(|operation| {
                !operation.is_write() && operation.returned().is_some()
                    || operation.is_compare_and_swap()
            })
            .map(|operation| (operation.register, operation.expected_or_returned()))
            .collect();
        let is_found = |at: &usize| {
            let written = operations[*at].written();
            written.is_some_and(|value| found.contains(&(operations[*at].register, value)))
        };
        let pending = pending.iter().copied().filter(is_found);
        let window: Vec<usize> = window.iter().copied().chain(pending).collect();
        let closure = Closure::new(history, &window, times);
        for attempt in attempts(history, &window) {
            let (part_of, mut as_writes) = closure.within(&attempt.operations);
            as_writes.extend(&attempt.as_writes);
            let is_broken = |it: &[usize]| breaks.is_broken(&part(history, it, &as_writes));
            if is_broken(&part_of) {
                let operations = least(history, &part_of, breaks, |it| {
                    closure.holds(it, &as_writes) && is_broken(it)
                });
                return of(operations, &as_writes);
            }
        }
        last *= 2;
    }
    // Of all of them every swap has what it found; so has each read what was written only later.
    let begun = closure::with_some_write(history, begun);
    let closure = Closure::new(history, &begun, times);
    let none = HashSet::new();
    let operations = least(history, &begun, breaks, |it| {
        closure.holds(it, &none) && breaks.is_broken(&part(history, it, &none))
    });
    if closure.holds(&operations, &none) {
        return of(operations, &none);
    }
    // All that happened to a register is closed in any case.
    let registers: HashSet<_> = begun.iter().map(|&at| register(history, at)).collect();
    let all =
        (0..history.operations().len()).filter(|&at| registers.contains(&register(history, at)));
    of(all.collect(), &none)
}

fn register(history: &History, at: usize) -> Register {
    history.operations()[at].register
}

fn of(operations: Vec<usize>, as_writes: &HashSet<usize>) -> Witness {
    let as_writes = operations
        .iter()
        .copied()
        .filter(|at| as_writes.contains(at))
        .collect();
    Witness {
        operations,
        as_writes,
    }
}

/// A window of operations, in the order in which it is likely to prove anything: all swaps for what they wrote alone, and
/// then for what they found too; without those that found another value, and with them.
fn attempts(history: &History, window: &[usize]) -> Vec<Witness> {
    let operations = history.operations();
    let swaps = || {
        let swaps = window.iter().copied();
        swaps.filter(|&at| closure::swapped(&operations[at]))
    };
    let without: Vec<usize> = window
        .iter()
        .copied()
        .filter(|&at| !closure::refused(&operations[at]))
        .collect();
    let mut attempts = Vec::new();
    let kept = match without.len() == window.len() {
        true => vec![without],
        false => vec![without, window.to_vec()],
    };
    for operations in kept {
        if swaps().next().is_some() {
            attempts.push(Witness {
                operations: operations.clone(),
                as_writes: swaps().collect(),
            });
        }
        attempts.push(Witness {
            operations,
            as_writes: HashSet::new(),
        });
    }
    attempts
}

/// The smallest part that breaks a model that knows nothing of real time, sought among the evidence that was met.
pub(super) fn beyond_time(history: &History, evidence: &[usize], breaks: &Breaks<'_>) -> Witness {
    let operations = history.operations();
    let mut candidates: Vec<Witness> = Vec::new();
    if operations.len() > EXACT {
        let not_refused = |at: &usize| !closure::refused(&operations[*at]);
        let some: Vec<usize> = evidence.iter().copied().filter(not_refused).collect();
        // A swap on whose source nothing rests counts as a write.
        for evidence in [some.as_slice(), evidence] {
            let closure = Closure::new(history, evidence, Times::Unknown);
            let (operations, as_writes) = closure.within(evidence);
            candidates.push(Witness {
                operations,
                as_writes,
            });
            candidates.push(Witness {
                operations: closure::with_every_write(history, evidence),
                as_writes: HashSet::new(),
            });
        }
        candidates.sort_by_key(|it| it.operations.len());
    }
    candidates.push(Witness {
        operations: (0..operations.len()).collect(),
        as_writes: HashSet::new(),
    });
    for Witness {
        operations: among,
        as_writes,
    } in candidates
    {
        let is_broken = |it: &[usize]| breaks.is_broken(&part(history, it, &as_writes));
        if among.len() < operations.len() && !is_broken(&among) {
            continue;
        }
        let closure = Closure::new(history, &among, Times::Unknown);
        let operations = least(history, &among, breaks, |it| {
            closure.holds(it, &as_writes) && is_broken(it)
        });
        return of(operations, &as_writes);
    }
    unreachable!("the whole breaks the model")
}

//! The smallest part of a history that still breaks a model.

use std::collections::{HashMap, HashSet};

use crate::{Action, History, Instant, Operation, Register, Value};

/// Up to this many operations every part is tried, so that the witness is the smallest there is. Beyond, operations are
/// dropped one by one as long as what is left still breaks the model: nothing can be dropped from the result, but
/// another one may be smaller.
pub(super) const EXACT: usize = 12;

/// How many operations are looked at, in all parts together, before the part found last is taken for the answer.
const STEPS: usize = 2_000_000;

/// The smallest part of some operations that is `closed`, and for which `breaks` holds, as it does for all of them.
pub(super) fn smallest(
    history: &History,
    among: &[usize],
    closed: impl Fn(&[usize]) -> bool,
    breaks: impl Fn(&History) -> bool,
) -> Vec<usize> {
    least(history, among, |part| {
        closed(part) && breaks(&history.restricted_to(part))
    })
}

/// The smallest part of some operations that proves a violation, as all of them do.
fn least(history: &History, among: &[usize], proves: impl Fn(&[usize]) -> bool) -> Vec<usize> {
    let operations = history.operations();
    let says_nothing =
        |at: &usize| operations[*at].is_read() && operations[*at].returned().is_none();
    let mut evidence: Vec<usize> = among
        .iter()
        .copied()
        .filter(|at| !says_nothing(at))
        .collect();
    evidence.sort_by_key(|&at| operations[at].is_read());
    let mut steps = STEPS;
    let mut proves = |part: &[usize]| {
        steps = steps.saturating_sub(part.len() + 1);
        steps > 0 && proves(part)
    };
    let mut witness = if evidence.len() <= EXACT {
        let mut parts: Vec<u32> = (0..1 << evidence.len()).collect();
        parts.sort_by_key(|part| part.count_ones());
        let members = |part: u32| -> Vec<usize> {
            (0..evidence.len())
                .filter(|at| part >> at & 1 == 1)
                .map(|at| evidence[at])
                .collect()
        };
        parts
            .into_iter()
            .map(members)
            .find(|part| proves(part))
            .unwrap_or(evidence)
    } else {
        without_what_can_go(evidence, &mut proves)
    };
    witness.sort_unstable();
    witness
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
///
/// Of a compare-and-swap that swapped it may be enough to know what it wrote. Else it would need the write of what it
/// found, which may be another compare-and-swap, and so on back to the beginning.
pub(super) fn among_the_last(
    history: &History,
    begun: &[usize],
    breaks: impl Fn(&History) -> bool,
) -> Vec<usize> {
    let operations = history.operations();
    let swapped = |at: &usize| {
        let action = &operations[*at].action;
        matches!(
            action,
            Action::CompareAndSwap {
                swapped: Some(true),
                ..
            }
        ) && !operations[*at].is_pending()
    };
    let mut closure = Closure::of(history);
    let mut by_completion = begun.to_vec();
    by_completion.sort_by_key(|&at| operations[at].completed.unwrap_or(Instant::MAX));
    let mut last = EXACT;
    while last < begun.len() {
        let window = &by_completion[begun.len() - last..];
        let every_swap: HashSet<usize> = window.iter().copied().filter(swapped).collect();
        let as_writes = match every_swap.is_empty() {
            true => vec![every_swap],
            false => vec![every_swap, HashSet::new()],
        };
        for as_writes in as_writes {
            closure.as_writes = as_writes;
            let part = closure.make_within(window, swapped);
            let breaks = |part: &[usize]| breaks(&closure.restricted_to(part));
            if breaks(&part) {
                return least(history, &part, |part| closure.holds(part) && breaks(part));
            }
        }
        last *= 2;
    }
    closure.as_writes.clear();
    smallest(history, begun, |part| closure.holds(part), breaks)
}

/// Whether a part has, with each operation, every write among some others of the value that it found.
pub(super) fn has_every_write(history: &History, among: &[usize], part: &[usize]) -> bool {
    let operations = history.operations();
    let is_part: HashSet<usize> = part.iter().copied().collect();
    let missing = among.iter().filter(|at| !is_part.contains(at));
    let missing: Vec<(Register, &Value)> = missing
        .filter_map(|&at| Some((operations[at].register, operations[at].written()?)))
        .collect();
    let same: HashSet<(Register, &Value)> = missing.iter().copied().collect();
    part.iter().map(|&at| &operations[at]).all(|operation| {
        let mut others = missing.iter().filter(|(of, _)| *of == operation.register);
        match Found::by(operation) {
            None => true,
            Some(Found::This(value)) => !same.contains(&(operation.register, value)),
            Some(Found::Other(value)) => others.all(|(_, other)| *other == value),
            Some(Found::Unknown) => others.next().is_none(),
        }
    })
}

/// What an operation found in its register.
enum Found<'a> {
    This(&'a Value),
    /// Any value but this one.
    Other(&'a Value),
    Unknown,
}

impl<'a> Found<'a> {
    fn by(operation: &'a Operation) -> Option<Self> {
        match &operation.action {
            Action::Read(Some(value)) => Some(Self::This(value)),
            Action::Read(None) | Action::Write(_) => None,
            Action::CompareAndSwap {
                expected, swapped, ..
            } => Some(match swapped {
                // One that is pending takes effect only where it finds what it expects.
                _ if operation.is_pending() => Self::This(expected),
                Some(true) => Self::This(expected),
                Some(false) => Self::Other(expected),
                None => Self::Unknown,
            }),
        }
    }
}

/// What a part of a history has to have, so that no model of real time allows the whole where it forbids the part.
///
/// With an operation it has every write that this one could have read from: each write of the value found, unless it was
/// invoked only after the operation completed, or had completed before the invocation of another write of the part
/// that itself completed before the operation was invoked. And so that it is seen where the value comes from, it has
/// some write of it, if there is any and the value is not the initial one.
pub(super) struct Closure<'a> {
    history: &'a History,
    /// Of each value.
    writes: HashMap<(Register, &'a Value), Writes>,
    /// The compare-and-swaps of which only what they wrote is evidence.
    as_writes: HashSet<usize>,
}

#[derive(Default)]
struct Writes {
    /// In the order of their invocations, each with the last completion up to it.
    completed: Vec<(usize, Instant)>,
    pending: Vec<usize>,
}

/// The operations of a part.
struct Part<'a> {
    is_in: HashSet<usize>,
    /// How many writes there are of each value.
    written: HashMap<(Register, &'a Value), usize>,
    /// Of each register the completions of the writes, in order, each with the last invocation up to it.
    overwriting: HashMap<Register, Vec<(Instant, Instant)>>,
}

impl<'a> Closure<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let operations = history.operations();
        let mut writes: HashMap<(Register, &Value), Writes> = HashMap::new();
        for (at, operation) in operations.iter().enumerate() {
            let Some(value) = operation.written() else {
                continue;
            };
            let same = writes.entry((operation.register, value)).or_default();
            match operation.completed {
                Some(completed) => same.completed.push((at, completed)),
                None => same.pending.push(at),
            }
        }
        for same in writes.values_mut() {
            same.completed
                .sort_by_key(|&(at, _)| operations[at].invoked);
            let mut last = 0;
            for (_, completed) in &mut same.completed {
                last = last.max(*completed);
                *completed = last;
            }
        }
        Self {
            history,
            writes,
            as_writes: HashSet::new(),
        }
    }

    /// Whether this part is closed.
    pub(super) fn holds(&self, part: &[usize]) -> bool {
        let within = self.part(part);
        part.iter().all(|&at| self.allows(&within, at))
    }

    /// The largest closed part of these operations, in which compare-and-swaps that `swapped` count as writes where
    /// they would have to go.
    fn make_within(&mut self, among: &[usize], swapped: impl Fn(&usize) -> bool) -> Vec<usize> {
        let mut part = among.to_vec();
        loop {
            let within = self.part(&part);
            let (allowed, other): (Vec<usize>, Vec<usize>) =
                part.iter().partition(|&&at| self.allows(&within, at));
            if other.is_empty() {
                return part;
            }
            let (as_writes, dropped): (Vec<usize>, Vec<usize>) =
                other.into_iter().partition(|at| swapped(at));
            part = match dropped.is_empty() {
                true => part,
                false => [allowed, as_writes.clone()].concat(),
            };
            self.as_writes.extend(as_writes);
        }
    }

    /// The history of a part.
    fn restricted_to(&self, part: &[usize]) -> History {
        let mut kept = part.to_vec();
        kept.sort_unstable();
        let mut history = self.history.restricted_to(&kept);
        for (nth, at) in kept.iter().enumerate() {
            if self.as_writes.contains(at) {
                history.forget_found(nth);
            }
        }
        history
    }

    fn part(&self, part: &[usize]) -> Part<'a> {
        let mut written: HashMap<(Register, &Value), usize> = HashMap::new();
        let mut overwriting: HashMap<Register, Vec<(Instant, Instant)>> = HashMap::new();
        for &at in part {
            let operation = &self.history.operations()[at];
            let Some(value) = operation.written() else {
                continue;
            };
            *written.entry((operation.register, value)).or_default() += 1;
            let in_doubt = matches!(
                operation.action,
                Action::CompareAndSwap { swapped: None, .. }
            );
            if let (false, Some(completed)) = (in_doubt, operation.completed) {
                let writes = overwriting.entry(operation.register).or_default();
                writes.push((completed, operation.invoked));
            }
        }
        for writes in overwriting.values_mut() {
            writes.sort_unstable();
            let mut last = 0;
            for (_, invoked) in writes {
                last = last.max(*invoked);
                *invoked = last;
            }
        }
        Part {
            is_in: part.iter().copied().collect(),
            written,
            overwriting,
        }
    }

    /// Whether a part has all that it has to have with this operation.
    fn allows(&self, part: &Part<'_>, at: usize) -> bool {
        let operation = &self.history.operations()[at];
        let register = operation.register;
        let has_all = |writes: &Writes| self.has_all(part, at, writes);
        let mut others = self.writes.iter().filter(|((of, _), _)| *of == register);
        match Found::by(operation).filter(|_| !self.as_writes.contains(&at)) {
            None => true,
            Some(Found::This(value)) => {
                let Some(writes) = self.writes.get(&(register, value)) else {
                    return true;
                };
                // Its own write is no other one.
                let own = usize::from(operation.written() == Some(value));
                let written = part.written.get(&(register, value)).copied();
                let is_seen = value == self.history.initial_of(register)
                    || written.unwrap_or(0) > own
                    || writes.completed.len() + writes.pending.len() == own;
                is_seen && has_all(writes)
            }
            Some(Found::Other(value)) => {
                others.all(|((_, other), writes)| *other == value || has_all(writes))
            }
            Some(Found::Unknown) => others.all(|(_, writes)| has_all(writes)),
        }
    }

    /// Whether a part has all of these writes that one of its operations could have read from.
    fn has_all(&self, part: &Part<'_>, at: usize, writes: &Writes) -> bool {
        let operations = self.history.operations();
        let operation = &operations[at];
        let has_begun = |write: usize| {
            let invoked = operations[write].invoked;
            operation.completed.is_none_or(|end| invoked <= end)
        };
        // The invocation of the last write that overwrites.
        let since = part.overwriting.get(&operation.register).map_or(0, |all| {
            let before = all.partition_point(|&(completed, _)| completed < operation.invoked);
            before.checked_sub(1).map_or(0, |last| all[last].1)
        });
        let is_in = |write: usize| write == at || part.is_in.contains(&write);
        let begun = writes
            .completed
            .partition_point(|&(write, _)| has_begun(write));
        let mut recent = writes.completed[..begun]
            .iter()
            .rev()
            .take_while(|&&(_, last)| last >= since)
            .map(|&(write, _)| write)
            .filter(|&write| operations[write].completed >= Some(since));
        let mut pending = writes.pending.iter().copied();
        recent.all(is_in) && pending.all(|write| !has_begun(write) || is_in(write))
    }
}

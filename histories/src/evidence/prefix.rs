//! The longest beginning of a history that meets a model: what there is to say where the evidence is too large to be
//! looked at.
//!
//! In the models of real time, what had happened up to an instant meets the model or does not; from the first completion
//! on with which it does not, the history is broken for good. Beyond real time a read may return what is written only
//! later. There the beginning is of reads: all writes, and what was read up to an instant.

use crate::check::Prefix;
use crate::{Action, History, Instant, Model, Value};

/// Of longer histories no values are tried that a register could hold.
const TRIED: usize = 200_000;

/// Of longer histories no beginning is sought in models that know nothing of real time.
const BEYOND: usize = 20_000;

/// How many values are tried.
const VALUES: usize = 32;

/// The instant of the completion with which a history breaks a model of real time, if it does; `until` is one by which it
/// is known to.
pub(super) fn onset(
    history: &History,
    until: Instant,
    meets: &dyn Fn(&History) -> Option<bool>,
) -> Option<Instant> {
    let operations = history.operations();
    let completions = operations.iter().filter_map(|op| op.completed);
    let mut completions: Vec<Instant> = completions.filter(|&at| at <= until).collect();
    completions.sort_unstable();
    completions.dedup();
    let breaks = |at: Instant| meets(&history.until(at)) == Some(false);
    let first = completions.partition_point(|&at| !breaks(at));
    completions.get(first).copied()
}

/// The longest beginning that meets a model, of a history that does not.
pub(super) fn longest(
    history: &History,
    model: Model,
    onset: Option<Instant>,
    meets: &dyn Fn(&History) -> Option<bool>,
) -> Option<Prefix> {
    match model.is_in_time() {
        true => in_time(history, onset?, meets),
        false => of_reads(history, meets),
    }
}

fn in_time(
    history: &History,
    onset: Instant,
    meets: &dyn Fn(&History) -> Option<bool>,
) -> Option<Prefix> {
    let operations = history.operations();
    let completed_by = |end: Instant| {
        let completed = operations.iter().filter_map(|op| op.completed);
        completed.filter(|&at| at < end).count()
    };
    // Of several that complete then, one without which all is well; else any.
    let then = (0..operations.len()).filter(|&at| operations[at].completed == Some(onset));
    let then: Vec<usize> = then.collect();
    let fits_without = |at: &&usize| {
        let mut without = history.until(onset);
        if let Some(place) = place_of(&without, history, **at) {
            without.forget_completion(place);
        }
        meets(&without) == Some(true)
    };
    let next = match then.as_slice() {
        [only] => *only,
        several => *several.iter().find(fits_without).or(several.first())?,
    };
    let mut could_hold = Vec::new();
    if operations.len() <= TRIED && !operations[next].is_write() {
        let until = history.until(onset);
        let place = place_of(&until, history, next)?;
        could_hold = candidates(&until, place)
            .into_iter()
            .filter(|value| {
                let mut other = until.clone();
                other.set_action(place, Action::Read(Some(value.clone())));
                meets(&other) == Some(true)
            })
            .collect();
    }
    Some(Prefix {
        completed: completed_by(onset),
        next,
        could_hold,
    })
}

/// Where an operation of the whole stands in a part.
fn place_of(part: &History, whole: &History, at: usize) -> Option<usize> {
    let operation = &whole.operations()[at];
    part.index_of(operation.process, operation.invoked)
}

/// The values that a register may have held while an operation ran: those that were written by then and not overwritten
/// before, as far as precedence tells.
fn candidates(history: &History, at: usize) -> Vec<Value> {
    let operations = history.operations();
    let operation = &operations[at];
    let writes = operations.iter().enumerate().filter(|&(other, write)| {
        other != at && write.register == operation.register && write.written().is_some()
    });
    let writes: Vec<_> = writes.map(|(_, write)| write).collect();
    let is_sure = |action: &Action| match action {
        Action::Write(_) => true,
        Action::CompareAndSwap { swapped, .. } => *swapped == Some(true),
        Action::Read(_) => false,
    };
    let before = writes
        .iter()
        .filter(|write| is_sure(&write.action) && write.precedes(operation));
    let last = before.map(|write| write.invoked).max();
    let is_overwritten = |completed: Option<Instant>| {
        last.is_some_and(|last| completed.is_some_and(|completed| completed < last))
    };
    let mut values: Vec<Value> = writes
        .iter()
        .filter(|write| !operation.precedes(write) && !is_overwritten(write.completed))
        .filter_map(|write| write.written().cloned())
        .collect();
    if last.is_none() {
        values.push(history.initial_of(operation.register).clone());
    }
    values.sort_unstable();
    values.dedup();
    values.truncate(VALUES);
    values
}

fn of_reads(history: &History, meets: &dyn Fn(&History) -> Option<bool>) -> Option<Prefix> {
    let operations = history.operations();
    if operations.len() > BEYOND {
        return None;
    }
    let mut reads: Vec<usize> = (0..operations.len())
        .filter(|&at| !operations[at].is_write() && !operations[at].is_pending())
        .collect();
    reads.sort_by_key(|&at| operations[at].completed);
    // What was found by the first ones, and what all wrote.
    let beginning = |count: usize| {
        let later: Vec<usize> = reads[count..].to_vec();
        let kept = |at: &usize| !later.contains(at) || super::closure::swapped(&operations[*at]);
        let kept: Vec<usize> = (0..operations.len()).filter(kept).collect();
        let mut beginning = history.restricted_to(&kept);
        for (place, at) in kept.iter().enumerate() {
            if later.contains(at) {
                beginning.forget_found(place);
            }
        }
        beginning
    };
    let (mut fits, mut breaks) = (0, reads.len());
    while breaks - fits > 1 {
        let middle = fits.midpoint(breaks);
        match meets(&beginning(middle))? {
            true => fits = middle,
            false => breaks = middle,
        }
    }
    Some(Prefix {
        completed: fits,
        next: *reads.get(fits)?,
        could_hold: Vec::new(),
    })
}

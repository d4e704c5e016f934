//! Atomic, in one pass over a long history.
//!
//! Most histories meet the model, and most write small numbers. For these the operations are gone through once, which is
//! what takes the time: they lie in memory as they were recorded, and everything else is smaller. A process does one
//! thing at a time, so its first and its last operation tell when the history begins and ends; clusters are found by
//! their value, in an array for each register. The halves of a long history are gone through side by side. Only where
//! there is a conflict are operations laid out in columns: those of the clusters that have one.

use rayon::prelude::*;

use super::conflict;
use super::unique::{Cluster, NEVER, NOBODY, is_free_of_conflict, to_blame};
use crate::events::{Events, ends};
use crate::found::Found;
use crate::{Action, History, Operation, Register, Value};

/// Histories of more operations are gone through in halves: less is done before another thread has begun.
const LONG: usize = 1 << 15;

/// Of histories of so few operations there is no need to lay out only a part.
const SHORT: usize = 64;

/// What one pass over a history tells of each of its registers.
pub(super) struct Quick {
    /// The registers that are known to have a linearization.
    pub(super) fits: Vec<bool>,
    /// Of the others, what was found, where it was.
    pub(super) broken: Vec<Found>,
    /// The registers of which nothing is known.
    pub(super) open: Vec<Register>,
}

/// Clusters of each register, by the place of their value; `None` where a value is written twice, or for anything else
/// than reads and writes.
type Gathered = Vec<Option<Vec<Cluster>>>;

/// Goes through a history once; `None` if its values or instants are too large for that.
pub(super) fn quick(history: &History) -> Option<Quick> {
    let operations = history.operations();
    let registers = *history.registers().end() as usize + 1;
    let (early, late) = ends(operations).unwrap_or((0, 0));
    // Twice the distance of two instants must be a number.
    if late - early > NEVER / 4 {
        return None;
    }
    let end = 2 * (late - early) + 3;
    let most = 4 * operations.len() + 1024;
    let gather = |part: &[Operation]| gather(part, registers, early, most);
    let mut gathered = match operations.len() > LONG {
        false => gather(operations)?,
        true => {
            let (left, right) = operations.split_at(operations.len() / 2);
            let (left, right) = rayon::join(|| gather(left), || gather(right));
            join(left?, right?)
        }
    };
    let mut quick = Quick {
        fits: vec![false; registers],
        broken: Vec::new(),
        open: Vec::new(),
    };
    // Of a short history all is laid out, so that the same read is blamed whichever class is asked for.
    let blamed = |clusters: &[Cluster]| match operations.len() <= SHORT {
        true => vec![true; clusters.len()],
        false => to_blame(clusters, end),
    };
    let mut conflicting: Vec<(Register, Vec<bool>)> = Vec::new();
    for (register, clusters) in (0..).zip(&mut gathered) {
        let initial = place(history.initial_of(register), most);
        let own = clusters.as_mut().zip(initial);
        if let Some(initial) = own.and_then(|(own, at)| own.get_mut(at))
            && initial.add(0, 0, false).is_err()
        {
            *clusters = None;
        }
        match clusters {
            None => quick.open.push(register),
            Some(own) if is_free_of_conflict(own, end) => quick.fits[register as usize] = true,
            Some(own) => conflicting.push((register, blamed(own))),
        }
    }
    for (register, marked) in conflicting {
        let is_evidence = |operation: &Operation| {
            operation.register == register
                && found(operation)
                    .and_then(|value| place(value, most))
                    .is_some_and(|at| marked.get(at).copied().unwrap_or(true))
        };
        let all = 0..operations.len() as u32;
        let chosen = |at: &u32| is_evidence(&operations[*at as usize]);
        let chosen: Vec<u32> = match operations.len() > LONG {
            true => all.into_par_iter().filter(chosen).collect(),
            false => all.filter(chosen).collect(),
        };
        let events = Events::of_some(history, register, &chosen);
        quick.broken.push(conflict::smallest(history, &events));
    }
    Some(quick)
}

fn found(operation: &Operation) -> Option<&Value> {
    match &operation.action {
        Action::Write(value) | Action::Read(Some(value)) => Some(value),
        Action::Read(None) | Action::CompareAndSwap { .. } => None,
    }
}

/// Where the cluster of a value stands: nil is the first, then come the words in order, as far as they are small.
fn place(value: &Value, most: usize) -> Option<usize> {
    match value.uniform() {
        Some(word) if word < most as u64 => Some(word as usize + 1),
        Some(_) => None,
        None => value.is_nil().then_some(0),
    }
}

/// The clusters of some operations; `None` if there would be too many.
fn gather(operations: &[Operation], registers: usize, early: u64, most: usize) -> Option<Gathered> {
    let mut gathered: Gathered = vec![Some(Vec::new()); registers];
    let mut room = 2 * most + 64 * registers;
    for operation in operations {
        let register = &mut gathered[operation.register as usize];
        let Some(clusters) = register else { continue };
        let value = match &operation.action {
            Action::Write(value) | Action::Read(Some(value)) => value,
            Action::Read(None) => continue,
            Action::CompareAndSwap { .. } => {
                *register = None;
                continue;
            }
        };
        let Some(at) = place(value, most) else {
            *register = None;
            continue;
        };
        if at >= clusters.len() {
            // Doubled, so that little is copied.
            let length = (2 * at).max(16);
            room = room.checked_sub(length - clusters.len())?;
            clusters.resize(length, NOBODY);
        }
        let invoked = 2 * (operation.invoked - early) + 1;
        let completed = match operation.completed {
            Some(completed) => 2 * (completed - early) + 2,
            None => NEVER,
        };
        if clusters[at]
            .add(invoked, completed, operation.is_read())
            .is_err()
        {
            *register = None;
        }
    }
    Some(gathered)
}

/// The clusters of two parts together.
fn join(left: Gathered, right: Gathered) -> Gathered {
    let both = left.into_iter().zip(right).map(|(left, right)| {
        let (mut own, mut other) = (left?, right?);
        if own.len() < other.len() {
            std::mem::swap(&mut own, &mut other);
        }
        for (own, other) in own.iter_mut().zip(other) {
            if own.invoked != NEVER && other.invoked != NEVER {
                return None;
            }
            own.invoked = own.invoked.min(other.invoked);
            own.completed = own.completed.min(other.completed);
            own.first = own.first.min(other.first);
            own.last = own.last.max(other.last);
        }
        Some(own)
    });
    both.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(history: &History) -> bool {
        quick(history).is_some_and(|quick| quick.fits[0])
    }

    #[test]
    fn the_largest_value_and_the_latest_instant_are_no_places() {
        let history = |value: u64, at: u64| {
            let operations = [
                Operation::write(1, value, 0..=1),
                Operation::read(2, value, at..=at),
            ];
            History::new(0, operations).expect("it is a history")
        };
        assert!(fits(&history(7, 5)));
        assert!(!fits(&history(u64::MAX, 5)));
        assert!(!fits(&history(7, u64::MAX)));
    }
}

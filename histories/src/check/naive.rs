//! The oracle: the models stated as plainly as possible, at any price.
//!
//! Everything rests on one definition: an order of operations *explains* one of them if the register holds, after the
//! writes before it in this order, what it returned. All orders are tried, one after the other, and so is every way in
//! which an operation of which too little is known may have ended. Nothing is shared with the checkers, so that a
//! mistake in one shows as a difference between the two. Time O(n!): for histories of up to about eight operations.

use std::collections::BTreeSet;

use super::Model;
use crate::{Action, History, Instant, Process, Register, Value};

/// Whether the history meets the model: whether there is a way in which the operations of unknown outcome ended, so
/// that
///
/// * atomic: some order of all operations keeps their precedence and explains each of them;
/// * regular: for each operation that reads, some order of all writes and of this one keeps their precedence and
///   explains it (MWR1 of Shao, Welch, Pierce and Lee 2011);
/// * safe: the same, but only where it is concurrent with no write (Lamport 1986).
///
/// The last two are asked of each register alone. A compare-and-swap that swapped is a read and a write at once; when
/// others are judged it counts for what it wrote. One that never completed returned nothing, so it is not judged.
pub fn meets(model: Model, history: &History) -> bool {
    endings(history).iter().any(|world| match model {
        Model::Atomic => world.has_an_order(&world.all(), &World::precedes, &|world, at, last| {
            world.explains(at, last)
        }),
        Model::Regular => world.completed_reads().all(|read| world.is_regular(read)),
        Model::Safe => world
            .completed_reads()
            .filter(|&read| !world.meets_a_write(read))
            .all(|read| world.is_regular(read)),
    })
}

/// Every way to answer all the questions of a history, with values of `domain`, under which it meets the model.
pub fn answers(model: Model, history: &History, domain: &BTreeSet<Value>) -> BTreeSet<Vec<Value>> {
    let mut ways = vec![Vec::new()];
    for _ in history.questions() {
        ways = ways
            .iter()
            .flat_map(|way: &Vec<Value>| {
                domain
                    .iter()
                    .map(move |value| [way.as_slice(), std::slice::from_ref(value)].concat())
            })
            .collect();
    }
    ways.into_iter()
        .filter(|way| meets(model, &history.answered(way)))
        .collect()
}

/// What a read found.
#[derive(Clone, Debug)]
enum Found {
    This(Value),
    Other(Value),
}

/// An operation of which everything is known.
#[derive(Clone, Debug)]
#[allow(dead_code)]
struct Known {
    process: Process,
    register: Register,
    found: Option<Found>,
    wrote: Option<Value>,
    invoked: Instant,
    completed: Option<Instant>,
}

/// A history of which everything is known.
#[derive(Clone, Debug)]
struct World {
    initial: Vec<Value>,
    operations: Vec<Known>,
}

/// Every way in which the operations of a history may have ended: a pending one took effect or not, a compare-and-swap
/// of which nothing is said swapped or not. What returned nothing is left out.
fn endings(history: &History) -> Vec<World> {
    let initial = history
        .registers()
        .map(|register| history.initial_of(register).clone());
    let mut worlds = vec![World {
        initial: initial.collect(),
        operations: Vec::new(),
    }];
    for operation in history.operations() {
        let known = |found, wrote| {
            Some(Known {
                process: operation.process,
                register: operation.register,
                found,
                wrote,
                invoked: operation.invoked,
                completed: operation.completed,
            })
        };
        let pending = operation.is_pending();
        let ways: Vec<Option<Known>> = match operation.action.clone() {
            Action::Read(None) => vec![None],
            Action::Read(Some(_)) if pending => vec![None],
            Action::Read(Some(value)) => vec![known(Some(Found::This(value)), None)],
            Action::Write(value) if pending => vec![None, known(None, Some(value))],
            Action::Write(value) => vec![known(None, Some(value))],
            Action::CompareAndSwap {
                expected,
                new,
                swapped,
            } => {
                let did = known(Some(Found::This(expected.clone())), Some(new));
                let did_not = known(Some(Found::Other(expected)), None);
                match swapped {
                    _ if pending => vec![None, did],
                    Some(true) => vec![did],
                    Some(false) => vec![did_not],
                    None => vec![did, did_not],
                }
            }
        };
        worlds = worlds
            .iter()
            .flat_map(|world| {
                ways.iter().map(|way| {
                    let mut world = world.clone();
                    world.operations.extend(way.clone());
                    world
                })
            })
            .collect();
    }
    worlds
}

/// Whether an operation fits behind those that stand before it, given the last write of its register among them.
type Fits<'a> = &'a dyn Fn(&World, usize, Option<usize>) -> bool;

impl World {
    fn all(&self) -> Vec<usize> {
        (0..self.operations.len()).collect()
    }

    fn reads(&self) -> impl Iterator<Item = usize> {
        (0..self.operations.len()).filter(|&at| self.operations[at].found.is_some())
    }

    fn completed_reads(&self) -> impl Iterator<Item = usize> {
        self.reads()
            .filter(|&at| self.operations[at].completed.is_some())
    }

    fn writes(&self) -> impl Iterator<Item = usize> {
        (0..self.operations.len()).filter(|&at| self.operations[at].wrote.is_some())
    }

    fn precedes(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.operations[a], &self.operations[b]);
        a.completed.is_some_and(|completed| completed < b.invoked)
    }

    /// Whether the operation found what the last write of its register left there.
    fn explains(&self, at: usize, last: Option<usize>) -> bool {
        let operation = &self.operations[at];
        let held = match last {
            Some(write) => self.operations[write]
                .wrote
                .as_ref()
                .expect("it is a write"),
            None => &self.initial[operation.register as usize],
        };
        match &operation.found {
            None => true,
            Some(Found::This(value)) => value == held,
            Some(Found::Other(value)) => value != held,
        }
    }

    /// Whether these operations can be put in an order that keeps `before` and in which each one fits.
    fn has_an_order(
        &self,
        operations: &[usize],
        before: &dyn Fn(&Self, usize, usize) -> bool,
        fits: Fits<'_>,
    ) -> bool {
        self.extend(
            operations,
            &mut vec![None; self.initial.len()],
            before,
            fits,
        )
    }

    fn extend(
        &self,
        left: &[usize],
        last: &mut Vec<Option<usize>>,
        before: &dyn Fn(&Self, usize, usize) -> bool,
        fits: Fits<'_>,
    ) -> bool {
        left.is_empty()
            || left.iter().enumerate().any(|(position, &next)| {
                let register = self.operations[next].register as usize;
                if left.iter().any(|&other| before(self, other, next))
                    || !fits(self, next, last[register])
                {
                    return false;
                }
                let rest = [&left[..position], &left[position + 1..]].concat();
                let held = last[register];
                if self.operations[next].wrote.is_some() {
                    last[register] = Some(next);
                }
                let can = self.extend(&rest, last, before, fits);
                last[register] = held;
                can
            })
    }

    /// The writes of the register of an operation, other than itself.
    fn other_writes(&self, at: usize) -> Vec<usize> {
        let register = self.operations[at].register;
        self.writes()
            .filter(|&write| write != at && self.operations[write].register == register)
            .collect()
    }

    fn is_regular(&self, read: usize) -> bool {
        let operations = [self.other_writes(read), vec![read]].concat();
        self.has_an_order(&operations, &Self::precedes, &|world, at, last| {
            at != read || world.explains(at, last)
        })
    }

    fn meets_a_write(&self, read: usize) -> bool {
        let apart = |&write: &usize| self.precedes(write, read) || self.precedes(read, write);
        !self.other_writes(read).iter().all(apart)
    }
}

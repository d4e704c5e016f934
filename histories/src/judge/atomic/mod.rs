//! Atomic, or linearizable (Lamport 1986; Herlihy and Wing 1990): some order of all operations keeps their precedence,
//! and in it every read returns the value of the last write before it.
//!
//! Each register is judged by itself: that is enough (Herlihy and Wing 1990). Where it is written each value once, its
//! [zones](unique) tell; else all ways to linearize it are [followed at once](frontier).

mod answers;
mod conflict;
mod frontier;
mod one_pass;
pub(crate) mod unique;

use rayon::prelude::*;

use super::{ALONE, regular};
use crate::History;
use crate::budget::{Budget, Meter};
use crate::events::Events;
use crate::found::{Broken, Found};
use crate::{Operation, Register};
pub(crate) use answers::joint_answers;
use frontier::Swept;

/// What is found, and of which registers it is known that they are linearizable.
pub(crate) fn judge(history: &History, budget: &Budget) -> Found {
    let quick = one_pass::quick(history);
    let (open, mut found) = match quick {
        Some(quick) => (Some(quick.open), quick.broken),
        None => (None, Vec::new()),
    };
    let parts = parts(history, open.as_deref());
    let judge = |events: Events| judge_one(history, &events, budget);
    match history.operations().len() {
        0..ALONE => found.extend(parts.into_iter().map(judge)),
        _ => {
            let more: Vec<Found> = parts.into_par_iter().map(judge).collect();
            found.extend(more);
        }
    }
    Found::of_parts(found)
}

/// The registers that are to be looked at one by one; all, if nothing is said of them.
fn parts(history: &History, open: Option<&[Register]>) -> Vec<Events> {
    match open {
        Some([]) => Vec::new(),
        Some(open) => Events::by_register(history)
            .into_iter()
            .filter(|events| {
                let operations = history.operations();
                let of = |at: &u32| operations[*at as usize].register;
                events
                    .operation
                    .first()
                    .map(of)
                    .is_some_and(|it| open.contains(&it))
            })
            .collect(),
        None => Events::by_register(history),
    }
}

/// What is found of one register.
fn judge_one(history: &History, events: &Events, budget: &Budget) -> Found {
    if let Some(found) = unique::judge(history, events) {
        return found;
    }
    let meter = budget.meter();
    let at = match frontier::judge(events, &meter) {
        Swept::Fits => return Found::Meets,
        Swept::Unknown => return Found::gave_up(&meter, TRIED),
        Swept::Ends { at } => at,
    };
    // Atomic implies regular, and what breaks regular is easier to explain.
    if let Found::Breaks(broken) = regular::judge(history, events, budget)
        && broken.iter().any(|it| it.exact.is_some())
    {
        return Found::Breaks(broken);
    }
    let begun = (0..events.len()).filter(|&it| events.invoked[it] <= at);
    let among = events.in_history(begun);
    Found::Breaks(vec![Broken { among, exact: None }])
}

const TRIED: &str = "every order of the operations on a register that keeps their precedence";

/// Whether the part of a history that is on one register is linearizable.
pub(crate) fn is_linearizable(history: &History, meter: &Meter<'_>) -> Option<bool> {
    let events = Events::of(history);
    if let Some(clusters) = unique::judge(history, &events) {
        return clusters.meets();
    }
    match frontier::judge(&events, meter) {
        Swept::Fits => Some(true),
        Swept::Ends { .. } => Some(false),
        Swept::Unknown => None,
    }
}

/// An order of the operations on each register that proves it linearizable, by their index in the history; `None` if
/// there is none, or none was found.
pub(crate) fn linearizations(history: &History, budget: &Budget) -> Option<Vec<Vec<usize>>> {
    let order = |events: &Events| {
        let order = unique::linearization(events)
            .or_else(|| frontier::linearization(events, &budget.meter()))?;
        let in_history = |at: usize| events.operation[at] as usize;
        Some(order.into_iter().map(in_history).collect())
    };
    Events::by_register(history).iter().map(order).collect()
}

/// Whether it is a read or a write of the register without a name.
pub(crate) fn is_simple(operation: &Operation) -> bool {
    operation.register == 0 && !operation.is_compare_and_swap()
}

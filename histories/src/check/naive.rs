//! The oracle: the models stated as plainly as possible, at any price.
//!
//! Everything rests on one definition: some order of the operations keeps their precedence, and in it every read
//! returns the value of the last write before it. All orders are tried, one after the other. Nothing is shared with the
//! checkers, so that a mistake in one shows as a difference between the two. Time O(n!): for histories of up to about
//! eight operations.

use std::collections::BTreeSet;

use super::Model;
use crate::{Action, History, Value};

/// Whether the history meets the model.
///
/// * atomic: all its operations have such an order;
/// * regular: for each read, all writes and this one read have one (MWR1 of Shao, Welch, Pierce and Lee 2011);
/// * safe: the same, but only for the reads that are concurrent with no write (Lamport 1986).
pub fn meets(model: Model, history: &History) -> bool {
    let writes: Vec<usize> = history.writes().collect();
    let alone = |read: usize| has_an_order(history, &[writes.as_slice(), &[read]].concat());
    match model {
        Model::Atomic => has_an_order(
            history,
            &writes
                .iter()
                .copied()
                .chain(history.reads())
                .collect::<Vec<_>>(),
        ),
        Model::Regular => history.reads().all(alone),
        Model::Safe => history
            .reads()
            .filter(|&read| {
                writes
                    .iter()
                    .all(|&w| history.precedes(w, read) || history.precedes(read, w))
            })
            .all(alone),
    }
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

/// Whether these operations can be put in an order that keeps their precedence and in which reads return the last
/// write. A pending write may also be left out.
fn has_an_order(history: &History, operations: &[usize]) -> bool {
    fn extend(history: &History, left: &[usize], value: &Value) -> bool {
        let is_pending = |at: &usize| history.operations()[*at].is_pending();
        if left.iter().all(is_pending) {
            return true;
        }
        left.iter().enumerate().any(|(position, &next)| {
            if left.iter().any(|&other| history.precedes(other, next)) {
                return false;
            }
            let rest = [&left[..position], &left[position + 1..]].concat();
            match &history.operations()[next].action {
                Action::Write(written) => extend(history, &rest, written),
                Action::Read(Some(returned)) if returned != value => false,
                Action::Read(_) => extend(history, &rest, value),
            }
        })
    }
    extend(history, operations, history.initial())
}

//! The smallest part of a history that still breaks a model.

use std::collections::HashSet;

use crate::{Action, History, Register, Value};

/// Up to this many operations every part is tried, so that the witness is the smallest there is. Beyond, operations are
/// dropped one by one as long as what is left still breaks the model: nothing can be dropped from the result, but
/// another one may be smaller.
pub(super) const EXACT: usize = 12;

/// How many operations are looked at, in all parts together, before the part found last is taken for the answer.
const STEPS: usize = 2_000_000;

/// The smallest part of some operations for which `breaks` holds, as it does for all of them.
///
/// A part is closed under *reads-from*: with a read it has every write of the value read that is among them.
pub(super) fn smallest(
    history: &History,
    among: &[usize],
    breaks: impl Fn(&History) -> bool,
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
    let all = evidence.clone();
    let mut steps = STEPS;
    let mut proves = |part: &[usize]| {
        steps = steps.saturating_sub(part.len() + 1);
        steps > 0 && is_closed(history, &all, part) && breaks(&history.restricted_to(part))
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

fn is_closed(history: &History, among: &[usize], part: &[usize]) -> bool {
    let operations = history.operations();
    let is_part: HashSet<usize> = part.iter().copied().collect();
    let missing = among.iter().filter(|at| !is_part.contains(at));
    let missing: Vec<(Register, &Value)> = missing
        .filter_map(|&at| Some((operations[at].register, operations[at].written()?)))
        .collect();
    let same: HashSet<(Register, &Value)> = missing.iter().copied().collect();
    part.iter().map(|&at| &operations[at]).all(|operation| {
        let register = operation.register;
        let (value, swapped) = match &operation.action {
            Action::Read(Some(value)) => (value, Some(true)),
            // One that is pending takes effect only where it finds what it expects.
            Action::CompareAndSwap { expected, .. } if operation.is_pending() => {
                (expected, Some(true))
            }
            Action::CompareAndSwap {
                expected, swapped, ..
            } => (expected, *swapped),
            _ => return true,
        };
        // A compare-and-swap that did not find a value found any other one.
        let mut others = missing.iter().filter(|(of, _)| *of == register);
        match swapped {
            Some(true) => !same.contains(&(register, value)),
            Some(false) => others.all(|(_, other)| *other == value),
            None => others.next().is_none(),
        }
    })
}

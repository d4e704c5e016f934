//! The smallest part of a history that still breaks a model.

use std::collections::HashSet;

use crate::{History, Value};

/// Up to this many operations every part is tried, so that the witness is the smallest there is. Beyond, operations are
/// dropped one by one as long as what is left still breaks the model: nothing can be dropped from the result, but
/// another one may be smaller.
const EXACT: usize = 12;

/// The smallest part of a history for which `breaks` holds, as it does for the whole.
///
/// A part is closed under *reads-from*: with a read it has every write of the value read. So what breaks a part breaks
/// the whole.
pub(super) fn smallest(history: &History, breaks: impl Fn(&History) -> bool) -> Vec<usize> {
    let evidence: Vec<usize> = history
        .writes()
        .chain(
            history
                .reads()
                .filter(|&at| !history.operations()[at].is_question()),
        )
        .collect();
    let proves = |part: &[usize]| is_closed(history, part) && breaks(&history.restricted_to(part));
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
        without_what_can_go(evidence, proves)
    };
    witness.sort_unstable();
    witness
}

/// Drops larger and then smaller pieces, as long as what is left proves the violation (Zeller and Hildebrandt,
/// *Simplifying and isolating failure-inducing input*, 2002).
fn without_what_can_go(mut witness: Vec<usize>, proves: impl Fn(&[usize]) -> bool) -> Vec<usize> {
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

fn is_closed(history: &History, part: &[usize]) -> bool {
    let operations = history.operations();
    let read: HashSet<&Value> = part
        .iter()
        .filter_map(|&at| operations[at].returned())
        .collect();
    let mut is_part = vec![false; operations.len()];
    part.iter().for_each(|&at| is_part[at] = true);
    let missing = |write: &usize| !is_part[*write];
    !history.writes().filter(missing).any(|write| {
        operations[write]
            .written()
            .is_some_and(|value| read.contains(value))
    })
}

//! What operations have to be to make a history.

use super::HistoryError;
use crate::{Action, Operation};

/// What never completed told nothing, and neither did what failed.
pub(super) fn forget_outcome(operation: &mut Operation) {
    match &mut operation.action {
        Action::CompareAndSwap { swapped, .. } => *swapped = None,
        Action::Read(value) => *value = None,
        Action::Write(_) => {}
    }
}

/// Whether each operation completes after its invocation, on one of this many registers that have a name or on the one
/// that has none.
pub(super) fn check_alone(operations: &[Operation], named: usize) -> Result<(), HistoryError> {
    for operation in operations {
        let &Operation {
            process,
            register,
            invoked,
            completed,
            ..
        } = operation;
        if let Some(completed) = completed.filter(|&completed| completed < invoked) {
            return Err(HistoryError::Backwards {
                process,
                invoked,
                completed,
            });
        }
        if register as usize > named {
            return Err(HistoryError::UnknownRegister {
                process,
                invoked,
                register,
            });
        }
    }
    Ok(())
}

/// Whether each process does one thing at a time, and nothing after what never completed. The operations are in order.
pub(super) fn check_together(operations: &[Operation]) -> Result<(), HistoryError> {
    for pair in operations.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        let (process, invoked) = (after.process, after.invoked);
        if before.process == process && !before.precedes(after) {
            return Err(match before.completed {
                Some(_) => HistoryError::Overlap {
                    process,
                    running: before.invoked,
                    invoked,
                },
                None => HistoryError::AfterCrash {
                    process,
                    pending: before.invoked,
                    invoked,
                },
            });
        }
    }
    Ok(())
}

/// Puts operations in order, by process and then by time.
///
/// Histories are long, and most come with the operations of each process in order already: then counting how many each
/// process has says where each belongs, and nothing need be compared.
pub(super) fn order(operations: &mut [Operation]) {
    let in_order = |operations: &[Operation]| {
        operations.is_sorted_by_key(|operation| (operation.process, operation.invoked))
    };
    if in_order(operations) {
        return;
    }
    let most = operations.iter().map(|operation| operation.process).max();
    let most = most.unwrap_or(0) as usize;
    if most <= operations.len() {
        let mut next = vec![0; most + 2];
        for operation in operations.iter() {
            next[operation.process as usize + 1] += 1;
        }
        for process in 0..=most {
            next[process + 1] += next[process];
        }
        let mut place: Vec<usize> = operations
            .iter()
            .map(|operation| {
                let place = &mut next[operation.process as usize];
                *place += 1;
                *place - 1
            })
            .collect();
        for at in 0..operations.len() {
            while place[at] != at {
                let to = place[at];
                operations.swap(at, to);
                place.swap(at, to);
            }
        }
    }
    if !in_order(operations) {
        operations.sort_by_key(|operation| (operation.process, operation.invoked));
    }
}

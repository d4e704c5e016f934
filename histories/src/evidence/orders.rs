//! Orders of the operations that prove what a history meets.

use crate::budget::Budget;
use crate::check::Checker;
use crate::judge::atomic;
use crate::{Action, History, Instant, Value};

/// An order of the operations, by their index, that proves a history linearizable: it keeps their precedence, and in it
/// every read returns the value of the last write before it. What is left out is pending and never took effect, or
/// returned nothing. `None` if there is no such order, or if none was found.
///
/// ```
/// use histories::{Timeline, check};
///
/// let timeline: Timeline = "
///     init: 0
///     Thread 1:  wwwwwwwwwwww(1)
///     Thread 2:    rr(0)  rr(1)
/// ".parse()?;
/// assert_eq!(check::linearization(&timeline.history), Some(vec![1, 0, 2]));
/// # Ok::<(), histories::timeline::ParseError>(())
/// ```
pub fn linearization(history: &History) -> Option<Vec<usize>> {
    let operations = history.operations();
    let mut timed: Vec<(Instant, usize)> = Vec::with_capacity(operations.len());
    for order in atomic::linearizations(history, &Budget::default())? {
        // Each operation takes effect when the last of it and of those before it has been invoked; so the orders of all
        // registers make one (Herlihy and Wing 1990).
        let mut latest = 0;
        timed.extend(order.into_iter().map(|at| {
            latest = operations[at].invoked.max(latest);
            (latest, at)
        }));
    }
    timed.sort_by_key(|&(instant, _)| instant);
    let order: Vec<usize> = timed.into_iter().map(|(_, at)| at).collect();
    explains(history, &order).then_some(order)
}

/// An order of the operations, by their index, that proves a history sequential: it keeps the order of each process, and
/// in it every read returns the value of the last write of its register before it. What is left out is pending and never
/// took effect, or returned nothing. `None` if there is no such order, or if none was found.
///
/// ```
/// use histories::{Timeline, check};
///
/// let timeline: Timeline = "
///     init: 0
///     Thread 1:  ww(1)
///     Thread 2:         rr(0)
/// ".parse()?;
/// assert_eq!(check::linearization(&timeline.history), None);
/// assert_eq!(check::serialization(&timeline.history), Some(vec![1, 0]));
/// # Ok::<(), histories::timeline::ParseError>(())
/// ```
pub fn serialization(history: &History) -> Option<Vec<usize>> {
    // A linearization is one, and quickly found.
    let order = linearization(history).or_else(|| Checker::new(history).serialization())?;
    explains(history, &order).then_some(order)
}

/// Whether an order of operations lets each of them find what it did, and has everything that completed and says
/// anything.
fn explains(history: &History, order: &[usize]) -> bool {
    let mut held: Vec<&Value> = history
        .registers()
        .map(|at| history.initial_of(at))
        .collect();
    let mut placed = vec![false; history.operations().len()];
    for &at in order {
        placed[at] = true;
        let operation = &history.operations()[at];
        let held = &mut held[operation.register as usize];
        match &operation.action {
            Action::Write(value) => *held = value,
            Action::Read(value) if value.as_ref().is_some_and(|value| value != *held) => {
                return false;
            }
            Action::Read(_) => {}
            Action::CompareAndSwap {
                expected,
                new,
                swapped,
            } => {
                let equal = expected == *held;
                if swapped.is_some_and(|swapped| swapped != equal) {
                    return false;
                }
                if equal {
                    *held = new;
                }
            }
        }
    }
    let says_nothing = |at: usize| {
        let operation = &history.operations()[at];
        operation.is_pending() || operation.is_question()
    };
    (0..placed.len()).all(|at| placed[at] || says_nothing(at))
}

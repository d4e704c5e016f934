//! Evidence beyond the verdict: an order that explains a linearizable history, the moment at which a history became a
//! violation, and a panic that draws it.

use super::events::Events;
use super::{Model, Verdict, Violation, atomic, check, sequential, zones};
use crate::{Action, History, Instant, Timeline, Value};

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
    for events in Events::by_register(history) {
        let own = events.in_history(0..events.len());
        let order: Vec<usize> = match zones::holds(&events) {
            Some(false) => return None,
            Some(true) => zones::linearization(&events)?
                .into_iter()
                .map(|at| events.operation[at] as usize)
                .collect(),
            None => atomic::order(&history.restricted_to(&own))?
                .into_iter()
                .map(|at| own[at])
                .collect(),
        };
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
    debug_assert!(explains(history, &order));
    Some(order)
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
    let order = linearization(history).or_else(|| sequential::order(history))?;
    debug_assert!(explains(history, &order));
    Some(order)
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

/// The instant of the completion at which a history became a violation: what happened up to it breaks the model, and
/// what happened before does not. `None` if the history is not known to break the model, or if the model knows no real
/// time, so that what happens later may still explain what happened before.
///
/// Found by bisection, so it takes as long as a number of verdicts.
///
/// ```
/// use histories::{Model, Timeline, check};
///
/// let timeline: Timeline = "
///     init: 0
///     Thread 1:  wwww(1)            wwww(2)
///     Thread 2:           rr(0)
/// ".parse()?;
/// assert_eq!(check::onset(Model::Atomic, &timeline.history), Some(25));
/// # Ok::<(), histories::timeline::ParseError>(())
/// ```
pub fn onset(model: Model, history: &History) -> Option<Instant> {
    let in_time = model.implies(Model::Safe);
    let Verdict::Breaks(violation) = check(model, history) else {
        return None;
    };
    let operations = history.operations();
    let of_witness = violation
        .witness
        .iter()
        .filter_map(|&at| operations[at].completed);
    let last = of_witness.max().filter(|_| in_time)?;
    let mut completions: Vec<Instant> = operations.iter().filter_map(|op| op.completed).collect();
    completions.sort_unstable();
    completions.dedup();
    let breaks = |at: Instant| check(model, &history.until(at)).violation().is_some();
    // Up to the last completion of the witness it is broken, unless more than that belongs to the evidence.
    let end = match breaks(last) {
        true => completions.partition_point(|&at| at < last),
        false => completions.len() - 1,
    };
    let first = completions[..end].partition_point(|&at| !breaks(at));
    Some(completions[first])
}

impl Violation {
    /// Draws the operations that prove it, as part of the history that was judged.
    ///
    /// Parsed again, the picture breaks the same model.
    #[must_use]
    pub fn picture(&self, history: &History) -> String {
        let timeline = Timeline::from(history.restricted_to(&self.witness));
        match self.model {
            Model::Strict => timeline.in_order_of_invocation().to_string(),
            _ => timeline.to_string(),
        }
    }
}

impl History {
    /// What had happened up to an instant: what completed later is pending.
    #[must_use]
    pub fn until(&self, instant: Instant) -> Self {
        let begun: Vec<usize> = (0..self.operations().len())
            .filter(|&at| self.operations()[at].invoked <= instant)
            .collect();
        self.restricted_to(&begun).cut(instant)
    }

    /// Panics with a drawing of the smallest part that breaks the model, unless the history meets it: for tests.
    ///
    /// ```should_panic
    /// use histories::{Model, Timeline};
    ///
    /// let timeline: Timeline = "init: 0\nT1:  ww(1)\nT2:         rr(0)".parse().unwrap();
    /// timeline.history.assert(Model::Regular);
    /// ```
    ///
    /// # Panics
    ///
    /// If the history breaks the model, or if this is not known.
    #[track_caller]
    pub fn assert(&self, model: Model) {
        match check(model, self) {
            Verdict::Meets => {}
            Verdict::Unknown { states } => {
                panic!("whether the history is {model} is not known after {states} states")
            }
            Verdict::Breaks(violation) => {
                let all = self.operations().len();
                panic!(
                    "the history is not {model}: {}\n\n{}\n({} of {all} operations)",
                    violation.sentence,
                    violation.picture(self),
                    violation.witness.len(),
                );
            }
        }
    }
}

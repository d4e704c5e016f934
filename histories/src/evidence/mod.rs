//! What proves a verdict: the smallest part that breaks a model and why, an order that explains what meets it, the moment
//! at which a history was broken, and pictures of all that.

mod closure;
mod orders;
mod prefix;
mod reason;
mod witness;
mod wording;

use crate::budget::Budget;
use crate::check::Checker;
use crate::found::{Broken, Found};
use crate::verdict::{Reason, Verdict, Violation};
use crate::{History, Instant, Model, Timeline, naive};
use closure::Times;
pub use orders::{linearization, serialization};
use witness::{Breaks, EXACT, Witness};

/// Up to so many operations of evidence are drawn. Of more it is told where the longest beginning ends that meets the
/// model.
pub const DRAWN: usize = 8;

/// How many states are looked at for each beginning of a history.
const STATES: u64 = 200_000;

/// Of how many registers the evidence is made as small as it can be, to show the smallest.
const REGISTERS: usize = 4;

/// Whether a history meets a model, within a budget; `None` if this is not known.
type Meets<'a> = &'a dyn Fn(&History, &Budget) -> Option<bool>;

/// The verdict, with its evidence.
pub(crate) fn verdict(history: &History, model: Model, found: &Found, meets: Meets<'_>) -> Verdict {
    match found {
        Found::Meets => Verdict::Meets,
        Found::Unknown { states, gave_up } => Verdict::Unknown {
            states: usize::try_from(*states).unwrap_or(usize::MAX),
            gave_up: *gave_up,
        },
        Found::Breaks(broken) => Verdict::Breaks(violation(history, model, broken, meets)),
    }
}

fn violation(history: &History, model: Model, broken: &[Broken], meets: Meets<'_>) -> Violation {
    let size = |it: &&Broken| match &it.exact {
        Some((Reason::Torn { .. }, _)) => (0, 1),
        Some((_, witness)) => (0, witness.len()),
        None => (1, it.among.len()),
    };
    let mut broken: Vec<&Broken> = broken.iter().collect();
    broken.sort_by_key(size);
    let mut best: Option<(usize, Evidence)> = None;
    for broken in broken.into_iter().take(REGISTERS) {
        let evidence = Evidence::of(history, model, broken, meets);
        let size = match evidence.reason {
            // The read alone proves that it is torn: the writes say where its words come from.
            Reason::Torn { .. } => 1,
            _ => evidence.witness.operations.len(),
        };
        if best.as_ref().is_none_or(|(least, _)| size < *least) {
            best = Some((size, evidence));
        }
    }
    let (_, evidence) = best.expect("something breaks the model");
    evidence.told(history, model, meets)
}

/// What proves a violation.
struct Evidence {
    witness: Witness,
    reason: Reason,
    /// The compare-and-swaps of unknown outcome that are taken to have swapped.
    supposed: Vec<usize>,
}

impl Evidence {
    fn of(history: &History, model: Model, broken: &Broken, meets: Meets<'_>) -> Self {
        let breaks = Breaks::new(meets);
        let operations = history.operations();
        let own: Vec<usize> = match (model.is_in_time(), broken.among.first()) {
            (true, Some(&first)) => {
                let register = operations[first].register;
                let own = (0..operations.len()).filter(|&at| operations[at].register == register);
                own.take(EXACT + 1).collect()
            }
            _ => (0..operations.len().min(EXACT + 1)).collect(),
        };
        let is_short = own.len() <= EXACT;
        if let Some((reason, witness)) = &broken.exact {
            let exact = Self::exactly(history, model, reason, witness);
            // What breaks another model may be larger than what breaks this one.
            let is_smallest = [Model::Safe, Model::Regular].contains(&model)
                || matches!(reason, Reason::Torn { .. })
                || exact.witness.operations.len() == 1;
            if !is_short || is_smallest {
                return exact;
            }
            let witness = witness::in_time(history, &own, Times::of(model), &breaks);
            if witness.operations.len() >= exact.witness.operations.len() {
                return exact;
            }
            return Self::because(history, model, witness);
        }
        let among = if is_short { &own } else { &broken.among };
        let witness = match model.is_in_time() {
            false => witness::beyond_time(history, among, &breaks),
            true if model == Model::Safe => Witness {
                operations: among.clone(),
                ..Witness::default()
            },
            true => {
                let all: Vec<usize>;
                let part = history.restricted_to(among);
                // What happened later may belong to the evidence.
                let among = match is_short || breaks.is_broken(&part) {
                    true => among,
                    false => {
                        let register = operations[among[0]].register;
                        let of = |&at: &usize| operations[at].register == register;
                        all = (0..operations.len()).filter(of).collect();
                        &all
                    }
                };
                witness::in_time(history, among, Times::of(model), &breaks)
            }
        };
        Self::because(history, model, witness)
    }

    /// With a reason that the checker knows.
    fn exactly(history: &History, model: Model, reason: &Reason, operations: &[usize]) -> Self {
        let is_swap = |at: &&usize| closure::swapped(&history.operations()[**at]);
        if !operations.iter().any(|at| is_swap(&at)) {
            return Self {
                witness: Witness {
                    operations: operations.to_vec(),
                    ..Witness::default()
                },
                reason: reason.clone(),
                supposed: Vec::new(),
            };
        }
        let closure = closure::Closure::new(history, operations, Times::of(model));
        let none = std::collections::HashSet::new();
        let missing = closure.missing(operations, &none).into_iter();
        // The one that is blamed counts for what it found.
        let blamed = reason.blamed();
        let as_writes = missing
            .filter(|&at| closure::swapped(&history.operations()[at]) && !blamed.contains(&at))
            .collect();
        let witness = Witness {
            operations: operations.to_vec(),
            as_writes,
        };
        Self {
            witness,
            reason: reason.clone(),
            supposed: Vec::new(),
        }
    }

    /// With a reason that is to be found.
    fn because(history: &History, model: Model, witness: Witness) -> Self {
        let (reason, supposed) = reason::of(history, model, &witness);
        let mut witness = witness;
        if let Reason::Torn { words, read } = &reason {
            witness.operations = words.iter().flatten().copied().chain([*read]).collect();
            witness.operations.sort_unstable();
            witness.operations.dedup();
        }
        Self {
            witness,
            reason,
            supposed,
        }
    }

    /// Puts it into words.
    fn told(self, history: &History, model: Model, meets: Meets<'_>) -> Violation {
        let Self {
            witness,
            reason,
            supposed,
        } = self;
        let is_large = witness.operations.len() > DRAWN;
        let prefix = is_large.then(|| {
            let budget = Budget::of_states(STATES);
            let meets = |part: &History| meets(part, &budget);
            let onset = last_completion(history, &witness.operations)
                .filter(|_| model.is_in_time())
                .and_then(|until| since(history, until, &meets));
            prefix::longest(history, model, onset, &meets)
        });
        let prefix = prefix.flatten();
        let mut sentence = wording::sentence(
            history,
            model,
            &reason,
            &witness.operations,
            prefix.as_ref(),
        );
        if !supposed.is_empty() && reason != Reason::NoOrder {
            sentence += &wording::supposed(history, &supposed);
        }
        let mut as_writes: Vec<usize> = witness.as_writes.into_iter().collect();
        as_writes.sort_unstable();
        Violation {
            model,
            anomaly: wording::anomaly(history, &reason),
            sentence,
            witness: witness.operations,
            as_writes,
            reason,
            prefix,
        }
    }
}

/// The last completion of some operations.
fn last_completion(history: &History, operations: &[usize]) -> Option<Instant> {
    let completed = operations
        .iter()
        .filter_map(|&at| history.operations()[at].completed);
    completed.max()
}

/// Since when a history is broken, which is broken by what completed up to an instant, or by what happened later.
fn since(
    history: &History,
    until: Instant,
    meets: &dyn Fn(&History) -> Option<bool>,
) -> Option<Instant> {
    let last = match meets(&history.until(until)) {
        Some(false) => until,
        _ => Instant::MAX,
    };
    prefix::onset(history, last, meets)
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
    let mut checker = Checker::new(history);
    if !model.is_in_time() || checker.meets(model) != Some(false) {
        return None;
    }
    let until = checker
        .broken_by(model)
        .and_then(|among| last_completion(history, &among))?;
    since(history, until, &|part| Checker::new(part).meets(model))
}

impl Violation {
    /// The part of the history that proves it: it breaks the model by itself. Compare-and-swaps that count for what they
    /// wrote alone are writes in it.
    #[must_use]
    pub fn evidence(&self, history: &History) -> History {
        let witness = Witness {
            operations: self.witness.clone(),
            as_writes: self.as_writes.iter().copied().collect(),
        };
        witness.of(history)
    }

    /// Whether the [oracle](naive) agrees that the evidence breaks the model; `None` if there is too much of it to be put
    /// to the oracle.
    pub fn is_confirmed(&self, history: &History) -> Option<bool> {
        let evidence = self.evidence(history);
        (evidence.operations().len() <= DRAWN).then(|| !naive::meets(self.model, &evidence))
    }

    /// Draws the operations that prove it, as part of the history that was judged.
    ///
    /// Parsed again, the picture breaks the same model.
    #[must_use]
    pub fn picture(&self, history: &History) -> String {
        let timeline = Timeline::from(self.evidence(history));
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
        match crate::check(model, self) {
            Verdict::Meets => {}
            Verdict::Unknown { states, .. } => {
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

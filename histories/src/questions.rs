//! What may the reads of a timeline return whose value it does not say?
//!
//! ```
//! use histories::questions::{Possible, ask};
//! use histories::{Model, Timeline, Value};
//!
//! let timeline: Timeline = "
//!     init: 0
//!     Thread 1:      wwwww(1)     wwwww(2)
//!     Thread 2:   rrrrr                rrrrr
//!     Thread 3:   rrrrr  rrrrr
//! ".parse()?;
//! let values = |of: &[u64]| of.iter().copied().map(Value::from).collect::<Vec<_>>();
//!
//! let atomic = ask(Model::Atomic, &timeline.history);
//! let alone = atomic.alone().unwrap();
//! assert_eq!(alone[1], Possible::Among([Value::from(2)].into()));                // Thread 2's second read
//! assert_eq!(alone[3], Possible::Among([Value::from(0), Value::from(1)].into())); // Thread 3's second read
//!
//! // Each of 1 and 0 is possible on Thread 3, but not 1 and then 0.
//! assert_eq!(atomic.allows(&values(&[0, 2, 1, 1])), Some(true));
//! assert_eq!(atomic.allows(&values(&[0, 2, 1, 0])), Some(false));
//! assert_eq!(ask(Model::Regular, &timeline.history).allows(&values(&[0, 2, 1, 0])), Some(true));
//! # Ok::<(), histories::timeline::ParseError>(())
//! ```

use std::collections::BTreeSet;

use crate::budget::Budget;
use crate::check::{Model, Verdict, Violation, check};
use crate::judge::{atomic, regular, safe};
use crate::{History, Value};

/// How many situations are looked at, at most, to find the joint answers.
const JOINT_BUDGET: usize = 400_000;

/// What one read may return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Possible {
    /// Anything, written or not: the semantics says nothing about this read.
    Anything,
    /// One of these values.
    Among(BTreeSet<Value>),
}

impl Possible {
    /// Whether the read may return this value.
    pub fn contains(&self, value: &Value) -> bool {
        match self {
            Self::Anything => true,
            Self::Among(values) => values.contains(value),
        }
    }
}

/// The answer to all the questions of a history under one model. Values stand in the order of [`History::questions`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// There is none: what the history does say already breaks the model.
    Contradicted(Violation),
    /// Every combination of what the reads may return alone.
    Independent(Vec<Possible>),
    /// The reads bind each other: what each may return alone, and exactly these combinations.
    Joint {
        /// What each read may return, whatever the others do.
        alone: Vec<Possible>,
        /// The combinations.
        outcomes: BTreeSet<Vec<Value>>,
    },
    /// The search for the combinations ended at its budget.
    Unknown {
        /// What each read may return, where this was found; empty otherwise.
        alone: Vec<Possible>,
    },
}

impl Answer {
    /// What each read may return, whatever the others do; `None` if nothing may be returned or nothing is known.
    pub fn alone(&self) -> Option<&[Possible]> {
        match self {
            Self::Contradicted(_) => None,
            Self::Independent(alone) | Self::Joint { alone, .. } => Some(alone),
            Self::Unknown { alone } => (!alone.is_empty()).then_some(alone),
        }
    }

    /// Whether the reads may return these values together; `None` if this is not known.
    pub fn allows(&self, outcome: &[Value]) -> Option<bool> {
        let each = |alone: &[Possible]| {
            alone.len() == outcome.len()
                && alone
                    .iter()
                    .zip(outcome)
                    .all(|(possible, value)| possible.contains(value))
        };
        match self {
            Self::Contradicted(_) => Some(false),
            Self::Independent(alone) => Some(each(alone)),
            Self::Joint { outcomes, .. } => Some(outcomes.contains(outcome)),
            Self::Unknown { alone } => (!alone.is_empty() && !each(alone)).then_some(false),
        }
    }

    /// The number of combinations, `u128::MAX` if it is larger; `None` if there is no end to them, or if it is not
    /// known.
    pub fn count(&self) -> Option<u128> {
        match self {
            Self::Contradicted(_) => Some(0),
            Self::Independent(alone) => {
                alone
                    .iter()
                    .try_fold(1_u128, |count, possible| match possible {
                        Possible::Anything => None,
                        Possible::Among(values) => Some(count.saturating_mul(values.len() as u128)),
                    })
            }
            Self::Joint { outcomes, .. } => Some(outcomes.len() as u128),
            Self::Unknown { .. } => None,
        }
    }
}

/// Answers the questions of a history under one of the three classes of registers, if it is of one register that is
/// only read and written; else nothing is known.
///
/// The safe and the regular semantics judge each read alone, so their answers are independent; the atomic one binds
/// them. Its combinations are found by a search over all linearizations (see [`check`](mod@crate::check)), within a
/// budget.
pub fn ask(model: Model, history: &History) -> Answer {
    match check(model, history) {
        Verdict::Breaks(violation) => return Answer::Contradicted(violation),
        Verdict::Unknown { .. } => return Answer::Unknown { alone: Vec::new() },
        Verdict::Meets => {}
    }
    if !history.operations().iter().all(atomic::is_simple) {
        return Answer::Unknown { alone: Vec::new() };
    }
    let regular = |question: usize| {
        Possible::Among(
            regular::allowed(history, question)
                .into_iter()
                .cloned()
                .collect(),
        )
    };
    match model {
        Model::Safe => {
            let safe = |question| match safe::binds(history, question) {
                true => regular(question),
                false => Possible::Anything,
            };
            Answer::Independent(history.questions().map(safe).collect())
        }
        Model::Regular => Answer::Independent(history.questions().map(regular).collect()),
        Model::Atomic => ask_atomic(history),
        _ => Answer::Unknown { alone: Vec::new() },
    }
}

fn ask_atomic(history: &History) -> Answer {
    if let Some(outcomes) = atomic::joint_answers(history, JOINT_BUDGET) {
        let alone = (0..history.questions().count())
            .map(|question| {
                Possible::Among(
                    outcomes
                        .iter()
                        .map(|outcome| outcome[question].clone())
                        .collect(),
                )
            })
            .collect();
        return Answer::Joint { alone, outcomes };
    }
    // Too many combinations. What each read may return alone needs no more than a yes or no for each value.
    let alone: Option<Vec<Possible>> = history
        .questions()
        .map(|question| atomic_alone(history, question))
        .collect();
    Answer::Unknown {
        alone: alone.unwrap_or_default(),
    }
}

/// What one read may return if the other questions are answered in any way; `None` if this is not known.
fn atomic_alone(history: &History, question: usize) -> Option<Possible> {
    let mut possible = BTreeSet::new();
    for value in regular::allowed(history, question) {
        let answered = history.with_answers([(question, value.clone())]);
        if atomic::is_linearizable(&answered, &Budget::default().meter())? {
            possible.insert(value.clone());
        }
    }
    Some(Possible::Among(possible))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timeline;

    fn history(text: &str) -> History {
        text.parse::<Timeline>().unwrap().history
    }

    /// Five threads, each with so many open reads that their combinations cannot be listed.
    fn crowd() -> History {
        let reads = "rr ".repeat(12);
        let threads: String = (2..6)
            .map(|thread| format!("Thread {thread}:  {reads}\n"))
            .collect();
        history(&format!(
            "init: 0\nThread 1:  {}\n{threads}",
            "www(1) www(2) www(3) www(4)"
        ))
    }

    #[test]
    fn too_many_combinations_leave_the_reads_answered_alone() {
        let answer = ask(Model::Atomic, &crowd());
        let Answer::Unknown { alone } = &answer else {
            panic!("{answer:?}")
        };
        assert_eq!(alone.len(), 48);
        let outcome = vec![Value::from(9); 48];
        assert_eq!(answer.allows(&outcome), Some(false));
        assert_eq!(answer.count(), None);
    }

    #[test]
    fn the_last_instant_is_an_instant_like_any_other() {
        let question = crate::Operation::question(1, 0..=u64::MAX);
        let alone = History::new(0, [question]).unwrap();
        assert_eq!(ask(Model::Atomic, &alone).count(), Some(1));
    }

    #[test]
    fn counts_beyond_measure_are_no_less_than_the_largest_number() {
        let reads = "rr ".repeat(200);
        let many = history(&format!(
            "init: 0\nT1:  {}(1)\nT2:  {reads}\n",
            "w".repeat(700)
        ));
        assert_eq!(ask(Model::Regular, &many).count(), Some(u128::MAX));
    }

    #[test]
    fn a_timeline_that_already_breaks_a_model_has_no_answer_under_it() {
        let broken = history("init: 0\nT1:  ww(1)\nT2:         rr(0)  rr\n");
        let Answer::Contradicted(violation) = ask(Model::Safe, &broken) else {
            panic!()
        };
        assert_eq!(violation.witness, [0, 1]);
    }

    #[test]
    fn a_pending_write_may_or_may_not_have_happened() {
        let crash = history("init: 0\nT1:  ww>(1)\nT2:         rr     rr\n");
        let Answer::Joint { outcomes, .. } = ask(Model::Atomic, &crash) else {
            panic!()
        };
        let outcomes: Vec<String> = outcomes
            .iter()
            .map(|o| format!("{} {}", o[0], o[1]))
            .collect();
        assert_eq!(outcomes, ["0 0", "0 1", "1 1"]);
        assert_eq!(ask(Model::Regular, &crash).count(), Some(4));
        assert_eq!(ask(Model::Safe, &crash).count(), None);
    }
}

//! What everything in a register is there for: it is changed, one thing at a time, and what goes wrong without it is
//! looked for.
//!
//! ```
//! use interleavings::mutants::{Fate, Which, mutants};
//! use interleavings::scope::Effort;
//! use registers::{atomic::SequenceLock, subject::Subject};
//!
//! let effort = Effort { states: 500, ..Effort::default() };
//! let weakened = mutants(&Subject::of::<SequenceLock, 2>(), Which::Weakened, &effort, &mut |_| {})?;
//! assert_eq!(weakened.len(), 4);
//! assert!(weakened.iter().all(|mutant| matches!(mutant.fate, Fate::Wrong { .. })));
//! # Ok::<(), registers::scenario::Unsupported>(())
//! ```

use std::collections::BTreeMap;

use histories::Model;
use registers::scenario::Unsupported;
use registers::subject::Subject;

use crate::exercised::Exercised;
use crate::explore::Variant;
use crate::mutation::Mutation;
use crate::report::MemoryModel;
use crate::scope::{Effort, Scope, Shown, Size, Wrong, explore_scope};

/// A register with one thing changed.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What is changed.
    pub mutation: Mutation,
    /// What comes of it.
    pub fate: Fate,
}

/// What comes of a mutant.
#[derive(Clone, Debug)]
pub enum Fate {
    /// Something goes wrong that does not in the register itself.
    Wrong {
        /// What.
        wrong: Wrong,
        /// Where.
        shown: Box<Shown>,
        /// On which memories anything goes wrong in that scenario, the strongest first.
        on: Vec<MemoryModel>,
    },
    /// Nothing that was explored tells it from the register.
    NoDifference {
        /// The largest sizes that were explored to the end on weak memory.
        within: Vec<Size>,
    },
    /// It could not be explored.
    Unknown(String),
}

/// What to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Each ordering, to the next weaker one.
    Weakened,
    /// Each ordering, to each stronger one.
    Strengthened,
    /// Each value that is stored or read, by one; and each store, left out.
    Changed,
}

/// Changes everything that the register itself exercises within an effort, one thing at a time, and explores each mutant
/// with the same effort. `progress` is told what is being changed.
///
/// # Errors
///
/// If the register cannot perform what it says that it can.
pub fn mutants(
    subject: &Subject,
    which: Which,
    effort: &Effort,
    progress: &mut dyn FnMut(&Mutation),
) -> Result<Vec<Mutant>, Unsupported> {
    let original = explore_scope(subject, Variant::default(), &[], effort, &mut |_, _| {})?;
    let mut exercised = Exercised::default();
    for explored in &original.explored {
        exercised.join(&explored.verified.exercised);
    }
    let mutations = match which {
        Which::Weakened => exercised.weakened(),
        Which::Strengthened => exercised.strengthened(),
        Which::Changed => exercised.changed(),
    };
    let claimed = Model::from(subject.claims().class);
    let effort = Effort {
        until_not: original.class().map(|class| class.min(claimed)),
        ..*effort
    };
    let mutant = |mutation: Mutation| {
        progress(&mutation);
        let variant = Variant {
            mutation: Some(mutation),
            ..Variant::default()
        };
        let scope = explore_scope(subject, variant, &[], &effort, &mut |_, _| {})?;
        Ok(Mutant {
            mutation,
            fate: fate(claimed, &original, scope),
        })
    };
    mutations.into_iter().map(mutant).collect()
}

/// Looks for single changes that mend a register which is less than it claims: a stronger ordering, or a fence. Those that
/// do, in what is explored with this effort, the smallest first; nothing, if nothing is wrong with it.
///
/// # Errors
///
/// If the register cannot perform what it says that it can.
pub fn mends(
    subject: &Subject,
    effort: &Effort,
    progress: &mut dyn FnMut(&Mutation),
) -> Result<Vec<Mutation>, Unsupported> {
    let claimed = Model::from(subject.claims().class);
    let effort = Effort {
        until_not: Some(claimed),
        ..*effort
    };
    let original = explore_scope(subject, Variant::default(), &[], &effort, &mut |_, _| {})?;
    // What went wrong in the register itself was looked for again.
    let covers = |scope: &Scope| {
        let mut wrong = original.wrong.values();
        wrong.all(|shown| {
            scope
                .explored
                .iter()
                .any(|it| it.scenario == shown.scenario)
        })
    };
    let is_sound = |scope: &Scope| {
        scope.class() >= Some(claimed)
            && !scope.wrong.contains_key(&Wrong::Waits)
            && scope.unfinished().next().is_none()
            && covers(scope)
    };
    if original.class() >= Some(claimed) {
        return Ok(Vec::new());
    }
    let mut exercised = Exercised::default();
    for explored in &original.explored {
        exercised.join(&explored.verified.exercised);
    }
    let mut mends = Vec::new();
    for all in [exercised.strengthened(), exercised.fenced()] {
        for mutation in all {
            progress(&mutation);
            let variant = Variant {
                mutation: Some(mutation),
                ..Variant::default()
            };
            let scope = explore_scope(subject, variant, &[], &effort, &mut |_, _| {})?;
            if is_sound(&scope) {
                mends.push(mutation);
            }
        }
        // What an ordering does needs no fence.
        if !mends.is_empty() {
            break;
        }
    }
    mends.sort_by_key(Mutation::cost);
    Ok(mends)
}

/// What a mutant does that the original does not, up to the class that is claimed.
fn fate(claimed: Model, original: &Scope, mutant: Scope) -> Fate {
    let class = original.class().min(Some(claimed));
    let is_new = |wrong: &Wrong| match wrong {
        Wrong::Breaks(model) => class >= Some(*model),
        Wrong::Fails(_) | Wrong::Waits => !original.wrong.contains_key(wrong),
    };
    // A strongest class that is broken says more than a weaker one; what goes wrong by itself says most.
    let news: BTreeMap<Wrong, &Shown> = mutant
        .wrong
        .iter()
        .filter(|(wrong, _)| is_new(wrong))
        .map(|(&wrong, shown)| (wrong, shown))
        .collect();
    let most = news
        .iter()
        .max_by_key(|(wrong, shown)| (shown.on.len(), **wrong));
    if let Some((&wrong, &shown)) = most {
        let mut on: Vec<MemoryModel> = news.values().flat_map(|it| it.on.clone()).collect();
        on.sort_unstable();
        on.dedup();
        return Fate::Wrong {
            wrong,
            shown: Box::new(shown.clone()),
            on,
        };
    }
    let within = mutant.largest(MemoryModel::Weak);
    match mutant.unfinished().next() {
        Some((_, reason)) => Fate::Unknown(reason.to_owned()),
        None if within.is_empty() => Fate::Unknown(mutant.ended.clone()),
        None => Fate::NoDifference { within },
    }
}

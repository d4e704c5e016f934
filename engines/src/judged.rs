//! What the history of a store says: which models it meets, what breaks the others, how stale reads were, and what was lost.

use std::collections::HashSet;

use histories::check::{Budget, Checker, Reason, Violation};
use histories::staleness::staleness;
use histories::{Action, History, Model, Verdict};
use pages::{Recorded, Told};
use replicas::experiments::rungs::LADDER;
use replicas::simulated::{Anomalies, anomalies};

/// What is known of a history.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Each model, and whether it is met, if that could be decided.
    pub models: Vec<(Model, Option<bool>)>,
    /// What breaks those that are not.
    pub broken: Vec<Broken>,
    /// How many reads were stale, inverted or torn.
    pub anomalies: Anomalies,
    /// How stale.
    pub stale: Stale,
}

/// What breaks a model.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Which.
    pub model: Model,
    /// Why.
    pub sentence: String,
    /// How operations contradict each other, by their index in the history.
    pub reason: Reason,
    /// The operations that prove it, by their index in the history.
    pub witness: Vec<usize>,
    /// The same, drawn, if it can be looked at.
    pub picture: Option<String>,
}

/// How stale reads were.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Stale {
    /// How many.
    pub reads: usize,
    /// By how many versions half of them were behind at most.
    pub versions_half: usize,
    /// By how many versions they were behind at most.
    pub versions: usize,
    /// For how many nanoseconds half of them had been stale at most.
    pub nanoseconds_half: u64,
    /// For how many nanoseconds they had been stale at most.
    pub nanoseconds: u64,
}

/// So many operations of evidence can be looked at.
const PICTURED: usize = 24;

impl Judged {
    /// Judges a history by all models, each within a budget.
    #[must_use]
    pub fn of(history: &History, budget: &Budget) -> Self {
        let mut checker = Checker::within(history, budget);
        let mut order = Model::ALL;
        // Strong models first: what one of them implies need not be judged.
        order.sort_by_key(|&model| {
            let implied = |it: &&Model| model.implies(**it);
            std::cmp::Reverse(Model::ALL.iter().filter(implied).count())
        });
        let mut models = Vec::new();
        let mut broken = Vec::new();
        for model in order {
            let meets = match checker.verdict(model) {
                Verdict::Meets => Some(true),
                Verdict::Unknown { .. } => None,
                Verdict::Breaks(violation) => {
                    broken.push(Broken::new(model, violation, history));
                    Some(false)
                }
            };
            models.push((model, meets));
        }
        models.sort_unstable_by_key(|&(model, _)| model);
        broken.sort_unstable_by_key(|broken| broken.model);
        Self {
            models,
            broken,
            anomalies: anomalies(history),
            stale: Stale::of(history),
        }
    }

    /// Whether a model is met, if that could be decided.
    #[must_use]
    pub fn meets(&self, model: Model) -> Option<bool> {
        let mut known = self.models.iter();
        known
            .find(|&&(it, _)| it == model)
            .and_then(|&(_, meets)| meets)
    }

    /// Of the models that are met, those that no other one implies. Strict is left out: no store can know when it was asked.
    #[must_use]
    pub fn strongest(&self) -> Vec<Model> {
        replicas::every::strongest(|model| self.meets(model) == Some(true))
    }

    /// What breaks the lowest rung that is broken, or else another model; it is the one to look at first.
    #[must_use]
    pub fn first(&self) -> Option<&Broken> {
        let of = |&model: &Model| self.broken.iter().find(|broken| broken.model == model);
        let on_the_ladder = LADDER.iter().find_map(of);
        on_the_ladder.or_else(|| self.broken.iter().find(|it| it.model != Model::Strict))
    }

    /// The page of a history, with what is known of each model.
    #[must_use]
    pub fn page(&self, title: &str, history: &History) -> String {
        let mut page = Recorded::new(title, history);
        for &(model, meets) in &self.models {
            let broken = self.broken.iter().find(|broken| broken.model == model);
            let broken = broken.map(|it| Told {
                sentence: &it.sentence,
                reason: &it.reason,
                witness: &it.witness,
            });
            page.judge(model, meets, broken);
        }
        page.measure();
        page.html()
    }
}

impl Broken {
    fn new(model: Model, violation: Violation, history: &History) -> Self {
        let is_pictured = violation.witness.len() <= PICTURED;
        Self {
            model,
            picture: is_pictured.then(|| violation.picture(history)),
            sentence: violation.sentence,
            reason: violation.reason,
            witness: violation.witness,
        }
    }
}

impl Stale {
    fn of(history: &History) -> Self {
        let found = staleness(history);
        let mut versions: Vec<usize> = found.stale.iter().map(|it| it.versions).collect();
        let mut times: Vec<u64> = found.stale.iter().map(|it| it.duration(history)).collect();
        versions.sort_unstable();
        times.sort_unstable();
        Self {
            reads: found.stale.len(),
            versions_half: quantile(&versions, 0.5).unwrap_or_default(),
            versions: versions.last().copied().unwrap_or_default(),
            nanoseconds_half: quantile(&times, 0.5).unwrap_or_default(),
            nanoseconds: times.last().copied().unwrap_or_default(),
        }
    }
}

/// Of sorted numbers, the one that so large a share of them does not exceed.
#[must_use]
pub fn quantile<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    let at = (share * sorted.len() as f64) as usize;
    sorted.get(at.min(sorted.len().checked_sub(1)?)).copied()
}

/// How many writes were acknowledged.
#[must_use]
pub fn acknowledged(history: &History) -> Vec<u64> {
    let writes = history
        .operations()
        .iter()
        .filter(|it| it.completed.is_some());
    let values = writes.filter_map(|it| match &it.action {
        Action::Write(value) => value.word(0),
        _ => None,
    });
    values.collect()
}

/// How many of them are not among what is left.
#[must_use]
pub fn lost(acknowledged: &[u64], survivors: &HashSet<u64>) -> usize {
    let is_lost = |value: &&u64| !survivors.contains(value);
    acknowledged.iter().filter(is_lost).count()
}

#[cfg(test)]
mod tests {
    use histories::Timeline;

    use super::*;

    fn judged(picture: &str) -> (Judged, History) {
        let history = picture
            .parse::<Timeline>()
            .expect("it is a timeline")
            .history;
        (Judged::of(&history, &Budget::default()), history)
    }

    #[test]
    fn a_replica_that_follows_late_is_sequential_and_not_safe() {
        let (judged, history) = judged(
            "init: 0
             Thread 1:  ww(1) ww(2)
             Thread 2:               rr(0)  rr(1)",
        );
        assert_eq!(judged.strongest(), [Model::Sequential]);
        assert_eq!(judged.first().map(|broken| broken.model), Some(Model::Safe));
        assert_eq!(judged.anomalies.stale, 2);
        assert_eq!((judged.stale.reads, judged.stale.versions), (2, 2));
        assert_eq!(acknowledged(&history), [1, 2]);
        assert_eq!(lost(&[1, 2], &HashSet::from([2])), 1);
        assert!(judged.page("late", &history).starts_with("<!doctype html>"));
    }

    #[test]
    fn what_is_atomic_has_nothing_to_show() {
        let (judged, _) = judged("init: 0\nThread 1: ww(1)\nThread 2:      rr(1)");
        assert_eq!(judged.strongest(), [Model::Atomic]);
        assert!(
            judged
                .first()
                .is_none_or(|broken| broken.model == Model::Strict)
        );
        assert_eq!(judged.stale.reads, 0);
    }

    #[test]
    fn quantiles_are_of_what_there_is() {
        assert_eq!(quantile(&[1, 2, 3, 4], 0.5), Some(3));
        assert_eq!(quantile(&[7], 0.99), Some(7));
        assert_eq!(quantile::<u8>(&[], 0.5), None);
    }
}

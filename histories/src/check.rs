//! Which semantics a history meets, and what breaks the others.
//!
//! Each model judges histories with any number of registers, writers and processes, with compare-and-swaps, and with
//! values that may repeat:
//!
//! | model | a read returns | source |
//! |---|---|---|
//! | [safe](Model::Safe) | what the regular one does, unless it is concurrent with a write: then anything | Lamport 1986 |
//! | [regular](Model::Regular) | the value of a write that is not overwritten before the read is invoked, and not invoked after it completed | Lamport 1986; for many writers MWR1 of Shao, Welch, Pierce and Lee, *Multiwriter consistency conditions for shared memory registers*, SIAM J. Comput. 2011 |
//! | [strong regular](Model::StrongRegular) | and all reads agree on one order of the writes | Shao, Welch, Pierce and Lee 2011 |
//! | [atomic](Model::Atomic) | the value of the latest write, in one order of all operations that keeps their precedence | Lamport 1986; Herlihy and Wing, *Linearizability*, 1990 |
//! | [strict](Model::Strict) | the same, where each operation happens at its invocation | |
//! | [sequential](Model::Sequential) | the same, in an order that need only keep that of each process | Lamport 1979 |
//! | [PRAM](Model::Pram) | the same, where each process orders the writes for itself | Lipton and Sandberg 1988 |
//! | causal: [CC](Model::Causal), [CM](Model::CausalMemory), [CCv](Model::CausalConvergence) | nothing overwritten in its causal past, in three strengths | Bouajjani, Enea, Guerraoui and Hamza, POPL 2017 |
//! | [sessions] | nothing older than its process has written or read | Terry et al. 1994; Viotti and Vukolic 2016 |
//!
//! The classes of registers and strict are judged for each register alone, the others for all registers together. What
//! cannot be decided within a [budget](Budget) is [unknown](Verdict::Unknown), never a yes: repeated values make most
//! models NP-complete. What is known of one model is used for the others, in both directions: see [`Checker`].
//!
//! The initial value is a write that precedes everything. A pending write may have taken effect or not. A pending read
//! returned nothing and is left out. An open question is no evidence: a history with questions meets a model if some
//! answers do.
//!
//! Each verdict carries its evidence. [`naive`] states the same models as slowly and as plainly as possible; tests
//! compare the two on random histories.

use std::cell::OnceCell;

use crate::consistency::reads_from::ReadsFrom;
use crate::consistency::{self, Judged, sequential};
use crate::events::Events;
use crate::found::Found;
use crate::{History, evidence, judge};

pub use crate::budget::{Budget, Limit, NotABudget};
pub use crate::consistency::sessions;
pub use crate::evidence::{DRAWN, linearization, onset, serialization};
pub use crate::model::{Model, NotAModel};
pub use crate::naive;
pub use crate::verdict::{Anomaly, GaveUp, Prefix, Reason, Step, Verdict, Violation, Why};

/// Of longer histories what breaks a cheaper model is found first.
const LONG: usize = 10_000;

/// Models that are judged in less time than those that imply them: they are asked too if one of these is not known.
const CHEAPER: [Model; 3] = [Model::MonotonicReads, Model::ReadYourWrites, Model::Causal];

/// Judges a history by one model.
pub fn check(model: Model, history: &History) -> Verdict {
    Checker::new(history).verdict(model)
}

/// Judges a history by one model, within a budget.
pub fn check_within(model: Model, history: &History, budget: &Budget) -> Verdict {
    Checker::within(history, budget).verdict(model)
}

/// Whether a history meets a model, without the evidence, for which [`check`] looks longer; `None` if this is not known.
pub fn meets(model: Model, history: &History) -> Option<bool> {
    Checker::new(history).meets(model)
}

/// The strongest of the three register classes that a history is known to meet; `None` if it is not even safe.
pub fn strongest(history: &History) -> Option<Model> {
    let mut checker = Checker::new(history);
    let mut classes = Model::CLASSES.into_iter().rev();
    classes.find(|&model| checker.meets(model) == Some(true))
}

/// Judges one history by several models, which share what they find out: how the operations are laid out, who read from
/// what, and that a model implies another. A yes is a yes to whatever the model implies, and a no to it a no to the model.
///
/// ```
/// use histories::check::Checker;
/// use histories::{History, Model, Operation};
///
/// let history = History::new(0, [Operation::write(1, 1, 0..=3), Operation::read(2, 1, 4..=5)])?;
/// let mut checker = Checker::new(&history);
/// assert!(checker.verdict(Model::Atomic).holds());
/// assert!(checker.verdict(Model::Causal).holds());
/// assert_eq!(checker.implied_by(Model::Causal), Some(Model::Atomic));
/// # Ok::<(), histories::HistoryError>(())
/// ```
#[derive(Debug)]
pub struct Checker<'a> {
    history: &'a History,
    budget: Budget,
    has_swaps: OnceCell<bool>,
    known: [Option<Known>; Model::ALL.len()],
    whole: OnceCell<Events>,
    parts: OnceCell<Vec<Events>>,
    reads_from: OnceCell<ReadsFrom>,
}

/// What is known of a model.
#[derive(Clone, Debug)]
struct Known {
    found: Found,
    /// The stronger model that is met, or the weaker one that is broken, from which it follows.
    because: Option<Model>,
}

impl<'a> Checker<'a> {
    /// Of this history, within the usual budget.
    pub fn new(history: &'a History) -> Self {
        Self::within(history, &Budget::default())
    }

    /// Of this history, within a budget for each model; its time begins now.
    pub fn within(history: &'a History, budget: &Budget) -> Self {
        Self {
            history,
            budget: budget.started(),
            has_swaps: OnceCell::new(),
            known: [const { None }; Model::ALL.len()],
            whole: OnceCell::new(),
            parts: OnceCell::new(),
            reads_from: OnceCell::new(),
        }
    }

    /// Whether the history meets a model, with the evidence.
    pub fn verdict(&mut self, model: Model) -> Verdict {
        let history = self.history;
        evidence::verdict(history, model, self.found(model), &|part, budget| {
            Checker::within(part, budget).meets(model)
        })
    }

    /// Whether the history meets a model; `None` if this is not known.
    pub fn meets(&mut self, model: Model) -> Option<bool> {
        self.found(model).meets()
    }

    /// The stronger model from which it follows that a model is met, if it was not judged by itself.
    pub fn implied_by(&self, model: Model) -> Option<Model> {
        let known = self.known[model as usize].as_ref()?;
        known.because.filter(|_| known.found.meets() == Some(true))
    }

    /// Operations that break a model, as far as it was seen.
    pub(crate) fn broken_by(&mut self, model: Model) -> Option<Vec<usize>> {
        match self.found(model) {
            Found::Breaks(broken) => Some(broken.first()?.among.clone()),
            Found::Meets | Found::Unknown { .. } => None,
        }
    }

    /// An order of all operations that proves the history sequential, if one is found.
    pub(crate) fn serialization(&self) -> Option<Vec<usize>> {
        let meter = self.budget.meter();
        let events = self.whole();
        let ended = match sequential::quick(events, || self.reads_from(), &meter) {
            sequential::Ended::Unknown => sequential::thorough(events, self.reads_from(), &meter),
            ended => ended,
        };
        match ended {
            sequential::Ended::Fits(order) => {
                let in_history = |at: u32| self.whole().operation[at as usize] as usize;
                Some(order.into_iter().map(in_history).collect())
            }
            sequential::Ended::Broken(_) | sequential::Ended::Unknown => None,
        }
    }

    /// Judges session guarantees together.
    pub(crate) fn sessions(&mut self, guarantees: &[Model]) -> Verdict {
        let [model] = *guarantees else {
            let judged = Judged::Sessions(guarantees);
            let found = self.of_sources(judged);
            let met = |part: &History, budget: &Budget| {
                Checker::within(part, budget).of_sources(judged).meets()
            };
            return evidence::verdict(self.history, guarantees[0], &found, &met);
        };
        self.verdict(model)
    }

    fn has_swaps(&self) -> bool {
        let mut operations = self.history.operations().iter();
        let has_swaps = || operations.any(crate::Operation::is_compare_and_swap);
        *self.has_swaps.get_or_init(has_swaps)
    }

    /// Whether one register is read and written, and nothing else: then causal convergence is the same as
    /// [sequential].
    fn is_plain(&self) -> bool {
        *self.history.registers().end() == 0 && !self.has_swaps()
    }

    fn implies(&self, one: Model, other: Model) -> bool {
        match self.has_swaps() {
            true => one.implies_with_swaps(other),
            false => one.implies(other),
        }
    }

    fn known(&self, model: Model) -> Option<bool> {
        self.known[model as usize].as_ref()?.found.meets()
    }

    fn found(&mut self, model: Model) -> &Found {
        // What was not known may have been told by a weaker model since.
        let is_open = |it: &Option<Known>| it.as_ref().is_some_and(|it| it.found.meets().is_none());
        if is_open(&self.known[model as usize]) {
            let mut weaker = Model::ALL.into_iter();
            let broken =
                weaker.find(|&it| self.known(it) == Some(false) && self.implies(model, it));
            if let Some(known) = broken.and_then(|it| self.known[it as usize].clone()) {
                self.known[model as usize] = Some(Known {
                    because: broken,
                    ..known
                });
            }
        }
        if self.known[model as usize].is_none() {
            let known = self.find(model);
            self.known[model as usize] = Some(known);
        }
        match &self.known[model as usize] {
            Some(known) => &known.found,
            None => unreachable!("it has been found"),
        }
    }

    fn find(&mut self, model: Model) -> Known {
        if let Some(stronger) = self.met_that_implies(model) {
            return stronger;
        }
        // What is quickly known of a stronger model. The classes themselves are judged in linear time.
        let quick = [Model::Safe, Model::Regular, Model::Atomic, Model::Strict];
        if !quick.contains(&model) {
            self.found(Model::Atomic);
        }
        let is_long = self.history.operations().len() > LONG;
        let is_open = self.known[Model::Sequential as usize].is_none();
        let is_cheap = is_long && Model::SESSIONS.contains(&model);
        if Model::Sequential.implies(model) && is_open && !is_cheap {
            self.find_sequential_quickly();
        }
        if let Some(known) = &self.known[model as usize] {
            return known.clone();
        }
        if let Some(stronger) = self.met_that_implies(model) {
            return stronger;
        }
        let weaker = || Model::ALL.into_iter().filter(|&it| it != model);
        let is_broken = |checker: &mut Self, weaker: Model| {
            checker.implies(model, weaker) && checker.meets(weaker) == Some(false)
        };
        // What breaks a weaker model breaks this one. Of a long history those are asked first that are judged in less time.
        for cheaper in CHEAPER.into_iter().filter(|_| is_long) {
            let is_dear = !quick.contains(&model) && !CHEAPER.contains(&model);
            if is_dear && self.implies(model, cheaper) && is_broken(self, cheaper) {
                break;
            }
        }
        let mut broken = weaker().find(|&it| self.known(it) == Some(false) && is_broken(self, it));
        let mut found = Found::Meets;
        let sequential = &self.known[Model::Sequential as usize];
        if let Some(known) = sequential
            .as_ref()
            .filter(|_| model == Model::CausalConvergence && self.is_plain())
        {
            return known.clone();
        }
        if broken.is_none() || quick.contains(&model) {
            found = self.judge(model);
            broken = None;
            if found.meets().is_none() {
                // That this one is not known is known while the others are judged.
                let because = None;
                self.known[model as usize] = Some(Known {
                    found: found.clone(),
                    because,
                });
                broken = CHEAPER
                    .into_iter()
                    .find(|&it| it != model && is_broken(self, it));
            }
        }
        if let Some(weaker) = broken {
            found = self.found(weaker).clone();
        }
        let because = broken;
        Known { found, because }
    }

    /// That a model is met which implies this one.
    fn met_that_implies(&self, model: Model) -> Option<Known> {
        let mut stronger = Model::ALL.into_iter();
        let stronger = stronger
            .find(|&it| it != model && self.known(it) == Some(true) && self.implies(it, model))?;
        let because = self.implied_by(stronger).unwrap_or(stronger);
        Some(Known {
            found: Found::Meets,
            because: Some(because),
        })
    }

    fn find_sequential_quickly(&mut self) {
        let meter = self.budget.meter();
        let ended = sequential::quick(self.whole(), || self.reads_from(), &meter);
        if let Some(found) = self.of_order(ended) {
            let because = None;
            self.known[Model::Sequential as usize] = Some(Known { found, because });
        }
    }

    fn of_order(&self, ended: sequential::Ended) -> Option<Found> {
        match ended {
            sequential::Ended::Fits(_) => Some(Found::Meets),
            sequential::Ended::Broken(evidence) => {
                let evidence = evidence.into_iter().map(|at| at as usize);
                Some(Found::among(self.whole().in_history(evidence)))
            }
            sequential::Ended::Unknown => None,
        }
    }

    fn judge(&self, model: Model) -> Found {
        match model {
            Model::Atomic => judge::atomic::judge(self.history, &self.budget),
            Model::Safe | Model::Regular | Model::StrongRegular | Model::Strict => {
                judge::judge(self.history, self.parts(), model, &self.budget)
            }
            Model::Sequential => {
                let meter = self.budget.meter();
                let ended = sequential::thorough(self.whole(), self.reads_from(), &meter);
                let tried = "every order of the operations that keeps that of each process";
                self.of_order(ended)
                    .unwrap_or_else(|| Found::gave_up(&meter, tried))
            }
            Model::CausalConvergence if self.is_plain() => self.judge(Model::Sequential),
            _ if Model::SESSIONS.contains(&model) => self.of_sources(Judged::Sessions(&[model])),
            _ => self.of_sources(Judged::Causal(model)),
        }
    }

    fn of_sources(&self, judged: Judged<'_>) -> Found {
        let meter = self.budget.meter();
        consistency::judge(self.whole(), self.reads_from(), judged, &meter)
    }

    fn whole(&self) -> &Events {
        self.whole.get_or_init(|| Events::of(self.history))
    }

    fn parts(&self) -> &[Events] {
        match *self.history.registers().end() {
            0 => std::slice::from_ref(self.whole()),
            _ => self.parts.get_or_init(|| Events::by_register(self.history)),
        }
    }

    fn reads_from(&self) -> &ReadsFrom {
        self.reads_from.get_or_init(|| ReadsFrom::new(self.whole()))
    }
}

#[cfg(test)]
mod tests;

//! Which semantics a history meets, and what breaks the others.
//!
//! One file a model or a family of them, each judging histories with any number of registers, writers and processes,
//! with compare-and-swaps, and with values that may repeat:
//!
//! | model | a read returns | source |
//! |---|---|---|
//! | [safe](self::Model::Safe) | what the regular one does, unless it is concurrent with a write: then anything | Lamport 1986 |
//! | [regular](self::Model::Regular) | the value of a write that is not overwritten before the read is invoked, and not invoked after it completed | Lamport 1986; for many writers MWR1 of Shao, Welch, Pierce and Lee, *Multiwriter consistency conditions for shared memory registers*, SIAM J. Comput. 2011 |
//! | [strong regular](self::Model::StrongRegular) | and all reads agree on one order of the writes | Shao, Welch, Pierce and Lee 2011 |
//! | [atomic](self::Model::Atomic) | the value of the latest write, in one order of all operations that keeps their precedence | Lamport 1986; Herlihy and Wing, *Linearizability*, 1990 |
//! | [strict](self::Model::Strict) | the same, where each operation happens at its invocation | |
//! | [sequential](self::Model::Sequential) | the same, in an order that need only keep that of each process | Lamport 1979 |
//! | [PRAM](self::Model::Pram) | the same, where each process orders the writes for itself | Lipton and Sandberg 1988 |
//! | causal: [CC](self::Model::Causal), [CM](self::Model::CausalMemory), [CCv](self::Model::CausalConvergence) | nothing overwritten in its causal past, in three strengths | Bouajjani, Enea, Guerraoui and Hamza, POPL 2017 |
//! | [sessions] | nothing older than its process has written or read | Terry et al. 1994; Viotti and Vukolic 2016 |
//!
//! The classes of registers and strict are judged for each register alone, the others for all registers together. What
//! cannot be decided within a budget is [unknown](Verdict::Unknown), never a yes: repeated values make most models
//! NP-complete.
//!
//! The initial value is a write that precedes everything. A pending write may have taken effect or not. A pending read
//! returned nothing and is left out. An open question is no evidence: a history with questions meets a model if some
//! answers do.
//!
//! Each verdict carries its evidence. [`naive`] states the same models as slowly and as plainly as possible; tests
//! compare the two on random histories.

mod at_once;
pub(crate) mod atomic;
mod causal;
mod events;
mod evidence;
mod frontier;
mod graph;
pub mod naive;
mod paths;
pub(crate) mod regular;
pub(crate) mod safe;
mod sequential;
pub mod sessions;
mod sources;
mod strict;
mod strong;
mod witness;
mod zones;

use std::fmt;
use std::str::FromStr;

use rayon::prelude::*;
use serde::Serialize;

use crate::{Action, History};
use events::{Events, Kind};
pub use evidence::{linearization, onset, serialization};

/// A semantics that a history may meet. Some imply others: see [`implies`](Self::implies).
///
/// Models are ordered as they are listed here, in which each of the [classes](Self::CLASSES) of registers is greater
/// than those that it implies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// A read that is concurrent with no write returns the value last written.
    Safe,
    /// And one that is concurrent with writes returns the value before them or one of theirs.
    Regular,
    /// And all reads agree on one order of the writes.
    StrongRegular,
    /// And all operations together look as if each happened at one instant: linearizable.
    Atomic,
    /// Each operation happens at the instant of its invocation.
    Strict,
    /// All operations look as if they happened one after the other, those of each process in its order.
    Sequential,
    /// To each process, all writes look so, together with its own operations.
    Pram,
    /// A read returns no value that is overwritten in its causal past.
    Causal,
    /// And to each process its whole causal past looks as if it happened one thing after the other.
    CausalMemory,
    /// A read returns the last value of its causal past, in one order of all writes.
    CausalConvergence,
    /// A process reads nothing older than what it has written.
    ReadYourWrites,
    /// A process reads nothing older than what it has read.
    MonotonicReads,
    /// The writes of a process take effect in its order.
    MonotonicWrites,
    /// What a process writes is newer than what it has read.
    WritesFollowReads,
}

impl Model {
    /// The three classes of Lamport's registers, weakest first.
    pub const CLASSES: [Self; 3] = [Self::Safe, Self::Regular, Self::Atomic];

    /// The four session guarantees.
    pub const SESSIONS: [Self; 4] = [
        Self::ReadYourWrites,
        Self::MonotonicReads,
        Self::MonotonicWrites,
        Self::WritesFollowReads,
    ];

    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Safe,
        Self::Regular,
        Self::StrongRegular,
        Self::Atomic,
        Self::Strict,
        Self::Sequential,
        Self::Pram,
        Self::Causal,
        Self::CausalMemory,
        Self::CausalConvergence,
        Self::ReadYourWrites,
        Self::MonotonicReads,
        Self::MonotonicWrites,
        Self::WritesFollowReads,
    ];

    /// The models that this one implies directly.
    ///
    /// That it implies no others is told by the histories of the [lattice](crate::lattice). Regular and strong regular
    /// ask of each operation alone whether it may find what it found; so where there are compare-and-swaps, which write
    /// only if they find what they expect, these two imply no session guarantee.
    pub fn implied(self) -> &'static [Self] {
        match self {
            Self::Safe | Self::MonotonicWrites => &[],
            Self::Regular => &[Self::Safe, Self::WritesFollowReads],
            Self::StrongRegular => &[Self::Regular, Self::ReadYourWrites],
            Self::Atomic => &[Self::StrongRegular, Self::Sequential],
            Self::Strict => &[Self::Atomic],
            Self::Sequential => &[Self::CausalMemory, Self::CausalConvergence],
            Self::CausalMemory => &[Self::Causal, Self::Pram],
            Self::CausalConvergence => &[Self::Causal, Self::ReadYourWrites, Self::MonotonicReads],
            Self::Causal => &[Self::WritesFollowReads],
            Self::Pram | Self::ReadYourWrites | Self::MonotonicReads | Self::WritesFollowReads => {
                &[Self::MonotonicWrites]
            }
        }
    }

    /// Whether every history that meets this model meets the other one.
    pub fn implies(self, other: Self) -> bool {
        self == other || self.implied().iter().any(|model| model.implies(other))
    }

    /// Its name, as it is typed and printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Regular => "regular",
            Self::StrongRegular => "strong-regular",
            Self::Atomic => "atomic",
            Self::Strict => "strict",
            Self::Sequential => "sequential",
            Self::Pram => "pram",
            Self::Causal => "causal",
            Self::CausalMemory => "causal-memory",
            Self::CausalConvergence => "causal-convergence",
            Self::ReadYourWrites => "read-your-writes",
            Self::MonotonicReads => "monotonic-reads",
            Self::MonotonicWrites => "monotonic-writes",
            Self::WritesFollowReads => "writes-follow-reads",
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no model: write one of {}", Model::ALL.map(Model::name).join(", "), name = .0)]
pub struct NotAModel(pub String);

impl FromStr for Model {
    type Err = NotAModel;

    /// A name, in letters of either case; `linearizable` is another name of atomic.
    fn from_str(text: &str) -> Result<Self, NotAModel> {
        let name = text.trim().to_ascii_lowercase();
        if name == "linearizable" {
            return Ok(Self::Atomic);
        }
        let named = Self::ALL.into_iter().find(|model| model.name() == name);
        named.ok_or_else(|| NotAModel(text.chars().take(40).collect()))
    }
}

/// Whether a history meets a model, with the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It does.
    Meets,
    /// It does not.
    Breaks(Violation),
    /// The search ended at its budget, so nothing is known.
    Unknown {
        /// How many states it had looked at.
        states: usize,
    },
}

impl Verdict {
    /// Whether the history meets the model, and this is known.
    pub fn holds(&self) -> bool {
        matches!(self, Self::Meets)
    }

    /// What breaks the model, if it is known to be broken.
    pub fn violation(&self) -> Option<&Violation> {
        match self {
            Self::Breaks(violation) => Some(violation),
            Self::Meets | Self::Unknown { .. } => None,
        }
    }
}

/// Why a history does not meet a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The model.
    pub model: Model,
    /// What kind of anomaly it is.
    pub anomaly: Anomaly,
    /// What happened, in a sentence that names the operations.
    pub sentence: String,
    /// The operations that prove it, by their index in the history: [restricted to them](History::restricted_to), the
    /// history still breaks the model.
    ///
    /// They have every write that one of them could have read from, so that nothing left out could explain them. In the
    /// models of real time, safe to strict, a write is out of reach of those that completed before it was invoked, and of
    /// those that another write of the witness comes in between. A compare-and-swap may be there only for what it wrote.
    ///
    /// Of at most 12 operations these are as few as possible. Of more none can be dropped.
    pub witness: Vec<usize>,
}

/// The anomalies that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anomaly {
    /// A read returned words of different values.
    Torn,
    /// A read returned a value that nobody wrote.
    NeverWritten,
    /// A read returned a value that was written only later.
    Future,
    /// A read returned a value that had been overwritten before it was invoked.
    Stale,
    /// Of two reads in order the second returned the older value.
    NewOldInversion,
    /// A read returned a value that only a failed write was to write.
    Aborted,
    /// A compare-and-swap did not find a value that the register held.
    Refused,
    /// Two reads disagree on which of two writes came last.
    Disagreement,
    /// Reads returned one value, another one, and the first again.
    FlipFlop,
    /// Operations have to come before each other.
    Cycle,
    /// No order of the operations explains what the reads returned.
    NoOrder,
}

impl Anomaly {
    /// The name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Torn => "torn read",
            Self::NeverWritten => "value never written",
            Self::Future => "read from the future",
            Self::Stale => "stale read",
            Self::NewOldInversion => "new-old inversion",
            Self::Aborted => "aborted read",
            Self::Refused => "refused though equal",
            Self::Disagreement => "readers disagree",
            Self::FlipFlop => "flip-flop",
            Self::Cycle => "cyclic order",
            Self::NoOrder => "no linearization",
        }
    }
}

/// Judges a history by one model.
pub fn check(model: Model, history: &History) -> Verdict {
    match model {
        Model::Safe => safe::check(history),
        Model::Regular => regular::check(history),
        Model::StrongRegular => strong::check(history),
        Model::Atomic => atomic::check(history),
        Model::Strict => strict::check(history),
        Model::Sequential => sequential::check(history),
        Model::Pram | Model::Causal | Model::CausalMemory | Model::CausalConvergence => {
            causal::check(model, history)
        }
        Model::ReadYourWrites
        | Model::MonotonicReads
        | Model::MonotonicWrites
        | Model::WritesFollowReads => sessions::check(&[model], history),
    }
}

/// Whether a history meets a model, without the evidence, for which [`check`] looks longer; `None` if this is not known.
pub fn meets(model: Model, history: &History) -> Option<bool> {
    match model {
        Model::Sequential => sequential::meets(history),
        Model::Pram | Model::Causal | Model::CausalMemory | Model::CausalConvergence => {
            causal::meets(model, history)
        }
        Model::ReadYourWrites
        | Model::MonotonicReads
        | Model::MonotonicWrites
        | Model::WritesFollowReads => sessions::meets(&[model], history),
        Model::Safe | Model::Regular | Model::StrongRegular | Model::Atomic | Model::Strict => {
            match check(model, history) {
                Verdict::Meets => Some(true),
                Verdict::Breaks(_) => Some(false),
                Verdict::Unknown { .. } => None,
            }
        }
    }
}

/// Histories of fewer operations are judged by one thread: to wake another takes as long as to judge some hundreds of
/// operations.
const ALONE: usize = 1_000;

/// Judges each register of a history by itself, side by side.
///
/// A compare-and-swap of unknown outcome is judged both ways; there is no verdict if there are too many of them.
fn local(
    history: &History,
    model: Model,
    judge: impl Fn(&History, &Events) -> Verdict + Sync,
) -> Verdict {
    let verdict = |events: Events| settled(history, model, events, &judge);
    let parts = Events::by_register(history);
    let verdicts: Vec<Verdict> = match history.operations().len() {
        0..ALONE => parts.into_iter().map(verdict).collect(),
        _ => parts.into_par_iter().map(verdict).collect(),
    };
    all(verdicts)
}

/// The verdict on a whole of whose parts these are the verdicts: the smallest evidence against it, if there is any.
fn all(verdicts: Vec<Verdict>) -> Verdict {
    let rank = |verdict: &Verdict| match verdict {
        // The read alone proves that it is torn: the writes say where its words come from.
        Verdict::Breaks(violation) if violation.anomaly == Anomaly::Torn => (0, 1),
        Verdict::Breaks(violation) => (0, violation.witness.len()),
        Verdict::Unknown { .. } => (1, 0),
        Verdict::Meets => (2, 0),
    };
    verdicts
        .into_iter()
        .min_by_key(rank)
        .unwrap_or(Verdict::Meets)
}

/// How many compare-and-swaps of unknown outcome are judged both ways.
const DOUBTS: usize = 10;

/// Judges what a history would be if each compare-and-swap of unknown outcome had swapped, or had not.
fn settled(
    history: &History,
    model: Model,
    mut events: Events,
    judge: impl Fn(&History, &Events) -> Verdict,
) -> Verdict {
    let doubts: Vec<usize> = (0..events.len())
        .filter(|&at| events.has_swaps() && events.kind[at] == Kind::Doubtful)
        .collect();
    if doubts.is_empty() {
        return judge(history, &events);
    }
    if doubts.len() > DOUBTS {
        return Verdict::Unknown { states: 0 };
    }
    let mut broken: Option<Violation> = None;
    let mut evidence = Vec::new();
    let mut unknown = None;
    for outcome in 0..1_u32 << doubts.len() {
        let mut decided = history.clone();
        for (nth, &at) in doubts.iter().enumerate() {
            let did = outcome >> nth & 1 == 1;
            events.kind[at] = if did { Kind::Swap } else { Kind::Refused };
            decided.decide(events.operation[at] as usize, did);
        }
        match judge(&decided, &events) {
            Verdict::Meets => return Verdict::Meets,
            Verdict::Unknown { states } => unknown = Some(states),
            // The last outcome, that all have swapped, is put into words: then most values have been written.
            Verdict::Breaks(violation) => {
                evidence.extend_from_slice(&violation.witness);
                broken = Some(violation);
            }
        }
    }
    match (unknown, broken) {
        (Some(states), _) => Verdict::Unknown { states },
        (None, None) => Verdict::Meets,
        (None, Some(mut violation)) => {
            // What breaks the model under each outcome, taken together, breaks it under all.
            evidence.sort_unstable();
            evidence.dedup();
            let breaks = |part: &History| {
                let mut decided = decided(part).into_iter();
                decided.all(|part| check(model, &part).violation().is_some())
            };
            if model != Model::Safe {
                evidence = witness::among_the_last(history, &evidence, breaks);
            }
            let doubts = doubts.iter().map(|&at| events.operation[at] as usize);
            let doubts: Vec<usize> = doubts.filter(|at| evidence.contains(at)).collect();
            let named = |of: &[usize]| {
                let names: Vec<String> = of.iter().map(|&at| history.describe(at)).collect();
                atomic::list(&names)
            };
            if !violation.witness.iter().all(|at| evidence.contains(at)) {
                violation.anomaly = Anomaly::NoOrder;
                violation.sentence = format!(
                    "no order: nothing that is {model} explains {}, whatever swapped of them",
                    named(&evidence)
                );
            } else if !doubts.is_empty() {
                violation.sentence += &format!(
                    "; so it is if {} swapped, and if not, the history breaks the model too",
                    named(&doubts)
                );
            }
            violation.witness = evidence;
            Verdict::Breaks(violation)
        }
    }
}

/// A history with every compare-and-swap of unknown outcome decided, in every way.
fn decided(history: &History) -> Vec<History> {
    let mut decided = vec![history.clone()];
    for (at, operation) in history.operations().iter().enumerate() {
        let in_doubt = matches!(
            operation.action,
            Action::CompareAndSwap { swapped: None, .. }
        );
        if in_doubt && !operation.is_pending() {
            let both = |history: &History| {
                [true, false].map(|did| {
                    let mut history = history.clone();
                    history.decide(at, did);
                    history
                })
            };
            decided = decided.iter().flat_map(both).collect();
        }
    }
    decided
}

/// The strongest of the three register classes that a history is known to meet; `None` if it is not even safe.
pub fn strongest(history: &History) -> Option<Model> {
    Model::CLASSES
        .into_iter()
        .rev()
        .find(|&model| check(model, history).holds())
}

#[cfg(test)]
mod tests;

//! What happens in one execution: every word access, in the order in which it took effect.
//!
//! Loom's own log has no values, so words and locks report here what they did. Loom's threads are coroutines of one
//! thread of the operating system, and it resumes another one only within a call of loom's. So it is enough to remember
//! across each such call who makes it: [`Trace::turn`].

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use interleavings::{Mutation, Variant};
use loom::sync::atomic::fence;
use registers::memory::{Attempts, Found, Kind, Ordering, What as Did};

/// How many of the latest stores of a word loom remembers. A load is never offered an older one.
pub(crate) const LOOM_REMEMBERS: usize = 7;

/// How often an operation may try again whose failed attempts change words.
const MOST_RETRIES: usize = 4;

/// The record of an execution. A word's name is its index in it.
#[derive(Debug, Default)]
pub(crate) struct Trace(Mutex<State>);

#[derive(Debug, Default)]
pub(crate) struct State {
    /// The operation that runs, by its index in the scenario; `None` between operations.
    current: Option<usize>,
    pub(crate) words: Vec<Word>,
    pub(crate) accesses: Vec<Access>,
    /// The operations that failed an attempt for good, with the first access of it.
    given_up: Vec<(usize, usize)>,
    /// For each operation that retried: how often, and where its latest attempt begins.
    retries: Vec<(usize, usize, usize)>,
    /// An operation ran out of retries, so this execution is cut short.
    pub(crate) exhausted: Option<usize>,
    /// How many threads were started, besides the one that builds.
    pub(crate) threads: usize,
    /// The loops of attempts by closure that each operation is in, each with whether it counts.
    loops: Vec<(usize, bool)>,
    /// Whether failed attempts of loops by hand leave nothing behind.
    pub(crate) forgets: bool,
    /// How the register is run.
    pub(crate) variant: Variant,
}

/// A word, or a lock, as seen by everybody at once.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) place: String,
    pub(crate) kind: Kind,
    /// What was stored last.
    latest: u64,
    /// How many stores there were, the initial one among them.
    pub(crate) stores: usize,
}

/// One access to a word within an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    pub(crate) operation: usize,
    pub(crate) word: usize,
    pub(crate) what: What,
    /// The value of the latest store, if a load returned another one.
    pub(crate) missed: Option<u64>,
}

/// What an access did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// This, and it found that.
    Access(Did, Found),
    Take,
    Free,
    /// The first half of a store to a word that is only safe.
    Unsettle,
    /// A load in the middle of a store to a word that is only safe.
    Flicker(u64),
}

impl What {
    pub(crate) fn load(value: u64) -> Self {
        Self::Access(Did::Load, Found::done(value))
    }

    pub(crate) fn store(value: u64) -> Self {
        Self::Access(Did::Store(value), Found::done(0))
    }

    fn stored(self) -> Option<u64> {
        match self {
            Self::Access(what, found) if found.is_done && what.writes() => what.leaves(found.value),
            _ => None,
        }
    }

    fn loaded(self) -> Option<u64> {
        match self {
            Self::Access(what, found) if !(what.writes() && found.is_done) => Some(found.value),
            _ => None,
        }
    }

    fn changes_a_word(self) -> bool {
        self.stored().is_some() || self == Self::Unsettle
    }

    /// As it stands in a step, behind the name of the place.
    pub(crate) fn shown(self, kind: Kind) -> String {
        match self {
            Self::Access(what, found) => what.wording(found, |value| kind.shown(value)),
            Self::Flicker(value) => format!("-> {value}"),
            Self::Take => "taken".to_owned(),
            Self::Free => "freed".to_owned(),
            Self::Unsettle => "is being written".to_owned(),
        }
    }
}

/// What an operation does after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterFailure {
    /// It tries again.
    Retry,
    /// It is out of this execution.
    GiveUp,
}

impl Trace {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // No code of a register runs while it is locked, so what it holds is whole even after a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a call of loom's, within which other threads may run.
    pub(crate) fn turn<R>(&self, call: impl FnOnce() -> R) -> R {
        let current = self.state().current;
        let result = call();
        self.state().current = current;
        result
    }

    /// What is changed in the register. It is whole while it is built, as nobody else is there yet.
    pub(crate) fn mutation(&self) -> Option<Mutation> {
        let state = self.state();
        state.current.and(state.variant.mutation)
    }

    /// A fence, if there is one.
    pub(crate) fn fence(&self, order: Option<Ordering>) {
        if let Some(order) = order {
            self.turn(|| fence(order));
        }
    }

    /// Says who runs.
    pub(crate) fn now_runs(&self, operation: Option<usize>) {
        self.state().current = operation;
    }

    /// A new word or lock.
    pub(crate) fn name(&self, place: fmt::Arguments<'_>, latest: u64, kind: Kind) -> usize {
        let mut state = self.state();
        state.words.push(Word {
            place: place.to_string(),
            kind,
            latest,
            stores: 1,
        });
        state.words.len() - 1
    }

    /// Takes down an access, directly after it took effect, and returns its number.
    pub(crate) fn log(&self, word: usize, what: What) -> usize {
        let state = &mut *self.state();
        let entry = &mut state.words[word];
        let latest = entry.latest;
        let missed = what
            .loaded()
            .filter(|&value| value != latest)
            .map(|_| latest);
        let missed = missed.or(matches!(what, What::Flicker(_)).then_some(latest));
        if let Some(value) = what.stored() {
            entry.latest = value;
            entry.stores += 1;
        }
        if let Some(operation) = state.current {
            state.accesses.push(Access {
                operation,
                word,
                what,
                missed,
            });
        }
        state.accesses.len().saturating_sub(1)
    }

    /// Takes down what an access did that was logged before this was known.
    pub(crate) fn amend(&self, access: usize, what: What) {
        if let Some(access) = self.state().accesses.get_mut(access) {
            access.what = what;
        }
    }

    /// A loop of attempts by closure begins or ends.
    pub(crate) fn attempts(&self, attempts: Attempts) {
        let state = &mut *self.state();
        let Some(operation) = state.current else {
            return;
        };
        match attempts {
            Attempts::Begin => state.loops.push((operation, false)),
            Attempts::BeginCounted => state.loops.push((operation, true)),
            Attempts::End => {
                if let Some(at) = state.loops.iter().rposition(|it| it.0 == operation) {
                    state.loops.remove(at);
                }
            }
        }
    }

    /// The attempt that the current operation has just made failed.
    ///
    /// An attempt starts with nothing remembered of those before it: that is the contract of
    /// [`Memory::relax`](registers::Memory::relax). So **an attempt that changes no word leaves nothing behind** that
    /// makes anything else possible: without it, the operation and everybody else can do the same, only that the
    /// operation attempts later. So whatever history follows a failed attempt happens in another execution too, in
    /// which this attempt is not made. The operation is out of this one, and the execution does not count. That makes
    /// spinning finite without cutting anything off.
    ///
    /// An attempt that does change words is made again, a few times. So is one of a loop that counts, as often as the
    /// loop says; and one of a loop by hand, unless it is known that its attempts leave nothing behind.
    pub(crate) fn attempt_failed(&self) -> AfterFailure {
        let state = &mut *self.state();
        let Some(operation) = state.current else {
            return AfterFailure::Retry;
        };
        let mut loops = state.loops.iter().rev();
        let innermost = loops.find(|it| it.0 == operation).map(|it| it.1);
        if innermost == Some(true) {
            return AfterFailure::Retry;
        }
        let forgets = innermost == Some(false) || state.forgets;
        let retried = state
            .retries
            .iter()
            .position(|&(who, _, _)| who == operation);
        let begin = retried.map_or(0, |at| state.retries[at].2);
        let attempt = &state.accesses[begin..];
        let changed = attempt
            .iter()
            .any(|access| access.operation == operation && access.what.changes_a_word());
        if !changed && forgets {
            state.given_up.push((operation, begin));
            return AfterFailure::GiveUp;
        }
        let begin = state.accesses.len();
        let at = retried.unwrap_or_else(|| {
            state.retries.push((operation, 0, 0));
            state.retries.len() - 1
        });
        let (_, retries, start) = &mut state.retries[at];
        (*retries, *start) = (*retries + 1, begin);
        if *retries > MOST_RETRIES {
            state.exhausted = Some(operation);
            return AfterFailure::GiveUp;
        }
        AfterFailure::Retry
    }
}

impl State {
    /// Whether every operation that began has completed.
    pub(crate) fn is_whole(&self) -> bool {
        self.given_up.is_empty() && self.exhausted.is_none()
    }

    /// An operation that waits for ever: the execution is over, and no one who gave up could end differently now,
    /// because every word that the failed attempt read still holds what it read.
    pub(crate) fn stuck(&self) -> Option<usize> {
        let waits = |&(operation, begin): &(usize, usize)| {
            let own = self.accesses[begin..]
                .iter()
                .filter(|access| access.operation == operation);
            own.clone().all(|access| {
                let still = |value| self.words[access.word].latest == value;
                access.what.loaded().is_none_or(still)
            })
        };
        let (first, _) = self.given_up.first()?;
        self.given_up.iter().all(waits).then_some(*first)
    }

    /// A word with more stores than loom remembers.
    pub(crate) fn forgotten(&self) -> Option<&Word> {
        self.words.iter().find(|word| word.stores > LOOM_REMEMBERS)
    }
}

//! One chosen interleaving, on real threads.
//!
//! A *schedule* is a [`Timeline`] whose marks say which operation accesses a word, and when. [`replay`] performs it: a
//! thread for each process, and each thread waits at every word access until it is its turn. So an interleaving that a
//! race would show once in a million runs is shown every time, by the register's own code.
//!
//! ```
//! use registers::{safe::WordByWord, worlds::conducted::replay};
//!
//! let schedule = "
//! init: 0
//! Thread 1:         ww2w3ww(1)
//! Thread 2:  rr1rrrrrrrrrrrrr4rr
//! ";
//! let performed = replay::<WordByWord, 2>(&schedule.parse()?)?;
//! assert_eq!(performed.history.operations()[1].returned(), Some(&[0, 1].into()));
//! assert_eq!(performed.steps[3].access, "word[1] -> 1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Values and steps that the schedule states are compared with what happens. A schedule that the register cannot follow
//! is refused, with the step and the reason; it never waits for ever, because a thread waits only for another that is
//! on its way to its own turn.
//!
//! Accesses happen one at a time, so this world is sequentially consistent: every load is fresh, and fences do nothing.
//! An operation that the schedule draws as pending stops for good after its last mark: a crash.

mod conductor;
mod refusal;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use histories::{Process, Timeline};
use parking_lot::Mutex;

pub use self::refusal::Refusal;

use self::conductor::Conductor;
use crate::memory::{Access, Found, Kind, Ordering, Place, Site, What};
use crate::subject::Subject;
use crate::worlds::Erased;
use crate::{Construction, Lock, Memory, Word};

/// As many threads as a schedule may have.
pub const MAX_THREADS: usize = 64;

/// As [`follow`], on register `C` of `N` words.
///
/// # Errors
///
/// If the register cannot follow the schedule.
pub fn replay<C: Construction<Erased, N>, const N: usize>(
    schedule: &Timeline,
) -> Result<Timeline, Refusal> {
    follow(&Subject::of::<C, N>(), schedule)
}

/// Performs a schedule on a register, and returns it with everything filled in that it left open: what
/// reads returned, and what each step did.
///
/// # Errors
///
/// If the register cannot follow the schedule.
pub fn follow(subject: &Subject, schedule: &Timeline) -> Result<Timeline, Refusal> {
    let history = &schedule.history;
    if schedule.marks.is_empty() {
        return Err(Refusal::NoMarks);
    }
    let threads = history.processes().len();
    if threads > MAX_THREADS {
        return Err(Refusal::TooManyThreads(threads));
    }
    let memory = Conducted(Arc::new(Conductor::new(schedule)));
    let handles = subject.instantiate(&Erased::new(memory.clone()), history)?;
    memory.0.conduct(handles)
}

/// A memory whose accesses happen in the order of a schedule. Made by [`replay`].
#[derive(Clone, Debug)]
pub struct Conducted(Arc<Conductor>);

/// A word of [`Conducted`] memory.
#[derive(Debug)]
pub struct ConductedWord {
    conductor: Arc<Conductor>,
    place: String,
    kind: Kind,
    value: Mutex<u64>,
}

/// A lock of [`Conducted`] memory. To take it is a step, to free it another one.
#[derive(Debug)]
pub struct ConductedLock {
    conductor: Arc<Conductor>,
    place: String,
    /// Who holds it, and since which step.
    held: Mutex<Option<(Process, usize)>>,
}

impl Memory for Conducted {
    type Word = ConductedWord;
    type Lock = ConductedLock;

    fn make(&self, place: Place<'_>, init: u64, kind: Kind) -> ConductedWord {
        let conductor = Arc::clone(&self.0);
        ConductedWord {
            conductor,
            place: place.to_string(),
            kind,
            value: Mutex::new(init),
        }
    }

    fn lock(&self, place: Place<'_>) -> ConductedLock {
        let conductor = Arc::clone(&self.0);
        ConductedLock {
            conductor,
            place: place.to_string(),
            held: Mutex::new(None),
        }
    }

    fn fence_at(&self, _: Ordering, _: Site) {}

    fn relax(&self) {
        self.0.relax();
    }

    fn choose(&self, among: u64) -> u64 {
        self.0.choose(among)
    }
}

impl Word for ConductedWord {
    /// Waits for its turn, then accesses the word. An exchange that may fail for no reason fails if the schedule says so.
    fn access(&self, access: Access) -> Found {
        let Access { what, .. } = access;
        self.conductor.step(&self.place, |turn| {
            let mut value = self.value.lock();
            let worded = |wording: String| format!("{} {wording}", self.place);
            let fails = Found {
                value: *value,
                is_done: false,
            };
            let failing = worded(what.wording(fails, |it| self.kind.shown(it)));
            let may_fail = matches!(what, What::WeakExchange { .. });
            if may_fail && self.conductor.schedules(turn.step, &failing) {
                return Ok((fails, failing));
            }
            let (found, wording) = access.perform(&mut value, |it| self.kind.shown(it));
            Ok((found, worded(wording)))
        })
    }
}

impl Lock for ConductedLock {
    fn hold_at(&self, _: Site, critical: &mut dyn FnMut()) {
        self.conductor.step(&self.place, |turn| {
            let mut held = self.held.lock();
            if let Some((holder, since)) = *held {
                let (step, operation, lock) =
                    (turn.step, turn.operation.clone(), self.place.clone());
                return Err(Refusal::Held {
                    step,
                    operation,
                    lock,
                    holder,
                    since,
                });
            }
            *held = Some((turn.process, turn.step));
            Ok(((), format!("{} taken", self.place)))
        });
        critical();
        self.conductor.step(&self.place, |_| {
            *self.held.lock() = None;
            Ok(((), format!("{} freed", self.place)))
        });
    }
}

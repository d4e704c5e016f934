//! One chosen interleaving, on real threads.
//!
//! A *schedule* is a [`Timeline`] whose marks say which operation accesses a word, and when. [`replay`] performs it: a thread for each process,
//! and each thread waits at every word access until it is its turn. So an interleaving that a race would show once in a million runs
//! is shown every time, by the register's own code.
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
//! Values and steps that the schedule states are compared with what happens. A schedule that the register cannot follow is refused, with the step and
//! the reason; it never hangs, because a thread waits only for a thread that is on its way to its own turn.
//!
//! Accesses happen one at a time, so this world is sequentially consistent: every load is fresh, and fences do nothing. An operation
//! that the schedule draws as pending stops for good after its last mark: a crash.

use std::cell::Cell;
use std::collections::VecDeque;
use std::panic;
use std::sync::Arc;
use std::thread;

use histories::timeline::{Mark, Step};
use histories::{Action, History, Instant, Operation, Process, Timeline, Value};
use parking_lot::{Condvar, Mutex};

use crate::memory::{Ordering, Place};
use crate::scenario::{Cast, Misfit, Performer};
use crate::{Construction, Lock, Memory, Word};

/// Why a schedule cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The register cannot perform these operations at all.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// The timeline is no schedule.
    #[error(
        "this timeline has no marks, so it does not say who accesses a word when: number the accesses within its runs, as in `rr1rr4rr`"
    )]
    NoMarks,
    /// The register has no access for a step.
    #[error(
        "step {step} cannot be done: {operation} is complete after {} and accesses no more words: remove mark {step}",
        steps(*made)
    )]
    TooManySteps {
        /// The number of the step.
        step: usize,
        /// The operation that has no more accesses.
        operation: String,
        /// How many it made.
        made: usize,
    },
    /// An operation has accesses left when the schedule ends it.
    #[error(
        "after step {step} the schedule completes {operation}, but it still has to access {next}: add a mark for that"
    )]
    TooFewSteps {
        /// The last step before.
        step: usize,
        /// The operation that is not complete.
        operation: String,
        /// Its next access.
        next: String,
    },
    /// A lock is taken that another one holds.
    #[error(
        "step {step} cannot be done: {operation} takes {lock}, which Thread {holder} holds since step {since}: let that one free it first"
    )]
    Held {
        /// The number of the step.
        step: usize,
        /// Who would wait for ever.
        operation: String,
        /// The name of the lock.
        lock: String,
        /// Who holds it.
        holder: Process,
        /// The step at which it was taken.
        since: usize,
    },
    /// A step does something else than the schedule says.
    #[error(
        "step {step} is not as scheduled: the schedule says `{scheduled}`, but {operation} does `{actual}`"
    )]
    OtherStep {
        /// The number of the step.
        step: usize,
        /// Whose step it is.
        operation: String,
        /// What the schedule says.
        scheduled: String,
        /// What happens.
        actual: String,
    },
    /// A read returns something else than the schedule says.
    #[error("{operation} returned {actual}, not {scheduled} as the schedule says")]
    OtherValue {
        /// The read.
        operation: String,
        /// What the schedule says.
        scheduled: Value,
        /// What it returned.
        actual: Value,
    },
    /// The code of the register panicked.
    #[error("{operation} panicked: {message}")]
    Panicked {
        /// The operation.
        operation: String,
        /// What it said.
        message: String,
    },
}

fn steps(number: usize) -> String {
    if number == 1 {
        "1 step".to_owned()
    } else {
        format!("{number} steps")
    }
}

/// Performs a schedule on register `C` of `N` words, and returns it with everything filled in that it left open: what reads returned, and
/// what each step did.
///
/// # Errors
///
/// If the register cannot follow the schedule.
pub fn replay<C: Construction<Conducted, N>, const N: usize>(
    schedule: &Timeline,
) -> Result<Timeline, Refusal> {
    let history = &schedule.history;
    if schedule.marks.is_empty() {
        return Err(Refusal::NoMarks);
    }
    let memory = Conducted(Arc::new(Conductor::new(schedule)));
    let performers = Cast::build::<Conducted, C, N>(&memory, history)?.into_performers();
    memory.0.conduct(performers)
}

/// One process performs its operations.
fn play(conductor: &Conductor, process: Process, hands: &mut Performer<'_>) {
    let operations = conductor.history.operations();
    for at in (0..operations.len()).filter(|&at| operations[at].process == process) {
        let perform = panic::AssertUnwindSafe(|| {
            conductor.invoke(at);
            CURRENT.set(Some(at));
            let value = hands(&operations[at].action);
            CURRENT.set(None);
            conductor.complete(at, value);
        });
        if let Err(payload) = panic::catch_unwind(perform) {
            CURRENT.set(None);
            if !payload.is::<Dismissed>() {
                conductor.panicked(at, &*payload);
            }
            return;
        }
    }
}

thread_local! {
    /// The operation that this thread performs.
    static CURRENT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// A memory whose accesses happen in the order of a schedule. Made by [`replay`].
#[derive(Clone, Debug)]
pub struct Conducted(Arc<Conductor>);

/// A word of [`Conducted`] memory.
#[derive(Debug)]
pub struct ConductedWord {
    conductor: Arc<Conductor>,
    place: String,
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

    fn word(&self, place: Place<'_>, init: u64) -> ConductedWord {
        let conductor = Arc::clone(&self.0);
        ConductedWord {
            conductor,
            place: place.to_string(),
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

    fn fence(&self, _: Ordering) {}

    fn relax(&self) {}
}

impl ConductedWord {
    /// Waits for its turn, then accesses the word; `access` says what it did, behind the name of the place.
    fn access<R>(&self, access: impl FnOnce(&mut u64) -> (R, String)) -> R {
        self.conductor.step(&self.place, |_| {
            let (result, what) = access(&mut self.value.lock());
            Ok((result, format!("{} {what}", self.place)))
        })
    }
}

impl Word for ConductedWord {
    fn load(&self, _: Ordering) -> u64 {
        self.access(|word| (*word, format!("-> {word}")))
    }

    fn store(&self, value: u64, _: Ordering) {
        self.access(|word| {
            *word = value;
            ((), format!(":= {value}"))
        });
    }

    fn swap(&self, value: u64, _: Ordering) -> u64 {
        self.access(|word| {
            let old = std::mem::replace(word, value);
            (old, format!("{old} => {value}"))
        })
    }

    fn fetch_add(&self, value: u64, _: Ordering) -> u64 {
        self.access(|word| {
            let old = *word;
            *word = old.wrapping_add(value);
            (old, format!("{old} => {word}"))
        })
    }

    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        _: Ordering,
        _: Ordering,
    ) -> Result<u64, u64> {
        self.access(|word| {
            if *word == current {
                *word = new;
                (Ok(current), format!("{current} => {new}"))
            } else {
                (Err(*word), format!("-> {word}, not {current}"))
            }
        })
    }
}

impl Lock for ConductedLock {
    fn hold<R>(&self, critical: impl FnOnce() -> R) -> R {
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
        let result = critical();
        self.conductor.step(&self.place, |_| {
            *self.held.lock() = None;
            Ok(((), format!("{} freed", self.place)))
        });
        result
    }
}

/// Gives each thread its turn.
#[derive(Debug)]
struct Conductor {
    history: History,
    scheduled: Vec<Step>,
    state: Mutex<State>,
    turned: Condvar,
}

#[derive(Debug)]
struct State {
    /// What is still to come, with the operation that it belongs to.
    cues: VecDeque<(Cue, usize)>,
    /// What has been done, as it will be drawn.
    operations: Vec<Operation>,
    marks: Vec<Mark>,
    steps: Vec<Step>,
    now: Instant,
    refusal: Option<Refusal>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cue {
    // In this order where they fall on one instant.
    Invoke,
    Access,
    Complete,
}

/// Whose turn it is.
struct Turn {
    process: Process,
    /// The operation, as a sentence names it.
    operation: String,
    /// The number of the step.
    step: usize,
}

/// Unwinds a thread that has nothing more to do: the schedule is refused, or the thread crashed as scheduled.
struct Dismissed;

fn dismiss() -> ! {
    panic::resume_unwind(Box::new(Dismissed))
}

impl Conductor {
    fn new(schedule: &Timeline) -> Self {
        let operations = schedule.history.operations();
        let mut cues: Vec<(Instant, Cue, usize)> = Vec::new();
        for (at, operation) in operations.iter().enumerate() {
            cues.push((operation.invoked, Cue::Invoke, at));
            cues.extend(
                operation
                    .completed
                    .map(|completed| (completed, Cue::Complete, at)),
            );
        }
        let marks = schedule.marks.iter();
        cues.extend(marks.map(|mark| (mark.at, Cue::Access, mark.operation)));
        // Stable: marks that share an instant keep their order.
        cues.sort_by_key(|&(instant, cue, _)| (instant, cue));
        let state = State {
            cues: cues.into_iter().map(|(_, cue, at)| (cue, at)).collect(),
            operations: operations.to_vec(),
            marks: Vec::new(),
            steps: Vec::new(),
            now: 0,
            refusal: None,
        };
        Self {
            history: schedule.history.clone(),
            scheduled: schedule.steps.clone(),
            state: Mutex::new(state),
            turned: Condvar::new(),
        }
    }

    /// Lets the processes perform, each on a thread of its own, and returns what came of it.
    fn conduct(&self, performers: Vec<Performer<'_>>) -> Result<Timeline, Refusal> {
        thread::scope(|scope| {
            for (process, mut hands) in self.history.processes().into_iter().zip(performers) {
                scope.spawn(move || play(self, process, &mut hands));
            }
        });
        self.performed()
    }

    fn invoke(&self, at: usize) {
        self.turn(at, Cue::Invoke, "", |state| {
            state.operations[at].invoked = state.now;
            Ok(())
        });
    }

    fn complete(&self, at: usize, value: Option<Value>) {
        self.turn(at, Cue::Complete, "", |state| {
            state.operations[at].completed = Some(state.now);
            if let Some(actual) = value {
                if let Some(scheduled) = self.history.operations()[at]
                    .returned()
                    .filter(|&it| *it != actual)
                {
                    let (operation, scheduled) = (self.history.describe(at), scheduled.clone());
                    return Err(Refusal::OtherValue {
                        operation,
                        scheduled,
                        actual,
                    });
                }
                state.operations[at].action = Action::Read(Some(actual));
            }
            Ok(())
        });
    }

    /// A step of the current operation: an access to `place`, which says what it did.
    fn step<R>(
        &self,
        place: &str,
        access: impl FnOnce(&Turn) -> Result<(R, String), Refusal>,
    ) -> R {
        let Some(at) = CURRENT.get() else {
            // While the register is built nobody else is there, and nothing is scheduled.
            let turn = Turn {
                process: 0,
                operation: String::new(),
                step: 0,
            };
            let built = access(&turn).map(|(result, _)| result);
            return built
                .unwrap_or_else(|refusal| panic!("while the register was built: {refusal}"));
        };
        self.turn(at, Cue::Access, place, |state| {
            let process = self.history.operations()[at].process;
            let (step, operation) = (state.steps.len() + 1, self.history.describe(at));
            let turn = Turn {
                process,
                operation,
                step,
            };
            let (result, actual) = access(&turn)?;
            let scheduled = self.scheduled.get(step - 1);
            if let Some(Step {
                access: scheduled, ..
            }) = scheduled.filter(|it| it.access != actual)
            {
                let (operation, scheduled) = (turn.operation, scheduled.clone());
                return Err(Refusal::OtherStep {
                    step,
                    operation,
                    scheduled,
                    actual,
                });
            }
            let remark = scheduled.and_then(|scheduled| scheduled.remark.clone());
            state.marks.push(Mark {
                operation: at,
                at: state.now,
            });
            state.steps.push(Step {
                process,
                access: actual,
                remark,
            });
            Ok(result)
        })
    }

    /// Waits until it is the turn of operation `at`, then acts, if it wants to do what its cue says.
    fn turn<R>(
        &self,
        at: usize,
        wants: Cue,
        place: &str,
        act: impl FnOnce(&mut State) -> Result<R, Refusal>,
    ) -> R {
        let process_of = |at: usize| self.history.operations()[at].process;
        let mine = |&&(_, other): &&(Cue, usize)| process_of(other) == process_of(at);
        let mut state = self.state.lock();
        let cue = loop {
            // When nothing of ours is left, this is where we crash.
            if state.refusal.is_some() || !state.cues.iter().any(|cue| mine(&cue)) {
                drop(state);
                dismiss();
            }
            if let Some(&(cue, _)) = state.cues.front().filter(mine) {
                break cue;
            }
            self.turned.wait(&mut state);
        };
        let done = if cue == wants {
            state.cues.pop_front();
            state.now += 1;
            act(&mut state)
        } else {
            Err(self.mismatch(&state, at, wants, place))
        };
        match done {
            Ok(result) => {
                self.turned.notify_all();
                result
            }
            Err(refusal) => {
                self.refuse(&mut state, refusal);
                drop(state);
                dismiss();
            }
        }
    }

    fn mismatch(&self, state: &State, at: usize, wants: Cue, place: &str) -> Refusal {
        let operation = self.history.describe(at);
        let done = state.steps.len();
        if wants == Cue::Access {
            Refusal::TooFewSteps {
                step: done,
                operation,
                next: place.to_owned(),
            }
        } else {
            let made = state
                .marks
                .iter()
                .filter(|mark| mark.operation == at)
                .count();
            Refusal::TooManySteps {
                step: done + 1,
                operation,
                made,
            }
        }
    }

    fn refuse(&self, state: &mut State, refusal: Refusal) {
        state.refusal.get_or_insert(refusal);
        self.turned.notify_all();
    }

    fn panicked(&self, at: usize, payload: &(dyn std::any::Any + Send)) {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned());
        let message = text
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        let operation = self.history.describe(at);
        self.refuse(
            &mut self.state.lock(),
            Refusal::Panicked { operation, message },
        );
    }

    fn performed(&self) -> Result<Timeline, Refusal> {
        let state = self.state.lock();
        if let Some(refusal) = &state.refusal {
            return Err(refusal.clone());
        }
        let operations = state.operations.iter().cloned();
        let history = History::new(self.history.initial().clone(), operations)
            .expect("each process performs its operations one after the other");
        Ok(Timeline {
            history,
            marks: state.marks.clone(),
            steps: state.steps.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atomic::{Locked, SequenceLock};
    use crate::safe::WordByWord;

    const TORN: &str = "\
init: 0
Thread 1:         ww2w3ww(1)
Thread 2:  rr1rrrrrrrrrrrrr4rr(0|1)
     1  T2  word[0] -> 0
     2  T1  word[0] := 1
     3  T1  word[1] := 1
     4  T2  word[1] -> 1
";

    fn refusal<C: Construction<Conducted, 2>>(schedule: &str) -> String {
        replay::<C, 2>(&schedule.parse().unwrap())
            .expect_err("it should be refused")
            .to_string()
    }

    #[test]
    fn what_is_performed_is_a_schedule_again() {
        let once = replay::<WordByWord, 2>(&TORN.parse().unwrap())
            .unwrap()
            .to_string();
        let twice = replay::<WordByWord, 2>(&once.parse().unwrap())
            .unwrap()
            .to_string();
        assert_eq!(once, twice);
    }

    #[test]
    fn a_hundred_replays_are_alike() {
        let first = replay::<WordByWord, 2>(&TORN.parse().unwrap()).unwrap();
        for _ in 1..100 {
            assert_eq!(
                replay::<WordByWord, 2>(&TORN.parse().unwrap()).unwrap(),
                first
            );
        }
    }

    #[test]
    fn impossible_schedules_are_refused_with_step_and_reason() {
        let cases = [
            (
                refusal::<WordByWord>("init: 0\nT1: www(1)\nT2:   rr\n"),
                "this timeline has no marks, so it does not say who accesses a word when: number the accesses within its runs, as in `rr1rr4rr`",
            ),
            (
                refusal::<WordByWord>("init: 0\nT1:  w1w2w3w(1)\nT2:         r4r5r\n"),
                "step 3 cannot be done: the write of 1 is complete after 2 steps and accesses no more words: remove mark 3",
            ),
            (
                refusal::<WordByWord>("init: 0\nT1:  w1w2w(1)\nT2:             r3r\n"),
                "after step 3 the schedule completes Thread 2's first read, but it still has to access word[1]: add a mark for that",
            ),
            (
                refusal::<SequenceLock>(
                    "init: 0\nT1:  w1wwwwwwwwwwwwww7w8w9w(1)\nT2:     r2r3r4r5r6r\n",
                ),
                "after step 6 the schedule completes Thread 2's first read, but it still has to access sequence: add a mark for that",
            ),
            (
                refusal::<Locked>("init: 0\nT1:  w1w2wwwwwwwwwww7w8w(1)\nT2:       r3r4r5r6r\n"),
                "step 3 cannot be done: Thread 2's first read takes lock, which Thread 1 holds since step 1: let that one free it first",
            ),
            (
                refusal::<WordByWord>(&TORN.replace("word[1] := 1", "word[1] := 2")),
                "step 3 is not as scheduled: the schedule says `word[1] := 2`, but the write of 1 does `word[1] := 1`",
            ),
            (
                refusal::<WordByWord>(&TORN.replace("(0|1)", "(1)")),
                "Thread 2's first read returned 0|1, not 1 as the schedule says",
            ),
            (
                refusal::<WordByWord>("init: 0\nT1:  w1w2w(1)\nT2:      w3w4w(2)\n"),
                "word-by-word takes one writer, but Thread 1 and Thread 2 write here: give all writes to one thread",
            ),
        ];
        for (said, expected) in cases {
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn a_writer_that_crashes_in_mid_write_leaves_the_words_half_written() {
        let schedule = "init: 0\nT1:  w1w>(1)\nT2:           r2r3r(1|0)\n";
        let performed = replay::<WordByWord, 2>(&schedule.parse().unwrap()).unwrap();
        assert!(performed.history.operations()[0].is_pending());
    }

    #[test]
    fn a_reader_of_a_crashed_sequence_lock_never_returns() {
        let schedule = "init: 0\nT1:  w1w2w>(1)\nT2:           r3r4r5r6r>\n";
        let performed = replay::<SequenceLock, 2>(&schedule.parse().unwrap()).unwrap();
        let odd = |step: &Step| step.access == "sequence -> 1";
        assert_eq!(performed.steps.iter().filter(|step| odd(step)).count(), 4);
    }
}

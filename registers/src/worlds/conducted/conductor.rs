//! Gives each thread its turn.
//!
//! A schedule is laid out as a list of cues: who is invoked, accesses a word, or completes next. A thread that stands
//! before one of these waits until the cue at the front is its own. That one either fits what the thread is about to
//! do, or the schedule is refused.

use std::cell::Cell;
use std::collections::{HashMap, VecDeque};
use std::panic;
use std::thread;

use histories::timeline::{Mark, Step};
use histories::{Action, History, Instant, Operation, Process, Timeline, Value};
use parking_lot::{Condvar, Mutex};

use super::Refusal;
use crate::guard::{Panic, Stopped, guarded};
use crate::subject::Handle;

/// Gives each thread its turn.
#[derive(Debug)]
pub(super) struct Conductor {
    history: History,
    scheduled: Vec<Step>,
    state: Mutex<State>,
    turned: Condvar,
}

#[derive(Debug)]
struct State {
    /// What is still to come, with the operation that it belongs to.
    cues: VecDeque<(Cue, usize)>,
    /// How many cues each process still has.
    due: HashMap<Process, usize>,
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
pub(super) struct Turn {
    pub(super) process: Process,
    /// The operation, as a sentence names it.
    pub(super) operation: String,
    /// The number of the step.
    pub(super) step: usize,
}

/// Unwinds a thread that has nothing more to do: the schedule is refused, or the thread crashed as scheduled.
struct Dismissed;

fn dismiss() -> ! {
    panic::resume_unwind(Box::new(Dismissed))
}

impl Conductor {
    pub(super) fn new(schedule: &Timeline) -> Self {
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
        let mut due: HashMap<Process, usize> = HashMap::new();
        cues.iter()
            .for_each(|&(_, _, at)| *due.entry(operations[at].process).or_default() += 1);
        let state = State {
            due,
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
    pub(super) fn conduct(&self, handles: Vec<Box<dyn Handle>>) -> Result<Timeline, Refusal> {
        thread::scope(|scope| {
            for (process, mut handle) in self.history.processes().into_iter().zip(handles) {
                let play = move || play(self, process, &mut *handle);
                if let Err(error) = thread::Builder::new().spawn_scoped(scope, play) {
                    // The others must not wait for a thread that never came.
                    self.refuse(&mut self.state.lock(), Refusal::NoThread(error.to_string()));
                    break;
                }
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

    /// A step of the current operation that comes out as the schedule says: some number below `among`, or 0 if it says
    /// nothing.
    pub(super) fn choose(&self, among: u64) -> u64 {
        let chosen = |text: &str| text.strip_prefix("chance -> ")?.parse().ok();
        let scheduled = |step: usize| chosen(&self.scheduled.get(step - 1)?.access);
        self.step("chance", |turn| {
            let number = scheduled(turn.step.max(1)).filter(|&number| number < among);
            let number = number.unwrap_or(0);
            Ok((number, format!("chance -> {number}")))
        })
    }

    /// Whether a step is scheduled to be this.
    pub(super) fn schedules(&self, step: usize, access: &str) -> bool {
        let scheduled = step.checked_sub(1).and_then(|at| self.scheduled.get(at));
        scheduled.is_some_and(|it| it.access == access)
    }

    /// An attempt has failed. So many of them without any access wait for something that no schedule says.
    pub(super) fn relax(&self) {
        const ENDLESS: u64 = 100_000;
        let failed = RELAXED.get() + 1;
        RELAXED.set(failed);
        if let Some(at) = CURRENT.get().filter(|_| failed > ENDLESS) {
            let operation = self.history.describe(at);
            self.refuse(&mut self.state.lock(), Refusal::Spins { operation });
            dismiss();
        }
    }

    /// A step of the current operation: an access to `place`, which says what it did.
    pub(super) fn step<R>(
        &self,
        place: &str,
        access: impl FnOnce(&Turn) -> Result<(R, String), Refusal>,
    ) -> R {
        // While the register is built nobody else is there, and nothing is scheduled; nor is what destructors do while
        // a thread is dismissed.
        let Some(at) = CURRENT.get().filter(|_| !thread::panicking()) else {
            let turn = Turn {
                process: 0,
                operation: String::new(),
                step: 0,
            };
            let built = access(&turn).map(|(result, _)| result);
            return built.unwrap_or_else(|refusal| panic!("outside of any operation: {refusal}"));
        };
        RELAXED.set(0);
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
            let source = scheduled.and_then(|scheduled| scheduled.source.clone());
            state.marks.push(Mark {
                operation: at,
                at: state.now,
            });
            state.steps.push(Step {
                process,
                access: actual,
                source,
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
            if state.refusal.is_some() || state.due[&process_of(at)] == 0 {
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
            *state.due.entry(process_of(at)).or_default() -= 1;
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

    fn panicked(&self, at: usize, panic: &Panic) {
        let (operation, message) = (self.history.describe(at), panic.to_string());
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
            marks: state.marks.clone(),
            steps: state.steps.clone(),
            ..Timeline::from(history)
        })
    }
}

/// One process performs its operations.
fn play(conductor: &Conductor, process: Process, handle: &mut dyn Handle) {
    let operations = conductor.history.operations();
    for at in (0..operations.len()).filter(|&at| operations[at].process == process) {
        let perform = || {
            conductor.invoke(at);
            CURRENT.set(Some(at));
            let value = handle.perform(&operations[at].action);
            CURRENT.set(None);
            conductor.complete(at, value);
        };
        if let Err(stopped) = guarded(perform) {
            CURRENT.set(None);
            if let Stopped::Panicked(panic) = stopped {
                conductor.panicked(at, &panic);
            }
            return;
        }
    }
}

thread_local! {
    /// The operation that this thread performs.
    static CURRENT: Cell<Option<usize>> = const { Cell::new(None) };
    /// How many attempts of this thread have failed since its last access.
    static RELAXED: Cell<u64> = const { Cell::new(0) };
}

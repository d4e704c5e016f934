//! Who still finishes while one process stands still?
//!
//! A process is stopped behind each of its steps in turn, in the middle of an operation and for good. Then the others
//! perform operations, one after the other, and their steps are counted. Whoever is wait-free completes each operation
//! within a bounded number of its own steps, wherever the other one stands; whoever waits for it never completes
//! (Herlihy and Shavit, *On the nature of progress*, 2011).
//!
//! ```
//! use registers::halt::{End, Finish, halt};
//! use registers::{atomic::SequenceLock, subject::Subject};
//!
//! let found = halt(&Subject::of::<SequenceLock, 2>());
//! let writer = &found[0];
//! assert_eq!(writer.stopped, End::Writer);
//! // The writer has stored the odd number, its first step, and stops: no reader comes past it.
//! assert!(matches!(writer.reads, Finish::Never { behind: 1, .. }));
//! // A reader that stops stops nobody.
//! assert!(matches!(found[1].writes, Finish::Within(4)));
//! ```
//!
//! This is an experiment on sequentially consistent memory, with a few operations before and a few after. What holds in
//! every execution of a scenario is for an exploration to say.

mod world;

use histories::timeline::{Mark, Step};
use histories::{Action, History, Instant, Operation, Process, Timeline};

use self::world::OneByOne;
use crate::Arity;
use crate::guard::{Panic, Stopped, guarded};
use crate::subject::{Handle, Subject};
use crate::worlds::Erased;

/// An end of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// That of a writer.
    Writer,
    /// That of a reader.
    Reader,
}

/// What becomes of one kind of operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// Each completes within so many steps of its own.
    Within(usize),
    /// One does not complete.
    Never {
        /// Behind how many of its steps the other one stands.
        behind: usize,
        /// What happened, as a schedule that can be [replayed](crate::worlds::conducted): both operations stay pending.
        schedule: Box<Timeline>,
    },
    /// There is nobody else to perform any.
    Nobody,
}

impl Finish {
    fn and(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Within(most), Self::Within(steps)) => *most = steps.max(*most),
            (Self::Never { .. }, _) | (_, Self::Nobody) => {}
            (_, other) => *self = other,
        }
    }
}

/// What becomes of the others while one stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// Which end the one holds who stands still.
    pub stopped: End,
    /// How many steps its operation has: it was stopped before each of them, and behind the last but one.
    pub steps: usize,
    /// What becomes of reads.
    pub reads: Finish,
    /// What becomes of writes.
    pub writes: Finish,
    /// What happened where it was stopped in its first operation, behind each step: schedules that can be
    /// [replayed](crate::worlds::conducted) on real threads.
    pub schedules: Vec<Timeline>,
    /// Whether an operation went on for ever and never called [`relax`](crate::Memory::relax): no exploration of it ends.
    pub spins: bool,
    /// What the code of the register said, if it panicked.
    pub panic: Option<Panic>,
}

/// An operation that takes more steps than this, alone, takes no end.
const NO_END: usize = 10_000;

/// How often each of the others performs its operation.
const OPERATIONS: usize = 3;

/// How many steps of an operation without end are drawn.
const DRAWN: usize = 6;

/// Stops a writer, and then a reader, behind each of its steps.
pub fn halt(subject: &Subject) -> [Halt; 2] {
    let is_built = guarded(|| drop(Processes::of(subject)));
    [End::Writer, End::Reader].map(|stopped| {
        let mut found = Halt {
            stopped,
            steps: 0,
            reads: Finish::Nobody,
            writes: Finish::Nobody,
            schedules: Vec::new(),
            spins: false,
            panic: None,
        };
        if let Err(Stopped::Panicked(panic)) = &is_built {
            found.panic = Some(panic.clone());
            return found;
        }
        // Stopped while it does what it does for the first time, and later, when there is something to remember: with
        // all news read, or with a write that nobody has read yet.
        let rounds = (0..4).flat_map(|rounds| [(rounds, false), (rounds, true)]);
        for (rounds, unread) in rounds {
            let begin = || {
                let mut processes = Processes::of(subject);
                let mut begun = (0..rounds).map(|_| processes.everybody_once(unread));
                let is_begun = begun.all(|finished| finished);
                (processes, is_begun)
            };
            // One that takes no end even alone is stopped as far as it is drawn.
            let (mut alone, is_begun) = begin();
            let most = match is_begun && alone.stop(stopped, NO_END) {
                true => DRAWN,
                false => NO_END,
            };
            for behind in 0..=most {
                let (mut processes, is_begun) = begin();
                if !is_begun || !processes.stop(stopped, behind) {
                    found.panic = found.panic.take().or_else(|| processes.memory.panic());
                    found.steps = found.steps.max(behind);
                    break;
                }
                processes.others(behind, &mut found);
                found.panic = found.panic.take().or_else(|| processes.memory.panic());
                if found.panic.is_some() {
                    break;
                }
                if rounds == 0 && !unread && behind > 0 {
                    found.schedules.push(processes.drawing.timeline());
                }
            }
        }
        found
    })
}

/// Those who hold the ends of a register.
struct Processes {
    memory: OneByOne,
    /// The writers first.
    handles: Vec<(End, Process, Box<dyn Handle>)>,
    written: u64,
    below: Option<u64>,
    drawing: Drawing,
}

impl Processes {
    /// Two of each kind, as far as the register takes them.
    fn of(subject: &Subject) -> Self {
        let claims = subject.claims();
        let how_many = |arity| match arity {
            Arity::One => 1,
            Arity::Many => 2,
        };
        let (writers, readers) = (how_many(claims.writers), how_many(claims.readers));
        let writes = (1..=writers).map(|process| Operation::write(process, 1, 0..=0));
        let reads =
            (writers + 1..=writers + readers).map(|process| Operation::question(process, 0..=0));
        let roles = History::new(0, writes.chain(reads)).expect("each process has one operation");
        let memory = OneByOne::new();
        let handles = subject
            .instantiate(&Erased::new(memory.clone()), &roles)
            .expect("no more of them than the register takes");
        let ends = roles.operations().iter().map(|operation| {
            let end = if operation.is_write() {
                End::Writer
            } else {
                End::Reader
            };
            (end, operation.process)
        });
        let handles = ends
            .zip(handles)
            .map(|((end, process), handle)| (end, process, handle));
        Self {
            memory,
            handles: handles.collect(),
            written: 0,
            below: claims.below,
            drawing: Drawing::default(),
        }
    }

    /// Lets one of them perform an operation of at most so many steps, and returns how many it took; `None` if it was
    /// stopped.
    fn perform(&mut self, at: usize, most: usize) -> Option<usize> {
        let (end, process, handle) = &mut self.handles[at];
        let action = match end {
            End::Writer => {
                self.written += 1;
                Action::Write(
                    self.below
                        .map_or(self.written, |below| self.written % below)
                        .into(),
                )
            }
            End::Reader => Action::Read(None),
        };
        let (steps, returned) = self.memory.turn(most, || handle.perform(&action));
        let taken = steps.len();
        let action = match &returned {
            Some(Some(value)) => Action::Read(Some(value.clone())),
            _ => action,
        };
        self.drawing
            .add(*process, action, returned.is_some(), steps);
        returned.map(|_| taken)
    }

    /// Lets everybody perform an operation; whether all have come to the end of theirs.
    fn everybody_once(&mut self, writers_last: bool) -> bool {
        let mut all: Vec<usize> = (0..self.handles.len()).collect();
        if writers_last {
            all.reverse();
        }
        all.into_iter().all(|at| self.perform(at, NO_END).is_some())
    }

    /// Stops the first who holds this end behind so many steps; whether it was in the middle of its operation.
    fn stop(&mut self, stopped: End, behind: usize) -> bool {
        let at = self.handles.iter().position(|(end, ..)| *end == stopped);
        let at = at.expect("a register has a writer and a reader");
        if self.perform(at, behind).is_some() {
            return false;
        }
        // It never does anything again.
        self.handles.remove(at);
        true
    }

    /// Lets all others perform their operations in turn.
    fn others(&mut self, behind: usize, found: &mut Halt) {
        let mut waiting = vec![false; self.handles.len()];
        for _ in 0..OPERATIONS {
            for at in (0..self.handles.len())
                .filter(|&at| !waiting[at])
                .collect::<Vec<_>>()
            {
                let finish = match self.perform(at, NO_END) {
                    Some(steps) => Finish::Within(steps),
                    None => {
                        waiting[at] = true;
                        found.spins |= self.drawing.last_was_endless && !self.memory.has_relaxed();
                        Finish::Never {
                            behind,
                            schedule: Box::new(self.drawing.timeline()),
                        }
                    }
                };
                match self.handles[at].0 {
                    End::Writer => found.writes.and(finish),
                    End::Reader => found.reads.and(finish),
                }
            }
        }
    }
}

/// What has happened so far.
#[derive(Default)]
struct Drawing {
    operations: Vec<Operation>,
    marks: Vec<(Process, Instant)>,
    steps: Vec<Step>,
    now: Instant,
    /// Whether the last operation took all steps that it could get.
    last_was_endless: bool,
}

impl Drawing {
    fn add(&mut self, process: Process, action: Action, is_complete: bool, steps: Vec<String>) {
        let invoked = self.now;
        self.last_was_endless = steps.len() == NO_END;
        let drawn = if self.last_was_endless {
            DRAWN
        } else {
            steps.len()
        };
        for access in steps.into_iter().take(drawn) {
            self.now += 1;
            self.marks.push((process, self.now));
            self.steps.push(Step {
                process,
                access,
                source: None,
                remark: None,
            });
        }
        self.now += 1;
        self.operations.push(Operation {
            process,
            register: 0,
            action,
            invoked,
            completed: is_complete.then_some(self.now),
        });
        self.now += 1;
    }

    fn timeline(&self) -> Timeline {
        let history = History::new(0, self.operations.iter().cloned())
            .expect("each process performs its operations one after the other");
        let of = |(process, at): &(Process, Instant)| {
            let operations = history.operations().iter();
            let mut operations = operations.enumerate().rev();
            let within = |op: &Operation| op.process == *process && op.invoked <= *at;
            let operation = operations.find(|(_, op)| within(op));
            Mark {
                operation: operation.expect("who takes a step has begun").0,
                at: *at,
            }
        };
        Timeline {
            marks: self.marks.iter().map(of).collect(),
            steps: self.steps.clone(),
            ..Timeline::from(history)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Guarantee;
    use crate::catalogue::Register;
    use crate::worlds::conducted;

    fn agrees(name: &str, claimed: Guarantee, found: &Finish) {
        let waits = matches!(found, Finish::Never { .. });
        if claimed != Guarantee::Blocking {
            assert!(!waits, "{name} claims to be {claimed}: {found:?}");
        }
    }

    #[test]
    fn nobody_waits_who_claims_not_to() {
        for &register in Register::ALL {
            let subject = register.subject(register.usual_width()).unwrap();
            let (name, progress) = (register.name(), register.claims().progress);
            let found = halt(&subject);
            for standstill in &found {
                agrees(name, progress.read, &standstill.reads);
                agrees(name, progress.write, &standstill.writes);
            }
            // And who claims no more than to block does block.
            let waits = |of: fn(&Halt) -> &Finish| {
                found
                    .iter()
                    .any(|it| matches!(of(it), Finish::Never { .. }))
            };
            assert_eq!(
                waits(|it| &it.reads),
                progress.read == Guarantee::Blocking,
                "{name}"
            );
            assert_eq!(
                waits(|it| &it.writes),
                progress.write == Guarantee::Blocking,
                "{name}"
            );
        }
    }

    #[test]
    fn real_threads_finish_or_wait_all_the_same() {
        for &register in Register::ALL {
            let subject = register.subject(register.usual_width()).unwrap();
            for standstill in halt(&subject) {
                let waiting = [&standstill.reads, &standstill.writes].into_iter();
                let waiting = waiting.filter_map(|finish| match finish {
                    Finish::Never { schedule, .. } => Some(schedule.as_ref()),
                    Finish::Within(_) | Finish::Nobody => None,
                });
                let schedules = standstill.schedules.iter().chain(waiting);
                // Without a mark there is nothing to follow.
                for schedule in schedules.filter(|schedule| !schedule.marks.is_empty()) {
                    let performed = conducted::follow(&subject, schedule).unwrap();
                    assert_eq!(performed.steps, schedule.steps, "{}", register.name());
                    let completed = |timeline: &Timeline| {
                        let operations = timeline.history.operations().iter();
                        operations.filter(|op| !op.is_pending()).count()
                    };
                    assert_eq!(completed(&performed), completed(schedule));
                }
            }
        }
    }
}

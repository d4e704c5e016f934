//! What a state has to know of the past: what the completed reads returned, and what precedes what.
//!
//! By the [clock rule](histories::record) one operation precedes another if its completion took an earlier number than
//! the other's invocation. An invocation therefore comes after *some set of completions*, and of any two invocations
//! one comes after all the completions that the other comes after. So it is enough to note, for each operation, how
//! many operations of each process were complete when it was invoked.

use histories::{Action, History, Operation, Value};

use crate::scene::Scene;
use registers::scenario::Precedence;

/// How far an operation is.
const INVOKED: u16 = 1;
const COMPLETED: u16 = 2;

/// How pasts are laid out: for each operation its progress, the number of the value that it returned, and its
/// predecessors as a count for each process.
#[derive(Debug)]
pub(crate) struct Pasts {
    known: crate::table::Table,
    values: Vec<Value>,
    processes: usize,
    operations: usize,
    /// The process of each operation, and its position in that lane.
    seats: Vec<(usize, usize)>,
}

/// The number of a past.
pub(crate) type PastId = u32;

impl Pasts {
    /// The empty past is number 0.
    pub(crate) fn new(scene: &Scene<'_>) -> Self {
        let mut seats = vec![(0, 0); scene.operations.operations().len()];
        for (process, lane) in scene.lanes.iter().enumerate() {
            for (nth, &at) in lane.iter().enumerate() {
                seats[at] = (process, nth);
            }
        }
        let mut pasts = Self {
            known: crate::table::Table::default(),
            values: Vec::new(),
            processes: scene.lanes.len(),
            operations: seats.len(),
            seats,
        };
        pasts
            .known
            .number(&vec![0; pasts.width() * pasts.operations]);
        pasts
    }

    fn width(&self) -> usize {
        2 + self.processes
    }

    /// Whether an operation is complete.
    pub(crate) fn is_complete(&self, past: PastId, operation: usize) -> bool {
        self.known.get(past)[operation * self.width()] == COMPLETED
    }

    /// The past in which an operation has been invoked besides.
    pub(crate) fn invoked(
        &mut self,
        past: PastId,
        operation: usize,
        precedence: Precedence,
    ) -> PastId {
        let width = self.width();
        let mut next = self.known.get(past).to_vec();
        next[operation * width] = INVOKED;
        if precedence == Precedence::Recorded {
            for other in 0..self.operations {
                if next[other * width] == COMPLETED {
                    next[operation * width + 2 + self.seats[other].0] += 1;
                }
            }
        }
        self.known.number(&next)
    }

    /// The past in which an operation has completed besides.
    pub(crate) fn completed(
        &mut self,
        past: PastId,
        operation: usize,
        returned: Option<&Value>,
    ) -> PastId {
        let width = self.width();
        let mut next = self.known.get(past).to_vec();
        next[operation * width] = COMPLETED;
        if let Some(value) = returned {
            let known = self.values.iter().position(|known| known == value);
            let number = known.unwrap_or_else(|| {
                self.values.push(value.clone());
                self.values.len() - 1
            });
            next[operation * width + 1] = number as u16 + 1;
        }
        self.known.number(&next)
    }

    /// The history of a past, in compact form. What was never invoked is left out.
    pub(crate) fn history(&self, scene: &Scene<'_>, past: PastId) -> History {
        let past = self.known.get(past);
        let entry = |at: usize| &past[at * self.width()..(at + 1) * self.width()];
        let all = scene.operations.operations();
        let drawn = scene.operations.compact();
        // Invocations in order: whoever has more predecessors comes later.
        let mut clock: Vec<&[u16]> = (0..all.len())
            .filter(|&at| entry(at)[0] != 0)
            .map(|at| &entry(at)[2..])
            .collect();
        clock.sort_unstable_by_key(|before| before.iter().sum::<u16>());
        clock.dedup();
        let last = clock.len().saturating_sub(1) as u64;
        let operations = (0..all.len()).filter(|&at| entry(at)[0] != 0).map(|at| {
            let complete = entry(at)[0] == COMPLETED;
            let (invoked, completed) = match scene.precedence {
                Precedence::Drawn => {
                    let drawn = &drawn.operations()[at];
                    (drawn.invoked, drawn.completed.unwrap_or(u64::MAX))
                }
                Precedence::Recorded => {
                    let before = &entry(at)[2..];
                    let invoked = clock.iter().position(|it| *it == before);
                    let (process, nth) = self.seats[at];
                    let behind = clock.iter().position(|it| usize::from(it[process]) > nth);
                    let completed = behind.map_or(last, |behind| behind as u64 - 1);
                    (invoked.expect("it is on the clock") as u64, completed)
                }
            };
            let action = match &all[at].action {
                Action::Read(_) => {
                    let number = usize::from(entry(at)[1]).checked_sub(1);
                    Action::Read(number.map(|number| self.values[number].clone()))
                }
                write => write.clone(),
            };
            Operation {
                process: all[at].process,
                register: all[at].register,
                action,
                invoked,
                completed: complete.then_some(completed),
            }
        });
        History::new(scene.operations.initial().clone(), operations)
            .expect("each process performs its operations one after the other")
            .compact()
    }
}

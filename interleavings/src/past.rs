//! What a state has to know of the past: what the completed reads returned, and what precedes what.
//!
//! By the [clock rule](histories::record) one operation precedes another if its completion took an earlier number than
//! the other's invocation. An invocation therefore comes after *some set of completions*, and of any two invocations
//! one comes after all the completions that the other comes after. So it is enough to note, for each operation, how
//! many operations of each process were complete when it was invoked.

use std::collections::HashMap;

use histories::{Action, Builder, History, Initial, Operation, Value};
use registers::scenario::Precedence;

use crate::processes::Processes;

/// How far an operation is.
const INVOKED: u16 = 1;
const COMPLETED: u16 = 2;

/// How pasts are laid out: for each operation its progress, the number of the value that it returned in two words, and
/// its predecessors as a count for each process.
#[derive(Debug)]
pub struct Pasts {
    known: crate::table::Table,
    values: Vec<Value>,
    numbers: HashMap<Value, u32>,
    /// Pasts with processes exchanged, by the past and the number of the permutation.
    permuted: HashMap<(PastId, usize), PastId>,
    processes: usize,
    operations: usize,
    /// The process of each operation, and its position in that lane.
    seats: Vec<(usize, usize)>,
}

/// The number of a past.
pub type PastId = u32;

impl Pasts {
    /// The pasts of these processes.
    pub(crate) fn new(of: &Processes<'_>) -> Self {
        Self::of(&of.lanes)
    }

    /// The pasts of processes that perform these operations each, one after the other. The empty past is number 0.
    #[must_use]
    pub fn of(lanes: &[Vec<usize>]) -> Self {
        let mut seats = vec![(0, 0); lanes.iter().map(Vec::len).sum()];
        for (process, lane) in lanes.iter().enumerate() {
            for (nth, &at) in lane.iter().enumerate() {
                seats[at] = (process, nth);
            }
        }
        let mut pasts = Self {
            known: crate::table::Table::default(),
            values: Vec::new(),
            numbers: HashMap::new(),
            permuted: HashMap::new(),
            processes: lanes.len(),
            operations: seats.len(),
            seats,
        };
        pasts
            .known
            .number(&vec![0; pasts.width() * pasts.operations]);
        pasts
    }

    /// Where the counts of predecessors begin.
    const COUNTS: usize = 3;

    fn width(&self) -> usize {
        Self::COUNTS + self.processes
    }

    /// How many different pasts there have been.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there has been none, which is never so: the empty past is one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether an operation is complete.
    #[must_use]
    pub fn is_complete(&self, past: PastId, operation: usize) -> bool {
        self.known.get(past)[operation * self.width()] == COMPLETED
    }

    /// The past in which an operation has been invoked besides.
    pub fn invoked(&mut self, past: PastId, operation: usize, precedence: Precedence) -> PastId {
        let width = self.width();
        let mut next = self.known.get(past).to_vec();
        next[operation * width] = INVOKED;
        if precedence == Precedence::Recorded {
            for other in 0..self.operations {
                if next[other * width] == COMPLETED {
                    next[operation * width + Self::COUNTS + self.seats[other].0] += 1;
                }
            }
        }
        self.known.number(&next)
    }

    /// The past in which an operation has completed besides, and has returned this: a compare-and-swap 1 if it swapped, and
    /// 0 if not.
    ///
    /// # Errors
    ///
    /// If there are more different values than can be numbered.
    pub fn completed(
        &mut self,
        past: PastId,
        operation: usize,
        returned: Option<&Value>,
    ) -> Result<PastId, String> {
        let width = self.width();
        let mut next = self.known.get(past).to_vec();
        next[operation * width] = COMPLETED;
        if let Some(value) = returned {
            let number = match self.numbers.get(value) {
                Some(&number) => number,
                None => {
                    self.values.push(value.clone());
                    let number = u32::try_from(self.values.len())
                        .map_err(|_| "reads return more than 2^32 different values".to_owned())?;
                    self.numbers.insert(value.clone(), number);
                    number
                }
            };
            next[operation * width + 1] = (number >> 16) as u16;
            next[operation * width + 2] = number as u16;
        }
        Ok(self.known.number(&next))
    }

    /// The past in which process `permutation[i]` stands in the place of process `i`, with the number of the
    /// permutation. The processes that change places have the same operations.
    pub(crate) fn permuted(
        &mut self,
        past: PastId,
        number: usize,
        permutation: &[usize],
    ) -> PastId {
        if let Some(&known) = self.permuted.get(&(past, number)) {
            return known;
        }
        let width = self.width();
        let old = self.known.get(past).to_vec();
        let mut new = old.clone();
        for (at, &(process, nth)) in self.seats.iter().enumerate() {
            let from = self
                .seats
                .iter()
                .position(|&it| it == (permutation[process], nth));
            let from = from.expect("they have the same operations") * width;
            let entry = &mut new[at * width..(at + 1) * width];
            entry.copy_from_slice(&old[from..from + width]);
            for (other, &of) in permutation.iter().enumerate() {
                entry[Self::COUNTS + other] = old[from + Self::COUNTS + of];
            }
        }
        let known = self.known.number(&new);
        self.permuted.insert((past, number), known);
        known
    }

    /// The history of a past, in compact form. What was never invoked is left out.
    pub(crate) fn history(&self, of: &Processes<'_>, past: PastId) -> History {
        self.history_of(&of.operations, of.precedence, past)
    }

    /// The history of a past of these operations, in compact form. What was never invoked is left out.
    ///
    /// # Panics
    ///
    /// If these are not the operations of the processes.
    #[must_use]
    pub fn history_of(&self, of: &History, precedence: Precedence, past: PastId) -> History {
        let past = self.known.get(past);
        let entry = |at: usize| &past[at * self.width()..(at + 1) * self.width()];
        let all = of.operations();
        let drawn = of.compact();
        // Invocations in order: whoever has more predecessors comes later.
        let mut clock: Vec<&[u16]> = (0..all.len())
            .filter(|&at| entry(at)[0] != 0)
            .map(|at| &entry(at)[Self::COUNTS..])
            .collect();
        clock.sort_unstable_by_key(|before| before.iter().sum::<u16>());
        clock.dedup();
        let last = clock.len().saturating_sub(1) as u64;
        let operations = (0..all.len()).filter(|&at| entry(at)[0] != 0).map(|at| {
            let complete = entry(at)[0] == COMPLETED;
            let (invoked, completed) = match precedence {
                Precedence::Drawn => {
                    let drawn = &drawn.operations()[at];
                    (drawn.invoked, drawn.completed.unwrap_or(u64::MAX))
                }
                Precedence::Recorded => {
                    let before = &entry(at)[Self::COUNTS..];
                    let invoked = clock.iter().position(|it| *it == before);
                    let (process, nth) = self.seats[at];
                    let behind = clock.iter().position(|it| usize::from(it[process]) > nth);
                    let completed = behind.map_or(last, |behind| behind as u64 - 1);
                    (invoked.expect("it is on the clock") as u64, completed)
                }
            };
            let number = u32::from(entry(at)[1]) << 16 | u32::from(entry(at)[2]);
            let returned = number.checked_sub(1).map(|at| &self.values[at as usize]);
            let action = match &all[at].action {
                Action::Read(_) => Action::Read(returned.cloned()),
                Action::CompareAndSwap { expected, new, .. } => Action::CompareAndSwap {
                    expected: expected.clone(),
                    new: new.clone(),
                    swapped: returned.map(|did| did.word(0) == Some(1)),
                },
                write @ Action::Write(_) => write.clone(),
            };
            Operation {
                process: all[at].process,
                register: all[at].register,
                action,
                invoked,
                completed: complete.then_some(completed),
            }
        });
        with_operations(of, operations).compact()
    }
}

/// Other operations on the registers of a history.
fn with_operations(of: &History, operations: impl Iterator<Item = Operation>) -> History {
    let mut builder = Builder::new(of.initial().clone().into());
    for register in of.registers() {
        let name = of.name_of(register).unwrap_or_default();
        let number = builder.register(name);
        builder.set_initial(number, Initial::Given(of.initial_of(register).clone()));
    }
    operations.for_each(|operation| builder.push(operation));
    let history = builder.build();
    history.expect("each process performs its operations one after the other")
}

//! Every small history, up to the names of its processes, registers and values.
//!
//! Each write writes a value of its own: the first write to a register 1, the second 2. A read returns what the
//! register holds at first (0), what some write to it writes, be it later or never, or a [value](NOWHERE) that nobody
//! writes. All operations complete.
//!
//! Two histories that differ only in the order of invocations that no completion separates, or of completions that no
//! invocation separates, have the same precedence. To all models but strict they are the same, and to strict only the
//! order of the invocations matters. So with operations numbered as they are invoked it is enough to say for each how
//! many others are invoked before it completes: n operations have n! such *arrangements*.
//!
//! Many models know nothing of real time. For these there is one arrangement alone, in which the processes do all that
//! they do side by side, and so histories of more operations are within reach.

use crate::{Builder, Initial, Instant, Operation, Process, Register};
use crate::{History, Value};

/// A value that nobody writes.
pub const NOWHERE: u64 = 9;

/// Which histories are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How many operations each has.
    pub operations: usize,
    /// How many registers it has: each is used.
    pub registers: usize,
    /// Whether every arrangement in time is meant, or the one alone in which all processes run side by side.
    pub in_time: bool,
}

/// An operation, of which everything is known but what it returns.
#[derive(Clone, Copy, Debug)]
struct Slot {
    process: Process,
    register: Register,
    writes: bool,
    invoked: Instant,
    completed: Instant,
}

/// Histories that differ only in what their reads return.
#[derive(Clone, Debug)]
pub(super) struct Alike {
    slots: Vec<Slot>,
    registers: usize,
    /// Whether reads may return a value from nowhere.
    nowhere: bool,
}

/// All histories of this shape, in groups of those that differ only in what their reads return.
pub(super) fn every(shape: Shape) -> Vec<Alike> {
    let mut found = Vec::new();
    for intervals in intervals(shape) {
        // A bit of this number says for each operation whether it writes.
        for writes in 0..1_usize << shape.operations {
            each_naming(shape.operations, shape.registers, &mut |registers| {
                let slots = (0..shape.operations).map(|at| Slot {
                    writes: writes >> at & 1 == 1,
                    register: registers[at],
                    ..intervals[at]
                });
                found.push(Alike {
                    slots: slots.collect(),
                    registers: shape.registers,
                    nowhere: shape.in_time,
                });
            });
        }
    }
    found
}

/// When the operations run, and of which process each is.
fn intervals(shape: Shape) -> Vec<Vec<Slot>> {
    match shape.in_time {
        true => arranged(shape.operations),
        false => side_by_side(shape.operations),
    }
}

/// Every arrangement of operations, each with every way to give them to processes.
fn arranged(operations: usize) -> Vec<Vec<Slot>> {
    // The operations so far; of each, up to which invocation it runs is chosen as it is added.
    fn add(slots: &mut Vec<(Process, usize)>, operations: usize, found: &mut Vec<Vec<Slot>>) {
        let at = slots.len();
        if at == operations {
            let spread = |(at, &(process, end)): (usize, &(Process, usize))| Slot {
                process,
                register: 0,
                writes: false,
                invoked: 10 * at as Instant,
                // Of those that complete between two invocations, the one invoked first does so first.
                completed: (10 * end + 1 + at) as Instant,
            };
            found.push(slots.iter().enumerate().map(spread).collect());
            return;
        }
        let known = slots.iter().map(|&(process, _)| process).max().unwrap_or(0);
        for process in 1..=known + 1 {
            let busy = slots.iter().any(|&(of, end)| of == process && end >= at);
            if !busy {
                for end in at..operations {
                    slots.push((process, end));
                    add(slots, operations, found);
                    slots.pop();
                }
            }
        }
    }
    let mut found = Vec::new();
    add(&mut Vec::new(), operations, &mut found);
    found
}

/// The operations of each process one after the other, those of all processes side by side: every way to share them
/// out, in which no process has more than the one before it.
fn side_by_side(operations: usize) -> Vec<Vec<Slot>> {
    fn share(left: usize, most: usize, lengths: &mut Vec<usize>, found: &mut Vec<Vec<Slot>>) {
        if left == 0 {
            let slots = (1..).zip(lengths.iter()).flat_map(|(process, &length)| {
                (0..length as Instant).map(move |nth| Slot {
                    process,
                    register: 0,
                    writes: false,
                    invoked: 10 * nth,
                    completed: 10 * nth + 5,
                })
            });
            found.push(slots.collect());
            return;
        }
        for length in (1..=left.min(most)).rev() {
            lengths.push(length);
            share(left - length, length, lengths, found);
            lengths.pop();
        }
    }
    let mut found = Vec::new();
    share(operations, operations, &mut Vec::new(), &mut found);
    found
}

/// Every way to give names to some things, each name used, up to renaming: a new name is the next one.
fn each_naming(things: usize, names: usize, visit: &mut impl FnMut(&[Register])) {
    fn add(
        named: &mut Vec<Register>,
        things: usize,
        names: usize,
        visit: &mut impl FnMut(&[Register]),
    ) {
        let used = named.iter().max().map_or(0, |&name| name as usize + 1);
        if named.len() == things {
            if used == names {
                visit(named);
            }
            return;
        }
        for name in 0..=used.min(names - 1) {
            named.push(name as Register);
            add(named, things, names, visit);
            named.pop();
        }
    }
    add(&mut Vec::new(), things, names, visit);
}

impl Alike {
    /// The histories, one after the other.
    pub(super) fn histories(&self) -> impl Iterator<Item = History> + '_ {
        let writes = |register| {
            let of = |slot: &&Slot| slot.writes && slot.register == register;
            self.slots.iter().filter(of).count() as u64
        };
        let choices: Vec<u64> = self
            .slots
            .iter()
            .map(|slot| match slot.writes {
                true => 1,
                // What it holds at first, what is written to it, and a value from nowhere.
                false => writes(slot.register) + 1 + u64::from(self.nowhere),
            })
            .collect();
        let count: u64 = choices.iter().product();
        (0..count).map(move |mut number| {
            let chosen = choices.iter().map(|choices| {
                let chosen = number % choices;
                number /= choices;
                chosen
            });
            let chosen: Vec<u64> = chosen.collect();
            self.history(&chosen)
        })
    }

    fn history(&self, chosen: &[u64]) -> History {
        let mut builder = Builder::new(Initial::Given(Value::from(0)));
        let names: Vec<Register> = match self.registers {
            1 => vec![0],
            _ => ["x", "y", "z"]
                .iter()
                .take(self.registers)
                .map(|name| builder.register(name))
                .collect(),
        };
        let mut written = vec![0_u64; self.registers];
        for slot in self.slots.iter().filter(|slot| slot.writes) {
            written[slot.register as usize] += 1;
        }
        let mut next = vec![1_u64; self.registers];
        for (slot, &chosen) in self.slots.iter().zip(chosen) {
            let register = slot.register as usize;
            let interval = slot.invoked..=slot.completed;
            let operation = if slot.writes {
                next[register] += 1;
                Operation::write(slot.process, next[register] - 1, interval)
            } else if chosen <= written[register] {
                Operation::read(slot.process, chosen, interval)
            } else {
                Operation::read(slot.process, NOWHERE, interval)
            };
            builder.push(operation.on(names[register]));
        }
        builder
            .build()
            .expect("the operations of a process do not overlap")
    }
}

//! Histories as stores leave them, made up: for tests and for measurements. The same for the same arguments.

#![allow(dead_code, reason = "each user takes some of these")]

use histories::{Action, Builder, History, Initial, Operation, Process, Value};

/// Numbers that look random (xorshift; Marsaglia 2003).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Two seeds give two sequences.
    pub(crate) fn new(seed: u64) -> Self {
        // Seeds lie close together; what they begin with should not.
        let mut random =
            Self(88_172_645_463_325_252 ^ (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for _ in 0..8 {
            random.below(2);
        }
        random
    }

    /// A number below this one, which is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    /// True in so many of a thousand cases.
    pub(crate) fn per_mille(&mut self, share: u64) -> bool {
        self.below(1000) < share
    }
}

/// What the clients of a register do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// How many clients there are.
    pub(crate) processes: u64,
    /// How many operations they begin.
    pub(crate) operations: u64,
    /// How many values they write, each again and again; `None`: no two writes are of one value.
    pub(crate) values: Option<u64>,
    /// Of how many registers.
    pub(crate) registers: u64,
    /// How many of a thousand operations are compare-and-swaps; of the others half read.
    pub(crate) swaps: u64,
    /// How many of a thousand never end.
    pub(crate) crashes: u64,
    /// Whether each client begins its next operation as soon as the last one has ended.
    pub(crate) busy: bool,
}

impl Load {
    /// 16 clients of one register that write each value once.
    pub(crate) const PLAIN: Self = Self {
        processes: 16,
        operations: 10_000,
        values: None,
        registers: 1,
        swaps: 0,
        crashes: 0,
        busy: false,
    };
}

/// A linearizable history: each operation takes effect at a moment of its own.
pub(crate) fn linearizable(load: Load, seed: u64) -> History {
    let mut random = Random::new(seed);
    let mut builder = Builder::new(Initial::Given(Value::from(0)));
    let registers: Vec<u32> = match load.registers {
        1 => vec![0],
        many => (0..many)
            .map(|nth| builder.register(&format!("r{nth}")))
            .collect(),
    };
    let mut held = vec![0; registers.len()];
    let mut free = vec![0; load.processes as usize];
    let mut names: Vec<Process> = (0..load.processes as Process).collect();
    let mut next_name = load.processes as Process;
    let (mut written, mut at, mut begun) = (0, load.processes, 0);
    let step = if load.busy { 2 * load.processes } else { 16 };
    while begun < load.operations {
        at += 1;
        let (client, moment) = (random.below(load.processes) as usize, 2 * at);
        if free[client] > moment {
            continue;
        }
        begun += 1;
        let invoked = match load.busy {
            true => free[client],
            false => free[client].max(moment.saturating_sub(random.below(step))),
        };
        let completed = moment + random.below(step);
        free[client] = completed + 1;
        let register = random.below(load.registers) as usize;
        let held = &mut held[register];
        let crashes = random.per_mille(load.crashes);
        let happens = !crashes || random.below(2) == 0;
        let mut value = |random: &mut Random| {
            written += 1;
            load.values
                .map_or(written, |values| 1 + random.below(values))
        };
        let action = if random.per_mille(load.swaps) {
            // As often as not it expects what it finds.
            let expected = match random.below(2) {
                0 => *held,
                _ => value(&mut random),
            };
            let (new, swapped) = (value(&mut random), expected == *held);
            if swapped && happens {
                *held = new;
            }
            Action::CompareAndSwap {
                expected: Value::from(expected),
                new: Value::from(new),
                swapped: Some(swapped),
            }
        } else if random.below(2) == 0 {
            let value = value(&mut random);
            if happens {
                *held = value;
            }
            Action::Write(Value::from(value))
        } else {
            Action::Read(Some(Value::from(*held)))
        };
        let mut operation = Operation::new(names[client], action, invoked..=completed);
        operation.register = registers[register];
        if crashes {
            operation.completed = None;
            names[client] = next_name;
            next_name += 1;
        }
        builder.push(operation);
    }
    builder.build().expect("a process does one thing at a time")
}

/// The same history with one read, nine tenths on, that returns a value written halfway: it was overwritten long ago.
pub(crate) fn with_a_stale_read(history: &History) -> History {
    let (read, write) = (
        nth_by_time(history, 9, Operation::is_read),
        nth_by_time(history, 5, Operation::is_write),
    );
    let value = history.operations()[write].written().cloned();
    with_reads(history, &[(read, value)])
}

/// The same history with an inversion, halfway: of two reads during one write the later one returns the value before.
/// Nothing else is wrong with it: it is regular.
///
/// # Panics
///
/// If there are no two such reads.
pub(crate) fn with_an_inversion(history: &History) -> History {
    let operations = history.operations();
    let middle = operations[nth_by_time(history, 5, Operation::is_write)].invoked;
    let mut late: Vec<usize> = (0..operations.len())
        .filter(|&at| operations[at].invoked >= middle)
        .collect();
    late.sort_by_key(|&at| operations[at].invoked);
    late.truncate(10_000);
    let reads = |at: &&usize| operations[**at].is_read() && !operations[**at].is_pending();
    for &new in late.iter().filter(reads) {
        let on_same = |at: usize| operations[at].register == operations[new].register;
        // The write that it returns, if it still runs; a later read during it; and what was written before.
        let writes = |&&at: &&usize| {
            operations[at].written() == operations[new].returned()
                && on_same(at)
                && history.concurrent(at, new)
        };
        let Some(&write) = late.iter().find(writes) else {
            continue;
        };
        let later = |&&at: &&usize| {
            on_same(at) && history.precedes(new, at) && history.concurrent(at, write)
        };
        let Some(&old) = late.iter().filter(reads).find(later) else {
            continue;
        };
        let before = |&&at: &&usize| {
            on_same(at)
                && operations[at].is_write()
                && operations[at].invoked < operations[write].invoked
        };
        for &before in late.iter().rev().filter(before).take(4) {
            let value = operations[before].written().cloned();
            let inverted = with_reads(history, &[(old, value)]);
            let is_met = |model| histories::check::meets(model, &inverted) == Some(true);
            if is_met(histories::Model::Regular) && !is_met(histories::Model::Atomic) {
                return inverted;
            }
        }
    }
    panic!("there are two reads during one write");
}

/// The operation of a kind that is invoked first after so many tenths of the history.
fn nth_by_time(history: &History, tenths: u64, is_wanted: fn(&Operation) -> bool) -> usize {
    let operations = history.operations();
    let end = operations.iter().filter_map(|op| op.completed).max();
    let from = end.expect("something completed") / 10 * tenths;
    (0..operations.len())
        .filter(|&at| {
            operations[at].invoked >= from
                && is_wanted(&operations[at])
                && !operations[at].is_pending()
        })
        .min_by_key(|&at| operations[at].invoked)
        .expect("there is one so late")
}

/// The same history in which some reads return something else.
pub(crate) fn with_reads(history: &History, returned: &[(usize, Option<Value>)]) -> History {
    let mut builder = Builder::new(Initial::Given(history.initial().clone()));
    for register in history.registers().skip(1) {
        let own = builder.register(history.name_of(register).expect("it has a name"));
        builder.set_initial(own, Initial::Given(history.initial_of(register).clone()));
    }
    for (at, operation) in history.operations().iter().enumerate() {
        let mut operation = operation.clone();
        if let Some((_, value)) = returned.iter().find(|(read, _)| *read == at) {
            operation.action = Action::Read(value.clone());
        }
        builder.push(operation);
    }
    builder.build().expect("only values have changed")
}

/// What Jepsen's test of etcd leaves behind: five clients that read, write and swap five values, of a store some of whose
/// replicas answer reads late, while partitions leave operations without an answer.
pub(crate) fn etcd(seed: u64) -> History {
    let mut random = Random::new(seed);
    let (stale, refusals) = (random.below(3) * 150, random.below(2) == 0);
    let (timeouts, length) = (20 + random.below(250), 60 + random.below(31));
    let mut builder = Builder::new(Initial::Absent);
    let mut held = vec![Value::nil()];
    let mut free = [0_u64; 5];
    let mut names: [Process; 5] = [0, 1, 2, 3, 4];
    let mut at = 10;
    let mut begun = 0;
    while begun < length {
        at += 1;
        let (client, moment) = (random.below(5) as usize, 4 * at);
        if free[client] > moment {
            continue;
        }
        begun += 1;
        let invoked = free[client].max(moment.saturating_sub(random.below(12)));
        let completed = moment + random.below(16);
        free[client] = completed + 1;
        let partition = (at / 40) % 2 == 1;
        let lost = random.per_mille(if partition { timeouts } else { 10 });
        let happens = !lost || random.below(2) == 0;
        let now = held.last().expect("it holds something at first").clone();
        let value = |random: &mut Random| Value::from(random.below(5));
        let action = match random.below(3) {
            0 => {
                if lost {
                    continue;
                }
                let lag = if random.per_mille(stale) {
                    1 + random.below(3) as usize
                } else {
                    0
                };
                Action::Read(Some(held[held.len().saturating_sub(1 + lag)].clone()))
            }
            1 => {
                let value = value(&mut random);
                if happens {
                    held.push(value.clone());
                }
                Action::Write(value)
            }
            _ => {
                let (expected, new) = (value(&mut random), value(&mut random));
                let swapped = expected == now;
                if swapped && happens {
                    held.push(new.clone());
                }
                Action::CompareAndSwap {
                    expected,
                    new,
                    swapped: Some(swapped),
                }
            }
        };
        let is_refused = matches!(
            action,
            Action::CompareAndSwap {
                swapped: Some(false),
                ..
            }
        );
        let mut operation = Operation::new(names[client], action, invoked..=completed);
        if lost {
            operation.completed = None;
            names[client] += 5;
            builder.push(operation);
        } else if is_refused && !refusals {
            builder.push_failed(operation);
        } else {
            builder.push(operation);
        }
    }
    builder.build().expect("a process does one thing at a time")
}

/// What small histories are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Small {
    /// Up to how many operations.
    pub(crate) operations: u64,
    /// How many registers.
    pub(crate) registers: u64,
    /// Whether there are compare-and-swaps.
    pub(crate) swaps: bool,
    /// Whether what a compare-and-swap found may be unknown.
    pub(crate) doubts: bool,
    /// Whether operations may never complete.
    pub(crate) crashes: bool,
    /// Whether no two writes are of one value.
    pub(crate) unique: bool,
}

impl Small {
    /// One of all kinds.
    pub(crate) fn any(operations: u64, random: &mut Random) -> Self {
        Self {
            operations,
            registers: 1 + random.below(4) / 3,
            swaps: random.below(2) == 0,
            doubts: random.below(4) == 0,
            crashes: random.below(2) == 0,
            unique: random.below(4) == 0,
        }
    }
}

/// A small history, most of which a register could have left: all reads return what was held a moment before, but some
/// of them what was held earlier, and some anything.
pub(crate) fn small(kind: Small, random: &mut Random) -> History {
    let initial = [Value::from(0), Value::from(1), Value::nil()][random.below(3) as usize].clone();
    let mut builder = Builder::new(Initial::Given(initial.clone()));
    let registers: Vec<u32> = match kind.registers {
        1 => vec![0],
        many => (0..many)
            .map(|nth| builder.register(["x", "y", "z"][nth as usize]))
            .collect(),
    };
    // Some of them of many clients whose operations last long.
    let is_crowded = random.below(3) == 0;
    let clients = if is_crowded {
        4 + random.below(5)
    } else {
        1 + random.below(5)
    };
    let values = 2 + random.below(3);
    let (wild, late) = (random.below(3) * 60, random.below(3) * 150);
    let length = if is_crowded {
        6 + random.below(10)
    } else {
        2 + random.below(4)
    };
    let mut held: Vec<Vec<Value>> = vec![vec![initial]; registers.len()];
    let mut free = vec![0_u64; clients as usize];
    let mut gone = vec![false; clients as usize];
    let most = 1 + random.below(kind.operations);
    let (mut at, mut written) = (length, 0);
    for _ in 0..most {
        at += random.below(3);
        let client = random.below(clients) as usize;
        if gone[client] {
            continue;
        }
        at = at.max(free[client]);
        let invoked = free[client].max(at.saturating_sub(random.below(length)));
        let completed = at + random.below(length);
        free[client] = completed + 1;
        let register = random.below(kind.registers) as usize;
        let held = &mut held[register];
        let lag = if random.per_mille(late) {
            random.below(3) as usize
        } else {
            0
        };
        let found = held[held.len().saturating_sub(1 + lag)].clone();
        let mut value = |random: &mut Random| {
            written += 1;
            Value::from(if kind.unique {
                10 + written
            } else {
                random.below(values)
            })
        };
        let found = if random.per_mille(wild) {
            Value::from(random.below(values))
        } else {
            found
        };
        let crashes = kind.crashes && random.below(6) == 0;
        let happens = !crashes || random.below(2) == 0;
        let action = match random.below(if kind.swaps { 6 } else { 4 }) {
            0 | 1 => Action::Read(Some(found)),
            2 | 3 => {
                let value = value(random);
                if happens {
                    held.push(value.clone());
                }
                Action::Write(value)
            }
            _ => {
                let new = value(random);
                let expected = match random.below(3) {
                    0 => Value::from(random.below(values)),
                    _ => found.clone(),
                };
                let swapped = expected == found;
                if swapped && happens {
                    held.push(new.clone());
                }
                let unknown = kind.doubts && random.below(2) == 0;
                Action::CompareAndSwap {
                    expected,
                    new,
                    swapped: (!unknown).then_some(swapped),
                }
            }
        };
        let mut operation = Operation::new(1 + client as Process, action, invoked..=completed);
        operation.register = registers[register];
        if crashes {
            operation.completed = None;
            gone[client] = true;
        }
        builder.push(operation);
    }
    builder.build().expect("a process does one thing at a time")
}

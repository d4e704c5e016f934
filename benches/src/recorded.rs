//! Recorded histories, as long as one likes, for the checkers to judge.

use histories::{Action, History, Operation, Process};

/// How many processes there are.
pub const PROCESSES: u64 = 16;

/// A linearizable history of 16 processes, half of whose operations write; each takes effect at a moment of its own.
///
/// `step` is the time between two of these moments. With `values` that many values are written, again and again; else no
/// two writes are of one value. The same for the same arguments.
///
/// # Panics
///
/// Never: a process begins an operation after it has completed the one before.
#[must_use]
pub fn linearizable(length: u64, values: Option<u64>, step: u64) -> History {
    let mut random = 88_172_645_463_325_252_u64;
    let mut next = move |below: u64| {
        // Xorshift (Marsaglia 2003).
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let (mut held, mut written, mut at) = (0, 0, 0);
    let mut free = [0; PROCESSES as usize];
    let mut operations = Vec::with_capacity(length as usize);
    while (operations.len() as u64) < length {
        at += 1;
        let (process, moment) = (next(PROCESSES) as usize, step * (at + 8));
        if free[process] > moment {
            continue;
        }
        let invoked = free[process].max(moment - next(8 * step));
        let completed = moment + next(8 * step);
        free[process] = completed + 1;
        operations.push(if next(2) == 0 {
            written += 1;
            held = values.map_or(written, |values| 1 + next(values));
            Operation::write(process as Process, held, invoked..=completed)
        } else {
            Operation::read(process as Process, held, invoked..=completed)
        });
    }
    History::new(0, operations).expect("a process does one thing at a time")
}

/// The same history with one read, nine tenths on, that returns a value written halfway: it was overwritten long ago.
///
/// # Panics
///
/// If the history has no read or no write so late.
#[must_use]
pub fn with_a_stale_read(history: &History) -> History {
    let mut operations = history.operations().to_vec();
    let by_time = |tenths: u64, is_wanted: fn(&Operation) -> bool| {
        let end = operations.iter().filter_map(|op| op.completed).max();
        let from = end.expect("something completed") / 10 * tenths;
        (0..operations.len())
            .filter(|&at| operations[at].invoked >= from && is_wanted(&operations[at]))
            .min_by_key(|&at| operations[at].invoked)
            .expect("half of them read, and half write")
    };
    let (read, write) = (
        by_time(9, Operation::is_read),
        by_time(5, Operation::is_write),
    );
    let old = operations[write].written().cloned();
    operations[read].action = Action::Read(old);
    History::new(0, operations).expect("only a value has changed")
}

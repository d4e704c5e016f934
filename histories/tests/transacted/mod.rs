//! Transactions, made up: for tests and for measurements. The same for the same arguments.

#![allow(dead_code, reason = "each user takes some of these")]

#[path = "../recorded/mod.rs"]
mod recorded;

use histories::transactions::{Access, Options, Outcome, Transaction, Transactions};
use histories::{Interval, Value};
pub(crate) use recorded::Random;

/// Whether the order of each process counts is one more thing that is drawn by lot.
pub(crate) fn options(random: &mut Random) -> Options {
    Options {
        sessions: random.below(2) == 0,
        ..Options::default()
    }
}

/// Up to so many transactions, most of which look as if a store with few faults had run them: each reads from a
/// snapshot that is often the latest one, and most values are written once.
pub(crate) fn small(most: u64, random: &mut Random) -> Transactions {
    let count = 2 + random.below(most - 1);
    let registers = 1 + random.below(3);
    let processes = 1 + random.below(4);
    let values = if random.below(3) == 0 { 3 } else { u64::MAX };
    let lag = [0, 200, 500, 800][random.below(4) as usize];
    // Of each register what has been written, one after the other.
    let mut written: Vec<Vec<Value>> = vec![vec![0.into()]; registers as usize];
    let mut next = 1;
    let mut free = vec![0; processes as usize];
    let mut all: Vec<Transaction> = Vec::new();
    for _ in 0..count {
        let process = random.below(processes);
        let begin = free[process as usize] + random.below(4);
        let end = begin + random.below(8);
        free[process as usize] = end + 1 + random.below(2);
        let mut accesses = Vec::new();
        let mut later: Vec<(u32, Value)> = Vec::new();
        for _ in 0..1 + random.below(3) {
            let register = random.below(registers) as u32;
            let of = &written[register as usize];
            if random.below(2) == 0 {
                let own = later
                    .iter()
                    .rev()
                    .find(|it| it.0 == register && !random.clone().per_mille(50));
                let back = if random.per_mille(lag) {
                    random.below(of.len() as u64)
                } else {
                    0
                };
                let value = match own {
                    Some((_, value)) => value.clone(),
                    None => of[of.len() - 1 - back as usize].clone(),
                };
                let value = (!random.per_mille(30)).then_some(value);
                accesses.push(Access::Read(register, value));
            } else {
                let value = Value::from(next % values);
                next += 1;
                accesses.push(Access::Write(register, value.clone()));
                later.push((register, value));
            }
        }
        let outcome = match random.below(12) {
            0 => Outcome::Aborted,
            1 => Outcome::Unknown,
            _ => Outcome::Committed,
        };
        let is_seen = outcome == Outcome::Committed || random.below(3) == 0;
        for (register, value) in later.into_iter().filter(|_| is_seen) {
            written[register as usize].push(value);
        }
        all.push(Transaction {
            process: process as u32,
            accesses,
            outcome,
            interval: Interval {
                invoked: begin,
                completed: Some(end),
            },
        });
    }
    let names = (0..registers)
        .map(|register| ["x", "y", "z"][register as usize].to_owned())
        .collect();
    Transactions::new(0, names, all).expect("they are in order")
}

//! The oracle: what the levels mean, as slowly and as plainly as possible.
//!
//! Serializable and snapshot isolation are executed: every order of the transactions, or of their beginnings and commits,
//! is tried on a memory. The weaker levels are asked of every choice of who read from whom and every order of the commits.
//! For a handful of transactions.

use std::collections::BTreeMap;

use super::{Access, Level, Options, Outcome, Transaction, Transactions};
use crate::{Register, Value};

/// Whether a history meets a level.
pub fn meets(level: Level, history: &Transactions, options: &Options) -> bool {
    let all: Vec<&Transaction> = history.all().iter().collect();
    let committed = |it: &&&Transaction| it.outcome == Outcome::Committed;
    let unknown: Vec<&Transaction> = all
        .iter()
        .copied()
        .filter(|it| it.outcome == Outcome::Unknown)
        .collect();
    // Each transaction of unknown outcome has committed or not.
    (0..1_usize << unknown.len()).any(|chosen| {
        let chosen = |nth: usize| chosen >> nth & 1 == 1;
        let with = (0..unknown.len()).filter(|&nth| chosen(nth));
        let mut these: Vec<&Transaction> = all.iter().filter(committed).copied().collect();
        these.extend(with.map(|nth| unknown[nth]));
        match level {
            Level::StrictSerializable => one_by_one(&these, history, options, true),
            Level::Serializable => one_by_one(&these, history, options, false),
            Level::SnapshotIsolation => snapshots(&these, history, options),
            _ => commits(level, &these, history, options),
        }
    })
}

type Memory<'a> = BTreeMap<Register, &'a Value>;

/// What a transaction makes of a memory; nothing if it would have read something else.
fn run<'a>(
    transaction: &'a Transaction,
    mut memory: Memory<'a>,
    initial: &'a Value,
) -> Option<Memory<'a>> {
    for access in &transaction.accesses {
        match access {
            Access::Write(register, value) => {
                memory.insert(*register, value);
            }
            Access::Read(register, Some(value)) if transaction.outcome == Outcome::Committed => {
                if *memory.get(register).unwrap_or(&initial) != value {
                    return None;
                }
            }
            Access::Read(..) => {}
        }
    }
    Some(memory)
}

/// Whether one transaction has to come before another.
fn is_before(one: &Transaction, other: &Transaction, options: &Options, in_time: bool) -> bool {
    // A transaction of unknown outcome may commit later than what its process does next.
    let in_session = one.outcome == Outcome::Committed
        && one.process == other.process
        && one.interval.invoked < other.interval.invoked;
    options.sessions && in_session || in_time && one.precedes(other)
}

fn one_by_one(
    these: &[&Transaction],
    history: &Transactions,
    options: &Options,
    in_time: bool,
) -> bool {
    fn go<'a>(
        left: &[&'a Transaction],
        memory: &Memory<'a>,
        initial: &'a Value,
        is_before: &dyn Fn(&Transaction, &Transaction) -> bool,
    ) -> bool {
        left.is_empty()
            || (0..left.len()).any(|next| {
                let may = left.iter().all(|other| !is_before(other, left[next]));
                let rest = [&left[..next], &left[next + 1..]].concat();
                let after = may
                    .then(|| run(left[next], memory.clone(), initial))
                    .flatten();
                after.is_some_and(|memory| go(&rest, &memory, initial, is_before))
            })
    }
    let is_before =
        |one: &Transaction, other: &Transaction| is_before(one, other, options, in_time);
    go(these, &Memory::new(), history.initial(), &is_before)
}

/// A transaction that has begun: which one, its snapshot, and who has committed since.
type Running<'a> = (usize, Memory<'a>, Vec<usize>);

fn snapshots(these: &[&Transaction], history: &Transactions, options: &Options) -> bool {
    struct Run<'a> {
        these: &'a [&'a Transaction],
        initial: &'a Value,
        options: &'a Options,
    }

    impl<'a> Run<'a> {
        fn writes(&self, at: usize) -> Vec<Register> {
            let accesses = self.these[at].accesses.iter();
            let writes = accesses.filter(|it| matches!(it, Access::Write(..)));
            writes.map(Access::register).collect()
        }

        fn go(&self, memory: &Memory<'a>, running: &[Running<'a>], done: &[usize]) -> bool {
            let count = self.these.len();
            let begins = (0..count).any(|at| {
                let is_new = !done.contains(&at) && running.iter().all(|it| it.0 != at);
                let may = (0..count).all(|other| {
                    let before = is_before(self.these[other], self.these[at], self.options, false);
                    !before || done.contains(&other)
                });
                is_new && may && {
                    let mut running = running.to_vec();
                    running.push((at, memory.clone(), Vec::new()));
                    self.go(memory, &running, done)
                }
            });
            done.len() == count
                || begins
                || (0..running.len()).any(|nth| self.commit(nth, memory, running, done))
        }

        fn commit(
            &self,
            nth: usize,
            memory: &Memory<'a>,
            running: &[Running<'a>],
            done: &[usize],
        ) -> bool {
            let (at, snapshot, since) = &running[nth];
            let own = self.writes(*at);
            let conflicts = |&other: &usize| self.writes(other).iter().any(|it| own.contains(it));
            let Some(seen) = run(self.these[*at], snapshot.clone(), self.initial) else {
                return false;
            };
            if since.iter().any(conflicts) {
                return false;
            }
            let mut memory = memory.clone();
            memory.extend(own.iter().map(|register| (*register, seen[register])));
            let mut running = running.to_vec();
            running.remove(nth);
            running.iter_mut().for_each(|it| it.2.push(*at));
            self.go(&memory, &running, &[done, &[*at]].concat())
        }
    }

    let run = Run {
        these,
        initial: history.initial(),
        options,
    };
    run.go(&Memory::new(), &[], &[])
}

/// A read of what another transaction wrote, or of what was there at first: by whom, of which register, as the how
/// manieth thing it did, and from whom.
type ReadsFrom = (usize, Register, usize, Option<usize>);

/// The same, with all from whom it may be.
type MayReadFrom = (usize, Register, usize, Vec<Option<usize>>);

/// The levels of which one asks, for each read, which writes come before the one that it read from.
fn commits(
    level: Level,
    these: &[&Transaction],
    history: &Transactions,
    options: &Options,
) -> bool {
    let Some(reads) = reads(these, history) else {
        return false;
    };
    sources(&reads, 0, &mut Vec::new(), &mut |reads| {
        orders(these.len(), &mut Vec::new(), &mut |order| {
            is_explained(level, these, reads, order, options)
        })
    })
}

/// Every read of a value that the transaction has not written itself, with all from whom it may be; nothing if one has
/// read its own writes wrongly.
fn reads(these: &[&Transaction], history: &Transactions) -> Option<Vec<MayReadFrom>> {
    let mut reads = Vec::new();
    for (by, transaction) in these.iter().enumerate() {
        let mut own: Memory<'_> = Memory::new();
        for (nth, access) in transaction.accesses.iter().enumerate() {
            match access {
                Access::Write(register, value) => {
                    own.insert(*register, value);
                }
                Access::Read(register, Some(value))
                    if transaction.outcome == Outcome::Committed =>
                {
                    if let Some(written) = own.get(register) {
                        if *written != value {
                            return None;
                        }
                        continue;
                    }
                    let last = |at: usize| {
                        let mut accesses = these[at].accesses.iter().rev();
                        accesses.find_map(|it| match it {
                            Access::Write(of, value) if of == register => Some(value),
                            _ => None,
                        })
                    };
                    let others = (0..these.len()).filter(|&at| at != by && last(at) == Some(value));
                    let mut from: Vec<Option<usize>> = others.map(Some).collect();
                    from.extend((value == history.initial()).then_some(None));
                    reads.push((by, *register, nth, from));
                }
                Access::Read(..) => {}
            }
        }
    }
    Some(reads)
}

fn sources(
    reads: &[MayReadFrom],
    at: usize,
    chosen: &mut Vec<ReadsFrom>,
    is_good: &mut dyn FnMut(&[ReadsFrom]) -> bool,
) -> bool {
    let Some((by, register, nth, from)) = reads.get(at) else {
        return is_good(chosen);
    };
    from.iter().any(|&from| {
        chosen.push((*by, *register, *nth, from));
        let good = sources(reads, at + 1, chosen, is_good);
        chosen.pop();
        good
    })
}

fn orders(count: usize, order: &mut Vec<usize>, is_good: &mut dyn FnMut(&[usize]) -> bool) -> bool {
    if order.len() == count {
        return is_good(order);
    }
    (0..count).any(|next| {
        if order.contains(&next) {
            return false;
        }
        order.push(next);
        let good = orders(count, order, is_good);
        order.pop();
        good
    })
}

/// Whether an order of the commits explains the reads (Biswas and Enea 2019, axioms of figure 2; of read committed only
/// that nobody reads in circles).
fn is_explained(
    level: Level,
    these: &[&Transaction],
    reads: &[ReadsFrom],
    order: &[usize],
    options: &Options,
) -> bool {
    let place = |at: usize| order.iter().position(|&it| it == at);
    let session = |one: usize, other: usize| is_before(these[one], these[other], options, false);
    let count = these.len();
    let in_session = (0..count)
        .all(|one| (0..count).all(|other| !session(one, other) || place(one) < place(other)));
    let in_order = reads
        .iter()
        .all(|&(by, _, _, from)| from.is_none_or(|from| place(from) < place(by)));
    let writes = |at: usize, register: Register| {
        let mut accesses = these[at].accesses.iter();
        accesses.any(|it| matches!(it, Access::Write(of, _) if *of == register))
    };
    let is_latest = |&(by, register, nth, from): &ReadsFrom| {
        (0..count).all(|other| {
            let seen = |it: &ReadsFrom| it.0 == by && it.3 == Some(other);
            let is_seen = match level {
                Level::MonotonicAtomicView => reads.iter().any(|it| seen(it) && it.2 < nth),
                Level::ReadAtomic => reads.iter().any(seen) || session(other, by),
                _ => false,
            };
            let matters = other != by && Some(other) != from && writes(other, register) && is_seen;
            // What was there at first comes before all.
            !matters || from.is_some_and(|from| place(other) < place(from))
        })
    };
    in_session && in_order && reads.iter().all(is_latest)
}

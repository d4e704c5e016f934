//! Judging histories of growing length by every model: how long the verdict takes, and where a history is broken, the
//! verdict with its witness. Histories of a million operations are those of the example `figures`.
//!
//! As a test (`-- --test`) each is judged once, and short.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use histories::{Action, History, Model, Operation, check};
use std::hint::black_box;

/// How many processes there are, half of which write.
const PROCESSES: u64 = 16;

/// A linearizable history: operations of 16 processes, each of which takes effect at a moment of its own and runs for a
/// while around it. With `values` the written values repeat; without, no two are the same.
fn history(length: u64, values: Option<u64>) -> History {
    let mut random = fastrand::Rng::with_seed(1);
    let mut held = 0;
    let mut written = 0;
    let mut free = [0; PROCESSES as usize];
    let mut operations = Vec::with_capacity(length as usize);
    for at in 1..=length {
        // The moment at which it takes effect.
        let moment = 1000 * at;
        let process = random.usize(..PROCESSES as usize);
        let invoked = free[process].max(moment.saturating_sub(random.u64(..8000)));
        let completed = moment + random.u64(..8000);
        if free[process] > moment {
            continue;
        }
        free[process] = completed + 1;
        operations.push(if random.bool() {
            written += 1;
            held = values.map_or(written, |values| random.u64(1..=values));
            Operation::write(process as u32, held, invoked..=completed)
        } else {
            Operation::read(process as u32, held, invoked..=completed)
        });
    }
    History::new(0, operations).expect("a process does one thing at a time")
}

/// The same history with one read, nine tenths on, that returns a value written halfway.
fn stale(history: &History) -> History {
    let mut operations = history.operations().to_vec();
    let end = operations.iter().filter_map(|op| op.completed).max();
    let end = end.expect("something completed");
    let by_time = |from: u64, is_wanted: fn(&Operation) -> bool| {
        (0..operations.len())
            .filter(|&at| operations[at].invoked >= from && is_wanted(&operations[at]))
            .min_by_key(|&at| operations[at].invoked)
            .expect("half of them read, and half write")
    };
    let read = by_time(end / 10 * 9, Operation::is_read);
    let write = by_time(end / 2, Operation::is_write);
    operations[read].action = Action::Read(operations[write].written().cloned());
    History::new(0, operations).expect("only a value has changed")
}

fn judge(criterion: &mut Criterion) {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let lengths: &[u64] = if is_test {
        &[1_000]
    } else {
        &[1_000, 10_000, 100_000]
    };
    let mut group = criterion.benchmark_group("check");
    group.sample_size(10);
    for &length in lengths {
        let once = history(length, None);
        let (broken, repeated) = (stale(&once), history(length, Some(5)));
        group.throughput(Throughput::Elements(once.operations().len() as u64));
        let mut judge = |what: &str, model: Model, history: &History| {
            let id = BenchmarkId::new(format!("{model}, {what}"), length);
            group.bench_function(id, |bencher| {
                bencher.iter(|| black_box(check(model, history)).holds())
            });
        };
        for model in Model::ALL {
            judge("unique values", model, &once);
            judge("one stale read", model, &broken);
        }
        judge("five values", Model::Atomic, &repeated);
    }
    group.finish();
}

criterion_group!(benches, judge);
criterion_main!(benches);

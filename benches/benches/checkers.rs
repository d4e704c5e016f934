//! Judging histories of growing length: how long the verdict takes, and with a violation at the end, its witness.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use histories::{History, Model, Operation, check};
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

fn judge(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("check");
    group.sample_size(10);
    for length in [1_000, 10_000, 100_000, 1_000_000] {
        let history = history(length, None);
        let length = history.operations().len();
        group.throughput(Throughput::Elements(length as u64));
        for model in Model::CLASSES {
            let id = BenchmarkId::new(model.to_string(), length);
            group.bench_function(id, |bencher| {
                bencher.iter(|| black_box(check(model, &history)).holds())
            });
        }
    }
    let repeated = history(1_000_000, Some(5));
    group.throughput(Throughput::Elements(repeated.operations().len() as u64));
    group.bench_function("atomic, five values", |bencher| {
        bencher.iter(|| black_box(check(Model::Atomic, &repeated)).holds())
    });
    group.finish();
}

criterion_group!(benches, judge);
criterion_main!(benches);

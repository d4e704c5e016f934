//! Judging histories of growing length.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use histories::{History, Model, Operation, check};
use std::hint::black_box;

/// One process writes 1, 2, 3, ...; another one reads each value while it is written or just after.
fn history(writes: u64) -> History {
    let write = |value: u64| Operation::write(1, value, 10 * value..=10 * value + 6);
    let read = |value: u64| Operation::read(2, value, 10 * value + 4..=10 * value + 9);
    History::new(
        0,
        (1..=writes).flat_map(|value| [write(value), read(value)]),
    )
    .expect("one after the other")
}

fn judge(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("check");
    group.sample_size(10);
    for writes in [10, 100, 500] {
        let history = history(writes);
        group.throughput(Throughput::Elements(2 * writes));
        for model in Model::CLASSES {
            let id = BenchmarkId::new(model.to_string(), 2 * writes);
            group.bench_function(id, |bencher| {
                bencher.iter(|| black_box(check(model, &history)).holds())
            });
        }
    }
    group.finish();
}

criterion_group!(benches, judge);
criterion_main!(benches);

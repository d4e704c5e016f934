//! Judging histories of growing length by every model: how long the verdict takes, and where a history is broken, the
//! verdict with its witness. Histories of a million operations are those of the scoreboard.
//!
//! As a test (`-- --test`) each is judged once, and short.

use benches::recorded::{linearizable, with_a_stale_read};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use histories::{History, Model, check};
use std::hint::black_box;

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
        let once = linearizable(length, None, 2);
        let (broken, repeated) = (with_a_stale_read(&once), linearizable(length, Some(5), 2));
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

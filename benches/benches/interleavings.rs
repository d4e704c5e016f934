//! Exploring every interleaving: the note's timeline on the sequence lock, and scenarios of growing size.
//!
//! States are the throughput, so that the cost of a state can be compared from one scenario to the next.

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use histories::Timeline;
use interleavings::{Limits, MemoryModel, explore};
use registers::atomic::SequenceLock;
use registers::scenario::Scenario;

fn note() -> Scenario {
    let picture = "init: 0\n\
        Thread 1:      wwwww(1)     wwwww(2)\n\
        Thread 2:   rrrrr                rrrrr\n\
        Thread 3:   rrrrr  rrrrr\n";
    let timeline: Timeline = picture.parse().expect("the note's timeline parses");
    Scenario::drawn("the note", &timeline.history)
}

fn sequence_lock<const N: usize>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    scenario: &Scenario,
    memory: MemoryModel,
) {
    let survey = || {
        let report = explore::<SequenceLock, N>(scenario, memory, &Limits::default());
        report.expect("one writer fits every register")
    };
    let report = survey();
    assert!(report.is_exhaustive(), "{:?}", report.coverage);
    group.throughput(Throughput::Elements(report.states.unwrap_or(0)));
    let id = BenchmarkId::new(
        format!("{} {memory:?}", scenario.name()),
        format!("{N} words"),
    );
    group.bench_function(id, |bencher| bencher.iter(survey));
}

fn atlas(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("atlas");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(8));
    for memory in [MemoryModel::Sc, MemoryModel::Weak] {
        sequence_lock::<2>(&mut group, &note(), memory);
        sequence_lock::<3>(&mut group, &note(), memory);
    }
    for writes in 1..=4 {
        sequence_lock::<2>(&mut group, &Scenario::free(writes, &[2]), MemoryModel::Weak);
    }
    group.finish();
}

criterion_group!(benches, atlas);
criterion_main!(benches);

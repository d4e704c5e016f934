//! Exploring every execution: the note's timeline on the sequence lock, what a register of one's own takes, scenarios of
//! growing size, and what a state costs.
//!
//! States are the throughput where one graph is explored, so that the cost of a state can be compared from one scenario
//! to the next.

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use histories::Timeline;
use interleavings::mutants::{Which, mutants};
use interleavings::scope::Effort;
use interleavings::{Limits, MemoryModel, Variant, explore, verify};
use registers::atomic::SequenceLock;
use registers::scenario::Scenario;
use registers::subject::Subject;

fn note() -> Scenario {
    let picture = "init: 0\n\
        Thread 1:      wwwww(1)     wwwww(2)\n\
        Thread 2:   rrrrr                rrrrr\n\
        Thread 3:   rrrrr  rrrrr\n";
    let timeline: Timeline = picture.parse().expect("the note's timeline parses");
    Scenario::drawn("the note", &timeline.history)
}

fn scenario(lanes: &str) -> Scenario {
    lanes.parse().expect("it is a scenario")
}

/// Every access a step of its own, with executions counted, witnesses looked for, and step bounds.
fn fine<const N: usize>(
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
        format!("fine {} {memory}", scenario.name()),
        format!("{N} words"),
    );
    group.bench_function(id, |bencher| bencher.iter(survey));
}

/// In coarse steps and up to symmetry, on some memories.
fn coarse(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    scenarios: &[Scenario],
    memories: &[MemoryModel],
) {
    let subject = Subject::of::<SequenceLock, 2>();
    let verify_all = || {
        let mut states = 0;
        for scenario in scenarios {
            for &memory in memories {
                let (variant, limits) = (Variant::default(), Limits::default());
                let verified = verify(&subject, scenario, memory, variant, &limits, |_| {});
                let verified = verified.expect("one writer fits every register");
                assert!(verified.breaks.is_empty());
                states += verified.states;
            }
        }
        states
    };
    group.throughput(Throughput::Elements(verify_all()));
    group.bench_function(format!("coarse {name}"), |bencher| bencher.iter(verify_all));
}

/// What is judged of a register of one's own in small scenarios.
const SMALL: [&str; 8] = [
    "w.rr",
    "www.rr",
    "wwww.rr",
    "wwwwwwww.r",
    "w.r.r",
    "ww.r.r",
    "www.r.r",
    "ww.r.rr",
];

fn atlas(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("atlas");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(8));
    for memory in MemoryModel::ALL {
        fine::<2>(&mut group, &note(), memory);
        fine::<3>(&mut group, &note(), memory);
    }
    for lanes in ["w.rr", "ww.rr", "www.rr", "wwww.rr", "ww.r.rr"] {
        fine::<2>(&mut group, &scenario(lanes), MemoryModel::Weak);
    }
    coarse(
        &mut group,
        "the note on all memories",
        &[note()],
        &MemoryModel::ALL,
    );
    let small = SMALL.map(scenario);
    coarse(
        &mut group,
        "small scenarios on all memories",
        &small,
        &MemoryModel::ALL,
    );
    for lanes in ["ww.rr.rr", "www.rr.rr"] {
        let name = format!("{lanes} weak");
        coarse(&mut group, &name, &[scenario(lanes)], &[MemoryModel::Weak]);
    }
    group.throughput(Throughput::Elements(1));
    group.bench_function("each ordering weakened", |bencher| {
        let subject = Subject::of::<SequenceLock, 2>();
        let effort = Effort {
            states: 1_000,
            ..Effort::default()
        };
        bencher.iter(|| mutants(&subject, Which::Weakened, &effort, &mut |_| {}));
    });
    group.finish();
}

criterion_group!(benches, atlas);
criterion_main!(benches);

//! Reading histories of growing length, in each format. Those of a million operations are read by the
//! scoreboard.
//!
//! As a test (`-- --test`) each is read once, and small.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use histories::formats::{Format, Options, read, write};
use histories::{History, Operation, Process, Value};
use std::hint::black_box;

/// 16 processes, each of them writing and reading in turn; every operation overlaps those of the other processes.
fn history(operations: u64) -> History {
    let operation = |at: u64| {
        let process = (at % 16) as Process;
        let interval = 100 * at..=100 * at + 1_500;
        match at / 16 % 2 {
            0 => Operation::write(process, at, interval),
            _ => Operation::read(process, at - 16, interval),
        }
    };
    History::new(Value::nil(), (0..operations).map(operation)).expect("one after the other")
}

fn reading(criterion: &mut Criterion) {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let lengths: &[u64] = match is_test {
        true => &[1_000],
        false => &[1_000, 10_000, 100_000],
    };
    let mut group = criterion.benchmark_group("read");
    group.sample_size(10);
    for format in Format::ALL {
        // A picture is meant to be looked at, and has its limits.
        let lengths = match format {
            Format::Notation => &[100],
            _ => lengths,
        };
        for &operations in lengths {
            let history = history(operations);
            let mut text = Vec::new();
            write(&history, format, &mut text).expect("it can be said");
            group.throughput(Throughput::Bytes(text.len() as u64));
            let id = BenchmarkId::new(format.to_string(), operations);
            group.bench_function(id, |bencher| {
                bencher.iter(|| {
                    let read = read(black_box(text.as_slice()), &Options::default());
                    read.expect("it was written so").operations().len()
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);

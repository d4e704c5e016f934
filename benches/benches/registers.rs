//! Every register, one generic function for each workload.
//!
//! A measured read beside a writer that never rests may starve, and a sequence lock of 64 words does. So the writer of
//! each sample rests after a few milliseconds, the read that waits for it counts as one, and the sample is taken for as
//! many reads as asked for.

use std::hint::{black_box, spin_loop};
use std::thread;
use std::time::{Duration, Instant};

use benches::contestant::Contestant;
use benches::gate::Gate;
use benches::values::Line;
use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use registers::catalogue::Use;
use registers::{Construction, Crew, Hardware, Read, Write, Writers};

/// How many words a value has.
const PAYLOADS: [usize; 4] = [2, 8, 64, 512];

/// How much time passes from one write to the next, in microseconds.
const PACES: [u64; 4] = [0, 1, 10, 100];

/// For how long a writer writes beside those who are measured.
const BUSY: Duration = Duration::from_millis(3);

/// A group of benchmarks, and the name of the one to add.
struct Bench<'a, 'c>(&'a mut BenchmarkGroup<'c, WallTime>, BenchmarkId);

/// Two values that any register holds, one of bits too.
fn values<const N: usize>() -> [Line<N>; 2] {
    [Line([1; N]), Line([0; N])]
}

fn writer<W: Writers<N>, const N: usize>(writers: W) -> W::Writer {
    let mut writers = writers.into_vec();
    writers.pop().expect("one writer has been asked for")
}

struct ReadAlone<'a, 'c>(Bench<'a, 'c>);

impl Use for ReadAlone<'_, '_> {
    type Output = ();
    fn of<C: Construction<Hardware, N>, const N: usize>(self) {
        let (_writers, mut readers) = C::build(&Hardware, [0; N], Crew::readers(1));
        let reader = &mut readers[0];
        let mut line = Line([0; N]);
        let Bench(group, id) = self.0;
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                line.0 = reader.read();
                black_box(&mut line);
            });
        });
    }
}

struct WriteAlone<'a, 'c>(Bench<'a, 'c>);

impl Use for WriteAlone<'_, '_> {
    type Output = ();
    fn of<C: Construction<Hardware, N>, const N: usize>(self) {
        let (writers, _readers) = C::build(&Hardware, [0; N], Crew::readers(1));
        let mut writer = writer(writers);
        let [line, _] = values::<N>();
        let Bench(group, id) = self.0;
        group.bench_function(id, |bencher| {
            bencher.iter(|| writer.write(black_box(&line).0));
        });
    }
}

struct WriteThenRead<'a, 'c>(Bench<'a, 'c>);

impl Use for WriteThenRead<'_, '_> {
    type Output = ();
    fn of<C: Construction<Hardware, N>, const N: usize>(self) {
        let (writers, mut readers) = C::build(&Hardware, [0; N], Crew::readers(1));
        let (mut writer, reader) = (writer(writers), &mut readers[0]);
        let [written, mut read] = values::<N>();
        let Bench(group, id) = self.0;
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                writer.write(black_box(&written).0);
                read.0 = reader.read();
                black_box(&mut read);
            });
        });
    }
}

/// One reader is measured. Beside it a writer writes, once in each interval, and other readers read.
struct ReadAmong<'a, 'c> {
    bench: Bench<'a, 'c>,
    readers: usize,
    every: Duration,
}

impl Use for ReadAmong<'_, '_> {
    type Output = ();
    fn of<C: Construction<Hardware, N>, const N: usize>(self) {
        let (writers, mut readers) = C::build(&Hardware, [0; N], Crew::readers(self.readers));
        let mut writer = writer(writers);
        let (reader, others) = readers.split_first_mut().expect("one is measured");
        let Bench(group, id) = self.bench;
        group.bench_function(id, |bencher| {
            bencher.iter_custom(|reads| {
                let gate = Gate::of(others.len() + 2);
                thread::scope(|scope| {
                    scope.spawn(|| {
                        gate.meet();
                        write_while_busy(&mut writer, self.every, &gate);
                        gate.end();
                    });
                    for other in &mut *others {
                        scope.spawn(|| {
                            gate.meet();
                            while !gate.is_over() {
                                black_box(&Line(other.read()));
                            }
                        });
                    }
                    gate.meet();
                    let taken = read_while_busy(reader, reads, &gate);
                    gate.end();
                    taken
                })
            });
        });
    }
}

fn write_while_busy<W: Write<N>, const N: usize>(writer: &mut W, every: Duration, gate: &Gate) {
    let start = Instant::now();
    let mut due = Duration::ZERO;
    for line in values::<N>().iter().cycle() {
        loop {
            let now = start.elapsed();
            if gate.is_over() || now >= BUSY {
                return;
            }
            if now >= due {
                due = (due + every).max(now);
                break;
            }
            spin_loop();
        }
        writer.write(line.0);
    }
}

/// Reads as often as asked for, or until the writer rests: then the time is what it would have taken.
fn read_while_busy<R: Read<N>, const N: usize>(
    reader: &mut R,
    reads: u64,
    gate: &Gate,
) -> Duration {
    let mut line = Line([0; N]);
    let start = Instant::now();
    let mut done = 0;
    while done < reads {
        line.0 = reader.read();
        black_box(&mut line);
        done += 1;
        if gate.is_over() {
            break;
        }
    }
    start.elapsed().mul_f64(reads as f64 / done as f64)
}

/// Adds a benchmark for each contestant and payload.
fn everybody<'c>(
    group: &mut BenchmarkGroup<'c, WallTime>,
    able: impl Fn(Contestant) -> bool,
    add: impl Fn(Bench<'_, 'c>, Contestant, usize),
) {
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(150))
        .nresamples(1000);
    for contestant in Contestant::everybody().filter(|&contestant| able(contestant)) {
        let widths = contestant.widths();
        let fitting = PAYLOADS.iter().filter(|&words| widths.contains(words));
        let mut payloads: Vec<usize> = fitting.copied().collect();
        if payloads.is_empty() {
            payloads.extend(widths.last());
        }
        for words in payloads {
            group.throughput(Throughput::Bytes(8 * words as u64));
            let id = BenchmarkId::new(contestant.name(), words);
            add(Bench(group, id), contestant, words);
        }
    }
}

const BUILT_IN: &str = "these are widths that it has";

fn alone(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    everybody(
        &mut group,
        |_| true,
        |bench, contestant, words| contestant.with(words, ReadAlone(bench)).expect(BUILT_IN),
    );
    group.finish();
    let mut group = criterion.benchmark_group("write");
    everybody(
        &mut group,
        |_| true,
        |bench, contestant, words| contestant.with(words, WriteAlone(bench)).expect(BUILT_IN),
    );
    group.finish();
    let mut group = criterion.benchmark_group("write-then-read");
    everybody(
        &mut group,
        |_| true,
        |bench, contestant, words| {
            let done = contestant.with(words, WriteThenRead(bench));
            done.expect(BUILT_IN);
        },
    );
    group.finish();
}

/// Reads beside a writer, and other readers.
fn read_among(criterion: &mut Criterion, name: &str, readers: usize, every: Duration) {
    let mut group = criterion.benchmark_group(name);
    everybody(
        &mut group,
        |contestant| contestant.most_readers() >= readers,
        |bench, contestant, words| {
            let workload = ReadAmong {
                bench,
                readers,
                every,
            };
            contestant.with(words, workload).expect(BUILT_IN);
        },
    );
    group.finish();
}

fn among(criterion: &mut Criterion) {
    for pace in PACES {
        let name = match pace {
            0 => "read-beside-writer".to_owned(),
            _ => format!("read-beside-writer-every-{pace}us"),
        };
        read_among(criterion, &name, 1, Duration::from_micros(pace));
    }
    // More threads than the two cores of a small machine.
    read_among(
        criterion,
        "read-beside-writer-and-2-readers",
        3,
        Duration::ZERO,
    );
}

criterion_group!(benches, alone, among);
criterion_main!(benches);

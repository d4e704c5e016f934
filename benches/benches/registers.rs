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
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use registers::catalogue::Use;
use registers::{Construction, Hardware, Read, Sizes, Write, Writers};

/// How many words a value has.
const PAYLOADS: [usize; 4] = [2, 8, 64, 512];

/// How much time passes from one write to the next, in microseconds.
const PACES: [u64; 4] = [0, 1, 10, 100];

/// For how long a writer writes beside those who are measured.
const BUSY: Duration = Duration::from_millis(3);

/// Performs so many operations, and says how long they took. Only this is compiled for each register.
type Timed = Box<dyn FnMut(u64) -> Duration>;

/// Two values that any register holds, one of bits too.
fn values<const N: usize>() -> [Line<N>; 2] {
    [Line([1; N]), Line([0; N])]
}

fn writer<W: Writers<N>, const N: usize>(writers: W) -> W::Writer {
    let mut writers = writers.into_vec();
    writers.pop().expect("one writer has been asked for")
}

#[inline]
fn timed(operations: u64, mut operation: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..operations {
        operation();
    }
    start.elapsed()
}

#[derive(Clone, Copy)]
struct ReadAlone;

impl Use for ReadAlone {
    type Output = Timed;
    fn of<C: Construction<Hardware, N>, const N: usize>(self) -> Timed {
        let (_, mut readers) = C::build(&Hardware, [0; N], Sizes::readers(1));
        Box::new(move |reads| {
            timed(reads, || {
                black_box(&Line(readers[0].read()));
            })
        })
    }
}

#[derive(Clone, Copy)]
struct BorrowAlone;

impl Use for BorrowAlone {
    type Output = Timed;
    fn of<C: Construction<Hardware, N>, const N: usize>(self) -> Timed {
        let (_, mut readers) = C::build(&Hardware, [0; N], Sizes::readers(1));
        let mut buffer = Line([0; N]);
        Box::new(move |reads| {
            timed(reads, || {
                black_box(readers[0].read_ref(&mut buffer.0));
            })
        })
    }
}

#[derive(Clone, Copy)]
struct WriteAlone;

impl Use for WriteAlone {
    type Output = Timed;
    fn of<C: Construction<Hardware, N>, const N: usize>(self) -> Timed {
        let (writers, _) = C::build(&Hardware, [0; N], Sizes::readers(1));
        let mut writer = writer(writers);
        let [line, _] = values::<N>();
        Box::new(move |writes| timed(writes, || writer.write_ref(&black_box(&line).0)))
    }
}

#[derive(Clone, Copy)]
struct WriteThenRead;

impl Use for WriteThenRead {
    type Output = Timed;
    fn of<C: Construction<Hardware, N>, const N: usize>(self) -> Timed {
        let (writers, mut readers) = C::build(&Hardware, [0; N], Sizes::readers(1));
        let mut writer = writer(writers);
        let [line, _] = values::<N>();
        Box::new(move |times| {
            timed(times, || {
                writer.write_ref(&black_box(&line).0);
                black_box(&Line(readers[0].read()));
            })
        })
    }
}

/// One reader is measured. Beside it a writer writes, once in each interval, and other readers read.
#[derive(Clone, Copy)]
struct ReadAmong {
    readers: usize,
    every: Duration,
}

impl Use for ReadAmong {
    type Output = Timed;
    fn of<C: Construction<Hardware, N>, const N: usize>(self) -> Timed {
        let (writers, mut readers) = C::build(&Hardware, [0; N], Sizes::readers(self.readers));
        let mut writer = writer(writers);
        Box::new(move |reads| {
            let (reader, others) = readers.split_first_mut().expect("one is measured");
            let gate = Gate::of(others.len() + 2);
            thread::scope(|scope| {
                scope.spawn(|| {
                    gate.meet();
                    write_while_busy(&mut writer, self.every, &gate);
                    gate.end();
                });
                for other in others {
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
        })
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
        writer.write_ref(&line.0);
    }
}

/// Reads as often as asked for, or until the writer rests: then the time is what it would have taken.
fn read_while_busy<R: Read<N>, const N: usize>(
    reader: &mut R,
    reads: u64,
    gate: &Gate,
) -> Duration {
    let start = Instant::now();
    let mut done = 0;
    while done < reads {
        black_box(&Line(reader.read()));
        done += 1;
        if gate.is_over() {
            break;
        }
    }
    start.elapsed().mul_f64(reads as f64 / done as f64)
}

/// A group with a benchmark for each contestant and payload.
fn everybody<U: Use<Output = Timed> + Copy>(
    criterion: &mut Criterion,
    name: &str,
    able: impl Fn(Contestant) -> bool,
    workload: U,
) {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(150))
        .nresamples(2000);
    for contestant in Contestant::everybody().filter(|&contestant| able(contestant)) {
        let widths = contestant.widths();
        let fitting = PAYLOADS.iter().filter(|&words| widths.contains(words));
        let mut payloads: Vec<usize> = fitting.copied().collect();
        if payloads.is_empty() {
            payloads.extend(widths.last());
        }
        for words in payloads {
            let timed = contestant.with(words, workload);
            let mut timed = timed.expect("this is a width that it has");
            group.throughput(Throughput::Bytes(8 * words as u64));
            let id = BenchmarkId::new(contestant.name(), words);
            group.bench_function(id, |bencher| bencher.iter_custom(&mut timed));
        }
    }
    group.finish();
}

fn alone(criterion: &mut Criterion) {
    everybody(criterion, "read", |_| true, ReadAlone);
    everybody(criterion, "read-by-reference", |_| true, BorrowAlone);
    everybody(criterion, "write", |_| true, WriteAlone);
    everybody(criterion, "write-then-read", |_| true, WriteThenRead);
}

fn among(criterion: &mut Criterion) {
    for pace in PACES {
        let name = match pace {
            0 => "read-beside-writer".to_owned(),
            _ => format!("read-beside-writer-every-{pace}us"),
        };
        let workload = ReadAmong {
            readers: 1,
            every: Duration::from_micros(pace),
        };
        let able = |contestant: Contestant| contestant.most_readers() >= 1;
        everybody(criterion, &name, able, workload);
    }
    // More threads than the two cores of a small machine.
    let workload = ReadAmong {
        readers: 3,
        every: Duration::ZERO,
    };
    let able = |contestant: Contestant| contestant.most_readers() >= 3;
    everybody(
        criterion,
        "read-beside-writer-and-2-readers",
        able,
        workload,
    );
}

criterion_group!(benches, alone, among);
criterion_main!(benches);

//! Every register, one generic function for each workload.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use registers::catalogue::{Register, Use};
use registers::{Construction, Crew, Hardware, Read, Write, Writers};

/// A group of benchmarks, and the name of the one to add.
struct Bench<'a, 'c>(&'a mut BenchmarkGroup<'c, WallTime>, BenchmarkId);

struct ReadAlone<'a, 'c>(Bench<'a, 'c>);

impl Use for ReadAlone<'_, '_> {
    type Output = ();
    fn of<C: Construction<Hardware, N>, const N: usize>(self) {
        let (_writers, mut readers) = C::build(&Hardware, [0; N], Crew::readers(1));
        let reader = &mut readers[0];
        let Bench(group, id) = self.0;
        group.bench_function(id, |bencher| bencher.iter(|| black_box(reader.read())));
    }
}

struct WriteAlone<'a, 'c>(Bench<'a, 'c>);

impl Use for WriteAlone<'_, '_> {
    type Output = ();
    fn of<C: Construction<Hardware, N>, const N: usize>(self) {
        let (writers, _readers) = C::build(&Hardware, [0; N], Crew::readers(1));
        let mut writer = writers.into_vec().remove(0);
        let Bench(group, id) = self.0;
        let value = [1; N];
        group.bench_function(id, |bencher| {
            bencher.iter(|| writer.write(black_box(value)))
        });
    }
}

/// Reads while another thread writes at full speed.
struct ReadUnderWrites<'a, 'c>(Bench<'a, 'c>);

impl Use for ReadUnderWrites<'_, '_> {
    type Output = ();
    fn of<C: Construction<Hardware, N>, const N: usize>(self) {
        let (writers, mut readers) = C::build(&Hardware, [0; N], Crew::readers(1));
        let mut writer = writers.into_vec().remove(0);
        let reader = &mut readers[0];
        let over = AtomicBool::new(false);
        let Bench(group, id) = self.0;
        thread::scope(|scope| {
            scope.spawn(|| {
                let values = (1..).take_while(|_| !over.load(Ordering::Relaxed));
                values.for_each(|value| writer.write([value; N]));
            });
            group.bench_function(id, |bencher| bencher.iter(|| black_box(reader.read())));
            over.store(true, Ordering::Relaxed);
        });
    }
}

macro_rules! for_each_width {
    ($criterion:expr, $name:literal, $workload:ident, [$($n:literal),+]) => {
        let mut group = $criterion.benchmark_group($name);
        $(
            group.throughput(Throughput::Bytes(8 * $n));
            for register in Register::everything() {
                let id = BenchmarkId::new(register.name(), $n);
                // Some have other widths only.
                let _ = register.at_full_speed($n, $workload(Bench(&mut group, id)));
            }
        )+
        group.finish();
    };
}

fn alone(criterion: &mut Criterion) {
    for_each_width!(criterion, "read", ReadAlone, [2, 8, 64]);
    for_each_width!(criterion, "write", WriteAlone, [2, 8, 64]);
}

fn under_writes(criterion: &mut Criterion) {
    // Wider sequence locks starve under a writer that never rests.
    for_each_width!(criterion, "read-under-writes", ReadUnderWrites, [2, 8]);
}

criterion_group!(benches, alone, under_writes);
criterion_main!(benches);

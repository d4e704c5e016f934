//! The loops that are timed, compiled for each register.
//!
//! Everything that differs between registers is in here, and nothing else: what calls these loops is compiled once.

use std::hint::{black_box, spin_loop};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use registers::catalogue::Use;
use registers::{Construction, Hardware, Read, Sizes, Write, Writers};

use crate::gate::Gate;
use crate::values::{Judge, Line, Values, is_whole};

/// Some operations, and how long they took together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// How many.
    pub operations: u64,
    /// How long.
    pub time: Duration,
}

impl Pass {
    /// Nanoseconds for one.
    #[must_use]
    pub fn nanos(&self) -> f64 {
        self.time.as_nanos() as f64 / self.operations as f64
    }

    /// How many in a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.operations as f64 / self.time.as_secs_f64()
    }
}

/// What a reader saw while a writer wrote.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What it makes of the values.
    pub judge: Judge,
    /// How long it read.
    pub time: Duration,
    /// How much of that time it was ready to run and had no core, if that was asked for.
    pub without_core: Duration,
    /// How long each read took, if that was asked for.
    pub latencies: Option<Latencies>,
}

/// How long each read took, the clock included.
#[derive(Clone, Debug)]
pub struct Latencies {
    /// In nanoseconds.
    pub histogram: Histogram<u64>,
    /// The time that was spent in reads that took longer than [`STALL`].
    pub stalled: Duration,
    /// The time that passed from one read to the next where that took longer than [`STALL`]: the reader had no core.
    pub paused: Duration,
}

/// Who reads for longer than this is waiting: a read takes a few microseconds at most.
pub const STALL: Duration = Duration::from_micros(20);

/// A minute: what takes longer counts as that.
const LONGEST: u64 = 60_000_000_000;

impl Default for Latencies {
    fn default() -> Self {
        Self {
            histogram: Histogram::new_with_bounds(1, LONGEST, 2).expect("it may be so large"),
            stalled: Duration::ZERO,
            paused: Duration::ZERO,
        }
    }
}

impl Latencies {
    fn add(&mut self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.histogram.saturating_record(nanos.max(1));
        if latency > STALL {
            self.stalled += latency;
        }
    }
}

/// A writer in its loops.
pub trait WriteLoop: Send {
    /// Writes a few values, and returns the number of the last one.
    fn write_some(&mut self) -> u64;
    /// Writes for a while, with nobody reading.
    fn alone(&mut self, time: Duration) -> Pass;
    /// Writes from the meeting on for a while, once in each interval if there is one, and then ends it for all.
    fn among(&mut self, gate: &Gate, time: Duration, every: Option<Duration>) -> Pass;
}

/// A reader in its loops.
pub trait ReadLoop: Send {
    /// Reads for a while what nobody changes, and returns the number of the write that the last read is of; `None` if it
    /// is of none.
    fn alone(&mut self, time: Duration) -> (Pass, Option<u64>);
    /// The same by reference: what need not be copied is not copied.
    fn borrow(&mut self, time: Duration) -> (Pass, Option<u64>);
    /// Reads from the meeting on until it is over. A read that ends behind the end does not count.
    fn among(&mut self, gate: &Gate) -> Seen;
    /// The same, with a look at the clock in front of and behind each read.
    fn among_timed(&mut self, gate: &Gate) -> Seen;
}

/// A register in its loops.
pub struct Ends {
    /// Who writes it.
    pub writer: Box<dyn WriteLoop>,
    /// Who read it.
    pub readers: Vec<Box<dyn ReadLoop>>,
}

/// Builds a register for one writer and so many readers.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    /// How many read.
    pub readers: usize,
}

impl Use for Build {
    type Output = Ends;

    fn of<C: Construction<Hardware, N>, const N: usize>(self) -> Ends {
        let (writers, readers) = C::build(&Hardware, [0; N], Sizes::readers(self.readers));
        let writer = writers.into_vec().remove(0);
        let boxed = |reader| Box::new(Reading::<_, N>(reader)) as Box<dyn ReadLoop>;
        Ends {
            writer: Box::new(Writing::<_, N> {
                writer,
                values: Values::default(),
            }),
            readers: readers.into_iter().map(boxed).collect(),
        }
    }
}

impl std::fmt::Debug for Ends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ends").finish_non_exhaustive()
    }
}

struct Writing<W, const N: usize> {
    writer: W,
    values: Values<N>,
}

struct Reading<R, const N: usize>(R);

/// How many operations there are between two looks at the clock: more than a microsecond's worth, which the look itself
/// hardly shows against.
const fn batch<const N: usize>() -> u64 {
    match 4096 / N {
        few if few < 8 => 8,
        many if many > 1024 => 1024,
        many => many as u64,
    }
}

/// A read by reference may take no time at all, however long the value is.
const BATCH_OF_REFERENCES: u64 = 1024;

/// Repeats `operation` for a while, `batch` times between two looks at the clock.
#[inline]
fn repeat(batch: u64, time: Duration, mut operation: impl FnMut()) -> Pass {
    let start = Instant::now();
    let mut operations = 0;
    loop {
        for _ in 0..batch {
            operation();
        }
        operations += batch;
        let so_far = start.elapsed();
        if so_far >= time {
            return Pass {
                operations,
                time: so_far,
            };
        }
    }
}

/// Writes the next value.
#[inline]
fn write<W: Write<N>, const N: usize>(writer: &mut W, values: &mut Values<N>) {
    writer.write_ref(&values.line().0);
    values.advance();
}

impl<W: Write<N>, const N: usize> WriteLoop for Writing<W, N> {
    fn write_some(&mut self) -> u64 {
        for _ in 0..3 {
            write(&mut self.writer, &mut self.values);
        }
        self.values.written()
    }

    fn alone(&mut self, time: Duration) -> Pass {
        let mut values = self.values.take();
        for _ in 0..batch::<N>() {
            write(&mut self.writer, &mut values);
        }
        let pass = repeat(batch::<N>(), time, || write(&mut self.writer, &mut values));
        self.values = values;
        pass
    }

    fn among(&mut self, gate: &Gate, time: Duration, every: Option<Duration>) -> Pass {
        let mut values = self.values.take();
        gate.meet();
        let pass = match every {
            None => repeat(batch::<N>(), time, || write(&mut self.writer, &mut values)),
            Some(interval) => {
                let start = Instant::now();
                let mut pass = Pass::default();
                let mut due = Duration::ZERO;
                while pass.time < time {
                    pass.time = start.elapsed();
                    if pass.time < due {
                        spin_loop();
                        continue;
                    }
                    write(&mut self.writer, &mut values);
                    pass.operations += 1;
                    // What is late is not caught up on.
                    due = (due + interval).max(pass.time);
                }
                pass
            }
        };
        gate.end();
        self.values = values;
        pass
    }
}

impl<R: Read<N>, const N: usize> ReadLoop for Reading<R, N> {
    fn alone(&mut self, time: Duration) -> (Pass, Option<u64>) {
        for _ in 0..batch::<N>() {
            black_box(&Line(self.0.read()));
        }
        let pass = repeat(batch::<N>(), time, || {
            black_box(&Line(self.0.read()));
        });
        let last = self.0.read();
        (pass, is_whole(&last).then_some(last[0]))
    }

    fn borrow(&mut self, time: Duration) -> (Pass, Option<u64>) {
        let mut line = Line([0; N]);
        for _ in 0..batch::<N>() {
            black_box(self.0.read_ref(&mut line.0));
        }
        let pass = repeat(BATCH_OF_REFERENCES, time, || {
            black_box(self.0.read_ref(&mut line.0));
        });
        let last = self.0.read_ref(&mut line.0);
        (pass, is_whole(last).then_some(last[0]))
    }

    fn among(&mut self, gate: &Gate) -> Seen {
        let mut judge = Judge::default();
        gate.meet();
        let start = Instant::now();
        loop {
            let line = Line(self.0.read());
            if gate.is_over() {
                break;
            }
            judge.look(&black_box(&line).0);
        }
        Seen {
            judge,
            time: start.elapsed(),
            ..Seen::default()
        }
    }

    fn among_timed(&mut self, gate: &Gate) -> Seen {
        let mut judge = Judge::default();
        let mut latencies = Latencies::default();
        gate.meet();
        let start = Instant::now();
        let mut last = start;
        loop {
            let before = Instant::now();
            if before - last > STALL {
                latencies.paused += before - last;
            }
            let line = Line(self.0.read());
            let after = Instant::now();
            // A read that waits for the end has waited.
            latencies.add(after - before);
            last = after;
            judge.look(&black_box(&line).0);
            if gate.is_over() {
                break;
            }
        }
        Seen {
            judge,
            time: start.elapsed(),
            latencies: Some(latencies),
            ..Seen::default()
        }
    }
}

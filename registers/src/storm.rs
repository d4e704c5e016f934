//! A writer and readers at full speed, every read judged as it comes.
//!
//! The writer writes 1, 2, 3, ..., each value into every word of the register. So a read tells by itself whether it is
//! *torn* (its words differ), and which write it is of. Beside the register every process publishes how far it has got,
//! on a word of its own: the writer which write it completed last, each reader the newest value that it returned. A
//! reader looks at these words before it reads, and so knows
//!
//! * the last write that completed before: an older value is *stale*;
//! * the newest value that a read returned which completed before, its own or another reader's: an older value is a
//!   *new-old inversion*.
//!
//! And it looks again after it has read, to know whether any write was under way: if none was, a value other than the
//! last one is more than a safe register may return.
//!
//! This is the [clock rule](histories::record) in its cheapest form: publishing releases, looking acquires, so what is
//! seen has happened before. What is missed makes the storm judge too mildly, never too hard.
//!
//! A storm finds what this machine happens to show. That it finds nothing proves nothing.

use std::io;
use std::panic::resume_unwind;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU64, fence};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crossbeam::utils::CachePadded;
use histories::{History, Operation, Process};

use crate::{Arity, Class, Construction, Crew, Hardware, Read, Write, Writers};

/// How to let it rage.
#[derive(Clone, Copy, Debug)]
pub struct Storm {
    /// How many threads read. One thread writes.
    pub readers: usize,
    /// For how long.
    pub duration: Duration,
}

/// What was counted.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Completed writes.
    pub writes: u64,
    /// Completed reads.
    pub reads: u64,
    /// Reads that were concurrent with no write, and yet did not return the value last written: not even safe.
    pub wrong: u64,
    /// Reads, concurrent with a write, whose words are of different writes: not regular.
    pub torn: u64,
    /// Reads, concurrent with a write, of a value that had been overwritten before they were invoked: not regular.
    pub stale: u64,
    /// Reads of the value before one that a read returned which had completed before they were invoked: not atomic.
    pub inverted: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// Of each kind the first that some reader met, with the operations that explain it.
    pub first: Vec<History>,
}

impl Counts {
    /// The strongest class that nothing in these counts contradicts; `None` if not even safe.
    pub fn strongest_class(&self) -> Option<Class> {
        match self {
            Self { wrong: 1.., .. } => None,
            Self { torn: 1.., .. } | Self { stale: 1.., .. } => Some(Class::Safe),
            Self { inverted: 1.., .. } => Some(Class::Regular),
            Self { .. } => Some(Class::Atomic),
        }
    }
}

/// Why there can be no storm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoStorm {
    /// More readers than the register has.
    #[error("{register} takes one reader, not {readers}")]
    Readers {
        /// The name of the register.
        register: &'static str,
        /// How many were asked for.
        readers: usize,
    },
    /// Nobody reads.
    #[error("a storm needs at least one reader")]
    NoReader,
    /// More readers than anybody could tell apart.
    #[error("{0} readers are more than {MAX_READERS}: choose fewer")]
    TooManyReaders(usize),
    /// The system would not start a thread.
    #[error("a thread could not be started: {0}")]
    NoThread(String),
}

/// As many readers as a storm may have.
pub const MAX_READERS: usize = 64;

/// Lets one writer and some readers loose on register `C` of `N` words. `progress` is told, now and then, how long it
/// has raged.
///
/// # Errors
///
/// If the register does not take that many readers.
pub fn rage<C: Construction<Hardware, N>, const N: usize>(
    storm: &Storm,
    mut progress: impl FnMut(Duration),
) -> Result<Counts, NoStorm> {
    let Storm { readers, duration } = *storm;
    if readers == 0 {
        return Err(NoStorm::NoReader);
    }
    if readers > MAX_READERS {
        return Err(NoStorm::TooManyReaders(readers));
    }
    if readers > 1 && C::READERS == Arity::One {
        return Err(NoStorm::Readers {
            register: C::NAME,
            readers,
        });
    }
    let (writers, handed_out) = C::build(&Hardware, [0; N], Crew::readers(readers));
    let mut writers = writers.into_vec();
    let mut writer = writers.pop().expect("a register has a writer");
    // Only these loops are made for each register, so that nothing stands between them and its words.
    let write: WriteLoop<'_> = Box::new(move |published, is_over| {
        for value in (1..).take_while(|_| !is_over.load(Relaxed)) {
            published.write(value, || writer.write([value; N]));
        }
    });
    let reads = handed_out
        .into_iter()
        .enumerate()
        .map(|(number, mut reader)| -> ReadLoop<'_> {
            Box::new(move |published, is_over| {
                let mut found = Found::default();
                while !is_over.load(Relaxed) {
                    let (value, surroundings) = published.read(number, || reader.read());
                    found.judge(&value, &surroundings);
                }
                found
            })
        });
    rage_by(write, reads.collect(), duration, &mut progress)
}

type WriteLoop<'a> = Box<dyn FnOnce(&Published, &AtomicBool) + Send + 'a>;
type ReadLoop<'a> = Box<dyn FnOnce(&Published, &AtomicBool) -> Found + Send + 'a>;

/// As [`rage`], with loops that end when they are told that it is over.
fn rage_by(
    write: WriteLoop<'_>,
    reads: Vec<ReadLoop<'_>>,
    duration: Duration,
    progress: &mut dyn FnMut(Duration),
) -> Result<Counts, NoStorm> {
    let published = Published::new(reads.len());
    let is_over = AtomicBool::new(false);
    let started = Instant::now();
    let found = thread::scope(|scope| {
        let (published, is_over) = (&published, &is_over);
        let begin = || -> io::Result<Vec<ScopedJoinHandle<'_, Found>>> {
            thread::Builder::new().spawn_scoped(scope, move || write(published, is_over))?;
            let mut begun = Vec::new();
            for read in reads {
                let read = move || read(published, is_over);
                begun.push(thread::Builder::new().spawn_scoped(scope, read)?);
            }
            Ok(begun)
        };
        let begun = begin();
        while let Some(left) = duration
            .checked_sub(started.elapsed())
            .filter(|_| begun.is_ok())
        {
            thread::sleep(left.min(Duration::from_millis(50)));
            progress(started.elapsed());
        }
        is_over.store(true, Relaxed);
        let found = |read: ScopedJoinHandle<'_, Found>| {
            read.join().unwrap_or_else(|panic| resume_unwind(panic))
        };
        begun.map(|reads| reads.into_iter().map(found).collect::<Vec<Found>>())
    });
    let found = found.map_err(|error| NoStorm::NoThread(error.to_string()))?;

    let mut counts = Counts {
        elapsed: started.elapsed(),
        ..Counts::default()
    };
    counts.writes = published.completed.load(Relaxed);
    for found in &found {
        counts.reads += found.reads;
        counts.wrong += found.counts[Kind::Wrong as usize];
        counts.torn += found.counts[Kind::Torn as usize];
        counts.stale += found.counts[Kind::Stale as usize];
        counts.inverted += found.counts[Kind::Inverted as usize];
    }
    let first = |kind: usize| found.iter().find_map(|found| found.first[kind].clone());
    counts.first = (0..KINDS).filter_map(first).collect();
    Ok(counts)
}

/// What every process tells the others, each on a cache line of its own.
#[derive(Debug)]
struct Published {
    /// The write begun last.
    invoked: CachePadded<AtomicU64>,
    /// The write completed last.
    completed: CachePadded<AtomicU64>,
    /// The newest value that a completed read of each reader returned.
    newest: Vec<CachePadded<AtomicU64>>,
}

/// What is known about when a read took place.
#[derive(Clone, Copy, Debug)]
struct Surroundings {
    reader: usize,
    /// The last write known to have completed before the read was invoked.
    completed_before: u64,
    /// The last write known to have been invoked before the read completed.
    invoked_before: u64,
    /// The newest value returned by a read known to have completed before this one was invoked, and by whom.
    newest_before: (u64, usize),
}

impl Published {
    fn new(readers: usize) -> Self {
        let newest = (0..readers).map(|_| CachePadded::default()).collect();
        Self {
            invoked: CachePadded::default(),
            completed: CachePadded::default(),
            newest,
        }
    }

    fn write(&self, value: u64, write: impl FnOnce()) {
        self.invoked.store(value, Relaxed);
        // Release: pairs with the Acquire fence in read(). Who reads a word of this write also sees it invoked.
        fence(Release);
        write();
        // Release: pairs with the Acquire load in read().
        self.completed.store(value, Release);
    }

    #[inline]
    fn read<const N: usize>(
        &self,
        reader: usize,
        read: impl FnOnce() -> [u64; N],
    ) -> ([u64; N], Surroundings) {
        // Acquire: pairs with the Release store of each reader's newest value, below.
        let newest = self
            .newest
            .iter()
            .enumerate()
            .map(|(by, it)| (it.load(Acquire), by));
        let newest_before = newest.max().unwrap_or_default();
        // Acquire: pairs with the Release store in write().
        let completed = self.completed.load(Acquire);
        // There is one writer: a value has been returned, so the one before it had been written completely.
        let completed_before = completed.max(newest_before.0.saturating_sub(1));
        let value = read();
        // Acquire: pairs with the Release fence in write().
        fence(Acquire);
        let invoked_before = self.invoked.load(Relaxed);

        let mine = &self.newest[reader];
        if value == [value[0]; N] && value[0] > mine.load(Relaxed) {
            mine.store(value[0], Release);
        }
        (
            value,
            Surroundings {
                reader,
                completed_before,
                invoked_before,
                newest_before,
            },
        )
    }
}

/// The ways in which a read can be worse than atomic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Wrong,
    Torn,
    Stale,
    Inverted,
}

const KINDS: usize = 4;

/// What one reader found.
#[derive(Debug, Default)]
struct Found {
    reads: u64,
    counts: [u64; KINDS],
    first: [Option<History>; KINDS],
}

impl Found {
    #[inline]
    fn judge(&mut self, value: &[u64], read: &Surroundings) {
        self.reads += 1;
        if let Some(kind) = read.kind(value) {
            self.counts[kind as usize] += 1;
            self.first[kind as usize].get_or_insert_with(|| read.drawn(value));
        }
    }
}

impl Surroundings {
    #[inline]
    fn kind(&self, words: &[u64]) -> Option<Kind> {
        let value = words[0];
        let is_torn = words.iter().any(|&word| word != value);
        if self.invoked_before == self.completed_before
            && (is_torn || value != self.completed_before)
        {
            Some(Kind::Wrong)
        } else if is_torn {
            Some(Kind::Torn)
        } else if value < self.completed_before {
            Some(Kind::Stale)
        } else if value < self.newest_before.0 {
            Some(Kind::Inverted)
        } else {
            None
        }
    }

    /// The read with the writes that explain it, and with the earlier read if that returned something newer. The writer
    /// is Thread 1, the readers follow. What is drawn to precede is known to have preceded.
    fn drawn(&self, value: &[u64]) -> History {
        let process = |reader: usize| reader as Process + 2;
        let (newest, by) = self.newest_before;
        let kind = self.kind(value);
        let is_inverted = kind == Some(Kind::Inverted);

        // The writes that matter, in order: those that this read saw something of, the last one that completed before
        // it, what the earlier read saw, and what was under way while this one returned something stale.
        let mut writes = value.to_vec();
        writes.push(self.completed_before);
        writes.extend(is_inverted.then_some(newest));
        writes.extend((kind == Some(Kind::Stale)).then_some(self.invoked_before));
        writes.retain(|&write| write > 0);
        writes.sort_unstable();
        writes.dedup();

        let mut operations = Vec::new();
        let mut now = 0;
        for &write in writes
            .iter()
            .filter(|&&write| write <= self.completed_before)
        {
            operations.push(Operation::write(1, write, now..=now));
            now += 1;
        }
        if is_inverted {
            // It saw the write that is still under way now, but when it began is not known.
            operations.push(Operation::read(
                process(by),
                newest,
                now.saturating_sub(1)..=now,
            ));
            operations.push(Operation::write(1, newest, now..=now + 1));
            operations.push(Operation::read(
                process(self.reader),
                value,
                now + 1..=now + 1,
            ));
            return in_order(operations);
        }
        let invoked = now;
        for &write in writes
            .iter()
            .filter(|&&write| write > self.completed_before)
        {
            operations.push(Operation::write(1, write, now..=now));
            now += 1;
        }
        let completed = now.saturating_sub(1).max(invoked);
        operations.push(Operation::read(
            process(self.reader),
            value,
            invoked..=completed,
        ));
        in_order(operations)
    }
}

fn in_order(operations: Vec<Operation>) -> History {
    History::new(0, operations).expect("each process performs its operations one after the other")
}

#[cfg(test)]
mod tests {
    use histories::Model;
    use histories::check::{Anomaly, check, strongest};

    use super::*;
    use crate::atomic::{Locked, SequenceLock};
    use crate::regular::TwoCopies;
    use crate::safe::WordByWord;

    /// When a read by the second reader took place, while the first one had read `newest` before.
    fn read(completed_before: u64, invoked_before: u64, newest: u64) -> Surroundings {
        Surroundings {
            reader: 1,
            completed_before,
            invoked_before,
            newest_before: (newest, 0),
        }
    }

    #[test]
    fn what_is_drawn_is_what_was_found() {
        let cases = [
            (([7, 7], read(7, 7, 7)), None, None),
            (([8, 8], read(7, 8, 7)), None, None),
            (
                ([6, 7], read(7, 7, 7)),
                Some(Kind::Wrong),
                Some((Anomaly::Torn, None)),
            ),
            (
                ([6, 6], read(7, 7, 7)),
                Some(Kind::Wrong),
                Some((Anomaly::Stale, None)),
            ),
            (
                ([5, 5], read(7, 8, 7)),
                Some(Kind::Stale),
                Some((Anomaly::Stale, Some(Model::Safe))),
            ),
            (
                ([8, 7], read(7, 8, 7)),
                Some(Kind::Torn),
                Some((Anomaly::Torn, Some(Model::Safe))),
            ),
            (
                ([9, 8], read(7, 9, 7)),
                Some(Kind::Torn),
                Some((Anomaly::Torn, Some(Model::Safe))),
            ),
            (
                ([1, 0], read(0, 1, 0)),
                Some(Kind::Torn),
                Some((Anomaly::Torn, Some(Model::Safe))),
            ),
            (
                ([7, 7], read(7, 8, 8)),
                Some(Kind::Inverted),
                Some((Anomaly::NewOldInversion, Some(Model::Regular))),
            ),
            (
                ([0, 0], read(0, 1, 1)),
                Some(Kind::Inverted),
                Some((Anomaly::NewOldInversion, Some(Model::Regular))),
            ),
        ];
        for ((value, read), kind, expected) in cases {
            assert_eq!(read.kind(&value), kind, "{value:?} {read:?}");
            let drawn = read.drawn(&value);
            let anomaly = check(Model::Atomic, &drawn)
                .violation()
                .map(|violation| violation.anomaly);
            let found = anomaly.map(|anomaly| (anomaly, strongest(&drawn)));
            assert_eq!(
                found,
                expected,
                "{value:?} {read:?}\n{}",
                histories::Timeline::from(drawn)
            );
        }
    }

    /// Lets a storm rage until `enough` is counted, or for a minute.
    fn rage_until<C: Construction<Hardware, N>, const N: usize>(
        readers: usize,
        enough: impl Fn(&Counts) -> bool,
    ) -> Option<Counts> {
        let storm = Storm {
            readers,
            duration: Duration::from_millis(100),
        };
        (0..600)
            .map(|_| rage::<C, N>(&storm, |_| {}).unwrap())
            .find(enough)
    }

    #[test]
    fn a_storm_tears_the_safe_register() {
        let counts = rage_until::<WordByWord, 8>(1, |counts| counts.torn > 0)
            .expect("a torn read within a minute");
        assert_eq!(counts.strongest_class(), Some(Class::Safe));
    }

    #[test]
    fn a_storm_inverts_the_regular_register_and_does_not_tear_it() {
        let counts = rage_until::<TwoCopies, 2>(1, |counts| counts.inverted > 0)
            .expect("an inversion within a minute");
        assert_eq!(counts.strongest_class(), Some(Class::Regular));
    }

    #[test]
    fn a_storm_finds_nothing_against_the_atomic_ones() {
        let storm = Storm {
            readers: 2,
            duration: Duration::from_millis(300),
        };
        for counts in [
            rage::<SequenceLock, 2>(&storm, |_| {}),
            rage::<Locked, 2>(&storm, |_| {}),
        ] {
            let counts = counts.unwrap();
            assert_eq!(counts.strongest_class(), Some(Class::Atomic), "{counts:?}");
            assert!(counts.reads > 0 && counts.writes > 0, "{counts:?}");
        }
    }

    #[test]
    fn a_storm_needs_readers() {
        let storm = Storm {
            readers: 0,
            duration: Duration::from_millis(1),
        };
        assert_eq!(
            rage::<WordByWord, 2>(&storm, |_| {}).unwrap_err(),
            NoStorm::NoReader
        );
        let crowd = Storm {
            readers: usize::MAX,
            ..storm
        };
        assert_eq!(
            rage::<WordByWord, 2>(&crowd, |_| {}).unwrap_err(),
            NoStorm::TooManyReaders(usize::MAX)
        );
    }
}

//! Writers and readers at full speed, every read judged as it comes.
//!
//! The writers write 1, 2, 3, ..., each value into every word of the register, and no two the same. So a read tells by
//! itself whether it is *torn* (its words differ), and which write it is of. Beside the register every process publishes
//! how far it has got, on words of its own: a writer which write it completed last, a reader the newest value of each
//! writer that it returned. A reader looks at these words before it reads, and so knows
//!
//! * the last write of each writer that completed before: an older value of the same writer is *stale*;
//! * the newest value that a read returned which completed before, its own or another reader's: an older value of the
//!   same writer is a *new-old inversion*.
//!
//! And it looks again after it has read, to know whether any write was under way: if none was, a value other than the
//! last one is more than a safe register may return.
//!
//! A register that holds small numbers only is written by one writer, modulo that number. Then a value may be of several
//! writes, and is taken for the one that looks best.
//!
//! This is the [clock rule](histories::record) in its cheapest form: publishing releases, looking acquires, so what is
//! seen has happened before. What is missed makes it judge too mildly, never too hard.
//!
//! Stress finds what this machine happens to show. That it finds nothing proves nothing.

mod judge;

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use histories::History;

use self::judge::{KINDS, Kind, Numbering, Published, Surroundings};
use crate::guard::{Panic, Stopped, guarded};
use crate::subject::Claims;
use crate::{Arity, Class, Construction, Hardware, Read, Sizes, Value, Write, Writers};

/// How to let it stress.
#[derive(Clone, Copy, Debug)]
pub struct Stress {
    /// How many threads write.
    pub writers: usize,
    /// How many threads read.
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
    /// What the register said, if it panicked.
    pub panic: Option<Panic>,
    /// Whether an operation did not come back, and if so, whether it was a write.
    pub stuck: Option<bool>,
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

/// Why a register cannot be stressed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotStressed {
    /// More readers than the register has.
    #[error("{register} takes one reader, not {readers}")]
    Readers {
        /// The name of the register.
        register: &'static str,
        /// How many were asked for.
        readers: usize,
    },
    /// More writers than the register has.
    #[error("{register} takes one writer, not {writers}")]
    Writers {
        /// The name of the register.
        register: &'static str,
        /// How many were asked for.
        writers: usize,
    },
    /// More than one writer of small numbers.
    #[error(
        "{register} holds numbers below {below}, which does not tell two writers apart: choose one writer"
    )]
    SmallNumbers {
        /// The name of the register.
        register: &'static str,
        /// Below which number its values are.
        below: u64,
    },
    /// Nobody writes.
    #[error("stress needs at least one writer")]
    NoWriter,
    /// Nobody reads.
    #[error("stress needs at least one reader")]
    NoReader,
    /// More than anybody could tell apart.
    #[error("{0} threads are more than {MAX_THREADS}: choose fewer")]
    TooManyThreads(usize),
    /// The system would not start a thread.
    #[error("a thread could not be started: {0}")]
    NoThread(String),
}

/// As many writers, and as many readers, as stress may have.
pub const MAX_THREADS: usize = 64;

impl Stress {
    /// One writer and these readers, for a while.
    #[must_use]
    pub fn of_readers(readers: usize, duration: Duration) -> Self {
        Self {
            writers: 1,
            readers,
            duration,
        }
    }

    /// Whether it can stress on a register that says this of itself.
    ///
    /// # Errors
    ///
    /// If the register does not take that many writers or readers.
    pub fn check(&self, claims: &Claims) -> Result<(), NotStressed> {
        let Self {
            writers, readers, ..
        } = *self;
        let register = claims.name;
        match claims.small_numbers() {
            _ if writers == 0 => Err(NotStressed::NoWriter),
            _ if readers == 0 => Err(NotStressed::NoReader),
            _ if writers.max(readers) > MAX_THREADS => {
                Err(NotStressed::TooManyThreads(writers.max(readers)))
            }
            _ if writers > 1 && claims.writers == Arity::One => {
                Err(NotStressed::Writers { register, writers })
            }
            _ if readers > 1 && claims.readers == Arity::One => {
                Err(NotStressed::Readers { register, readers })
            }
            Some(below) if writers > 1 => Err(NotStressed::SmallNumbers { register, below }),
            _ => Ok(()),
        }
    }
}

/// Lets them run as long as they are to run.
pub fn to_the_end(_: Duration) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Lets writers and readers loose on register `C` of `N` words. `progress` is told, now and then, how long they have run,
/// and may end it early.
///
/// A register that panics, or an operation that does not come back, ends it early, and is counted as such.
///
/// # Errors
///
/// If the register does not take that many writers or readers.
pub fn stress<C: Construction<Hardware, N>, const N: usize>(
    stress: &Stress,
    mut progress: impl FnMut(Duration) -> ControlFlow<()>,
) -> Result<Counts, NotStressed> {
    let claims = Claims::of::<Hardware, C, N>();
    stress_erased(&claims, &ends::<C, N>, stress, &mut progress)
}

/// A write of this number into every word.
type Writing = Box<dyn FnMut(u64) + Send>;
/// A read into this buffer.
type Reading<const N: usize> = Box<dyn FnMut(&mut Value<N>) + Send>;
/// Those who write a register, and those who read it, whichever it is.
type Ends<const N: usize> = (Vec<Writing>, Vec<Reading<N>>);

/// Builds a register. Only this is compiled for each: behind one call a whole operation runs without another one, and
/// values are made and taken where it stores them.
fn ends<C: Construction<Hardware, N>, const N: usize>(sizes: Sizes) -> Ends<N> {
    let (writers, mut readers) = C::build(&Hardware, [0; N], sizes);
    let mut ends: Ends<N> = (Vec::new(), Vec::new());
    writers.each(&mut |mut writer| {
        ends.0.push(Box::new(move |value| writer.write([value; N])));
    });
    while let Some(mut reader) = readers.pop() {
        ends.1.push(Box::new(move |value| *value = reader.read()));
    }
    ends
}

fn stress_erased<const N: usize>(
    claims: &Claims,
    build: &dyn Fn(Sizes) -> Ends<N>,
    stress: &Stress,
    progress: &mut dyn FnMut(Duration) -> ControlFlow<()>,
) -> Result<Counts, NotStressed> {
    stress.check(claims)?;
    let sizes = Sizes {
        writers: stress.writers,
        readers: stress.readers,
    };
    let (writers, readers) = match guarded(|| build(sizes)) {
        Ok(built) => built,
        Err(Stopped::Panicked(panic)) => {
            return Ok(Counts {
                panic: Some(panic),
                ..Counts::default()
            });
        }
        Err(Stopped::Unwound(payload)) => resume_unwind(payload),
    };
    // Numbers may end even where they do not repeat.
    let last = claims.below.unwrap_or(u64::MAX) / stress.writers as u64;
    let last = if claims.small_numbers().is_some() {
        u64::MAX
    } else {
        last
    };
    let writers = writers.into_iter().enumerate();
    let writes = writers.map(|(number, mut writer)| -> Loop {
        Box::new(move |published, is_over| {
            for nth in (1..last).take_while(|_| !is_over.load(Relaxed)) {
                published.write(number, nth, &mut writer);
            }
            Found::default()
        })
    });
    let readers = readers.into_iter().enumerate();
    let reads = readers.map(|(number, mut reader)| -> Loop {
        Box::new(move |published, is_over| {
            let mut found = Found::default();
            let mut around = published.surroundings(number);
            let mut value = [0; N];
            while !is_over.load(Relaxed) {
                published.read(&mut around, &mut value, &mut reader);
                found.judge(&value, &around);
            }
            found
        })
    });
    let numbering = Numbering {
        writers: stress.writers as u64,
        below: claims.small_numbers(),
    };
    let published = Arc::new(Published::new(numbering, stress.readers));
    run(published, writes.chain(reads).collect(), stress, progress)
}

/// What a process does until it is told that it is over.
type Loop = Box<dyn FnOnce(&Published, &AtomicBool) -> Found + Send>;

/// So long a process may take to come back after it is over.
const PATIENCE: Duration = Duration::from_secs(3);

/// Runs the loops of all processes, each on a thread of its own.
fn run(
    published: Arc<Published>,
    loops: Vec<Loop>,
    stress: &Stress,
    progress: &mut dyn FnMut(Duration) -> ControlFlow<()>,
) -> Result<Counts, NotStressed> {
    let is_over = Arc::new(AtomicBool::new(false));
    let (tell, told) = mpsc::channel();
    let all = loops.len();
    let started = Instant::now();
    for (number, process) in loops.into_iter().enumerate() {
        let (of_thread, over, tell) = (Arc::clone(&published), Arc::clone(&is_over), tell.clone());
        let thread = move || {
            let found = guarded(|| process(&of_thread, &over));
            // A process that panics ends it for all. Nobody listens any more if this one was given up.
            over.fetch_or(found.is_err(), Relaxed);
            let _ = tell.send((number, found));
        };
        if let Err(error) = thread::Builder::new().spawn(thread) {
            is_over.store(true, Relaxed);
            return Err(NotStressed::NoThread(error.to_string()));
        }
    }
    while let Some(left) = stress.duration.checked_sub(started.elapsed()) {
        if is_over.load(Relaxed) {
            break;
        }
        thread::sleep(left.min(Duration::from_millis(50)));
        if progress(started.elapsed()).is_break() {
            break;
        }
    }
    is_over.store(true, Relaxed);
    let mut counts = Counts {
        elapsed: started.elapsed(),
        ..Counts::default()
    };
    let mut found = Vec::new();
    let mut missing: Vec<usize> = (0..all).collect();
    let deadline = Instant::now() + PATIENCE;
    while !missing.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok((number, result)) = told.recv_timeout(left) else {
            break;
        };
        missing.retain(|&it| it != number);
        match result {
            Ok(of_process) => found.push(of_process),
            Err(Stopped::Panicked(panic)) => {
                counts.panic.get_or_insert(panic);
            }
            Err(Stopped::Unwound(payload)) => resume_unwind(payload),
        }
    }
    // Whoever waits for one that has panicked says nothing new.
    if counts.panic.is_none() {
        let writers = stress.writers;
        counts.stuck = missing.first().map(|&number| number < writers);
    }
    counts.writes = published.completed();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atomic::{Locked, SequenceLock};
    use crate::regular::TwoCopies;
    use crate::safe::WordByWord;

    /// Stresses a register until `enough` is counted, or for a minute.
    fn stress_until<C: Construction<Hardware, N>, const N: usize>(
        readers: usize,
        enough: impl Fn(&Counts) -> bool,
    ) -> Option<Counts> {
        let settings = Stress::of_readers(readers, Duration::from_millis(100));
        (0..600)
            .map(|_| stress::<C, N>(&settings, to_the_end).unwrap())
            .find(enough)
    }

    #[test]
    fn stress_tears_the_safe_register() {
        let counts = stress_until::<WordByWord, 8>(1, |counts| counts.torn > 0)
            .expect("a torn read within a minute");
        assert_eq!(counts.strongest_class(), Some(Class::Safe));
    }

    #[test]
    fn stress_inverts_the_regular_register_and_does_not_tear_it() {
        let counts = stress_until::<TwoCopies, 2>(1, |counts| counts.inverted > 0)
            .expect("an inversion within a minute");
        assert_eq!(counts.strongest_class(), Some(Class::Regular));
    }

    #[test]
    fn stress_finds_nothing_against_the_atomic_ones() {
        let settings = Stress::of_readers(2, Duration::from_millis(300));
        for counts in [
            stress::<SequenceLock, 2>(&settings, to_the_end),
            stress::<Locked, 2>(&settings, to_the_end),
        ] {
            let counts = counts.unwrap();
            assert_eq!(counts.strongest_class(), Some(Class::Atomic), "{counts:?}");
            assert!(counts.reads > 0 && counts.writes > 0, "{counts:?}");
        }
    }

    #[test]
    fn stress_needs_readers() {
        let nobody = Stress::of_readers(0, Duration::from_millis(1));
        assert_eq!(
            stress::<WordByWord, 2>(&nobody, to_the_end).unwrap_err(),
            NotStressed::NoReader
        );
        let crowd = Stress {
            readers: usize::MAX,
            ..nobody
        };
        assert_eq!(
            stress::<WordByWord, 2>(&crowd, to_the_end).unwrap_err(),
            NotStressed::TooManyThreads(usize::MAX)
        );
        let two_writers = Stress {
            writers: 2,
            readers: 1,
            ..nobody
        };
        assert_eq!(
            stress::<WordByWord, 2>(&two_writers, to_the_end)
                .unwrap_err()
                .to_string(),
            "word-by-word takes one writer, not 2"
        );
        assert!(stress::<Locked, 2>(&two_writers, to_the_end).is_ok());
    }
}

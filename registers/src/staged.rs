//! A drawn timeline, performed by real threads, many times.
//!
//! The threads are released together. A column of the drawing stands for a few microseconds: each thread invokes an
//! operation when its first column is due and completes it in the middle of its last one, and in between the [word
//! accesses are spread](crate::worlds::paced) at random. The real interval of each operation is recorded by the [clock
//! rule](histories::record).
//!
//! Threads are late now and then; the machine has other things to do. So a run counts only if its *recorded* precedence
//! equals the drawn one: then what its reads returned is an answer to the question that the drawing asks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use histories::record::Recorder;
use histories::{History, Operation, Value};

use crate::Hardware;
use crate::scenario::{MemoryClock, Unsupported};
use crate::subject::{Handle, Subject};
use crate::worlds::Erased;
use crate::worlds::paced::{Paced, spread, wait_until};

/// How to perform a timeline.
#[derive(Clone, Copy, Debug)]
pub struct Staging {
    /// How often, at most.
    pub runs: usize,
    /// For how long, at most: when it is over no more runs are begun.
    pub time: Duration,
    /// How long a column lasts at first. It is doubled as long as hardly any run comes out as drawn, because the
    /// machine is busy.
    pub column: Duration,
    /// Fixes how accesses are spread within operations; not what the scheduler does.
    pub seed: u64,
}

impl Staging {
    /// A length of columns at which most runs of a timeline with this many threads come out as drawn: about twice what
    /// it takes to let another thread have the core, where threads have to share one.
    pub fn column_for(threads: usize) -> Duration {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Duration::from_micros(if threads <= cores { 2 } else { 8 })
    }
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Performed {
    /// How many runs there were.
    pub runs: u64,
    /// How many of them had the drawn precedence.
    pub in_order: u64,
    /// How many of those came out as drawn altogether: every read whose value the drawing states returned it. Only they
    /// count.
    pub as_drawn: u64,
    /// What the open reads returned together in these, in the order of [`History::questions`], and how often.
    pub outcomes: BTreeMap<Vec<Value>, u64>,
}

/// Why a timeline cannot be performed by real threads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotStaged {
    /// The register cannot perform these operations.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// An operation never completes.
    #[error(
        "an operation never completes, and a real thread cannot be stopped in the middle of one: draw its end, or take it away"
    )]
    Pending,
    /// There are more threads than can be released together.
    #[error(
        "{0} threads are more than {MAX_THREADS}, so they would not run side by side: draw fewer"
    )]
    TooManyThreads(usize),
    /// The system would not start a thread.
    #[error("a thread could not be started: {0}")]
    NoThread(String),
}

/// As many threads as are released together.
pub const MAX_THREADS: usize = 16;

/// Performs a timeline on a register. `progress` is told how many runs are done, now and then.
///
/// # Errors
///
/// If the register cannot perform the timeline, or real threads cannot.
pub fn perform(
    subject: &Subject,
    timeline: &History,
    staging: &Staging,
    mut progress: impl FnMut(usize),
) -> Result<Performed, NotStaged> {
    check(subject, timeline)?;
    let precedence = timeline.precedence();
    let mut performed = Performed::default();
    let mut seeds = Rng::with_seed(staging.seed);
    let mut left = staging.runs;
    let mut column = staging.column;
    let started = Instant::now();
    while left > 0 && started.elapsed() < staging.time {
        let runs = left.min(batch_size(timeline, column, staging.time));
        let in_order_before = performed.in_order;
        for history in batch(subject, timeline, runs, column, &mut seeds)? {
            performed.runs += 1;
            if history.precedence() != precedence {
                continue;
            }
            performed.in_order += 1;
            let mut operations = timeline.operations().iter().zip(history.operations());
            let as_stated = |(drawn, done): (&Operation, &Operation)| {
                drawn
                    .returned()
                    .is_none_or(|stated| done.returned() == Some(stated))
            };
            if operations.all(as_stated) {
                performed.as_drawn += 1;
                let open = timeline.questions();
                let outcome =
                    open.filter_map(|read| history.operations()[read].returned().cloned());
                *performed.outcomes.entry(outcome.collect()).or_default() += 1;
            }
        }
        let share = (performed.in_order - in_order_before) as f64 / runs as f64;
        if share < 0.1 && column < LONGEST {
            column *= 2;
        }
        left -= runs;
        progress(staging.runs - left);
    }
    Ok(performed)
}

/// Whether [`perform`] can do its work.
///
/// # Errors
///
/// As `perform`.
pub fn check(subject: &Subject, timeline: &History) -> Result<(), NotStaged> {
    subject.check(timeline)?;
    let threads = timeline.processes().len();
    if timeline.operations().iter().any(Operation::is_pending) {
        return Err(NotStaged::Pending);
    }
    if threads > MAX_THREADS {
        Err(NotStaged::TooManyThreads(threads))
    } else {
        Ok(())
    }
}

/// The length beyond which columns are not doubled any more.
const LONGEST: Duration = Duration::from_micros(500);

/// How many runs the threads perform before they are joined and the results are gathered: a few hundred, or what a
/// tenth of the time allows.
fn batch_size(timeline: &History, column: Duration, time: Duration) -> usize {
    let instants = timeline
        .operations()
        .iter()
        .flat_map(|op| [Some(op.invoked), op.completed])
        .flatten();
    let (first, last) = instants.fold((u64::MAX, 0), |(first, last), it| {
        (first.min(it), last.max(it))
    });
    let run = column.as_secs_f64() * (last.saturating_sub(first) + 1) as f64;
    ((time.as_secs_f64() / 10.0 / run) as usize).clamp(1, 100)
}

/// Performs the timeline a number of times with the same threads, each time on a new register.
fn batch(
    subject: &Subject,
    timeline: &History,
    runs: usize,
    column: Duration,
    seeds: &mut Rng,
) -> Result<Vec<History>, NotStaged> {
    let processes = timeline.processes();
    // What each thread holds: its handles for each run.
    let memory = Erased::new(Paced);
    let mut handles: Vec<Vec<Box<dyn Handle>>> = processes.iter().map(|_| Vec::new()).collect();
    for _ in 0..runs {
        handles
            .iter_mut()
            .zip(subject.instantiate(&memory, timeline)?)
            .for_each(|(held, handle)| held.push(handle));
    }
    let recorders: Vec<_> = (0..runs)
        .map(|_| Recorder::new(MemoryClock::new(&Hardware)))
        .collect();
    let start = StartingLine::new(processes.len(), runs);
    let first_column = timeline
        .operations()
        .iter()
        .map(|op| op.invoked)
        .min()
        .unwrap_or(0);

    thread::scope(|scope| {
        for (&process, handles) in processes.iter().zip(handles) {
            let (start, recorders) = (&start, &recorders);
            let mut random = seeds.fork();
            let play = move || {
                let of_mine = |op: &&Operation| op.process == process;
                for ((run, recorder), mut handle) in recorders.iter().enumerate().zip(handles) {
                    let mut log = recorder.process(process);
                    let Some(begin) = start.wait(run) else { return };
                    for operation in timeline.operations().iter().filter(of_mine) {
                        let at = |instant: u64| begin + column * (instant - first_column) as u32;
                        wait_until(at(operation.invoked));
                        // In the middle of its last column: what begins in that column overlaps, what begins in the
                        // next one does not.
                        let end = at(operation.completed.unwrap_or(operation.invoked)) + column / 2;
                        let mut act = || {
                            let value =
                                spread(end, random.fork(), || handle.perform(&operation.action));
                            wait_until(end);
                            value
                        };
                        if let Some(value) = operation.written() {
                            log.write(value.clone(), act);
                        } else {
                            log.read(|| act().expect("a read returns a value"));
                        }
                    }
                }
            };
            if let Err(error) = thread::Builder::new().spawn_scoped(scope, play) {
                start.call_off();
                return Err(NotStaged::NoThread(error.to_string()));
            }
        }
        Ok(())
    })?;
    let history = |recorder: Recorder<_>| recorder.into_history(timeline.initial().clone());
    Ok(recorders.into_iter().map(history).collect())
}

/// Lets all threads begin each run at the same instant.
#[derive(Debug)]
struct StartingLine {
    threads: usize,
    epoch: Instant,
    /// How many threads have come to the line, over all runs.
    arrived: AtomicUsize,
    is_off: AtomicBool,
    /// When each run begins, in nanoseconds after the epoch; 0 while somebody is missing.
    begins: Vec<AtomicU64>,
}

impl StartingLine {
    fn new(threads: usize, runs: usize) -> Self {
        let begins = (0..runs).map(|_| AtomicU64::new(0)).collect();
        Self {
            threads,
            epoch: Instant::now(),
            arrived: AtomicUsize::new(0),
            is_off: AtomicBool::new(false),
            begins,
        }
    }

    /// Sends everybody home, because somebody will never come.
    fn call_off(&self) {
        self.is_off.store(true, Ordering::Relaxed);
    }

    /// Waits for the others, and returns when this run begins; `None` if it is called off.
    fn wait(&self, run: usize) -> Option<Instant> {
        // AcqRel: what anyone did in the last run happens before what anyone does in this one.
        let arrived = self.arrived.fetch_add(1, Ordering::AcqRel) + 1;
        if arrived == self.threads * (run + 1) {
            let soon = self.epoch.elapsed() + Duration::from_micros(1);
            // Release: pairs with the Acquire below.
            self.begins[run].store(soon.as_nanos() as u64, Ordering::Release);
        }
        loop {
            // Acquire: pairs with the Release above.
            match self.begins[run].load(Ordering::Acquire) {
                0 if self.is_off.load(Ordering::Relaxed) => return None,
                0 => thread::yield_now(),
                nanoseconds => return Some(self.epoch + Duration::from_nanos(nanoseconds)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use histories::questions::ask;
    use histories::{Model, Timeline};

    use super::*;
    use crate::atomic::SequenceLock;
    use crate::regular::TwoCopies;
    use crate::safe::WordByWord;

    const NOTE: &str = "\
init: 0
Thread 1:      wwwww(1)     wwwww(2)
Thread 2:   rrrrr                rrrrr
Thread 3:   rrrrr  rrrrr
";

    fn timeline(text: &str) -> History {
        text.parse::<Timeline>().unwrap().history
    }

    /// Performs a timeline over and over until something is returned that `model` forbids, or for a minute.
    fn shows_more_than(
        subject: &Subject,
        timeline: &History,
        model: Model,
        allowed: Model,
    ) -> bool {
        let started = Instant::now();
        (0..)
            .take_while(|_| started.elapsed() < Duration::from_secs(60))
            .any(|seed| {
                let column = Staging::column_for(timeline.processes().len());
                let performed = perform(
                    subject,
                    timeline,
                    &Staging {
                        runs: 500,
                        time: Duration::from_secs(60),
                        column,
                        seed,
                    },
                    |_| {},
                )
                .unwrap();
                assert_eq!(performed.runs, 500);
                assert!(
                    performed.as_drawn <= performed.in_order
                        && performed.in_order <= performed.runs
                );
                assert_eq!(performed.outcomes.values().sum::<u64>(), performed.as_drawn);
                let all_allowed = |model: Model| {
                    let answer = ask(model, timeline);
                    performed
                        .outcomes
                        .keys()
                        .all(|outcome| answer.allows(outcome) == Some(true))
                };
                assert!(all_allowed(allowed), "not even {allowed}: {performed:?}");
                !all_allowed(model)
            })
    }

    #[test]
    fn a_safe_register_is_torn_on_the_timeline_of_the_note() {
        assert!(shows_more_than(
            &Subject::of::<WordByWord, 2>(),
            &timeline(NOTE),
            Model::Regular,
            Model::Safe
        ));
    }

    #[test]
    fn a_regular_register_inverts_new_and_old() {
        let two_reads = "init: 0\nT1:  wwwwwwwwwwwwww(1)\nT2:   rrrrr  rrrrr\n";
        assert!(shows_more_than(
            &Subject::of::<TwoCopies, 2>(),
            &timeline(two_reads),
            Model::Atomic,
            Model::Regular
        ));
    }

    #[test]
    fn an_atomic_register_stays_atomic_on_the_timeline_of_the_note() {
        let (mut as_drawn, answer) = (0, ask(Model::Atomic, &timeline(NOTE)));
        for seed in 0..4 {
            let staging = Staging {
                runs: 500,
                time: Duration::from_secs(60),
                column: Staging::column_for(3),
                seed,
            };
            let performed = perform(
                &Subject::of::<SequenceLock, 2>(),
                &timeline(NOTE),
                &staging,
                |_| {},
            )
            .unwrap();
            as_drawn += performed.as_drawn;
            assert!(
                performed
                    .outcomes
                    .keys()
                    .all(|outcome| answer.allows(outcome) == Some(true)),
                "{performed:?}"
            );
        }
        assert!(as_drawn > 0, "no run came out as drawn");
    }

    /// What a timeline states about one read is a condition: runs in which it returned something else say nothing about
    /// the others.
    #[test]
    fn runs_count_only_if_reads_returned_what_is_stated() {
        let stated =
            timeline("init: 0\nT1:   wwwwwwwwwwwwwwwwwwww(1)\nT2:  rrrrrrrrrr(1)   rrrrr\n");
        let staging = Staging {
            runs: 1000,
            time: Duration::from_secs(60),
            column: Staging::column_for(2),
            seed: 1,
        };
        let performed =
            perform(&Subject::of::<SequenceLock, 2>(), &stated, &staging, |_| {}).unwrap();
        assert!(
            performed.as_drawn < performed.in_order,
            "the first read returned 1 every time"
        );
        assert!(
            performed
                .outcomes
                .keys()
                .all(|outcome| *outcome == [Value::from(1)]),
            "{performed:?}"
        );
    }

    #[test]
    fn what_cannot_be_staged_is_said() {
        let pending = "init: 0\nT1: ww>(1)\nT2: rr\n"
            .parse::<Timeline>()
            .unwrap()
            .history;
        assert_eq!(
            check(&Subject::of::<WordByWord, 2>(), &pending),
            Err(NotStaged::Pending)
        );
        let crowd: String = (1..=17).map(|thread| format!("T{thread}: rr\n")).collect();
        let crowd = format!("init: 0\n{crowd}")
            .parse::<Timeline>()
            .unwrap()
            .history;
        assert_eq!(
            check(&Subject::of::<WordByWord, 2>(), &crowd),
            Err(NotStaged::TooManyThreads(17))
        );
    }
}

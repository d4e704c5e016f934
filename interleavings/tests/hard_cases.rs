//! What cannot be explored to the end says so, and never passes; what waits for ever is explored all the same.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed as Hidden};
use std::time::Duration;

use histories::{Model, Timeline};
use interleavings::{Bound, Coverage, Limits, MemoryModel, Report, explore, survey};
use registers::atomic::SequenceLock;
use registers::memory::Ordering::Relaxed;
use registers::safe::WordByWord;
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::worlds::{Erased, ErasedWord};
use registers::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write};

#[test]
fn a_budget_that_is_spent_is_not_a_pass() {
    let scenario = Scenario::free(2, &[2]);
    let explore =
        |limits| explore::<SequenceLock, 2>(&scenario, MemoryModel::Weak, &limits).unwrap();
    let few = explore(Limits {
        states: 100,
        ..Limits::default()
    });
    let reason = Coverage::Inconclusive("stopped at 100 states".to_owned());
    assert_eq!(few.coverage, reason);
    assert!(few.executions >= 1.0);
    // What breaks before the budget is spent is broken.
    let torn = explore_torn();
    assert!(matches!(torn.coverage, Coverage::Inconclusive(_)));
    assert!(torn.witnesses.contains_key(&Model::Regular));
    let short = explore(Limits {
        time: Duration::ZERO,
        ..Limits::default()
    });
    assert!(matches!(short.coverage, Coverage::Inconclusive(_)));
}

/// A tearing register, cut short where its first reads are complete.
fn explore_torn() -> Report {
    let limits = Limits {
        states: 300,
        ..Limits::default()
    };
    explore::<WordByWord, 2>(&Scenario::free(2, &[2]), MemoryModel::Sc, &limits).unwrap()
}

#[test]
fn an_operation_that_never_completes_may_have_happened() {
    let picture: Timeline = "init: 0\nT1:  www>(1)\nT2:   rrr\nT3:   rrr\n"
        .parse()
        .unwrap();
    let scenario = Scenario::drawn("crash", &picture.history);
    let report = explore::<SequenceLock, 2>(&scenario, MemoryModel::Weak, &Limits::default());
    let report = report.unwrap();
    assert!(report.is_exhaustive());
    let outcomes: Vec<String> = report
        .outcomes()
        .keys()
        .map(|outcome| format!("{} {}", outcome[0], outcome[1]))
        .collect();
    assert_eq!(outcomes, ["0 0", "0 1", "1 0", "1 1"]);
    assert_eq!(report.violations(Model::Atomic), 0.0);
    assert!(
        report
            .histories
            .values()
            .all(|found| found.history.operations()[0].is_pending())
    );
}

/// What is wrong with a register.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    Panics,
    MakesWords,
    /// It remembers something that its `Debug` output does not show.
    Hides,
    /// It remembers how often it has failed.
    CountsAttempts,
    /// It waits for a value that nobody writes. That is no reason not to explore it.
    WaitsForEver,
}

/// A register that is flawed, and otherwise a word.
struct Flawed<const FLAW: usize>;

const FLAWS: [Flaw; 5] = [
    Flaw::Panics,
    Flaw::MakesWords,
    Flaw::Hides,
    Flaw::CountsAttempts,
    Flaw::WaitsForEver,
];

struct End {
    memory: Erased,
    word: Arc<ErasedWord>,
    flaw: Flaw,
    last: AtomicU64,
}

impl fmt::Debug for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("End").finish_non_exhaustive()
    }
}

impl<const FLAW: usize> Construction<Erased, 1> for Flawed<FLAW> {
    const NAME: &'static str = "flawed";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [End; 1];
    type Reader = End;

    fn build(memory: &Erased, [init]: Value<1>, sizes: Sizes) -> ([End; 1], Vec<End>) {
        let word = Arc::new(memory.word(format_args!("word"), init));
        let end = || End {
            memory: memory.clone(),
            word: Arc::clone(&word),
            flaw: FLAWS[FLAW],
            last: AtomicU64::new(0),
        };
        ([end()], (0..sizes.readers).map(|_| end()).collect())
    }
}

impl Write<1> for End {
    fn write(&mut self, [value]: Value<1>) {
        if self.flaw == Flaw::MakesWords {
            self.memory.word(format_args!("late"), value);
        }
        self.word.store(value, Relaxed);
    }
}

impl Read<1> for End {
    fn read(&mut self) -> Value<1> {
        let mut value = self.word.load(Relaxed);
        let mut attempts = 1;
        while self.flaw == Flaw::CountsAttempts && value == 0 && attempts < 2 {
            self.memory.relax();
            value = self.word.load(Relaxed);
            attempts += 1;
        }
        while self.flaw == Flaw::WaitsForEver && value != 7 {
            self.memory.relax();
            value = self.word.load(Relaxed);
        }
        if self.flaw == Flaw::Panics {
            std::panic::resume_unwind(Box::new("a reader gives up"));
        }
        // A reader that hides something reads once more for every new value that it has seen before.
        if self.flaw == Flaw::Hides && self.last.swap(value, Hidden) == 1 {
            self.word.load(Relaxed);
        }
        [value]
    }
}

fn reason<const FLAW: usize>() -> String {
    let scenario = Scenario::free(1, &[2]);
    let report = explore::<Flawed<FLAW>, 1>(&scenario, MemoryModel::Sc, &Limits::default());
    match report.unwrap().coverage {
        Coverage::Inconclusive(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_register_that_cannot_be_followed_is_inconclusive() {
    assert_eq!(reason::<0>(), "it panicked: a reader gives up");
    assert_eq!(
        reason::<1>(),
        "the register makes words or locks while it runs, and states need a fixed number of them"
    );
    assert_eq!(
        reason::<2>(),
        "the register remembers more than it shows: what it keeps between operations has to show in its `Debug` output, and a failed attempt has to \
         start again with nothing remembered"
    );
}

#[test]
fn a_read_that_counts_its_attempts_is_followed_through_all_of_them() {
    for memory in [MemoryModel::Sc, MemoryModel::Weak] {
        let scenario = Scenario::free(1, &[1]);
        let report = explore::<Flawed<3>, 1>(&scenario, memory, &Limits::default()).unwrap();
        assert!(report.is_exhaustive());
        // It may fail twice, before the write or during it; and is never left waiting.
        assert_eq!(report.histories.len(), 4);
        let is_complete = |report: &Report| {
            let found = report.histories.values();
            found
                .flat_map(|found| found.history.operations().to_vec())
                .all(|op| !op.is_pending())
        };
        assert!(is_complete(&report));
    }
}

#[test]
fn a_read_that_waits_for_ever_stays_pending_and_has_no_bound() {
    for memory in [MemoryModel::Sc, MemoryModel::Weak] {
        let scenario = Scenario::free(2, &[1]);
        let survey = survey(
            &Subject::of::<Flawed<4>, 1>(),
            &scenario,
            memory,
            &Limits::default(),
        )
        .unwrap();
        assert!(survey.report.is_exhaustive());
        let found = || survey.report.histories.values();
        assert!(found().all(|found| found.history.operations()[2].is_pending()));
        assert!(found().all(|found| found.executions >= 1.0 && found.breaks.is_empty()));
        let bounds = survey.bounds.unwrap();
        assert_eq!(bounds.read.alone, Bound::Unbounded);
        assert_eq!(bounds.read.among_others, Bound::Unbounded);
        assert_eq!(bounds.write.among_others, Bound::Steps(1));
    }
}

//! What cannot be explored to the end says so, and never passes.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed as Hidden};
use std::time::Duration;

use interleavings::{Atlas, AtlasWord, Coverage, Limits, MemoryModel, explore};
use registers::atomic::SequenceLock;
use registers::memory::Ordering::Relaxed;
use registers::scenario::Scenario;
use registers::{Arity, Class, Construction, Memory, Read, Value, Word, Write};

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
    let short = explore(Limits {
        time: Duration::ZERO,
        ..Limits::default()
    });
    assert!(matches!(short.coverage, Coverage::Inconclusive(_)));
}

/// What is wrong with a register.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    Panics,
    MakesWords,
    /// It remembers something that its `Debug` output does not show.
    Hides,
}

/// A register that is flawed, and otherwise a word.
struct Flawed<const FLAW: usize>;

const FLAWS: [Flaw; 3] = [Flaw::Panics, Flaw::MakesWords, Flaw::Hides];

struct End {
    memory: Atlas,
    word: Arc<AtlasWord>,
    flaw: Flaw,
    last: AtomicU64,
}

impl fmt::Debug for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("End").finish_non_exhaustive()
    }
}

impl<const FLAW: usize> Construction<Atlas, 1> for Flawed<FLAW> {
    const NAME: &'static str = "flawed";
    const CLASS: Class = Class::Atomic;
    const READERS: Arity = Arity::Many;
    type Writer = End;
    type Reader = End;

    fn build(memory: &Atlas, [init]: Value<1>, readers: usize) -> (End, Vec<End>) {
        let word = Arc::new(memory.word(format_args!("word"), init));
        let end = || End {
            memory: memory.clone(),
            word: Arc::clone(&word),
            flaw: FLAWS[FLAW],
            last: AtomicU64::new(0),
        };
        (end(), (0..readers).map(|_| end()).collect())
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
        let value = self.word.load(Relaxed);
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

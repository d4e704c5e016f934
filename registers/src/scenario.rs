//! Who writes and reads what: a drawn history, to be performed on a register.

use histories::record::Clock;
use histories::{History, Instant, Operation, Process};

use crate::memory::Ordering::{Acquire, Release};
use crate::{Memory, Word};

/// Why a register cannot perform a history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// There are operations that are no reads or writes of one register.
    #[error(
        "a register offers reads and writes: leave out compare-and-swaps and the names of registers"
    )]
    NotARegister,
    /// It has one writer, and the history more.
    #[error(
        "{register} takes one writer, but {} write here: give all writes to one thread",
        threads(writers)
    )]
    Writers {
        /// The name of the register.
        register: &'static str,
        /// Who writes.
        writers: Vec<Process>,
    },
    /// It has one reader, and the history more.
    #[error(
        "{register} takes one reader, but {} read here: give all reads to one thread",
        threads(readers)
    )]
    Readers {
        /// The name of the register.
        register: &'static str,
        /// Who reads.
        readers: Vec<Process>,
    },
    /// A value has more or fewer words than the register.
    #[error("the value {value} has {} words, but the register has {words}: write one value, or {words} words separated by `|`", value.width().unwrap_or(1))]
    Width {
        /// The value.
        value: histories::Value,
        /// How many words the register has.
        words: usize,
    },
    /// A value is larger than the register can hold.
    #[error("{register} holds numbers below {below}, and {value} is not: write smaller ones")]
    TooLarge {
        /// The name of the register.
        register: &'static str,
        /// The value.
        value: histories::Value,
        /// What it has to be below.
        below: u64,
    },
}

/// `Thread 1, Thread 2 and Thread 3`
fn threads(processes: &[Process]) -> String {
    let names: Vec<String> = processes
        .iter()
        .map(|process| format!("Thread {process}"))
        .collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}

/// Which precedence the history of an execution has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precedence {
    /// Exactly that of the drawing: every operation is invoked as soon as those before it allow, and completes as late
    /// as those behind it do.
    Drawn,
    /// What occurs, by the [clock rule](histories::record), and at least what is enforced.
    Recorded,
}

/// Operations to be performed in every order that some precedences leave open.
///
/// Each process performs its own operations in order. Between processes only the stated precedences are enforced;
/// whatever else one operation precedes is up to the execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    name: String,
    operations: History,
    before: Vec<(usize, usize)>,
    precedence: Precedence,
}

impl Scenario {
    /// The operations of a drawn timeline, with exactly the precedences of the drawing enforced.
    pub fn drawn(name: impl Into<String>, timeline: &History) -> Self {
        let between = |a: usize, c: usize| {
            (0..timeline.operations().len())
                .any(|b| timeline.precedes(a, b) && timeline.precedes(b, c))
        };
        let before = timeline
            .precedence()
            .into_iter()
            .filter(|&(a, c)| !between(a, c))
            .collect();
        Self {
            name: name.into(),
            operations: timeline.clone(),
            before,
            precedence: Precedence::Drawn,
        }
    }

    /// One writer, Thread 1, that writes 1, 2, ... up to `writes` to a register that holds 0, and threads that read:
    /// one for each number in `reads`, which says how often. Nothing is enforced between threads.
    ///
    /// It is named by what each thread does: `ww·rr·r` writes twice, reads twice on one thread and once on another.
    pub fn free(writes: u64, reads: &[usize]) -> Self {
        let write = |value: u64| Operation::write(1, value, value..=value);
        let read = |process: usize, nth: usize| {
            let nth = nth as Instant;
            Operation::question(process as Process, nth..=nth)
        };
        let reading = reads.iter().zip(2..);
        let reading =
            reading.flat_map(|(&times, process)| (0..times).map(move |nth| read(process, nth)));
        let operations = History::new(0, (1..=writes).map(write).chain(reading))
            .expect("each process performs its operations one after the other");
        let lanes = std::iter::once("w".repeat(writes as usize))
            .chain(reads.iter().map(|&times| "r".repeat(times)));
        let name = lanes
            .filter(|lane| !lane.is_empty())
            .collect::<Vec<_>>()
            .join("·");
        let before = operations.precedence();
        let same = |at: usize| operations.operations()[at].process;
        let before = before
            .into_iter()
            .filter(|&(a, b)| same(a) == same(b) && b == a + 1)
            .collect();
        Self {
            name,
            operations,
            before,
            precedence: Precedence::Recorded,
        }
    }

    /// The same operations, of which more may precede one another than is enforced.
    #[must_use]
    pub fn recorded(self) -> Self {
        Self {
            precedence: Precedence::Recorded,
            ..self
        }
    }

    /// Which precedence the history of an execution has: that of the drawing if the scenario is [drawn](Self::drawn),
    /// what occurs if it is [free](Self::free).
    pub fn precedence(&self) -> Precedence {
        self.precedence
    }

    /// How tables name it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The operations of each process, in order. What they return is open, and their instants say nothing but this
    /// order.
    pub fn operations(&self) -> &History {
        &self.operations
    }

    /// The precedences that are enforced, without those that follow from others: pairs `(a, b)` of operations, by their
    /// index, in which a completes before b is invoked.
    pub fn before(&self) -> &[(usize, usize)] {
        &self.before
    }
}

/// A clock on a word of a memory, as the [clock rule](histories::record) asks for.
#[derive(Debug)]
pub struct MemoryClock<M: Memory>(M::Word);

impl<M: Memory> MemoryClock<M> {
    /// A clock that shows 0.
    pub fn new(memory: &M) -> Self {
        Self(memory.word(format_args!("clock"), 0))
    }
}

impl<M: Memory> Clock for MemoryClock<M> {
    fn invoked(&self) -> Instant {
        // Acquire: pairs with the Release of every completion counted before.
        self.0.fetch_add(1, Acquire)
    }

    fn completed(&self) -> Instant {
        // Release: pairs with the Acquire of every invocation counted after.
        self.0.fetch_add(1, Release)
    }
}

#[cfg(test)]
mod tests {
    use histories::Timeline;

    use super::*;
    use crate::Hardware;
    use crate::safe::WordByWord;
    use crate::subject::Subject;
    use crate::worlds::Any;

    fn misfit(picture: &str) -> String {
        let history = picture.parse::<Timeline>().unwrap().history;
        let subject = Subject::of::<WordByWord, 2>();
        subject.check(&history).unwrap_err().to_string()
    }

    #[test]
    fn what_does_not_fit_is_said() {
        assert_eq!(
            misfit("init: 0\nT1: ww(1)\nT2: ww(2)\nT3: rr\n"),
            "word-by-word takes one writer, but Thread 1 and Thread 2 write here: give all writes to one thread"
        );
        assert_eq!(
            misfit("init: 0\nT1: ww(1|2|3)\n"),
            "the value 1|2|3 has 3 words, but the register has 2: write one value, or 2 words separated by `|`"
        );
    }

    #[test]
    fn a_drawn_scenario_enforces_what_does_not_follow_from_the_rest() {
        let picture = "init: 0\nT1: ww(1)  ww(2)\nT2:               rr\n";
        let history = picture.parse::<Timeline>().unwrap().history;
        assert_eq!(Scenario::drawn("", &history).before(), [(0, 1), (1, 2)]);
    }

    #[test]
    fn a_free_scenario_enforces_nothing_between_threads() {
        let scenario = Scenario::free(2, &[2, 1]);
        assert_eq!(scenario.name(), "ww·rr·r");
        assert_eq!(scenario.before(), [(0, 1), (2, 3)]);
    }

    #[test]
    fn one_thread_may_both_write_and_read() {
        let history = "init: 0\nT1: ww(1) rr\n"
            .parse::<Timeline>()
            .unwrap()
            .history;
        let subject = Subject::of::<WordByWord, 2>();
        let mut hands = subject.cast(&Any::new(Hardware), &history).unwrap();
        let seen: Vec<_> = history
            .operations()
            .iter()
            .map(|op| hands[0].perform(&op.action))
            .collect();
        assert_eq!(seen, [None, Some(1.into())]);
    }
}

//! Who writes and reads what: a drawn history, to be performed on a register.

use std::str::FromStr;

use histories::record::Clock;
use histories::{Action, Builder, History, Instant, Operation, Process};

use crate::memory::Ordering::{Acquire, Release};
use crate::subject::Claims;
use crate::{Arity, Memory, Word};

/// Why a register cannot perform a history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
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
    #[error(
        "the value {value} {}, but the register has {words}: write one value, or {words} words separated by `|`",
        words_of(value)
    )]
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
/// How many words a value has, for an error.
fn words_of(value: &histories::Value) -> String {
    match value.word(0) {
        None => "is no whole number".to_owned(),
        Some(_) => format!("has {} words", value.width().unwrap_or(1)),
    }
}

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

/// What a thread does next, and on which register, if that has a name.
#[derive(Clone, Copy)]
struct Todo {
    what: What,
    register: Option<char>,
}

/// What it does: the values that it writes may be stated.
#[derive(Clone, Copy)]
enum What {
    Read,
    Write(Option<u64>),
    /// From what to what.
    Swap(Option<(u64, u64)>),
}

impl From<What> for Todo {
    fn from(what: What) -> Self {
        Self {
            what,
            register: None,
        }
    }
}

/// The text is not a scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a scenario: write what each thread does, as in `ww.rr.r`, or `w.w1w0.r` with the values to write; `c0>1` swaps 0 for 1, and `w:x r:y` is on two registers"
)]
pub struct NotAScenario(String);

impl FromStr for Scenario {
    type Err = NotAScenario;

    /// What each thread does: `ww.rr.r` writes twice on one thread, reads twice on another and once on a third. Writes
    /// write 1, 2, 3, ... in the order in which they stand there, or the number behind them: `w1w1.r`. Threads may write
    /// and read: `wr.wr`. A `c` is a compare-and-swap, of 0 for the next number if nothing is said, or as in `c1>2`. Behind
    /// a `:` stands the letter of a register, if there are several: `w:x r:y.w:y r:x`. Nothing is enforced between threads.
    fn from_str(text: &str) -> Result<Self, NotAScenario> {
        fn number(text: &str) -> Option<(Option<u64>, &str)> {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let (number, further) = text.split_at(digits);
            let number = match number {
                "" => None,
                number => Some(number.parse().ok()?),
            };
            Some((number, further))
        }
        let lane = |text: &str| -> Option<Vec<Todo>> {
            let mut lane = Vec::new();
            let mut rest = text.trim();
            while let Some(letter) = rest.chars().next() {
                let behind = rest.strip_prefix(['w', 'r', 'c'])?;
                let (stated, mut further) = number(behind)?;
                let what = match (letter, stated) {
                    ('w', stated) => What::Write(stated),
                    ('r', None) => What::Read,
                    ('c', None) => What::Swap(None),
                    ('c', Some(expected)) => {
                        let (new, behind) = number(further.strip_prefix('>')?)?;
                        further = behind;
                        What::Swap(Some((expected, new?)))
                    }
                    _ => return None,
                };
                let mut register = None;
                if let Some(behind) = further.strip_prefix(':') {
                    register = behind.chars().next().filter(char::is_ascii_lowercase);
                    further = behind.get(1..).filter(|_| register.is_some())?;
                }
                lane.push(Todo { what, register });
                rest = further.trim_start();
            }
            Some(lane).filter(|lane| !lane.is_empty() && lane.len() <= 64)
        };
        let lanes: Option<Vec<Vec<Todo>>> = text.split(['.', '·']).map(lane).collect();
        let shown = || NotAScenario(text.chars().take(40).collect());
        Ok(Self::of_lanes(&lanes.ok_or_else(shown)?, 0))
    }
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
        let write = |value| Todo::from(What::Write(Some(value)));
        let writing = (1..=writes).map(write).collect();
        let reading = reads.iter().map(|&times| vec![What::Read.into(); times]);
        let lanes: Vec<Vec<Todo>> = std::iter::once(writing).chain(reading).collect();
        Self::of_lanes(&lanes, 0)
    }

    /// The small scenarios in which everything is tried that says this of itself: those that it can perform. They come
    /// in families; within one each grows from the one before.
    pub fn small(claims: &Claims) -> Vec<Vec<Self>> {
        let mut families = vec![vec!["w.r", "w.rr", "ww.rr", "www.rr"]];
        if claims.readers == Arity::Many {
            families.push(vec!["w.r.r", "ww.r.r", "ww.r.rr"]);
        }
        if claims.writers == Arity::Many {
            families.push(vec!["w.w.r", "w.w.rr"]);
        }
        let scenario = |lanes: &str| {
            let scenario: Self = lanes.parse().expect("these are scenarios");
            match claims.small_numbers() {
                Some(below) => scenario.below(below),
                None => scenario,
            }
        };
        let family = |lanes: &Vec<&str>| lanes.iter().map(|lanes| scenario(lanes)).collect();
        let mut families: Vec<Vec<Self>> = families.iter().map(family).collect();
        if let Some(below) = claims.small_numbers() {
            families.push(vec![scenario("w1w1.r")]);
            if (4..=64).contains(&below) {
                // Down, and up again on the way: what a register of unary numbers shows.
                families.push(vec![scenario(&format!("w{}w1w2.rr", below - 1))]);
            }
        }
        families
    }

    /// The same on a register that holds numbers below this one only: what each write writes that does not say so is
    /// the remainder.
    #[must_use]
    pub fn below(self, below: u64) -> Self {
        let small = |value: &histories::Value| value.word(0).unwrap_or_default() % below;
        let reduced = |operation: &Operation| match operation.written() {
            Some(value) if operation.is_write() => Operation {
                action: Action::Write(small(value).into()),
                ..operation.clone()
            },
            _ => operation.clone(),
        };
        let operations = self.operations.operations().iter().map(reduced);
        let initial = small(self.operations.initial());
        Self {
            operations: History::new(initial, operations).expect("only values have changed"),
            ..self
        }
    }

    fn of_lanes(lanes: &[Vec<Todo>], initial: u64) -> Self {
        let lanes = lanes.iter().filter(|lane| !lane.is_empty());
        let mut builder = Builder::new(initial.into());
        let (mut names, mut written) = (Vec::new(), 0);
        for (lane, process) in lanes.zip(1 as Process..) {
            let mut name = String::new();
            for (todo, nth) in lane.iter().zip(0 as Instant..) {
                let at = nth..=nth;
                if todo.register.is_some() && !name.is_empty() {
                    name += " ";
                }
                let operation = match todo.what {
                    What::Read => {
                        name += "r";
                        Operation::question(process, at)
                    }
                    What::Write(stated) => {
                        written += 1;
                        name += "w";
                        let other = stated.filter(|&stated| stated != written);
                        name += &other.map_or_else(String::new, |value| value.to_string());
                        Operation::write(process, stated.unwrap_or(written), at)
                    }
                    What::Swap(stated) => {
                        written += 1;
                        let (expected, new) = stated.unwrap_or((initial, written));
                        name += &format!("c{expected}>{new}");
                        Operation::compare_and_swap(process, expected, new, None, at)
                    }
                };
                let register = todo.register.map_or_else(String::new, String::from);
                if !register.is_empty() {
                    name += &format!(":{register}");
                }
                let register = builder.register(&register);
                builder.push(operation.on(register));
            }
            names.push(name);
        }
        let history = builder.build();
        let operations = history.expect("each process performs its operations one after the other");
        let same = |at: usize| operations.operations()[at].process;
        let before = operations
            .precedence()
            .into_iter()
            .filter(|&(a, b)| same(a) == same(b) && b == a + 1)
            .collect();
        Self {
            name: names.join("·"),
            operations,
            before,
            precedence: Precedence::Recorded,
        }
    }

    /// The same, with other values: these operations stand in the places of its own.
    #[must_use]
    pub fn of_operations(self, operations: History) -> Self {
        Self { operations, ..self }
    }

    /// The same operations, of which more may precede one another than is enforced.
    #[must_use]
    pub fn recorded(self) -> Self {
        Self {
            precedence: Precedence::Recorded,
            ..self
        }
    }

    /// The same operations, with nothing enforced between threads: what a drawing cannot say of two threads with two
    /// operations each.
    #[must_use]
    pub fn unordered(self) -> Self {
        let all = self.operations.operations();
        let before = (1..all.len()).map(|at| (at - 1, at));
        let before = before.filter(|&(a, b)| all[a].process == all[b].process);
        Self {
            before: before.collect(),
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
    use crate::worlds::Erased;

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
    fn a_scenario_may_swap_and_have_two_registers() {
        let described = |text: &str| {
            let scenario: Scenario = text.parse().unwrap();
            let all = scenario.operations();
            let names = 0..all.operations().len();
            let names: Vec<String> = names.map(|at| all.describe(at)).collect();
            format!("{}: {}", scenario.name(), names.join(", "))
        };
        assert_eq!(
            described("c.c1>3r"),
            "c0>1·c1>3r: Thread 1's first compare-and-swap (of 0 for 1), \
             Thread 2's first compare-and-swap (of 1 for 3), Thread 2's first read"
        );
        assert_eq!(
            described("w:x r:y.w:yr:x"),
            "w:x r:y·w:y r:x: the write of 1 to x, Thread 1's first read of y, the write of 2 to y, \
             Thread 2's first read of x"
        );
        for text in ["c1", "c1>", "w:", "w:1", "r:é", "w:X"] {
            assert!(text.parse::<Scenario>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_free_scenario_enforces_nothing_between_threads() {
        let scenario = Scenario::free(2, &[2, 1]);
        assert_eq!(scenario.name(), "ww·rr·r");
        assert_eq!(scenario.before(), [(0, 1), (2, 3)]);
    }

    #[test]
    fn a_scenario_is_typed_as_what_each_thread_does() {
        let described = |text: &str| {
            let scenario: Scenario = text.parse().unwrap();
            let operations = scenario.operations().operations().iter();
            let values: Vec<String> = operations
                .filter_map(|op| op.written().map(ToString::to_string))
                .collect();
            format!("{} writes {}", scenario.name(), values.join(" "))
        };
        assert_eq!(described("ww.rr.r"), "ww·rr·r writes 1 2");
        assert_eq!(described("w.w·r"), "w·w·r writes 1 2");
        assert_eq!(described("wr.rw"), "wr·rw writes 1 2");
        assert_eq!(described("w1w1w0.r"), "ww1w0·r writes 1 1 0");
        for text in [
            "",
            "w.",
            "x",
            "r1",
            "w.é",
            "w99999999999999999999",
            "note",
            "w.r.txt",
        ] {
            assert!(text.parse::<Scenario>().is_err(), "{text:?}");
        }
        assert_eq!("ww.r".parse(), Ok(Scenario::free(2, &[1])));
    }

    #[test]
    fn small_numbers_are_remainders() {
        let scenario = Scenario::free(3, &[1]).below(2);
        let written = scenario.operations().operations().iter();
        let written: Vec<_> = written.filter_map(Operation::written).cloned().collect();
        assert_eq!(written, [1.into(), 0.into(), 1.into()]);
    }

    #[test]
    fn an_unordered_scenario_is_a_free_one_of_any_values() {
        let picture = "init: 0\nT1: ww(1) ww(2)\nT2:             rr rr\nT3: rr\n";
        let history = picture.parse::<Timeline>().unwrap().history;
        let unordered = Scenario::drawn("", &history).unordered();
        let free = Scenario::free(2, &[2, 1]);
        assert_eq!(unordered.before(), free.before());
        assert_eq!(unordered.precedence(), free.precedence());
    }

    #[test]
    fn one_thread_may_both_write_and_read() {
        let history = "init: 0\nT1: ww(1) rr\n"
            .parse::<Timeline>()
            .unwrap()
            .history;
        let subject = Subject::of::<WordByWord, 2>();
        let mut handles = subject
            .instantiate(&Erased::new(Hardware), &history)
            .unwrap();
        let seen: Vec<_> = history
            .operations()
            .iter()
            .map(|op| handles[0].perform(&op.action))
            .collect();
        assert_eq!(seen, [None, Some(1.into())]);
    }
}

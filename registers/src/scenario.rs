//! Who writes and reads what: a drawn history, to be performed on a register.

use histories::record::Clock;
use histories::{Action, History, Instant, Operation, Process};

use crate::memory::Ordering::{Acquire, Release};
use crate::{Arity, Construction, Memory, Read, Word, Write};

/// Why a register cannot perform a history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
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

/// A register built for a history: each process holds what it needs to play its part.
#[derive(Debug)]
pub struct Cast<W, R> {
    /// What each process holds, in the order of [`History::processes`].
    pub hands: Vec<Hands<W, R>>,
}

/// The ends of a register that one process holds.
#[derive(Debug)]
pub struct Hands<W, R> {
    writer: Option<W>,
    reader: Option<R>,
}

impl<W, R> Cast<W, R> {
    /// Checks that register `C` of `N` words can perform `history`.
    ///
    /// # Errors
    ///
    /// If the history has more writers or readers than the register allows, or values that do not fit its words.
    pub fn check<M: Memory, C: Construction<M, N>, const N: usize>(
        history: &History,
    ) -> Result<(), Misfit> {
        let writers = history.writers();
        if writers.len() > 1 {
            return Err(Misfit::Writers {
                register: C::NAME,
                writers,
            });
        }
        let readers = readers(history);
        if readers.len() > 1 && C::READERS == Arity::One {
            return Err(Misfit::Readers {
                register: C::NAME,
                readers,
            });
        }
        let values = history.operations().iter().filter_map(Operation::written);
        match values
            .chain([history.initial()])
            .find(|value| value.to_words::<N>().is_none())
        {
            Some(value) => Err(Misfit::Width {
                value: value.clone(),
                words: N,
            }),
            None => Ok(()),
        }
    }

    /// Builds register `C` for `history`.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn build<M: Memory, C, const N: usize>(
        memory: &M,
        history: &History,
    ) -> Result<Self, Misfit>
    where
        C: Construction<M, N, Writer = W, Reader = R>,
    {
        Self::check::<M, C, N>(history)?;
        let readers = readers(history);
        let init = history
            .initial()
            .to_words()
            .expect("the width has been checked");
        let (writer, handed_out) = C::build(memory, init, readers.len());
        let mut writer = Some(writer);
        let writing = history.writers();
        let mut reading = readers.into_iter().zip(handed_out).peekable();
        // Both lists of processes are in order.
        let hands = history.processes().into_iter().map(|process| Hands {
            writer: if writing.contains(&process) {
                writer.take()
            } else {
                None
            },
            reader: reading
                .next_if(|&(reader, _)| reader == process)
                .map(|(_, reader)| reader),
        });
        Ok(Self {
            hands: hands.collect(),
        })
    }
}

/// The hands of one process, whatever the register: performs an operation, and returns what it read.
pub type Performer<'a> = Box<dyn FnMut(&Action) -> Option<histories::Value> + Send + 'a>;

impl<W, R> Cast<W, R> {
    /// The hands without the type of their register, so that what moves them is compiled only once.
    pub fn into_performers<'a, const N: usize>(self) -> Vec<Performer<'a>>
    where
        W: Write<N> + 'a,
        R: Read<N> + 'a,
    {
        let performer = |mut hands: Hands<W, R>| -> Performer<'a> {
            Box::new(move |action| hands.perform(action))
        };
        self.hands.into_iter().map(performer).collect()
    }
}

impl<W, R> Hands<W, R> {
    /// Performs one operation, and returns what it read.
    ///
    /// # Panics
    ///
    /// If the operation is not one of those for which these hands were cast.
    pub fn perform<const N: usize>(&mut self, action: &Action) -> Option<histories::Value>
    where
        W: Write<N>,
        R: Read<N>,
    {
        match action {
            Action::Write(value) => {
                let writer = self
                    .writer
                    .as_mut()
                    .expect("a process that writes has the writer");
                writer.write(value.to_words().expect("the width has been checked"));
                None
            }
            Action::Read(_) => {
                let reader = self
                    .reader
                    .as_mut()
                    .expect("a process that reads has a reader");
                Some(reader.read().into())
            }
        }
    }
}

/// Who reads, in order.
fn readers(history: &History) -> Vec<Process> {
    let mut readers: Vec<Process> = history
        .operations()
        .iter()
        .filter(|op| !op.is_write())
        .map(|op| op.process)
        .collect();
    readers.dedup();
    readers
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
    use crate::{Hardware, safe::WordByWord};

    fn misfit(picture: &str) -> String {
        let history = picture.parse::<Timeline>().unwrap().history;
        Cast::<(), ()>::check::<Hardware, WordByWord, 2>(&history)
            .unwrap_err()
            .to_string()
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
        let mut cast = Cast::build::<Hardware, WordByWord, 2>(&Hardware, &history).unwrap();
        let seen: Vec<_> = history
            .operations()
            .iter()
            .map(|op| cast.hands[0].perform(&op.action))
            .collect();
        assert_eq!(seen, [None, Some(1.into())]);
    }
}

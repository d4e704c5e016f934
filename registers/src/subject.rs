//! A register as a value: what it claims, and how it is built in any memory.

use std::fmt;

use histories::{Action, History, Operation, Process};

use crate::scenario::Misfit;
use crate::worlds::Erased;
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Write, Writers};

/// What a register says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// What it is called.
    pub name: &'static str,
    /// The strongest class that it claims.
    pub class: Class,
    /// What it claims for those whom others keep waiting.
    pub progress: Progress,
    /// How many may write it.
    pub writers: Arity,
    /// How many may read it.
    pub readers: Arity,
    /// Below which number each word of its value has to be.
    pub below: Option<u64>,
}

impl Claims {
    /// Below which number its values are, if that is so small that values have to repeat.
    pub fn small_numbers(&self) -> Option<u64> {
        self.below.filter(|&below| below < 1 << 32)
    }

    /// What register `C` says.
    pub const fn of<M: Memory, C: Construction<M, N>, const N: usize>() -> Self {
        Self {
            name: C::NAME,
            class: C::CLASS,
            progress: C::PROGRESS,
            writers: <C::Writers as Writers<N>>::ARITY,
            readers: C::READERS,
            below: C::BELOW,
        }
    }
}

/// The ends of a register that one process holds. Its `Debug` output is what it remembers from one operation to the
/// next: two hands that remember the same will do the same.
pub trait Hand: fmt::Debug + Send {
    /// Performs an operation, and returns what it read.
    ///
    /// # Panics
    ///
    /// If the operation is not one of those for which this hand was cast.
    fn perform(&mut self, action: &Action) -> Option<histories::Value>;
}

/// A register with a number of words, to be studied in any world.
///
/// ```
/// use registers::subject::Subject;
/// use registers::{Class, atomic::SequenceLock};
///
/// let subject = Subject::of::<SequenceLock, 2>();
/// assert_eq!(subject.claims().class, Class::Atomic);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    claims: Claims,
    words: usize,
    cast: fn(&Erased, &History) -> Vec<Box<dyn Hand>>,
}

impl Subject {
    /// Register `C` of `N` words.
    pub fn of<C: Construction<Erased, N>, const N: usize>() -> Self {
        Self {
            claims: Claims::of::<Erased, C, N>(),
            words: N,
            cast: cast::<C, N>,
        }
    }

    /// What it claims.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// How many words it has.
    pub fn words(&self) -> usize {
        self.words
    }

    /// Checks that it can perform `history`.
    ///
    /// # Errors
    ///
    /// If the history has more writers or readers than the register allows, or values that do not fit its words.
    pub fn check(&self, history: &History) -> Result<(), Misfit> {
        let Claims { name, below, .. } = self.claims;
        let only_reads_and_writes = history
            .operations()
            .iter()
            .all(|op| op.register == 0 && (op.is_read() || op.is_write()));
        if !only_reads_and_writes {
            return Err(Misfit::NotARegister);
        }
        let writers = history.writers();
        if writers.len() > 1 && self.claims.writers == Arity::One {
            return Err(Misfit::Writers {
                register: name,
                writers,
            });
        }
        let readers = readers(history);
        if readers.len() > 1 && self.claims.readers == Arity::One {
            return Err(Misfit::Readers {
                register: name,
                readers,
            });
        }
        let written = history.operations().iter().filter_map(Operation::written);
        for value in written.chain([history.initial()]) {
            let width = value.width().unwrap_or(self.words);
            // Neither nil nor a text has words.
            if width != self.words || value.word(0).is_none() {
                return Err(Misfit::Width {
                    value: value.clone(),
                    words: self.words,
                });
            }
            if let Some(below) = below.filter(|&below| words(value).any(|word| word >= below)) {
                return Err(Misfit::TooLarge {
                    register: name,
                    value: value.clone(),
                    below,
                });
            }
        }
        Ok(())
    }

    /// Builds it for `history`: a hand for each process, in the order of [`History::processes`].
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn cast(&self, memory: &Erased, history: &History) -> Result<Vec<Box<dyn Hand>>, Misfit> {
        self.check(history)?;
        Ok((self.cast)(memory, history))
    }
}

/// The words of a value, those that are equal only once.
fn words(value: &histories::Value) -> impl Iterator<Item = u64> + '_ {
    (0..value.width().unwrap_or(1)).filter_map(|at| value.word(at))
}

/// Who reads, in order.
fn readers(history: &History) -> Vec<Process> {
    let operations = history.operations().iter();
    let reads = operations.filter(|op| op.is_read());
    let mut readers: Vec<Process> = reads.map(|op| op.process).collect();
    readers.sort_unstable();
    readers.dedup();
    readers
}

/// The ends of a register of `N` words that one process holds.
#[derive(Debug)]
struct Ends<W, R, const N: usize> {
    writer: Option<W>,
    reader: Option<R>,
}

impl<W, R, const N: usize> Hand for Ends<W, R, N>
where
    W: Write<N> + fmt::Debug,
    R: Read<N> + fmt::Debug,
{
    fn perform(&mut self, action: &Action) -> Option<histories::Value> {
        match action {
            Action::Write(value) => {
                let writer = self.writer.as_mut();
                let writer = writer.expect("a process that writes has a writer");
                writer.write(value.to_words().expect("the width has been checked"));
                None
            }
            Action::Read(_) => {
                let reader = self.reader.as_mut();
                let reader = reader.expect("a process that reads has a reader");
                Some(reader.read().into())
            }
            Action::CompareAndSwap { .. } => unreachable!("the check lets reads and writes pass"),
        }
    }
}

fn cast<C: Construction<Erased, N>, const N: usize>(
    memory: &Erased,
    history: &History,
) -> Vec<Box<dyn Hand>> {
    let (writing, reading) = (history.writers(), readers(history));
    let initial = history.initial().to_words();
    let sizes = Sizes {
        writers: writing.len(),
        readers: reading.len(),
    };
    let (writers, readers) = C::build(memory, initial.expect("the width has been checked"), sizes);
    let mut writers = writing.into_iter().zip(writers.into_vec()).peekable();
    let mut readers = reading.into_iter().zip(readers).peekable();
    // All lists of processes are in order.
    let hands = history.processes().into_iter().map(|process| {
        let writer = writers.next_if(|&(writer, _)| writer == process);
        let reader = readers.next_if(|&(reader, _)| reader == process);
        Box::new(Ends::<_, _, N> {
            writer: writer.map(|(_, writer)| writer),
            reader: reader.map(|(_, reader)| reader),
        }) as Box<dyn Hand>
    });
    hands.collect()
}

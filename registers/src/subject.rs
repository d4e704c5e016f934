//! A register as a value: what it claims, and how it is built in any memory.

use histories::{History, Operation, Process};

pub use crate::handle::Handle;
use crate::handle::{self, Ends, OfProcess};
use crate::scenario::Unsupported;
use crate::worlds::Erased;
use crate::{Arity, Class, Construction, Memory, Progress, Sizes, Writers};

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
    build: fn(&Erased, &[u64], Sizes) -> Ends,
}

impl Subject {
    /// Register `C` of `N` words.
    pub fn of<C: Construction<Erased, N>, const N: usize>() -> Self {
        Self {
            claims: Claims::of::<Erased, C, N>(),
            words: N,
            build: handle::build::<Erased, C, N>,
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
    pub fn check(&self, history: &History) -> Result<(), Unsupported> {
        let Claims { name, below, .. } = self.claims;
        let only_reads_and_writes = history
            .operations()
            .iter()
            .all(|op| op.register == 0 && (op.is_read() || op.is_write()));
        if !only_reads_and_writes {
            return Err(Unsupported::NotARegister);
        }
        let writers = history.writers();
        if writers.len() > 1 && self.claims.writers == Arity::One {
            return Err(Unsupported::Writers {
                register: name,
                writers,
            });
        }
        let readers = readers(history);
        if readers.len() > 1 && self.claims.readers == Arity::One {
            return Err(Unsupported::Readers {
                register: name,
                readers,
            });
        }
        let written = history.operations().iter().filter_map(Operation::written);
        for value in written.chain([history.initial()]) {
            let width = value.width().unwrap_or(self.words);
            // Neither nil nor a text has words.
            if width != self.words || value.word(0).is_none() {
                return Err(Unsupported::Width {
                    value: value.clone(),
                    words: self.words,
                });
            }
            if let Some(below) = below.filter(|&below| words(value).any(|word| word >= below)) {
                return Err(Unsupported::TooLarge {
                    register: name,
                    value: value.clone(),
                    below,
                });
            }
        }
        Ok(())
    }

    /// Builds it for `history`: a handle for each process, in the order of [`History::processes`].
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn instantiate(
        &self,
        memory: &Erased,
        history: &History,
    ) -> Result<Vec<Box<dyn Handle>>, Unsupported> {
        self.check(history)?;
        let (writing, reading) = (history.writers(), readers(history));
        let sizes = Sizes {
            writers: writing.len(),
            readers: reading.len(),
        };
        let Ends { writers, readers } = self.ends(memory, history.initial(), sizes);
        // All lists of processes are in order.
        let mut writers = writing.into_iter().zip(writers).peekable();
        let mut readers = reading.into_iter().zip(readers).peekable();
        let handles = history.processes().into_iter().map(|process| {
            let writer = writers.next_if(|(writer, _)| *writer == process);
            let reader = readers.next_if(|(reader, _)| *reader == process);
            Box::new(OfProcess {
                words: self.words,
                writer: writer.map(|(_, writer)| writer),
                reader: reader.map(|(_, reader)| reader),
            }) as Box<dyn Handle>
        });
        Ok(handles.collect())
    }
}

impl Subject {
    /// Builds it, for so many writers and readers as it allows.
    pub(crate) fn ends(&self, memory: &Erased, initial: &histories::Value, sizes: Sizes) -> Ends {
        let initial: Vec<u64> = handle::words_of(initial, self.words).collect();
        (self.build)(memory, &initial, sizes)
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

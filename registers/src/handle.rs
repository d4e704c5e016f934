//! What a process holds of a register whose type and number of words are known only at run time.
//!
//! What is generic here is compiled for every register, memory and width, so it is as little as can be: [`build`] puts
//! each end behind a pointer, and which process gets which end is decided once for all.

use std::fmt;

use histories::{Action, Value};

use crate::{Construction, Memory, Read, Sizes, Write, Writers};

/// The ends of a register that one process holds. Its `Debug` output is what it remembers from one operation to the
/// next: two handles that remember the same will do the same.
pub trait Handle: fmt::Debug + Send {
    /// Performs an operation, and returns what it read.
    ///
    /// # Panics
    ///
    /// If the operation is not one of those for which this handle was made.
    fn perform(&mut self, action: &Action) -> Option<Value>;
}

/// The right to write a register of some width.
pub(crate) trait WriteWords: fmt::Debug + Send {
    /// Replaces the value by one of as many words as the register has.
    fn write(&mut self, words: &[u64]);
}

/// The right to read a register of some width.
pub(crate) trait ReadWords: fmt::Debug + Send {
    /// Returns the value.
    fn read(&mut self) -> Value;
}

/// All ends of a register.
#[derive(Debug)]
pub(crate) struct Ends {
    pub(crate) writers: Vec<Box<dyn WriteWords>>,
    pub(crate) readers: Vec<Box<dyn ReadWords>>,
}

/// Builds register `C` of `N` words that holds `initial`.
pub(crate) fn build<M: Memory, C: Construction<M, N>, const N: usize>(
    memory: &M,
    initial: &[u64],
    sizes: Sizes,
) -> Ends {
    let initial = initial.try_into().expect("the width has been checked");
    let (writers, mut readers) = C::build(memory, initial, sizes);
    let mut ends = Ends {
        writers: Vec::new(),
        readers: Vec::new(),
    };
    writers.each(&mut |writer| ends.writers.push(Box::new(OfWidth(writer))));
    // The last one first, which takes less code than an iterator of each kind.
    while let Some(reader) = readers.pop() {
        ends.readers.push(Box::new(OfWidth(reader)));
    }
    ends.readers.reverse();
    ends
}

/// An end of a register of `N` words. It remembers what the end does, and nothing else.
struct OfWidth<E, const N: usize>(E);

impl<E: fmt::Debug, const N: usize> fmt::Debug for OfWidth<E, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<W: Write<N> + fmt::Debug, const N: usize> WriteWords for OfWidth<W, N> {
    fn write(&mut self, words: &[u64]) {
        let words = words.try_into().expect("the width has been checked");
        self.0.write(words);
    }
}

impl<R: Read<N> + fmt::Debug, const N: usize> ReadWords for OfWidth<R, N> {
    fn read(&mut self) -> Value {
        self.0.read().as_slice().into()
    }
}

/// The ends that one process holds.
#[derive(Debug)]
pub(crate) struct OfProcess {
    pub(crate) words: usize,
    pub(crate) writer: Option<Box<dyn WriteWords>>,
    pub(crate) reader: Option<Box<dyn ReadWords>>,
}

impl Handle for OfProcess {
    fn perform(&mut self, action: &Action) -> Option<Value> {
        match action {
            Action::Write(value) => {
                let writer = self.writer.as_mut();
                let writer = writer.expect("a process that writes has a writer");
                let words: Vec<u64> = words_of(value, self.words).collect();
                writer.write(&words);
                None
            }
            Action::Read(_) => {
                let reader = self.reader.as_mut();
                Some(reader.expect("a process that reads has a reader").read())
            }
            Action::CompareAndSwap { .. } => unreachable!("the check lets reads and writes pass"),
        }
    }
}

/// A value as so many words.
pub(crate) fn words_of(value: &Value, words: usize) -> impl Iterator<Item = u64> + '_ {
    (0..words).map(|at| value.word(at).expect("the width has been checked"))
}

//! What a register is: a value, one who writes it, those who read it, and a claim about what they see.

use std::fmt;

use histories::Model;

use crate::Memory;

/// The value of a register of `N` words.
pub type Value<const N: usize> = [u64; N];

/// The right to write a register.
pub trait Write<const N: usize>: Send {
    /// Replaces the value.
    fn write(&mut self, value: Value<N>);
}

/// The right to read a register.
pub trait Read<const N: usize>: Send {
    /// Returns the value, as far as the class of the register promises.
    fn read(&mut self) -> Value<N>;
}

/// How a register is made of the words of a memory.
///
/// It hands out one writer, which cannot be cloned: that there is a single writer is a theorem of the type checker.
///
/// ```compile_fail,E0599
/// use registers::{Construction, Hardware, atomic::SequenceLock};
///
/// let (writer, _) = SequenceLock::build(&Hardware, [0; 2], 1);
/// let second = writer.clone();
/// ```
pub trait Construction<M: Memory, const N: usize> {
    /// What it is called, in lower case with hyphens: the name on the command line.
    const NAME: &'static str;
    /// The strongest class that it claims.
    const CLASS: Class;
    /// How many may read it.
    const READERS: Arity;
    /// The right to write it. What it remembers from one operation to the next shows in its `Debug` output, as
    /// `derive(Debug)` has it.
    type Writer: Write<N> + fmt::Debug;
    /// The right to read it. What it remembers from one operation to the next shows in its `Debug` output, as
    /// `derive(Debug)` has it.
    type Reader: Read<N> + fmt::Debug;

    /// Builds a register that holds `init`, with its writer and as many readers as asked for.
    /// There are never more of them than [`READERS`](Self::READERS) allows.
    fn build(memory: &M, init: Value<N>, readers: usize) -> (Self::Writer, Vec<Self::Reader>);
}

/// What a register promises to a read (Lamport, *On interprocess communication*, 1986). Each class implies those before
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The value last written, unless a write is under way: then anything.
    Safe,
    /// The value last written, or that of a write under way.
    Regular,
    /// As if every read and write happened at one instant.
    Atomic,
}

impl From<Class> for Model {
    fn from(class: Class) -> Self {
        match class {
            Class::Safe => Self::Safe,
            Class::Regular => Self::Regular,
            Class::Atomic => Self::Atomic,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Model::from(*self).fmt(f)
    }
}

/// How many processes may do something at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arity {
    /// A single one.
    One,
    /// Any number.
    Many,
}

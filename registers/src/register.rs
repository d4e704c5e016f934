//! What a register is: a value, those who write it, those who read it, and a claim about what they see.

use std::fmt;

use histories::Model;

use crate::Memory;

/// The value of a register of `N` words.
pub type Value<const N: usize> = [u64; N];

/// The right to write a register.
pub trait Write<const N: usize>: Send {
    /// Replaces the value.
    fn write(&mut self, value: Value<N>);

    /// The same. A long value need not be copied on its way to the register.
    #[inline]
    fn write_ref(&mut self, value: &Value<N>) {
        self.write(*value);
    }
}

/// The right to read a register.
pub trait Read<const N: usize>: Send {
    /// Returns the value, as far as the class of the register promises.
    fn read(&mut self) -> Value<N>;

    /// Reads as well, and copies less: what is returned is the reader's own copy, if it keeps one; otherwise the value
    /// is read into `buffer`.
    #[inline]
    fn read_ref<'a>(&'a mut self, buffer: &'a mut Value<N>) -> &'a Value<N> {
        *buffer = self.read();
        buffer
    }
}

/// How a register is made of the words of a memory.
///
/// A register for one writer hands out an array of one writer, which cannot be cloned: that there is a single writer is
/// a theorem of the type checker.
///
/// ```compile_fail,E0599
/// use registers::{Construction, Sizes, Hardware, atomic::SequenceLock};
///
/// let ([writer], _) = SequenceLock::build(&Hardware, [0; 2], Sizes::readers(1));
/// let second = writer.clone();
/// ```
pub trait Construction<M: Memory, const N: usize> {
    /// What it is called, in lower case with hyphens: the name on the command line.
    const NAME: &'static str;
    /// The strongest class that it claims.
    const CLASS: Class;
    /// What it claims for those whom others keep waiting, or stop for.
    const PROGRESS: Progress;
    /// How many may read it.
    const READERS: Arity;
    /// If it holds small numbers only, below which one each word of its value has to be: 2 for a bit.
    const BELOW: Option<u64> = None;
    /// The rights to write it: `[Writer; 1]` if there can be only one, a `Vec` if there may be many. What a writer
    /// remembers from one operation to the next shows in its `Debug` output, as `derive(Debug)` has it.
    type Writers: Writers<N>;
    /// The right to read it. What it remembers from one operation to the next shows in its `Debug` output, as
    /// `derive(Debug)` has it.
    type Reader: Read<N> + fmt::Debug + 'static;

    /// Builds a register that holds `init`, for as many writers and readers as asked for. There are never more readers
    /// than [`READERS`](Self::READERS) allows, and never more writers than [`Writers`](Self::Writers) holds.
    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>);
}

/// How many processes share a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sizes {
    /// How many write it.
    pub writers: usize,
    /// How many read it.
    pub readers: usize,
}

impl Sizes {
    /// One writer, and these readers.
    #[must_use]
    pub const fn readers(readers: usize) -> Self {
        Self {
            writers: 1,
            readers,
        }
    }

    /// What `make` makes for each writer, from 0.
    #[must_use]
    pub fn each_writer<W>(self, make: impl FnMut(usize) -> W) -> Vec<W> {
        each(self.writers, make)
    }

    /// What `make` makes for each reader, from 0.
    #[must_use]
    pub fn each_reader<R>(self, make: impl FnMut(usize) -> R) -> Vec<R> {
        each(self.readers, make)
    }
}

/// Compiled for every register, memory and width, where a loop is a fifth of what an iterator is.
fn each<T>(number: usize, mut make: impl FnMut(usize) -> T) -> Vec<T> {
    let mut made = Vec::new();
    for nth in 0..number {
        made.push(make(nth));
    }
    made
}

/// The rights to write a register: one, or many.
pub trait Writers<const N: usize>: fmt::Debug {
    /// One of them.
    type Writer: Write<N> + fmt::Debug + 'static;
    /// How many there can be.
    const ARITY: Arity;
    /// As many of something else.
    type Each<T>;

    /// All of them.
    fn into_vec(self) -> Vec<Self::Writer>;

    /// Gives each to `take`, in order.
    fn each(self, take: &mut dyn FnMut(Self::Writer));

    /// Makes something else of each.
    fn map<T>(self, f: impl FnMut(Self::Writer) -> T) -> Self::Each<T>;
}

impl<W: Write<N> + fmt::Debug + 'static, const N: usize> Writers<N> for [W; 1] {
    type Writer = W;
    const ARITY: Arity = Arity::One;
    type Each<T> = [T; 1];

    fn into_vec(self) -> Vec<W> {
        self.into()
    }

    fn each(self, take: &mut dyn FnMut(W)) {
        let [writer] = self;
        take(writer);
    }

    fn map<T>(self, f: impl FnMut(W) -> T) -> [T; 1] {
        self.map(f)
    }
}

impl<W: Write<N> + fmt::Debug + 'static, const N: usize> Writers<N> for Vec<W> {
    type Writer = W;
    const ARITY: Arity = Arity::Many;
    type Each<T> = Vec<T>;

    fn into_vec(self) -> Self {
        self
    }

    fn each(mut self, take: &mut dyn FnMut(W)) {
        self.reverse();
        while let Some(writer) = self.pop() {
            take(writer);
        }
    }

    fn map<T>(self, f: impl FnMut(W) -> T) -> Vec<T> {
        self.into_iter().map(f).collect()
    }
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

/// Whether an operation completes, whatever others do or fail to do (Herlihy and Shavit, *On the nature of progress*,
/// 2011). Each guarantee implies those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guarantee {
    /// It waits for others, for ever if they stop in the middle of an operation.
    Blocking,
    /// It completes if all others stop; but two may make each other start again for ever.
    ObstructionFree,
    /// It may have to start again, but only because another operation got ahead; who stops, stops nobody.
    LockFree,
    /// It completes within a bounded number of its own steps.
    WaitFree,
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Blocking => "blocking",
            Self::ObstructionFree => "obstruction-free",
            Self::LockFree => "lock-free",
            Self::WaitFree => "wait-free",
        })
    }
}

/// What a register guarantees to those who read it and those who write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Progress {
    /// To reads.
    pub read: Guarantee,
    /// To writes.
    pub write: Guarantee,
}

impl Progress {
    /// Nobody ever waits.
    pub const WAIT_FREE: Self = Self {
        read: Guarantee::WaitFree,
        write: Guarantee::WaitFree,
    };

    /// Everybody may have to wait.
    pub const BLOCKING: Self = Self {
        read: Guarantee::Blocking,
        write: Guarantee::Blocking,
    };
}

/// How many processes may do something at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arity {
    /// A single one.
    One,
    /// Any number.
    Many,
}

impl fmt::Display for Arity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::One => "one",
            Self::Many => "many",
        })
    }
}

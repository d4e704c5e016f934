//! The smallest way to write a register: a struct with `build`, `read` and `write`.
//!
//! A [`Construction`](crate::Construction) gives every writer and reader an end of its own. Many registers need none of
//! that: all processes share one value, and what they know is in the words of the memory. Such a register is [`Shared`],
//! and [`on_the_bench!`](crate::on_the_bench) makes a construction of it.
//!
//! ```
//! use registers::memory::Ordering::Relaxed;
//! use registers::own::Shared;
//! use registers::{Class, Construction, Sizes, Hardware, Memory, Read, Word, Write};
//!
//! struct MyRegister<M: Memory> {
//!     words: [M::Word; 2],
//! }
//!
//! impl<M: Memory> Shared<M, 2> for MyRegister<M> {
//!     fn build(memory: &M, init: [u64; 2]) -> Self {
//!         Self { words: memory.words(format_args!("word"), init) }
//!     }
//!     fn read(&self) -> [u64; 2] {
//!         [self.words[0].load(Relaxed), self.words[1].load(Relaxed)]
//!     }
//!     fn write(&self, value: [u64; 2]) {
//!         self.words[0].store(value[0], Relaxed);
//!         self.words[1].store(value[1], Relaxed);
//!     }
//! }
//!
//! registers::on_the_bench!(MyConstruction = MyRegister, 2 words, claims Safe);
//!
//! let ([mut writer], mut readers) = MyConstruction::build(&Hardware, [0; 2], Sizes::readers(1));
//! writer.write([1, 2]);
//! assert_eq!(readers[0].read(), [1, 2]);
//! assert_eq!(<MyConstruction as Construction<Hardware, 2>>::CLASS, Class::Safe);
//! ```
//!
//! A register whose writers or readers remember something from one operation to the next implements [`Handles`]
//! instead, says what they remember, and is `remembering` on the bench. How many processes there may be stands there
//! too: `1 writer`, `many writers`, `1 reader`, `many readers`.
//!
//! ```
//! use registers::memory::Ordering::{Acquire, Release};
//! use registers::own::Handles;
//! use registers::{Memory, Sizes, Word};
//!
//! /// Counts its writes, and returns how many there were.
//! struct Counter<M: Memory> {
//!     count: M::Word,
//! }
//!
//! impl<M: Memory> Handles<M, 1> for Counter<M> {
//!     /// How many writes there were.
//!     type Writer = u64;
//!     type Reader = ();
//!
//!     fn build(memory: &M, [init]: [u64; 1], _: Sizes) -> Self {
//!         Self { count: memory.word(format_args!("count"), init) }
//!     }
//!     fn writer(&self, _: usize) -> u64 {
//!         0
//!     }
//!     fn reader(&self, _: usize) {}
//!     fn read(&self, _: &mut ()) -> [u64; 1] {
//!         [self.count.load(Acquire)]
//!     }
//!     fn write(&self, written: &mut u64, _: [u64; 1]) {
//!         *written += 1;
//!         self.count.store(*written, Release);
//!     }
//! }
//!
//! registers::on_the_bench!(OnTheBench = Counter, 1 words, 1 writer, many readers, remembering, claims Atomic);
//! ```

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::{Memory, Read, Sizes, Value, Write};

/// A register that its writers and its readers share. What they know is in the words of the memory, and nowhere else.
pub trait Shared<M: Memory, const N: usize>: Send + Sync + 'static {
    /// Builds a register that holds `init`.
    fn build(memory: &M, init: Value<N>) -> Self;
    /// Returns the value.
    fn read(&self) -> Value<N>;
    /// Replaces the value.
    fn write(&self, value: Value<N>);
}

/// A register whose writers and readers may remember something of their own.
pub trait Handles<M: Memory, const N: usize>: Send + Sync + 'static {
    /// What a writer remembers from one write to the next. Its `Debug` output says all of it, as `derive(Debug)` has it.
    type Writer: fmt::Debug + Send + 'static;
    /// What a reader remembers from one read to the next.
    type Reader: fmt::Debug + Send + 'static;

    /// Builds a register that holds `init`, for so many writers and readers.
    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> Self;
    /// What the `nth` writer knows at first, counted from 0.
    fn writer(&self, nth: usize) -> Self::Writer;
    /// What the `nth` reader knows at first.
    fn reader(&self, nth: usize) -> Self::Reader;
    /// Returns the value.
    fn read(&self, reader: &mut Self::Reader) -> Value<N>;
    /// Replaces the value.
    fn write(&self, writer: &mut Self::Writer, value: Value<N>);
}

/// A [`Shared`] register as one with handles that remember nothing.
#[derive(Debug)]
pub struct Forgetful<S>(S);

impl<M: Memory, S: Shared<M, N>, const N: usize> Handles<M, N> for Forgetful<S> {
    type Writer = ();
    type Reader = ();

    fn build(memory: &M, init: Value<N>, _: Sizes) -> Self {
        Self(S::build(memory, init))
    }

    fn writer(&self, _: usize) {}

    fn reader(&self, _: usize) {}

    #[inline]
    fn read(&self, (): &mut ()) -> Value<N> {
        self.0.read()
    }

    #[inline]
    fn write(&self, (): &mut (), value: Value<N>) {
        self.0.write(value);
    }
}

/// The right to write a register.
pub struct Writer<M: Memory, S: Handles<M, N>, const N: usize> {
    register: Arc<S>,
    remembers: S::Writer,
    memory: PhantomData<M>,
}

/// The right to read a register.
pub struct Reader<M: Memory, S: Handles<M, N>, const N: usize> {
    register: Arc<S>,
    remembers: S::Reader,
    memory: PhantomData<M>,
}

/// The rights to write a register, and those to read it.
pub type Rights<M, S, const N: usize> = (Vec<Writer<M, S, N>>, Vec<Reader<M, S, N>>);

/// Builds a register, with a handle for each writer and reader.
pub fn build<M: Memory, S: Handles<M, N>, const N: usize>(
    memory: &M,
    init: Value<N>,
    sizes: Sizes,
) -> Rights<M, S, N> {
    let register = Arc::new(S::build(memory, init, sizes));
    let writers = sizes.each_writer(|nth| Writer {
        remembers: register.writer(nth),
        register: Arc::clone(&register),
        memory: PhantomData,
    });
    let readers = sizes.each_reader(|nth| Reader {
        remembers: register.reader(nth),
        register: Arc::clone(&register),
        memory: PhantomData,
    });
    (writers, readers)
}

impl<M: Memory, S: Handles<M, N>, const N: usize> Write<N> for Writer<M, S, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        self.register.write(&mut self.remembers, value);
    }
}

impl<M: Memory, S: Handles<M, N>, const N: usize> Read<N> for Reader<M, S, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        self.register.read(&mut self.remembers)
    }
}

impl<M: Memory, S: Handles<M, N>, const N: usize> fmt::Debug for Writer<M, S, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Writer").field(&self.remembers).finish()
    }
}

impl<M: Memory, S: Handles<M, N>, const N: usize> fmt::Debug for Reader<M, S, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reader").field(&self.remembers).finish()
    }
}

/// Makes a [`Construction`](crate::Construction) of a register that is [`Shared`](crate::own::Shared):
/// `on_the_bench!(Construction = Register, 2 words, 1 writer, many readers, claims Safe)`. Without their numbers there is
/// one writer, and there are many readers. One that has [`Handles`](crate::own::Handles) is `remembering`, in front of
/// what it claims.
///
/// The class is what it claims: `Safe`, `Regular` or `Atomic`. It claims nothing about who waits for whom.
#[macro_export]
macro_rules! on_the_bench {
    ($construction:ident = $register:ident, $words:literal words, claims $class:ident) => {
        $crate::on_the_bench!($construction = $register, $words words, 1 writer, many readers, claims $class);
    };
    ($construction:ident = $register:ident, $words:literal words, $writers:tt $w:ident, $readers:tt $r:ident, claims $class:ident) => {
        $crate::on_the_bench!(@ $writers $construction, [$crate::own::Forgetful<$register<M>>], $register, $words, $class, $readers);
    };
    ($construction:ident = $register:ident, $words:literal words, $writers:tt $w:ident, $readers:tt $r:ident, remembering, claims $class:ident) => {
        $crate::on_the_bench!(@ $writers $construction, [$register<M>], $register, $words, $class, $readers);
    };
    (@ 1 $construction:ident, [$of:ty], $register:ident, $words:literal, $class:ident, $readers:tt) => {
        $crate::on_the_bench!(@ $construction, $of, $register, $words, $class, $readers,
            [$crate::own::Writer<M, $of, $words>; 1],
            |writers| {
                let mut writers = writers.into_iter();
                [writers.next().expect("it is built for one writer")]
            }
        );
    };
    (@ many $construction:ident, [$of:ty], $register:ident, $words:literal, $class:ident, $readers:tt) => {
        $crate::on_the_bench!(@ $construction, $of, $register, $words, $class, $readers,
            ::std::vec::Vec<$crate::own::Writer<M, $of, $words>>,
            |writers| writers
        );
    };
    (@ $construction:ident, $of:ty, $register:ident, $words:literal, $class:ident, $readers:tt, $writers:ty, |$all:ident| $some:expr) => {
        /// A construction of
        #[doc = concat!("`", stringify!($register), "`.")]
        #[derive(Clone, Copy, Debug)]
        struct $construction;

        impl<M: $crate::Memory> $crate::Construction<M, $words> for $construction {
            const NAME: &'static str = stringify!($register);
            const CLASS: $crate::Class = $crate::Class::$class;
            const PROGRESS: $crate::Progress = $crate::Progress::BLOCKING;
            const READERS: $crate::Arity = $crate::on_the_bench!(@ arity $readers);
            type Writers = $writers;
            type Reader = $crate::own::Reader<M, $of, $words>;

            fn build(
                memory: &M,
                init: $crate::Value<$words>,
                sizes: $crate::Sizes,
            ) -> (Self::Writers, ::std::vec::Vec<Self::Reader>) {
                let ($all, readers) = $crate::own::build::<M, $of, $words>(memory, init, sizes);
                ($some, readers)
            }
        }
    };
    (@ arity 1) => { $crate::Arity::One };
    (@ arity many) => { $crate::Arity::Many };
}

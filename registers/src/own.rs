//! The smallest way to write a register: a struct with `build`, `read` and `write`.
//!
//! A [`Construction`](crate::Construction) gives every writer and reader an end of its own, which may remember things.
//! Many registers need none of that: all of them share one value, and what they know is in the words of the memory.
//! Such a register is [`Shared`], and [`on_the_bench!`](crate::on_the_bench) makes a construction of it.
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
//!         Self { words: init.map(|word| memory.word(format_args!("word"), word)) }
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
//! ```

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::{Memory, Read, Value, Write};

/// A register that its writer and its readers share. What they know is in the words of the memory, and nowhere else.
pub trait Shared<M: Memory, const N: usize>: Send + Sync + 'static {
    /// Builds a register that holds `init`.
    fn build(memory: &M, init: Value<N>) -> Self;
    /// Returns the value.
    fn read(&self) -> Value<N>;
    /// Replaces the value. One process at a time does.
    fn write(&self, value: Value<N>);
}

/// An end of a register that is [`Shared`].
pub struct End<M, S>(Arc<S>, PhantomData<M>);

impl<M, S> End<M, S> {
    /// As many ends as asked for, of one register.
    pub fn of(register: S, ends: usize) -> Vec<Self> {
        let shared = Arc::new(register);
        (0..ends)
            .map(|_| Self(Arc::clone(&shared), PhantomData))
            .collect()
    }
}

impl<M: Memory, S: Shared<M, N>, const N: usize> Write<N> for End<M, S> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        self.0.write(value);
    }
}

impl<M: Memory, S: Shared<M, N>, const N: usize> Read<N> for End<M, S> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        self.0.read()
    }
}

impl<M, S> fmt::Debug for End<M, S> {
    /// It remembers nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("End")
    }
}

/// Makes a [`Construction`](crate::Construction) for one writer and many readers of a register that is
/// [`Shared`](crate::own::Shared): `on_the_bench!(Construction = Register, 2 words, claims Safe)`.
///
/// The class is what it claims: `Safe`, `Regular` or `Atomic`. It claims nothing about who waits for whom.
#[macro_export]
macro_rules! on_the_bench {
    ($construction:ident = $register:ident, $words:literal words, claims $class:ident) => {
        /// A construction of
        #[doc = concat!("`", stringify!($register), "`.")]
        #[derive(Clone, Copy, Debug)]
        struct $construction;

        impl<M: $crate::Memory> $crate::Construction<M, $words> for $construction {
            const NAME: &'static str = stringify!($register);
            const CLASS: $crate::Class = $crate::Class::$class;
            const PROGRESS: $crate::Progress = $crate::Progress::BLOCKING;
            const READERS: $crate::Arity = $crate::Arity::Many;
            type Writers = [$crate::own::End<M, $register<M>>; 1];
            type Reader = $crate::own::End<M, $register<M>>;

            fn build(
                memory: &M,
                init: $crate::Value<$words>,
                sizes: $crate::Sizes,
            ) -> (Self::Writers, Vec<Self::Reader>) {
                let register =
                    <$register<M> as $crate::own::Shared<M, $words>>::build(memory, init);
                let mut ends = $crate::own::End::of(register, sizes.readers + 1);
                let writer = ends.pop().expect("one more than the readers");
                ([writer], ends)
            }
        }
    };
}

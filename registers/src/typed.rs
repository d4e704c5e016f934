//! Registers of any plain type, instead of words.
//!
//! A register holds words. A *plain* value is one whose bytes say everything: no pointers, no padding, and every
//! pattern of bits is some value ([`Pod`]). So its bytes fill words, the last one up with zeros, and words can be
//! turned back. The type may have any size and alignment.
//!
//! ```
//! use bytemuck::{Pod, Zeroable};
//! use registers::typed::{self, words};
//! use registers::{Sizes, Hardware, atomic::SequenceLock};
//!
//! #[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
//! #[repr(C)]
//! struct Pose {
//!     x: f64,
//!     y: f64,
//!     heading: f32,
//!     id: u32,
//! }
//!
//! let start = Pose { x: 0.0, y: 0.0, heading: 0.0, id: 7 };
//! let ([mut writer], mut readers) =
//!     typed::build::<Pose, SequenceLock, _, { words::<Pose>() }>(&Hardware, &start, Sizes::readers(1));
//! writer.write(&Pose { x: 1.5, ..start });
//! assert_eq!(readers[0].read(), Pose { x: 1.5, y: 0.0, heading: 0.0, id: 7 });
//! ```
//!
//! # Why plain types only
//!
//! A safe register may return anything, and a [torn](crate::safe::WordByWord) one returns a mix. For a plain type that
//! is some value, if not one that anybody wrote; for a `bool`, a reference or a `Vec` it would be undefined behaviour.
//! And padding has no value that could be copied. Types that are not plain are refused by the compiler:
//!
//! ```compile_fail,E0277
//! # use registers::{Sizes, Hardware, atomic::SequenceLock, typed};
//! typed::build::<bool, SequenceLock, _, 1>(&Hardware, &false, Sizes::readers(1));
//! ```
//!
//! So is a register with too few words for the type:
//!
//! ```compile_fail,E0080
//! # use registers::{Sizes, Hardware, atomic::SequenceLock, typed};
//! typed::build::<[u32; 3], SequenceLock, _, 1>(&Hardware, &[0; 3], Sizes::readers(1));
//! ```

use std::marker::PhantomData;

use bytemuck::Pod;

use crate::{Construction, Memory, Read, Sizes, Value, Write, Writers};

/// How many words a value of type `T` takes.
#[must_use]
pub const fn words<T>() -> usize {
    size_of::<T>().div_ceil(size_of::<u64>())
}

/// Writes values of type `T` to a register of `N` words, through `W`.
#[derive(Debug)]
pub struct Writer<T, W, const N: usize> {
    writer: W,
    of: PhantomData<fn(T)>,
}

/// Reads values of type `T` from a register of `N` words, through `R`.
#[derive(Debug)]
pub struct Reader<T, R, const N: usize> {
    reader: R,
    of: PhantomData<fn() -> T>,
}

/// The ends of register `C` for values of type `T`: writers, one or many as the register has it, and readers.
pub type Ends<T, C, M, const N: usize> = (
    <WordWriters<C, M, N> as Writers<N>>::Each<Writer<T, WordWriter<C, M, N>, N>>,
    Vec<Reader<T, <C as Construction<M, N>>::Reader, N>>,
);

type WordWriters<C, M, const N: usize> = <C as Construction<M, N>>::Writers;
type WordWriter<C, M, const N: usize> = <WordWriters<C, M, N> as Writers<N>>::Writer;

/// Builds register `C` for values of type `T`. It takes [`words`] of them; more are allowed, and stay 0.
///
/// Registers that hold small numbers only are refused by the compiler.
pub fn build<T, C, M, const N: usize>(memory: &M, init: &T, sizes: Sizes) -> Ends<T, C, M, N>
where
    T: Pod,
    M: Memory,
    C: Construction<M, N>,
{
    const {
        assert!(
            C::BELOW.is_none(),
            "the register holds small numbers only, and the words of a type may be any"
        );
    }
    let (writers, readers) = C::build(memory, to_words(init), sizes);
    let readers = readers.into_iter().map(Reader::new).collect();
    (writers.map(Writer::new), readers)
}

impl<T: Pod, W: Write<N>, const N: usize> Writer<T, W, N> {
    /// A writer of type `T`, through one of words.
    pub fn new(writer: W) -> Self {
        Self {
            writer,
            of: PhantomData,
        }
    }

    /// Replaces the value.
    #[inline]
    pub fn write(&mut self, value: &T) {
        self.writer.write(to_words(value));
    }
}

impl<T: Pod, R: Read<N>, const N: usize> Reader<T, R, N> {
    /// A reader of type `T`, through one of words.
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            of: PhantomData,
        }
    }

    /// Returns the value, as far as the class of the register promises.
    #[inline]
    pub fn read(&mut self) -> T {
        from_words(&self.reader.read())
    }
}

/// The bytes of a value, followed by zeros. `N` words have to hold them.
#[inline]
#[must_use]
pub fn to_words<T: Pod, const N: usize>(value: &T) -> Value<N> {
    const { assert!(words::<T>() <= N, "the type takes more words than these") }
    let mut words = [0; N];
    bytemuck::cast_slice_mut(&mut words)[..size_of::<T>()]
        .copy_from_slice(bytemuck::bytes_of(value));
    words
}

/// The value whose bytes these words begin with.
#[inline]
#[must_use]
pub fn from_words<T: Pod, const N: usize>(words: &Value<N>) -> T {
    const {
        assert!(
            self::words::<T>() <= N,
            "the type takes more words than these"
        )
    }
    bytemuck::pod_read_unaligned(&bytemuck::cast_slice(words)[..size_of::<T>()])
}

#[cfg(test)]
mod tests {
    use bytemuck::Zeroable;

    use super::*;
    use crate::atomic::{Locked, SequenceLock};
    use crate::safe::WordByWord;
    use crate::worlds::Erased;
    use crate::{Hardware, regular::TwoCopies};

    /// Eleven bytes, aligned to one.
    #[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
    #[repr(C, packed)]
    struct Odd {
        letter: u8,
        number: u64,
        pair: [u8; 2],
    }

    const ODD: Odd = Odd {
        letter: b'x',
        number: 0x0102_0304_0506_0708,
        pair: [9, 255],
    };

    #[test]
    fn a_type_takes_as_many_words_as_its_bytes_begin() {
        let sizes = [
            words::<()>(),
            words::<u8>(),
            words::<u64>(),
            words::<[u8; 9]>(),
            words::<Odd>(),
            words::<[u16; 8]>(),
            words::<u128>(),
        ];
        assert_eq!(sizes, [0, 1, 1, 2, 2, 2, 2]);
    }

    #[test]
    fn bytes_fill_words_up_with_zeros() {
        let words: Value<3> = to_words(&ODD);
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        assert_eq!(bytes[..11], *bytemuck::bytes_of(&ODD));
        assert_eq!(bytes[11..], [0; 13]);
        assert_eq!(from_words::<Odd, 3>(&words), ODD);
        // What stands behind the value does not matter.
        let mut noisy = bytes;
        noisy[11..].fill(0xff);
        let noisy: Value<3> = bytemuck::pod_read_unaligned(&noisy);
        assert_eq!(from_words::<Odd, 3>(&noisy), ODD);
    }

    fn returns_what_was_written<C, const N: usize>()
    where
        C: Construction<Hardware, N>,
    {
        let (writers, readers) = C::build(&Hardware, to_words(&ODD), Sizes::readers(2));
        let writer = writers.into_vec().remove(0);
        let mut writer = Writer::<Odd, _, N>::new(writer);
        let mut readers: Vec<_> = readers.into_iter().map(Reader::<Odd, _, N>::new).collect();
        for number in [ODD.number, 0, u64::MAX] {
            let value = Odd { number, ..ODD };
            writer.write(&value);
            // Twice, so that a register that takes turns takes each.
            for reader in &mut readers {
                assert_eq!([reader.read(), reader.read()], [value; 2]);
            }
        }
    }

    #[test]
    fn any_register_holds_any_plain_type() {
        returns_what_was_written::<WordByWord, 2>();
        returns_what_was_written::<TwoCopies, 2>();
        returns_what_was_written::<SequenceLock, 8>();

        let sizes = Sizes {
            writers: 2,
            readers: 1,
        };
        let (mut writers, mut readers) = build::<_, Locked, _, 2>(&Hardware, &ODD, sizes);
        for (letter, writer) in (b'a'..).zip(&mut writers) {
            writer.write(&Odd { letter, ..ODD });
            assert_eq!(readers[0].read(), Odd { letter, ..ODD });
        }
        let (mut unit, mut readers) = build::<(), SequenceLock, _, 0>(&Hardware, &(), sizes);
        unit[0].write(&());
        readers[0].read();
    }

    #[test]
    fn the_value_may_be_aligned_more_than_words_are() {
        let ([mut writer], mut readers) =
            build::<u128, SequenceLock, _, 2>(&Erased::new(Hardware), &1, Sizes::readers(1));
        assert_eq!(readers[0].read(), 1);
        writer.write(&(u128::MAX - 1));
        assert_eq!(readers[0].read(), u128::MAX - 1);
    }

    #[test]
    fn a_torn_read_is_a_value_that_nobody_wrote() {
        let [old, new]: [Value<2>; 2] = [[1, 2], [3, 4]].map(|pair: [u64; 2]| to_words(&pair));
        let torn = [old[0], new[1]];
        assert_eq!(from_words::<[u64; 2], 2>(&torn), [1, 4]);
    }
}

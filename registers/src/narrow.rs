//! Words of 8, 16 and 32 bits, and `bool`.
//!
//! Real registers count in 32 bits and raise flags of one byte, and their bugs depend on where such a word wraps around.
//! A narrow word lies in the *upper* bits of a word of 64: there, sums wrap around where they should, comparisons order
//! values as they should, and a compare-and-exchange meets no bits that are not its own.

use std::fmt;
use std::marker::PhantomData;

use crate::memory::{Kind, Memory, Ordering, Place, Word};

/// A number that fits a narrow word.
pub trait Number: Copy + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// How many bits it has.
    const BITS: u32;
    /// As a word.
    fn to_word(self) -> u64;
    /// From a word that holds no more than these bits.
    fn from_word(word: u64) -> Self;
}

macro_rules! numbers {
    ($($number:ident)*) => {
        $(impl Number for $number {
            const BITS: u32 = $number::BITS;

            #[inline]
            fn to_word(self) -> u64 {
                self as u64
            }

            #[inline]
            fn from_word(word: u64) -> Self {
                word as $number
            }
        })*
    };
}

numbers!(u8 u16 u32 u64);

impl Number for bool {
    const BITS: u32 = 1;

    #[inline]
    fn to_word(self) -> u64 {
        self.into()
    }

    #[inline]
    fn from_word(word: u64) -> Self {
        word != 0
    }
}

/// A word of fewer than 64 bits, with the operations and orderings of the atomics of `std`.
pub struct Narrow<W, T>(W, PhantomData<fn(T) -> T>);

impl<W: Word, T: Number> Narrow<W, T> {
    /// A narrow word of `memory` that holds `init`.
    pub fn new<M: Memory<Word = W>>(memory: &M, place: Place<'_>, init: T) -> Self {
        let kind = Kind::Narrow { bits: T::BITS };
        Self(memory.make(place, up(init), kind), PhantomData)
    }

    /// Returns the value.
    #[inline]
    #[track_caller]
    pub fn load(&self, order: Ordering) -> T {
        down(self.0.load(order))
    }

    /// Replaces the value.
    #[inline]
    #[track_caller]
    pub fn store(&self, value: T, order: Ordering) {
        self.0.store(up(value), order);
    }

    /// Replaces the value if it is `current`.
    ///
    /// # Errors
    ///
    /// The value, if it is another one.
    #[inline]
    #[track_caller]
    pub fn compare_exchange(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        let exchanged = self
            .0
            .compare_exchange(up(current), up(new), success, failure);
        exchanged.map(down).map_err(down)
    }

    /// As [`compare_exchange`](Self::compare_exchange), but it may fail though the value is `current`.
    ///
    /// # Errors
    ///
    /// The value.
    #[inline]
    #[track_caller]
    pub fn compare_exchange_weak(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        let exchanged = self
            .0
            .compare_exchange_weak(up(current), up(new), success, failure);
        exchanged.map(down).map_err(down)
    }

    /// Replaces the value by what `new` makes of it, and starts over with the value found if another one came first.
    ///
    /// # Errors
    ///
    /// The value, if `new` makes nothing of it.
    #[inline]
    #[track_caller]
    pub fn fetch_update(
        &self,
        success: Ordering,
        failure: Ordering,
        mut new: impl FnMut(T) -> Option<T>,
    ) -> Result<T, T> {
        let updated = self
            .0
            .fetch_update(success, failure, |word| new(down(word)).map(up));
        updated.map(down).map_err(down)
    }
}

macro_rules! updates {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {
        impl<W: Word, T: Number> Narrow<W, T> {
            $(
                $(#[doc = $doc])*
                #[inline]
                #[track_caller]
                pub fn $name(&self, value: T, order: Ordering) -> T {
                    down(self.0.$name(up(value), order))
                }
            )*
        }
    };
}

updates! {
    /// Replaces the value and returns the one before.
    swap;
    /// Adds to the value, wrapping around, and returns the one before.
    fetch_add;
    /// Subtracts from the value, wrapping around, and returns the one before.
    fetch_sub;
    /// Clears the bits that are not set in `value`, and returns the value before.
    fetch_and;
    /// Sets the bits that are set in `value`, and returns the value before.
    fetch_or;
    /// Turns over the bits that are set in `value`, and returns the value before.
    fetch_xor;
    /// Replaces the value if the new one is larger, and returns the one before.
    fetch_max;
    /// Replaces the value if the new one is smaller, and returns the one before.
    fetch_min;
}

#[inline]
fn up<T: Number>(value: T) -> u64 {
    value.to_word() << (64 - T::BITS)
}

#[inline]
fn down<T: Number>(word: u64) -> T {
    T::from_word(word >> (64 - T::BITS))
}

impl<W: fmt::Debug, T> fmt::Debug for Narrow<W, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering::SeqCst};

    use super::*;
    use crate::Hardware;

    /// Every operation on every pair of bytes does what it does to an `AtomicU8`.
    #[test]
    fn a_byte_is_a_byte() {
        type Update = (fn(&AtomicU8, u8) -> u8, fn(&Byte, u8) -> u8);
        type Byte = Narrow<std::sync::atomic::AtomicU64, u8>;
        let updates: [Update; 8] = [
            (|it, v| it.swap(v, SeqCst), |it, v| it.swap(v, SeqCst)),
            (
                |it, v| it.fetch_add(v, SeqCst),
                |it, v| it.fetch_add(v, SeqCst),
            ),
            (
                |it, v| it.fetch_sub(v, SeqCst),
                |it, v| it.fetch_sub(v, SeqCst),
            ),
            (
                |it, v| it.fetch_and(v, SeqCst),
                |it, v| it.fetch_and(v, SeqCst),
            ),
            (
                |it, v| it.fetch_or(v, SeqCst),
                |it, v| it.fetch_or(v, SeqCst),
            ),
            (
                |it, v| it.fetch_xor(v, SeqCst),
                |it, v| it.fetch_xor(v, SeqCst),
            ),
            (
                |it, v| it.fetch_max(v, SeqCst),
                |it, v| it.fetch_max(v, SeqCst),
            ),
            (
                |it, v| it.fetch_min(v, SeqCst),
                |it, v| it.fetch_min(v, SeqCst),
            ),
        ];
        for init in 0..=u8::MAX {
            for value in 0..=u8::MAX {
                for (of_std, ours) in updates {
                    let (byte, narrow) =
                        (AtomicU8::new(init), Hardware.narrow(format_args!(""), init));
                    assert_eq!(of_std(&byte, value), ours(&narrow, value));
                    assert_eq!(byte.into_inner(), narrow.load(SeqCst));
                }
            }
        }
    }

    #[test]
    fn counters_of_32_bits_wrap_and_are_exchanged() {
        let word = Hardware.narrow(format_args!("count"), u32::MAX);
        assert_eq!(word.fetch_add(2, SeqCst), u32::MAX);
        assert_eq!(word.compare_exchange(1, 7, SeqCst, SeqCst), Ok(1));
        assert_eq!(word.compare_exchange(1, 8, SeqCst, SeqCst), Err(7));
        assert_eq!(
            word.fetch_update(SeqCst, SeqCst, |it| it.checked_sub(6)),
            Ok(7)
        );
        assert_eq!(word.load(SeqCst), 1);
    }

    #[test]
    fn a_flag_is_true_or_false() {
        let flag = Hardware.narrow(format_args!("flag"), false);
        assert!(!flag.swap(true, SeqCst));
        assert!(flag.fetch_xor(true, SeqCst));
        assert!(!flag.load(SeqCst));
    }
}

//! Many words at once: copies of 16 bytes, where the processor has them.
//!
//! A compiler never joins relaxed accesses into wider ones, so copying a value word by word costs twice what it has to.
//! Here such a copy is written in machine instructions that move two words each. It is the only file of this crate with
//! `unsafe` in it.
//!
//! # Why that is sound
//!
//! * **No data race of the language.** An [`asm!`] block is not an access of the language's memory model, which knows of
//!   none wider than a word: it stands for what the instructions do to memory. They do what as many relaxed accesses of
//!   `AtomicU64` may do, in some order.
//! * **No word is torn.** Words are aligned to 8 bytes, so none lies across two cache lines, and x86-64 moves the
//!   aligned 8-byte halves of a 16-byte access each in one piece. (Where the processor has AVX and the access is
//!   aligned to 16 bytes, Intel and AMD promise the whole of it.)
//! * **Ordering.** Relaxed accesses order nothing; whoever needs an order uses fences or other words, as before. As far
//!   as the compiler knows, a block reads any memory, and one that stores changes any (`readonly`, and no `nomem`). So it
//!   moves no access across it that it could not move across relaxed accesses of unknown words. And x86-64 performs
//!   loads in order and stores in order.
//! * **Bounds.** Source and destination are arrays of `N` words by type, and the blocks move `N` words, no more.
//!
//! On other processors, under Miri, and for few words the [scalar] twin does the same, one word at a time; tests compare
//! the two.

#![allow(unsafe_code)]

#[cfg(all(target_arch = "x86_64", not(miri)))]
use std::mem::MaybeUninit;
use std::sync::atomic::AtomicU64;

/// As many words as pay for a vector copy, and more.
#[cfg(all(target_arch = "x86_64", not(miri)))]
const WORTH_IT: usize = 8;

/// Loads each of these words, relaxed, in any order.
#[inline]
pub(crate) fn load<const N: usize>(words: &[AtomicU64; N]) -> [u64; N] {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if N >= WORTH_IT {
        let mut value = MaybeUninit::uninit();
        x86_64::load(words, &mut value);
        // SAFETY: all N words have been loaded into it.
        return unsafe { value.assume_init() };
    }
    scalar::load(words)
}

/// The same, into `value`.
#[inline]
pub(crate) fn load_into<const N: usize>(words: &[AtomicU64; N], value: &mut [u64; N]) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if N >= WORTH_IT {
        let value: *mut [u64; N] = value;
        // SAFETY: it is borrowed mutably, and whatever is stored to it are words.
        x86_64::load(words, unsafe {
            &mut *value.cast::<MaybeUninit<[u64; N]>>()
        });
        return;
    }
    *value = scalar::load(words);
}

/// Stores to each of these words, relaxed, in any order.
#[inline]
pub(crate) fn store<const N: usize>(words: &[AtomicU64; N], value: &[u64; N]) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if N >= WORTH_IT {
        x86_64::store(words, value);
        return;
    }
    scalar::store(words, value);
}

/// The same, one word at a time.
pub(crate) mod scalar {
    use std::sync::atomic::AtomicU64;
    use std::sync::atomic::Ordering::Relaxed;

    #[inline]
    pub(crate) fn load<const N: usize>(words: &[AtomicU64; N]) -> [u64; N] {
        std::array::from_fn(|at| words[at].load(Relaxed))
    }

    #[inline]
    pub(crate) fn store<const N: usize>(words: &[AtomicU64; N], value: &[u64; N]) {
        for (word, value) in words.iter().zip(value) {
            word.store(*value, Relaxed);
        }
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod x86_64 {
    use std::arch::asm;
    use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_storeu_si128};
    use std::mem::MaybeUninit;
    use std::sync::atomic::AtomicU64;
    use std::sync::atomic::Ordering::Relaxed;

    // SSE2 is part of x86-64. Eight words at a time, then two, and the last one by itself if N is odd. What is not
    // shared is moved by the compiler, which may keep it in registers.

    #[inline]
    pub(super) fn load<const N: usize>(words: &[AtomicU64; N], value: &mut MaybeUninit<[u64; N]>) {
        let from = words.as_ptr();
        let to: *mut u64 = value.as_mut_ptr().cast();
        let mut at = 0;
        while at + 8 <= N {
            let (a, b, c, d): (__m128i, __m128i, __m128i, __m128i);
            // SAFETY: words `at` to `at + 8` are within the N words from either pointer, and what `from` points to is
            // only loaded.
            unsafe {
                asm!(
                    "movdqu {a}, [{from}]",
                    "movdqu {b}, [{from} + 16]",
                    "movdqu {c}, [{from} + 32]",
                    "movdqu {d}, [{from} + 48]",
                    from = in(reg) from.add(at),
                    a = out(xmm_reg) a,
                    b = out(xmm_reg) b,
                    c = out(xmm_reg) c,
                    d = out(xmm_reg) d,
                    options(nostack, preserves_flags, readonly),
                );
                let to = to.add(at).cast::<__m128i>();
                _mm_storeu_si128(to, a);
                _mm_storeu_si128(to.add(1), b);
                _mm_storeu_si128(to.add(2), c);
                _mm_storeu_si128(to.add(3), d);
            }
            at += 8;
        }
        while at + 2 <= N {
            let two: __m128i;
            // SAFETY: as above, for words `at` and `at + 1`.
            unsafe {
                asm!(
                    "movdqu {two}, [{from}]",
                    from = in(reg) from.add(at),
                    two = out(xmm_reg) two,
                    options(nostack, preserves_flags, readonly),
                );
                _mm_storeu_si128(to.add(at).cast(), two);
            }
            at += 2;
        }
        if at < N {
            // SAFETY: word `at` is within the N words.
            unsafe { to.add(at).write(words[at].load(Relaxed)) };
        }
    }

    #[inline]
    pub(super) fn store<const N: usize>(words: &[AtomicU64; N], value: &[u64; N]) {
        let from = value.as_ptr();
        let to = words.as_ptr();
        let mut at = 0;
        while at + 8 <= N {
            // SAFETY: words `at` to `at + 8` are within the N words from either pointer. What `to` points to is within
            // atomics, so it may be changed through a shared reference.
            unsafe {
                let from = from.add(at).cast::<__m128i>();
                asm!(
                    "movdqu [{to}], {a}",
                    "movdqu [{to} + 16], {b}",
                    "movdqu [{to} + 32], {c}",
                    "movdqu [{to} + 48], {d}",
                    to = in(reg) to.add(at),
                    a = in(xmm_reg) _mm_loadu_si128(from),
                    b = in(xmm_reg) _mm_loadu_si128(from.add(1)),
                    c = in(xmm_reg) _mm_loadu_si128(from.add(2)),
                    d = in(xmm_reg) _mm_loadu_si128(from.add(3)),
                    options(nostack, preserves_flags),
                );
            }
            at += 8;
        }
        while at + 2 <= N {
            // SAFETY: as above, for words `at` and `at + 1`.
            unsafe {
                asm!(
                    "movdqu [{to}], {two}",
                    to = in(reg) to.add(at),
                    two = in(xmm_reg) _mm_loadu_si128(from.add(at).cast()),
                    options(nostack, preserves_flags),
                );
            }
            at += 2;
        }
        if at < N {
            words[at].store(value[at], Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::sync::atomic::Ordering::Relaxed;
    use std::thread;

    use super::*;

    /// A value whose words differ.
    fn value<const N: usize>(seed: u64) -> [u64; N] {
        std::array::from_fn(|at| seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ at as u64)
    }

    /// Both twins load what either stored, and leave what stands beside it.
    fn twins_agree<const N: usize>() {
        // One more word in front and behind, so that the array is aligned to 8 bytes and no more.
        let words: Vec<AtomicU64> = (0..N + 3).map(|_| AtomicU64::new(7)).collect();
        for offset in [1, 2] {
            let array: &[AtomicU64; N] = words[offset..offset + N].try_into().unwrap();
            for seed in 1..4 {
                store(array, &value::<N>(seed));
                assert_eq!(scalar::load(array), value::<N>(seed), "{N} words");
                scalar::store(array, &value::<N>(seed + 10));
                assert_eq!(load(array), value::<N>(seed + 10), "{N} words");
                let mut into = [7; N];
                load_into(array, &mut into);
                assert_eq!(into, value::<N>(seed + 10), "{N} words");
            }
            scalar::store(array, &[7; N]);
            assert!(
                words.iter().all(|word| word.load(Relaxed) == 7),
                "{N} words"
            );
        }
    }

    #[test]
    fn vector_and_scalar_copies_agree() {
        macro_rules! for_each {
            ($($n:literal)+) => { $( twins_agree::<$n>(); )+ };
        }
        for_each!(1 2 3 4 7 8 9 15 16 17 18 19 20 21 22 23 24 25 31 32 33 63 64 65 100 127 128 511 512 513);
    }

    /// Words are of one store each, though the value as a whole may be torn.
    #[test]
    fn no_word_is_torn() {
        let words: [AtomicU64; 65] = std::array::from_fn(|_| AtomicU64::new(0));
        let array: &[AtomicU64; 64] = words[1..].try_into().unwrap();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for bits in (0..200_000).map(|nth| if nth % 2 == 0 { u64::MAX } else { 0 }) {
                    store(array, &[bits; 64]);
                }
                is_over.store(true, Relaxed);
            });
            while !is_over.load(Relaxed) {
                assert!(
                    load(array)
                        .iter()
                        .all(|&word| word == 0 || word == u64::MAX)
                );
            }
        });
    }
}

//! Plain cells: words that are not atomic.
//!
//! A slot that belongs to one process at a time needs no atomic words. It is an ordinary piece of memory, and the
//! protocol around it has to see to it that all accesses are ordered: that a reader has left before the writer comes
//! back. If it does not, the accesses *race*, and the language promises nothing at all ([intro.races] of C++20, which
//! Rust follows). An exploration reports a data race as such, also where no value shows it.
//!
//! A block that is [retired](Cells::retire) is given back to the allocator. Whoever accesses it before it is
//! [allocated](Cells::allocate) again uses it after it is free.
//!
//! On [`Hardware`](crate::Hardware) cells are relaxed words, copied by vectors like all others: a race shows as a torn
//! value there, and is never undefined behaviour.

use crate::memory::{Access, Kind, Memory, Ordering, Place, What, Word};

/// A block of `N` plain cells.
#[derive(Debug)]
#[repr(transparent)]
pub struct Cells<W, const N: usize>([W; N]);

impl<W: Word, const N: usize> Cells<W, N> {
    /// Cells `place[0]`, `place[1]`, ... of `memory` that hold `init`.
    pub fn new<M: Memory<Word = W>>(memory: &M, place: Place<'_>, init: [u64; N]) -> Self {
        let cell = |at: usize| memory.make(format_args!("{place}[{at}]"), init[at], Kind::Cell);
        Self(std::array::from_fn(cell))
    }

    /// Returns the value.
    #[inline]
    #[track_caller]
    pub fn read(&self) -> [u64; N] {
        W::read_all(&self.0)
    }

    /// The same, into `value`.
    #[inline]
    #[track_caller]
    pub fn read_into(&self, value: &mut [u64; N]) {
        W::read_into(&self.0, value);
    }

    /// Replaces the value.
    #[inline]
    #[track_caller]
    pub fn write(&self, value: &[u64; N]) {
        W::write_all(&self.0, value);
    }

    /// Takes a block that is free into use, with this value.
    #[inline]
    #[track_caller]
    pub fn allocate(&self, value: &[u64; N]) {
        for (at, (word, &value)) in self.0.iter().zip(value).enumerate() {
            word.access(Access::new(What::Allocate(value), Ordering::Relaxed).part(at));
        }
    }

    /// Gives the block back.
    #[inline]
    #[track_caller]
    pub fn retire(&self) {
        for (at, word) in self.0.iter().enumerate() {
            word.access(Access::new(What::Retire, Ordering::Relaxed).part(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Hardware, Memory};

    #[test]
    fn cells_hold_what_was_written() {
        let cells = Hardware.cells(format_args!("slot"), [1, 2, 3]);
        assert_eq!(cells.read(), [1, 2, 3]);
        cells.write(&[4, 5, 6]);
        let mut value = [0; 3];
        cells.read_into(&mut value);
        assert_eq!(value, [4, 5, 6]);
        cells.retire();
        cells.allocate(&[7, 8, 9]);
        assert_eq!(cells.read(), [7, 8, 9]);
    }
}

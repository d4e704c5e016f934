//! The chain: from a bit that flickers to a register for many writers and many readers.
//!
//! Each rung asks of the one below only what its class promises, and that who finds one register written also finds what
//! its writer wrote before, as release and acquire have it. So they stack, and the whole of it stands on words of which
//! next to nothing is asked.
//!
//! | rung | from | to | source |
//! |---|---|---|---|
//! | [`SafeBit`] | a word that [flickers](crate::worlds::flicker) | a safe bit for one reader | Lamport 1986 |
//! | [`ManyReaders`] | a safe bit for one reader | a safe bit for many | Lamport 1986, Construction 1 |
//! | [`WrittenToChange`] | a safe bit | a regular bit | Lamport 1986, Construction 3 |
//! | [`Unary`] | regular bits | a regular register of many values | Lamport 1986, Construction 4 |
//! | [`Numbered`] | a regular register for one reader | an atomic one | Herlihy and Shavit 2008, chapter 4 |
//! | [`ReadersTable`] | an atomic register for one reader | one for many | Israeli and Li 1987 |
//! | [`Timestamps`] | an atomic register for many readers | one for many writers | Vitányi and Awerbuch 1986 |
//!
//! Numbers end, and soonest where words are small. Each of the three rungs with numbers needs one more than there are
//! writes, so a chain for `w` writes in all takes unary registers of `2 (w + 1)^3` bits to hold one bit. Beyond that
//! many writes it still answers, but promises nothing any more.
//!
//! ```
//! use registers::chain::FromBitsThatFlicker;
//! use registers::{Construction, Sizes, Hardware, Read, Write};
//!
//! let sizes = Sizes { writers: 2, readers: 2 };
//! let (mut writers, mut readers) = FromBitsThatFlicker::build(&Hardware, [0], sizes);
//! writers[0].write([1]);
//! assert_eq!(readers[1].read(), [1]);
//! writers[1].write([0]);
//! assert_eq!(readers[0].read(), [0]);
//! ```

use crate::atomic::{Numbered, ReadersTable, Timestamps};
use crate::regular::{Unary, WrittenToChange};
use crate::safe::{ManyReaders, SafeBit};
use crate::worlds::flicker::Flickering;

/// The chain on safe bits `B`. Each rung with numbers is given how many values the one above stores in it: `VALUES` of
/// the whole, then that times the numbers of [`Timestamps`], then that times those of [`ReadersTable`], then that times
/// those of [`Numbered`].
pub type Chain<
    B,
    const UNARY: usize,
    const IN_NUMBERED: u64,
    const IN_TABLE: u64,
    const VALUES: u64,
> = Timestamps<
    ReadersTable<Numbered<Unary<WrittenToChange<ManyReaders<B>>, UNARY>, IN_NUMBERED>, IN_TABLE>,
    VALUES,
>;

/// An atomic bit, good for one write.
pub type OneWrite<B> = Chain<B, 16, 8, 4, 2>;

/// An atomic bit, good for two writes.
pub type TwoWrites<B> = Chain<B, 54, 18, 6, 2>;

/// An atomic bit for many writers and many readers, good for two writes, from bits that flicker.
pub type FromBitsThatFlicker = TwoWrites<Flickering<SafeBit>>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worlds::Erased;
    use crate::{Class, Construction, Hardware, Progress, Read, Sizes, Write};

    #[test]
    fn the_whole_claims_to_be_atomic_and_wait_free() {
        fn claims<C: Construction<Erased, 1>>() -> (Class, Progress, Option<u64>) {
            (C::CLASS, C::PROGRESS, C::BELOW)
        }
        assert_eq!(
            claims::<FromBitsThatFlicker>(),
            (Class::Atomic, Progress::WAIT_FREE, Some(2))
        );
    }

    #[test]
    fn beyond_its_last_number_the_last_writer_wins() {
        let sizes = Sizes {
            writers: 2,
            readers: 1,
        };
        let (mut writers, mut readers) = TwoWrites::<SafeBit>::build(&Hardware, [0], sizes);
        writers[1].write([1]);
        writers[1].write([1]);
        assert_eq!(readers[0].read(), [1]);
        // The third write of two: its number is that of the second, whose writer comes later in the order of writers.
        writers[0].write([0]);
        assert_eq!(readers[0].read(), [1]);
    }
}

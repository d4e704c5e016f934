use std::marker::PhantomData;

use super::stamp::{Stamped, last_number, next};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Write, Writers};

/// A regular register whose values are numbered, so that its reader never goes back.
///
/// **It stores** each value with its number in a regular register `R`. The reader remembers the newest that it has
/// seen, and returns that again when it meets an older one.
///
/// **In a picture**, on bits that [flicker](crate::worlds::flicker): number 1 with value 1 is the word 3, so bit 3 is
/// set and bit 0 cleared. While bit 0 flickers, one read finds the word 3 and the next one the word 0, which is older;
/// the reader knows better.
///
/// ```
/// # use registers::{atomic::Numbered, regular::{Unary, WrittenToChange}, safe::SafeBit};
/// # use registers::worlds::{conducted::replay, flicker::Flickering};
/// let picture = "
/// init: 0
/// Thread 1:  ww1w2w3wwwwwwwwwwwwwwwwwwwwwwwwwwww11ww(1)
/// Thread 2:          rr4r5r6r7r8rr(1)  rr9r10rr(1)
///      1  T1  bit[3].bit := ?
///      2  T1  bit[3].bit := 1
///      3  T1  bit[0].bit := ?
///      4  T2  bit[0].bit -> ?
///      5  T2  chance -> 0
///      6  T2  bit[1].bit -> 0
///      7  T2  bit[2].bit -> 0
///      8  T2  bit[3].bit -> 1
///      9  T2  bit[0].bit -> ?
///     10  T2  chance -> 1
///     11  T1  bit[0].bit := 0
/// ";
/// replay::<Numbered<Unary<WrittenToChange<Flickering<SafeBit>>, 4>, 2>, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** `R` is regular, so a read finds the last write before it, or one that is concurrent with it. Two
/// such reads can only be wrong together, when the first found the newer write; and then the second one knows.
///
/// **What breaks it:** a second reader, since the first does not tell it what it has seen; so it is for a single one.
/// And the end of the numbers: a word of `R` has room for `number x VALUES + value`, so that there are as many numbers
/// as `R` holds values, divided by `VALUES`: on a word of 64 bits 2^32, for values below 2^32. After that many writes
/// the last number is used again and again, and the register is no better than `R`: still regular, not atomic.
///
/// **It comes from** the observation of Lamport (*On interprocess communication*, part II, 1986) that to be atomic is
/// to be regular without an inversion. With numbers it stands in Herlihy and Shavit (*The art of multiprocessor
/// programming*, 2008, chapter 4). Lamport's own Construction 5 does without numbers that grow, but its reader writes.
#[derive(Clone, Copy, Debug)]
pub struct Numbered<R, const VALUES: u64 = 0x1_0000_0000>(PhantomData<R>);

/// Writes a [`Numbered`] register.
#[derive(Debug)]
pub struct Writer<W, const VALUES: u64> {
    register: W,
    /// The number of the last write.
    number: u64,
    /// The last number there is.
    last: u64,
}

/// Reads a [`Numbered`] register.
#[derive(Debug)]
pub struct Reader<R, const VALUES: u64> {
    register: R,
    newest: Stamped<VALUES>,
}

impl<M, R, const VALUES: u64> Construction<M, 1> for Numbered<R, VALUES>
where
    M: Memory,
    R: Construction<M, 1>,
{
    const NAME: &'static str = "numbered";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = R::PROGRESS;
    const READERS: Arity = Arity::One;
    const BELOW: Option<u64> = Some(VALUES);
    type Writers = [Writer<<R::Writers as Writers<1>>::Writer, VALUES>; 1];
    type Reader = Reader<R::Reader, VALUES>;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let newest = Stamped::initial(init);
        let (writers, readers) = R::build(memory, [newest.word()], sizes);
        let register = writers.into_vec().into_iter().next();
        let writer = Writer {
            register: register.expect("it is built for one writer"),
            number: newest.number,
            last: const { last_number(R::BELOW, VALUES) },
        };
        let reader = |register| Reader { register, newest };
        ([writer], readers.into_iter().map(reader).collect())
    }
}

impl<W: Write<1>, const VALUES: u64> Write<1> for Writer<W, VALUES> {
    #[inline]
    fn write(&mut self, [value]: Value<1>) {
        self.number = next(self.number, self.last);
        let number = self.number;
        let stamped = Stamped::<VALUES> { number, value };
        self.register.write([stamped.word()]);
    }
}

impl<R: Read<1>, const VALUES: u64> Read<1> for Reader<R, VALUES> {
    #[inline]
    fn read(&mut self) -> Value<1> {
        let [word] = self.register.read();
        let found = Stamped::of(word);
        // Of two with the last number of all, either may be the newer.
        if found.number >= self.newest.number {
            self.newest = found;
        }
        [self.newest.value]
    }
}

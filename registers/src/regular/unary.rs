use std::marker::PhantomData;

use crate::memory::Within;
use crate::part::{PartReader, PartWriter, part};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Write};

/// A number below `VALUES` in regular bits: the first bit that is set says which.
///
/// **It stores** a regular bit `B` for each number. A write sets the bit of its number first, and then clears those
/// below it, *downward*. A read scans *upward*, and returns the number of the first bit that is set.
///
/// **In a picture**, it held 3. While 1 is written and then 2, the reader has passed bit 1 before it was set, and finds
/// bit 2; its next read finds bit 1, which is not cleared yet: a *new-old inversion*.
///
/// ```
/// # use registers::{regular::{Unary, WrittenToChange}, safe::SafeBit, worlds::conducted::replay};
/// let picture = "
/// init: 3
/// Thread 1:  wwwwww3ww(1)  ww4wwwwwwwwwwwwwwwww8ww(2)
/// Thread 2:  rr1r2rrrrrrrrrrrrr5rr(2)  rr6r7rr(1)
///      1  T2  bit[0].bit -> 0
///      2  T2  bit[1].bit -> 0
///      3  T1  bit[1].bit := 1
///      4  T1  bit[2].bit := 1
///      5  T2  bit[2].bit -> 1
///      6  T2  bit[0].bit -> 0
///      7  T2  bit[1].bit -> 1
///      8  T1  bit[1].bit := 0
/// ";
/// replay::<Unary<WrittenToChange<SafeBit>, 4>, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is regular:** bits above the first one that is set may be of any age, and are not looked at. To pass a bit, a
/// read must find it cleared, and whoever cleared it had set a higher one before. So a read returns a number whose bit
/// was set by the last write before it, or by one that is concurrent with it. Clearing *upward* would break that:
/// between a low bit that is cleared and a high one that is set, it would uncover a bit of long ago.
///
/// **It is not atomic**, as the picture shows. On weak memory it also needs of its bits that who finds one cleared
/// finds the higher one set: they are written with Release and read with Acquire, as [`SafeBit`](crate::safe::SafeBit)
/// does. With relaxed bits it is not regular, since a read may pass the bit just cleared and find a higher one of long
/// ago. No execution that was explored needs more.
///
/// **It comes from** Lamport (*On interprocess communication*, part II, 1986), Construction 4.
#[derive(Clone, Copy, Debug)]
pub struct Unary<B, const VALUES: usize>(PhantomData<B>);

/// Writes a [`Unary`] register.
#[derive(Debug)]
pub struct Writer<W> {
    bits: Vec<W>,
}

/// Reads a [`Unary`] register.
#[derive(Debug)]
pub struct Reader<R> {
    bits: Vec<R>,
}

impl<M, B, const VALUES: usize> Construction<M, 1> for Unary<B, VALUES>
where
    M: Memory,
    B: Construction<Within<M>, 1>,
{
    const NAME: &'static str = "unary";
    const CLASS: Class = Class::Regular;
    const PROGRESS: Progress = B::PROGRESS;
    const READERS: Arity = B::READERS;
    const BELOW: Option<u64> = Some(VALUES as u64);
    type Writers = [Writer<PartWriter<B, M, 1>>; 1];
    type Reader = Reader<PartReader<B, M, 1>>;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let mut bits = Vec::new();
        let mut readers: Vec<_> = (0..sizes.readers)
            .map(|_| Reader { bits: Vec::new() })
            .collect();
        for at in 0..VALUES {
            let set = [u64::from(at as u64 == init)];
            let place = format_args!("bit[{at}]");
            let (bit, ends) = part::<B, M, 1>(memory, place, set, sizes.readers);
            bits.push(bit);
            for (reader, end) in readers.iter_mut().zip(ends) {
                reader.bits.push(end);
            }
        }
        ([Writer { bits }], readers)
    }
}

impl<W: Write<1>> Write<1> for Writer<W> {
    #[inline]
    fn write(&mut self, [value]: Value<1>) {
        let (below, above) = self.bits.split_at_mut(value as usize);
        above[0].write([1]);
        for bit in below.iter_mut().rev() {
            bit.write([0]);
        }
    }
}

impl<R: Read<1>> Read<1> for Reader<R> {
    #[inline]
    fn read(&mut self) -> Value<1> {
        let set = self.bits.iter_mut().position(|bit| bit.read() == [1]);
        // Some bit is set, unless the bits are weaker than asked for.
        [set.unwrap_or(self.bits.len()) as u64]
    }
}

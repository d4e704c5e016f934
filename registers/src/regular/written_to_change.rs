use std::marker::PhantomData;

use crate::{Arity, Class, Construction, Memory, Progress, Sizes, Value, Write, Writers};

/// A bit that is written only to change it.
///
/// **It stores** the bit in a safe bit `B`. Its writer remembers what the bit holds, and leaves it alone when it holds
/// the value already.
///
/// **In a picture**, on a word that is only [safe](crate::worlds::flicker): a write of the other value makes the bit
/// flicker, and a read returns the new value, the next one the old.
///
/// ```
/// # use registers::{regular::WrittenToChange, safe::SafeBit, worlds::{conducted::replay, flicker::Flickering}};
/// let picture = "
/// init: 0
/// Thread 1:  ww1wwwwwwwwwwwwwwwwwwwww6ww(1)  ww(1)
/// Thread 2:      rr2r3rr(1)  rr4r5rr(0)
///      1  T1  bit := ?
///      2  T2  bit -> ?
///      3  T2  chance -> 1
///      4  T2  bit -> ?
///      5  T2  chance -> 0
///      6  T1  bit := 1
/// ";
/// replay::<WrittenToChange<Flickering<SafeBit>>, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is regular:** when the bit flickers it is being changed, and then anything at all is the old value or the new
/// one.
///
/// **It is not atomic:** two reads in one flickering may return the new value first and then the old one. And of more
/// than two values it is not even regular: anything may be a third one.
///
/// **It comes from** Lamport (*On interprocess communication*, part II, 1986), Construction 3.
#[derive(Clone, Copy, Debug)]
pub struct WrittenToChange<B>(PhantomData<B>);

/// Writes a [`WrittenToChange`] bit.
#[derive(Debug)]
pub struct Writer<W> {
    bit: W,
    /// What the bit holds.
    holds: u64,
}

impl<M: Memory, B: Construction<M, 1>> Construction<M, 1> for WrittenToChange<B> {
    const NAME: &'static str = "written-to-change";
    const CLASS: Class = Class::Regular;
    const PROGRESS: Progress = B::PROGRESS;
    const READERS: Arity = B::READERS;
    const BELOW: Option<u64> = Some(2);
    type Writers = [Writer<<B::Writers as Writers<1>>::Writer>; 1];
    type Reader = B::Reader;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let (writers, readers) = B::build(memory, [init], sizes);
        let bit = writers.into_vec().into_iter().next();
        let bit = bit.expect("it is built for one writer");
        ([Writer { bit, holds: init }], readers)
    }
}

impl<W: Write<1>> Write<1> for Writer<W> {
    #[inline]
    fn write(&mut self, [value]: Value<1>) {
        if value != self.holds {
            self.bit.write([value]);
            self.holds = value;
        }
    }
}

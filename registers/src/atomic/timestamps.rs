use std::marker::PhantomData;

use super::stamp::{Stamped, last_number, next};
use crate::memory::Within;
use crate::part::{PartReader, PartWriter, part};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Write};

/// A register for many writers, each of which takes a number higher than all that it sees.
///
/// **It stores** a numbered value, a *timestamp*, in an atomic register `R` for each writer. A write reads the
/// registers of the other writers, and stores its value under the next number. A read takes the value with the highest
/// number, and of two with the same number that of the later writer in the order in which they were built.
///
/// **In a picture**, with ten values, so that the word 12 is number 1 with value 2: two writers take the same number,
/// and the value of the second one counts.
///
/// ```
/// # use registers::{atomic::{OneWord, Timestamps}, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:  ww1wwwww4ww(1)
/// Thread 2:  wwww2w3wwww(2)
/// Thread 3:             rr5r6rr(2)
///      1  T1  stamp[1].word -> 0
///      2  T2  stamp[0].word -> 0
///      3  T2  stamp[1].word := 12
///      4  T1  stamp[0].word := 11
///      5  T3  stamp[0].word -> 11
///      6  T3  stamp[1].word -> 12
/// ";
/// replay::<Timestamps<OneWord, 10>, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** numbers, and writers where numbers are equal, put all writes in one order. A write that follows
/// another sees its number and takes a higher one; a read that follows a write, or a read, sees a number at least as
/// high. So the order keeps what precedes what, and each read belongs right behind the write whose value it returns.
/// All of this is about one register at a time, so it holds on relaxed words too.
///
/// **What breaks it:** a writer that does not look at the others takes too low a number, and its write is lost. So are
/// writes after the end of the numbers: a word of `R` has room for `number x VALUES + value`, as in
/// [`Numbered`](super::Numbered), and after the last number the last writer wins, whoever comes later. Then the
/// register is not even safe.
///
/// **It comes from** Vitányi and Awerbuch (*Atomic shared register access by asynchronous hardware*, 1986).
#[derive(Clone, Copy, Debug)]
pub struct Timestamps<R, const VALUES: u64 = 0x1_0000_0000>(PhantomData<R>);

/// Writes a [`Timestamps`] register.
#[derive(Debug)]
pub struct Writer<W, R, const VALUES: u64> {
    register: W,
    others: Vec<R>,
    /// The number of its last write.
    number: u64,
    /// The last number there is.
    last: u64,
}

/// Reads a [`Timestamps`] register.
#[derive(Debug)]
pub struct Reader<R, const VALUES: u64> {
    registers: Vec<R>,
    initial: Stamped<VALUES>,
}

impl<M, R, const VALUES: u64> Construction<M, 1> for Timestamps<R, VALUES>
where
    M: Memory,
    R: Construction<Within<M>, 1>,
{
    const NAME: &'static str = "timestamps";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = R::PROGRESS;
    const READERS: Arity = Arity::Many;
    const BELOW: Option<u64> = Some(VALUES);
    type Writers = Vec<Writer<PartWriter<R, M, 1>, PartReader<R, M, 1>, VALUES>>;
    type Reader = Reader<PartReader<R, M, 1>, VALUES>;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let init = Stamped::<VALUES>::initial(init);
        let all = sizes.writers + sizes.readers;
        // The reading ends of each process: writers first, and each without that of its own register.
        let mut ends: Vec<Vec<PartReader<R, M, 1>>> = (0..all).map(|_| Vec::new()).collect();
        let mut writing = Vec::new();
        for at in 0..sizes.writers {
            let place = format_args!("stamp[{at}]");
            let (writes, reads) = part::<R, M, 1>(memory, place, [init.word()], all - 1);
            writing.push(writes);
            let others = ends.iter_mut().enumerate().filter(|(who, _)| *who != at);
            for ((_, ends), end) in others.zip(reads) {
                ends.push(end);
            }
        }
        let readers = ends.split_off(sizes.writers).into_iter();
        let reader = |registers| Reader {
            registers,
            initial: init,
        };
        let readers = readers.map(reader).collect();
        let writer = |(register, others)| Writer {
            register,
            others,
            number: init.number,
            last: const { last_number(R::BELOW, VALUES) },
        };
        (writing.into_iter().zip(ends).map(writer).collect(), readers)
    }
}

impl<W: Write<1>, R: Read<1>, const VALUES: u64> Write<1> for Writer<W, R, VALUES> {
    #[inline]
    fn write(&mut self, [value]: Value<1>) {
        for register in &mut self.others {
            let [word] = register.read();
            self.number = self.number.max(Stamped::<VALUES>::of(word).number);
        }
        self.number = next(self.number, self.last);
        let number = self.number;
        self.register
            .write([Stamped::<VALUES> { number, value }.word()]);
    }
}

impl<R: Read<1>, const VALUES: u64> Read<1> for Reader<R, VALUES> {
    #[inline]
    fn read(&mut self) -> Value<1> {
        let mut latest = self.initial;
        for register in &mut self.registers {
            let [word] = register.read();
            let stamped = Stamped::of(word);
            // Of two with the same number the later writer's counts.
            if stamped.number >= latest.number {
                latest = stamped;
            }
        }
        [latest.value]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hardware;
    use crate::atomic::OneWord;

    #[test]
    fn a_register_that_nobody_may_write_holds_what_it_held_at_first() {
        let sizes = Sizes {
            writers: 0,
            readers: 1,
        };
        let (_, mut readers) = Timestamps::<OneWord>::build(&Hardware, [7], sizes);
        assert_eq!(readers[0].read(), [7]);
    }

    #[test]
    fn a_write_that_follows_another_counts_whoever_writes() {
        let sizes = Sizes {
            writers: 3,
            readers: 2,
        };
        let (mut writers, mut readers) = Timestamps::<OneWord>::build(&Hardware, [0], sizes);
        for (value, writer) in (1..).zip([2, 0, 1, 1, 0, 2, 0]) {
            writers[writer].write([value]);
            assert_eq!(readers[0].read(), [value]);
            assert_eq!(readers[1].read(), [value]);
        }
    }
}

use std::marker::PhantomData;

use super::stamp::{Stamped, last_number, next};
use crate::memory::Within;
use crate::part::{PartReader, PartWriter, pair};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Write};

/// A register for many readers who tell each other what they have seen.
///
/// **It stores** numbered values in atomic registers `R` for one reader each: `written[i]`, in which the writer leaves
/// the value for reader i, and `told[i][j]`, in which reader j tells reader i what it returned. A read takes the newest
/// of those that are meant for it, tells it to the other readers, and only then returns it.
///
/// **In a picture**, with ten values, so that the word 11 is number 1 with value 1: the writer has served one reader,
/// which tells the other one, and so that one does not return the older value that the writer has left for it.
///
/// ```
/// # use registers::{atomic::{OneWord, ReadersTable}, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:  ww1wwwwwwwwwwwwwwwwwwwww8ww(1)
/// Thread 2:      rr2r3r4rr(1)
/// Thread 3:               rr5r6r7rr(1)
///      1  T1  written[0].word := 11
///      2  T2  written[0].word -> 11
///      3  T2  told[0][1].word -> 0
///      4  T2  told[1][0].word := 11
///      5  T3  written[1].word -> 0
///      6  T3  told[1][0].word -> 11
///      7  T3  told[0][1].word := 11
///      8  T1  written[1].word := 11
/// ";
/// replay::<ReadersTable<OneWord, 10>, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** each of its registers only ever becomes newer, so a reader does not go back. When a read has
/// completed, all other readers have been told, so a later read of theirs does not go back either. And when a write has
/// completed, it stands before all readers. All of this is about one register at a time, so it holds on relaxed words
/// too.
///
/// **What breaks it:** a reader that keeps what it has seen to itself; then the writer that has served one reader and
/// not yet the next one makes an inversion. And the end of the numbers: a word of `R` has room for `number x VALUES +
/// value`, as in [`Numbered`](super::Numbered). After that many writes it is regular only. Reads use up no numbers,
/// since a reader tells only what is newer than what it has told last.
///
/// **It comes from** Israeli and Li (*Bounded time-stamps*, 1987), and from Herlihy and Shavit (*The art of
/// multiprocessor programming*, 2008, chapter 4). That readers have to write is Lamport's observation (*On interprocess
/// communication*, part II, 1986).
#[derive(Clone, Copy, Debug)]
pub struct ReadersTable<R, const VALUES: u64 = 0x1_0000_0000>(PhantomData<R>);

/// Writes a [`ReadersTable`] register.
#[derive(Debug)]
pub struct Writer<W, const VALUES: u64> {
    written: Vec<W>,
    /// The number of the last write.
    number: u64,
    /// The last number there is.
    last: u64,
}

/// Reads a [`ReadersTable`] register.
#[derive(Debug)]
pub struct Reader<W, R, const VALUES: u64> {
    written: R,
    /// What the others tell.
    told: Vec<R>,
    /// What the others are told.
    tells: Vec<W>,
    /// The number of what they have been told last.
    told_last: u64,
}

impl<M, R, const VALUES: u64> Construction<M, 1> for ReadersTable<R, VALUES>
where
    M: Memory,
    R: Construction<Within<M>, 1>,
{
    const NAME: &'static str = "readers-table";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = R::PROGRESS;
    const READERS: Arity = Arity::Many;
    const BELOW: Option<u64> = Some(VALUES);
    type Writers = [Writer<PartWriter<R, M, 1>, VALUES>; 1];
    type Reader = Reader<PartWriter<R, M, 1>, PartReader<R, M, 1>, VALUES>;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let init = Stamped::<VALUES>::initial(init);
        let (mut written, mut readers) = (Vec::new(), Vec::new());
        for at in 0..sizes.readers {
            let place = format_args!("written[{at}]");
            let (writes, reads) = pair::<R, M, 1>(memory, place, [init.word()]);
            written.push(writes);
            readers.push(Reader {
                written: reads,
                told: Vec::new(),
                tells: Vec::new(),
                told_last: init.number,
            });
        }
        for to in 0..sizes.readers {
            for from in (0..sizes.readers).filter(|&from| from != to) {
                let place = format_args!("told[{to}][{from}]");
                let (tells, told) = pair::<R, M, 1>(memory, place, [init.word()]);
                readers[from].tells.push(tells);
                readers[to].told.push(told);
            }
        }
        let writer = Writer {
            written,
            number: init.number,
            last: const { last_number(R::BELOW, VALUES) },
        };
        ([writer], readers)
    }
}

impl<W: Write<1>, const VALUES: u64> Write<1> for Writer<W, VALUES> {
    #[inline]
    fn write(&mut self, [value]: Value<1>) {
        self.number = next(self.number, self.last);
        let number = self.number;
        let word = Stamped::<VALUES> { number, value }.word();
        for register in &mut self.written {
            register.write([word]);
        }
    }
}

impl<W: Write<1>, R: Read<1>, const VALUES: u64> Read<1> for Reader<W, R, VALUES> {
    #[inline]
    fn read(&mut self) -> Value<1> {
        let [word] = self.written.read();
        let mut newest = Stamped::<VALUES>::of(word);
        for register in &mut self.told {
            let [word] = register.read();
            let told = Stamped::of(word);
            if told.number > newest.number {
                newest = told;
            }
        }
        if newest.number > self.told_last {
            self.told_last = newest.number;
            for register in &mut self.tells {
                register.write([newest.word()]);
            }
        }
        [newest.value]
    }
}

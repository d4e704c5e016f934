use std::marker::PhantomData;

use crate::memory::Within;
use crate::part::{PartReader, PartWriter, pair};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Write};

/// A register for many readers, from one for a single reader: a copy for each.
///
/// **It stores** the value in a register `S` for each reader; the writer writes them one after the other.
///
/// **In a picture**, one reader finds its copy written, and the other one does not.
///
/// ```
/// # use registers::{safe::{ManyReaders, SafeBit}, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:  ww1wwwwwwwwwwwwwwwwww4ww(1)
/// Thread 2:      rr2rr(1)
/// Thread 3:                rr3rr(0)
///      1  T1  copy[0].bit := 1
///      2  T2  copy[0].bit -> 1
///      3  T3  copy[1].bit -> 0
///      4  T1  copy[1].bit := 1
/// ";
/// replay::<ManyReaders<SafeBit>, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is as safe, or as regular, as `S`:** a read that is concurrent with no write of the register is concurrent with
/// no write of its copy, and one that is concurrent with some finds its copy before them, after them, or among them.
///
/// **It is not atomic**, even if `S` is: the picture is a new-old inversion between two readers. To prevent it, one
/// reader would have to tell the other, as in [`ReadersTable`](crate::atomic::ReadersTable).
///
/// **It comes from** Lamport (*On interprocess communication*, part II, 1986), Construction 1.
#[derive(Clone, Copy, Debug)]
pub struct ManyReaders<S>(PhantomData<S>);

/// Writes a [`ManyReaders`] register.
#[derive(Debug)]
pub struct Writer<W> {
    copies: Vec<W>,
}

/// Reads a [`ManyReaders`] register.
#[derive(Debug)]
pub struct Reader<R> {
    copy: R,
}

impl<M, S, const N: usize> Construction<M, N> for ManyReaders<S>
where
    M: Memory,
    S: Construction<Within<M>, N>,
{
    const NAME: &'static str = "many-readers";
    const CLASS: Class = match S::CLASS {
        Class::Safe => Class::Safe,
        Class::Regular | Class::Atomic => Class::Regular,
    };
    const PROGRESS: Progress = S::PROGRESS;
    const READERS: Arity = Arity::Many;
    const BELOW: Option<u64> = S::BELOW;
    type Writers = [Writer<PartWriter<S, M, N>>; 1];
    type Reader = Reader<PartReader<S, M, N>>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let copy = |at| pair::<S, M, N>(memory, format_args!("copy[{at}]"), init);
        let (copies, readers): (_, Vec<_>) = (0..sizes.readers).map(copy).unzip();
        let readers = readers.into_iter().map(|copy| Reader { copy });
        ([Writer { copies }], readers.collect())
    }
}

impl<W: Write<N>, const N: usize> Write<N> for Writer<W> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        for copy in &mut self.copies {
            copy.write(value);
        }
    }
}

impl<R: Read<N>, const N: usize> Read<N> for Reader<R> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        self.copy.read()
    }
}

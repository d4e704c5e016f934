//! Rungs of the [chain](registers::chain) with a step taken away.
//!
//! | rung | without | what it becomes |
//! |---|---|---|
//! | [`ManyReaders`] | a copy for each reader | [`OneCopyIsWritten`] |
//! | [`WrittenToChange`](registers::regular::WrittenToChange) | the writer's memory of what the bit holds | the safe bit itself |
//! | [`Unary`](registers::regular::Unary) | the downward order in which bits are cleared | [`ClearsUpward`] |
//! | [`Numbered`](registers::atomic::Numbered) | the reader's memory of the newest | [`Forgets`] |
//! | [`ReadersTable`](registers::atomic::ReadersTable) | what readers tell each other | [`ManyReaders`] |
//! | [`Timestamps`](registers::atomic::Timestamps) | the writer's look at the others | [`LooksAtNobody`] |
//!
//! Where the table names another register, the rung without this step *is* that register.

use std::marker::PhantomData;

use registers::memory::Within;
use registers::safe::ManyReaders;
use registers::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Write};

use super::part::{PartReader, PartWriter, part};

/// A [`ManyReaders`] register of which only the first copy is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OneCopyIsWritten<S>(PhantomData<S>);

/// Writes a [`OneCopyIsWritten`] register.
#[derive(Debug)]
pub(crate) struct FirstCopy<W>(W);

impl<M: Memory, S: Construction<Within<M>, 1>> Construction<M, 1> for OneCopyIsWritten<S> {
    const NAME: &'static str = "one-copy-is-written";
    const CLASS: Class = Class::Safe;
    const PROGRESS: Progress = S::PROGRESS;
    const READERS: Arity = Arity::Many;
    const BELOW: Option<u64> = S::BELOW;
    type Writers = [FirstCopy<PartWriter<S, M>>; 1];
    type Reader = PartReader<S, M>;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let copy = |at| part::<S, M>(memory, at, init, 1);
        let (mut writers, readers): (Vec<_>, Vec<_>) = (0..sizes.readers.max(1)).map(copy).unzip();
        let readers = readers.into_iter().flatten().take(sizes.readers).collect();
        ([FirstCopy(writers.swap_remove(0))], readers)
    }
}

impl<W: Write<1>> Write<1> for FirstCopy<W> {
    fn write(&mut self, value: Value<1>) {
        self.0.write(value);
    }
}

/// A [`Unary`](registers::regular::Unary) register whose writer clears the bits below its own from the lowest up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClearsUpward<B, const VALUES: usize>(PhantomData<B>);

/// Writes a [`ClearsUpward`] register.
#[derive(Debug)]
pub(crate) struct Upward<W>(Vec<W>);

/// Reads a [`ClearsUpward`] register, as it should be read.
#[derive(Debug)]
pub(crate) struct Scan<R>(Vec<R>);

impl<M, B, const VALUES: usize> Construction<M, 1> for ClearsUpward<B, VALUES>
where
    M: Memory,
    B: Construction<Within<M>, 1>,
{
    const NAME: &'static str = "clears-upward";
    const CLASS: Class = Class::Regular;
    const PROGRESS: Progress = B::PROGRESS;
    const READERS: Arity = Arity::One;
    const BELOW: Option<u64> = Some(VALUES as u64);
    type Writers = [Upward<PartWriter<B, M>>; 1];
    type Reader = Scan<PartReader<B, M>>;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let bit = |at| part::<B, M>(memory, at, u64::from(at as u64 == init), sizes.readers);
        let (writers, readers): (Vec<_>, Vec<_>) = (0..VALUES).map(bit).unzip();
        let reader = Scan(readers.into_iter().flatten().collect());
        let readers = std::iter::once(reader).take(sizes.readers);
        ([Upward(writers)], readers.collect())
    }
}

impl<W: Write<1>> Write<1> for Upward<W> {
    fn write(&mut self, [value]: Value<1>) {
        let (below, above) = self.0.split_at_mut(value as usize);
        above[0].write([1]);
        for bit in below {
            bit.write([0]);
        }
    }
}

impl<R: Read<1>> Read<1> for Scan<R> {
    fn read(&mut self) -> Value<1> {
        let set = self.0.iter_mut().position(|bit| bit.read() == [1]);
        [set.unwrap_or(self.0.len()) as u64]
    }
}

/// A [`Numbered`](registers::atomic::Numbered) register whose reader remembers nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Forgets<R, const VALUES: u64>(PhantomData<R>);

/// Reads a [`Forgets`] register, or one of its kind: the value without its number.
#[derive(Debug)]
pub(crate) struct WithoutNumber<R, const VALUES: u64>(R);

/// Writes a [`Forgets`] register, as it should be written.
#[derive(Debug)]
pub(crate) struct Numbering<W, const VALUES: u64> {
    register: W,
    number: u64,
}

impl<M, R, const VALUES: u64> Construction<M, 1> for Forgets<R, VALUES>
where
    M: Memory,
    R: Construction<Within<M>, 1>,
{
    const NAME: &'static str = "forgets";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = R::PROGRESS;
    const READERS: Arity = Arity::One;
    const BELOW: Option<u64> = Some(VALUES);
    type Writers = [Numbering<PartWriter<R, M>, VALUES>; 1];
    type Reader = WithoutNumber<PartReader<R, M>, VALUES>;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let (register, readers) = part::<R, M>(memory, 0, init, sizes.readers);
        let writer = Numbering {
            register,
            number: 0,
        };
        ([writer], readers.into_iter().map(WithoutNumber).collect())
    }
}

impl<W: Write<1>, const VALUES: u64> Write<1> for Numbering<W, VALUES> {
    fn write(&mut self, [value]: Value<1>) {
        self.number += 1;
        self.register.write([self.number * VALUES + value]);
    }
}

impl<R: Read<1>, const VALUES: u64> Read<1> for WithoutNumber<R, VALUES> {
    fn read(&mut self) -> Value<1> {
        self.0.read().map(|word| word % VALUES)
    }
}

/// A [`Timestamps`](registers::atomic::Timestamps) register whose writers count for themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LooksAtNobody<R, const VALUES: u64>(PhantomData<R>);

/// Reads a [`LooksAtNobody`] register, as it should be read.
#[derive(Debug)]
pub(crate) struct Highest<R, const VALUES: u64>(Vec<R>);

impl<M, R, const VALUES: u64> Construction<M, 1> for LooksAtNobody<R, VALUES>
where
    M: Memory,
    R: Construction<Within<M>, 1>,
{
    const NAME: &'static str = "looks-at-nobody";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = R::PROGRESS;
    const READERS: Arity = Arity::Many;
    const BELOW: Option<u64> = Some(VALUES);
    type Writers = Vec<Numbering<PartWriter<R, M>, VALUES>>;
    type Reader = Highest<PartReader<R, M>, VALUES>;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let mut readers: Vec<_> = (0..sizes.readers).map(|_| Highest(Vec::new())).collect();
        let mut writers = Vec::new();
        for at in 0..sizes.writers {
            let (register, ends) = part::<R, M>(memory, at, init, sizes.readers);
            writers.push(Numbering {
                register,
                number: 0,
            });
            for (reader, end) in readers.iter_mut().zip(ends) {
                reader.0.push(end);
            }
        }
        (writers, readers)
    }
}

impl<R: Read<1>, const VALUES: u64> Read<1> for Highest<R, VALUES> {
    fn read(&mut self) -> Value<1> {
        let words = self.0.iter_mut().map(|register| register.read()[0]);
        // Of two with the same number the last one.
        let latest = words.max_by_key(|word| word / VALUES);
        [latest.unwrap_or(0) % VALUES]
    }
}

/// A [`ReadersTable`](registers::atomic::ReadersTable) in which nobody tells anybody anything: a copy for each reader.
pub(crate) type TellsNobody<R> = ManyReaders<R>;

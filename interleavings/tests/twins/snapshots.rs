//! Snapshots with a step taken away.
//!
//! | without | what it becomes |
//! |---|---|
//! | the second collect, and with it numbers and views | [`CollectsOnce`] |
//! | the views alone | a snapshot on registers [`WithoutViews`] |
//! | the SeqCst of its stores | a snapshot on registers that [`StoresRelease`] |

use std::marker::PhantomData;
use std::sync::Arc;

use registers::memory::Ordering::{Release, SeqCst};
use registers::memory::Within;
use registers::{
    Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write, Writers,
};

use super::part::{PartReader, PartWriter, part};

/// A [`Snapshot`](registers::atomic::Snapshot) that collects its components once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CollectsOnce<R>(PhantomData<R>);

/// Writes a component of [`CollectsOnce`].
#[derive(Debug)]
pub(crate) struct Component<W>(usize, W);

/// Reads [`CollectsOnce`].
#[derive(Debug)]
pub(crate) struct Collect<R>(Vec<R>);

impl<M, R, const N: usize> Construction<M, N> for CollectsOnce<R>
where
    M: Memory,
    R: Construction<Within<M>, 1>,
{
    const NAME: &'static str = "collects-once";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = R::PROGRESS;
    const READERS: Arity = Arity::Many;
    const BELOW: Option<u64> = R::BELOW;
    type Writers = Vec<Component<PartWriter<R, M>>>;
    type Reader = Collect<PartReader<R, M>>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let mut readers: Vec<_> = (0..sizes.readers).map(|_| Collect(Vec::new())).collect();
        let mut writers = Vec::new();
        for (at, init) in init.into_iter().enumerate() {
            let (register, ends) = part::<R, M>(memory, at, init, sizes.readers);
            writers.push(Component(at, register));
            for (reader, end) in readers.iter_mut().zip(ends) {
                reader.0.push(end);
            }
        }
        (writers, readers)
    }
}

impl<W: Write<1>, const N: usize> Write<N> for Component<W> {
    fn write(&mut self, value: Value<N>) {
        self.1.write([value[self.0]]);
    }
}

impl<R: Read<1>, const N: usize> Read<N> for Collect<R> {
    fn read(&mut self) -> Value<N> {
        std::array::from_fn(|at| self.0[at].read()[0])
    }
}

/// A register for the components of a [`Snapshot`](registers::atomic::Snapshot) of two bytes, which stores no views.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WithoutViews<R>(PhantomData<R>);

/// Writes a register [`WithoutViews`].
#[derive(Debug)]
pub(crate) struct Blind<W>(W);

impl<M: Memory, R: Construction<M, 1>> Construction<M, 1> for WithoutViews<R> {
    const NAME: &'static str = "without-views";
    const CLASS: Class = R::CLASS;
    const PROGRESS: Progress = R::PROGRESS;
    const READERS: Arity = R::READERS;
    const BELOW: Option<u64> = R::BELOW;
    type Writers = [Blind<<R::Writers as Writers<1>>::Writer>; 1];
    type Reader = R::Reader;

    fn build(memory: &M, init: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let (writers, readers) = R::build(memory, init, sizes);
        ([Blind(writers.into_vec().swap_remove(0))], readers)
    }
}

impl<W: Write<1>> Write<1> for Blind<W> {
    fn write(&mut self, [word]: Value<1>) {
        // The view is in the two lowest bytes.
        self.0.write([word & !0xffff]);
    }
}

/// [`OneWord`](registers::atomic::OneWord), whose stores release and are not SeqCst.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoresRelease;

/// An end of a register that [`StoresRelease`].
#[derive(Debug)]
pub(crate) struct End<W>(Arc<W>);

impl<M: Memory> Construction<M, 1> for StoresRelease {
    const NAME: &'static str = "stores-release";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [End<M::Word>; 1];
    type Reader = End<M::Word>;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let word = Arc::new(memory.word(format_args!("word"), init));
        let end = || End(Arc::clone(&word));
        ([end()], (0..sizes.readers).map(|_| end()).collect())
    }
}

impl<W: Word> Write<1> for End<W> {
    fn write(&mut self, [value]: Value<1>) {
        self.0.store(value, Release);
    }
}

impl<W: Word> Read<1> for End<W> {
    fn read(&mut self) -> Value<1> {
        [self.0.load(SeqCst)]
    }
}

//! Several operations as one: what shows only where no clock lies between them.
//!
//! The history of an execution is recorded by a clock, and whoever invokes an operation knows of all that were complete
//! before. That orders more than the register itself does. Where a write of the whole is a burst of writes of the
//! register, and a read a burst of reads, nothing of that kind lies between them.

use std::marker::PhantomData;

use registers::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Write, Writers};

/// A register each of whose writes writes a `C` so many times, and each of whose reads reads it so many times and
/// returns what it read last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bursts<C, const WRITES: usize, const READS: usize>(PhantomData<C>);

/// Does something so many times.
#[derive(Debug)]
pub(crate) struct Times<E, const TIMES: usize>(E);

impl<M, C, const N: usize, const WRITES: usize, const READS: usize> Construction<M, N>
    for Bursts<C, WRITES, READS>
where
    M: Memory,
    C: Construction<M, N>,
{
    const NAME: &'static str = C::NAME;
    const CLASS: Class = C::CLASS;
    const PROGRESS: Progress = C::PROGRESS;
    const READERS: Arity = C::READERS;
    const BELOW: Option<u64> = C::BELOW;
    type Writers = [Times<<C::Writers as Writers<N>>::Writer, WRITES>; 1];
    type Reader = Times<C::Reader, READS>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let (writers, readers) = C::build(memory, init, sizes);
        let writer = writers.into_vec().swap_remove(0);
        ([Times(writer)], readers.into_iter().map(Times).collect())
    }
}

impl<W: Write<N>, const N: usize, const TIMES: usize> Write<N> for Times<W, TIMES> {
    fn write(&mut self, value: Value<N>) {
        (0..TIMES).for_each(|_| self.0.write(value));
    }
}

impl<R: Read<N>, const N: usize, const TIMES: usize> Read<N> for Times<R, TIMES> {
    fn read(&mut self) -> Value<N> {
        (1..TIMES).for_each(|_| {
            self.0.read();
        });
        self.0.read()
    }
}

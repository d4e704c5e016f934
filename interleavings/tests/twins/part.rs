//! A register as a part of another one.

use registers::memory::Within;
use registers::{Construction, Memory, Sizes, Writers};

/// The right to write it.
pub(crate) type PartWriter<C, M> =
    <<C as Construction<Within<M>, 1>>::Writers as Writers<1>>::Writer;

/// The right to read it.
pub(crate) type PartReader<C, M> = <C as Construction<Within<M>, 1>>::Reader;

/// Builds a part of a register, for one writer.
pub(crate) fn part<C: Construction<Within<M>, 1>, M: Memory>(
    memory: &M,
    at: usize,
    init: u64,
    readers: usize,
) -> (PartWriter<C, M>, Vec<PartReader<C, M>>) {
    let within = Within::new(memory, format_args!("part[{at}]"));
    let (writers, readers) = C::build(&within, [init], Sizes::readers(readers));
    let mut writers = writers.into_vec();
    (writers.swap_remove(0), readers)
}

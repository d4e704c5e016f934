//! A register as a part of another one.

use crate::memory::{Place, Within};
use crate::{Construction, Memory, Sizes, Value, Writers};

/// The right to write a register that is a part of another one.
pub(crate) type PartWriter<C, M, const N: usize> =
    <<C as Construction<Within<M>, N>>::Writers as Writers<N>>::Writer;

/// The right to read a register that is a part of another one.
pub(crate) type PartReader<C, M, const N: usize> = <C as Construction<Within<M>, N>>::Reader;

/// Builds a part for one writer, with the names of its places behind that of the part.
pub(crate) fn part<C, M, const N: usize>(
    memory: &M,
    place: Place<'_>,
    init: Value<N>,
    readers: usize,
) -> (PartWriter<C, M, N>, Vec<PartReader<C, M, N>>)
where
    M: Memory,
    C: Construction<Within<M>, N>,
{
    let (writers, readers) = C::build(&Within::new(memory, place), init, Sizes::readers(readers));
    let writer = writers.into_vec().into_iter().next();
    (writer.expect("it is built for one writer"), readers)
}

/// Builds a part for one writer and one reader.
pub(crate) fn pair<C, M, const N: usize>(
    memory: &M,
    place: Place<'_>,
    init: Value<N>,
) -> (PartWriter<C, M, N>, PartReader<C, M, N>)
where
    M: Memory,
    C: Construction<Within<M>, N>,
{
    let (writer, readers) = part::<C, M, N>(memory, place, init, 1);
    let reader = readers.into_iter().next();
    (writer, reader.expect("it is built for one reader"))
}

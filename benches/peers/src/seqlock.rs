use crate::{Cell, End, share};
use registers::{Arity, Class, Construction, Hardware, Progress, Sizes, Value};

/// `SeqLock` of the crate seqlock: the sequence lock of Linux, with a mutex among writers.
///
/// **It stores** the value, a sequence number and a mutex.
///
/// **It is atomic** for the reasons of the [sequence lock](registers::atomic::SequenceLock) of this crate. It copies the
/// value by one volatile read instead of a load for each word: faster, and a data race by the letter of the language
/// (Boehm, *Can seqlocks get along with programming language memory models?*, 2012).
///
/// **It blocks:** writers wait for one another, and readers for the writer; "readers cannot starve writers", says the
/// documentation, and the other way round they can.
///
/// **It comes from** [seqlock](https://docs.rs/seqlock/0.2), after `seqlock_t` of Linux.
#[derive(Clone, Copy, Debug)]
pub struct SeqLock;

impl<const N: usize> Construction<Hardware, N> for SeqLock {
    const NAME: &'static str = "seqlock-crate";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::BLOCKING;
    const READERS: Arity = Arity::Many;
    type Writers = Vec<End<seqlock::SeqLock<Value<N>>>>;
    type Reader = End<seqlock::SeqLock<Value<N>>>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        share(init, sizes)
    }
}

impl<const N: usize> Cell<N> for seqlock::SeqLock<Value<N>> {
    fn holding(init: Value<N>) -> Self {
        Self::new(init)
    }

    #[inline]
    fn load(&self) -> Value<N> {
        self.read()
    }

    #[inline]
    fn store(&self, value: Value<N>) {
        *self.lock_write() = value;
    }
}

use crossbeam::sync;

use crate::{Cell, End, share};
use registers::{Arity, Class, Construction, Hardware, Progress, Sizes, Value};

/// `ShardedLock` of crossbeam: a reader-writer lock in eight pieces.
///
/// **It stores** the value and eight reader-writer locks of `std`, each on a cache line of its own. A reader takes the
/// one of its thread, a writer takes them all, in order.
///
/// **It is atomic,** as whatever is done under a lock.
///
/// **It blocks** readers and writers. Readers on different shards do not disturb each other; a write is eight times the
/// work.
///
/// **It comes from** [crossbeam-utils]; the idea from the *big-reader locks* of Linux.
///
/// [crossbeam-utils]: https://docs.rs/crossbeam-utils/0.8/crossbeam_utils/sync/struct.ShardedLock.html
#[derive(Clone, Copy, Debug)]
pub struct ShardedLock;

impl<const N: usize> Construction<Hardware, N> for ShardedLock {
    const NAME: &'static str = "crossbeam-sharded-lock";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::BLOCKING;
    const READERS: Arity = Arity::Many;
    type Writers = Vec<End<sync::ShardedLock<Value<N>>>>;
    type Reader = End<sync::ShardedLock<Value<N>>>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        share(init, sizes)
    }
}

impl<const N: usize> Cell<N> for sync::ShardedLock<Value<N>> {
    fn holding(init: Value<N>) -> Self {
        Self::new(init)
    }

    #[inline]
    fn load(&self) -> Value<N> {
        *self.read().expect("nobody panics while writing")
    }

    #[inline]
    fn store(&self, value: Value<N>) {
        *self.write().expect("nobody panics while writing") = value;
    }
}

use crossbeam::atomic;

use crate::{Cell, End, share};
use registers::{Arity, Class, Construction, Hardware, Progress, Sizes, Value};

/// `AtomicCell` of crossbeam: a sequence lock that is not in the cell.
///
/// **It stores** the value, and nothing besides. The locks are in a table of the process, and the address of the cell
/// says which one is its own; two cells may share one.
///
/// **It is atomic.** Each operation takes place within its lock, or is a read during which the lock did not change.
///
/// **It blocks:** a write waits for whoever holds the lock. A read tries once without it; if that fails it takes the
/// lock as a writer does, "so that writers don't starve this load", as the source has it. A value of one word needs no
/// lock, and then nobody waits. The documentation leaves open which it is: operations are atomic instructions where
/// possible, and global locks otherwise.
///
/// **It comes from** [crossbeam-utils].
///
/// [crossbeam-utils]: https://docs.rs/crossbeam-utils/0.8/crossbeam_utils/atomic/struct.AtomicCell.html
#[derive(Clone, Copy, Debug)]
pub struct AtomicCell;

impl<const N: usize> Construction<Hardware, N> for AtomicCell {
    const NAME: &'static str = "crossbeam-atomic-cell";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::BLOCKING;
    const READERS: Arity = Arity::Many;
    type Writers = Vec<End<atomic::AtomicCell<Value<N>>>>;
    type Reader = End<atomic::AtomicCell<Value<N>>>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        share(init, sizes)
    }
}

impl<const N: usize> Cell<N> for atomic::AtomicCell<Value<N>> {
    fn holding(init: Value<N>) -> Self {
        Self::new(init)
    }

    #[inline]
    fn load(&self) -> Value<N> {
        self.load()
    }

    #[inline]
    fn store(&self, value: Value<N>) {
        self.store(value);
    }
}

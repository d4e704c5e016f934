use std::sync::Arc;

use arc_swap::Cache;

use crate::{Cell, End, share};
use registers::{Arity, Class, Construction, Guarantee, Hardware, Progress, Read, Sizes, Value};

/// `ArcSwap` of the crate arc-swap: a pointer to the value, swapped as a whole.
///
/// **It stores** a pointer to a value that never changes. A write makes a new value and swaps the pointer; who still
/// reads the old one keeps it alive. A reader does not count itself among the owners of the value: it notes in a slot
/// of its thread that it owes the count one, and a writer that takes the value away pays these *debts*.
///
/// **It is atomic:** a read takes place when it loads the pointer, and a write when it swaps it.
///
/// **It is lock-free:** its documentation says so of reads and of writes, and of reads that most of the time they are
/// wait-free. A write allocates, and whoever lets go of a value last frees it; that is as wait-free as the allocator.
///
/// **It comes from** [arc-swap](https://docs.rs/arc-swap/1.9/arc_swap/docs/performance/index.html); the idea to publish
/// by pointer from read-copy-update (McKenney and Slingwine, *Read-copy update*, 1998).
#[derive(Clone, Copy, Debug)]
pub struct ArcSwap;

impl<const N: usize> Construction<Hardware, N> for ArcSwap {
    const NAME: &'static str = "arc-swap";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress {
        read: Guarantee::LockFree,
        write: Guarantee::LockFree,
    };
    const READERS: Arity = Arity::Many;
    type Writers = Vec<End<arc_swap::ArcSwap<Value<N>>>>;
    type Reader = End<arc_swap::ArcSwap<Value<N>>>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        share(init, sizes)
    }
}

impl<const N: usize> Cell<N> for arc_swap::ArcSwap<Value<N>> {
    fn holding(init: Value<N>) -> Self {
        Self::from_pointee(init)
    }

    #[inline]
    fn load(&self) -> Value<N> {
        **self.load()
    }

    #[inline]
    fn store(&self, value: Value<N>) {
        self.store(Arc::new(value));
    }
}

/// The same, read by `load_full`: for as long as it copies the value, the reader is one of its owners.
#[derive(Clone, Copy, Debug)]
pub struct ArcSwapFull;

/// A value whose readers become owners.
#[derive(Debug)]
pub struct Owned<const N: usize>(arc_swap::ArcSwap<Value<N>>);

impl<const N: usize> Construction<Hardware, N> for ArcSwapFull {
    const NAME: &'static str = "arc-swap-full";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = <ArcSwap as Construction<Hardware, N>>::PROGRESS;
    const READERS: Arity = Arity::Many;
    type Writers = Vec<End<Owned<N>>>;
    type Reader = End<Owned<N>>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        share(init, sizes)
    }
}

impl<const N: usize> Cell<N> for Owned<N> {
    fn holding(init: Value<N>) -> Self {
        Self(arc_swap::ArcSwap::from_pointee(init))
    }

    #[inline]
    fn load(&self) -> Value<N> {
        *self.0.load_full()
    }

    #[inline]
    fn store(&self, value: Value<N>) {
        self.0.store(Arc::new(value));
    }
}

/// The same, read through a `Cache`: the reader stays an owner of the value that it read last, and looks whether the
/// pointer is still the same. So it lends an unchanged value for the price of a look.
///
/// A reader that does not read keeps its value in memory.
#[derive(Clone, Copy, Debug)]
pub struct ArcSwapCache;

/// Reads an [`ArcSwapCache`] register.
#[derive(Debug)]
pub struct Caching<const N: usize>(Cache<Arc<arc_swap::ArcSwap<Value<N>>>, Arc<Value<N>>>);

impl<const N: usize> Construction<Hardware, N> for ArcSwapCache {
    const NAME: &'static str = "arc-swap-cache";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = <ArcSwap as Construction<Hardware, N>>::PROGRESS;
    const READERS: Arity = Arity::Many;
    type Writers = Vec<End<arc_swap::ArcSwap<Value<N>>>>;
    type Reader = Caching<N>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let (writers, readers) = share(init, sizes);
        let caching = |End(cell)| Caching(Cache::new(cell));
        (writers, readers.into_iter().map(caching).collect())
    }
}

impl<const N: usize> Read<N> for Caching<N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        **self.0.load()
    }

    #[inline]
    fn read_ref<'a>(&'a mut self, _: &'a mut Value<N>) -> &'a Value<N> {
        self.0.load()
    }
}

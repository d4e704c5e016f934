use sdd::{AtomicShared, Guard, Shared, Tag};

use crate::{Cell, End, share};
use registers::memory::Ordering::{Acquire, Release};
use registers::{Arity, Class, Construction, Guarantee, Hardware, Progress, Sizes, Value};

/// `AtomicShared` of the crate sdd: a pointer to the value, freed when the epoch has passed.
///
/// **It stores** a pointer to a value that never changes. A write makes a new value and swaps the pointer. Who reads
/// holds a *guard*, which says in which epoch its thread is, and a value that has been taken away is freed only after
/// every thread with a guard has been seen in a later epoch.
///
/// **It is atomic:** a read takes place when it loads the pointer, and a write when it swaps it.
///
/// **It is lock-free:** its documentation calls the reclamation lock-free. Reads and swaps themselves are one access;
/// beside them, making and dropping a guard may have to scan threads and free values. A reader that stops with a guard
/// stops nobody, but no value is freed any more: memory grows.
///
/// **It comes from** [sdd](https://docs.rs/sdd/4.8); the epochs from Fraser (*Practical lock-freedom*, 2004). It stands
/// here for crossbeam-epoch too, which works by epochs as well, but whose pointers can be followed by `unsafe` code
/// only.
#[derive(Clone, Copy, Debug)]
pub struct Sdd;

impl<const N: usize> Construction<Hardware, N> for Sdd {
    const NAME: &'static str = "sdd";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress {
        read: Guarantee::LockFree,
        write: Guarantee::LockFree,
    };
    const READERS: Arity = Arity::Many;
    type Writers = Vec<End<AtomicShared<Value<N>>>>;
    type Reader = End<AtomicShared<Value<N>>>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        share(init, sizes)
    }
}

impl<const N: usize> Cell<N> for AtomicShared<Value<N>> {
    fn holding(init: Value<N>) -> Self {
        Self::new(init)
    }

    #[inline]
    fn load(&self) -> Value<N> {
        let guard = Guard::new();
        // Acquire: pairs with the Release of the swap in store().
        let value = self.load(Acquire, &guard);
        *value.as_ref().expect("it always points to a value")
    }

    #[inline]
    fn store(&self, value: Value<N>) {
        // Release: pairs with the Acquire load in load().
        let (old, _) = self.swap((Some(Shared::new(value)), Tag::None), Release);
        drop(old);
    }
}

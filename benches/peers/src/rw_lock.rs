use crate::{Cell, End, share};
use registers::{Arity, Class, Construction, Hardware, Progress, Sizes, Value};

/// `RwLock` of the standard library.
///
/// **It stores** the value and a lock, with the number of readers that hold it.
///
/// **It is atomic,** as whatever is done under a lock.
///
/// **It blocks** writers while anybody holds it, and readers while a writer does. Who comes first after that is, by its
/// documentation, up to the operating system. Readers do not exclude each other, but all of them write one word.
///
/// **It comes from** [std](std::sync::RwLock); the problem from Courtois, Heymans and Parnas (*Concurrent control with
/// "readers" and "writers"*, 1971).
#[derive(Clone, Copy, Debug)]
pub struct StdRwLock;

impl<const N: usize> Construction<Hardware, N> for StdRwLock {
    const NAME: &'static str = "std-rwlock";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::BLOCKING;
    const READERS: Arity = Arity::Many;
    type Writers = Vec<End<std::sync::RwLock<Value<N>>>>;
    type Reader = End<std::sync::RwLock<Value<N>>>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        share(init, sizes)
    }
}

impl<const N: usize> Cell<N> for std::sync::RwLock<Value<N>> {
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

/// `RwLock` of parking_lot.
///
/// **It stores** the value and a lock, with the number of readers that hold it.
///
/// **It is atomic,** as whatever is done under a lock.
///
/// **It blocks** writers while anybody holds it, and readers while a writer does. By its documentation, readers also
/// wait while a writer waits; and whoever comes anew may get ahead of those who wait, and starve them.
///
/// **It comes from** [parking_lot](https://docs.rs/parking_lot/0.13/parking_lot/type.RwLock.html).
#[derive(Clone, Copy, Debug)]
pub struct ParkingLotRwLock;

impl<const N: usize> Construction<Hardware, N> for ParkingLotRwLock {
    const NAME: &'static str = "parking-lot-rwlock";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::BLOCKING;
    const READERS: Arity = Arity::Many;
    type Writers = Vec<End<parking_lot::RwLock<Value<N>>>>;
    type Reader = End<parking_lot::RwLock<Value<N>>>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        share(init, sizes)
    }
}

impl<const N: usize> Cell<N> for parking_lot::RwLock<Value<N>> {
    fn holding(init: Value<N>) -> Self {
        Self::new(init)
    }

    #[inline]
    fn load(&self) -> Value<N> {
        *self.read()
    }

    #[inline]
    fn store(&self, value: Value<N>) {
        *self.write() = value;
    }
}

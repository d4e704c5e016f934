use crate::{Cell, End, share};
use registers::{Arity, Class, Construction, Hardware, Progress, Sizes, Value};

/// `Mutex` of the standard library.
///
/// **It stores** the value and a lock.
///
/// **It is atomic,** as whatever is done under a lock; see [`Locked`](registers::atomic::Locked).
///
/// **It blocks** everybody, readers among themselves too.
///
/// **It comes from** [std](std::sync::Mutex). On Linux it waits by futex (Franke, Russell and Kirkwood, *Fuss, futexes
/// and furwocks*, 2002).
#[derive(Clone, Copy, Debug)]
pub struct StdMutex;

impl<const N: usize> Construction<Hardware, N> for StdMutex {
    const NAME: &'static str = "std-mutex";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::BLOCKING;
    const READERS: Arity = Arity::Many;
    type Writers = Vec<End<std::sync::Mutex<Value<N>>>>;
    type Reader = End<std::sync::Mutex<Value<N>>>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        share(init, sizes)
    }
}

impl<const N: usize> Cell<N> for std::sync::Mutex<Value<N>> {
    fn holding(init: Value<N>) -> Self {
        Self::new(init)
    }

    #[inline]
    fn load(&self) -> Value<N> {
        *self.lock().expect("nobody panics while holding it")
    }

    #[inline]
    fn store(&self, value: Value<N>) {
        *self.lock().expect("nobody panics while holding it") = value;
    }
}

/// `Mutex` of parking_lot: one byte, with the queues of those who wait in a table of the process.
///
/// **It stores** the value and a lock.
///
/// **It is atomic,** as whatever is done under a lock; see [`Locked`](registers::atomic::Locked).
///
/// **It blocks** everybody, readers among themselves too. By its documentation, who frees it may take it again before
/// those who wait, and starve them.
///
/// **It comes from** [parking_lot](https://docs.rs/parking_lot/0.13/parking_lot/type.Mutex.html), after the *parking
/// lot* of WebKit (Pizlo, *Locking in WebKit*, 2016).
#[derive(Clone, Copy, Debug)]
pub struct ParkingLotMutex;

impl<const N: usize> Construction<Hardware, N> for ParkingLotMutex {
    const NAME: &'static str = "parking-lot-mutex";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::BLOCKING;
    const READERS: Arity = Arity::Many;
    type Writers = Vec<End<parking_lot::Mutex<Value<N>>>>;
    type Reader = End<parking_lot::Mutex<Value<N>>>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        share(init, sizes)
    }
}

impl<const N: usize> Cell<N> for parking_lot::Mutex<Value<N>> {
    fn holding(init: Value<N>) -> Self {
        Self::new(init)
    }

    #[inline]
    fn load(&self) -> Value<N> {
        *self.lock()
    }

    #[inline]
    fn store(&self, value: Value<N>) {
        *self.lock() = value;
    }
}

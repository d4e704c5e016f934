use std::fmt;
use std::sync::Arc;

use left_right::{Absorb, ReadHandle, WriteHandle};
use parking_lot::Mutex;

use registers::{
    Arity, Class, Construction, Guarantee, Hardware, Progress, Read, Sizes, Value, Write,
};

/// Left-right: two copies, one for the readers and one for the writer, which trade places.
///
/// **It stores** the value twice, which copy is the readers', and for each reader a count of its arrivals and
/// departures. A write changes the copy that is not shown, shows it, and waits until every reader has left the other
/// one before it touches that: with the next write, as this crate has it.
///
/// **It is atomic:** a read takes place when it loads which copy is shown, and nobody changes a copy while it is read.
/// So it is the [double buffer](registers::broken::DoubleBuffer) that works.
///
/// **It never makes a reader wait:** by its documentation reads are wait-free. Writes wait for readers, for ever if one
/// stops in the middle of a read.
///
/// **It comes from** [left-right](https://docs.rs/left-right/0.11), after Ramalhete and Correia (*Left-right: a
/// concurrency control technique with wait-free population oblivious reads*, 2013).
#[derive(Clone, Copy, Debug)]
pub struct LeftRight;

/// One of the copies.
#[derive(Clone, Debug)]
struct Copy<const N: usize>(Value<N>);

impl<const N: usize> Absorb<Value<N>> for Copy<N> {
    fn absorb_first(&mut self, value: &mut Value<N>, _: &Self) {
        self.0 = *value;
    }

    fn sync_with(&mut self, first: &Self) {
        self.0 = first.0;
    }
}

type Handle<const N: usize> = WriteHandle<Copy<N>, Value<N>>;

/// Where a writer leaves its handle when it is gone: with the handle the value would go too, and readers remain.
type Legacy<const N: usize> = Arc<Mutex<Option<Handle<N>>>>;

/// Writes a [`LeftRight`] register.
pub struct Writer<const N: usize> {
    /// Always there, until the writer is dropped.
    handle: Option<Handle<N>>,
    legacy: Legacy<N>,
}

/// Reads a [`LeftRight`] register.
pub struct Reader<const N: usize> {
    handle: ReadHandle<Copy<N>>,
    /// Kept for as long as anybody reads.
    _legacy: Legacy<N>,
}

impl<const N: usize> Construction<Hardware, N> for LeftRight {
    const NAME: &'static str = "left-right-crate";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress {
        read: Guarantee::WaitFree,
        write: Guarantee::Blocking,
    };
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<N>; 1];
    type Reader = Reader<N>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let (writer, reader) = left_right::new_from_empty(Copy(init));
        let legacy = Legacy::default();
        let readers = (0..sizes.readers).map(|_| Reader {
            handle: reader.clone(),
            _legacy: Arc::clone(&legacy),
        });
        let readers = readers.collect();
        let writer = Writer {
            handle: Some(writer),
            legacy,
        };
        ([writer], readers)
    }
}

impl<const N: usize> Write<N> for Writer<N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        if let Some(handle) = &mut self.handle {
            handle.append(value).publish();
        }
    }
}

impl<const N: usize> Read<N> for Reader<N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let copy = self.handle.enter();
        copy.expect("the value is there for as long as anybody reads")
            .0
    }
}

impl<const N: usize> Drop for Writer<N> {
    fn drop(&mut self) {
        *self.legacy.lock() = self.handle.take();
    }
}

impl<const N: usize> fmt::Debug for Writer<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl<const N: usize> fmt::Debug for Reader<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

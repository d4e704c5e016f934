use triple_buffer::{Input, Output};

use registers::{Arity, Class, Construction, Hardware, Progress, Read, Sizes, Value, Write};

/// Three buffers: the writer has one, the reader has one, and the third is exchanged.
///
/// **It stores** the value three times, and which buffer is between the two. A write fills the writer's buffer and
/// swaps it for the one between; a read swaps the reader's buffer for the one between, if that is new.
///
/// **It is atomic:** a write takes place when it swaps, and so does a read, unless nothing is new. Nobody touches the
/// buffer of another.
///
/// **It is wait-free,** by the documentation, and for one reader only: a second one would need a fourth buffer.
///
/// **It comes from** [triple_buffer](https://docs.rs/triple_buffer/9); the idea from graphics.
#[derive(Clone, Copy, Debug)]
pub struct TripleBuffer;

/// Writes a [`TripleBuffer`] register.
#[derive(Debug)]
pub struct Writer<const N: usize>(Input<Value<N>>);

/// Reads a [`TripleBuffer`] register.
#[derive(Debug)]
pub struct Reader<const N: usize>(Output<Value<N>>);

impl<const N: usize> Construction<Hardware, N> for TripleBuffer {
    const NAME: &'static str = "triple-buffer-crate";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::One;
    type Writers = [Writer<N>; 1];
    type Reader = Reader<N>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let (writer, reader) = triple_buffer::triple_buffer(&init);
        let readers = std::iter::once(Reader(reader)).take(sizes.readers);
        ([Writer(writer)], readers.collect())
    }
}

impl<const N: usize> Write<N> for Writer<N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        self.0.write(value);
    }
}

impl<const N: usize> Read<N> for Reader<N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        *self.0.read()
    }

    #[inline]
    fn read_ref<'a>(&'a mut self, _: &'a mut Value<N>) -> &'a Value<N> {
        self.0.read()
    }
}

use std::sync::Arc;

use crate::memory::Ordering::{Acquire, Release};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write};

/// Two buffers: the writer fills the one that is not shown, then shows it.
///
/// **It stores** the value twice, and which buffer is *shown*.
///
/// **In a picture**, a slow reader is overtaken by two writes: the first shows the other buffer, the second fills the
/// one that is still being read.
///
/// ```
/// # use registers::{broken::DoubleBuffer, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:          ww3w4w5ww(1)  ww6w7w8ww(2)
/// Thread 2:  rr1r2rrrrrrrrrrrrrrrrrrrrrrrrrr9rr(0|2)
///      1  T2  shown -> 0
///      2  T2  buffer[0][0] -> 0
///      3  T1  buffer[1][0] := 1
///      4  T1  buffer[1][1] := 1
///      5  T1  shown := 1
///      6  T1  buffer[0][0] := 2       <- the reader is still there
///      7  T1  buffer[0][1] := 2
///      8  T1  shown := 0
///      9  T2  buffer[0][1] -> 2
/// ";
/// replay::<DoubleBuffer, 2>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It claims to be atomic:** nobody writes to the buffer that is shown, and the instant at which another one is shown
/// is a single store. And wait-free for all.
///
/// **It is safe** and, for two words or more, nothing else. Nobody writes to the buffer that is shown; but a reader
/// reads the one that *was* shown when it looked. With a single write all is well, and with two the reader is torn.
/// A third buffer only makes it rarer: a reader that sleeps long enough is overtaken by any number. Either the reader
/// notices (a count), or the writer does (the reader says which buffer it holds), or the reader waits (a lock). A read
/// that is concurrent with no write finds the buffer that is shown, at rest. Of one word it is regular: what the reader
/// finds in its buffer is the value shown when it looked, or that of a write that has begun since; and not atomic,
/// because the value that it finds may not be shown yet.
///
/// **It comes from** graphics, where the screen shows one frame while the next one is drawn, and the program waits for
/// the screen before it draws again. Simpson (*Four-slot fully asynchronous communication mechanism*, 1990) begins with
/// two slots, shows what goes wrong, and ends with four, where loads and stores suffice and nobody waits.
#[derive(Clone, Copy, Debug)]
pub struct DoubleBuffer;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    /// Which buffer holds the value.
    shown: W,
    buffers: [[W; N]; 2],
}

/// Writes a [`DoubleBuffer`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize> {
    shared: Arc<Shared<M::Word, N>>,
    /// What `shown` holds: only this writer changes it.
    shown: usize,
}

/// Reads a [`DoubleBuffer`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize>(Arc<Shared<M::Word, N>>);

impl<M: Memory, const N: usize> Construction<M, N> for DoubleBuffer {
    const NAME: &'static str = "double-buffer";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let shared = Arc::new(Shared {
            shown: memory.word(format_args!("shown"), 0),
            buffers: std::array::from_fn(|buffer| {
                memory.words(format_args!("buffer[{buffer}]"), init)
            }),
        });
        let readers = sizes.each_reader(|_| Reader(Arc::clone(&shared)));
        ([Writer { shared, shown: 0 }], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let Shared { shown, buffers } = &*self.shared;
        let hidden = 1 - self.shown;
        M::Word::store_all(&buffers[hidden], &value);
        self.shown = hidden;
        // Release: pairs with the Acquire load in read(). Who is shown this buffer also sees its words.
        shown.store(hidden as u64, Release);
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let Shared { shown, buffers } = &*self.0;
        // Acquire: pairs with the Release store that ends write().
        let words = &buffers[shown.load(Acquire) as usize];
        M::Word::load_all(words)
    }
}

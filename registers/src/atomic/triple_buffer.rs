use std::sync::Arc;

use crossbeam_utils::CachePadded;

use crate::memory::Cells;
use crate::memory::Ordering::{AcqRel, Relaxed};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write};

/// Three buffers: one is the writer's, one the reader's, and one lies in the middle, to be swapped for.
///
/// **It stores** the value three times, and one word that says which buffer lies in the middle and whether the writer
/// put it there.
///
/// **In a picture**, the writer swaps twice while the reader is busy with its own buffer, and the reader gets the
/// second value. A buffer that the reader has not had yet counts 4 more than its number:
///
/// ```
/// # use registers::{atomic::TripleBuffer, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:      ww2w3ww(1)  ww4w5ww(2)
/// Thread 2:  rr1rrrrrrrrrrrrrrrrrrrrr6rr(0)  rr7r8r9rr(2)
///      1  T2  middle -> 1             <- nothing new: the reader keeps buffer 0
///      2  T1  buffer[2][0] := 1
///      3  T1  middle 1 => 6           <- buffer 2 into the middle, and buffer 1 out of it
///      4  T1  buffer[1][0] := 2
///      5  T1  middle 6 => 5
///      6  T2  buffer[0][0] -> 0
///      7  T2  middle -> 5
///      8  T2  middle 5 => 0           <- buffer 1 is the reader's, and buffer 0 lies in the middle
///      9  T2  buffer[1][0] -> 2
/// ";
/// replay::<TripleBuffer, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** each buffer belongs to one of the two or lies in the middle, and it changes hands by a swap alone,
/// so no buffer is read and written at a time. What lies fresh in the middle is the value last written; if nothing
/// fresh lies there, the reader has the value last written. Nobody ever waits: a read takes N + 2 steps at most, a
/// write N + 1.
///
/// **It breaks** without the release of the writer's swap and the acquire of the reader's: the buffer arrives before
/// its words. The acquire of the writer's and the release of the reader's keep words from being written before they
/// have been read: without either the third write and the second read are a data race. And a second
/// reader would need a buffer of its own, and a way to get at a value that the first has taken.
///
/// **It comes from** graphics, where one frame is shown, one waits and one is drawn. That three slots are enough where
/// a read-modify-write is at hand, and four are needed where it is not, is found in Chen and Burns (*A three-slot
/// asynchronous reader/writer mechanism for multiprocessor real-time systems*, 1997).
#[derive(Clone, Copy, Debug)]
pub struct TripleBuffer;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    /// The buffer that is nobody's, and [`FRESH`] more if the writer put it there.
    middle: CachePadded<W>,
    buffers: [CachePadded<Cells<W, N>>; 3],
}

/// In `middle`: the reader has not had this buffer yet. Below it stands the number of the buffer.
const FRESH: u64 = 4;

/// Writes a [`TripleBuffer`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize> {
    shared: Arc<Shared<M::Word, N>>,
    /// The buffer that is the writer's.
    back: usize,
}

/// Reads a [`TripleBuffer`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    shared: Arc<Shared<M::Word, N>>,
    /// The buffer that is the reader's.
    front: usize,
}

impl<M: Memory, const N: usize> Construction<M, N> for TripleBuffer {
    const NAME: &'static str = "triple-buffer";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::One;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let shared = Arc::new(Shared {
            middle: CachePadded::new(memory.word(format_args!("middle"), 1)),
            buffers: std::array::from_fn(|buffer| {
                CachePadded::new(memory.cells(format_args!("buffer[{buffer}]"), init))
            }),
        });
        let reader = |_| Reader {
            shared: Arc::clone(&shared),
            front: 0,
        };
        let readers = sizes.each_reader(reader);
        let writer = Writer { shared, back: 2 };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let Shared { middle, buffers } = &*self.shared;
        buffers[self.back].write(&value);
        // Release: pairs with the Acquire of the swap in read(). Who takes the buffer sees its words.
        // Acquire: pairs with the Release of that swap. The buffer that comes back has been read to the end.
        self.back = (middle.swap(self.back as u64 + FRESH, AcqRel) % FRESH) as usize;
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let Shared { middle, buffers } = &*self.shared;
        // Relaxed: what is seen here is taken, and acquired, by the swap.
        if middle.load(Relaxed) >= FRESH {
            // Acquire: pairs with the Release of the swap in write(). Release: with its Acquire.
            self.front = (middle.swap(self.front as u64, AcqRel) % FRESH) as usize;
        }
        buffers[self.front].read()
    }
}

use std::sync::Arc;

use crossbeam::utils::CachePadded;

use crate::memory::Ordering::{AcqRel, Relaxed};
use crate::{Arity, Class, Construction, Crew, Memory, Progress, Read, Value, Word, Write};

/// PICTURE
#[derive(Clone, Copy, Debug)]
pub struct TripleBuffer;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    /// The buffer that is nobody's, and [`FRESH`] more if the writer put it there.
    middle: CachePadded<W>,
    buffers: [CachePadded<[W; N]>; 3],
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

    fn build(memory: &M, init: Value<N>, crew: Crew) -> (Self::Writers, Vec<Self::Reader>) {
        let shared = Arc::new(Shared {
            middle: CachePadded::new(memory.word(format_args!("middle"), 1)),
            buffers: std::array::from_fn(|buffer| {
                CachePadded::new(std::array::from_fn(|at| {
                    memory.word(format_args!("buffer[{buffer}][{at}]"), init[at])
                }))
            }),
        });
        let reader = |_| Reader {
            shared: Arc::clone(&shared),
            front: 0,
        };
        let readers = (0..crew.readers).map(reader).collect();
        let writer = Writer { shared, back: 2 };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let Shared { middle, buffers } = &*self.shared;
        for (word, value) in buffers[self.back].iter().zip(value) {
            word.store(value, Relaxed);
        }
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
        let words = &buffers[self.front];
        std::array::from_fn(|at| words[at].load(Relaxed))
    }
}

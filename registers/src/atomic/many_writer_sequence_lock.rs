use std::sync::Arc;

use crate::memory::Ordering::{Acquire, Relaxed, Release};
use crate::{Arity, Class, Construction, Crew, Memory, Progress, Read, Value, Word, Write};

/// PICTURE
#[derive(Clone, Copy, Debug)]
pub struct ManyWriterSequenceLock;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    /// Twice the number of finished writes, and one more while a write runs.
    sequence: W,
    words: [W; N],
}

/// Writes a [`ManyWriterSequenceLock`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
}

/// Reads a [`ManyWriterSequenceLock`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
}

impl<M: Memory, const N: usize> Construction<M, N> for ManyWriterSequenceLock {
    const NAME: &'static str = "many-writer-sequence-lock";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::BLOCKING;
    const READERS: Arity = Arity::Many;
    type Writers = Vec<Writer<M, N>>;
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, crew: Crew) -> (Self::Writers, Vec<Self::Reader>) {
        let shared = Arc::new(Shared {
            sequence: memory.word(format_args!("sequence"), 0),
            words: std::array::from_fn(|at| memory.word(format_args!("word[{at}]"), init[at])),
        });
        let writer = |_| Writer {
            memory: memory.clone(),
            shared: Arc::clone(&shared),
        };
        let reader = |_| Reader {
            memory: memory.clone(),
            shared: Arc::clone(&shared),
        };
        let writers = (0..crew.writers).map(writer).collect();
        (writers, (0..crew.readers).map(reader).collect())
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let Shared { sequence, words } = &*self.shared;
        let even = self.take();
        // Release: pairs with the Acquire fence in read(). Who reads a word of this write also sees the odd number.
        self.memory.fence(Release);
        for (word, value) in words.iter().zip(value) {
            word.store(value, Relaxed);
        }
        // Release: pairs with the Acquire load in read(), and with the Acquire in take(). Who sees this number also
        // sees the words.
        sequence.store(even.wrapping_add(2), Release);
    }
}

impl<M: Memory, const N: usize> Writer<M, N> {
    /// Makes an even number odd, once it is even, and returns it: until it is even again nobody else writes.
    #[inline]
    fn take(&self) -> u64 {
        let sequence = &self.shared.sequence;
        loop {
            let seen = sequence.load(Relaxed);
            if seen % 2 == 0 {
                let odd = seen.wrapping_add(1);
                // Acquire: pairs with the Release store that ends write(). The words of this write come after those.
                if sequence
                    .compare_exchange(seen, odd, Acquire, Relaxed)
                    .is_ok()
                {
                    return seen;
                }
            }
            self.memory.relax();
        }
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let Shared { sequence, words } = &*self.shared;
        loop {
            // Acquire: pairs with the Release store that ends write().
            let before = sequence.load(Acquire);
            if before % 2 == 0 {
                let value = std::array::from_fn(|at| words[at].load(Relaxed));
                // Acquire: pairs with the Release fence in write(). If a word was of a later write, so is the number
                // below.
                self.memory.fence(Acquire);
                if sequence.load(Relaxed) == before {
                    return value;
                }
            }
            self.memory.relax();
        }
    }
}

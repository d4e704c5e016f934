//! Twins of the [`SequenceLock`](registers::atomic::SequenceLock) with a step taken away.
//!
//! One register with two switches. With both on it is the sequence lock, access for access, which a test confirms; so a
//! twin differs from it in nothing but the step that it lacks.

use std::sync::Arc;

use registers::memory::Ordering::{Acquire, Relaxed, Release};
use registers::{
    Arity, Class, Construction, Sizes, Guarantee, Memory, Progress, Read, Value, Word, Write,
};

/// A sequence lock whose reader looks at the sequence again after it has read the words, or does not; and whose writer
/// stores the odd number before the words, or after them.
#[derive(Clone, Copy, Debug)]
pub struct Twin<const LOOKS_AGAIN: bool, const ANNOUNCES: bool>;

/// The reader takes what it has read, without a second look.
pub type SkipsTheSecondLook = Twin<false, true>;

/// The writer stores the odd number only after the words.
pub type AnnouncesTooLate = Twin<true, false>;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    sequence: W,
    words: [W; N],
}

/// Writes a [`Twin`].
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize, const ANNOUNCES: bool> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
    sequence: u64,
}

/// Reads a [`Twin`].
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize, const LOOKS_AGAIN: bool> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
}

impl<M: Memory, const N: usize, const LOOKS_AGAIN: bool, const ANNOUNCES: bool> Construction<M, N>
    for Twin<LOOKS_AGAIN, ANNOUNCES>
{
    const NAME: &'static str = match (LOOKS_AGAIN, ANNOUNCES) {
        (true, true) => "twin",
        (false, true) => "skips-the-second-look",
        (true, false) => "announces-too-late",
        (false, false) => "skips-and-announces-too-late",
    };
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress {
        read: Guarantee::Blocking,
        write: Guarantee::WaitFree,
    };
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N, ANNOUNCES>; 1];
    type Reader = Reader<M, N, LOOKS_AGAIN>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let shared = Arc::new(Shared {
            sequence: memory.word(format_args!("sequence"), 0),
            words: std::array::from_fn(|at| memory.word(format_args!("word[{at}]"), init[at])),
        });
        let reader = |_| Reader {
            memory: memory.clone(),
            shared: Arc::clone(&shared),
        };
        let readers = (0..sizes.readers).map(reader).collect();
        let writer = Writer {
            memory: memory.clone(),
            shared,
            sequence: 0,
        };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize, const ANNOUNCES: bool> Write<N> for Writer<M, N, ANNOUNCES> {
    fn write(&mut self, value: Value<N>) {
        let Shared { sequence, words } = &*self.shared;
        let announce = || {
            sequence.store(self.sequence.wrapping_add(1), Relaxed);
            self.memory.fence(Release);
        };
        if ANNOUNCES {
            announce();
        }
        for (word, value) in words.iter().zip(value) {
            word.store(value, Relaxed);
        }
        if !ANNOUNCES {
            announce();
        }
        self.sequence = self.sequence.wrapping_add(2);
        sequence.store(self.sequence, Release);
    }
}

impl<M: Memory, const N: usize, const LOOKS_AGAIN: bool> Read<N> for Reader<M, N, LOOKS_AGAIN> {
    fn read(&mut self) -> Value<N> {
        let Shared { sequence, words } = &*self.shared;
        loop {
            let before = sequence.load(Acquire);
            if before % 2 == 0 {
                let value = std::array::from_fn(|at| words[at].load(Relaxed));
                if !LOOKS_AGAIN {
                    return value;
                }
                self.memory.fence(Acquire);
                if sequence.load(Relaxed) == before {
                    return value;
                }
            }
            self.memory.relax();
        }
    }
}

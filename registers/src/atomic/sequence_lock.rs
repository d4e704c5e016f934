use std::sync::Arc;

use crate::memory::Ordering::{Acquire, Relaxed, Release};
use crate::{
    Arity, Class, Construction, Guarantee, Memory, Progress, Read, Sizes, Value, Word, Write,
};

/// A counter that is odd while the value changes; a reader that sees it odd, or changed, tries again.
///
/// **It stores** the value and a *sequence* number, which counts the beginnings and the ends of writes.
///
/// **In a picture**, the read that would have been torn notices it, and starts over:
///
/// ```
/// # use registers::{atomic::SequenceLock, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:           ww3w4w5w6ww(1)
/// Thread 2:  rr1r2rrrrrrrrrrrrrrrrrr7r8r9r10r11r12rr(1)
///      1  T2  sequence -> 0
///      2  T2  word[0] -> 0
///      3  T1  sequence := 1
///      4  T1  word[0] := 1
///      5  T1  word[1] := 1
///      6  T1  sequence := 2
///      7  T2  word[1] -> 1            <- the halves disagree
///      8  T2  sequence -> 2           <- and this tells: 0 has become 2
///      9  T2  sequence -> 2
///     10  T2  word[0] -> 1
///     11  T2  word[1] -> 1
///     12  T2  sequence -> 2
/// ";
/// replay::<SequenceLock, 2>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** a read that returns has found the same even number before and after it read the words, so it has
/// read the value of exactly one write, and may be put at the instant of its first load of the number. That number
/// never goes back, so of two reads in order the second never returns the older value.
///
/// **It breaks** without any one of its orderings (Boehm): each is marked with its partner below. It is also unkind: a
/// reader waits while the writer is in the middle of a write, for ever if it stops there, and starves if writes come
/// faster than it can read. The writer never waits. The number wraps around after 2^63 writes: a read during which
/// exactly that many take place would not notice.
///
/// **It comes from** the Linux kernel (Hemminger's `seqlock_t`, 2002) and before that from Lamport (*Concurrent reading
/// and writing*, 1977); with the orderings of a language memory model from Boehm (*Can seqlocks get along with
/// programming language memory models?*, 2012).
#[derive(Clone, Copy, Debug)]
pub struct SequenceLock;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    /// Twice the number of finished writes, and one more while a write runs.
    sequence: W,
    words: [W; N],
}

/// Writes a [`SequenceLock`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
    /// What `sequence` holds: only this writer changes it.
    sequence: u64,
}

/// Reads a [`SequenceLock`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
}

impl<M: Memory, const N: usize> Construction<M, N> for SequenceLock {
    const NAME: &'static str = "sequence-lock";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress {
        read: Guarantee::Blocking,
        write: Guarantee::WaitFree,
    };
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let first = memory.first_count(u64::BITS);
        let shared = Arc::new(Shared {
            sequence: memory.word(format_args!("sequence"), first),
            words: memory.words(format_args!("word"), init),
        });
        let reader = |_| Reader {
            memory: memory.clone(),
            shared: Arc::clone(&shared),
        };
        let readers = sizes.each_reader(reader);
        let writer = Writer {
            memory: memory.clone(),
            shared,
            sequence: first,
        };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let Shared { sequence, words } = &*self.shared;
        sequence.store(self.sequence.wrapping_add(1), Relaxed);
        // Release: pairs with the Acquire fence in read(). Who reads a word of this write also sees the odd number.
        self.memory.fence(Release);
        M::Word::store_all(words, &value);
        self.sequence = self.sequence.wrapping_add(2);
        // Release: pairs with the Acquire load in attempt(). Who sees this number also sees the words.
        sequence.store(self.sequence, Release);
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        self.memory.retry(|| self.attempt())
    }
}

impl<M: Memory, const N: usize> Reader<M, N> {
    /// The value, if no write came in between.
    #[inline]
    fn attempt(&self) -> Option<Value<N>> {
        let Shared { sequence, words } = &*self.shared;
        // Acquire: pairs with the Release store that ends write().
        let before = sequence.load(Acquire);
        if before % 2 == 1 {
            return None;
        }
        let value = M::Word::load_all(words);
        // Acquire: pairs with the Release fence in write(). If a word was of a later write, so is the number below.
        self.memory.fence(Acquire);
        (sequence.load(Relaxed) == before).then_some(value)
    }
}

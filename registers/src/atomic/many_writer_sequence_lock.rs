use std::sync::Arc;

use crate::memory::Ordering::{Acquire, Relaxed, Release};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write};

/// A sequence lock whose odd number is taken like a lock, so that there may be many writers.
///
/// **It stores** the value and a *sequence* number, which counts the beginnings and the ends of writes.
///
/// **In a picture**, two writers see the same even number. One of them makes it odd, the other tries again:
///
/// ```
/// # use registers::{atomic::ManyWriterSequenceLock, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:  ww1wwwww3www5w6ww(1)
/// Thread 2:      ww2www4wwwwwww7w8w9w10ww(2)
/// Thread 3:                              rr11r12r13rr(2)
///      1  T1  sequence -> 0
///      2  T2  sequence -> 0
///      3  T1  sequence 0 => 1
///      4  T2  sequence -> 1, not 0    <- too late
///      5  T1  word[0] := 1
///      6  T1  sequence := 2
///      7  T2  sequence -> 2
///      8  T2  sequence 2 => 3
///      9  T2  word[0] := 2
///     10  T2  sequence := 4
///     11  T3  sequence -> 4
///     12  T3  word[0] -> 2
///     13  T3  sequence -> 4
/// ";
/// replay::<ManyWriterSequenceLock, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** while the number is odd, only the writer that made it odd writes; so writes take place one after
/// the other, and reads as in a [`SequenceLock`](super::SequenceLock).
///
/// **It breaks** without any one of the orderings that a sequence lock has. One more, the acquire of the writer that
/// takes the number, puts the words of its write behind those of the write before: without it words of the older write may
/// come last. Everybody waits for a writer that stops in
/// the middle of a write, other writers included. The number wraps around after 2^63 writes.
///
/// **It comes from** the Linux kernel (Hemminger's `seqlock_t`, 2002), where the writers share a spin lock beside the
/// number. That the number can itself be the lock is used by software transactional memories (Dalessandro, Spear and
/// Scott, *NOrec: streamlining STM by abolishing ownership records*, 2010).
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

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let first = memory.first_count(u64::BITS);
        let shared = Arc::new(Shared {
            sequence: memory.word(format_args!("sequence"), first),
            words: memory.words(format_args!("word"), init),
        });
        let writer = |_| Writer {
            memory: memory.clone(),
            shared: Arc::clone(&shared),
        };
        let reader = |_| Reader {
            memory: memory.clone(),
            shared: Arc::clone(&shared),
        };
        let writers = sizes.each_writer(writer);
        (writers, sizes.each_reader(reader))
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let Shared { sequence, words } = &*self.shared;
        let even = self.take();
        // Release: pairs with the Acquire fence in read(). Who reads a word of this write also sees the odd number.
        self.memory.fence(Release);
        M::Word::store_all(words, &value);
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
        self.memory.retry(|| {
            let seen = sequence.load(Relaxed);
            if !seen.is_multiple_of(2) {
                return None;
            }
            let odd = seen.wrapping_add(1);
            // Acquire: pairs with the Release store that ends write(). The words of this write come after those.
            sequence.compare_exchange(seen, odd, Acquire, Relaxed).ok()
        })
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let Shared { sequence, words } = &*self.shared;
        self.memory.retry(|| {
            // Acquire: pairs with the Release store that ends write().
            let before = sequence.load(Acquire);
            if !before.is_multiple_of(2) {
                return None;
            }
            let value = M::Word::load_all(words);
            // Acquire: pairs with the Release fence in write(). If a word was of a later write, so is the number below.
            self.memory.fence(Acquire);
            (sequence.load(Relaxed) == before).then_some(value)
        })
    }
}

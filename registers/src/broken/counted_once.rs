use std::sync::Arc;

use crate::memory::Ordering::{Acquire, Relaxed, Release};
use crate::{
    Arity, Class, Construction, Guarantee, Memory, Progress, Read, Sizes, Value, Word, Write,
};

/// A sequence lock that counts each write once, behind its words; a reader that sees the count change tries again.
///
/// **It stores** the value and a *count* of the writes that are complete.
///
/// **In a picture**, the read meets half a write, and the count knows of whole ones only:
///
/// ```
/// # use registers::{broken::CountedOnce, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:  ww1wwwwwwwwwwwwwww6w7ww(1)
/// Thread 2:       rr2r3r4r5rr(1|0)
///      1  T1  word[0] := 1            <- the write begins
///      2  T2  count -> 0
///      3  T2  word[0] -> 1
///      4  T2  word[1] -> 0
///      5  T2  count -> 0              <- and has not ended
///      6  T1  word[1] := 1
///      7  T1  count := 1
/// ";
/// replay::<CountedOnce, 2>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It claims to be atomic,** and better than the [sequence lock](crate::atomic::SequenceLock): if the count is the
/// same before and after the words are read, no write completed meanwhile; one store less a write; and a reader never
/// waits for a writer that has stopped, because only a write that completes makes it start again.
///
/// **It is safe** and, for two words or more, nothing else. That no write *completed* while the words were read does
/// not mean that none *ran*. Counted in front of the words instead, it fails at the other end: the reader finds the
/// number that the write has just left, and the words still change. One number that changes once cannot tell "between
/// two writes" from "within one"; the sequence lock changes it twice, and lets a reader wait while it is odd. A read
/// that is concurrent with no write finds every word as the last write left it.
///
/// **It comes from** optimistic concurrency control, where a transaction is validated against those that have committed
/// (Kung and Robinson, *On optimistic methods for concurrency control*, 1981); there the writes of a transaction take
/// place in a critical section. Lamport (*Concurrent reading and writing*, 1977) counts twice, with two numbers: one in
/// front of the words and one behind them.
#[derive(Clone, Copy, Debug)]
pub struct CountedOnce;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    /// The number of finished writes.
    count: W,
    words: [W; N],
}

/// Writes a [`CountedOnce`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
    /// What `count` holds: only this writer changes it.
    count: u64,
}

/// Reads a [`CountedOnce`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
}

impl<M: Memory, const N: usize> Construction<M, N> for CountedOnce {
    const NAME: &'static str = "counted-once";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress {
        read: Guarantee::LockFree,
        write: Guarantee::WaitFree,
    };
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let shared = Arc::new(Shared {
            count: memory.word(format_args!("count"), 0),
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
            count: 0,
        };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let Shared { count, words } = &*self.shared;
        // Release: pairs with the Acquire fence in read(). Who reads a word of this write also sees the count of those
        // before it.
        self.memory.fence(Release);
        M::Word::store_all(words, &value);
        self.count = self.count.wrapping_add(1);
        // Release: pairs with the Acquire load in read(). Who sees this count also sees the words.
        count.store(self.count, Release);
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let Shared { count, words } = &*self.shared;
        self.memory.retry(|| {
            // Acquire: pairs with the Release store that ends write().
            let before = count.load(Acquire);
            let value = M::Word::load_all(words);
            // Acquire: pairs with the Release fence in write().
            self.memory.fence(Acquire);
            (count.load(Relaxed) == before).then_some(value)
        })
    }
}

use std::sync::Arc;

use crate::memory::Ordering::Relaxed;
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write};

/// A value in several words, written and read one word after the other.
///
/// **It stores** the value, and nothing besides.
///
/// **In a picture**, a read that meets a write may collect some words from before and some from after it: it is *torn*.
///
/// ```
/// # use registers::{safe::WordByWord, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:         ww2w3ww(1)
/// Thread 2:  rr1rrrrrrrrrrrrr4rr(0|1)
///      1  T2  word[0] -> 0
///      2  T1  word[0] := 1
///      3  T1  word[1] := 1
///      4  T2  word[1] -> 1
/// ";
/// replay::<WordByWord, 2>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is safe:** a read that is concurrent with no write finds every word as the last write left it. Relaxed accesses
/// suffice for that: the write happens before the read by whatever order made them not concurrent, and then coherence
/// alone forbids each word to be older.
///
/// **It is not regular** for two words or more. Of one word it is a hardware word, and atomic.
///
/// **It comes from** the intermediate value of every textbook; as a construction, Lamport (*On interprocess
/// communication*, part II, 1986) shows that it makes a safe register of many bits from safe bits.
#[derive(Clone, Copy, Debug)]
pub struct WordByWord;

#[derive(Debug)]
struct Words<W, const N: usize>([W; N]);

/// Writes a [`WordByWord`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize>(Arc<Words<M::Word, N>>);

/// Reads a [`WordByWord`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize>(Arc<Words<M::Word, N>>);

impl<M: Memory, const N: usize> Construction<M, N> for WordByWord {
    const NAME: &'static str = "word-by-word";
    const CLASS: Class = Class::Safe;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let words = Arc::new(Words(memory.words(format_args!("word"), init)));
        let readers = sizes.each_reader(|_| Reader(Arc::clone(&words)));
        ([Writer(words)], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        for (word, value) in self.0.0.iter().zip(value) {
            word.store(value, Relaxed);
        }
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        std::array::from_fn(|at| self.0.0[at].load(Relaxed))
    }
}

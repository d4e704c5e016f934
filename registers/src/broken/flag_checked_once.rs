use std::sync::Arc;

use crate::memory::Ordering::{Acquire, Relaxed, Release};
use crate::{
    Arity, Class, Construction, Guarantee, Memory, Progress, Read, Sizes, Value, Word, Write,
};

/// A flag that says that a write runs, and a reader that looks at it before it reads, and not again.
///
/// **It stores** the value and a *writing* flag, which is 1 while the value changes.
///
/// **In a picture**, the write begins right after the reader has looked:
///
/// ```
/// # use registers::{broken::FlagCheckedOnce, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:           ww3w4w5w6ww(1)
/// Thread 2:  rr1r2rrrrrrrrrrrrrr7rr(0|1)
///      1  T2  writing -> 0            <- nobody writes
///      2  T2  word[0] -> 0
///      3  T1  writing := 1            <- and now somebody does
///      4  T1  word[0] := 1
///      5  T1  word[1] := 1
///      6  T1  writing := 0
///      7  T2  word[1] -> 1
/// ";
/// replay::<FlagCheckedOnce, 2>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It claims to be atomic:** a reader waits until nobody writes, and only then reads the words.
///
/// **It is safe** and, for two words or more, nothing else: that nobody wrote when the reader looked says nothing of a
/// moment later. The check and the reading it allows are not one step (*time of check, time of use*). To notice, the
/// reader would have to look again behind the words; and since a whole write may have come and gone by then, at a
/// number instead of a flag: at the [sequence lock](crate::atomic::SequenceLock). A read that is concurrent with no
/// write finds the flag down, and every word as the last write left it.
///
/// **It comes from** every program that asks "is it busy?" before it goes ahead. That a test and the act that depends
/// on it have to be one step is the oldest lesson of mutual exclusion (Dijkstra, *Cooperating sequential processes*,
/// 1965, whose second attempt fails in this way); the name from McPhee (*Operating system integrity in OS/VS2*, 1974).
#[derive(Clone, Copy, Debug)]
pub struct FlagCheckedOnce;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    /// 1 while a write runs, else 0.
    writing: W,
    words: [W; N],
}

/// Writes a [`FlagCheckedOnce`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize>(Arc<Shared<M::Word, N>>);

/// Reads a [`FlagCheckedOnce`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
}

impl<M: Memory, const N: usize> Construction<M, N> for FlagCheckedOnce {
    const NAME: &'static str = "flag-checked-once";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress {
        read: Guarantee::Blocking,
        write: Guarantee::WaitFree,
    };
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let shared = Arc::new(Shared {
            writing: memory.word(format_args!("writing"), 0),
            words: memory.words(format_args!("word"), init),
        });
        let reader = |_| Reader {
            memory: memory.clone(),
            shared: Arc::clone(&shared),
        };
        let readers = sizes.each_reader(reader);
        ([Writer(shared)], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let Shared { writing, words } = &*self.0;
        // Relaxed: a fence behind it would need a partner, a second look behind the words in read().
        writing.store(1, Relaxed);
        M::Word::store_all(words, &value);
        // Release: pairs with the Acquire load in read(). Who sees this flag down also sees the words.
        writing.store(0, Release);
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let Shared { writing, words } = &*self.shared;
        // Acquire: pairs with the Release store that ends write().
        self.memory
            .retry(|| (writing.load(Acquire) == 0).then_some(()));
        M::Word::load_all(words)
    }
}

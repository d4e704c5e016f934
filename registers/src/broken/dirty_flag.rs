use std::sync::Arc;

use crate::atomic::{SequenceLock, SequenceLockReader, SequenceLockWriter};
use crate::memory::Ordering::{Acquire, Release};
use crate::memory::Within;
use crate::{
    Arity, Class, Construction, Guarantee, Memory, Progress, Read, Sizes, Value, Word, Write,
};

/// A private copy for each reader, and one flag for all that says that the copies are out of date.
///
/// **It stores** the value in a [`SequenceLock`], and a *dirty* flag, which the writer raises behind each write. A
/// reader that finds it raised takes it down and renews its copy.
///
/// **In a picture**, the first reader takes the flag down for itself, and for the other one.
///
/// ```
/// # use registers::{broken::DirtyFlag, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:  ww1w2w3w4ww(1)
/// Thread 2:                  rr5r6r7r8rr(1)
/// Thread 3:                                 rr9rr(0)
///      1  T1  value.sequence := 1
///      2  T1  value.word[0] := 1
///      3  T1  value.sequence := 2
///      4  T1  dirty := 1
///      5  T2  dirty 1 => 0            <- the news is taken
///      6  T2  value.sequence -> 2
///      7  T2  value.word[0] -> 1
///      8  T2  value.sequence -> 2
///      9  T3  dirty 0 => 0            <- and there is none left
/// ";
/// replay::<DirtyFlag, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It claims to be atomic:** the value is in an atomic register, and whoever finds the flag raised looks there.
///
/// **It is not even safe.** The flag is news for one reader only. The others return their copies, long after the write,
/// while nobody writes, until they happen to be the first to see a later one. With a single reader no execution tells
/// it from an atomic register, and no test with a single reader finds anything: the number of readers is part of the
/// claim. [Stress](crate::stress) finds it stale, but hardly ever while nobody writes, because its writer never rests.
/// Each reader needs a flag of its own, or a [version](super::ReaderCache), which is read and not taken.
///
/// **It comes from** caches that are invalidated by a bit, when a second reader is added. For a bit that each party may
/// take down once, see the *test-and-set* objects of Herlihy (*Wait-free synchronization*, 1991): they elect one
/// process, and tell the others nothing but that they are not it.
#[derive(Clone, Copy, Debug)]
pub struct DirtyFlag;

/// Writes a [`DirtyFlag`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize> {
    value: SequenceLockWriter<Within<M>, N>,
    dirty: Arc<Dirty<M::Word>>,
}

/// Reads a [`DirtyFlag`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    value: SequenceLockReader<Within<M>, N>,
    dirty: Arc<Dirty<M::Word>>,
    copy: Value<N>,
}

/// 1 from the end of a write until a reader takes note, else 0.
#[derive(Debug)]
struct Dirty<W>(W);

impl<M: Memory, const N: usize> Construction<M, N> for DirtyFlag {
    const NAME: &'static str = "dirty-flag";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress {
        read: Guarantee::Blocking,
        write: Guarantee::WaitFree,
    };
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let value = Within::new(memory, format_args!("value"));
        let ([value], readers) = SequenceLock::build(&value, init, sizes);
        let dirty = Arc::new(Dirty(memory.word(format_args!("dirty"), 0)));
        let readers = readers.into_iter().map(|value| Reader {
            value,
            dirty: Arc::clone(&dirty),
            copy: init,
        });
        let readers = readers.collect();
        ([Writer { value, dirty }], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        self.value.write(value);
        // Release: pairs with the Acquire of the swap in read(). Who finds the flag raised also sees the value.
        self.dirty.0.store(1, Release);
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        // Acquire: pairs with the Release store that ends write().
        if self.dirty.0.swap(0, Acquire) == 1 {
            self.copy = self.value.read();
        }
        self.copy
    }
}

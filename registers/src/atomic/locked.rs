use std::sync::Arc;

use crate::{Arity, Class, Construction, Lock, Memory, Progress, Read, Sizes, Value, Word, Write};

/// A value behind a lock.
///
/// **It stores** the value and a lock that every read and every write holds.
///
/// **In a picture**, operations that overlap still access the words one after the other:
///
/// ```
/// # use registers::{atomic::Locked, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:  wwwwwwwwwwwww5w6w7w8ww(1)
/// Thread 2:  rr1r2r3r4rr(0)
///      1  T2  lock taken
///      2  T2  word[0] -> 0
///      3  T2  word[1] -> 0
///      4  T2  lock freed
///      5  T1  lock taken
///      6  T1  word[0] := 1
///      7  T1  word[1] := 1
///      8  T1  lock freed
/// ";
/// replay::<Locked, 2>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** put every operation at the instant at which it takes the lock.
///
/// **It breaks** nothing but progress: whoever stops while holding the lock stops everybody, readers included.
///
/// **It comes from** Dijkstra (*Solution of a problem in concurrent programming control*, 1965): mutual exclusion is
/// the register that needs no thought. Lamport's question of 1977 was whether one can do without.
#[derive(Clone, Copy, Debug)]
pub struct Locked;

#[derive(Debug)]
struct Shared<L, W, const N: usize> {
    lock: L,
    words: [W; N],
}

/// Writes a [`Locked`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize>(Arc<Shared<M::Lock, M::Word, N>>);

/// Reads a [`Locked`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize>(Arc<Shared<M::Lock, M::Word, N>>);

impl<M: Memory, const N: usize> Construction<M, N> for Locked {
    const NAME: &'static str = "locked";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::BLOCKING;
    const READERS: Arity = Arity::Many;
    type Writers = Vec<Writer<M, N>>;
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let shared = Arc::new(Shared {
            lock: memory.lock(format_args!("lock")),
            words: memory.words(format_args!("word"), init),
        });
        let readers = sizes.each_reader(|_| Reader(Arc::clone(&shared)));
        let writers = sizes.each_writer(|_| Writer(Arc::clone(&shared)));
        (writers, readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        // Relaxed, here and below: the lock orders these accesses.
        self.0.lock.hold(|| {
            M::Word::store_all(&self.0.words, &value);
        });
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        self.0.lock.hold(|| M::Word::load_all(&self.0.words))
    }
}

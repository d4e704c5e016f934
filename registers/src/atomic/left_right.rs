use std::sync::Arc;

use crossbeam_utils::CachePadded;

use crate::memory::Cells;
use crate::memory::Ordering::{Relaxed, Release, SeqCst};
use crate::{
    Arity, Class, Construction, Guarantee, Memory, Progress, Read, Sizes, Value, Word, Write,
};

/// Two copies: readers read one while the writer fills the other, and the writer waits until the readers have moved.
///
/// **It stores** the value twice, a word that says which copy is to be read, and two counters of the readers that are
/// present. Which counter they register in is said by another word.
///
/// **In a picture**, the writer has published its value and waits for the one reader that is still in the other copy:
///
/// ```
/// # use registers::{atomic::LeftRight, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:          ww4w5w6w7w8wwwwwwww11ww(1)
/// Thread 2:  rr1r2r3rrrrrrrrrrrrr9r10rr(0)
///      1  T2  version -> 0
///      2  T2  present[0] 0 => 1
///      3  T2  side -> 0
///      4  T1  copy[1][0] := 1
///      5  T1  side := 1               <- from here on it may be read
///      6  T1  present[1] -> 0
///      7  T1  version := 1
///      8  T1  present[0] -> 1         <- somebody may be in copy 0, which the next write fills
///      9  T2  copy[0][0] -> 0
///     10  T2  present[0] 1 => 0
///     11  T1  present[0] -> 0
/// ";
/// replay::<LeftRight, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** a copy is filled only when nobody can be in it, so no read is torn; put a read at the instant at
/// which it loads `side`, and a write at that at which it stores it. A read takes N + 4 steps, whatever the writer
/// does.
///
/// **It breaks** if acquire and release are all that orders `side` and `present`: the writer misses the reader that has
/// just registered, and the reader misses the side that has just changed. So these accesses are SeqCst. With one
/// counter instead of two the writer could wait for ever for readers that come and go. As it is, it waits for those
/// that were there when it published its value, and for ever if one of them stops. That a reader releases when it
/// leaves keeps the next write from overwriting words that are still to be read: without it the two are a data race.
///
/// **It comes from** Ramalhete and Correia (*Left-Right: a concurrency control technique with wait-free population
/// oblivious reads*, 2015), who keep two instances of any object, and so have to perform every operation on both. A
/// register is overwritten as a whole, so here the second copy is not brought up to date: the next write does that.
#[derive(Clone, Copy, Debug)]
pub struct LeftRight;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    /// The copy that readers read.
    side: CachePadded<W>,
    /// The counter in which readers register.
    version: CachePadded<W>,
    /// How many readers are present.
    present: [CachePadded<W>; 2],
    copies: [CachePadded<Cells<W, N>>; 2],
}

/// Writes a [`LeftRight`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
    /// What `side` holds: only this writer changes it.
    side: usize,
    /// What `version` holds: only this writer changes it.
    version: usize,
}

/// Reads a [`LeftRight`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    shared: Arc<Shared<M::Word, N>>,
}

impl<M: Memory, const N: usize> Construction<M, N> for LeftRight {
    const NAME: &'static str = "left-right";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress {
        read: Guarantee::WaitFree,
        write: Guarantee::Blocking,
    };
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let shared = Arc::new(Shared {
            side: CachePadded::new(memory.word(format_args!("side"), 0)),
            version: CachePadded::new(memory.word(format_args!("version"), 0)),
            present: std::array::from_fn(|at| {
                CachePadded::new(memory.word(format_args!("present[{at}]"), 0))
            }),
            copies: std::array::from_fn(|copy| {
                CachePadded::new(memory.cells(format_args!("copy[{copy}]"), init))
            }),
        });
        let reader = |_| Reader {
            shared: Arc::clone(&shared),
        };
        let readers = sizes.each_reader(reader);
        let writer = Writer {
            memory: memory.clone(),
            shared,
            side: 0,
            version: 0,
        };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let hidden = 1 - self.side;
        let Shared { side, copies, .. } = &*self.shared;
        copies[hidden].write(&value);
        // SeqCst: before the loads of `present` below, as read() registers before it loads `side`. Either such a load
        // sees the reader, or the reader sees this side. As a release: who sees this side sees the words.
        side.store(hidden as u64, SeqCst);
        self.side = hidden;
        self.wait_for_readers();
    }
}

impl<M: Memory, const N: usize> Writer<M, N> {
    /// Waits until no reader is left in the copy that is hidden now.
    ///
    /// Those who come from now on read the other copy, but they register as well, and one counter might never be seen
    /// empty. So there are two, and they are sent to that which is empty before the other is waited for.
    fn wait_for_readers(&mut self) {
        let old = self.version;
        let new = 1 - old;
        self.wait_until_empty(new);
        // Relaxed: which counter a reader registers in makes no difference to what it may read.
        self.shared.version.store(new as u64, Relaxed);
        self.version = new;
        self.wait_until_empty(old);
    }

    fn wait_until_empty(&self, counter: usize) {
        // SeqCst: see write(). As an acquire it pairs with the Release of the addition that ends read(): who has left
        // has read the words.
        let is_empty = || self.shared.present[counter].load(SeqCst) == 0;
        self.memory.retry(|| is_empty().then_some(()));
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let shared = &*self.shared;
        let present = &shared.present[shared.version.load(Relaxed) as usize];
        // SeqCst: pairs with the loads of `present` in wait_until_empty().
        present.fetch_add(1, SeqCst);
        // SeqCst: pairs with the store of `side` in write().
        let value = shared.copies[shared.side.load(SeqCst) as usize].read();
        // Release: pairs with the loads of `present` in wait_until_empty().
        present.fetch_add(1u64.wrapping_neg(), Release);
        value
    }
}

use std::sync::Arc;

use crossbeam::utils::CachePadded;

use crate::memory::Ordering::{Relaxed, Release, SeqCst};
use crate::{
    Arity, Class, Construction, Crew, Guarantee, Memory, Progress, Read, Value, Word, Write,
};

/// PICTURE
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
    copies: [CachePadded<[W; N]>; 2],
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

    fn build(memory: &M, init: Value<N>, crew: Crew) -> (Self::Writers, Vec<Self::Reader>) {
        let shared = Arc::new(Shared {
            side: CachePadded::new(memory.word(format_args!("side"), 0)),
            version: CachePadded::new(memory.word(format_args!("version"), 0)),
            present: std::array::from_fn(|at| {
                CachePadded::new(memory.word(format_args!("present[{at}]"), 0))
            }),
            copies: std::array::from_fn(|copy| {
                CachePadded::new(std::array::from_fn(|at| {
                    memory.word(format_args!("copy[{copy}][{at}]"), init[at])
                }))
            }),
        });
        let reader = |_| Reader {
            shared: Arc::clone(&shared),
        };
        let readers = (0..crew.readers).map(reader).collect();
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
        self.wait_for_readers();
        let hidden = 1 - self.side;
        let Shared { side, copies, .. } = &*self.shared;
        for (word, value) in copies[hidden].iter().zip(value) {
            word.store(value, Relaxed);
        }
        // SeqCst: before the loads of `present` in the next write, as read() registers before it loads `side`. Either
        // such a load sees the reader, or the reader sees this side. As a release: who sees it sees the words.
        side.store(hidden as u64, SeqCst);
        self.side = hidden;
    }
}

impl<M: Memory, const N: usize> Writer<M, N> {
    /// Waits until no reader is left in the copy that is hidden since the write before.
    ///
    /// Those who come now read the other copy, but they register as well, and one counter might never be seen empty. So
    /// they are sent to the other counter first, which only those use who came before the last time.
    fn wait_for_readers(&mut self) {
        let old = self.version;
        let new = 1 - old;
        self.wait_until_empty(new);
        // Relaxed: a reader that sees the old number registers there, and is waited for.
        self.shared.version.store(new as u64, Relaxed);
        self.version = new;
        self.wait_until_empty(old);
    }

    fn wait_until_empty(&self, counter: usize) {
        // SeqCst: see write(). As an acquire it pairs with the Release of the addition that ends read(): who has left
        // has read the words.
        while self.shared.present[counter].load(SeqCst) != 0 {
            self.memory.relax();
        }
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let shared = &*self.shared;
        let present = &shared.present[shared.version.load(Relaxed) as usize];
        // SeqCst: pairs with the loads of `present` in write().
        present.fetch_add(1, SeqCst);
        // SeqCst: pairs with the store of `side` in write().
        let words = &shared.copies[shared.side.load(SeqCst) as usize];
        let value = std::array::from_fn(|at| words[at].load(Relaxed));
        // Release: pairs with the loads of `present` in write().
        present.fetch_add(1u64.wrapping_neg(), Release);
        value
    }
}

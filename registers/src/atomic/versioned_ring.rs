use std::sync::Arc;

use crossbeam::utils::CachePadded;

use crate::memory::Ordering::{Acquire, Relaxed, Release};
use crate::{
    Arity, Class, Construction, Crew, Guarantee, Memory, Progress, Read, Value, Word, Write,
};

/// PICTURE
#[derive(Clone, Copy, Debug)]
pub struct VersionedRingOf<const K: usize>;

/// A [`VersionedRingOf`] four slots.
pub type VersionedRing = VersionedRingOf<4>;

#[derive(Debug)]
struct Shared<W, const N: usize, const K: usize> {
    /// The number of finished writes. The last of them is in slot `version % K`, the one before in the slot before.
    version: CachePadded<W>,
    slots: [CachePadded<[W; N]>; K],
}

/// Writes a [`VersionedRingOf`] `K` slots.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize, const K: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N, K>>,
    /// What `version` holds: only this writer changes it.
    version: u64,
}

/// Reads a [`VersionedRingOf`] `K` slots.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize, const K: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N, K>>,
}

impl<M: Memory, const N: usize, const K: usize> Construction<M, N> for VersionedRingOf<K> {
    const NAME: &'static str = "versioned-ring";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress {
        read: Guarantee::LockFree,
        write: Guarantee::WaitFree,
    };
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N, K>; 1];
    type Reader = Reader<M, N, K>;

    fn build(memory: &M, init: Value<N>, crew: Crew) -> (Self::Writers, Vec<Self::Reader>) {
        const { assert!(K >= 2, "one slot is read while another is written") };
        let shared = Arc::new(Shared {
            version: CachePadded::new(memory.word(format_args!("version"), 0)),
            slots: std::array::from_fn(|slot| {
                CachePadded::new(std::array::from_fn(|at| {
                    memory.word(format_args!("slot[{slot}][{at}]"), init[at])
                }))
            }),
        });
        let reader = |_| Reader {
            memory: memory.clone(),
            shared: Arc::clone(&shared),
        };
        let readers = (0..crew.readers).map(reader).collect();
        let writer = Writer {
            memory: memory.clone(),
            shared,
            version: 0,
        };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize, const K: usize> Write<N> for Writer<M, N, K> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let Shared { version, slots } = &*self.shared;
        // Release: pairs with the Acquire fence in read(). Who reads a word of this write also sees the version before.
        self.memory.fence(Release);
        self.version = self.version.wrapping_add(1);
        for (word, value) in slots[self.version as usize % K].iter().zip(value) {
            word.store(value, Relaxed);
        }
        // Release: pairs with the Acquire load in read(). Who sees this version also sees its words.
        version.store(self.version, Release);
    }
}

impl<M: Memory, const N: usize, const K: usize> Read<N> for Reader<M, N, K> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let Shared { version, slots } = &*self.shared;
        loop {
            // Acquire: pairs with the Release store in write().
            let before = version.load(Acquire);
            let words = &slots[before as usize % K];
            let value = std::array::from_fn(|at| words[at].load(Relaxed));
            // Acquire: pairs with the Release fence in write(). If a word was of a later write, the version below is at
            // least the one before that.
            self.memory.fence(Acquire);
            // The slot is written again by the K-th write after, which may be under way once K - 1 are finished.
            if version.load(Relaxed).wrapping_sub(before) < K as u64 - 1 {
                return value;
            }
            self.memory.relax();
        }
    }
}

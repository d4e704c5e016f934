use std::sync::Arc;

use crossbeam_utils::CachePadded;

use crate::memory::Ordering::{Acquire, Relaxed, Release};
use crate::{
    Arity, Class, Construction, Guarantee, Memory, Progress, Read, Sizes, Value, Word, Write,
};

/// A ring of slots that are filled in turn: a reader has time until the writer comes round again.
///
/// **It stores** the value in `K` slots, the last one that was written and `K` - 1 older ones, and the number of the
/// last write, its *version*, which tells the slot.
///
/// **In a picture**, a ring of two slots: two writes go by during a read, so it is lapped, and starts over. In a ring
/// of four it would have returned the value of version 0 unharmed:
///
/// ```
/// # use registers::{atomic::VersionedRingOf, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:        ww3w4w5ww(1)  ww6w7w8ww(2)
/// Thread 2:  rr1r2rrrrrrrrrrrrrrrrrrrrrrrr9r10r11r12r13r14rr(2)
///      1  T2  version -> 0
///      2  T2  slot[0][0] -> 0
///      3  T1  slot[1][0] := 1
///      4  T1  slot[1][1] := 1
///      5  T1  version := 1
///      6  T1  slot[0][0] := 2
///      7  T1  slot[0][1] := 2
///      8  T1  version := 2
///      9  T2  slot[0][1] -> 2         <- the halves disagree
///     10  T2  version -> 2            <- and this tells: version 2 is in the slot of version 0
///     11  T2  version -> 2
///     12  T2  slot[0][0] -> 2
///     13  T2  slot[0][1] -> 2
///     14  T2  version -> 2
/// ";
/// replay::<VersionedRingOf<2>, 2>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** a read that returns has found that the slot was not due to be filled again, so it has read the
/// value of one write, whose version was the last one when it began. The version never goes back. The writer never
/// waits. A reader does not wait for a writer that stops, in the middle of a write or elsewhere: only writes that
/// finish can make it start over, `K` - 1 of them for each time. If they never cease to come that fast, it starves.
///
/// **It breaks** without any one of its orderings, as a [`SequenceLock`](super::SequenceLock) does, which is the ring
/// with a single slot and therefore needs a number for the time during which that is written. The version wraps around
/// after 2^64 writes.
///
/// **It comes from** Kopetz and Reisinger (*The non-blocking write protocol NBW: a solution to a real-time
/// synchronization problem*, 1993), for writers that have deadlines and readers that can be given time; the ring is
/// their variant with several buffers. The orderings are Boehm's for sequence locks (*Can seqlocks get along with
/// programming language memory models?*, 2012).
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

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        const {
            assert!(K >= 2, "one slot is read while another is written");
            assert!(
                K.is_power_of_two(),
                "the slots go on in turn where the version wraps around"
            );
        };
        let first = memory.first_count(u64::BITS);
        let shared = Arc::new(Shared {
            version: CachePadded::new(memory.word(format_args!("version"), first)),
            slots: std::array::from_fn(|slot| {
                CachePadded::new(memory.words(format_args!("slot[{slot}]"), init))
            }),
        });
        let reader = |_| Reader {
            memory: memory.clone(),
            shared: Arc::clone(&shared),
        };
        let readers = sizes.each_reader(reader);
        let writer = Writer {
            memory: memory.clone(),
            shared,
            version: first,
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
        M::Word::store_all(&slots[self.version as usize % K], &value);
        // Release: pairs with the Acquire load in read(). Who sees this version also sees its words.
        version.store(self.version, Release);
    }
}

impl<M: Memory, const N: usize, const K: usize> Read<N> for Reader<M, N, K> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let Shared { version, slots } = &*self.shared;
        self.memory.retry(|| {
            // Acquire: pairs with the Release store in write().
            let before = version.load(Acquire);
            let words = &slots[before as usize % K];
            let value = M::Word::load_all(words);
            // Acquire: pairs with the Release fence in write(). If a word was of a later write, the version below is at
            // least the one before that.
            self.memory.fence(Acquire);
            // The slot is written again by the K-th write after, which may be under way once K - 1 are finished.
            let age = version.load(Relaxed).wrapping_sub(before);
            (age < K as u64 - 1).then_some(value)
        })
    }
}

use std::sync::Arc;

use crossbeam::utils::CachePadded;

use crate::memory::Ordering::{AcqRel, Acquire, Relaxed, Release};
use crate::{Arity, Class, Construction, Crew, Memory, Progress, Read, Value, Word, Write};

/// PICTURE
#[derive(Clone, Copy, Debug)]
pub struct AnonymousReaders;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    /// The slot last written, and [`ENTERED`] times the readers that entered it since.
    current: CachePadded<W>,
    slots: Box<[CachePadded<Slot<W, N>>]>,
}

#[derive(Debug)]
struct Slot<W, const N: usize> {
    /// How many readers have left this slot, ever.
    left: W,
    words: [W; N],
}

/// One reader, in `current`. Below it stands the number of the slot.
const ENTERED: u64 = 1 << 32;

/// Writes an [`AnonymousReaders`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize> {
    shared: Arc<Shared<M::Word, N>>,
    /// The slot in `current`: only this writer changes it.
    current: usize,
    /// How many readers have entered each slot, ever. Those of the current one are still being counted.
    entered: Box<[u64]>,
}

/// Reads an [`AnonymousReaders`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    shared: Arc<Shared<M::Word, N>>,
    /// The slot that it has entered last and not left.
    holds: usize,
}

impl<M: Memory, const N: usize> Construction<M, N> for AnonymousReaders {
    const NAME: &'static str = "arc";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, crew: Crew) -> (Self::Writers, Vec<Self::Reader>) {
        let slot = |slot| Slot {
            left: memory.word(format_args!("left[{slot}]"), 0),
            words: std::array::from_fn(|at| {
                memory.word(format_args!("slot[{slot}][{at}]"), init[at])
            }),
        };
        let slots = crew.readers + 2;
        // All readers have entered slot 0.
        let entered = crew.readers as u64 * ENTERED;
        let shared = Arc::new(Shared {
            current: CachePadded::new(memory.word(format_args!("current"), entered)),
            slots: (0..slots).map(slot).map(CachePadded::new).collect(),
        });
        let reader = |_| Reader {
            shared: Arc::clone(&shared),
            holds: 0,
        };
        let readers = (0..crew.readers).map(reader).collect();
        let writer = Writer {
            shared,
            current: 0,
            entered: vec![0; slots].into(),
        };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let free = self.free();
        let Shared { current, slots } = &*self.shared;
        for (word, value) in slots[free].words.iter().zip(value) {
            word.store(value, Relaxed);
        }
        // Release: pairs with the Acquire of the addition that enters, in read(). Who enters the slot sees its words.
        // Acquire: pairs with the Release of that addition. Whoever is seen to have entered here is also seen to have
        // left where it was before.
        let before = current.swap(free as u64, AcqRel);
        self.entered[self.current] += before / ENTERED;
        self.current = free;
    }
}

impl<M: Memory, const N: usize> Writer<M, N> {
    /// A slot that nobody is in: each reader is in one at most, and there are two more than readers.
    #[inline]
    fn free(&self) -> usize {
        let slots = &self.shared.slots;
        let is_free = |&slot: &usize| {
            // Acquire: pairs with the Release of the addition in read(). Who has left has read the words.
            slots[slot].left.load(Acquire) == self.entered[slot]
        };
        let others = (self.current + 1..slots.len()).chain(0..self.current);
        others
            .into_iter()
            .find(is_free)
            .expect("of two slots more than readers, one is neither current nor read")
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let Shared { current, slots } = &*self.shared;
        // Relaxed: if it is the slot held, its words were acquired when it was entered.
        if current.load(Relaxed) % ENTERED != self.holds as u64 {
            // Release: pairs with the Acquire load in free(). The words have been read before they are overwritten.
            slots[self.holds].left.fetch_add(1, Release);
            // Acquire: pairs with the Release of the swap in write(). Release: with its Acquire.
            self.holds = (current.fetch_add(ENTERED, AcqRel) % ENTERED) as usize;
        }
        let words = &slots[self.holds].words;
        std::array::from_fn(|at| words[at].load(Relaxed))
    }
}

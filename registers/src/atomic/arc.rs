use std::sync::Arc;

use crossbeam_utils::CachePadded;

use crate::memory::Cells;
use crate::memory::Ordering::{AcqRel, Acquire, Relaxed, Release};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write};

/// A reader registers in the slot that it reads, and the writer never overwrites a slot that somebody is in.
///
/// **It stores** the value in two slots more than there are readers, and one word that says both which slot is current
/// and how many readers have entered it: nobody can see the one without being counted in the other. Who has left a slot
/// is counted in a word beside it. The counts are *anonymous*: they tell how many, not who.
///
/// **In a picture**, the writer leaves the slot alone that a reader is in, for as many writes as it takes. One reader
/// that has entered is 4294967296 in `current`, which is 2^32; below it stands the number of the slot:
///
/// ```
/// # use registers::{atomic::AnonymousReaders, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:      ww2w3w4ww(1)  ww5w6w7ww(2)  ww8w9w10w11ww(3)
/// Thread 2:  rr1rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr12rr(0)  rr13r14r15r16rr(3)
///      1  T2  current -> 4294967296           <- slot 0: the reader is in it already
///      2  T1  left[1] -> 0
///      3  T1  slot[1][0] := 1
///      4  T1  current 4294967296 => 1         <- slot 1; and one has entered slot 0, all in all
///      5  T1  left[2] -> 0
///      6  T1  slot[2][0] := 2
///      7  T1  current 1 => 2
///      8  T1  left[0] -> 0                    <- and nobody has left it
///      9  T1  left[1] -> 0
///     10  T1  slot[1][0] := 3
///     11  T1  current 2 => 1
///     12  T2  slot[0][0] -> 0
///     13  T2  current -> 1
///     14  T2  left[0] 0 => 1
///     15  T2  current 1 => 4294967297
///     16  T2  slot[1][0] -> 3
/// ";
/// replay::<AnonymousReaders, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** a read is put at the instant at which it looks at `current`, which always names the slot of the
/// last finished write; and what it reads there, nobody overwrites. Nobody ever waits: of readers + 2 slots one is
/// current, each reader is in one, so one is free. A reader pays for that with two additions, but for none as long as
/// the value is the one that it read before.
///
/// **It breaks** without release and acquire on the word `current`: a reader enters a slot without seeing its words, or
/// the writer sees a reader in its new slot and still in its old one, and runs out of slots. The release with which a
/// reader leaves is needed too, so that its loads are over before the slot is written again: without it the two are a data
/// race. There may be fewer than 2^32 readers.
///
/// **It comes from** Ianni, Pellegrini and Quaglia (*Anonymous Readers Counting: a wait-free multi-word atomic register
/// algorithm for scalable data sharing on multi-core machines*, 2017).
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
    value: Cells<W, N>,
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

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let slot = |slot| Slot {
            left: memory.word(format_args!("left[{slot}]"), 0),
            value: memory.cells(format_args!("slot[{slot}]"), init),
        };
        let slots = sizes.readers + 2;
        // All readers have entered slot 0.
        let entered = sizes.readers as u64 * ENTERED;
        let shared = Arc::new(Shared {
            current: CachePadded::new(memory.word(format_args!("current"), entered)),
            slots: (0..slots).map(slot).map(CachePadded::new).collect(),
        });
        let reader = |_| Reader {
            shared: Arc::clone(&shared),
            holds: 0,
        };
        let readers = sizes.each_reader(reader);
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
        slots[free].value.write(&value);
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
        slots[self.holds].value.read()
    }
}

use std::sync::Arc;

use crossbeam::utils::CachePadded;

use crate::memory::Ordering::{AcqRel, Acquire, Relaxed, Release};
use crate::{Arity, Class, Construction, Crew, Memory, Progress, Read, Value, Word, Write};

/// A reader reads without being noticed; only if the writer has lapped it, it pins the slot that it then reads.
///
/// **It stores** the value in `H` slots that rotate and one more for each reader, and one word, `current`, which names
/// the slot last filled, with the *version* of its value, the *span* of versions that are still where they were
/// written, and the number of readers that have *pinned* the slot. Who has left a pinned slot is counted in a word
/// beside it.
///
/// **In a picture**, three slots rotate, downwards. A reader is lapped by two writes, pins the slot of the second, and
/// the writer goes around it:
///
/// ```
/// # use registers::{atomic::PinnedSlotsOf, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:      ww2w3ww(1)  ww4w5ww(2)    ww9w10ww(3)  ww11w12w13w14ww(4)
/// Thread 2:  rr1rrrrrrrrrrrrrrrrrrrrr6r7r8rrrrrrrrrrrrrrrrrrrrrrrrrrrr15r16rr(2)
///      1  T2  current -> 33554432                     <- version 0, span 2, slot 0
///      2  T1  slot[2][0] := 1
///      3  T1  current 33554432 => 4328652800          <- version 1, span 2, slot 2
///      4  T1  slot[1][0] := 2
///      5  T1  current 4328652800 => 8623554560        <- version 2, span 2, slot 1
///      6  T2  slot[0][0] -> 0
///      7  T2  current -> 8623554560                   <- two versions on: slot 0 may be filled again by now
///      8  T2  current 8623554560 => 8623554561        <- one pin
///      9  T1  slot[0][0] := 3
///     10  T1  current 8623554561 => 12918456320       <- version 3, span 2, slot 0; and the pin is found
///     11  T1  slot[2][0] := 4
///     12  T1  left[1] -> 0                            <- it would be the turn of slot 1, but that is pinned
///     13  T1  left[3] -> 0                            <- the slot that is there for the reader
///     14  T1  current 12918456320 => 17230331904      <- version 4, span 3, slot 2
///     15  T2  slot[1][0] -> 2
///     16  T2  left[1] 0 => 1
/// ";
/// replay::<PinnedSlotsOf<3>, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** a read takes the slot that is current when it begins, and returns what it finds there if that was
/// not due to be filled again before it looked at `current` once more. Otherwise it takes the slot that is current when
/// it pins it, which is not filled again until the reader has left. Versions never go back. Nobody ever waits: a read
/// makes two copies at most, and the writer has a slot to go to, because one is current, one is being filled, and each
/// reader pins one at most.
///
/// While nobody pins anything, the writer fills the rotating slots in turn and looks at nothing. After a pin it is
/// *careful*: it takes the next slot in turn, out of all of them, that nobody has pinned, and works out the span from
/// the latest version that it has given up, until it has gone round all of them undisturbed.
///
/// **It breaks** without any one of its fences, and if the writer's books are wrong in any of these ways: pins are lost
/// between a look at them and the next version; the span is worked out from the version given up last instead of the
/// latest, and so is too long once a slot is filled that was skipped; or the rotation is resumed before it is in order,
/// when the next slot in turn may hold a value that is within the span. Two more orderings are argued for, not shown by
/// exploration. A reader releases when it leaves, so that its loads are over before the slot is filled again: that
/// shows only where a load may return a store that is still to come. And it releases when it pins, so that a writer
/// that sees this pin also sees the reader gone from the slot that it pinned before, and never runs out of slots: where
/// the order of operations is recorded, a write that begins later knows of that read anyhow.
///
/// **Its bounds:** there are 256 slots at most, and so 256 - `H` readers; each of them pins a version once at most, so
/// that 16 bits hold the pins. The version has 32 bits: a read during which exactly 2^32 writes take place, or up to a
/// span more, would not notice. `H` is 3 at least.
///
/// **It comes from** [`AnonymousReaders`](super::AnonymousReaders) (Ianni, Pellegrini and Quaglia, 2017), whose readers
/// register before they read a new value, and from the [ring](super::VersionedRing) (Kopetz and Reisinger, 1993), whose
/// readers look afterwards whether they have been lapped: here they look, and register only if they have been.
///
/// # Panics
///
/// [`build`](Construction::build), if there are more readers than that.
#[derive(Clone, Copy, Debug)]
pub struct PinnedSlotsOf<const H: usize>;

/// [`PinnedSlotsOf`] as many rotating slots as suit the number of words: 16 up to 128 words, 8 up to 511, then 4.
pub type PinnedSlots = PinnedSlotsOf<0>;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    /// A [`Current`], and below it the number of readers that have pinned its slot.
    current: CachePadded<W>,
    /// For each slot, how many readers that had pinned it have left it, ever.
    left: Box<[CachePadded<W>]>,
    /// First those that rotate, then one for each reader.
    slots: Box<[CachePadded<[W; N]>]>,
}

/// What `current` says: `[version: 32 | span: 8 | slot: 8 | pins: 16]`.
#[derive(Clone, Copy)]
struct Current(u64);

/// Writes a [`PinnedSlotsOf`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
    /// How many slots rotate.
    rotating: usize,
    /// How many writes have been published.
    version: u64,
    /// The slot that is published.
    slot: usize,
    /// The slot that the next write fills.
    next: usize,
    /// For each slot, the write that filled it last.
    versions: Box<[u64]>,
    /// For each slot, how many readers have pinned it, ever.
    pinned: Box<[u64]>,
    /// No slot that was filled by a later write than this one has been filled again, nor is about to be.
    floor: u64,
    /// How many writes in a row have found everything in order since a reader has pinned a slot; none, if the rotation
    /// has gone undisturbed since it was last in order.
    careful: Option<usize>,
}

/// Reads a [`PinnedSlotsOf`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
}

impl Current {
    const PIN: u64 = 1;
    const MAX_SLOTS: usize = 1 << 8;

    #[inline]
    fn new(version: u64, span: u64, slot: usize) -> Self {
        Self(version << 32 | span.min(0xff) << 24 | (slot as u64) << 16)
    }

    /// How many of the latest versions are still where they were written, this one among them.
    #[inline]
    fn span(self) -> u32 {
        (self.0 >> 24) as u32 & 0xff
    }

    #[inline]
    fn slot(self) -> usize {
        (self.0 >> 16) as usize & 0xff
    }

    #[inline]
    fn pins(self) -> u64 {
        self.0 & 0xffff
    }

    /// How many writes were published after `earlier`.
    #[inline]
    fn age_of(self, earlier: Self) -> u32 {
        ((self.0 >> 32) as u32).wrapping_sub((earlier.0 >> 32) as u32)
    }
}

impl<M: Memory, const N: usize, const H: usize> Construction<M, N> for PinnedSlotsOf<H> {
    const NAME: &'static str = "pinned-slots";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, crew: Crew) -> (Self::Writers, Vec<Self::Reader>) {
        let rotating = const {
            // Long values fall out of the cache if there are many slots; short ones are lapped if there are few.
            let rotating = match (H, N) {
                (0, ..=128) => 16,
                (0, ..=511) => 8,
                (0, _) => 4,
                (given, _) => given,
            };
            assert!(rotating >= 3, "one is current, one is filled, one is next");
            rotating
        };
        let slots = rotating + crew.readers;
        assert!(
            slots <= Current::MAX_SLOTS,
            "pinned-slots takes {} readers at most",
            Current::MAX_SLOTS - rotating
        );
        let slot = |slot| {
            CachePadded::new(std::array::from_fn(|at| {
                memory.word(format_args!("slot[{slot}][{at}]"), init[at])
            }))
        };
        let left = |slot| CachePadded::new(memory.word(format_args!("left[{slot}]"), 0));
        let current = Current::new(0, rotating as u64 - 1, 0);
        let shared = Arc::new(Shared {
            current: CachePadded::new(memory.word(format_args!("current"), current.0)),
            left: (0..slots).map(left).collect(),
            slots: (0..slots).map(slot).collect(),
        });
        let reader = |_| Reader {
            memory: memory.clone(),
            shared: Arc::clone(&shared),
        };
        let readers = (0..crew.readers).map(reader).collect();
        let writer = Writer {
            memory: memory.clone(),
            shared,
            rotating,
            version: 0,
            slot: 0,
            next: rotating - 1,
            versions: vec![0; slots].into(),
            pinned: vec![0; slots].into(),
            floor: 0,
            careful: None,
        };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        // Release: pairs with the Acquire fence in read(). Who reads a word of this write also sees the version before.
        self.memory.fence(Release);
        let filled = self.next;
        M::Word::store_all(&self.shared.slots[filled], &value);
        self.version += 1;
        self.versions[filled] = self.version;
        let in_order = self.rotating as u64 - 1;
        let (next, span) = match self.careful {
            None => (before(filled, self.rotating), in_order),
            Some(writes) => self.choose(filled, writes),
        };
        let published = Current::new(self.version, span, filled);
        // Release: pairs with the Acquire load and the Acquire addition in read(). Who sees this version also sees its
        // words. Acquire: pairs with the Release of that addition. Who is seen to have pinned the slot is also seen to
        // have left the one pinned before.
        let pins = Current(self.shared.current.swap(published.0, AcqRel)).pins();
        if pins > 0 {
            self.pinned[self.slot] += pins;
            if self.careful.is_none() {
                self.floor = self.version.saturating_sub(in_order);
            }
            self.careful = Some(0);
        }
        self.slot = filled;
        self.next = next;
    }
}

/// The slot whose turn it is after this one: downwards.
#[inline]
fn before(slot: usize, slots: usize) -> usize {
    slot.checked_sub(1).unwrap_or(slots - 1)
}

impl<M: Memory, const N: usize> Writer<M, N> {
    /// The slot that the next write fills, and the span of this one, which has filled `filled` and is not published
    /// yet. `writes` before it have found everything in order.
    #[cold]
    fn choose(&mut self, filled: usize, writes: usize) -> (usize, u64) {
        let slots = self.versions.len();
        if filled == 0 && writes >= slots {
            // Nobody has pinned a slot since all were free, and they have been filled downwards. So the rotation is
            // in order.
            self.careful = None;
            return (self.rotating - 1, self.rotating as u64 - 1);
        }
        let is_free = |&slot: &usize| {
            // Nobody can pin the slot that is published any more once this write is; until then one can.
            // Acquire: pairs with the Release of the addition that leaves, in read_pinned(). The words have been read.
            slot != self.slot && self.shared.left[slot].load(Acquire) == self.pinned[slot]
        };
        let turns = std::iter::successors(Some(filled), |&slot| Some(before(slot, slots)));
        let next = turns.skip(1).take(slots - 1).find(is_free);
        let next = next.expect("of three slots more than readers, one is free");
        let is_next_in_turn = next == before(filled, slots);
        self.careful = Some(if is_next_in_turn { writes + 1 } else { 0 });
        // A slot that was skipped is older than some that were filled again since: the floor never falls.
        self.floor = self.floor.max(self.versions[next]);
        (next, self.version - self.floor)
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let Shared { current, slots, .. } = &*self.shared;
        // Acquire: pairs with the Release of the swap in write().
        let before = Current(current.load(Acquire));
        let words = &slots[before.slot()];
        let value = M::Word::load_all(words);
        // Acquire: pairs with the Release fence in write(). If a word was of a later write, the version below is at
        // least the one before that.
        self.memory.fence(Acquire);
        let after = Current(current.load(Relaxed));
        if after.age_of(before) < after.span() {
            return value;
        }
        self.read_pinned()
    }
}

impl<M: Memory, const N: usize> Reader<M, N> {
    /// The value in the slot that is published, kept from being filled again until it is read.
    #[cold]
    fn read_pinned(&self) -> Value<N> {
        let Shared {
            current,
            left,
            slots,
        } = &*self.shared;
        // Acquire: pairs with the Release of the swap in write(). Release: with its Acquire.
        let slot = Current(current.fetch_add(Current::PIN, AcqRel)).slot();
        let words = &slots[slot];
        let value = M::Word::load_all(words);
        // Release: pairs with the Acquire load in choose().
        left[slot].fetch_add(1, Release);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hardware;

    /// A register of one word, with one reader, of which three slots rotate.
    fn small() -> (Writer<Hardware, 1>, Reader<Hardware, 1>) {
        let ([writer], mut readers) = PinnedSlotsOf::<3>::build(&Hardware, [0], Crew::readers(1));
        (writer, readers.remove(0))
    }

    #[test]
    fn a_pin_makes_the_writer_careful_until_it_has_gone_round_all_slots() {
        let (mut writer, mut reader) = small();
        writer.write([1]);
        assert_eq!(writer.careful, None);
        assert_eq!(reader.read_pinned(), [1]);
        let careful = (2..=10).map(|value| {
            writer.write([value]);
            assert_eq!(reader.read(), [value]);
            (writer.slot, writer.careful)
        });
        let expected = [
            (1, Some(0)),
            (0, Some(1)),
            (3, Some(2)),
            (2, Some(3)),
            (1, Some(4)),
            (0, None),
            (2, None),
            (1, None),
            (0, None),
        ];
        assert_eq!(careful.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_slot_that_stays_pinned_is_never_filled() {
        let (mut writer, mut reader) = small();
        writer.shared.current.fetch_add(Current::PIN, AcqRel);
        for value in 1..100 {
            writer.write([value]);
            assert_ne!(writer.slot, 0);
            assert_eq!(reader.read(), [value]);
        }
    }

    #[test]
    fn the_version_wraps_around() {
        let (mut writer, mut reader) = small();
        writer.version = u64::from(u32::MAX) - 1;
        for value in 1..10 {
            writer.write([value]);
            assert_eq!(reader.read(), [value]);
        }
        assert_eq!(writer.careful, None);
    }

    #[test]
    #[should_panic(expected = "pinned-slots takes 253 readers at most")]
    fn more_readers_than_slots_are_refused() {
        let _ = <PinnedSlotsOf<3> as Construction<Hardware, 1>>::build(
            &Hardware,
            [0],
            Crew::readers(254),
        );
    }
}

use std::fmt;
use std::sync::Arc;

use crossbeam_utils::CachePadded;

use crate::memory::Ordering::{AcqRel, Acquire, Relaxed, Release};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write};

/// A reader reads without being noticed; only if the writer has lapped it, it pins the slot that it then reads.
///
/// **It stores** the value in `H` slots that rotate and one more for each reader, and one word, `current`, which names
/// the slot last filled, with the *version* of its value, the *span* of versions that are still where they were
/// written, and the number of readers that have *pinned* the slot. Who has left a pinned slot is counted in a word
/// beside it. Each reader keeps a copy of its own of what it has read last, and [lends](Read::read_ref) it.
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
///      1  T2  current -> 131072                     <- version 0, span 2, slot 0
///      2  T1  slot[2][0] := 1
///      3  T1  current 131072 => 16908800            <- version 1, span 2, slot 2
///      4  T1  slot[1][0] := 2
///      5  T1  current 16908800 => 33685760          <- version 2, span 2, slot 1
///      6  T2  slot[0][0] -> 0
///      7  T2  current -> 33685760                   <- two versions on: slot 0 may be filled again by now
///      8  T2  current 33685760 => 33685761          <- one pin
///      9  T1  slot[0][0] := 3
///     10  T1  current 33685761 => 50462720          <- version 3, span 2, slot 0; and the pin is found
///     11  T1  slot[2][0] := 4
///     12  T1  left[1] -> 0                          <- it would be the turn of slot 1, but that is pinned
///     13  T1  left[3] -> 0                          <- the slot that is there for the reader
///     14  T1  current 50462720 => 67305984          <- version 4, span 3, slot 2
///     15  T2  slot[1][0] -> 2
///     16  T2  left[1] 0 => 1
/// ";
/// replay::<PinnedSlotsOf<3>, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** a read that finds `current` unchanged returns the copy that the reader made then, of the value that
/// is still the last one. Otherwise it copies the slot that is current when it begins, and returns what it found there
/// if that was not due to be filled again before it looked at `current` once more. If it was, it takes the slot that is
/// current when it pins it, which is not filled again until the reader has left. Versions never go back. Nobody ever
/// waits: a read makes two copies at most, and the writer has a slot to go to, because one is current, one is being
/// filled, and each reader pins one at most.
///
/// While nobody pins anything, the writer fills the rotating slots in turn and looks at nothing. After a pin it is
/// *careful*: it takes the next slot in turn, out of all of them, that nobody has pinned, and works out the span from
/// the latest version that it has given up, until it has gone round all of them undisturbed.
///
/// **What makes it fast:** readers write nothing, and the writer changes one word besides the value. So many slots
/// rotate that a reader is hardly ever lapped, and so few that they stay in a near cache. They are filled downwards,
/// and there is a gap between them, since a processor fetches ahead upwards.
///
/// **It breaks** without any one of its fences, and if the writer's books are wrong in any of these ways: pins are lost
/// between a look at them and the next version; the span is worked out from the version given up last instead of the
/// latest, and so is too long once a slot is filled that was skipped; or the rotation is resumed before it is in order,
/// when the next slot in turn may hold a value that is within the span. It breaks too if a reader is wrong about the
/// age of its copy: if it trusts the slot alone, which holds another value by now, or takes what it sees behind the
/// copy for what it saw in front of it. Two more orderings are argued for, not shown by exploration. A reader releases
/// when it leaves, so that its loads are over before the slot is filled again: that shows only where a load may return
/// a store that is still to come. And it releases when it pins, so that a writer that sees this pin also sees the
/// reader gone from the slot that it pinned before, and never runs out of slots: where the order of operations is
/// recorded, a write that begins later knows of that read anyhow.
///
/// **Its bounds:** there are 256 slots at most, and so 256 - `H` readers; each of them pins a version once at most, so
/// that 8 bits hold the pins. The version has 40 bits: a read during which exactly 2^40 writes take place, or up to a
/// span more, would not notice, and neither would one that finds the copy of its reader exactly 2^40 writes old. At 20
/// million writes a second that takes 15 hours. `H` is 3 at least.
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

/// [`PinnedSlotsOf`] as many rotating slots as suit the number of words: 16 up to 128 words, then 8.
pub type PinnedSlots = PinnedSlotsOf<0>;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    /// A [`Current`], and below it the number of readers that have pinned its slot.
    current: CachePadded<W>,
    /// For each slot, how many readers that had pinned it have left it, ever.
    left: Box<[CachePadded<W>]>,
    /// First those that rotate, then one for each reader.
    slots: Box<[Spaced<[W; N]>]>,
}

/// Something at the beginning of a cache line, and three lines that hold nothing. So what the processor fetches ahead
/// of a reader is not what the writer is about to fill.
#[repr(C, align(64))]
struct Spaced<T> {
    value: T,
    _gap: [u64; 24],
}

/// What `current` says: `[version: 40 | span: 8 | slot: 8 | pins: 8]`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Current(u64);

/// Writes a [`PinnedSlotsOf`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize, const H: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
    /// How many writes have been published.
    version: u64,
    /// The write with which the rotation began.
    since: u64,
    /// How many writes in a row have found everything in order since a reader has pinned a slot; none, if the rotation
    /// has gone undisturbed since it began.
    careful: Option<usize>,
    /// While it is careful, the slot that is published.
    slot: usize,
    /// While it is careful, the slot that the next write fills.
    next: usize,
    /// While it is careful, for each slot, the write that filled it last.
    versions: Box<[u64]>,
    /// For each slot, how many readers have pinned it, ever.
    pinned: Box<[u64]>,
    /// No slot that was filled by a later write than this one has been filled again, nor is about to be.
    floor: u64,
}

/// Reads a [`PinnedSlotsOf`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
    /// What `current` said when the value was copied that is kept.
    kept: Current,
    value: Line<N>,
}

/// A value at the beginning of a cache line: one that lies across lines costs twice.
#[derive(Debug)]
#[repr(align(64))]
struct Line<const N: usize>(Value<N>);

impl<T> Spaced<T> {
    fn new(value: T) -> Self {
        Self {
            value,
            _gap: [0; 24],
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Spaced<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl Current {
    /// It never says this: no span is 0.
    const NOTHING: Self = Self(0);
    const PIN: u64 = 1;
    const MAX_SLOTS: usize = 1 << 8;
    /// Below the version.
    const LOW: u32 = 24;
    const VERSIONS: u64 = 1 << (64 - Self::LOW);

    #[inline]
    fn new(version: u64, span: u64, slot: usize) -> Self {
        Self(version << Self::LOW | span.min(0xff) << 16 | (slot as u64) << 8)
    }

    #[inline]
    fn version(self) -> u64 {
        self.0 >> Self::LOW
    }

    /// How many of the latest versions are still where they were written, this one among them.
    #[inline]
    fn span(self) -> u64 {
        self.0 >> 16 & 0xff
    }

    #[inline]
    fn slot(self) -> usize {
        (self.0 >> 8) as usize & 0xff
    }

    #[inline]
    fn pins(self) -> u64 {
        self.0 & 0xff
    }

    /// How many writes were published after `earlier`.
    #[inline]
    fn age_of(self, earlier: Self) -> u64 {
        self.version().wrapping_sub(earlier.version()) % Self::VERSIONS
    }
}

impl<M: Memory, const N: usize, const H: usize> Construction<M, N> for PinnedSlotsOf<H> {
    const NAME: &'static str = "pinned-slots";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N, H>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let rotating = Writer::<M, N, H>::ROTATING;
        let slots = rotating + sizes.readers;
        assert!(
            slots <= Current::MAX_SLOTS,
            "pinned-slots takes {} readers at most",
            Current::MAX_SLOTS - rotating
        );
        let slot = |slot| Spaced::new(memory.words(format_args!("slot[{slot}]"), init));
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
            kept: Current::NOTHING,
            value: Line(init),
        };
        let readers = sizes.each_reader(reader);
        let writer = Writer {
            memory: memory.clone(),
            shared,
            version: 0,
            since: 1,
            careful: None,
            slot: 0,
            next: 0,
            versions: vec![0; slots].into(),
            pinned: vec![0; slots].into(),
            floor: 0,
        };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize, const H: usize> Write<N> for Writer<M, N, H> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        self.write_ref(&value);
    }

    #[inline]
    fn write_ref(&mut self, value: &Value<N>) {
        if self.careful.is_some() {
            return self.write_carefully(value);
        }
        let version = self.version + 1;
        let filled = Self::ROTATING - 1 - ((version - self.since) % Self::ROTATING as u64) as usize;
        self.fill(filled, value);
        let pins = self.publish(version, Self::IN_ORDER, filled);
        self.version = version;
        if pins > 0 {
            self.be_careful(filled, pins);
        }
    }
}

/// The slot whose turn it is after this one: downwards.
fn before(slot: usize, slots: usize) -> usize {
    slot.checked_sub(1).unwrap_or(slots - 1)
}

impl<M: Memory, const N: usize, const H: usize> Writer<M, N, H> {
    /// How many slots rotate.
    const ROTATING: usize = {
        // Long values fall out of the cache if there are many slots; short ones are lapped if there are few.
        let rotating = match (H, N) {
            (0, ..=128) => 16,
            (0, _) => 8,
            (given, _) => given,
        };
        assert!(rotating >= 3, "one is current, one is filled, one is next");
        rotating
    };

    /// The span while the rotation goes undisturbed: all but the slot that is filled next.
    const IN_ORDER: u64 = Self::ROTATING as u64 - 1;

    #[inline]
    fn fill(&self, slot: usize, value: &Value<N>) {
        // Release: pairs with the Acquire fence in is_still(). Who reads a word of this write also sees the version
        // before.
        self.memory.fence(Release);
        M::Word::write_all(&self.shared.slots[slot].value, value);
    }

    /// Makes the slot current that has been filled, and returns how many readers have pinned the one before.
    #[inline]
    fn publish(&self, version: u64, span: u64, slot: usize) -> u64 {
        let published = Current::new(version, span, slot);
        // Release: pairs with the Acquire load in look() and the Acquire addition in pin(). Who sees this version also
        // sees its words. Acquire: pairs with the Release of that addition. Who is seen to have pinned the slot is also
        // seen to have left the one pinned before.
        Current(self.shared.current.swap(published.0, AcqRel)).pins()
    }

    /// From now on every slot is looked at before it is filled. So far they have been filled in turn, this one last.
    #[cold]
    fn be_careful(&mut self, filled: usize, pins: u64) {
        let upwards = (filled..Self::ROTATING).chain(0..filled);
        for (slot, age) in upwards.zip(0..) {
            self.versions[slot] = self.version.saturating_sub(age);
        }
        self.slot = filled;
        self.next = before(filled, Self::ROTATING);
        self.pinned[(filled + 1) % Self::ROTATING] += pins;
        self.floor = self.version.saturating_sub(Self::IN_ORDER);
        self.careful = Some(0);
    }

    #[cold]
    fn write_carefully(&mut self, value: &Value<N>) {
        let filled = self.next;
        self.fill(filled, value);
        self.version += 1;
        self.versions[filled] = self.version;
        let span = self.choose(filled);
        let pins = self.publish(self.version, span, filled);
        if pins > 0 {
            self.pinned[self.slot] += pins;
            if self.careful.is_none() {
                self.floor = self.version.saturating_sub(Self::IN_ORDER);
            }
            self.careful = Some(0);
        }
        self.slot = filled;
    }

    /// Chooses the slot that the next write fills, and returns the span of this one, which has filled `filled` and is
    /// not published yet.
    fn choose(&mut self, filled: usize) -> u64 {
        let slots = self.versions.len();
        let writes = self.careful.unwrap_or(0);
        if filled == 0 && writes >= slots {
            // Nobody has pinned a slot since all were free, and they have been filled downwards. So the rotation is
            // in order.
            self.careful = None;
            self.since = self.version + 1;
            self.next = Self::ROTATING - 1;
            return Self::IN_ORDER;
        }
        let is_free = |&slot: &usize| {
            // Nobody can pin the slot that is published any more once this write is; until then one can.
            // Acquire: pairs with the Release of the addition that leaves, in pin(). The words have been read.
            slot != self.slot && self.shared.left[slot].load(Acquire) == self.pinned[slot]
        };
        let turns = std::iter::successors(Some(filled), |&slot| Some(before(slot, slots)));
        let next = turns.skip(1).take(slots - 1).find(is_free);
        self.next = next.expect("of three slots more than readers, one is free");
        let is_next_in_turn = self.next == before(filled, slots);
        self.careful = Some(if is_next_in_turn { writes + 1 } else { 0 });
        // A slot that was skipped is older than some that were filled again since: the floor never falls.
        self.floor = self.floor.max(self.versions[self.next]);
        self.version - self.floor
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        *self.look()
    }

    #[inline]
    fn read_ref<'a>(&'a mut self, _: &'a mut Value<N>) -> &'a Value<N> {
        self.look()
    }
}

impl<M: Memory, const N: usize> Reader<M, N> {
    /// The value, in the reader's own copy.
    #[inline]
    fn look(&mut self) -> &Value<N> {
        // Acquire: pairs with the Release of the swap in publish().
        let before = Current(self.shared.current.load(Acquire));
        if before == self.kept {
            &self.value.0
        } else {
            self.copy(before)
        }
    }

    /// Whether what has been copied from the slot of `before` is the value of that version.
    #[inline]
    fn is_still(&self, before: Current) -> bool {
        // Acquire: pairs with the Release fence in fill(). If a word was of a later write, the version below is at
        // least the one before that.
        self.memory.fence(Acquire);
        let after = Current(self.shared.current.load(Relaxed));
        after.age_of(before) < after.span()
    }

    /// The value of `before`, or of a later version.
    #[inline]
    fn copy(&mut self, before: Current) -> &Value<N> {
        let words = &self.shared.slots[before.slot()].value;
        M::Word::load_into(words, &mut self.value.0);
        if self.is_still(before) {
            self.kept = before;
            &self.value.0
        } else {
            self.pin()
        }
    }

    /// The value in the slot that is published, kept from being filled again until it has been copied.
    #[cold]
    fn pin(&mut self) -> &Value<N> {
        let Shared {
            current,
            left,
            slots,
        } = &*self.shared;
        // Acquire: pairs with the Release of the swap in publish(). Release: with its Acquire.
        let pinned = Current(current.fetch_add(Current::PIN, AcqRel));
        M::Word::read_into(&slots[pinned.slot()].value, &mut self.value.0);
        // Release: pairs with the Acquire load in choose().
        left[pinned.slot()].fetch_add(1, Release);
        self.kept = Current(pinned.0 + Current::PIN);
        &self.value.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hardware;

    /// A register of one word, with one reader, of which three slots rotate.
    fn small() -> (Writer<Hardware, 1, 3>, Reader<Hardware, 1>) {
        let ([writer], mut readers) = PinnedSlotsOf::<3>::build(&Hardware, [0], Sizes::readers(1));
        (writer, readers.remove(0))
    }

    #[test]
    fn a_pin_makes_the_writer_careful_until_it_has_gone_round_all_slots() {
        let (mut writer, mut reader) = small();
        writer.write([1]);
        assert_eq!(writer.careful, None);
        assert_eq!(reader.pin(), &[1]);
        let careful = (2..=10).map(|value| {
            writer.write([value]);
            assert_eq!(reader.read(), [value]);
            let published = Current(writer.shared.current.load(Relaxed));
            (published.slot(), writer.careful)
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
            assert_ne!(Current(writer.shared.current.load(Relaxed)).slot(), 0);
            assert_eq!(reader.read(), [value]);
        }
    }

    #[test]
    fn the_version_wraps_around() {
        let (mut writer, mut reader) = small();
        (writer.version, writer.since) = (Current::VERSIONS - 2, Current::VERSIONS - 1);
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
            Sizes::readers(254),
        );
    }
}

//! Twins of [`PinnedSlots`](registers::atomic::PinnedSlots) with a flaw in the books of the writer
//! or of a reader.
//!
//! Without a flaw the twin is the original, access for access, which a test confirms; so a twin differs from it in
//! nothing but its flaw.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use registers::memory::Ordering::{AcqRel, Acquire, Relaxed, Release};
use registers::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write};

/// What is wrong with a [`Twin`].
pub(crate) trait Flaw: fmt::Debug + Clone + Copy + Send + Sync + 'static {
    /// What a twin with it is called.
    const NAME: &'static str;
    /// Whether the floor falls when a slot is filled that was skipped before.
    const FLOOR_FALLS: bool = false;
    /// Whether pins are lost that come between a look at them and the store of the next version.
    const LOSES_PINS: bool = false;
    /// Whether the writer goes back to the rotation as soon as every slot is free, in order or not.
    const RETURNS_EARLY: bool = false;
    /// Whether the writer goes back to the rotation as soon as nobody has pinned the slot of the write before.
    const FORGETS_PINS: bool = false;
    /// Whether a reader takes its copy for the value of now if the slot is the one that it copied.
    const TRUSTS_SLOTS: bool = false;
    /// Whether a reader takes its copy for the value of the version that it saw after it had copied.
    const DATES_LATER: bool = false;
}

/// Nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nothing;

impl Flaw for Nothing {
    const NAME: &'static str = "pinned-slots-twin";
}

/// The floor falls when a slot is filled that was skipped before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FloorFalls;

impl Flaw for FloorFalls {
    const NAME: &'static str = "floor-falls";
    const FLOOR_FALLS: bool = true;
}

/// The pins are looked at, and then the next version is stored: a pin in between is lost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LosesPins;

impl Flaw for LosesPins {
    const NAME: &'static str = "loses-pins";
    const LOSES_PINS: bool = true;
}

/// The writer goes back to the rotation as soon as every slot is free, in order or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReturnsEarly;

impl Flaw for ReturnsEarly {
    const NAME: &'static str = "returns-early";
    const RETURNS_EARLY: bool = true;
}

/// The writer goes back to the rotation as soon as nobody has pinned the slot of the write before, though others may be
/// pinned still.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForgetsPins;

impl Flaw for ForgetsPins {
    const NAME: &'static str = "forgets-pins";
    const FORGETS_PINS: bool = true;
}

/// A reader takes its copy for the value of now if the slot is the one that it copied, whatever the version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrustsSlots;

impl Flaw for TrustsSlots {
    const NAME: &'static str = "trusts-slots";
    const TRUSTS_SLOTS: bool = true;
}

/// A reader takes its copy for the value of the version that it saw after it had copied, not of the one before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DatesLater;

impl Flaw for DatesLater {
    const NAME: &'static str = "dates-later";
    const DATES_LATER: bool = true;
}

/// Pinned slots, `H` of which rotate, with a flaw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Twin<const H: usize, F>(PhantomData<F>);

#[derive(Debug)]
struct Shared<W, const N: usize> {
    current: W,
    left: Vec<W>,
    slots: Vec<[W; N]>,
}

fn pack(version: u64, span: u64, slot: usize) -> u64 {
    version << 24 | span.min(0xff) << 16 | (slot as u64) << 8
}

fn slot(current: u64) -> usize {
    (current >> 8) as usize & 0xff
}

/// Writes a [`Twin`].
#[derive(Debug)]
pub(crate) struct Writer<M: Memory, const N: usize, F> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
    rotating: usize,
    version: u64,
    slot: usize,
    next: usize,
    versions: Vec<u64>,
    pinned: Vec<u64>,
    floor: u64,
    careful: Option<usize>,
    flaw: PhantomData<F>,
}

/// Reads a [`Twin`].
#[derive(Debug)]
pub(crate) struct Reader<M: Memory, const N: usize, F> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
    kept: u64,
    value: Value<N>,
    flaw: PhantomData<F>,
}

impl<M: Memory, const N: usize, const H: usize, F: Flaw> Construction<M, N> for Twin<H, F> {
    const NAME: &'static str = F::NAME;
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N, F>; 1];
    type Reader = Reader<M, N, F>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let slots = H + sizes.readers;
        let slot = |slot| {
            std::array::from_fn(|at| memory.word(format_args!("slot[{slot}][{at}]"), init[at]))
        };
        let shared = Arc::new(Shared {
            current: memory.word(format_args!("current"), pack(0, H as u64 - 1, 0)),
            left: (0..slots)
                .map(|slot| memory.word(format_args!("left[{slot}]"), 0))
                .collect(),
            slots: (0..slots).map(slot).collect(),
        });
        let reader = |_| Reader {
            memory: memory.clone(),
            shared: Arc::clone(&shared),
            kept: 0,
            value: init,
            flaw: PhantomData,
        };
        let readers = (0..sizes.readers).map(reader).collect();
        let writer = Writer {
            memory: memory.clone(),
            shared,
            rotating: H,
            version: 0,
            slot: 0,
            next: H - 1,
            versions: vec![0; slots],
            pinned: vec![0; slots],
            floor: 0,
            careful: None,
            flaw: PhantomData,
        };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize, F: Flaw> Write<N> for Writer<M, N, F> {
    fn write(&mut self, value: Value<N>) {
        let shared = Arc::clone(&self.shared);
        self.memory.fence(Release);
        let filled = self.next;
        for (word, value) in shared.slots[filled].iter().zip(value) {
            word.store(value, Relaxed);
        }
        self.version += 1;
        self.versions[filled] = self.version;
        let in_order = self.rotating as u64 - 1;
        let (next, span) = match self.careful {
            None => (before(filled, self.rotating), in_order),
            Some(writes) => self.choose(filled, writes),
        };
        let published = pack(self.version, span, filled);
        let found = if F::LOSES_PINS {
            let found = shared.current.load(Acquire);
            shared.current.store(published, Release);
            found
        } else {
            shared.current.swap(published, AcqRel)
        };
        let pins = found & 0xff;
        if pins > 0 {
            self.pinned[self.slot] += pins;
            if self.careful.is_none() {
                self.floor = self.version.saturating_sub(in_order);
            }
            self.careful = Some(0);
        } else if F::FORGETS_PINS && filled < self.rotating {
            self.careful = None;
        }
        self.slot = filled;
        self.next = next;
    }
}

fn before(slot: usize, slots: usize) -> usize {
    slot.checked_sub(1).unwrap_or(slots - 1)
}

impl<M: Memory, const N: usize, F: Flaw> Writer<M, N, F> {
    fn choose(&mut self, filled: usize, writes: usize) -> (usize, u64) {
        let slots = self.versions.len();
        let looks_free = |slot: usize| self.shared.left[slot].load(Acquire) == self.pinned[slot];
        let is_in_order = if F::RETURNS_EARLY {
            let mut others = (0..slots).filter(|&slot| slot != filled && slot != self.slot);
            filled < self.rotating && others.all(looks_free)
        } else {
            filled == 0 && writes >= slots
        };
        if is_in_order {
            self.careful = None;
            return (before(filled, self.rotating), self.rotating as u64 - 1);
        }
        let is_free = |&slot: &usize| slot != self.slot && looks_free(slot);
        let turns = std::iter::successors(Some(filled), |&slot| Some(before(slot, slots)));
        let next = turns.skip(1).take(slots - 1).find(is_free);
        let next = next.expect("of three slots more than readers, one is free");
        let is_next_in_turn = next == before(filled, slots);
        self.careful = Some(if is_next_in_turn { writes + 1 } else { 0 });
        self.floor = if F::FLOOR_FALLS {
            self.versions[next]
        } else {
            self.floor.max(self.versions[next])
        };
        (next, self.version - self.floor)
    }
}

impl<M: Memory, const N: usize, F: Flaw> Read<N> for Reader<M, N, F> {
    fn read(&mut self) -> Value<N> {
        let Shared {
            current,
            left,
            slots,
        } = &*self.shared;
        let copy = |words: &[M::Word; N]| std::array::from_fn(|at| words[at].load(Relaxed));
        let before = current.load(Acquire);
        let is_kept = if F::TRUSTS_SLOTS {
            self.kept != 0 && slot(self.kept) == slot(before)
        } else {
            self.kept == before
        };
        if is_kept {
            return self.value;
        }
        self.value = copy(&slots[slot(before)]);
        self.memory.fence(Acquire);
        let after = current.load(Relaxed);
        let age = (after >> 24).wrapping_sub(before >> 24) % (1 << 40);
        if age < after >> 16 & 0xff {
            self.kept = if F::DATES_LATER { after } else { before };
            return self.value;
        }
        let pinned = current.fetch_add(1, AcqRel);
        self.value = copy(&slots[slot(pinned)]);
        left[slot(pinned)].fetch_add(1, Release);
        self.kept = pinned + 1;
        self.value
    }
}

//! A ring of slots whose index is a count of 8 bits: what if the number of slots does not divide 256?

use crate::prelude::*;

/// `SLOTS` is the difference.
struct Ring<M: Memory, const SLOTS: usize> {
    memory: M,
    count: Narrow<M::Word, u8>,
    slots: [[M::Word; 2]; SLOTS],
    first: u8,
}

impl<M: Memory, const SLOTS: usize> Handles<M, 2> for Ring<M, SLOTS> {
    /// The count: only this writer changes it.
    type Writer = u8;
    type Reader = ();

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        let first = memory.first_count(u8::BITS) as u8;
        Self {
            memory: memory.clone(),
            count: memory.narrow(format_args!("count"), first),
            slots: std::array::from_fn(|slot| memory.words(format_args!("slot[{slot}]"), init)),
            first,
        }
    }

    fn writer(&self, _: usize) -> u8 {
        self.first
    }

    fn reader(&self, _: usize) {}

    fn write(&self, count: &mut u8, value: [u64; 2]) {
        // Release: pairs with the Acquire fence in read(). Who meets a word of this write sees the count before it.
        self.memory.fence(Release);
        *count = count.wrapping_add(1);
        M::Word::store_all(&self.slots[usize::from(*count) % SLOTS], &value);
        // Release: pairs with the Acquire load in read().
        self.count.store(*count, Release);
    }

    fn read(&self, (): &mut ()) -> [u64; 2] {
        self.memory.retry(|| {
            let count = self.count.load(Acquire);
            let value = M::Word::load_all(&self.slots[usize::from(count) % SLOTS]);
            self.memory.fence(Acquire);
            let written = self.count.load(Relaxed).wrapping_sub(count);
            // One write more, and this slot is being written again.
            (usize::from(written) < SLOTS - 1).then_some(value)
        })
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "ring-of-three",
        title: "A ring of 3 slots whose index is a count of 8 bits",
        source: "a pattern: an index modulo a number that does not divide the range of its counter",
        url: None,
        about: "255 modulo 3 is 0, and so is 0. When the count wraps around, the writer fills the slot that readers are \
                sent to, and no check notices. It takes 256 writes, or a counter that starts shortly before. A number of \
                slots that is a power of two mends it.",
        subject: subject!(RingOfThree<M> = Ring<M, 3>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong_near_wrap(Breaks(Regular), "ww.r", ALL),
        twin: Some("ring-of-four"),
        file: include_str!("ring.rs"),
    },
    Exhibit {
        name: "ring-of-four",
        title: "The same ring with 4 slots",
        source: "a pattern",
        url: None,
        about: "4 divides 256, so the slots come round in order when the count does.",
        subject: subject!(RingOfFour<M> = Ring<M, 4>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("ring.rs"),
    },
];

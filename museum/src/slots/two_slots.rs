//! Two slots, and a reader that looks twice which of them is shown.

use crate::prelude::*;

/// `COUNTED`: does the reader compare a count of writes, or the number of the slot?
struct TwoSlots<M: Memory, const COUNTED: bool> {
    memory: M,
    shown: M::Word,
    slots: [[M::Word; 2]; 2],
}

impl<M: Memory, const COUNTED: bool> Handles<M, 2> for TwoSlots<M, COUNTED> {
    /// How many writes there were.
    type Writer = u64;
    type Reader = ();

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        Self {
            memory: memory.clone(),
            shown: memory.word(format_args!("shown"), 0),
            slots: [0, 1].map(|slot| memory.words(format_args!("slot[{slot}]"), init)),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, _: usize) {}

    fn write(&self, written: &mut u64, value: [u64; 2]) {
        // Release: pairs with the Acquire fence in read(). Who meets a word of this write sees what was shown before it.
        self.memory.fence(Release);
        *written += 1;
        M::Word::store_all(&self.slots[*written as usize % 2], &value);
        let shown = if COUNTED { *written } else { *written % 2 };
        // Release: pairs with the Acquire load in read().
        self.shown.store(shown, Release);
    }

    fn read(&self, (): &mut ()) -> [u64; 2] {
        self.memory.retry(|| {
            let shown = self.shown.load(Acquire);
            let value = M::Word::load_all(&self.slots[shown as usize % 2]);
            self.memory.fence(Acquire);
            (self.shown.load(Relaxed) == shown).then_some(value)
        })
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "aba-two-slots",
        title: "Two slots, and a reader that takes the same slot number for the same value",
        source: "the ABA problem, named in the IBM System/370 principles of operation, 1983, on a double buffer",
        url: None,
        about: "The reader looks which slot is shown, copies it, and looks once more. Two writes bring the number back \
                and the slot is another one: A, then B, then A again. A count of writes in place of the number does not \
                come back.",
        subject: subject!(SameSlot<M> = TwoSlots<M, false>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "ww.r", ALL),
        twin: Some("aba-counted"),
        file: include_str!("two_slots.rs"),
    },
    Exhibit {
        name: "aba-counted",
        title: "Two slots, and a reader that compares a count of writes",
        source: "the tagged index, as in the IBM System/370 principles of operation, 1983",
        url: None,
        about: "The lowest bit of the count is the slot. Once a write has completed the reader tries again.",
        subject: subject!(SameCount<M> = TwoSlots<M, true>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("two_slots.rs"),
    },
];

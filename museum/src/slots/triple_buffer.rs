//! A triple buffer whose reader gives its slot back without Release.

use crate::prelude::*;

/// In the index: nobody has read this slot since it was filled.
const NEWS: u64 = 4;

/// `RELEASE`: does the reader's swap release what it has read?
struct TripleBuffer<M: Memory, const RELEASE: bool> {
    /// The slot that belongs to nobody, and whether it holds news.
    back: M::Word,
    slots: [Cells<M::Word, 2>; 3],
}

impl<M: Memory, const RELEASE: bool> Handles<M, 2> for TripleBuffer<M, RELEASE> {
    /// The slot that belongs to the writer.
    type Writer = u64;
    /// The slot that belongs to the reader.
    type Reader = u64;

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        Self {
            back: memory.word(format_args!("back"), 1),
            slots: [0, 1, 2].map(|slot| memory.cells(format_args!("slot[{slot}]"), init)),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, _: usize) -> u64 {
        2
    }

    fn write(&self, mine: &mut u64, value: [u64; 2]) {
        self.slots[*mine as usize].write(&value);
        // Release: pairs with the Acquire of the swap in read(). Acquire: with its Release.
        *mine = self.back.swap(*mine | NEWS, AcqRel) & !NEWS;
    }

    fn read(&self, mine: &mut u64) -> [u64; 2] {
        if self.back.load(Relaxed) & NEWS != 0 {
            // Release: pairs with the swap in write(). The slot that is given back was read before it is filled again.
            let order = if RELEASE { AcqRel } else { Acquire };
            *mine = self.back.swap(*mine, order) & !NEWS;
        }
        self.slots[*mine as usize].read()
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "triple-buffer-14",
        title: "A triple buffer whose reader gives its slot back without Release",
        source: "HadrienG2/triple-buffer issue 14, 2021",
        url: Some("https://github.com/HadrienG2/triple-buffer/issues/14"),
        about: "The reader only reads, so what should it release? That it has read: without it the loads from the slot \
                may come behind the swap that gives it back, when the writer is filling it again. The swap became AcqRel.",
        subject: subject!(GivesBackWithoutRelease<M> = TripleBuffer<M, false>, 2 words, 1 writer, 1 reader, remembering, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "www.rr", WEAK),
        twin: Some("triple-buffer-14-mended"),
        file: include_str!("triple_buffer.rs"),
    },
    Exhibit {
        name: "triple-buffer-14-mended",
        title: "The same triple buffer, whose reader's swap is AcqRel",
        source: "HadrienG2/triple-buffer issue 14, 2021",
        url: Some("https://github.com/HadrienG2/triple-buffer/issues/14"),
        about: "Each swap hands a slot over in both directions, and both are a release and an acquire.",
        subject: subject!(GivesBackWithRelease<M> = TripleBuffer<M, true>, 2 words, 1 writer, 1 reader, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("triple_buffer.rs"),
    },
];

//! A sequence count with two copies, so that readers never wait for the writer.

use crate::prelude::*;

/// While the number is odd readers take the second copy, else the first. `BARRIERS` order numbers and copies.
struct Latch<M: Memory, const BARRIERS: bool> {
    memory: M,
    sequence: M::Word,
    copies: [[M::Word; 2]; 2],
}

impl<M: Memory, const BARRIERS: bool> Latch<M, BARRIERS> {
    /// Sends readers to the other copy.
    fn flip(&self, sequence: &mut u64) {
        *sequence += 1;
        self.barrier(Release); // The copy that readers are sent to is complete.
        self.sequence.store(*sequence, Relaxed);
        self.barrier(Release); // They are sent away before the other copy changes.
    }

    fn barrier(&self, order: Ordering) {
        if BARRIERS {
            self.memory.fence(order);
        }
    }
}

impl<M: Memory, const BARRIERS: bool> Handles<M, 2> for Latch<M, BARRIERS> {
    /// The number: only this writer changes it.
    type Writer = u64;
    type Reader = ();

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        Self {
            memory: memory.clone(),
            sequence: memory.word(format_args!("sequence"), 0),
            copies: [0, 1].map(|copy| memory.words(format_args!("copy[{copy}]"), init)),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, _: usize) {}

    fn write(&self, sequence: &mut u64, value: [u64; 2]) {
        self.flip(sequence);
        M::Word::store_all(&self.copies[0], &value);
        self.flip(sequence);
        M::Word::store_all(&self.copies[1], &value);
    }

    fn read(&self, (): &mut ()) -> [u64; 2] {
        self.memory.retry(|| {
            let sequence = self.sequence.load(Relaxed);
            self.barrier(Acquire);
            let value = M::Word::load_all(&self.copies[sequence as usize % 2]);
            self.barrier(Acquire);
            (self.sequence.load(Relaxed) == sequence).then_some(value)
        })
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "latch-without-barriers",
        title: "A latch of two copies without the barriers around its number",
        source: "after seqcount_latch_t of the Linux kernel (include/linux/seqlock.h), without its barriers",
        url: Some("https://docs.kernel.org/locking/seqlock.html"),
        about: "The writer sends readers to one copy while it changes the other. Without write barriers around the number \
                a reader may be sent to a copy that it still sees half changed, or be late to see that it was sent away. \
                The kernel has a barrier on both sides of the number, and one on each side of what the reader copies.",
        subject: subject!(LatchWithoutBarriers<M> = Latch<M, false>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r", WEAK),
        twin: Some("latch"),
        file: include_str!("latch.rs"),
    },
    Exhibit {
        name: "latch",
        title: "A latch of two copies",
        source: "seqcount_latch_t of the Linux kernel (include/linux/seqlock.h), 2015 and later",
        url: Some("https://docs.kernel.org/locking/seqlock.html"),
        about: "Readers may interrupt the writer anywhere, even on its own processor, and still find a whole copy. They \
                start over only if the number has changed meanwhile.",
        subject: subject!(LatchWithBarriers<M> = Latch<M, true>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("latch.rs"),
    },
];

//! An assertion that holds wherever it is tested, and not everywhere.

use crate::prelude::*;

/// `ORDERED`: are the two counts released and acquired?
struct Counted<M: Memory, const ORDERED: bool> {
    begun: M::Word,
    value: M::Word,
    ended: M::Word,
}

impl<M: Memory, const ORDERED: bool> Handles<M, 1> for Counted<M, ORDERED> {
    /// How many writes there were.
    type Writer = u64;
    type Reader = ();

    fn build(memory: &M, [init]: [u64; 1], _: Sizes) -> Self {
        Self {
            begun: memory.word(format_args!("begun"), 0),
            value: memory.word(format_args!("value"), init),
            ended: memory.word(format_args!("ended"), 0),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, _: usize) {}

    fn write(&self, written: &mut u64, [value]: [u64; 1]) {
        *written += 1;
        self.begun.store(*written, Relaxed);
        self.value.store(value, Relaxed);
        // Release: pairs with the Acquire load in read().
        let order = if ORDERED { Release } else { Relaxed };
        self.ended.store(*written, order);
    }

    fn read(&self, (): &mut ()) -> [u64; 1] {
        let order = if ORDERED { Acquire } else { Relaxed };
        let ended = self.ended.load(order);
        let value = self.value.load(Relaxed);
        assert!(
            self.begun.load(Relaxed) >= ended,
            "a write has ended before it began"
        );
        [value]
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "assertion-relaxed",
        title: "An assertion about two relaxed counters",
        source: "message passing, the first litmus test of every text, as an assertion",
        url: None,
        about: "A write counts itself when it begins and when it ends, and a reader asserts that no more have ended than \
                begun. On x86 that holds for ever; on ARM the reader may see the end and not the beginning, and the \
                program is gone. Release and Acquire on the second counter mend it.",
        subject: subject!(AssertsRelaxed<M> = Counted<M, false>, 1 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(Panic), "w.r", WEAK),
        twin: Some("assertion-ordered"),
        file: include_str!("assertion.rs"),
    },
    Exhibit {
        name: "assertion-ordered",
        title: "The same assertion, about counters that are released and acquired",
        source: "message passing, with Release and Acquire",
        url: None,
        about: "Whoever sees that a write has ended sees that it had begun.",
        subject: subject!(AssertsOrdered<M> = Counted<M, true>, 1 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("assertion.rs"),
    },
];

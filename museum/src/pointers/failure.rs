//! An exchange that fails with Relaxed, and whose finding is followed all the same.

use crate::prelude::*;

/// So many blocks, of which each writer has its share: none is used twice.
const POOL: usize = 24;

/// `ACQUIRES`: is the failure of the exchange an acquire?
struct Published<M: Memory, const ACQUIRES: bool> {
    current: M::Word,
    /// How many blocks each writer has.
    share: usize,
    /// The value, and how many values there were before it.
    blocks: Vec<Cells<M::Word, 2>>,
}

impl<M: Memory, const ACQUIRES: bool> Handles<M, 1> for Published<M, ACQUIRES> {
    /// Its next block.
    type Writer = usize;
    type Reader = ();

    fn build(memory: &M, [init]: [u64; 1], sizes: Sizes) -> Self {
        let block = |block| memory.cells(format_args!("block[{block}]"), [init, 0]);
        Self {
            current: memory.word(format_args!("current"), 0),
            share: POOL / sizes.writers,
            blocks: (0..=POOL).map(block).collect(),
        }
    }

    fn writer(&self, nth: usize) -> usize {
        1 + self.share * nth
    }

    fn reader(&self, _: usize) {}

    fn write(&self, next: &mut usize, [value]: [u64; 1]) {
        let mine = *next;
        *next += 1;
        let failure = if ACQUIRES { Acquire } else { Relaxed };
        let mut found = self.current.load(Acquire);
        loop {
            let [_, before] = self.blocks[found as usize].read();
            self.blocks[mine].write(&[value, before + 1]);
            // Release: pairs with the loads of `current`, also with those that are exchanges which fail.
            match self
                .current
                .compare_exchange(found, mine as u64, Release, failure)
            {
                Ok(_) => return,
                Err(other) => found = other,
            }
        }
    }

    fn read(&self, (): &mut ()) -> [u64; 1] {
        let [value, _] = self.blocks[self.current.load(Acquire) as usize].read();
        [value]
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "failure-relaxed",
        title: "An exchange that fails with Relaxed, and whose finding is followed",
        source: "raised in a review of oven-sh/bun pull request 30852, 2026",
        url: Some("https://github.com/oven-sh/bun/pull/30852"),
        about: "Whoever comes second takes what the failed exchange has found and looks into the block of the winner. The \
                failure is a load, and Relaxed it does not see what is in the block. It has to be Acquire, even where \
                the success is not.",
        subject: subject!(FailureRelaxed<M> = Published<M, false>, 1 words, many writers, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.w.r", WEAK),
        twin: Some("failure-acquire"),
        file: include_str!("failure.rs"),
    },
    Exhibit {
        name: "failure-acquire",
        title: "The same exchange, which fails with Acquire",
        source: "the race module of matklad/once_cell, whose exchanges are Release and Acquire, 2025",
        url: Some("https://github.com/matklad/once_cell/pull/278"),
        about: "Release if it succeeds, Acquire if it fails: each outcome has the ordering that it needs.",
        subject: subject!(FailureAcquire<M> = Published<M, true>, 1 words, many writers, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("failure.rs"),
    },
];

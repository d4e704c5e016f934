//! Read, copy, update: a pointer to a block, and when the old block may be given back.

use crate::prelude::*;

/// Everything in its place.
const RIGHT: u8 = 0;
/// The old block is given back at once.
const NO_GRACE: u8 = 1;
/// The pointer is stored without Release.
const PUBLISHED_RELAXED: u8 = 2;

/// Two blocks, one of which is current. Readers count themselves while they read.
struct Rcu<M: Memory, const HOW: u8> {
    memory: M,
    current: M::Word,
    readers: M::Word,
    blocks: [Cells<M::Word, 2>; 2],
}

impl<M: Memory, const HOW: u8> Handles<M, 2> for Rcu<M, HOW> {
    /// The current block.
    type Writer = u64;
    type Reader = ();

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        Self {
            memory: memory.clone(),
            current: memory.word(format_args!("current"), 0),
            readers: memory.word(format_args!("readers"), 0),
            blocks: [0, 1].map(|block| memory.cells(format_args!("block[{block}]"), init)),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, _: usize) {}

    fn write(&self, current: &mut u64, value: [u64; 2]) {
        let old = *current;
        *current = 1 - old;
        self.blocks[*current as usize].allocate(&value);
        // Release: pairs with the Acquire load in read(). Who finds the block finds the value in it.
        let order = if HOW == PUBLISHED_RELAXED {
            Relaxed
        } else {
            Release
        };
        self.current.store(*current, order);
        if HOW != NO_GRACE {
            // SeqCst: either this sees the reader, or the reader sees the new block.
            self.memory.fence(SeqCst);
            let is_quiet = || self.readers.load(Acquire) == 0;
            self.memory.retry(|| is_quiet().then_some(()));
        }
        self.blocks[old as usize].retire();
    }

    fn read(&self, (): &mut ()) -> [u64; 2] {
        self.readers.fetch_add(1, Relaxed);
        self.memory.fence(SeqCst);
        let value = self.blocks[self.current.load(Acquire) as usize].read();
        // Release: pairs with the Acquire load in write(). The block was read before it is given back.
        self.readers.fetch_sub(1, Release);
        value
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "rcu-no-grace",
        title: "A pointer that is replaced, and a block that is given back at once",
        source: "the mistake that McKenney and Slingwine, Read-copy update, 1998, is about: no grace period",
        url: Some("https://docs.kernel.org/RCU/whatisRCU.html"),
        about: "A reader that has found the old block still reads it when the writer gives it back. The writer has to \
                wait until every reader that may have found it has left: that is the grace period.",
        subject: subject!(NoGracePeriod<M> = Rcu<M, NO_GRACE>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(UseAfterFree), "w.r", ALL),
        twin: Some("rcu"),
        file: include_str!("rcu.rs"),
    },
    Exhibit {
        name: "rcu-published-relaxed",
        title: "A pointer that is stored without Release",
        source: "the reason for rcu_assign_pointer of the Linux kernel",
        url: Some("https://docs.kernel.org/RCU/whatisRCU.html"),
        about: "A plain store of the pointer may be seen before the block is filled, and the reader finds what was there \
                before. The kernel has a macro that stores with Release, so that nobody writes the plain store.",
        subject: subject!(PublishedRelaxed<M> = Rcu<M, PUBLISHED_RELAXED>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("rcu"),
        file: include_str!("rcu.rs"),
    },
    Exhibit {
        name: "rcu",
        title: "Read, copy, update, with a grace period",
        source: "McKenney and Slingwine, Read-copy update, 1998",
        url: Some("https://docs.kernel.org/RCU/whatisRCU.html"),
        about: "The block is filled, published with Release, and the old one given back when no reader is left. Here one \
                counter stands for all that a kernel does to find that out.",
        subject: subject!(GracePeriod<M> = Rcu<M, RIGHT>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("rcu.rs"),
    },
];

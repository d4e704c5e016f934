//! Hazard pointers: a reader announces which block it is about to read.

use crate::prelude::*;

/// A fence between the announcement and the second look, at both ends.
const FENCED: u8 = 0;
/// The announcement is a Release store, without a fence.
const RELEASED: u8 = 1;
/// No second look at all.
const UNCHECKED: u8 = 2;

/// No block is announced.
const NONE: u64 = 2;

/// Two blocks, one of which is current; and for each reader the block that it reads.
struct Hazards<M: Memory, const HOW: u8> {
    memory: M,
    current: M::Word,
    hazards: Vec<M::Word>,
    blocks: [Cells<M::Word, 2>; 2],
}

impl<M: Memory, const HOW: u8> Hazards<M, HOW> {
    /// What was stored comes before what is loaded.
    fn full_fence(&self) {
        if HOW != RELEASED {
            self.memory.fence(SeqCst);
        }
    }
}

impl<M: Memory, const HOW: u8> Handles<M, 2> for Hazards<M, HOW> {
    /// The current block.
    type Writer = u64;
    /// Which reader it is.
    type Reader = usize;

    fn build(memory: &M, init: [u64; 2], sizes: Sizes) -> Self {
        let hazard = |nth| memory.word(format_args!("hazard[{nth}]"), NONE);
        Self {
            memory: memory.clone(),
            current: memory.word(format_args!("current"), 0),
            hazards: (0..sizes.readers).map(hazard).collect(),
            blocks: [0, 1].map(|block| memory.cells(format_args!("block[{block}]"), init)),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, nth: usize) -> usize {
        nth
    }

    fn write(&self, current: &mut u64, value: [u64; 2]) {
        let old = *current;
        *current = 1 - old;
        self.blocks[*current as usize].allocate(&value);
        self.current.store(*current, Release);
        self.full_fence();
        for hazard in &self.hazards {
            // Acquire: pairs with the store that ends read(). The block was read before it is given back.
            self.memory
                .retry(|| (hazard.load(Acquire) != old).then_some(()));
        }
        self.blocks[old as usize].retire();
    }

    fn read(&self, nth: &mut usize) -> [u64; 2] {
        let hazard = &self.hazards[*nth];
        let block = self.memory.retry(|| {
            let block = self.current.load(Acquire);
            hazard.store(block, Release);
            self.full_fence();
            let is_current = HOW == UNCHECKED || self.current.load(Acquire) == block;
            is_current.then_some(block)
        });
        let value = self.blocks[block as usize].read();
        hazard.store(NONE, Release);
        value
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "hazard-released",
        title: "A hazard pointer that is announced by a Release store",
        source: "kcenon/thread_system pull request 602, 2026; the same in MariaDB's lf_pin, MDEV-27088, 2021",
        url: Some("https://github.com/kcenon/thread_system/pull/602"),
        about: "The reader stores the block that it is going to read and looks whether it is still current. A Release \
                store does not stay in front of that load, not even on x86: the writer looks, sees no announcement, and \
                gives the block back that the reader has just found current. Both ends need a full fence.",
        subject: subject!(HazardReleased<M> = Hazards<M, RELEASED>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(UseAfterFree), "w.r", X86),
        twin: Some("hazard-fenced"),
        file: include_str!("hazard.rs"),
    },
    Exhibit {
        name: "hazard-unchecked",
        title: "A hazard pointer without a second look",
        source: "what Michael, Hazard pointers: safe memory reclamation for lock-free objects, 2004, rules out by its validation",
        url: None,
        about: "Between the load of the pointer and the announcement the block may be replaced and given back; nobody \
                has seen the announcement in time. Only if the pointer is the same behind the announcement was it made \
                while the block was current.",
        subject: subject!(HazardUnchecked<M> = Hazards<M, UNCHECKED>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(UseAfterFree), "w.r", ALL),
        twin: Some("hazard-fenced"),
        file: include_str!("hazard.rs"),
    },
    Exhibit {
        name: "hazard-fenced",
        title: "A hazard pointer with a full fence at both ends",
        source: "Michael, Hazard pointers: safe memory reclamation for lock-free objects, 2004",
        url: None,
        about: "Of the two fences one comes first: either the writer sees the announcement, or the reader sees that the \
                block is not current any more.",
        subject: subject!(HazardFenced<M> = Hazards<M, FENCED>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("hazard.rs"),
    },
];

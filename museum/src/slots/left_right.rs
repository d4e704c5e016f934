//! Left-right with orderings that are too weak for it.

use crate::prelude::*;

/// SeqCst where a store and a load of another word have to stay in order.
const SEQ_CST: u8 = 0;
/// Acquire and Release there.
const ACQUIRE_RELEASE: u8 = 1;
/// Readers leave without Release.
const LEAVES_RELAXED: u8 = 2;

/// Two copies: readers register and read the one that is shown, the writer changes the other one.
struct LeftRight<M: Memory, const ORDER: u8> {
    memory: M,
    shown: M::Word,
    version: M::Word,
    present: [M::Word; 2],
    copies: [Cells<M::Word, 2>; 2],
}

impl<M: Memory, const ORDER: u8> LeftRight<M, ORDER> {
    const IS_SEQ_CST: bool = ORDER != ACQUIRE_RELEASE;
    const LOAD: Ordering = if Self::IS_SEQ_CST { SeqCst } else { Acquire };
    const STORE: Ordering = if Self::IS_SEQ_CST { SeqCst } else { Release };
    const ARRIVE: Ordering = if Self::IS_SEQ_CST { SeqCst } else { AcqRel };
    const LEAVE: Ordering = if ORDER == LEAVES_RELAXED {
        Relaxed
    } else {
        Release
    };

    fn wait_for(&self, version: u64) {
        let is_empty = || self.present[version as usize].load(Self::LOAD) == 0;
        self.memory.retry(|| is_empty().then_some(()));
    }
}

impl<M: Memory, const ORDER: u8> Handles<M, 2> for LeftRight<M, ORDER> {
    /// The copy that is shown, and the counter in which readers register.
    type Writer = (u64, u64);
    type Reader = ();

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        Self {
            memory: memory.clone(),
            shown: memory.word(format_args!("shown"), 0),
            version: memory.word(format_args!("version"), 0),
            present: memory.words(format_args!("present"), [0; 2]),
            copies: [0, 1].map(|copy| memory.cells(format_args!("copy[{copy}]"), init)),
        }
    }

    fn writer(&self, _: usize) -> (u64, u64) {
        (0, 0)
    }

    fn reader(&self, _: usize) {}

    fn write(&self, (shown, version): &mut (u64, u64), value: [u64; 2]) {
        *shown = 1 - *shown;
        self.copies[*shown as usize].write(&value);
        self.shown.store(*shown, Self::STORE);
        let old = *version;
        *version = 1 - old;
        self.wait_for(*version);
        self.version.store(*version, Self::STORE);
        self.wait_for(old);
    }

    fn read(&self, (): &mut ()) -> [u64; 2] {
        let present = &self.present[self.version.load(Self::LOAD) as usize];
        present.fetch_add(1, Self::ARRIVE);
        let value = self.copies[self.shown.load(Self::LOAD) as usize].read();
        present.fetch_sub(1, Self::LEAVE);
        value
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "left-right-acquire-release",
        title: "Left-right with Acquire and Release in place of SeqCst",
        source: "asked in dvyukov/relacy issue 26, 2024, of a left-right whose SeqCst accesses are weakened",
        url: Some("https://github.com/dvyukov/relacy/issues/26"),
        about: "The writer shows the other copy and then looks for readers; a reader registers and then looks which copy \
                is shown. With Acquire and Release each may miss the other, and the writer changes the copy that is being \
                read; the issue asks whether a race that Relacy reports of such a variant is one. With SeqCst at both \
                ends there is none.",
        subject: subject!(LeftRightAcquireRelease<M> = LeftRight<M, ACQUIRE_RELEASE>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "ww.r", WEAK),
        twin: Some("left-right-seq-cst"),
        file: include_str!("left_right.rs"),
    },
    Exhibit {
        name: "left-right-leaves-relaxed",
        title: "Left-right whose readers leave without Release",
        source: "after Ramalhete and Correia, Left-right: a concurrency control technique with wait-free population oblivious reads, 2015, with a relaxed departure",
        url: Some("https://hal.science/hal-01207881/document"),
        about: "That a reader has left is all that the writer waits for; and if leaving releases nothing, its loads may \
                come behind it. Then the writer changes the copy while it is being read. The departure is a release, and \
                the look of the writer acquires it.",
        subject: subject!(LeftRightLeavesRelaxed<M> = LeftRight<M, LEAVES_RELAXED>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "ww.r", WEAK),
        twin: Some("left-right-seq-cst"),
        file: include_str!("left_right.rs"),
    },
    Exhibit {
        name: "left-right-seq-cst",
        title: "Left-right with SeqCst, and a departure with Release",
        source: "Ramalhete and Correia, Left-right: a concurrency control technique with wait-free population oblivious reads, 2015",
        url: Some("https://hal.science/hal-01207881/document"),
        about: "Either the writer sees the reader, or the reader sees the copy that is shown now. Readers never wait.",
        subject: subject!(LeftRightSeqCst<M> = LeftRight<M, SEQ_CST>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("left_right.rs"),
    },
];

//! Simpson's four slots, with orderings that are too weak for it.

use crate::prelude::*;

const RELAXED: u8 = 0;
const ACQUIRE_RELEASE: u8 = 1;
const SEQ_CST: u8 = 2;

/// Two pairs of slots. The writer stays out of the pair that is read, and out of the slot that it filled last.
struct FourSlot<M: Memory, const ORDER: u8> {
    latest: M::Word,
    reading: M::Word,
    slot: [M::Word; 2],
    data: [[[M::Word; 2]; 2]; 2],
}

impl<M: Memory, const ORDER: u8> FourSlot<M, ORDER> {
    const LOAD: Ordering = [Relaxed, Acquire, SeqCst][ORDER as usize];
    const STORE: Ordering = [Relaxed, Release, SeqCst][ORDER as usize];
}

impl<M: Memory, const ORDER: u8> Handles<M, 2> for FourSlot<M, ORDER> {
    /// For each pair, its slot last written.
    type Writer = [usize; 2];
    type Reader = ();

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        let data = |pair, slot| memory.words(format_args!("data[{pair}][{slot}]"), init);
        Self {
            latest: memory.word(format_args!("latest"), 0),
            reading: memory.word(format_args!("reading"), 0),
            slot: memory.words(format_args!("slot"), [0; 2]),
            data: [0, 1].map(|pair| [0, 1].map(|slot| data(pair, slot))),
        }
    }

    fn writer(&self, _: usize) -> [usize; 2] {
        [0; 2]
    }

    fn reader(&self, _: usize) {}

    fn write(&self, filled: &mut [usize; 2], value: [u64; 2]) {
        let pair = 1 - self.reading.load(Self::LOAD) as usize;
        let slot = 1 - filled[pair];
        M::Word::store_all(&self.data[pair][slot], &value);
        filled[pair] = slot;
        self.slot[pair].store(slot as u64, Self::STORE);
        self.latest.store(pair as u64, Self::STORE);
    }

    fn read(&self, (): &mut ()) -> [u64; 2] {
        let pair = self.latest.load(Self::LOAD);
        self.reading.store(pair, Self::STORE);
        let slot = self.slot[pair as usize].load(Self::LOAD);
        M::Word::load_all(&self.data[pair as usize][slot as usize])
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "four-slot-relaxed",
        title: "Four slots, with no ordering at all",
        source: "after Simpson, Four-slot fully asynchronous communication mechanism, 1990, with relaxed bits",
        url: None,
        about: "The algorithm is from the days of one processor, or of memory that performs accesses in order. With \
                relaxed bits the words of a write may come behind the bit that announces them. Neither may the reader's \
                announcement come behind its look at the slot; only SeqCst keeps both in order.",
        subject: subject!(FourSlotRelaxed<M> = FourSlot<M, RELAXED>, 2 words, 1 writer, 1 reader, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "www.r", X86),
        twin: Some("four-slot-seq-cst"),
        file: include_str!("four_slot.rs"),
    },
    Exhibit {
        name: "four-slot-acquire-release",
        title: "Four slots, with Acquire and Release",
        source: "after Simpson, Four-slot fully asynchronous communication mechanism, 1990, with acquiring and releasing bits",
        url: None,
        about: "Writer and reader each store one bit and then load another one, and each may miss what the other has just \
                stored: a store buffer is enough. After three writes the writer is back in the slot that is being read. \
                The stores and loads of `reading` and of the slots have to be SeqCst.",
        subject: subject!(FourSlotAcquireRelease<M> = FourSlot<M, ACQUIRE_RELEASE>, 2 words, 1 writer, 1 reader, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "www.r", X86),
        twin: Some("four-slot-seq-cst"),
        file: include_str!("four_slot.rs"),
    },
    Exhibit {
        name: "four-slot-seq-cst",
        title: "Four slots, with SeqCst",
        source: "Simpson, Four-slot fully asynchronous communication mechanism, 1990",
        url: None,
        about: "Whoever stores first is seen by the other one. Then the two are never in one slot, and nobody waits.",
        subject: subject!(FourSlotSeqCst<M> = FourSlot<M, SEQ_CST>, 2 words, 1 writer, 1 reader, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("four_slot.rs"),
    },
];

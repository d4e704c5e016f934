//! Epochs: how far must time advance until a block may be given back?

use crate::prelude::*;

/// A reader pins the epoch in which it begins; the epoch advances when everyone who is pinned is in it. `GRACE` is how
/// often it has to. `FENCED`: is the pin stored before the pointer is loaded? `RELEASES`: is the pin a release?
struct Epochs<M: Memory, const GRACE: u64, const FENCED: bool, const RELEASES: bool> {
    memory: M,
    current: M::Word,
    epoch: M::Word,
    /// For each reader one more than the epoch that it has pinned, or 0.
    pins: Vec<M::Word>,
    blocks: [Cells<M::Word, 2>; 2],
}

impl<M: Memory, const GRACE: u64, const FENCED: bool, const RELEASES: bool>
    Epochs<M, GRACE, FENCED, RELEASES>
{
    /// Waits until everyone who is pinned is in this epoch, and begins the next one.
    fn advance(&self, epoch: &mut u64) {
        for pin in &self.pins {
            self.memory.retry(|| {
                // Acquire: pairs with the stores in read(). The block was read before it is given back.
                let pin = pin.load(Acquire);
                (pin == 0 || pin == *epoch + 1).then_some(())
            });
        }
        *epoch += 1;
        self.epoch.store(*epoch, Release);
    }
}

impl<M: Memory, const GRACE: u64, const FENCED: bool, const RELEASES: bool> Handles<M, 2>
    for Epochs<M, GRACE, FENCED, RELEASES>
{
    /// The current block, and the epoch.
    type Writer = (u64, u64);
    /// Which reader it is.
    type Reader = usize;

    fn build(memory: &M, init: [u64; 2], sizes: Sizes) -> Self {
        let pin = |nth| memory.word(format_args!("pin[{nth}]"), 0);
        Self {
            memory: memory.clone(),
            current: memory.word(format_args!("current"), 0),
            epoch: memory.word(format_args!("epoch"), 0),
            pins: (0..sizes.readers).map(pin).collect(),
            blocks: [0, 1].map(|block| memory.cells(format_args!("block[{block}]"), init)),
        }
    }

    fn writer(&self, _: usize) -> (u64, u64) {
        (0, 0)
    }

    fn reader(&self, nth: usize) -> usize {
        nth
    }

    fn write(&self, (current, epoch): &mut (u64, u64), value: [u64; 2]) {
        let old = *current;
        *current = 1 - old;
        self.blocks[*current as usize].allocate(&value);
        self.current.store(*current, Release);
        self.memory.fence(SeqCst);
        for _ in 0..GRACE {
            self.advance(epoch);
        }
        self.blocks[old as usize].retire();
    }

    fn read(&self, nth: &mut usize) -> [u64; 2] {
        let pin = &self.pins[*nth];
        // Release: pairs with the load in advance(). The writer may see this pin in place of the 0 that ended the read
        // before, and must see the end of that read all the same.
        let order = if RELEASES { Release } else { Relaxed };
        pin.store(self.epoch.load(Relaxed) + 1, order);
        if FENCED {
            // SeqCst: pairs with the fence in write(). Either the writer sees the pin, or this sees the new block.
            self.memory.fence(SeqCst);
        }
        let value = self.blocks[self.current.load(Acquire) as usize].read();
        pin.store(0, Release);
        value
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "epoch-too-early",
        title: "A block that is given back one epoch after it was replaced",
        source: "what Fraser, Practical lock-freedom, 2004, rules out by waiting for two",
        url: Some("https://www.cl.cam.ac.uk/techreports/UCAM-CL-TR-579.pdf"),
        about: "The epoch may advance while a reader is pinned in it, for that reader is up to date. So after one step it \
                may still read a block that was replaced before the step. After two steps no reader is left that was \
                there when the block was replaced.",
        subject: subject!(OneEpoch<M> = Epochs<M, 1, true, true>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(UseAfterFree), "w.r", ALL),
        twin: Some("epoch-two"),
        file: include_str!("epoch.rs"),
    },
    Exhibit {
        name: "epoch-pin-unfenced",
        title: "An epoch that is pinned without a fence",
        source: "the reason for the fence in crossbeam-epoch's pin",
        url: Some("https://github.com/crossbeam-rs/crossbeam"),
        about: "The pin is a store, and the pointer is loaded behind it. On every processor, x86 included, the load may \
                come first: the writer sees nobody pinned, and the reader has the old block in its hand. A full fence \
                between the two is what pinning costs.",
        subject: subject!(PinUnfenced<M> = Epochs<M, 2, false, true>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(UseAfterFree), "w.r", X86),
        twin: Some("epoch-two"),
        file: include_str!("epoch.rs"),
    },
    Exhibit {
        name: "epoch-pinned-again",
        title: "An epoch that is pinned with a relaxed store, again and again",
        source: "after Boehm, Giroux and Vafeiadis, P0982: Weaken release sequences, 2018",
        url: Some("https://wg21.link/p0982"),
        about: "A read ends with a release of its pin, and the next one pins anew, relaxed. Until C++17 the store of the \
                same thread carried the release on; since C++20 it does not. So a writer that meets the new pin, which \
                is up to date, knows nothing of the read that ended before, and gives back the block that it read. The \
                pin has to be a release, too.",
        subject: subject!(PinnedAgain<M> = Epochs<M, 2, true, false>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.rr", WEAK),
        twin: Some("epoch-two"),
        file: include_str!("epoch.rs"),
    },
    Exhibit {
        name: "epoch-two",
        title: "A block that is given back two epochs after it was replaced",
        source: "Fraser, Practical lock-freedom, 2004",
        url: Some("https://www.cl.cam.ac.uk/techreports/UCAM-CL-TR-579.pdf"),
        about: "The pin is a release, with a fence behind it, and the epoch advances twice.",
        subject: subject!(TwoEpochs<M> = Epochs<M, 2, true, true>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("epoch.rs"),
    },
];

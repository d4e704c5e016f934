//! Blocks that count who refers to them.

use crate::prelude::*;

/// Everything in its place.
const RIGHT: u8 = 0;
/// The pointer is loaded, and then the count behind it is raised.
const FOUND_THEN_COUNTED: u8 = 1;
/// A reference is given up without Release.
const DROPPED_RELAXED: u8 = 2;
/// The last reference is given up without Acquire.
const LAST_UNFENCED: u8 = 3;

/// Two blocks, each with a count of those who refer to it: the register itself, and readers.
struct Counted<M: Memory, const HOW: u8> {
    memory: M,
    lock: M::Lock,
    current: M::Word,
    counts: [M::Word; 2],
    free: [M::Word; 2],
    blocks: [Cells<M::Word, 2>; 2],
}

impl<M: Memory, const HOW: u8> Counted<M, HOW> {
    fn acquire(&self) -> usize {
        let block = self.current.load(Acquire) as usize;
        self.counts[block].fetch_add(1, Relaxed);
        block
    }

    fn give_up(&self, block: usize) {
        // Release: pairs with the fence below, of whoever is the last. The block was used before it is given back.
        let order = if HOW == DROPPED_RELAXED {
            Relaxed
        } else {
            Release
        };
        if self.counts[block].fetch_sub(1, order) == 1 {
            if HOW != LAST_UNFENCED {
                self.memory.fence(Acquire);
            }
            self.blocks[block].retire();
            self.free[block].store(1, Release);
        }
    }
}

impl<M: Memory, const HOW: u8> Handles<M, 2> for Counted<M, HOW> {
    /// The current block.
    type Writer = usize;
    type Reader = ();

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        Self {
            memory: memory.clone(),
            lock: memory.lock(format_args!("lock")),
            current: memory.word(format_args!("current"), 0),
            counts: memory.words(format_args!("count"), [1, 0]),
            free: memory.words(format_args!("free"), [0, 1]),
            blocks: [0, 1].map(|block| memory.cells(format_args!("block[{block}]"), init)),
        }
    }

    fn writer(&self, _: usize) -> usize {
        0
    }

    fn reader(&self, _: usize) {}

    fn write(&self, current: &mut usize, value: [u64; 2]) {
        let old = *current;
        *current = 1 - old;
        let is_free = || self.free[*current].load(Acquire) == 1;
        self.memory.retry(|| is_free().then_some(()));
        self.free[*current].store(0, Relaxed);
        self.blocks[*current].allocate(&value);
        self.counts[*current].store(1, Relaxed);
        self.lock
            .hold(|| self.current.store(*current as u64, Release));
        self.give_up(old);
    }

    fn read(&self, (): &mut ()) -> [u64; 2] {
        let block = match HOW {
            FOUND_THEN_COUNTED => self.acquire(),
            _ => self.lock.hold(|| self.acquire()),
        };
        let value = self.blocks[block].read();
        self.give_up(block);
        value
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "found-then-counted",
        title: "A block whose count is raised after the pointer to it was loaded",
        source: "the mistake that Detlefs, Martin, Moir and Steele, Lock-free reference counting, 2001, is about",
        url: None,
        about: "Between the load of the pointer and the increment the writer replaces the block and gives up the last \
                reference. The reader counts itself into a block that is gone. Pointer and count have to be read in one \
                step: by a double compare-and-swap, by a count beside the pointer, or under a lock, as in the twin.",
        subject: subject!(FoundThenCounted<M> = Counted<M, FOUND_THEN_COUNTED>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(UseAfterFree), "w.r", ALL),
        twin: Some("counted"),
        file: include_str!("reference_count.rs"),
    },
    Exhibit {
        name: "dropped-relaxed",
        title: "A reference that is given up without Release",
        source: "reported of reference counts again and again, for one in openssl/openssl issue 25660, 2024, which asks for the orderings of its counters",
        url: Some("https://github.com/openssl/openssl/issues/25660"),
        about: "If giving up a reference releases nothing, the block may be given back before this owner has read it. \
                The decrement is a release, and whoever takes the count to 0 acquires.",
        subject: subject!(DroppedRelaxed<M> = Counted<M, DROPPED_RELAXED>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("counted"),
        file: include_str!("reference_count.rs"),
    },
    Exhibit {
        name: "last-unfenced",
        title: "A last reference that is given up without an acquire fence",
        source: "proposed in openssl/openssl pull request 6900, 2018, which was closed",
        url: Some("https://github.com/openssl/openssl/pull/6900"),
        about: "The others have released what they did with the block; if the last one does not acquire that, it gives \
                the block back while their loads are under way. The fence is needed by the last owner only, and that is \
                where it stands.",
        subject: subject!(LastUnfenced<M> = Counted<M, LAST_UNFENCED>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("counted"),
        file: include_str!("reference_count.rs"),
    },
    Exhibit {
        name: "counted",
        title: "A block that is found and counted under a lock",
        source: "a pattern, as in std::atomic<std::shared_ptr> of several standard libraries",
        url: None,
        about: "The lock is held for two accesses, and not while the value is read. References are given up with Release, \
                the last one with an acquire fence besides.",
        subject: subject!(CountedUnderLock<M> = Counted<M, RIGHT>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("reference_count.rs"),
    },
];

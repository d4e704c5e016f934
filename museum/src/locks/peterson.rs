//! Peterson's lock for two, with four ideas of how much order it needs.

use crate::prelude::*;

/// SeqCst for everything.
const SEQ_CST: u8 = 0;
/// Acquire and Release for everything.
const ACQUIRE_RELEASE: u8 = 1;
/// The same, and a SeqCst fence behind both stores.
const ONE_FENCE: u8 = 2;
/// The turn is swapped, and loaded with Relaxed.
const SWAP: u8 = 3;
/// The turn is swapped, and loaded with Acquire.
const SWAP_AND_ACQUIRE: u8 = 4;

/// The writer is 0, the reader is 1.
struct Peterson<M: Memory, const HOW: u8> {
    memory: M,
    wants: [M::Word; 2],
    turn: M::Word,
    value: Cells<M::Word, 1>,
}

impl<M: Memory, const HOW: u8> Peterson<M, HOW> {
    const LOAD: Ordering = if HOW == SEQ_CST { SeqCst } else { Acquire };
    const STORE: Ordering = if HOW == SEQ_CST { SeqCst } else { Release };

    fn enter(&self, me: usize) {
        let other = 1 - me;
        let mut look_at_turn = Self::LOAD;
        match HOW {
            SWAP | SWAP_AND_ACQUIRE => {
                self.wants[me].store(1, Relaxed);
                // Whoever swaps second acquires that the other one wants to enter.
                self.turn.swap(other as u64, AcqRel);
                if HOW == SWAP {
                    look_at_turn = Relaxed;
                }
            }
            _ => {
                self.wants[me].store(1, Self::STORE);
                self.turn.store(other as u64, Self::STORE);
                if HOW == ONE_FENCE {
                    self.memory.fence(SeqCst);
                }
            }
        }
        self.memory.retry(|| {
            let may_enter = self.wants[other].load(Self::LOAD) == 0
                || self.turn.load(look_at_turn) == me as u64;
            may_enter.then_some(())
        });
    }

    fn leave(&self, me: usize) {
        self.wants[me].store(0, Self::STORE);
    }
}

impl<M: Memory, const HOW: u8> Shared<M, 1> for Peterson<M, HOW> {
    fn build(memory: &M, init: [u64; 1]) -> Self {
        Self {
            memory: memory.clone(),
            wants: memory.words(format_args!("wants"), [0; 2]),
            turn: memory.word(format_args!("turn"), 0),
            value: memory.cells(format_args!("value"), init),
        }
    }

    fn write(&self, value: [u64; 1]) {
        self.enter(0);
        self.value.write(&value);
        self.leave(0);
    }

    fn read(&self) -> [u64; 1] {
        self.enter(1);
        let value = self.value.read();
        self.leave(1);
        value
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "peterson-acquire-release",
        title: "Peterson's lock with Acquire and Release",
        source: "after Peterson, Myths about the mutual exclusion problem, 1981, with weaker orderings",
        url: None,
        about: "Each process stores its wish and the turn, and then loads the wish of the other one. With a store buffer \
                in between both find nobody there, and both go in. Textbooks show it as the lock that fails on x86.",
        subject: subject!(PetersonAcquireRelease<M> = Peterson<M, ACQUIRE_RELEASE>, 1 words, 1 writer, 1 reader, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("peterson-seq-cst"),
        file: include_str!("peterson.rs"),
    },
    Exhibit {
        name: "peterson-one-fence",
        title: "Peterson's lock with one SeqCst fence, behind both stores",
        source: "the usual remedy for x86, where it is one; by C++20 it is not, as for the litmus test R",
        url: None,
        about: "The fence keeps the loads behind the stores, but nothing keeps the two stores in order for the other \
                process: it may store its turn later and see that before it sees the wish. On x86 and on ARM stores \
                with Release are seen in order, on Power they are not, and C++20 allows both to enter. SeqCst accesses, \
                or a swap of the turn, mend it.",
        subject: subject!(PetersonOneFence<M> = Peterson<M, ONE_FENCE>, 1 words, 1 writer, 1 reader, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("peterson-seq-cst"),
        file: include_str!("peterson.rs"),
    },
    Exhibit {
        name: "peterson-swap",
        title: "Peterson's lock whose turn is swapped and then looked at with Relaxed",
        source: "Williams, Implementing Peterson's algorithm with C++0x atomics, 2008",
        url: Some(
            "https://www.justsoftwaresolutions.co.uk/threading/petersons_lock_with_C++0x_atomics.html",
        ),
        about: "Right in C++11, and by the letter not any more in C++20: who is let in by the turn, looked at with \
                Relaxed, has acquired the wish of the other process, but that was stored after its last release. In \
                C++11 a later store of the same thread went on with the release; since C++20 it does not. The turn has \
                to be looked at with Acquire.",
        subject: subject!(PetersonSwap<M> = Peterson<M, SWAP>, 1 words, 1 writer, 1 reader, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "ww.r", WEAK),
        twin: Some("peterson-swap-acquire"),
        file: include_str!("peterson.rs"),
    },
    Exhibit {
        name: "peterson-swap-acquire",
        title: "Peterson's lock whose turn is swapped and then looked at with Acquire",
        source: "after Williams, Implementing Peterson's algorithm with C++0x atomics, 2008",
        url: Some(
            "https://www.justsoftwaresolutions.co.uk/threading/petersons_lock_with_C++0x_atomics.html",
        ),
        about: "The swap lets whoever comes second see the wish of the first, so no SeqCst is needed; and with Acquire \
                whoever is let in by the turn sees what the other one did before it gave way.",
        subject: subject!(PetersonSwapAcquire<M> = Peterson<M, SWAP_AND_ACQUIRE>, 1 words, 1 writer, 1 reader, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("peterson.rs"),
    },
    Exhibit {
        name: "peterson-seq-cst",
        title: "Peterson's lock with SeqCst",
        source: "Peterson, Myths about the mutual exclusion problem, 1981",
        url: None,
        about: "Three words and two processes, and everything in one order.",
        subject: subject!(PetersonSeqCst<M> = Peterson<M, SEQ_CST>, 1 words, 1 writer, 1 reader, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("peterson.rs"),
    },
];

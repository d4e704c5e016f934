//! A lock whose waiters sleep, and are woken by whoever leaves it.

use crate::prelude::*;

/// The writer is 0, the reader is 1. `FENCED`: is there a full fence between what each stores and what it looks at?
/// `EXCHANGED`: is a note taken and crossed off at once?
struct Sleeping<M: Memory, const FENCED: bool, const EXCHANGED: bool> {
    memory: M,
    locked: M::Word,
    sleeps: [M::Word; 2],
    woken: [M::Word; 2],
    value: Cells<M::Word, 1>,
}

impl<M: Memory, const FENCED: bool, const EXCHANGED: bool> Sleeping<M, FENCED, EXCHANGED> {
    /// Takes a note, if there is one, and crosses it off.
    fn take(note: &M::Word) -> bool {
        if EXCHANGED {
            // Acquire: pairs with the store of the note.
            return note.compare_exchange(1, 0, Acquire, Relaxed).is_ok();
        }
        let is_there = note.load(Relaxed) == 1;
        if is_there {
            note.store(0, Relaxed);
        }
        is_there
    }

    fn full_fence(&self) {
        if FENCED {
            self.memory.fence(SeqCst);
        }
    }

    fn enter(&self, me: usize) {
        while self
            .locked
            .compare_exchange(0, 1, Acquire, Relaxed)
            .is_err()
        {
            // Release: pairs with take() in leave().
            self.sleeps[me].store(1, Release);
            self.full_fence();
            // It may have been left meanwhile. If not, whoever leaves it sees that somebody sleeps.
            if self.locked.load(Relaxed) == 1 {
                self.memory
                    .retry(|| Self::take(&self.woken[me]).then_some(()));
            }
            self.memory.relax();
        }
    }

    fn leave(&self, me: usize) {
        let other = 1 - me;
        self.locked.store(0, Release);
        self.full_fence();
        if Self::take(&self.sleeps[other]) {
            // Release: pairs with take() in enter().
            self.woken[other].store(1, Release);
        }
    }
}

impl<M: Memory, const FENCED: bool, const EXCHANGED: bool> Shared<M, 1>
    for Sleeping<M, FENCED, EXCHANGED>
{
    fn build(memory: &M, init: [u64; 1]) -> Self {
        Self {
            memory: memory.clone(),
            locked: memory.word(format_args!("locked"), 0),
            sleeps: memory.words(format_args!("sleeps"), [0; 2]),
            woken: memory.words(format_args!("woken"), [0; 2]),
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
        name: "lost-wakeup",
        title: "A lock whose waiter sleeps for ever, for want of a full fence",
        source: "syswonder/hvisor pull request 266, uxlfoundation/oneTBB pull request 2136 and apache/brpc pull request 3539, all 2026",
        url: Some("https://github.com/uxlfoundation/oneTBB/pull/2136"),
        about: "Whoever leaves the lock stores that it is free and looks whether somebody sleeps; the waiter stores that it \
                sleeps and looks whether the lock is free. Each store may be late, on x86 as well, and both miss each \
                other: nobody wakes the waiter. Both sides need a full fence, one is not enough.",
        subject: subject!(LostWakeup<M> = Sleeping<M, false, true>, 1 words, 1 writer, 1 reader, claims Atomic),
        truth: Truth::wrong(Waits, "w.r", X86),
        twin: Some("woken"),
        file: include_str!("lost_wakeup.rs"),
    },
    Exhibit {
        name: "woken-in-two-steps",
        title: "The same lock with a full fence at both ends, and notes that are read first and crossed off then",
        source: "written as the right twin of lost-wakeup, and found wrong when it was explored, 2026",
        url: None,
        about: "A note is crossed off by a store behind the load that has seen it, and in the order of the stores that may \
                come late: the waiter, woken, sleeps once more, and its new note is crossed off by the store that was \
                meant for the old one. Whoever leaves the lock next sees nobody who sleeps. A note has to be read and \
                crossed off by one exchange.",
        subject: subject!(NotesInTwoSteps<M> = Sleeping<M, true, false>, 1 words, 1 writer, 1 reader, claims Atomic),
        truth: Truth::wrong(Waits, "w.rr", WEAK),
        twin: Some("woken"),
        file: include_str!("lost_wakeup.rs"),
    },
    Exhibit {
        name: "woken",
        title: "The same lock with a full fence at both ends, and notes that are taken at once",
        source: "syswonder/hvisor pull request 266 and apache/brpc pull request 3539, 2026",
        url: Some("https://github.com/syswonder/hvisor/pull/266"),
        about: "One of the two fences comes first. Behind the other one, what was stored in front of it is seen. A note \
                is read and crossed off at once, so none is crossed off that was not read.",
        subject: subject!(Woken<M> = Sleeping<M, true, true>, 1 words, 1 writer, 1 reader, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("lost_wakeup.rs"),
    },
];

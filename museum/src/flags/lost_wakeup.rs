//! A lock whose waiters sleep, and are woken by whoever leaves it.

use crate::prelude::*;

/// The writer is 0, the reader is 1. `FENCED`: is there a full fence between what each stores and what it looks at?
struct Sleeping<M: Memory, const FENCED: bool> {
    memory: M,
    locked: M::Word,
    sleeps: [M::Word; 2],
    woken: [M::Word; 2],
    value: Cells<M::Word, 1>,
}

impl<M: Memory, const FENCED: bool> Sleeping<M, FENCED> {
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
            self.sleeps[me].store(1, Relaxed);
            self.full_fence();
            // It may have been left meanwhile. If not, whoever leaves it sees that somebody sleeps.
            if self.locked.load(Relaxed) == 1 {
                self.memory
                    .retry(|| (self.woken[me].load(Relaxed) == 1).then_some(()));
                self.woken[me].store(0, Relaxed);
            }
            self.memory.relax();
        }
    }

    fn leave(&self, me: usize) {
        let other = 1 - me;
        self.locked.store(0, Release);
        self.full_fence();
        if self.sleeps[other].load(Relaxed) == 1 {
            self.sleeps[other].store(0, Relaxed);
            self.woken[other].store(1, Relaxed);
        }
    }
}

impl<M: Memory, const FENCED: bool> Shared<M, 1> for Sleeping<M, FENCED> {
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
        subject: subject!(LostWakeup<M> = Sleeping<M, false>, 1 words, 1 writer, 1 reader, claims Atomic),
        truth: Truth::wrong(Waits, "w.r", X86),
        twin: Some("woken"),
        file: include_str!("lost_wakeup.rs"),
    },
    Exhibit {
        name: "woken",
        title: "The same lock with a full fence at both ends",
        source: "syswonder/hvisor pull request 266 and apache/brpc pull request 3539, 2026",
        url: Some("https://github.com/syswonder/hvisor/pull/266"),
        about: "One of the two fences comes first. Behind the other one, what was stored in front of it is seen.",
        subject: subject!(Woken<M> = Sleeping<M, true>, 1 words, 1 writer, 1 reader, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("lost_wakeup.rs"),
    },
];

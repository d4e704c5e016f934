//! A spin lock without one of its two orderings.

use crate::prelude::*;

/// `ACQUIRES` when it is taken, `RELEASES` when it is given up. It is taken `BY_SWAP`, or by an exchange.
struct SpinLock<M: Memory, const ACQUIRES: bool, const RELEASES: bool, const BY_SWAP: bool> {
    memory: M,
    locked: Narrow<M::Word, bool>,
    value: Cells<M::Word, 2>,
}

impl<M: Memory, const ACQUIRES: bool, const RELEASES: bool, const BY_SWAP: bool>
    SpinLock<M, ACQUIRES, RELEASES, BY_SWAP>
{
    fn hold<T>(&self, critical: impl FnOnce() -> T) -> T {
        // Acquire: pairs with the store below, of whoever had the lock before.
        let take = if ACQUIRES { Acquire } else { Relaxed };
        let is_taken = || match BY_SWAP {
            true => !self.locked.swap(true, take),
            false => self
                .locked
                .compare_exchange(false, true, take, Relaxed)
                .is_ok(),
        };
        self.memory.retry(|| is_taken().then_some(()));
        let result = critical();
        let give_up = if RELEASES { Release } else { Relaxed };
        self.locked.store(false, give_up);
        result
    }
}

impl<M: Memory, const ACQUIRES: bool, const RELEASES: bool, const BY_SWAP: bool> Shared<M, 2>
    for SpinLock<M, ACQUIRES, RELEASES, BY_SWAP>
{
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            memory: memory.clone(),
            locked: memory.narrow(format_args!("locked"), false),
            value: memory.cells(format_args!("value"), init),
        }
    }

    fn write(&self, value: [u64; 2]) {
        self.hold(|| self.value.write(&value));
    }

    fn read(&self) -> [u64; 2] {
        self.hold(|| self.value.read())
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "spin-taken-relaxed",
        title: "A spin lock that is taken without Acquire",
        source: "the exercise of every text on memory orderings, as Bos, Rust atomics and locks, 2023, chapter 4",
        url: Some("https://marabos.nl/atomics/building-spinlock.html"),
        about: "The swap excludes the others, and what they did under the lock is not seen: loads of the critical section \
                may come in front of the swap. An acquiring swap mends it.",
        subject: subject!(TakenRelaxed<M> = SpinLock<M, false, true, false>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("spin"),
        file: include_str!("spin.rs"),
    },
    Exhibit {
        name: "spin-given-up-relaxed",
        title: "A spin lock that is given up without Release",
        source: "the exercise of every text on memory orderings, as Bos, Rust atomics and locks, 2023, chapter 4",
        url: Some("https://marabos.nl/atomics/building-spinlock.html"),
        about: "Stores of the critical section may be seen after the store that ends it, by whoever takes the lock next. \
                A releasing store mends it.",
        subject: subject!(GivenUpRelaxed<M> = SpinLock<M, true, false, false>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("spin"),
        file: include_str!("spin.rs"),
    },
    Exhibit {
        name: "spin",
        title: "A spin lock with Acquire and Release",
        source: "Bos, Rust atomics and locks, 2023, chapter 4",
        url: Some("https://marabos.nl/atomics/building-spinlock.html"),
        about: "The words are named after locks: what is acquired is the lock, and what is released.",
        subject: subject!(Spin<M> = SpinLock<M, true, true, false>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("spin.rs"),
    },
];

/// Right, and its states have no end: see `tests/verdicts.rs`.
pub(crate) const GAP: Exhibit = Exhibit {
    name: "spin-by-swap",
    title: "A spin lock that is taken by a swap",
    source: "Bos, Rust atomics and locks, 2023, chapter 4",
    url: Some("https://marabos.nl/atomics/building-spinlock.html"),
    about: "A swap of one for one changes nothing, and still is a store: on weak memory whoever waits adds a message with \
            each try, as long as the holder does not move.",
    subject: subject!(SpinBySwap<M> = SpinLock<M, true, true, true>, 2 words, many writers, many readers, claims Atomic),
    truth: Truth::Right,
    twin: None,
    file: include_str!("spin.rs"),
};

//! Lamport's bakery: everyone takes a number, and the lowest one is served.

use crate::prelude::*;

/// Everything in its place.
const RIGHT: u8 = 0;
/// Nobody says that he is choosing.
const NO_CHOOSING: u8 = 1;
/// Acquire and Release in place of SeqCst.
const ACQUIRE_RELEASE: u8 = 2;

/// A number, and whether it is being chosen, for each process: writers first, then readers.
struct Bakery<M: Memory, const HOW: u8> {
    memory: M,
    writers: usize,
    choosing: Vec<M::Word>,
    numbers: Vec<M::Word>,
    value: Cells<M::Word, 1>,
}

impl<M: Memory, const HOW: u8> Bakery<M, HOW> {
    const LOAD: Ordering = if HOW == ACQUIRE_RELEASE {
        Acquire
    } else {
        SeqCst
    };
    const STORE: Ordering = if HOW == ACQUIRE_RELEASE {
        Release
    } else {
        SeqCst
    };

    fn enter(&self, me: usize) {
        if HOW != NO_CHOOSING {
            self.choosing[me].store(1, Self::STORE);
        }
        let highest = self
            .numbers
            .iter()
            .map(|number| number.load(Self::LOAD))
            .max();
        let mine = highest.unwrap_or(0) + 1;
        self.numbers[me].store(mine, Self::STORE);
        self.choosing[me].store(0, Self::STORE);
        for other in (0..self.numbers.len()).filter(|&other| other != me) {
            let has_chosen = || self.choosing[other].load(Self::LOAD) == 0;
            self.memory.retry(|| has_chosen().then_some(()));
            let is_later = || {
                let theirs = self.numbers[other].load(Self::LOAD);
                theirs == 0 || (theirs, other) > (mine, me)
            };
            self.memory.retry(|| is_later().then_some(()));
        }
    }

    fn leave(&self, me: usize) {
        self.numbers[me].store(0, Self::STORE);
    }
}

impl<M: Memory, const HOW: u8> Handles<M, 1> for Bakery<M, HOW> {
    /// Which process it is.
    type Writer = usize;
    /// Which process it is.
    type Reader = usize;

    fn build(memory: &M, init: [u64; 1], sizes: Sizes) -> Self {
        let all = 0..sizes.writers + sizes.readers;
        let word = |name: &str, nth: usize| memory.word(format_args!("{name}[{nth}]"), 0);
        Self {
            memory: memory.clone(),
            writers: sizes.writers,
            choosing: all.clone().map(|nth| word("choosing", nth)).collect(),
            numbers: all.map(|nth| word("number", nth)).collect(),
            value: memory.cells(format_args!("value"), init),
        }
    }

    fn writer(&self, nth: usize) -> usize {
        nth
    }

    fn reader(&self, nth: usize) -> usize {
        self.writers + nth
    }

    fn write(&self, me: &mut usize, value: [u64; 1]) {
        self.enter(*me);
        self.value.write(&value);
        self.leave(*me);
    }

    fn read(&self, me: &mut usize) -> [u64; 1] {
        self.enter(*me);
        let value = self.value.read();
        self.leave(*me);
        value
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "bakery-without-choosing",
        title: "A bakery in which nobody says that he is choosing",
        source: "what the first paragraph of Lamport, A new solution of Dijkstra's concurrent programming problem, 1974, is careful about",
        url: None,
        about: "Two processes may choose the same number; the one with the lower name goes first. But if it is late to \
                store its number, the other one sees none, goes in, and meets it there. While somebody chooses, the \
                others have to wait.",
        subject: subject!(WithoutChoosing<M> = Bakery<M, NO_CHOOSING>, 1 words, many writers, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("bakery"),
        file: include_str!("bakery.rs"),
    },
    Exhibit {
        name: "bakery-acquire-release",
        title: "A bakery with Acquire and Release",
        source: "after Lamport, A new solution of Dijkstra's concurrent programming problem, 1974, with weaker orderings",
        url: None,
        about: "Everyone stores a number and then loads those of the others. With a store buffer in between two processes \
                see none but their own, and both go in. It needs SeqCst.",
        subject: subject!(BakeryAcquireRelease<M> = Bakery<M, ACQUIRE_RELEASE>, 1 words, many writers, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("bakery"),
        file: include_str!("bakery.rs"),
    },
    Exhibit {
        name: "bakery",
        title: "Lamport's bakery",
        source: "Lamport, A new solution of Dijkstra's concurrent programming problem, 1974",
        url: None,
        about: "Mutual exclusion by reads and writes alone. Lamport's proof needs less of the words than we have here: \
                they may even be safe.",
        subject: subject!(LamportsBakery<M> = Bakery<M, RIGHT>, 1 words, many writers, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("bakery.rs"),
    },
];

//! Hyman's mutual exclusion for two, which was published, and excludes nobody.

use crate::prelude::*;

/// `HYMAN` waits for the other process before it takes the turn; Dekker's gives way until it has the turn.
struct Exclusion<M: Memory, const HYMAN: bool> {
    memory: M,
    wants: [M::Word; 2],
    turn: M::Word,
    words: [M::Word; 2],
}

impl<M: Memory, const HYMAN: bool> Exclusion<M, HYMAN> {
    fn enter(&self, me: usize) {
        let other = 1 - me;
        let has_turn = || self.turn.load(SeqCst) == me as u64;
        let other_wants = || self.wants[other].load(SeqCst) == 1;
        self.wants[me].store(1, SeqCst);
        if HYMAN {
            while !has_turn() {
                self.memory.retry(|| (!other_wants()).then_some(()));
                self.turn.store(me as u64, SeqCst);
            }
        } else {
            while other_wants() {
                if !has_turn() {
                    self.wants[me].store(0, SeqCst);
                    self.memory.retry(|| has_turn().then_some(()));
                    self.wants[me].store(1, SeqCst);
                }
                self.memory.relax();
            }
        }
    }

    fn leave(&self, me: usize) {
        if !HYMAN {
            self.turn.store(1 - me as u64, SeqCst);
        }
        self.wants[me].store(0, SeqCst);
    }
}

impl<M: Memory, const HYMAN: bool> Shared<M, 2> for Exclusion<M, HYMAN> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            memory: memory.clone(),
            wants: memory.words(format_args!("wants"), [0; 2]),
            turn: memory.word(format_args!("turn"), 0),
            words: memory.words(format_args!("word"), init),
        }
    }

    fn write(&self, value: [u64; 2]) {
        self.enter(0);
        M::Word::store_all(&self.words, &value);
        self.leave(0);
    }

    fn read(&self) -> [u64; 2] {
        self.enter(1);
        let value = M::Word::load_all(&self.words);
        self.leave(1);
        value
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "hyman",
        title: "Hyman's mutual exclusion",
        source: "Hyman, Comments on a problem in concurrent programming control, 1966; refuted by Knuth in the same year",
        url: None,
        about: "A process waits until the other one does not want to enter, and then takes the turn. In between the other \
                one may come, find that the turn is still its own, and enter. Published as a simplification of Dijkstra's \
                solution, it is the best known lock that is none.",
        subject: subject!(Hyman<M> = Exclusion<M, true>, 2 words, 1 writer, 1 reader, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r", ALL),
        twin: Some("dekker"),
        file: include_str!("hyman.rs"),
    },
    Exhibit {
        name: "dekker",
        title: "Dekker's mutual exclusion",
        source: "Dekker's algorithm, in Dijkstra, Cooperating sequential processes, 1965",
        url: None,
        about: "Whoever finds that both want to enter and has not the turn takes its wish back until it has it. The turn \
                is handed over when the lock is left.",
        subject: subject!(Dekker<M> = Exclusion<M, false>, 2 words, 1 writer, 1 reader, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("hyman.rs"),
    },
];

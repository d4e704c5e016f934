//! A mailbox that is given back before it is empty.

use crate::prelude::*;

/// Nothing is in it, or what the reader has taken already.
const EMPTY: u64 = 0;
/// A value is in it.
const FULL: u64 = 1;
/// Somebody is at it.
const BUSY: u64 = 2;

/// `COPIES_FIRST`: does the reader empty the box before it says so?
struct Mailbox<M: Memory, const COPIES_FIRST: bool> {
    memory: M,
    state: M::Word,
    words: [M::Word; 2],
}

impl<M: Memory, const COPIES_FIRST: bool> Handles<M, 2> for Mailbox<M, COPIES_FIRST> {
    type Writer = ();
    /// What it has taken last; nothing at first.
    type Reader = Option<[u64; 2]>;

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        Self {
            memory: memory.clone(),
            state: memory.word(format_args!("state"), FULL),
            words: memory.words(format_args!("word"), init),
        }
    }

    fn writer(&self, _: usize) {}

    fn reader(&self, _: usize) -> Option<[u64; 2]> {
        None
    }

    fn write(&self, (): &mut (), value: [u64; 2]) {
        // What nobody has taken yet is replaced.
        self.memory.retry(|| {
            let state = self.state.load(Relaxed);
            let mine = state != BUSY
                && self
                    .state
                    .compare_exchange(state, BUSY, Acquire, Relaxed)
                    .is_ok();
            mine.then_some(())
        });
        M::Word::store_all(&self.words, &value);
        self.state.store(FULL, Release);
    }

    fn read(&self, taken: &mut Option<[u64; 2]>) -> [u64; 2] {
        let is_full = self.memory.retry(|| match self.state.load(Relaxed) {
            EMPTY => Some(false),
            FULL => self
                .state
                .compare_exchange(FULL, BUSY, Acquire, Relaxed)
                .ok()
                .map(|_| true),
            _ => None,
        });
        if is_full {
            if !COPIES_FIRST {
                self.state.store(EMPTY, Release);
            }
            *taken = Some(M::Word::load_all(&self.words));
            if COPIES_FIRST {
                // Release: pairs with the exchange in write(). The words were read before they change.
                self.state.store(EMPTY, Release);
            }
        }
        taken.expect("the box is full at first")
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "given-back-too-early",
        title: "A mailbox that its reader gives back before it has copied what is in it",
        source: "a pattern: a slot is marked free, and then read",
        url: None,
        about: "The reader marks the box as empty and then copies the value, to keep the writer waiting for less time. \
                The next write takes place in the middle of the copy. First the copy, then the mark, with Release.",
        subject: subject!(GivesBackFirst<M> = Mailbox<M, false>, 2 words, 1 writer, 1 reader, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r", ALL),
        twin: Some("given-back-in-time"),
        file: include_str!("given_back.rs"),
    },
    Exhibit {
        name: "given-back-in-time",
        title: "The same mailbox, which is copied before it is given back",
        source: "a pattern",
        url: None,
        about: "While the reader copies, the writer waits.",
        subject: subject!(CopiesFirst<M> = Mailbox<M, true>, 2 words, 1 writer, 1 reader, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("given_back.rs"),
    },
];

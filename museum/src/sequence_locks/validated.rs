//! Where a read ends without a fence, and is right all the same.

use crate::prelude::*;

/// The number is changed by nothing, with Release: a read that does not modify what it writes.
const ADD_NOTHING: u8 = 0;
/// The words are loaded with Acquire.
const ACQUIRE_WORDS: u8 = 1;
/// The number is changed by nothing, relaxed.
const ADD_NOTHING_RELAXED: u8 = 2;

/// `HOW` says what keeps the second look at the number behind the words.
struct SequenceLock<M: Memory, const HOW: u8> {
    memory: M,
    sequence: M::Word,
    words: [M::Word; 2],
}

impl<M: Memory, const HOW: u8> Shared<M, 2> for SequenceLock<M, HOW> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            memory: memory.clone(),
            sequence: memory.word(format_args!("sequence"), 0),
            words: memory.words(format_args!("word"), init),
        }
    }

    fn write(&self, value: [u64; 2]) {
        let even = self.memory.retry(|| {
            let even = self.sequence.load(Relaxed);
            // Acquire: pairs with the store below, and with the addition of nothing in read().
            let odd = self
                .sequence
                .compare_exchange(even & !1, even | 1, Acquire, Relaxed);
            odd.ok()
        });
        self.memory.fence(Release);
        M::Word::store_all(&self.words, &value);
        self.sequence.store(even.wrapping_add(2), Release);
    }

    fn read(&self) -> [u64; 2] {
        self.memory.retry(|| {
            let before = self.sequence.load(Acquire);
            if !before.is_multiple_of(2) {
                return None;
            }
            let order = if HOW == ACQUIRE_WORDS {
                Acquire
            } else {
                Relaxed
            };
            let value = [self.words[0].load(order), self.words[1].load(order)];
            let after = match HOW {
                // Release: pairs with the exchange in write(). A writer that comes next comes behind these loads.
                ADD_NOTHING => self.sequence.fetch_add(0, Release),
                ADD_NOTHING_RELAXED => self.sequence.fetch_add(0, Relaxed),
                _ => self.sequence.load(Relaxed),
            };
            (after == before).then_some(value)
        })
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "read-dont-modify-write",
        title: "A sequence lock whose reader adds 0 to the number",
        source: "Boehm, Can seqlocks get along with programming language memory models?, 2012",
        url: Some(
            "https://web.archive.org/web/20240225081806/https://www.hpl.hp.com/techreports/2012/HPL-2012-68.pdf",
        ),
        about: "A load cannot be a release, but a read-modify-write can: the reader adds 0 with Release in place of fence \
                and load. A writer that begins afterwards acquires that, so its words come behind the words that were \
                read. It is right, and costs readers the cache line.",
        subject: subject!(AddsNothing<M> = SequenceLock<M, ADD_NOTHING>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("validated.rs"),
    },
    Exhibit {
        name: "acquire-words",
        title: "A sequence lock whose reader loads every word with Acquire",
        source: "Boehm, Can seqlocks get along with programming language memory models?, 2012",
        url: Some(
            "https://web.archive.org/web/20240225081806/https://www.hpl.hp.com/techreports/2012/HPL-2012-68.pdf",
        ),
        about: "With Acquire on each word the reader needs no fence: whichever word it meets of a later write, it also \
                meets the release fence in front of that word. It is right, and stronger than it needs to be.",
        subject: subject!(AcquiresWords<M> = SequenceLock<M, ACQUIRE_WORDS>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("validated.rs"),
    },
];

/// Wrong in C++20, and beyond what is explored: see `tests/verdicts.rs`.
pub(crate) const GAP: Exhibit = Exhibit {
    name: "add-nothing-relaxed",
    title: "A sequence lock whose reader adds 0 to the number, relaxed",
    source: "one of the remedies weighed in crossbeam-rs/crossbeam issue 859, 2022",
    url: Some("https://github.com/crossbeam-rs/crossbeam/issues/859"),
    about: "A read-modify-write always finds the latest number; so must it not show every write that has begun? It shows \
            those, but a relaxed one does not keep the loads in front of it: a word may be loaded behind it, of a write \
            that begins later. That is load buffering. With Release it is right.",
    subject: subject!(AddsNothingRelaxed<M> = SequenceLock<M, ADD_NOTHING_RELAXED>, 2 words, many writers, many readers, claims Atomic),
    truth: Truth::wrong(Breaks(Regular), "w.r", WEAK),
    twin: Some("read-dont-modify-write"),
    file: include_str!("validated.rs"),
};

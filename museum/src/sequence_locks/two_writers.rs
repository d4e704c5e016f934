//! A sequence lock with two writers at once.

use crate::prelude::*;

/// `EXCLUSIVE`: does a writer wait until the number is even?
struct SequenceLock<M: Memory, const EXCLUSIVE: bool> {
    memory: M,
    sequence: M::Word,
    words: [M::Word; 2],
}

impl<M: Memory, const EXCLUSIVE: bool> SequenceLock<M, EXCLUSIVE> {
    fn begin(&self) {
        if EXCLUSIVE {
            self.memory.retry(|| {
                let even = self.sequence.load(Relaxed) & !1;
                let begun = self
                    .sequence
                    .compare_exchange(even, even + 1, Acquire, Relaxed);
                begun.ok()
            });
        } else {
            self.sequence.fetch_add(1, Acquire);
        }
    }
}

impl<M: Memory, const EXCLUSIVE: bool> Shared<M, 2> for SequenceLock<M, EXCLUSIVE> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            memory: memory.clone(),
            sequence: memory.word(format_args!("sequence"), 0),
            words: memory.words(format_args!("word"), init),
        }
    }

    fn write(&self, value: [u64; 2]) {
        self.begin();
        self.memory.fence(Release);
        M::Word::store_all(&self.words, &value);
        self.sequence.fetch_add(1, Release);
    }

    fn read(&self) -> [u64; 2] {
        self.memory.retry(|| {
            let before = self.sequence.load(Acquire);
            if !before.is_multiple_of(2) {
                return None;
            }
            let value = M::Word::load_all(&self.words);
            self.memory.fence(Acquire);
            (self.sequence.load(Relaxed) == before).then_some(value)
        })
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "hami-two-writers",
        title: "A sequence lock whose writers do not exclude each other",
        source: "Project-HAMi/HAMi-core issue 269 and pull request 282, 2026",
        url: Some("https://github.com/Project-HAMi/HAMi-core/issues/269"),
        about: "Each writer adds 1 before it writes and 1 behind. While two of them write the number is even, so readers \
                believe that nobody does, and take a torn record. The exchange that makes the number odd has to be what \
                lets a writer in.",
        subject: subject!(UnguardedWriters<M> = SequenceLock<M, false>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Breaks(Safe), "w.w.r", ALL),
        twin: Some("hami-one-at-a-time"),
        file: include_str!("two_writers.rs"),
    },
    Exhibit {
        name: "hami-one-at-a-time",
        title: "The same sequence lock, whose writers wait for an even number",
        source: "Project-HAMi/HAMi-core pull request 282, 2026",
        url: Some("https://github.com/Project-HAMi/HAMi-core/pull/282"),
        about: "Only the writer that makes an even number odd writes; the others wait. The number is a lock as well.",
        subject: subject!(GuardedWriters<M> = SequenceLock<M, true>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("two_writers.rs"),
    },
];

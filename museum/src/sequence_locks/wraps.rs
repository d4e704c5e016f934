//! A stamp that comes back to where it was.

use crate::prelude::*;

/// The bits of `MASK` are those of the stamp.
struct SequenceLock<M: Memory, const MASK: u64> {
    memory: M,
    stamp: M::Word,
    words: [M::Word; 2],
}

impl<M: Memory, const MASK: u64> Handles<M, 2> for SequenceLock<M, MASK> {
    /// The stamp: only this writer changes it.
    type Writer = u64;
    type Reader = ();

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        Self {
            memory: memory.clone(),
            stamp: memory.word(format_args!("stamp"), 0),
            words: memory.words(format_args!("word"), init),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, _: usize) {}

    fn write(&self, stamp: &mut u64, value: [u64; 2]) {
        self.stamp.store(*stamp + 1, Relaxed);
        self.memory.fence(Release);
        M::Word::store_all(&self.words, &value);
        *stamp = stamp.wrapping_add(2) & MASK;
        self.stamp.store(*stamp, Release);
    }

    fn read(&self, (): &mut ()) -> [u64; 2] {
        self.memory.retry(|| {
            let before = self.stamp.load(Acquire);
            if !before.is_multiple_of(2) {
                return None;
            }
            let value = M::Word::load_all(&self.words);
            self.memory.fence(Acquire);
            (self.stamp.load(Relaxed) == before).then_some(value)
        })
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "stamp-wraps",
        title: "A sequence lock whose stamp has three bits",
        source: "crossbeam-rs/crossbeam issue 345 and Amanieu/seqlock issue 3, 2019, where it has 32",
        url: Some("https://github.com/crossbeam-rs/crossbeam/issues/345"),
        about: "A reader that sleeps while the stamp goes all the way round finds the stamp that it has left, and takes \
                words of two writes for one value. With 32 bits that takes some ten seconds of writing; here it takes \
                four writes. Crossbeam made the stamp wider where a word has fewer than 64 bits.",
        subject: subject!(NarrowStamp<M> = SequenceLock<M, 7>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "wwww.r", ALL),
        twin: Some("stamp-of-64-bits"),
        file: include_str!("wraps.rs"),
    },
    Exhibit {
        name: "stamp-of-64-bits",
        title: "The same sequence lock with a stamp of 64 bits",
        source: "crossbeam-rs/crossbeam pull request 359, 2019",
        url: Some("https://github.com/crossbeam-rs/crossbeam/pull/359"),
        about: "At a write a nanosecond it comes round in 292 years.",
        subject: subject!(WideStamp<M> = SequenceLock<M, { u64::MAX }>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("wraps.rs"),
    },
];

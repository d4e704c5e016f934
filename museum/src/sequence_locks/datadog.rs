//! A flag that says that somebody writes, and a generation that says how often.

use crate::prelude::*;

/// `FENCED`: is each end ordered against the words?
struct OneWayMemory<M: Memory, const FENCED: bool> {
    memory: M,
    writing: Narrow<M::Word, bool>,
    generation: M::Word,
    words: [M::Word; 2],
}

impl<M: Memory, const FENCED: bool> Handles<M, 2> for OneWayMemory<M, FENCED> {
    /// The generation: only this writer changes it.
    type Writer = u64;
    type Reader = ();

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        Self {
            memory: memory.clone(),
            writing: memory.narrow(format_args!("writing"), false),
            generation: memory.word(format_args!("generation"), 0),
            words: memory.words(format_args!("word"), init),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, _: usize) {}

    fn write(&self, generation: &mut u64, value: [u64; 2]) {
        self.writing.store(true, SeqCst);
        if FENCED {
            // Release: pairs with the Acquire fence in read(). Who meets a word of this write sees the flag.
            self.memory.fence(Release);
        }
        M::Word::store_all(&self.words, &value);
        *generation += 1;
        self.generation.store(*generation, SeqCst);
        self.writing.store(false, SeqCst);
    }

    fn read(&self, (): &mut ()) -> [u64; 2] {
        self.memory.retry(|| {
            let before = self.generation.load(Acquire);
            let value = M::Word::load_all(&self.words);
            if FENCED {
                // Acquire: pairs with the Release fence in write().
                self.memory.fence(Acquire);
            }
            let is_writing = self.writing.load(SeqCst);
            let after = self.generation.load(Acquire);
            (!is_writing && before == after).then_some(value)
        })
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "datadog-831",
        title: "A writing flag and a generation, SeqCst at the writer, without fences around the words",
        source: "DataDog/libdatadog pull request 831, 2025",
        url: Some("https://github.com/DataDog/libdatadog/pull/831"),
        about: "The writer raises a flag, writes, counts, and takes the flag down; the reader looks at the flag behind \
                the words. SeqCst orders the flag and the generation among themselves but not the words, and on ARM \
                parts of the next value were observed under the old generation. A sequence lock with a fence took its \
                place.",
        subject: subject!(FlagAndGeneration<M> = OneWayMemory<M, false>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r", WEAK),
        twin: Some("datadog-831-fenced"),
        file: include_str!("datadog.rs"),
    },
    Exhibit {
        name: "datadog-831-fenced",
        title: "The same flag and generation, with a fence at each end",
        source: "DataDog/libdatadog pull request 831, 2025",
        url: Some("https://github.com/DataDog/libdatadog/pull/831"),
        about: "With a release fence behind the flag and an acquire fence behind the words, who has met a word of a \
                write sees its flag, or the generation that it has left.",
        subject: subject!(FencedFlagAndGeneration<M> = OneWayMemory<M, true>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("datadog.rs"),
    },
];

//! The fences of dora's tensor pool: there, but on the wrong side of the number.

use crate::prelude::*;

/// `true` where the fence stands on the right side: in front of the even number, and in front of the second look at it.
struct TensorPool<M: Memory, const PUBLISHED_BEHIND: bool, const CHECKED_BEHIND: bool> {
    memory: M,
    generation: M::Word,
    words: [M::Word; 2],
}

impl<M: Memory, const PUBLISHED_BEHIND: bool, const CHECKED_BEHIND: bool> Handles<M, 2>
    for TensorPool<M, PUBLISHED_BEHIND, CHECKED_BEHIND>
{
    /// The generation: only this writer changes it.
    type Writer = u64;
    type Reader = ();

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        Self {
            memory: memory.clone(),
            generation: memory.word(format_args!("generation"), 0),
            words: memory.words(format_args!("word"), init),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, _: usize) {}

    fn write(&self, generation: &mut u64, value: [u64; 2]) {
        self.generation.store(*generation + 1, Relaxed);
        self.memory.fence(Release);
        M::Word::store_all(&self.words, &value);
        *generation += 2;
        if PUBLISHED_BEHIND {
            // Release: pairs with the first fence in read(). Who sees the even number sees the words.
            self.memory.fence(Release);
        }
        self.generation.store(*generation, Relaxed);
        if !PUBLISHED_BEHIND {
            self.memory.fence(Release);
        }
    }

    fn read(&self, (): &mut ()) -> [u64; 2] {
        self.memory.retry(|| {
            let before = self.generation.load(Relaxed);
            self.memory.fence(Acquire);
            let value = M::Word::load_all(&self.words);
            if CHECKED_BEHIND {
                // Acquire: pairs with the first fence in write(). Who has met a word of a write sees its odd number.
                self.memory.fence(Acquire);
            }
            let after = self.generation.load(Relaxed);
            if !CHECKED_BEHIND {
                self.memory.fence(Acquire);
            }
            (before == after && before.is_multiple_of(2)).then_some(value)
        })
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "dora-publish",
        title: "A sequence lock whose release fence stands behind the even number",
        source: "dora-rs/dora issue 3288, defect A, 2026",
        url: Some("https://github.com/dora-rs/dora/issues/3288"),
        about: "A release fence orders what stands in front of it before the stores behind it; behind the store of the \
                even number it orders nothing. So a reader on ARM could see the new generation and old words, while x86 \
                stores in order and hides it. The fence was moved in front of the store.",
        subject: subject!(FenceBehindPublication<M> = TensorPool<M, false, true>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r", WEAK),
        twin: Some("dora-mended"),
        file: include_str!("dora.rs"),
    },
    Exhibit {
        name: "dora-check",
        title: "A sequence lock whose second acquire fence stands behind the check",
        source: "dora-rs/dora issue 3288, defect B, 2026",
        url: Some("https://github.com/dora-rs/dora/issues/3288"),
        about: "The reader loaded the generation once more and only then fenced. An acquire fence orders the loads in \
                front of it before what follows; so the generation could be loaded before the words, and a torn frame \
                passed the check. A fence between the words and the second look mends it.",
        subject: subject!(FenceBehindCheck<M> = TensorPool<M, true, false>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r", WEAK),
        twin: Some("dora-mended"),
        file: include_str!("dora.rs"),
    },
    Exhibit {
        name: "dora-mended",
        title: "The same sequence lock with each fence on its side",
        source: "dora-rs/dora pull request 3289, 2026",
        url: Some("https://github.com/dora-rs/dora/pull/3289"),
        about: "Four fences, two at each end, and no ordering on any access: the release fences stand in front of what \
                they publish, the acquire fences behind what they have seen.",
        subject: subject!(FencesInPlace<M> = TensorPool<M, true, true>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("dora.rs"),
    },
];

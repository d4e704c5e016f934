//! A sequence lock whose number is an atomic of the standard library, and whose words are not.

use std::sync::atomic::AtomicU64;

use crate::prelude::*;

struct SequenceLock<M: Memory> {
    memory: M,
    sequence: AtomicU64,
    words: [M::Word; 2],
}

impl<M: Memory> Shared<M, 2> for SequenceLock<M> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            memory: memory.clone(),
            sequence: AtomicU64::new(0),
            words: memory.words(format_args!("word"), init),
        }
    }

    fn write(&self, value: [u64; 2]) {
        let odd = self.sequence.load(Relaxed) + 1;
        self.sequence.store(odd, Relaxed);
        self.memory.fence(Release);
        M::Word::store_all(&self.words, &value);
        self.sequence.store(odd + 1, Release);
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

pub(crate) const EXHIBITS: &[Exhibit] = &[Exhibit {
    name: "half-ported",
    title: "A sequence lock whose number is an atomic of the standard library",
    source: "what is left after half of a register was ported to a model checker",
    url: None,
    about: "The words can be seen, the number cannot. Every exploration of it shows torn reads, none of which can happen. \
            That an execution comes out otherwise when all processes perform it together gives it away; the number has \
            to be a word of the memory.",
    subject: subject!(HalfPorted<M> = SequenceLock<M>, 2 words, 1 writer, many readers, claims Atomic),
    truth: Truth::Unknowable { why: "memory" },
    twin: None,
    file: include_str!("half_ported.rs"),
}];

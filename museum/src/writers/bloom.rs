//! Bloom's register for two writers, made of two registers for one.

use crate::prelude::*;

/// Each end holds a value and, in its lowest bit, a tag. `THIRD_READ`: is the end that the tags point at read once more?
struct Bloom<M: Memory, const THIRD_READ: bool> {
    ends: [M::Word; 2],
    /// If there are more than two writers: whoever shares an end with others writes to it alone.
    writers: Option<[M::Lock; 2]>,
}

impl<M: Memory, const THIRD_READ: bool> Bloom<M, THIRD_READ> {
    fn write_alone(&self, end: usize, value: u64) {
        let other = self.ends[1 - end].load(SeqCst);
        // The tags of the two ends, added, are the number of this end.
        let tag = (other & 1) ^ end as u64;
        self.ends[end].store(value << 1 | tag, SeqCst);
    }
}

impl<M: Memory, const THIRD_READ: bool> Handles<M, 1> for Bloom<M, THIRD_READ> {
    /// At which end it writes.
    type Writer = usize;
    type Reader = ();

    fn build(memory: &M, [init]: [u64; 1], sizes: Sizes) -> Self {
        Self {
            ends: memory.words(format_args!("end"), [init << 1; 2]),
            writers: (sizes.writers > 2)
                .then(|| [0, 1].map(|end| memory.lock(format_args!("writer[{end}]")))),
        }
    }

    fn writer(&self, nth: usize) -> usize {
        nth % 2
    }

    fn reader(&self, _: usize) {}

    fn write(&self, &mut end: &mut usize, [value]: [u64; 1]) {
        match &self.writers {
            Some(writers) => writers[end].hold(|| self.write_alone(end, value)),
            None => self.write_alone(end, value),
        }
    }

    fn read(&self, (): &mut ()) -> [u64; 1] {
        let ends = [self.ends[0].load(SeqCst), self.ends[1].load(SeqCst)];
        let end = ((ends[0] ^ ends[1]) & 1) as usize;
        let found = if THIRD_READ {
            self.ends[end].load(SeqCst)
        } else {
            ends[end]
        };
        [found >> 1]
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "bloom-two-reads",
        title: "Bloom's register for two writers, without the reader's third read",
        source: "after Bloom, Constructing two-writer atomic registers, 1988, with a read left out",
        url: None,
        about: "The reader has read both ends to learn from their tags which of them is the current one; so why read that \
                one again? Because the first end was read before the second: it may have been written twice in between, \
                and its old value was never current together with that tag. The third read is what makes it atomic.",
        subject: subject!(TwoReads<M> = Bloom<M, false>, 1 words, many writers, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "ww.ww.r", ALL),
        twin: Some("bloom"),
        file: include_str!("bloom.rs"),
    },
    Exhibit {
        name: "bloom",
        title: "Bloom's register for two writers",
        source: "Bloom, Constructing two-writer atomic registers, 1988",
        url: None,
        about: "Two registers for one writer each, a tag in each of them, three reads. It does not extend to a third \
                writer by building a tree of such registers; here a third one shares an end with the first.",
        subject: subject!(ThreeReads<M> = Bloom<M, true>, 1 words, many writers, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("bloom.rs"),
    },
];

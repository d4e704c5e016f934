//! A strong ordering on the odd number, in place of the fence behind it.

use crate::prelude::*;

/// A fence behind the odd number.
const FENCE: u8 = 0;
/// A Release store of the odd number.
const RELEASE_STORE: u8 = 1;
/// An exchange with Release, and an Acquire load where the read ends, in place of the fence there.
const RELEASE_EXCHANGE: u8 = 2;
/// An addition with AcqRel.
const ACQ_REL_ADDITION: u8 = 3;
/// SeqCst for every access to the number.
const SEQ_CST: u8 = 4;

/// `HOW` says what keeps the words behind the odd number.
struct SequenceLock<M: Memory, const HOW: u8> {
    memory: M,
    sequence: M::Word,
    words: [M::Word; 2],
}

impl<M: Memory, const HOW: u8> SequenceLock<M, HOW> {
    /// Makes the number odd. The words change behind this.
    fn begin(&self, odd: u64) {
        match HOW {
            FENCE => {
                self.sequence.store(odd, Relaxed);
                // Release: pairs with the Acquire fence in is_still().
                self.memory.fence(Release);
            }
            // All that these order is what comes before them.
            RELEASE_STORE => self.sequence.store(odd, Release),
            RELEASE_EXCHANGE => {
                let begun = self
                    .sequence
                    .compare_exchange(odd - 1, odd, Release, Relaxed);
                begun.expect("nobody else writes");
            }
            ACQ_REL_ADDITION => {
                self.sequence.fetch_add(1, AcqRel);
            }
            _ => {
                self.sequence.swap(odd, SeqCst);
            }
        }
    }

    /// Whether the number is the same as before the words were read.
    fn is_still(&self, before: u64) -> bool {
        match HOW {
            RELEASE_EXCHANGE => self.sequence.load(Acquire) == before,
            SEQ_CST => self.sequence.load(SeqCst) == before,
            _ => {
                self.memory.fence(Acquire);
                self.sequence.load(Relaxed) == before
            }
        }
    }
}

impl<M: Memory, const HOW: u8> Handles<M, 2> for SequenceLock<M, HOW> {
    /// The number: only this writer changes it.
    type Writer = u64;
    type Reader = ();

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        Self {
            memory: memory.clone(),
            sequence: memory.word(format_args!("sequence"), 0),
            words: memory.words(format_args!("word"), init),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, _: usize) {}

    fn write(&self, even: &mut u64, value: [u64; 2]) {
        self.begin(*even + 1);
        M::Word::store_all(&self.words, &value);
        *even += 2;
        let order = if HOW == SEQ_CST { SeqCst } else { Release };
        self.sequence.store(*even, order);
    }

    fn read(&self, (): &mut ()) -> [u64; 2] {
        self.memory.retry(|| {
            let order = if HOW == SEQ_CST { SeqCst } else { Acquire };
            let before = self.sequence.load(order);
            if !before.is_multiple_of(2) {
                return None;
            }
            let value = M::Word::load_all(&self.words);
            self.is_still(before).then_some(value)
        })
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "horus-odd-release",
        title: "A sequence lock that stores its odd number with Release and has no fence behind it",
        source: "softmata/horus pull request 156, 2026",
        url: Some("https://github.com/softmata/horus/pull/156"),
        about: "A Release store keeps what comes before it in front, and nothing that comes behind it. So the words of a \
                write could be seen before its odd number, and a reader took a torn message for whole. A release fence \
                behind the odd number mends it.",
        subject: subject!(OddByRelease<M> = SequenceLock<M, RELEASE_STORE>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r", WEAK),
        twin: Some("odd-fence"),
        file: include_str!("no_fence.rs"),
    },
    Exhibit {
        name: "release-exchange",
        title: "A sequence lock with a Release exchange and an Acquire load in place of its fences",
        source: "asked in kaist-cp/cs431 issue 344, 2021",
        url: Some("https://github.com/kaist-cp/cs431/issues/344"),
        about: "May an exchange with Release and a second load with Acquire stand in for the two fences? They may not: \
                neither keeps the words on its own side, as the answer there shows execution by execution. The lock of \
                the course has the fences.",
        subject: subject!(OddByExchange<M> = SequenceLock<M, RELEASE_EXCHANGE>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r", WEAK),
        twin: Some("odd-fence"),
        file: include_str!("no_fence.rs"),
    },
    Exhibit {
        name: "ibx-acq-rel",
        title: "A sequence lock whose odd number is added with AcqRel, to keep the words behind it",
        source: "deepentropy/ibx pull request 389, 2026",
        url: Some("https://github.com/deepentropy/ibx/pull/389"),
        about: "The odd number was stored with Release; the remedy that was proposed adds it with AcqRel, so that the \
                acquire half holds the words back. It holds them behind the load of the addition, not behind its store: \
                in C++20 a reader may still see a word first and the number later, and an ARM processor may do so. A \
                release fence is what orders two stores.",
        subject: subject!(OddByAddition<M> = SequenceLock<M, ACQ_REL_ADDITION>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r", WEAK),
        twin: Some("odd-fence"),
        file: include_str!("no_fence.rs"),
    },
    Exhibit {
        name: "seq-cst-number",
        title: "A sequence lock whose number is SeqCst throughout, without fences",
        source: "one of the remedies weighed in crossbeam-rs/crossbeam issue 859, 2022",
        url: Some("https://github.com/crossbeam-rs/crossbeam/issues/859"),
        about: "If every access to the number is SeqCst, surely the last look at it finds the latest write? It finds the \
                latest one in the order of SeqCst accesses, in which the relaxed words have no place: the look may come \
                in front of a write of which a word was already read. Fences, or acquiring loads of the words, put the \
                words into the order.",
        subject: subject!(SeqCstNumber<M> = SequenceLock<M, SEQ_CST>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r", WEAK),
        twin: Some("odd-fence"),
        file: include_str!("no_fence.rs"),
    },
    Exhibit {
        name: "odd-fence",
        title: "The same sequence lock with a release fence behind its odd number",
        source: "Boehm, Can seqlocks get along with programming language memory models?, 2012",
        url: Some(
            "https://web.archive.org/web/20240225081806/https://www.hpl.hp.com/techreports/2012/HPL-2012-68.pdf",
        ),
        about: "A fence orders two stores, which no ordering of a single access does. It pairs with the acquire fence \
                where a read ends.",
        subject: subject!(OddByFence<M> = SequenceLock<M, FENCE>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("no_fence.rs"),
    },
];

//! CPython's sequence lock, and the two fences that it lacked.

use crate::prelude::*;

/// Writers make the number odd by an exchange, one at a time. The two fences are the difference.
struct SequenceLock<M: Memory, const FENCE_IN_WRITE: bool, const FENCE_IN_READ: bool> {
    memory: M,
    sequence: Narrow<M::Word, u32>,
    words: [M::Word; 2],
}

impl<M: Memory, const FENCE_IN_WRITE: bool, const FENCE_IN_READ: bool> Shared<M, 2>
    for SequenceLock<M, FENCE_IN_WRITE, FENCE_IN_READ>
{
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            memory: memory.clone(),
            sequence: memory.narrow(format_args!("sequence"), 0),
            words: memory.words(format_args!("word"), init),
        }
    }

    fn write(&self, value: [u64; 2]) {
        let odd = self.memory.retry(|| {
            let even = self.sequence.load(Relaxed);
            let odd = even | 1;
            let taken = even != odd
                && self
                    .sequence
                    .compare_exchange(even, odd, Acquire, Relaxed)
                    .is_ok();
            taken.then_some(odd)
        });
        if FENCE_IN_WRITE {
            // Release: pairs with the Acquire fence in read(). Who reads a word of this write also sees the odd number.
            self.memory.fence(Release);
        }
        M::Word::store_all(&self.words, &value);
        // Release: pairs with the first load in read(), and with the exchange of the next writer.
        self.sequence.store(odd.wrapping_add(1), Release);
    }

    fn read(&self) -> [u64; 2] {
        self.memory.retry(|| {
            // Acquire: pairs with the store that ends write().
            let before = self.sequence.load(Acquire);
            if before & 1 == 1 {
                return None;
            }
            let value = M::Word::load_all(&self.words);
            if FENCE_IN_READ {
                // Acquire: pairs with the Release fence in write().
                self.memory.fence(Acquire);
            }
            (self.sequence.load(Relaxed) == before).then_some(value)
        })
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "cpython-end-read",
        title: "A sequence lock without an acquire fence where a read ends",
        source: "python/cpython pull request 121388, 2024",
        url: Some("https://github.com/python/cpython/pull/121388"),
        about: "The lock of the type cache compared the number once more without a fence in front of the comparison. So \
                the number could be loaded before the words, and a torn entry was taken for whole; free-threaded builds \
                crashed on Apple's ARM processors. An acquire fence behind the words mends it.",
        subject: subject!(NoFenceInRead<M> = SequenceLock<M, true, false>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r", WEAK),
        twin: Some("cpython-mended"),
        file: include_str!("cpython.rs"),
    },
    Exhibit {
        name: "cpython-lock-write",
        title: "A sequence lock without a release fence where a write begins",
        source: "python/cpython pull request 121388, 2024",
        url: Some("https://github.com/python/cpython/pull/121388"),
        about: "Whoever begins a write makes the number odd and then changes the words, without a fence between the two. \
                So a word could be seen to change before the number did, and both comparisons of a read found the old \
                number. A model checker found it while the fence of the reader was under review; a release fence behind \
                the odd number mends it.",
        subject: subject!(NoFenceInWrite<M> = SequenceLock<M, false, true>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r", WEAK),
        twin: Some("cpython-mended"),
        file: include_str!("cpython.rs"),
    },
    Exhibit {
        name: "cpython-mended",
        title: "The same sequence lock with both fences",
        source: "python/cpython pull request 121388, 2024",
        url: Some("https://github.com/python/cpython/pull/121388"),
        about: "The release fence of the writer and the acquire fence of the reader pair with each other: a reader that \
                has met a word of a write meets its odd number as well. Neither does anything without the other.",
        subject: subject!(BothFences<M> = SequenceLock<M, true, true>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("cpython.rs"),
    },
];

//! A write that tries an exchange once, and does not look whether it succeeded.

use crate::prelude::*;

/// `WEAK`: may the exchange fail though nothing has changed?
struct OneTry<M: Memory, const WEAK: bool> {
    word: M::Word,
}

impl<M: Memory, const WEAK: bool> Shared<M, 1> for OneTry<M, WEAK> {
    fn build(memory: &M, [init]: [u64; 1]) -> Self {
        Self {
            word: memory.word(format_args!("word"), init),
        }
    }

    fn write(&self, [value]: [u64; 1]) {
        let seen = self.word.load(Relaxed);
        let _ = if WEAK {
            self.word
                .compare_exchange_weak(seen, value, Relaxed, Relaxed)
        } else {
            self.word.compare_exchange(seen, value, Relaxed, Relaxed)
        };
    }

    fn read(&self) -> [u64; 1] {
        [self.word.load(Relaxed)]
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "one-weak-try",
        title: "A write that tries a weak exchange once",
        source: "a pattern; the documentation of compare_exchange_weak says why it is wrong",
        url: Some(
            "https://doc.rust-lang.org/std/sync/atomic/struct.AtomicU64.html#method.compare_exchange_weak",
        ),
        about: "A weak exchange may fail for no reason, on processors that reserve a line and lose the reservation. Then \
                the write is lost, and nobody has written instead. It belongs into a loop.",
        subject: subject!(OneWeakTry<M> = OneTry<M, true>, 1 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Breaks(Safe), "w.r", ALL),
        twin: Some("one-strong-try"),
        file: include_str!("one_try.rs"),
    },
    Exhibit {
        name: "one-strong-try",
        title: "A write that tries a strong exchange once",
        source: "a pattern, which looks wrong and is not",
        url: None,
        about: "If the exchange fails, another write took place since the load. Then this one counts as if it had come \
                right before that one, and been overwritten at once. Nobody can tell.",
        subject: subject!(OneStrongTry<M> = OneTry<M, false>, 1 words, many writers, many readers, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("one_try.rs"),
    },
];

//! A sequence lock whose readers lose patience.

use crate::prelude::*;

/// After 100 tries it returns what it has.
const GIVES_UP: u8 = 0;
/// After 3 tries it waits until nobody writes, and reads once more, unchecked.
const WAITS_FOR_IDLE: u8 = 1;
/// After 3 tries it takes the lock of the writers.
const TAKES_THE_LOCK: u8 = 2;

/// `THEN` says what becomes of a reader without luck.
struct SequenceLock<M: Memory, const THEN: u8> {
    memory: M,
    writers: M::Lock,
    sequence: M::Word,
    words: [M::Word; 2],
}

impl<M: Memory, const THEN: u8> SequenceLock<M, THEN> {
    fn attempt(&self) -> Option<[u64; 2]> {
        let before = self.sequence.load(Acquire);
        if !before.is_multiple_of(2) {
            return None;
        }
        let value = M::Word::load_all(&self.words);
        self.memory.fence(Acquire);
        (self.sequence.load(Relaxed) == before).then_some(value)
    }
}

impl<M: Memory, const THEN: u8> Shared<M, 2> for SequenceLock<M, THEN> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            memory: memory.clone(),
            writers: memory.lock(format_args!("writers")),
            sequence: memory.word(format_args!("sequence"), 0),
            words: memory.words(format_args!("word"), init),
        }
    }

    fn write(&self, value: [u64; 2]) {
        self.writers.hold(|| {
            let even = self.sequence.load(Relaxed);
            self.sequence.store(even + 1, Relaxed);
            self.memory.fence(Release);
            M::Word::store_all(&self.words, &value);
            self.sequence.store(even + 2, Release);
        });
    }

    fn read(&self) -> [u64; 2] {
        match THEN {
            GIVES_UP => {
                for _ in 0..100 {
                    if let Some(value) = self.attempt() {
                        return value;
                    }
                    self.memory.relax();
                }
                M::Word::load_all(&self.words)
            }
            WAITS_FOR_IDLE => self
                .memory
                .retry_at_most(3, || self.attempt())
                .unwrap_or_else(|| {
                    let is_idle = || self.sequence.load(Acquire).is_multiple_of(2);
                    self.memory.retry(|| is_idle().then_some(()));
                    M::Word::load_all(&self.words)
                }),
            _ => {
                let tried = self.memory.retry_at_most(3, || self.attempt());
                tried.unwrap_or_else(|| self.writers.hold(|| M::Word::load_all(&self.words)))
            }
        }
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "impatient-gives-up",
        title: "A sequence lock whose reader returns what it has after 100 tries",
        source: "a pattern of production code; a bound on the tries is asked for in deconstructo/curry issue 153, 2026",
        url: Some("https://github.com/deconstructo/curry/issues/153"),
        about: "For fear of a reader that never comes through, the tries are counted, and after the last one the words \
                are returned unchecked. A writer that is interrupted in the middle of a write is all that it takes. Where \
                the tries end, something has to follow that cannot fail, like the lock of the writers.",
        subject: subject!(GivesUp<M> = SequenceLock<M, GIVES_UP>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r", ALL),
        twin: Some("impatient-takes-the-lock"),
        file: include_str!("impatient.rs"),
    },
    Exhibit {
        name: "impatient-waits-for-idle",
        title: "A sequence lock whose reader waits, after 3 tries, until nobody writes, and then reads unchecked",
        source: "a pattern of production code; a bound on the tries is asked for in deconstructo/curry issue 153, 2026",
        url: Some("https://github.com/deconstructo/curry/issues/153"),
        about: "That nobody writes now does not keep the next writer from coming. After a first write has used up the \
                tries, a second one tears the read that follows the wait. The reader has to check again, or to keep \
                writers out.",
        subject: subject!(WaitsForIdle<M> = SequenceLock<M, WAITS_FOR_IDLE>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "ww.r", ALL),
        twin: Some("impatient-takes-the-lock"),
        file: include_str!("impatient.rs"),
    },
    Exhibit {
        name: "impatient-takes-the-lock",
        title: "A sequence lock whose reader takes the lock of the writers after 3 tries",
        source: "read_seqbegin_or_lock of the Linux kernel (include/linux/seqlock.h)",
        url: Some("https://docs.kernel.org/locking/seqlock.html"),
        about: "A few tries without a lock, and then with it: readers neither starve nor tear.",
        subject: subject!(TakesTheLock<M> = SequenceLock<M, TAKES_THE_LOCK>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("impatient.rs"),
    },
];

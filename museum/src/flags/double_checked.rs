//! A cache that is renewed under a lock, and read without it.

use crate::prelude::*;

/// `READ_LOCKED`: is the cache read under the lock, too?
struct Cached<M: Memory, const READ_LOCKED: bool> {
    lock: M::Lock,
    value: Cells<M::Word, 2>,
    stale: M::Word,
    cache: [M::Word; 2],
}

impl<M: Memory, const READ_LOCKED: bool> Cached<M, READ_LOCKED> {
    fn renew(&self) {
        if self.stale.load(Relaxed) == 1 {
            M::Word::store_all(&self.cache, &self.value.read());
            self.stale.store(0, Release);
        }
    }
}

impl<M: Memory, const READ_LOCKED: bool> Shared<M, 2> for Cached<M, READ_LOCKED> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            lock: memory.lock(format_args!("lock")),
            value: memory.cells(format_args!("value"), init),
            stale: memory.word(format_args!("stale"), 0),
            cache: memory.words(format_args!("cache"), init),
        }
    }

    fn write(&self, value: [u64; 2]) {
        self.lock.hold(|| {
            self.value.write(&value);
            self.stale.store(1, Release);
        });
    }

    fn read(&self) -> [u64; 2] {
        if READ_LOCKED {
            return self.lock.hold(|| {
                self.renew();
                M::Word::load_all(&self.cache)
            });
        }
        if self.stale.load(Acquire) == 1 {
            self.lock.hold(|| self.renew());
        }
        M::Word::load_all(&self.cache)
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "double-checked",
        title: "A cache that is checked without the lock, checked again and renewed under it, and read without it",
        source: "after Bacon and others, The \"double-checked locking is broken\" declaration, 2000, for a value that changes",
        url: Some("https://www.cs.umd.edu/~pugh/java/memoryModel/DoubleCheckedLocking.html"),
        about: "Double-checked locking can be right for what is built once. A cache that is renewed is another matter: \
                one reader finds it fresh and copies it, a write makes it stale, and a second reader renews it under the \
                hands of the first. No ordering helps; the copy has to be made under the lock, or checked.",
        subject: subject!(DoubleChecked<M> = Cached<M, false>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "w.r.r", ALL),
        twin: Some("checked-once"),
        file: include_str!("double_checked.rs"),
    },
    Exhibit {
        name: "checked-once",
        title: "The same cache, read under the lock",
        source: "a pattern",
        url: None,
        about: "Whoever renews the cache is alone with it, and so is whoever reads it.",
        subject: subject!(ReadUnderLock<M> = Cached<M, true>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("double_checked.rs"),
    },
];

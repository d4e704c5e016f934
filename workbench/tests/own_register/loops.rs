//! Loops: without a word to the memory, bounded, endless, with a choice inside.

/// A retry loop that forgets to say so.
pub(crate) mod hasty {
    use workbench::prelude::*;

    struct Hasty<M: Memory> {
        version: M::Word,
        words: [M::Word; 2],
    }

    impl<M: Memory> Shared<M, 2> for Hasty<M> {
        fn build(memory: &M, init: [u64; 2]) -> Self {
            Self {
                version: memory.word(format_args!("version"), 0),
                words: memory.words(format_args!("word"), init),
            }
        }
        fn read(&self) -> [u64; 2] {
            loop {
                let version = self.version.load(SeqCst);
                let value = [self.words[0].load(SeqCst), self.words[1].load(SeqCst)];
                if version.is_multiple_of(2) && self.version.load(SeqCst) == version {
                    return value;
                }
            }
        }
        fn write(&self, value: [u64; 2]) {
            let version = self.version.load(SeqCst);
            self.version.store(version + 1, SeqCst);
            self.words[0].store(value[0], SeqCst);
            self.words[1].store(value[1], SeqCst);
            self.version.store(version + 2, SeqCst);
        }
    }

    bench!(Hasty, 2 words, claims Atomic);
}

/// A sequence lock that gives up after so many tries, and then does something else.
macro_rules! impatient {
    ($module:ident, $tries:literal, $try:ident, |$self:ident, $last:ident| $fallback:expr) => {
        pub(crate) mod $module {
            use workbench::prelude::*;

            struct Impatient<M: Memory> {
                memory: M,
                lock: M::Lock,
                sequence: M::Word,
                words: [M::Word; 2],
            }

            impl<M: Memory> Impatient<M> {
                fn attempt(&self) -> Result<[u64; 2], [u64; 2]> {
                    let before = self.sequence.load(Acquire);
                    let value = M::Word::load_all(&self.words);
                    self.memory.fence(Acquire);
                    let is_whole = self.sequence.load(Relaxed) == before && before % 2 == 0;
                    if is_whole { Ok(value) } else { Err(value) }
                }
                #[allow(dead_code, reason = "one of the two is used")]
                fn by_hand(&self) -> Result<[u64; 2], [u64; 2]> {
                    let mut last = [0; 2];
                    for _ in 0..$tries {
                        match self.attempt() {
                            Ok(value) => return Ok(value),
                            Err(value) => last = value,
                        }
                        self.memory.relax();
                    }
                    Err(last)
                }
                #[allow(dead_code, reason = "one of the two is used")]
                fn by_closure(&self) -> Result<[u64; 2], [u64; 2]> {
                    let done = self.memory.retry_at_most($tries, || self.attempt().ok());
                    done.ok_or_else(|| M::Word::load_all(&self.words))
                }
            }

            impl<M: Memory> Shared<M, 2> for Impatient<M> {
                fn build(memory: &M, init: [u64; 2]) -> Self {
                    Self {
                        memory: memory.clone(),
                        lock: memory.lock(format_args!("lock")),
                        sequence: memory.word(format_args!("sequence"), 0),
                        words: memory.words(format_args!("word"), init),
                    }
                }
                fn read(&self) -> [u64; 2] {
                    let $self = self;
                    match self.$try() {
                        Ok(value) => value,
                        Err($last) => $fallback,
                    }
                }
                fn write(&self, value: [u64; 2]) {
                    self.lock.hold(|| {
                        let sequence = self.sequence.load(Relaxed);
                        self.sequence.store(sequence.wrapping_add(1), Relaxed);
                        self.memory.fence(Release);
                        M::Word::store_all(&self.words, &value);
                        self.sequence.store(sequence.wrapping_add(2), Release);
                    });
                }
            }

            bench!(Impatient, 2 words, claims Atomic);
        }
    };
}

impatient!(gives_up_after_2, 2, by_hand, |_register, last| last);
impatient!(gives_up_after_100, 100, by_hand, |_register, last| last);
impatient!(gives_up_by_closure, 100, by_closure, |_register, last| last);
impatient!(locks_after_3, 3, by_hand, |register, _last| register
    .lock
    .hold(|| M::Word::load_all(&register.words)));
impatient!(locks_after_100, 100, by_hand, |register, _last| register
    .lock
    .hold(|| M::Word::load_all(&register.words)));
impatient!(locks_by_closure, 5, by_closure, |register, _last| register
    .lock
    .hold(|| M::Word::load_all(&register.words)));

/// The reader waits for something that never comes.
pub(crate) mod endless {
    use workbench::prelude::*;

    struct Endless<M: Memory> {
        memory: M,
        word: M::Word,
    }

    impl<M: Memory> Shared<M, 1> for Endless<M> {
        fn build(memory: &M, [init]: [u64; 1]) -> Self {
            Self {
                memory: memory.clone(),
                word: memory.word(format_args!("word"), init),
            }
        }
        fn read(&self) -> [u64; 1] {
            self.memory.retry(|| match self.word.load(Acquire) {
                u64::MAX => Some([0]),
                _ => None,
            })
        }
        fn write(&self, [value]: [u64; 1]) {
            self.word.store(value, Release);
        }
    }

    bench!(Endless, 1 words, claims Safe);
}

/// The reader does nothing but wait.
pub(crate) mod asleep {
    use workbench::prelude::*;

    struct Asleep<M: Memory> {
        memory: M,
        word: M::Word,
    }

    impl<M: Memory> Shared<M, 1> for Asleep<M> {
        fn build(memory: &M, [init]: [u64; 1]) -> Self {
            Self {
                memory: memory.clone(),
                word: memory.word(format_args!("word"), init),
            }
        }
        fn read(&self) -> [u64; 1] {
            loop {
                self.memory.relax();
            }
        }
        fn write(&self, [value]: [u64; 1]) {
            self.word.store(value, Release);
        }
    }

    bench!(Asleep, 1 words, claims Safe);
}

/// The reader waits until there has been a write: a right register for a mailbox, and no register.
pub(crate) mod mailbox {
    use workbench::prelude::*;

    struct Mailbox<M: Memory> {
        memory: M,
        full: M::Word,
        word: M::Word,
    }

    impl<M: Memory> Shared<M, 1> for Mailbox<M> {
        fn build(memory: &M, [init]: [u64; 1]) -> Self {
            Self {
                memory: memory.clone(),
                full: memory.word(format_args!("full"), 0),
                word: memory.word(format_args!("word"), init),
            }
        }
        fn read(&self) -> [u64; 1] {
            while self.full.load(Acquire) == 0 {
                self.memory.relax();
            }
            self.full.store(0, Release);
            [self.word.load(Relaxed)]
        }
        fn write(&self, [value]: [u64; 1]) {
            self.word.store(value, Relaxed);
            self.full.store(1, Release);
        }
    }

    bench!(Mailbox, 1 words, 1 writer, 1 reader, claims Atomic);
}

/// Two copies, each with a number of its own; each attempt takes one of them by lot.
macro_rules! by_lot {
    ($module:ident, |$self:ident, $copy:ident| $is_whole:expr) => {
        pub(crate) mod $module {
            use workbench::prelude::*;

            struct ByLot<M: Memory> {
                memory: M,
                versions: [M::Word; 2],
                copies: [[M::Word; 2]; 2],
            }

            impl<M: Memory> Shared<M, 2> for ByLot<M> {
                fn build(memory: &M, init: [u64; 2]) -> Self {
                    let copy = |at: usize| memory.words(format_args!("copy[{at}]"), init);
                    Self {
                        memory: memory.clone(),
                        versions: memory.words(format_args!("version"), [0; 2]),
                        copies: [copy(0), copy(1)],
                    }
                }
                fn read(&self) -> [u64; 2] {
                    let $self = self;
                    self.memory.retry(|| {
                        let $copy = self.memory.choose(2) as usize;
                        let before = self.versions[$copy].load(SeqCst);
                        let [first, second] = &self.copies[$copy];
                        let value = [first.load(SeqCst), second.load(SeqCst)];
                        let is_same = self.versions[$copy].load(SeqCst) == before;
                        (is_same && before % 2 == 0 && $is_whole).then_some(value)
                    })
                }
                fn write(&self, value: [u64; 2]) {
                    for copy in [0, 1] {
                        let version = self.versions[copy].load(SeqCst);
                        self.versions[copy].store(version + 1, SeqCst);
                        self.copies[copy][0].store(value[0], SeqCst);
                        self.copies[copy][1].store(value[1], SeqCst);
                        self.versions[copy].store(version + 2, SeqCst);
                    }
                }
            }

            bench!(ByLot, 2 words, claims Atomic);
        }
    };
}

// Both copies have to be of the same write.
by_lot!(by_lot_with_both, |register, copy| {
    register.versions[1 - copy].load(SeqCst) == register.versions[copy].load(SeqCst)
});
// The one copy is new when the other is old.
by_lot!(by_lot_with_one, |_register, _copy| true);

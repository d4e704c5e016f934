//! Registers as one writes them at first, right and wrong.

/// Word by word.
pub(crate) mod word_by_word {
    use workbench::prelude::*;

    struct WordByWord<M: Memory> {
        words: [M::Word; 2],
    }

    impl<M: Memory> Shared<M, 2> for WordByWord<M> {
        fn build(memory: &M, init: [u64; 2]) -> Self {
            let words = memory.words(format_args!("word"), init);
            Self { words }
        }
        fn read(&self) -> [u64; 2] {
            [self.words[0].load(Relaxed), self.words[1].load(Relaxed)]
        }
        fn write(&self, value: [u64; 2]) {
            self.words[0].store(value[0], Relaxed);
            self.words[1].store(value[1], Relaxed);
        }
    }

    bench!(WordByWord, 2 words, claims Safe);

    pub(crate) mod boasting {
        use super::*;

        bench!(WordByWord, 2 words, claims Atomic);
    }
}

/// With a version that is odd while the words change, and that the reader checks before and after. Everything is SeqCst,
/// as one writes it at first.
pub(crate) mod versioned {
    use workbench::prelude::*;

    struct Versioned<M: Memory> {
        memory: M,
        version: M::Word,
        words: [M::Word; 2],
    }

    impl<M: Memory> Shared<M, 2> for Versioned<M> {
        fn build(memory: &M, init: [u64; 2]) -> Self {
            Self {
                memory: memory.clone(),
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
                self.memory.relax();
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

    bench!(Versioned, 2 words, claims Atomic);

    /// Two writers at once make the version even while the words change.
    pub(crate) mod by_many_writers {
        use super::*;

        bench!(Versioned, 2 words, many writers, many readers, claims Atomic);
    }
}

/// The same with the orderings that it needs, by a closure.
pub(crate) mod sequence_lock {
    use workbench::prelude::*;

    struct SequenceLock<M: Memory> {
        memory: M,
        sequence: M::Word,
        words: [M::Word; 2],
    }

    impl<M: Memory> Shared<M, 2> for SequenceLock<M> {
        fn build(memory: &M, init: [u64; 2]) -> Self {
            Self {
                memory: memory.clone(),
                sequence: memory.word(format_args!("sequence"), 0),
                words: memory.words(format_args!("word"), init),
            }
        }
        fn read(&self) -> [u64; 2] {
            self.memory.retry(|| {
                let before = self.sequence.load(Acquire);
                let value = M::Word::load_all(&self.words);
                self.memory.fence(Acquire);
                let after = self.sequence.load(Relaxed);
                (before == after && before.is_multiple_of(2)).then_some(value)
            })
        }
        fn write(&self, value: [u64; 2]) {
            let sequence = self.sequence.load(Relaxed);
            self.sequence.store(sequence + 1, Relaxed);
            self.memory.fence(Release);
            M::Word::store_all(&self.words, &value);
            self.sequence.store(sequence + 2, Release); // behind the words
        }
    }

    bench!(SequenceLock, 2 words, claims Atomic);
}

/// The same, but nothing orders the words behind the odd number.
pub(crate) mod without_a_fence {
    use workbench::prelude::*;

    struct WithoutAFence<M: Memory> {
        memory: M,
        sequence: M::Word,
        words: [M::Word; 2],
    }

    impl<M: Memory> Shared<M, 2> for WithoutAFence<M> {
        fn build(memory: &M, init: [u64; 2]) -> Self {
            Self {
                memory: memory.clone(),
                sequence: memory.word(format_args!("sequence"), 0),
                words: memory.words(format_args!("word"), init),
            }
        }
        fn read(&self) -> [u64; 2] {
            self.memory.retry(|| {
                let before = self.sequence.load(Acquire);
                let value = M::Word::load_all(&self.words);
                self.memory.fence(Acquire);
                let after = self.sequence.load(Relaxed);
                (before == after && before.is_multiple_of(2)).then_some(value)
            })
        }
        fn write(&self, value: [u64; 2]) {
            let sequence = self.sequence.load(Relaxed);
            self.sequence.store(sequence + 1, Release); // does not keep the words behind it
            M::Word::store_all(&self.words, &value);
            self.sequence.store(sequence + 2, Release);
        }
    }

    bench!(WithoutAFence, 2 words, claims Atomic);
}

/// The reader looks once, before it reads, whether a write is under way.
pub(crate) mod flag_checked_once {
    use workbench::prelude::*;

    struct FlagOnce<M: Memory> {
        memory: M,
        busy: M::Word,
        words: [M::Word; 2],
    }

    impl<M: Memory> Shared<M, 2> for FlagOnce<M> {
        fn build(memory: &M, init: [u64; 2]) -> Self {
            Self {
                memory: memory.clone(),
                busy: memory.word(format_args!("busy"), 0),
                words: memory.words(format_args!("word"), init),
            }
        }
        fn read(&self) -> [u64; 2] {
            while self.busy.load(SeqCst) == 1 {
                self.memory.relax();
            }
            let first = self.words[0].load(SeqCst); // behind the check
            [first, self.words[1].load(SeqCst)]
        }
        fn write(&self, value: [u64; 2]) {
            self.busy.store(1, SeqCst);
            self.words[0].store(value[0], SeqCst);
            self.words[1].store(value[1], SeqCst);
            self.busy.store(0, SeqCst);
        }
    }

    bench!(FlagOnce, 2 words, claims Atomic);
}

/// Reads return what the register held at first.
pub(crate) mod constant {
    use workbench::prelude::*;

    struct Constant<M: Memory> {
        word: M::Word,
    }

    impl<M: Memory> Shared<M, 1> for Constant<M> {
        fn build(memory: &M, [init]: [u64; 1]) -> Self {
            let word = memory.word(format_args!("word"), init);
            Self { word }
        }
        fn read(&self) -> [u64; 1] {
            self.word.load(SeqCst);
            [0]
        }
        fn write(&self, [value]: [u64; 1]) {
            self.word.store(value, SeqCst);
        }
    }

    bench!(Constant, 1 words, claims Safe);
}

/// The same, and touches nothing.
pub(crate) mod nothing {
    use std::marker::PhantomData;
    use workbench::prelude::*;

    struct Nothing<M: Memory>(PhantomData<M>);

    impl<M: Memory> Shared<M, 1> for Nothing<M> {
        fn build(_: &M, _: [u64; 1]) -> Self {
            Self(PhantomData)
        }
        fn read(&self) -> [u64; 1] {
            [0]
        }
        fn write(&self, _: [u64; 1]) {}
    }

    bench!(Nothing, 1 words, claims Safe);
}

/// A lock of the memory around everything.
pub(crate) mod locked {
    use workbench::prelude::*;

    struct Locked<M: Memory> {
        lock: M::Lock,
        words: [M::Word; 2],
    }

    impl<M: Memory> Shared<M, 2> for Locked<M> {
        fn build(memory: &M, init: [u64; 2]) -> Self {
            Self {
                lock: memory.lock(format_args!("lock")),
                words: memory.words(format_args!("word"), init),
            }
        }
        fn read(&self) -> [u64; 2] {
            self.lock.hold(|| M::Word::load_all(&self.words))
        }
        fn write(&self, value: [u64; 2]) {
            self.lock.hold(|| M::Word::store_all(&self.words, &value));
        }
    }

    bench!(Locked, 2 words, many writers, many readers, claims Atomic);
}

/// A lock that is made of a word, around plain cells.
pub(crate) mod spin_lock {
    use workbench::prelude::*;

    struct SpinLock<M: Memory> {
        memory: M,
        taken: M::Word,
        value: Cells<M::Word, 2>,
    }

    impl<M: Memory> SpinLock<M> {
        fn lock(&self) {
            while self
                .taken
                .compare_exchange_weak(0, 1, Acquire, Relaxed)
                .is_err()
            {
                self.memory.relax();
            }
        }
        fn unlock(&self) {
            self.taken.store(0, Release);
        }
    }

    impl<M: Memory> Shared<M, 2> for SpinLock<M> {
        fn build(memory: &M, init: [u64; 2]) -> Self {
            Self {
                memory: memory.clone(),
                taken: memory.word(format_args!("taken"), 0),
                value: memory.cells(format_args!("value"), init),
            }
        }
        fn read(&self) -> [u64; 2] {
            self.lock();
            let value = self.value.read();
            self.unlock();
            value
        }
        fn write(&self, value: [u64; 2]) {
            self.lock();
            self.value.write(&value);
            self.unlock();
        }
    }

    bench!(SpinLock, 2 words, many writers, many readers, claims Atomic);
}

/// One word, which writers replace by exchanging it.
pub(crate) mod exchanged {
    use workbench::prelude::*;

    struct Exchanged<M: Memory> {
        word: M::Word,
    }

    impl<M: Memory> Shared<M, 1> for Exchanged<M> {
        fn build(memory: &M, [init]: [u64; 1]) -> Self {
            let word = memory.word(format_args!("word"), init);
            Self { word }
        }
        fn read(&self) -> [u64; 1] {
            [self.word.load(Acquire)]
        }
        fn write(&self, [value]: [u64; 1]) {
            let replaced = self.word.fetch_update(AcqRel, Acquire, |_| Some(value));
            assert!(replaced.is_ok());
        }
    }

    bench!(Exchanged, 1 words, many writers, many readers, claims Atomic);
}

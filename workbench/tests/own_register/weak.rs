//! What only weak memory shows, what goes wrong by itself, and what wraps around.

/// An assertion that relaxed accesses break.
pub(crate) mod asserts {
    use workbench::prelude::*;

    struct Asserts<M: Memory> {
        words: [M::Word; 2],
    }

    impl<M: Memory> Shared<M, 1> for Asserts<M> {
        fn build(memory: &M, [init]: [u64; 1]) -> Self {
            let words = memory.words(format_args!("word"), [init; 2]);
            Self { words }
        }
        fn read(&self) -> [u64; 1] {
            let second = self.words[1].load(Relaxed);
            let first = self.words[0].load(Relaxed);
            assert!(first >= second, "the first is written first"); // here
            [first]
        }
        fn write(&self, [value]: [u64; 1]) {
            self.words[0].store(value, Relaxed);
            self.words[1].store(value, Relaxed);
        }
    }

    bench!(Asserts, 1 words, 1 writer, 1 reader, claims Atomic);
}

/// An index that is out of range after more writes than any exploration makes.
pub(crate) mod out_of_range {
    use workbench::prelude::*;

    struct OutOfRange<M: Memory> {
        count: M::Word,
        slots: [M::Word; 64],
    }

    impl<M: Memory> Shared<M, 1> for OutOfRange<M> {
        fn build(memory: &M, [init]: [u64; 1]) -> Self {
            Self {
                count: memory.word(format_args!("count"), 0),
                slots: memory.words(format_args!("slot"), [init; 64]),
            }
        }
        fn read(&self) -> [u64; 1] {
            let at = self.count.load(SeqCst) as usize;
            [self.slots[at].load(SeqCst)]
        }
        fn write(&self, [value]: [u64; 1]) {
            let next = self.count.load(SeqCst) + 1;
            self.slots[next as usize].store(value, SeqCst); // the last one
            self.count.store(next, SeqCst);
        }
    }

    bench!(OutOfRange, 1 words, 1 writer, many readers, claims Atomic);
}

/// It panics while it is built.
pub(crate) mod not_built {
    use workbench::prelude::*;

    struct NotBuilt<M: Memory> {
        word: M::Word,
    }

    impl<M: Memory> Shared<M, 1> for NotBuilt<M> {
        fn build(memory: &M, [init]: [u64; 1]) -> Self {
            assert_eq!(init, 1, "it starts with 1");
            let word = memory.word(format_args!("word"), init);
            Self { word }
        }
        fn read(&self) -> [u64; 1] {
            [self.word.load(SeqCst)]
        }
        fn write(&self, [value]: [u64; 1]) {
            self.word.store(value, SeqCst);
        }
    }

    bench!(NotBuilt, 1 words, claims Atomic);
}

/// Writer and reader each say that they are there, and look for the other. The reader looks by an exchange that fails, which
/// is a load with its second ordering and may be stale.
macro_rules! dekker {
    ($module:ident, |$busy:ident| $look:expr) => {
        pub(crate) mod $module {
            use workbench::prelude::*;

            struct Dekker<M: Memory> {
                memory: M,
                busy: M::Word,
                reading: M::Word,
                words: [M::Word; 2],
            }

            impl<M: Memory> Shared<M, 2> for Dekker<M> {
                fn build(memory: &M, init: [u64; 2]) -> Self {
                    Self {
                        memory: memory.clone(),
                        busy: memory.word(format_args!("busy"), 0),
                        reading: memory.word(format_args!("reading"), 0),
                        words: memory.words(format_args!("word"), init),
                    }
                }
                fn read(&self) -> [u64; 2] {
                    loop {
                        self.reading.store(1, SeqCst);
                        let $busy = &self.busy;
                        if $look == 0 {
                            let value = M::Word::load_all(&self.words);
                            self.reading.store(0, Release);
                            return value;
                        }
                        self.reading.store(0, Release);
                        self.memory.relax();
                    }
                }
                fn write(&self, value: [u64; 2]) {
                    self.busy.store(1, SeqCst);
                    while self.reading.load(SeqCst) == 1 {
                        self.memory.relax();
                    }
                    M::Word::store_all(&self.words, &value);
                    self.busy.store(0, Release);
                }
            }

            bench!(Dekker, 2 words, 1 writer, 1 reader, claims Atomic);
        }
    };
}

dekker!(looks_by_a_load, |busy| busy.load(SeqCst));
dekker!(looks_by_a_failing_exchange, |busy| {
    let found = busy.compare_exchange(9, 9, SeqCst, Acquire);
    found.unwrap_or_else(|found| found)
});

/// Plain cells behind a sequence lock: what is read may be torn, and is thrown away, but the race is one.
pub(crate) mod racy {
    use workbench::prelude::*;

    struct Racy<M: Memory> {
        memory: M,
        sequence: M::Word,
        value: Cells<M::Word, 2>,
    }

    impl<M: Memory> Shared<M, 2> for Racy<M> {
        fn build(memory: &M, init: [u64; 2]) -> Self {
            Self {
                memory: memory.clone(),
                sequence: memory.word(format_args!("sequence"), 0),
                value: memory.cells(format_args!("value"), init),
            }
        }
        fn read(&self) -> [u64; 2] {
            self.memory.retry(|| {
                let before = self.sequence.load(SeqCst);
                let value = self.value.read();
                let after = self.sequence.load(SeqCst);
                (before == after && before.is_multiple_of(2)).then_some(value)
            })
        }
        fn write(&self, value: [u64; 2]) {
            let sequence = self.sequence.load(SeqCst);
            self.sequence.store(sequence + 1, SeqCst);
            self.value.write(&value);
            self.sequence.store(sequence + 2, SeqCst);
        }
    }

    bench!(Racy, 2 words, claims Atomic);
}

/// A sequence lock that counts in 32 bits: a count that is only compared wraps around without harm.
macro_rules! counts_in_32_bits {
    ($module:ident, |$before:ident, $after:ident| $is_whole:expr) => {
        pub(crate) mod $module {
            use workbench::prelude::*;

            struct Counts<M: Memory> {
                memory: M,
                sequence: Narrow<M::Word, u32>,
                words: [M::Word; 2],
            }

            impl<M: Memory> Shared<M, 2> for Counts<M> {
                fn build(memory: &M, init: [u64; 2]) -> Self {
                    let first = memory.first_count(32) as u32;
                    Self {
                        memory: memory.clone(),
                        sequence: memory.narrow(format_args!("sequence"), first),
                        words: memory.words(format_args!("word"), init),
                    }
                }
                fn read(&self) -> [u64; 2] {
                    self.memory.retry(|| {
                        let $before = self.sequence.load(Acquire);
                        let value = M::Word::load_all(&self.words);
                        self.memory.fence(Acquire);
                        let $after = self.sequence.load(Relaxed);
                        ($is_whole && $before % 2 == 0).then_some(value)
                    })
                }
                fn write(&self, value: [u64; 2]) {
                    let sequence = self.sequence.load(Relaxed);
                    self.sequence.store(sequence.wrapping_add(1), Relaxed);
                    self.memory.fence(Release);
                    M::Word::store_all(&self.words, &value);
                    self.sequence.store(sequence.wrapping_add(2), Release);
                }
            }

            bench!(Counts, 2 words, claims Atomic);
        }
    };
}

counts_in_32_bits!(compares_counts, |before, after| before == after);
// A count that has wrapped around is less than the one before it.
counts_in_32_bits!(orders_counts, |before, after| after <= before);

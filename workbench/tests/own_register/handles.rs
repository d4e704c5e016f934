//! Registers for one reader, and registers whose processes remember something.

/// Four slots for one reader (Simpson 1990), the values in plain cells.
pub(crate) mod four_slots {
    use workbench::prelude::*;

    struct FourSlots<M: Memory> {
        latest: M::Word,
        reading: M::Word,
        slot: [M::Word; 2],
        values: [[Cells<M::Word, 2>; 2]; 2],
    }

    impl<M: Memory> Shared<M, 2> for FourSlots<M> {
        fn build(memory: &M, init: [u64; 2]) -> Self {
            let cells = |pair: u64| {
                [0, 1].map(|slot| memory.cells(format_args!("value[{pair}][{slot}]"), init))
            };
            Self {
                latest: memory.word(format_args!("latest"), 0),
                reading: memory.word(format_args!("reading"), 0),
                slot: memory.words(format_args!("slot"), [0; 2]),
                values: [cells(0), cells(1)],
            }
        }
        fn read(&self) -> [u64; 2] {
            let pair = self.latest.load(SeqCst);
            self.reading.store(pair, SeqCst);
            let slot = self.slot[pair as usize].load(SeqCst);
            self.values[pair as usize][slot as usize].read()
        }
        fn write(&self, value: [u64; 2]) {
            let pair = 1 - self.reading.load(SeqCst);
            let slot = 1 - self.slot[pair as usize].load(SeqCst);
            self.values[pair as usize][slot as usize].write(&value);
            self.slot[pair as usize].store(slot, SeqCst);
            self.latest.store(pair, SeqCst);
        }
    }

    bench!(FourSlots, 2 words, 1 writer, 1 reader, claims Atomic);

    /// Two readers overwrite each other's sign.
    pub(crate) mod by_many_readers {
        use super::*;

        bench!(FourSlots, 2 words, 1 writer, many readers, claims Atomic);
    }
}

/// The writer remembers the version, and the reader what it read last: it copies nothing if nothing has changed.
macro_rules! remembers {
    ($module:ident, $known_at_first:expr) => {
        pub(crate) mod $module {
            use workbench::prelude::*;

            struct Remembers<M: Memory> {
                memory: M,
                init: [u64; 2],
                version: M::Word,
                words: [M::Word; 2],
            }

            impl<M: Memory> Handles<M, 2> for Remembers<M> {
                type Writer = u64;
                type Reader = (u64, [u64; 2]);

                fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
                    Self {
                        memory: memory.clone(),
                        init,
                        version: memory.word(format_args!("version"), 0),
                        words: memory.words(format_args!("word"), init),
                    }
                }
                fn writer(&self, _: usize) -> u64 {
                    0
                }
                fn reader(&self, _: usize) -> (u64, [u64; 2]) {
                    ($known_at_first, self.init)
                }
                fn read(&self, (known, value): &mut (u64, [u64; 2])) -> [u64; 2] {
                    (*known, *value) = self.memory.retry(|| {
                        let before = self.version.load(Acquire);
                        if before == *known {
                            return Some((*known, *value));
                        }
                        let now = M::Word::load_all(&self.words);
                        self.memory.fence(Acquire);
                        let after = self.version.load(Relaxed);
                        (before == after && before % 2 == 0).then_some((before, now))
                    });
                    *value
                }
                fn write(&self, version: &mut u64, value: [u64; 2]) {
                    self.version.store(*version + 1, Relaxed);
                    self.memory.fence(Release);
                    M::Word::store_all(&self.words, &value);
                    *version += 2;
                    self.version.store(*version, Release);
                }
            }

            bench!(Remembers, 2 words, 1 writer, many readers, remembering, claims Atomic);
        }
    };
}

remembers!(remembers_what_it_read, 0);
// It believes to know the first write before it has read anything.
remembers!(remembers_what_it_has_not_read, 2);

/// Two copies: which is regular. The reader remembers the newest value that it has seen, which helps that reader alone.
macro_rules! newest {
    ($module:ident, $readers:tt) => {
        pub(crate) mod $module {
            use workbench::prelude::*;

            struct Newest<M: Memory> {
                words: [M::Word; 2],
            }

            impl<M: Memory> Handles<M, 1> for Newest<M> {
                type Writer = ();
                /// The newest value: they grow here.
                type Reader = u64;

                fn build(memory: &M, [init]: [u64; 1], _: Sizes) -> Self {
                    let words = memory.words(format_args!("copy"), [init; 2]);
                    Self { words }
                }
                fn writer(&self, _: usize) {}
                fn reader(&self, _: usize) -> u64 {
                    0
                }
                fn read(&self, newest: &mut u64) -> [u64; 1] {
                    // The first read of a reader looks at the first copy, all others at the second.
                    let copy = usize::from(*newest > 0);
                    *newest = self.words[copy].load(SeqCst).max(*newest);
                    [*newest]
                }
                fn write(&self, (): &mut (), [value]: [u64; 1]) {
                    self.words[0].store(value, SeqCst);
                    self.words[1].store(value, SeqCst);
                }
            }

            bench!(Newest, 1 words, 1 writer, $readers readers, remembering, claims Atomic);
        }
    };
}

newest!(newest_of_one_reader, 1);
newest!(newest_of_many_readers, many);

/// The writer remembers something, and does not say so.
pub(crate) mod secretive {
    use std::fmt;
    use workbench::prelude::*;

    struct Secretive<M: Memory> {
        words: [M::Word; 2],
        latest: M::Word,
    }

    struct Writes(u64);

    impl fmt::Debug for Writes {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Writes")
        }
    }

    impl<M: Memory> Handles<M, 1> for Secretive<M> {
        type Writer = Writes;
        type Reader = ();

        fn build(memory: &M, [init]: [u64; 1], _: Sizes) -> Self {
            Self {
                words: memory.words(format_args!("word"), [init; 2]),
                latest: memory.word(format_args!("latest"), 0),
            }
        }
        fn writer(&self, _: usize) -> Writes {
            Writes(0)
        }
        fn reader(&self, _: usize) {}
        fn read(&self, (): &mut ()) -> [u64; 1] {
            [self.words[self.latest.load(SeqCst) as usize].load(SeqCst)]
        }
        fn write(&self, Writes(writes): &mut Writes, [value]: [u64; 1]) {
            *writes += 1;
            self.words[(*writes % 2) as usize].store(value, SeqCst);
            self.latest.store(*writes % 2, SeqCst);
        }
    }

    bench!(Secretive, 1 words, 1 writer, many readers, remembering, claims Atomic);
}

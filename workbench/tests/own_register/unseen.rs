//! State that no exploration can see.

/// Everything in a mutex of the standard library: right, and beyond what can be said.
pub(crate) mod std_mutex {
    use std::marker::PhantomData;
    use std::sync::Mutex;
    use workbench::prelude::*;

    struct StdMutex<M: Memory> {
        value: Mutex<[u64; 2]>,
        memory: PhantomData<M>,
    }

    impl<M: Memory> Shared<M, 2> for StdMutex<M> {
        fn build(_: &M, init: [u64; 2]) -> Self {
            Self {
                value: Mutex::new(init),
                memory: PhantomData,
            }
        }
        fn read(&self) -> [u64; 2] {
            *self.value.lock().unwrap()
        }
        fn write(&self, value: [u64; 2]) {
            *self.value.lock().unwrap() = value;
        }
    }

    bench!(StdMutex, 2 words, many writers, many readers, claims Atomic);
}

/// The words are words, and the version is an atomic of the standard library.
pub(crate) mod std_atomics {
    use std::sync::atomic::AtomicU64;
    use workbench::prelude::*;

    struct StdAtomics<M: Memory> {
        memory: M,
        version: AtomicU64,
        words: [M::Word; 2],
    }

    impl<M: Memory> Shared<M, 2> for StdAtomics<M> {
        fn build(memory: &M, init: [u64; 2]) -> Self {
            Self {
                memory: memory.clone(),
                version: AtomicU64::new(0),
                words: memory.words(format_args!("word"), init),
            }
        }
        fn read(&self) -> [u64; 2] {
            self.memory.retry(|| {
                let version = self.version.load(SeqCst);
                let value = [self.words[0].load(SeqCst), self.words[1].load(SeqCst)];
                (version.is_multiple_of(2) && self.version.load(SeqCst) == version).then_some(value)
            })
        }
        fn write(&self, value: [u64; 2]) {
            self.version.fetch_add(1, SeqCst);
            self.words[0].store(value[0], SeqCst);
            self.words[1].store(value[1], SeqCst);
            self.version.fetch_add(1, SeqCst);
        }
    }

    bench!(StdAtomics, 2 words, claims Atomic);
}

/// A counter that all registers share.
pub(crate) mod statics {
    use std::sync::atomic::AtomicU64;
    use workbench::prelude::*;

    static WRITES: AtomicU64 = AtomicU64::new(0);

    struct Statics<M: Memory> {
        latest: M::Word,
        slots: [M::Word; 8],
    }

    impl<M: Memory> Shared<M, 1> for Statics<M> {
        fn build(memory: &M, [init]: [u64; 1]) -> Self {
            Self {
                latest: memory.word(format_args!("latest"), 0),
                slots: memory.words(format_args!("slot"), [init; 8]),
            }
        }
        fn read(&self) -> [u64; 1] {
            [self.slots[self.latest.load(SeqCst) as usize].load(SeqCst)]
        }
        fn write(&self, [value]: [u64; 1]) {
            let slot = WRITES.fetch_add(1, SeqCst) % 8;
            self.slots[slot as usize].store(value, SeqCst);
            self.latest.store(slot, SeqCst);
        }
    }

    bench!(Statics, 1 words, claims Atomic);
}

/// What a thread remembers.
pub(crate) mod of_thread {
    use std::cell::Cell;
    use workbench::prelude::*;

    thread_local! {
        static READS: Cell<u64> = const { Cell::new(0) };
    }

    struct OfThread<M: Memory> {
        words: [M::Word; 2],
    }

    impl<M: Memory> Shared<M, 1> for OfThread<M> {
        fn build(memory: &M, [init]: [u64; 1]) -> Self {
            let words = memory.words(format_args!("copy"), [init; 2]);
            Self { words }
        }
        fn read(&self) -> [u64; 1] {
            READS.set(READS.get() + 1);
            [self.words[(READS.get() % 2) as usize].load(SeqCst)]
        }
        fn write(&self, [value]: [u64; 1]) {
            self.words[0].store(value, SeqCst);
            self.words[1].store(value, SeqCst);
        }
    }

    bench!(OfThread, 1 words, claims Regular);
}

/// Words that are made while it runs.
pub(crate) mod made_late {
    use std::sync::Mutex;
    use workbench::prelude::*;

    struct MadeLate<M: Memory> {
        memory: M,
        latest: M::Word,
        slots: Mutex<Vec<M::Word>>,
    }

    impl<M: Memory> Shared<M, 1> for MadeLate<M> {
        fn build(memory: &M, [init]: [u64; 1]) -> Self {
            let first = memory.word(format_args!("slot"), init);
            Self {
                memory: memory.clone(),
                latest: memory.word(format_args!("latest"), 0),
                slots: Mutex::new(vec![first]),
            }
        }
        fn read(&self) -> [u64; 1] {
            let at = self.latest.load(SeqCst) as usize;
            [self.slots.lock().unwrap()[at].load(SeqCst)]
        }
        fn write(&self, [value]: [u64; 1]) {
            let mut slots = self.slots.lock().unwrap();
            slots.push(self.memory.word(format_args!("slot"), value));
            self.latest.store(slots.len() as u64 - 1, SeqCst);
        }
    }

    bench!(MadeLate, 1 words, claims Atomic);
}

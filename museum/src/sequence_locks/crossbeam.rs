//! A sequence lock around plain memory: the fences are there, and the language still calls it a race.

use crate::prelude::*;

/// What a sequence lock guards.
trait Payload<M: Memory>: Send + Sync + 'static {
    fn new(memory: &M, init: [u64; 2]) -> Self;
    fn load(&self) -> [u64; 2];
    fn store(&self, value: [u64; 2]);
}

/// Plain cells, as volatile accesses are.
struct Plain<M: Memory>(Cells<M::Word, 2>);

impl<M: Memory> Payload<M> for Plain<M> {
    fn new(memory: &M, init: [u64; 2]) -> Self {
        Self(memory.cells(format_args!("cell"), init))
    }
    fn load(&self) -> [u64; 2] {
        self.0.read()
    }
    fn store(&self, value: [u64; 2]) {
        self.0.write(&value);
    }
}

/// Atomic words, relaxed.
struct Atomically<M: Memory>([M::Word; 2]);

impl<M: Memory> Payload<M> for Atomically<M> {
    fn new(memory: &M, init: [u64; 2]) -> Self {
        Self(memory.words(format_args!("word"), init))
    }
    fn load(&self) -> [u64; 2] {
        M::Word::load_all(&self.0)
    }
    fn store(&self, value: [u64; 2]) {
        M::Word::store_all(&self.0, &value);
    }
}

/// An odd state is a lock; an even one is the stamp of the latest write.
struct AtomicCell<M: Memory, P> {
    memory: M,
    state: M::Word,
    payload: P,
}

impl<M: Memory, P: Payload<M>> Shared<M, 2> for AtomicCell<M, P> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            memory: memory.clone(),
            state: memory.word(format_args!("state"), 0),
            payload: P::new(memory, init),
        }
    }

    fn write(&self, value: [u64; 2]) {
        // Acquire: pairs with the store that ends write().
        let stamp = self.memory.retry(|| match self.state.load(Relaxed) {
            1 => None,
            stamp => self.state.compare_exchange(stamp, 1, Acquire, Relaxed).ok(),
        });
        self.memory.fence(Release);
        self.payload.store(value);
        self.state.store(stamp.wrapping_add(2), Release);
    }

    fn read(&self) -> [u64; 2] {
        self.memory.retry(|| {
            // Acquire: pairs with the store that ends write().
            let stamp = self.state.load(Acquire);
            if stamp == 1 {
                return None;
            }
            let value = self.payload.load();
            // Acquire: pairs with the Release fence in write(), by way of the payload, if that is atomic.
            self.memory.fence(Acquire);
            (self.state.load(Relaxed) == stamp).then_some(value)
        })
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "crossbeam-859",
        title: "A sequence lock around memory that is not atomic",
        source: "crossbeam-rs/crossbeam issue 859, 2022",
        url: Some("https://github.com/crossbeam-rs/crossbeam/issues/859"),
        about: "An optimistic read of AtomicCell copies the value by volatile accesses, which are not atomic. Fences pair \
                by way of atomic accesses alone, so nothing orders the copy and the check, and the copy itself races \
                with a write. With atomic words, relaxed ones, the same fences are enough.",
        subject: subject!(PlainPayload<M> = AtomicCell<M, Plain<M>>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("crossbeam-859-mended"),
        file: include_str!("crossbeam.rs"),
    },
    Exhibit {
        name: "crossbeam-859-mended",
        title: "The same sequence lock around atomic words",
        source: "crossbeam-rs/crossbeam issue 859, 2022; Boehm, Can seqlocks get along with programming language memory models?, 2012",
        url: Some("https://github.com/crossbeam-rs/crossbeam/issues/859"),
        about: "Relaxed words cost what plain ones cost, may be read while they are written, and let the fence of the \
                reader pair with that of the writer.",
        subject: subject!(AtomicPayload<M> = AtomicCell<M, Atomically<M>>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("crossbeam.rs"),
    },
];

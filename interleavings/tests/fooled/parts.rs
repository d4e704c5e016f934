//! What all these registers are made of: the parts of a sequence lock and some more, of which each uses what it likes.

use std::marker::PhantomData;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64};

use registers::memory::Ordering::{Acquire, Relaxed, Release};
use registers::own::{Forgetful, Reader, Shared, Writer, build};
use registers::{Arity, Class, Construction, Memory, Progress, Sizes, Value, Word};

/// The parts.
pub(crate) struct Parts<M: Memory> {
    pub(crate) memory: M,
    /// Odd while the words are written, if they are written as those of a sequence lock.
    pub(crate) sequence: M::Word,
    pub(crate) words: [M::Word; 2],
    pub(crate) lock: M::Lock,
    /// What is not in the memory.
    pub(crate) unseen: Unseen,
}

/// State that no exploration sees.
pub(crate) struct Unseen {
    pub(crate) value: Mutex<[u64; 2]>,
    pub(crate) sequence: AtomicU64,
    pub(crate) is_written: AtomicBool,
}

/// Why an attempt to read has failed, and what it has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// A write was under way when it began.
    Odd([u64; 2]),
    /// One has begun since.
    Changed([u64; 2]),
}

impl Failed {
    pub(crate) fn found(self) -> [u64; 2] {
        match self {
            Self::Odd(found) | Self::Changed(found) => found,
        }
    }
}

impl<M: Memory> Parts<M> {
    /// What the words hold, perhaps while they are written.
    pub(crate) fn peek(&self) -> [u64; 2] {
        M::Word::load_all(&self.words)
    }

    /// The value; if a write came in between, what was found.
    pub(crate) fn attempt(&self) -> Result<[u64; 2], Failed> {
        let before = self.sequence.load(Acquire);
        let found = self.peek();
        if before % 2 == 1 {
            return Err(Failed::Odd(found));
        }
        self.memory.fence(Acquire);
        if self.sequence.load(Relaxed) == before {
            Ok(found)
        } else {
            Err(Failed::Changed(found))
        }
    }

    /// Writes as a sequence lock does.
    pub(crate) fn write(&self, value: [u64; 2]) {
        let odd = self.sequence.load(Relaxed) + 1;
        self.sequence.store(odd, Relaxed);
        self.memory.fence(Release);
        M::Word::store_all(&self.words, &value);
        self.sequence.store(odd + 1, Release);
    }
}

/// How a register uses them.
pub(crate) trait Way: Send + Sync + 'static {
    fn read<M: Memory>(it: &Parts<M>) -> [u64; 2];

    fn write<M: Memory>(it: &Parts<M>, value: [u64; 2]) {
        it.write(value);
    }
}

/// The register that uses them in this way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct In<W>(PhantomData<W>);

/// What its processes share.
pub(crate) struct Used<M: Memory, W>(Parts<M>, PhantomData<W>);

impl<M: Memory, W: Way> Shared<M, 2> for Used<M, W> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        let parts = Parts {
            memory: memory.clone(),
            sequence: memory.word(format_args!("sequence"), 0),
            words: memory.words(format_args!("word"), init),
            lock: memory.lock(format_args!("lock")),
            unseen: Unseen {
                value: Mutex::new(init),
                sequence: AtomicU64::new(0),
                is_written: AtomicBool::new(false),
            },
        };
        Self(parts, PhantomData)
    }

    fn read(&self) -> [u64; 2] {
        W::read(&self.0)
    }

    fn write(&self, value: [u64; 2]) {
        W::write(&self.0, value);
    }
}

type Ends<M, W> = Forgetful<Used<M, W>>;

impl<M: Memory, W: Way> Construction<M, 2> for In<W> {
    const NAME: &'static str = "of-ones-own";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::BLOCKING;
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, Ends<M, W>, 2>; 1];
    type Reader = Reader<M, Ends<M, W>, 2>;

    fn build(memory: &M, init: Value<2>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let (mut writers, readers) = build::<M, Ends<M, W>, 2>(memory, init, sizes);
        ([writers.swap_remove(0)], readers)
    }
}

/// Defines ways.
macro_rules! ways {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident $(<$times:ident>)?
        $(write |$writes:ident, $value:ident| $write:block)?
        read |$reads:ident| $read:block
    )+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug)]
            pub(crate) struct $name $(<const $times: u64>)?;

            impl $(<const $times: u64>)? Way for $name $(<$times>)? {
                fn read<M: Memory>($reads: &Parts<M>) -> [u64; 2] $read

                $(fn write<M: Memory>($writes: &Parts<M>, $value: [u64; 2]) $write)?
            }
        )+
    };
}

pub(crate) use ways;

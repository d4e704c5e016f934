use std::sync::Arc;

use crate::memory::Ordering::{Acquire, Relaxed, Release, SeqCst};
use crate::{Arity, Class, Construction, Crew, Memory, Progress, Read, Value, Word, Write};

/// Four slots in two pairs: the writer keeps out of the pair that is read, and out of the slot last written.
///
/// PICTURE
#[derive(Clone, Copy, Debug)]
pub struct FourSlot;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    /// The pair last written.
    latest: W,
    /// The pair that the reader reads, or is about to.
    reading: W,
    /// For each pair, its slot last written.
    slot: [W; 2],
    data: [[[W; N]; 2]; 2],
}

/// Writes a [`FourSlot`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize> {
    shared: Arc<Shared<M::Word, N>>,
    /// What `slot` holds: only this writer changes it.
    slot: [usize; 2],
}

/// Reads a [`FourSlot`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    shared: Arc<Shared<M::Word, N>>,
}

impl<M: Memory, const N: usize> Construction<M, N> for FourSlot {
    const NAME: &'static str = "four-slot";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::One;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, crew: Crew) -> (Self::Writers, Vec<Self::Reader>) {
        let shared = Arc::new(Shared {
            latest: memory.word(format_args!("latest"), 0),
            reading: memory.word(format_args!("reading"), 0),
            slot: std::array::from_fn(|pair| memory.word(format_args!("slot[{pair}]"), 0)),
            data: std::array::from_fn(|pair| {
                std::array::from_fn(|slot| {
                    std::array::from_fn(|at| {
                        memory.word(format_args!("data[{pair}][{slot}][{at}]"), init[at])
                    })
                })
            }),
        });
        let reader = |_| Reader {
            shared: Arc::clone(&shared),
        };
        let readers = (0..crew.readers).map(reader).collect();
        let writer = Writer {
            shared,
            slot: [0; 2],
        };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let shared = &*self.shared;
        // SeqCst: after the store of a slot in the write before, as read() loads a slot after its store of `reading`.
        // Either this load sees that store, or that load sees this slot.
        let pair = 1 - shared.reading.load(SeqCst) as usize;
        let slot = 1 - self.slot[pair];
        for (word, value) in shared.data[pair][slot].iter().zip(value) {
            word.store(value, Relaxed);
        }
        self.slot[pair] = slot;
        // SeqCst: see above. As a release it pairs with the load of the slot in read(): who sees it sees the words.
        shared.slot[pair].store(slot as u64, SeqCst);
        // Release: pairs with the Acquire load in read(). Who sees this pair also sees its slot.
        shared.latest.store(pair as u64, Release);
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let shared = &*self.shared;
        // Acquire: pairs with the Release store in write().
        let pair = shared.latest.load(Acquire);
        // SeqCst: pairs with the load in write(). As a release, so that the writer, once it sees this and goes back to
        // the other pair, does so after the words read there.
        shared.reading.store(pair, SeqCst);
        // SeqCst: pairs with the store of the slot in write().
        let slot = shared.slot[pair as usize].load(SeqCst);
        let words = &shared.data[pair as usize][slot as usize];
        std::array::from_fn(|at| words[at].load(Relaxed))
    }
}

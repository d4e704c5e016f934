use std::sync::Arc;

use crate::memory::Cells;
use crate::memory::Ordering::{Acquire, Release, SeqCst};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write};

/// Four slots in two pairs: the writer stays out of the pair that is read, and out of the slot that it filled last.
///
/// **It stores** the value four times, in two pairs of slots, and four bits: which pair was written last, which pair is
/// read, and for each pair which of its slots was written last.
///
/// **In a picture**, two writes go by while one read stands still. They take place in the other pair:
///
/// ```
/// # use registers::{atomic::FourSlot, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:        ww3w4w5w6ww(1)  ww7w8w9w10ww(2)
/// Thread 2:  rr1r2rrrrrrrrrrrrrrrrrrrrrrrrrrrrrr11r12rr(0)
///      1  T2  latest -> 0
///      2  T2  reading := 0            <- from here on the writer stays out of pair 0
///      3  T1  reading -> 0
///      4  T1  data[1][1][0] := 1
///      5  T1  slot[1] := 1
///      6  T1  latest := 1
///      7  T1  reading -> 0
///      8  T1  data[1][0][0] := 2      <- the same pair again, and the other slot of it
///      9  T1  slot[1] := 0
///     10  T1  latest := 1
///     11  T2  slot[0] -> 0
///     12  T2  data[0][0][0] -> 0
/// ";
/// replay::<FourSlot, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** if the writer sees which pair the reader is in, it writes the other. If it does not see it yet,
/// both may be in one pair, but then the reader sees which slot of it was written last, and takes that, while the
/// writer takes the other one. So no read is torn; and the pair and the slot that a reader finds are never older than
/// those it found before. Nobody ever waits: a read takes N + 3 steps, a write as many.
///
/// **It breaks** if acquire and release are all that orders its bits: a read is torn after three writes (not after
/// two), because both may miss what the other has just stored, and then the writer comes back to the slot that is being
/// read. So the stores and loads of `reading` and of the slots are SeqCst. The release of `latest` is another matter:
/// without it the language lets a reader see the new pair and an old slot in it, though an exploration that takes the
/// order of the SeqCst accesses for that of the execution finds nothing. And there is room for one reader only: two
/// would overwrite each other's `reading`.
///
/// **It comes from** Simpson (*Four-slot fully asynchronous communication mechanism*, 1990).
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
    data: [[Cells<W, N>; 2]; 2],
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

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let shared = Arc::new(Shared {
            latest: memory.word(format_args!("latest"), 0),
            reading: memory.word(format_args!("reading"), 0),
            slot: std::array::from_fn(|pair| memory.word(format_args!("slot[{pair}]"), 0)),
            data: std::array::from_fn(|pair| {
                std::array::from_fn(|slot| memory.cells(format_args!("data[{pair}][{slot}]"), init))
            }),
        });
        let reader = |_| Reader {
            shared: Arc::clone(&shared),
        };
        let readers = sizes.each_reader(reader);
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
        shared.data[pair][slot].write(&value);
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
        shared.data[pair as usize][slot as usize].read()
    }
}

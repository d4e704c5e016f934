use std::sync::Arc;

use crate::memory::Ordering::{Acquire, Relaxed, Release, SeqCst};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write};

/// Two buffers for all, and for each reader a copy that the writer makes when a read might miss both.
///
/// **It stores** the value in two buffers, one written after the other, and once more for each reader. Two bits, a
/// *flag* and a *switch*, say whether the first buffer is being written and whether it has been; two bits for each
/// reader, `reading` and `writing`, differ from when a read begins until the writer has made a copy for it.
///
/// **In a picture**, a write goes by during a read. It has seen that the read had begun, and the reader finds its copy:
///
/// ```
/// # use registers::{atomic::Peterson, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:              ww6w7w8w9w10w11w12w13ww(1)
/// Thread 2:  rr1r2r3r4r5rrrrrrrrrrrrrrrrrrrrrrrrr14r15r16r17r18rr(1)
///      1  T2  writing[0] -> 0
///      2  T2  reading[0] := 1         <- a read has begun
///      3  T2  flag -> 0
///      4  T2  switch -> 0
///      5  T2  buffer[0][0] -> 0
///      6  T1  flag := 1
///      7  T1  buffer[0][0] := 1
///      8  T1  switch := 1
///      9  T1  flag := 0
///     10  T1  reading[0] -> 1         <- so it needs a copy
///     11  T1  copy[0][0] := 1
///     12  T1  writing[0] := 1
///     13  T1  buffer[1][0] := 1
///     14  T2  flag -> 0
///     15  T2  switch -> 1
///     16  T2  buffer[1][0] -> 1
///     17  T2  writing[0] -> 1         <- and here it is
///     18  T2  copy[0][0] -> 1
/// ";
/// replay::<Peterson, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** a read that finds no copy has met the end of one write at most and the beginning of the next,
/// because a write that saw the read begin would have made a copy before it touched the second buffer. If the flag and
/// the switch tell that the first buffer may have been written meanwhile, the second was not, and has the value before;
/// otherwise the first was not. A copy is of a write that was under way during the read, and it stays until the next
/// read begins. Nobody ever waits: a read takes 3 N + 7 steps at most, and a write looks at every reader.
///
/// **It breaks** without any one of its orderings, each taken away alone: even the first store of the flag has to
/// release, so that who sees it raised finds the second buffer whole. Where all accesses are sequentially consistent
/// none of this shows.
///
/// **It comes from** Peterson (*Concurrent reading while writing*, 1983), the first register that is atomic, of many
/// words and many readers, and wait-free for everybody. He asks for N-word buffers that are merely safe, and bits that
/// are atomic; the orderings are what that takes on a weak memory.
#[derive(Clone, Copy, Debug)]
pub struct Peterson;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    /// Whether the first buffer is being written.
    flag: W,
    /// Turned over by every write of the first buffer.
    switch: W,
    buffers: [[W; N]; 2],
    desks: Vec<Desk<W, N>>,
}

/// What the writer and one reader have between themselves.
#[derive(Debug)]
struct Desk<W, const N: usize> {
    /// Turned away from `writing` by a read that begins.
    reading: W,
    /// Turned to `reading` by a write that has made a copy.
    writing: W,
    copy: [W; N],
}

/// Writes a [`Peterson`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
    /// What `switch` holds: only this writer changes it.
    switch: u64,
    /// What the `writing` of each desk holds: only this writer changes it.
    writing: Vec<u64>,
}

/// Reads a [`Peterson`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
    desk: usize,
}

impl<M: Memory, const N: usize> Construction<M, N> for Peterson {
    const NAME: &'static str = "peterson";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let desk = |desk| Desk {
            reading: memory.word(format_args!("reading[{desk}]"), 0),
            writing: memory.word(format_args!("writing[{desk}]"), 0),
            copy: memory.words(format_args!("copy[{desk}]"), init),
        };
        let shared = Arc::new(Shared {
            flag: memory.word(format_args!("flag"), 0),
            switch: memory.word(format_args!("switch"), 0),
            buffers: std::array::from_fn(|buffer| {
                memory.words(format_args!("buffer[{buffer}]"), init)
            }),
            desks: (0..sizes.readers).map(desk).collect(),
        });
        let reader = |desk| Reader {
            memory: memory.clone(),
            shared: Arc::clone(&shared),
            desk,
        };
        let readers = sizes.each_reader(reader);
        let writer = Writer {
            memory: memory.clone(),
            shared,
            switch: 0,
            writing: vec![0; sizes.readers],
        };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let shared = &*self.shared;
        // Release: pairs with the loads of the flag in read(). Who sees it sees the second buffer of the write before.
        shared.flag.store(1, Release);
        // Release: pairs with the first Acquire fence in read(). Who reads a word of this write in the first buffer
        // also sees the flag.
        self.memory.fence(Release);
        M::Word::store_all(&shared.buffers[0], &value);
        self.switch = 1 - self.switch;
        // Release: pairs with both loads of the switch in read(). Who sees it turned sees the first buffer of this
        // write, and the second of the write before.
        shared.switch.store(self.switch, Release);
        // SeqCst: before the loads of `reading` below, as read() stores `reading` before it loads the flag. Either such
        // a load sees that a read has begun, or the read sees this. As a release: who sees it sees the switch and the
        // first buffer.
        shared.flag.store(0, SeqCst);
        for (desk, writing) in shared.desks.iter().zip(&mut self.writing) {
            // SeqCst: see above.
            let reading = desk.reading.load(SeqCst);
            if reading != *writing {
                M::Word::store_all(&desk.copy, &value);
                *writing = reading;
                // Release: pairs with the Acquire load that ends read(). Who sees it sees the copy.
                desk.writing.store(reading, Release);
            }
        }
        // Release: pairs with the second Acquire fence in read(). Who reads a word of this write in the second buffer
        // also sees that a copy was made, if one was.
        self.memory.fence(Release);
        M::Word::store_all(&shared.buffers[1], &value);
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let Shared {
            flag,
            switch,
            buffers,
            desks,
        } = &*self.shared;
        let desk = &desks[self.desk];
        let reading = 1 - desk.writing.load(Relaxed);
        // SeqCst: pairs with the load of `reading` in write().
        desk.reading.store(reading, SeqCst);
        // SeqCst: pairs with the store of the lowered flag in write(). Acquire: pairs with the Release store of the
        // switch. Who sees it turned sees the first buffer.
        let before = (flag.load(SeqCst), switch.load(Acquire));
        let first = M::Word::load_all(&buffers[0]);
        // Acquire: pairs with the first Release fence in write().
        self.memory.fence(Acquire);
        // Acquire, both: pair with the Release stores in write(). Who sees that a write has begun, or turned the
        // switch, sees the second buffer of the write before.
        let after = (flag.load(Acquire), switch.load(Acquire));
        let second = M::Word::load_all(&buffers[1]);
        // Acquire: pairs with the second Release fence in write().
        self.memory.fence(Acquire);
        // Acquire: pairs with the Release store in write().
        if desk.writing.load(Acquire) == reading {
            return M::Word::load_all(&desk.copy);
        }
        if before == after && before.0 == 0 {
            first
        } else {
            second
        }
    }
}

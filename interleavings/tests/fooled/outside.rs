//! Registers that keep some of their state outside of their memory, where nobody sees it; that go wrong by themselves; or
//! that look as if they could not be followed, and can.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst as Hidden};
use std::sync::{Arc, PoisonError};
use std::{fmt, mem};

use registers::memory::Ordering::{AcqRel, Acquire, Relaxed, Release};
use registers::{
    Arity, Class, Construction, Lock, Memory, Progress, Read, Sizes, Value, Word, Write,
};

use super::parts::{Parts, Way, ways};

static READS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static READS_HERE: Cell<u64> = const { Cell::new(0) };
}

ways! {
    /// The value is in a mutex of the standard library.
    InAMutex
    write |it, value| {
        *it.unseen.value.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }
    read |it| {
        *it.unseen.value.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the sequence lock is an atomic of the standard library.
    WithANumberElsewhere
    write |it, value| {
        let sequence = &it.unseen.sequence;
        sequence.fetch_add(1, Hidden);
        M::Word::store_all(&it.words, &value);
        sequence.fetch_add(1, Hidden);
    }
    read |it| {
        let sequence = &it.unseen.sequence;
        it.memory.retry(|| {
            let before = sequence.load(Hidden);
            let found = it.peek();
            (before.is_multiple_of(2) && sequence.load(Hidden) == before).then_some(found)
        })
    }

    /// A reader waits for a flag of the standard library, which the writer raises.
    WithAFlagElsewhere
    write |it, value| {
        it.write(value);
        it.unseen.is_written.store(true, Hidden);
    }
    read |it| {
        while !it.unseen.is_written.load(Hidden) {
            it.memory.relax();
        }
        it.peek()
    }

    /// Every other read of all, which a static counts, is careless.
    WithAStatic
    read |it| {
        if READS.fetch_add(1, Hidden) % 2 == 1 {
            return it.peek();
        }
        it.memory.retry(|| it.attempt().ok())
    }

    /// Every other read by a thread is careless.
    WithAThreadLocal
    read |it| {
        READS_HERE.set(READS_HERE.get() + 1);
        if READS_HERE.get().is_multiple_of(2) {
            return it.peek();
        }
        it.memory.retry(|| it.attempt().ok())
    }

    /// A write makes a word of its own.
    MakesWords
    write |it, value| {
        it.memory.word(format_args!("late"), value[0]);
        it.write(value);
    }
    read |it| {
        it.memory.retry(|| it.attempt().ok())
    }

    /// A read asserts what only weak memory contradicts.
    Asserts
    write |it, value| {
        it.words[0].store(value[0], Relaxed);
        it.sequence.store(value[0], Relaxed);
    }
    read |it| {
        let sequence = it.sequence.load(Acquire);
        let value = it.words[0].load(Relaxed);
        assert!(value >= sequence, "the value is older than its number");
        [value; 2]
    }

    /// A read takes a number that counts writes for one that says which word.
    IndexesOutOfBounds
    read |it| {
        let sequence = it.sequence.load(Acquire) as usize;
        [it.words[sequence].load(Relaxed); 2]
    }

    /// A read takes the earlier number for the later one.
    Overflows
    read |it| {
        let before = it.sequence.load(Acquire);
        let found = it.peek();
        let after = it.sequence.load(Acquire);
        if before - after == 0 { found } else { it.peek() }
    }

    /// A guard counts who is present, and counts him out even if he is unwound.
    WithAGuard
    write |it, value| {
        it.words[0].store(value[0], Relaxed);
    }
    read |it| {
        let _present = Present(&it.sequence);
        it.sequence.fetch_add(1 << 32, AcqRel);
        [it.words[0].load(Relaxed); 2]
    }

    /// A guard takes the lock when it is dropped.
    WithALockInAGuard
    write |it, value| {
        it.lock.hold(|| M::Word::store_all(&it.words, &value));
    }
    read |it| {
        let _afterwards = Afterwards(it);
        it.lock.hold(|| it.peek())
    }

    /// A write exchanges until it succeeds, and says so when it does not.
    ExchangesWithRelax
    write |it, value| {
        loop {
            let seen = it.words[0].load(Relaxed);
            let exchanged = it.words[0].compare_exchange_weak(seen, value[0], Release, Relaxed);
            if exchanged.is_ok() {
                return;
            }
            it.memory.relax();
        }
    }
    read |it| {
        [it.words[0].load(Acquire); 2]
    }

    /// A write exchanges until it succeeds.
    Exchanges
    write |it, value| {
        let mut seen = it.words[0].load(Relaxed);
        while let Err(found) = it.words[0].compare_exchange_weak(seen, value[0], Release, Relaxed) {
            seen = found;
        }
    }
    read |it| {
        [it.words[0].load(Acquire); 2]
    }
}

/// Counts out who was present.
struct Present<'a, W: Word>(&'a W);

impl<W: Word> Drop for Present<'_, W> {
    fn drop(&mut self) {
        self.0.fetch_sub(1 << 32, Release);
    }
}

/// Looks at the value once more.
struct Afterwards<'a, M: Memory>(&'a Parts<M>);

impl<M: Memory> Drop for Afterwards<'_, M> {
    fn drop(&mut self) {
        self.0.lock.hold(|| self.0.peek());
    }
}

/// A reader remembers what it has read, and does not show it: it reads once more after it has read a 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hides;

/// An end of it.
pub(crate) struct End<W>(Arc<W>, u64);

impl<W> fmt::Debug for End<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("End").finish_non_exhaustive()
    }
}

impl<M: Memory> Construction<M, 1> for Hides {
    const NAME: &'static str = "hides";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [End<M::Word>; 1];
    type Reader = End<M::Word>;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let word = Arc::new(memory.word(format_args!("word"), init));
        let end = || End(Arc::clone(&word), 0);
        ([end()], (0..sizes.readers).map(|_| end()).collect())
    }
}

impl<W: Word> Write<1> for End<W> {
    fn write(&mut self, [value]: Value<1>) {
        self.0.store(value, Release);
    }
}

impl<W: Word> Read<1> for End<W> {
    fn read(&mut self) -> Value<1> {
        let value = self.0.load(Acquire);
        if mem::replace(&mut self.1, value) == 1 {
            self.0.load(Acquire);
        }
        [value]
    }
}

use std::sync::Arc;

use crate::memory::Ordering::SeqCst;
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write};

/// A word of the memory, for one writer: atomic as it is.
///
/// **It stores** the value in one word.
///
/// **In a picture**, a read returns what was stored last.
///
/// ```
/// # use registers::{atomic::OneWord, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:  wwwwwww2ww(1)
/// Thread 2:  rr1rr(0)  rr3rr(1)
///      1  T2  word -> 0
///      2  T1  word := 1
///      3  T2  word -> 1
/// ";
/// replay::<OneWord, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic**, and would be with relaxed accesses: the stores of one word have one order, and who reads after
/// another one reads nothing older. Its accesses are SeqCst for the sake of those who build on it. Of *several* words
/// only SeqCst makes one time, in which all processes see all stores in one order; a [`Snapshot`](super::Snapshot)
/// needs that.
///
/// **What breaks it:** nothing, as long as the memory has words of 64 bits. It is the base of constructions on
/// hardware, where Lamport's rungs below come for free.
///
/// **It comes from** the hardware; in C++ and in Rust, an atomic integer.
#[derive(Clone, Copy, Debug)]
pub struct OneWord;

/// Writes a [`OneWord`] register.
#[derive(Debug)]
pub struct Writer<M: Memory>(Arc<M::Word>);

/// Reads a [`OneWord`] register.
#[derive(Debug)]
pub struct Reader<M: Memory>(Arc<M::Word>);

impl<M: Memory> Construction<M, 1> for OneWord {
    const NAME: &'static str = "one-word";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M>; 1];
    type Reader = Reader<M>;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let word = Arc::new(memory.word(format_args!("word"), init));
        let reader = |_| Reader(Arc::clone(&word));
        let readers = sizes.each_reader(reader);
        ([Writer(word)], readers)
    }
}

impl<M: Memory> Write<1> for Writer<M> {
    #[inline]
    fn write(&mut self, [value]: Value<1>) {
        // SeqCst: pairs with the load in read(), and with those of all words like this one.
        self.0.store(value, SeqCst);
    }
}

impl<M: Memory> Read<1> for Reader<M> {
    #[inline]
    fn read(&mut self) -> Value<1> {
        // SeqCst: pairs with the store in write(), and with those of all words like this one.
        [self.0.load(SeqCst)]
    }
}

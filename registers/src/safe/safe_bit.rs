use std::sync::Arc;

use crate::memory::Ordering::{Acquire, Release};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write};

/// A bit for one writer and one reader, of which is asked only that it be safe: the first rung of the chain.
///
/// **It stores** the bit in a word of the memory.
///
/// **In a picture**, on a word that is only [safe](crate::worlds::flicker): the bit is 1, is written 1 again, and
/// flickers meanwhile.
///
/// ```
/// # use registers::{safe::SafeBit, worlds::{conducted::replay, flicker::Flickering}};
/// let picture = "
/// init: 1
/// Thread 1:  ww1wwwwwwwwww4ww(1)
/// Thread 2:      rr2rr3rr(0)
///      1  T1  bit := ?
///      2  T2  bit -> ?
///      3  T2  chance -> 0
///      4  T1  bit := 1
/// ";
/// replay::<Flickering<SafeBit>, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is safe:** a read that is concurrent with no write finds the bit as the last write left it.
///
/// **It is not regular** on a word that is only safe, as the picture shows. On a word of [`Hardware`](crate::Hardware)
/// it is atomic; whoever builds on it must not rely on that.
///
/// **Who builds on it** may rely on more than its class: reads and writes of *several* such bits by one process take
/// effect one after the other for everybody, as in Lamport's one time. A class says nothing of that, since it judges
/// each register alone. On weak memory it takes what the write releases and the read acquires: who finds a bit written
/// also finds what its writer wrote before.
///
/// **It comes from** Lamport (*On interprocess communication*, part II, 1986), who takes it as given.
#[derive(Clone, Copy, Debug)]
pub struct SafeBit;

/// Writes a [`SafeBit`].
#[derive(Debug)]
pub struct Writer<M: Memory>(Arc<M::Word>);

/// Reads a [`SafeBit`].
#[derive(Debug)]
pub struct Reader<M: Memory>(Arc<M::Word>);

impl<M: Memory> Construction<M, 1> for SafeBit {
    const NAME: &'static str = "safe-bit";
    const CLASS: Class = Class::Safe;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::One;
    const BELOW: Option<u64> = Some(2);
    type Writers = [Writer<M>; 1];
    type Reader = Reader<M>;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let word = Arc::new(memory.word(format_args!("bit"), init));
        let reader = |_| Reader(Arc::clone(&word));
        let readers = sizes.each_reader(reader);
        ([Writer(word)], readers)
    }
}

impl<M: Memory> Write<1> for Writer<M> {
    #[inline]
    fn write(&mut self, [value]: Value<1>) {
        // Release: pairs with the Acquire in read(). Who finds this bit also finds those written before it.
        self.0.store(value, Release);
    }
}

impl<M: Memory> Read<1> for Reader<M> {
    #[inline]
    fn read(&mut self) -> Value<1> {
        // Acquire: pairs with the Release in write().
        [self.0.load(Acquire)]
    }
}

use crate::atomic::{SequenceLock, SequenceLockReader, SequenceLockWriter};
use crate::memory::Within;
use crate::{Arity, Class, Construction, Guarantee, Memory, Progress, Read, Sizes, Value, Write};

/// Two copies of the value, updated one after the other; each read takes the next copy in turn.
///
/// **It stores** the value twice, each copy in a [`SequenceLock`], so that no read is torn. Readers spread over the
/// copies, as clients do over the replicas of a server.
///
/// **In a picture**, a read takes the copy that is updated already, and the next read the one that is not: a *new-old
/// inversion*.
///
/// ```
/// # use registers::{regular::TwoCopies, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:  ww1w2w3wwwwwwwwwwwwwwwwwwwwwwwwwwww10w11w12ww(1)
/// Thread 2:            rr4r5r6rr(1)  rr7r8r9rr(0)
///      1  T1  copy[0].sequence := 1
///      2  T1  copy[0].word[0] := 1
///      3  T1  copy[0].sequence := 2
///      4  T2  copy[0].sequence -> 2
///      5  T2  copy[0].word[0] -> 1
///      6  T2  copy[0].sequence -> 2
///      7  T2  copy[1].sequence -> 0
///      8  T2  copy[1].word[0] -> 0
///      9  T2  copy[1].sequence -> 0
///     10  T1  copy[1].sequence := 1
///     11  T1  copy[1].word[0] := 1
///     12  T1  copy[1].sequence := 2
/// ";
/// replay::<TwoCopies, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is regular:** while no write runs, both copies hold the value last written. While writes run, each copy holds
/// the value before them or one of theirs, and a copy is atomic, so nothing else can be read.
///
/// **It is not atomic:** after one read has found the new value in the first copy, the next one may find the old value
/// in the second. To be atomic, a reader would have to help the writer along, or remember what it saw and tell the
/// others.
///
/// **It comes from** replication: a primary that updates its replicas one by one, and clients that read any of them.
/// That reading several copies alone does not give atomicity is Lamport's observation (*On interprocess communication*,
/// 1986): in his constructions of atomic registers readers write.
#[derive(Clone, Copy, Debug)]
pub struct TwoCopies;

/// Writes a [`TwoCopies`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize> {
    copies: [SequenceLockWriter<Within<M>, N>; 2],
}

/// Reads a [`TwoCopies`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    copies: [SequenceLockReader<Within<M>, N>; 2],
    /// The copy that the next read takes.
    next: usize,
}

impl<M: Memory, const N: usize> Construction<M, N> for TwoCopies {
    const NAME: &'static str = "two-copies";
    const CLASS: Class = Class::Regular;
    const PROGRESS: Progress = Progress {
        read: Guarantee::Blocking,
        write: Guarantee::WaitFree,
    };
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let copy = |at: usize| {
            SequenceLock::build(
                &Within::new(memory, format_args!("copy[{at}]")),
                init,
                sizes,
            )
        };
        let [([first], readers_of_first), ([second], readers_of_second)] = [copy(0), copy(1)];
        let readers = readers_of_first.into_iter().zip(readers_of_second);
        let readers = readers.map(|(first, second)| Reader {
            copies: [first, second],
            next: 0,
        });
        let writer = Writer {
            copies: [first, second],
        };
        ([writer], readers.collect())
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        for copy in &mut self.copies {
            copy.write(value);
        }
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        let copy = &mut self.copies[self.next];
        self.next = 1 - self.next;
        copy.read()
    }
}

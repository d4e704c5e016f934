use std::sync::Arc;

use crate::atomic::{SequenceLock, SequenceLockReader, SequenceLockWriter};
use crate::memory::Ordering::{Acquire, Release};
use crate::memory::Within;
use crate::{
    Arity, Class, Construction, Guarantee, Memory, Progress, Read, Sizes, Value, Word, Write,
};

/// A private copy for each reader, which it renews when the version of the value has changed.
///
/// **It stores** the value in a [`SequenceLock`], and a *version*, which the writer counts up behind each write. A
/// reader keeps a copy and the version that it saw before it made it, and as long as the version stays the same, it
/// reads nothing else.
///
/// **In a picture**, the writer is between the value and the version. A reader that renews its copy for another reason
/// gets the new value; one whose copy is of the last version keeps the old one.
///
/// ```
/// # use registers::{broken::ReaderCache, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:  ww1w2w3w4ww(1)               ww9w10w11wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww17ww(2)
/// Thread 2:                 rr5r6r7r8rr(1)                               rr16rr(1)
/// Thread 3:                                         rr12r13r14r15rr(2)
///      1  T1  value.sequence := 1
///      2  T1  value.word[0] := 1
///      3  T1  value.sequence := 2
///      4  T1  version := 1
///      5  T2  version -> 1
///      6  T2  value.sequence -> 2
///      7  T2  value.word[0] -> 1
///      8  T2  value.sequence -> 2
///      9  T1  value.sequence := 3
///     10  T1  value.word[0] := 2
///     11  T1  value.sequence := 4
///     12  T3  version -> 1            <- the version of the last write, new to this reader
///     13  T3  value.sequence -> 4
///     14  T3  value.word[0] -> 2
///     15  T3  value.sequence -> 4
///     16  T2  version -> 1            <- and not to this one
///     17  T1  version := 2
/// ";
/// replay::<ReaderCache, 1>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It claims to be atomic:** the value is in an atomic register, a reader that sees a new version looks there, and no
/// copy is used beyond the end of the write that replaces it.
///
/// **It is regular** and nothing more. A copy is as new as its version, so it is the value before the writes under way
/// at the latest; and one renewed in the middle of a write may be of that write already. So two readers may disagree
/// for as long as the writer is between the two: a *new-old inversion* between them. One reader alone never goes back,
/// and with a single reader no execution tells it from an atomic register. Counted in front of the value instead of
/// behind it, the version would be worse: a reader that takes the old value for the new version keeps it until the next
/// write, and is not even safe.
///
/// **It comes from** every cache that is validated by a version, a date or an entity tag. That the copies of several
/// readers need more than the order of each is what separates Lamport's regular from his atomic register (*On
/// interprocess communication*, 1986).
#[derive(Clone, Copy, Debug)]
pub struct ReaderCache;

/// Writes a [`ReaderCache`] register.
#[derive(Debug)]
pub struct Writer<M: Memory, const N: usize> {
    value: SequenceLockWriter<Within<M>, N>,
    shared: Arc<Version<M::Word>>,
    /// What the shared version holds: only this writer changes it.
    version: u64,
}

/// Reads a [`ReaderCache`] register.
#[derive(Debug)]
pub struct Reader<M: Memory, const N: usize> {
    value: SequenceLockReader<Within<M>, N>,
    shared: Arc<Version<M::Word>>,
    copy: Value<N>,
    /// The version that was seen before the copy was made.
    version: u64,
}

/// The number of finished writes.
#[derive(Debug)]
struct Version<W>(W);

impl<M: Memory, const N: usize> Construction<M, N> for ReaderCache {
    const NAME: &'static str = "reader-cache";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress {
        read: Guarantee::Blocking,
        write: Guarantee::WaitFree,
    };
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M, N>; 1];
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let value = Within::new(memory, format_args!("value"));
        let ([value], readers) = SequenceLock::build(&value, init, sizes);
        let shared = Arc::new(Version(memory.word(format_args!("version"), 0)));
        let readers = readers.into_iter().map(|value| Reader {
            value,
            shared: Arc::clone(&shared),
            copy: init,
            version: 0,
        });
        let readers = readers.collect();
        let writer = Writer {
            value,
            shared,
            version: 0,
        };
        ([writer], readers)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        self.value.write(value);
        self.version = self.version.wrapping_add(1);
        // Release: pairs with the Acquire load in read(). Who sees this version also sees the value.
        self.shared.0.store(self.version, Release);
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        // Acquire: pairs with the Release store that ends write().
        let version = self.shared.0.load(Acquire);
        if version != self.version {
            self.copy = self.value.read();
            self.version = version;
        }
        self.copy
    }
}

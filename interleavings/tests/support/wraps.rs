//! Registers that go wrong where a counter wraps around, and those that do not.

use registers::memory::Ordering::{Acquire, Relaxed, Release};
use registers::memory::{Narrow, Number};
use registers::own::Shared;
use registers::subject::Subject;
use registers::{Memory, Value, Word};

/// A ring of slots, of which the version says which one is current. A reader starts over if it has been lapped.
struct Ring<M: Memory, const SLOTS: usize> {
    memory: M,
    version: M::Word,
    slots: [[M::Word; 2]; SLOTS],
}

impl<M: Memory, const SLOTS: usize> Shared<M, 2> for Ring<M, SLOTS> {
    fn build(memory: &M, init: Value<2>) -> Self {
        let slot = |slot| memory.words(format_args!("slot[{slot}]"), init);
        Self {
            memory: memory.clone(),
            version: memory.word(format_args!("version"), memory.first_count(u64::BITS)),
            slots: std::array::from_fn(slot),
        }
    }

    fn read(&self) -> Value<2> {
        self.memory.retry(|| {
            let before = self.version.load(Acquire);
            let value = M::Word::load_all(&self.slots[before as usize % SLOTS]);
            self.memory.fence(Acquire);
            let age = self.version.load(Relaxed).wrapping_sub(before);
            (age < SLOTS as u64 - 1).then_some(value)
        })
    }

    fn write(&self, value: Value<2>) {
        let next = self.version.load(Relaxed).wrapping_add(1);
        self.memory.fence(Release);
        M::Word::store_all(&self.slots[next as usize % SLOTS], &value);
        self.version.store(next, Release);
    }
}

/// Where versions wrap around, the slots do not go on in turn.
type RingOfThree<M> = Ring<M, 3>;

/// Where they do, because 4 divides 2^64.
type RingOfFour<M> = Ring<M, 4>;

/// Two words that are written in turn, each with a stamp in front of the value. The one with the larger stamp is the
/// newer one.
struct Newer<M: Memory, T> {
    stamp: Narrow<M::Word, T>,
    words: [M::Word; 2],
}

/// How many values there are.
const VALUES: u64 = 1 << 16;

impl<M: Memory, T: Number> Shared<M, 1> for Newer<M, T> {
    fn build(memory: &M, [init]: Value<1>) -> Self {
        let first = memory.first_count(T::BITS);
        let word = |at| memory.word(format_args!("word[{at}]"), first * VALUES + init);
        Self {
            stamp: memory.narrow(format_args!("stamp"), T::from_word(first)),
            words: std::array::from_fn(word),
        }
    }

    fn read(&self) -> Value<1> {
        let [first, second] = [0, 1].map(|at: usize| self.words[at].load(Acquire));
        [first.max(second) % VALUES]
    }

    fn write(&self, [value]: Value<1>) {
        self.stamp.fetch_add(T::from_word(1), Relaxed);
        let stamp = self.stamp.load(Relaxed).to_word();
        self.words[stamp as usize % 2].store(stamp * VALUES + value, Release);
    }
}

type NewerByByte<M> = Newer<M, u8>;
type NewerBy32Bits<M> = Newer<M, u32>;

registers::on_the_bench!(ThreeSlots = RingOfThree, 2 words, claims Atomic);
registers::on_the_bench!(FourSlots = RingOfFour, 2 words, claims Atomic);
registers::on_the_bench!(ByByte = NewerByByte, 1 words, claims Regular);
registers::on_the_bench!(By32Bits = NewerBy32Bits, 1 words, claims Regular);

/// Each, and whether it goes wrong near the wrap.
pub(crate) fn rings_and_stamps() -> [(&'static str, Subject, bool); 4] {
    [
        ("a ring of three", Subject::of::<ThreeSlots, 2>(), true),
        ("a ring of four", Subject::of::<FourSlots, 2>(), false),
        ("a stamp of a byte", Subject::of::<ByByte, 1>(), true),
        ("a stamp of 32 bits", Subject::of::<By32Bits, 1>(), true),
    ]
}

//! Registers that go wrong by themselves: one gives a block back that somebody may still read, one takes for granted what
//! only stronger memories grant.

use registers::memory::Cells;
use registers::memory::Ordering::{Acquire, Relaxed, Release};
use registers::own::{Handles, Shared};
use registers::subject::Subject;
use registers::{Memory, Sizes, Value, Word};

/// Three blocks, of which `current` names one. A write fills a free one, names it, and gives back the one before.
struct FreesAtOnce<M: Memory> {
    current: M::Word,
    blocks: [Cells<M::Word, 1>; 3],
}

impl<M: Memory> Handles<M, 1> for FreesAtOnce<M> {
    /// The current block.
    type Writer = usize;
    type Reader = ();

    fn build(memory: &M, init: Value<1>, _: Sizes) -> Self {
        let block = |at| memory.cells(format_args!("block[{at}]"), init);
        let blocks = std::array::from_fn(block);
        Self {
            current: memory.word(format_args!("current"), 0),
            blocks,
        }
    }

    fn writer(&self, _: usize) -> usize {
        0
    }

    fn reader(&self, _: usize) {}

    fn read(&self, (): &mut ()) -> Value<1> {
        self.blocks[self.current.load(Acquire) as usize].read()
    }

    fn write(&self, current: &mut usize, value: Value<1>) {
        let next = (*current + 1) % self.blocks.len();
        self.blocks[next].allocate(&value);
        self.current.store(next as u64, Release);
        self.blocks[*current].retire();
        *current = next;
    }
}

/// The value, and how many writes there were. Both are stored relaxed.
struct Asserts<M: Memory> {
    value: M::Word,
    writes: M::Word,
}

impl<M: Memory> Shared<M, 1> for Asserts<M> {
    fn build(memory: &M, [init]: Value<1>) -> Self {
        Self {
            value: memory.word(format_args!("value"), init),
            writes: memory.word(format_args!("writes"), 0),
        }
    }

    fn read(&self) -> Value<1> {
        let writes = self.writes.load(Acquire);
        let value = self.value.load(Relaxed);
        assert!(value >= writes, "a write is missing");
        [value]
    }

    fn write(&self, [value]: Value<1>) {
        self.value.store(value, Relaxed);
        let writes = self.writes.load(Relaxed) + 1;
        self.writes.store(writes, Relaxed);
    }
}

registers::on_the_bench!(
    FreesAtOnceOnTheBench = FreesAtOnce, 1 words, 1 writer, many readers, remembering, claims Atomic
);

registers::on_the_bench!(AssertsOnTheBench = Asserts, 1 words, claims Atomic);

/// One that gives blocks back too early.
pub(crate) fn frees_at_once() -> Subject {
    Subject::of::<FreesAtOnceOnTheBench, 1>()
}

/// One that asserts too much.
pub(crate) fn asserts() -> Subject {
    Subject::of::<AssertsOnTheBench, 1>()
}

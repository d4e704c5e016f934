//! A lock for one writer or many readers, in one word.

use crate::prelude::*;

/// Everything in its place.
const RIGHT: u8 = 0;
/// The writer leaves without Release.
const WRITER_LEAVES_RELAXED: u8 = 1;
/// The writer looks with Acquire and then enters by a Relaxed exchange.
const WRITER_ENTERS_RELAXED: u8 = 2;
/// Readers leave without Release.
const READER_LEAVES_RELAXED: u8 = 3;

/// In the state: a writer is in it. The rest counts readers, by twos.
const WRITER: u64 = 1;

struct ReadWriteLock<M: Memory, const HOW: u8> {
    memory: M,
    state: M::Word,
    value: Cells<M::Word, 2>,
}

impl<M: Memory, const HOW: u8> Shared<M, 2> for ReadWriteLock<M, HOW> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            memory: memory.clone(),
            state: memory.word(format_args!("state"), 0),
            value: memory.cells(format_args!("value"), init),
        }
    }

    fn write(&self, value: [u64; 2]) {
        let enter = if HOW == WRITER_ENTERS_RELAXED {
            Relaxed
        } else {
            Acquire
        };
        self.memory.retry(|| {
            if self.state.load(Acquire) != 0 {
                return None;
            }
            // Acquire: pairs with whoever left last, which may have been after the load.
            self.state.compare_exchange(0, WRITER, enter, Relaxed).ok()
        });
        self.value.write(&value);
        let leave = if HOW == WRITER_LEAVES_RELAXED {
            Relaxed
        } else {
            Release
        };
        self.state.store(0, leave);
    }

    fn read(&self) -> [u64; 2] {
        self.memory.retry(|| {
            let state = self.state.load(Relaxed);
            let is_free = state & WRITER == 0;
            let entered = is_free
                && self
                    .state
                    .compare_exchange(state, state + 2, Acquire, Relaxed)
                    .is_ok();
            entered.then_some(())
        });
        let value = self.value.read();
        let leave = if HOW == READER_LEAVES_RELAXED {
            Relaxed
        } else {
            Release
        };
        self.state.fetch_sub(2, leave);
        value
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "spin-rs-65",
        title: "A read-write lock whose writer leaves with a Relaxed store",
        source: "zesterer/spin-rs issue 65 and RUSTSEC-2019-0013, 2019",
        url: Some("https://github.com/zesterer/spin-rs/issues/65"),
        about: "The guard of the writer stored 0 with Relaxed when it was dropped, so its writes might come behind, when \
                others were in the lock. The lock was written anew after the model of folly's.",
        subject: subject!(WriterLeavesRelaxed<M> = ReadWriteLock<M, WRITER_LEAVES_RELAXED>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("read-write-lock"),
        file: include_str!("read_write.rs"),
    },
    Exhibit {
        name: "looks-then-enters-relaxed",
        title: "A read-write lock whose writer waits with Acquire and enters by a Relaxed exchange",
        source: "the slow path of the queued read-write lock of the Linux kernel, locking/qrwlock: Fix ordering in queued_write_lock_slowpath(), 2021",
        url: None,
        about: "The writer waits until nobody is in the lock, by loads that acquire, and then takes it by an exchange that \
                does not. In between a reader may come and go, and leave the same number behind: the exchange succeeds \
                and has not acquired that it left. The exchange itself has to acquire.",
        subject: subject!(WriterEntersRelaxed<M> = ReadWriteLock<M, WRITER_ENTERS_RELAXED>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("read-write-lock"),
        file: include_str!("read_write.rs"),
    },
    Exhibit {
        name: "reader-leaves-relaxed",
        title: "A read-write lock whose readers leave with a Relaxed decrement",
        source: "memgraph/memgraph pull request 2668, 2025, among other orderings of a read-write spin lock",
        url: Some("https://github.com/memgraph/memgraph/pull/2668"),
        about: "A reader changes nothing, and so it seems to have nothing to release. But the next writer has to come \
                behind its loads.",
        subject: subject!(ReaderLeavesRelaxed<M> = ReadWriteLock<M, READER_LEAVES_RELAXED>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("read-write-lock"),
        file: include_str!("read_write.rs"),
    },
    Exhibit {
        name: "read-write-lock",
        title: "A read-write lock, acquired by whoever enters and released by whoever leaves",
        source: "a pattern, as in zesterer/spin-rs since 2019",
        url: Some("https://github.com/zesterer/spin-rs/pull/66"),
        about: "Readers that leave form a release sequence, so the writer acquires what all of them have released.",
        subject: subject!(ReadWrite<M> = ReadWriteLock<M, RIGHT>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("read_write.rs"),
    },
];

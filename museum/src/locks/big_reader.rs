//! A big-reader lock: a flag for each reader, so that readers do not meet each other.

use crate::prelude::*;

/// `FENCED`: is there a full fence between one's own flag and the look at the other's?
struct BigReader<M: Memory, const FENCED: bool> {
    memory: M,
    writing: M::Word,
    reading: Vec<M::Word>,
    value: Cells<M::Word, 2>,
}

impl<M: Memory, const FENCED: bool> BigReader<M, FENCED> {
    fn full_fence(&self) {
        if FENCED {
            self.memory.fence(SeqCst);
        }
    }
}

impl<M: Memory, const FENCED: bool> Handles<M, 2> for BigReader<M, FENCED> {
    type Writer = ();
    /// Which reader it is.
    type Reader = usize;

    fn build(memory: &M, init: [u64; 2], sizes: Sizes) -> Self {
        let reading = |nth| memory.word(format_args!("reading[{nth}]"), 0);
        Self {
            memory: memory.clone(),
            writing: memory.word(format_args!("writing"), 0),
            reading: (0..sizes.readers).map(reading).collect(),
            value: memory.cells(format_args!("value"), init),
        }
    }

    fn writer(&self, _: usize) {}

    fn reader(&self, nth: usize) -> usize {
        nth
    }

    fn write(&self, (): &mut (), value: [u64; 2]) {
        self.writing.store(1, Relaxed);
        self.full_fence();
        for reading in &self.reading {
            // Acquire: pairs with the store that ends read().
            self.memory
                .retry(|| (reading.load(Acquire) == 0).then_some(()));
        }
        self.value.write(&value);
        self.writing.store(0, Release);
    }

    fn read(&self, nth: &mut usize) -> [u64; 2] {
        let reading = &self.reading[*nth];
        self.memory.retry(|| {
            // No flag goes up while somebody is seen to write: else whoever waits would store for ever.
            if self.writing.load(Relaxed) == 1 {
                return None;
            }
            reading.store(1, Relaxed);
            self.full_fence();
            // Acquire: pairs with the store that ends write().
            if self.writing.load(Acquire) == 0 {
                return Some(());
            }
            reading.store(0, Release);
            None
        });
        let value = self.value.read();
        reading.store(0, Release);
        value
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "big-reader-unfenced",
        title: "A big-reader lock without full fences",
        source: "a pattern, as in the brlock that the Linux kernel had until 2013, without its barriers",
        url: None,
        about: "A reader raises its flag and looks whether somebody writes; the writer raises its flag and looks whether \
                anybody reads. Each may look before its own flag is seen, on every processor, and both go in.",
        subject: subject!(BigReaderUnfenced<M> = BigReader<M, false>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("big-reader"),
        file: include_str!("big_reader.rs"),
    },
    Exhibit {
        name: "big-reader",
        title: "A big-reader lock with full fences",
        source: "a pattern, as in the brlock that the Linux kernel had until 2013",
        url: None,
        about: "Readers pay with a fence, and touch no word that another reader touches.",
        subject: subject!(BigReaderFenced<M> = BigReader<M, true>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("big_reader.rs"),
    },
];

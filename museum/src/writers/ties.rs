//! Time stamps of several writers: who wins if two are alike?

use crate::prelude::*;

/// The stamp lies in the upper half of a word.
const STAMP: u32 = 32;

/// A word for each writer. `BY_WRITER`: do ties go to one writer, whoever reads?
struct Stamped<M: Memory, const BY_WRITER: bool> {
    words: Vec<M::Word>,
}

impl<M: Memory, const BY_WRITER: bool> Handles<M, 1> for Stamped<M, BY_WRITER> {
    /// Which writer it is.
    type Writer = usize;
    /// With which writer it begins.
    type Reader = usize;

    fn build(memory: &M, [init]: [u64; 1], sizes: Sizes) -> Self {
        let word = |nth| memory.word(format_args!("stamped[{nth}]"), init);
        Self {
            words: (0..sizes.writers).map(word).collect(),
        }
    }

    fn writer(&self, nth: usize) -> usize {
        nth
    }

    fn reader(&self, nth: usize) -> usize {
        if BY_WRITER { 0 } else { nth % self.words.len() }
    }

    fn write(&self, me: &mut usize, [value]: [u64; 1]) {
        let stamps = self.words.iter().map(|word| word.load(Acquire) >> STAMP);
        let stamp = stamps.max().unwrap_or(0) + 1;
        self.words[*me].store(stamp << STAMP | value, Release);
    }

    fn read(&self, first: &mut usize) -> [u64; 1] {
        let (before, after) = self.words.split_at(*first);
        let mut latest = 0;
        for word in after.iter().chain(before) {
            let found = word.load(Acquire);
            // Of those with the same stamp, the one that was met first.
            if latest == 0 || found >> STAMP > latest >> STAMP {
                latest = found;
            }
        }
        [latest & ((1 << STAMP) - 1)]
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "ties-by-reader",
        title: "Time stamps without the name of the writer, and readers that begin at different ones",
        source: "after Vitányi and Awerbuch, Atomic shared register access by asynchronous hardware, 1986, whose stamps have the name in them",
        url: None,
        about: "Two writers that do not see each other choose the same stamp. Each reader takes the one that it meets \
                first, to spread the load; so one reader returns the first value and the next one the second, and a \
                third one the first again. A stamp is a number and a name, so no two are alike.",
        subject: subject!(TiesByReader<M> = Stamped<M, false>, 1 words, many writers, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Atomic), "w.w.r.r", ALL),
        twin: Some("ties-by-writer"),
        file: include_str!("ties.rs"),
    },
    Exhibit {
        name: "ties-by-writer",
        title: "Time stamps, of which the one of the lower writer wins a tie",
        source: "Vitányi and Awerbuch, Atomic shared register access by asynchronous hardware, 1986",
        url: None,
        about: "All readers meet the writers in one order. Acquire and Release are enough: whoever begins after another \
                one has ended finds no older stamp.",
        subject: subject!(TiesByWriter<M> = Stamped<M, true>, 1 words, many writers, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("ties.rs"),
    },
];

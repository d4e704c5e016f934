//! A copy for each reader, and readers that tell each other what they have read.

use crate::prelude::*;

/// The number of the write lies in the upper half of a word.
const NUMBER: u32 = 32;

/// `REPORTS`: does a reader tell the others?
struct Table<M: Memory, const REPORTS: bool> {
    copies: Vec<M::Word>,
    /// `reports[i][j]` is what reader `i` has told reader `j`.
    reports: Vec<Vec<M::Word>>,
}

impl<M: Memory, const REPORTS: bool> Handles<M, 1> for Table<M, REPORTS> {
    /// How many writes there were.
    type Writer = u64;
    /// Which reader it is.
    type Reader = usize;

    fn build(memory: &M, [init]: [u64; 1], sizes: Sizes) -> Self {
        let readers = 0..sizes.readers;
        let report = |i, j| memory.word(format_args!("report[{i}][{j}]"), init);
        let copy = |nth| memory.word(format_args!("copy[{nth}]"), init);
        Self {
            copies: readers.clone().map(copy).collect(),
            reports: readers
                .clone()
                .map(|i| readers.clone().map(|j| report(i, j)).collect())
                .collect(),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, nth: usize) -> usize {
        nth
    }

    fn write(&self, written: &mut u64, [value]: [u64; 1]) {
        *written += 1;
        for copy in &self.copies {
            copy.store(*written << NUMBER | value, Release);
        }
    }

    fn read(&self, &mut me: &mut usize) -> [u64; 1] {
        let mut latest = self.copies[me].load(Acquire);
        if REPORTS {
            let others = (0..self.copies.len()).filter(|&other| other != me);
            for other in others.clone() {
                latest = latest.max(self.reports[other][me].load(Acquire));
            }
            for other in others {
                self.reports[me][other].store(latest, Release);
            }
        }
        [latest & ((1 << NUMBER) - 1)]
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "reads-without-report",
        title: "A copy for each reader, and readers that keep what they have read to themselves",
        source: "after Israeli and Li, Bounded time-stamps, 1987, without the reports; replicated stores know it as the read without write-back of Attiya, Bar-Noy and Dolev, 1995",
        url: None,
        about: "The writer changes one copy after the other. A reader whose copy is new returns the new value, and \
                afterwards one whose copy is old returns the old one. Each read is fine alone; together they run \
                backwards. A reader has to tell the others before it returns.",
        subject: subject!(WithoutReports<M> = Table<M, false>, 1 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Atomic), "w.r.r", ALL),
        twin: Some("reads-with-report"),
        file: include_str!("reports.rs"),
    },
    Exhibit {
        name: "reads-with-report",
        title: "A copy for each reader, and readers that report what they have read",
        source: "Israeli and Li, Bounded time-stamps, 1987",
        url: None,
        about: "Readers must write: there is no way around it if the registers below are for one reader each.",
        subject: subject!(WithReports<M> = Table<M, true>, 1 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("reports.rs"),
    },
];

//! Two copies with their numbers: which of them is newer?

use crate::prelude::*;

/// The number lies in the upper half of a word.
const NUMBER: u32 = 32;

/// `BY_DIFFERENCE`: are numbers compared as what lies between them?
struct TwoCopies<M: Memory, const BY_DIFFERENCE: bool> {
    copies: [M::Word; 2],
    first: u32,
}

impl<M: Memory, const BY_DIFFERENCE: bool> Handles<M, 1> for TwoCopies<M, BY_DIFFERENCE> {
    /// The number of the latest write.
    type Writer = u32;
    type Reader = ();

    fn build(memory: &M, [init]: [u64; 1], _: Sizes) -> Self {
        let first = memory.first_count(u32::BITS) as u32;
        Self {
            copies: memory.words(format_args!("copy"), [u64::from(first) << NUMBER | init; 2]),
            first,
        }
    }

    fn writer(&self, _: usize) -> u32 {
        self.first
    }

    fn reader(&self, _: usize) {}

    fn write(&self, number: &mut u32, [value]: [u64; 1]) {
        *number = number.wrapping_add(1);
        self.copies[*number as usize % 2].store(u64::from(*number) << NUMBER | value, Release);
    }

    fn read(&self, (): &mut ()) -> [u64; 1] {
        let copies = [self.copies[0].load(Acquire), self.copies[1].load(Acquire)];
        let [zeroth, first] = copies.map(|copy| (copy >> NUMBER) as u32);
        let is_first_newer = match BY_DIFFERENCE {
            true => first.wrapping_sub(zeroth) as i32 > 0,
            false => first > zeroth,
        };
        [copies[usize::from(is_first_newer)] & ((1 << NUMBER) - 1)]
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "newer-by-size",
        title: "Two copies, of which the one with the larger number is taken for the newer",
        source: "the reason for time_after of the Linux kernel (include/linux/jiffies.h), and for RFC 1982, Serial number arithmetic, 1996",
        url: Some("https://www.rfc-editor.org/rfc/rfc1982"),
        about: "The number behind 4,294,967,295 is 0, and smaller. From then on readers return the old copy, for one write \
                out of two, until the numbers have gone far enough. What counts is the difference of two numbers, and its \
                sign.",
        subject: subject!(NewerBySize<M> = TwoCopies<M, false>, 1 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong_near_wrap(Breaks(Safe), "ww.r", ALL),
        twin: Some("newer-by-difference"),
        file: include_str!("newer.rs"),
    },
    Exhibit {
        name: "newer-by-difference",
        title: "Two copies, compared by the difference of their numbers",
        source: "RFC 1982, Serial number arithmetic, 1996",
        url: Some("https://www.rfc-editor.org/rfc/rfc1982"),
        about: "The copies are never further apart than one write, so the sign of the difference is right.",
        subject: subject!(NewerByDifference<M> = TwoCopies<M, true>, 1 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("newer.rs"),
    },
];

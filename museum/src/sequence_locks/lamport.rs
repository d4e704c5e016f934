//! Lamport's two version numbers, digit by digit: in which order are the digits read?

use crate::prelude::*;

/// A number of two digits, the right one 0 or 1.
struct Digits<M: Memory> {
    left: M::Word,
    right: M::Word,
}

impl<M: Memory> Digits<M> {
    fn new(memory: &M, name: &str) -> Self {
        Self {
            left: memory.word(format_args!("{name}.left"), 0),
            right: memory.word(format_args!("{name}.right"), 0),
        }
    }

    fn write_from_left(&self, number: u64) {
        self.left.store(number / 2, Release);
        self.right.store(number % 2, Release);
    }

    fn write_from_right(&self, number: u64) {
        self.right.store(number % 2, Release);
        self.left.store(number / 2, Release);
    }

    /// Of a number that is written from the right: no larger than the number is at the end.
    fn read_from_left(&self) -> u64 {
        let left = self.left.load(Acquire);
        2 * left + self.right.load(Acquire)
    }

    /// Of a number that is written from the left: no smaller than the number is at the beginning.
    fn read_from_right(&self) -> u64 {
        let right = self.right.load(Acquire);
        2 * self.left.load(Acquire) + right
    }
}

/// How many writes have begun, and how many have ended. `FROM_LEFT`: in which direction is the second number read?
struct Versions<M: Memory, const FROM_LEFT: bool> {
    memory: M,
    begun: Digits<M>,
    words: [M::Word; 2],
    ended: Digits<M>,
}

impl<M: Memory, const FROM_LEFT: bool> Handles<M, 2> for Versions<M, FROM_LEFT> {
    /// How many writes there were.
    type Writer = u64;
    type Reader = ();

    fn build(memory: &M, init: [u64; 2], _: Sizes) -> Self {
        Self {
            memory: memory.clone(),
            begun: Digits::new(memory, "begun"),
            words: memory.words(format_args!("word"), init),
            ended: Digits::new(memory, "ended"),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, _: usize) {}

    fn write(&self, written: &mut u64, value: [u64; 2]) {
        *written += 1;
        self.begun.write_from_left(*written);
        self.words[0].store(value[0], Release);
        self.words[1].store(value[1], Release);
        self.ended.write_from_right(*written);
    }

    fn read(&self, (): &mut ()) -> [u64; 2] {
        self.memory.retry(|| {
            let ended = match FROM_LEFT {
                true => self.ended.read_from_left(),
                false => self.ended.read_from_right(),
            };
            let value = [self.words[0].load(Acquire), self.words[1].load(Acquire)];
            (self.begun.read_from_right() == ended).then_some(value)
        })
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "lamport-digits-reversed",
        title: "Two version numbers of two digits, one of them read in the direction in which it is written",
        source: "after Lamport, Concurrent reading and writing, 1977, with one direction reversed",
        url: None,
        about: "A number that is written digit by digit, from the right, must be read from the left: then what is read is \
                never larger than the number is. Read from the right it may be: of 1 and 2 a reader makes 3, and when the \
                third write has begun both numbers agree while the words change.",
        subject: subject!(DigitsReversed<M> = Versions<M, false>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Regular), "www.r", ALL),
        twin: Some("lamport-digits"),
        file: include_str!("lamport.rs"),
    },
    Exhibit {
        name: "lamport-digits",
        title: "Two version numbers of two digits, each read against the direction in which it is written",
        source: "Lamport, Concurrent reading and writing, 1977",
        url: None,
        about: "The first number is never read too small, and the second never too large. If they agree, no write was \
                under way in between. No digit has to change together with another one.",
        subject: subject!(DigitsInOrder<M> = Versions<M, true>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("lamport.rs"),
    },
];

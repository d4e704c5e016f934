//! A mailbox for one reader, with two.

use crate::prelude::*;

/// In the index: nobody has taken this slot since it was filled.
const NEWS: u64 = 1 << 32;

/// Slots change hands: one in the mailbox, one with the writer, one with each reader.
struct Mailbox<M: Memory> {
    post: M::Word,
    slots: Vec<Cells<M::Word, 2>>,
}

impl<M: Memory> Handles<M, 2> for Mailbox<M> {
    /// The slot that belongs to the writer.
    type Writer = u64;
    /// The slot that belongs to the reader, with the latest value that it has taken.
    type Reader = u64;

    fn build(memory: &M, init: [u64; 2], sizes: Sizes) -> Self {
        let slot = |slot| memory.cells(format_args!("slot[{slot}]"), init);
        Self {
            post: memory.word(format_args!("post"), 1),
            slots: (0..2 + sizes.readers).map(slot).collect(),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, nth: usize) -> u64 {
        2 + nth as u64
    }

    fn write(&self, mine: &mut u64, value: [u64; 2]) {
        self.slots[*mine as usize].write(&value);
        *mine = self.post.swap(*mine | NEWS, AcqRel) & !NEWS;
    }

    fn read(&self, mine: &mut u64) -> [u64; 2] {
        if self.post.load(Relaxed) & NEWS != 0 {
            *mine = self.post.swap(*mine, AcqRel) & !NEWS;
        }
        self.slots[*mine as usize].read()
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "mailbox-two-readers",
        title: "A mailbox for one reader, with two",
        source: "a misuse that the documentation of single-consumer buffers warns of, as that of HadrienG2/triple-buffer does",
        url: Some("https://docs.rs/triple_buffer"),
        about: "News can be taken once. The second reader finds none, and returns what it has had, though a write is long \
                complete. Nothing races, nothing tears, and no test with one reader finds it: the number of readers is \
                part of the claim. Types that cannot be cloned enforce it.",
        subject: subject!(MailboxForMany<M> = Mailbox<M>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Breaks(Safe), "w.r.r", ALL),
        twin: Some("mailbox-one-reader"),
        file: include_str!("mailbox.rs"),
    },
    Exhibit {
        name: "mailbox-one-reader",
        title: "The same mailbox, for one reader",
        source: "the triple buffer of graphics",
        url: Some("https://docs.rs/triple_buffer"),
        about: "Whoever takes the news is the only one to miss it. So what the reader has taken last is the latest value.",
        subject: subject!(MailboxForOne<M> = Mailbox<M>, 2 words, 1 writer, 1 reader, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("mailbox.rs"),
    },
];

//! Which reads are still to come: whether a block that begins now could serve any of them.

use crate::events::{Events, Kind, NEVER};

/// The reads of each value by their invocations, and what ends a block.
pub(super) struct Lookahead {
    /// The invocations of the reads of each value, in order.
    reads: Vec<u32>,
    starts: Vec<u32>,
    /// What is invoked at each event or later.
    after: Vec<After>,
}

/// The first completions of what is invoked from some event on.
#[derive(Clone, Copy)]
struct After {
    write: u32,
    /// Of a read, and its value.
    read: (u32, u32),
    /// Of a read of another value.
    other: u32,
}

impl Lookahead {
    /// For a history of reads and writes alone.
    pub(super) fn new(events: &Events, order: &[u32]) -> Self {
        let is_read = |at: usize| events.kind[at] == Kind::Read;
        let mut starts = vec![0_u32; events.values + 1];
        for at in (0..events.len()).filter(|&at| is_read(at)) {
            starts[events.value[at] as usize + 1] += 1;
        }
        for value in 0..events.values {
            starts[value + 1] += starts[value];
        }
        let mut next = starts.clone();
        let mut reads = vec![0; starts[events.values] as usize];
        let nothing = After {
            write: NEVER,
            read: (NEVER, NEVER),
            other: NEVER,
        };
        let mut after = vec![nothing; order.len() + 1];
        for &event in order.iter().filter(|&&event| event % 2 == 0) {
            let at = event as usize / 2;
            if is_read(at) {
                let place = &mut next[events.value[at] as usize];
                reads[*place as usize] = events.invoked[at];
                *place += 1;
            }
        }
        for (now, &event) in order.iter().enumerate().rev() {
            let mut here = after[now + 1];
            // What is no event is odd, as a completion is.
            if event % 2 == 0 {
                let at = event as usize / 2;
                let (value, completed) = (events.value[at], events.completed[at]);
                if !is_read(at) {
                    here.write = here.write.min(completed);
                } else if value == here.read.1 {
                    here.read.0 = here.read.0.min(completed);
                } else if completed < here.read.0 {
                    (here.other, here.read) = (here.read.0, (completed, value));
                } else {
                    here.other = here.other.min(completed);
                }
            }
            after[now] = here;
        }
        Self {
            reads,
            starts,
            after,
        }
    }

    /// Of a history with compare-and-swaps nothing is told.
    pub(super) fn none() -> Self {
        Self {
            reads: Vec::new(),
            starts: Vec::new(),
            after: Vec::new(),
        }
    }

    /// Whether a block of a value that begins at an event could serve a read that is invoked later. It lasts no longer
    /// than until something completes that was invoked after it began: a write, or a read of another value.
    pub(super) fn is_read_later(&self, value: u32, now: u32) -> bool {
        let after = self.after[now as usize + 1];
        let read = match after.read.1 == value {
            true => after.other,
            false => after.read.0,
        };
        let own = self.starts[value as usize] as usize..self.starts[value as usize + 1] as usize;
        let reads = &self.reads[own];
        let next = reads.partition_point(|&invoked| invoked <= now);
        let end = after.write.min(read);
        reads.get(next).is_some_and(|&invoked| invoked < end)
    }
}

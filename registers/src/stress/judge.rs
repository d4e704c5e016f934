//! What is known about when a read took place, and what that says of the value that it returned.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::fence;

use crossbeam_utils::CachePadded;
use histories::{History, Operation, Process};

/// Which value each write writes, so that a read tells which write it is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbering {
    pub(super) writers: u64,
    /// Below which number values have to be: then they repeat, and there is one writer.
    pub(super) below: Option<u64>,
}

impl Numbering {
    /// The value of a writer's `nth` write, counted from 1.
    #[inline]
    pub(super) fn value(self, writer: usize, nth: u64) -> u64 {
        match self.below {
            Some(below) => nth % below,
            None if nth == 0 => 0,
            None => (nth - 1) * self.writers + writer as u64 + 1,
        }
    }

    /// Which write it is that wrote this value, if values do not repeat: the writer, and its how manieth. The initial
    /// value is everybody's write number 0.
    #[inline]
    fn write_of(self, value: u64) -> (usize, u64) {
        match value.checked_sub(1) {
            None => (0, 0),
            Some(number) => ((number % self.writers) as usize, number / self.writers + 1),
        }
    }
}

/// How far a writer has got.
#[derive(Debug, Default)]
struct Progress {
    /// The write begun last.
    invoked: CachePadded<AtomicU64>,
    /// The write completed last.
    completed: CachePadded<AtomicU64>,
}

/// What every process tells the others, each on cache lines of its own.
#[derive(Debug)]
pub(super) struct Published {
    numbering: Numbering,
    writers: Vec<Progress>,
    /// For each reader and writer, the newest write of that writer of which a completed read has returned the value.
    newest: Vec<CachePadded<Vec<AtomicU64>>>,
}

impl Published {
    pub(super) fn new(numbering: Numbering, readers: usize) -> Self {
        let writers = numbering.writers as usize;
        let of_reader = |_| (0..writers).map(|_| AtomicU64::new(0)).collect::<Vec<_>>();
        Self {
            numbering,
            writers: (0..writers).map(|_| Progress::default()).collect(),
            newest: (0..readers).map(of_reader).map(CachePadded::new).collect(),
        }
    }

    /// How many writes have been completed.
    pub(super) fn completed(&self) -> u64 {
        let writers = self.writers.iter();
        writers.map(|writer| writer.completed.load(Relaxed)).sum()
    }

    /// Performs a writer's `nth` write, which gets the value to write.
    #[inline]
    pub(super) fn write(&self, writer: usize, nth: u64, write: impl FnOnce(u64)) {
        let progress = &self.writers[writer];
        progress.invoked.store(nth, Relaxed);
        // Release: pairs with the Acquire fence in read(). Who reads a word of this write also sees it invoked.
        fence(Release);
        write(self.numbering.value(writer, nth));
        // Release: pairs with the Acquire load in read().
        progress.completed.store(nth, Release);
    }

    /// Performs a read, and notes what is known about when it took place.
    #[inline]
    pub(super) fn read<const N: usize>(
        &self,
        around: &mut Surroundings,
        value: &mut [u64; N],
        read: impl FnOnce(&mut [u64; N]),
    ) {
        for (writer, seen) in around.of.iter_mut().enumerate() {
            // Acquire: pairs with the Release store of each reader's newest value, below.
            let newest = self
                .newest
                .iter()
                .map(|reader| reader[writer].load(Acquire));
            seen.newest_before = newest.zip(0..).max().unwrap_or_default();
            // Acquire: pairs with the Release store in write().
            let completed = self.writers[writer].completed.load(Acquire);
            // A writer's write has been read, so the one before it had been completed.
            seen.completed_before = completed.max(seen.newest_before.0.saturating_sub(1));
        }
        read(value);
        // Acquire: pairs with the Release fence in write().
        fence(Acquire);
        for (writer, seen) in around.of.iter_mut().enumerate() {
            seen.invoked_before = self.writers[writer].invoked.load(Relaxed);
        }
        if *value == [value[0]; N] {
            let (writer, nth) = around.at_least(value[0]);
            let mine = &self.newest[around.reader][writer];
            if nth > mine.load(Relaxed) {
                mine.store(nth, Release);
            }
        }
    }

    /// What a reader will know of its reads.
    pub(super) fn surroundings(&self, reader: usize) -> Surroundings {
        Surroundings {
            numbering: self.numbering,
            reader,
            of: vec![Seen::default(); self.writers.len()],
        }
    }
}

/// What is known about when a read took place.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    pub(super) numbering: Numbering,
    pub(super) reader: usize,
    /// For each writer.
    pub(super) of: Vec<Seen>,
}

/// What is known of one writer around a read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// The last write known to have completed before the read was invoked.
    pub(super) completed_before: u64,
    /// The last write known to have been invoked before the read completed.
    pub(super) invoked_before: u64,
    /// The newest write that was read by a read known to have completed before this one was invoked, and by whom.
    pub(super) newest_before: (u64, usize),
}

/// The ways in which a read can be worse than atomic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Wrong,
    Torn,
    Stale,
    Inverted,
}

pub(super) const KINDS: usize = 4;

impl Surroundings {
    /// The oldest write that this value can be of, among those that may be read.
    #[inline]
    fn at_least(&self, value: u64) -> (usize, u64) {
        match self.numbering.below {
            None => self.numbering.write_of(value),
            Some(below) => (0, self.of[0].first_of(value, below).unwrap_or(0)),
        }
    }

    /// The newest write that this value can be of, among those that may be read; `None` if it is of none of them.
    #[inline]
    fn at_most(&self, value: u64) -> Option<(usize, u64)> {
        match self.numbering.below {
            None => Some(self.numbering.write_of(value)),
            Some(below) => Some((0, self.of[0].last_of(value, below)?)),
        }
    }

    #[inline]
    pub(super) fn kind(&self, words: &[u64]) -> Option<Kind> {
        let value = words[0];
        let mut all = self.of.iter();
        let is_still = all.all(|seen| seen.invoked_before == seen.completed_before);
        let or_wrong = |kind| Some(if is_still { Kind::Wrong } else { kind });
        if words.iter().any(|&word| word != value) {
            return or_wrong(Kind::Torn);
        }
        let Some((writer, nth)) = self.at_most(value) else {
            return or_wrong(Kind::Stale);
        };
        // The initial value is older than any write, whoever wrote it.
        let mut those_who_tell = match nth {
            0 => &self.of[..],
            _ => &self.of[writer..=writer],
        }
        .iter();
        if those_who_tell
            .clone()
            .any(|seen| nth < seen.completed_before)
        {
            or_wrong(Kind::Stale)
        } else if is_still && nth > self.of[writer].completed_before {
            Some(Kind::Wrong)
        } else if those_who_tell.any(|seen| nth < seen.newest_before.0) {
            Some(Kind::Inverted)
        } else {
            None
        }
    }

    /// The read with the writes that explain it, and with the earlier read if that returned something newer. The
    /// writers are the first threads, the readers follow. What is drawn to precede is known to have preceded.
    pub(super) fn drawn(&self, words: &[u64]) -> History {
        let kind = self.kind(words);
        let process = |reader: usize| (reader + self.of.len() + 1) as Process;
        let write = |writer: usize, nth: u64, from: u64, to: u64| {
            let value = self.numbering.value(writer, nth);
            Operation::write(writer as Process + 1, value, from..=to)
        };
        // The writer whose writes tell, and of each writer the writes that matter: those that this read saw something
        // of, the last one that completed before it, and what was under way while this one returned something stale.
        let mut of_writer: Vec<Vec<u64>> = vec![Vec::new(); self.of.len()];
        for &word in words {
            if let Some((writer, nth)) = self.at_most(word) {
                of_writer[writer].push(nth);
            }
        }
        let value = self.at_most(words[0]);
        let teller = match value {
            Some((writer, 1..)) => writer,
            _ => {
                let newer = |&at: &usize| {
                    self.of[at]
                        .newest_before
                        .0
                        .max(self.of[at].completed_before)
                };
                (0..self.of.len()).max_by_key(newer).unwrap_or_default()
            }
        };
        let seen = self.of[teller];
        of_writer[teller].push(seen.completed_before);
        if kind == Some(Kind::Stale) {
            of_writer[teller].push(seen.invoked_before);
        }
        let is_inverted = kind == Some(Kind::Inverted);
        let (newest, by) = seen.newest_before;
        if is_inverted {
            of_writer[teller].push(newest);
        }

        let mut operations = Vec::new();
        let mut under_way = Vec::new();
        let mut invoked = 0;
        for (writer, writes) in of_writer.iter_mut().enumerate() {
            writes.retain(|&nth| nth > 0);
            writes.sort_unstable();
            writes.dedup();
            let completed_before = self.of[writer].completed_before;
            let (before, during): (Vec<u64>, Vec<u64>) =
                writes.iter().partition(|&&nth| nth <= completed_before);
            // Which of two writers was first is not known: each has its own row.
            for (&nth, now) in before.iter().zip(0..) {
                operations.push(write(writer, nth, now, now));
            }
            invoked = invoked.max(before.len() as u64);
            under_way.push(during);
        }
        if is_inverted {
            // The earlier read saw the write that is still under way now, but when that began is not known.
            operations.push(Operation::read(
                process(by),
                self.numbering.value(teller, newest),
                invoked.saturating_sub(1)..=invoked,
            ));
            if newest > seen.completed_before {
                operations.push(write(teller, newest, invoked, invoked + 1));
            }
            operations.push(Operation::read(
                process(self.reader),
                words,
                invoked + 1..=invoked + 1,
            ));
            return self.in_order(operations);
        }
        let mut completed = invoked;
        for (writer, during) in under_way.iter().enumerate() {
            for (&nth, now) in during.iter().zip(invoked..) {
                operations.push(write(writer, nth, now, now));
                completed = completed.max(now);
            }
        }
        operations.push(Operation::read(
            process(self.reader),
            words,
            invoked..=completed,
        ));
        self.in_order(operations)
    }

    fn in_order(&self, operations: Vec<Operation>) -> History {
        // Where values repeat, an earlier write of the same value is none of those that may be read.
        let first = operations.iter().find_map(Operation::written).cloned();
        let initial = first.filter(|_| self.numbering.below.is_some());
        History::new(initial.unwrap_or(0.into()), operations)
            .expect("each process performs its operations one after the other")
    }
}

impl Seen {
    /// The first of the writes that may be read which wrote this value, where the values below a number repeat.
    #[inline]
    fn first_of(&self, value: u64, below: u64) -> Option<u64> {
        let ahead = (value + below - self.completed_before % below) % below;
        let first = self.completed_before + ahead;
        (value < below && first <= self.invoked_before).then_some(first)
    }

    /// The last of them.
    #[inline]
    fn last_of(&self, value: u64, below: u64) -> Option<u64> {
        let first = self.first_of(value, below)?;
        Some(first + (self.invoked_before - first) / below * below)
    }
}

#[cfg(test)]
mod tests {
    use histories::Model;
    use histories::check::{Anomaly, check, strongest};

    use super::*;

    fn judged(numbering: Numbering, of: &[Seen], value: [u64; 2]) -> (Option<Kind>, History) {
        let read = Surroundings {
            numbering,
            reader: 1,
            of: of.to_vec(),
        };
        (read.kind(&value), read.drawn(&value))
    }

    fn seen(completed_before: u64, invoked_before: u64, newest: u64) -> Seen {
        Seen {
            completed_before,
            invoked_before,
            newest_before: (newest, 0),
        }
    }

    fn finds(
        numbering: Numbering,
        of: &[Seen],
        value: [u64; 2],
        kind: Option<Kind>,
        expected: Option<(Anomaly, Option<Model>)>,
    ) {
        let (found, drawn) = judged(numbering, of, value);
        assert_eq!(found, kind, "{value:?} {of:?}");
        let verdict = check(Model::Atomic, &drawn);
        let anomaly = verdict.violation().map(|violation| violation.anomaly);
        assert_eq!(
            anomaly.map(|anomaly| (anomaly, strongest(&drawn))),
            expected,
            "{value:?} {of:?}\n{}",
            histories::Timeline::from(drawn)
        );
    }

    #[test]
    fn what_is_drawn_is_what_was_found() {
        const ONE: Numbering = Numbering {
            writers: 1,
            below: None,
        };
        let wrong = Some(Kind::Wrong);
        let torn = Some((Anomaly::Torn, Some(Model::Safe)));
        let stale = Some((Anomaly::Stale, Some(Model::Safe)));
        let inverted = Some((Anomaly::NewOldInversion, Some(Model::Regular)));
        let cases = [
            ([7, 7], seen(7, 7, 7), None, None),
            ([8, 8], seen(7, 8, 7), None, None),
            ([6, 7], seen(7, 7, 7), wrong, Some((Anomaly::Torn, None))),
            ([6, 6], seen(7, 7, 7), wrong, Some((Anomaly::Stale, None))),
            ([5, 5], seen(7, 8, 7), Some(Kind::Stale), stale),
            ([8, 7], seen(7, 8, 7), Some(Kind::Torn), torn),
            ([9, 8], seen(7, 9, 7), Some(Kind::Torn), torn),
            ([1, 0], seen(0, 1, 0), Some(Kind::Torn), torn),
            ([7, 7], seen(7, 8, 8), Some(Kind::Inverted), inverted),
            ([0, 0], seen(0, 1, 1), Some(Kind::Inverted), inverted),
        ];
        for (value, seen, kind, expected) in cases {
            finds(ONE, &[seen], value, kind, expected);
        }
    }

    #[test]
    fn of_two_writers_each_tells_of_its_own_writes() {
        // The first writer writes 1, 3, 5, ..., the second one 2, 4, 6, ...
        const TWO: Numbering = Numbering {
            writers: 2,
            below: None,
        };
        assert_eq!((TWO.value(0, 3), TWO.value(1, 3)), (5, 6));
        let of = |first, second| [first, second];
        let torn = Some((Anomaly::Torn, Some(Model::Safe)));
        let stale = Some((Anomaly::Stale, Some(Model::Safe)));
        let inverted = Some((Anomaly::NewOldInversion, Some(Model::Regular)));
        let still = of(seen(3, 3, 0), seen(3, 3, 0));
        finds(TWO, &still, [5, 5], None, None);
        finds(TWO, &still, [6, 6], None, None);
        finds(
            TWO,
            &still,
            [3, 3],
            Some(Kind::Wrong),
            Some((Anomaly::Stale, None)),
        );
        let first_writes = of(seen(3, 4, 0), seen(3, 3, 0));
        finds(
            TWO,
            &first_writes,
            [4, 4],
            Some(Kind::Stale),
            Some((Anomaly::Stale, None)),
        );
        finds(TWO, &first_writes, [3, 3], Some(Kind::Stale), stale);
        finds(
            TWO,
            &of(seen(0, 1, 0), seen(0, 1, 0)),
            [1, 2],
            Some(Kind::Torn),
            torn,
        );
        finds(
            TWO,
            &of(seen(0, 0, 0), seen(0, 1, 1)),
            [0, 0],
            Some(Kind::Inverted),
            inverted,
        );
    }

    #[test]
    fn values_that_repeat_are_taken_for_the_mildest() {
        const BIT: Numbering = Numbering {
            writers: 1,
            below: Some(2),
        };
        // Writes number 7 and 8 write 1 and 0.
        finds(BIT, &[seen(7, 7, 0)], [1, 1], None, None);
        finds(
            BIT,
            &[seen(7, 7, 0)],
            [0, 0],
            Some(Kind::Wrong),
            Some((Anomaly::NeverWritten, None)),
        );
        finds(BIT, &[seen(7, 8, 0)], [0, 0], None, None);
        let inverted = Some((Anomaly::NewOldInversion, Some(Model::Regular)));
        finds(
            BIT,
            &[seen(7, 8, 8)],
            [1, 1],
            Some(Kind::Inverted),
            inverted,
        );
        // It may be of write number 9.
        finds(BIT, &[seen(7, 9, 8)], [1, 1], None, None);
    }
}

//! How stale reads are: by how many versions, and since when.
//!
//! A read is *stale* if every order of the operations that keeps their precedence has a newer write between the one that
//! it read from and the read itself. These are the writes that were invoked after the one that it read from had completed,
//! and that completed before the read was invoked; how many they are is how many *versions* the read is *behind*. It has
//! been stale since the first of them completed: had it been invoked before that, it would not be.
//!
//! ```
//! use histories::{Timeline, staleness::staleness};
//!
//! let timeline: Timeline = "
//!     init: 0
//!     T1:  ww(1) ww(2) ww(3)
//!     T2:                     rr(1)
//! ".parse()?;
//! let found = staleness(&timeline.history);
//! let [stale] = &found.stale[..] else { panic!("one read is stale") };
//! assert_eq!(stale.versions, 2);
//! assert_eq!(timeline.history.describe(stale.since), "the write of 2");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! So a read is judged by itself, with all writes of its register: it is stale by no version exactly if it is regular. The
//! k of k-atomicity (Aiyer, Alvisi and Bazzi 2005; Golab, Li and Shah 2011) asks for one order for all reads: it is
//! at least one more than the most versions that a read is behind, as their delta is at least the longest time; where
//! reads disagree about the order of writes they are larger.
//!
//! Of a value that was written several times, the write is taken that makes the read least stale. A compare-and-swap is
//! a read of what it found, and a write that is known to have happened if it is known to have swapped. Time O(n log n).

use std::collections::HashMap;

use crate::{Action, History, Instant, Operation, Value};

/// How stale the reads of a history are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staleness {
    /// The operations that returned or found a value.
    pub reads: Vec<usize>,
    /// Those that are stale, in the order of the history.
    pub stale: Vec<Stale>,
    /// Those that found what nobody can have written before: how stale they are cannot be said.
    pub unexplained: Vec<usize>,
}

/// A stale read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The operation.
    pub read: usize,
    /// The write that it read from; `None` if it found the initial value.
    pub source: Option<usize>,
    /// How many newer versions there were before it was invoked.
    pub versions: usize,
    /// The one of these writes that completed first.
    pub since: usize,
}

impl Stale {
    /// How long it had been stale when it was invoked, in the instants of the history.
    pub fn duration(&self, history: &History) -> Instant {
        let operations = history.operations();
        let since = operations[self.since].completed.unwrap_or(Instant::MAX);
        operations[self.read].invoked.saturating_sub(since)
    }
}

/// How stale the reads of a history are.
pub fn staleness(history: &History) -> Staleness {
    let mut all = Staleness::default();
    let mut own: Vec<Vec<usize>> = vec![Vec::new(); *history.registers().end() as usize + 1];
    for (at, operation) in history.operations().iter().enumerate() {
        own[operation.register as usize].push(at);
    }
    for register in history.registers() {
        let own = &own[register as usize];
        let initial = history.initial_of(register);
        of_register(history.operations(), own, initial, &mut all);
    }
    all.reads.sort_unstable();
    all.stale.sort_unstable_by_key(|stale| stale.read);
    all.unexplained.sort_unstable();
    all
}

/// When what a write wrote was there for sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum There {
    Always,
    Since(Instant),
    /// It may come at any time.
    Never,
}

/// A write of some value: when it was invoked, and of all those up to it the two that were there last.
struct Candidate {
    invoked: Instant,
    latest: [Option<(There, usize)>; 2],
}

fn of_register(operations: &[Operation], own: &[usize], initial: &Value, all: &mut Staleness) {
    let candidates = candidates(operations, own);
    // The writes that are known to have happened, by invocation, and of each with those behind it the first to complete.
    let is_sure = |&&at: &&usize| match operations[at].action {
        Action::Write(_) => true,
        Action::CompareAndSwap { swapped, .. } => swapped == Some(true),
        Action::Read(_) => false,
    };
    let mut writes: Vec<(Instant, Instant, usize)> = own
        .iter()
        .filter(is_sure)
        .filter_map(|&at| Some((operations[at].invoked, operations[at].completed?, at)))
        .collect();
    writes.sort_unstable();
    let mut first: Vec<(Instant, usize)> = writes.iter().map(|&(_, end, at)| (end, at)).collect();
    for at in (1..first.len()).rev() {
        first[at - 1] = first[at - 1].min(first[at]);
    }
    // The stale reads, and which writes are newer than what they found: those from this one on, by invocation.
    let mut stale: Vec<(Stale, usize)> = Vec::new();
    for &read in own {
        let Some(value) = found(&operations[read]) else {
            continue;
        };
        all.reads.push(read);
        let completed = operations[read].completed.unwrap_or(Instant::MAX);
        let written = candidates.of(value).and_then(|alike| {
            let before = alike.partition_point(|it| it.invoked <= completed);
            let latest = alike[before.checked_sub(1)?].latest;
            latest.into_iter().flatten().find(|&(_, at)| at != read)
        });
        let written = written.map(|(there, at)| (there, Some(at)));
        let initially = (value == initial).then_some((There::Always, None));
        let Some((there, source)) = written.or(initially) else {
            all.unexplained.push(read);
            continue;
        };
        let newer = match there {
            There::Always => 0,
            There::Since(instant) => writes.partition_point(|&(invoked, ..)| invoked <= instant),
            There::Never => writes.len(),
        };
        if let Some(&(end, since)) = first.get(newer)
            && end < operations[read].invoked
        {
            let versions = 0;
            let is = Stale {
                read,
                source,
                versions,
                since,
            };
            stale.push((is, newer));
        }
    }
    // Read by read as they were invoked, and write by write as they completed: how many of the newer ones have.
    stale.sort_unstable_by_key(|(stale, _)| operations[stale.read].invoked);
    let mut by_end: Vec<(Instant, usize)> = writes.iter().map(|it| it.1).zip(0..).collect();
    by_end.sort_unstable();
    let mut ended = by_end.into_iter().peekable();
    let mut counts = Counts::of(writes.len());
    for (stale, newer) in &mut stale {
        while let Some((_, rank)) = ended.next_if(|&(end, _)| end < operations[stale.read].invoked)
        {
            counts.add(rank);
        }
        stale.versions = counts.from(*newer);
    }
    all.stale.extend(stale.into_iter().map(|(stale, _)| stale));
}

/// What an operation found in its register, if it says so.
fn found(operation: &Operation) -> Option<&Value> {
    match &operation.action {
        Action::Read(value) => value.as_ref(),
        Action::CompareAndSwap {
            expected,
            swapped: Some(true),
            ..
        } if !operation.is_pending() => Some(expected),
        Action::CompareAndSwap { .. } | Action::Write(_) => None,
    }
}

/// The writes of each value, by invocation.
struct Candidates<'a> {
    numbers: HashMap<&'a Value, u32>,
    all: Vec<Candidate>,
    /// Where those of a value begin; the next one's begin where they end.
    begin: Vec<usize>,
}

impl Candidates<'_> {
    fn of(&self, value: &Value) -> Option<&[Candidate]> {
        let number = *self.numbers.get(value)? as usize;
        Some(&self.all[self.begin[number]..self.begin[number + 1]])
    }
}

fn candidates<'a>(operations: &'a [Operation], own: &[usize]) -> Candidates<'a> {
    let mut numbers: HashMap<&Value, u32> = HashMap::new();
    let mut writes: Vec<(u32, Instant, usize)> = Vec::new();
    for &at in own {
        if let Some(value) = operations[at].written() {
            let next = numbers.len() as u32;
            let number = *numbers.entry(value).or_insert(next);
            writes.push((number, operations[at].invoked, at));
        }
    }
    writes.sort_unstable();
    let mut begin = Vec::with_capacity(numbers.len() + 1);
    let mut all: Vec<Candidate> = Vec::with_capacity(writes.len());
    for (number, invoked, at) in writes {
        let is_first = begin.len() as u32 == number;
        if is_first {
            begin.push(all.len());
        }
        let before = all.last().filter(|_| !is_first);
        let mut latest = before.map_or([None, None], |before| before.latest);
        let there = operations[at].completed.map_or(There::Never, There::Since);
        let is = Some((there, at));
        if is > latest[0] {
            latest = [is, latest[0]];
        } else if is > latest[1] {
            latest[1] = is;
        }
        all.push(Candidate { invoked, latest });
    }
    begin.push(all.len());
    Candidates {
        numbers,
        all,
        begin,
    }
}

/// Counts that are added one by one, and summed from any place on (Fenwick 1994).
struct Counts(Vec<usize>);

impl Counts {
    fn of(length: usize) -> Self {
        Self(vec![0; length + 1])
    }

    fn add(&mut self, place: usize) {
        // Mirrored, so that sums run to the end.
        let mut at = self.0.len() - 1 - place;
        while at < self.0.len() {
            self.0[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    fn from(&self, place: usize) -> usize {
        let mut at = self.0.len() - 1 - place;
        let mut sum = 0;
        while at > 0 {
            sum += self.0[at];
            at -= at & at.wrapping_neg();
        }
        sum
    }
}

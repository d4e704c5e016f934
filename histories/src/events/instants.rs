//! Instants put in order, by counting.

use super::NEVER;
use crate::{Instant, Operation};

/// The first and the last instant. Operations stand in order by process, and those of a process by time.
pub(crate) fn ends(operations: &[Operation]) -> Option<(u64, u64)> {
    let mut ends: Option<(u64, u64)> = None;
    let mut rest = operations;
    while let Some(first) = rest.first() {
        let own = rest.partition_point(|operation| operation.process == first.process);
        let last = &rest[own - 1];
        // Behind what completed may come one that is pending.
        let before = rest[..own]
            .iter()
            .rev()
            .take(2)
            .filter_map(|it| it.completed)
            .max();
        let until = before.unwrap_or(last.invoked).max(last.invoked);
        ends = Some(match ends {
            Some((early, late)) => (early.min(first.invoked), late.max(until)),
            None => (first.invoked, until),
        });
        rest = &rest[own..];
    }
    ends
}

/// The instants of operations, to be put in order.
pub(super) enum Instants {
    Close(Close),
    Far(Far),
}

impl Instants {
    /// For up to this many of some operations.
    pub(super) fn new(operations: &[Operation], most: usize) -> Self {
        let (early, late) = ends(operations).unwrap_or((0, 0));
        match late.saturating_sub(early) <= 4 * most as u64 + 1024 {
            true => Self::Close(Close {
                early,
                end: (late - early) as u32 + 2,
                invoked: Vec::with_capacity(most),
                completed: Vec::with_capacity(most),
            }),
            false => Self::Far(Far::with_capacity(most)),
        }
    }

    pub(super) fn push(&mut self, operation: &Operation) {
        match self {
            Self::Close(close) => close.push(operation),
            Self::Far(far) => far.push(operation),
        }
    }

    /// The events of invocation, those of completion, and a bound on them.
    pub(super) fn rank(self) -> (Vec<u32>, Vec<u32>, usize) {
        match self {
            Self::Close(close) => close.rank(),
            Self::Far(far) => far.rank(),
        }
    }
}

/// Instants that lie close together, as distances from one before the first: each is its own place already.
pub(super) struct Close {
    early: Instant,
    /// All distances are lower.
    end: u32,
    invoked: Vec<u32>,
    /// [`NEVER`] for what is pending.
    completed: Vec<u32>,
}

impl Close {
    fn push(&mut self, operation: &Operation) {
        let distance = |instant: Instant| (instant - self.early) as u32 + 1;
        self.invoked.push(distance(operation.invoked));
        let completed = operation.completed.map_or(NEVER, distance);
        self.completed.push(completed);
    }

    /// Where some are equal, the place is the number of those before.
    fn rank(mut self) -> (Vec<u32>, Vec<u32>, usize) {
        let happened = |&&event: &&u32| event != NEVER;
        let mut seen = vec![0_u64; self.end as usize / 64 + 1];
        let mut twice = 0;
        for &event in self.invoked.iter().chain(&self.completed).filter(happened) {
            let (word, bit) = (event as usize / 64, 1 << (event % 64));
            twice |= seen[word] & bit;
            seen[word] |= bit;
        }
        if twice == 0 {
            return (self.invoked, self.completed, self.end as usize);
        }
        let mut next = vec![0_u32; self.end as usize];
        for &event in self.invoked.iter().chain(&self.completed).filter(happened) {
            next[event as usize] += 1;
        }
        let mut sum = 1;
        for place in &mut next {
            (*place, sum) = (sum, sum + *place);
        }
        // All invocations of an instant come before its completions.
        let happened = |event: &&mut u32| **event != NEVER;
        for event in self
            .invoked
            .iter_mut()
            .chain(&mut self.completed)
            .filter(happened)
        {
            let place = &mut next[*event as usize];
            *event = *place;
            *place += 1;
        }
        (self.invoked, self.completed, sum as usize)
    }
}

/// Instants that lie far apart.
pub(super) struct Far {
    invoked: Vec<Instant>,
    /// Of pending operations this is the invocation.
    completed: Vec<Instant>,
    pending: Vec<u32>,
    least: Instant,
    most: Instant,
}

impl Far {
    fn with_capacity(most: usize) -> Self {
        Self {
            invoked: Vec::with_capacity(most),
            completed: Vec::with_capacity(most),
            pending: Vec::new(),
            least: Instant::MAX,
            most: 0,
        }
    }

    fn push(&mut self, operation: &Operation) {
        self.least = self.least.min(operation.invoked);
        let last = operation.completed.unwrap_or(operation.invoked);
        self.most = self.most.max(last);
        if operation.completed.is_none() {
            self.pending.push(self.invoked.len() as u32);
        }
        self.invoked.push(operation.invoked);
        self.completed.push(last);
    }

    fn rank(self) -> (Vec<u32>, Vec<u32>, usize) {
        if self.invoked.is_empty() {
            return (Vec::new(), Vec::new(), 1);
        }
        let mut ranked = self.by_buckets(self.most - self.least);
        for &at in &self.pending {
            ranked.1[at as usize] = NEVER;
        }
        ranked
    }

    /// Those that are close are put into one bucket, of which there are as many as events; within a bucket they are
    /// compared. A bucket holds few of them unless they come in bursts.
    fn by_buckets(&self, range: Instant) -> (Vec<u32>, Vec<u32>, usize) {
        let length = self.invoked.len();
        let bits = Instant::BITS - range.leading_zeros();
        let shift = bits.saturating_sub((2 * length).ilog2() + 1);
        let bucket = |instant: Instant| ((instant - self.least) >> shift) as usize;
        let mut next = vec![0_u32; bucket(self.most) + 1];
        let all = || self.invoked.iter().chain(&self.completed);
        for &instant in all() {
            next[bucket(instant)] += 1;
        }
        let mut sum = 0;
        for place in &mut next {
            (*place, sum) = (sum, sum + *place);
        }
        // Invocations have the lower numbers, and so stand first where instants are equal.
        let mut order = vec![(0, 0); 2 * length];
        for (&instant, at) in all().zip(0_u32..) {
            let place = &mut next[bucket(instant)];
            order[*place as usize] = (instant, at);
            *place += 1;
        }
        let mut start = 0;
        for end in next {
            order[start..end as usize].sort_unstable();
            start = end as usize;
        }
        let (mut invoked, mut completed) = (vec![0; length], vec![0; length]);
        for (&(_, at), event) in order.iter().zip(1..) {
            match (at as usize).checked_sub(length) {
                None => invoked[at as usize] = event,
                Some(at) => completed[at] = event,
            }
        }
        (invoked, completed, 2 * length + 1)
    }
}

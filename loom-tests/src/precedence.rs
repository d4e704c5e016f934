//! Which operation precedes which: from what the processes knew to intervals of time.

use histories::{History, Instant, Operation};

/// A strict partial order of operations, which are numbered as in their history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Precedence {
    /// For each operation a bit for every one that precedes it.
    before: Vec<u64>,
}

/// When each operation is invoked and when it completes, in as few instants as can be.
pub(crate) type Intervals = Vec<(Instant, Instant)>;

impl Precedence {
    /// Nothing precedes anything.
    ///
    /// # Panics
    ///
    /// If there are more than 64 operations.
    pub(crate) fn none(operations: usize) -> Self {
        assert!(
            operations <= 64,
            "a set of operations is a word of 64 bits, but there are {operations}"
        );
        Self {
            before: vec![0; operations],
        }
    }

    pub(crate) fn add(&mut self, first: usize, then: usize) {
        self.before[then] |= 1 << first;
    }

    pub(crate) fn holds(&self, first: usize, then: usize) -> bool {
        self.before[then] >> first & 1 == 1
    }

    pub(crate) fn comparable(&self, a: usize, b: usize) -> bool {
        a == b || self.holds(a, b) || self.holds(b, a)
    }

    /// Adds what follows.
    pub(crate) fn close(&mut self) {
        for through in 0..self.before.len() {
            for then in 0..self.before.len() {
                if self.holds(through, then) {
                    self.before[then] |= self.before[through];
                }
            }
        }
    }

    /// The intervals of time that give this order, if there are any.
    ///
    /// A writer does not look at the clock (see [`clock`](crate::clock)), so that a read precedes a write is not known, unless it is
    /// enforced. But in time, of two pairs `a -> b` and `c -> d` either a precedes d or c precedes b
    /// (Fishburn 1970). Where that leaves no choice but that a read precedes a write, it is added. Where it would be
    /// anything else, the processes looked at the clock at different moments, and no history comes of it: `None`.
    pub(crate) fn in_time(&self, operations: &[Operation]) -> Option<Intervals> {
        let mut order = self.clone();
        let is_write = |at: usize| operations[at].is_write();
        while let Some([a, b, c, d]) = order.two_plus_two() {
            if !is_write(a) && is_write(d) {
                order.add(a, d);
            } else if !is_write(c) && is_write(b) {
                order.add(c, b);
            } else {
                return None;
            }
            order.close();
        }
        Some(order.intervals())
    }

    /// `[a, b, c, d]` with `a -> b` and `c -> d`, but neither `a -> d` nor `c -> b`.
    fn two_plus_two(&self) -> Option<[usize; 4]> {
        let lowest = |set: u64| set.trailing_zeros() as usize;
        for b in 0..self.before.len() {
            for d in 0..b {
                let (only_b, only_d) = (
                    self.before[b] & !self.before[d],
                    self.before[d] & !self.before[b],
                );
                if only_b != 0 && only_d != 0 {
                    return Some([lowest(only_b), b, lowest(only_d), d]);
                }
            }
        }
        None
    }

    /// The sets of predecessors lie in each other: an instant for each of them (Greenough 1976).
    fn intervals(&self) -> Intervals {
        let mut sets = self.before.clone();
        sets.sort_unstable_by_key(|set| set.count_ones());
        sets.dedup();
        let invoked = |at: usize| sets.iter().position(|&set| set == self.before[at]);
        let follows = |at: usize| sets.iter().position(|&set| set >> at & 1 == 1);
        let interval = |at: usize| {
            let invoked = invoked(at).expect("every set of predecessors is among them");
            let completed = follows(at).unwrap_or(sets.len()) - 1;
            (invoked as Instant, completed as Instant)
        };
        (0..self.before.len()).map(interval).collect()
    }
}

/// These operations, at these times.
pub(crate) fn timed(history: &History, operations: Vec<Operation>, times: &Intervals) -> History {
    let operations = operations
        .into_iter()
        .zip(times)
        .map(|(operation, &(invoked, completed))| Operation {
            invoked,
            completed: Some(completed),
            ..operation
        });
    History::new(history.initial().clone(), operations)
        .expect("each process performs its operations one after the other")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter for each operation, `w` or `r`.
    fn in_time(kinds: &str, pairs: &[(usize, usize)]) -> Option<Intervals> {
        let operation = |(process, kind)| match kind {
            'w' => Operation::write(process, 1, 0..=0),
            _ => Operation::question(process, 0..=0),
        };
        let operations: Vec<Operation> = (0..).zip(kinds.chars()).map(operation).collect();
        let mut order = Precedence::none(operations.len());
        pairs.iter().for_each(|&(first, then)| order.add(first, then));
        order.close();
        order.in_time(&operations)
    }

    #[test]
    fn what_is_known_is_kept_and_nothing_else() {
        assert_eq!(in_time("wrr", &[(0, 2)]), Some(vec![(0, 0), (0, 1), (1, 1)]));
    }

    #[test]
    fn a_read_before_a_read_that_misses_a_write_precedes_the_next_write() {
        // w0 w1 and r2 r3 overlap, and r3 does not know that w0 is complete.
        let times = in_time("wwrr", &[(0, 1), (2, 3)]).unwrap();
        assert!(times[2].1 < times[1].0, "{times:?}");
    }

    #[test]
    fn knowledge_of_different_moments_is_no_history() {
        // r1 knows that w0 is complete; r3 does not, but that r2 is, which r1 does not know.
        assert_eq!(in_time("wrrr", &[(0, 1), (2, 3)]), None);
    }
}

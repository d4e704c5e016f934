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
    /// In time, of two pairs `a -> b` and `c -> d` either a precedes d or c precedes b (Fishburn 1970). In other words,
    /// of any two operations one is preceded by whatever precedes the other: their sets of predecessors lie in each
    /// other, and each set is an instant (Greenough 1976).
    pub(crate) fn in_time(&self) -> Option<Intervals> {
        let mut sets = self.before.clone();
        sets.sort_unstable_by_key(|set| set.count_ones());
        sets.dedup();
        if sets.windows(2).any(|pair| pair[0] & !pair[1] != 0) {
            return None;
        }
        let invoked = |at: usize| sets.iter().position(|&set| set == self.before[at]);
        let follows = |at: usize| sets.iter().position(|&set| set >> at & 1 == 1);
        let interval = |at: usize| {
            let invoked = invoked(at).expect("every set of predecessors is among them");
            let completed = follows(at).unwrap_or(sets.len()) - 1;
            (invoked as Instant, completed as Instant)
        };
        Some((0..self.before.len()).map(interval).collect())
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

    fn in_time(operations: usize, pairs: &[(usize, usize)]) -> Option<Intervals> {
        let mut order = Precedence::none(operations);
        pairs
            .iter()
            .for_each(|&(first, then)| order.add(first, then));
        order.close();
        order.in_time()
    }

    #[test]
    fn an_order_in_time_is_kept_and_nothing_is_added() {
        assert_eq!(in_time(3, &[(0, 2)]), Some(vec![(0, 0), (0, 1), (1, 1)]));
        assert_eq!(
            in_time(3, &[(0, 1), (1, 2)]),
            Some(vec![(0, 0), (1, 1), (2, 2)])
        );
        assert_eq!(in_time(2, &[]), Some(vec![(0, 0), (0, 0)]));
    }

    #[test]
    fn two_pairs_that_know_nothing_of_each_other_are_not_in_time() {
        assert_eq!(in_time(4, &[(0, 1), (2, 3)]), None);
        assert!(in_time(4, &[(0, 1), (2, 3), (0, 3)]).is_some());
    }
}

//! Relations on the events of an execution, and the few operations that the axioms are written in.
//!
//! An event is a number below [`MOST`]; a set of events is a word of bits, and a relation is a set for each event: the
//! ones that it leads to. The names follow the papers: `a.then(&b)` is *a ; b*, `&a | &b` is *a ∪ b*, `a.closure()` is
//! *a⁺*, and `a.from(set)` is *\[set\] ; a*.

use std::ops::{BitAnd, BitOr, Sub};

/// How many events an execution has at most.
pub(crate) const MOST: usize = 64;

/// A set of events: bit `e` is for event `e`.
pub(crate) type Set = u64;

/// The set of this event alone.
pub(crate) fn one(event: usize) -> Set {
    1 << event
}

/// The events of a set, in order.
pub(crate) fn members(mut set: Set) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let event = set.trailing_zeros() as usize;
        set &= set.wrapping_sub(1);
        (event < MOST).then_some(event)
    })
}

/// A relation on the events of an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    rows: Vec<Set>,
}

impl Relation {
    /// No pair of `events` events.
    pub(crate) fn empty(events: usize) -> Self {
        Self {
            rows: vec![0; events],
        }
    }

    /// Each of these events with itself: *\[set\]*.
    pub(crate) fn identity(events: usize, set: Set) -> Self {
        let rows = (0..events).map(|event| set & one(event));
        Self {
            rows: rows.collect(),
        }
    }

    /// Adds the pairs from `event` to each event of `set`.
    pub(crate) fn add(&mut self, event: usize, set: Set) {
        self.rows[event] |= set;
    }

    /// *self ; next*: from `a` to `c` if there is a `b` between.
    pub(crate) fn then(&self, next: &Self) -> Self {
        let row = |&row: &Set| members(row).fold(0, |reached, event| reached | next.rows[event]);
        Self {
            rows: self.rows.iter().map(row).collect(),
        }
    }

    /// *self⁻¹*.
    pub(crate) fn inverse(&self) -> Self {
        let mut inverse = Self::empty(self.rows.len());
        for (from, &row) in self.rows.iter().enumerate() {
            members(row).for_each(|to| inverse.rows[to] |= one(from));
        }
        inverse
    }

    /// *self⁺*: one step or more.
    pub(crate) fn closure(&self) -> Self {
        let mut closure = self.clone();
        for by in 0..closure.rows.len() {
            let further = closure.rows[by];
            let rows = closure.rows.iter_mut();
            rows.filter(|row| **row & one(by) != 0)
                .for_each(|row| *row |= further);
        }
        closure
    }

    /// *\[set\] ; self*: what starts in the set.
    pub(crate) fn from(&self, set: Set) -> Self {
        let rows = self.rows.iter().enumerate();
        let rows = rows.map(|(event, &row)| if set & one(event) != 0 { row } else { 0 });
        Self {
            rows: rows.collect(),
        }
    }

    /// *self ; \[set\]*: what ends in the set.
    pub(crate) fn to(&self, set: Set) -> Self {
        Self {
            rows: self.rows.iter().map(|row| row & set).collect(),
        }
    }

    /// There is no pair.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.iter().all(|&row| row == 0)
    }

    /// No event leads to itself.
    pub(crate) fn is_irreflexive(&self) -> bool {
        let mut rows = self.rows.iter().enumerate();
        rows.all(|(event, row)| row & one(event) == 0)
    }

    /// No event leads to itself, in one step or more.
    pub(crate) fn is_acyclic(&self) -> bool {
        self.closure().is_irreflexive()
    }
}

impl BitOr for &Relation {
    type Output = Relation;

    fn bitor(self, other: Self) -> Relation {
        let rows = self.rows.iter().zip(&other.rows).map(|(a, b)| a | b);
        Relation {
            rows: rows.collect(),
        }
    }
}

impl BitOr<&Relation> for Relation {
    type Output = Relation;

    fn bitor(self, other: &Relation) -> Relation {
        &self | other
    }
}

impl BitAnd for &Relation {
    type Output = Relation;

    fn bitand(self, other: Self) -> Relation {
        let rows = self.rows.iter().zip(&other.rows).map(|(a, b)| a & b);
        Relation {
            rows: rows.collect(),
        }
    }
}

impl Sub for &Relation {
    type Output = Relation;

    fn sub(self, other: Self) -> Relation {
        let rows = self.rows.iter().zip(&other.rows).map(|(a, b)| a & !b);
        Relation {
            rows: rows.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(events: usize, pairs: &[(usize, usize)]) -> Relation {
        let mut relation = Relation::empty(events);
        pairs.iter().for_each(|&(a, b)| relation.add(a, one(b)));
        relation
    }

    #[test]
    fn composition_goes_through_an_event_in_between() {
        let first = relation(4, &[(0, 1), (1, 2), (3, 3)]);
        let second = relation(4, &[(1, 3), (2, 0)]);
        assert_eq!(first.then(&second), relation(4, &[(0, 3), (1, 0)]));
    }

    #[test]
    fn the_closure_finds_the_cycle() {
        let chain = relation(4, &[(0, 1), (1, 2), (2, 3)]);
        assert!(chain.is_acyclic());
        assert_eq!(
            chain.closure().from(0b0001).to(0b1000),
            relation(4, &[(0, 3)])
        );
        let cycle = chain | &relation(4, &[(3, 1)]);
        assert!(cycle.is_irreflexive());
        assert!(!cycle.is_acyclic());
        assert_eq!(
            cycle.closure().from(0b0100).to(0b0100),
            relation(4, &[(2, 2)])
        );
    }

    #[test]
    fn restrictions_and_inverse() {
        let all = relation(3, &[(0, 1), (1, 2), (2, 0)]);
        assert_eq!(all.from(0b011), relation(3, &[(0, 1), (1, 2)]));
        assert_eq!(all.to(0b001), relation(3, &[(2, 0)]));
        assert_eq!(all.inverse(), relation(3, &[(1, 0), (2, 1), (0, 2)]));
        let same = Relation::identity(3, 0b101);
        assert_eq!(same.then(&all), all.from(0b101));
        assert_eq!(&all - &all.to(0b001), relation(3, &[(0, 1), (1, 2)]));
        assert_eq!(&all & &all.to(0b001), relation(3, &[(2, 0)]));
    }

    #[test]
    fn the_last_event_of_the_largest_execution_is_a_member() {
        assert_eq!(
            members(one(MOST - 1) | one(2)).collect::<Vec<_>>(),
            [2, MOST - 1]
        );
        assert_eq!(members(0).count(), 0);
    }
}

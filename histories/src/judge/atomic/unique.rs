//! Atomic, where every value is written once: the zones of Gibbons and Korach (*Testing shared memories*, SIAM J.
//! Comput. 1997).
//!
//! A *cluster* is a write with the reads that returned its value. In a linearization a cluster stands together, so that
//! clusters are ordered as wholes. Let f be the earliest completion in a cluster, and s the latest invocation in it: cluster A
//! has to come before cluster B if something of A precedes something of B, that is, if `f(A) < s(B)`. Two clusters that
//! have to come before each other *conflict*; and without such a pair there is a linearization, since of any cycle the
//! cluster with the largest s conflicts with its successor.
//!
//! The *zone* of a cluster lies between f and s: a forward zone if `f < s`, else a backward one. Two clusters conflict
//! if their forward zones overlap, or if the backward zone of one lies within the forward zone of the other. So the
//! zones are put into buckets by where they begin, and one sweep finds whether there is a conflict. Time O(n).
//!
//! The initial value is the cluster of a write that completed before everything. A pending write that nobody read is
//! left out.

use super::conflict;
use crate::History;
use crate::events::{Events, Kind};
use crate::found::Found;

/// What there is none of, where the earliest is sought.
pub(crate) const NEVER: u64 = u64::MAX;

/// A write and the reads of its value, with the places in time at which they begin and end. What there is none of is
/// [`NEVER`] where the earliest is sought, and 0 where the latest is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cluster {
    /// The invocation of the write; 0 for the initial value.
    pub(crate) invoked: u64,
    /// The completion of the write.
    pub(crate) completed: u64,
    /// The earliest completion of a read.
    pub(crate) first: u64,
    /// The latest invocation of a read.
    pub(crate) last: u64,
}

pub(super) const NOBODY: Cluster = Cluster {
    invoked: NEVER,
    completed: NEVER,
    first: NEVER,
    last: 0,
};

impl Cluster {
    /// Where f lies.
    pub(crate) fn f(&self) -> u64 {
        self.completed.min(self.first)
    }

    /// Where s lies.
    pub(crate) fn s(&self) -> u64 {
        self.invoked.max(self.last)
    }

    /// Whether it has a write, which may be that of the initial value, that took effect.
    pub(crate) fn counts(&self) -> bool {
        self.invoked != NEVER && self.f() != NEVER
    }

    /// Whether each read has a write, and none completed before the write was invoked.
    fn is_written(&self) -> bool {
        // Without a write its invocation is never.
        self.first == NEVER || self.invoked < self.first
    }

    pub(super) fn add(
        &mut self,
        invoked: u64,
        completed: u64,
        is_read: bool,
    ) -> Result<(), Repeated> {
        if is_read {
            self.first = self.first.min(completed);
            self.last = self.last.max(invoked);
        } else if self.invoked == NEVER {
            (self.invoked, self.completed) = (invoked, completed);
        } else {
            return Err(Repeated);
        }
        Ok(())
    }
}

/// A value is written twice, or there is a compare-and-swap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repeated;

/// The clusters of one register, by the numbers of the values.
pub(crate) fn clusters(events: &Events) -> Option<Vec<Cluster>> {
    if events.has_swaps() {
        return None;
    }
    let mut clusters = vec![NOBODY; events.values];
    let initial = &mut clusters[events.initial[0] as usize];
    (initial.invoked, initial.completed) = (0, 0);
    for at in 0..events.len() {
        let completed = match events.is_pending(at) {
            true => NEVER,
            false => u64::from(events.completed[at]),
        };
        let is_read = events.kind[at] == Kind::Read;
        let cluster = &mut clusters[events.value[at] as usize];
        cluster
            .add(u64::from(events.invoked[at]), completed, is_read)
            .ok()?;
    }
    Some(clusters)
}

/// What is found of one register; `None` if a value is written twice, or if there is a compare-and-swap.
pub(crate) fn judge(history: &History, events: &Events) -> Option<Found> {
    let clusters = clusters(events)?;
    Some(match is_free_of_conflict(&clusters, events.end as u64) {
        true => Found::Meets,
        false => conflict::smallest(history, events),
    })
}

/// An order of the operations that keeps their precedence, and in which each read returns the last write before it; of a
/// history that has one.
pub(crate) fn linearization(events: &Events) -> Option<Vec<usize>> {
    let clusters = clusters(events)?;
    if !is_free_of_conflict(&clusters, events.end as u64) {
        return None;
    }
    let mut operations: Vec<usize> = (0..events.len())
        .filter(|&at| clusters[events.value[at] as usize].counts())
        .collect();
    // If zone A begins before zone B, then B does not have to come before A: else `f(B) < s(A)`, so that A is a forward
    // zone, and B begins within it and conflicts with it.
    operations.sort_unstable_by_key(|&at| {
        let cluster = &clusters[events.value[at] as usize];
        let is_read = events.kind[at] == Kind::Read;
        (cluster.f().min(cluster.s()), is_read, events.invoked[at])
    });
    Some(operations)
}

/// Calls `visit` for all clusters that count, in the order in which their zones begin; all places in time are before
/// `end`. Ends early where `visit` says so.
fn in_order(clusters: &[Cluster], end: u64, mut visit: impl FnMut(usize, u64, u64) -> bool) {
    // About as many buckets as clusters, or one for each place if these are fewer.
    let bits = u64::BITS - end.leading_zeros();
    let shift = bits.saturating_sub(clusters.len().max(1).ilog2() + 1);
    let mut buckets = vec![0_u32; (end >> shift) as usize + 1];
    // One more than the next cluster of the same bucket.
    let mut next = vec![0_u32; clusters.len()];
    for (at, cluster) in (0_u32..).zip(clusters).filter(|(_, it)| it.counts()) {
        let bucket = &mut buckets[(cluster.f().min(cluster.s()) >> shift) as usize];
        next[at as usize] = std::mem::replace(bucket, at + 1);
    }
    let mut together: Vec<(u64, u64, u64, usize)> = Vec::new();
    for mut at in buckets {
        together.clear();
        while let Some(before) = at.checked_sub(1) {
            let cluster = &clusters[before as usize];
            let (f, s) = (cluster.f(), cluster.s());
            together.push((f.min(s), f, s, before as usize));
            at = next[before as usize];
        }
        together.sort_unstable();
        for &(_, f, s, at) in &together {
            if !visit(at, f, s) {
                return;
            }
        }
    }
}

/// Whether all reads returned what had been written, and no two zones conflict.
pub(super) fn is_free_of_conflict(clusters: &[Cluster], end: u64) -> bool {
    if !clusters.iter().all(Cluster::is_written) {
        return false;
    }
    // The end of the forward zone that the sweep is in.
    let mut until = 0;
    let mut is_free = true;
    in_order(clusters, end, |_, f, s| {
        // A forward zone that begins in another one, or a backward zone that lies in one.
        is_free = f >= until;
        if f < s {
            until = s;
        }
        is_free
    });
    is_free
}

/// Clusters among whose operations the smallest conflict is, of clusters that have one.
pub(super) fn to_blame(clusters: &[Cluster], end: u64) -> Vec<bool> {
    let mut marked = vec![false; clusters.len()];
    let nobody = |it: &&usize| clusters[**it].invoked == NEVER && clusters[**it].first != NEVER;
    let all: Vec<usize> = (0..clusters.len()).collect();
    let from_future = |it: &&usize| !clusters[**it].is_written();
    if let Some(&unwritten) = all
        .iter()
        .find(nobody)
        .or_else(|| all.iter().find(from_future))
    {
        marked[unwritten] = true;
    } else if let Some(stale) = stale(clusters, end) {
        stale.into_iter().for_each(|at| marked[at] = true);
    } else {
        return in_conflict(clusters);
    }
    marked
}

/// A cluster whose value was read after it had been overwritten, as early as can be, and the one that overwrote it; of
/// these there may be more than are found. Of the initial value, if it is one of them.
fn stale(clusters: &[Cluster], end: u64) -> Option<[usize; 2]> {
    // About as many buckets as clusters. Of the writes that complete in each or before, the one invoked last.
    let bits = u64::BITS - end.leading_zeros();
    let shift = bits.saturating_sub(clusters.len().max(1).ilog2() + 1);
    let mut latest: Vec<(u64, u32)> = vec![(0, 0); (end >> shift) as usize + 2];
    for (at, cluster) in (0_u32..).zip(clusters) {
        if cluster.completed != NEVER && cluster.completed != 0 {
            let latest = &mut latest[(cluster.completed >> shift) as usize + 1];
            *latest = (*latest).max((cluster.invoked, at));
        }
    }
    for bucket in 1..latest.len() {
        latest[bucket] = latest[bucket].max(latest[bucket - 1]);
    }
    let overwritten = |at: &usize| {
        let cluster = &clusters[*at];
        let (invoked, by) = latest[(cluster.last >> shift) as usize];
        (invoked > cluster.completed).then_some([*at, by as usize])
    };
    let is_read = |at: &usize| clusters[*at].counts() && clusters[*at].first != NEVER;
    let all = (0..clusters.len())
        .filter(is_read)
        .filter_map(|at| overwritten(&at));
    all.min_by_key(|&[at, _]| (clusters[at].completed != 0, clusters[at].last))
}

/// Which clusters have a conflict with another one. Where nothing stale was read, these are few: only what runs at one
/// time conflicts.
fn in_conflict(clusters: &[Cluster]) -> Vec<bool> {
    let mut marked = vec![false; clusters.len()];
    let mut zones: Vec<(u64, u64, usize)> = (0..clusters.len())
        .filter(|&at| clusters[at].counts())
        .map(|at| (clusters[at].f(), clusters[at].s(), at))
        .collect();
    zones.sort_unstable_by_key(|&(f, s, _)| f.min(s));
    // The end of the forward zones that have begun before.
    let mut until = 0;
    for &(f, s, at) in &zones {
        marked[at] |= f < until;
        if f < s {
            until = until.max(s);
        }
    }
    // The first end of a backward zone, and the first beginning of a forward one, of those that begin later.
    let mut first = NEVER;
    for &(f, s, at) in zones.iter().rev() {
        if f < s {
            marked[at] |= first < s;
        }
        first = first.min(f);
    }
    marked
}

//! Strong regular (the stronger of the two that Shao, Welch, Pierce and Lee, *Multiwriter consistency conditions for
//! shared memory registers*, 2011, ask of many writers): all reads agree on one order of the writes, in which each read
//! by itself has a place that keeps its precedence. Reads need not agree with each other beyond that.
//!
//! Where every value is written once, write A has to come before write B if something of the cluster of A, the write or
//! a read of it, precedes B, or if A precedes something of the cluster of B. That has no cycle exactly if the clusters
//! can be taken away one by one, each time one that nothing has to come before: it was invoked before anything left has
//! completed, and nothing of it was invoked after the write of another one left had completed. Time O(n).
//!
//! Where values repeat, or with compare-and-swaps, an order of the writes is [searched](super::write_order).

use std::collections::HashSet;

use super::atomic::unique::{self, Cluster, clusters};
use super::{regular, write_order};
use crate::History;
use crate::budget::Budget;
use crate::events::{Events, Kind, NEVER};
use crate::found::Found;

pub(crate) fn judge(history: &History, events: &Events, budget: &Budget) -> Found {
    // Strong regular implies regular, and what breaks regular is easier to explain.
    let regular = regular::judge(history, events, budget);
    if let Found::Breaks(_) = regular {
        return regular;
    }
    match clusters(events) {
        Some(clusters) => match peel(events, &clusters) {
            None => Found::Meets,
            Some(core) => Found::among(events.in_history(core)),
        },
        None => write_order::judge(events, budget),
    }
}

/// Takes away the clusters one by one; if that ends before all are gone, operations that show why.
fn peel(events: &Events, clusters: &[Cluster]) -> Option<Vec<usize>> {
    let counts = |at: &usize| clusters[*at].counts() && clusters[*at].invoked != 0;
    let all: Vec<usize> = (0..clusters.len()).filter(counts).collect();
    let place = |key: fn(&Cluster) -> u64| {
        let mut place = vec![NEVER; events.end];
        for &at in &all {
            if let Some(place) = place.get_mut(key(&clusters[at]) as usize) {
                *place = at as u32;
            }
        }
        place.retain(|&at| at != NEVER);
        place
    };
    let (by_f, by_s) = (place(Cluster::f), place(Cluster::s));
    let by_invocation = place(|cluster| cluster.invoked);
    let by_completion = place(|cluster| cluster.completed);
    let mut left = vec![false; clusters.len()];
    all.iter().for_each(|&at| left[at] = true);
    let mut free = vec![0_u8; clusters.len()];
    let mut ready: Vec<u32> = Vec::new();
    let (mut f, mut first, mut second) = (0, 0, 1);
    let (mut invoked, mut seen) = (0, 0);
    let mut remaining = all.len();
    while remaining > 0 {
        let gone = |list: &[u32], at: usize| list.get(at).is_some_and(|&it| !left[it as usize]);
        while gone(&by_f, f) {
            f += 1;
        }
        while gone(&by_completion, first) {
            first += 1;
        }
        second = second.max(first + 1);
        while gone(&by_completion, second) {
            second += 1;
        }
        let completed = |at: usize| {
            let at = by_completion.get(at);
            at.map_or(unique::NEVER, |&at| clusters[at as usize].completed)
        };
        let earliest = by_f
            .get(f)
            .map_or(unique::NEVER, |&at| clusters[at as usize].f());
        let mut frees = |at: u32, bit: u8| {
            free[at as usize] |= bit;
            if free[at as usize] == 3 && left[at as usize] {
                free[at as usize] = 7;
                ready.push(at);
            }
        };
        while let Some(&at) = by_invocation.get(invoked) {
            if clusters[at as usize].invoked > earliest {
                break;
            }
            frees(at, 1);
            invoked += 1;
        }
        while let Some(&at) = by_s.get(seen) {
            if clusters[at as usize].s() > completed(first) {
                break;
            }
            frees(at, 2);
            seen += 1;
        }
        // Its own write is no other one.
        if let Some(&at) = by_completion.get(first)
            && clusters[at as usize].s() < completed(second)
        {
            frees(at, 2);
        }
        let Some(at) = ready.pop() else {
            let culprits = [
                by_f.get(f),
                by_completion.get(first),
                by_completion.get(second),
            ];
            return Some(evidence(events, clusters, culprits.into_iter().flatten()));
        };
        left[at as usize] = false;
        remaining -= 1;
    }
    None
}

/// The writes of some clusters, and the reads at which they begin and end.
fn evidence<'a>(
    events: &Events,
    clusters: &[Cluster],
    culprits: impl Iterator<Item = &'a u32>,
) -> Vec<usize> {
    let culprits: HashSet<u32> = culprits.copied().collect();
    let is_evidence = |&at: &usize| {
        let cluster = &clusters[events.value[at] as usize];
        culprits.contains(&events.value[at])
            && (events.kind[at] == Kind::Write
                || u64::from(events.completed[at]) == cluster.first
                || u64::from(events.invoked[at]) == cluster.last)
    };
    (0..events.len()).filter(is_evidence).collect()
}

//! Strong regular (the stronger of the two that Shao, Welch, Pierce and Lee, *Multiwriter consistency conditions for
//! shared memory registers*, 2011, ask of many writers): all reads agree on one order of the writes, in which each read
//! by itself has a place that keeps its precedence. Reads need not agree with each other beyond that.
//!
//! Where every value is written once, write A has to come before write B if something of the cluster of A, the write or
//! a read of it, precedes B, or if A precedes something of the cluster of B. That has no cycle exactly if the clusters
//! can be taken away one by one, each time one that nothing has to come before: it was invoked before anything left has
//! completed, and nothing of it was invoked after the write of another one left had completed. Time O(n).
//!
//! Where values repeat, or with compare-and-swaps, short histories are searched through; a long one is judged only if it
//! is linearizable, or not even regular.

use std::collections::HashSet;

use super::events::{Events, Kind, NEVER};
use super::zones::{Cluster, clusters};
use super::{Anomaly, Model, Verdict, Violation, atomic, local, regular, witness};
use crate::History;

/// How many situations are searched through.
const BUDGET: usize = 200_000;

pub(super) fn check(history: &History) -> Verdict {
    local(history, Model::StrongRegular, judge)
}

fn judge(history: &History, events: &Events) -> Verdict {
    let regular = regular::judge(history, events, Model::StrongRegular, None);
    if let Verdict::Breaks(_) = regular {
        return regular;
    }
    let own = events.in_history(0..events.len());
    let core = match clusters(events) {
        Some(clusters) => match peel(events, &clusters) {
            None => return Verdict::Meets,
            Some(core) => events.in_history(core),
        },
        None if events.len() <= 64 => match search(events) {
            Some(true) => return Verdict::Meets,
            Some(false) => own.clone(),
            None => return Verdict::Unknown { states: BUDGET },
        },
        None if atomic::holds(&history.restricted_to(&own)) => return Verdict::Meets,
        None => return Verdict::Unknown { states: 0 },
    };
    let breaks = |part: &History| {
        Events::by_register(part).iter().any(|events| {
            !regular::sweep(events).is_empty()
                || match clusters(events) {
                    Some(clusters) => peel(events, &clusters).is_some(),
                    None => events.len() <= 64 && search(events) == Some(false),
                }
        })
    };
    let among = match own.len() <= witness::EXACT {
        true => &own,
        false => &core,
    };
    let witness = witness::among_the_last(history, among, breaks);
    let named: Vec<String> = witness
        .iter()
        .map(|&at| match history.operations()[at].returned() {
            Some(value) => format!("{} ({value})", history.describe(at)),
            None => history.describe(at),
        })
        .collect();
    let sentence = format!(
        "no order of the writes: there is none in which each of {} has a place of its own",
        atomic::list(&named),
    );
    Verdict::Breaks(Violation {
        model: Model::StrongRegular,
        anomaly: Anomaly::NoOrder,
        sentence,
        witness,
    })
}

/// Takes away the clusters one by one; if that ends before all are gone, operations that show why.
fn peel(events: &Events, clusters: &[Cluster]) -> Option<Vec<usize>> {
    let counts = |at: &usize| clusters[*at].counts() && clusters[*at].invoked != 0;
    let all: Vec<usize> = (0..clusters.len()).filter(counts).collect();
    let place = |key: &dyn Fn(&Cluster) -> u32| {
        let mut place = vec![NEVER; events.end];
        for &at in &all {
            if let Some(place) = place.get_mut(key(&clusters[at]) as usize) {
                *place = at as u32;
            }
        }
        place.retain(|&at| at != NEVER);
        place
    };
    let (by_f, by_s) = (place(&Cluster::f), place(&Cluster::s));
    let by_invocation = place(&|cluster| cluster.invoked);
    let by_completion = place(&|cluster| cluster.completed);
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
            at.map_or(NEVER, |&at| clusters[at as usize].completed)
        };
        let earliest = by_f.get(f).map_or(NEVER, |&at| clusters[at as usize].f());
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
                || events.completed[at] == cluster.first
                || events.invoked[at] == cluster.last)
    };
    (0..events.len()).filter(is_evidence).collect()
}

/// Puts the writes in order one by one; a read is served as soon as it can be, which hinders nobody. `None` if there is
/// too much to look at. For up to 64 operations.
fn search(events: &Events) -> Option<bool> {
    let bits = |which: &dyn Fn(usize) -> bool| {
        (0..events.len())
            .filter(|&at| which(at))
            .fold(0_u64, |bits, at| bits | 1 << at)
    };
    let writes = bits(&|at| events.written(at).is_some());
    let needed = bits(&|at| !events.is_pending(at));
    let reads = bits(&|at| matches!(events.kind[at], Kind::Read | Kind::Refused));
    let before: Vec<u64> = (0..events.len())
        .map(|at| bits(&|other| events.precedes(other, at)) & writes)
        .collect();
    let after: Vec<u64> = (0..events.len())
        .map(|at| bits(&|other| events.precedes(at, other)) & writes)
        .collect();
    let mut met: HashSet<(u64, u32)> = HashSet::new();
    let mut open = vec![(0_u64, events.initial[0])];
    while let Some((mut done, value)) = open.pop() {
        let fits = |at: usize| match events.kind[at] {
            Kind::Write => true,
            // Nobody judges what never completed.
            Kind::Swap if events.is_pending(at) => true,
            Kind::Refused => events.value[at] != value,
            _ => events.value[at] == value,
        };
        let waiting = reads & !done;
        for at in (0..events.len()).filter(|&at| waiting >> at & 1 == 1) {
            if fits(at) && before[at] & !done == 0 && after[at] & done == 0 {
                done |= 1 << at;
            }
        }
        if needed & !done == 0 {
            return Some(true);
        }
        if !met.insert((done, value)) {
            continue;
        }
        if met.len() > BUDGET {
            return None;
        }
        for at in (0..events.len()).filter(|&at| (writes & !done) >> at & 1 == 1) {
            // A pending write precedes nothing, so it waits for nobody's place.
            if before[at] & !done == 0 && fits(at) {
                let value = events.written(at).expect("it is a write");
                open.push((done | 1 << at, value));
            }
        }
    }
    Some(false)
}

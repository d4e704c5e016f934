//! Sequential, and causal convergence, on one register where every value is written once.
//!
//! A write and the reads of its value form a *cluster* that stands together in an order of all operations. So there is
//! one exactly if the order in which the processes meet the clusters has no cycle, nothing is met before the initial
//! value, and no process reads what it writes only later. Time O(n).

use super::paths::{bucket, shortest};
use crate::events::{Events, Kind, NEVER};

/// How many changes of cluster that lead back in time are tried for the shortest cycle.
const TRIED: usize = 8;

/// What was found.
pub(super) enum Clusters {
    /// The operations that took effect, one cluster behind the other.
    Fit(Vec<u32>),
    /// The operations that contradict each other.
    Contradict(Vec<u32>),
}

/// `None` if there are more registers, compare-and-swaps, or two writes of one value.
pub(super) fn judge(events: &Events) -> Option<Clusters> {
    if events.initial.len() > 1 || events.has_swaps() {
        return None;
    }
    let initial = events.initial[0];
    let mut write_of = vec![NEVER; events.values];
    let mut is_read = vec![false; events.values];
    for at in 0..events.len() {
        let value = events.value[at];
        if events.kind[at] == Kind::Read {
            is_read[value as usize] = true;
            continue;
        }
        let write = &mut write_of[value as usize];
        if *write != NEVER || value == initial {
            return None;
        }
        *write = at as u32;
    }
    // A pending write that nobody read never took effect.
    let counts = |at: usize| !events.is_pending(at) || is_read[events.value[at] as usize];
    // A change of cluster on a process: an operation, and the next one.
    let mut changes: Vec<(u32, u32)> = Vec::new();
    let mut last: Option<usize> = None;
    for at in (0..events.len()).filter(|&at| counts(at)) {
        let cluster = events.value[at];
        let write = write_of[cluster as usize];
        if write == NEVER && cluster != initial {
            return Some(Clusters::Contradict(vec![at as u32]));
        }
        let is_own = write != NEVER && events.process[write as usize] == events.process[at];
        if is_own && write > at as u32 {
            return Some(Clusters::Contradict(vec![write, at as u32]));
        }
        if let Some(before) = last.filter(|&last| events.process[last] == events.process[at])
            && events.value[before] != cluster
        {
            if cluster == initial {
                let write = write_of[events.value[before] as usize];
                return Some(Clusters::Contradict(vec![write, before as u32, at as u32]));
            }
            changes.push((before as u32, at as u32));
        }
        last = Some(at);
    }
    let of = |at: u32| events.value[at as usize];
    let mut missing = vec![0_u32; events.values];
    for &(_, to) in &changes {
        missing[of(to) as usize] += 1;
    }
    let (leaving, starts) = bucket(events.values, changes.iter().map(|&(from, _)| of(from)));
    let mut ready: Vec<u32> = (0..events.values as u32)
        .filter(|&cluster| missing[cluster as usize] == 0)
        .collect();
    // The place of each cluster; nothing comes before those that read the initial value.
    let mut place = vec![0_u32; events.values];
    let mut done = 0;
    while let Some(cluster) = ready.pop() {
        done += 1;
        place[cluster as usize] = done;
        for &change in
            &leaving[starts[cluster as usize] as usize..starts[cluster as usize + 1] as usize]
        {
            let to = of(changes[change as usize].1) as usize;
            missing[to] -= 1;
            if missing[to] == 0 {
                ready.push(to as u32);
            }
        }
    }
    if (done as usize) < events.values {
        let on_cycle = changes
            .into_iter()
            .filter(|&(from, to)| missing[of(from) as usize] > 0 && missing[of(to) as usize] > 0);
        let cycle = cycle(events, &write_of, on_cycle.collect());
        return Some(Clusters::Contradict(cycle));
    }
    place[initial as usize] = 0;
    let mut order: Vec<u32> = (0..events.len() as u32)
        .filter(|&at| counts(at as usize))
        .collect();
    order.sort_by_key(|&at| {
        (
            place[of(at) as usize],
            events.kind[at as usize] != Kind::Write,
        )
    });
    Some(Clusters::Fit(order))
}

/// The operations of a short cycle: a change that leads back in time, and the shortest way from the cluster where it
/// leads to that where it comes from.
fn cycle(events: &Events, write_of: &[u32], mut changes: Vec<(u32, u32)>) -> Vec<u32> {
    let of = |at: u32| events.value[at as usize];
    let written = |at: u32| {
        let write = write_of[of(at) as usize];
        events.invoked.get(write as usize).copied().unwrap_or(0)
    };
    // Those that lead back the farthest are the likeliest to be the fault.
    changes.sort_by_key(|&(from, to)| i64::from(written(to)) - i64::from(written(from)));
    let operations = events.len() as u32;
    let (members, starts) = bucket(events.values, events.value.iter().copied());
    let way = |&(from, to): &(u32, u32)| {
        let (start, end) = (operations + of(to), operations + of(from));
        let nodes = events.len() + events.values;
        let way = shortest(nodes, start, end, |node, step| {
            if node < operations {
                let next = node as usize + 1;
                if next < events.len() && events.process[next] == events.process[node as usize] {
                    step(node + 1, false, ());
                }
                step(operations + of(node), true, ());
            } else {
                let cluster = (node - operations) as usize;
                for &member in &members[starts[cluster] as usize..starts[cluster + 1] as usize] {
                    step(member, false, ());
                }
            }
        })?;
        let mut found = vec![from, to];
        for (from, to, ()) in way {
            // Where it enters a process and where it leaves it; in between nothing matters.
            found.extend((from >= operations).then_some(to));
            found.extend((to >= operations).then_some(from));
        }
        found.sort_unstable();
        found.dedup();
        Some(found)
    };
    let ways = changes.iter().filter_map(way).take(TRIED);
    let mut shortest = ways.min_by_key(Vec::len).unwrap_or_default();
    let writes: Vec<u32> = shortest
        .iter()
        .map(|&at| write_of[of(at) as usize])
        .filter(|&write| write != NEVER)
        .collect();
    shortest.extend(writes);
    shortest.sort_unstable();
    shortest.dedup();
    shortest
}

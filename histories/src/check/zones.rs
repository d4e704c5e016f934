//! Atomic, where every value is written once: the zones of Gibbons and Korach (*Testing shared memories*, SIAM J.
//! Comput. 1997).
//!
//! A *cluster* is a write with the reads that returned its value. In a linearization a cluster stands together, so that
//! clusters are ordered as wholes. Let f be the earliest completion in a cluster, and s the latest invocation: cluster A
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
//!
//! # The smallest witness
//!
//! A conflict needs the two writes and at most four reads, so the smallest of all conflicts has at most six operations.
//! There are eleven ways for reads and writes to make it, tried from the smallest on; each is the question whether there
//! are two clusters of which one is early enough in one respect and the other in another, which one pass answers.

use super::events::{Events, Kind, NEVER};
use super::{Anomaly, Model, Verdict, Violation, regular};
use crate::History;

/// A write and the reads of its value. What there is none of is [`NEVER`] where the earliest is sought, and 0 where the
/// latest is.
#[derive(Clone, Copy)]
pub(super) struct Cluster {
    /// The invocation of the write; 0 for the initial value.
    pub(super) invoked: u32,
    /// The completion of the write.
    pub(super) completed: u32,
    /// The earliest completion of a read.
    pub(super) first: u32,
    /// The latest invocation of a read.
    pub(super) last: u32,
}

const NOBODY: Cluster = Cluster {
    invoked: NEVER,
    completed: NEVER,
    first: NEVER,
    last: 0,
};

impl Cluster {
    /// Where f lies.
    pub(super) fn f(&self) -> u32 {
        self.completed.min(self.first)
    }

    /// Where s lies.
    pub(super) fn s(&self) -> u32 {
        self.invoked.max(self.last)
    }

    /// Whether it has a write, which may be that of the initial value, that took effect.
    pub(super) fn counts(&self) -> bool {
        self.invoked != NEVER && self.f() != NEVER
    }
}

/// The clusters, if there are only reads and writes and no value is written twice.
pub(super) fn clusters(events: &Events) -> Option<Vec<Cluster>> {
    if events.has_swaps() {
        return None;
    }
    let mut clusters = vec![NOBODY; events.values];
    let initial = &mut clusters[events.initial[0] as usize];
    (initial.invoked, initial.completed) = (0, 0);
    for at in 0..events.len() {
        let cluster = &mut clusters[events.value[at] as usize];
        let (invoked, completed) = (events.invoked[at], events.completed[at]);
        match events.kind[at] {
            Kind::Read => {
                cluster.first = cluster.first.min(completed);
                cluster.last = cluster.last.max(invoked);
            }
            _ if cluster.invoked != NEVER => return None,
            _ => (cluster.invoked, cluster.completed) = (invoked, completed),
        }
    }
    Some(clusters)
}

/// The verdict; `None` if some value is written twice, or if there is a compare-and-swap.
pub(super) fn check(history: &History, events: &Events) -> Option<Verdict> {
    let clusters = clusters(events)?;
    if !all_read_what_was_written(&clusters) || !fit(events.end, &clusters) {
        let violation = explain(history, events, &clusters);
        return Some(Verdict::Breaks(violation));
    }
    Some(Verdict::Meets)
}

/// Whether the history has a linearization; `None` as in [`check`].
pub(super) fn holds(events: &Events) -> Option<bool> {
    let clusters = clusters(events)?;
    Some(all_read_what_was_written(&clusters) && fit(events.end, &clusters))
}

/// Whether no read returns a value never written, or written only later.
fn all_read_what_was_written(clusters: &[Cluster]) -> bool {
    clusters.iter().all(|cluster| {
        // The write was invoked before the first read completed. Without a write its invocation is never.
        cluster.first == NEVER || cluster.invoked < cluster.first
    })
}

/// Whether no two zones conflict.
fn fit(end: usize, clusters: &[Cluster]) -> bool {
    // One more than the cluster whose zone begins here.
    let mut begins = vec![0_u32; end.max(1)];
    for (at, cluster) in clusters.iter().enumerate() {
        if cluster.counts() {
            let begin = &mut begins[cluster.f().min(cluster.s()) as usize];
            if let Some(other) = clusters.get((*begin as usize).wrapping_sub(1)) {
                // Completions and invocations are distinct, so both are forward zones or both backward ones.
                if cluster.f() < cluster.s() {
                    return false;
                }
                if other.f() <= cluster.f() {
                    continue;
                }
            }
            *begin = at as u32 + 1;
        }
    }
    // The end of the forward zone that the sweep is in.
    let mut until = 0;
    for at in begins {
        let Some(cluster) = clusters.get((at as usize).wrapping_sub(1)) else {
            continue;
        };
        let (f, s) = (cluster.f(), cluster.s());
        if f < s {
            if f < until {
                return false;
            }
            until = s;
        } else if f < until {
            return false;
        }
    }
    true
}

/// An order of the operations that keeps their precedence, and in which each read returns the last write before it; of a
/// history that has one.
pub(super) fn linearization(events: &Events) -> Option<Vec<usize>> {
    let clusters = clusters(events)?;
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

/// One respect in which clusters come early or late.
type Key = fn(&Cluster) -> u32;

const INVOKED: Key = |cluster| cluster.invoked;
const COMPLETED: Key = |cluster| cluster.completed;
const FIRST: Key = |cluster| cluster.first;
const LAST: Key = |cluster| cluster.last;

/// Two clusters A and B with `x(A) < y(B)` and `u(B) < v(A)`.
struct Shape {
    x: Key,
    y: Key,
    u: Key,
    v: Key,
}

/// The smallest conflict there is.
fn explain(history: &History, events: &Events, clusters: &[Cluster]) -> Violation {
    let written = |at: usize| clusters[events.value[at] as usize].invoked != NEVER;
    if let Some(read) = (0..events.len()).find(|&at| !written(at)) {
        let read = events.operation[read] as usize;
        let value = history.operations()[read].returned();
        let value = value.expect("it returned a value");
        return regular::never_written(history, Model::Atomic, read, value);
    }
    // What breaks regular is a read from the future, a stale initial value, or a stale read: one read that breaks by
    // itself, with at most two writes. Only the inversion of the initial value is as small as the last.
    let broken = regular::sweep(events);
    let alone = regular::least(events, &broken)
        .map(|(read, last)| regular::explain(history, events, Model::Atomic, read, last));
    if let Some(violation) = alone {
        return violation;
    }
    let write = |cluster: usize| {
        let invoked = clusters[cluster].invoked;
        events
            .invoked
            .iter()
            .position(|&event| event == invoked)
            .filter(|_| invoked != 0)
    };
    let completes = |event: u32| {
        let at = events
            .completed
            .iter()
            .position(|&completed| completed == event);
        at.expect("an operation completes here")
    };
    let begins = |event: u32| {
        let at = events.invoked.iter().position(|&invoked| invoked == event);
        at.expect("an operation is invoked here")
    };
    let initial = events.initial[0] as usize;
    if let Some(new) = before_the_initial(clusters, initial) {
        let (new, old) = (
            completes(clusters[new].first),
            begins(clusters[initial].last),
        );
        let witness = events.in_history(
            write(events.value[new] as usize)
                .into_iter()
                .chain([new, old]),
        );
        return inversion(history, events, new, old, witness);
    }
    let shapes = [
        // The write of A precedes that of B, and a read of B one of A.
        Shape {
            x: COMPLETED,
            y: INVOKED,
            u: FIRST,
            v: LAST,
        },
        // Each write precedes a read of the other.
        Shape {
            x: COMPLETED,
            y: LAST,
            u: COMPLETED,
            v: LAST,
        },
        // Before the write of B a read returned A, and so did one after it.
        Shape {
            x: FIRST,
            y: INVOKED,
            u: COMPLETED,
            v: LAST,
        },
    ];
    let larger = [
        Shape {
            x: FIRST,
            y: INVOKED,
            u: FIRST,
            v: LAST,
        },
        Shape {
            x: FIRST,
            y: LAST,
            u: COMPLETED,
            v: LAST,
        },
    ];
    let largest = Shape {
        x: FIRST,
        y: LAST,
        u: FIRST,
        v: LAST,
    };
    let find = |shape: &Shape| pair(events, clusters, shape);
    let by_pair = |(shape, (a, b)): (&Shape, (usize, usize))| {
        let (a, b) = (&clusters[a], &clusters[b]);
        [
            completes((shape.x)(a)),
            begins((shape.y)(b)),
            completes((shape.u)(b)),
            begins((shape.v)(a)),
        ]
    };
    // One read that comes after something of another cluster and before something else of it.
    let by_read = |early: Key| {
        let (read, other) = between(events, clusters, early)?;
        let other = &clusters[other];
        Some([read, begins(other.last), completes(early(other)), read])
    };
    let found = shapes
        .iter()
        .find_map(|shape| find(shape).map(|found| by_pair((shape, found))))
        .or_else(|| by_read(COMPLETED))
        .or_else(|| {
            let mut larger = larger.iter();
            larger.find_map(|shape| find(shape).map(|found| by_pair((shape, found))))
        })
        .or_else(|| by_read(FIRST))
        .or_else(|| find(&largest).map(|found| by_pair((&largest, found))));
    let [x, y, u, v] = found.expect("two zones conflict");
    let (a, b) = (events.value[x] as usize, events.value[y] as usize);
    let writes = write(a).into_iter().chain(write(b));
    let witness = events.in_history(writes.chain([x, y, u, v]));
    if events.kind[x] == Kind::Write && events.kind[y] == Kind::Write {
        return inversion(history, events, u, v, witness);
    }
    let describe = |at: usize| {
        let at = events.operation[at] as usize;
        match history.operations()[at].returned() {
            Some(value) => format!("{} ({value})", history.describe(at)),
            None => history.describe(at),
        }
    };
    let (first, second) = (
        history.operations()[events.operation[x] as usize].written_or_returned(),
        history.operations()[events.operation[y] as usize].written_or_returned(),
    );
    let anomaly = match events.kind[x] == Kind::Write && events.kind[u] == Kind::Write {
        true => Anomaly::Disagreement,
        false => Anomaly::FlipFlop,
    };
    let sentence = format!(
        "{}: {} completed before {} was invoked, so {first} came before {second}; but {} completed before {} was \
         invoked, so {second} came before {first}",
        anomaly.name(),
        describe(x),
        describe(y),
        describe(u),
        describe(v),
    );
    Violation {
        model: Model::Atomic,
        anomaly,
        sentence,
        witness,
    }
}

/// Of two reads in order the second returned the older value.
fn inversion(
    history: &History,
    events: &Events,
    first: usize,
    second: usize,
    witness: Vec<usize>,
) -> Violation {
    let (first, second) = (
        events.operation[first] as usize,
        events.operation[second] as usize,
    );
    let sentence = format!(
        "new-old inversion: {} returned {}, and {}, invoked after it had completed, returned the older {}",
        history.describe(first),
        history.operations()[first].written_or_returned(),
        history.describe(second),
        history.operations()[second].written_or_returned(),
    );
    Violation {
        model: Model::Atomic,
        anomaly: Anomaly::NewOldInversion,
        sentence,
        witness,
    }
}

/// A cluster of which a read completed before a read of the initial value was invoked.
fn before_the_initial(clusters: &[Cluster], initial: usize) -> Option<usize> {
    let others = (0..clusters.len()).filter(|&at| at != initial && clusters[at].counts());
    let first = others.min_by_key(|&at| clusters[at].first)?;
    (clusters[first].first < clusters[initial].last).then_some(first)
}

/// For each event the two clusters that are the best among those that come after it.
struct Best {
    two: Vec<[u32; 2]>,
}

impl Best {
    /// Of the clusters whose `place` lies at an event or after it, those with the smallest `rank`.
    fn after(
        events: &Events,
        clusters: &[Cluster],
        place: impl Fn(&Cluster) -> u32,
        rank: impl Fn(&Cluster) -> u32,
    ) -> Self {
        let mut two = vec![[NEVER; 2]; events.end + 1];
        let rank = |at: u32| clusters.get(at as usize).map_or(NEVER, &rank);
        for (at, cluster) in clusters.iter().enumerate() {
            let place = place(cluster);
            if cluster.counts() && cluster.invoked != 0 && place != 0 && place != NEVER {
                // Places are events, which are distinct.
                two[place as usize] = [at as u32, NEVER];
            }
        }
        for event in (0..events.end).rev() {
            let [own, _] = two[event];
            let [best, next] = two[event + 1];
            two[event] = match own {
                NEVER => [best, next],
                _ if rank(own) < rank(best) => [own, best],
                _ if rank(own) < rank(next) => [best, own],
                _ => [best, next],
            };
        }
        Self { two }
    }

    /// The best cluster other than `not` whose place is after `event`.
    fn other(&self, event: u32, not: usize) -> Option<usize> {
        let two = self.two.get(event as usize + 1)?;
        let other = two.iter().find(|&&at| at as usize != not)?;
        (*other != NEVER).then_some(*other as usize)
    }
}

/// Two clusters of this shape, neither that of the initial value.
fn pair(events: &Events, clusters: &[Cluster], shape: &Shape) -> Option<(usize, usize)> {
    let best = Best::after(events, clusters, shape.y, shape.u);
    (0..clusters.len()).find_map(|a| {
        let (x, v) = ((shape.x)(&clusters[a]), (shape.v)(&clusters[a]));
        if !clusters[a].counts() || clusters[a].invoked == 0 || x == NEVER || v == 0 {
            return None;
        }
        let b = best.other(x, a)?;
        ((shape.u)(&clusters[b]) < v).then_some((a, b))
    })
}

/// A read, and another cluster of which something, `early`, completed before the read was invoked, and of which a read
/// was invoked after it had completed.
fn between(events: &Events, clusters: &[Cluster], early: Key) -> Option<(usize, usize)> {
    let best = Best::after(events, clusters, LAST, early);
    let initial = events.initial[0] as usize;
    let mut reads = (0..events.len()).filter(|&at| events.kind[at] == Kind::Read);
    reads.find_map(|read| {
        let own = events.value[read] as usize;
        let other = best.other(events.completed[read], own)?;
        let fits = early(&clusters[other]) < events.invoked[read];
        (fits && own != initial).then_some((read, other))
    })
}

//! The smallest conflict of a history in which every value is written once.
//!
//! A conflict needs the two writes and at most four reads, so the smallest of all conflicts has at most six operations.
//! There are eleven ways for reads and writes to make it, tried from the smallest on; each is the question whether there
//! are two clusters of which one is early enough in one respect and the other in another, which one pass answers.

use super::unique::{Cluster, NEVER, clusters};
use crate::History;
use crate::events::{Events, Kind};
use crate::found::Found;
use crate::judge::regular;
use crate::verdict::Reason;

/// One respect in which clusters come early or late.
type Key = fn(&Cluster) -> u64;

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

/// The smallest conflict of one register, which has one.
pub(super) fn smallest(history: &History, events: &Events) -> Found {
    let clusters = clusters(events).expect("each value is written once");
    let written = |at: usize| clusters[events.value[at] as usize].invoked != NEVER;
    if let Some(read) = (0..events.len()).find(|&at| !written(at)) {
        let (reason, witness) = regular::never_written(history, events.operation[read] as usize);
        return Found::because(reason, witness);
    }
    // What breaks regular is a read from the future, a stale initial value, or a stale read: one read that breaks by
    // itself, with at most two writes. Only the inversion of the initial value is as small as the last.
    let broken = regular::sweep(events);
    if let Some((read, last)) = regular::least(events, &broken) {
        let (reason, witness) = regular::reason(history, events, read, last);
        return Found::because(reason, witness);
    }
    let write = |cluster: usize| {
        let invoked = clusters[cluster].invoked;
        let mut all = events.invoked.iter();
        all.position(|&event| u64::from(event) == invoked)
            .filter(|_| invoked != 0)
    };
    let completes = |event: u64| {
        let mut all = events.completed.iter();
        let at = all.position(|&completed| u64::from(completed) == event);
        at.expect("an operation completes here")
    };
    let begins = |event: u64| {
        let mut all = events.invoked.iter();
        let at = all.position(|&invoked| u64::from(invoked) == event);
        at.expect("an operation is invoked here")
    };
    let initial = events.initial[0] as usize;
    if let Some(new) = before_the_initial(&clusters, initial) {
        let (new, old) = (
            completes(clusters[new].first),
            begins(clusters[initial].last),
        );
        let witness = events.in_history(
            write(events.value[new] as usize)
                .into_iter()
                .chain([new, old]),
        );
        return inversion(events, new, old, witness);
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
    let find = |shape: &Shape| pair(events, &clusters, shape);
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
        let (read, other) = between(events, &clusters, early)?;
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
        return inversion(events, u, v, witness);
    }
    let in_history = |at: usize| events.operation[at] as usize;
    let (one, other) = ([x, y].map(in_history), [u, v].map(in_history));
    Found::because(Reason::Crossing { one, other }, witness)
}

/// Of two reads in order the second returned the older value.
fn inversion(events: &Events, new: usize, old: usize, witness: Vec<usize>) -> Found {
    let (new, old) = (
        events.operation[new] as usize,
        events.operation[old] as usize,
    );
    Found::because(Reason::Inversion { new, old }, witness)
}

/// A cluster of which a read completed before a read of the initial value was invoked.
fn before_the_initial(clusters: &[Cluster], initial: usize) -> Option<usize> {
    let others = (0..clusters.len()).filter(|&at| at != initial && clusters[at].counts());
    let first = others.min_by_key(|&at| clusters[at].first)?;
    (clusters[first].first < clusters[initial].last).then_some(first)
}

/// No cluster.
const NONE: u32 = u32::MAX;

/// For each event the two clusters that are the best among those that come after it.
struct Best {
    two: Vec<[u32; 2]>,
}

impl Best {
    /// Of the clusters whose `place` lies at an event or after it, those with the smallest `rank`.
    fn after(
        events: &Events,
        clusters: &[Cluster],
        place: impl Fn(&Cluster) -> u64,
        rank: impl Fn(&Cluster) -> u64,
    ) -> Self {
        let mut two = vec![[NONE; 2]; events.end + 1];
        let rank = |at: u32| clusters.get(at as usize).map_or(NEVER, &rank);
        for (at, cluster) in clusters.iter().enumerate() {
            let place = place(cluster);
            if cluster.counts() && cluster.invoked != 0 && place != 0 && place != NEVER {
                // Places are events, which are distinct.
                two[place as usize] = [at as u32, NONE];
            }
        }
        for event in (0..events.end).rev() {
            let [own, _] = two[event];
            let [best, next] = two[event + 1];
            two[event] = match own {
                NONE => [best, next],
                _ if rank(own) < rank(best) => [own, best],
                _ if rank(own) < rank(next) => [best, own],
                _ => [best, next],
            };
        }
        Self { two }
    }

    /// The best cluster other than `not` whose place is after `event`.
    fn other(&self, event: u64, not: usize) -> Option<usize> {
        let two = self.two.get(event as usize + 1)?;
        let other = two.iter().find(|&&at| at as usize != not)?;
        (*other != NONE).then_some(*other as usize)
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
        let other = best.other(u64::from(events.completed[read]), own)?;
        let fits = early(&clusters[other]) < u64::from(events.invoked[read]);
        (fits && own != initial).then_some((read, other))
    })
}

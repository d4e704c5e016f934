//! Atomic, in one pass over a long history: the [zones](super::zones) without laying it out in columns first.
//!
//! Most histories to be judged meet the model, and most are of one register and write small numbers, each once. For
//! these the operations are gone through once, which is what takes the time: they lie in memory as they were recorded,
//! and everything else is smaller. Two things save another pass:
//!
//! * a process does one thing at a time, so its first and its last operation tell when the history begins and ends;
//! * clusters are found by their value, in an array that grows as larger values are met.
//!
//! The halves of a long history are gone through side by side, and their clusters joined.
//!
//! Zones are put into buckets by where they begin, about as many as there are clusters, so that each holds few even
//! where instants are nanoseconds that lie far apart; those of one bucket are sorted. Time O(n).

use crate::{Action, History, Operation, Value};

/// What there is none of, where the earliest is sought.
const NEVER: u64 = u64::MAX;

/// Histories of more operations are gone through in halves: less is done before another thread has begun.
const LONG: usize = 1 << 15;

/// A write and the reads of its value, as in [`zones`](super::zones). An instant counts double, from the beginning of
/// the history on, and one more for a completion: of those that share one the invocations come first.
#[derive(Clone, Copy)]
struct Cluster {
    invoked: u64,
    completed: u64,
    first: u64,
    last: u64,
}

const NOBODY: Cluster = Cluster {
    invoked: NEVER,
    completed: NEVER,
    first: NEVER,
    last: 0,
};

impl Cluster {
    fn f(&self) -> u64 {
        self.completed.min(self.first)
    }

    fn s(&self) -> u64 {
        self.invoked.max(self.last)
    }

    /// Whether it has a write that took effect.
    fn counts(&self) -> bool {
        self.invoked != NEVER && self.f() != NEVER
    }
}

/// Whether a history is known at once to have a linearization.
pub(super) fn fits(history: &History) -> bool {
    let operations = history.operations();
    let Some((early, late)) = ends(operations) else {
        return true;
    };
    // Twice the distance of two instants must be a number.
    if late - early > NEVER / 4 {
        return false;
    }
    let most = 4 * operations.len() + 1024;
    let clusters = match operations.len() > LONG {
        false => gather(operations, early, most),
        true => {
            let (left, right) = operations.split_at(operations.len() / 2);
            let halves = rayon::join(|| gather(left, early, most), || gather(right, early, most));
            halves
                .0
                .zip(halves.1)
                .and_then(|(left, right)| join(left, right))
        }
    };
    let Some(mut clusters) = clusters else {
        return false;
    };
    if let Some(initial) = place(history.initial(), most).and_then(|at| clusters.get_mut(at)) {
        if initial.invoked != NEVER {
            return false;
        }
        (initial.invoked, initial.completed) = (0, 0);
    }
    // The write was invoked before the first read completed. Without a write its invocation is never.
    let is_written = |cluster: &Cluster| cluster.first == NEVER || cluster.invoked < cluster.first;
    clusters.iter().all(is_written) && is_free_of_conflict(&clusters, 2 * (late - early) + 3)
}

/// The first and the last instant. Operations stand in order by process, and those of a process by time.
pub(super) fn ends(operations: &[Operation]) -> Option<(u64, u64)> {
    let mut ends: Option<(u64, u64)> = None;
    let mut rest = operations;
    while let Some(first) = rest.first() {
        let own = rest.partition_point(|operation| operation.process == first.process);
        let last = &rest[own - 1];
        let until = last.completed.unwrap_or(last.invoked);
        ends = Some(match ends {
            Some((early, late)) => (early.min(first.invoked), late.max(until)),
            None => (first.invoked, until),
        });
        rest = &rest[own..];
    }
    ends
}

/// Where the cluster of a value stands: nil is the first, then come the words in order, as far as they are small.
fn place(value: &Value, most: usize) -> Option<usize> {
    match value.uniform() {
        Some(word) if word < most as u64 => Some(word as usize + 1),
        Some(_) => None,
        None => value.is_nil().then_some(0),
    }
}

/// The clusters of some operations; `None` if a value is too large or written twice, or for any other operation than
/// a read or a write of the register without a name.
fn gather(operations: &[Operation], early: u64, most: usize) -> Option<Vec<Cluster>> {
    let mut clusters: Vec<Cluster> = Vec::new();
    for operation in operations {
        let value = match &operation.action {
            Action::Write(value) | Action::Read(Some(value)) => value,
            Action::Read(None) => continue,
            Action::CompareAndSwap { .. } => return None,
        };
        if operation.register != 0 {
            return None;
        }
        let at = place(value, most)?;
        if at >= clusters.len() {
            // Doubled, so that little is copied.
            clusters.resize((2 * at).max(16), NOBODY);
        }
        let cluster = &mut clusters[at];
        let invoked = 2 * (operation.invoked - early) + 1;
        let completed = match operation.completed {
            Some(completed) => 2 * (completed - early) + 2,
            None => NEVER,
        };
        if operation.is_read() {
            cluster.first = cluster.first.min(completed);
            cluster.last = cluster.last.max(invoked);
        } else if cluster.invoked == NEVER {
            (cluster.invoked, cluster.completed) = (invoked, completed);
        } else {
            return None;
        }
    }
    Some(clusters)
}

/// The clusters of two parts together; `None` if both write a value.
fn join(mut own: Vec<Cluster>, mut other: Vec<Cluster>) -> Option<Vec<Cluster>> {
    if own.len() < other.len() {
        std::mem::swap(&mut own, &mut other);
    }
    for (own, other) in own.iter_mut().zip(other) {
        if own.invoked != NEVER && other.invoked != NEVER {
            return None;
        }
        own.invoked = own.invoked.min(other.invoked);
        own.completed = own.completed.min(other.completed);
        own.first = own.first.min(other.first);
        own.last = own.last.max(other.last);
    }
    Some(own)
}

/// Whether no two zones conflict; all instants are before `end`.
fn is_free_of_conflict(clusters: &[Cluster], end: u64) -> bool {
    let counted = (0_u32..)
        .zip(clusters)
        .filter(|(_, cluster)| cluster.counts());
    // About as many buckets as clusters, or one for each instant if these are fewer.
    let bits = u64::BITS - end.leading_zeros();
    let shift = bits.saturating_sub(clusters.len().max(1).ilog2() + 1);
    let mut buckets = vec![0_u32; (end >> shift) as usize + 1];
    // One more than the next cluster of the same bucket.
    let mut next = vec![0_u32; clusters.len()];
    for (at, cluster) in counted {
        let bucket = &mut buckets[(cluster.f().min(cluster.s()) >> shift) as usize];
        next[at as usize] = std::mem::replace(bucket, at + 1);
    }
    // The end of the forward zone that the sweep is in.
    let mut until = 0;
    let mut together: Vec<(u64, u64, u64)> = Vec::new();
    for mut at in buckets {
        together.clear();
        while let Some(before) = at.checked_sub(1) {
            let cluster = &clusters[before as usize];
            let (f, s) = (cluster.f(), cluster.s());
            together.push((f.min(s), f, s));
            at = next[before as usize];
        }
        together.sort_unstable();
        for &(_, f, s) in &together {
            // A forward zone that begins in another one, or a backward zone that lies in one.
            if f < until {
                return false;
            }
            if f < s {
                until = s;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_and_the_latest_instant_are_no_places() {
        let history = |value: u64, at: u64| {
            let operations = [
                Operation::write(1, value, 0..=1),
                Operation::read(2, value, at..=at),
            ];
            History::new(0, operations).expect("it is a history")
        };
        assert!(fits(&history(7, 5)));
        assert!(!fits(&history(u64::MAX, 5)));
        assert!(!fits(&history(7, u64::MAX)));
    }
}

//! How stale, and how often: what a history lets through, counted read by read.

use std::collections::HashMap;

use histories::{History, Instant, Value};

/// What the reads of a history show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Anomalies {
    /// How many reads returned something.
    pub reads: u64,
    /// How many returned a value that had been overwritten before they were invoked: another write had begun after that
    /// value's had completed, and had completed, too.
    pub stale: u64,
    /// How many returned, without being stale, a value older than one that a read before them had returned.
    pub inverted: u64,
    /// How many returned a value that nobody wrote: a torn one.
    pub torn: u64,
}

impl Anomalies {
    /// How often, in a million reads.
    #[must_use]
    pub fn per_million(self, count: u64) -> u64 {
        (count * 1_000_000).checked_div(self.reads).unwrap_or(0)
    }
}

/// Counts what the reads of a history of one register show, in which every value is written once.
#[must_use]
pub fn anomalies(history: &History) -> Anomalies {
    // Each write with its invocation and completion; the initial value was written before everything.
    let mut written: HashMap<&Value, (Instant, Instant)> = HashMap::new();
    written.insert(history.initial(), (0, 0));
    // Invocations, and completions, each with what it is about; sorted by time, invocations first.
    let mut events: Vec<(Instant, bool, usize)> = Vec::new();
    let all = history.operations();
    for (at, operation) in all.iter().enumerate() {
        let completed = operation.completed.unwrap_or(Instant::MAX);
        if let Some(value) = operation.written() {
            written.insert(value, (operation.invoked, completed));
        }
        events.push((operation.invoked, false, at));
        if operation.completed.is_some() {
            events.push((completed, true, at));
        }
    }
    events.sort_unstable();
    let mut found = Anomalies::default();
    // The latest invocation among the writes that have completed, and among those that a completed read has returned.
    let (mut overwritten, mut seen) = (0, 0);
    let mut overwritten_at: Vec<(Instant, Instant)> = vec![(0, 0); all.len()];
    for (_, is_completion, at) in events {
        let operation = &all[at];
        if !is_completion {
            overwritten_at[at] = (overwritten, seen);
            continue;
        }
        if let Some(value) = operation.written() {
            overwritten = overwritten.max(written[value].0);
        }
        let Some(value) = operation.returned() else {
            continue;
        };
        found.reads += 1;
        let Some(&(invoked, completed)) = written.get(value) else {
            found.torn += 1;
            continue;
        };
        let (overwritten, before) = overwritten_at[at];
        if overwritten > completed {
            found.stale += 1;
        } else if before > completed {
            found.inverted += 1;
        }
        seen = seen.max(invoked);
    }
    found
}

#[cfg(test)]
mod tests {
    use histories::Timeline;

    use super::*;

    #[test]
    fn stale_inverted_and_torn_reads_are_told_apart() {
        let picture = "
            init: 0
            Thread 1:  ww(1)     wwwwwwwwwwwwwwwwww(2)
            Thread 2:       rr(0)  rr(2)  rr(1)  rr(1|2)
        ";
        let history = picture.parse::<Timeline>().unwrap().history;
        let found = anomalies(&history);
        let expected = Anomalies {
            reads: 4,
            stale: 1,
            inverted: 1,
            torn: 1,
        };
        assert_eq!(found, expected);
    }
}

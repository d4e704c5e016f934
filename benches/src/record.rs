//! What a run measured.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::contestant::Contestant;
use crate::loops::Seen;
use crate::plan::Plan;
use crate::slice::{Slice, Spoilt};
use crate::statistics::{self, Quartiles, Sample};
use crate::topology::Topology;
use crate::values::Judge;
use crate::workload::{Metric, Workload};

/// Who did what, with how many words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Case {
    /// What.
    pub workload: Workload,
    /// With how many words.
    pub words: usize,
    /// Who.
    pub contestant: Contestant,
}

impl Case {
    /// The same of another one.
    #[must_use]
    pub fn of(self, contestant: Contestant) -> Self {
        Self { contestant, ..self }
    }
}

/// What was wrong with the values that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// Reads that were looked at.
    pub reads: u64,
    /// Reads whose words are of different writes.
    pub torn: u64,
    /// Reads of an older value than one before, of the same reader.
    pub inverted: u64,
    /// Slices with nobody writing in which something else than the last value was read.
    pub wrong: u64,
}

impl Faults {
    /// With these as well.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            reads: self.reads + other.reads,
            torn: self.torn + other.torn,
            inverted: self.inverted + other.inverted,
            wrong: self.wrong + other.wrong,
        }
    }

    /// How many of a million reads are torn, and how many are inverted; nothing if there were no reads.
    #[must_use]
    pub fn per_million(self) -> Option<(f64, f64)> {
        let of_a_million = |count: u64| count as f64 * 1e6 / self.reads as f64;
        (self.reads > 0).then(|| (of_a_million(self.torn), of_a_million(self.inverted)))
    }
}

impl From<Judge> for Faults {
    fn from(judge: Judge) -> Self {
        Self {
            reads: judge.reads,
            torn: judge.torn,
            inverted: judge.inverted,
            wrong: 0,
        }
    }
}

/// How many slices there were of a workload.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Tally {
    /// Those that count.
    pub clean: usize,
    /// Those in which a thread had to make room.
    pub interrupted: usize,
    /// Those in which the cores did not run at once, or moved.
    pub moved: usize,
    /// Rounds.
    pub rounds: usize,
}

/// The seconds that a reader spent waiting, and the seconds that it had a core. What it waited for a core is the fault of
/// the scheduler, and not of the register.
fn lost(seen: &Seen) -> (f64, f64) {
    let without_core = seen.without_core.as_secs_f64();
    let read = (seen.time.as_secs_f64() - without_core).max(0.0);
    let Some(latencies) = &seen.latencies else {
        return (0.0, read);
    };
    // The core may be lost within a read or between two of them.
    let within = (without_core - latencies.paused.as_secs_f64()).max(0.0);
    let lost = latencies.stalled.as_secs_f64() - within;
    (lost.clamp(0.0, read), read)
}

/// Everything that a run measured.
#[derive(Clone, Debug)]
pub struct Record {
    /// What was to be measured.
    pub plan: Plan,
    samples: BTreeMap<(Case, Metric), Vec<Sample>>,
    latencies: BTreeMap<(Case, Option<Topology>), Histogram<u64>>,
    faults: BTreeMap<(Contestant, usize), Faults>,
    tallies: BTreeMap<Workload, Tally>,
}

impl Record {
    /// An empty one.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            samples: BTreeMap::new(),
            latencies: BTreeMap::new(),
            faults: BTreeMap::new(),
            tallies: BTreeMap::new(),
        }
    }

    /// Notes that a round took place.
    pub fn add_round(&mut self, workload: Workload) {
        self.tallies.entry(workload).or_default().rounds += 1;
    }

    /// Notes what came of a slice.
    pub fn add(&mut self, case: Case, round: usize, slice: Result<Slice, Spoilt>) {
        let tally = self.tallies.entry(case.workload).or_default();
        match slice {
            Ok(slice) => {
                tally.clean += 1;
                self.add_figures(case, round, &slice);
                self.add_latencies(case, &slice);
                self.add_faults(case, &slice);
            }
            Err(Spoilt::Interrupted) => tally.interrupted += 1,
            Err(Spoilt::Moved) => tally.moved += 1,
        }
    }

    fn add_figures(&mut self, case: Case, round: usize, slice: &Slice) {
        let topology = slice.topology;
        let mut sample = |metric, value| {
            let samples = self.samples.entry((case, metric)).or_default();
            samples.push(Sample {
                round,
                topology,
                value,
            });
        };
        sample(Metric::WriteNanos, slice.written.nanos());
        sample(Metric::Writes, slice.written.rate());
        if let Some(read) = slice.read_alone {
            sample(Metric::ReadNanos, read.by_value.nanos());
            sample(Metric::BorrowNanos, read.by_reference.nanos());
        }
        let Some(first) = slice.seen.first() else {
            return;
        };
        let seconds = first.time.as_secs_f64();
        let all = |count: fn(&Judge) -> u64| -> f64 {
            let counts = slice.seen.iter().map(|seen| count(&seen.judge));
            counts.sum::<u64>() as f64 / seconds
        };
        sample(Metric::Reads, all(|judge| judge.reads));
        sample(Metric::FreshReads, all(|judge| judge.fresh));
        let timed = || slice.seen.iter().filter_map(|seen| seen.latencies.as_ref());
        if let Some(longest) = timed().map(|it| it.histogram.max()).max() {
            sample(Metric::LongestRead, longest as f64);
            let parts = slice.seen.iter().map(lost);
            let (lost, read) = parts.fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
            sample(Metric::Lost, lost / read.max(1e-9));
        }
    }

    fn add_latencies(&mut self, case: Case, slice: &Slice) {
        for seen in &slice.seen {
            let Some(latencies) = &seen.latencies else {
                continue;
            };
            let histogram = self.latencies.entry((case, slice.topology));
            let histogram = histogram.or_insert_with(|| Histogram::new_from(&latencies.histogram));
            let added = histogram.add(&latencies.histogram);
            added.expect("all have the same bounds");
        }
    }

    fn add_faults(&mut self, case: Case, slice: &Slice) {
        let key = (case.contestant, case.words);
        let faults = self.faults.entry(key).or_default();
        for seen in &slice.seen {
            *faults = faults.and(seen.judge.into());
        }
        // The plain copy is no register: its reader has words of its own.
        let is_wrong = slice.read_alone.is_some_and(|read| !read.is_last);
        faults.wrong += u64::from(is_wrong && case.contestant != Contestant::Plain);
    }

    fn samples(&self, case: Case, metric: Metric) -> &[Sample] {
        self.samples.get(&(case, metric)).map_or(&[], Vec::as_slice)
    }

    /// The distance that figures of a workload are compared at: the one at which most slices of the raw copy were taken.
    #[must_use]
    pub fn distance(&self, workload: Workload) -> Option<Topology> {
        let raw = self.samples.iter().filter(|((case, _), _)| {
            case.workload == workload && case.contestant == Contestant::RAW
        });
        statistics::commonest(raw.flat_map(|(_, samples)| samples))
    }

    /// A figure, at that distance.
    #[must_use]
    pub fn figure(&self, case: Case, metric: Metric) -> Option<Quartiles> {
        statistics::at_distance(self.samples(case, metric), self.distance(case.workload))
    }

    /// The ratio of a figure to that of another contestant in the same round, at that distance.
    #[must_use]
    pub fn ratio(&self, case: Case, metric: Metric, to: Contestant) -> Option<Quartiles> {
        let others = self.samples(case.of(to), metric);
        let distance = self.distance(case.workload);
        statistics::ratios(self.samples(case, metric), others, distance)
    }

    /// How long each read took, at that distance.
    #[must_use]
    pub fn latencies(&self, case: Case) -> Option<&Histogram<u64>> {
        self.latencies.get(&(case, self.distance(case.workload)))
    }

    /// What was wrong with the values that a contestant returned, of so many words.
    #[must_use]
    pub fn faults(&self, contestant: Contestant, words: usize) -> Faults {
        let faults = self.faults.get(&(contestant, words));
        faults.copied().unwrap_or_default()
    }

    /// What was wrong with all of them.
    #[must_use]
    pub fn all_faults(&self, contestant: Contestant) -> Faults {
        let own = self.faults.iter().filter(|((of, _), _)| *of == contestant);
        own.fold(Faults::default(), |sum, (_, faults)| sum.and(*faults))
    }

    /// How many slices there were of a workload.
    #[must_use]
    pub fn tally(&self, workload: Workload) -> Tally {
        self.tallies.get(&workload).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::loops::Latencies;

    #[test]
    fn waiting_for_a_core_is_not_waiting_for_a_writer() {
        let millis = Duration::from_millis;
        let seen = |stalled, paused, without_core| Seen {
            time: millis(100),
            without_core: millis(without_core),
            latencies: Some(Latencies {
                stalled: millis(stalled),
                paused: millis(paused),
                ..Latencies::default()
            }),
            ..Seen::default()
        };
        let cases = [
            // Nothing but waiting for the writer.
            (seen(30, 0, 0), (0.03, 0.1)),
            // Nothing but waiting for a core, within a read or between two.
            (seen(30, 0, 30), (0.0, 0.07)),
            (seen(0, 30, 30), (0.0, 0.07)),
            // Some of each.
            (seen(30, 30, 40), (0.02, 0.06)),
        ];
        for (seen, (expected_lost, expected_read)) in cases {
            let (lost, read) = lost(&seen);
            assert!((lost - expected_lost).abs() < 1e-9, "{lost}: {seen:?}");
            assert!((read - expected_read).abs() < 1e-9, "{read}: {seen:?}");
        }
    }
}

//! Who is how good: figures in order, ratios to the raw copy and to the best peer.

use serde::Serialize;

use crate::contestant::{Contestant, Origin};
use crate::record::{Case, Record};
use crate::statistics::{Quartiles, geometric_mean, mean};
use crate::workload::{Metric, Workload};

/// A figure of a contestant, beside those of others.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// What it did.
    pub workload: Workload,
    /// With how many words.
    pub words: usize,
    /// Which figure.
    pub metric: Metric,
    /// Who.
    pub contestant: Contestant,
    /// Where it comes from.
    pub origin: Origin,
    /// The figure.
    pub figure: Quartiles,
    /// The ratio to the raw copy, round by round.
    pub of_raw: Option<Quartiles>,
    /// The ratio to the best peer, round by round.
    pub of_best_peer: Option<Quartiles>,
}

/// Which figures are worth showing of a workload, the most telling one first.
#[must_use]
pub fn metrics(workload: Workload) -> &'static [Metric] {
    match workload {
        Workload::Alone => &[Metric::ReadNanos, Metric::BorrowNanos, Metric::WriteNanos],
        Workload::Pair => &[Metric::FreshReads, Metric::Reads, Metric::Writes],
        Workload::PairTimed => &[],
        Workload::Paced => &[Metric::Reads, Metric::FreshReads],
        Workload::Crowd(_) => &[Metric::FreshReads, Metric::LongestRead, Metric::Lost],
        Workload::Frozen => &[Metric::Lost, Metric::FreshReads],
    }
}

/// All figures of a run.
#[must_use]
pub fn standings(record: &Record) -> Vec<Standing> {
    let mut all = Vec::new();
    for leg in &record.plan.legs {
        for &metric in metrics(leg.workload) {
            for &words in &leg.payloads {
                let peer = best_peer(record, leg.workload, words, metric);
                for &contestant in &record.plan.contestants {
                    let case = Case {
                        workload: leg.workload,
                        words,
                        contestant,
                    };
                    all.extend(record.figure(case, metric).map(|figure| Standing {
                        workload: leg.workload,
                        words,
                        metric,
                        contestant,
                        origin: contestant.origin(),
                        figure,
                        of_raw: record.ratio(case, metric, Contestant::RAW),
                        of_best_peer: peer.and_then(|peer| record.ratio(case, metric, peer)),
                    }));
                }
            }
        }
    }
    all
}

/// The register of others that is best at something.
#[must_use]
pub fn best_peer(
    record: &Record,
    workload: Workload,
    words: usize,
    metric: Metric,
) -> Option<Contestant> {
    let contestants = record.plan.contestants.iter().copied();
    let figures = contestants.filter_map(|contestant| {
        let case = Case {
            workload,
            words,
            contestant,
        };
        let is_peer = contestant.origin() == Origin::Peer;
        let figure = record.figure(case, metric).filter(|_| is_peer)?;
        let goodness = if metric.is_gain() {
            figure.median
        } else {
            -figure.median
        };
        Some((contestant, goodness))
    });
    let best = figures.max_by(|(_, one), (_, other)| one.total_cmp(other));
    best.map(|(contestant, _)| contestant)
}

/// Who takes part in a workload, the best first: by the geometric mean, over all payloads, of the ratio to the raw copy.
/// Those who cannot hold every payload come last.
#[must_use]
pub fn ranking(record: &Record, workload: Workload, metric: Metric) -> Vec<Contestant> {
    let legs = record.plan.legs.iter();
    let payloads: Vec<usize> = legs
        .filter(|leg| leg.workload == workload)
        .flat_map(|leg| leg.payloads.iter().copied())
        .collect();
    let place = |contestant: Contestant| {
        let cases = payloads.iter().map(|&words| Case {
            workload,
            words,
            contestant,
        });
        let took_part = cases
            .clone()
            .filter(|&case| record.figure(case, metric).is_some());
        let missing = payloads.len() - took_part.count();
        let mean = match workload {
            // Where the scheduler has its say, the raw copy of the same round says nothing.
            Workload::Crowd(_) | Workload::Frozen => mean(cases.filter_map(|case| {
                let figure = record.figure(case, metric)?;
                Some(figure.median)
            })),
            _ => geometric_mean(cases.filter_map(|case| {
                let ratio = record.ratio(case, metric, Contestant::RAW)?;
                Some(ratio.median)
            })),
        };
        let badness = match mean {
            None => f64::INFINITY,
            Some(mean) if metric.is_gain() => -mean,
            Some(mean) => mean,
        };
        (missing, badness)
    };
    let mut places: Vec<(Contestant, (usize, f64))> = record
        .plan
        .contestants
        .iter()
        .map(|&contestant| (contestant, place(contestant)))
        .filter(|(_, (missing, _))| *missing < payloads.len())
        .collect();
    places.sort_by(|(_, one), (_, other)| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
    places
        .into_iter()
        .map(|(contestant, _)| contestant)
        .collect()
}

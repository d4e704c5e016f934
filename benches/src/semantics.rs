//! The cost of semantics: what each register costs, beside what it lets through.

use registers::Class;
use registers::subject::Claims;
use serde::Serialize;

use crate::contestant::{Contestant, Origin};
use crate::record::{Case, Faults, Record};
use crate::workload::{Metric, Workload};

/// What a register costs, and what it lets through.
#[derive(Clone, Debug, Serialize)]
pub struct Cost {
    /// The class that it has: `not even safe` if it has none.
    pub class: String,
    /// Who.
    pub register: Contestant,
    /// Where it comes from.
    pub origin: Origin,
    /// With how many words.
    pub words: usize,
    /// Nanoseconds for a read that nobody disturbs.
    pub read_nanos: Option<f64>,
    /// Nanoseconds for a write that nobody disturbs.
    pub write_nanos: Option<f64>,
    /// Reads in a second of a value not seen before, while a writer writes at full speed.
    pub fresh_reads: Option<f64>,
    /// Of a million reads, how many were torn.
    pub torn_per_million: Option<f64>,
    /// Of a million reads, how many returned an older value than the same reader had seen before.
    pub inverted_per_million: Option<f64>,
    /// What it guarantees to reads, and to writes.
    pub progress: String,
    /// How many may read it at a time.
    pub readers: String,
}

/// The payload that the table is about: the first of these that was measured.
const USUAL: [usize; 4] = [8, 2, 64, 512];

/// One row for each register, from the weakest class to the strongest, and the fastest first.
#[must_use]
pub fn costs(record: &Record) -> Vec<Cost> {
    let legs = &record.plan.legs;
    let measured = |words: &usize| legs.iter().any(|leg| leg.payloads.contains(words));
    let usual = USUAL.into_iter().find(measured);
    let first = legs.iter().find_map(|leg| leg.payloads.first().copied());
    let Some(usual) = usual.or(first) else {
        return Vec::new();
    };
    let mut ordered = Vec::new();
    for &contestant in &record.plan.contestants {
        if let Some(claims) = contestant.claims() {
            // One that holds no such value is shown with the one that it holds.
            let widths = legs.iter().flat_map(|leg| &leg.payloads).copied();
            let words = [usual].into_iter().chain(widths);
            let words = words.into_iter().find(|&words| contestant.holds(words));
            ordered.extend(words.map(|words| {
                let cost = cost(record, contestant, &claims, words);
                ((contestant.class(), -cost.fresh_reads.unwrap_or(0.0)), cost)
            }));
        }
    }
    ordered.sort_by(|(one, _), (other, _)| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
    ordered.into_iter().map(|(_, cost)| cost).collect()
}

fn cost(record: &Record, contestant: Contestant, claims: &Claims, words: usize) -> Cost {
    let median = |workload, metric| {
        let case = Case {
            workload,
            words,
            contestant,
        };
        record.figure(case, metric).map(|figure| figure.median)
    };
    let faults: Faults = record.faults(contestant, words);
    let class = contestant.class().as_ref().map(Class::to_string);
    Cost {
        class: class.unwrap_or_else(|| "not even safe".to_owned()),
        register: contestant,
        origin: contestant.origin(),
        words,
        read_nanos: median(Workload::Alone, Metric::ReadNanos),
        write_nanos: median(Workload::Alone, Metric::WriteNanos),
        fresh_reads: median(Workload::Pair, Metric::FreshReads),
        torn_per_million: faults.per_million().map(|(torn, _)| torn),
        inverted_per_million: faults.per_million().map(|(_, inverted)| inverted),
        progress: format!("{} / {}", claims.progress.read, claims.progress.write),
        readers: claims.readers.to_string(),
    }
}

//! What pinned slots is to reach, and whether it does.

use registers::{Arity, Class, Guarantee};
use serde::Serialize;

use crate::contestant::{Contestant, Origin};
use crate::record::{Case, Record};
use crate::standings::best_peer;
use crate::workload::{Metric, Workload};

/// The register that the goals are about.
pub const FAVOURITE: &str = "pinned-slots";

/// The payloads that the goals are about.
const PAYLOADS: [usize; 4] = [2, 8, 64, 512];

/// A goal.
#[derive(Clone, Debug, Serialize)]
pub struct Goal {
    /// What is to be reached.
    pub what: String,
    /// The figures, by the number of words where there are several.
    pub measured: String,
    /// Whether it is met; nothing if that was not measured.
    pub met: Option<bool>,
}

/// All goals.
#[must_use]
pub fn goals(record: &Record) -> Vec<Goal> {
    goals_of(FAVOURITE, record)
}

fn goals_of(favourite: &str, record: &Record) -> Vec<Goal> {
    let mut goals = vec![no_faults(record)];
    let named = Contestant::named(favourite);
    let Some(own) = named.filter(|own| record.plan.contestants.contains(own)) else {
        let why = match named {
            None => "there is no such register in the catalogue",
            Some(_) => "it does not take part",
        };
        goals.push(Goal {
            what: format!("the goals of {favourite}"),
            measured: why.to_owned(),
            met: None,
        });
        return goals;
    };
    let raw = |_, _, _| Some(Contestant::RAW);
    let peer = |workload, words, metric| best_peer(record, workload, words, metric);
    let named = |name| move |_: Workload, _: usize, _: Metric| Contestant::named(name);
    let goal = Ratios { record, own };
    let scalar = Ratios {
        record,
        own: Contestant::ScalarPinnedSlots,
    };
    use Workload::{Alone, Paced, Pair};
    goals.extend([
        goal.at_most(
            "read alone, of raw",
            Alone,
            Metric::ReadNanos,
            [1.25, 1.1, 0.6, 0.4],
        ),
        goal.at_most(
            "write alone, of raw",
            Alone,
            Metric::WriteNanos,
            [1.75, 1.35, 0.9, 0.45],
        ),
        scalar.at_most(
            "read alone with the portable copy, of raw",
            Alone,
            Metric::ReadNanos,
            [1.5, 1.3, 1.2, 1.1],
        ),
        goal.at_least(
            "fresh reads at full speed, of raw",
            Pair,
            Metric::FreshReads,
            raw,
        ),
        goal.at_least(
            "fresh reads at full speed, of the best peer",
            Pair,
            Metric::FreshReads,
            peer,
        ),
        goal.at_least(
            "writes at full speed, of triple-buffer-crate",
            Pair,
            Metric::Writes,
            named("triple-buffer-crate"),
        ),
        goal.at_least(
            "reads with the writer paced at 1 M/s, of the best peer",
            Paced,
            Metric::Reads,
            peer,
        ),
        borrowed(record, own),
        promises(own),
        latency(record, own),
        frozen(record, own),
        stalls(record, own),
    ]);
    goals
}

/// Torn or inverted in an atomic register, or nothing torn in the raw copy: then something is wrong.
fn no_faults(record: &Record) -> Goal {
    let atomic = record
        .plan
        .contestants
        .iter()
        .filter(|it| it.class() == Some(Class::Atomic));
    let faulty: Vec<&str> = atomic
        .filter(|&&it| {
            let faults = record.all_faults(it);
            faults.torn + faults.inverted + faults.wrong > 0
        })
        .map(|it| it.name())
        .collect();
    let raw = record.all_faults(Contestant::RAW);
    let faulty_ones = if faulty.is_empty() {
        "nobody".to_owned()
    } else {
        faulty.join(", ")
    };
    Goal {
        what: "no torn read and no inversion in any atomic register, and some in the raw copy"
            .to_owned(),
        measured: format!(
            "found at fault: {faulty_ones}; torn in the raw copy: {}",
            raw.torn
        ),
        met: (raw.reads > 0).then_some(faulty.is_empty() && raw.torn > 0),
    }
}

/// A number for each payload, and what is known of it.
fn judged(
    what: String,
    payloads: &[usize],
    figure: impl Fn(usize) -> Option<f64>,
    fits: impl Fn(usize, f64) -> bool,
) -> Goal {
    let measured: Vec<(usize, f64)> = payloads
        .iter()
        .filter_map(|&words| Some((words, figure(words)?)))
        .collect();
    let texts = measured
        .iter()
        .map(|(words, it)| format!("{it:.2} ({words})"));
    let all_fit = measured.iter().all(|&(words, it)| fits(words, it));
    Goal {
        what,
        measured: texts.collect::<Vec<_>>().join(", "),
        // One that fails is enough to say no; to say yes takes all of them.
        met: match measured.len() {
            _ if !all_fit => Some(false),
            all if all == payloads.len() => Some(true),
            _ => None,
        },
    }
}

/// Goals that are ratios.
struct Ratios<'a> {
    record: &'a Record,
    own: Contestant,
}

impl Ratios<'_> {
    fn of(&self, workload: Workload, words: usize, metric: Metric, to: Contestant) -> Option<f64> {
        let case = Case {
            workload,
            words,
            contestant: self.own,
        };
        let ratio = self.record.ratio(case, metric, to);
        ratio.map(|ratio| ratio.median)
    }

    fn at_most(&self, what: &str, workload: Workload, metric: Metric, most: [f64; 4]) -> Goal {
        let limit = |words| {
            let at = PAYLOADS.iter().position(|&it| it == words);
            most[at.expect("only these are asked for")]
        };
        let most = most.map(|it| format!("{it:.2}")).join(" / ");
        judged(
            format!("{what}: at most {most}"),
            &PAYLOADS,
            |words| self.of(workload, words, metric, Contestant::RAW),
            |words, it| it <= limit(words),
        )
    }

    fn at_least(
        &self,
        what: &str,
        workload: Workload,
        metric: Metric,
        to: impl Fn(Workload, usize, Metric) -> Option<Contestant>,
    ) -> Goal {
        judged(
            format!("{what}: at least 1.00"),
            &PAYLOADS,
            |words| self.of(workload, words, metric, to(workload, words, metric)?),
            |_, it| it >= 1.0,
        )
    }
}

fn borrowed(record: &Record, own: Contestant) -> Goal {
    let nanos = |words| {
        let case = Case {
            workload: Workload::Alone,
            words,
            contestant: own,
        };
        record.figure(case, Metric::BorrowNanos)
    };
    judged(
        "nanoseconds for an unchanged value, by reference: at most 3.00".to_owned(),
        &PAYLOADS,
        |words| nanos(words).map(|it| it.median),
        |_, it| it <= 3.0,
    )
}

fn promises(own: Contestant) -> Goal {
    let claims = own.claims().expect("the favourite is a register");
    Goal {
        what: "many readers, and reads are wait-free".to_owned(),
        measured: format!("{} readers, reads {}", claims.readers, claims.progress.read),
        met: Some(claims.readers == Arity::Many && claims.progress.read == Guarantee::WaitFree),
    }
}

fn latency(record: &Record, own: Contestant) -> Goal {
    let tail = |contestant, words| {
        let case = Case {
            workload: Workload::PairTimed,
            words,
            contestant,
        };
        let histogram = record.latencies(case)?;
        Some(histogram.value_at_quantile(0.999) as f64)
    };
    let seqlock = Contestant::named("seqlock-crate");
    let wide = &PAYLOADS[2..];
    judged(
        "p99.9 of a read, of raw, from 64 words on: at most 1.00, and 100 times below seqlock-crate".to_owned(),
        wide,
        |words| Some(tail(own, words)? / tail(Contestant::RAW, words)?),
        |words, it| {
            let others = seqlock.and_then(|seqlock| tail(seqlock, words));
            let tail = tail(own, words);
            it <= 1.0 && others.zip(tail).is_none_or(|(others, own)| others >= 100.0 * own)
        },
    )
}

/// The payloads that somebody was measured with.
fn payloads(record: &Record, workload: Workload) -> Vec<usize> {
    let legs = record.plan.legs.iter();
    legs.filter(|leg| leg.workload == workload)
        .flat_map(|leg| leg.payloads.iter().copied())
        .collect()
}

fn frozen(record: &Record, own: Contestant) -> Goal {
    let lost = |contestant, words| {
        let case = Case {
            workload: Workload::Frozen,
            words,
            contestant,
        };
        record.figure(case, Metric::Lost).map(|lost| lost.median)
    };
    let payloads = payloads(record, Workload::Frozen);
    let points = |words| Some(100.0 * (lost(own, words)? - lost(Contestant::RAW, words)?));
    let goal = judged(
        "points of their time that readers lose when the writer is stopped, above raw: at most 1.00".to_owned(),
        &payloads,
        points,
        |_, it| it <= 1.0,
    );
    unless_empty(goal, &payloads)
}

fn stalls(record: &Record, own: Contestant) -> Goal {
    let workload = Workload::Crowd(3);
    let longest = |contestant, words| {
        let case = Case {
            workload,
            words,
            contestant,
        };
        record.figure(case, Metric::LongestRead)
    };
    let payloads = payloads(record, workload);
    // The raw copy never waits: what keeps it is the scheduler.
    let slice = |words| longest(Contestant::RAW, words).map(|raw| raw.high);
    let goal = judged(
        "longest read of 3 readers on 2 cores, in scheduler's slices (raw's longest): at most 1.00"
            .to_owned(),
        &payloads,
        |words| Some(longest(own, words)?.median / slice(words)?),
        |_, it| it <= 1.0,
    );
    unless_empty(goal, &payloads)
}

fn unless_empty(goal: Goal, payloads: &[usize]) -> Goal {
    Goal {
        met: goal.met.filter(|_| !payloads.is_empty()),
        ..goal
    }
}

/// Whether what the registers claim has held: nothing if there was nothing to see.
#[must_use]
pub fn claims_held(record: &Record) -> Option<bool> {
    let broken = record.plan.contestants.iter().any(|&it| {
        let faults = record.all_faults(it);
        let is_floor = it.origin() == Origin::Floor;
        match it.class() {
            Some(Class::Atomic) => faults.torn + faults.inverted + faults.wrong > 0,
            Some(Class::Regular) => faults.torn + faults.wrong > 0,
            Some(Class::Safe) => faults.wrong > 0,
            None => is_floor && faults.reads > 0,
        }
    });
    let raw = record.all_faults(Contestant::RAW);
    match (broken, raw.torn) {
        (true, _) => Some(false),
        (false, 0) => None,
        (false, _) => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::loops::Pass;
    use crate::plan::Plan;
    use crate::slice::{ReadAlone, Slice};

    /// Nanoseconds for a read and for a write of the raw copy and of a sequence lock, with nobody else there.
    fn record(payloads: &[usize], raw: (u64, u64), own: (u64, u64)) -> Record {
        let favourite = Contestant::named("sequence-lock").unwrap();
        let mut record = Record::new(Plan {
            contestants: vec![Contestant::RAW, favourite],
            seed: 0,
            legs: Vec::new(),
        });
        let pass = |nanos| Pass {
            operations: 1000,
            time: Duration::from_nanos(1000 * nanos),
        };
        for &words in payloads {
            for (contestant, (read, write)) in [(Contestant::RAW, raw), (favourite, own)] {
                let case = Case {
                    workload: Workload::Alone,
                    words,
                    contestant,
                };
                let slice = Slice {
                    topology: None,
                    written: pass(write),
                    read_alone: Some(ReadAlone {
                        by_value: pass(read),
                        by_reference: pass(read),
                        is_last: true,
                    }),
                    seen: Vec::new(),
                };
                record.add(case, 0, Ok(slice));
            }
        }
        record
    }

    fn met(record: &Record, what: &str) -> Option<bool> {
        let goals = goals_of("sequence-lock", record);
        let goal = goals.iter().find(|goal| goal.what.starts_with(what));
        goal.expect("there is such a goal").met
    }

    #[test]
    fn a_goal_is_met_at_every_payload_or_not_at_all() {
        let all = record(&PAYLOADS, (100, 100), (39, 46));
        assert_eq!(met(&all, "read alone"), Some(true));
        // 0.46 is too much for 512 words.
        assert_eq!(met(&all, "write alone"), Some(false));
        let some = record(&PAYLOADS[..2], (100, 100), (39, 200));
        assert_eq!(met(&some, "read alone"), None);
        assert_eq!(met(&some, "write alone"), Some(false));
    }

    #[test]
    fn what_was_not_measured_is_neither_met_nor_missed() {
        let record = record(&PAYLOADS, (100, 100), (39, 46));
        for what in [
            "fresh reads",
            "writes at full speed",
            "p99.9",
            "points",
            "longest read",
            "no torn read",
        ] {
            assert_eq!(met(&record, what), None, "{what}");
        }
        assert_eq!(met(&record, "many readers"), Some(false));
        assert_eq!(goals_of("nobody", &record)[1].met, None);
    }
}

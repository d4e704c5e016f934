//! How long the checkers take: `cargo run --release -p histories --example measure [PART...]`.
//!
//! Beside the time on the clock stands that of the processors, which says more on a machine that others use too; Linux
//! counts it in hundredths of a second.

#![allow(clippy::print_stdout, reason = "the figures are the result")]

#[path = "../tests/recorded/mod.rs"]
mod recorded;

use std::time::Instant;

use histories::check::{Checker, Verdict, meets};
use histories::staleness::staleness;
use histories::{History, Model, check};
use recorded::{Load, etcd, linearizable, with_a_stale_read, with_an_inversion};

/// How often each is measured; the best counts.
const ROUNDS: usize = 3;

/// The time that this process has had the processors, in seconds.
fn processors() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_the_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> = behind_the_name
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0.0))
        .collect();
    fields
        .get(11)
        .zip(fields.get(12))
        .map_or(f64::NAN, |(user, system)| (user + system) / 100.0)
}

/// What took how long: on the clock, and of the processors.
fn timed<T>(run: impl FnOnce() -> T) -> (f64, f64, T) {
    let (start, before) = (Instant::now(), processors());
    let result = run();
    (start.elapsed().as_secs_f64(), processors() - before, result)
}

fn judge(history: &History, model: Model) -> (f64, f64, Verdict) {
    let rounds = (0..ROUNDS).map(|_| timed(|| check(model, history)));
    let best = rounds.min_by(|one, other| one.0.total_cmp(&other.0));
    best.expect("there is a round")
}

fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Meets => "yes".to_owned(),
        Verdict::Breaks(it) => format!("no, {} in {}", it.anomaly.name(), it.witness.len()),
        Verdict::Unknown { states, .. } => format!("unknown after {states}"),
    }
}

fn line(what: &str, by: &str, (wall, processors): (f64, f64), said: &str) {
    let (wall, processors) = (1e3 * wall, 1e3 * processors);
    println!("{what:<46} {by:<20} {wall:>9.1} ms {processors:>7.0} cpu  {said}");
}

fn row(what: &str, history: &History, models: &[Model]) {
    for &model in models {
        let (wall, processors, verdict) = judge(history, model);
        line(what, model.name(), (wall, processors), &said(&verdict));
    }
}

/// All models together, which share what they find out.
fn together(what: &str, history: &History) {
    let (wall, processors, verdicts) = timed(|| {
        let mut checker = Checker::new(history);
        Model::ALL.map(|model| checker.verdict(model))
    });
    let count = |is: fn(&Verdict) -> bool| verdicts.iter().filter(|it| is(it)).count();
    let said = format!(
        "{} yes, {} no",
        count(Verdict::holds),
        count(|it| it.violation().is_some())
    );
    line(what, "all models", (wall, processors), &said);
}

/// Logs like those of Jepsen's test of etcd: verdicts alone, verdicts with evidence, and all models together.
fn etcd_logs() {
    let logs: Vec<History> = (0..102).map(etcd).collect();
    let what = "102 logs like those of etcd";
    for model in Model::ALL {
        let mut counts = [0; 3];
        let (wall, processors, ()) = timed(|| {
            for log in &logs {
                counts[match meets(model, log) {
                    Some(true) => 0,
                    Some(false) => 1,
                    None => 2,
                }] += 1;
            }
        });
        let [yes, no, unknown] = counts;
        let said = format!("{yes} yes, {no} no, {unknown} unknown");
        line(what, model.name(), (wall, processors), &said);
    }
    let mut worst = 0.0_f64;
    let (wall, processors, ()) = timed(|| {
        for log in &logs {
            let (wall, ..) = timed(|| {
                let mut checker = Checker::new(log);
                Model::ALL.map(|model| checker.verdict(model))
            });
            worst = worst.max(wall);
        }
    });
    let said = format!("with evidence; the worst {:.0} ms", 1e3 * worst);
    line(what, "all models", (wall, processors), &said);
}

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let is_asked =
        |what: &str| asked.is_empty() || asked.iter().any(|it| what.contains(it.as_str()));
    let atomic = [Model::Atomic];
    if is_asked("etcd") {
        etcd_logs();
    }
    for operations in [10_000, 100_000] {
        for values in [5, 20, 50, 100] {
            let load = Load {
                processes: 64,
                operations,
                values: Some(values),
                busy: true,
                ..Load::PLAIN
            };
            let what = format!("busy 64 processes, {values} values, {operations}");
            if is_asked(&what) {
                row(&what, &linearizable(load, 1), &atomic);
            }
        }
        let load = Load {
            operations,
            values: Some(5),
            crashes: 10,
            ..Load::PLAIN
        };
        let what = format!("crashes 1 %, 5 values, {operations}");
        if is_asked(&what) {
            row(&what, &linearizable(load, 1), &atomic);
        }
    }
    let load = Load {
        operations: 1_000_000,
        ..Load::PLAIN
    };
    if is_asked("million stale") {
        row(
            "million stale",
            &with_a_stale_read(&linearizable(load, 1)),
            &atomic,
        );
    }
    if is_asked("million staleness") {
        let history = linearizable(load, 1);
        let (wall, processors, found) = timed(|| staleness(&history));
        let said = format!("{} of {} reads stale", found.stale.len(), found.reads.len());
        line("million staleness", "", (wall, processors), &said);
    }
    for registers in [1, 4] {
        let load = Load { registers, ..load };
        let what = format!("million inversion, {registers} registers");
        if is_asked(&what) {
            let history = with_an_inversion(&linearizable(load, 1));
            together(&what, &history);
            row(&what, &history, &Model::ALL);
        }
    }
}

//! How long the checkers take: `cargo run --release -p histories --example measure`.

#![allow(clippy::print_stdout, reason = "the figures are the result")]

#[path = "../tests/recorded/mod.rs"]
mod recorded;

use std::time::Instant;

use histories::check::{Checker, Verdict};
use histories::{History, Model, check};
use recorded::{Load, etcd, linearizable, with_a_stale_read, with_an_inversion};

/// How often each is measured; the best counts.
const ROUNDS: usize = 3;

fn judge(history: &History, model: Model) -> (f64, Verdict) {
    let mut best = (f64::INFINITY, Verdict::Meets);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let verdict = check(model, history);
        let seconds = start.elapsed().as_secs_f64();
        if seconds < best.0 {
            best = (seconds, verdict);
        }
    }
    best
}

fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Meets => "yes".to_owned(),
        Verdict::Breaks(it) => format!("no, {} in {}", it.anomaly.name(), it.witness.len()),
        Verdict::Unknown { states, .. } => format!("unknown after {states}"),
    }
}

fn row(what: &str, history: &History, models: &[Model]) {
    for &model in models {
        let (seconds, verdict) = judge(history, model);
        println!(
            "{what:<60} {model:<20} {:>9.1} ms  {}",
            1e3 * seconds,
            said(&verdict)
        );
    }
}

/// All models together, which share what they find out.
fn together(what: &str, history: &History) {
    let start = Instant::now();
    let mut checker = Checker::new(history);
    let verdicts = Model::ALL.map(|model| checker.verdict(model));
    let count = |is: fn(&Verdict) -> bool| verdicts.iter().filter(|it| is(it)).count();
    println!(
        "{what:<60} {:<20} {:>9.1} ms  {} yes, {} no",
        "all models",
        1e3 * start.elapsed().as_secs_f64(),
        count(Verdict::holds),
        count(|it| it.violation().is_some()),
    );
}

fn etcd_logs() {
    let logs: Vec<History> = (0..102).map(etcd).collect();
    let mut worst = 0.0_f64;
    let start = Instant::now();
    for log in &logs {
        let start = Instant::now();
        let mut checker = Checker::new(log);
        let _ = Model::ALL.map(|model| checker.verdict(model));
        worst = worst.max(start.elapsed().as_secs_f64());
    }
    let all = start.elapsed().as_secs_f64();
    println!(
        "102 etcd logs all models together {:>9.1} ms, worst {:>9.1} ms",
        1e3 * all,
        1e3 * worst
    );
    for model in Model::ALL {
        let (mut total, mut worst, mut yes, mut no, mut unknown) = (0.0, 0.0_f64, 0, 0, 0);
        for log in &logs {
            let (seconds, verdict) = judge(log, model);
            total += seconds;
            worst = worst.max(seconds);
            match verdict {
                Verdict::Meets => yes += 1,
                Verdict::Breaks(_) => no += 1,
                Verdict::Unknown { .. } => unknown += 1,
            }
        }
        println!(
            "102 etcd logs {model:<20} {:>9.1} ms, worst {:>9.1} ms: {yes} yes, {no} no, {unknown} unknown",
            1e3 * total,
            1e3 * worst
        );
    }
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

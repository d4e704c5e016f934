//! Every level of isolation against the oracle, on as many random histories of up to so many transactions as wanted:
//! `cargo run --release -p histories --example fuzz_transactions -- CASES [TRANSACTIONS] [SEED]`.

#![allow(clippy::print_stdout, reason = "the result")]

#[path = "../tests/transacted/mod.rs"]
mod transacted;

use std::collections::BTreeMap;
use std::process::ExitCode;

use histories::transactions::{Level, Verdict, check, naive};
use transacted::{Random, options, small};

/// After so many wrong verdicts it is enough.
const ENOUGH: usize = 5;

fn main() -> ExitCode {
    let mut asked = std::env::args().skip(1);
    let mut number = |or: u64| {
        let text = asked.next();
        text.map_or(or, |text| text.parse().expect("it is a number"))
    };
    let (cases, most, seed) = (number(100_000), number(5), number(1));
    // Of each level: yes, no, unknown, and how often the oracle did not confirm the evidence.
    let mut counts = [[0_u64; 4]; Level::ALL.len()];
    let mut anomalies: BTreeMap<(Level, String), u64> = BTreeMap::new();
    let mut wrong = 0;
    for case in 0..cases {
        let mut random = Random::new(seed.wrapping_mul(1 << 40) + case);
        let history = small(most, &mut random);
        let options = options(&mut random);
        for level in Level::ALL {
            let verdict = check(level, &history, &options);
            let count = &mut counts[level as usize];
            let Some(meets) = verdict.meets() else {
                count[2] += 1;
                continue;
            };
            count[usize::from(!meets)] += 1;
            if let Some(violation) = verdict.violation() {
                *anomalies.entry((level, violation.name())).or_default() += 1;
            }
            let is_refuted =
                |it: &Verdict| it.violation().is_some_and(|it| it.confirmed == Some(false));
            count[3] += u64::from(is_refuted(&verdict));
            if meets != naive::meets(level, &history, &options) || is_refuted(&verdict) {
                wrong += 1;
                println!(
                    "WRONG, case {case}: {level} {verdict:?}, sessions {}",
                    options.sessions
                );
                for (at, transaction) in history.all().iter().enumerate() {
                    println!(
                        "  T{at} {:?} {:?} of {}: {}",
                        transaction.outcome,
                        transaction.interval,
                        transaction.process,
                        history.describe(at)
                    );
                }
            }
        }
        if wrong >= ENOUGH {
            break;
        }
    }
    println!("{:<22} {:>9} {:>9} {:>9}", "level", "yes", "no", "unknown");
    for level in Level::ALL {
        let [yes, no, unknown, _] = counts[level as usize];
        println!("{level:<22} {yes:>9} {no:>9} {unknown:>9}");
    }
    println!("\n{:<22} {:<42} {:>9}", "level", "broken by", "times");
    for ((level, anomaly), times) in anomalies {
        println!("{level:<22} {anomaly:<42} {times:>9}");
    }
    println!("{wrong} wrong");
    ExitCode::from(u8::from(wrong > 0))
}

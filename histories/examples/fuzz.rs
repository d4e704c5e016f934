//! Every verdict against the oracle, on as many random histories as wanted, of up to so many operations:
//! `cargo run --release -p histories --example fuzz -- CASES [OPERATIONS] [SEED] [MODEL...]`.
//!
//! The oracle takes histories of up to eight operations, and of up to 24 by the models that ask for an order of all of
//! them. Beyond, it is only counted what could not be decided.

#![allow(clippy::print_stdout, reason = "the result")]

#[path = "../tests/recorded/mod.rs"]
mod recorded;

use std::collections::BTreeMap;
use std::process::ExitCode;

use histories::check::{Checker, naive};
use histories::{History, Model, Timeline};
use recorded::{Random, Small, small};

/// After so many wrong verdicts it is enough.
const ENOUGH: usize = 5;

fn is_for_the_oracle(model: Model, history: &History) -> bool {
    let of_order = [Model::Atomic, Model::Strict, Model::Sequential, Model::Pram];
    match history.operations().len() {
        0..=8 => true,
        9..=24 => of_order.contains(&model),
        _ => false,
    }
}

fn main() -> ExitCode {
    let mut asked = std::env::args().skip(1);
    let mut number = |or: u64| {
        let text = asked.next();
        text.map_or(or, |text| text.parse().expect("it is a number"))
    };
    let (cases, operations, seed) = (number(100_000), number(8), number(1));
    let mut models: Vec<Model> = asked.map(|name| name.parse().expect("a model")).collect();
    if models.is_empty() {
        models = Model::ALL.to_vec();
    }
    // Of each model: yes, no, unknown, and how many of these were put to the oracle.
    let mut counts: BTreeMap<Model, [u64; 4]> = BTreeMap::new();
    let mut wrong = 0;
    for case in 0..cases {
        let mut random = Random::new(seed.wrapping_mul(1 << 40) + case);
        let kind = Small::any(operations, &mut random);
        let history = small(kind, &mut random);
        // Each model by itself, as one that asks for it alone meets it; now and then all together.
        let mut together = Checker::new(&history);
        for &model in &models {
            let meets = match case % 2 {
                0 => Checker::new(&history).meets(model),
                _ => together.meets(model),
            };
            let count = counts.entry(model).or_default();
            count[match meets {
                Some(true) => 0,
                Some(false) => 1,
                None => 2,
            }] += 1;
            if meets.is_none() || !is_for_the_oracle(model, &history) {
                continue;
            }
            count[3] += 1;
            if meets != Some(naive::meets(model, &history)) {
                wrong += 1;
                let drawn = Timeline::from(history.clone());
                println!("WRONG, case {case}: {model} {meets:?}\n{drawn}");
            }
        }
        if wrong >= ENOUGH {
            break;
        }
    }
    println!(
        "{:<20} {:>9} {:>9} {:>9} {:>11}",
        "model", "yes", "no", "unknown", "by oracle"
    );
    for (model, [yes, no, unknown, put]) in counts {
        println!("{model:<20} {yes:>9} {no:>9} {unknown:>9} {put:>11}");
    }
    println!("{wrong} wrong");
    ExitCode::from(u8::from(wrong > 0))
}

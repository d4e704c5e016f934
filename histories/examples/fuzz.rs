//! Every verdict against the oracle, on as many random histories as wanted:
//! `cargo run --release -p histories --example fuzz -- CASES [OPERATIONS] [SEED] [MODEL...]`.

#![allow(clippy::print_stdout, reason = "the result")]

#[path = "../tests/recorded/mod.rs"]
mod recorded;

use std::collections::BTreeMap;

use histories::check::{Verdict, naive};
use histories::{Model, Timeline, check};
use recorded::{Random, Small, small};

fn main() {
    let mut asked = std::env::args().skip(1);
    let mut number = |or: u64| {
        asked
            .next()
            .map_or(or, |text| text.parse().expect("a number"))
    };
    let (cases, operations, seed) = (number(10_000), number(8), number(1));
    let models: Vec<Model> = asked.map(|name| name.parse().expect("a model")).collect();
    let models = if models.is_empty() {
        Model::ALL.to_vec()
    } else {
        models
    };
    let mut counts: BTreeMap<Model, [u64; 3]> = BTreeMap::new();
    let mut wrong = 0;
    for case in 0..cases {
        let mut random = Random::new(seed.wrapping_mul(1 << 40) + case);
        let kind = Small::any(operations, &mut random);
        let history = small(kind, &mut random);
        for &model in &models {
            let verdict = check(model, &history);
            let meets = naive::meets(model, &history);
            let count = counts.entry(model).or_default();
            let right = match &verdict {
                Verdict::Meets => meets,
                Verdict::Breaks(_) => !meets,
                Verdict::Unknown { .. } => true,
            };
            count[match verdict {
                Verdict::Meets => 0,
                Verdict::Breaks(_) => 1,
                Verdict::Unknown { .. } => 2,
            }] += 1;
            if !right {
                wrong += 1;
                println!(
                    "WRONG case {case} {model}: {verdict:?}, but the oracle says {meets}\n{}",
                    Timeline::from(history.clone())
                );
            }
        }
        assert!(wrong < 5, "too many are wrong");
    }
    for (model, [yes, no, unknown]) in counts {
        println!("{model:<20} {yes:>9} yes {no:>9} no {unknown:>9} unknown");
    }
    println!("{wrong} wrong of {cases} histories");
}

#![allow(clippy::print_stdout)]
#[path = "../tests/recorded/mod.rs"]
mod recorded;
use histories::check::{naive, Verdict};
use histories::*;
use recorded::*;
fn main() {
    let mut found = 0;
    for seed in 0..200000 {
        let mut r = Random::new(seed);
        let load = Load { processes: 3 + r.below(6), operations: 10 + r.below(40), values: Some(3 + r.below(10)), busy: r.below(2)==0, ..Load::PLAIN };
        let h = linearizable(load, seed);
        if let Verdict::Breaks(v) = check(Model::Atomic, &h) {
            let part = h.restricted_to(&v.witness);
            println!("seed {seed} {:?} witness {}", load, v.witness.len());
            if v.witness.len() < 10 { println!("{} naive {}", Timeline::from(part.clone()), naive::meets(Model::Atomic, &part)); }
            found += 1;
            if found > 4 { return; }
        }
    }
}

//! Goes through a plan: all contestants round by round, in another order each time.

use std::time::Instant;

use fastrand::Rng;

use crate::contestant::Contestant;
use crate::cores::Cores;
use crate::loops::Build;
use crate::plan::{Leg, Plan};
use crate::record::{Case, Record};
use crate::slice;
use crate::workload::Workload;

/// A slice that is spoilt is taken again, this often at most.
const ATTEMPTS: usize = 3;

/// Measures. `progress` is told now and then which part of it is done.
pub fn measure(plan: &Plan, cores: &Cores, mut progress: impl FnMut(f64)) -> Record {
    let mut record = Record::new(plan.clone());
    let mut rng = Rng::with_seed(plan.seed);
    let all: f64 = plan.legs.iter().map(|leg| leg.seconds).sum();
    let mut done = 0.0;
    let begun = Instant::now();
    for leg in &plan.legs {
        // What earlier ones took too long is taken from the later ones, so that the whole ends when it should.
        let left = done + leg.seconds - begun.elapsed().as_secs_f64();
        let budget = left.clamp(0.0, leg.seconds);
        if cores.count() >= 2 || !leg.workload.needs_two_cores() {
            rounds(leg, budget, plan, cores, &mut rng, &mut record, |part| {
                progress((done + leg.seconds * part) / all);
            });
        }
        done += leg.seconds;
    }
    record
}

fn rounds(
    leg: &Leg,
    budget: f64,
    plan: &Plan,
    cores: &Cores,
    rng: &mut Rng,
    record: &mut Record,
    mut progress: impl FnMut(f64),
) {
    let begun = Instant::now();
    for round in 0..leg.rounds {
        let spent = begun.elapsed().as_secs_f64();
        if round > 0 && spent >= budget {
            break;
        }
        progress((spent / leg.seconds).max(round as f64 / leg.rounds as f64));
        record.add_round(leg.workload);
        // Those who are compared with each other follow each other closely.
        for &words in &leg.payloads {
            let mut order: Vec<Case> = cases(leg.workload, words, plan).collect();
            rng.shuffle(&mut order);
            for case in order {
                attempt(case, round, cores, record);
            }
        }
    }
}

/// Those who can do it.
fn cases(workload: Workload, words: usize, plan: &Plan) -> impl Iterator<Item = Case> {
    let readers = match workload {
        Workload::Alone => 0,
        _ => workload.readers(),
    };
    let able = move |contestant: &Contestant| {
        contestant.holds(words) && contestant.most_readers() >= readers
    };
    let able = plan.contestants.iter().copied().filter(able);
    able.map(move |contestant| Case {
        workload,
        words,
        contestant,
    })
}

fn attempt(case: Case, round: usize, cores: &Cores, record: &mut Record) {
    for _ in 0..ATTEMPTS {
        let build = Build {
            readers: case.workload.readers(),
        };
        let ends = case.contestant.with(case.words, build);
        let ends = ends.expect("it has been asked whether it holds so many words");
        let slice = slice::take(case.workload, ends, cores);
        let is_clean = slice.is_ok();
        record.add(case, round, slice);
        if is_clean {
            break;
        }
    }
}

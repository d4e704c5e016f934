//! Fine steps and coarse ones, with symmetry and without, find the same histories: compared on random programs, which
//! may do anything with a few words. Every history of a stronger memory is one of a weaker memory, too. And a loop that may
//! fail any number of times finds what one finds that may fail a few times.

#[path = "support/exchange.rs"]
mod exchange;
#[path = "support/random_programs.rs"]
mod random_programs;
#[path = "support/side_by_side.rs"]
mod side_by_side;

use std::collections::BTreeSet;

use histories::History;
use interleavings::{Coverage, Limits, MemoryModel, Report, Variant, survey, verify};
use registers::subject::Subject;

use crate::exchange::{assert_same_histories, up_to_exchange};
use crate::random_programs::{FLAVOURS, GIVES_UP, of_programs, scenario};
use crate::side_by_side::side_by_side;

/// Whether a word may be stored to in another way than SeqCst, and loaded by SeqCst. Then x86 may return what the
/// language forbids to the letter: see the litmus tests.
fn mixes_seq_cst(seed: u64) -> bool {
    let flavour = seed / 2 % FLAVOURS;
    flavour % 3 == 1 || (flavour % 3 == 2 && flavour / 3 == 1)
}

/// Explores programs with these seeds in every way, and returns how many of them have a fault.
fn faults_where_all_agree(seeds: std::ops::Range<u64>) -> usize {
    let subject = of_programs();
    let seeds: Vec<u64> = seeds.collect();
    let compared = side_by_side(&seeds, |&seed| is_faulty_in_every_way(&subject, seed));
    compared.into_iter().filter(|&is_faulty| is_faulty).count()
}

/// Whether a program has a fault; all ways to explore it agree in that, and in its histories if it has none.
fn is_faulty_in_every_way(subject: &Subject, seed: u64) -> bool {
    let lanes = match seed / (2 * FLAVOURS) % 8 {
        0..=3 => "r.r",
        4..=6 => "rr.r",
        _ => "r.r.r",
    };
    let scenario = scenario(lanes, seed, None);
    let limits = Limits::default();
    let mut stronger: Option<Report> = None;
    for memory in MemoryModel::ALL {
        let what = format!("seed {seed} in {lanes} on {memory}");
        let fine = survey(subject, &scenario, memory, &limits).expect("it fits");
        let fine = fine.report;
        let coarse = verify(
            subject,
            &scenario,
            memory,
            Variant::default(),
            &limits,
            |_| {},
        );
        let coarse = coarse.expect("it fits");
        assert_eq!(fine.coverage, Coverage::Exhaustive, "{what}");
        assert_eq!(coarse.coverage, Coverage::Exhaustive, "{what}");
        // Which of two faults comes first may differ.
        assert_eq!(fine.faults.is_empty(), coarse.fails.is_empty(), "{what}");
        if !fine.faults.is_empty() {
            return true;
        }
        assert_same_histories(&scenario, &fine, &coarse, &what);
        if let Some(stronger) = stronger.filter(|_| !mixes_seq_cst(seed)) {
            let mut lacking = stronger.histories.keys();
            let lacking = lacking.find(|&key| !fine.histories.contains_key(key));
            assert_eq!(lacking, None, "{what}: lacks one of {}", stronger.memory);
        }
        stronger = Some(fine);
    }
    false
}

#[test]
fn grains_and_memories_agree_on_random_programs() {
    let faulty = faults_where_all_agree(0..300);
    assert!((10..30).contains(&faulty), "{faulty} have a fault");
}

#[test]
#[ignore = "takes a minute or two"]
fn grains_and_memories_agree_on_many_random_programs() {
    faults_where_all_agree(300..6_000);
}

/// The histories of a program in which every operation completes and no loop gives up.
fn complete(
    subject: &Subject,
    seed: u64,
    attempts: Option<u64>,
    memory: MemoryModel,
) -> BTreeSet<String> {
    let scenario = scenario("r.r", seed, attempts);
    let (variant, limits) = (Variant::default(), Limits::default());
    let verified = verify(subject, &scenario, memory, variant, &limits, |_| {});
    let verified = verified.expect("it fits");
    assert_eq!(
        verified.coverage,
        Coverage::Exhaustive,
        "seed {seed} on {memory}"
    );
    let is_complete = |history: &&History| {
        let mut operations = history.operations().iter();
        operations.all(|op| !op.is_pending() && op.returned() != Some(&GIVES_UP.into()))
    };
    let complete = verified.histories.values().filter(is_complete);
    let drawn = up_to_exchange(complete, true).into_iter();
    // The initial value says how many attempts there are.
    let without_initial = drawn.filter_map(|it| Some(it.split_once('\n')?.1.to_owned()));
    without_initial.collect()
}

/// Compares loops with any number of attempts, which are merged, and with a few, which are not.
fn assert_loops_agree(seeds: std::ops::Range<u64>) {
    const A_FEW: u64 = 4;
    let subject = of_programs();
    let with_loops = seeds.filter(|seed| seed / 2 % FLAVOURS >= 15);
    let seeds: Vec<u64> = with_loops.collect();
    side_by_side(&seeds, |&seed| {
        for memory in MemoryModel::ALL {
            let [any, few] =
                [None, Some(A_FEW)].map(|attempts| complete(&subject, seed, attempts, memory));
            assert_eq!(any, few, "seed {seed} on {memory}");
        }
    });
}

#[test]
fn a_loop_of_any_number_of_attempts_finds_what_one_of_a_few_finds() {
    assert_loops_agree(0..600);
}

#[test]
#[ignore = "takes a minute or two"]
fn many_loops_of_any_number_of_attempts_find_what_those_of_a_few_find() {
    assert_loops_agree(600..20_000);
}

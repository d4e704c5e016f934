//! Every ordering and every step of the sequence lock is needed: without it there is a break, and this is the smallest.

use histories::Model;
use interleavings::mutants::twin::Twin;
use interleavings::mutants::{self, Mutant};
use interleavings::{Limits, MemoryModel, explore};
use registers::atomic::SequenceLock;
use registers::scenario::Scenario;

fn mutants(memory: MemoryModel) -> Vec<Mutant> {
    let mutants =
        mutants::sequence_lock::<2>(&Scenario::free(1, &[1]), memory, &Limits::default()).unwrap();
    assert!(mutants.iter().all(|mutant| mutant.report.is_exhaustive()));
    mutants
}

#[test]
fn without_any_one_of_its_orderings_a_sequence_lock_tears() {
    let mut table = String::new();
    for mutant in mutants(MemoryModel::Weak) {
        let witness = &mutant.report.witnesses[&Model::Atomic];
        assert!(witness.timeline.steps.len() <= 12);
        table += &format!(
            "{}:\n  {}\n{}\n",
            mutant.without, witness.violation.sentence, witness.timeline
        );
    }
    let expected = include_str!("mutants.txt");
    assert!(table == expected, "found:\n{table}");
}

#[test]
fn no_ordering_is_needed_where_memory_is_sequentially_consistent() {
    let broken: Vec<&str> = mutants(MemoryModel::Sc)
        .iter()
        .filter(|mutant| mutant.report.violations(Model::Atomic) > 0.0)
        .map(|mutant| mutant.without)
        .collect();
    assert_eq!(
        broken,
        [
            "the second look at the sequence",
            "the odd number in front of the words: it is stored behind them",
        ]
    );
}

#[test]
fn the_twin_that_lacks_nothing_is_the_sequence_lock() {
    for memory in [MemoryModel::Sc, MemoryModel::Weak] {
        for scenario in [Scenario::free(2, &[2]), Scenario::free(1, &[1, 1])] {
            let limits = Limits::default();
            let twin = explore::<Twin<true, true>, 2>(&scenario, memory, &limits).unwrap();
            let original = explore::<SequenceLock, 2>(&scenario, memory, &limits).unwrap();
            assert_eq!(twin.states, original.states);
            assert_eq!(twin.executions, original.executions);
            assert!(twin.histories.keys().eq(original.histories.keys()));
        }
    }
}

//! Registers that look right and are not: what they claim breaks, and what they are survives every execution.

use std::collections::BTreeMap;

use histories::Model;
use interleavings::{Limits, MemoryModel, Report, explore};
use registers::exhibits::{CountedOnce, DirtyFlag, DoubleBuffer, FlagCheckedOnce, ReaderCache};
use registers::scenario::Scenario;
use registers::worlds::Erased;
use registers::worlds::conducted::replay;
use registers::{Class, Construction};

const BOTH: [MemoryModel; 2] = [MemoryModel::Sc, MemoryModel::Weak];

fn usual() -> [Scenario; 5] {
    [
        Scenario::free(1, &[1]),
        Scenario::free(1, &[2]),
        Scenario::free(2, &[2]),
        Scenario::free(1, &[1, 1]),
        Scenario::free(3, &[2]),
    ]
}

fn explored<C: Construction<Erased, N>, const N: usize>(
    scenario: &Scenario,
    memory: MemoryModel,
) -> Report {
    let report = explore::<C, N>(scenario, memory, &Limits::default()).unwrap();
    assert!(report.is_exhaustive(), "{:?}", report.coverage);
    report
}

/// What breaks `model` in every memory: the claim falls in `smallest`, with this sentence and a witness that replays on
/// real threads; and nothing in `survived` breaks it. The executions and those that break the claim are pinned.
#[track_caller]
fn assert_broken<C: Construction<Erased, N>, const N: usize>(
    (model, sentence): (Model, &str),
    smallest: &Scenario,
    executions: [(f64, f64); 2],
    survived: &[Scenario],
) {
    assert_eq!(C::CLASS, Class::Atomic);
    for (memory, executions) in BOTH.into_iter().zip(executions) {
        let report = explored::<C, N>(smallest, memory);
        assert_eq!(
            (report.executions, report.violations(model)),
            executions,
            "{memory:?}"
        );
        let witness = &report.witnesses[&model];
        assert_eq!(witness.violation.sentence, sentence, "{memory:?}");
        assert_eq!(witness.stale_loads, 0);
        let performed = replay::<C, N>(&witness.timeline).unwrap();
        assert_eq!(performed.steps, witness.timeline.steps);
        for scenario in survived {
            let report = explored::<C, N>(scenario, memory);
            assert_eq!(report.violations(model), 0.0, "{}", scenario.name());
        }
    }
}

/// Nothing that the register does in the usual scenarios, and in `others`, breaks the class that it really has.
#[track_caller]
fn assert_survives<C: Construction<Erased, N>, const N: usize>(model: Model, others: &[Scenario]) {
    for memory in BOTH {
        for scenario in usual().iter().chain(others) {
            let report = explored::<C, N>(scenario, memory);
            let broken: BTreeMap<_, _> = report.witnesses.range(..=model).collect();
            assert!(broken.is_empty(), "{} {memory:?}", scenario.name());
        }
    }
}

#[test]
fn a_flag_that_is_checked_once_makes_a_safe_register() {
    assert_broken::<FlagCheckedOnce, 2>(
        (
            Model::Regular,
            "torn read: Thread 2's first read returned 0|1: word 0 is of the initial value 0, word 1 is of the write of 1",
        ),
        &Scenario::free(1, &[1]),
        [(71.0, 17.0), (395.0, 172.0)],
        &[],
    );
    assert_survives::<FlagCheckedOnce, 2>(Model::Safe, &[]);
}

#[test]
fn a_write_that_is_counted_once_makes_a_safe_register() {
    assert_broken::<CountedOnce, 2>(
        (
            Model::Regular,
            "torn read: Thread 2's first read returned 1|0: word 0 is of the write of 1, word 1 is of the initial value 0",
        ),
        &Scenario::free(1, &[1]),
        [(128.0, 16.0), (577.0, 156.0)],
        &[],
    );
    assert_survives::<CountedOnce, 2>(Model::Safe, &[]);
}

#[test]
fn two_buffers_make_a_safe_register() {
    assert_broken::<DoubleBuffer, 2>(
        (
            Model::Regular,
            "torn read: Thread 2's first read returned 0|2: word 0 is of the initial value 0, word 1 is of the write of 2",
        ),
        &Scenario::free(2, &[1]),
        [(658.0, 90.0), (1418.0, 425.0)],
        // A single write, however many read.
        &[
            Scenario::free(1, &[1]),
            Scenario::free(1, &[2]),
            Scenario::free(1, &[2, 1]),
        ],
    );
    assert_survives::<DoubleBuffer, 2>(Model::Safe, &[]);
}

#[test]
fn two_buffers_of_one_word_make_a_regular_register() {
    assert_broken::<DoubleBuffer, 1>(
        (
            Model::Atomic,
            "new-old inversion: Thread 2's first read returned 2, and Thread 2's second read, invoked after it had completed, returned the older 1",
        ),
        &Scenario::free(2, &[2]),
        [(3286.0, 12.0), (6236.0, 114.0)],
        &[],
    );
    assert_survives::<DoubleBuffer, 1>(Model::Regular, &[]);
}

#[test]
fn readers_with_versioned_copies_disagree() {
    assert_broken::<ReaderCache, 1>(
        (
            Model::Atomic,
            "new-old inversion: Thread 3's first read returned 2, and Thread 2's second read, invoked after it had completed, returned the older 1",
        ),
        &Scenario::free(2, &[2, 1]),
        [
            (115_080_224_625.0, 1_109_734.0),
            (2_669_463_133_998.0, 642_182_803.0),
        ],
        // A single reader; a single write; two readers of one read each.
        &[
            Scenario::free(2, &[2]),
            Scenario::free(3, &[2]),
            Scenario::free(1, &[2, 1]),
            Scenario::free(2, &[1, 1]),
        ],
    );
    assert_survives::<ReaderCache, 1>(Model::Regular, &[Scenario::free(2, &[2, 1])]);
    assert_survives::<ReaderCache, 2>(Model::Regular, &[]);
}

#[test]
fn one_dirty_flag_for_two_readers_is_not_even_safe() {
    assert_broken::<DirtyFlag, 1>(
        (
            Model::Safe,
            "stale read: Thread 3's first read returned the initial value 0, but the write of 1 had completed before the read was invoked",
        ),
        &Scenario::free(1, &[1, 1]),
        [(2414.0, 518.0), (2414.0, 518.0)],
        &[],
    );
}

#[test]
fn a_dirty_flag_for_a_single_reader_shows_nothing() {
    for memory in BOTH {
        let mut scenarios = usual().to_vec();
        scenarios.retain(|scenario| scenario.operations().processes().len() == 2);
        assert_eq!(scenarios.len(), 4);
        for scenario in &scenarios {
            let report = explored::<DirtyFlag, 2>(scenario, memory);
            assert_eq!(report.violations(Model::Atomic), 0.0);
        }
    }
}

//! Two engines, one truth: wherever loom and the atlas both look at every execution on weak memory, they find the same
//! histories.

use std::collections::BTreeSet;

use histories::{History, Timeline};
use interleavings::MemoryModel;
use interleavings::report::Coverage;
use loom_tests::{Limits, as_far_as_it_matters, explore};
use registers::Construction;
use registers::atomic::{Locked, SequenceLock};
use registers::regular::TwoCopies;
use registers::safe::WordByWord;
use registers::scenario::Scenario;
use registers::worlds::Any;

fn agree<C, const N: usize>(scenario: &Scenario)
where
    C: Construction<Any, N>,
{
    let loom = explore::<C, N>(scenario, &Limits::default()).unwrap();
    assert_eq!(loom.coverage, Coverage::Exhaustive);
    let limits = interleavings::Limits::default();
    let atlas = interleavings::explore::<C, N>(scenario, MemoryModel::Weak, &limits).unwrap();
    assert_eq!(atlas.coverage, Coverage::Exhaustive);

    let drawn = |history: &History| {
        let known = as_far_as_it_matters(scenario, history);
        Timeline::from(known).to_string()
    };
    let by_loom: BTreeSet<String> = loom
        .histories
        .values()
        .map(|it| drawn(&it.history))
        .collect();
    let by_atlas: BTreeSet<String> = atlas
        .histories
        .values()
        .map(|it| drawn(&it.history))
        .collect();
    let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| {
        these
            .difference(those)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(
        by_loom == by_atlas,
        "{} of {N} words, {}: {} histories by loom, {} by the atlas\nonly loom:\n{}\nonly the atlas:\n{}",
        loom.register,
        scenario.name(),
        by_loom.len(),
        by_atlas.len(),
        only(&by_loom, &by_atlas),
        only(&by_atlas, &by_loom),
    );
}

/// The timeline of the study note.
fn note() -> Scenario {
    let picture = "
        init: 0
        Thread 1:      wwwww(1)     wwwww(2)
        Thread 2:   rrrrr                rrrrr
        Thread 3:   rrrrr  rrrrr
    ";
    let timeline: Timeline = picture.parse().unwrap();
    Scenario::drawn("note", &timeline.history)
}

#[test]
fn on_words_one_by_one() {
    agree::<WordByWord, 1>(&Scenario::free(2, &[2]));
    agree::<WordByWord, 1>(&Scenario::free(1, &[1, 1]));
    agree::<WordByWord, 2>(&Scenario::free(1, &[2]));
    agree::<WordByWord, 1>(&note());
}

#[test]
fn on_two_copies() {
    agree::<TwoCopies, 1>(&Scenario::free(1, &[1]));
    agree::<TwoCopies, 1>(&Scenario::free(1, &[2]));
}

#[test]
fn on_a_sequence_lock() {
    agree::<SequenceLock, 1>(&Scenario::free(1, &[2]));
    agree::<SequenceLock, 1>(&Scenario::free(2, &[1]));
    agree::<SequenceLock, 2>(&Scenario::free(1, &[1]));
    agree::<SequenceLock, 2>(&Scenario::free(1, &[2]));
}

#[test]
fn on_a_lock() {
    agree::<Locked, 2>(&Scenario::free(1, &[2]));
    agree::<Locked, 2>(&Scenario::free(2, &[2]));
    agree::<Locked, 2>(&Scenario::free(1, &[1, 1]));
    agree::<Locked, 2>(&note());
}

#[test]
#[ignore = "minutes: loom looks at almost a million executions"]
fn where_loom_takes_long() {
    agree::<WordByWord, 2>(&Scenario::free(2, &[2]));
    agree::<WordByWord, 1>(&Scenario::free(2, &[1, 1]));
    agree::<WordByWord, 2>(&note());
}

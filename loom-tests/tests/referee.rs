//! Two engines, one truth: wherever loom and the atlas both look at every execution on weak memory, they find the same
//! histories.

use std::collections::BTreeSet;

use histories::{History, Timeline};
use interleavings::MemoryModel;
use interleavings::report::{Coverage, Report};
use loom_tests::{Flicker, Limits, as_far_as_it_matters, explore, explore_in};
use registers::Construction;
use registers::atomic::{Locked, Numbered, ReadersTable, SequenceLock, Timestamps};
use registers::regular::{TwoCopies, Unary, WrittenToChange};
use registers::safe::{ManyReaders, SafeBit, WordByWord};
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::worlds::Erased;
use registers::worlds::flicker::Flickering;

fn agree<C, const N: usize>(scenario: &Scenario)
where
    C: Construction<Erased, N>,
{
    let loom = explore::<C, N>(scenario, &Limits::default()).unwrap();
    compare(scenario, &loom, &by_atlas::<C, N>(scenario));
}

/// As `agree`, on bits that flicker: `L` in loom's memory of such bits, `A` on the atlas with bits that flicker as such.
fn agree_on_bits<L, A>(scenario: &Scenario)
where
    L: Construction<Erased, 1>,
    A: Construction<Erased, 1>,
{
    let enter = |loom: &_| Erased::new(Flicker::new(loom, &[0, 1], 8));
    let loom = explore_in(&Subject::of::<L, 1>(), scenario, &Limits::default(), enter);
    compare(scenario, &loom.unwrap(), &by_atlas::<A, 1>(scenario));
}

fn by_atlas<C: Construction<Erased, N>, const N: usize>(scenario: &Scenario) -> Report {
    let limits = interleavings::Limits::default();
    interleavings::explore::<C, N>(scenario, MemoryModel::Weak, &limits).unwrap()
}

fn compare(scenario: &Scenario, loom: &Report, atlas: &Report) {
    assert_eq!(loom.coverage, Coverage::Exhaustive);
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
        "{} of {} words, {}: {} histories by loom, {} by the atlas\nonly loom:\n{}\nonly the atlas:\n{}",
        loom.register,
        loom.words,
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

/// The operations of a drawing, with nothing enforced between threads.
fn free(picture: &str) -> Scenario {
    let timeline: Timeline = picture.parse().unwrap();
    Scenario::drawn("free", &timeline.history).unordered()
}

#[test]
fn on_the_chain() {
    agree::<ManyReaders<SafeBit>, 1>(&Scenario::free(1, &[1, 1]));
    let there_and_back = free("init: 2\nT1: ww(1) ww(2)\nT2: rr\n");
    agree::<Unary<WrittenToChange<SafeBit>, 3>, 1>(&there_and_back);
    agree::<Numbered<WordByWord>, 1>(&Scenario::free(2, &[2]));
    agree::<ReadersTable<WordByWord>, 1>(&Scenario::free(1, &[1, 1]));
    let two_writers = free("init: 0\nT1: ww(1)\nT2: ww(2)\nT3: rr\n");
    agree::<Timestamps<WordByWord>, 1>(&two_writers);
}

#[test]
fn on_bits_that_flicker() {
    type Safe = Flickering<SafeBit>;
    let same_again = free("init: 1\nT1: ww(1)\nT2: rr\n");
    let the_other = free("init: 0\nT1: ww(1)\nT2: rr rr\n");
    for scenario in [&same_again, &the_other] {
        agree_on_bits::<SafeBit, Safe>(scenario);
        agree_on_bits::<WrittenToChange<SafeBit>, WrittenToChange<Safe>>(scenario);
    }
    let two_readers = free("init: 0\nT1: ww(1)\nT2: rr\nT3: rr\n");
    agree_on_bits::<ManyReaders<SafeBit>, ManyReaders<Safe>>(&two_readers);
    let down = free("init: 1\nT1: ww(0)\nT2: rr rr\n");
    agree_on_bits::<Unary<SafeBit, 2>, Unary<Safe, 2>>(&down);
}

#[test]
#[ignore = "minutes: loom looks at almost a million executions"]
fn where_loom_takes_long() {
    agree::<WordByWord, 2>(&Scenario::free(2, &[2]));
    agree::<WordByWord, 1>(&Scenario::free(2, &[1, 1]));
    agree::<WordByWord, 2>(&note());
}

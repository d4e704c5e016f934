//! Two engines, one truth: wherever loom and the atlas both look at every execution on weak memory, they find the same
//! histories.

mod common;

use common::{histories, lacking, scenario};
use interleavings::report::{Coverage, Report};
use interleavings::{MemoryModel, survey};
use loom_tests::{Flicker, Limits, explore_in};
use registers::atomic::{
    FourSlot, LeftRight, Locked, ManyWriterSequenceLock, Numbered, OneWord, Peterson, ReadersTable,
    SequenceLock, Timestamps, TripleBuffer,
};
use registers::regular::{TwoCopies, Unary, WrittenToChange};
use registers::safe::{ManyReaders, SafeBit, WordByWord};
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::worlds::Erased;
use registers::worlds::flicker::Flickering;

/// Every execution under loom.
fn by_loom(subject: &Subject, scenario: &Scenario, limits: &Limits) -> Report {
    let enter = |loom: &_| Erased::new(loom_tests::LoomMemory::clone(loom));
    explore_in(subject, scenario, limits, enter).unwrap()
}

/// Every execution on bits that are only safe, in loom's memory of such bits.
fn by_loom_on_bits(subject: &Subject, scenario: &Scenario) -> Report {
    let enter = |loom: &_| Erased::new(Flicker::new(loom, &[0, 1], 8));
    explore_in(subject, scenario, &Limits::default(), enter).unwrap()
}

/// Every state by the atlas.
fn by_atlas(subject: &Subject, scenario: &Scenario) -> Report {
    let limits = interleavings::Limits::default();
    let survey = survey(subject, scenario, MemoryModel::Weak, &limits);
    survey.unwrap().report
}

fn compare(scenario: &Scenario, loom: &Report, atlas: &Report) {
    let of = format!(
        "{} of {} words, {}",
        loom.register,
        loom.words,
        scenario.name()
    );
    assert_eq!(loom.coverage, Coverage::Exhaustive, "{of}");
    assert_eq!(atlas.coverage, Coverage::Exhaustive, "{of}");
    let (by_loom, by_atlas) = (histories(scenario, loom), histories(scenario, atlas));
    assert!(
        by_loom == by_atlas,
        "{of}: {} histories by loom, {} by the atlas\nonly loom:\n{}\nonly the atlas:\n{}",
        by_loom.len(),
        by_atlas.len(),
        lacking(&by_loom, &by_atlas),
        lacking(&by_atlas, &by_loom),
    );
}

fn agree(cases: &[(Subject, &[&str])]) {
    for (subject, scenarios) in cases {
        for scenario in scenarios.iter().map(|it| scenario(it)) {
            let loom = by_loom(subject, &scenario, &Limits::default());
            compare(&scenario, &loom, &by_atlas(subject, &scenario));
        }
    }
}

#[test]
fn both_find_the_same_histories() {
    let there_and_back = "init: 2\nT1: ww(1) ww(2)\nT2: rr\n";
    agree(&[
        (
            Subject::of::<WordByWord, 1>(),
            &["ww.rr", "w.r.r", "wr.r", "note"],
        ),
        (Subject::of::<WordByWord, 2>(), &["w.rr"]),
        (Subject::of::<TwoCopies, 1>(), &["w.r", "w.rr"]),
        (Subject::of::<OneWord, 1>(), &["ww.rr", "w.r.r"]),
        (Subject::of::<SequenceLock, 1>(), &["w.rr", "ww.r"]),
        (Subject::of::<SequenceLock, 2>(), &["w.r", "w.rr"]),
        (
            Subject::of::<Locked, 2>(),
            &["w.rr", "ww.rr", "w.r.r", "wr.wr", "note"],
        ),
        (Subject::of::<FourSlot, 2>(), &["ww.r", "w.rr"]),
        (Subject::of::<TripleBuffer, 2>(), &["ww.r", "w.rr", "www.r"]),
        (Subject::of::<LeftRight, 2>(), &["w.rr"]),
        (
            Subject::of::<ManyReaders<SafeBit>, 1>(),
            &["init: 0\nT1: ww(1)\nT2: rr\nT3: rr\n"],
        ),
        (
            Subject::of::<Unary<WrittenToChange<SafeBit>, 3>, 1>(),
            &[there_and_back],
        ),
        (Subject::of::<Numbered<WordByWord>, 1>(), &["ww.rr"]),
        (Subject::of::<ReadersTable<WordByWord>, 1>(), &["w.r.r"]),
        (Subject::of::<Timestamps<WordByWord>, 1>(), &["w.w.r"]),
    ]);
}

#[test]
fn both_find_the_same_histories_on_bits_that_flicker() {
    type Safe = Flickering<SafeBit>;
    let same_again = "init: 1\nT1: ww(1)\nT2: rr\n";
    let the_other = "init: 0\nT1: ww(1)\nT2: rr rr\n";
    let two_readers = "init: 0\nT1: ww(1)\nT2: rr\nT3: rr\n";
    let down = "init: 1\nT1: ww(0)\nT2: rr rr\n";
    // In loom's memory every bit flickers; on the atlas a register of such bits says so.
    let cases: [(Subject, Subject, &[&str]); 4] = [
        (
            Subject::of::<SafeBit, 1>(),
            Subject::of::<Safe, 1>(),
            &[same_again, the_other],
        ),
        (
            Subject::of::<WrittenToChange<SafeBit>, 1>(),
            Subject::of::<WrittenToChange<Safe>, 1>(),
            &[same_again, the_other],
        ),
        (
            Subject::of::<ManyReaders<SafeBit>, 1>(),
            Subject::of::<ManyReaders<Safe>, 1>(),
            &[two_readers],
        ),
        (
            Subject::of::<Unary<SafeBit, 2>, 1>(),
            Subject::of::<Unary<Safe, 2>, 1>(),
            &[down],
        ),
    ];
    for (of_loom, of_atlas, scenarios) in cases {
        for scenario in scenarios.iter().map(|it| scenario(it)) {
            let loom = by_loom_on_bits(&of_loom, &scenario);
            compare(&scenario, &loom, &by_atlas(&of_atlas, &scenario));
        }
    }
}

/// Where loom cannot finish, and where its memory is smaller: it has no exchange fail on a stale value, and stores of
/// several processes take effect in the order in which they are performed.
#[test]
fn what_loom_finds_within_a_bound_the_atlas_finds_too() {
    let limits = Limits {
        preemption_bound: Some(2),
        ..Limits::default()
    };
    let cases: [(Subject, &[&str]); 4] = [
        (Subject::of::<Peterson, 1>(), &["w.r"]),
        (
            Subject::of::<ManyWriterSequenceLock, 1>(),
            &["w.w.r", "wr.w"],
        ),
        (Subject::of::<ManyWriterSequenceLock, 2>(), &["w.w.r"]),
        (Subject::of::<SequenceLock, 2>(), &["ww.r", "w.r.r"]),
    ];
    for (subject, scenarios) in cases {
        for scenario in scenarios.iter().map(|it| scenario(it)) {
            let loom = by_loom(&subject, &scenario, &limits);
            let (loom, atlas) = (
                histories(&scenario, &loom),
                histories(&scenario, &by_atlas(&subject, &scenario)),
            );
            let name = subject.claims().name;
            assert!(!loom.is_empty(), "{name}, {}", scenario.name());
            let only = lacking(&loom, &atlas);
            assert!(only.is_empty(), "{name}, {}:\n{only}", scenario.name());
        }
    }
}

#[test]
#[ignore = "minutes: loom looks at almost a million executions"]
fn both_find_the_same_histories_where_loom_takes_long() {
    agree(&[
        (Subject::of::<WordByWord, 2>(), &["ww.rr", "note"]),
        (Subject::of::<WordByWord, 1>(), &["ww.r.r"]),
    ]);
}

//! Every execution of the registers in small scenarios: what can be returned, in how many executions, and what breaks.

mod common;

use common::outcomes;
use histories::check::Anomaly;
use histories::{Model, Timeline};
use interleavings::report::{Coverage, Report};
use loom_tests::{Limits, explore};
use registers::atomic::{Locked, SequenceLock};
use registers::regular::TwoCopies;
use registers::safe::WordByWord;
use registers::scenario::Scenario;
use registers::worlds::Erased;
use registers::worlds::conducted::replay;
use registers::{Class, Construction};

fn all<C: Construction<Erased, N>, const N: usize>(scenario: &Scenario) -> Report {
    let report = explore::<C, N>(scenario, &Limits::default()).unwrap();
    assert_eq!(report.coverage, Coverage::Exhaustive);
    for model in Model::CLASSES
        .into_iter()
        .filter(|&it| it <= C::CLASS.into())
    {
        assert!(
            !report.witnesses.contains_key(&model),
            "{} claims to be {}: {:#?}",
            C::NAME,
            C::CLASS,
            report.witnesses
        );
    }
    report
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

/// Performs the witness of a broken model again, on real threads.
fn replays<C: Construction<Erased, N>, const N: usize>(report: &Report, model: Model) {
    let witness = &report.witnesses[&model];
    assert_eq!(witness.stale_loads, 0);
    let performed = replay::<C, N>(&witness.timeline).unwrap();
    assert_eq!(performed.steps, witness.timeline.steps);
    assert_eq!(
        performed.history.compact(),
        witness.timeline.history.compact()
    );
}

#[test]
fn words_one_by_one_are_torn() {
    let report = all::<WordByWord, 2>(&Scenario::free(1, &[1]));
    assert_eq!(report.executions, 58.0);
    assert_eq!(outcomes(&report), ["0", "1", "0|1", "1|0"]);
    let witness = &report.witnesses[&Model::Regular];
    assert_eq!(witness.violation.anomaly, Anomaly::Torn);
    assert_eq!(
        witness.timeline.to_string(),
        "\
init: 0
Thread 1:  ww1wwwwwwwww4ww(1)
Thread 2:      rr2r3rr(1|0)
     1  T1  word[0] := 1
     2  T2  word[0] -> 1
     3  T2  word[1] -> 0
     4  T1  word[1] := 1
"
    );
    replays::<WordByWord, 2>(&report, Model::Regular);
}

#[test]
fn two_reads_word_by_word_may_be_torn_apart() {
    let report = all::<WordByWord, 2>(&Scenario::free(1, &[2]));
    assert_eq!(report.executions, 397.0);
    // Once a word is new it stays new.
    let expected = [
        "0 0", "0 1", "0 0|1", "0 1|0", "1 1", "0|1 1", "0|1 0|1", "1|0 1", "1|0 1|0",
    ];
    assert_eq!(outcomes(&report), expected);
}

#[test]
fn one_word_is_atomic() {
    let report = all::<WordByWord, 1>(&note());
    assert_eq!(report.executions, 1038.0);
    assert!(report.witnesses.is_empty());
}

#[test]
fn two_copies_invert_and_are_never_torn() {
    let report = all::<TwoCopies, 1>(&Scenario::free(1, &[2]));
    assert_eq!(report.executions, 15_417.0);
    assert_eq!(outcomes(&report), ["0 0", "0 1", "1 0", "1 1"]);
    let witness = &report.witnesses[&Model::Atomic];
    assert_eq!(witness.violation.anomaly, Anomaly::NewOldInversion);
    assert_eq!(witness.timeline.steps.len(), 12);
    replays::<TwoCopies, 1>(&report, Model::Atomic);
}

#[test]
fn a_sequence_lock_read_during_a_write_is_before_or_after_it() {
    let report = all::<SequenceLock, 2>(&Scenario::free(1, &[1]));
    assert_eq!(report.executions, 962.0);
    assert_eq!(outcomes(&report), ["0", "1"]);
    // Before, after, and either one while they overlap; but not the old value after it.
    assert_eq!(report.histories.len(), 3);
}

#[test]
fn two_reads_of_a_sequence_lock_do_not_go_back() {
    let report = all::<SequenceLock, 2>(&Scenario::free(1, &[2]));
    assert_eq!(report.executions, 10_913.0);
    assert_eq!(outcomes(&report), ["0 0", "0 1", "1 1"]);
}

#[test]
fn two_writes_to_a_sequence_lock_do_not_mix() {
    let report = all::<SequenceLock, 2>(&Scenario::free(2, &[1]));
    assert_eq!(report.executions, 58_793.0);
    assert_eq!(outcomes(&report), ["0", "1", "2"]);
}

#[test]
fn a_lock_gives_the_note_its_atomic_answers() {
    let report = all::<Locked, 2>(&note());
    assert_eq!(report.executions, 1261.0);
    let expected = ["0 2 0 0", "0 2 0 1", "0 2 1 1", "1 2 0 1", "1 2 1 1"];
    assert_eq!(outcomes(&report), expected);
    let asked = histories::questions::ask(Model::Atomic, note().operations());
    assert_eq!(asked.count(), Some(expected.len() as u128));
}

#[test]
#[ignore = "3,166,074 executions in 7 minutes were not all of them; the atlas needs 1,851 states"]
fn two_readers_of_a_sequence_lock_do_not_contradict_each_other() {
    let report = all::<SequenceLock, 2>(&Scenario::free(1, &[1, 1]));
    assert_eq!(outcomes(&report), ["0 0", "0 1", "1 0", "1 1"]);
}

#[test]
fn what_a_limit_cuts_off_is_no_pass() {
    let limits = Limits {
        max_executions: Some(100),
        ..Limits::default()
    };
    let report = explore::<SequenceLock, 2>(&Scenario::free(1, &[1]), &limits).unwrap();
    assert_eq!(report.executions, 100.0);
    let Coverage::Inconclusive(why) = &report.coverage else {
        panic!("{:?}", report.coverage)
    };
    assert!(why.starts_with("stopped after 100 executions"), "{why}");
}

#[test]
fn a_bound_is_reported_as_one() {
    let limits = Limits {
        preemption_bound: Some(1),
        ..Limits::default()
    };
    let report = explore::<WordByWord, 2>(&Scenario::free(1, &[1]), &limits).unwrap();
    assert_eq!(report.coverage, Coverage::Bound(1));
    assert!(report.executions < 58.0);
}

#[test]
fn more_threads_than_loom_has_are_said_to_be_too_many() {
    let report = explore::<WordByWord, 1>(&Scenario::free(1, &[1; 4]), &Limits::default());
    let coverage = report.unwrap().coverage;
    let why = "loom runs at most 5 threads, which is too few here".to_owned();
    assert_eq!(coverage, Coverage::Inconclusive(why));
}

#[test]
fn more_stores_than_loom_remembers_are_no_pass() {
    let report = explore::<WordByWord, 1>(&Scenario::free(7, &[1]), &Limits::default());
    let why = "loom remembers 7 stores of a word, too few to count 7 operations of a thread";
    assert_eq!(
        report.unwrap().coverage,
        Coverage::Inconclusive(why.to_owned())
    );
    let picture = "init: 0\nT1:  ww(1) ww(2) ww(3) ww(4) ww(5) ww(6) ww(7)\nT2:  rrrrr\n";
    let timeline: Timeline = picture.parse().unwrap();
    let seven_writes = Scenario::drawn("seven writes", &timeline.history);
    let report = explore::<WordByWord, 1>(&seven_writes, &Limits::default());
    let why = "loom remembers only 7 stores of a word, but word[0] has 8";
    assert_eq!(
        report.unwrap().coverage,
        Coverage::Inconclusive(why.to_owned())
    );
}

#[test]
fn the_classes_are_what_the_tests_above_rely_on() {
    fn class<C: Construction<Erased, 2>>() -> Class {
        C::CLASS
    }
    assert_eq!(class::<WordByWord>(), Class::Safe);
    assert_eq!(class::<TwoCopies>(), Class::Regular);
    assert_eq!(class::<SequenceLock>(), Class::Atomic);
    assert_eq!(class::<Locked>(), Class::Atomic);
}

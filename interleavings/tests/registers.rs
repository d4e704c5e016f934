//! What each register does in every execution, with the numbers pinned: coverage that is lost fails here.

use std::collections::BTreeSet;

use histories::questions::ask;
use histories::{Model, Timeline, Value};
use interleavings::report::HistoryKey;
use interleavings::{Bound, Limits, MemoryModel, Report, StepBounds, explore, survey};
use registers::Construction;
use registers::atomic::SequenceLock;
use registers::catalogue::Register;
use registers::regular::TwoCopies;
use registers::safe::WordByWord;
use registers::scenario::Scenario;
use registers::worlds::Erased;
use registers::worlds::conducted::replay;

/// Those whose numbers are pinned here.
const FOUR: [Register; 4] = [
    Register::WordByWord,
    Register::TwoCopies,
    Register::SequenceLock,
    Register::Locked,
];

const BOTH: [MemoryModel; 2] = [MemoryModel::Sc, MemoryModel::Weak];

fn note() -> Scenario {
    let picture: Timeline = "
        init: 0
        Thread 1:      wwwww(1)     wwwww(2)
        Thread 2:   rrrrr                rrrrr
        Thread 3:   rrrrr  rrrrr
    "
    .parse()
    .unwrap();
    Scenario::drawn("note", &picture.history)
}

/// `model states executions histories safe regular atomic`, the last three the executions that break them.
fn line(report: &Report) -> String {
    assert!(report.is_exhaustive(), "{:?}", report.coverage);
    assert!(
        report
            .histories
            .values()
            .all(|found| found.executions >= 1.0)
    );
    let [safe, regular, atomic] = Model::CLASSES.map(|model| report.violations(model));
    format!(
        "{} {:?} {} {} {} {safe} {regular} {atomic}",
        report.scenario,
        report.memory,
        report.states.unwrap(),
        report.executions,
        report.histories.len(),
    )
}

fn explored(register: Register, scenario: &Scenario, memory: MemoryModel) -> Report {
    let subject = register.subject(2).unwrap();
    let survey = survey(&subject, scenario, memory, &Limits::default());
    survey.unwrap().report
}

/// The lines of a register of two words in the four scenarios that everything is tried in, and in its simplest one.
fn lines(register: Register) -> String {
    let scenarios = [
        Scenario::free(1, &[1]),
        Scenario::free(2, &[2]),
        Scenario::free(1, &[1, 1]),
        Scenario::free(3, &[2]),
        note(),
    ];
    let mut lines = String::new();
    for scenario in &scenarios {
        for memory in BOTH {
            let report = explored(register, scenario, memory);
            lines += &(line(&report) + "\n");
        }
    }
    lines
}

#[track_caller]
fn assert_lines(register: Register, expected: &str) {
    let found = lines(register);
    assert!(found == expected, "found:\n{found}");
}

#[test]
fn word_by_word_is_safe_and_nothing_more() {
    assert_lines(
        Register::WordByWord,
        "\
w·r Sc 28 22 6 0 6 6
w·r Weak 28 49 6 0 20 20
ww·rr Sc 608 3286 120 0 1498 1498
ww·rr Weak 644 20467 132 0 13813 13813
w·r·r Sc 399 2550 72 0 1024 1024
w·r·r Weak 403 12560 74 0 8124 8124
www·rr Sc 2488 32162 477 0 16597 16597
www·rr Weak 2761 323244 553 0 242810 242810
note Sc 222 168 22 0 98 98
note Weak 240 1332 25 0 968 968
",
    );
}

#[test]
fn two_copies_is_regular_and_nothing_more() {
    assert_lines(
        Register::TwoCopies,
        "\
w·r Sc 123 22334 4 0 0 0
w·r Weak 174 198010 4 0 0 0
ww·rr Sc 1855 994792519 48 0 0 741064
ww·rr Weak 2756 1340350199302 48 0 0 43175009390
w·r·r Sc 2244 79729136748 34 0 0 0
w·r·r Weak 4367 4987225924906 34 0 0 0
www·rr Sc 6628 4008621562606 145 0 0 1891893162
www·rr Weak 10478 64408210860957740 145 0 0 1363703201204081
note Sc 1330 5655855522 8 0 0 5713208
note Weak 3026 5380116060682 8 0 0 572138020410
",
    );
}

#[test]
fn sequence_lock_is_atomic_in_every_execution() {
    assert_lines(
        Register::SequenceLock,
        "\
w·r Sc 63 261 4 0 0 0
w·r Weak 82 1541 4 0 0 0
ww·rr Sc 1047 1631806 44 0 0 0
ww·rr Weak 1611 257325700 44 0 0 0
w·r·r Sc 1072 123436390 34 0 0 0
w·r·r Weak 1851 3569703950 34 0 0 0
www·rr Sc 3751 806287575 135 0 0 0
www·rr Weak 6271 1297633226747 135 0 0 0
note Sc 483 5718108 5 0 0 0
note Weak 1033 158811384 5 0 0 0
",
    );
}

#[test]
fn locked_is_atomic_in_every_execution() {
    assert_lines(
        Register::Locked,
        "\
w·r Sc 38 14 4 0 0 0
w·r Weak 38 14 4 0 0 0
ww·rr Sc 498 2610 44 0 0 0
ww·rr Weak 498 2610 44 0 0 0
w·r·r Sc 413 1266 34 0 0 0
w·r·r Weak 413 1266 34 0 0 0
www·rr Sc 1578 34012 135 0 0 0
www·rr Weak 1578 34012 135 0 0 0
note Sc 119 8 5 0 0 0
note Weak 119 8 5 0 0 0
",
    );
}

#[test]
fn three_words_on_the_whole_note() {
    let lines = |report: Result<Report, _>| line(&report.unwrap());
    let limits = Limits::default();
    let found = BOTH.map(|memory| lines(explore::<SequenceLock, 3>(&note(), memory, &limits)));
    assert_eq!(
        found,
        [
            "note Sc 1325 520490246 5 0 0 0",
            "note Weak 3421 38253861760 5 0 0 0"
        ]
    );
    let found = BOTH.map(|memory| lines(explore::<WordByWord, 3>(&note(), memory, &limits)));
    assert_eq!(
        found,
        [
            "note Sc 1269 4400 92 0 3268 3268",
            "note Weak 1554 102326 125 0 93814 93814"
        ]
    );
}

/// What the open reads of the note return together.
fn outcomes(register: Register, memory: MemoryModel) -> BTreeSet<Vec<Value>> {
    let report = explored(register, &note(), memory);
    report.outcomes().into_keys().collect()
}

#[test]
fn regular_and_atomic_registers_are_as_weak_as_their_class_on_the_note() {
    for register in FOUR {
        let answer = ask(register.class().into(), note().operations());
        for memory in BOTH {
            let outcomes = outcomes(register, memory);
            assert!(
                outcomes
                    .iter()
                    .all(|outcome| answer.allows(outcome) == Some(true))
            );
            // A safe register may return anything, and this one returns a mix of what is written.
            if register != Register::WordByWord {
                assert_eq!(
                    answer.count(),
                    Some(outcomes.len() as u128),
                    "{}",
                    register.name()
                );
            }
        }
    }
}

#[test]
fn what_is_enforced_says_as_much_as_what_occurs() {
    // In the executions whose operations are stretched as far as the drawing allows, reads return whatever they return
    // in any.
    for register in FOUR {
        for memory in BOTH {
            let recorded = note().recorded();
            let report = explored(register, &recorded, memory);
            let all: BTreeSet<Vec<Value>> = report.outcomes().into_keys().collect();
            assert_eq!(all, outcomes(register, memory), "{}", register.name());
        }
    }
}

/// Every witness that can be replayed does the same on real threads, step for step, and is as good as it says.
fn assert_replays<C, const N: usize>(scenario: &Scenario) -> usize
where
    C: Construction<Erased, N>,
{
    let mut replayed = 0;
    for memory in BOTH {
        let report = explore::<C, N>(scenario, memory, &Limits::default()).unwrap();
        for (model, witness) in report.witnesses {
            assert_eq!(witness.stale_loads, 0);
            let performed = replay::<C, N>(&witness.timeline).unwrap();
            assert_eq!(performed.steps, witness.timeline.steps);
            assert_eq!(
                performed.history.compact(),
                witness.timeline.history.compact()
            );
            let key: HistoryKey = Timeline::from(performed.history.compact()).to_string();
            assert!(report.histories[&key].breaks.contains(&model));
            // What is drawn can be typed.
            let typed: Timeline = witness.timeline.to_string().parse().unwrap();
            assert_eq!(typed.steps, witness.timeline.steps);
            replayed += 1;
        }
    }
    replayed
}

#[test]
fn witnesses_replay_on_real_threads() {
    assert_eq!(assert_replays::<WordByWord, 2>(&Scenario::free(1, &[1])), 4);
    assert_eq!(
        assert_replays::<WordByWord, 3>(&Scenario::free(2, &[1, 1])),
        4
    );
    assert_eq!(assert_replays::<WordByWord, 2>(&note()), 4);
    assert_eq!(assert_replays::<TwoCopies, 1>(&Scenario::free(1, &[2])), 2);
    assert_eq!(assert_replays::<TwoCopies, 2>(&note()), 2);
    assert_eq!(assert_replays::<TwoCopies, 1>(&note().recorded()), 2);
}

#[test]
fn the_best_witness_of_tearing_and_of_inversion_is_the_textbook_picture() {
    let limits = Limits::default();
    let torn = explore::<WordByWord, 2>(&Scenario::free(1, &[1]), MemoryModel::Weak, &limits);
    let witness = &torn.unwrap().witnesses[&Model::Regular];
    assert_eq!((witness.stale_loads, witness.context_switches), (0, 1));
    assert_eq!(
        "\n".to_owned() + &witness.timeline.to_string(),
        "
init: 0
Thread 1:  wwww2w3ww(1)
Thread 2:  rr1rrrrrrr4rr(0|1)
     1  T2  word[0] -> 0
     2  T1  word[0] := 1
     3  T1  word[1] := 1
     4  T2  word[1] -> 1
"
    );
    let inverted = explore::<TwoCopies, 1>(&Scenario::free(1, &[2]), MemoryModel::Weak, &limits);
    let witness = &inverted.unwrap().witnesses[&Model::Atomic];
    assert_eq!((witness.stale_loads, witness.context_switches), (0, 1));
    assert_eq!(
        "\n".to_owned() + &witness.timeline.to_string(),
        "
init: 0
Thread 1:  ww1w2w3wwwwwwwwwwwwwwwwwwwwwww10w11w12ww(1)
Thread 2:  rrrrrrrr4r5r6rr(1)  rr7r8r9rr(0)
     1  T1  copy[0].sequence := 1
     2  T1  copy[0].word[0] := 1
     3  T1  copy[0].sequence := 2
     4  T2  copy[0].sequence -> 2
     5  T2  copy[0].word[0] -> 1
     6  T2  copy[0].sequence -> 2
     7  T2  copy[1].sequence -> 0
     8  T2  copy[1].word[0] -> 0
     9  T2  copy[1].sequence -> 0
    10  T1  copy[1].sequence := 1
    11  T1  copy[1].word[0] := 1
    12  T1  copy[1].sequence := 2
"
    );
}

#[test]
fn a_preemption_bound_that_is_too_low_misses_the_anomaly() {
    let found = |preemptions| {
        let limits = Limits {
            preemptions: Some(preemptions),
            ..Limits::default()
        };
        let report = explore::<TwoCopies, 1>(&Scenario::free(1, &[2]), MemoryModel::Sc, &limits);
        let report = report.unwrap();
        let coverage = format!("{:?}", report.coverage);
        (coverage, report.violations(Model::Atomic) > 0.0)
    };
    assert_eq!(found(0), ("Bound(0)".to_owned(), false));
    assert_eq!(found(1), ("Bound(1)".to_owned(), true));
}

#[test]
fn a_bound_above_every_preemption_changes_no_history() {
    let limits = Limits {
        preemptions: Some(100),
        ..Limits::default()
    };
    let scenario = Scenario::free(1, &[1]);
    for memory in BOTH {
        let bounded = explore::<SequenceLock, 2>(&scenario, memory, &limits).unwrap();
        let all = explore::<SequenceLock, 2>(&scenario, memory, &Limits::default()).unwrap();
        assert!(bounded.histories.keys().eq(all.histories.keys()));
    }
}

#[test]
fn only_what_never_waits_is_wait_free() {
    const UNBOUNDED: StepBounds = StepBounds {
        alone: Bound::Unbounded,
        among_others: Bound::Unbounded,
    };
    let steps = |steps| StepBounds {
        alone: Bound::Steps(steps),
        among_others: Bound::Steps(steps),
    };
    for memory in BOTH {
        let bounds = |register: Register| {
            let subject = register.subject(2).unwrap();
            let scenario = Scenario::free(2, &[2]);
            let survey = survey(&subject, &scenario, memory, &Limits::default()).unwrap();
            let bounds = survey.bounds.unwrap();
            (bounds.read, bounds.write)
        };
        assert_eq!(bounds(Register::WordByWord), (steps(2), steps(2)));
        assert_eq!(bounds(Register::TwoCopies), (UNBOUNDED, steps(8)));
        assert_eq!(bounds(Register::SequenceLock), (UNBOUNDED, steps(4)));
        assert_eq!(bounds(Register::Locked), (UNBOUNDED, UNBOUNDED));
    }
}

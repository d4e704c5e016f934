use super::*;
use crate::{Operation, Timeline};

/// A timeline, and the anomaly that it shows under safe, regular and atomic.
type Picture = (&'static str, [Option<Anomaly>; 3]);

const NONE: Option<Anomaly> = None;
const TORN: Option<Anomaly> = Some(Anomaly::Torn);
const NEVER: Option<Anomaly> = Some(Anomaly::NeverWritten);
const FUTURE: Option<Anomaly> = Some(Anomaly::Future);
const STALE: Option<Anomaly> = Some(Anomaly::Stale);
const INVERSION: Option<Anomaly> = Some(Anomaly::NewOldInversion);
const DISAGREE: Option<Anomaly> = Some(Anomaly::Disagreement);
const FLIP_FLOP: Option<Anomaly> = Some(Anomaly::FlipFlop);
const NO_ORDER: Option<Anomaly> = Some(Anomaly::NoOrder);
const ABORTED: Option<Anomaly> = Some(Anomaly::Aborted);
const REFUSED: Option<Anomaly> = Some(Anomaly::Refused);

const ACCEPTED: &[Picture] = &[
    // Nothing at all, and reads of the initial value.
    ("T1:  rr(0)\nT2:  rr(0)  rr(0)", [NONE, NONE, NONE]),
    // Old then new while the write runs.
    (
        "T1:  wwwwwwwwwwww(1)\nT2:  rr(0)  rr(1)",
        [NONE, NONE, NONE],
    ),
    // A pending write takes effect late, or never.
    ("T1:  ww>(1)\nT2:      rr(0)  rr(0)", [NONE, NONE, NONE]),
    ("T1:  ww>(1)\nT2:      rr(0)  rr(1)", [NONE, NONE, NONE]),
    // A pending read says nothing.
    ("T1:  ww(1)\nT2:          rr>", [NONE, NONE, NONE]),
    // Concurrent writers: either order, if all agree on it.
    (
        "T1:  wwww(1)\nT2:  wwww(2)\nT3:          rr(1)  rr(1)",
        [NONE, NONE, NONE],
    ),
    (
        "T1:  wwww(1)\nT2:  wwww(2)\nT3:          rr(2)  rr(2)",
        [NONE, NONE, NONE],
    ),
    // A value written twice may be that of the later write.
    (
        "T1:  ww(1)  ww(2)  ww(1)\nT2:                           rr(1)",
        [NONE, NONE, NONE],
    ),
    // The initial value written again.
    (
        "T1:  ww(1)  ww(0)\nT2:                    rr(0)",
        [NONE, NONE, NONE],
    ),
];

const REJECTED: &[Picture] = &[
    (
        "T1:  wwwwwwwwwwww(1)\nT2:  rr(1)  rr(0)",
        [NONE, NONE, INVERSION],
    ),
    (
        "T1:  wwwwwwwwwwww(1)\nT2:  rr(1)\nT3:         rr(0)",
        [NONE, NONE, INVERSION],
    ),
    ("T1:  wwwwww(1)\nT2:  rrrrrr(0|1)", [NONE, TORN, TORN]),
    ("T1:  wwwwww(1)\nT2:  rrrrrr(7)", [NONE, NEVER, NEVER]),
    ("T1:  ww(1)\nT2:          rr(7)", [NEVER, NEVER, NEVER]),
    ("T1:  ww(1)\nT2:          rr(0)", [STALE, STALE, STALE]),
    (
        "T1:  ww(1)  ww(2)\nT2:                   rr(1)",
        [STALE, STALE, STALE],
    ),
    ("T1:          ww(1)\nT2:  rr(1)", [FUTURE, FUTURE, FUTURE]),
    // A crashed write that was seen stays.
    (
        "T1:  ww>(1)\nT2:      rr(1)  rr(0)",
        [NONE, NONE, INVERSION],
    ),
    // Readers disagree on which of two concurrent writes came last.
    (
        "T1:  wwww(1)\nT2:  wwww(2)\nT3:          rr(1)\nT4:          rr(2)",
        [NONE, NONE, DISAGREE],
    ),
    // Flip, and back again.
    (
        "T1:  wwwwwwwwwwwwwwwwwwwww(1)\nT2:  wwwwwwwwwwwwwwwwwwwww(2)\nT3:  rr(1)  rr(2)  rr(1)",
        [NONE, NONE, FLIP_FLOP],
    ),
    // The same with a value that two write; the earlier one is out of reach.
    (
        "T1:  wwww(1)   wwww(1)\nT2:  wwwwwwwwwwwwwwwwwwwwwww(2)\nT3:                rr(2)  rr(1)  rr(2)",
        [NONE, NONE, FLIP_FLOP],
    ),
    // Two compare-and-swaps of which each found what only one can find.
    ("T1:  cccc(0>1)\nT2:  cccc(0>2)", [NONE, NONE, NO_ORDER]),
    (
        "T1:  ww(1)\nT2:          cc(1>2!)",
        [REFUSED, REFUSED, REFUSED],
    ),
    (
        "T1:  ww!(1)\nT2:          rr(1)",
        [ABORTED, ABORTED, ABORTED],
    ),
];

fn history(picture: &str) -> History {
    format!("init: 0\n{picture}\n")
        .parse::<Timeline>()
        .unwrap()
        .history
}

fn anomalies(history: &History) -> [Option<Anomaly>; 3] {
    Model::CLASSES.map(|model| {
        check(model, history)
            .violation()
            .map(|violation| violation.anomaly)
    })
}

#[test]
fn accepts_what_each_semantics_allows() {
    for (picture, expected) in ACCEPTED {
        assert_eq!(anomalies(&history(picture)), *expected, "\n{picture}");
    }
}

#[test]
fn a_write_that_has_begun_a_block_is_no_burden_later() {
    // The second write of 1 stands between the two of 2: a search that holds 2 from the first one on, and has still to
    // place that of 1, is no better than one that has placed it.
    let operations = [
        Operation::write(2, 2, 3..=8),
        Operation::write(2, 2, 10..=14),
        Operation::read(2, 2, 15..=15),
        Operation::write(3, 1, 3..=3),
        Operation::read(3, 2, 5..=10),
        Operation::write(3, 1, 11..=14),
        Operation::read(5, 1, 9..=11),
    ];
    let history = History::new(0, operations).unwrap();
    assert_eq!(anomalies(&history), [None, None, None]);
}

#[test]
fn rejects_each_anomaly_by_its_name() {
    for (picture, expected) in REJECTED {
        assert_eq!(anomalies(&history(picture)), *expected, "\n{picture}");
    }
}

#[test]
fn every_rejection_proves_itself() {
    for (picture, _) in REJECTED {
        let history = history(picture);
        for model in Model::CLASSES {
            if let Verdict::Breaks(violation) = check(model, &history) {
                let proof = history.restricted_to(&violation.witness);
                assert!(
                    !naive::meets(model, &proof),
                    "{model}: {violation:?} of\n{picture}"
                );
            }
        }
    }
}

#[test]
fn sentences_name_the_operations() {
    let sentence = |picture: &str| {
        check(Model::Atomic, &history(picture))
            .violation()
            .map(|v| v.sentence.clone())
            .unwrap_or_default()
    };
    let said: Vec<String> = REJECTED
        .iter()
        .map(|(picture, _)| sentence(picture))
        .collect();
    let expected = [
        "new-old inversion: Thread 2's first read returned 1, and Thread 2's second read, invoked after it had completed, returned the older 0",
        "new-old inversion: Thread 2's first read returned 1, and Thread 3's first read, invoked after it had completed, returned the older 0",
        "torn read: Thread 2's first read returned 0|1: word 0 is of the initial value 0, word 1 is of the write of 1",
        "value never written: Thread 2's first read returned 7, which nobody wrote",
        "value never written: Thread 2's first read returned 7, which nobody wrote",
        "stale read: Thread 2's first read returned the initial value 0, but the write of 1 had completed before the read was invoked",
        "stale read: Thread 2's first read returned 1, but the write of 2 had followed the write of 1 and completed before the read was invoked",
        "read from the future: Thread 2's first read returned 1 and completed before the write of 1 was invoked",
        "new-old inversion: Thread 2's first read returned 1, and Thread 2's second read, invoked after it had completed, returned the older 0",
        "readers disagree: the write of 1 completed before Thread 4's first read (2) was invoked, so 1 came before 2; but the write of 2 completed before Thread 3's first read (1) was invoked, so 2 came before 1",
        "flip-flop: Thread 3's second read (2) completed before Thread 3's third read (1) was invoked, so 2 came before 1; but Thread 3's first read (1) completed before Thread 3's second read (2) was invoked, so 1 came before 2",
        "flip-flop: Thread 3's first read (2) completed before Thread 3's second read (1) was invoked, so 2 came before 1; but Thread 1's second write (of 1) completed before Thread 3's first read (2) was invoked, so 1 came before 2",
        "no linearization: no order of Thread 1's first compare-and-swap (of 0 for 1) and Thread 2's first compare-and-swap (of 0 for 2) keeps their precedence and lets each read return the last write before it",
        "refused though equal: Thread 2's first compare-and-swap (of 1 for 2) did not find 1, which the register held after the write of 1",
        "aborted read: Thread 2's first read returned 1, which only a failed write of Thread 1 was to write",
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_sentence_says_what_it_takes_an_unknown_outcome_for() {
    let swap = Operation::compare_and_swap(1, 0_u64, 1_u64, None, 0..=5);
    let later = [
        Operation::read(2, 1_u64, 6..=7),
        Operation::read(2, 0_u64, 8..=9),
    ];
    let history = History::new(0, later.into_iter().chain([swap])).unwrap();
    let verdict = check(Model::Regular, &history);
    let violation = verdict.violation().expect("it goes back");
    assert_eq!(
        violation.sentence,
        "stale read: Thread 2's second read returned the initial value 0, but Thread 1's first compare-and-swap (of 0 for 1) had completed \
         before the read was invoked; so it is if Thread 1's first compare-and-swap (of 0 for 1) swapped, and if not, the history breaks \
         the model too"
    );
    // It cannot have failed either, since the register held 0.
    assert_eq!(violation.witness.len(), 2);
}

#[test]
fn a_long_history_is_judged_without_listing_its_parts() {
    let mut operations = Vec::new();
    for value in 1..=200_u64 {
        operations.push(Operation::write(1, value, 10 * value..=10 * value + 8));
        operations.push(Operation::read(2, value, 10 * value + 1..=10 * value + 2));
    }
    let good = History::new(0, operations.clone()).unwrap();
    assert_eq!(strongest(&good), Some(Model::Atomic));

    // One read late in the history goes back to the value before.
    operations.push(Operation::read(3, 149, 1503..=1504));
    let bad = History::new(0, operations).unwrap();
    let verdict = check(Model::Atomic, &bad);
    let violation = verdict.violation().unwrap();
    assert_eq!(violation.anomaly, Anomaly::NewOldInversion);
    assert_eq!(violation.witness.len(), 4);
    assert_eq!(strongest(&bad), Some(Model::Regular));
}

#[test]
fn the_witness_of_a_long_history_is_small_where_values_repeat() {
    const WRITES: u64 = 3_000;
    let value = |nth: u64| 1 + nth % 5;
    let write = |nth: u64, swaps: bool| {
        let time = 10 * nth..=10 * nth + 8;
        match swaps && nth > 0 {
            true => {
                let (expected, new) = (value(nth - 1), value(nth));
                Operation::compare_and_swap(1, expected, new, true, time)
            }
            false => Operation::write(1, value(nth), time),
        }
    };
    let history = |swaps: bool, found: [u64; 3]| {
        let writes = (0..WRITES).map(|nth| write(nth, swaps));
        let reads =
            (0..WRITES).map(|nth| Operation::read(2, value(nth), 10 * nth + 4..=10 * nth + 9));
        let start = 10 * (WRITES / 2);
        let more = (0..3).zip(found).map(|(at, found)| {
            Operation::read(3, value(found), start + 2 * at..=start + 2 * at + 1)
        });
        let operations = writes.chain(reads).chain(more);
        History::new(0, operations).expect("processes do one thing at a time")
    };
    let now = WRITES / 2;
    for swaps in [false, true] {
        let as_it_was = history(swaps, [now - 1, now, now]);
        assert!(check(Model::Atomic, &as_it_was).holds());
        for (found, anomaly, size) in [
            ([now - 1, now, now - 1], Anomaly::NewOldInversion, 4),
            ([now - 1, now - 2, now], Anomaly::Stale, 3),
            ([now - 1, now + 1, now], Anomaly::Stale, 3),
        ] {
            let verdict = check(Model::Atomic, &history(swaps, found));
            let violation = verdict.violation().expect("a read is wrong");
            assert_eq!(violation.anomaly, anomaly, "{violation:?}");
            // What a compare-and-swap expected has to be written too.
            let most = size + usize::from(swaps) * 2;
            assert!(
                (size..=most).contains(&violation.witness.len()),
                "{violation:?}"
            );
        }
    }
}

#[test]
fn the_last_instant_is_no_crash() {
    let history = History::new(
        0,
        [
            Operation::write(1, 1, 0..=10),
            Operation::read(2, 1, 1..=2),
            Operation::read(2, 0, 3..=u64::MAX),
        ],
    );
    assert_eq!(strongest(&history.unwrap()), Some(Model::Regular));
}

/// Whatever its shape, a large history is judged, or given up, in bounded time and memory.
#[test]
fn large_histories_end() {
    let writers = (1..=1500).map(|process| Operation::write(process, u64::from(process), 0..=9));
    assert!(check(Model::Atomic, &History::new(0, writers).unwrap()).holds());

    let mut inversions: Vec<Operation> = (1..=700)
        .map(|n| Operation::write(1, n, 10 * n..=10 * n + 9))
        .collect();
    inversions.extend((1..=700).flat_map(|n| {
        [
            Operation::read(2, n, 10 * n..=10 * n + 3),
            Operation::read(2, n - 1, 10 * n + 5..=10 * n + 8),
        ]
    }));
    let history = History::new(0, inversions).unwrap();
    assert_eq!(
        check(Model::Atomic, &history)
            .violation()
            .map(|it| it.anomaly),
        Some(Anomaly::NewOldInversion)
    );
}

#[test]
fn what_is_not_tried_is_not_known() {
    // Whichever write the first read read from, the second one is older.
    let history = |writes: u64| {
        let writes = (0..writes).map(|nth| Operation::write(1, 1, 10 * nth..=10 * nth + 5));
        let reads = [
            Operation::read(2, 1, 50_000..=50_001),
            Operation::read(2, 0, 50_002..=50_003),
        ];
        History::new(0, writes.chain(reads)).expect("processes do one thing at a time")
    };
    for model in [Model::Sequential, Model::Causal, Model::MonotonicReads] {
        assert!(check(model, &history(10)).violation().is_some(), "{model}");
    }
    for model in [Model::Causal, Model::MonotonicReads] {
        let verdict = check(model, &history(3_000));
        let Verdict::Unknown { gave_up, .. } = verdict else {
            panic!("{model}: {verdict:?}")
        };
        assert_eq!(gave_up.limit, Limit::Method, "more than that are not tried");
    }
    let verdict = check(Model::Sequential, &history(3_000));
    let violation = verdict.violation().expect("the states tell");
    assert_eq!(
        violation.sentence,
        "no order: something that is sequential explains what the first 1 to complete found, but not that Thread 2's second read returned 0"
    );
}

#[test]
fn a_budget_ends_a_search_and_says_how() {
    let writes = (0..200).map(|at| Operation::write(at, u64::from(at) % 4, 0..=1_000));
    let history = History::new(0, writes).expect("processes do one thing at a time");
    assert!(check(Model::Atomic, &history).holds());
    let verdict = check_within(Model::Atomic, &history, &Budget::of_states(50));
    let Verdict::Unknown { states, gave_up } = verdict else {
        panic!("{verdict:?}")
    };
    assert!(states >= 50);
    assert_eq!(gave_up.limit, Limit::States);
    assert_eq!(gave_up.remedy(), "a larger budget of states");
}

//! Evidence proves what it is shown for, whatever the size of the history: the oracle judges it again.
//!
//! `EVIDENCE_CASES=30000 cargo test --release -p histories --test evidence` is the long run.

mod recorded;

use histories::check::{Anomaly, DRAWN, Reason, Verdict, Violation, check, meets, naive};
use histories::formats::{Options, read};
use histories::{History, Model, Operation, Timeline};
use recorded::{Load, Random, Small, etcd, linearizable, small, with_reads};

fn cases(usual: u64) -> u64 {
    let asked = std::env::var("EVIDENCE_CASES").ok();
    asked.map_or(usual, |text| text.parse().expect("it is a number"))
}

/// What is shown of a violation is evidence: the oracle agrees, drawn or not; and of a large one the beginning is told.
fn is_evidence(history: &History, violation: &Violation) {
    let model = violation.model;
    let told = || format!("{violation:?}\n{}", Timeline::from(history.clone()));
    let evidence = violation.evidence(history);
    assert_eq!(evidence.operations().len(), violation.witness.len());
    match violation.is_confirmed(history) {
        Some(is_confirmed) => assert!(is_confirmed, "{}", told()),
        None => {
            assert!(violation.witness.len() > DRAWN);
            assert_eq!(meets(model, &evidence), Some(false), "{}", told());
            // The oracle takes some more where an order of all operations is asked for.
            let is_of_order = [Model::Atomic, Model::Strict, Model::Sequential, Model::Pram];
            if is_of_order.contains(&model) && evidence.operations().len() <= 16 {
                assert!(!naive::meets(model, &evidence), "{}", told());
            }
        }
    }
    // A failed operation is there only where it is the reason.
    let is_aborted = violation.anomaly == Anomaly::Aborted;
    assert!(is_aborted || evidence.failed().is_empty(), "{}", told());
    if evidence.operations().len() <= DRAWN {
        let drawn: Timeline = violation.picture(history).parse().expect("it is drawn so");
        assert!(!naive::meets(model, &drawn.history), "{}", told());
    }
    if let Some(prefix) = &violation.prefix {
        is_longest(history, violation, prefix.next, prefix.completed);
    }
}

/// What happened before the next operation completed meets the model, and with it no more.
fn is_longest(history: &History, violation: &Violation, next: usize, completed: usize) {
    let operations = history.operations();
    if !violation.model.is_in_time() {
        return;
    }
    let end = operations[next].completed.expect("it completes");
    let before = operations
        .iter()
        .filter(|it| it.completed < Some(end) && !it.is_pending());
    assert_eq!(before.count(), completed);
    assert_eq!(meets(violation.model, &history.until(end)), Some(false));
    assert_eq!(meets(violation.model, &history.until(end - 1)), Some(true));
}

#[test]
fn evidence_of_any_size_breaks_its_model() {
    let mut sizes = [0; 3];
    for case in 0..cases(150) {
        let mut random = Random::new(case);
        let kind = Small::any(17 + case % 44, &mut random);
        let history = match case % 10 {
            0 => etcd(case),
            _ => small(kind, &mut random),
        };
        for model in Model::ALL {
            match check(model, &history) {
                Verdict::Meets => {}
                Verdict::Breaks(violation) => {
                    is_evidence(&history, &violation);
                    sizes[match violation.witness.len() {
                        0..=3 => 0,
                        4..=DRAWN => 1,
                        _ => 2,
                    }] += 1;
                }
                Verdict::Unknown { .. } => panic!("case {case}: {model} is unknown"),
            }
        }
    }
    assert!(sizes.iter().all(|&count| count > 10), "{sizes:?}");
}

/// A history of so many operations with one read that returns something else: what was held a little or long before, or
/// what is written only later.
fn with_a_fault(load: Load, seed: u64) -> History {
    let history = linearizable(load, seed);
    let operations = history.operations();
    let mut by_time: Vec<usize> = (0..operations.len()).collect();
    by_time.sort_by_key(|&at| operations[at].invoked);
    let place = by_time.len() / 2;
    let is_read = |at: &&usize| operations[**at].is_read() && !operations[**at].is_pending();
    let read = *by_time[place..]
        .iter()
        .find(is_read)
        .expect("there are reads");
    let writes = |it: &[usize], nth: usize| {
        let own = operations[read].register;
        let writes = it.iter().filter(|&&at| operations[at].is_write());
        let mut writes = writes.filter(|&&at| operations[at].register == own);
        writes
            .nth(nth)
            .and_then(|&at| operations[at].written().cloned())
    };
    let earlier: Vec<usize> = by_time[..place].iter().rev().copied().collect();
    let value = match seed % 3 {
        0 => writes(&earlier, 40),
        1 => writes(&earlier, 1_000),
        _ => writes(&by_time[place + 2_000..], 0),
    };
    with_reads(&history, &[(read, value)])
}

#[test]
fn a_fault_among_a_hundred_thousand_operations_is_shown_in_few() {
    let loads = [
        Load::PLAIN,
        Load {
            registers: 4,
            ..Load::PLAIN
        },
        Load {
            values: Some(1_000),
            ..Load::PLAIN
        },
        Load {
            processes: 64,
            values: Some(500),
            busy: true,
            ..Load::PLAIN
        },
        Load {
            values: Some(2_000),
            crashes: 2,
            ..Load::PLAIN
        },
    ];
    let mut broken = 0;
    for (nth, load) in loads.into_iter().enumerate() {
        for seed in 0..3 {
            let load = Load {
                operations: 100_000,
                ..load
            };
            let history = with_a_fault(load, 3 * nth as u64 + seed);
            for model in [Model::Safe, Model::Regular, Model::Atomic, Model::Strict] {
                if let Verdict::Breaks(violation) = check(model, &history) {
                    assert!(
                        violation.witness.len() <= DRAWN,
                        "{model} {load:?} {violation:?}"
                    );
                    assert_eq!(
                        violation.is_confirmed(&history),
                        Some(true),
                        "{violation:?}"
                    );
                    broken += 1;
                }
            }
        }
    }
    assert!(broken > 30, "{broken}");
}

fn history(text: &str) -> History {
    read(text.as_bytes(), &Options::default()).expect("it is a history")
}

#[test]
fn a_read_is_shown_with_the_write_of_what_it_returned() {
    // Thirteen operations, so that not every part is tried. The read begins before the write of what it returns.
    let mut lines = String::from(
        "{\"initial\":null}\n{\"process\":6,\"op\":\"read\",\"value\":10,\"start\":1,\"end\":20}\n",
    );
    lines += "{\"process\":9,\"op\":\"write\",\"value\":10,\"start\":5,\"end\":9}\n";
    for value in 11..22 {
        lines += &format!(
            "{{\"process\":9,\"op\":\"write\",\"value\":{value},\"start\":{},\"end\":{}}}\n",
            10 * value,
            10 * value + 5
        );
    }
    let history = history(&lines);
    let verdict = check(Model::Strict, &history);
    let violation = verdict.violation().expect("nothing was written before");
    assert_eq!(violation.witness.len(), 2, "{violation:?}");
    assert_eq!(
        violation.sentence,
        "not in the order of invocation: Thread 6's first read returned 10, but the write of 10 was invoked only after it"
    );
    is_evidence(&history, violation);
}

#[test]
fn a_swap_is_shown_with_the_write_of_what_it_found_or_as_a_write() {
    // A chain of swaps, and a read of the initial value at its end.
    let mut operations = vec![Operation::write(1, 1, 0..=5)];
    for value in 1..14_u64 {
        let start = 10 * value;
        operations.push(Operation::compare_and_swap(
            2,
            value,
            value + 1,
            true,
            start..=start + 5,
        ));
    }
    operations.push(Operation::read(2, 0, 200..=205));
    let history = History::new(0, operations).expect("each process does one thing at a time");
    for model in Model::ALL {
        let Verdict::Breaks(violation) = check(model, &history) else {
            continue;
        };
        assert!(violation.witness.len() <= 4, "{violation:?}");
        is_evidence(&history, &violation);
        let swaps = violation.witness.iter();
        let swaps = swaps.filter(|&&at| history.operations()[at].is_compare_and_swap());
        assert!(swaps.count() >= violation.as_writes.len());
    }
    let verdict = check(Model::ReadYourWrites, &history);
    assert_eq!(verdict.violation().map(|it| it.as_writes.len()), Some(1));
}

#[test]
fn failed_writes_of_a_value_that_another_wrote_are_not_drawn() {
    let mut lines = String::from("{\"initial\":0}\n");
    lines += "{\"process\":1,\"op\":\"write\",\"value\":3,\"start\":1,\"end\":9}\n";
    lines += "{\"process\":2,\"op\":\"read\",\"value\":0,\"start\":4,\"end\":5}\n";
    lines += "{\"process\":3,\"op\":\"read\",\"value\":3,\"start\":2,\"end\":3}\n";
    for process in 10..60 {
        lines += &format!(
            "{{\"process\":{process},\"op\":\"write\",\"value\":3,\"start\":{process},\"end\":{process},\"outcome\":\"failed\"}}\n"
        );
    }
    let history = history(&lines);
    let verdict = check(Model::Atomic, &history);
    let violation = verdict
        .violation()
        .expect("the later read returned the older value");
    assert_eq!(violation.picture(&history).lines().count(), 4);
    // Where only a failed write could have written it, one of them is drawn.
    let aborted = history.restricted_to(&[1, 2]);
    let verdict = check(Model::Atomic, &aborted);
    let violation = verdict.violation().expect("the write of 3 is gone");
    assert!(
        matches!(violation.reason, Reason::Aborted { .. }),
        "{violation:?}"
    );
    assert_eq!(violation.picture(&aborted).lines().count(), 3);
}

#[test]
fn what_a_dozen_lines_of_search_decide_is_decided() {
    // The smallest of these histories, in which processes swap three values, and each outcome is known.
    let swap = |process, expected: u64, new: u64, swapped, start, end| {
        Operation::compare_and_swap(process, expected, new, swapped, start..=end)
    };
    let swaps = [
        swap(3, 1, 0, false, 1, 14),
        swap(1, 2, 1, true, 2, 12),
        swap(2, 2, 2, true, 3, 30),
        swap(4, 1, 2, true, 5, 7),
        swap(0, 2, 2, true, 8, 10),
        swap(0, 2, 0, true, 16, 24),
        swap(3, 1, 1, true, 18, 19),
        swap(1, 0, 0, false, 21, 28),
        swap(4, 1, 0, false, 23, 26),
        swap(3, 2, 0, true, 29, 32),
    ];
    let swaps = History::new(2, swaps).expect("each process does one thing at a time");
    let refused = [
        Operation::write(1, 1, 0..=1),
        Operation::read(1, histories::Value::nil(), 2..=3),
        swap(2, 7, 2, false, 4, 5),
    ];
    let refused = History::new(histories::Value::nil(), refused).expect("likewise");
    for (history, broken) in [
        (&swaps, Model::Sequential),
        (&refused, Model::ReadYourWrites),
    ] {
        for model in Model::ALL {
            let verdict = check(model, history);
            assert_eq!(verdict.holds(), naive::meets(model, history), "{model}");
            if let Verdict::Breaks(violation) = &verdict {
                is_evidence(history, violation);
            }
        }
        assert!(!check(broken, history).holds());
    }
}

//! Every checker against the oracle that tries all orders, and every drawing against its parse, on random small
//! histories.
//!
//! A quick slice runs with the other tests. `PROPTEST_CASES=1000000 cargo test --release -p histories --test oracle` is
//! the long run.

use std::collections::{BTreeMap, BTreeSet};

use histories::check::{
    Anomaly, Verdict, check, linearization, naive, onset, serialization, sessions,
};
use histories::questions::{Answer, Possible, ask};
use histories::{Action, Builder, History, Initial, Model, Operation, Timeline, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// What may happen next on one process: a gap, then an operation of some length.
#[derive(Clone, Debug)]
struct Draft {
    process: u32,
    register: bool,
    gap: u64,
    length: u64,
    failed: bool,
    /// How many writes back a likely read looks.
    back: usize,
    action: Action,
}

/// What happens in a history.
#[derive(Clone, Copy, Debug, Default)]
struct Kind {
    /// The reads do not say what they returned.
    questions: bool,
    /// There are compare-and-swaps.
    swaps: bool,
    /// There are two registers, x and y.
    two: bool,
    /// No two writes are of one value.
    unique: bool,
    /// What is read was mostly written shortly before, so that more than one operation decides.
    likely: bool,
}

/// Histories of up to `operations` operations on up to 5 processes, some pending and some failed, with values that often
/// repeat.
fn histories(operations: usize, kind: Kind) -> impl Strategy<Value = History> {
    let value = prop_oneof![
        8 => (0..4_u64).prop_map(Value::from),
        1 => Just(Value::from([0, 1])),
        1 => Just(Value::nil()),
    ];
    let swapped = prop_oneof![3 => Just(Some(true)), 1 => Just(Some(false)), 1 => Just(None)];
    let read = move |value| Action::Read((!kind.questions).then_some(value));
    let action = prop_oneof![
        4 => value.clone().prop_map(Action::Write),
        4 => value.clone().prop_map(read),
        2 * u32::from(kind.swaps) => (value.clone(), value, swapped).prop_map(
            |(expected, new, swapped)| Action::CompareAndSwap { expected, new, swapped }
        ),
    ];
    let failed = prop::bool::weighted(0.05);
    let back = prop_oneof![6 => Just(0), 3 => Just(1), 1 => Just(2), 1 => Just(9)];
    let time = (0..4_u64, 0..6_u64);
    let draft = (1..=5_u32, any::<bool>(), time, failed, back, action).prop_map(
        move |(process, register, (gap, length), failed, back, action)| Draft {
            process,
            register,
            gap,
            length,
            failed,
            back,
            action,
        },
    );
    let initial = prop_oneof![
        4 => (0..2_u64).prop_map(|value| Initial::Given(value.into())),
        1 => Just(Initial::Absent),
        1 => Just(Initial::Inferred),
    ];
    (initial, vec(draft, 1..=operations), any::<[bool; 6]>())
        .prop_map(move |(initial, drafts, crashed)| history(initial, drafts, crashed, kind))
}

/// Lets each read, and each compare-and-swap that says it swapped, find what was written some writes back.
fn make_likely(initial: &Initial, operations: &mut [Operation], back: &[usize]) {
    let first = match initial {
        Initial::Given(value) => value.clone(),
        Initial::Absent | Initial::Inferred => Value::nil(),
    };
    let mut by_invocation: Vec<usize> = (0..operations.len()).collect();
    by_invocation.sort_by_key(|&at| operations[at].invoked);
    for at in 0..operations.len() {
        let (register, end) = (operations[at].register, operations[at].completed);
        let earlier = by_invocation.iter().rev().filter(|&&write| {
            let write = &operations[write];
            write.register == register && Some(write.invoked) <= end
        });
        let written = earlier.filter(|&&write| write != at);
        let found = written
            .filter_map(|&write| operations[write].written())
            .nth(back[at]);
        let found = found.unwrap_or(&first).clone();
        match &mut operations[at].action {
            Action::Read(Some(value)) => *value = found,
            Action::CompareAndSwap {
                expected,
                swapped: Some(true),
                ..
            } => *expected = found,
            _ => {}
        }
    }
}

fn history(initial: Initial, drafts: Vec<Draft>, crashed: [bool; 6], kind: Kind) -> History {
    let mut free = [0_u64; 6];
    let mut builder = Builder::new(initial.clone());
    let names = match kind.two {
        true => ["x", "y"].map(|name| builder.register(name)),
        false => [0, 0],
    };
    let mut operations: Vec<Operation> = Vec::new();
    let mut back: Vec<usize> = Vec::new();
    for (at, draft) in drafts.into_iter().enumerate() {
        let free = &mut free[draft.process as usize];
        let invoked = *free + draft.gap;
        let completed = invoked + draft.length;
        *free = completed + 1;
        let action = match draft.action {
            // The values of the reads are those of the first writes.
            Action::Write(_) if kind.unique => Action::Write((at as u64 % 5).into()),
            action => action,
        };
        let register = names[usize::from(draft.register)];
        let operation = Operation::new(draft.process, action, invoked..=completed).on(register);
        if draft.failed && !operation.is_read() {
            // Nothing is drawn behind a crash.
            if crashed[draft.process as usize] && crashed[draft.process as usize - 1] {
                continue;
            }
            builder.push_failed(operation);
        } else {
            operations.push(operation);
            back.push(draft.back);
        }
    }
    if kind.likely {
        make_likely(&initial, &mut operations, &back);
    }
    // A fourth of the processes crash in their last operation.
    for process in (1..=5).filter(|&process| crashed[process] && crashed[process - 1]) {
        if let Some(last) = operations
            .iter_mut()
            .rfind(|op| op.process == process as u32)
        {
            last.completed = None;
            if let Action::Read(value) = &mut last.action {
                *value = None;
            }
        }
    }
    operations
        .into_iter()
        .for_each(|operation| builder.push(operation));
    builder.build().expect("processes do one thing at a time")
}

/// Histories of every kind, without questions.
fn any_history(operations: usize) -> impl Strategy<Value = History> {
    let of = move |swaps, two, unique, likely| {
        let kind = Kind {
            swaps,
            two,
            unique,
            likely,
            ..Kind::default()
        };
        histories(operations, kind)
    };
    prop_oneof![
        of(false, false, false, false),
        of(false, false, true, false),
        of(true, false, false, false),
        of(false, true, true, false),
        of(true, true, false, false),
        of(false, false, false, true),
        of(false, true, false, true),
        of(true, false, true, true),
        of(true, true, true, true),
    ]
}

/// Histories in which several processes write few values again and again, and read what was written shortly before: the
/// hardest to judge.
fn crowded(operations: usize) -> impl Strategy<Value = History> {
    let kind = Kind {
        likely: true,
        ..Kind::default()
    };
    histories(operations, kind)
}

/// Counts what the random histories are, so that no kind of them goes missing: `--nocapture` shows the shares.
#[test]
#[allow(
    clippy::print_stdout,
    reason = "the shares are for whoever asks for them"
)]
fn random_histories_are_of_every_kind_and_break_every_model() {
    const CASES: usize = 3_000;
    let mut runner = TestRunner::deterministic();
    let all = any_history(8);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..CASES {
        let history = all
            .new_tree(&mut runner)
            .expect("nothing is filtered")
            .current();
        let operations = history.operations();
        let any = |is: &dyn Fn(&Operation) -> bool| operations.iter().any(is);
        let swapped = |outcome: Option<bool>| {
            any(&|op| {
                let is = matches!(op.action, Action::CompareAndSwap { swapped, .. } if swapped == outcome);
                is && !op.is_pending()
            })
        };
        let written: Vec<_> = operations
            .iter()
            .filter_map(|op| Some((op.register, op.written()?)))
            .collect();
        let distinct: BTreeSet<_> = written.iter().collect();
        let registers: BTreeSet<_> = operations.iter().map(|op| op.register).collect();
        let kinds = [
            ("swapped", swapped(Some(true))),
            ("refused", swapped(Some(false))),
            ("unknown outcome", swapped(None)),
            ("pending write", any(&|op| op.is_pending() && op.is_write())),
            (
                "pending swap",
                any(&|op| op.is_pending() && op.is_compare_and_swap()),
            ),
            ("failed", !history.failed().is_empty()),
            ("value written twice", distinct.len() < written.len()),
            ("each value written once", distinct.len() == written.len()),
            ("two registers", registers.len() == 2),
            ("five processes", history.processes().len() == 5),
            ("nil at first", history.initial() == &Value::nil()),
            ("seven operations or more", operations.len() >= 7),
        ];
        let kinds = kinds
            .into_iter()
            .filter(|(_, is)| *is)
            .map(|(kind, _)| kind.to_owned());
        kinds.for_each(|kind| *counts.entry(kind).or_default() += 1);
        for model in Model::ALL {
            let verdict = check(model, &history);
            *counts.entry(format!("breaks {model}")).or_default() += usize::from(!verdict.holds());
            // A value that nobody wrote breaks everything, and tests nothing else.
            let larger = verdict
                .violation()
                .is_some_and(|violation| violation.witness.len() > 1);
            *counts
                .entry(format!("breaks {model} by several operations"))
                .or_default() += usize::from(larger);
        }
    }
    for (kind, &count) in &counts {
        println!("{:5.1} %  {kind}", 100.0 * count as f64 / CASES as f64);
        // No history breaks monotonic writes by itself.
        let rare = kind.contains("monotonic-writes") || kind.contains("writes-follow-reads");
        assert!(rare || count * 100 >= CASES, "{kind}: {count} of {CASES}");
        assert!(
            !kind.starts_with("breaks") || count * 10 <= 9 * CASES,
            "{kind}: {count} of {CASES}"
        );
    }
}

/// Whether operations, taken one after the other, each find what they found, and none that completed is missing.
fn explains(history: &History, order: &[usize]) -> bool {
    // Operations at one instant each, in this order, are linearizable in no other.
    let at = |nth: usize, mut op: Operation| {
        (op.invoked, op.completed) = (nth as u64, Some(nth as u64));
        op
    };
    let mut builder = Builder::new(Initial::Absent);
    for register in history.registers() {
        let own = builder.register(history.name_of(register).unwrap_or(""));
        builder.set_initial(own, Initial::Given(history.initial_of(register).clone()));
    }
    order.iter().enumerate().for_each(|(nth, &op)| {
        builder.push(at(nth, history.operations()[op].clone()));
    });
    let missing = |at: usize| !order.contains(&at) && !history.operations()[at].is_pending();
    let retimed = builder.build().expect("they come one after the other");
    naive::meets(Model::Strict, &retimed) && !(0..history.operations().len()).any(missing)
}

/// Every value that can be returned by anything but an open safe read, and one that cannot.
fn domain(history: &History) -> BTreeSet<Value> {
    let written = history
        .operations()
        .iter()
        .filter_map(Operation::written)
        .cloned();
    written
        .chain([history.initial().clone(), Value::from(99)])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: ProptestConfig::default().cases.max(5_000),
        ..ProptestConfig::default()
    })]

    #[test]
    fn verdicts_agree_with_the_oracle(history in any_history(8)) {
        for model in Model::ALL {
            let verdict = check(model, &history);
            let meets = naive::meets(model, &history);
            let unknown = matches!(verdict, Verdict::Unknown { .. });
            prop_assert!(!unknown, "{model}");
            prop_assert_eq!(verdict.holds(), meets, "{} {:?}\n{}", model, verdict, Timeline::from(history));
        }
    }

    #[test]
    fn verdicts_agree_with_the_oracle_where_clocks_differ(history in any_history(8), by in 1..6_u64) {
        let widened = history.widened(by);
        for model in [Model::Safe, Model::Regular, Model::StrongRegular, Model::Atomic] {
            let verdict = check(model, &widened);
            prop_assert_eq!(verdict.holds(), naive::meets(model, &widened), "{} {:?}", model, verdict);
            // What is broken with wide intervals is broken with narrow ones.
            prop_assert!(verdict.holds() || !naive::meets(model, &history));
        }
    }

    #[test]
    fn session_guarantees_agree_with_the_oracle_together(history in any_history(8), asked in 1..16_usize) {
        let guarantees: Vec<Model> =
            (0..4).filter(|at| asked >> at & 1 == 1).map(|at| Model::SESSIONS[at]).collect();
        let verdict = sessions::check(&guarantees, &history);
        let meets = naive::meets_sessions(&guarantees, &history);
        prop_assert_eq!(verdict.holds(), meets, "{:?} {:?}\n{}", guarantees, verdict, Timeline::from(history));
    }

    #[test]
    fn a_linearization_keeps_precedence_and_explains_each_operation(
        history in prop_oneof![any_history(10), crowded(16), crowded(30)],
    ) {
        let order = linearization(&history);
        prop_assert_eq!(order.is_some(), check(Model::Atomic, &history).holds());
        let Some(order) = order else { return Ok(()) };
        for (nth, &a) in order.iter().enumerate() {
            prop_assert!(order[nth + 1..].iter().all(|&b| !history.precedes(b, a)));
        }
        prop_assert!(explains(&history, &order), "{order:?}\n{}", Timeline::from(history));
    }

    #[test]
    fn a_serialization_keeps_each_process_and_explains_each_operation(
        history in prop_oneof![any_history(10), crowded(12)],
    ) {
        let order = serialization(&history);
        prop_assert_eq!(order.is_some(), check(Model::Sequential, &history).holds());
        let Some(order) = order else { return Ok(()) };
        let operations = history.operations();
        for (nth, &a) in order.iter().enumerate() {
            let follows = |&b: &usize| b > a || operations[b].process != operations[a].process;
            prop_assert!(order[nth + 1..].iter().all(follows), "{order:?}\n{}", Timeline::from(history));
        }
        prop_assert!(explains(&history, &order), "{order:?}\n{}", Timeline::from(history));
    }

    #[test]
    fn the_onset_is_the_first_prefix_that_breaks_the_model(history in any_history(7)) {
        for model in [Model::Safe, Model::Regular, Model::StrongRegular, Model::Atomic, Model::Strict] {
            let mut completions: Vec<u64> =
                history.operations().iter().filter_map(|op| op.completed).collect();
            completions.sort_unstable();
            let expected = completions.into_iter().find(|&at| !naive::meets(model, &history.until(at)));
            let met = naive::meets(model, &history);
            prop_assert_eq!(onset(model, &history), expected.filter(|_| !met), "{}\n{}", model, Timeline::from(history));
        }
    }

    #[test]
    fn each_model_implies_the_weaker_ones(history in any_history(8)) {
        let met = Model::ALL.map(|model| check(model, &history).holds());
        let swaps = history.operations().iter().any(Operation::is_compare_and_swap);
        for (stronger, _) in Model::ALL.into_iter().zip(met).filter(|(_, met)| *met) {
            for (weaker, met) in Model::ALL.into_iter().zip(met) {
                // The regular ones ask of each operation alone whether it may find what it found.
                let alone = [Model::Regular, Model::StrongRegular].contains(&stronger);
                if swaps && alone && Model::SESSIONS.contains(&weaker) {
                    continue;
                }
                prop_assert!(met || !stronger.implies(weaker), "{stronger} {weaker}\n{}", Timeline::from(history));
            }
        }
    }

    #[test]
    fn a_witness_is_evidence_enough(history in any_history(8)) {
        for model in Model::ALL {
            if let Verdict::Breaks(violation) = check(model, &history) {
                prop_assert_eq!(violation.is_confirmed(&history), Some(true), "{:?}\n{}", violation, Timeline::from(history));
            }
        }
    }

    #[test]
    fn what_the_whole_meets_no_part_breaks(history in any_history(5)) {
        for model in Model::ALL {
            if !naive::meets(model, &history) {
                continue;
            }
            for part in closed_parts(model, &history) {
                let part = history.restricted_to(&part);
                prop_assert!(naive::meets(model, &part), "{model}\n{}\n{part}", Timeline::from(history), part = Timeline::from(part));
            }
        }
    }

    #[test]
    fn a_witness_of_a_longer_history_is_evidence_enough(history in any_history(30)) {
        for model in Model::ALL.into_iter().filter(|model| model.implies(Model::Safe)) {
            if let Verdict::Breaks(violation) = check(model, &history) {
                prop_assume!(violation.witness.len() <= 9);
                let proof = violation.evidence(&history);
                prop_assert!(!naive::meets(model, &proof), "{violation:?}\n{}", Timeline::from(history));
            }
        }
    }

    #[test]
    fn no_smaller_part_is_a_witness(history in any_history(6)) {
        for model in Model::ALL {
            let Verdict::Breaks(violation) = check(model, &history) else { continue };
            // A torn read says where its words come from, and a refusal what the register held.
            if [Anomaly::Torn, Anomaly::Refused].contains(&violation.anomaly) {
                continue;
            }
            // Evidence against a read counts a compare-and-swap for what it wrote, whatever it found.
            let swaps = history.operations().iter().any(Operation::is_compare_and_swap);
            if swaps && [Model::Safe, Model::Regular, Model::StrongRegular].contains(&model) {
                continue;
            }
            let parts = closed_parts(model, &history).into_iter();
            let breaking = parts.filter(|part| !naive::meets(model, &history.restricted_to(part)));
            let smallest = breaking.map(|part| part.len()).min().expect("the whole breaks the model");
            let found = violation.witness.len();
            prop_assert!(found == smallest || swaps && found < smallest, "{:?}\n{}", violation, Timeline::from(history));
        }
    }

    #[test]
    fn answers_agree_with_brute_force(history in histories(6, Kind { questions: true, ..Kind::default() })) {
        let domain = domain(&history);
        for model in Model::CLASSES {
            let answer = ask(model, &history);
            let expected = naive::answers(model, &history, &domain);
            // "Anything" stands for each value of the domain here.
            let outcomes: BTreeSet<Vec<Value>> = match &answer {
                Answer::Joint { outcomes, .. } => outcomes.clone(),
                Answer::Independent(alone) => product(alone, &domain),
                other => return Err(TestCaseError::fail(format!("{other:?}"))),
            };
            prop_assert_eq!(&outcomes, &expected, "{}\n{}", model, Timeline::from(history));
            for (question, possible) in answer.alone().unwrap().iter().enumerate() {
                for value in &domain {
                    let alone = expected.iter().any(|outcome| outcome[question] == *value);
                    prop_assert_eq!(possible.contains(value), alone, "{}", model);
                }
            }
        }
    }

    #[test]
    fn a_drawing_parsed_is_the_same_history(history in any_history(12)) {
        prop_assume!(history.operations().len() + history.failed().len() > 0);
        let drawn = Timeline::from(history.clone()).to_string();
        let parsed: Timeline = match drawn.parse() {
            Ok(parsed) => parsed,
            Err(error) => return Err(TestCaseError::fail(format!("{error}\n{drawn}"))),
        };
        // Registers are numbered as they come, and those without operations are not drawn.
        if *history.registers().end() == 0 {
            prop_assert_eq!(parsed.history.compact(), history.compact(), "\n{}", drawn);
        }
        prop_assert_eq!(parsed.to_string(), drawn);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[ 0-9TtwrinThead:()>|#<-]{0,80}(\n[ 0-9TwrRinit:()>|]{0,40}){0,4}") {
        let _ = text.parse::<Timeline>();
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = String::from_utf8_lossy(&bytes).parse::<Timeline>();
    }
}

fn product(alone: &[Possible], domain: &BTreeSet<Value>) -> BTreeSet<Vec<Value>> {
    let mut ways = vec![Vec::new()];
    for possible in alone {
        let values: Vec<&Value> = domain
            .iter()
            .filter(|value| possible.contains(value))
            .collect();
        ways = ways
            .iter()
            .flat_map(|way: &Vec<Value>| {
                values
                    .iter()
                    .map(|value| [way.as_slice(), &[(*value).clone()]].concat())
            })
            .collect();
    }
    ways.into_iter().collect()
}

/// The parts that are evidence: with each operation they have every write that this one could have read from. Where
/// there is real time, these are not those that were invoked after it completed, nor those that another write of the
/// part followed before it was invoked; but some write of the value found is there.
fn closed_parts(model: Model, history: &History) -> Vec<Vec<usize>> {
    let operations = history.operations();
    let in_time = model.implies(Model::Safe);
    let found = |at: usize| {
        let operation = &operations[at];
        match &operation.action {
            Action::Read(value) if !operation.is_pending() => value.as_ref(),
            // One that is pending takes effect only where it finds what it expects.
            Action::CompareAndSwap {
                expected, swapped, ..
            } if operation.is_pending() || *swapped == Some(true) => Some(expected),
            _ => None,
        }
    };
    let is_source = |write: usize, read: usize| {
        let (operation, written) = (&operations[read], operations[write].written());
        let Some(written) =
            written.filter(|_| operation.register == operations[write].register && write != read)
        else {
            return false;
        };
        match &operation.action {
            Action::CompareAndSwap {
                expected, swapped, ..
            } if !operation.is_pending() => {
                swapped.is_none_or(|swapped| swapped == (expected == written))
            }
            _ => found(read) == Some(written),
        }
    };
    let surely_writes = |at: usize| match &operations[at].action {
        Action::Write(_) => true,
        Action::CompareAndSwap { swapped, .. } => *swapped == Some(true),
        Action::Read(_) => false,
    };
    // In strict an operation happens at its invocation.
    let precedes = |a: usize, b: usize| match model {
        Model::Strict => operations[a].invoked < operations[b].invoked,
        _ => history.precedes(a, b),
    };
    let is_out_of_reach = |write: usize, read: usize, part: &[usize]| {
        let overwrites = |&other: &usize| {
            surely_writes(other)
                && !operations[other].is_pending()
                && operations[other].register == operations[read].register
                && precedes(write, other)
                && precedes(other, read)
        };
        in_time && (precedes(read, write) || part.iter().any(overwrites))
    };
    let shows_a_source = |read: usize, part: &[usize]| {
        let initial = history.initial_of(operations[read].register);
        let mut writes = (0..operations.len())
            .filter(|&write| is_source(write, read))
            .peekable();
        !in_time
            || found(read).is_none_or(|found| found == initial)
            || writes.peek().is_none()
            || writes.any(|write| part.contains(&write))
    };
    let all = 0..operations.len();
    (0..1_u32 << operations.len())
        .map(|part| -> Vec<usize> { all.clone().filter(|at| part >> at & 1 == 1).collect() })
        .filter(|part| {
            let outside = |&at: &usize| !part.contains(&at);
            let mut missing = all.clone().filter(outside);
            let can_go = |write: usize, read: usize| {
                !is_source(write, read) || is_out_of_reach(write, read, part)
            };
            missing.all(|write| part.iter().all(|&read| can_go(write, read)))
                && part.iter().all(|&read| shows_a_source(read, part))
        })
        .filter(|part| {
            // What is concurrent with a write may break the safe semantics only where that write is left out.
            let writes = || {
                all.clone()
                    .filter(|&write| operations[write].written().is_some())
            };
            let meets_a_write = |&at: &usize| {
                let mut others = writes().filter(|&write| {
                    write != at && operations[write].register == operations[at].register
                });
                !operations[at].is_write() && others.any(|write| history.concurrent(write, at))
            };
            model != Model::Safe || !part.iter().any(meets_a_write)
        })
        .collect()
}

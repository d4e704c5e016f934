//! Every checker against the oracle that tries all orders, and every drawing against its parse, on random small
//! histories.
//!
//! A quick slice runs with the other tests. `PROPTEST_CASES=1000000 cargo test --release -p histories --test oracle` is
//! the long run.

use std::collections::BTreeSet;

use histories::check::{Verdict, check, naive};
use histories::questions::{Answer, Possible, ask};
use histories::{Action, History, Model, Operation, Timeline, Value};
use proptest::collection::vec;
use proptest::prelude::*;

/// What may happen next on one process: a gap, then an operation of some length.
#[derive(Clone, Debug)]
struct Draft {
    process: u32,
    gap: u64,
    length: u64,
    action: Action,
}

/// Histories of up to `operations` operations on up to 5 processes, some pending, with values that often repeat.
fn histories(operations: usize, questions: bool) -> impl Strategy<Value = History> {
    let value = prop_oneof![
        8 => (0..4_u64).prop_map(Value::from),
        1 => Just(Value::from([0, 1])),
    ];
    let action = prop_oneof![
        value.clone().prop_map(Action::Write),
        value.prop_map(move |value| Action::Read((!questions).then_some(value))),
    ];
    let draft =
        (1..=5_u32, 0..4_u64, 0..6_u64, action).prop_map(|(process, gap, length, action)| Draft {
            process,
            gap,
            length,
            action,
        });
    (0..2_u64, vec(draft, 1..=operations), any::<[bool; 6]>())
        .prop_map(|(initial, drafts, crashed)| history(initial, drafts, crashed))
}

fn history(initial: u64, drafts: Vec<Draft>, crashed: [bool; 6]) -> History {
    let mut free = [0_u64; 6];
    let mut operations: Vec<Operation> = Vec::new();
    for Draft {
        process,
        gap,
        length,
        action,
    } in drafts
    {
        let invoked = free[process as usize] + gap;
        let completed = invoked + length;
        free[process as usize] = completed + 1;
        operations.push(Operation::new(process, action, invoked..=completed));
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
    History::new(initial, operations).expect("processes do one thing at a time")
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
    fn verdicts_agree_with_the_oracle(history in histories(8, false)) {
        for model in Model::CLASSES {
            let verdict = check(model, &history);
            prop_assert_eq!(verdict.holds(), naive::meets(model, &history), "{}\n{}", model, Timeline::from(history));
        }
    }

    #[test]
    fn each_model_implies_the_weaker_ones(history in histories(8, false)) {
        let met = Model::CLASSES.map(|model| check(model, &history).holds());
        prop_assert!(met.is_sorted_by(|weaker, stronger| weaker >= stronger), "{met:?}\n{}", Timeline::from(history));
    }

    #[test]
    fn a_witness_is_evidence_enough(history in histories(8, false)) {
        for model in Model::CLASSES {
            if let Verdict::Breaks(violation) = check(model, &history) {
                let proof = history.restricted_to(&violation.witness);
                prop_assert!(!naive::meets(model, &proof), "{violation:?}\n{}", Timeline::from(history));
            }
        }
    }

    #[test]
    fn answers_agree_with_brute_force(history in histories(6, true)) {
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
    fn a_drawing_parsed_is_the_same_history(history in histories(12, false)) {
        let drawn = Timeline::from(history.clone()).to_string();
        let parsed: Timeline = match drawn.parse() {
            Ok(parsed) => parsed,
            Err(error) => return Err(TestCaseError::fail(format!("{error}\n{drawn}"))),
        };
        prop_assert_eq!(parsed.history.compact(), history.compact(), "\n{}", drawn);
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

//! What the open reads of the note return together, on each kind of register.

use std::collections::BTreeSet;

use histories::questions::ask;
use histories::{Timeline, Value};
use interleavings::{Limits, MemoryModel, survey};
use registers::catalogue::Register;
use registers::scenario::Scenario;

/// One register of each class, and one with a lock.
const FOUR: [Register; 4] = [
    Register::WordByWord,
    Register::TwoCopies,
    Register::SequenceLock,
    Register::Locked,
];

fn note() -> Scenario {
    let picture: Timeline = "
        init: 0
        Thread 1:      wwwww(1)     wwwww(2)
        Thread 2:   rrrrr                rrrrr
        Thread 3:   rrrrr  rrrrr
    "
    .parse()
    .expect("it is a timeline");
    Scenario::drawn("note", &picture.history)
}

fn outcomes(register: Register, scenario: &Scenario, memory: MemoryModel) -> BTreeSet<Vec<Value>> {
    let subject = register.subject(2).expect("it is built in");
    let survey = survey(&subject, scenario, memory, &Limits::default());
    let report = survey.expect("it fits the register").report;
    assert!(report.is_exhaustive(), "{:?}", report.coverage);
    report.outcomes().into_keys().collect()
}

#[test]
fn regular_and_atomic_registers_are_as_weak_as_their_class_on_the_note() {
    for register in FOUR {
        let answer = ask(register.class().into(), note().operations());
        for memory in MemoryModel::ALL {
            let found = outcomes(register, &note(), memory);
            let mut allowed = found.iter().map(|outcome| answer.allows(outcome));
            assert!(allowed.all(|it| it == Some(true)), "{register} on {memory}");
            // A safe register may return anything, and this one returns a mix of what is written.
            if register != Register::WordByWord {
                assert_eq!(
                    answer.count(),
                    Some(found.len() as u128),
                    "{register} on {memory}"
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
        for memory in MemoryModel::ALL {
            let recorded = outcomes(register, &note().recorded(), memory);
            assert_eq!(
                recorded,
                outcomes(register, &note(), memory),
                "{register} on {memory}"
            );
        }
    }
}

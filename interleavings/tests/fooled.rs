//! Registers that are written to fool an exploration. One that is wrong is found, or it is said that not everything was
//! explored; one that is right is not accused.

mod fooled {
    pub(crate) mod loops;
    pub(crate) mod outside;
    pub(crate) mod parts;
}
#[path = "support/side_by_side.rs"]
mod side_by_side;

use std::collections::BTreeSet;
use std::sync::Arc;

use histories::Model;
use interleavings::litmus::{Thread, outcomes};
use interleavings::{Atlas, Coverage, Limits, MemoryModel, Retries, Variant, hidden_state, verify};
use registers::catalogue::Register;
use registers::memory::Ordering::{Acquire, Release};
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::{Memory, Word};

use crate::fooled::loops::*;
use crate::fooled::outside::*;
use crate::fooled::parts::{In, Way};
use crate::side_by_side::side_by_side;

/// A register, a scenario, and how the verdict begins.
struct Row(&'static str, Subject, &'static str, &'static str);

fn row<W: Way>(scenario: &'static str, verdict: &'static str) -> Row {
    let name = std::any::type_name::<W>();
    let name = name.rsplit("::").next().unwrap_or(name);
    Row(name, Subject::of::<In<W>, 2>(), scenario, verdict)
}

/// What is hidden, or what goes wrong and on which memories, or why not everything was explored; or that it holds.
fn verdict(subject: &Subject, lanes: &str, states: usize) -> String {
    let scenario: Scenario = lanes.parse().expect("it is a scenario");
    if let Some(difference) = hidden_state(subject, &scenario) {
        return format!("hidden: {difference}");
    }
    let mut said: Vec<(String, Vec<String>)> = Vec::new();
    for memory in MemoryModel::ALL {
        let limits = Limits {
            states,
            ..Limits::default()
        };
        let variant = Variant::default();
        let verified = verify(subject, &scenario, memory, variant, &limits, |_| {});
        let verified = verified.expect("it fits the register");
        let classes = Model::CLASSES.into_iter();
        let class = classes.rev().find(|it| !verified.breaks.contains_key(it));
        let wrong = match (verified.fails.first(), class) {
            (Some(kind), _) => kind.to_string(),
            (None, Some(Model::Atomic)) => match verified.coverage {
                Coverage::Inconclusive(why) => format!("inconclusive: {why}"),
                _ => "holds".to_owned(),
            },
            (None, Some(class)) => format!("{class} only"),
            (None, None) => "not even safe".to_owned(),
        };
        match said.iter_mut().find(|it| it.0 == wrong) {
            Some(known) => known.1.push(memory.to_string()),
            None => said.push((wrong, vec![memory.to_string()])),
        }
    }
    let parts = said.into_iter().map(|(what, on)| match on.len() {
        3 => what,
        _ => format!("{what} on {}", on.join(", ")),
    });
    parts.collect::<Vec<_>>().join("; ")
}

fn assert_verdicts(rows: &[Row], states: usize) {
    side_by_side(rows, |Row(name, subject, scenario, expected)| {
        let said = verdict(subject, scenario, states);
        assert!(
            said.starts_with(expected),
            "{name} in {scenario} is {expected}, but said was: {said}"
        );
    });
}

#[test]
fn a_loop_that_tires_is_found_and_one_that_does_not_is_not_accused() {
    let torn = "safe only";
    let rows = [
        row::<Patient>("ww.rr", "holds"),
        row::<SkipsTheSecondLook>("w.r", torn),
        row::<GivesUp<1>>("w.r", torn),
        row::<GivesUp<2>>("w.r", torn),
        row::<GivesUp<3>>("w.r", torn),
        row::<GivesUp<5>>("w.r", torn),
        row::<GivesUp<10>>("w.r", torn),
        row::<GivesUp<100>>("w.r", torn),
        row::<RetriesAtMost<1>>("w.r", torn),
        row::<RetriesAtMost<2>>("w.r", torn),
        row::<RetriesAtMost<3>>("w.r", torn),
        row::<RetriesAtMost<5>>("w.r", torn),
        row::<RetriesAtMost<10>>("w.r", torn),
        row::<RetriesAtMost<100>>("w.r", torn),
        row::<BacksOff>("ww.rr", "holds"),
        row::<CountsOdd<1>>("w.r", torn),
        row::<CountsOdd<3>>("ww.r", torn),
        row::<CountsChanged<1>>("w.r", torn),
        row::<CountsChanged<2>>("ww.r", torn),
        row::<BelievesWhatItFindsTwice>("w.r", torn),
        row::<RemembersInVain>("ww.r", "holds"),
        // A second write has to begin while it trusts.
        row::<TrustsInTheEnd<1>>("w.r", "holds"),
        row::<TrustsInTheEnd<1>>("ww.r", torn),
        row::<TrustsInTheEnd<3>>("ww.r", torn),
        row::<TrustsInTheEnd<30>>("ww.r", torn),
        row::<LosesPatience<1>>("ww.r", torn),
        row::<LosesPatience<10>>("ww.r", torn),
        row::<IsCarelessEveryTenthTime>("ww.r", torn),
        row::<CountsInACell<3>>("w.r", torn),
        row::<CountsInAnAtomic<3>>("w.r", torn),
        row::<SpinsAtMost<3>>("w.r", torn),
        row::<Spins>("w.r", "inconclusive"),
    ];
    assert_verdicts(&rows, 20_000);
}

#[test]
#[ignore = "takes some minutes"]
fn a_loop_that_tires_late_is_found() {
    let torn = "safe only";
    let rows = [
        row::<GivesUp<1000>>("w.r", torn),
        row::<TrustsInTheEnd<100>>("ww.r", torn),
        row::<TrustsInTheEnd<1000>>("ww.r", torn),
        row::<LosesPatience<1000>>("ww.r", torn),
        row::<RetriesAtMost<1000>>("w.r", torn),
        row::<CountsOdd<100>>("w.r", torn),
        row::<CountsChanged<3>>("www.r", torn),
    ];
    assert_verdicts(&rows, 300_000);
}

#[test]
fn a_closure_that_counts_in_secret_is_followed_attempt_by_attempt() {
    let rows = [
        row::<CountsInACell<100>>(
            "w.r",
            "inconclusive: stopped at 300 states; failed attempts leave more behind",
        ),
        row::<CountsInAnAtomic<100>>(
            "w.r",
            "inconclusive: stopped at 300 states; failed attempts leave",
        ),
    ];
    assert_verdicts(&rows, 300);
}

#[test]
fn a_spin_is_told_to_relax() {
    let subject = Subject::of::<In<Spins>, 2>();
    let (scenario, limits) = ("w.r".parse().unwrap(), Limits::default());
    let verified = verify(
        &subject,
        &scenario,
        MemoryModel::Weak,
        Variant::default(),
        &limits,
        |_| {},
    );
    let Coverage::Inconclusive(why) = verified.unwrap().coverage else {
        panic!("it takes no end");
    };
    let advice = "a loop that waits for others has to call `relax` or `retry` for its attempts";
    assert!(why.ends_with(advice), "{why}");
}

#[test]
fn what_was_tested_of_loops_is_part_of_the_verdict() {
    let retries = |subject: Subject| {
        let (scenario, limits) = ("w.r".parse().unwrap(), Limits::default());
        let memory = MemoryModel::Weak;
        let verified = verify(
            &subject,
            &scenario,
            memory,
            Variant::default(),
            &limits,
            |_| {},
        );
        verified.unwrap().retries
    };
    let none = Retries::default();
    let by_closure = retries(Subject::of::<In<Patient>, 2>());
    assert_eq!(
        by_closure,
        Retries {
            by_closure: true,
            ..none
        }
    );
    // A loop by hand that tires after more attempts than are tried is not found out; its verdict rests on them.
    let by_hand = Retries {
        by_hand: true,
        ..none
    };
    assert_eq!(retries(Subject::of::<In<BacksOff>, 2>()), by_hand);
    assert_eq!(retries(Subject::of::<In<GivesUp<2000>>, 2>()), by_hand);
    let counted = retries(Subject::of::<In<RetriesAtMost<3>>, 2>());
    assert_eq!(
        counted,
        Retries {
            counted: true,
            ..none
        }
    );
}

#[test]
fn state_outside_of_the_memory_never_holds() {
    let rows = [
        row::<InAMutex>("w.r", "hidden: no operation accesses the memory"),
        row::<WithANumberElsewhere>("w.r", "hidden: performed by all processes together"),
        row::<WithAFlagElsewhere>(
            "w.r",
            "inconclusive: the register waits in a loop that accesses no word",
        ),
        row::<WithAStatic>(
            "w.rr",
            "inconclusive: the same answers do not always lead to the same",
        ),
        row::<WithAThreadLocal>(
            "w.rr",
            "inconclusive: the same answers do not always lead to",
        ),
        row::<MakesWords>(
            "w.r",
            "inconclusive: the register makes words or locks while it runs",
        ),
        Row(
            "Hides",
            Subject::of::<Hides, 1>(),
            "w.rr",
            "inconclusive: the register remembers more than it shows",
        ),
    ];
    assert_verdicts(&rows, 20_000);
}

#[test]
fn no_register_of_the_catalogue_hides_anything() {
    for &register in [Register::ALL, Register::BROKEN].into_iter().flatten() {
        let subject = register.subject(register.usual_width()).unwrap();
        for lanes in ["w.rr", "w.r.r", "w.w.r"] {
            let scenario: Scenario = lanes.parse().unwrap();
            let scenario = match subject.claims().small_numbers() {
                Some(below) => scenario.below(below),
                None => scenario,
            };
            if subject.check(scenario.operations()).is_ok() {
                assert_eq!(
                    hidden_state(&subject, &scenario),
                    None,
                    "{register} in {lanes}"
                );
            }
        }
    }
}

#[test]
fn a_register_that_goes_wrong_by_itself_is_a_finding() {
    let rows = [
        row::<Asserts>("w.r", "holds on sc, x86; panic on weak"),
        row::<IndexesOutOfBounds>("w.r", "panic"),
        // Where sums are not checked, a wrong number is read instead.
        row::<Overflows>(
            "w.r",
            if cfg!(debug_assertions) {
                "panic"
            } else {
                "safe only"
            },
        ),
    ];
    assert_verdicts(&rows, 20_000);
}

#[test]
fn guards_and_exchanges_are_followed() {
    let rows = [
        row::<WithAGuard>("ww.rr", "holds"),
        row::<WithALockInAGuard>("w.rr", "holds"),
        row::<ExchangesWithRelax>("ww.rr", "holds"),
        row::<Exchanges>("ww.rr", "holds"),
    ];
    assert_verdicts(&rows, 20_000);
}

/// A thread that waits until x is 1, in a way of its own, and what it returns.
fn waits(code: fn(&Atlas, &dyn Fn() -> bool) -> u64, memory: MemoryModel) -> BTreeSet<u64> {
    let found = outcomes(memory, |memory| -> Vec<Thread> {
        let x = Arc::new(memory.word(format_args!("x"), 0));
        let (x2, memory) = (Arc::clone(&x), memory.clone());
        vec![
            Box::new(move || {
                x.store(1, Release);
                0
            }),
            Box::new(move || code(&memory, &|| x2.load(Acquire) == 1)),
        ]
    });
    let found = found.expect("it is explored to the end");
    found.into_iter().map(|outcome| outcome[1]).collect()
}

#[test]
fn a_choice_within_a_loop_of_attempts_is_made_anew() {
    let all_digits = |digits: u64| {
        (0..digits.pow(2))
            .map(|it| 10 * (it / digits) + it % digits)
            .collect::<BTreeSet<_>>()
    };
    for memory in MemoryModel::ALL {
        // In front of a failed attempt, and behind it.
        let found = waits(
            |memory, is_there| {
                let mut last = 0;
                loop {
                    let first = memory.choose(8);
                    if is_there() {
                        return 10 * last + first;
                    }
                    memory.relax();
                    last = memory.choose(8);
                }
            },
            memory,
        );
        assert_eq!(found, all_digits(8), "{memory}");
        // Within an attempt by closure, which fails by choice.
        let found = waits(
            |memory, is_there| {
                memory.retry(|| {
                    let chosen = [memory.choose(3), memory.choose(3)];
                    (is_there() && chosen[0] > 0).then_some(10 * chosen[0] + chosen[1])
                })
            },
            memory,
        );
        assert_eq!(found, BTreeSet::from([10, 11, 12, 20, 21, 22]), "{memory}");
        // Counted attempts: the first that fails is the one that was not to.
        let found = waits(
            |memory, is_there| {
                let done = memory.retry_at_most(3, || {
                    let chosen = memory.choose(2);
                    (is_there() && chosen == 1).then_some(1)
                });
                done.unwrap_or(7)
            },
            memory,
        );
        assert_eq!(found, BTreeSet::from([1, 7]), "{memory}");
    }
}

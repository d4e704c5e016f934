//! How far an exploration goes: in which order, up to which bound, and what it says where it ends.

#[path = "support/payload.rs"]
mod payload;
#[path = "support/side_by_side.rs"]
mod side_by_side;
#[path = "support/wraps.rs"]
mod wraps;

use std::collections::BTreeMap;
use std::time::Duration;

use histories::Model;
use interleavings::scope::{Effort, Scope, Size, Wrong, explore_scope};
use interleavings::{Coverage, Limits, MemoryModel, Used, Variant, any_number_of_words, verify};
use registers::atomic::{
    AnonymousReaders, FourSlot, LeftRight, Locked, PinnedSlotsOf, SequenceLock, TripleBuffer,
    VersionedRing, VersionedRingOf,
};
use registers::broken::{CountedOnce, DoubleBuffer, FlagCheckedOnce};
use registers::catalogue::Register;
use registers::regular::TwoCopies;
use registers::safe::WordByWord;
use registers::scenario::Scenario;
use registers::subject::Subject;

use crate::payload::deeds;
use crate::side_by_side::side_by_side;
use crate::wraps::rings_and_stamps;

fn scenario(lanes: &str) -> Scenario {
    lanes.parse().expect("it is a scenario")
}

fn scope(subject: &Subject, besides: &[&str], states: u64) -> Scope {
    let effort = Effort {
        states,
        ..Effort::default()
    };
    let besides: Vec<Scenario> = besides.iter().map(|lanes| scenario(lanes)).collect();
    let scope = explore_scope(
        subject,
        Variant::default(),
        &besides,
        &effort,
        &mut |_, _| {},
    );
    scope.expect("it can do what it says")
}

/// What was explored on weak memory, in order; with an apostrophe, once more near the wrap.
fn order(scope: &Scope) -> String {
    let weak = scope
        .explored
        .iter()
        .filter(|it| it.memory == MemoryModel::Weak);
    let names = weak.map(|it| match it.near_wrap {
        true => "'".to_owned(),
        false => format!(" {}", it.scenario.name()),
    });
    names.collect::<String>().trim_start().to_owned()
}

#[test]
fn scenarios_grow_where_states_grow_least() {
    let order = |register: Register, states| {
        let subject = register
            .subject(register.usual_width())
            .expect("it is built in");
        let scope = scope(&subject, &[], states);
        assert_eq!(
            scope.ended,
            format!("{states} states on weak memory were spent")
        );
        assert_eq!(scope.class(), Some(register.class().into()));
        order(&scope)
    };
    assert_eq!(
        order(Register::SequenceLock, 2_000),
        "w·r w·r·r w·rr ww·r' www·r' w·rrr w·r·r·r w·rr·r"
    );
    for register in [
        Register::FourSlot,
        Register::ManyWriterSequenceLock,
        Register::Unary,
    ] {
        let order = order(register, 3_000);
        let names: Vec<&str> = order
            .split(' ')
            .map(|name| name.trim_end_matches('\''))
            .collect();
        assert!(names.len() >= 5, "{register}: {order}");
        // Whatever is part of another comes before it.
        for (at, name) in names.iter().enumerate() {
            let is_part = |larger: &&str| {
                let (small, large) = (name.split('·'), larger.split('·'));
                small.clone().count() == large.clone().count()
                    && small
                        .zip(large)
                        .all(|(small, large)| large.starts_with(small))
            };
            let first = names.iter().position(is_part);
            assert_eq!(first, Some(at), "{register}: {order}");
        }
    }
}

#[test]
fn a_verdict_names_its_bound() {
    let subject = Subject::of::<SequenceLock, 2>();
    let scope = scope(&subject, &[], 2_000);
    let weak = MemoryModel::Weak;
    let lanes = |size: &Size| size.scenario(subject.claims()).name().to_owned();
    let largest: Vec<String> = scope.largest(weak).iter().map(lanes).collect();
    assert_eq!(largest, ["w·r·r·r", "w·rr·r", "w·rrr", "www·r"]);
    // Two writes and two reads were not explored.
    assert_eq!(scope.operations(subject.claims()), 3);
    assert_eq!(scope.unfinished().count(), 0);
    let larger = self::scope(&subject, &[], 5_000);
    assert_eq!(larger.operations(subject.claims()), 4);
    assert!(larger.states() > scope.states());
}

#[test]
fn what_goes_wrong_is_shown_where_it_is_smallest() {
    let shown = |register: Register, words, besides: &[&str]| -> BTreeMap<Wrong, String> {
        let subject = register.subject(words).expect("it is built in");
        let scope = scope(&subject, besides, 3_000);
        let wrong = scope.wrong.into_iter();
        wrong
            .map(|(wrong, shown)| {
                assert_eq!(shown.on, MemoryModel::ALL, "{register}");
                assert!(shown.history.is_some());
                (wrong, shown.scenario.name().to_owned())
            })
            .collect()
    };
    let all = |models: &[Model], lanes: &str| {
        let wrong = models.iter().map(|&model| Wrong::Breaks(model));
        wrong.map(|wrong| (wrong, lanes.to_owned())).collect()
    };
    let torn = [Model::Regular, Model::Atomic];
    for (register, words, besides, models, lanes) in [
        (Register::FlagCheckedOnce, 2, &[][..], &torn[..], "w·r"),
        (Register::CountedOnce, 2, &[], &torn, "w·r"),
        (Register::DoubleBuffer, 2, &[], &torn, "ww·r"),
        (Register::DoubleBuffer, 1, &[], &torn[1..], "ww·rr"),
        (Register::DirtyFlag, 2, &[], &Model::CLASSES, "w·r·r"),
        // Two readers that do not read as often are no size, and have to be asked for.
        (
            Register::ReaderCache,
            2,
            &["ww.rr.r"],
            &torn[1..],
            "ww·rr·r",
        ),
        (Register::ReaderCache, 2, &[], &[], ""),
    ] {
        assert_eq!(
            shown(register, words, besides),
            all(models, lanes),
            "{register}"
        );
    }
}

#[test]
fn an_exploration_ends_when_nothing_is_left_to_lose() {
    let dirty = Register::DirtyFlag.subject(1).expect("it is built in");
    assert_eq!(
        scope(&dirty, &[], 5_000).ended,
        "nothing was left that it could still meet"
    );
    // Or as soon as a claim is refuted, if no more is asked.
    let effort = Effort {
        until_not: Some(Model::Atomic),
        ..Effort::default()
    };
    let torn = Subject::of::<WordByWord, 2>();
    let scope = explore_scope(&torn, Variant::default(), &[], &effort, &mut |_, _| {});
    let scope = scope.expect("it can do what it says");
    assert_eq!(order(&scope), "w·r");
    assert_eq!(scope.ended, "nothing was left that it could still meet");
    let effort = Effort {
        time: Duration::ZERO,
        ..Effort::default()
    };
    let scope = explore_scope(&torn, Variant::default(), &[], &effort, &mut |_, _| {});
    assert_eq!(
        scope.expect("it can do what it says").ended,
        "0 s were over"
    );
}

#[test]
fn a_counter_that_wraps_around_is_tried_where_it_does() {
    for (what, subject, is_wrong) in rings_and_stamps() {
        let scope = scope(&subject, &[], 1_500);
        let claimed = Model::from(subject.claims().class);
        let shown = scope.wrong.get(&Wrong::Breaks(claimed));
        assert_eq!(shown.is_some(), is_wrong, "{what}: {:?}", scope.wrong);
        assert!(shown.is_none_or(|shown| shown.near_wrap), "{what}");
        let near_wrap = scope.explored.iter().filter(|it| it.near_wrap).count();
        assert!(near_wrap > 0, "{what} asks where it starts");
    }
}

#[test]
fn slots_that_no_scenario_has_written_are_named() {
    let subject = Subject::of::<VersionedRing, 1>();
    let idle = |lanes: &str| {
        let (variant, limits) = (Variant::default(), Limits::default());
        let memory = MemoryModel::Weak;
        let verified = verify(&subject, &scenario(lanes), memory, variant, &limits, |_| {});
        let exercised = verified.expect("it fits the register").exercised;
        let idle = exercised.idle().map(|(word, used)| match used {
            Used { read: true, .. } => format!("{word} is not written"),
            Used { written: true, .. } => format!("{word} is not read"),
            Used { .. } => format!("{word} is not used"),
        });
        idle.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        idle("w.r"),
        "slot[0][0] is not written, slot[2][0] is not used, slot[3][0] is not used"
    );
    assert_eq!(
        idle("ww.r"),
        "slot[0][0] is not written, slot[3][0] is not used"
    );
    assert_eq!(idle("www.r"), "slot[0][0] is not written");
    assert_eq!(idle("wwww.r"), "");
}

#[test]
fn registers_that_copy_their_words_are_told_from_those_that_do_more() {
    for (what, subject, copies) in deeds() {
        let found = any_number_of_words(&subject);
        assert_eq!(found.is_ok(), copies, "{what}: {found:?}");
        if let Err(reason) = found {
            let of_the_kind = [
                "depends on the words of a value, or mixes them",
                "accessed one by one",
            ];
            let is_of_the_kind = of_the_kind.iter().any(|it| reason.contains(it));
            assert!(is_of_the_kind, "{what}: {reason}");
        }
    }
    let all = [Register::ALL, Register::BROKEN].into_iter().flatten();
    for register in all {
        match register.subject(2) {
            // Its words are stored and loaded one by one.
            Ok(subject) if *register == Register::WordByWord => {
                assert!(any_number_of_words(&subject).is_err());
            }
            Ok(subject) => assert_eq!(any_number_of_words(&subject), Ok(()), "{register}"),
            Err(_) => {
                let subject = register.subject(1).expect("it is built in");
                assert!(any_number_of_words(&subject).is_err(), "{register}");
            }
        }
    }
}

/// A register of two words, of three and of four.
macro_rules! of_two_and_more_words {
    ($($register:ty),+) => {
        [$([
            Subject::of::<$register, 2>(),
            Subject::of::<$register, 3>(),
            Subject::of::<$register, 4>(),
        ]),+]
    };
}

#[test]
fn what_holds_of_two_words_holds_of_more() {
    let all = of_two_and_more_words!(
        WordByWord,
        TwoCopies,
        SequenceLock,
        FourSlot,
        TripleBuffer,
        VersionedRingOf<2>,
        LeftRight,
        AnonymousReaders,
        PinnedSlotsOf<3>,
        Locked,
        FlagCheckedOnce,
        CountedOnce,
        DoubleBuffer
    );
    side_by_side(&all, |subjects| {
        for lanes in ["w.r", "w.rr", "ww.r", "ww.rr"] {
            let breaks = subjects.each_ref().map(|subject| {
                MemoryModel::ALL.map(|memory| {
                    let (variant, limits) = (Variant::default(), Limits::default());
                    let it = verify(subject, &scenario(lanes), memory, variant, &limits, |_| {});
                    let it = it.expect("it fits the register");
                    assert_eq!(it.coverage, Coverage::Exhaustive);
                    (it.breaks.into_keys().collect::<Vec<_>>(), it.fails)
                })
            });
            let name = subjects[0].claims().name;
            assert_eq!(breaks[0], breaks[1], "{name} in {lanes}");
            assert_eq!(breaks[0], breaks[2], "{name} in {lanes}");
        }
    });
}

//! What is left out of an exploration makes no difference: without any reduction the same models are broken, and without the
//! one that may drop weaker histories the same histories occur.

use std::collections::BTreeSet;

use histories::{Model, Timeline};
use replicas::catalogue::{Listed, Use, broken};
use replicas::every::{Budget, Reductions, Report, Setup};
use replicas::machine::Explorable;

mod common;

use common::Explore;

fn models(report: &Report) -> BTreeSet<Model> {
    report.broken.iter().map(|witness| witness.model).collect()
}

fn compare(name: &str, scenario: &str, budget: Budget, explore: impl Fn(Setup) -> Report) {
    let with = |reductions| {
        let report = explore(Setup {
            budget,
            reductions,
            ..Setup::default()
        });
        assert!(
            report.is_exhaustive(),
            "{name}, {scenario}: {:?}",
            report.coverage
        );
        report
    };
    let [none, all] = [Reductions::NONE, Reductions::ALL].map(with);
    assert_eq!(models(&all), models(&none), "{name}, {scenario}, {budget}");
    assert!(all.states <= none.states, "{name}, {scenario}");
    let slow = with(Reductions {
        at_once: false,
        ..Reductions::ALL
    });
    let texts = |report: &Report| -> BTreeSet<String> {
        let histories = report.histories.iter();
        histories
            .map(|(history, _)| Timeline::from(history.clone()).to_string())
            .collect()
    };
    assert_eq!(texts(&slow), texts(&none), "{name}, {scenario}, {budget}");
}

fn compare_listed(listed: Listed, scenario: &str, budget: Budget) {
    compare(&listed.name(), scenario, budget, |setup| {
        listed.with(Explore(scenario, setup))
    });
}

/// Those whose every execution without reductions takes long.
const LARGE: [Listed; 8] = [
    Listed::Majority,
    Listed::Agreed,
    Listed::Many,
    Listed::ManyAgreed,
    Listed::Leader,
    Listed::Lease,
    Listed::Consensus,
    Listed::MajorityAckNearest,
];

#[test]
fn reductions_make_no_difference_in_small_scenarios() {
    for &listed in Listed::ALL.iter().filter(|it| !LARGE.contains(it)) {
        for scenario in ["w.r", "w.rr"] {
            compare_listed(listed, scenario, Budget::NONE);
        }
    }
    for listed in [Listed::Majority, Listed::Agreed] {
        compare_listed(listed, "w.r", Budget::NONE);
    }
}

/// The protocols that break when something else happens.
#[test]
fn reductions_hide_no_exhibit() {
    struct Compare(&'static str, Budget);
    impl Use for Compare {
        type Output = ();

        fn of<P: Explorable>(self, protocol: &P) {
            let Self(scenario, budget) = self;
            compare(&protocol.name(), scenario, budget, |setup| {
                Explore(scenario, setup).of(protocol)
            });
        }
    }
    let suspicion = Budget {
        suspicions: 1,
        ..Budget::NONE
    };
    let duplicate = Budget {
        duplicates: 1,
        ..Budget::NONE
    };
    Compare("w.r", suspicion).of(&broken::FAILOVER);
    Compare("w.r", duplicate).of(&broken::FORGETTING);
    Compare("w.r", duplicate).of(&broken::FORGETTING_CHAIN);
    Compare("w.r", Budget::NONE).of(&broken::R1_W2);
    Compare("w.r", Budget::NONE).of(&broken::INVERTED);
}

/// All of them that end: minutes.
#[test]
#[ignore = "takes minutes: cargo test --release -p replicas --test reductions -- --ignored"]
fn reductions_make_no_difference_at_large() {
    for &listed in Listed::ALL.iter().filter(|it| !LARGE.contains(it)) {
        compare_listed(listed, "ww.r", Budget::NONE);
    }
    for listed in [
        Listed::MajorityAckNearest,
        Listed::Many,
        Listed::ManyAgreed,
        Listed::Leader,
    ] {
        compare_listed(listed, "w.r", Budget::NONE);
    }
    for listed in [Listed::Majority, Listed::Agreed] {
        compare_listed(listed, "w.rr", Budget::NONE);
        compare_listed(listed, "ww.r", Budget::NONE);
    }
}

/// How many states there are, with one reduction after the other.
#[test]
fn each_reduction_saves_what_it_is_said_to() {
    let states = |reductions| {
        let setup = Setup {
            reductions,
            ..Setup::default()
        };
        let report = Listed::Majority.with(Explore("w.rr", setup));
        assert!(report.is_exhaustive() && report.meets(Model::Atomic));
        report.states
    };
    let moot = Reductions {
        at_once: false,
        symmetry: false,
        ..Reductions::ALL
    };
    let at_once = Reductions {
        symmetry: false,
        ..Reductions::ALL
    };
    assert_eq!(
        [moot, at_once, Reductions::ALL].map(states),
        [9_742, 706, 225]
    );
}

/// The two figures of the same model that others count: Attiya, Bar-Noy and Dolev's protocol with 3 replicas, 1 write and 2
/// reads, with and without the arrival of answers that nobody awaits.
#[test]
#[ignore = "takes a minute: cargo test --release -p replicas --test reductions -- --ignored"]
fn nothing_is_lost_without_reductions() {
    let states = |unawaited| {
        let reductions = Reductions {
            unawaited,
            ..Reductions::NONE
        };
        let setup = Setup {
            reductions,
            ..Setup::default()
        };
        let report = Listed::Majority.with(Explore("w.rr", setup));
        assert!(report.is_exhaustive() && report.meets(Model::Atomic));
        report.states
    };
    assert_eq!([true, false].map(states), [269_518, 2_889_070]);
}

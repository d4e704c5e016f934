//! What is played is what was explored: as many states and executions, and the same classes broken.

use histories::Model;
use registers::scenario::Scenario;
use replicas::catalogue::{Listed, Use};
use replicas::every::{Reductions, Setup, Unplayable, explore, scene};
use replicas::exhibits::Exhibit;
use replicas::machine::Explorable;

/// Compares a scene with an exploration in which replicas keep their names, and with the usual one.
struct Compare<'a>(&'a Scenario, Setup);

impl Use for Compare<'_> {
    type Output = ();

    fn of<P: Explorable>(self, protocol: &P) {
        let Self(scenario, setup) = self;
        let what = format!("{} in {}", protocol.name(), scenario.name());
        let scene = scene(protocol, scenario, &setup).expect(&what);
        let whole = Setup {
            until: None,
            ..setup
        };
        let named = Setup {
            reductions: Reductions {
                symmetry: false,
                ..Reductions::ALL
            },
            ..whole
        };
        let named = explore(protocol, scenario, &named).expect(&what);
        assert_eq!(scene.states.len() as u64, named.states, "{what}");
        assert_eq!(scene.executions, named.executions, "{what}");
        let usual = explore(protocol, scenario, &whole).expect(&what);
        for model in Model::CLASSES {
            let mut violations = scene.pasts.iter().flat_map(|past| &past.violations);
            let is_broken = violations.any(|it| it.model == model);
            assert_eq!(is_broken, !usual.meets(model), "{what}: {model}");
        }
        // Each state has one way that is new, and links to it count on that.
        let mut newest = 0;
        for &(_, target) in scene.states.iter().flat_map(|it| &it.edges) {
            assert!(target <= newest + 1, "{what}");
            newest = newest.max(target);
        }
    }
}

#[test]
fn every_protocol_is_played_as_it_is_explored() {
    for protocol in Listed::ALL {
        for name in ["w.r", "w.rr"] {
            if (*protocol, name) == (Listed::Consensus, "w.rr") {
                continue;
            }
            let scenario = name.parse().expect("it is a scenario");
            protocol.with(Compare(&scenario, Setup::default()));
        }
    }
}

#[test]
fn exhibits_are_played_with_what_goes_wrong_in_them() {
    for exhibit in [
        Exhibit::NoDisk,
        Exhibit::StaleLeader,
        Exhibit::RepeatedRequest,
        Exhibit::TwoOfFive,
    ] {
        let scenario = exhibit.scenario().parse().expect("it is a scenario");
        exhibit.with(Compare(&scenario, exhibit.setup()));
    }
}

#[test]
fn other_registers_and_swaps_are_not_played() {
    struct Played(Scenario);
    impl Use for Played {
        type Output = Option<Unplayable>;

        fn of<P: Explorable>(self, protocol: &P) -> Self::Output {
            scene(protocol, &self.0, &Setup::default()).err()
        }
    }
    let scenario = Exhibit::TwoRegisters
        .scenario()
        .parse()
        .expect("it is a scenario");
    assert_eq!(
        Exhibit::TwoRegisters.with(Played(scenario)),
        Some(Unplayable::Operations)
    );
}

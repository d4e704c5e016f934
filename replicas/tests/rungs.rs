//! Which rung each protocol has, by every execution of small scenarios.

use histories::Model::{
    self, Atomic, MonotonicReads, Safe, Sequential, StrongRegular, WritesFollowReads,
};
use replicas::catalogue::Listed;
use replicas::every::{Budget, Setup, strongest};

mod common;

use common::{Explore, scenarios};

/// The strongest models that a protocol meets, and how many states its scenarios have together.
const RUNGS: [(Listed, &[Model], u64); 22] = [
    (Listed::Striped, &[Safe], 7_191),
    (Listed::Roaming, &[WritesFollowReads], 8_550),
    (Listed::PrimaryAnywhere, &[WritesFollowReads], 11_474),
    (
        Listed::PrimaryNearest,
        &[MonotonicReads, WritesFollowReads],
        10_990,
    ),
    (
        Listed::MajorityAckNearest,
        &[MonotonicReads, WritesFollowReads],
        12_589,
    ),
    (Listed::Sloppy, &[WritesFollowReads], 6_711),
    (Listed::Sticky, &[Sequential], 9_140),
    (Listed::PrimaryToken, &[Sequential], 10_245),
    (Listed::AllAckAnywhere, &[StrongRegular], 11_385),
    (Listed::AllAckNearest, &[StrongRegular, Sequential], 10_700),
    (Listed::ReadOneWriteAll, &[StrongRegular], 1_854),
    (Listed::NoWriteBack, &[StrongRegular], 8_184),
    (Listed::SingleCopy, &[Atomic], 1_551),
    (Listed::Primary, &[Atomic], 9_040),
    (Listed::MajorityAck, &[Atomic], 12_596),
    (Listed::Chain, &[Atomic], 2_855),
    (Listed::Majority, &[Atomic], 17_960),
    (Listed::Agreed, &[Atomic], 18_465),
    (Listed::Many, &[Atomic], 45_568),
    (Listed::ManyAgreed, &[Atomic], 47_714),
    (Listed::Leader, &[Atomic], 34_977),
    (Listed::Lease, &[Atomic], 0),
];

#[test]
fn each_protocol_has_its_rung_and_no_higher_one() {
    for (listed, expected, states) in RUNGS {
        let mut broken = Vec::new();
        let mut visited = 0;
        for scenario in scenarios(listed) {
            let report = listed.with(Explore(scenario, Setup::default()));
            assert!(
                report.is_exhaustive(),
                "{} in {scenario}: {:?}",
                listed.name(),
                report.coverage
            );
            visited += report.states;
            broken.extend(report.broken.iter().map(|witness| witness.model));
        }
        let met = strongest(|model| !broken.contains(&model));
        assert_eq!(met, expected, "{}", listed.name());
        if states > 0 {
            assert_eq!(visited, states, "{}", listed.name());
        }
        // What it claims is one of these, or implied by them.
        let claims = listed.claims().model;
        assert!(
            met.iter().any(|met| met.implies(claims)),
            "{}",
            listed.name()
        );
    }
}

#[test]
fn consensus_is_atomic() {
    for scenario in ["w.rr", "wr.rr", "w.w.r", "c.c.r"] {
        let report = Listed::Consensus.with(Explore(scenario, Setup::default()));
        assert!(report.is_exhaustive() && report.meets(Atomic), "{scenario}");
    }
}

/// Compare-and-swap, by all that offer it: at most one of two swaps of 0 succeeds.
#[test]
fn of_two_swaps_of_the_same_value_one_succeeds() {
    for &listed in Listed::ALL.iter().filter(|it| it.claims().swaps) {
        let report = listed.with(Explore("c0>1.c0>2", Setup::default()));
        assert!(
            report.is_exhaustive() && report.meets(Atomic),
            "{}",
            listed.name()
        );
        let both = report.histories.iter().filter(|(history, _)| {
            let swapped = history
                .operations()
                .iter()
                .filter(|op| op.written().is_some());
            swapped.filter(|op| !op.is_pending()).count() == 2
        });
        assert_eq!(both.count(), 0, "{}", listed.name());
    }
}

/// Whatever fault the protocol is made for leaves it atomic, within the budget.
#[test]
fn what_goes_wrong_within_the_budget_leaves_them_atomic() {
    let duplicate = Budget {
        duplicates: 1,
        ..Budget::NONE
    };
    let resend = Budget {
        resends: 1,
        ..Budget::NONE
    };
    let suspicion = Budget {
        suspicions: 1,
        ..Budget::NONE
    };
    let all = [
        Listed::SingleCopy,
        Listed::Primary,
        Listed::Chain,
        Listed::Majority,
        Listed::Agreed,
        Listed::Many,
        Listed::Leader,
    ];
    let mut cases: Vec<(Listed, &str, Budget)> = Vec::new();
    for listed in all {
        cases.push((listed, "ww.rr", duplicate));
        cases.push((listed, "ww.rr", resend));
    }
    cases.push((Listed::Leader, "w.rr", suspicion));
    cases.push((Listed::Consensus, "w.r", duplicate));
    cases.push((Listed::Consensus, "w.r", resend));
    for (listed, scenario, budget) in cases {
        let setup = Setup {
            budget,
            ..Setup::default()
        };
        let report = listed.with(Explore(scenario, setup));
        let name = listed.name();
        assert!(
            report.is_exhaustive(),
            "{name}, {scenario}, {budget}: {:?}",
            report.coverage
        );
        assert!(report.meets(Atomic), "{name}, {scenario}, {budget}");
    }
}

/// One register is sequential at the nearest replica, and so is another one, and both together are not.
#[test]
fn sequential_on_each_register_and_not_on_both() {
    let alone = Listed::Sticky.with(Explore("wr.wr", Setup::default()));
    assert!(alone.is_exhaustive() && alone.meets(Sequential));
    let both = Listed::Sticky.with(Explore("w:x r:y.w:y r:x", Setup::default()));
    assert!(both.is_exhaustive() && !both.meets(Sequential));
}

/// What the note's timeline takes, also on more replicas.
#[test]
fn the_note_is_explored_on_any_number_of_replicas() {
    let states = [1, 2, 3, 4, 5].map(|replicas| {
        let setup = Setup {
            replicas,
            ..Setup::default()
        };
        let report = Listed::Majority.with(Explore("note", setup));
        assert!(report.is_exhaustive() && report.meets(Atomic), "{replicas}");
        report.states
    });
    assert_eq!(states, [113, 476, 831, 2_773, 4_025]);
}

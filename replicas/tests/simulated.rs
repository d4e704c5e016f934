//! Virtual time: atomic protocols stay atomic, seeds repeat, and nothing is shown that no execution may show.

use std::collections::HashMap;

use histories::{History, Model, check};
use registers::Arity;
use replicas::catalogue::{Listed, Use};
use replicas::machine::{Explorable, Node};
use replicas::simulated::{
    Conditions, Cut, MS, Run, S, Stop, Workload, anomalies, percentile, simulate,
};

mod common;

use common::{histories_of, is_allowed, lanes};

struct Simulate<'a>(&'a Conditions, Workload, u64);

impl Use for Simulate<'_> {
    type Output = Run;

    fn of<P: Explorable>(self, protocol: &P) -> Run {
        simulate(protocol, 3, self.0, &self.1, self.2)
    }
}

fn writers(listed: Listed) -> u8 {
    match listed.claims().writers {
        Arity::One => 1,
        Arity::Many => 3,
    }
}

/// Loss, duplicates, a cut, a replica that stops and comes back, clocks that are a little wrong.
fn hard(seed: u64) -> Conditions {
    let away = Node((seed % 3) as u8);
    Conditions {
        loss: 0.05,
        duplicates: 0.05,
        cuts: vec![Cut {
            from: 100 * MS,
            until: 400 * MS,
            away: vec![away, Node(away.0 + 3)],
        }],
        stops: vec![Stop {
            node: Node((seed / 3 % 3) as u8),
            from: 600 * MS,
            until: Some(800 * MS),
        }],
        clocks: vec![1.0, 1.05, 0.97],
        ..Conditions::local()
    }
}

fn workload(writers: u8) -> Workload {
    Workload {
        think: 5 * MS,
        deadline: 200 * MS,
        duration: S,
        reads: if writers == 1 { 0.2 } else { 0.5 },
        ..Workload::steady(3, writers)
    }
}

fn assert_atomic(name: &str, seed: u64, run: &Run) {
    let verdict = check(Model::Atomic, &run.history());
    let broken = verdict.violation().map(|violation| &violation.sentence);
    assert!(verdict.holds(), "{name}, seed {seed}: {broken:?}");
    let done = run.operations.iter().filter(|it| it.is_done()).count();
    assert!(
        done > 50,
        "{name}, seed {seed}: only {done} operations were done"
    );
}

#[test]
fn atomic_protocols_stay_atomic_whatever_the_network_does() {
    let atomic = |it: &&Listed| it.claims().model == Model::Atomic;
    for seed in 0..200 {
        let conditions = hard(seed);
        for &listed in Listed::ALL.iter().filter(atomic) {
            let run = listed.with(Simulate(&conditions, workload(writers(listed)), seed));
            assert_atomic(&listed.name(), seed, &run);
        }
    }
}

#[test]
fn a_seed_repeats_a_run_to_the_last_event() {
    let digest = |listed: Listed, seed| {
        let run = listed.with(Simulate(&hard(1), workload(writers(listed)), seed));
        let operations: Vec<_> = run
            .operations
            .iter()
            .map(|it| (it.began, it.ended))
            .collect();
        (run.digest, run.events, run.messages, operations)
    };
    for &listed in Listed::ALL {
        assert_eq!(digest(listed, 5), digest(listed, 5), "{}", listed.name());
        assert_ne!(
            digest(listed, 5).0,
            digest(listed, 6).0,
            "{}",
            listed.name()
        );
    }
    // Pinned: another value means that earlier seeds no longer show what they have shown.
    let majority = Listed::Majority.with(Simulate(&hard(1), workload(1), 5));
    assert_eq!(format!("{:016x}", majority.digest), "d6b37fb8401acc62");
}

#[test]
fn what_a_run_shows_every_execution_may_show() {
    let costly = [Listed::Consensus, Listed::Leader, Listed::Lease];
    for &listed in Listed::ALL.iter().filter(|it| !costly.contains(it)) {
        let mut explored: HashMap<String, Vec<(History, f64)>> = HashMap::new();
        let mut compared = 0;
        for seed in 0..60 {
            let workload = Workload {
                operations: 4,
                reads: 0.3,
                think: 300,
                ..Workload::steady(3, 1)
            };
            let conditions = Conditions {
                jitter: 2_000,
                ..Conditions::local()
            };
            let run = listed.with(Simulate(&conditions, workload, seed));
            let Some((scenario, history)) = lanes(&run.history()) else {
                continue;
            };
            let all = explored
                .entry(scenario.clone())
                .or_insert_with(|| histories_of(listed, &scenario));
            compared += 1;
            assert!(
                is_allowed(&history, all),
                "{}, seed {seed}, {scenario}:\n{}",
                listed.name(),
                histories::Timeline::from(history)
            );
        }
        assert!(
            compared >= 10,
            "{}: only {compared} runs could be compared",
            listed.name()
        );
    }
}

#[test]
fn runs_show_what_weak_protocols_let_through_and_rarely() {
    let shown = |listed: Listed| {
        let conditions = Conditions::local();
        let runs = (0..20).map(|seed| {
            let workload = Workload {
                operations: 3_000,
                ..Workload::steady(3, 1)
            };
            anomalies(&listed.with(Simulate(&conditions, workload, seed)).history())
        });
        runs.fold((0, 0, 0), |all, it| {
            (all.0 + it.stale, all.1 + it.inverted, all.2 + it.torn)
        })
    };
    assert!(shown(Listed::Striped).2 > 0);
    assert!(shown(Listed::Sticky).0 > 0);
    let (stale, inverted, torn) = shown(Listed::NoWriteBack);
    assert!(
        stale == 0 && torn == 0 && (1..60).contains(&inverted),
        "{inverted}"
    );
    assert_eq!(shown(Listed::Majority), (0, 0, 0));
}

#[test]
fn latency_is_what_the_messages_take() {
    let conditions = Conditions {
        jitter: 0,
        ..Conditions::local()
    };
    for (listed, round_trips) in [
        (Listed::SingleCopy, 1),
        (Listed::NoWriteBack, 1),
        (Listed::Many, 2),
        (Listed::Consensus, 2),
        // There, along the chain, and back.
        (Listed::Chain, 2),
    ] {
        let workload = Workload {
            operations: 50,
            reads: 0.0,
            ..Workload::steady(1, 1)
        };
        let run = listed.with(Simulate(&conditions, workload, 1));
        let latency = percentile(&run.latencies(|_| true), 0.5);
        assert_eq!(latency, Some(round_trips * 600), "{}", listed.name());
    }
}

#[test]
#[ignore = "takes seconds: time cargo test --release -p replicas --test simulated -- --ignored"]
fn a_million_operations_of_abd_are_atomic() {
    let workload = Workload {
        operations: 1_000_000,
        ..Workload::steady(3, 1)
    };
    let run = Listed::Majority.with(Simulate(&Conditions::local(), workload, 1));
    assert_eq!(run.operations.len(), 1_000_000);
    assert!(check(Model::Atomic, &run.history()).holds());
}

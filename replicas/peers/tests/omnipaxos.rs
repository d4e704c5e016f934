//! The log stays atomic, whatever the network does, and takes its place in the experiments.

use std::process::Command;
use std::time::Duration;

use histories::record::Ended;
use histories::{Model, check};
use replicas::machine::{Answer, Cluster, Node, Request};
use replicas::simulated::{Conditions, Cut, MS, S, Stop, Workload, simulate};
use replicas::sockets::{Running, TIMING};
use replicas_peers::OmniPaxos;

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

#[test]
fn it_stays_atomic_whatever_the_network_does() {
    let workload = Workload {
        think: 5 * MS,
        deadline: 200 * MS,
        duration: S,
        reads: 0.5,
        ..Workload::steady(3, 3)
    };
    for seed in 0..200 {
        let run = simulate(&OmniPaxos, 3, &hard(seed), &workload, seed);
        let verdict = check(Model::Atomic, &run.history());
        let broken = verdict.violation().map(|violation| &violation.sentence);
        assert!(verdict.holds(), "seed {seed}: {broken:?}");
        let done = run.operations.iter().filter(|it| it.is_done()).count();
        assert!(done > 50, "seed {seed}: only {done} operations were done");
    }
}

#[test]
fn it_serves_over_sockets() {
    const PATIENCE: Duration = Duration::from_secs(60);
    let cluster = Cluster {
        replicas: 3,
        clients: 2,
    };
    let running = Running::on_threads(&OmniPaxos, cluster, TIMING, false);
    let running = running.expect("there are sockets on this machine");
    let [mut first, mut second] = [0, 1].map(|client| running.session(&OmniPaxos, client));
    for value in 1..=5_u64 {
        let wrote = first.perform(Request::Write(value.into()), PATIENCE);
        assert_eq!(wrote, Ended::Done(Answer::Wrote));
        let read = second.perform(Request::Read, PATIENCE);
        assert_eq!(read, Ended::Done(Answer::Read(value.into())));
    }
}

#[test]
fn cut_off_it_refuses() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_replicas-peers"));
    let output = command.args(["cap", "--width", "200"]).output();
    let output = output.expect("the program starts");
    let printed = String::from_utf8(output.stdout).expect("programs print UTF-8");
    let row = printed.lines().find(|line| line.contains("omnipaxos"));
    let row = row.unwrap_or_else(|| panic!("it takes part:\n{printed}"));
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(cells[..4], ["omnipaxos", "C", "0.0", "%"], "{row}");
    assert!(row.ends_with("atomic          not explored"), "{row}");
}

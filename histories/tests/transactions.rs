//! Levels of isolation: each anomaly by its textbook history, and every verdict against the oracle.

#[path = "transacted/mod.rs"]
mod transacted;

use histories::check::Budget;
use histories::transactions::{
    Access, Level, Options, Outcome, Transaction, Transactions, Verdict, check, naive,
};
use histories::{Interval, Value};
use transacted::{Random, options, small};

/// A history as text, a transaction a line: its process, its instants, and what it did, as `1 0..5 rx0 wx1`. Before it
/// `!` stands for aborted and `?` for unknown. Everything is 0 at first.
fn history(text: &str) -> Transactions {
    let transaction = |line: &str| {
        let (outcome, line) = match line.split_at(1) {
            ("!", rest) => (Outcome::Aborted, rest),
            ("?", rest) => (Outcome::Unknown, rest),
            _ => (Outcome::Committed, line),
        };
        let mut words = line.split_whitespace();
        let process = words.next().unwrap().parse().unwrap();
        let (invoked, completed) = words.next().unwrap().split_once("..").unwrap();
        let accesses = words.map(|word| {
            let register = "xyz".find(&word[1..2]).unwrap() as u32;
            let value: Value = word[2..].parse().unwrap();
            match &word[..1] {
                "r" => Access::Read(register, Some(value)),
                _ => Access::Write(register, value),
            }
        });
        Transaction {
            process,
            accesses: accesses.collect(),
            outcome,
            interval: Interval {
                invoked: invoked.parse().unwrap(),
                completed: completed.parse().ok(),
            },
        }
    };
    let all = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let names = ["x", "y", "z"].map(str::to_owned).to_vec();
    Transactions::new(0, names, all.map(transaction).collect()).unwrap()
}

/// The anomaly, the history, the weakest level that forbids it, and how that is shown.
const TEXTBOOK: &[(&str, &str, Level, &str)] = &[
    (
        "aborted read (G1a)",
        "!1 0..5 wx1\n 2 1..6 rx1",
        Level::ReadCommitted,
        "",
    ),
    (
        "intermediate read (G1b)",
        "1 0..5 wx1 wx2\n 2 1..6 rx1",
        Level::ReadCommitted,
        "",
    ),
    (
        "value never written",
        "1 0..5 rx7",
        Level::ReadCommitted,
        "",
    ),
    (
        "internal inconsistency",
        "1 0..5 wx1 rx0",
        Level::ReadCommitted,
        "",
    ),
    (
        "circular information flow (G1c)",
        "1 0..5 wx1 ry1\n 2 1..6 wy1 rx1",
        Level::ReadCommitted,
        "T0 --wr x--> T1 --wr y--> T0",
    ),
    (
        "dirty write (G0)",
        "1 0..5 wx1 wy1\n 2 1..6 wx2 wy2\n 3 7..8 rx1 ry2\n 4 9..10 ry2 rx1",
        Level::MonotonicAtomicView,
        "T0 --ww y--> T1 --ww x--> T0",
    ),
    (
        "fractured read (G-single)",
        "1 0..5 wx1 wy1\n 2 1..6 rx1 ry0",
        Level::MonotonicAtomicView,
        "T0 --wr x--> T1 --rw y--> T0",
    ),
    (
        "fractured read (G-single)",
        "1 0..5 wx1 wy1\n 2 1..6 ry0 rx1",
        Level::ReadAtomic,
        "T0 --wr x--> T1 --rw y--> T0",
    ),
    (
        "lost update",
        "1 0..5 rx0 wx1\n 2 1..6 rx0 wx2",
        Level::SnapshotIsolation,
        "T0 --rw x--> T1 --ww x--> T0",
    ),
    (
        "read skew (G-single)",
        "1 0..5 wx1\n 2 6..7 rx1 wy1\n 3 1..8 rx0 ry1",
        Level::SnapshotIsolation,
        "T0 --wr x--> T2 --wr y--> T1 --rw x--> T0",
    ),
    (
        "long fork (G2-item)",
        "1 0..5 wx1\n 2 1..6 wy1\n 3 2..7 rx1 ry0\n 4 3..8 rx0 ry1",
        Level::SnapshotIsolation,
        "T0 --wr x--> T2 --rw y--> T1 --wr y--> T3 --rw x--> T0",
    ),
    (
        "write skew (G2-item)",
        "1 0..5 rx0 wy1\n 2 1..6 ry0 wx1",
        Level::Serializable,
        "T0 --rw x--> T1 --rw y--> T0",
    ),
    (
        "anti-dependency cycle (G2-item)",
        "1 0..5 rx0 wy1\n 2 1..6 ry0 wz1\n 3 2..7 rz0 wx1",
        Level::Serializable,
        "T0 --rw x--> T2 --rw z--> T1 --rw y--> T0",
    ),
    (
        "read skew (G-single), in real time",
        "1 0..1 wx1\n 2 2..3 rx0",
        Level::StrictSerializable,
        "T0 --time--> T1 --rw x--> T0",
    ),
];

#[test]
fn textbook_anomalies_are_named_and_drawn() {
    for &(name, text, weakest, drawn) in TEXTBOOK {
        let history = history(text);
        for level in Level::ALL {
            let verdict = check(level, &history, &Options::default());
            let context = format!("{name} at {level}: {verdict:?}");
            assert_eq!(verdict.meets(), Some(level < weakest), "{context}");
            assert_eq!(
                naive::meets(level, &history, &Options::default()),
                level < weakest,
                "{context}"
            );
            if level == weakest {
                let violation = verdict.violation().unwrap();
                assert_eq!(violation.name(), name, "{context}");
                assert_eq!(violation.drawn(&history), drawn, "{context}");
                assert_ne!(violation.confirmed, Some(false), "{context}");
            }
        }
    }
}

#[test]
fn sessions_count_where_they_are_asked_for() {
    let stale = history("1 0..1 wx1\n 1 2..3 rx0");
    let sessions = Options {
        sessions: true,
        ..Options::default()
    };
    for level in Level::ALL {
        let is_met = check(level, &stale, &Options::default()).meets();
        assert_eq!(is_met, Some(level < Level::StrictSerializable), "{level}");
        let is_met = check(level, &stale, &sessions).meets();
        assert_eq!(is_met, Some(level < Level::ReadAtomic), "{level}");
    }
}

#[test]
fn who_has_been_read_from_has_committed() {
    let read = history("?1 0.. wx1 wy1\n 2 2..3 rx1\n 3 4..5 ry0");
    let met = |level| check(level, &read, &Options::default()).meets();
    assert_eq!(met(Level::Serializable), Some(true));
    assert_eq!(met(Level::StrictSerializable), Some(false));
    let unread = history("?1 0.. wx1 wy1\n 2 2..3 rx0\n 3 4..5 ry0");
    assert_eq!(
        check(Level::StrictSerializable, &unread, &Options::default()),
        Verdict::Meets
    );
}

#[test]
fn verdicts_are_those_of_the_oracle() {
    let mut broken = 0;
    for case in 0..4_000 {
        let mut random = Random::new(case);
        let (history, options) = (small(4, &mut random), options(&mut random));
        for level in Level::ALL {
            let verdict = check(level, &history, &options);
            let expected = naive::meets(level, &history, &options);
            assert_eq!(
                verdict.meets(),
                Some(expected),
                "case {case}: {level}: {history:?}"
            );
            let confirmed = verdict.violation().and_then(|it| it.confirmed);
            assert_ne!(confirmed, Some(false), "case {case}: {level}: {verdict:?}");
            broken += u32::from(!expected);
        }
    }
    assert!(broken > 1_000, "only {broken} were broken");
}

/// What each transaction of a store that runs them one by one does, so many at a time.
fn stored(count: u64, registers: u64) -> Transactions {
    let mut random = Random::new(count);
    let mut store = vec![0_u64; registers as usize];
    let mut all = Vec::new();
    for at in 0..count {
        let mut accesses = Vec::new();
        for nth in 0..1 + random.below(4) {
            let register = random.below(registers) as u32;
            let holds = &mut store[register as usize];
            if random.below(2) == 0 {
                accesses.push(Access::Read(register, Some((*holds).into())));
            } else {
                *holds = 1 + 8 * at + nth;
                accesses.push(Access::Write(register, (*holds).into()));
            }
        }
        let begin = (10 * at).saturating_sub(random.below(60));
        all.push(Transaction {
            process: at as u32,
            accesses,
            outcome: Outcome::Committed,
            interval: (begin..=10 * at + random.below(60)).into(),
        });
    }
    let names = (0..registers).map(|at| at.to_string()).collect();
    Transactions::new(0, names, all).unwrap()
}

#[test]
fn what_runs_one_by_one_is_serializable_and_one_fault_is_found() {
    let good = stored(400, 10);
    for level in Level::ALL {
        assert_eq!(
            check(level, &good, &Options::default()),
            Verdict::Meets,
            "{level}"
        );
    }
    // Somebody reads what was overwritten long before.
    let mut all = good.all().to_vec();
    let read = |it: &Access| matches!(it, Access::Read(3, Some(_)));
    let late = (300..400)
        .find(|&at| all[at].accesses.iter().any(read) && all[at].accesses.len() > 1)
        .unwrap();
    let at = all[late].accesses.iter().position(read).unwrap();
    all[late].accesses[at] = Access::Read(3, Some(0.into()));
    let bad = Transactions::new(0, good.names().to_vec(), all).unwrap();
    let verdict = check(Level::StrictSerializable, &bad, &Options::default());
    let violation = verdict.violation().expect("it is broken");
    assert!(violation.transactions.len() <= 3, "{violation:?}");
    assert_eq!(violation.confirmed, Some(true));
}

#[test]
fn a_search_that_is_cut_off_says_so() {
    let options = Options {
        budget: Budget::of_states(10),
        ..Options::default()
    };
    let verdict = check(Level::SnapshotIsolation, &stored(400, 10), &options);
    assert_eq!(verdict.meets(), None);
    let Verdict::Unknown(undecided) = verdict else {
        panic!("it is not known");
    };
    assert!(
        !undecided.saturated && undecided.states > 10,
        "{undecided:?}"
    );
}

//! The atomic snapshot in every execution: each scan returns of each component what it held at one instant; and not
//! without a second collect, without views, or on registers that are atomic each by itself.

#[path = "support/side_by_side.rs"]
mod side_by_side;
mod twins {
    pub(crate) mod part;
    pub(crate) mod snapshots;
}

use std::collections::BTreeSet;

use histories::{Action, History, Operation, Timeline};
use interleavings::litmus::{self, Thread};
use interleavings::{
    Atlas, Change, Coverage, Limits, MemoryModel, Mutation, Variant, Verified, verify,
};
use registers::atomic::{OneWord, Snapshot};
use registers::memory::Ordering::{Acquire, Release, SeqCst};
use registers::memory::Within;
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::{Construction, Read, Sizes, Write};

use crate::side_by_side::side_by_side;
use crate::twins::snapshots::{CollectsOnce, StoresRelease, WithoutViews};

/// The oracle for snapshots: whether some order of the operations keeps their precedence, so that in it every scan
/// returns of each component what its writer wrote last. Every order is tried.
fn is_a_snapshot(history: &History) -> bool {
    fn extend(history: &History, left: &[usize], components: &[u64]) -> bool {
        left.is_empty()
            || left.iter().enumerate().any(|(position, &next)| {
                if left.iter().any(|&other| history.precedes(other, next)) {
                    return false;
                }
                let rest = [&left[..position], &left[position + 1..]].concat();
                let operation = &history.operations()[next];
                let mut components = components.to_vec();
                match &operation.action {
                    Action::Write(value) => {
                        let writers = history.writers();
                        let mut writers = writers.iter();
                        let mine = writers.position(|&it| it == operation.process);
                        let mine = mine.expect("it writes");
                        components[mine] = value.word(mine).expect("it has a component");
                        extend(history, &rest, &components)
                    }
                    Action::Read(Some(value)) => {
                        let mut all = components.iter().enumerate();
                        all.all(|(at, &component)| value.word(at) == Some(component))
                            && extend(history, &rest, &components)
                    }
                    Action::Read(None) => extend(history, &rest, &components),
                    Action::CompareAndSwap { .. } => unreachable!("nobody swaps here"),
                }
            })
    }
    let all: Vec<usize> = (0..history.operations().len()).collect();
    let initial = history.initial().word(0).expect("it is a number");
    extend(history, &all, &vec![initial; history.writers().len()])
}

#[test]
fn the_oracle_for_snapshots_tells_them_apart() {
    let judged = |picture: &str| {
        let timeline: Timeline = picture.parse().expect("it is a timeline");
        is_a_snapshot(&timeline.history)
    };
    // Each writer writes its own component.
    assert!(judged(
        "init: 0\nT1: ww(1)\nT2:     ww(2)\nT3:         rr(1|2)\n"
    ));
    assert!(!judged(
        "init: 0\nT1: ww(1)\nT2:     ww(2)\nT3:         rr(2|2)\n"
    ));
    // The second component was not written before the first.
    assert!(!judged(
        "init: 0\nT1: ww(1)\nT2:     ww(2)\nT3: rrrrrrrrr(0|2)\n"
    ));
    assert!(judged(
        "init: 0\nT1: wwwww(1)\nT2:     ww(2)\nT3: rrrrrrrrr(0|2)\n"
    ));
    // Two scans disagree on which was first.
    let scan = "init: 0\nT1: ww(1)\nT2: ww(2)\nT3: rr(0|2)\n";
    assert!(judged(scan) && !judged(&format!("{scan}T4: rr(1|0)\n")));
}

#[test]
fn a_snapshot_is_no_register_of_several_words() {
    // Two writes in order, each of its own component: no read of a register would return a mix of them.
    let operations = [
        Operation::write(1, 1, 0..=1),
        Operation::write(2, 2, 2..=3),
        Operation::read(3, [1, 2], 4..=5),
    ];
    let history = History::new(0, operations).expect("they are in order");
    assert!(is_a_snapshot(&history));
    assert_eq!(histories::check::strongest(&history), None);
}

fn explored(
    subject: &Subject,
    scenario: &str,
    memory: MemoryModel,
    mutation: Option<Mutation>,
) -> Verified {
    let scenario: Scenario = scenario.parse().expect("it is a scenario");
    let variant = Variant {
        mutation,
        ..Variant::default()
    };
    let verified = verify(
        subject,
        &scenario,
        memory,
        variant,
        &Limits::default(),
        |_| {},
    );
    let verified = verified.expect("it fits");
    assert_eq!(
        verified.coverage,
        Coverage::Exhaustive,
        "{}",
        scenario.name()
    );
    verified
}

/// The histories that are no snapshots, drawn.
fn bad(verified: &Verified) -> Vec<&str> {
    let bad = verified.histories.iter().filter(|it| !is_a_snapshot(it.1));
    bad.map(|(drawn, _)| drawn.as_str()).collect()
}

/// A snapshot in a scenario.
struct Row {
    subject: Subject,
    scenario: &'static str,
    /// On sequentially consistent memory, on x86, and on weak memory.
    states: [u64; 3],
    /// Of those that differ only in which of several like readers is which, one.
    histories: usize,
    /// Those that are no snapshots, drawn: the same on all memories.
    bad: &'static [&'static str],
}

#[test]
fn a_snapshot_is_one_in_every_execution_and_not_without_a_step() {
    let original = Subject::of::<Snapshot<OneWord>, 2>();
    let of_three = Subject::of::<Snapshot<OneWord>, 3>();
    let of_one_collect = Subject::of::<CollectsOnce<OneWord>, 2>();
    let without_views = Subject::of::<Snapshot<WithoutViews<OneWord>>, 2>();
    let row = |subject, scenario, states, histories, bad| Row {
        subject,
        scenario,
        states,
        histories,
        bad,
    };
    let one_collect_mixes: &[&str] = &["\
init: 0
Thread 1:  wwwww(1)
Thread 2:       wwwww(2)
Thread 3:  rrrrrrrrrr(0|2)
"];
    let a_scan_takes_what_is_out_of_date: &[&str] = &["\
init: 0
Thread 1:  wwwww(1)  wwwww(2)  wwwww(3)
Thread 2:            rrrrrrrrrrrrrrr(0)
"];
    let rows = [
        row(original, "w.w.rr", [7_383, 7_383, 7_387], 174, &[]),
        row(
            original,
            "w1w3.w2w4.r",
            [146_837, 146_837, 151_761],
            844,
            &[],
        ),
        row(original, "w1w3.r.r", [3_496, 3_496, 3_512], 92, &[]),
        row(original, "w.w.r.r", [22_148, 22_148, 22_171], 337, &[]),
        row(original, "www.r", [588; 3], 20, &[]),
        row(of_three, "w.w.w.r", [181_463, 181_463, 181_668], 490, &[]),
        row(of_one_collect, "w.w.r", [175; 3], 35, one_collect_mixes),
        // Two writes may pass a scan unharmed: it takes over the view of before them all, which is that of its
        // beginning.
        row(without_views, "ww.r", [221; 3], 10, &[]),
        row(
            without_views,
            "www.r",
            [589; 3],
            21,
            a_scan_takes_what_is_out_of_date,
        ),
    ];
    side_by_side(&rows, |row| {
        let found = MemoryModel::ALL.map(|it| explored(&row.subject, row.scenario, it, None));
        let what = format!("{} in {}", row.subject.claims().name, row.scenario);
        assert_eq!(found.each_ref().map(|it| it.states), row.states, "{what}");
        for found in found {
            assert_eq!(found.histories.len(), row.histories, "{what}");
            assert_eq!(bad(&found), row.bad, "{what}");
        }
    });
}

#[test]
fn scans_agree_only_if_their_loads_have_one_time() {
    let subject = Subject::of::<Snapshot<OneWord>, 2>();
    let original = explored(&subject, "w.w.r.r", MemoryModel::Weak, None);
    let mutations = original.exercised.weakened();
    let changes = mutations.iter().map(|it| (it.name, it.change));
    let from = SeqCst;
    let [acquire, release] = [Acquire, Release].map(|to| Change::Order { from, to: Some(to) });
    assert!(changes.eq([("store", release), ("load", acquire)]));
    for mutation in mutations {
        let found = MemoryModel::ALL.map(|it| explored(&subject, "w.w.r.r", it, Some(mutation)));
        let [sc, x86, weak] = found.each_ref().map(bad);
        assert!(sc.is_empty() && x86.is_empty(), "{mutation}");
        if mutation.name == "store" {
            // That both loads are SeqCst is enough: their order is that of the coherence of each word.
            assert!(weak.is_empty());
            continue;
        }
        // One scan sees the one write and not the other, and the other scan the other and not the one.
        let disagree = |first, second| {
            format!(
                "\
init: 0
Thread 1:  wwwww(1)
Thread 2:  wwwww(2)
Thread 3:  rrrrr({first})
Thread 4:  rrrrr({second})
"
            )
        };
        let either = [disagree("1|0", "0|2"), disagree("0|2", "1|0")];
        let is_shown = either.iter().any(|it| weak.contains(&it.as_str()));
        assert!(is_shown, "{weak:?}");
    }
}

/// What two processes return together that each update their component and then scan, on registers `R`.
fn update_and_scan<R: Construction<Within<Atlas>, 1>>(memory: MemoryModel) -> BTreeSet<Vec<u64>> {
    let program = |memory: &Atlas| -> Vec<Thread> {
        let sizes = Sizes {
            writers: 2,
            readers: 2,
        };
        let (writers, readers) =
            <Snapshot<R> as Construction<Atlas, 2>>::build(memory, [0; 2], sizes);
        let thread = |(mut writer, mut reader): (_, _)| {
            Box::new(move || {
                Write::<2>::write(&mut writer, [1; 2]);
                let [first, second] = Read::<2>::read(&mut reader);
                10 * first + second
            }) as Thread
        };
        writers.into_iter().zip(readers).map(thread).collect()
    };
    litmus::outcomes(memory, program).expect("it is explored to the end")
}

#[test]
fn updates_are_seen_on_x86_only_if_stores_have_one_time_too() {
    let both_miss = vec![10, 1];
    for memory in MemoryModel::ALL {
        assert!(!update_and_scan::<OneWord>(memory).contains(&both_miss));
        // To the letter of the language a scan that has loaded its own component forbids this: see the litmus tests.
        let found = update_and_scan::<StoresRelease>(memory).contains(&both_miss);
        assert_eq!(found, memory == MemoryModel::X86, "{memory}");
    }
}

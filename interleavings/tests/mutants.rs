//! What everything in a register is there for. Each ordering is weakened by a notch, each value that is stored or read is
//! changed by one, each store is left out, one at a time; and `mutants.txt` says what goes wrong, in which scenario, and
//! on which memories. Where nothing does, it says why.

#[path = "support/bursts.rs"]
mod bursts;
#[path = "support/columns.rs"]
mod columns;
#[path = "support/side_by_side.rs"]
mod side_by_side;
#[path = "support/sources.rs"]
mod sources;
#[path = "support/table.rs"]
mod table;

use std::time::Duration;

use histories::Model;
use interleavings::mutants::{Fate, Mutant, Which, mutants};
use interleavings::scope::{Effort, Wrong};
use interleavings::{Change, Coverage, Limits, MemoryModel, Mutation, Variant, verify};
use registers::atomic::{
    AnonymousReaders, FourSlot, LeftRight, Locked, ManyWriterSequenceLock, OneWord, Peterson,
    PinnedSlotsOf, SequenceLock, TripleBuffer, VersionedRing, VersionedRingOf,
};
use registers::regular::TwoCopies;
use registers::scenario::Scenario;
use registers::subject::Subject;

use crate::bursts::Bursts;
use crate::columns::aligned;
use crate::side_by_side::side_by_side;
use crate::sources::expression;
use crate::table::assert_table;

/// A register, how far each of its mutants is explored, and where those are besides that survive that.
struct Row {
    name: &'static str,
    subject: Subject,
    /// So many states.
    states: u64,
    besides: Vec<Besides>,
}

/// A scenario, perhaps of another variant of the register.
#[derive(Clone, Copy)]
struct Besides {
    subject: Subject,
    lanes: &'static str,
    variant: &'static str,
}

fn rows() -> Vec<Row> {
    let row = |name, subject, states| Row {
        name,
        subject,
        states,
        besides: Vec::new(),
    };
    vec![
        row("sequence-lock", Subject::of::<SequenceLock, 2>(), 500),
        row(
            "many-writer-sequence-lock",
            Subject::of::<ManyWriterSequenceLock, 2>(),
            1_000,
        ),
        row("four-slot", Subject::of::<FourSlot, 2>(), 3_000),
        row("triple-buffer", Subject::of::<TripleBuffer, 2>(), 1_000).and("www.rr"),
        row(
            "versioned-ring of 2",
            Subject::of::<VersionedRingOf<2>, 2>(),
            500,
        ),
        row(
            "versioned-ring of 4",
            Subject::of::<VersionedRing, 2>(),
            SMALLEST,
        )
        .and("wwww.r"),
        row("left-right", Subject::of::<LeftRight, 2>(), 500).and("ww.r"),
        row("arc", Subject::of::<AnonymousReaders, 2>(), 1_000).and("www.rr"),
        row(
            "pinned-slots of 3",
            Subject::of::<PinnedSlotsOf<3>, 2>(),
            1_000,
        )
        .and("wwww.r")
        .and("wwwww.rr")
        .of(
            "in bursts of 9 writes and 3 reads",
            Subject::of::<Bursts<PinnedSlotsOf<3>, 9, 3>, 1>(),
            "w.r",
        ),
        row("peterson", Subject::of::<Peterson, 2>(), SMALLEST)
            .and("ww.r")
            .of("of 1 word", Subject::of::<Peterson, 1>(), "w.rr")
            .of("of 1 word", Subject::of::<Peterson, 1>(), "w5w3.r"),
        row("locked", Subject::of::<Locked, 2>(), SMALLEST),
        row("one-word", Subject::of::<OneWord, 1>(), 500),
        row("two-copies", Subject::of::<TwoCopies, 2>(), 500),
    ]
}

/// The smallest scenario alone.
const SMALLEST: u64 = 1;

impl Row {
    fn and(self, lanes: &'static str) -> Self {
        let subject = self.subject;
        self.of("", subject, lanes)
    }

    fn of(mut self, variant: &'static str, subject: Subject, lanes: &'static str) -> Self {
        self.besides.push(Besides {
            subject,
            lanes,
            variant,
        });
        self
    }
}

/// Why nothing can show a change: the register, the access, what becomes of it, and the reason.
const REASONS: [(&str, &str, &str, &str); 15] = [
    (
        "triple-buffer",
        "read: middle.load(Relaxed)",
        "reads one more",
        "whether it is fresh is whether it is 4 or more, and no number of a buffer is 3",
    ),
    (
        "versioned-ring of 4",
        "read: version.load(Relaxed)",
        "reads one more",
        "a read starts over one write too early, and is right all the same",
    ),
    (
        "left-right",
        "wait_for_readers: self.shared.version.store(new as u64, Relaxed)",
        "left out",
        "the writer waits for readers that come later, too: it may starve, and nothing else",
    ),
    (
        "left-right",
        "read: present.fetch_add(1, SeqCst)",
        "reads one more",
        NOT_USED,
    ),
    (
        "left-right",
        "read: present.fetch_add(1u64.wrapping_neg(), Release)",
        "reads one more",
        NOT_USED,
    ),
    (
        "arc",
        "write: current.swap(free as u64, AcqRel)",
        "reads one more",
        "it counts readers in steps of 2^32, and what is below is not used",
    ),
    (
        "arc",
        "read: slots[self.holds].left.fetch_add(1, Release)",
        "reads one more",
        NOT_USED,
    ),
    (
        "pinned-slots of 3",
        "look: self.shared.current.load(Acquire)",
        "reads one more",
        "one pin more than there is: a copy that was pinned is made anew, and no old one is taken for the value",
    ),
    (
        "pinned-slots of 3",
        "is_still: self.shared.current.load(Relaxed)",
        "reads one more",
        "one pin more than there is: neither the version nor the span changes",
    ),
    (
        "pinned-slots of 3",
        "pin: current.fetch_add(Current::PIN, AcqRel)",
        "reads one more",
        "one pin more than there is: the slot is the same, and the copy is made anew next time",
    ),
    (
        "pinned-slots of 3",
        "pin: left[pinned.slot()].fetch_add(1, Release)",
        "reads one more",
        NOT_USED,
    ),
    (
        "peterson",
        "write: shared.flag.store(1, Release)",
        "stores one more",
        "a flag that is raised is one that is not 0",
    ),
    (
        "peterson",
        "write: shared.switch.store(self.switch, Release)",
        "stores one more",
        "readers compare what they see of the switch, whatever its two positions are called",
    ),
    (
        "one-word",
        "write: self.0.store(value, SeqCst)",
        "SeqCst -> Release",
        ONE_TIME,
    ),
    (
        "one-word",
        "read: self.0.load(SeqCst)",
        "SeqCst -> Acquire",
        ONE_TIME,
    ),
];

const NOT_USED: &str = "what it returns is not used";

const ONE_TIME: &str =
    "a single word needs no order with others: who builds on it does, see `snapshots.rs`";

/// What goes wrong, where, and on which memories.
fn shown(wrong: Wrong, scenario: &str, near_wrap: bool, on: &[MemoryModel]) -> String {
    let wrong = match wrong {
        Wrong::Breaks(model) => format!("not {model}"),
        Wrong::Fails(kind) => kind.to_string(),
        Wrong::Waits => "waits for ever".to_owned(),
    };
    let on: Vec<String> = on.iter().map(ToString::to_string).collect();
    let near_wrap = if near_wrap { " near the wrap" } else { "" };
    format!("{wrong} in {scenario}{near_wrap} on {}", on.join(", "))
}

/// What goes wrong with a mutant in a scenario.
fn in_scenario(besides: &Besides, mutation: Mutation) -> Option<String> {
    let Besides {
        subject,
        lanes,
        variant: of,
    } = besides;
    let scenario: Scenario = lanes.parse().expect("it is a scenario");
    let claimed = Model::from(subject.claims().class);
    let wrong = |memory: MemoryModel| {
        let variant = Variant {
            mutation: Some(mutation),
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
        let verified = verified.expect("it fits the register");
        assert_eq!(
            verified.coverage,
            Coverage::Exhaustive,
            "{mutation} in {lanes}"
        );
        let fails = verified.fails.first().map(|&kind| Wrong::Fails(kind));
        let breaks = verified.breaks.contains_key(&claimed);
        fails.or(breaks.then_some(Wrong::Breaks(claimed)))
    };
    let found = wrong(MemoryModel::Weak)?;
    // Orderings mean nothing on sequentially consistent memory.
    let stronger = match mutation.is_order() {
        true => &[MemoryModel::X86][..],
        false => &[MemoryModel::Sc, MemoryModel::X86],
    };
    let on = stronger.iter().filter(|&&memory| wrong(memory).is_some());
    let on: Vec<MemoryModel> = on.copied().chain([MemoryModel::Weak]).collect();
    let of = if of.is_empty() {
        String::new()
    } else {
        format!(" {of}")
    };
    Some(shown(
        found,
        &format!("{}{of}", scenario.name()),
        false,
        &on,
    ))
}

/// What becomes of an access.
fn changed(change: Change) -> String {
    match change {
        Change::Order { from, to: Some(to) } => format!("{from:?} -> {to:?}"),
        Change::Order { to: None, .. } | Change::LeftOut => "left out".to_owned(),
        Change::Failure { from, to } => format!("if it fails, {from:?} -> {to:?}"),
        Change::StoresOneMore => "stores one more".to_owned(),
        Change::ReadsOneMore => "reads one more".to_owned(),
        Change::FenceBefore(order) => format!("behind a fence({order:?})"),
        Change::FenceBehind(order) => format!("before a fence({order:?})"),
    }
}

impl Row {
    /// Every mutant: what stands there, what becomes of it, and what comes of that.
    fn mutants(&self, which: Which, states: u64) -> Vec<(Mutant, String, String)> {
        let effort = Effort {
            states,
            time: Duration::from_secs(3_600),
            ..Effort::default()
        };
        let all = mutants(&self.subject, which, &effort, &mut |_| {}).expect("it fits");
        let named = all.into_iter().map(|mutant| {
            let Mutation { site, change, .. } = mutant.mutation;
            (mutant, expression(site), changed(change))
        });
        named.collect()
    }

    fn reason(&self, expression: &str, change: &str) -> Option<&'static str> {
        let is_it =
            |it: &&(&str, &str, &str, &str)| (it.0, it.1, it.2) == (self.name, expression, change);
        REASONS.iter().find(is_it).map(|it| it.3)
    }

    fn block(&self) -> String {
        let mut rows = Vec::new();
        for which in [Which::Weakened, Which::Changed] {
            for (mutant, expression, change) in self.mutants(which, self.states) {
                let reason = self.reason(&expression, &change);
                let besides = || {
                    let mut besides = self.besides.iter();
                    besides.find_map(|besides| in_scenario(besides, mutant.mutation))
                };
                let fate = match (&mutant.fate, reason) {
                    (
                        Fate::Wrong {
                            wrong,
                            shown: it,
                            on,
                        },
                        None,
                    ) => shown(*wrong, it.scenario.name(), it.near_wrap, on),
                    (Fate::NoDifference { .. }, Some(reason)) => format!("- {reason}"),
                    (Fate::NoDifference { .. }, None) => {
                        besides().unwrap_or_else(|| "NOTHING SHOWS IT".to_owned())
                    }
                    (fate, _) => format!("{fate:?}, and {reason:?}"),
                };
                rows.push(vec![expression, change, fate]);
            }
        }
        format!("{}\n{}\n", self.name, aligned(&rows))
    }
}

#[test]
fn everything_in_a_register_is_there_for_something() {
    let blocks = side_by_side(&rows(), Row::block);
    let table = blocks.concat();
    assert_table("mutants.txt", &table);
    assert!(
        !table.contains("NOTHING SHOWS IT"),
        "a change needs a scenario that shows it, or a reason"
    );
    let reasons = table.lines().filter(|line| line.contains("  - ")).count();
    assert_eq!(
        reasons,
        REASONS.len(),
        "a reason is for a change that exists"
    );
}

#[test]
#[ignore = "takes some minutes"]
fn what_nothing_can_show_nothing_shows() {
    side_by_side(&rows(), |row| {
        for which in [Which::Weakened, Which::Changed] {
            for (mutant, expression, change) in row.mutants(which, 20_000) {
                if row.reason(&expression, &change).is_some() {
                    let what = format!("{}: {expression}: {change}", row.name);
                    let is_fine = matches!(mutant.fate, Fate::NoDifference { .. });
                    assert!(is_fine, "{what}: {:?}", mutant.fate);
                    for besides in &row.besides {
                        assert_eq!(in_scenario(besides, mutant.mutation), None, "{what}");
                    }
                }
            }
        }
    });
}

//! Every register of the catalogue in every execution of small scenarios: it is what it claims, and no more.
//!
//! `every_register.txt` has a block for each register. A line is a scenario; its columns give, on sequentially
//! consistent memory, on x86 and on weak memory, how many states there are in fine and in coarse steps, how many
//! histories, and the strongest class that none of them breaks, once if it is the same on all. The steps in the heading
//! are those that an operation takes at most while others run, on sequentially consistent memory. `UPDATE_TABLES=1 cargo test -p interleavings` stores
//! what was found.

#[path = "support/columns.rs"]
mod columns;
#[path = "support/exchange.rs"]
mod exchange;
#[path = "support/side_by_side.rs"]
mod side_by_side;
#[path = "support/table.rs"]
mod table;

use std::collections::BTreeSet;
use std::fmt;

use histories::{Model, Timeline};
use interleavings::{
    Bound, Bounds, Coverage, Limits, MemoryModel, Report, StepBounds, Survey, Variant, Verified,
    survey, verify,
};
use registers::catalogue::Register;
use registers::scenario::Scenario;
use registers::subject::{Claims, Subject};

use crate::columns::aligned;
use crate::exchange::assert_same_histories;
use crate::side_by_side::side_by_side;
use crate::table::assert_table;

/// The scenarios in which every register is explored that can perform them.
const SCENARIOS: [&str; 6] = ["w.r", "w.rr", "ww.rr", "w.r.r", "www.rr", "w.w.r"];

/// What shows the class of a register besides.
const BESIDES: [(Register, &str); 4] = [
    // The same value once more: a safe bit flickers.
    (Register::SafeBit, "w1w1.r"),
    (Register::ManyReaders, "w1w1.r"),
    (Register::WrittenToChange, "w1w1.r"),
    // Two readers whose copies are of different ages.
    (Register::ReaderCache, "ww.rr.r"),
];

/// Registers of other widths than the usual one.
const WIDTHS: [(Register, usize); 8] = [
    (Register::WordByWord, 1),
    (Register::WordByWord, 3),
    (Register::TwoCopies, 1),
    (Register::SequenceLock, 1),
    (Register::SequenceLock, 3),
    (Register::PinnedSlots, 3),
    (Register::Locked, 3),
    (Register::DoubleBuffer, 1),
];

fn note() -> Scenario {
    let picture: Timeline = "
        init: 0
        Thread 1:      wwwww(1)     wwwww(2)
        Thread 2:   rrrrr                rrrrr
        Thread 3:   rrrrr  rrrrr
    "
    .parse()
    .expect("it is a timeline");
    Scenario::drawn("note", &picture.history)
}

/// The scenarios for a register.
fn scenarios(register: Register, claims: &Claims) -> Vec<Scenario> {
    let besides = BESIDES.iter().filter(|it| it.0 == register).map(|it| it.1);
    let free = SCENARIOS.into_iter().chain(besides);
    let free = free.map(|lanes| lanes.parse::<Scenario>().expect("these are scenarios"));
    let small = |scenario: Scenario| match claims.small_numbers() {
        Some(below) => scenario.below(below),
        None => scenario,
    };
    free.chain([note()]).map(small).collect()
}

/// A scenario on all memories.
struct Row {
    fine: [Report; 3],
    coarse: [Verified; 3],
    bounds: Bounds,
}

/// One register of one width.
struct Block {
    subject: Subject,
    rows: Vec<Row>,
}

fn explore(&(register, words): &(Register, usize)) -> Block {
    let subject = register.subject(words).expect("it is built in");
    let scenarios = scenarios(register, subject.claims());
    let fitting = scenarios
        .iter()
        .filter(|it| subject.check(it.operations()).is_ok());
    let row = |scenario: &Scenario| {
        let limits = Limits::default();
        let fine = MemoryModel::ALL.map(|memory| {
            survey(&subject, scenario, memory, &limits).expect("it fits the register")
        });
        let coarse = MemoryModel::ALL.map(|memory| {
            let variant = Variant::default();
            verify(&subject, scenario, memory, variant, &limits, |_| {}).expect("it fits")
        });
        let row = Row {
            bounds: fine[0].bounds.expect("every execution was looked at"),
            fine: fine.map(|Survey { report, .. }| report),
            coarse,
        };
        row.assert_consistent(scenario);
        row
    };
    Block {
        subject,
        rows: fitting.map(row).collect(),
    }
}

impl Row {
    /// All memories, and both grains, agree as far as they have to.
    fn assert_consistent(&self, scenario: &Scenario) {
        let keys =
            |report: &Report| -> BTreeSet<String> { report.histories.keys().cloned().collect() };
        let [sc, x86, weak] = self.fine.each_ref().map(keys);
        let what = format!("{} in {}", self.fine[0].register, scenario.name());
        assert!(sc.is_subset(&x86), "{what}: x86 lacks a history of sc");
        assert!(x86.is_subset(&weak), "{what}: weak lacks a history of x86");
        for (fine, coarse) in self.fine.iter().zip(&self.coarse) {
            let what = format!("{what} on {}", fine.memory);
            assert_eq!(fine.coverage, Coverage::Exhaustive, "{what}");
            assert_eq!(coarse.coverage, Coverage::Exhaustive, "{what}");
            assert_same_histories(scenario, fine, coarse, &what);
            let faults: BTreeSet<_> = coarse.fails.iter().copied().collect();
            assert!(fine.faults.keys().copied().eq(faults), "{what}");
        }
    }

    fn cells(&self) -> Vec<String> {
        let three = |of: &dyn Fn(usize) -> String| (0..3).map(of).collect::<Vec<_>>();
        let states = |memory: usize| self.fine[memory].states.unwrap_or_default().to_string();
        let coarse = |memory: usize| self.coarse[memory].states.to_string();
        let histories = |memory: usize| self.fine[memory].histories.len().to_string();
        let class = |memory: usize| class(&self.fine[memory]);
        let classes = three(&class);
        let first = vec![self.fine[0].scenario.clone()];
        let classes = if classes.iter().all(|it| *it == classes[0]) {
            vec![classes[0].clone()]
        } else {
            vec![classes.join(", ")]
        };
        [
            first,
            three(&states),
            three(&coarse),
            three(&histories),
            classes,
        ]
        .concat()
    }
}

/// The strongest class that nothing breaks, and how the register goes wrong by itself.
fn class(report: &Report) -> String {
    let met = strongest(|model| report.violations(model) == 0.0);
    let met = met.map_or_else(|| "none".to_owned(), |model| model.to_string());
    let faults = report.faults.keys().map(|kind| format!(", {kind}"));
    met + &faults.collect::<String>()
}

fn strongest(meets: impl Fn(Model) -> bool) -> Option<Model> {
    Model::CLASSES
        .into_iter()
        .filter(|&model| meets(model))
        .max()
}

impl Block {
    fn bounds(&self) -> Bounds {
        let all = self.rows.iter().map(|row| row.bounds);
        all.fold(Bounds::NONE, Bounds::and)
    }

    /// The strongest class that no scenario breaks on any memory.
    fn class(&self) -> Option<Model> {
        strongest(|model| {
            let mut reports = self.rows.iter().flat_map(|row| &row.fine);
            reports.all(|report| report.meets(model))
        })
    }
}

/// `wait-free in 5 steps`
fn guarantee(bounds: StepBounds) -> String {
    let guarantee = bounds.guarantee();
    match bounds.among_others {
        Bound::Steps(1) => format!("{guarantee} in 1 step"),
        Bound::Steps(steps) => format!("{guarantee} in {steps} steps"),
        Bound::Unbounded => guarantee.to_string(),
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (claims, bounds) = (self.subject.claims(), self.bounds());
        let plural = if self.subject.words() == 1 { "" } else { "s" };
        writeln!(
            f,
            "{}, {} word{plural}: {}; reads are {}, writes {}",
            claims.name,
            self.subject.words(),
            self.class()
                .map_or("not even safe".to_owned(), |it| it.to_string()),
            guarantee(bounds.read),
            guarantee(bounds.write),
        )?;
        let heads = [
            "",
            "fine",
            "",
            "",
            "coarse",
            "",
            "",
            "histories",
            "",
            "",
            "class",
        ];
        let heads = heads.map(str::to_owned).to_vec();
        let rows = self.rows.iter().map(Row::cells);
        let rows: Vec<Vec<String>> = std::iter::once(heads).chain(rows).collect();
        writeln!(f, "{}", aligned(&rows))
    }
}

#[test]
fn every_register_is_what_it_claims_and_no_more() {
    let all = [Register::ALL, Register::BROKEN].into_iter().flatten();
    let usual = all.map(|&register| (register, register.usual_width()));
    let wanted: Vec<(Register, usize)> = usual.chain(WIDTHS).collect();
    let blocks = side_by_side(&wanted, explore);
    let table: String = blocks.iter().map(Block::to_string).collect();
    assert_table("every_register.txt", &table);
    for ((register, words), block) in wanted.iter().zip(&blocks) {
        // A single word cannot be torn, so registers that tear are atomic with one.
        if *words == register.usual_width() {
            assert_eq!(
                block.class(),
                register.truth().map(Model::from),
                "{register}"
            );
        }
        let progress = register.claims().progress;
        let (reads, writes) = (block.bounds().read, block.bounds().write);
        assert_eq!(reads.guarantee(), progress.read, "reads of {register}");
        assert_eq!(writes.guarantee(), progress.write, "writes of {register}");
    }
}

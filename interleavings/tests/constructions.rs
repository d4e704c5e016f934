//! The classical chain of constructions in every execution: each rung is what it claims and no more, from words that
//! flicker up to a register for many writers; and each is less without any one of its steps.
//!
//! What breaks, and on which memories, stands here. `constructions.txt` has, for sequentially consistent memory, x86 and
//! weak memory, the states in fine and in coarse steps and the histories, of those that differ only in which of several
//! like readers is which, one; and how many steps reads and writes take at most while others run.

#[path = "support/columns.rs"]
mod columns;
#[path = "support/exchange.rs"]
mod exchange;
#[path = "support/side_by_side.rs"]
mod side_by_side;
#[path = "support/table.rs"]
mod table;
mod twins {
    pub(crate) mod chain;
    pub(crate) mod part;
}

use histories::{History, Model, check};
use interleavings::{
    Bounds, Coverage, Limits, MemoryModel, Report, Variant, Verified, survey, verify,
};
use registers::atomic::{Numbered, OneWord, ReadersTable, Timestamps};
use registers::chain::{FromBitsThatFlicker, OneWrite, TwoWrites};
use registers::regular::{TwoCopies, Unary, WrittenToChange};
use registers::safe::{ManyReaders, SafeBit, WordByWord};
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::worlds::Erased;
use registers::worlds::conducted::follow;
use registers::worlds::flicker::Flickering;
use registers::{Class, Construction};

use crate::columns::aligned;
use crate::exchange::assert_same_histories;
use crate::side_by_side::side_by_side;
use crate::table::assert_table;
use crate::twins::chain::{ClearsUpward, Forgets, LooksAtNobody, OneCopyIsWritten, TellsNobody};

/// A safe bit on a word that flickers.
type Safe = Flickering<SafeBit>;

/// A regular bit on a word that flickers.
type Regular = WrittenToChange<Safe>;

/// A bit on a word of the memory, with release and acquire, that is written to change it.
type Hard = WrittenToChange<SafeBit>;

const EVERYWHERE: &[MemoryModel] = &MemoryModel::ALL;
const ON_WEAK: &[MemoryModel] = &[MemoryModel::Weak];

/// A register in a scenario, and what becomes of it.
struct Case {
    /// How the table names the register.
    name: &'static str,
    subject: Subject,
    /// As in `1: w1.r`: the initial value, if it is not 0, and what each thread does.
    scenario: &'static str,
    breaks: Option<Breaks>,
    /// Where it is explored.
    on: &'static [MemoryModel],
}

/// The weakest class that is broken, by what, and on which memories.
#[derive(Clone, Copy)]
struct Breaks {
    model: Model,
    anomaly: &'static str,
    on: &'static [MemoryModel],
}

fn of<C: Construction<Erased, 1>>(name: &'static str, scenario: &'static str) -> Case {
    Case {
        name,
        subject: Subject::of::<C, 1>(),
        scenario,
        breaks: None,
        on: EVERYWHERE,
    }
}

impl Case {
    /// Not on weak memory: its states grow with the square of the number of words.
    fn of_many_words(self) -> Self {
        Self {
            on: &[MemoryModel::Sc],
            ..self
        }
    }

    /// On weak memory alone: what holds there holds on the others.
    fn of_many_states(self) -> Self {
        Self {
            on: ON_WEAK,
            ..self
        }
    }

    fn breaks(self, model: Model, anomaly: &'static str, on: &'static [MemoryModel]) -> Self {
        Self {
            breaks: Some(Breaks { model, anomaly, on }),
            ..self
        }
    }
}

/// A claim, and the cases that show it.
struct Claim(&'static str, Vec<Case>);

fn claims() -> Vec<Claim> {
    use Model::{Atomic, Regular as IsRegular, Safe as IsSafe};
    const NEVER: &str = "value never written";
    const STALE: &str = "stale read";
    const NO_ORDER: &str = "no linearization";
    const INVERSION: &str = "new-old inversion";
    vec![
        Claim(
            "a safe bit is safe, and flickers when it is written again",
            vec![
                of::<Safe>("safe bit", "1: w1.r").breaks(IsRegular, NEVER, EVERYWHERE),
                // On a word of the hardware nothing shows of that.
                of::<SafeBit>("safe bit on a word that does not flicker", "1: w1.r"),
            ],
        ),
        Claim(
            "a copy for each reader is as safe or as regular as the copies, and no more than regular if they are atomic",
            vec![
                of::<ManyReaders<Safe>>("of safe bits", "1: w1.r.r")
                    .breaks(IsRegular, NEVER, EVERYWHERE),
                of::<ManyReaders<Regular>>("of regular bits", "w.r.r")
                    .breaks(Atomic, INVERSION, EVERYWHERE),
                of::<ManyReaders<OneWord>>("of atomic words", "w.r.r")
                    .breaks(Atomic, INVERSION, EVERYWHERE),
                of::<OneCopyIsWritten<SafeBit>>("if only one copy is written", "w.r.r")
                    .breaks(IsSafe, STALE, EVERYWHERE),
            ],
        ),
        Claim(
            "a bit that is written to change it is regular",
            vec![
                of::<Regular>("the same again", "1: w1.r"),
                of::<Regular>("there and back", "w1w0.rr").breaks(Atomic, NO_ORDER, EVERYWHERE),
                of::<Regular>("the other", "w.rr").breaks(Atomic, INVERSION, EVERYWHERE),
                of::<WrittenToChange<ManyReaders<Safe>>>("for many readers", "w.r.r")
                    .breaks(Atomic, INVERSION, EVERYWHERE),
                of::<Safe>("if it is always written", "1: w1.r")
                    .breaks(IsRegular, NEVER, EVERYWHERE),
            ],
        ),
        Claim(
            "a unary register is regular, needs its order, and bits that release and acquire",
            vec![
                of::<Unary<Hard, 4>>("on bits of the memory", "3: w1w2.rr")
                    .breaks(Atomic, INVERSION, EVERYWHERE),
                of::<Unary<Regular, 4>>("on bits that flicker", "3: w1w2.rr")
                    .breaks(Atomic, INVERSION, EVERYWHERE),
                of::<Unary<Hard, 3>>("on bits of the memory", "2: w1w0w2.r"),
                of::<ClearsUpward<Hard, 3>>("cleared upward", "2: w1w0w2.r")
                    .breaks(IsRegular, STALE, EVERYWHERE),
                of::<Unary<WrittenToChange<WordByWord>, 3>>("on relaxed bits", "2: w1w0w2.r")
                    .breaks(IsRegular, STALE, ON_WEAK),
            ],
        ),
        Claim(
            "a numbered register is atomic for its reader, on any regular base",
            vec![
                of::<Numbered<Unary<Regular, 6>, 2>>("on unary", "w1w0.rr"),
                of::<Numbered<WordByWord>>("on a relaxed word", "ww.rr"),
                of::<Numbered<TwoCopies>>("on two copies", "ww.rr"),
                of::<Unary<Regular, 2>>("unary without numbers", "w1w0.rr")
                    .breaks(Atomic, NO_ORDER, EVERYWHERE),
                of::<Forgets<Unary<Regular, 6>, 2>>("on unary, if its reader forgets", "w1w0.rr")
                    .breaks(Atomic, INVERSION, EVERYWHERE),
                of::<TwoCopies>("two copies without numbers", "ww.rr")
                    .breaks(Atomic, INVERSION, EVERYWHERE),
                of::<Forgets<TwoCopies, 16>>("on two copies, if its reader forgets", "ww.rr")
                    .breaks(Atomic, INVERSION, EVERYWHERE),
            ],
        ),
        Claim(
            "beyond their last number, numbered and readers-table are regular",
            vec![
                // The second write takes the number of the first.
                of::<Numbered<Unary<Regular, 4>, 2>>("numbered", "w1w0.rr")
                    .breaks(Atomic, NO_ORDER, EVERYWHERE),
                of::<ReadersTable<Numbered<WordByWord, 4>, 2>>("readers-table", "w1w0.r.r")
                    .breaks(Atomic, NO_ORDER, EVERYWHERE),
            ],
        ),
        Claim(
            "a readers-table is atomic for many readers, if they tell each other",
            vec![
                of::<ReadersTable<WordByWord>>("on relaxed words", "w.r.r"),
                of::<ReadersTable<WordByWord>>("on relaxed words", "ww.rr.r"),
                of::<ReadersTable<WordByWord>>("on relaxed words", "w.r.r.r"),
                of::<ReadersTable<Numbered<Unary<Regular, 8>, 4>, 2>>("on numbered", "w.r.r"),
                of::<TellsNobody<WordByWord>>("if nobody tells anybody", "w.r.r")
                    .breaks(Atomic, INVERSION, EVERYWHERE),
            ],
        ),
        Claim(
            "a register of timestamps is atomic for many writers, if they look at each other",
            vec![
                of::<Timestamps<WordByWord>>("on relaxed words", "w.w.rr"),
                of::<Timestamps<WordByWord>>("on relaxed words", "w.w.r.r"),
                of::<Timestamps<WordByWord>>("on relaxed words", "w1w3.w2.r"),
                of::<Timestamps<WordByWord>>("on relaxed words", "wr.wr"),
                of::<Timestamps<WordByWord>>("on relaxed words", "w.w.w.r"),
                of::<Timestamps<ReadersTable<WordByWord, 0x10000>, 256>>("on tables", "w.w.r.r")
                    .of_many_states(),
                of::<LooksAtNobody<WordByWord, 16>>("if nobody looks", "w1w3.w2.r")
                    .breaks(IsSafe, STALE, EVERYWHERE),
            ],
        ),
        Claim(
            "the whole chain is atomic, from bits that flicker to many writers",
            vec![
                of::<OneWrite<Safe>>("good for one write", "w.rr"),
                of::<OneWrite<Safe>>("good for one write", "w.r.r"),
                of::<OneWrite<SafeBit>>("the same on bits that do not flicker", "w.r.r"),
                of::<TwoWrites<SafeBit>>("good for two, on bits that do not flicker", "w1.w0.r")
                    .of_many_words(),
                of::<FromBitsThatFlicker>("good for two writes", "w1.w0.r").of_many_words(),
            ],
        ),
    ]
}

fn scenario(text: &str) -> Scenario {
    let (initial, lanes) = text.split_once(": ").unwrap_or(("0", text));
    let scenario: Scenario = lanes.parse().expect("these are scenarios");
    let initial: u64 = initial.parse().expect("this is a number");
    let operations = scenario.operations().operations().to_vec();
    let operations = History::new(initial, operations).expect("only the initial value has changed");
    scenario.of_operations(operations)
}

/// Explorations in fine steps are given up that have more states; coarse steps are followed to the end.
const FINE: usize = 30_000;

fn explore(case: &&Case) -> Vec<String> {
    let (scenario, limits) = (scenario(case.scenario), Limits::default());
    let what = format!(
        "{} {} in {}",
        case.subject.claims().name,
        case.name,
        case.scenario
    );
    let coarse = |&memory: &MemoryModel| {
        let variant = Variant::default();
        let verified = verify(&case.subject, &scenario, memory, variant, &limits, |_| {});
        verified.expect("it fits the register")
    };
    let coarse: Vec<Verified> = case.on.iter().map(coarse).collect();
    let expected = |memory| case.breaks.filter(|breaks| breaks.on.contains(&memory));
    for (&memory, coarse) in case.on.iter().zip(&coarse) {
        assert_eq!(coarse.coverage, Coverage::Exhaustive, "{what}");
        assert!(coarse.fails.is_empty(), "{what}");
        let weakest = coarse.breaks.keys().next().copied();
        assert_eq!(
            weakest,
            expected(memory).map(|it| it.model),
            "{what} on {memory}"
        );
    }
    let mut fine: Vec<String> = vec!["-".to_owned(); 3];
    let mut bounds = None;
    for (&memory, coarse) in case.on.iter().zip(&coarse) {
        let limits = Limits {
            states: FINE,
            ..limits
        };
        if coarse.states as usize > FINE {
            continue;
        }
        let survey = survey(&case.subject, &scenario, memory, &limits).expect("it fits");
        if !survey.report.is_exhaustive() {
            continue;
        }
        assert_same_histories(&scenario, &survey.report, coarse, &what);
        fine[memory as usize] = survey.report.states.unwrap_or_default().to_string();
        bounds = bounds.or(survey.bounds);
        assert_witnesses(case, &survey.report, expected(memory));
    }
    let broken = case
        .breaks
        .map_or_else(String::new, |Breaks { model, anomaly, on }| {
            let on: Vec<String> = on.iter().map(ToString::to_string).collect();
            format!("breaks {model} ({anomaly}) on {}", on.join(", "))
        });
    let three = |of: &dyn Fn(&Verified) -> String| {
        let cell = |memory: MemoryModel| {
            let at = case.on.iter().position(|&on| on == memory);
            at.map_or("-".to_owned(), |at| of(&coarse[at]))
        };
        MemoryModel::ALL.map(cell).to_vec()
    };
    let states = three(&|it| it.states.to_string());
    let histories = three(&|it| it.histories.len().to_string());
    let first = vec![case.name.to_owned(), case.scenario.replace('.', "·")];
    let steps = bounds.map_or(["-"; 2].map(str::to_owned), steps);
    [first, fine, states, histories, steps.into(), vec![broken]].concat()
}

/// How many steps reads and writes take at most.
fn steps(bounds: Bounds) -> [String; 2] {
    [bounds.read, bounds.write].map(|of| of.among_others.to_string())
}

/// The witness is of the expected kind, and every witness without stale loads does on real threads what it says.
fn assert_witnesses(case: &Case, report: &Report, expected: Option<Breaks>) {
    if let Some(Breaks { model, anomaly, .. }) = expected {
        let found = report.witnesses[&model].violation.anomaly.name();
        assert_eq!(found, anomaly, "{} on {}", case.name, report.memory);
    }
    for (&model, witness) in &report.witnesses {
        if witness.stale_loads == 0 {
            let performed = follow(&case.subject, &witness.timeline).expect("it can be performed");
            let accesses = |timeline: &histories::Timeline| -> Vec<String> {
                timeline
                    .steps
                    .iter()
                    .map(|step| step.access.clone())
                    .collect()
            };
            assert_eq!(accesses(&performed), accesses(&witness.timeline));
            assert!(!check(model, &performed.history).holds(), "{}", case.name);
        }
    }
}

#[test]
fn every_rung_is_what_it_claims_and_less_without_a_step() {
    let claims = claims();
    let cases: Vec<&Case> = claims.iter().flat_map(|claim| &claim.1).collect();
    let mut rows = side_by_side(&cases, explore).into_iter();
    let mut table = String::new();
    for Claim(says, cases) in &claims {
        let heads = [
            "",
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
            "read",
            "write",
        ];
        let heads = heads.map(str::to_owned).to_vec();
        let rows = rows.by_ref().take(cases.len());
        let rows: Vec<Vec<String>> = std::iter::once(heads).chain(rows).collect();
        table += &format!("{says}\n{}\n", aligned(&rows));
    }
    assert_table("constructions.txt", &table);
    assert_eq!(
        <ManyReaders<OneWord> as Construction<Erased, 1>>::CLASS,
        Class::Regular
    );
}

#[test]
fn a_unary_register_is_regular_whatever_is_written() {
    let of_memory = Subject::of::<Unary<Hard, 3>, 1>();
    let that_flickers = Subject::of::<Unary<Regular, 3>, 1>();
    for written in 0..81 {
        let [initial, first, second, third] = [1, 3, 9, 27].map(|digit| written / digit % 3);
        let scenario = scenario(&format!("{initial}: w{first}w{second}w{third}.rr"));
        for subject in [of_memory, that_flickers] {
            let (variant, limits) = (Variant::default(), Limits::default());
            let verified = verify(
                &subject,
                &scenario,
                MemoryModel::Weak,
                variant,
                &limits,
                |_| {},
            );
            let verified = verified.expect("it fits the register");
            assert_eq!(verified.coverage, Coverage::Exhaustive);
            assert!(verified.meets(Model::Regular), "{}", scenario.name());
        }
    }
}

//! The classical chain of constructions in every execution: each rung is what it claims and no more, from words that
//! flicker up to a register for many writers. The numbers are pinned: coverage that is lost fails here.

use std::fmt::Write;

use histories::check::Anomaly;
use histories::{Action, History, Model, Operation, Timeline, check};
use interleavings::mutants::chain::{
    ClearsUpward, CollectsOnce, Forgets, LooksAtNobody, OneCopyIsWritten, TellsNobody, WithoutViews,
};
use interleavings::mutants::{AcquireLoads, Kind, ReleaseStores, Without};
use interleavings::{Limits, MemoryModel, Report, Survey, survey};
use registers::atomic::{Numbered, OneWord, ReadersTable, Snapshot, Timestamps};
use registers::chain::{FromBitsThatFlicker, OneWrite, TwoWrites};
use registers::memory::Ordering;
use registers::regular::{TwoCopies, Unary, WrittenToChange};
use registers::safe::{ManyReaders, SafeBit, WordByWord};
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::worlds::Erased;
use registers::worlds::conducted::replay;
use registers::worlds::flicker::Flickering;
use registers::{Class, Construction};

const BOTH: [MemoryModel; 2] = [MemoryModel::Sc, MemoryModel::Weak];

/// A safe bit on a word that flickers.
type Safe = Flickering<SafeBit>;

/// A regular bit on a word that flickers.
type Regular = WrittenToChange<Safe>;

/// A bit on a word of the memory, with release and acquire, that is written to change it.
type Hard = WrittenToChange<SafeBit>;

/// The operations of a drawing, with nothing enforced between threads.
fn free(picture: &str) -> Scenario {
    let timeline: Timeline = picture.parse().unwrap();
    Scenario::drawn("free", &timeline.history).unordered()
}

/// The bit is 1, and is written 1 again.
fn same_again() -> Scenario {
    free("init: 1\nT1: ww(1)\nT2: rr\n")
}

/// The bit changes, and there is time for two reads.
fn the_other() -> Scenario {
    free("init: 0\nT1: ww(1)\nT2: rr rr\n")
}

/// The bit changes, and there are two readers.
fn two_readers() -> Scenario {
    free("init: 0\nT1: ww(1)\nT2: rr\nT3: rr\n")
}

/// The bit changes there and back.
fn there_and_back() -> Scenario {
    free("init: 0\nT1: ww(1) ww(0)\nT2: rr rr\n")
}

fn explored<C: Construction<Erased, N>, const N: usize>(
    scenario: &Scenario,
    memory: MemoryModel,
) -> Survey {
    let survey = survey(&Subject::of::<C, N>(), scenario, memory, &Limits::default());
    let survey = survey.unwrap();
    let coverage = &survey.report.coverage;
    assert!(survey.report.is_exhaustive(), "{coverage:?}");
    survey
}

/// `memory: states, executions, histories; broken: executions that are not safe, regular, atomic; steps: of a read
/// alone and among others, of a write alone and among others; - if there is no bound`
fn lines<C: Construction<Erased, 1>>(scenario: &Scenario) -> String {
    let mut lines = String::new();
    for memory in BOTH {
        let Survey { report, bounds } = explored::<C, 1>(scenario, memory);
        let [safe, regular, atomic] = Model::CLASSES.map(|model| report.violations(model));
        let bounds = bounds.unwrap();
        writeln!(
            lines,
            "{memory:?}: {} states, {:.0} executions, {} histories; \
             broken: {safe} {regular} {atomic}; steps: {} {} {} {}",
            report.states.unwrap(),
            report.executions,
            report.histories.len(),
            bounds.read.alone,
            bounds.read.among_others,
            bounds.write.alone,
            bounds.write.among_others,
        )
        .unwrap();
        assert_claim::<C>(&report);
    }
    lines.replace("unbounded", "-")
}

/// Nothing breaks what the register claims.
fn assert_claim<C: Construction<Erased, 1>>(report: &Report) {
    let claim = Model::from(C::CLASS);
    assert_eq!(report.violations(claim), 0.0, "{} is not {claim}", C::NAME);
}

/// `anomaly: in as many executions on Sc, and on Weak`, of those that break `model`.
fn breaks<C: Construction<Erased, 1>>(scenario: &Scenario, model: Model) -> String {
    let [sc, weak] = BOTH.map(|memory| explored::<C, 1>(scenario, memory).report);
    let anomaly = |report: &Report| {
        let witness = report.witnesses.get(&model)?;
        Some(witness.violation.anomaly.name())
    };
    let anomaly = anomaly(&weak).or(anomaly(&sc)).unwrap_or("nothing");
    let [sc, weak] = [sc, weak].map(|report| report.violations(model));
    format!("{anomaly}: {sc}, {weak}")
}

#[test]
fn a_safe_bit_is_safe_and_flickers_when_it_is_written_again() {
    assert_eq!(
        lines::<Safe>(&same_again()),
        "\
Sc: 21 states, 21 executions, 4 histories; broken: 0 6 6; steps: 2 2 2 2
Weak: 21 states, 21 executions, 4 histories; broken: 0 6 6; steps: 2 2 2 2
"
    );
    assert_eq!(
        breaks::<Safe>(&same_again(), Model::Regular),
        "value never written: 6, 6"
    );
    // On a word of the hardware nothing shows of that.
    assert_eq!(
        lines::<SafeBit>(&same_again()),
        "\
Sc: 13 states, 8 executions, 3 histories; broken: 0 0 0; steps: 1 1 1 1
Weak: 13 states, 11 executions, 3 histories; broken: 0 0 0; steps: 1 1 1 1
"
    );
}

#[test]
fn a_copy_for_each_reader_is_as_safe_or_as_regular_as_the_copies() {
    let same_again = free("init: 1\nT1: ww(1)\nT2: rr\nT3: rr\n");
    assert_eq!(
        lines::<ManyReaders<Safe>>(&same_again),
        "\
Sc: 318 states, 4916 executions, 35 histories; broken: 0 2227 2227; steps: 2 2 4 4
Weak: 351 states, 4916 executions, 35 histories; broken: 0 2227 2227; steps: 2 2 4 4
"
    );
    assert_eq!(
        breaks::<ManyReaders<Safe>>(&same_again, Model::Regular),
        "value never written: 2227, 2227"
    );
    let of_regular = lines::<ManyReaders<Regular>>(&two_readers());
    assert_eq!(
        of_regular,
        "\
Sc: 324 states, 4916 executions, 35 histories; broken: 0 0 113; steps: 2 2 4 4
Weak: 351 states, 4916 executions, 35 histories; broken: 0 0 113; steps: 2 2 4 4
"
    );
    // And no more than regular, even if the copies are atomic.
    let of_atomic = lines::<ManyReaders<OneWord>>(&two_readers());
    assert_eq!(
        of_atomic,
        "\
Sc: 175 states, 498 executions, 35 histories; broken: 0 0 3; steps: 1 1 2 2
Weak: 175 states, 498 executions, 35 histories; broken: 0 0 3; steps: 1 1 2 2
"
    );
    assert_eq!(
        <ManyReaders<OneWord> as Construction<Erased, 1>>::CLASS,
        Class::Regular
    );
    // If only one copy is written, the other reader reads what was.
    assert_eq!(
        breaks::<OneCopyIsWritten<SafeBit>>(&two_readers(), Model::Safe),
        "stale read: 42, 63"
    );
}

#[test]
fn a_bit_that_is_written_to_change_it_is_regular() {
    assert_eq!(
        lines::<Regular>(&same_again()),
        "\
Sc: 9 states, 5 executions, 3 histories; broken: 0 0 0; steps: 1 1 0 0
Weak: 9 states, 5 executions, 3 histories; broken: 0 0 0; steps: 1 1 0 0
"
    );
    assert_eq!(
        lines::<Regular>(&there_and_back()),
        "\
Sc: 303 states, 2786 executions, 42 histories; broken: 0 0 15; steps: 2 2 2 2
Weak: 340 states, 2786 executions, 42 histories; broken: 0 0 15; steps: 2 2 2 2
"
    );
    assert_eq!(
        breaks::<Regular>(&the_other(), Model::Atomic),
        "new-old inversion: 6, 6"
    );
    let on_copies = lines::<WrittenToChange<ManyReaders<Safe>>>(&two_readers());
    assert_eq!(
        on_copies,
        "\
Sc: 324 states, 4916 executions, 35 histories; broken: 0 0 113; steps: 2 2 4 4
Weak: 351 states, 4916 executions, 35 histories; broken: 0 0 113; steps: 2 2 4 4
"
    );
    // If it is always written, it is the safe bit.
    assert_eq!(
        breaks::<Safe>(&same_again(), Model::Regular),
        "value never written: 6, 6"
    );
}

#[test]
fn a_unary_register_is_regular_and_its_reader_meets_an_inversion() {
    let scenario = free("init: 3\nT1: ww(1) ww(2)\nT2: rr rr\n");
    assert_eq!(
        lines::<Unary<Hard, 4>>(&scenario),
        "\
Sc: 350 states, 3446 executions, 45 histories; broken: 0 0 4; steps: 4 4 2 2
Weak: 357 states, 11682 executions, 45 histories; broken: 0 0 248; steps: 4 4 2 2
"
    );
    assert_eq!(
        lines::<Unary<Regular, 4>>(&scenario),
        "\
Sc: 747 states, 82556 executions, 48 histories; broken: 0 0 1786; steps: 5 6 4 4
Weak: 843 states, 82556 executions, 48 histories; broken: 0 0 1786; steps: 5 6 4 4
"
    );
    for memory in BOTH {
        let report = explored::<Unary<Hard, 4>, 1>(&scenario, memory).report;
        let witness = &report.witnesses[&Model::Atomic];
        assert_eq!(witness.violation.anomaly, Anomaly::NewOldInversion);
        assert_eq!((witness.stale_loads, witness.context_switches), (0, 2));
        assert_eq!(
            "\n".to_owned() + &witness.timeline.to_string(),
            "
init: 3
Thread 1:  wwwwww3ww(1)  ww4wwwwwwwwwwwwwwwww8ww(2)
Thread 2:  rr1r2rrrrrrrrrrrrr5rr(2)  rr6r7rr(1)
     1  T2  bit[0].bit -> 0
     2  T2  bit[1].bit -> 0
     3  T1  bit[1].bit := 1
     4  T1  bit[2].bit := 1
     5  T2  bit[2].bit -> 1
     6  T2  bit[0].bit -> 0
     7  T2  bit[1].bit -> 1
     8  T1  bit[1].bit := 0
"
        );
    }
}

#[test]
fn a_unary_register_is_regular_whatever_is_written() {
    let mut executions = 0.0;
    for written in 0..81 {
        let [init, first, second, third] = [1, 3, 9, 27].map(|digit| written / digit % 3);
        let scenario = free(&format!(
            "init: {init}\nT1: ww({first}) ww({second}) ww({third})\nT2: rr rr\n"
        ));
        for memory in BOTH {
            let report = explored::<Unary<Hard, 3>, 1>(&scenario, memory).report;
            assert_claim::<Unary<Hard, 3>>(&report);
            executions += report.executions;
        }
        let report = explored::<Unary<Regular, 3>, 1>(&scenario, MemoryModel::Sc).report;
        assert_claim::<Unary<Regular, 3>>(&report);
        executions += report.executions;
    }
    assert_eq!(executions, 14_768_118.0);
}

#[test]
fn a_unary_register_needs_its_order_and_its_orderings() {
    let scenario = free("init: 2\nT1: ww(1) ww(0) ww(2)\nT2: rr\n");
    let broken = [
        breaks::<Unary<Hard, 3>>(&scenario, Model::Regular),
        breaks::<ClearsUpward<Hard, 3>>(&scenario, Model::Regular),
        breaks::<Without<Unary<Hard, 3>, AcquireLoads>>(&scenario, Model::Regular),
        breaks::<Without<Unary<Hard, 3>, ReleaseStores>>(&scenario, Model::Regular),
        // The bits of this one are relaxed.
        breaks::<Unary<WrittenToChange<WordByWord>, 3>>(&scenario, Model::Regular),
        breaks::<Unary<WrittenToChange<WordByWord>, 3>>(&scenario, Model::Safe),
    ];
    assert_eq!(
        broken,
        [
            "nothing: 0, 0",
            "stale read: 3, 10",
            "stale read: 0, 4",
            "stale read: 0, 4",
            "stale read: 0, 4",
            "nothing: 0, 0"
        ]
    );
}

#[test]
fn a_numbered_register_is_atomic_for_its_reader() {
    assert_eq!(
        lines::<Numbered<Unary<Regular, 6>, 2>>(&there_and_back()),
        "\
Sc: 859 states, 368301 executions, 40 histories; broken: 0 0 0; steps: 6 7 4 4
Weak: 905 states, 368301 executions, 40 histories; broken: 0 0 0; steps: 6 7 4 4
"
    );
    // As relaxed as words can be, and with a base of another kind.
    assert_eq!(
        lines::<Numbered<WordByWord>>(&Scenario::free(2, &[2])),
        "\
Sc: 174 states, 318 executions, 44 histories; broken: 0 0 0; steps: 1 1 1 1
Weak: 174 states, 687 executions, 44 histories; broken: 0 0 0; steps: 1 1 1 1
"
    );
    assert_eq!(
        lines::<Numbered<TwoCopies>>(&Scenario::free(2, &[2])),
        "\
Sc: 997 states, 8578886 executions, 44 histories; broken: 0 0 0; steps: - - 6 6
Weak: 1360 states, 1819034272 executions, 44 histories; broken: 0 0 0; steps: - - 6 6
"
    );
    let broken = [
        breaks::<Unary<Regular, 2>>(&there_and_back(), Model::Atomic),
        breaks::<Forgets<Unary<Regular, 6>, 2>>(&there_and_back(), Model::Atomic),
        breaks::<TwoCopies>(&Scenario::free(2, &[2]), Model::Atomic),
        breaks::<Forgets<TwoCopies, 16>>(&Scenario::free(2, &[2]), Model::Atomic),
    ];
    assert_eq!(
        broken,
        [
            "no linearization: 24, 24",
            "new-old inversion: 155, 155",
            "new-old inversion: 20703, 103338338",
            "new-old inversion: 20703, 103338338"
        ]
    );
}

#[test]
fn beyond_their_last_number_numbered_and_readers_table_are_regular() {
    // The second write takes the number of the first.
    type Overrun = Numbered<Unary<Regular, 4>, 2>;
    let broken = Model::CLASSES.map(|model| breaks::<Overrun>(&there_and_back(), model));
    assert_eq!(
        broken,
        ["nothing: 0, 0", "nothing: 0, 0", "no linearization: 30, 30"]
    );
    type OverrunTable = ReadersTable<Numbered<WordByWord, 4>, 2>;
    let scenario = free("init: 0\nT1: ww(1) ww(0)\nT2: rr\nT3: rr\n");
    let broken = Model::CLASSES.map(|model| breaks::<OverrunTable>(&scenario, model));
    assert_eq!(
        broken,
        ["nothing: 0, 0", "nothing: 0, 0", "no linearization: 9, 32"]
    );
}

#[test]
fn a_readers_table_is_atomic_for_many_readers() {
    assert_eq!(
        lines::<ReadersTable<WordByWord>>(&Scenario::free(1, &[1, 1])),
        "\
Sc: 373 states, 4232 executions, 34 histories; broken: 0 0 0; steps: 3 3 2 2
Weak: 375 states, 7870 executions, 34 histories; broken: 0 0 0; steps: 3 3 2 2
"
    );
    assert_eq!(
        lines::<ReadersTable<WordByWord>>(&Scenario::free(2, &[2, 1])),
        "\
Sc: 17484 states, 27534480 executions, 1174 histories; broken: 0 0 0; steps: 3 3 2 2
Weak: 18362 states, 118452012 executions, 1174 histories; broken: 0 0 0; steps: 3 3 2 2
"
    );
    assert_eq!(
        lines::<ReadersTable<WordByWord>>(&Scenario::free(1, &[1, 1, 1])),
        "\
Sc: 24230 states, 3601523660 executions, 490 histories; broken: 0 0 0; steps: 5 5 3 3
Weak: 26112 states, 9524587523 executions, 490 histories; broken: 0 0 0; steps: 5 5 3 3
"
    );
    type OnBits = ReadersTable<Numbered<Unary<Regular, 8>, 4>, 2>;
    assert_eq!(
        lines::<OnBits>(&two_readers()),
        "\
Sc: 5813 states, 1015916834045 executions, 34 histories; broken: 0 0 0; steps: 22 22 8 8
Weak: 6268 states, 1015916834045 executions, 34 histories; broken: 0 0 0; steps: 22 22 8 8
"
    );
    let broken = breaks::<TellsNobody<WordByWord>>(&Scenario::free(1, &[1, 1]), Model::Atomic);
    assert_eq!(broken, "new-old inversion: 3, 20");
}

#[test]
fn a_register_of_timestamps_is_atomic_for_many_writers() {
    let scenarios = [
        free("init: 0\nT1: ww(1)\nT2: ww(2)\nT3: rr rr\n"),
        free("init: 0\nT1: ww(1)\nT2: ww(2)\nT3: rr\nT4: rr\n"),
        free("init: 0\nT1: ww(1) ww(3)\nT2: ww(2)\nT3: rr\n"),
        free("init: 0\nT1: ww(1) rr\nT2: ww(2) rr\n"),
    ];
    let two_writers = scenarios.each_ref().map(lines::<Timestamps<WordByWord>>);
    assert_eq!(
        two_writers.concat(),
        "\
Sc: 1642 states, 65240 executions, 177 histories; broken: 0 0 0; steps: 2 2 2 2
Weak: 1654 states, 233504 executions, 177 histories; broken: 0 0 0; steps: 2 2 2 2
Sc: 6540 states, 1155480 executions, 640 histories; broken: 0 0 0; steps: 2 2 2 2
Weak: 6578 states, 4623704 executions, 640 histories; broken: 0 0 0; steps: 2 2 2 2
Sc: 1824 states, 65240 executions, 139 histories; broken: 0 0 0; steps: 2 2 2 2
Weak: 1830 states, 238824 executions, 139 histories; broken: 0 0 0; steps: 2 2 2 2
Sc: 365 states, 3286 executions, 34 histories; broken: 0 0 0; steps: 2 2 2 2
Weak: 365 states, 6874 executions, 34 histories; broken: 0 0 0; steps: 2 2 2 2
"
    );
    let three = free("init: 0\nT1: ww(1)\nT2: ww(2)\nT3: ww(3)\nT4: rr\n");
    let three_writers = lines::<Timestamps<WordByWord>>(&three);
    assert_eq!(
        three_writers,
        "\
Sc: 16016 states, 93797424 executions, 470 histories; broken: 0 0 0; steps: 3 3 3 3
Weak: 16442 states, 435637189 executions, 470 histories; broken: 0 0 0; steps: 3 3 3 3
"
    );
    let on_tables = lines::<Timestamps<ReadersTable<WordByWord, 0x10000>, 256>>(&scenarios[1]);
    assert_eq!(
        on_tables,
        "\
Sc: 222224 states, 11086158783958126 executions, 640 histories; broken: 0 0 0; steps: 10 10 8 8
Weak: 275119 states, 41080076985536424 executions, 640 histories; broken: 0 0 0; steps: 10 10 8 8
"
    );
    let broken = breaks::<LooksAtNobody<WordByWord, 16>>(&scenarios[2], Model::Safe);
    assert_eq!(broken, "stale read: 2, 2");
}

#[test]
fn the_whole_chain_is_atomic_from_bits_that_flicker_to_many_writers() {
    assert_eq!(
        lines::<OneWrite<Safe>>(&the_other()),
        "\
Sc: 365 states, 1928 executions, 10 histories; broken: 0 0 0; steps: 17 17 4 4
Weak: 371 states, 1928 executions, 10 histories; broken: 0 0 0; steps: 17 17 4 4
"
    );
    assert_eq!(
        lines::<OneWrite<Safe>>(&two_readers()),
        "\
Sc: 10933 states, 122791022418750656 executions, 34 histories; broken: 0 0 0; steps: 38 38 8 8
Weak: 11636 states, 122791022418750656 executions, 34 histories; broken: 0 0 0; steps: 38 38 8 8
"
    );
    assert_eq!(
        lines::<OneWrite<SafeBit>>(&two_readers()),
        "\
Sc: 3085 states, 9214704692134 executions, 34 histories; broken: 0 0 0; steps: 34 34 4 4
Weak: 3085 states, 11376237258052 executions, 34 histories; broken: 0 0 0; steps: 34 34 4 4
"
    );
    let two_writers = free("init: 0\nT1: ww(1)\nT2: ww(0)\nT3: rr\n");
    let report = explored::<TwoWrites<SafeBit>, 1>(&two_writers, MemoryModel::Sc).report;
    assert_claim::<TwoWrites<SafeBit>>(&report);
    assert_eq!(report.states, Some(18_902));
    let Survey { report, bounds } =
        explored::<FromBitsThatFlicker, 1>(&two_writers, MemoryModel::Sc);
    assert_claim::<FromBitsThatFlicker>(&report);
    assert_eq!(report.states, Some(110_674));
    assert!(report.executions > 9e32);
    let bounds = bounds.unwrap();
    let steps = [bounds.read.among_others, bounds.write.among_others];
    assert_eq!(steps.map(|bound| bound.to_string()), ["97", "70"]);
}

#[test]
fn witnesses_on_words_that_flicker_replay_on_real_threads() {
    fn assert_replays<C: Construction<Erased, 1>>(scenario: &Scenario, expected: usize) {
        let mut replayed = 0;
        for memory in BOTH {
            for (model, witness) in explored::<C, 1>(scenario, memory).report.witnesses {
                assert_eq!(witness.stale_loads, 0);
                let performed = replay::<C, 1>(&witness.timeline).unwrap();
                assert_eq!(performed.steps, witness.timeline.steps);
                assert!(!check(model, &performed.history).holds());
                replayed += 1;
            }
        }
        assert_eq!(replayed, expected);
    }
    assert_replays::<Safe>(&same_again(), 4);
    assert_replays::<ManyReaders<Regular>>(&two_readers(), 2);
    assert_replays::<WrittenToChange<ManyReaders<Safe>>>(&there_and_back(), 2);
    assert_replays::<Unary<Regular, 2>>(&there_and_back(), 2);
    assert_replays::<Forgets<Unary<Regular, 6>, 2>>(&there_and_back(), 2);
}

/// The oracle for snapshots: whether some order of the operations keeps their precedence, so that in it every scan
/// returns of each component what its writer wrote last. Every order is tried.
fn is_a_snapshot<const N: usize>(history: &History) -> bool {
    fn extend<const N: usize>(history: &History, left: &[usize], components: [u64; N]) -> bool {
        left.is_empty()
            || left.iter().enumerate().any(|(position, &next)| {
                if left.iter().any(|&other| history.precedes(other, next)) {
                    return false;
                }
                let rest = [&left[..position], &left[position + 1..]].concat();
                let operation = &history.operations()[next];
                let mut components = components;
                match &operation.action {
                    Action::Write(value) => {
                        let writers = history.writers();
                        let mut writers = writers.iter();
                        let mine = writers.position(|&it| it == operation.process).unwrap();
                        components[mine] = value.word(mine).unwrap();
                        extend(history, &rest, components)
                    }
                    Action::Read(Some(value)) => {
                        value.to_words() == Some(components) && extend(history, &rest, components)
                    }
                    Action::Read(None) => extend(history, &rest, components),
                    Action::CompareAndSwap { .. } => unreachable!("nobody swaps here"),
                }
            })
    }
    let all: Vec<usize> = (0..history.operations().len()).collect();
    extend::<N>(history, &all, history.initial().to_words().unwrap())
}

#[test]
fn the_oracle_for_snapshots_tells_them_apart() {
    let judged = |picture: &str| is_a_snapshot::<2>(&picture.parse::<Timeline>().unwrap().history);
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

/// Every access with release and acquire, SeqCst or not.
#[derive(Clone, Copy, Debug)]
struct SeqCst;

impl Kind for SeqCst {
    const NAME: &'static str = "without-seqcst";

    fn load(_: Ordering) -> Ordering {
        Ordering::Acquire
    }

    fn store(_: Ordering) -> Ordering {
        Ordering::Release
    }
}

/// `memory: states, executions, histories, histories that are no snapshots; steps: as in lines`, and the first history
/// that is none.
fn snapshots<C: Construction<Erased, N>, const N: usize>(
    scenario: &Scenario,
) -> (String, Option<String>) {
    let (mut lines, mut broken) = (String::new(), None);
    for memory in BOTH {
        let Survey { report, bounds } = explored::<C, N>(scenario, memory);
        let found = report.histories.values();
        let bad: Vec<&History> = found
            .map(|found| &found.history)
            .filter(|history| !is_a_snapshot::<N>(history))
            .collect();
        let bounds = bounds.unwrap();
        writeln!(
            lines,
            "{memory:?}: {} states, {:.0} executions, {} histories, {} bad; steps: {} {} {} {}",
            report.states.unwrap(),
            report.executions,
            report.histories.len(),
            bad.len(),
            bounds.read.alone,
            bounds.read.among_others,
            bounds.write.alone,
            bounds.write.among_others,
        )
        .unwrap();
        let first = bad
            .first()
            .map(|&history| Timeline::from(history.clone()).to_string());
        broken = broken.or(first);
    }
    (lines, broken)
}

#[test]
fn a_snapshot_is_one_in_every_execution() {
    let scenarios = [
        free("init: 0\nT1: ww(1)\nT2: ww(2)\nT3: rr rr\n"),
        free("init: 0\nT1: ww(1) ww(3)\nT2: ww(2) ww(4)\nT3: rr\n"),
        free("init: 0\nT1: ww(1) ww(3)\nT2: rr\nT3: rr\n"),
        free("init: 0\nT1: ww(1)\nT2: ww(2)\nT3: rr\nT4: rr\n"),
    ];
    let mut lines = String::new();
    for scenario in &scenarios {
        let (found, broken) = snapshots::<Snapshot<OneWord>, 2>(scenario);
        assert_eq!(broken, None);
        lines += &found;
    }
    assert_eq!(
        lines,
        "\
Sc: 7383 states, 4080441518 executions, 174 histories, 0 bad; steps: 5 8 6 7
Weak: 7383 states, 4080441518 executions, 174 histories, 0 bad; steps: 5 8 6 7
Sc: 146837 states, 923206568375096 executions, 844 histories, 0 bad; steps: 5 8 6 7
Weak: 150973 states, 923206568375096 executions, 844 histories, 0 bad; steps: 5 8 6 7
Sc: 6770 states, 8109957410 executions, 174 histories, 0 bad; steps: 5 6 5 5
Weak: 6774 states, 8109957410 executions, 174 histories, 0 bad; steps: 5 6 5 5
Sc: 42934 states, 15214936849144 executions, 640 histories, 0 bad; steps: 5 8 6 7
Weak: 42934 states, 15214936849144 executions, 640 histories, 0 bad; steps: 5 8 6 7
"
    );
    let three = free("init: 0\nT1: ww(1)\nT2: ww(2)\nT3: ww(3)\nT4: rr\n");
    let (lines, broken) = snapshots::<Snapshot<OneWord>, 3>(&three);
    assert_eq!(broken, None);
    assert_eq!(
        lines,
        "\
Sc: 181463 states, 154242499746928852992 executions, 490 histories, 0 bad; steps: 8 15 9 13
Weak: 181463 states, 154242499746928852992 executions, 490 histories, 0 bad; steps: 8 15 9 13
"
    );
}

#[test]
fn a_snapshot_of_one_collect_is_none() {
    let scenario = free("init: 0\nT1: ww(1)\nT2: ww(2)\nT3: rr\n");
    let (lines, broken) = snapshots::<CollectsOnce<OneWord>, 2>(&scenario);
    assert_eq!(
        lines,
        "\
Sc: 175 states, 498 executions, 35 histories, 1 bad; steps: 2 2 1 1
Weak: 175 states, 498 executions, 35 histories, 1 bad; steps: 2 2 1 1
"
    );
    assert_eq!(
        broken.unwrap(),
        "init: 0\nThread 1:  wwwww(1)\nThread 2:       wwwww(2)\nThread 3:  rrrrrrrrrr(0|2)\n"
    );
}

#[test]
fn a_snapshot_without_views_is_none_once_a_scan_needs_one() {
    // Two writes may pass a scan unharmed: it takes over the view of before them all, which is that of its beginning.
    let twice = free("init: 0\nT1: ww(1) ww(2)\nT2: rr\n");
    let (_, broken) = snapshots::<Snapshot<WithoutViews<OneWord>>, 2>(&twice);
    assert_eq!(broken, None);
    let thrice = free("init: 0\nT1: ww(1) ww(2) ww(3)\nT2: rr\n");
    let (lines, broken) = snapshots::<Snapshot<WithoutViews<OneWord>>, 2>(&thrice);
    assert_eq!(
        lines,
        "\
Sc: 589 states, 368846 executions, 21 histories, 1 bad; steps: 5 6 5 5
Weak: 589 states, 368846 executions, 21 histories, 1 bad; steps: 5 6 5 5
"
    );
    assert_eq!(
        broken.unwrap(),
        "init: 0\nThread 1:  wwwww(1)  wwwww(2)  wwwww(3)\nThread 2:            rrrrrrrrrrrrrrr(0)\n"
    );
    let (lines, broken) = snapshots::<Snapshot<OneWord>, 2>(&thrice);
    assert_eq!(broken, None);
    assert_eq!(
        lines,
        "\
Sc: 588 states, 368846 executions, 20 histories, 0 bad; steps: 5 6 5 5
Weak: 588 states, 368846 executions, 20 histories, 0 bad; steps: 5 6 5 5
"
    );
}

#[test]
fn a_snapshot_needs_registers_of_one_time() {
    let scenario = free("init: 0\nT1: ww(1)\nT2: ww(2)\nT3: rr\nT4: rr\n");
    let (lines, broken) = snapshots::<Without<Snapshot<OneWord>, SeqCst>, 2>(&scenario);
    assert_eq!(
        lines,
        "\
Sc: 42934 states, 15214936849144 executions, 640 histories, 0 bad; steps: 5 8 6 7
Weak: 43144 states, 80289354345764 executions, 646 histories, 6 bad; steps: 8 8 7 7
"
    );
    // One scan sees the one write and not the other, and the other scan the other and not the one.
    assert_eq!(
        broken.unwrap(),
        "init: 0\nThread 1:  wwwww(1)\nThread 2:  wwwww(2)\nThread 3:  rrrrr(0|2)\nThread 4:  rrrrr(1|0)\n"
    );
}

#[test]
fn a_snapshot_is_no_register_of_several_words() {
    // Two writes in order, each of its own component: no read of a register would return a mix of them.
    let timeline = History::new(
        0,
        [
            Operation::write(1, 1, 0..=1),
            Operation::write(2, 2, 2..=3),
            Operation::read(3, [1, 2], 4..=5),
        ],
    )
    .unwrap();
    assert!(is_a_snapshot::<2>(&timeline));
    assert_eq!(histories::check::strongest(&timeline), None);
}

//! The registers of practice, with the numbers pinned: what each does in every execution of small scenarios, how many
//! steps its operations take, and what breaks it.

use std::marker::PhantomData;
use std::time::Duration;

use histories::{Model, Timeline};
use interleavings::mutants::pinned::{
    self, DatesLater, FloorFalls, ForgetsPins, LosesPins, Nothing, ReturnsEarly, TrustsSlots,
};
use interleavings::mutants::{
    AcquireFences, AcquireLoads, AcquireUpdates, Kind, ReleaseFences, ReleaseStores,
    ReleaseUpdates, SeqCsts, Weakened, Without,
};
use interleavings::{
    Bound, Bounds, Coverage, Limits, MemoryModel, Report, StepBounds, explore, survey,
};
use registers::atomic::{
    AnonymousReaders, FourSlot, LeftRight, ManyWriterSequenceLock, Peterson, PinnedSlots,
    PinnedSlotsOf, TripleBuffer, VersionedRing, VersionedRingOf,
};
use registers::scenario::Scenario;
use registers::stress::{Stress, stress, to_the_end};
use registers::subject::Subject;
use registers::worlds::Erased;
use registers::{
    Arity, Class, Construction, Guarantee, Hardware, Memory, Progress, Read, Sizes, Value,
};

const BOTH: [MemoryModel; 2] = [MemoryModel::Sc, MemoryModel::Weak];

/// A scenario in which exactly what is drawn precedes something.
fn drawn(name: &str, picture: &str) -> Scenario {
    let picture: Timeline = picture.parse().unwrap();
    Scenario::drawn(name, &picture.history)
}

/// The scenarios that every register is tried in.
fn scenarios(readers: Arity) -> Vec<Scenario> {
    let mut scenarios = vec![Scenario::free(1, &[1]), Scenario::free(2, &[2])];
    if readers == Arity::Many {
        scenarios.push(Scenario::free(1, &[1, 1]));
    }
    scenarios.push(Scenario::free(3, &[2]));
    scenarios
}

/// `scenario memory states executions histories` of an exploration to the end that finds no violation of atomicity.
fn line(report: &Report) -> String {
    assert_eq!(report.coverage, Coverage::Exhaustive);
    assert_eq!(report.violations(Model::Atomic), 0.0, "{}", report.scenario);
    format!(
        "{} {:?} {} {} {}",
        report.scenario,
        report.memory,
        report.states.unwrap(),
        report.executions,
        report.histories.len(),
    )
}

/// Explores a register in some scenarios, compares the lines with those expected, and returns the step bounds of all
/// together.
#[track_caller]
fn assert_atomic(subject: &Subject, scenarios: &[Scenario], expected: &str) -> Bounds {
    let none = StepBounds {
        alone: Bound::Steps(0),
        among_others: Bound::Steps(0),
    };
    let mut all = Bounds {
        read: none,
        write: none,
    };
    let mut found = String::new();
    for scenario in scenarios {
        for memory in BOTH {
            let survey = survey(subject, scenario, memory, &Limits::default()).unwrap();
            found += &(line(&survey.report) + "\n");
            let bounds = survey.bounds.unwrap();
            for (all, found) in [(&mut all.read, bounds.read), (&mut all.write, bounds.write)] {
                all.alone = all.alone.max(found.alone);
                all.among_others = all.among_others.max(found.among_others);
            }
        }
    }
    assert!(found == expected, "found:\n{found}");
    assert_eq!(guarantee(all.read), subject.claims().progress.read);
    assert_eq!(guarantee(all.write), subject.claims().progress.write);
    all
}

/// What bounds amount to.
fn guarantee(bounds: StepBounds) -> Guarantee {
    match (bounds.alone, bounds.among_others) {
        (Bound::Unbounded, _) => Guarantee::Blocking,
        (_, Bound::Unbounded) => Guarantee::LockFree,
        _ => Guarantee::WaitFree,
    }
}

/// At most so many steps, with all others running.
fn steps(bounds: Bounds) -> (Bound, Bound) {
    (bounds.read.among_others, bounds.write.among_others)
}

#[test]
fn four_slot_is_atomic_and_wait_free() {
    let subject = Subject::of::<FourSlot, 2>();
    let bounds = assert_atomic(
        &subject,
        &scenarios(Arity::One),
        "\
w·r Sc 66 926 4
w·r Weak 82 933 4
ww·rr Sc 1228 7724044 44
ww·rr Weak 1566 9483403 44
www·rr Sc 4649 420655623 135
www·rr Weak 6072 600198378 135
",
    );
    assert_eq!(steps(bounds), (Bound::Steps(5), Bound::Steps(5)));
}

#[test]
fn arc_is_atomic_and_wait_free() {
    let subject = Subject::of::<AnonymousReaders, 2>();
    let bounds = assert_atomic(
        &subject,
        &scenarios(Arity::Many),
        "\
w·r Sc 46 128 4
w·r Weak 46 134 4
ww·rr Sc 752 439102 44
ww·rr Weak 752 516104 44
w·r·r Sc 885 125296 34
w·r·r Weak 885 147214 34
www·rr Sc 3235 25264032 135
www·rr Weak 3253 48683753 135
",
    );
    assert_eq!(steps(bounds), (Bound::Steps(5), Bound::Steps(5)));
}

#[test]
fn arc_goes_around_two_readers() {
    assert_atomic(
        &Subject::of::<AnonymousReaders, 1>(),
        &[Scenario::free(3, &[1, 1])],
        "\
www·r·r Sc 21520 167771984 614
www·r·r Weak 22572 269182472 614
",
    );
}

#[test]
fn triple_buffer_is_atomic_and_wait_free() {
    let subject = Subject::of::<TripleBuffer, 2>();
    let bounds = assert_atomic(
        &subject,
        &scenarios(Arity::One),
        "\
w·r Sc 38 72 4
w·r Weak 38 77 4
ww·rr Sc 589 67688 44
ww·rr Weak 589 88332 44
www·rr Sc 2039 1759695 135
www·rr Weak 2048 2677573 135
",
    );
    assert_eq!(steps(bounds), (Bound::Steps(4), Bound::Steps(3)));
}

#[test]
fn left_right_is_atomic_with_wait_free_reads_and_blocking_writes() {
    let subject = Subject::of::<LeftRight, 2>();
    let bounds = assert_atomic(
        &subject,
        &scenarios(Arity::Many),
        "\
w·r Sc 108 3434 4
w·r Weak 111 5200 4
ww·rr Sc 1805 87471987 44
ww·rr Weak 2250 317520561 44
w·r·r Sc 2851 621753834 34
w·r·r Weak 3549 1723930638 34
www·rr Sc 5750 2861266149 135
www·rr Weak 7371 12957585123 135
",
    );
    assert_eq!(steps(bounds), (Bound::Steps(6), Bound::Unbounded));
}

#[test]
fn a_ring_of_two_is_atomic_with_lock_free_reads_and_wait_free_writes() {
    let subject = Subject::of::<VersionedRingOf<2>, 2>();
    let bounds = assert_atomic(
        &subject,
        &scenarios(Arity::Many),
        "\
w·r Sc 43 128 4
w·r Weak 44 203 4
ww·rr Sc 661 588186 44
ww·rr Weak 842 1932676 44
w·r·r Sc 634 13474868 34
w·r·r Weak 673 18278464 34
www·rr Sc 2251 150873462 135
www·rr Weak 3373 1107786530 135
",
    );
    assert_eq!(steps(bounds), (Bound::Unbounded, Bound::Steps(3)));
}

#[test]
fn a_ring_of_four_is_lapped_by_three_writes() {
    let subject = Subject::of::<VersionedRing, 2>();
    assert_atomic(
        &subject,
        &[Scenario::free(5, &[2])],
        "\
wwwww·rr Sc 12846 745112301 728
wwwww·rr Weak 14125 8295306989 728
",
    );
    // By fewer it is not.
    let report = survey(
        &subject,
        &Scenario::free(2, &[2]),
        MemoryModel::Weak,
        &Limits::default(),
    );
    let bounds = report.unwrap().bounds.unwrap();
    assert_eq!(steps(bounds), (Bound::Steps(4), Bound::Steps(3)));
}

#[test]
fn many_writer_sequence_lock_is_atomic_and_everybody_waits() {
    let mut scenarios = scenarios(Arity::Many);
    scenarios.extend([
        drawn("w·w·r", "init: 0\nT1: ww(1)\nT2: ww(2)\nT3: rr\n").recorded(),
        drawn("w·w·rr", "init: 0\nT1: wwwww(1)\nT2: wwwww(2)\nT3: rr rr\n").recorded(),
        drawn(
            "ww·w·r",
            "init: 0\nT1: ww(1) ww(3)\nT2: wwwwwwwwww(2)\nT3: rrrrrrrrrr\n",
        )
        .recorded(),
    ]);
    assert_atomic(
        &Subject::of::<ManyWriterSequenceLock, 2>(),
        &scenarios,
        "\
w·r Sc 70 605 4
w·r Weak 89 2556 4
ww·rr Sc 1167 10564684 44
ww·rr Weak 1689 1029353010 44
w·r·r Sc 1145 469806608 34
w·r·r Weak 1924 7507693402 34
www·rr Sc 4231 10123056730 135
www·rr Weak 6544 8477811683090 135
w·w·r Sc 1247 121669100 34
w·w·r Weak 2017 6114634792 34
w·w·rr Sc 6462 17397331670 177
w·w·rr Weak 10592 2602510439826 177
ww·w·r Sc 7811 7029688462559 139
ww·w·r Weak 14968 6661482765170675 139
",
    );
}

#[test]
fn peterson_is_atomic_and_wait_free() {
    let bounds = assert_atomic(
        &Subject::of::<Peterson, 2>(),
        &[Scenario::free(1, &[1]), Scenario::free(2, &[2])],
        "\
w·r Sc 1818 5660825 4
w·r Weak 1876 185346452 4
ww·rr Sc 61141 381295475613940 44
ww·rr Weak 73084 485421763545863940 44
",
    );
    assert_eq!(steps(bounds), (Bound::Steps(13), Bound::Steps(11)));
    assert_atomic(
        &Subject::of::<Peterson, 1>(),
        &[Scenario::free(1, &[1, 1]), Scenario::free(3, &[2])],
        "\
w·r·r Sc 63624 170328722635709 34
w·r·r Weak 74366 27421787458754270 34
www·rr Sc 67053 40638540655247 135
www·rr Weak 88527 14537466184080292 135
",
    );
}

#[test]
fn pinned_slots_is_atomic_and_wait_free() {
    let subject = Subject::of::<PinnedSlotsOf<3>, 2>();
    let mut scenarios = scenarios(Arity::Many);
    scenarios.push(Scenario::free(6, &[2]));
    let bounds = assert_atomic(
        &subject,
        &scenarios,
        "\
w·r Sc 43 128 4
w·r Weak 43 203 4
ww·rr Sc 505 114219 44
ww·rr Weak 515 331862 44
w·r·r Sc 638 268338 34
w·r·r Weak 642 703064 34
www·rr Sc 1957 3487933 135
www·rr Weak 1999 17141857 135
wwwwww·rr Sc 54501 358157544738 1428
wwwwww·rr Weak 55109 3290254000541 1428
",
    );
    // Two copies of the words; and at most two slots that are skipped.
    assert_eq!(steps(bounds), (Bound::Steps(8), Bound::Steps(5)));
}

#[test]
fn pinned_slots_goes_around_two_readers() {
    assert_atomic(
        &Subject::of::<PinnedSlotsOf<3>, 1>(),
        &[Scenario::free(4, &[1, 1])],
        "\
wwww·r·r Sc 78313 8741460540 1729
wwww·r·r Weak 81547 165112756248 1729
",
    );
}

/// A register whose readers read by value or by reference, each time whichever way they like.
#[derive(Debug)]
struct EitherWay<C>(PhantomData<C>);

#[derive(Debug)]
struct EitherWayReader<M, R> {
    memory: M,
    reader: R,
}

impl<M: Memory, C: Construction<M, N>, const N: usize> Construction<M, N> for EitherWay<C> {
    const NAME: &'static str = C::NAME;
    const CLASS: Class = C::CLASS;
    const PROGRESS: Progress = C::PROGRESS;
    const READERS: Arity = C::READERS;
    type Writers = C::Writers;
    type Reader = EitherWayReader<M, C::Reader>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let (writers, readers) = C::build(memory, init, sizes);
        let readers = readers.into_iter().map(|reader| EitherWayReader {
            memory: memory.clone(),
            reader,
        });
        (writers, readers.collect())
    }
}

impl<M: Memory, R: Read<N>, const N: usize> Read<N> for EitherWayReader<M, R> {
    fn read(&mut self) -> Value<N> {
        if self.memory.choose(2) == 0 {
            self.reader.read()
        } else {
            *self.reader.read_ref(&mut [u64::MAX; N])
        }
    }
}

#[test]
fn pinned_slots_is_atomic_and_wait_free_by_value_and_by_reference() {
    let subject = Subject::of::<EitherWay<PinnedSlotsOf<3>>, 2>();
    let bounds = assert_atomic(
        &subject,
        &[
            Scenario::free(1, &[3]),
            Scenario::free(3, &[3]),
            Scenario::free(1, &[2, 2]),
            Scenario::free(6, &[2]),
        ],
        "\
w·rrr Sc 345 43464 20
w·rrr Weak 352 81256 20
www·rrr Sc 12801 5596769064 580
www·rrr Weak 13128 39376201416 580
w·rr·rr Sc 34538 2446413288800 844
w·rr·rr Weak 37244 6703738532736 844
wwwwww·rr Sc 100213 6738145192032 1428
wwwwww·rr Weak 101719 147780450124416 1428
",
    );
    // The choice is a step too.
    assert_eq!(steps(bounds), (Bound::Steps(9), Bound::Steps(5)));
}

/// One slow read, and one that is under way when the writer goes back to the rotation, and for some writes after.
fn back_to_the_rotation() -> Scenario {
    drawn(
        "back",
        "
        init: 0
        T1: ww(1) ww(2) ww(3) ww(4) ww(5) ww(6) ww(7) ww(8) ww(9) ww(10) ww(11) ww(12) ww(13)
        T2: rrrrrrrrrrrrrrrrrrr                             rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr
        ",
    )
}

#[test]
fn pinned_slots_is_atomic_when_it_goes_back_to_the_rotation() {
    assert_atomic(
        &Subject::of::<PinnedSlotsOf<3>, 2>(),
        &[back_to_the_rotation()],
        "\
back Sc 11538 32667041666 30
back Weak 11774 251425939838 30
",
    );
}

/// What is left of a register without one kind of ordering, on weak memory.
fn without<C, K, const N: usize>(scenario: &Scenario) -> String
where
    C: Construction<Weakened<Erased, K>, N>,
    K: Kind,
{
    let report = explore::<Without<C, K>, N>(scenario, MemoryModel::Weak, &Limits::default());
    let report = report.unwrap();
    let verdict = match report.witnesses.get(&Model::Atomic) {
        Some(witness) => witness
            .violation
            .sentence
            .split(':')
            .next()
            .unwrap_or_default(),
        None => {
            assert_eq!(report.coverage, Coverage::Exhaustive);
            "nothing"
        }
    };
    format!("{}: {verdict}\n", K::NAME)
}

macro_rules! without {
    ($register:ty, $scenario:expr, $($kind:ty),+) => {
        [$(without::<$register, $kind, 2>(&$scenario)),+].concat()
    };
}

#[test]
fn what_breaks_without_an_ordering() {
    let www_rr = || Scenario::free(3, &[2]);
    let mut found = String::new();
    found += "four-slot\n";
    found += &without!(FourSlot, www_rr(), AcquireLoads, ReleaseStores, SeqCsts);
    found += "arc\n";
    found += &without!(
        AnonymousReaders,
        www_rr(),
        AcquireLoads,
        AcquireUpdates,
        ReleaseUpdates
    );
    found += "triple-buffer\n";
    found += &without!(TripleBuffer, www_rr(), AcquireUpdates, ReleaseUpdates);
    found += "left-right\n";
    found += &without!(LeftRight, www_rr(), ReleaseUpdates, SeqCsts);
    found += "versioned-ring\n";
    found += &without!(
        VersionedRingOf<2>,
        www_rr(),
        AcquireLoads,
        ReleaseStores,
        AcquireFences,
        ReleaseFences
    );
    found += "many-writer-sequence-lock\n";
    found += &without!(
        ManyWriterSequenceLock,
        www_rr(),
        AcquireLoads,
        ReleaseStores,
        AcquireFences,
        ReleaseFences
    );
    found += "peterson\n";
    found += &without!(
        Peterson,
        Scenario::free(2, &[2]),
        AcquireLoads,
        ReleaseStores,
        AcquireFences,
        ReleaseFences,
        SeqCsts
    );
    found += "pinned-slots\n";
    found += &without!(
        PinnedSlotsOf<3>,
        www_rr(),
        AcquireLoads,
        AcquireFences,
        ReleaseFences,
        AcquireUpdates,
        ReleaseUpdates
    );
    let expected = "\
four-slot
without-acquire-loads: nothing
without-release-stores: nothing
without-seq-cst: torn read
arc
without-acquire-loads: nothing
without-acquire-updates: torn read
without-release-updates: torn read
triple-buffer
without-acquire-updates: torn read
without-release-updates: torn read
left-right
without-release-updates: nothing
without-seq-cst: torn read
versioned-ring
without-acquire-loads: torn read
without-release-stores: torn read
without-acquire-fences: torn read
without-release-fences: torn read
many-writer-sequence-lock
without-acquire-loads: torn read
without-release-stores: torn read
without-acquire-fences: torn read
without-release-fences: torn read
peterson
without-acquire-loads: torn read
without-release-stores: torn read
without-acquire-fences: torn read
without-release-fences: torn read
without-seq-cst: torn read
pinned-slots
without-acquire-loads: torn read
without-acquire-fences: torn read
without-release-fences: torn read
without-acquire-updates: torn read
without-release-updates: torn read
";
    assert!(found == expected, "found:\n{found}");
}

#[test]
fn four_slot_with_acquire_and_release_alone_is_torn_at_three_writes_and_not_at_two() {
    let torn = |writes, reads| {
        let scenario = Scenario::free(writes, &[reads]);
        without::<FourSlot, SeqCsts, 2>(&scenario)
    };
    assert_eq!(torn(2, 3), "without-seq-cst: nothing\n");
    assert_eq!(torn(3, 1), "without-seq-cst: torn read\n");
    assert_eq!(torn(3, 2), "without-seq-cst: torn read\n");
}

/// A slow read that pins a slot, while another reader stands by, and a read when the slot is free again.
fn slow_read() -> Scenario {
    drawn(
        "slow",
        "
        init: 0
        T1:    ww(1) ww(2) ww(3) ww(4) ww(5) ww(6) ww(7) ww(8) ww(9)
        T2:    rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr  rrrrrrrrrrrr
        T3: rr
        ",
    )
}

/// What breaks pinned slots, `H` of which rotate, with a flaw.
fn flawed<F: pinned::Flaw, const H: usize>(scenario: &Scenario) -> String {
    let report = explore::<pinned::Twin<H, F>, 2>(scenario, MemoryModel::Sc, &Limits::default());
    let report = report.unwrap();
    let states = report.states.unwrap();
    let verdict = match report.witnesses.get(&Model::Atomic) {
        Some(witness) => {
            assert_eq!(witness.stale_loads, 0);
            witness
                .violation
                .sentence
                .split(':')
                .next()
                .unwrap_or_default()
        }
        None => {
            assert_eq!(report.coverage, Coverage::Exhaustive);
            "nothing"
        }
    };
    format!("{} {} {states}: {verdict}\n", F::NAME, report.scenario)
}

#[test]
fn every_flaw_in_the_books_of_pinned_slots_breaks_it() {
    let six = Scenario::free(6, &[2]);
    let eight = Scenario::free(8, &[2]);
    let found = [
        flawed::<LosesPins, 3>(&six),
        flawed::<ForgetsPins, 3>(&six),
        flawed::<FloorFalls, 3>(&six),
        // Here three slots rotate, and one skipped slot leaves no disorder among them with one reader.
        flawed::<ReturnsEarly, 3>(&six),
        flawed::<ReturnsEarly, 3>(&slow_read()),
        flawed::<ReturnsEarly, 4>(&eight),
        flawed::<TrustsSlots, 3>(&six),
        flawed::<DatesLater, 3>(&six),
        flawed::<Nothing, 3>(&six),
        flawed::<Nothing, 3>(&slow_read()),
        flawed::<Nothing, 4>(&eight),
    ]
    .concat();
    let expected = "\
loses-pins wwwwww·rr 78295: torn read
forgets-pins wwwwww·rr 53521: torn read
floor-falls wwwwww·rr 54417: torn read
returns-early wwwwww·rr 56115: nothing
returns-early slow 6863: torn read
returns-early wwwwwwww·rr 177811: torn read
trusts-slots wwwwww·rr 50307: stale read
dates-later wwwwww·rr 66658: stale read
pinned-slots-twin wwwwww·rr 54501: nothing
pinned-slots-twin slow 6268: nothing
pinned-slots-twin wwwwwwww·rr 168869: nothing
";
    assert!(found == expected, "found:\n{found}");
}

#[test]
fn the_twin_that_lacks_nothing_is_pinned_slots() {
    for memory in BOTH {
        for scenario in [Scenario::free(4, &[2]), slow_read(), back_to_the_rotation()] {
            let limits = Limits::default();
            let twin = explore::<pinned::Twin<3, Nothing>, 2>(&scenario, memory, &limits).unwrap();
            let original = explore::<PinnedSlotsOf<3>, 2>(&scenario, memory, &limits).unwrap();
            assert_eq!(line(&twin), line(&original));
            assert!(twin.histories.keys().eq(original.histories.keys()));
        }
    }
}

/// A storm on real threads, which proves nothing, finds nothing.
#[track_caller]
fn assert_calm<C: Construction<Hardware, 8>>(readers: usize) {
    let storm = Stress::of_readers(readers, Duration::from_millis(100));
    let counts = stress::<C, 8>(&storm, to_the_end).unwrap();
    assert_eq!(counts.strongest_class(), Some(C::CLASS), "{counts:?}");
}

#[test]
fn a_storm_finds_nothing() {
    assert_calm::<FourSlot>(1);
    assert_calm::<AnonymousReaders>(2);
    assert_calm::<TripleBuffer>(1);
    assert_calm::<LeftRight>(2);
    assert_calm::<VersionedRing>(2);
    assert_calm::<ManyWriterSequenceLock>(2);
    assert_calm::<Peterson>(2);
    assert_calm::<PinnedSlots>(2);
    assert_calm::<PinnedSlotsOf<3>>(2);
}

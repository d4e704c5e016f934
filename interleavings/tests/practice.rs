//! The registers of practice in scenarios of their own: what goes round, what is lapped, and what breaks if the books of
//! pinned slots are kept wrongly. `practice.txt` has the states in coarse steps.

#[path = "support/columns.rs"]
mod columns;
#[path = "support/side_by_side.rs"]
mod side_by_side;
#[path = "support/table.rs"]
mod table;
mod twins {
    pub(crate) mod pinned_slots;
}

use std::marker::PhantomData;
use std::time::Duration;

use histories::{Model, Timeline, check};
use interleavings::{
    Change, Coverage, FaultKind, Limits, MemoryModel, Variant, Verified, survey, verify,
};
use registers::atomic::{
    AnonymousReaders, FourSlot, LeftRight, ManyWriterSequenceLock, Peterson, PinnedSlots,
    PinnedSlotsOf, TripleBuffer, VersionedRing,
};
use registers::memory::Ordering::SeqCst;
use registers::scenario::Scenario;
use registers::stress::{Stress, stress, to_the_end};
use registers::subject::Subject;
use registers::worlds::Erased;
use registers::worlds::conducted::follow;
use registers::{Arity, Class, Construction, Hardware, Memory, Progress, Read, Sizes, Value};

use crate::columns::aligned;
use crate::side_by_side::side_by_side;
use crate::table::assert_table;
use crate::twins::pinned_slots::{
    DatesLater, Flaw, FloorFalls, ForgetsPins, LosesPins, Nothing, ReturnsEarly, TrustsSlots, Twin,
};

/// A scenario in which exactly what is drawn precedes something.
fn drawn(name: &str, picture: &str) -> Scenario {
    let picture: Timeline = picture.parse().expect("it is a timeline");
    Scenario::drawn(name, &picture.history)
}

fn free(lanes: &str) -> Scenario {
    lanes.parse().expect("it is a scenario")
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

/// One slow read, and one that is under way when the writer goes back to the rotation, and for some writes after.
fn back_to_the_rotation() -> Scenario {
    drawn(
        "back",
        "
        init: 0
        T1: ww(1) ww(2) ww(3) ww(4) ww(5) ww(6) ww(7) ww(8) ww(9) ww(10) ww(11) ww(12) ww(13)
        T2: rrrrrrrrrrrrrrrrrrr                             rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr
        ",
    )
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

/// A register in a scenario, and by what it is torn or stale.
struct Row {
    name: &'static str,
    subject: Subject,
    scenario: Scenario,
    breaks: Option<&'static str>,
    /// Where it is explored.
    on: &'static [MemoryModel],
}

fn of<C: Construction<Erased, N>, const N: usize>(name: &'static str, scenario: Scenario) -> Row {
    Row {
        name,
        subject: Subject::of::<C, N>(),
        scenario,
        breaks: None,
        on: &MemoryModel::ALL,
    }
}

/// A twin of pinned slots, `H` of which rotate. Its flaws are none of ordering.
fn twin<const H: usize, F: Flaw>(scenario: Scenario, breaks: Option<&'static str>) -> Row {
    Row {
        breaks,
        on: &[MemoryModel::Sc],
        ..of::<Twin<H, F>, 2>(F::NAME, scenario)
    }
}

fn rows() -> Vec<Row> {
    type ThreePinned = PinnedSlotsOf<3>;
    let (six, eight) = (|| free("wwwwww.rr"), || free("wwwwwwww.rr"));
    vec![
        of::<VersionedRing, 2>("a ring of four, lapped", free("wwwww.rr")),
        of::<AnonymousReaders, 1>("arc, around two readers", free("www.r.r")),
        of::<ManyWriterSequenceLock, 2>("many writers", free("w.w.rr")),
        of::<ManyWriterSequenceLock, 2>("many writers", free("w1w3.w2.r")),
        of::<Peterson, 2>("peterson, of two words", free("ww.rr")),
        of::<ThreePinned, 2>("pinned slots, out of the rotation", six()),
        of::<ThreePinned, 2>("pinned slots, back to the rotation", back_to_the_rotation()),
        of::<ThreePinned, 2>("pinned slots, with a slow reader", slow_read()),
        of::<ThreePinned, 1>("pinned slots, around two readers", free("wwww.r.r")),
        of::<EitherWay<ThreePinned>, 2>("by value and by reference", free("www.rrr")),
        of::<EitherWay<ThreePinned>, 2>("by value and by reference", free("w.rr.rr")),
        of::<EitherWay<ThreePinned>, 2>("by value and by reference", six()),
        twin::<3, Nothing>(six(), None),
        twin::<3, LosesPins>(six(), Some("torn read")),
        twin::<3, ForgetsPins>(six(), Some("torn read")),
        twin::<3, FloorFalls>(six(), Some("torn read")),
        // One skipped slot of three leaves no disorder among them with one reader.
        twin::<3, ReturnsEarly>(six(), None),
        twin::<3, ReturnsEarly>(slow_read(), Some("torn read")),
        twin::<4, ReturnsEarly>(eight(), Some("torn read")),
        twin::<4, Nothing>(eight(), None),
        twin::<3, TrustsSlots>(six(), Some("stale read")),
        twin::<3, DatesLater>(six(), Some("stale read")),
    ]
}

fn explored(subject: &Subject, scenario: &Scenario, memory: MemoryModel) -> Verified {
    let (variant, limits) = (Variant::default(), Limits::default());
    let verified = verify(subject, scenario, memory, variant, &limits, |_| {});
    let verified = verified.expect("it fits the register");
    assert_eq!(
        verified.coverage,
        Coverage::Exhaustive,
        "{}",
        scenario.name()
    );
    verified
}

impl Row {
    fn explore(&self) -> Vec<String> {
        let Self {
            name,
            subject,
            scenario,
            breaks,
            on,
        } = self;
        let states = on.iter().map(|&memory| {
            let verified = explored(subject, scenario, memory);
            let is_broken = !verified.meets(Model::Atomic);
            assert_eq!(is_broken, breaks.is_some(), "{name} on {memory}");
            verified.states.to_string()
        });
        if let &Some(anomaly) = breaks {
            let limits = Limits::default();
            let survey = survey(subject, scenario, MemoryModel::Sc, &limits).expect("it fits");
            let witness = &survey.report.witnesses[&Model::Atomic];
            assert_eq!(witness.violation.anomaly.name(), anomaly, "{name}");
            let performed = follow(subject, &witness.timeline).expect("it can be performed");
            assert!(!check(Model::Atomic, &performed.history).holds(), "{name}");
        }
        let breaks = breaks.unwrap_or_default().to_owned();
        let first = [(*name).to_owned(), scenario.name().to_owned(), breaks];
        first.into_iter().chain(states).collect()
    }
}

#[test]
fn they_are_atomic_where_slots_come_round_and_broken_if_the_books_are_kept_wrongly() {
    let heads = ["", "", "", "sc", "x86", "weak"]
        .map(str::to_owned)
        .to_vec();
    let rows = side_by_side(&rows(), Row::explore);
    let rows: Vec<Vec<String>> = std::iter::once(heads).chain(rows).collect();
    assert_table("practice.txt", &aligned(&rows));
}

#[test]
fn the_twin_that_lacks_nothing_is_pinned_slots() {
    let twin = Subject::of::<Twin<3, Nothing>, 2>();
    let original = Subject::of::<PinnedSlotsOf<3>, 2>();
    for memory in MemoryModel::ALL {
        for scenario in [free("wwww.rr"), slow_read()] {
            let [twin, original] = [twin, original].map(|it| explored(&it, &scenario, memory));
            assert_eq!(
                twin.states,
                original.states,
                "{} on {memory}",
                scenario.name()
            );
            assert!(twin.histories.keys().eq(original.histories.keys()));
        }
    }
}

#[test]
fn four_slot_with_acquire_and_release_alone_is_torn_at_three_writes_and_not_at_two() {
    let subject = Subject::of::<FourSlot, 2>();
    let of = explored(&subject, &free("w.r"), MemoryModel::Weak).exercised;
    for mutation in of.weakened() {
        let Change::Order { from: SeqCst, .. } = mutation.change else {
            continue;
        };
        let variant = Variant {
            mutation: Some(mutation),
            ..Variant::default()
        };
        let races = |lanes| {
            let limits = Limits::default();
            let verified = verify(
                &subject,
                &free(lanes),
                MemoryModel::Weak,
                variant,
                &limits,
                |_| {},
            );
            verified.expect("it fits").fails
        };
        assert_eq!(races("ww.rrr"), [], "{mutation}");
        assert_eq!(races("www.r"), [FaultKind::DataRace], "{mutation}");
    }
}

/// Stress on real threads, which proves nothing, finds nothing.
#[track_caller]
fn assert_calm<C: Construction<Hardware, 8>>(readers: usize) {
    let settings = Stress::of_readers(readers, Duration::from_millis(100));
    let counts = stress::<C, 8>(&settings, to_the_end).expect("it fits the register");
    assert_eq!(counts.strongest_class(), Some(C::CLASS), "{counts:?}");
}

#[test]
fn stress_finds_nothing() {
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

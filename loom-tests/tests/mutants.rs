//! Why each ordering of the sequence lock is there, and each of its checks: without it, this happens. The mutants are
//! those of the atlas.

use std::sync::Arc;

use histories::check::Anomaly;
use histories::{Model, Timeline};
use interleavings::mutants::twin::{AnnouncesTooLate, SkipsTheSecondLook};
use interleavings::mutants::{
    AcquireFences, AcquireLoads, Kind, ReleaseFences, ReleaseStores, Without,
};
use interleavings::report::{Coverage, Witness};
use loom_tests::{Limits, explore};
use registers::atomic::SequenceLock;
use registers::memory::Ordering::{Acquire, Relaxed};
use registers::scenario::Scenario;
use registers::worlds::Erased;
use registers::worlds::conducted::replay;
use registers::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write};

/// How a sequence lock of two words breaks without one kind of ordering, while it is written and read once.
fn without<K: Kind>() -> (f64, Witness) {
    let report =
        explore::<Without<SequenceLock, K>, 2>(&Scenario::free(1, &[1]), &Limits::default())
            .unwrap();
    assert_eq!(report.coverage, Coverage::Exhaustive);
    (report.executions, report.witnesses[&Model::Regular].clone())
}

/// The steps of the witness, one a line.
fn steps(timeline: &Timeline) -> Vec<String> {
    let steps = timeline.steps.iter();
    steps.map(|step| step.to_string()).collect()
}

#[test]
fn without_the_release_store_or_its_acquire_load_the_words_may_be_older_than_the_number() {
    for (executions, witness) in [without::<ReleaseStores>(), without::<AcquireLoads>()] {
        assert_eq!(executions, 1025.0);
        assert_eq!(witness.violation.anomaly, Anomaly::Torn);
        let expected = [
            "T1  sequence := 1",
            "T1  word[0] := 1",
            "T1  word[1] := 1",
            "T1  sequence := 2",
            "T2  sequence -> 2",
            "T2  word[0] -> 0        <- stale: latest is 1",
            "T2  word[1] -> 1",
            "T2  sequence -> 2",
        ];
        assert_eq!(steps(&witness.timeline), expected);
    }
}

#[test]
fn without_the_release_fence_or_its_acquire_fence_the_number_may_be_older_than_the_words() {
    for (executions, witness) in [without::<ReleaseFences>(), without::<AcquireFences>()] {
        assert_eq!(executions, 1256.0);
        assert_eq!(witness.violation.anomaly, Anomaly::Torn);
        let expected = [
            "T2  sequence -> 0",
            "T2  word[0] -> 0",
            "T1  sequence := 1",
            "T1  word[0] := 1",
            "T1  word[1] := 1",
            "T1  sequence := 2",
            "T2  word[1] -> 1",
            "T2  sequence -> 0       <- stale: latest is 2",
        ];
        assert_eq!(steps(&witness.timeline), expected);
    }
}

/// A mutant that lacks a step, not an ordering, is torn even where every load is fresh, in a dozen steps that threads
/// can perform.
fn is_torn_on_any_memory<C: Construction<Erased, 2>>() {
    let report = explore::<C, 2>(&Scenario::free(1, &[1]), &Limits::default()).unwrap();
    assert_eq!(report.coverage, Coverage::Exhaustive);
    assert!(!report.witnesses.contains_key(&Model::Safe));
    let witness = &report.witnesses[&Model::Regular];
    assert_eq!(witness.violation.anomaly, Anomaly::Torn);
    assert_eq!(witness.stale_loads, 0);
    assert!(witness.timeline.steps.len() <= 12);
    let performed = replay::<C, 2>(&witness.timeline).unwrap();
    assert_eq!(performed.steps, witness.timeline.steps);
}

#[test]
fn without_the_second_look_at_the_number_a_read_is_torn() {
    is_torn_on_any_memory::<SkipsTheSecondLook>();
}

#[test]
fn with_the_odd_number_stored_behind_the_words_a_read_is_torn() {
    is_torn_on_any_memory::<AnnouncesTooLate>();
}

#[test]
fn a_reader_that_waits_for_nobody_waits_for_ever() {
    let scenario = Scenario::free(1, &[1]);
    let report = explore::<NeverEven, 1>(&scenario, &Limits::default()).unwrap();
    let why = "Thread 2's first read can wait for ever".to_owned();
    assert_eq!(report.coverage, Coverage::Inconclusive(why));
}

/// A lock of one word whose writer takes it and never frees it: its reader waits as long as the number is odd.
struct NeverEven;

#[derive(Debug)]
struct Writer<W>(Arc<W>);

#[derive(Debug)]
struct Reader<M: Memory>(M, Arc<M::Word>);

impl<M: Memory> Construction<M, 1> for NeverEven {
    const NAME: &'static str = "never-even";
    const CLASS: Class = Class::Safe;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<M::Word>; 1];
    type Reader = Reader<M>;

    fn build(memory: &M, _: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let number = Arc::new(memory.word(format_args!("number"), 0));
        let reader = |_| Reader(memory.clone(), Arc::clone(&number));
        let readers = (0..sizes.readers).map(reader).collect();
        ([Writer(number)], readers)
    }
}

impl<W: Word> Write<1> for Writer<W> {
    fn write(&mut self, _: Value<1>) {
        self.0.store(1, Relaxed);
    }
}

impl<M: Memory> Read<1> for Reader<M> {
    fn read(&mut self) -> Value<1> {
        loop {
            let number = self.1.load(Acquire);
            if number.is_multiple_of(2) {
                return [number];
            }
            self.0.relax();
        }
    }
}

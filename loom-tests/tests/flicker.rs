//! Lamport's bits, and what is made of them.

mod common;

use common::outcomes;
use histories::check::Anomaly;
use histories::{Model, Timeline};
use interleavings::report::{Coverage, Report};
use loom_tests::{Flicker, Limits, explore_in};
use registers::safe::WordByWord;
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::worlds::Erased;
use registers::{
    Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Word, Write, Writers,
};

/// Every execution on words that are only safe, and hold 0 or 1.
fn on_bits<C: Construction<Erased, N>, const N: usize>(picture: &str) -> Report {
    let timeline: Timeline = picture.parse().unwrap();
    let scenario = Scenario::drawn("bits", &timeline.history).recorded();
    let enter = |loom: &_| Erased::new(Flicker::new(loom, &[0, 1], 8));
    let report = explore_in(&Subject::of::<C, N>(), &scenario, &Limits::default(), enter).unwrap();
    assert_eq!(report.coverage, Coverage::Exhaustive);
    report
}

fn broken(report: &Report) -> Vec<Model> {
    report.witnesses.keys().copied().collect()
}

/// The value written is the one that the bit holds already.
const SAME_AGAIN: &str = "init: 1\nThread 1:  wwww(1)\nThread 2:  rrrr\n";

/// The value written is the other one, and there is time for two reads.
const THE_OTHER: &str = "init: 0\nThread 1:  wwwwwwwwww(1)\nThread 2:  rrrr  rrrr\n";

#[test]
fn a_safe_bit_is_not_regular_because_rewriting_its_value_makes_it_flicker() {
    let report = on_bits::<WordByWord, 1>(SAME_AGAIN);
    assert_eq!(outcomes(&report), ["0", "1"]);
    assert_eq!(broken(&report), [Model::Regular, Model::Atomic]);
    let witness = &report.witnesses[&Model::Regular];
    assert_eq!(witness.violation.anomaly, Anomaly::NeverWritten);
    assert_eq!(
        witness.timeline.to_string(),
        "\
init: 1
Thread 1:  ww1wwwwwww3ww(1)
Thread 2:      rr2rr(0)
     1  T1  word[0] is being written
     2  T2  word[0] -> 0              <- flickers: a write is under way
     3  T1  word[0] := 1
"
    );
}

#[test]
fn two_reads_of_a_safe_bit_may_return_anything_in_any_order() {
    let report = on_bits::<WordByWord, 1>(THE_OTHER);
    assert_eq!(outcomes(&report), ["0 0", "0 1", "1 0", "1 1"]);
    // Of a bit that changes, anything is the old value or the new one.
    assert_eq!(broken(&report), [Model::Atomic]);
}

#[test]
fn a_bit_that_is_written_only_to_change_it_is_regular() {
    let report = on_bits::<WrittenToChange, 1>(SAME_AGAIN);
    assert_eq!(outcomes(&report), ["1"]);
    let report = on_bits::<WrittenToChange, 1>(THE_OTHER);
    assert_eq!(broken(&report), [Model::Atomic]);
    assert_eq!(
        report.witnesses[&Model::Atomic].violation.anomaly,
        Anomaly::NewOldInversion
    );
}

#[test]
fn a_value_of_several_safe_bits_is_safe_and_may_be_one_that_nobody_wrote() {
    let picture = "init: 0|1\nThread 1:  wwww(1|1)\nThread 2:  rrrr\n";
    let report = on_bits::<WordByWord, 2>(picture);
    assert_eq!(outcomes(&report), ["0", "1", "0|1", "1|0"]);
    assert_eq!(broken(&report), [Model::Regular, Model::Atomic]);
}

#[test]
fn whoever_needs_more_than_reads_and_writes_is_told_so() {
    let timeline: Timeline = SAME_AGAIN.parse().unwrap();
    let scenario = Scenario::drawn("bits", &timeline.history);
    let enter = |loom: &_| Erased::new(Flicker::new(loom, &[0, 1], 8));
    let report = explore_in(
        &Subject::of::<Swapping, 1>(),
        &scenario,
        &Limits::default(),
        enter,
    )
    .unwrap();
    let Coverage::Inconclusive(why) = report.coverage else {
        panic!("{:?}", report.coverage)
    };
    assert!(why.contains("only safe can be read and written"), "{why}");
}

/// A safe bit that is left alone when it holds the value already: a regular one (Lamport 1986, Construction 3).
struct WrittenToChange;

#[derive(Debug)]
struct Writer<W> {
    bit: W,
    holds: u64,
}

impl<M: Memory> Construction<M, 1> for WrittenToChange {
    const NAME: &'static str = "written-to-change";
    const CLASS: Class = Class::Regular;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [Writer<<<WordByWord as Construction<M, 1>>::Writers as Writers<1>>::Writer>; 1];
    type Reader = <WordByWord as Construction<M, 1>>::Reader;

    fn build(memory: &M, init: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let ([bit], readers) = WordByWord::build(memory, init, sizes);
        let [holds] = init;
        ([Writer { bit, holds }], readers)
    }
}

impl<W: Write<1>> Write<1> for Writer<W> {
    fn write(&mut self, [value]: Value<1>) {
        if value != self.holds {
            self.bit.write([value]);
            self.holds = value;
        }
    }
}

/// A word that is written by a swap, and read by nobody.
struct Swapping;

#[derive(Debug)]
struct Swapper<W>(W);

#[derive(Debug)]
struct Nothing;

impl<M: Memory> Construction<M, 1> for Swapping {
    const NAME: &'static str = "swapping";
    const CLASS: Class = Class::Safe;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [Swapper<M::Word>; 1];
    type Reader = Nothing;

    fn build(memory: &M, [init]: Value<1>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let word = memory.word(format_args!("word"), init);
        (
            [Swapper(word)],
            (0..sizes.readers).map(|_| Nothing).collect(),
        )
    }
}

impl<W: Word> Write<1> for Swapper<W> {
    fn write(&mut self, [value]: Value<1>) {
        self.0.swap(value, registers::memory::Ordering::AcqRel);
    }
}

impl Read<1> for Nothing {
    fn read(&mut self) -> Value<1> {
        [0]
    }
}

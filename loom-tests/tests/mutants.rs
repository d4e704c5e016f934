//! Why each ordering of the sequence lock is there, and each of its checks: without it, this happens.

use histories::check::Anomaly;
use histories::{Model, Timeline};
use interleavings::report::{Coverage, Witness};
use loom_tests::{Limits, LoomMemory, Site, Weakened, explore, explore_in};
use registers::atomic::SequenceLock;
use registers::memory::Ordering::{AcqRel, Acquire, Relaxed, Release};
use registers::scenario::Scenario;
use registers::worlds::conducted::replay;
use registers::{Arity, Class, Construction, Memory, Read, Value, Word, Write};
use std::sync::Arc;

/// How a sequence lock of two words breaks without the ordering at this site, while it is written and read once.
fn without(site: Site) -> (f64, Option<Witness>) {
    let enter = move |loom: &LoomMemory| Weakened::without(site, loom.clone());
    let scenario = Scenario::free(1, &[1]);
    let report = explore_in::<_, SequenceLock, 2>(&scenario, &Limits::default(), enter).unwrap();
    assert_eq!(report.coverage, Coverage::Exhaustive);
    let witness = report.witnesses.get(&Model::Regular).cloned();
    (report.executions, witness)
}

/// The steps of the witness, one a line.
fn steps(timeline: &Timeline) -> Vec<String> {
    let steps = timeline.steps.iter();
    steps.map(|step| step.to_string()).collect()
}

#[test]
fn without_the_release_store_or_its_acquire_load_the_words_may_be_older_than_the_number() {
    for site in [Site::Store(Release), Site::Load(Acquire)] {
        let (executions, witness) = without(site);
        assert_eq!(executions, 1025.0, "{site}");
        let witness = witness.unwrap();
        assert_eq!(witness.violation.anomaly, Anomaly::Torn, "{site}");
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
        assert_eq!(steps(&witness.timeline), expected, "{site}");
    }
}

#[test]
fn without_the_release_fence_or_its_acquire_fence_the_number_may_be_older_than_the_words() {
    for site in [Site::Fence(Release), Site::Fence(Acquire)] {
        let (executions, witness) = without(site);
        assert_eq!(executions, 1256.0, "{site}");
        let witness = witness.unwrap();
        assert_eq!(witness.violation.anomaly, Anomaly::Torn, "{site}");
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
        assert_eq!(steps(&witness.timeline), expected, "{site}");
    }
}

#[test]
fn an_ordering_that_the_register_does_not_use_is_not_missed() {
    let (executions, witness) = without(Site::ReadModifyWrite(AcqRel));
    assert_eq!(executions, 962.0);
    assert!(witness.is_none());
}

#[test]
fn without_the_second_look_at_the_number_a_read_is_torn_even_where_every_load_is_fresh() {
    let scenario = Scenario::free(1, &[1]);
    let report = explore::<LooksOnce, 2>(&scenario, &Limits::default()).unwrap();
    assert_eq!(report.coverage, Coverage::Exhaustive);
    assert!(!report.witnesses.contains_key(&Model::Safe));
    let witness = &report.witnesses[&Model::Regular];
    assert_eq!(witness.violation.anomaly, Anomaly::Torn);
    assert_eq!(witness.stale_loads, 0);
    assert!(witness.timeline.steps.len() <= 12);
    let performed = replay::<LooksOnce, 2>(&witness.timeline).unwrap();
    assert_eq!(performed.steps, witness.timeline.steps);
}

#[test]
fn a_reader_that_waits_for_nobody_waits_for_ever() {
    let scenario = Scenario::free(1, &[1]);
    let report = explore::<NeverEven, 1>(&scenario, &Limits::default()).unwrap();
    let why = "Thread 2's first read can wait for ever".to_owned();
    assert_eq!(report.coverage, Coverage::Inconclusive(why));
}

/// A sequence lock whose reader does not look at the number again, once it has read the words.
struct LooksOnce;

/// A sequence lock whose writer forgets to say that it is done.
struct NeverEven;

#[derive(Debug)]
struct Shared<W, const N: usize> {
    sequence: W,
    words: [W; N],
}

impl<W: Word, const N: usize> Shared<W, N> {
    fn build<M: Memory<Word = W>>(memory: &M, init: Value<N>) -> Arc<Self> {
        Arc::new(Self {
            sequence: memory.word(format_args!("sequence"), 0),
            words: std::array::from_fn(|at| memory.word(format_args!("word[{at}]"), init[at])),
        })
    }
}

/// Writes, and perhaps says when it is done.
#[derive(Debug)]
struct Writer<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
    says_when_done: bool,
}

/// Reads when no write seems to run.
#[derive(Debug)]
struct Reader<M: Memory, const N: usize> {
    memory: M,
    shared: Arc<Shared<M::Word, N>>,
}

fn build<M: Memory, const N: usize>(
    memory: &M,
    init: Value<N>,
    readers: usize,
    says_when_done: bool,
) -> (Writer<M, N>, Vec<Reader<M, N>>) {
    let shared = Shared::build(memory, init);
    let reader = |_| Reader {
        memory: memory.clone(),
        shared: Arc::clone(&shared),
    };
    let readers = (0..readers).map(reader).collect();
    let memory = memory.clone();
    let writer = Writer {
        memory,
        shared,
        says_when_done,
    };
    (writer, readers)
}

impl<M: Memory, const N: usize> Construction<M, N> for LooksOnce {
    const NAME: &'static str = "looks-once";
    const CLASS: Class = Class::Safe;
    const READERS: Arity = Arity::Many;
    type Writer = Writer<M, N>;
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, readers: usize) -> (Self::Writer, Vec<Self::Reader>) {
        build(memory, init, readers, true)
    }
}

impl<M: Memory, const N: usize> Construction<M, N> for NeverEven {
    const NAME: &'static str = "never-even";
    const CLASS: Class = Class::Safe;
    const READERS: Arity = Arity::Many;
    type Writer = Writer<M, N>;
    type Reader = Reader<M, N>;

    fn build(memory: &M, init: Value<N>, readers: usize) -> (Self::Writer, Vec<Self::Reader>) {
        build(memory, init, readers, false)
    }
}

impl<M: Memory, const N: usize> Write<N> for Writer<M, N> {
    fn write(&mut self, value: Value<N>) {
        let Shared { sequence, words } = &*self.shared;
        sequence.store(1, Relaxed);
        self.memory.fence(Release);
        for (word, value) in words.iter().zip(value) {
            word.store(value, Relaxed);
        }
        if self.says_when_done {
            sequence.store(2, Release);
        }
    }
}

impl<M: Memory, const N: usize> Read<N> for Reader<M, N> {
    fn read(&mut self) -> Value<N> {
        let Shared { sequence, words } = &*self.shared;
        while sequence.load(Acquire) % 2 == 1 {
            self.memory.relax();
        }
        std::array::from_fn(|at| words[at].load(Relaxed))
    }
}

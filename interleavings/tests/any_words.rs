//! Two words stand for all: where the premise holds, an execution with more words is one with two, for any two of them.

use std::collections::BTreeSet;

use histories::{Action, History, Operation, Timeline, Value};
use interleavings::{Limits, MemoryModel, Variant, any_number_of_words, verify};
use registers::atomic::{LeftRight, SequenceLock, TripleBuffer};
use registers::broken::{DoubleBuffer, FlagCheckedOnce};
use registers::memory::Ordering::{Acquire, Relaxed, Release};
use registers::own::Shared;
use registers::regular::TwoCopies;
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::worlds::Erased;
use registers::{Construction, Memory, Word, on_the_bench};

/// A value, of which these two words are left.
fn restricted(value: &Value, words: [usize; 2]) -> Value {
    let word = |at| value.word(at).expect("it has as many words");
    Value::from(words.map(word))
}

/// A history, of whose values these two words are left.
fn history_restricted(history: &History, words: [usize; 2]) -> String {
    let operations = history.operations().iter().map(|operation| {
        let action = match (operation.written(), operation.returned()) {
            (Some(written), _) => Action::Write(restricted(written, words)),
            (None, Some(returned)) => Action::Read(Some(restricted(returned, words))),
            (None, None) => operation.action.clone(),
        };
        Operation {
            action,
            ..operation.clone()
        }
    });
    let initial = restricted(history.initial(), words);
    let history = History::new(initial, operations).expect("only values have changed");
    Timeline::from(history).to_string()
}

/// Every history of a register, restricted to any two words.
fn histories<const N: usize>(
    subject: &Subject,
    scenario: &Scenario,
    memory: MemoryModel,
) -> BTreeSet<String> {
    let limits = Limits::default();
    let found = verify(
        subject,
        scenario,
        memory,
        Variant::default(),
        &limits,
        |_| {},
    );
    let found = found.expect("it can perform that").histories;
    let pairs = (0..N).flat_map(|first| (first + 1..N).map(move |second| [first, second]));
    let all = pairs.flat_map(|pair| {
        let histories = found.values();
        histories.map(move |history| history_restricted(history, pair))
    });
    all.collect()
}

fn assert_two_words_stand_for_all<C>(lanes: &str)
where
    C: Construction<Erased, 2> + Construction<Erased, 3> + Construction<Erased, 4>,
{
    let two = Subject::of::<C, 2>();
    assert_eq!(any_number_of_words(&two), Ok(()), "{}", two.claims().name);
    let scenario: Scenario = lanes.parse().unwrap();
    for memory in MemoryModel::ALL {
        let of_two = histories::<2>(&two, &scenario, memory);
        let of_three = histories::<3>(&Subject::of::<C, 3>(), &scenario, memory);
        let of_four = histories::<4>(&Subject::of::<C, 4>(), &scenario, memory);
        assert_eq!(
            of_three,
            of_two,
            "{} in {lanes}, {memory}",
            two.claims().name
        );
        assert_eq!(
            of_four,
            of_two,
            "{} in {lanes}, {memory}",
            two.claims().name
        );
    }
}

#[test]
fn executions_of_three_and_four_words_are_executions_of_any_two() {
    assert_two_words_stand_for_all::<TwoCopies>("w.r");
    assert_two_words_stand_for_all::<SequenceLock>("ww.rr");
    assert_two_words_stand_for_all::<SequenceLock>("w.r.r");
    assert_two_words_stand_for_all::<TripleBuffer>("ww.rr");
    assert_two_words_stand_for_all::<LeftRight>("w.r.r");
    assert_two_words_stand_for_all::<FlagCheckedOnce>("ww.r");
    assert_two_words_stand_for_all::<DoubleBuffer>("ww.r");
}

/// Keeps the sum of its words, and reads again until it is right.
struct Summed<M: Memory> {
    memory: M,
    sum: M::Word,
    words: [M::Word; 2],
}

impl<M: Memory> Shared<M, 2> for Summed<M> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            memory: memory.clone(),
            sum: memory.word(format_args!("sum"), init[0] + init[1]),
            words: memory.words(format_args!("word"), init),
        }
    }

    fn read(&self) -> [u64; 2] {
        self.memory.retry(|| {
            let value = M::Word::load_all(&self.words);
            (self.sum.load(Acquire) == value[0] + value[1]).then_some(value)
        })
    }

    fn write(&self, value: [u64; 2]) {
        self.sum.store(value[0] + value[1], Release);
        M::Word::store_all(&self.words, &value);
    }
}

on_the_bench!(OfASum = Summed, 2 words, claims Safe);

/// Gives its words back in the wrong order.
struct Swapped<M: Memory> {
    words: [M::Word; 2],
}

impl<M: Memory> Shared<M, 2> for Swapped<M> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            words: memory.words(format_args!("word"), init),
        }
    }

    fn read(&self) -> [u64; 2] {
        let [first, second] = M::Word::load_all(&self.words);
        [second, first]
    }

    fn write(&self, value: [u64; 2]) {
        M::Word::store_all(&self.words, &value);
    }
}

on_the_bench!(OfAMix = Swapped, 2 words, claims Safe);

/// Accesses its words one by one.
struct OneByOne<M: Memory> {
    words: [M::Word; 2],
}

impl<M: Memory> Shared<M, 2> for OneByOne<M> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            words: memory.words(format_args!("word"), init),
        }
    }

    fn read(&self) -> [u64; 2] {
        [self.words[0].load(Relaxed), self.words[1].load(Relaxed)]
    }

    fn write(&self, value: [u64; 2]) {
        M::Word::store_all(&self.words, &value);
    }
}

on_the_bench!(OfSingleWords = OneByOne, 2 words, claims Safe);

#[test]
fn a_register_that_looks_at_its_words_is_not_for_any_number_of_them() {
    let why = |subject: Subject| any_number_of_words(&subject).unwrap_err();
    let depends = "depends on the words of a value, or mixes them";
    let sum = why(Subject::of::<OfASum, 2>());
    assert!(sum.contains(depends), "{sum}");
    let mix = why(Subject::of::<OfAMix, 2>());
    assert!(mix.contains(depends), "{mix}");
    let single = why(Subject::of::<OfSingleWords, 2>());
    assert!(
        single.contains("its words are accessed one by one"),
        "{single}"
    );
}

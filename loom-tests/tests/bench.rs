//! Registers that somebody writes who has read nothing but the README: each is classified as what it is.

use std::time::Duration;

use histories::Model;
use loom_tests::bench::classify;
use loom_tests::bench::prelude::*;
use registers::on_the_bench;
use registers::stress::Stress;
use workbench::classified::Classified;
use workbench::cli::Outcome;

fn classified<C>() -> Classified
where
    C: registers::Construction<registers::worlds::Erased, 2>
        + registers::Construction<registers::Hardware, 2>,
{
    let storm = Stress::of_readers(1, Duration::from_millis(100));
    classify::<C, 2>(&storm, Duration::from_secs(20)).unwrap()
}

/// The witness against a model, and on which memory it is.
fn witness(classified: &Classified, model: Model) -> (&str, &str) {
    let mut all = classified.explored.iter();
    all.find_map(|it| Some((it.broken.get(&model)?.sentence.as_str(), it.memory)))
        .expect("it is broken")
}

struct WordByWord<M: Memory> {
    words: [M::Word; 2],
}

impl<M: Memory> Shared<M, 2> for WordByWord<M> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        let words = [0, 1].map(|at| memory.word(format_args!("word[{at}]"), init[at]));
        Self { words }
    }

    fn read(&self) -> [u64; 2] {
        [self.words[0].load(Relaxed), self.words[1].load(Relaxed)]
    }

    fn write(&self, value: [u64; 2]) {
        self.words[0].store(value[0], Relaxed);
        self.words[1].store(value[1], Relaxed);
    }
}

on_the_bench!(OfWords = WordByWord, 2 words, claims Safe);

#[test]
fn word_by_word_is_safe_and_torn() {
    let found = classified::<OfWords>();
    assert_eq!(found.survived, Some(Model::Safe));
    assert_eq!(found.outcome(), Outcome::AsAdvertised);
    assert!(witness(&found, Model::Regular).0.starts_with("torn read"));
    assert!(found.explored.iter().all(|it| it.exhaustive));
    assert!(found.explored.iter().any(|it| it.engine == "loom"));
}

/// With a version that is odd while the words change, and that the reader checks before and after. Everything is
/// SeqCst, as one writes it at first.
struct Versioned<M: Memory> {
    memory: M,
    version: M::Word,
    words: [M::Word; 2],
}

impl<M: Memory> Shared<M, 2> for Versioned<M> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            memory: memory.clone(),
            version: memory.word(format_args!("version"), 0),
            words: [0, 1].map(|at| memory.word(format_args!("word[{at}]"), init[at])),
        }
    }

    fn read(&self) -> [u64; 2] {
        loop {
            let version = self.version.load(SeqCst);
            let value = [self.words[0].load(SeqCst), self.words[1].load(SeqCst)];
            if version.is_multiple_of(2) && self.version.load(SeqCst) == version {
                return value;
            }
            self.memory.relax();
        }
    }

    fn write(&self, value: [u64; 2]) {
        let version = self.version.load(SeqCst);
        self.version.store(version + 1, SeqCst);
        self.words[0].store(value[0], SeqCst);
        self.words[1].store(value[1], SeqCst);
        self.version.store(version + 2, SeqCst);
    }
}

on_the_bench!(OfVersions = Versioned, 2 words, claims Atomic);

#[test]
fn a_version_check_makes_it_atomic() {
    let found = classified::<OfVersions>();
    assert_eq!(found.survived, Some(Model::Atomic));
    assert_eq!(found.outcome(), Outcome::AsAdvertised);
}

/// The reader looks once, before it reads, whether a write is under way.
struct FlagOnce<M: Memory> {
    memory: M,
    busy: M::Word,
    words: [M::Word; 2],
}

impl<M: Memory> Shared<M, 2> for FlagOnce<M> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            memory: memory.clone(),
            busy: memory.word(format_args!("busy"), 0),
            words: [0, 1].map(|at| memory.word(format_args!("word[{at}]"), init[at])),
        }
    }

    fn read(&self) -> [u64; 2] {
        while self.busy.load(SeqCst) == 1 {
            self.memory.relax();
        }
        [self.words[0].load(SeqCst), self.words[1].load(SeqCst)]
    }

    fn write(&self, value: [u64; 2]) {
        self.busy.store(1, SeqCst);
        self.words[0].store(value[0], SeqCst);
        self.words[1].store(value[1], SeqCst);
        self.busy.store(0, SeqCst);
    }
}

on_the_bench!(OfAFlag = FlagOnce, 2 words, claims Atomic);

#[test]
fn the_break_of_a_flag_checked_once_is_found() {
    let found = classified::<OfAFlag>();
    assert_eq!(found.outcome(), Outcome::Contradicted);
    assert_eq!(found.survived, Some(Model::Safe));
    let (sentence, memory) = witness(&found, Model::Atomic);
    assert!(sentence.starts_with("torn read"), "{sentence}");
    assert_eq!(memory, "sc");
}

/// A retry loop that forgets to say so.
struct Hasty<M: Memory> {
    version: M::Word,
    words: [M::Word; 2],
}

impl<M: Memory> Shared<M, 2> for Hasty<M> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        Self {
            version: memory.word(format_args!("version"), 0),
            words: [0, 1].map(|at| memory.word(format_args!("word[{at}]"), init[at])),
        }
    }

    fn read(&self) -> [u64; 2] {
        loop {
            let version = self.version.load(SeqCst);
            let value = [self.words[0].load(SeqCst), self.words[1].load(SeqCst)];
            if version.is_multiple_of(2) && self.version.load(SeqCst) == version {
                return value;
            }
        }
    }

    fn write(&self, value: [u64; 2]) {
        let version = self.version.load(SeqCst);
        self.version.store(version + 1, SeqCst);
        self.words[0].store(value[0], SeqCst);
        self.words[1].store(value[1], SeqCst);
        self.version.store(version + 2, SeqCst);
    }
}

on_the_bench!(OfHaste = Hasty, 2 words, claims Atomic);

#[test]
fn a_loop_that_does_not_say_that_it_retries_is_refused() {
    let storm = Stress::of_readers(1, Duration::from_millis(50));
    let refused = classify::<OfHaste, 2>(&storm, Duration::from_secs(1)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Hasty waits in a loop that never calls `memory.relax()`, so no exploration of it would end: call it once for \
         each failed attempt"
    );
}

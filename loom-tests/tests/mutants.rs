//! Registers changed by machine, one thing at a time: loom and the atlas come to the same of each. And what the parts of
//! the sequence lock are for: without one of them, this happens.

mod common;

use common::{histories, lacking, scenario, steps};
use histories::Model;
use histories::check::Anomaly;
use interleavings::report::{Coverage, Report};
use interleavings::{Exercised, MemoryModel, Mutation, Variant, survey_with, verify};
use loom_tests::{Limits, explore_with};
use registers::catalogue::Register;
use registers::scenario::Scenario;
use registers::subject::Subject;

/// What two engines say of a register with one thing changed.
struct Mutant {
    mutation: Mutation,
    loom: Report,
    atlas: Report,
    /// Whether the atlas finds that an operation waits for ever.
    waits: bool,
}

fn explored(subject: &Subject, scenario: &Scenario) -> Exercised {
    let limits = interleavings::Limits::default();
    let whole = Variant::default();
    let verified = verify(subject, scenario, MemoryModel::Weak, whole, &limits, |_| {});
    verified.unwrap().exercised
}

fn mutant(subject: &Subject, scenario: &Scenario, mutation: Mutation) -> Mutant {
    let limits = interleavings::Limits::default();
    let memory = MemoryModel::Weak;
    let variant = Variant {
        mutation: Some(mutation),
        ..Variant::default()
    };
    let survey = survey_with(subject, scenario, memory, variant, &limits, |_| {}).unwrap();
    let verified = verify(subject, scenario, memory, variant, &limits, |_| {}).unwrap();
    Mutant {
        mutation,
        loom: explore_with(subject, scenario, variant, &Limits::default()).unwrap(),
        atlas: survey.report,
        waits: verified.stuck.is_some(),
    }
}

impl Mutant {
    /// Compares what the engines found. Loom ends at the first fault, and the atlas finds all of them.
    fn agrees(&self, scenario: &Scenario) -> Result<(), String> {
        let Self {
            loom, atlas, waits, ..
        } = self;
        if atlas.coverage != Coverage::Exhaustive {
            return Err(format!("the atlas: {:?}", atlas.coverage));
        }
        if let Some(fault) = loom.faults.keys().next() {
            let known = atlas.faults.contains_key(fault);
            return if known {
                Ok(())
            } else {
                Err(format!("only loom: {fault}"))
            };
        }
        if let Some(fault) = atlas.faults.keys().next() {
            return Err(format!("only the atlas: {fault}"));
        }
        match &loom.coverage {
            Coverage::Inconclusive(why) if why.ends_with("can wait for ever") && *waits => Ok(()),
            Coverage::Exhaustive if *waits => Err("only the atlas waits for ever".to_owned()),
            Coverage::Exhaustive => {
                let (loom, atlas) = (histories(scenario, loom), histories(scenario, atlas));
                let both = (lacking(&loom, &atlas), lacking(&atlas, &loom));
                match both {
                    (loom, atlas) if loom.is_empty() && atlas.is_empty() => Ok(()),
                    (loom, atlas) => Err(format!("only loom:\n{loom}\nonly the atlas:\n{atlas}")),
                }
            }
            other => Err(format!("loom: {other:?}")),
        }
    }
}

/// Changes each thing in each of these registers, and compares. Beside each stands how many orderings can be weakened,
/// and how many values and stores can be changed.
fn engines_agree(scenario_text: &str, registers: &[(Register, usize, usize, usize)]) {
    let mut differences = Vec::new();
    for &(register, words, weakened, changed) in registers {
        let subject = register.subject(words).unwrap();
        let scenario = scenario(scenario_text);
        let exercised = explored(&subject, &scenario);
        let counts = (exercised.weakened().len(), exercised.changed().len());
        assert_eq!(counts, (weakened, changed), "{register} of {words} words");
        for mutation in exercised.weakened().into_iter().chain(exercised.changed()) {
            let mutant = mutant(&subject, &scenario, mutation);
            if let Err(why) = mutant.agrees(&scenario) {
                differences.push(format!("{register} of {words} words, {mutation}: {why}"));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

#[test]
fn both_engines_come_to_the_same_of_each_register_with_one_thing_changed() {
    engines_agree(
        "w.r",
        &[
            (Register::WordByWord, 2, 0, 3),
            (Register::TwoCopies, 1, 4, 9),
            (Register::OneWord, 1, 2, 3),
            (Register::SequenceLock, 1, 4, 9),
            (Register::SequenceLock, 2, 4, 9),
            (Register::FourSlot, 2, 6, 12),
            (Register::TripleBuffer, 2, 4, 8),
            (Register::VersionedRing, 2, 4, 7),
            (Register::LeftRight, 2, 5, 14),
            (Register::AnonymousReaders, 2, 6, 11),
            (Register::PinnedSlots, 2, 5, 7),
            (Register::ManyWriterSequenceLock, 1, 5, 10),
            (Register::ManyWriterSequenceLock, 2, 5, 10),
            (Register::Locked, 2, 0, 3),
            (Register::FlagCheckedOnce, 2, 2, 8),
            (Register::CountedOnce, 2, 4, 7),
            (Register::DoubleBuffer, 2, 2, 6),
            (Register::ReaderCache, 1, 6, 12),
            (Register::DirtyFlag, 1, 6, 13),
        ],
    );
}

/// Slots come back only with the second write.
#[test]
fn both_engines_come_to_the_same_of_each_register_of_slots_that_is_written_twice() {
    engines_agree(
        "ww.r",
        &[
            (Register::OneWord, 1, 2, 3),
            (Register::FourSlot, 1, 6, 12),
            (Register::TripleBuffer, 2, 4, 8),
            (Register::VersionedRing, 1, 4, 7),
            (Register::AnonymousReaders, 2, 6, 11),
            (Register::PinnedSlots, 1, 8, 12),
            (Register::DoubleBuffer, 2, 2, 6),
        ],
    );
}

/// What is read while a write is under way that was announced by no number, or whose number was not seen in time.
#[test]
fn each_part_of_the_sequence_lock_is_there_for_something() {
    // Who sees the number of a finished write would not see its words.
    let older_words = [
        "T1  sequence := 1",
        "T1  word[0] := 1",
        "T1  word[1] := 1",
        "T1  sequence := 2",
        "T2  sequence -> 2",
        "T2  word[0] -> 0        <- stale: latest is 1",
        "T2  word[1] -> 1",
        "T2  sequence -> 2",
    ];
    // Who has read a word of a write would not see that the number has become odd.
    let older_number = [
        "T2  sequence -> 0",
        "T2  word[0] -> 0",
        "T1  sequence := 1",
        "T1  word[0] := 1",
        "T1  word[1] := 1",
        "T1  sequence := 2",
        "T2  word[1] -> 1",
        "T2  sequence -> 0       <- stale: latest is 2",
    ];
    // Nobody would know that a write has begun.
    let not_announced = [
        "T1  word[0] := 1",
        "T2  sequence -> 0",
        "T2  word[0] -> 1",
        "T2  word[1] -> 0",
        "T2  sequence -> 0",
        "T1  word[1] := 1",
        "T1  sequence := 2",
    ];
    let cases: [(&str, &[&str]); 5] = [
        ("load: Acquire -> Relaxed", &older_words),
        ("store: Release -> Relaxed", &older_words),
        ("fence: Release -> left out", &older_number),
        ("fence: Acquire -> left out", &older_number),
        ("store: left out", &not_announced),
    ];
    let subject = Register::SequenceLock.subject(2).unwrap();
    let scenario = scenario("w.r");
    let exercised = explored(&subject, &scenario);
    for (change, expected) in cases {
        let all = exercised.weakened().into_iter().chain(exercised.changed());
        let mutation = all.into_iter().find(|it| it.to_string().ends_with(change));
        let mutant = mutant(&subject, &scenario, mutation.expect(change));
        assert_eq!(mutant.loom.coverage, Coverage::Exhaustive);
        let witness = &mutant.loom.witnesses[&Model::Regular];
        assert_eq!(witness.violation.anomaly, Anomaly::Torn, "{change}");
        assert_eq!(steps(&witness.timeline), expected, "{}", mutant.mutation);
    }
}

//! The best witness of an anomaly is the textbook picture; it can be typed, and performed on real threads.
//!
//! `witnesses.txt` has the pictures, without the lines of the source.

#[path = "support/go_wrong.rs"]
mod go_wrong;
#[path = "support/table.rs"]
mod table;

use histories::{Model, Timeline, check};
use interleavings::{
    Change, FaultKind, Limits, MemoryModel, Mutation, Survey, Variant, survey_with, verify,
};
use registers::catalogue::Register;
use registers::memory::Ordering;
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::worlds::conducted::follow;

use crate::go_wrong::{asserts, frees_at_once};
use crate::table::assert_table;

use MemoryModel::{Sc, Weak, X86};

fn explored(
    subject: &Subject,
    lanes: &str,
    memory: MemoryModel,
    mutation: Option<Mutation>,
) -> Survey {
    let scenario: Scenario = lanes.parse().expect("it is a scenario");
    let variant = Variant {
        mutation,
        ..Variant::default()
    };
    let survey = survey_with(
        subject,
        &scenario,
        memory,
        variant,
        &Limits::default(),
        |_| {},
    );
    let survey = survey.expect("it fits the register");
    assert!(
        survey.report.is_exhaustive(),
        "{:?}",
        survey.report.coverage
    );
    survey
}

/// What is changed if each access with this name and ordering is weakened.
fn weakened(subject: &Subject, name: &str, order: Ordering) -> Vec<Mutation> {
    let scenario: Scenario = "w.r".parse().expect("it is a scenario");
    let limits = Limits::default();
    let verified = verify(
        subject,
        &scenario,
        Weak,
        Variant::default(),
        &limits,
        |_| {},
    );
    let all = verified.expect("it fits the register").exercised.weakened();
    let is_it = |it: &Mutation| {
        it.name == name && matches!(it.change, Change::Order { from, .. } if from == order)
    };
    all.into_iter().filter(is_it).collect()
}

/// A picture whose steps do not say where they stand in the source.
fn without_sources(mut timeline: Timeline) -> Timeline {
    for step in &mut timeline.steps {
        step.source = None;
    }
    timeline
}

/// What is to be seen of an exploration.
enum Show {
    Breaks(Model),
    Fails(FaultKind),
    /// Why an operation waits.
    Waits,
}

use Show::{Breaks, Fails, Waits};

/// `title`, the sentence, and the picture.
fn picture(title: &str, survey: Survey, show: &Show) -> String {
    let (sentence, timeline) = match show {
        Breaks(model) => {
            let witness = &survey.report.witnesses[model];
            (witness.violation.sentence.clone(), &witness.timeline)
        }
        Fails(kind) => {
            let fault = &survey.report.faults[kind];
            (fault.sentence.clone(), &fault.timeline)
        }
        Waits => {
            let wait = &survey.waits[0];
            let who = if wait.is_write { "write" } else { "read" };
            (format!("no {who} is {} here", wait.lacks), &wait.timeline)
        }
    };
    // The place of a panic is a line of the source.
    let sentence = sentence.split(" at ").next().unwrap_or_default().to_owned();
    let timeline = without_sources(timeline.clone());
    format!("# {title}\n{sentence}\n{timeline}\n")
}

/// A picture to be taken: its title, of what, in which scenario, on which memory.
struct Picture {
    title: &'static str,
    subject: Subject,
    lanes: &'static str,
    memory: MemoryModel,
    show: Show,
    /// Every access with this name and ordering is weakened, one at a time.
    weakened: Option<(&'static str, Ordering)>,
}

fn pictures() -> Vec<Picture> {
    use Model::{Atomic, Regular, Safe};
    use Ordering::{Acquire, Release, SeqCst};
    let of = |register: Register, words| register.subject(words).expect("it is built in");
    let picture = |title, subject, lanes, memory, show| Picture {
        title,
        subject,
        lanes,
        memory,
        show,
        weakened: None,
    };
    let without = |title, subject, lanes, memory, show, weakened| Picture {
        weakened: Some(weakened),
        ..picture(title, subject, lanes, memory, show)
    };
    let sequence_lock = of(Register::SequenceLock, 2);
    let four_slot = of(Register::FourSlot, 2);
    let left_right = of(Register::LeftRight, 1);
    vec![
        picture(
            "tearing",
            of(Register::WordByWord, 2),
            "w.r",
            Weak,
            Breaks(Regular),
        ),
        picture(
            "a new-old inversion",
            of(Register::TwoCopies, 1),
            "w.rr",
            Weak,
            Breaks(Atomic),
        ),
        picture(
            "a check that is out of date",
            of(Register::FlagCheckedOnce, 2),
            "w.r",
            Sc,
            Breaks(Regular),
        ),
        picture(
            "half a write between two counts",
            of(Register::CountedOnce, 2),
            "w.r",
            Sc,
            Breaks(Regular),
        ),
        picture(
            "overtaken by two writes",
            of(Register::DoubleBuffer, 2),
            "ww.r",
            Sc,
            Breaks(Regular),
        ),
        picture(
            "a value that is not shown yet",
            of(Register::DoubleBuffer, 1),
            "ww.rr",
            Sc,
            Breaks(Atomic),
        ),
        picture(
            "copies of different ages",
            of(Register::ReaderCache, 1),
            "ww.rr.r",
            Sc,
            Breaks(Atomic),
        ),
        picture(
            "news for one reader",
            of(Register::DirtyFlag, 1),
            "w.r.r",
            Sc,
            Breaks(Safe),
        ),
        picture(
            "a block that is freed too early",
            frees_at_once(),
            "w.r",
            Sc,
            Fails(FaultKind::UseAfterFree),
        ),
        picture(
            "an assertion that weak memory breaks",
            asserts(),
            "w.r",
            Weak,
            Fails(FaultKind::Panic),
        ),
        picture(
            "a reader behind a writer that has stopped",
            of(Register::SequenceLock, 1),
            "w.r",
            Sc,
            Waits,
        ),
        picture(
            "a writer behind a reader that has stopped",
            of(Register::Locked, 1),
            "w.r",
            Sc,
            Waits,
        ),
        picture(
            "a writer that waits for readers to leave",
            left_right,
            "w.r",
            Sc,
            Waits,
        ),
        without(
            "a sequence lock without its release fence",
            sequence_lock,
            "w.r",
            Weak,
            Breaks(Atomic),
            ("fence", Release),
        ),
        without(
            "a sequence lock without its acquire fence",
            sequence_lock,
            "w.r",
            Weak,
            Breaks(Atomic),
            ("fence", Acquire),
        ),
        without(
            "a sequence lock without its release",
            sequence_lock,
            "w.r",
            Weak,
            Breaks(Atomic),
            ("store", Release),
        ),
        without(
            "a sequence lock without its acquire",
            sequence_lock,
            "w.r",
            Weak,
            Breaks(Atomic),
            ("load", Acquire),
        ),
        without(
            "four slots, of which a bit waits in a store buffer",
            four_slot,
            "www.r",
            X86,
            Breaks(Atomic),
            ("store", SeqCst),
        ),
        without(
            "a reader of left-right that leaves without a release",
            left_right,
            "ww.r",
            Weak,
            Fails(FaultKind::DataRace),
            ("fetch_add", Release),
        ),
    ]
}

impl Picture {
    fn take(&self) -> String {
        let Self {
            title,
            subject,
            lanes,
            memory,
            show,
            weakened: what,
        } = self;
        let mutations: Vec<Option<Mutation>> = match *what {
            None => vec![None],
            Some((name, order)) => weakened(subject, name, order)
                .into_iter()
                .map(Some)
                .collect(),
        };
        assert!(!mutations.is_empty(), "{title}: there is no such access");
        let taken = mutations.into_iter().map(|mutation| {
            let survey = explored(subject, lanes, *memory, mutation);
            picture(title, survey, show)
        });
        taken.collect()
    }
}

#[test]
fn the_best_witnesses_are_the_textbook_pictures() {
    let pictures: String = pictures().iter().map(Picture::take).collect();
    assert_table("witnesses.txt", &pictures);
}

#[test]
fn each_step_says_where_it_stands_in_the_source_and_what_stands_there() {
    let subject = Register::WordByWord.subject(2).expect("it is built in");
    let survey = explored(&subject, "w.r", Weak, None);
    let steps = &survey.report.witnesses[&Model::Regular].timeline.steps;
    for (step, access) in steps.iter().zip(["load", "store", "store", "load"]) {
        let source = step.source.as_ref().expect("it stands somewhere");
        let (place, what) = source.split_once("  ").expect("it says what stands there");
        assert!(place.starts_with("word_by_word.rs:"), "{source}");
        assert_eq!(what, format!("{access}(Relaxed)"));
    }
}

/// Registers that break in these scenarios, and not in those that are smaller.
const BREAK: [(Register, usize, &str, &[&str]); 9] = [
    (Register::WordByWord, 2, "w.r", &[]),
    (Register::WordByWord, 3, "ww.r.r", &[]),
    (Register::TwoCopies, 1, "w.rr", &["w.r", "w.r.r", "ww.r.r"]),
    (Register::FlagCheckedOnce, 2, "w.r", &[]),
    (Register::CountedOnce, 2, "w.r", &[]),
    (
        Register::DoubleBuffer,
        2,
        "ww.r",
        &["w.r", "w.rr", "w.rr.r"],
    ),
    (Register::DoubleBuffer, 1, "ww.rr", &["w.rr", "w.rr.r"]),
    (
        Register::ReaderCache,
        1,
        "ww.rr.r",
        &["ww.rr", "www.rr", "w.rr.r", "ww.r.r"],
    ),
    // A single reader makes it atomic.
    (
        Register::DirtyFlag,
        1,
        "w.r.r",
        &["w.r", "w.rr", "ww.rr", "www.rr"],
    ),
];

#[test]
fn witnesses_can_be_typed_and_replay_on_real_threads() {
    let mut replayed = 0;
    for (register, words, lanes, smaller) in BREAK {
        let subject = register.subject(words).expect("it is built in");
        for memory in MemoryModel::ALL {
            let report = explored(&subject, lanes, memory, None).report;
            assert!(
                !report.witnesses.is_empty(),
                "{register} in {lanes} on {memory}"
            );
            for (&model, witness) in &report.witnesses {
                // What is drawn can be typed.
                let typed: Timeline = witness.timeline.to_string().parse().expect("it is drawn");
                assert_eq!(typed.steps, witness.timeline.steps);
                assert_eq!(typed.to_string(), witness.timeline.to_string());
                assert_eq!(
                    witness.stale_loads, 0,
                    "{register} breaks without weak memory"
                );
                let performed = follow(&subject, &witness.timeline).expect("it can be performed");
                let (performed, timeline) = (
                    without_sources(performed),
                    without_sources(witness.timeline.clone()),
                );
                assert_eq!(performed.steps, timeline.steps);
                assert_eq!(performed.history.compact(), timeline.history.compact());
                assert!(!check(model, &performed.history).holds());
                let key = Timeline::from(performed.history.compact()).to_string();
                assert!(report.histories[&key].breaks.contains(&model));
                replayed += 1;
            }
            for smaller in smaller {
                let report = explored(&subject, smaller, memory, None).report;
                assert!(
                    report.meets(Model::Atomic),
                    "{register} in {smaller} on {memory}"
                );
            }
        }
    }
    assert_eq!(replayed, 3 * (2 + 2 + 1 + 2 + 2 + 2 + 1 + 1 + 3));
}

#[test]
fn what_goes_wrong_can_be_typed_and_performed_up_to_there() {
    for (subject, memory) in [(frees_at_once(), Sc), (asserts(), Weak)] {
        for fault in explored(&subject, "w.r", memory, None)
            .report
            .faults
            .values()
        {
            let typed: Timeline = fault.timeline.to_string().parse().expect("it is drawn");
            assert_eq!(typed.steps, fault.timeline.steps);
            let performed = follow(&subject, &fault.timeline);
            // A stale load cannot be performed.
            assert_eq!(performed.is_ok(), fault.stale_loads == 0, "{performed:?}");
        }
    }
}

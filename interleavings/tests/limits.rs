//! What cannot be explored to the end says so, and never passes; what waits for ever is explored all the same.

use std::time::Duration;

use histories::{Model, Timeline};
use interleavings::{Bound, Coverage, Limits, MemoryModel, Report, Variant, survey, verify};
use registers::atomic::{Locked, SequenceLock};
use registers::memory::Ordering::{Acquire, Release};
use registers::own::Shared;
use registers::regular::TwoCopies;
use registers::safe::WordByWord;
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::{Memory, Value, Word};

fn scenario(lanes: &str) -> Scenario {
    lanes.parse().expect("it is a scenario")
}

#[test]
fn an_effort_that_is_spent_is_not_a_pass() {
    let explored = |limits| {
        let subject = Subject::of::<SequenceLock, 2>();
        let scenario = scenario("ww.rr");
        let report = survey(&subject, &scenario, MemoryModel::Weak, &limits);
        let report = report.expect("it fits the register").report;
        let variant = Variant::default();
        let verified = verify(
            &subject,
            &scenario,
            MemoryModel::Weak,
            variant,
            &limits,
            |_| {},
        );
        [
            report.coverage,
            verified.expect("it fits the register").coverage,
        ]
    };
    let inconclusive = |reason: &str| Coverage::Inconclusive(reason.to_owned());
    let few = explored(Limits {
        states: 100,
        ..Limits::default()
    });
    assert_eq!(
        few,
        [
            inconclusive("stopped at 100 states"),
            inconclusive("stopped at 100 states")
        ]
    );
    let short = explored(Limits {
        time: Duration::ZERO,
        ..Limits::default()
    });
    assert_eq!(
        short,
        [
            inconclusive("stopped after 0.0 s"),
            inconclusive("stopped after 0.0 s")
        ]
    );
    let small = explored(Limits {
        bytes: 1 << 14,
        ..Limits::default()
    });
    for coverage in small {
        let Coverage::Inconclusive(reason) = coverage else {
            panic!("it takes more than 16 KiB");
        };
        assert!(
            reason.contains("states, which take 0 MiB of memory"),
            "{reason}"
        );
    }
}

#[test]
fn what_breaks_before_the_effort_is_spent_is_broken() {
    let limits = Limits {
        states: 300,
        ..Limits::default()
    };
    let subject = Subject::of::<WordByWord, 2>();
    let report = survey(&subject, &scenario("ww.rr"), MemoryModel::Sc, &limits);
    let report = report.expect("it fits the register").report;
    assert!(matches!(report.coverage, Coverage::Inconclusive(_)));
    assert!(report.witnesses.contains_key(&Model::Regular));
}

fn with_preemptions(subject: &Subject, lanes: &str, bound: usize, memory: MemoryModel) -> Report {
    let limits = Limits {
        preemptions: Some(bound),
        ..Limits::default()
    };
    let survey = survey(subject, &scenario(lanes), memory, &limits);
    survey.expect("it fits the register").report
}

#[test]
fn a_preemption_bound_that_is_too_low_misses_the_anomaly() {
    let subject = Subject::of::<TwoCopies, 1>();
    for (bound, is_found) in [(0, false), (1, true)] {
        let report = with_preemptions(&subject, "w.rr", bound, MemoryModel::Sc);
        assert_eq!(report.coverage, Coverage::Bound(bound));
        assert_eq!(report.meets(Model::Atomic), !is_found);
    }
}

#[test]
fn a_preemption_bound_above_all_changes_no_history() {
    let subject = Subject::of::<SequenceLock, 2>();
    for memory in MemoryModel::ALL {
        let bounded = with_preemptions(&subject, "w.r", 100, memory);
        let all = survey(&subject, &scenario("w.r"), memory, &Limits::default());
        let all = all.expect("it fits the register").report;
        assert!(bounded.histories.keys().eq(all.histories.keys()));
    }
}

#[test]
fn an_operation_that_never_completes_may_have_happened() {
    let picture = "init: 0\nT1:  www>(1)\nT2:   rrr\nT3:   rrr\n";
    let picture: Timeline = picture.parse().expect("it is a timeline");
    let crash = Scenario::drawn("crash", &picture.history);
    let subject = Subject::of::<SequenceLock, 2>();
    let survey = survey(&subject, &crash, MemoryModel::Weak, &Limits::default());
    let report = survey.expect("it fits the register").report;
    assert!(report.is_exhaustive() && report.meets(Model::Atomic));
    let outcomes = report.outcomes().into_keys();
    let outcomes: Vec<String> = outcomes.map(|it| format!("{} {}", it[0], it[1])).collect();
    assert_eq!(outcomes, ["0 0", "0 1", "1 0", "1 1"]);
    let mut histories = report.histories.values().map(|found| &found.history);
    assert!(histories.all(|history| history.operations()[0].is_pending()));
}

#[test]
fn who_waits_for_who_never_comes_waits_for_ever() {
    // A reader that is drawn as pending holds the lock for good.
    let picture = "init: 0\nT1:   www(1)\nT2: rr>\n";
    let picture: Timeline = picture.parse().expect("it is a timeline");
    let crash = Scenario::drawn("crash", &picture.history);
    let subject = Subject::of::<Locked, 1>();
    for memory in MemoryModel::ALL {
        let survey = survey(&subject, &crash, memory, &Limits::default());
        let bounds = survey
            .expect("it fits the register")
            .bounds
            .expect("it is explored");
        assert_eq!(bounds.write.alone, Bound::Unbounded);
    }
}

/// A reader asks for the value in each attempt, in a word where the writer answers.
struct Asks<M: Memory> {
    memory: M,
    answer: M::Word,
    value: M::Word,
}

impl<M: Memory> Shared<M, 1> for Asks<M> {
    fn build(memory: &M, [init]: Value<1>) -> Self {
        Self {
            memory: memory.clone(),
            answer: memory.word(format_args!("answer"), 0),
            value: memory.word(format_args!("value"), init),
        }
    }

    fn read(&self) -> Value<1> {
        self.memory.retry(|| {
            self.answer.store(0, Release);
            let value = self.value.load(Acquire);
            (value == 1).then_some([value])
        })
    }

    fn write(&self, [value]: Value<1>) {
        self.value.store(value, Release);
        self.answer.store(1, Release);
    }
}

registers::on_the_bench!(AsksOnTheBench = Asks, 1 words, claims Safe);

/// How many states a read has that asks beside a write of 1; and a write of 2, which it waits for in vain.
fn asked(lanes: &str, memory: MemoryModel) -> Coverage {
    let subject = Subject::of::<AsksOnTheBench, 1>();
    let limits = Limits {
        states: 500,
        ..Limits::default()
    };
    let variant = Variant::default();
    let verified = verify(&subject, &scenario(lanes), memory, variant, &limits, |_| {});
    verified.expect("it fits the register").coverage
}

#[test]
fn an_attempt_that_stores_where_others_do_has_an_end_in_one_order_of_stores() {
    for memory in [MemoryModel::Sc, MemoryModel::X86] {
        assert_eq!(asked("w1.r", memory), Coverage::Exhaustive);
        assert_eq!(asked("w2.r", memory), Coverage::Exhaustive);
    }
}

#[test]
#[ignore = "a known gap: on weak memory it may read the old value again and again, and its stores pile up"]
fn an_attempt_that_stores_where_others_do_has_an_end_on_weak_memory() {
    assert_eq!(asked("w1.r", MemoryModel::Weak), Coverage::Exhaustive);
    assert_eq!(asked("w2.r", MemoryModel::Weak), Coverage::Exhaustive);
}

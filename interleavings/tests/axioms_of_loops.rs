//! Threads with loops, under the axioms: a whole sequence lock, with and without each of its orderings.

use interleavings::axiomatic::{Axioms, Enumeration, Thread, enumerate};
use interleavings::litmus::Instruction::{self, Fence};
use interleavings::litmus::Ordering::{self, Acquire, Relaxed, Release};

const NUMBER: usize = 0;
const DATA: [usize; 2] = [1, 2];

fn load(word: usize, order: Ordering) -> Instruction {
    Instruction::Load { word, order }
}

fn store(word: usize, value: u64, order: Ordering) -> Instruction {
    Instruction::Store { word, value, order }
}

/// The orderings of a sequence lock. `None` leaves a fence out.
#[derive(Clone, Copy)]
struct Orderings {
    after_odd: Option<Ordering>,
    even: Ordering,
    first_look: Ordering,
    before_second_look: Option<Ordering>,
}

const RIGHT: Orderings = Orderings {
    after_odd: Some(Release),
    even: Release,
    first_look: Acquire,
    before_second_look: Some(Acquire),
};

/// One write of two words, and a reader that tries until it succeeds, twice at most.
fn run(axioms: Axioms, orderings: Orderings) -> Enumeration {
    let fence = |order: Option<Ordering>| order.map(Fence).into_iter();
    let writer: Vec<Instruction> = [store(NUMBER, 1, Relaxed)]
        .into_iter()
        .chain(fence(orderings.after_odd))
        .chain(DATA.map(|word| store(word, 1, Relaxed)))
        .chain([store(NUMBER, 2, orderings.even)])
        .collect();
    let attempt: Vec<Instruction> = [load(NUMBER, orderings.first_look)]
        .into_iter()
        .chain(DATA.map(|word| load(word, Relaxed)))
        .chain(fence(orderings.before_second_look))
        .chain([load(NUMBER, Relaxed)])
        .collect();
    let reader = |answers: &[u64]| {
        let mut attempts = answers.chunks_exact(attempt.len());
        let succeeded = attempts.any(|it| it[0] % 2 == 0 && Some(&it[0]) == it.last());
        (!succeeded).then(|| attempt[answers.len() % attempt.len()])
    };
    let threads: [&dyn Thread; 2] = [&writer, &reader];
    enumerate(axioms, 3, &threads, 2 * attempt.len())
}

/// Whether a read returned words of different writes.
fn tears(found: &Enumeration) -> bool {
    found.outcomes.iter().any(|outcome| {
        let [.., first, second, _] = outcome.read[1][..] else {
            panic!("an attempt reads four times");
        };
        first != second
    })
}

#[test]
fn a_sequence_lock_does_not_tear() {
    for axioms in Axioms::ALL {
        let found = run(axioms, RIGHT);
        assert!(!tears(&found), "{axioms:?}");
        // The reader may meet the odd number, or the change, twice.
        assert!(found.left_out > 0, "{axioms:?}");
        assert!(found.executions > 0, "{axioms:?}");
    }
}

#[test]
fn a_sequence_lock_tears_without_any_of_its_orderings_but_not_on_x86() {
    let mutants = [
        Orderings {
            after_odd: None,
            ..RIGHT
        },
        Orderings {
            even: Relaxed,
            ..RIGHT
        },
        Orderings {
            first_look: Relaxed,
            ..RIGHT
        },
        Orderings {
            before_second_look: None,
            ..RIGHT
        },
    ];
    for (at, &mutant) in mutants.iter().enumerate() {
        assert!(tears(&run(Axioms::Cpp20, mutant)), "{at}");
        assert!(tears(&run(Axioms::Rc11, mutant)), "{at}");
        assert!(!tears(&run(Axioms::X86, mutant)), "{at}");
        assert!(!tears(&run(Axioms::Sc, mutant)), "{at}");
    }
}

/// A thread that waits for a flag ends, or is left out, once for each number of looks in vain.
#[test]
fn a_loop_without_end_is_left_out_and_counted() {
    let sets = vec![store(0, 1, Relaxed)];
    let waits = |answers: &[u64]| (answers.last() != Some(&1)).then(|| load(0, Relaxed));
    let threads: [&dyn Thread; 2] = [&sets, &waits];
    for axioms in Axioms::ALL {
        let found = enumerate(axioms, 1, &threads, 4);
        let looks = found.outcomes.iter().map(|outcome| &outcome.read[1]);
        let looks: Vec<usize> = looks.map(Vec::len).collect();
        assert_eq!(looks, [4, 3, 2, 1], "{axioms:?}");
        assert_eq!((found.executions, found.left_out), (4, 1), "{axioms:?}");
    }
}

#[test]
fn an_execution_has_64_events_at_most() {
    let forever = |_: &[u64]| Some(store(0, 1, Relaxed));
    let threads: [&dyn Thread; 1] = [&forever];
    let found = enumerate(Axioms::Sc, 1, &threads, usize::MAX);
    assert_eq!((found.executions, found.left_out), (0, 1));
}

//! The memory models against each other, on random programs: which one is the weaker, and where they agree.

use std::collections::BTreeSet;

use interleavings::axiomatic::{Axioms, outcomes};
use interleavings::litmus::{self, Instruction, Ordering, Outcome, Program};

/// Threads, instructions and words of the programs, and how many of them.
const SHAPES: [(usize, usize, usize, usize); 5] = [
    (2, 2, 1, 500),
    (2, 3, 2, 2_500),
    (3, 2, 2, 1_000),
    (2, 4, 2, 600),
    (3, 3, 2, 250),
];

fn on_random_programs(seed: u64, mut check: impl FnMut(Program)) {
    let mut rng = fastrand::Rng::with_seed(seed);
    for (threads, instructions, words, programs) in SHAPES {
        for _ in 0..programs {
            check(litmus::random(&mut rng, threads, instructions, words));
        }
    }
}

#[track_caller]
fn assert_subset(
    program: &Program,
    (a, stronger): (Axioms, &BTreeSet<Outcome>),
    (b, weaker): (Axioms, &BTreeSet<Outcome>),
) {
    if let Some(outcome) = stronger.difference(weaker).next() {
        panic!("{a:?} allows and {b:?} forbids {outcome}\n{program}");
    }
}

/// Sc <= X86 <= Rc11, and Sc <= Cpp20 <= Rc11. X86 is not stronger than Cpp20: `litmus_library` says where.
#[test]
fn what_a_stronger_model_allows_a_weaker_one_does() {
    let (mut programs, mut differ) = (0, 0);
    on_random_programs(1, |program| {
        let [sc, x86, cpp20, rc11] = Axioms::ALL.map(|axioms| (axioms, outcomes(axioms, &program)));
        let [sc, x86, cpp20, rc11] = [&sc, &x86, &cpp20, &rc11].map(|(axioms, it)| (*axioms, it));
        assert!(!sc.1.is_empty(), "{program}");
        assert_subset(&program, sc, x86);
        assert_subset(&program, x86, rc11);
        assert_subset(&program, sc, cpp20);
        assert_subset(&program, cpp20, rc11);
        programs += 1;
        differ += usize::from(cpp20.1 != rc11.1);
    });
    // Where SeqCst and weaker accesses of one word meet, which few programs have in the right places.
    assert!(
        0 < differ && differ < programs / 200,
        "{differ} of {programs}"
    );
}

/// The orderings of an instruction, replaced.
fn with_order(instruction: Instruction, order: impl Fn(Ordering) -> Ordering) -> Instruction {
    match instruction {
        Instruction::Load { word, order: old } => Instruction::Load {
            word,
            order: order(old),
        },
        Instruction::Store {
            word,
            value,
            order: old,
        } => Instruction::Store {
            word,
            value,
            order: order(old),
        },
        Instruction::Update {
            word,
            update,
            order: old,
            failure,
        } => Instruction::Update {
            word,
            update,
            order: order(old),
            failure: order(failure),
        },
        fence @ Instruction::Fence(_) => fence,
    }
}

fn map(program: &Program, map: impl Fn(Instruction) -> Instruction) -> Program {
    let thread = |thread: &Vec<Instruction>| thread.iter().copied().map(&map).collect();
    Program {
        words: program.words,
        threads: program.threads.iter().map(thread).collect(),
    }
}

#[test]
fn programs_that_are_seq_cst_throughout_are_sequentially_consistent() {
    on_random_programs(2, |program| {
        let program = map(&program, |it| with_order(it, |_| Ordering::SeqCst));
        let sc = outcomes(Axioms::Sc, &program);
        for axioms in [Axioms::X86, Axioms::Cpp20, Axioms::Rc11] {
            assert_eq!(outcomes(axioms, &program), sc, "{axioms:?}\n{program}");
        }
    });
}

#[test]
fn orderings_do_not_matter_to_sequential_consistency() {
    on_random_programs(3, |program| {
        let relaxed = map(&program, |it| with_order(it, |_| Ordering::Relaxed));
        assert_eq!(
            outcomes(Axioms::Sc, &program),
            outcomes(Axioms::Sc, &relaxed)
        );
    });
}

#[test]
fn a_weaker_ordering_forbids_nothing() {
    let weaker = |order: Ordering| match order {
        Ordering::SeqCst => Ordering::Relaxed,
        other => other,
    };
    on_random_programs(4, |program| {
        let weakened = map(&program, |it| with_order(it, weaker));
        for axioms in Axioms::ALL {
            let before = outcomes(axioms, &program);
            assert_subset(
                &program,
                (axioms, &before),
                (axioms, &outcomes(axioms, &weakened)),
            );
        }
    });
}

/// Half of the words are accessed SeqCst only, the other half never. Then C++20 and RC11 say the same, and x86 keeps it.
#[test]
fn cpp20_and_rc11_agree_where_no_word_mixes_seq_cst_with_weaker_orderings() {
    let unmixed = |instruction: Instruction| match instruction.word() {
        Some(word) if word % 2 == 0 => with_order(instruction, |_| Ordering::SeqCst),
        _ => with_order(instruction, |order| match (order, instruction) {
            (Ordering::SeqCst, Instruction::Load { .. }) => Ordering::Acquire,
            (Ordering::SeqCst, Instruction::Store { .. }) => Ordering::Release,
            (Ordering::SeqCst, _) => Ordering::Acquire,
            (other, _) => other,
        }),
    };
    on_random_programs(5, |program| {
        let program = map(&program, unmixed);
        let [_, x86, cpp20, rc11] = Axioms::ALL.map(|axioms| outcomes(axioms, &program));
        assert_eq!(cpp20, rc11, "{program}");
        assert_subset(&program, (Axioms::X86, &x86), (Axioms::Cpp20, &cpp20));
    });
}

#[test]
fn a_seed_gives_the_same_programs_and_all_kinds_of_instructions() {
    let draw = |seed| {
        let mut rng = fastrand::Rng::with_seed(seed);
        litmus::random(&mut rng, 4, 500, 3)
    };
    let program = draw(9);
    assert_eq!(program, draw(9));
    assert_ne!(program, draw(10));
    let kinds = program.threads.iter().flatten().map(|instruction| {
        let text = instruction.to_string();
        text.replace(['0', '1', '2', '3', 'x', 'y', 'z'], "")
    });
    // 3 loads, 3 stores, 5 swaps, 5 sums, 15 exchanges and 4 fences.
    assert_eq!(kinds.collect::<BTreeSet<_>>().len(), 3 + 3 + 5 + 5 + 15 + 4);
}

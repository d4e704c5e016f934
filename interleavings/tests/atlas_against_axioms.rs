//! The atlas against the axioms of the memories: the same outcomes, for every litmus test and for random programs.

use interleavings::MemoryModel;
use interleavings::axiomatic::{self, Axioms};
use interleavings::litmus::{self, Program, Steps};

/// Each memory of the atlas, with the axioms that say what it is.
const MEMORIES: [(MemoryModel, Axioms); 3] = [
    (MemoryModel::Sc, Axioms::Sc),
    (MemoryModel::X86, Axioms::X86),
    (MemoryModel::Weak, Axioms::Cpp20),
];

fn assert_agrees(program: &Program) {
    for (memory, axioms) in MEMORIES {
        let expected = axiomatic::outcomes(axioms, program);
        for steps in [Steps::Fine, Steps::Coarse] {
            let found = litmus::outcomes_of(memory, program, steps).expect("it is small");
            let missing: Vec<String> = expected
                .difference(&found)
                .map(ToString::to_string)
                .collect();
            let surplus: Vec<String> = found
                .difference(&expected)
                .map(ToString::to_string)
                .collect();
            assert!(
                missing.is_empty() && surplus.is_empty(),
                "on {memory:?} memory in {steps:?} steps of\n{program}\nmissing: {missing:#?}\nforbidden: {surplus:#?}"
            );
        }
    }
}

/// Threads, instructions and words of random programs.
const SHAPES: [(usize, usize, usize); 6] = [
    (2, 2, 1),
    (2, 3, 2),
    (3, 2, 2),
    (2, 4, 2),
    (3, 3, 2),
    (4, 2, 2),
];

fn agree_on_random_programs(seed: u64, programs: usize) {
    let mut rng = fastrand::Rng::with_seed(seed);
    for at in 0..programs {
        let (threads, instructions, words) = SHAPES[at % SHAPES.len()];
        assert_agrees(&litmus::random(&mut rng, threads, instructions, words));
    }
}

#[test]
fn every_litmus_test_comes_out_as_the_axioms_say() {
    for test in litmus::library() {
        assert_agrees(&test.program);
    }
}

#[test]
fn random_programs_come_out_as_the_axioms_say() {
    agree_on_random_programs(1, 1_000);
}

#[test]
#[ignore = "takes a while: 100,000 programs"]
fn many_random_programs_come_out_as_the_axioms_say() {
    agree_on_random_programs(2, 100_000);
}

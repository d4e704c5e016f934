//! Random programs: what two implementations of a memory model are compared on.
//!
//! Every kind of instruction and every ordering occurs. Values are small, so that reads that differ often read the same
//! value, that exchanges find what they look for about as often as not, and that sums meet values that were stored.

use fastrand::Rng;

use super::program::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use super::{Instruction, Program, Update};

/// A program of so many threads with so many instructions each, on so many words.
///
/// The same state of `rng` gives the same program.
///
/// # Panics
///
/// If there are instructions but no words.
pub fn random(rng: &mut Rng, threads: usize, instructions: usize, words: usize) -> Program {
    let mut thread = |_| {
        let instructions = (0..instructions).map(|_| instruction(rng, words));
        instructions.collect()
    };
    Program {
        words,
        threads: (0..threads).map(&mut thread).collect(),
    }
}

fn instruction(rng: &mut Rng, words: usize) -> Instruction {
    let word = rng.usize(..words);
    match rng.u8(..10) {
        0..3 => Instruction::Load {
            word,
            order: pick(rng, &[Relaxed, Acquire, SeqCst]),
        },
        3..6 => Instruction::Store {
            word,
            value: rng.u64(1..=3),
            order: pick(rng, &[Relaxed, Release, SeqCst]),
        },
        6..8 => Instruction::Update {
            word,
            update: update(rng),
            order: pick(rng, &[Relaxed, Acquire, Release, AcqRel, SeqCst]),
            failure: pick(rng, &[Relaxed, Acquire, SeqCst]),
        },
        _ => Instruction::Fence(pick(rng, &[Acquire, Release, AcqRel, SeqCst, SeqCst])),
    }
}

fn update(rng: &mut Rng) -> Update {
    match rng.u8(..4) {
        0 => Update::Swap(rng.u64(1..=3)),
        1 => Update::Add(rng.u64(1..=2)),
        _ => Update::Exchange {
            current: rng.u64(0..=2),
            new: rng.u64(1..=3),
        },
    }
}

fn pick(rng: &mut Rng, orders: &[Ordering]) -> Ordering {
    *rng.choice(orders).expect("there are orderings")
}

//! The axioms of sequential consistency and of x86-TSO against the plainest machines that there are, on random programs.

use std::collections::{BTreeSet, HashSet, VecDeque};

use interleavings::axiomatic::{Axioms, outcomes};
use interleavings::litmus::{self, Instruction, Ordering, Outcome, Program};

/// A machine in the middle of a program: a memory, and for each thread its place, a store buffer and what it has read.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Machine {
    memory: Vec<u64>,
    threads: Vec<Thread>,
}

#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Thread {
    done: usize,
    /// Words and values, the oldest first. Always empty on sequentially consistent memory.
    buffer: VecDeque<(usize, u64)>,
    read: Vec<u64>,
}

impl Machine {
    fn new(program: &Program) -> Self {
        Self {
            memory: vec![0; program.words],
            threads: vec![Thread::default(); program.threads.len()],
        }
    }

    /// The memory and every thread perform one instruction after the other.
    fn perform(&mut self, thread: usize, instruction: Instruction) {
        let Self { memory, threads } = self;
        let thread = &mut threads[thread];
        thread.done += 1;
        match instruction {
            Instruction::Load { word, .. } => {
                let mut own = thread.buffer.iter().rev();
                let own = own.find(|(it, _)| *it == word).map(|(_, value)| *value);
                thread.read.push(own.unwrap_or(memory[word]));
            }
            Instruction::Store { word, value, .. } => memory[word] = value,
            Instruction::Update { word, update, .. } => {
                thread.read.push(memory[word]);
                memory[word] = update.of(memory[word]).unwrap_or(memory[word]);
            }
            Instruction::Fence(_) => {}
        }
    }

    /// What may come next if there are no buffers.
    fn sc(&self, program: &Program) -> Vec<Self> {
        let mut next = Vec::new();
        for (at, code) in program.threads.iter().enumerate() {
            if let Some(&instruction) = code.get(self.threads[at].done) {
                let mut machine = self.clone();
                machine.perform(at, instruction);
                next.push(machine);
            }
        }
        next
    }

    /// What may come next if stores wait in a buffer (Owens, Sarkar and Sewell 2009, the abstract machine).
    fn x86(&self, program: &Program) -> Vec<Self> {
        let mut next = Vec::new();
        for (at, code) in program.threads.iter().enumerate() {
            let thread = &self.threads[at];
            if !thread.buffer.is_empty() {
                let mut machine = self.clone();
                let oldest = machine.threads[at].buffer.pop_front();
                let (word, value) = oldest.expect("it is not empty");
                machine.memory[word] = value;
                next.push(machine);
            }
            let Some(&instruction) = code.get(thread.done) else {
                continue;
            };
            let mut machine = self.clone();
            match instruction {
                Instruction::Store { word, value, order } if order != Ordering::SeqCst => {
                    machine.threads[at].done += 1;
                    machine.threads[at].buffer.push_back((word, value));
                    next.push(machine);
                }
                // Locked, or an mfence: only with an empty buffer.
                Instruction::Store { .. }
                | Instruction::Update { .. }
                | Instruction::Fence(Ordering::SeqCst)
                    if !thread.buffer.is_empty() => {}
                _ => {
                    machine.perform(at, instruction);
                    next.push(machine);
                }
            }
        }
        next
    }
}

/// Every outcome: all that can be reached, one step after the other.
fn explored(program: &Program, steps: fn(&Machine, &Program) -> Vec<Machine>) -> BTreeSet<Outcome> {
    let mut outcomes = BTreeSet::new();
    let mut seen = HashSet::new();
    let mut open = vec![Machine::new(program)];
    while let Some(machine) = open.pop() {
        if !seen.insert(machine.clone()) {
            continue;
        }
        let next = steps(&machine, program);
        if next.is_empty() {
            outcomes.insert(Outcome {
                read: machine.threads.into_iter().map(|it| it.read).collect(),
                last: machine.memory,
            });
        }
        open.extend(next);
    }
    outcomes
}

fn assert_agree(axioms: Axioms, steps: fn(&Machine, &Program) -> Vec<Machine>) {
    let mut rng = fastrand::Rng::with_seed(1);
    for (threads, instructions, words, programs) in [
        (1, 5, 2, 200),
        (2, 3, 2, 4_000),
        (3, 2, 2, 2_000),
        (2, 4, 2, 1_000),
        (2, 4, 3, 1_000),
        (4, 2, 2, 500),
        (3, 3, 2, 500),
    ] {
        for _ in 0..programs {
            let program = litmus::random(&mut rng, threads, instructions, words);
            let explored = explored(&program, steps);
            assert_eq!(outcomes(axioms, &program), explored, "\n{program}");
        }
    }
    for test in litmus::library() {
        let explored = explored(&test.program, steps);
        assert_eq!(outcomes(axioms, &test.program), explored, "\n{test}");
    }
}

#[test]
fn the_axioms_of_sc_are_those_of_one_instruction_after_the_other() {
    assert_agree(Axioms::Sc, Machine::sc);
}

#[test]
fn the_axioms_of_x86_are_those_of_store_buffers() {
    assert_agree(Axioms::X86, Machine::x86);
}

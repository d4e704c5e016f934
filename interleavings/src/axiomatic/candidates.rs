//! Every candidate execution, by brute force: what [`build`](super::build) is checked against.
//!
//! This is the textbook's definition. Guess what every read returns, among all values that a word can hold. Guess from
//! which write it takes its value, and in which order each word is written. Keep what the axioms allow. Nothing is pruned
//! and nothing follows an order of events, so *sb ∪ rf* may have a circle, and load buffering is found where the axioms
//! let it through.

use std::collections::BTreeSet;

use super::execution::{Event, Execution};
use crate::litmus::{Instruction, Outcome, Program};

/// The outcomes of the candidates that `allows` keeps, and how many candidates these are.
pub(super) fn outcomes(
    program: &Program,
    allows: impl Fn(&Execution) -> bool,
) -> (BTreeSet<Outcome>, usize) {
    let mut outcomes = BTreeSet::new();
    let mut kept = 0;
    let values = values(program);
    let instructions = program.threads.iter().enumerate();
    let instructions = instructions
        .flat_map(|(thread, code)| code.iter().map(move |&instruction| (thread, instruction)))
        .collect::<Vec<(usize, Instruction)>>();
    let answers = instructions.iter().map(|(_, it)| match it.word() {
        Some(word) if it.reads() => values[word].iter().copied().collect(),
        _ => vec![0],
    });
    for answers in product(&answers.collect::<Vec<Vec<u64>>>()) {
        let mut execution = Execution::new(program.words);
        for (&(thread, instruction), answer) in instructions.iter().zip(answers) {
            let event = Event::new(thread, instruction, answer);
            execution.events.push(event);
        }
        for sources in product(&sources(&execution)) {
            execution.sources = sources;
            for modifications in product(&modification_orders(&execution)) {
                execution.modifications = modifications;
                if allows(&execution) {
                    kept += 1;
                    outcomes.insert(execution.outcome(program.threads.len()));
                }
            }
        }
    }
    (outcomes, kept)
}

/// The values that each word can hold: what is written, where an update may read any of these. Each update writes once,
/// so it takes no more rounds than there are instructions.
fn values(program: &Program) -> Vec<BTreeSet<u64>> {
    let mut values = vec![BTreeSet::from([0]); program.words];
    let instructions: Vec<&Instruction> = program.threads.iter().flatten().collect();
    for _ in &instructions {
        for instruction in &instructions {
            let word = instruction.word();
            let written: Vec<u64> = match **instruction {
                Instruction::Store { value, .. } => vec![value],
                Instruction::Update { word, update, .. } => {
                    let read = values[word].iter();
                    read.filter_map(|&value| update.of(value)).collect()
                }
                Instruction::Load { .. } | Instruction::Fence(_) => continue,
            };
            values[word.expect("it writes")].extend(written);
        }
    }
    values
}

/// For each event, the writes that it may have read from.
fn sources(execution: &Execution) -> Vec<Vec<Option<usize>>> {
    let events = execution.events.iter();
    let of = |event: &Event| {
        let Some(read) = event.read else {
            return vec![None];
        };
        let writes = execution.events.iter().enumerate();
        let writes = writes.filter(|(_, it)| it.word == event.word && it.wrote == Some(read));
        writes.map(|(at, _)| Some(at)).collect()
    };
    events.map(of).collect()
}

/// For each word, every order of its writes, the initial one first.
fn modification_orders(execution: &Execution) -> Vec<Vec<Vec<usize>>> {
    let words = execution.modifications.len();
    let of = |word| {
        let events = execution.events.iter().enumerate();
        let writes = events.filter(|(_, it)| it.word == Some(word) && it.wrote.is_some());
        let writes: Vec<usize> = writes.map(|(at, _)| at).collect();
        let orders = permutations(&writes[1..]).into_iter();
        orders
            .map(|order| std::iter::once(writes[0]).chain(order).collect())
            .collect()
    };
    (0..words).map(of).collect()
}

/// Every list that has one of each of these.
fn product<T: Clone>(choices: &[Vec<T>]) -> Vec<Vec<T>> {
    choices.iter().fold(vec![Vec::new()], |lists, choices| {
        let longer = lists.iter().flat_map(|list| {
            let ends = choices.iter().cloned();
            ends.map(move |end| list.iter().cloned().chain([end]).collect())
        });
        longer.collect()
    })
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    let Some((&first, rest)) = items.split_first() else {
        return vec![Vec::new()];
    };
    let shorter = permutations(rest);
    let places = shorter.iter().flat_map(|order| {
        (0..=order.len()).map(move |place| {
            let mut order = order.clone();
            order.insert(place, first);
            order
        })
    });
    places.collect()
}

mod tests {
    use super::super::{Axioms, Thread, cpp20, enumerate};
    use super::*;
    use crate::litmus::{self, Test};

    fn assert_built_once(axioms: Axioms, program: &Program) {
        let (found, kept) = outcomes(program, |execution| axioms.allow(execution));
        let threads = program.threads.iter();
        let threads: Vec<&dyn Thread> = threads.map(|thread| thread as &dyn Thread).collect();
        let built = enumerate(axioms, program.words, &threads, 9);
        assert_eq!(built.outcomes, found, "{axioms:?}\n{program}");
        assert_eq!(built.executions, kept, "{axioms:?}\n{program}");
        assert_eq!(built.left_out, 0);
    }

    #[test]
    fn what_is_built_is_what_brute_force_finds_each_execution_once() {
        let mut rng = fastrand::Rng::with_seed(1);
        for (threads, instructions, programs) in [(1, 4, 60), (2, 2, 200), (2, 3, 60), (3, 2, 60)] {
            for _ in 0..programs {
                let program = litmus::random(&mut rng, threads, instructions, 2);
                for axioms in Axioms::ALL {
                    assert_built_once(axioms, &program);
                }
            }
        }
    }

    #[test]
    fn brute_force_confirms_the_library_and_tells_load_buffering() {
        let shows = |test: &Test, allows: &dyn Fn(&Execution) -> bool| {
            let (found, _) = outcomes(&test.program, allows);
            found.iter().any(|outcome| test.asks_for(outcome))
        };
        for test in litmus::library() {
            let as_the_standard_says = shows(&test, &|execution| {
                cpp20::allows_ungrounded(execution, &execution.relations())
            });
            assert_eq!(as_the_standard_says, test.allowed.load_buffering, "{test}");
            for axioms in Axioms::ALL {
                let shown = shows(&test, &|execution| axioms.allow(execution));
                assert_eq!(shown, test.is_allowed(axioms), "{axioms:?}\n{test}");
            }
        }
    }
}

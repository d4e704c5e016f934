//! How a sentence names an operation.

use super::History;
use crate::{Action, Operation, Register, Value};

impl History {
    /// How a sentence names an operation: `the write of 1`, `Thread 2's second read`, `Thread 2's second read of x`.
    ///
    /// A write whose value others write too is told apart by its thread: `Thread 1's second write (of 1)`.
    pub fn describe(&self, at: usize) -> String {
        self.describe_all(&[at]).swap_remove(0)
    }

    /// How a sentence names some operations. To find out who else writes their values takes as long as the history, so
    /// this is done for all together.
    pub(crate) fn describe_all(&self, operations: &[usize]) -> Vec<String> {
        let of = |operation: &Operation| Some((operation.register, operation.written()?.clone()));
        let named = operations.iter().map(|&at| &self.operations[at]);
        let named = named.filter(|operation| operation.is_write());
        let mut writes: Vec<(Register, Value, usize)> = named
            .filter_map(of)
            .map(|(register, value)| {
                let initial = usize::from(value == *self.initial_of(register));
                (register, value, initial)
            })
            .collect();
        writes.sort_unstable();
        writes.dedup();
        if !writes.is_empty() {
            for operation in &self.operations {
                let Some(value) = operation.written() else {
                    continue;
                };
                for (register, of, count) in &mut writes {
                    *count += usize::from(*register == operation.register && of == value);
                }
            }
        }
        let is_alone = |operation: &Operation| {
            let written = operation.written();
            let mut writes = writes.iter();
            let own = writes.find(|(register, value, _)| {
                *register == operation.register && Some(value) == written
            });
            own.is_some_and(|(_, _, count)| *count == 1)
        };
        let name = |&at: &usize| self.name(at, is_alone(&self.operations[at]));
        operations.iter().map(name).collect()
    }

    /// The name of an operation; a write that `is_alone` is the only one of its value.
    fn name(&self, at: usize, is_alone: bool) -> String {
        let operation = &self.operations[at];
        let process = operation.process;
        let before = self.operations[..at]
            .iter()
            .rev()
            .take_while(|other| other.process == process);
        let alike = before.filter(|other| {
            other.register == operation.register
                && std::mem::discriminant(&other.action)
                    == std::mem::discriminant(&operation.action)
        });
        let nth = || ordinal(alike.count() + 1);
        let name = self.name_of(operation.register);
        let suffix = |word: &str| name.map_or(String::new(), |name| format!(" {word} {name}"));
        match &operation.action {
            Action::Read(_) => format!("Thread {process}'s {} read{}", nth(), suffix("of")),
            Action::CompareAndSwap { expected, new, .. } => format!(
                "Thread {process}'s {} compare-and-swap{} (of {expected} for {new})",
                nth(),
                suffix("on")
            ),
            Action::Write(value) if is_alone => format!("the write of {value}{}", suffix("to")),
            Action::Write(value) => format!(
                "Thread {process}'s {} write{} (of {value})",
                nth(),
                suffix("to")
            ),
        }
    }
}

/// `1` -> `first`, ..., `11` -> `11th`.
pub(super) fn ordinal(number: usize) -> String {
    const WORDS: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ];
    if let Some(word) = number.checked_sub(1).and_then(|at| WORDS.get(at)) {
        return (*word).to_owned();
    }
    let suffix = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

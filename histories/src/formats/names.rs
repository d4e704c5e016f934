//! Processes that have names in place of numbers.

use std::collections::HashMap;

use super::{Note, Problem};
use crate::Process;

/// The processes of a file: all of them have names, or none.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<String, Process>,
    has_numbers: bool,
}

impl Names {
    /// A process has a number.
    pub(super) fn number(&mut self) -> Result<(), Problem> {
        self.has_numbers = true;
        self.consistent()
    }

    /// The number that stands for a process with this name: they count from 1.
    pub(super) fn named(&mut self, name: &str) -> Result<Process, Problem> {
        if let Some(&number) = self.numbers.get(name) {
            return Ok(number);
        }
        let number = self.numbers.len() as Process + 1;
        self.numbers.insert(name.to_owned(), number);
        self.consistent().map(|()| number)
    }

    fn consistent(&self) -> Result<(), Problem> {
        match self.has_numbers && !self.numbers.is_empty() {
            true => Err(Problem::NamesAndNumbers),
            false => Ok(()),
        }
    }

    pub(super) fn note(self) -> Option<Note> {
        let mut processes: Vec<(String, Process)> = self.numbers.into_iter().collect();
        processes.sort_unstable_by_key(|&(_, number)| number);
        (!processes.is_empty()).then_some(Note::Named { processes })
    }
}

//! Every execution that the axioms allow, built event by event.
//!
//! No axiom here lets *sb ∪ rf* have a circle. So an execution can be built in an order in which each event comes after
//! those before it in its thread, and each read after the write that it reads from. The search adds an event in every way
//! there is: a read takes any write of its word, a store goes to any place in the modification order, an update
//! immediately after the write that it read from. What the axioms forbid is given up at once, since nothing that is added
//! later can allow it again.
//!
//! An execution has many such orders, and is built in one of them. An instruction that does not read needs nothing from
//! others, so the first of these comes next. When all threads are about to read, the first thread comes next whose write
//! is there. A thread that is *passed over* therefore reads, when its time comes, from a write that was not there then.

use std::collections::BTreeSet;

use super::execution::{Event, Execution};
use super::relation::{MOST, Set, one};
use super::{Axioms, Thread};
use crate::litmus::{Instruction, Outcome};

/// What [`enumerate`] finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enumeration {
    /// What the executions come to.
    pub outcomes: BTreeSet<Outcome>,
    /// How many executions there are: ways to read from writes, and to order the writes of each word.
    pub executions: usize,
    /// How many times the search stopped because a thread went on beyond its limit, or there were 64 events. What comes
    /// after that is missing from the outcomes.
    pub left_out: usize,
}

/// Every execution of these threads on so many words, which hold 0 at first, in which no thread performs more than
/// `longest` instructions.
///
/// # Panics
///
/// If there are more than 64 words, or if an instruction accesses a word that there is not.
pub fn enumerate(
    axioms: Axioms,
    words: usize,
    threads: &[&dyn Thread],
    longest: usize,
) -> Enumeration {
    assert!(words <= MOST, "an execution has 64 events at most");
    let mut search = Search {
        axioms,
        threads,
        longest,
        execution: Execution::new(words),
        answers: vec![Vec::new(); threads.len()],
        passed_over: vec![0; threads.len()],
        found: Enumeration::default(),
    };
    search.extend();
    search.found
}

struct Search<'a> {
    axioms: Axioms,
    threads: &'a [&'a dyn Thread],
    longest: usize,
    execution: Execution,
    /// For each thread, one answer for each of its events.
    answers: Vec<Vec<u64>>,
    /// For each thread, the writes from which its next read would be built twice.
    passed_over: Vec<Set>,
    found: Enumeration,
}

impl Search<'_> {
    /// Every way to go on.
    fn extend(&mut self) {
        let threads = self.threads.iter().zip(&self.answers).enumerate();
        let next = threads
            .filter_map(|(thread, (code, answers))| Some((thread, code.next(answers)?)))
            .collect::<Vec<(usize, Instruction)>>();
        let at_its_limit = |&(thread, _): &(usize, _)| self.answers[thread].len() >= self.longest;
        if next.is_empty() {
            self.found.executions += 1;
            let outcome = self.execution.outcome(self.threads.len());
            self.found.outcomes.insert(outcome);
        } else if next.iter().any(at_its_limit) || self.execution.events.len() == MOST {
            self.found.left_out += 1;
        } else if let Some(&(thread, instruction)) = next.iter().find(|(_, it)| !it.reads()) {
            self.perform(thread, instruction, None);
        } else {
            self.read(&next);
        }
    }

    /// Every read that may come next.
    fn read(&mut self, next: &[(usize, Instruction)]) {
        let before = self.passed_over.clone();
        let writes = self.execution.writes();
        for &(thread, instruction) in next {
            self.passed_over[thread] = 0;
            let word = instruction.word().expect("a fence does not read");
            for source in self.execution.modifications[word].clone() {
                if before[thread] & one(source) == 0 {
                    self.perform(thread, instruction, Some(source));
                }
            }
            self.passed_over[thread] = before[thread] | writes;
        }
        self.passed_over = before;
    }

    /// Adds an event, at every place that its write may have.
    fn perform(&mut self, thread: usize, instruction: Instruction, source: Option<usize>) {
        let read = source.map(|write| self.execution.events[write].wrote.expect("a write"));
        let event = Event::new(thread, instruction, read.unwrap_or(0));
        let at = self.execution.events.len();
        self.execution.events.push(event);
        self.execution.sources.push(source);
        self.answers[thread].push(read.unwrap_or(0));
        match event.word.filter(|_| event.wrote.is_some()) {
            None => self.extend_if_allowed(),
            Some(word) => {
                let writes = &self.execution.modifications[word];
                let places = match source {
                    None => 1..=writes.len(),
                    Some(source) => {
                        let place = writes.iter().position(|&write| write == source);
                        let after = place.expect("the word has the write") + 1;
                        after..=after
                    }
                };
                for place in places {
                    self.execution.modifications[word].insert(place, at);
                    self.extend_if_allowed();
                    self.execution.modifications[word].remove(place);
                }
            }
        }
        self.answers[thread].pop();
        self.execution.sources.pop();
        self.execution.events.pop();
    }

    fn extend_if_allowed(&mut self) {
        if self.axioms.allow(&self.execution) {
            self.extend();
        }
    }
}

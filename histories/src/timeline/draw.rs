//! From a history to text.
//!
//! Time is cut into *slots*, each a column or two of its own: invocations that nothing separates share a slot, so do
//! completions, and a mark has one for itself. The columns of the slots are then found from left to right, each as
//! early as the slots before it and the values to be printed after an operation allow.

use std::collections::HashMap;
use std::fmt::{self, Write};

use super::Timeline;
use crate::{Action, History, Instant, Operation, Process};

/// How many columns an operation spans at least, where no marks say otherwise.
const RUN: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    // In this order where they fall on one instant: operations that share an instant are concurrent.
    Invocation(usize),
    Mark(usize),
    Completion(usize),
}

/// Which invocations may stand in one column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Together {
    /// All that no completion separates: their order means nothing to precedence.
    Concurrent,
    /// Those of one instant.
    Simultaneous,
}

pub(super) fn draw(
    timeline: &Timeline,
    together: Together,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let history = &timeline.history;
    let operations: Vec<&Operation> = drawn(timeline);
    let layout = Layout::of(timeline, together);

    writeln!(f, "init: {}", history.initial())?;
    let mut initial: Vec<String> = history
        .registers()
        .filter(|&register| operations.iter().any(|op| op.register == register))
        .filter(|&register| history.initial_of(register) != history.initial())
        .filter_map(|register| {
            let name = history.name_of(register)?;
            Some(format!("init {name}: {}", history.initial_of(register)))
        })
        .collect();
    initial.sort_unstable();
    for line in initial {
        writeln!(f, "{line}")?;
    }
    let mut processes: Vec<Process> = operations.iter().map(|op| op.process).collect();
    processes.sort_unstable();
    processes.dedup();
    let names: Vec<String> = processes
        .iter()
        .map(|process| format!("Thread {process}:"))
        .collect();
    let margin = names.iter().map(String::len).max().unwrap_or(0) + 2;
    for (process, name) in processes.iter().zip(&names) {
        let mut line = format!("{name:<margin$}");
        let mut own: Vec<usize> = (0..operations.len())
            .filter(|&at| operations[at].process == *process)
            .collect();
        own.sort_by_key(|&at| layout.columns(at));
        for at in own {
            let (first, last) = layout.columns(at);
            pad(&mut line, margin + first);
            let letter = match operations[at].action {
                Action::Write(_) => 'w',
                Action::Read(_) => 'r',
                Action::CompareAndSwap { .. } => 'c',
            };
            line.extend(std::iter::repeat_n(letter, last + 1 - first));
            line.push_str(&layout.tails[at]);
        }
        for (number, mark) in timeline.marks.iter().enumerate() {
            if operations[mark.operation].process == *process {
                let label = (number + 1).to_string();
                let (first, last) = layout.columns(mark.operation);
                let column = layout.marks[number];
                if first <= column && column + label.len() <= last + 1 {
                    let column = margin + column;
                    line.replace_range(column..column + label.len(), &label);
                }
            }
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    for (number, step) in timeline.steps.iter().enumerate() {
        writeln!(f, "{:>6}  {step}", number + 1)?;
    }
    Ok(())
}

/// The operations of the history, and behind them those that failed.
fn drawn(timeline: &Timeline) -> Vec<&Operation> {
    let history = &timeline.history;
    history
        .operations()
        .iter()
        .chain(history.failed())
        .collect()
}

/// What stands behind the run of an operation: that it failed or never completed, its register, and its values.
fn tail(history: &History, operation: &Operation, failed: bool) -> String {
    let mut tail = String::new();
    if failed {
        tail.push('!');
    } else if operation.is_pending() {
        tail.push('>');
    }
    if let Some(name) = history.name_of(operation.register) {
        tail.push(':');
        tail.push_str(name);
    }
    let written = match &operation.action {
        Action::Write(value) | Action::Read(Some(value)) => write!(tail, "({value})"),
        Action::Read(None) => Ok(()),
        Action::CompareAndSwap {
            expected,
            new,
            swapped,
        } => {
            let doubt = match swapped {
                _ if failed || operation.is_pending() => "",
                Some(true) => "",
                Some(false) => "!",
                None => "?",
            };
            write!(tail, "({expected}>{new}{doubt})")
        }
    };
    written.expect("writing to a string succeeds");
    tail
}

fn pad(line: &mut String, column: usize) {
    line.extend(std::iter::repeat_n(' ', column.saturating_sub(line.len())));
}

/// Which column everything falls on.
struct Layout {
    invoked: Vec<usize>,
    completed: Vec<Option<usize>>,
    marks: Vec<usize>,
    tails: Vec<String>,
    end: usize,
}

impl Layout {
    fn of(timeline: &Timeline, together: Together) -> Self {
        let history = &timeline.history;
        let operations = drawn(timeline);
        let whole = history.operations().len();
        let tails = (0..operations.len()).map(|at| tail(history, operations[at], at >= whole));
        let mut events: Vec<(Instant, Event)> = Vec::new();
        for (at, operation) in operations.iter().enumerate() {
            events.push((operation.invoked, Event::Invocation(at)));
            events.extend(
                operation
                    .completed
                    .map(|completed| (completed, Event::Completion(at))),
            );
        }
        events.extend(
            timeline
                .marks
                .iter()
                .enumerate()
                .map(|(number, mark)| (mark.at, Event::Mark(number))),
        );
        events.sort_unstable();

        let mut layout = Self {
            invoked: vec![0; operations.len()],
            completed: vec![None; operations.len()],
            marks: vec![0; timeline.marks.len()],
            tails: tails.collect(),
            end: 0,
        };
        // The first column that is free again behind the latest operation of each process, its value and two spaces.
        let mut free: HashMap<Process, usize> = HashMap::new();
        let mut column = 0;
        let mut rest = events.as_slice();
        let mut previous = None;
        while let Some(&(instant, first)) = rest.first() {
            let alike = rest
                .iter()
                .take_while(|(at, event)| {
                    share_a_slot(first, *event)
                        && (together == Together::Concurrent || *at == instant)
                })
                .count();
            let (slot, after) = rest.split_at(alike);
            column += distance(previous, first, timeline.marks.is_empty());
            for (_, event) in slot {
                if let Event::Invocation(at) = event {
                    column = column.max(free.get(&operations[*at].process).copied().unwrap_or(0));
                }
            }
            layout.end = column;
            for &(_, event) in slot {
                match event {
                    Event::Invocation(at) => layout.invoked[at] = column,
                    Event::Mark(number) => {
                        layout.marks[number] = column;
                        layout.end = column + (number + 1).to_string().len() - 1;
                    }
                    Event::Completion(at) => {
                        layout.completed[at] = Some(column);
                        free.insert(operations[at].process, column + layout.tails[at].len() + 3);
                    }
                }
            }
            column = layout.end;
            previous = Some(first);
            rest = after;
        }
        // A pending operation goes on beyond everything else.
        if layout.completed.contains(&None) {
            layout.end += 1;
        }
        layout
    }

    /// The first and the last column of an operation.
    fn columns(&self, at: usize) -> (usize, usize) {
        (self.invoked[at], self.completed[at].unwrap_or(self.end))
    }
}

fn share_a_slot(first: Event, next: Event) -> bool {
    matches!(
        (first, next),
        (Event::Invocation(_), Event::Invocation(_)) | (Event::Completion(_), Event::Completion(_))
    ) || first == next
}

/// How many columns lie between the last column of a slot and the first of the next one.
fn distance(previous: Option<Event>, next: Event, unmarked: bool) -> usize {
    match (previous, next) {
        (None, _) => 0,
        (Some(Event::Invocation(_)), Event::Completion(_)) if unmarked => RUN - 1,
        // Between two marks a letter of the run shows which operation they belong to.
        (Some(_), Event::Mark(_)) | (Some(Event::Mark(_)), _) => 2,
        _ => 1,
    }
}

//! From a history to text.
//!
//! Time is cut into *slots*, each a column or two of its own: invocations that nothing separates share a slot, so do
//! completions, and a mark has one for itself. The columns of the slots are then found from left to right, each as
//! early as the slots before it and the values to be printed after an operation allow.

use std::collections::HashMap;
use std::fmt::{self, Write};

use super::{Columns, Place, Timeline};
use crate::{Action, History, Instant, Operation, Process};

/// How many columns an operation spans at least, where no marks say otherwise.
const RUN: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    // In this order where they fall on one instant: operations that share an instant are concurrent.
    Invocation(usize),
    Mark(usize),
    CutBegins(usize),
    CutEnds(usize),
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
    let lines = lines(timeline, &processes);
    let network = &timeline.network;
    let names = lines.iter().map(|line| {
        let numbers: Vec<String> = line.iter().map(Process::to_string).collect();
        format!("Thread {}:", numbers.join(", "))
    });
    let names: Vec<String> = names.collect();
    let replica = |name: char| format!("Replica {name}:");
    let below = network.replicas.iter().map(|it| replica(it.name).len());
    let margin = names.iter().map(String::len).chain(below).max();
    let margin = margin.unwrap_or(0) + 2;
    for (processes, name) in lines.iter().zip(&names) {
        let mut line = format!("{name:<margin$}");
        let mut own: Vec<usize> = (0..operations.len())
            .filter(|&at| processes.contains(&operations[at].process))
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
            if processes.contains(&operations[mark.operation].process) {
                let label = (number + 1).to_string();
                let (first, last) = layout.columns(mark.operation);
                let column = layout.marks[number];
                if first <= column && column + label.len() <= last + 1 {
                    let column = margin + column;
                    line.replace_range(column..column + label.len(), &label);
                }
            }
        }
        for (number, message) in network.messages.iter().enumerate() {
            let at_home = matches!(message.to, Place::Thread(it) if processes.contains(&it));
            let column = margin + layout.marks[timeline.marks.len() + number];
            let label = (number + 1).to_string();
            // Only within an operation is there a place for it.
            let place = line.get(column..column + label.len());
            if at_home && place.is_some_and(|it| it.chars().all(|c| "wrc".contains(c))) {
                line.replace_range(column..column + label.len(), &label);
            }
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    for lane in &network.replicas {
        let mut line = format!("{:<margin$}{}", replica(lane.name), lane.initial);
        for (number, message) in network.messages.iter().enumerate() {
            if message.to == Place::Replica(lane.name) {
                pad(
                    &mut line,
                    margin + layout.marks[timeline.marks.len() + number],
                );
                line.push_str(&label(number, message));
            }
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    if !network.cuts.is_empty() {
        let mut line = format!("{:<margin$}", "cut:");
        for (cut, &(first, last)) in network.cuts.iter().zip(&layout.cuts) {
            pad(&mut line, margin + first);
            let dashes = (last + 1 - first).saturating_sub(cut.sides.chars().count() + 2);
            let (left, right) = (dashes / 2, dashes - dashes / 2);
            line += &"-".repeat(left.max(1));
            line += &format!(" {} ", cut.sides);
            line += &"-".repeat(right.max(1));
        }
        writeln!(f, "{line}")?;
    }
    for (number, message) in network.messages.iter().enumerate() {
        if !message.said.is_empty() {
            writeln!(f, "{:>6}  {message}", number + 1)?;
        }
    }
    let columns = Columns::of(&timeline.steps);
    for (number, step) in timeline.steps.iter().enumerate() {
        write!(f, "{:>6}  ", number + 1)?;
        step.draw(&columns, f)?;
        writeln!(f)?;
    }
    Ok(())
}

/// The processes of each line: one, or those that a thread counted as one after the other.
fn lines(timeline: &Timeline, processes: &[Process]) -> Vec<Vec<Process>> {
    let before = |process: &Process| {
        let mut continued = timeline.continued.iter();
        continued.find(|(after, _)| after == process)
    };
    let mut lines: Vec<Vec<Process>> = Vec::new();
    for &process in processes.iter().filter(|it| before(it).is_none()) {
        let mut line = vec![process];
        let next = |line: &[Process]| {
            let last = line.last()?;
            let mut continued = timeline.continued.iter();
            let (after, _) = continued.find(|(_, before)| before == last)?;
            processes.contains(after).then_some(*after)
        };
        while let Some(after) = next(&line).filter(|after| !line.contains(after)) {
            line.push(after);
        }
        lines.push(line);
    }
    lines
}

/// What stands in the line of a replica where a message arrives.
fn label(number: usize, message: &super::Message) -> String {
    match &message.held {
        Some(held) => format!("{}({held})", number + 1),
        None => (number + 1).to_string(),
    }
}

/// The operations of the history, and behind them those that failed.
pub(super) fn drawn(timeline: &Timeline) -> Vec<&Operation> {
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
pub(super) struct Layout {
    invoked: Vec<usize>,
    completed: Vec<Option<usize>>,
    /// Of the marks, and behind them of the messages.
    marks: Vec<usize>,
    cuts: Vec<(usize, usize)>,
    pub(super) tails: Vec<String>,
    pub(super) end: usize,
}

impl Layout {
    pub(super) fn of(timeline: &Timeline, together: Together) -> Self {
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
        let network = &timeline.network;
        let own_marks = timeline.marks.len();
        let arrivals = network.messages.iter().enumerate();
        events.extend(arrivals.map(|(number, it)| (it.at, Event::Mark(own_marks + number))));
        for (at, cut) in network.cuts.iter().enumerate() {
            events.push((cut.from, Event::CutBegins(at)));
            events.push((cut.until, Event::CutEnds(at)));
        }
        events.sort_unstable();

        let mut layout = Self {
            invoked: vec![0; operations.len()],
            completed: vec![None; operations.len()],
            marks: vec![0; own_marks + network.messages.len()],
            cuts: vec![(0, 0); network.cuts.len()],
            tails: tails.collect(),
            end: 0,
        };
        // The first column that is free again behind the latest operation of each process, its value and two spaces.
        let mut free: HashMap<Process, usize> = HashMap::new();
        let mut free_of: HashMap<Place, usize> = HashMap::new();
        for lane in &network.replicas {
            let initial = lane.initial.to_string().len();
            free_of.insert(Place::Replica(lane.name), initial + 2);
        }
        // What never completed, and whose thread went on all the same: the operation, and as whom.
        let given_up = |process: Process| {
            let mut continued = timeline.continued.iter();
            let (_, before) = continued.find(|(after, _)| *after == process)?;
            (0..whole).find(|&at| operations[at].process == *before && operations[at].is_pending())
        };
        let is_unmarked = timeline.marks.is_empty() && network.messages.is_empty();
        let mut column = 0;
        let mut rest = events.as_slice();
        let mut previous = None;
        while let Some(&(instant, first)) = rest.first() {
            // Who goes on after giving up does so behind what was given up.
            let follows = |event: Event| match event {
                Event::Invocation(at) => given_up(operations[at].process)
                    .is_some_and(|before| operations[before].invoked >= instant),
                _ => false,
            };
            let alike = rest
                .iter()
                .take_while(|&&(at, event)| {
                    event == first
                        || share_a_slot(first, event)
                            && (together == Together::Concurrent || at == instant)
                            && !follows(event)
                })
                .count();
            let (slot, after) = rest.split_at(alike);
            column += distance(previous, first, is_unmarked);
            for (_, event) in slot {
                match event {
                    Event::Invocation(at) => {
                        let process = operations[*at].process;
                        column = column.max(free.get(&process).copied().unwrap_or(0));
                        if let (None, Some(before)) = (free.get(&process), given_up(process)) {
                            let tail = layout.tails[before].len();
                            column = column.max(layout.invoked[before] + RUN + tail + 2);
                        }
                    }
                    Event::Mark(number) => {
                        if let Some(message) = network.messages.get(number.wrapping_sub(own_marks))
                        {
                            column = column.max(free_of.get(&message.to).copied().unwrap_or(0));
                        }
                    }
                    Event::CutEnds(at) => {
                        let sides = network.cuts[*at].sides.chars().count();
                        column = column.max(layout.cuts[*at].0 + sides + 3);
                    }
                    Event::CutBegins(_) | Event::Completion(_) => {}
                }
            }
            layout.end = column;
            for &(_, event) in slot {
                match event {
                    Event::Invocation(at) => {
                        layout.invoked[at] = column;
                        let process = operations[at].process;
                        if let (None, Some(before)) = (free.get(&process), given_up(process)) {
                            let tail = layout.tails[before].len();
                            layout.completed[before] = Some(column - tail - 3);
                        }
                        free.entry(process).or_insert(column);
                    }
                    Event::Mark(number) => {
                        layout.marks[number] = column;
                        let nth = number.checked_sub(own_marks).unwrap_or(number);
                        layout.end = column + (nth + 1).to_string().len() - 1;
                        if let Some(message) = network.messages.get(number.wrapping_sub(own_marks))
                        {
                            free_of.insert(message.to, column + label(nth, message).len() + 1);
                        }
                    }
                    Event::CutBegins(at) => layout.cuts[at].0 = column,
                    Event::CutEnds(at) => layout.cuts[at].1 = column,
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
    pub(super) fn columns(&self, at: usize) -> (usize, usize) {
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
        (Some(Event::CutEnds(_)), Event::CutBegins(_)) => 2,
        _ => 1,
    }
}

//! From text to what happens beneath the threads: replicas, messages, cuts, and threads that go on after giving up.

use super::{Flaw, Parser, Problem, UNNAMED};
use crate::timeline::{Cut, Message, Place, Replica};
use crate::{Instant, Process, Value};

/// What stands in the line of a replica: the number of a message.
pub(super) struct Arrival {
    number: usize,
    at: Place,
    column: usize,
    held: Option<Value>,
    line: usize,
}

impl Parser {
    /// A replica: what it holds at first, and what arrives there.
    pub(super) fn replica(
        &mut self,
        name: &str,
        text: &str,
        after: usize,
        start: usize,
    ) -> Result<(), Flaw> {
        let flaw = |column: usize, found: &str| {
            let found = format!("`{found}` is not what a replica has here");
            (column, Problem::Replica { found })
        };
        let mut letters = name.chars();
        let (Some(name), None) = (
            letters.next().filter(char::is_ascii_uppercase),
            letters.next(),
        ) else {
            return Err(flaw(start, name));
        };
        if self.network.replicas.iter().any(|it| it.name == name) {
            return Err(flaw(start, "a second line of the same name"));
        }
        let mut initial = None;
        for (column, word) in words(text, after) {
            let Some(_) = initial else {
                initial = Some(word.parse().map_err(|_| flaw(column, &word))?);
                continue;
            };
            let (number, held) = match word.split_once('(') {
                Some((number, held)) => {
                    let held = held.strip_suffix(')').and_then(|held| held.parse().ok());
                    (number, Some(held.ok_or_else(|| flaw(column, &word))?))
                }
                None => (word.as_str(), None),
            };
            self.arrivals.push(Arrival {
                number: number.parse().map_err(|_| flaw(column, &word))?,
                at: Place::Replica(name),
                column,
                held,
                line: self.line,
            });
        }
        let initial = initial.ok_or_else(|| flaw(after, ""))?;
        self.network.replicas.push(Replica { name, initial });
        Ok(())
    }

    /// The line that says who was cut off from whom, and when: `---- A B | C ----`, perhaps several times.
    pub(super) fn cuts(&mut self, text: &str, after: usize) -> Result<(), Flaw> {
        let characters: Vec<char> = text.chars().collect();
        let run = |from: usize, of: fn(char) -> bool| {
            let length = characters[from..].iter().take_while(|&&c| of(c)).count();
            from + length
        };
        let mut at = run(after, |c| c == ' ');
        while at < characters.len() {
            let from = at;
            let sides_from = run(from, |c| c == '-');
            let sides_to = run(sides_from, |c| c != '-');
            let end = run(sides_to, |c| c == '-');
            let sides: String = characters[sides_from..sides_to].iter().collect();
            if sides_from == from || end == sides_to || !sides.contains('|') {
                return Err((from, Problem::Cut));
            }
            self.network.cuts.push(Cut {
                from: from as Instant,
                until: end as Instant - 1,
                sides: sides.trim().to_owned(),
            });
            at = run(end, |c| c == ' ');
        }
        Ok(())
    }

    /// A line of the list: that a message arrives, or that a node does something by itself.
    pub(super) fn message(
        &mut self,
        number: usize,
        from: Option<Place>,
        to: Place,
        rest: &str,
    ) -> Result<(), String> {
        let (said, remark) = match rest.split_once("<-") {
            Some((said, remark)) => (said.trim(), Some(remark.trim().to_owned())),
            None => (rest.trim(), None),
        };
        if said.is_empty() {
            return Err("this step says nothing".to_owned());
        }
        let message = Message {
            at: 0,
            from,
            to,
            said: said.to_owned(),
            held: None,
            remark,
        };
        self.messages.push((number, message, self.line));
        Ok(())
    }

    /// The messages of a network: what arrives, in order, with what the list says of it.
    pub(super) fn network(&mut self) -> Result<(), (usize, usize, Problem)> {
        // Within operations stand the messages that arrive at threads, and threads may do something by themselves.
        let steps = std::mem::take(&mut self.steps);
        self.messages
            .extend(steps.into_iter().map(|(number, step, line)| {
                let message = Message {
                    at: 0,
                    from: None,
                    to: Place::Thread(step.process),
                    said: step.access,
                    held: None,
                    remark: step.remark,
                };
                (number, message, line)
            }));
        self.messages.sort_by_key(|(_, _, line)| *line);
        for mark in std::mem::take(&mut self.marks) {
            self.arrivals.push(Arrival {
                number: mark.number,
                at: Place::Thread(self.operations[mark.operation].0.process),
                column: mark.column,
                held: None,
                line: mark.line,
            });
        }
        self.arrivals.sort_by_key(|arrival| arrival.number);
        for (expected, (number, _, line)) in (1..).zip(&self.messages) {
            if *number != expected {
                let found = format!("step {number} stands where step {expected} is due");
                return Err((*line, 0, Problem::Step { found }));
            }
        }
        let mut stated = self
            .messages
            .iter()
            .map(|(_, message, line)| (message, *line));
        let mut before = 0;
        for (expected, arrival) in (1..).zip(&self.arrivals) {
            let Arrival {
                number,
                at,
                column,
                ref held,
                line,
            } = *arrival;
            let flaw = |found: String| (line, column, Problem::Mark { found });
            if number != expected {
                return Err(flaw(format!(
                    "mark {number} is here, and mark {expected} is due"
                )));
            }
            if column < before {
                return Err(flaw(format!(
                    "mark {number} stands left of mark {}",
                    number - 1
                )));
            }
            before = column;
            let message = match stated.next() {
                Some((message, line)) if message.to != at => {
                    let to = message.to;
                    let found = format!(
                        "step {number} is said to be at {to}, but mark {number} stands at {at}"
                    );
                    return Err((line, 0, Problem::Step { found }));
                }
                Some((message, _)) => message.clone(),
                None if self.messages.is_empty() => Message {
                    at: 0,
                    from: None,
                    to: at,
                    said: String::new(),
                    held: None,
                    remark: None,
                },
                None => {
                    return Err((
                        line,
                        column,
                        Problem::Step {
                            found: format!("the list ends before step {number}"),
                        },
                    ));
                }
            };
            self.network.messages.push(Message {
                at: column as Instant,
                held: held.clone(),
                ..message
            });
        }
        match stated.next() {
            Some((message, line)) => {
                let found = format!("`{}` has no mark in the picture", message.said);
                Err((line, 0, Problem::Step { found }))
            }
            None => Ok(()),
        }
    }

    /// Gives a number that nobody has to each thread that went on without one.
    pub(super) fn name_the_unnamed(&mut self) {
        let is_unnamed = |process: Process| {
            let unnamed = self.continued.len() as Process;
            process > UNNAMED - unnamed
        };
        let named = self.operations.iter().map(|(op, _)| op.process);
        let named = named.chain(self.failed.iter().map(|op| op.process));
        let most = named.filter(|&it| !is_unnamed(it)).max();
        let mut next = most.map_or(1, |most| most.saturating_add(1));
        let mut names = Vec::new();
        for &(process, _) in &self.continued {
            if is_unnamed(process) {
                names.push((process, next));
                next = next.saturating_add(1);
            }
        }
        let name = |process: &mut Process| {
            if let Some((_, name)) = names.iter().find(|(unnamed, _)| unnamed == process) {
                *process = *name;
            }
        };
        let operations = self.operations.iter_mut().map(|(op, _)| &mut op.process);
        operations.for_each(name);
        self.failed.iter_mut().for_each(|op| name(&mut op.process));
        for (after, before) in &mut self.continued {
            name(after);
            name(before);
        }
    }
}

/// The words of a line, with their columns.
fn words(text: &str, after: usize) -> Vec<(usize, String)> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut is_within = false;
    for (column, character) in text.chars().enumerate().skip(after) {
        match (character == ' ', words.last_mut().filter(|_| is_within)) {
            (true, _) => is_within = false,
            (false, Some((_, word))) => word.push(character),
            (false, None) => {
                words.push((column, character.to_string()));
                is_within = true;
            }
        }
    }
    words
}

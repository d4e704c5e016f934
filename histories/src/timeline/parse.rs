//! From text to a history.

mod network;
mod problem;

use std::borrow::Cow;
use std::str::FromStr;

use unicode_width::UnicodeWidthStr;

use super::{Mark, Message, Network, Place, Step, Timeline};
use crate::{
    Action, Builder, History, HistoryError, Initial, Instant, NotAValue, Operation, Process,
    Register, Value,
};

use network::Arrival;

pub use problem::{MAX_COLUMNS, MAX_LENGTH, ParseError, Problem};

impl FromStr for Timeline {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text, None)
    }
}

impl Timeline {
    /// Reads a picture; `given` goes before the value of its line `init:`, which may then be left out.
    pub(crate) fn parse(text: &str, given: Option<Initial>) -> Result<Self, ParseError> {
        let mut parser = Parser {
            given,
            ..Parser::default()
        };
        if text.len() > MAX_LENGTH {
            return Err(ParseError {
                line: 1,
                column: 1,
                problem: Problem::TooLong,
                text: String::new(),
            });
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (at, text) in text.lines().enumerate() {
            parser.line = at + 1;
            let line = Line {
                number: at + 1,
                text,
            };
            parser
                .take(&line.in_columns())
                .map_err(|(column, problem)| line.error(column, problem))?;
        }
        parser.finish(text)
    }
}

/// A problem and the column that it stands in, counted from 0.
type Flaw = (usize, Problem);

#[derive(Clone, Copy)]
struct Line<'a> {
    number: usize,
    text: &'a str,
}

impl Line<'_> {
    /// How many columns the name in front of the colon takes beyond one a character: `스레드 1:` is as wide as
    /// `Thread 1:`.
    fn beyond(&self) -> usize {
        let head = self.text.split(':').next().unwrap_or_default();
        head.width().saturating_sub(head.chars().count())
    }

    /// The line with a character for each of its columns.
    fn in_columns(&self) -> Cow<'_, str> {
        match self.beyond() {
            0 => self.text.into(),
            beyond => {
                let colon = format!(":{}", " ".repeat(beyond));
                self.text.replacen(':', &colon, 1).into()
            }
        }
    }

    /// A problem in a column of the line as it was written.
    fn error(self, column: usize, problem: Problem) -> ParseError {
        let head = self.text.split(':').next().unwrap_or_default();
        let is_behind = column > head.chars().count();
        let column = column - if is_behind { self.beyond() } else { 0 };
        let shown = self.text.chars().count() <= MAX_COLUMNS;
        let text = if shown {
            self.text.to_owned()
        } else {
            String::new()
        };
        ParseError {
            line: self.number,
            column: column + 1,
            problem,
            text,
        }
    }
}

#[derive(Default)]
struct Parser {
    /// What the registers hold at first, whatever the text says of all of them.
    given: Option<Initial>,
    initial: Option<Value>,
    /// The initial values of single registers, with their lines.
    own_initial: Vec<(String, Value, usize)>,
    /// The names of the registers, from number 1 on.
    names: Vec<String>,
    failed: Vec<Operation>,
    /// Each operation with its line.
    operations: Vec<(Operation, usize)>,
    marks: Vec<FoundMark>,
    /// Each step with its number and its line.
    steps: Vec<(usize, Step, usize)>,
    network: Network,
    /// What arrives at replicas.
    arrivals: Vec<Arrival>,
    /// Each step of a network with its number and its line.
    messages: Vec<(usize, Message, usize)>,
    continued: Vec<(Process, Process)>,
    line: usize,
}

struct FoundMark {
    number: usize,
    /// Index into `Parser::operations`.
    operation: usize,
    column: usize,
    line: usize,
}

impl Parser {
    fn take(&mut self, line: &str) -> Result<(), Flaw> {
        let text = line.trim_end();
        let columns = text.chars().count();
        if columns > MAX_COLUMNS {
            return Err((0, Problem::TooWide(columns)));
        }
        let start = text.chars().take_while(|&c| c == ' ').count();
        let body = &text[start..];
        // A block as it stands in a document is read with its fence.
        if body.is_empty() || body.starts_with(['#', '`', '~']) {
            return Ok(());
        }
        if let Some((column, found)) = text.chars().enumerate().find(|(_, c)| c.is_control()) {
            return Err((
                column,
                if found == '\t' {
                    Problem::Tab
                } else {
                    Problem::Character(found)
                },
            ));
        }
        if body.starts_with(|c: char| c.is_ascii_digit()) {
            return self.step(body, start);
        }
        if let Some(flaw) = wide(text) {
            return Err(flaw);
        }
        let Some((head, _)) = body.split_once(':') else {
            return Err((start, Problem::NoThread));
        };
        let after = start + head.chars().count() + 1;
        // The note that this notation comes from is Korean: 초기값, initial value.
        if ["init", "초기값"].contains(&head.trim_end()) {
            return self.initial(text, after, start);
        }
        if let Some(name) = head.strip_prefix("init ") {
            let name = name.trim();
            if !is_name(name) {
                return Err((start, Problem::NoName));
            }
            let value = value_after(text, after)?;
            self.own_initial.push((name.to_owned(), value, self.line));
            return Ok(());
        }
        if head.trim_end() == "cut" {
            return self.cuts(text, after);
        }
        if let Some(name) = head.strip_prefix("Replica ") {
            return self.replica(name.trim(), text, after, start);
        }
        // A thread that goes on after it gave up has further numbers behind commas.
        let mut numbers = head.split(',');
        let first = numbers.next().unwrap_or_default();
        let mut processes = vec![process(first).map_err(|problem| (start, problem))?];
        for number in numbers {
            let flaw = || (start, Problem::ThreadNumber(number.trim().to_owned()));
            processes.push(number.trim().parse().map_err(|_| flaw())?);
        }
        self.thread(&processes, text, after)
    }

    fn initial(&mut self, text: &str, after: usize, start: usize) -> Result<(), Flaw> {
        if self.initial.is_some() {
            return Err((start, Problem::SecondInitialValue));
        }
        self.initial = Some(value_after(text, after)?);
        Ok(())
    }

    /// The operations of one thread, and of those as whom it goes on; `after` is the column behind the colon.
    fn thread(&mut self, processes: &[Process], text: &str, after: usize) -> Result<(), Flaw> {
        let characters: Vec<char> = text.chars().collect();
        let mut at = after;
        let mut process = processes[0];
        let mut further = processes[1..].iter();
        while let Some(&character) = characters.get(at) {
            match character {
                ' ' => at += 1,
                'w' | 'r' | 'c' => {
                    let gave_up = self.operations.last().is_some_and(|(last, line)| {
                        *line == self.line && last.process == process && last.is_pending()
                    });
                    if gave_up {
                        // Whose number nobody has is found out in the end.
                        let unnamed = UNNAMED - self.continued.len() as Process;
                        let next = further.next().copied().unwrap_or(unnamed);
                        self.continued.push((next, process));
                        process = next;
                    }
                    at = self.operation(process, &characters, at)?;
                }
                _ => return Err((at, Problem::Character(character))),
            }
        }
        Ok(())
    }

    /// One operation, whose run begins at `start`; returns the column behind it.
    fn operation(
        &mut self,
        process: Process,
        characters: &[char],
        start: usize,
    ) -> Result<usize, Flaw> {
        let letter = characters[start];
        let mut at = start;
        while let Some(&character) = characters.get(at) {
            if character == letter {
                at += 1;
            } else if character.is_ascii_digit() {
                at = self.mark(characters, at)?;
            } else if matches!(character, 'w' | 'r' | 'c') {
                return Err((at, Problem::MixedRun));
            } else {
                break;
            }
        }
        let invoked = start as Instant;
        let end = (at - 1) as Instant;
        let pending = characters.get(at) == Some(&'>');
        let failed = characters.get(at) == Some(&'!');
        at += usize::from(pending || failed);
        let mut register = 0;
        if characters.get(at) == Some(&':') {
            let name: String = characters[at + 1..]
                .iter()
                .take_while(|&&c| is_of_name(c))
                .collect();
            if name.is_empty() {
                return Err((at, Problem::NoName));
            }
            at += 1 + name.len();
            register = self.register(name);
        }
        let value_column = at;
        let mut inside = None;
        if characters.get(at) == Some(&'(') {
            let length = characters[at..]
                .iter()
                .position(|&c| c == ')')
                .ok_or((at, Problem::Unclosed))?;
            inside = Some(characters[at + 1..at + length].iter().collect::<String>());
            at += length + 1;
        }
        if characters.get(at) == Some(&'>') && inside.is_some() {
            return Err((at, Problem::PendingAfterValue));
        }
        if characters.get(at).is_some_and(|c| "wrc".contains(*c)) {
            return Err((at, Problem::MixedRun));
        }
        let parse = |text: &str| -> Result<Value, Flaw> {
            let value = text.parse::<Value>();
            value.map_err(|error| (value_column + 1, error.into()))
        };
        let action = match (letter, inside.as_deref()) {
            ('c', inside) => {
                let not_a_swap = || (value_column, Problem::NotASwap);
                let (expected, rest) = inside
                    .and_then(|inside| inside.split_once('>'))
                    .ok_or_else(not_a_swap)?;
                let (new, swapped) = match (rest.strip_suffix('!'), rest.strip_suffix('?')) {
                    _ if pending => (rest, None),
                    (Some(new), _) => (new, Some(false)),
                    (_, Some(new)) => (new, None),
                    _ => (rest, Some(true)),
                };
                Action::CompareAndSwap {
                    expected: parse(expected)?,
                    new: parse(new)?,
                    swapped,
                }
            }
            ('w', Some(value)) => Action::Write(parse(value)?),
            ('w', None) => return Err((start, Problem::WriteWithoutValue)),
            _ if failed => return Err((start, Problem::FailedRead)),
            (_, Some(_)) if pending => return Err((value_column, Problem::PendingReadWithValue)),
            (_, value) => Action::Read(value.map(parse).transpose()?),
        };
        let operation = Operation {
            process,
            register,
            action,
            invoked,
            completed: (!pending).then_some(end),
        };
        if failed {
            // What never happened accesses no words.
            if let Some(mark) = self
                .marks
                .last()
                .filter(|mark| mark.operation == self.operations.len())
            {
                let found = format!("mark {} stands in an operation that failed", mark.number);
                return Err((mark.column, Problem::Mark { found }));
            }
            self.failed.push(operation);
        } else {
            self.operations.push((operation, self.line));
        }
        Ok(at)
    }

    /// The number of the register of this name.
    fn register(&mut self, name: String) -> Register {
        let known = self.names.iter().position(|known| *known == name);
        let at = known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        at as Register + 1
    }

    /// A mark within the operation that will be pushed next; returns the column behind it.
    fn mark(&mut self, characters: &[char], column: usize) -> Result<usize, Flaw> {
        let digits: String = characters[column..]
            .iter()
            .take_while(|c| c.is_ascii_digit())
            .collect();
        let number = digits.parse().map_err(|_| {
            (
                column,
                Problem::Mark {
                    found: format!("{digits} is no mark"),
                },
            )
        })?;
        self.marks.push(FoundMark {
            number,
            operation: self.operations.len(),
            column,
            line: self.line,
        });
        Ok(column + digits.len())
    }

    /// A line of the list below the picture: `4  T2  word[1] -> 1   <- the halves disagree`.
    fn step(&mut self, body: &str, start: usize) -> Result<(), Flaw> {
        let flaw = |found: String| (start, Problem::Step { found });
        let (number, rest) = body.split_once(' ').unwrap_or((body, ""));
        let number = number
            .parse()
            .map_err(|_| flaw(format!("`{number}` is no number of a step")))?;
        let (name, rest) = rest.trim_start().split_once(' ').unwrap_or((rest, ""));
        let from = place(name).ok_or_else(|| flaw(format!("`{name}` names no thread")))?;
        let (process, to) = match (from, rest.trim_start().strip_prefix("->")) {
            (Place::Thread(process), None) => (process, None),
            (Place::Replica(_), None) => (0, Some((None, from, rest))),
            (_, Some(rest)) => {
                let (name, rest) = rest
                    .trim_start()
                    .split_once(' ')
                    .unwrap_or((rest.trim(), ""));
                let to = place(name).ok_or_else(|| flaw(format!("`{name}` names no node")))?;
                (0, Some((Some(from), to, rest)))
            }
        };
        if let Some((from, to, rest)) = to {
            return self.message(number, from, to, rest).map_err(flaw);
        }
        let (done, remark) = match rest.split_once("<-") {
            Some((done, remark)) => (done.trim(), Some(remark.trim().to_owned())),
            None => (rest.trim(), None),
        };
        // Behind a gap it says where it comes from.
        let (access, source) = match done.split_once("  ") {
            Some((access, source)) => (access, Some(source.trim().to_owned())),
            None => (done, None),
        };
        if access.is_empty() {
            return Err(flaw("this step accesses nothing".to_owned()));
        }
        self.steps.push((
            number,
            Step {
                process,
                access: access.to_owned(),
                source,
                remark,
            },
            self.line,
        ));
        Ok(())
    }

    fn finish(mut self, text: &str) -> Result<Timeline, ParseError> {
        let error = |line: usize, column: usize, problem: Problem| {
            let number = line.max(1);
            let text = text.lines().nth(number - 1).unwrap_or_default();
            Line { number, text }.error(column, problem)
        };
        if self.operations.is_empty() && self.failed.is_empty() {
            return Err(error(self.line, 0, Problem::Empty));
        }
        self.name_the_unnamed();
        if !self.network.replicas.is_empty() {
            self.network()
                .map_err(|(line, column, problem)| error(line, column, problem))?;
        } else if let Some((number, _, line)) = self.messages.first() {
            let found = format!("step {number} is of a message, and there is no `Replica A:` line");
            return Err(error(*line, 0, Problem::Step { found }));
        }
        let said = self.initial.take().map(Initial::Given);
        let Some(initial) = self.given.take().or(said) else {
            let line = self.operations.first().map_or(self.line, |first| first.1);
            return Err(error(line, 0, Problem::NoInitialValue));
        };
        let mut builder = Builder::new(initial);
        for name in &self.names {
            builder.register(name);
        }
        let mut known: Vec<&str> = Vec::new();
        for (name, value, line) in &self.own_initial {
            if known.contains(&&**name) || !self.names.contains(name) {
                return Err(error(*line, 0, Problem::InitialOf(name.clone())));
            }
            known.push(name);
            let register = builder.register(name);
            builder.set_initial(register, Initial::Given(value.clone()));
        }
        for (operation, _) in &self.operations {
            builder.push(operation.clone());
        }
        for operation in self.failed.drain(..) {
            builder.push_failed(operation);
        }
        let history = builder.build().map_err(|problem| {
            let (process, column) = match problem {
                HistoryError::Overlap {
                    process, invoked, ..
                }
                | HistoryError::AfterCrash {
                    process, invoked, ..
                }
                | HistoryError::Backwards {
                    process, invoked, ..
                }
                | HistoryError::UnknownRegister {
                    process, invoked, ..
                } => (process, invoked),
            };
            let guilty =
                |(op, _): &&(Operation, usize)| op.process == process && op.invoked == column;
            let line = self
                .operations
                .iter()
                .rfind(guilty)
                .map_or(self.line, |(_, line)| *line);
            error(line, column as usize, columns_from_one(problem).into())
        })?;
        let marks = self
            .marks(&history)
            .map_err(|(line, column, problem)| error(line, column, problem))?;
        let network = std::mem::take(&mut self.network);
        let continued = std::mem::take(&mut self.continued);
        let steps = self
            .steps(&history, &marks)
            .map_err(|(line, problem)| error(line, 0, problem))?;
        Ok(Timeline {
            history,
            marks,
            steps,
            network,
            continued,
        })
    }

    /// The marks in order, their operations named as the history names them.
    fn marks(&mut self, history: &History) -> Result<Vec<Mark>, (usize, usize, Problem)> {
        self.marks.sort_by_key(|mark| mark.number);
        let mut marks: Vec<Mark> = Vec::with_capacity(self.marks.len());
        for (expected, found) in (1..).zip(&self.marks) {
            let flaw = |found_text: String| {
                (
                    found.line,
                    found.column,
                    Problem::Mark { found: found_text },
                )
            };
            if found.number < expected {
                return Err(flaw(format!(
                    "mark {} stands here a second time",
                    found.number
                )));
            }
            if found.number > expected {
                return Err(flaw(format!(
                    "mark {} is here, but there is no mark {expected}",
                    found.number
                )));
            }
            let at = found.column as Instant;
            if marks.last().is_some_and(|previous| at < previous.at) {
                return Err(flaw(format!(
                    "mark {expected} stands left of mark {}",
                    expected - 1
                )));
            }
            let typed = &self.operations[found.operation].0;
            let operation = history
                .operations()
                .iter()
                .position(|op| op.process == typed.process && op.invoked == typed.invoked)
                .expect("the history has every operation that was typed");
            marks.push(Mark { operation, at });
        }
        Ok(marks)
    }

    fn steps(self, history: &History, marks: &[Mark]) -> Result<Vec<Step>, (usize, Problem)> {
        let flaw = |line: usize, found: String| (line, Problem::Step { found });
        for (expected, (number, step, line)) in (1..).zip(&self.steps) {
            if *number != expected {
                return Err(flaw(
                    *line,
                    format!("step {number} stands where step {expected} is due"),
                ));
            }
            let Some(mark) = marks.get(expected - 1) else {
                return Err(flaw(
                    *line,
                    format!("step {number} has no mark {number} in the picture"),
                ));
            };
            let marked = history.operations()[mark.operation].process;
            if step.process != marked {
                let found = format!(
                    "step {number} is said to be Thread {}'s, but mark {number} stands in Thread {marked}",
                    step.process
                );
                return Err(flaw(*line, found));
            }
        }
        if let Some((last, _, line)) = self.steps.last()
            && *last < marks.len()
        {
            let found = format!(
                "the list ends at step {last}, but the picture has {} marks",
                marks.len()
            );
            return Err(flaw(*line, found));
        }
        Ok(self.steps.into_iter().map(|(_, step, _)| step).collect())
    }
}

/// Threads that go on without a number count down from here.
const UNNAMED: Process = Process::MAX;

/// `T1`, or the letter of a replica.
fn place(name: &str) -> Option<Place> {
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_ascii_uppercase() => Some(Place::Replica(letter)),
        _ => process(name).ok().map(Place::Thread),
    }
}

/// `Thread 1`, `thread 1`, `T1`, `Process 1`, `P1`.
fn process(head: &str) -> Result<Process, Problem> {
    let head = head.trim();
    let digits = head.trim_start_matches(char::is_alphabetic);
    let name = head[..head.len() - digits.len()].to_lowercase();
    if !["thread", "t", "process", "p", "스레드", "쓰레드"].contains(&name.as_str()) {
        return Err(Problem::NoThread);
    }
    let digits = digits.trim();
    let number = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok());
    number
        .flatten()
        .ok_or_else(|| Problem::ThreadNumber(head.chars().take(40).collect()))
}

/// The first full-width form of an ASCII character outside of quotes.
fn wide(text: &str) -> Option<Flaw> {
    /// So far the full-width forms of U+0021 to U+007E stand behind them.
    const FURTHER: u32 = 0xFEE0;
    let mut is_quoted = false;
    text.chars().enumerate().find_map(|(column, found)| {
        is_quoted ^= found == '"';
        let meant = match found {
            '\u{3000}' => ' ',
            '！'..='～' => char::from_u32(found as u32 - FURTHER)?,
            _ => return None,
        };
        (!is_quoted).then_some((column, Problem::Wide { found, meant }))
    })
}

/// The value behind the colon of a line.
fn value_after(text: &str, after: usize) -> Result<Value, Flaw> {
    let value: String = text.chars().skip(after).collect();
    let column = after + value.chars().take_while(|c| c.is_whitespace()).count();
    let parsed = value.trim().parse();
    parsed.map_err(|error: NotAValue| (column, error.into()))
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-.".contains(character)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_of_name)
}

/// Columns are counted from 1 where a person reads them.
fn columns_from_one(error: HistoryError) -> HistoryError {
    match error {
        HistoryError::Backwards {
            process,
            invoked,
            completed,
        } => HistoryError::Backwards {
            process,
            invoked: invoked + 1,
            completed: completed + 1,
        },
        HistoryError::Overlap {
            process,
            running,
            invoked,
        } => HistoryError::Overlap {
            process,
            running: running + 1,
            invoked: invoked + 1,
        },
        HistoryError::AfterCrash {
            process,
            pending,
            invoked,
        } => HistoryError::AfterCrash {
            process,
            pending: pending + 1,
            invoked: invoked + 1,
        },
        HistoryError::UnknownRegister {
            process,
            invoked,
            register,
        } => HistoryError::UnknownRegister {
            process,
            invoked: invoked + 1,
            register,
        },
    }
}

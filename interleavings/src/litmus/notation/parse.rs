//! From text to tests.

use std::str::FromStr;

use super::ParseError;
use super::cursor::Cursor;
use crate::litmus::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use crate::litmus::{Allowed, Instruction, Program, Test, Update};

const LOAD: &[Ordering] = &[Relaxed, Acquire, SeqCst];
const STORE: &[Ordering] = &[Relaxed, Release, SeqCst];
const UPDATE: &[Ordering] = &[Relaxed, Acquire, Release, AcqRel, SeqCst];
const FENCE: &[Ordering] = &[Acquire, Release, AcqRel, SeqCst];

impl FromStr for Test {
    type Err = ParseError;

    /// Reads one test.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut tests = parse(text)?;
        match tests.len() {
            1 => Ok(tests.remove(0)),
            many => Err(ParseError {
                line: 1,
                column: 1,
                expected: "one litmus test".to_owned(),
                found: format!("{many} tests"),
            }),
        }
    }
}

/// Reads all tests of a text.
///
/// # Errors
///
/// At the first line that is not as the [notation](super::super::notation) has it.
pub fn parse(text: &str) -> Result<Vec<Test>, ParseError> {
    let mut tests: Vec<Draft> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let mut cursor = Cursor::new(at + 1, line);
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with(char::is_whitespace) {
            let Some(draft) = tests.last_mut() else {
                return Err(cursor.expected("the name of a test, at the left margin"));
            };
            draft.line(&mut cursor)?;
        } else {
            tests.push(Draft::new(at + 1, line.trim_end()));
        }
    }
    tests.into_iter().map(Draft::finish).collect()
}

/// A test of which not all lines are read.
struct Draft {
    line: usize,
    test: Test,
    judged: bool,
}

impl Draft {
    fn new(line: usize, name: &str) -> Self {
        let test = Test {
            name: name.to_owned(),
            program: Program::default(),
            read: Vec::new(),
            last: Vec::new(),
            allowed: Allowed::default(),
            source: None,
            remark: None,
        };
        Self {
            line,
            test,
            judged: false,
        }
    }

    fn line(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        match cursor.peek() {
            "source" => join(&mut self.test.source, cursor.prose()),
            "remark" => join(&mut self.test.remark, cursor.prose()),
            "last" => self.last(cursor)?,
            "sc" => self.verdict(cursor)?,
            _ => self.thread(cursor)?,
        }
        cursor.end()
    }

    fn thread(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        let (mut thread, mut read) = (Vec::new(), Vec::new());
        if !cursor.takes("-") {
            loop {
                let (instruction, asked) = instruction(cursor)?;
                thread.push(instruction);
                read.extend(asked);
                self.mention(instruction.word());
                if !cursor.takes(";") {
                    break;
                }
            }
        }
        self.test.program.threads.push(thread);
        self.test.read.push(read);
        Ok(())
    }

    fn last(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        cursor.take("last")?;
        loop {
            let word = cursor.word()?;
            self.mention(Some(word));
            cursor.take("=")?;
            self.test.last[word] = Some(cursor.number("a value")?);
            if !cursor.takes(",") {
                return Ok(());
            }
        }
    }

    fn verdict(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        if self.judged {
            return Err(cursor.expected("one line of verdicts for each test"));
        }
        let sc = cursor.verdict("sc")?;
        cursor.take(",")?;
        let x86 = cursor.verdict("x86")?;
        cursor.take(",")?;
        let cpp20 = cursor.verdict("C++20")?;
        let mut allowed = Allowed {
            sc,
            x86,
            cpp20,
            rc11: cpp20,
            load_buffering: cpp20,
        };
        while cursor.takes(",") {
            if cursor.takes("load") {
                allowed.load_buffering = cursor.verdict("buffering")?;
            } else {
                allowed.rc11 = cursor.verdict("RC11")?;
            }
        }
        self.test.allowed = allowed;
        self.judged = true;
        Ok(())
    }

    /// Counts the words by the last one that is mentioned.
    fn mention(&mut self, word: Option<usize>) {
        let words = word.map_or(0, |word| word + 1);
        self.test.program.words = self.test.program.words.max(words);
        self.test.last.resize(self.test.program.words, None);
    }

    fn finish(self) -> Result<Test, ParseError> {
        let missing = |expected: &str| ParseError {
            line: self.line,
            column: 1,
            expected: expected.to_owned(),
            found: self.test.name.clone(),
        };
        if self.test.program.threads.is_empty() {
            return Err(missing("a test with threads"));
        }
        if !self.judged {
            return Err(missing(
                "a test with a line such as `sc forbids, x86 forbids, C++20 allows`",
            ));
        }
        Ok(self.test)
    }
}

fn join(prose: &mut Option<String>, more: &str) {
    match prose {
        Some(prose) => {
            prose.push(' ');
            prose.push_str(more);
        }
        None => *prose = Some(more.to_owned()),
    }
}

/// An instruction, and what it is asked to return if it reads.
fn instruction(cursor: &mut Cursor<'_>) -> Result<(Instruction, Option<Option<u64>>), ParseError> {
    if cursor.takes("fence") {
        return Ok((Instruction::Fence(cursor.order("a fence", FENCE)?), None));
    }
    let word = cursor.word()?;
    if cursor.takes(":=") {
        let value = cursor.number("a value")?;
        let order = cursor.order("a store", STORE)?;
        return Ok((Instruction::Store { word, value, order }, None));
    }
    let update = if cursor.takes("add") {
        Some(Update::Add(cursor.number("what to add")?))
    } else if cursor.takes("swap") {
        Some(Update::Swap(cursor.number("a value")?))
    } else if cursor.takes("exchange") {
        let current = cursor.number("the value to replace")?;
        cursor.take("by")?;
        let new = cursor.number("a value")?;
        Some(Update::Exchange { current, new })
    } else {
        None
    };
    if !cursor.takes("->") {
        return Err(cursor.expected(match update {
            Some(_) => "`->`, and what it returns or `?`",
            None => "`->`, `:=`, `add`, `swap` or `exchange`",
        }));
    }
    let asked = cursor.asked()?;
    let Some(update) = update else {
        let order = cursor.order("a load", LOAD)?;
        return Ok((Instruction::Load { word, order }, Some(asked)));
    };
    let order = cursor.order("an update", UPDATE)?;
    let failure = match update {
        Update::Exchange { .. } => {
            cursor.take("else")?;
            cursor.order("an exchange that fails", LOAD)?
        }
        _ => Relaxed,
    };
    let instruction = Instruction::Update {
        word,
        update,
        order,
        failure,
    };
    Ok((instruction, Some(asked)))
}

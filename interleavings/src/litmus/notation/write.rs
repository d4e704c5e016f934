//! From programs, outcomes and tests to text.

use std::fmt;

use super::WORDS;
use crate::litmus::{Allowed, Instruction, Outcome, Program, Test, Update};

/// What a word is called. One beyond those that the notation has is called by its number.
fn name(word: usize) -> String {
    match WORDS.get(word) {
        Some(&name) => char::from(name).to_string(),
        None => format!("word[{word}]"),
    }
}

/// An instruction with what it is asked to return.
struct Asked<'a>(&'a Instruction, Option<u64>);

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = self.1.map_or("?".to_owned(), |value| value.to_string());
        let word = self.0.word().map(name).unwrap_or_default();
        match *self.0 {
            Instruction::Load { order, .. } => write!(f, "{word} -> {asked} {order:?}"),
            Instruction::Store { value, order, .. } => write!(f, "{word} := {value} {order:?}"),
            Instruction::Fence(order) => write!(f, "fence {order:?}"),
            Instruction::Update {
                update,
                order,
                failure,
                ..
            } => match update {
                Update::Swap(new) => write!(f, "{word} swap {new} -> {asked} {order:?}"),
                Update::Add(more) => write!(f, "{word} add {more} -> {asked} {order:?}"),
                Update::Exchange { current, new } => write!(
                    f,
                    "{word} exchange {current} by {new} -> {asked} {order:?} else {failure:?}"
                ),
            },
        }
    }
}

impl fmt::Display for Instruction {
    /// In the notation; a read is asked for nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Asked(self, None).fmt(f)
    }
}

/// The threads of a program, a line each, with what their reads are asked to return.
fn write_threads(
    f: &mut fmt::Formatter<'_>,
    program: &Program,
    read: &[Vec<Option<u64>>],
) -> fmt::Result {
    for (at, thread) in program.threads.iter().enumerate() {
        let mut asked = read.get(at).into_iter().flatten();
        let instructions = thread.iter().map(|instruction| {
            let asked = match instruction.reads() {
                true => asked.next().copied().flatten(),
                false => None,
            };
            Asked(instruction, asked).to_string()
        });
        let line = instructions.collect::<Vec<_>>().join("; ");
        let line = if line.is_empty() { "-" } else { &line };
        writeln!(f, "    {line}")?;
    }
    Ok(())
}

impl fmt::Display for Program {
    /// A line for each thread, in the notation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_threads(f, self, &[])
    }
}

impl fmt::Display for Outcome {
    /// What each thread read, then what the words hold: `0 1 | 2 | x = 1, y = 2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for read in &self.read {
            let read: Vec<String> = read.iter().map(u64::to_string).collect();
            write!(f, "{} | ", read.join(" "))?;
        }
        f.write_str(&equations(self.last.iter().copied().map(Some)))
    }
}

impl fmt::Display for Test {
    /// In the notation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.name)?;
        write_threads(f, &self.program, &self.read)?;
        if self.last.iter().any(Option::is_some) {
            writeln!(f, "    last {}", equations(self.last.iter().copied()))?;
        }
        let Allowed {
            sc,
            x86,
            cpp20,
            rc11,
            load_buffering,
        } = self.allowed;
        let says = |allows: bool| if allows { "allows" } else { "forbids" };
        let (sc, x86) = (says(sc), says(x86));
        write!(f, "    sc {sc}, x86 {x86}, C++20 {}", says(cpp20))?;
        if rc11 != cpp20 {
            write!(f, ", RC11 {}", says(rc11))?;
        }
        if load_buffering != cpp20 {
            write!(f, ", load buffering {}", says(load_buffering))?;
        }
        writeln!(f)?;
        for (kind, prose) in [("source", &self.source), ("remark", &self.remark)] {
            if let Some(prose) = prose {
                writeln!(f, "    {kind} {prose}")?;
            }
        }
        Ok(())
    }
}

/// `x = 1, z = 2`: what is known of the words.
fn equations(words: impl Iterator<Item = Option<u64>>) -> String {
    let words = words.enumerate();
    let known = words.filter_map(|(word, value)| Some(format!("{} = {}", name(word), value?)));
    known.collect::<Vec<_>>().join(", ")
}

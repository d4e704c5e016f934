//! Programs on the atlas.

use std::collections::BTreeSet;
use std::fmt;

use histories::{Action, History, Operation, Process, Value};
use registers::memory::{Memory, Ordering, Word};
use registers::scenario::Precedence;
use registers::subject::Handle;

use super::{Instruction, Outcome, Program, Thread, Update};
use crate::atlas::{Atlas, AtlasWord, Setting};
use crate::coarse::Reached;
use crate::explore::laid_out;
use crate::graph::{Graph, Limits};
use crate::machine::Grain;
use crate::processes::Processes;
use crate::report::MemoryModel;

/// Why not every outcome of a program is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inconclusive(String);

impl fmt::Display for Inconclusive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not every execution was explored: {}", self.0)
    }
}

impl std::error::Error for Inconclusive {}

/// In which steps a program is explored. What may be returned does not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// One access a step, as for what is drawn and counted.
    Fine,
    /// Accesses joined with others as far as they can wait, as for what is only verified.
    Coarse,
}

/// What the threads of a program may return together, in every execution in which all of them return.
///
/// The program makes its words in the memory that it is given, always the same ones, and hands out its threads.
///
/// # Errors
///
/// If the program cannot be explored to the end.
pub fn outcomes(
    memory: MemoryModel,
    program: impl Fn(&Atlas) -> Vec<Thread> + Sync,
) -> Result<BTreeSet<Vec<u64>>, Inconclusive> {
    let mut threads = 0;
    let atlas = Atlas::naming(Setting::default());
    crate::atlas::run(|| threads = program(&atlas).len()).map_err(Inconclusive)?;
    let handles = |atlas: &Atlas| {
        let threads = program(atlas).into_iter();
        let handle = |thread| Box::new(Closure(thread)) as Box<dyn Handle>;
        threads.map(handle).collect()
    };
    let processes = processes(threads, &[], Box::new(handles));
    let ends = returned(&processes, memory, Steps::Fine)?;
    let word = |value: &Value| value.word(0).expect("a thread returns one word");
    let outcome = |end: &Vec<Value>| end.iter().map(word).collect();
    Ok(ends.iter().map(outcome).collect())
}

/// What a straight-line program comes to, in every execution.
///
/// What its words hold in the end is read by one thread more, which comes after all others.
///
/// # Errors
///
/// If the program cannot be explored to the end.
pub fn outcomes_of(
    memory: MemoryModel,
    program: &Program,
    steps: Steps,
) -> Result<BTreeSet<Outcome>, Inconclusive> {
    let reader = program.threads.len();
    let order = Ordering::Relaxed;
    let read_all = (0..program.words).map(|word| Instruction::Load { word, order });
    let mut threads = program.threads.clone();
    threads.push(read_all.collect());
    let handles = |atlas: &Atlas| {
        let word = |at: usize| atlas.word(format_args!("{at}"), 0);
        let words: std::sync::Arc<[AtlasWord]> = (0..program.words).map(word).collect();
        let handle = |thread: &Vec<Instruction>| {
            Box::new(Straight {
                thread: thread.clone(),
                words: words.clone(),
                atlas: atlas.clone(),
            }) as Box<dyn Handle>
        };
        threads.iter().map(handle).collect()
    };
    let before: Vec<(usize, usize)> = (0..reader).map(|thread| (thread, reader)).collect();
    let processes = processes(threads.len(), &before, Box::new(handles));
    let reads = |thread: &Vec<Instruction>| thread.iter().filter(|it| it.reads()).count();
    let outcome = |end: &Vec<Value>| {
        let words = |(value, count): (&Value, usize)| {
            let word = |at| value.word(at).expect("it returns what it read");
            (0..count).map(word).collect()
        };
        let mut read: Vec<Vec<u64>> = end
            .iter()
            .zip(threads.iter().map(reads))
            .map(words)
            .collect();
        let last = read.pop().unwrap_or_default();
        Outcome { read, last }
    };
    let ends = returned(&processes, memory, steps)?;
    Ok(ends.iter().map(outcome).collect())
}

/// What makes the handles of all processes for a run.
type Instantiate<'a> = Box<dyn Fn(&Atlas) -> Vec<Box<dyn Handle>> + Sync + 'a>;

/// Processes of one operation each.
fn processes<'a>(
    threads: usize,
    before: &[(usize, usize)],
    handles: Instantiate<'a>,
) -> Processes<'a> {
    let operation = |thread| Operation::question(thread as Process, 0..=0);
    let operations =
        History::new(0, (1..=threads).map(operation)).expect("each thread does one thing");
    Processes::new(operations, before, Precedence::Drawn, handles)
}

/// What all operations return together, wherever all of them do.
fn returned(
    processes: &Processes<'_>,
    memory: MemoryModel,
    steps: Steps,
) -> Result<BTreeSet<Vec<Value>>, Inconclusive> {
    let grain = match steps {
        Steps::Fine => Grain::Fine,
        Steps::Coarse => Grain::Coarse,
    };
    let limits = Limits::default();
    let explored = laid_out(processes, memory, grain, None, |machine| match steps {
        Steps::Fine => {
            let (graph, cut_short) = Graph::explore(machine, &limits, &mut |_| {});
            let ends = graph.all().filter(|&state| graph.steps(state).is_empty());
            let pasts = ends.map(|state| machine.past(graph.states.get(state)));
            (pasts.collect(), cut_short)
        }
        Steps::Coarse => {
            let (reached, cut_short) = Reached::explore(machine, &limits, &mut |_| {});
            (reached.pasts, cut_short)
        }
    });
    let (machine, pasts, cut_short) = explored.map_err(|fault| Inconclusive(fault.why()))?;
    if let Some(reason) = cut_short {
        return Err(Inconclusive(reason.why()));
    }
    let values = |past| {
        let history = machine.pasts().history(processes, past);
        let returned = history.operations().iter();
        returned.map(|op| op.returned().cloned()).collect()
    };
    Ok(pasts.into_iter().filter_map(values).collect())
}

/// A thread that is a closure.
struct Closure(Thread);

impl Handle for Closure {
    fn perform(&mut self, _: &Action) -> Option<Value> {
        Some((self.0)().into())
    }
}

/// A thread that performs one instruction after the other, and returns what they read.
struct Straight {
    thread: Vec<Instruction>,
    words: std::sync::Arc<[AtlasWord]>,
    atlas: Atlas,
}

impl Handle for Straight {
    fn perform(&mut self, _: &Action) -> Option<Value> {
        let mut read = Vec::new();
        for instruction in &self.thread {
            let word = |at: usize| &self.words[at];
            match *instruction {
                Instruction::Load { word: at, order } => read.push(word(at).load(order)),
                Instruction::Store {
                    word: at,
                    value,
                    order,
                } => word(at).store(value, order),
                Instruction::Update {
                    word: at,
                    update,
                    order,
                    failure,
                } => read.push(match update {
                    Update::Swap(new) => word(at).swap(new, order),
                    Update::Add(more) => word(at).fetch_add(more, order),
                    Update::Exchange { current, new } => {
                        let exchanged = word(at).compare_exchange(current, new, order, failure);
                        exchanged.unwrap_or_else(|found| found)
                    }
                }),
                Instruction::Fence(order) => self.atlas.fence(order),
            }
        }
        Some(if read.is_empty() {
            Value::from(0)
        } else {
            Value::from(read.as_slice())
        })
    }
}

impl fmt::Debug for Closure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It has one thing to do, so what it remembers afterwards is of no use to it.
        f.write_str("Closure")
    }
}

impl fmt::Debug for Straight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Straight")
    }
}

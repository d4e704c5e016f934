//! Litmus tests: small programs that tell memories apart by what they may return.
//!
//! There are two kinds of programs. Closures that run on the [atlas](crate::Atlas) may do anything, and [`outcomes`]
//! explores them:
//!
//! ```
//! use interleavings::{MemoryModel, litmus};
//! use registers::memory::Ordering::Relaxed;
//! use registers::{Memory, Word};
//! use std::sync::Arc;
//!
//! // Store buffering: may both threads miss the store of the other one?
//! let program = |memory: &interleavings::Atlas| -> Vec<litmus::Thread> {
//!     let [x, y] = ["x", "y"].map(|name| Arc::new(memory.word(format_args!("{name}"), 0)));
//!     let (x2, y2) = (Arc::clone(&x), Arc::clone(&y));
//!     vec![
//!         Box::new(move || { x.store(1, Relaxed); y.load(Relaxed) }),
//!         Box::new(move || { y2.store(1, Relaxed); x2.load(Relaxed) }),
//!     ]
//! };
//! assert!(!litmus::outcomes(MemoryModel::Sc, program)?.contains(&vec![0, 0]));
//! assert!(litmus::outcomes(MemoryModel::Weak, program)?.contains(&vec![0, 0]));
//! # Ok::<(), litmus::Inconclusive>(())
//! ```
//!
//! A straight-line [`Program`] is data. So it can be written down in a [notation], drawn at [random], and given to
//! different implementations of a memory, such as the [axioms](crate::axiomatic). The [library] has some 330 of them, each
//! with an outcome that it asks for and the verdict of each model.

mod library;
pub mod notation;
mod program;
mod random;
mod test;

use std::collections::BTreeSet;
use std::fmt;

use histories::{Action, History, Operation, Process, Value};
use registers::scenario::Precedence;
use registers::subject::Hand;

use crate::atlas::{Atlas, Setting};
use crate::explore::laid_out;
use crate::graph::{Graph, Limits};
use crate::machine::Grain;
use crate::processes::Processes;
use crate::report::MemoryModel;

pub use library::{TEXTS, library};
pub use notation::{ParseError, parse};
pub use program::{Instruction, Ordering, Outcome, Program, Update};
pub use random::random;
pub use test::{Allowed, Test};

/// A thread of a program: what it does, and the number that it returns in the end.
pub type Thread = Box<dyn FnMut() -> u64 + Send>;

/// Why not every outcome of a program is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inconclusive(String);

impl fmt::Display for Inconclusive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not every execution was explored: {}", self.0)
    }
}

impl std::error::Error for Inconclusive {}

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
    let processes = processes(&program)?;
    let explored = laid_out(&processes, memory, Grain::Fine, None, |machine| {
        Graph::explore(machine, &Limits::default(), &mut |_| {})
    });
    let (machine, graph, cut_short) = explored.map_err(|fault| Inconclusive(fault.why()))?;
    if let Some(reason) = cut_short {
        return Err(Inconclusive(reason.why()));
    }
    let ends = graph.all().filter(|&state| graph.steps(state).is_empty());
    let outcome = |state: u32| {
        let history = machine
            .pasts()
            .history(&processes, machine.past(graph.states.get(state)));
        let returned = history.operations().iter().map(|op| op.returned()?.word(0));
        returned.collect::<Option<Vec<u64>>>()
    };
    Ok(ends.filter_map(outcome).collect())
}

/// A program as processes: every thread is one operation, and all are concurrent.
pub(crate) fn processes<'a>(
    program: &'a (dyn Fn(&Atlas) -> Vec<Thread> + Sync),
) -> Result<Processes<'a>, Inconclusive> {
    let mut threads = 0;
    let atlas = Atlas::naming(Setting::default());
    crate::atlas::run(|| threads = program(&atlas).len()).map_err(Inconclusive)?;
    let operations = (1..=threads).map(|thread| Operation::question(thread as Process, 0..=0));
    let operations = History::new(0, operations).expect("each thread does one thing");
    let casting = |atlas: &Atlas| {
        let threads = program(atlas).into_iter();
        threads
            .map(|thread| Box::new(Player(thread)) as Box<dyn Hand>)
            .collect()
    };
    Ok(Processes::new(
        operations,
        &[],
        Precedence::Drawn,
        Box::new(casting),
    ))
}

struct Player(Thread);

impl Hand for Player {
    fn perform(&mut self, _: &Action) -> Option<Value> {
        Some((self.0)().into())
    }
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It has one thing to do, so what it remembers afterwards is of no use to it.
        f.write_str("Player")
    }
}

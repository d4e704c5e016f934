//! What is performed, with everything about registers taken out: processes, their operations, and what enforces their
//! order.

use std::fmt;

use histories::{History, Process};
use registers::scenario::{Misfit, Precedence, Scenario};
use registers::subject::{Hand, Subject};
use registers::worlds::Erased;

use crate::memory::{Atlas, Places, Request, run};

/// Makes the hands of all processes, in a memory.
type Casting<'a> = Box<dyn Fn(&Atlas) -> Vec<Box<dyn Hand>> + 'a>;

/// A scenario with those who perform it.
pub(crate) struct Scene<'a> {
    pub(crate) operations: History,
    /// The operations of each process.
    pub(crate) lanes: Vec<Vec<usize>>,
    /// For each operation, those that have to complete before it is invoked.
    pub(crate) before: Vec<Vec<usize>>,
    pub(crate) precedence: Precedence,
    casting: Casting<'a>,
}

/// Where a process stands at the end of its script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    /// What it wants to do.
    pub(crate) wants: Request,
    /// What it remembers, if it stands between two operations.
    pub(crate) remembers: Option<String>,
}

/// Why the processes cannot be followed, as a sentence for the report.
pub(crate) type Fault = String;

impl<'a> Scene<'a> {
    /// A scene of these operations.
    pub(crate) fn new(
        operations: History,
        before: &[(usize, usize)],
        precedence: Precedence,
        casting: Casting<'a>,
    ) -> Self {
        let all = operations.operations();
        let lane = |process: Process| {
            (0..all.len())
                .filter(|&at| all[at].process == process)
                .collect()
        };
        let lanes = operations.processes().into_iter().map(lane).collect();
        let preceding = |at: usize| {
            let edges = before.iter().filter(|edge| edge.1 == at);
            edges.map(|edge| edge.0).collect()
        };
        let before = (0..all.len()).map(preceding).collect();
        Self {
            operations,
            lanes,
            before,
            precedence,
            casting,
        }
    }

    /// A register in a scenario.
    ///
    /// # Errors
    ///
    /// If the register cannot perform the scenario.
    pub(crate) fn of(subject: Subject, scenario: &Scenario) -> Result<Self, Misfit> {
        let history = scenario.operations().clone();
        subject.check(&history)?;
        let cast = history.clone();
        let casting = move |atlas: &Atlas| {
            let hands = subject.cast(&Erased::new(atlas.clone()), &cast);
            hands.expect("it has been checked")
        };
        Ok(Self::new(
            history,
            scenario.before(),
            scenario.precedence(),
            Box::new(casting),
        ))
    }

    /// What the words hold at first.
    pub(crate) fn places(&self) -> Result<Places, Fault> {
        let atlas = Atlas::scripted(&[]);
        run(|| drop((self.casting)(&atlas))).map_err(|said| format!("it panicked: {said}"))?;
        atlas.places().ok_or_else(made_late)
    }

    /// Runs one process, from the beginning, as far as these answers lead.
    ///
    /// # Errors
    ///
    /// If the register panics, or makes words while it runs.
    pub(crate) fn follow(&self, process: usize, answers: &[u64]) -> Result<Stop, Fault> {
        let atlas = Atlas::scripted(answers);
        let mut remembers = None;
        let all = self.operations.operations();
        let finished = run(|| {
            let mut hand = (self.casting)(&atlas).swap_remove(process);
            atlas.built();
            for &at in &self.lanes[process] {
                if atlas.at_end() {
                    remembers = Some(format!("{hand:?}"));
                }
                atlas.ask(Request::Begin);
                let returned = hand.perform(&all[at].action);
                atlas.ask(Request::End(returned));
            }
            atlas.ask(Request::Done);
        });
        finished.map_err(|said| format!("it panicked: {said}"))?;
        atlas.places().ok_or_else(made_late)?;
        let wants = atlas
            .wants()
            .expect("a script ends with a request, if nothing else unwinds");
        Ok(Stop { wants, remembers })
    }
}

fn made_late() -> Fault {
    "the register makes words or locks while it runs, and states need a fixed number of them"
        .to_owned()
}

impl fmt::Debug for Scene<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scene")
            .field("operations", &self.operations)
            .field("before", &self.before)
            .field("precedence", &self.precedence)
            .finish_non_exhaustive()
    }
}

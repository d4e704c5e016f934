//! What is performed, with everything about registers taken out: processes, their operations, and what enforces their
//! order.

use std::fmt;

use histories::{History, Process};
use registers::scenario::{Precedence, Scenario, Unsupported};
use registers::subject::{Handle, Subject};
use registers::worlds::Erased;

use crate::atlas::{Answer, Atlas, Fingerprint, Places, Request, Setting, run};

/// Makes the handles of all processes, in a memory.
type Instantiate<'a> = Box<dyn Fn(&Atlas) -> Vec<Box<dyn Handle>> + Sync + 'a>;

/// A scenario with those who perform it.
pub(crate) struct Processes<'a> {
    pub(crate) operations: History,
    /// The operations of each process.
    pub(crate) lanes: Vec<Vec<usize>>,
    /// For each operation, those that have to complete before it is invoked.
    pub(crate) before: Vec<Vec<usize>>,
    pub(crate) precedence: Precedence,
    setting: Setting,
    instantiate: Instantiate<'a>,
}

/// Where a process stands at the end of its script.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    /// What it wants to do.
    pub(crate) wants: Request,
    /// What it remembers, if it stands between two operations.
    pub(crate) remembers: Option<String>,
    /// Everything that it has asked for on the way.
    pub(crate) fingerprint: Fingerprint,
}

/// Why an exploration cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// As a sentence for the report.
    Because(String),
    /// The memory was laid out without something that the register needs.
    Restart,
    /// Processes that were taken for alike are not.
    NotAlike,
    /// Failed attempts that were forgotten make a difference.
    Remembers,
}

impl From<String> for Fault {
    fn from(why: String) -> Self {
        Self::Because(why)
    }
}

impl Fault {
    /// The sentence.
    pub(crate) fn why(self) -> String {
        match self {
            Self::Because(why) => why,
            Self::Restart => "the memory was laid out too small".to_owned(),
            Self::NotAlike => "readers are not alike".to_owned(),
            Self::Remembers => "failed attempts make a difference".to_owned(),
        }
    }
}

impl<'a> Processes<'a> {
    /// Processes with these operations.
    pub(crate) fn new(
        operations: History,
        before: &[(usize, usize)],
        precedence: Precedence,
        instantiate: Instantiate<'a>,
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
            setting: Setting::default(),
            instantiate,
        }
    }

    /// A register in a scenario.
    ///
    /// # Errors
    ///
    /// If the register cannot perform the scenario.
    pub(crate) fn of(subject: Subject, scenario: &Scenario) -> Result<Self, Unsupported> {
        let history = scenario.operations().clone();
        subject.check(&history)?;
        let roles = history.clone();
        let instantiate = move |atlas: &Atlas| {
            let handles = subject.instantiate(&Erased::new(atlas.clone()), &roles);
            handles.expect("it has been checked")
        };
        Ok(Self::new(
            history,
            scenario.before(),
            scenario.precedence(),
            Box::new(instantiate),
        ))
    }

    /// The same in another setting.
    pub(crate) fn with(self, setting: Setting) -> Self {
        Self { setting, ..self }
    }

    /// What the register is made of, and whether it asks where a counter starts.
    pub(crate) fn places(&self) -> Result<(Places, bool), Fault> {
        let atlas = Atlas::naming(self.setting);
        run(|| drop((self.instantiate)(&atlas)))
            .map_err(|panic| format!("the register panics while it is built: {panic}"))?;
        let counts = atlas.counts();
        Ok((atlas.places().ok_or_else(made_late)?, counts))
    }

    /// Runs one process, from the beginning, as far as these answers lead.
    ///
    /// # Errors
    ///
    /// If the register makes words while it runs.
    pub(crate) fn follow(&self, process: usize, answers: Vec<Answer>) -> Result<Stop, Fault> {
        self.perform(process, &Atlas::scripted(self.setting, answers))
    }

    /// Runs one process as far as these answers lead, and then as long as it asks for what is expected, again and again,
    /// up to so many requests. Returns how many there were, and what it asks for then.
    pub(crate) fn follow_expecting(
        &self,
        process: usize,
        answers: Vec<Answer>,
        cycle: Vec<(Request, Answer)>,
        most: usize,
    ) -> Result<(usize, Request), Fault> {
        let atlas = Atlas::expecting(self.setting, answers, (cycle, most), Vec::new());
        let stop = self.perform(process, &atlas)?;
        Ok((atlas.came_as_expected().0, stop.wants))
    }

    /// Runs one process as far as these answers lead, then so often through a cycle of requests, and then on as long as it
    /// asks for what is expected behind that. Returns how much of that it did, and what it asks for then; `None` if it
    /// does not ask for the cycle so often.
    pub(crate) fn follow_behind(
        &self,
        process: usize,
        answers: Vec<Answer>,
        (cycle, times): (Vec<(Request, Answer)>, usize),
        tail: Vec<(Request, Answer)>,
    ) -> Result<Option<(usize, Request)>, Fault> {
        let most = cycle.len() * times;
        let atlas = Atlas::expecting(self.setting, answers, (cycle, most), tail);
        let stop = self.perform(process, &atlas)?;
        let (cycled, tailed) = atlas.came_as_expected();
        Ok((cycled == most).then_some((tailed, stop.wants)))
    }

    fn perform(&self, process: usize, atlas: &Atlas) -> Result<Stop, Fault> {
        let mut remembers = None;
        let all = self.operations.operations();
        let finished = run(|| {
            let mut handle = (self.instantiate)(atlas).swap_remove(process);
            atlas.built();
            for &at in &self.lanes[process] {
                if atlas.at_end() {
                    remembers = Some(format!("{handle:?}"));
                }
                atlas.ask(Request::Begin);
                let returned = handle.perform(&all[at].action);
                atlas.ask(Request::End(returned));
            }
            atlas.ask(Request::Done);
        });
        if atlas.made_late() {
            return Err(made_late());
        }
        let wants = match finished {
            Ok(()) => atlas.wants().expect("a script ends with a request"),
            Err(panic) => Request::Panic(panic),
        };
        Ok(Stop {
            wants,
            remembers,
            fingerprint: atlas.fingerprint(),
        })
    }
}

fn made_late() -> Fault {
    Fault::Because(
        "the register makes words or locks while it runs, and states need a fixed number of them: make a pool of them when it is built"
            .to_owned(),
    )
}

impl fmt::Debug for Processes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Processes")
            .field("operations", &self.operations)
            .field("before", &self.before)
            .field("precedence", &self.precedence)
            .finish_non_exhaustive()
    }
}

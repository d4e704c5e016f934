//! State that cannot be seen: does the register keep any outside of its memory?
//!
//! An exploration runs each process by itself, and knows of the others only what the memory says. A register that keeps
//! state elsewhere, in an atomic or a mutex of the standard library, or in a static, behaves differently as soon as the
//! others are really there. So some executions, chosen by lot, are performed once more by all processes together, on
//! real threads that take turns as the execution says ([`conducted`]). If anything comes out otherwise, what was
//! explored is not what the register does.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use histories::Timeline;
use registers::Hardware;
use registers::guard::guarded;
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::worlds::Erased;
use registers::worlds::conducted::{self, Refusal};

use crate::atlas::Request;
use crate::machine::{Event, Grain, Known, Machine};
use crate::processes::{Fault, Processes};
use crate::report::MemoryModel;
use crate::witness::Drawing;

/// How many executions are performed again of each scenario.
const EXECUTIONS: usize = 24;

/// No execution has more steps.
const LONGEST: usize = 400;

/// Threads that take turns take milliseconds. Those that have not come back by then wait for something unseen.
const PATIENCE: Duration = Duration::from_secs(5);

/// Performs some executions of a scenario again. `None` if all came out as explored, and otherwise what did not.
pub fn hidden_state(subject: &Subject, scenario: &Scenario) -> Option<String> {
    let processes = Processes::of(*subject, scenario).ok()?;
    let mut machine = Machine::new(
        &processes,
        MemoryModel::Sc,
        Grain::Fine,
        None,
        Known::default(),
    )
    .ok()?;
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for _ in 0..EXECUTIONS {
        // What cannot be followed at all is said elsewhere.
        let (schedule, panics) = walk(&mut machine, &mut random).ok()?;
        let difference = if schedule.marks.is_empty() {
            perform_unseen(subject, &schedule)
        } else {
            perform(subject, &schedule, panics)
        };
        if difference.is_some() {
            return difference;
        }
    }
    None
}

/// One execution, chosen by lot, and whether a process panics next where it ends. No exchange fails in it for no reason:
/// those of real threads do not either.
fn walk(machine: &mut Machine<'_>, random: &mut Random) -> Result<(Timeline, bool), Fault> {
    let for_no_reason = |event: &Event| match event {
        Event::Access { access, .. } => access.ends_with("fails for no reason"),
        Event::Begin(_) | Event::End(..) => false,
    };
    let start = machine.start()?;
    let mut drawing = Drawing::new(machine.processes);
    drawing.add(start.events);
    let mut state = start.state;
    let processes = machine.processes.lanes.len();
    let mut last = 0;
    for _ in 0..LONGEST {
        let mut found = Vec::new();
        for process in 0..processes {
            let before = found.len();
            machine.steps(&state, process, true, &mut found)?;
            found.retain(|step| {
                machine.failure(&step.state).is_none() && !step.events.iter().any(for_no_reason)
            });
            // Often the one that has just made a step makes the next one too.
            if process == last && found.len() > before && random.below(2) == 0 {
                found.drain(..before);
                break;
            }
        }
        if found.is_empty() {
            break;
        }
        let step = found.swap_remove(random.below(found.len()));
        last = step.process;
        drawing.add(step.events);
        state = step.state;
    }
    let wants_to_panic = |process| {
        let node = machine.node(&state, process);
        matches!(node.wants, Request::Panic(_))
    };
    Ok((
        drawing.finish().timeline,
        (0..processes).any(wants_to_panic),
    ))
}

/// Performs the operations of a schedule without a single access, one after the other. `None` if reads return what is
/// scheduled: who accesses nothing has nothing to learn from others.
fn perform_unseen(subject: &Subject, schedule: &Timeline) -> Option<String> {
    let history = &schedule.history;
    let mut handles = subject.instantiate(&Erased::new(Hardware), history).ok()?;
    let processes = history.processes();
    let mut operations: Vec<_> = history.operations().iter().collect();
    operations.sort_by_key(|op| op.invoked);
    let differs = guarded(|| {
        operations.into_iter().any(|op| {
            let handle = processes.iter().position(|&it| it == op.process);
            let returned = handles[handle.expect("it is one of them")].perform(&op.action);
            !op.is_pending() && returned.as_ref() != op.returned()
        })
    });
    matches!(differs, Ok(true)).then(|| {
        "no operation accesses the memory, and yet reads return what others have written".to_owned()
    })
}

/// Performs a schedule on real threads. `None` if it comes out as scheduled; and if a process `panics`, so far.
fn perform(subject: &Subject, schedule: &Timeline, panics: bool) -> Option<String> {
    let (tell, told) = mpsc::channel();
    let (subject, timeline) = (*subject, schedule.clone());
    let thread = thread::Builder::new().spawn(move || {
        // Whoever waits has given up if nobody listens.
        let _ = tell.send(conducted::follow(&subject, &timeline));
    });
    if thread.is_err() {
        return None;
    }
    match told.recv_timeout(PATIENCE) {
        Err(_) => Some(
            "performed by all processes together, an execution does not come to its end".to_owned(),
        ),
        Ok(Err(Refusal::Panicked { .. })) if panics => None,
        Ok(Err(refusal)) => Some(format!(
            "performed by all processes together, an execution comes out otherwise than explored: {refusal}"
        )),
        Ok(Ok(performed)) => {
            let returned = |timeline: &Timeline| {
                let operations = timeline.history.operations().iter();
                operations
                    .filter(|op| !op.is_pending())
                    .map(|op| op.returned().cloned())
                    .collect::<Vec<_>>()
            };
            let differs = returned(&performed) != returned(schedule);
            differs.then(|| {
                "performed by all processes together, a read returns another value than explored"
                    .to_owned()
            })
        }
    }
}

/// Numbers that look random (Marsaglia, *Xorshift RNGs*, 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

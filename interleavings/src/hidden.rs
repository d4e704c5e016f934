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
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::worlds::conducted;

use crate::machine::{Grain, Known, Machine};
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
        let schedule = walk(&mut machine, &mut random).ok()?;
        if schedule.marks.is_empty() {
            continue;
        }
        if let Some(difference) = perform(subject, &schedule) {
            return Some(difference);
        }
    }
    None
}

/// One execution, chosen by lot.
fn walk(machine: &mut Machine<'_>, random: &mut Random) -> Result<Timeline, Fault> {
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
            // Often the one that has just made a step makes the next one too.
            if process == last && found.len() > before && random.below(2) == 0 {
                found.drain(..before);
                break;
            }
        }
        found.retain(|step| machine.failure(&step.state).is_none());
        if found.is_empty() {
            break;
        }
        let step = found.swap_remove(random.below(found.len()));
        last = step.process;
        drawing.add(step.events);
        state = step.state;
    }
    Ok(drawing.finish().timeline)
}

/// Performs a schedule on real threads. `None` if it comes out as scheduled.
fn perform(subject: &Subject, schedule: &Timeline) -> Option<String> {
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

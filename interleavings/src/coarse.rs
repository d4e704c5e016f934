//! Every state that can be reached in [coarse](crate::eager) steps, up to [symmetry](crate::symmetry): whether anything
//! is broken, and nothing else.
//!
//! No edges are kept, and no executions counted. What is broken is explored again in fine steps, to draw it.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::graph::Limits;
use crate::machine::Machine;
use crate::past::PastId;
use crate::processes::Fault;
use crate::table::Table;
use crate::world::World;

/// What was reached.
#[derive(Debug, Default)]
pub(crate) struct Reached {
    pub(crate) states: Table,
    /// The pasts of all executions that end.
    pub(crate) pasts: BTreeSet<PastId>,
    /// States in which the register has gone wrong, one for each way.
    pub(crate) failed: Vec<u32>,
    /// A past in which an operation waits for ever, though nobody has stopped.
    pub(crate) stuck: Option<PastId>,
}

impl Reached {
    /// Explores. The second result says why it was cut short, if it was.
    pub(crate) fn explore(
        machine: &mut Machine<'_>,
        limits: &Limits,
        progress: &mut dyn FnMut(u64),
    ) -> (Self, Option<Fault>) {
        let mut reached = Self::default();
        let cut_short = reached.visit_all(machine, limits, progress).err();
        (reached, cut_short)
    }

    fn visit_all(
        &mut self,
        machine: &mut Machine<'_>,
        limits: &Limits,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Fault> {
        let begun = Instant::now();
        let start = machine.start()?.state;
        self.states.number(&machine.representative(start));
        let processes = machine.processes.lanes.len();
        let mut found = Vec::new();
        let mut state = Vec::new();
        let mut kinds = BTreeSet::new();
        let mut visited = 0;
        while visited < self.states.len() {
            let bytes = self.states.bytes() + machine.bytes();
            if let Some(reason) = limits.spent(visited, bytes, begun) {
                return Err(reason.into());
            }
            if visited.is_multiple_of(4096) {
                progress(visited as u64);
            }
            state.clear();
            state.extend_from_slice(self.states.get(visited as u32));
            if let Some(failure) = machine.failure(&state) {
                if kinds.insert(failure.kind) {
                    self.failed.push(visited as u32);
                }
                visited += 1;
                continue;
            }
            let mut is_end = true;
            for process in 0..processes {
                found.clear();
                is_end &= machine.successors(&state, process, &mut found)?;
                for successor in found.drain(..) {
                    let next = machine.representative(successor.state);
                    self.states.number(&next);
                }
            }
            if is_end {
                let past = machine.past(&state);
                self.pasts.insert(past);
                if machine.is_stuck(&state) {
                    self.stuck.get_or_insert(past);
                }
            }
            visited += 1;
        }
        Ok(())
    }
}

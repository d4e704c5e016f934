//! Which steps are no steps of their own: what need not wait, and what can wait.
//!
//! Most orders of two steps make no difference, and need not be tried both. This file decides which; each rule has its
//! argument here, and tests compare what is found with it and without it.
//!
//! # What need not wait
//!
//! A step that no other process can notice, and that does not depend on what others do, is performed together with the
//! one before it:
//!
//! * a fence, other than a SeqCst one where memory is not sequentially consistent: it changes only what its own process
//!   has seen, or will release;
//! * the restart of an attempt as soon as it [may end differently](Machine::may_end_differently);
//! * an invocation, if no other process has an operation to complete any more, and a completion, if none has one to
//!   invoke: then its instant decides about no precedence.
//!
//! # What can wait
//!
//! *Coarse* steps also join what is in the middle of an operation (Lipton, *Reduction: a method of proving properties of
//! parallel programs*, 1975):
//!
//! * On **weak** memory a load that changes nothing for others can as well be performed later: whatever another process
//!   does meanwhile takes no message away, and raises no view but its own, so the load may still return what it would
//!   have returned, and leaves the same behind. So may a choice. Hence a process takes all its loads together with the
//!   next step that others may notice: a store, a read-modify-write, the operation of a lock, a SeqCst access, an
//!   invocation or a completion. A plain read that races also races if it comes later: it does not know the write then;
//!   and a write that it would have raced with races with it no more, but the read with the write. Which of the two is
//!   reported differs, not whether one is.
//! * On **x86** a store goes into the buffer of its process, where nobody else sees it. It is performed together with
//!   the step before; that it reaches the memory is a step of its own.
//!
//! No history is lost by this, because the executions that are left out differ from some that are not in the order of
//! such steps only.

use std::collections::HashSet;

use registers::memory::{Ordering, What};

use crate::atlas::{DONE, Request};
use crate::machine::{Grain, Machine, Step, Still, Successor};
use crate::memory_model::Gate;
use crate::processes::Fault;
use crate::state::State;

impl Machine<'_> {
    /// What a process may do next, in steps of the grain that was asked for. Returns whether it may also come to a place
    /// from where it can go no further, if nobody else does anything: loads that wait may lead there as well.
    pub(crate) fn successors(
        &mut self,
        state: &State,
        process: usize,
        found: &mut Vec<Successor>,
    ) -> Result<bool, Fault> {
        if self.grain == Grain::Fine || !self.model.loads_can_wait() {
            self.steps(state, process, false, found)?;
            return Ok(found.is_empty());
        }
        let mut may_rest = false;
        // What it can wait with is done at once, and only what comes of it is kept.
        let mut seen: HashSet<State> = HashSet::from([state.clone()]);
        let mut waiting: Vec<State> = vec![state.clone()];
        let mut steps = Vec::new();
        while let Some(from) = waiting.pop() {
            steps.clear();
            self.steps(&from, process, false, &mut steps)?;
            may_rest |= steps.is_empty();
            for step in steps.drain(..) {
                if step.noticed {
                    found.push(step);
                } else if seen.insert(step.state.clone()) {
                    waiting.push(step.state);
                }
            }
        }
        Ok(may_rest)
    }

    /// Performs what need not wait, and brings the state into its canonical form.
    pub(crate) fn settle(&mut self, step: &mut Step) -> Result<(), Fault> {
        let processes = self.processes.lanes.len();
        let mut settled = 0;
        let mut process = 0;
        // Until nobody has anything to do any more that need not wait.
        while settled < processes {
            settled += 1;
            while self.settle_once(step, process)? {
                settled = 0;
            }
            process = (process + 1) % processes;
        }
        self.canonicalize(&mut step.0.state);
        Ok(())
    }

    fn settle_once(&mut self, step: &mut Step, process: usize) -> Result<bool, Fault> {
        let state = &mut step.0.state;
        if matches!(self.node(state, process).wants, Request::Relax(_)) {
            if !self.may_end_differently(state, process)? {
                return Ok(false);
            }
            step.0.restarted = true;
            self.advance(&mut step.0.state, process, DONE)?;
            return Ok(true);
        }
        match &self.node(state, process).wants {
            &Request::Fence(order, _) if self.is_private(order) => {
                self.model.fence(state, process, order);
                self.advance(state, process, DONE)?;
            }
            Request::Begin
                if self.may_begin(state, process)
                    && !self.is_noticed(state, process, Still::ToComplete) =>
            {
                self.begin(step, process)?;
            }
            Request::End(_)
                if !self.is_pending(state, process)
                    && !self.is_noticed(state, process, Still::ToInvoke)
                    && (!self.hands_on(state, process)
                        || self.model.is_ready(state, process, &Gate::HandOn)) =>
            {
                self.end(step, process)?;
            }
            Request::Access { word, access }
                if self.grain == Grain::Coarse
                    && self.model.stores_are_private()
                    && access.order != Ordering::SeqCst
                    && is_store(access.what) =>
            {
                let (word, access) = (*word, *access);
                let mut ways = Vec::new();
                self.model
                    .access(state, process, word, &access, &mut self.values, &mut ways)?;
                step.0.state = ways.remove(0).state;
                self.advance(&mut step.0.state, process, DONE)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether a fence changes nothing for others, and never waits.
    fn is_private(&self, order: Ordering) -> bool {
        order != Ordering::SeqCst || self.is_sequentially_consistent
    }

    /// Whether a failed attempt could go differently: some word that it read, or stored to, holds another value by now,
    /// which the process may read; or it was left to chance. Otherwise it would get the same answers, store the same
    /// values, and fail again.
    fn may_end_differently(&mut self, state: &[u16], process: usize) -> Result<bool, Fault> {
        let node = self.layout.node(state, process);
        // What the attempt read is known once it is known where it began.
        self.know_attempt(process, node)?;
        let Some(attempt) = &self.automaton(process).node(node).attempt else {
            return Ok(true);
        };
        let mut differs = attempt.is_chance;
        for &(word, read) in &attempt.accesses {
            let values = &self.values;
            self.model.readable(state, process, word, &mut |value| {
                differs |= values.value(value) != read;
            });
        }
        Ok(differs)
    }

    fn canonicalize(&self, state: &mut State) {
        let processes = 0..self.processes.lanes.len();
        let is_done = |process: usize| matches!(self.node(state, process).wants, Request::Done);
        let done: Vec<bool> = processes.clone().map(is_done).collect();
        if done.iter().all(|&done| done) {
            self.layout.forget_memory(state);
            return;
        }
        let (last, left) = self.layout.last(state);
        if last.is_some_and(|last| !self.node(state, last).in_the_middle()) {
            // Whoever is between two operations cannot be preempted.
            self.layout.set_last(state, None, left);
        }
        for process in processes {
            if matches!(self.node(state, process).wants, Request::Begin) {
                self.take_over(state, process);
            }
        }
        self.model.canonicalize(state, &done);
    }
}

fn is_store(what: What) -> bool {
    matches!(
        what,
        What::Store(_) | What::Write(_) | What::Allocate(_) | What::Retire
    )
}

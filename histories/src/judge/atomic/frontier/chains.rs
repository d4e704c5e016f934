//! Sequences of compare-and-swaps, and of the writes that they need, up to an operation that completes.
//!
//! A swap can go only where its value is held, and what follows it has to follow at once. So before a block is begun, and
//! before a swap takes the value away, every other swap may have to go first. Of swaps that do the same the one goes
//! first that has to complete first. A plain write is begun only for a swap or for the end; one of the value held only
//! because once a swap has taken that value away it can no longer go there.
//!
//! What never completed may lead around in circles. A step *gets on* if it puts something in order that completes, or if
//! a plain write begins, before which others can be put in retrospect. Between two such steps no value is held twice:
//! the circle could be left out.

use super::Sweep;
use super::configuration::{bits, hold, since, value};
use super::trace::{Put, Trace};
use super::under_way::UnderWay;
use crate::budget::Meter;
use crate::events::{Kind, NEVER};

/// What the sequences lead to.
#[derive(Clone, Copy)]
struct Goal {
    slot: usize,
    /// The bit that says that it is reached.
    end: usize,
    now: u32,
}

impl Sweep<'_> {
    /// Adds to the next configurations each that such a sequence leads to. Whether the search may go on.
    pub(super) fn chains(
        &mut self,
        from: &[u64],
        slot: usize,
        end: usize,
        now: u32,
        meter: &Meter<'_>,
        trace: &mut Trace,
    ) -> bool {
        self.met.clear();
        self.stack.clear();
        self.passed.clear();
        self.stack.extend_from_slice(from);
        self.follow(0, 0, Goal { slot, end, now }, false, meter, trace)
    }

    /// Goes on from the configuration that stands on the stack. The values that were held since the last step that got on
    /// begin at `passed`; if it `must_swap`, the last write has begun for a swap.
    fn follow(
        &mut self,
        at: usize,
        passed: usize,
        goal: Goal,
        must_swap: bool,
        meter: &Meter<'_>,
        trace: &mut Trace,
    ) -> bool {
        let stride = self.under_way.stride;
        let range = at..at + stride;
        if UnderWay::is_done(&self.stack[range.clone()], goal.end) {
            self.next.extend_from_slice(&self.stack[range]);
            return true;
        }
        if !meter.spend(4) {
            return false;
        }
        // The same configuration may be met on the way of a write that needs a swap, and otherwise.
        let compared = at..at + self.under_way.compared;
        if !must_swap && !self.met.insert(&self.stack[compared]) {
            return true;
        }
        let held = value(&self.stack[at..]);
        self.passed.push(held);
        let steps = self.steps(&self.stack[range], held, goal, must_swap);
        // What never completed is used for a quick answer only where something waits for it.
        self.is_cut |= self.is_quick && self.under_way.has_live_swaps();
        for step in steps {
            let (top, all_passed) = (self.stack.len(), self.passed.len());
            self.stack.extend_from_within(at..at + stride);
            let gets_on = self
                .under_way
                .take(&mut self.stack[top..], step, goal, trace);
            if let Some(gets_on) = gets_on {
                let reached = value(&self.stack[top..]);
                // For a quick answer no two steps in a row are taken that do not get on.
                let is_long = self.is_quick && self.passed.len() - passed > 1;
                self.is_cut |= !gets_on && is_long;
                if gets_on || !is_long && !self.passed[passed..].contains(&reached) {
                    let passed = if gets_on { all_passed } else { passed };
                    let must_swap = matches!(
                        step,
                        Step::Write {
                            must_swap: true,
                            ..
                        }
                    );
                    if !self.follow(top, passed, goal, must_swap, meter, trace) {
                        return false;
                    }
                }
            }
            self.stack.truncate(top);
            self.passed.truncate(all_passed);
        }
        true
    }

    /// The steps that may come next.
    fn steps(&self, from: &[u64], held: u32, goal: Goal, must_swap: bool) -> Vec<Step> {
        let under_way = &self.under_way;
        let mut steps: Vec<Step> = Vec::new();
        for (word, &members) in under_way.swaps_of(held).iter().enumerate() {
            for bit in bits(members & !from[1 + word]) {
                let slot = under_way.slots[64 * word + bit];
                let step = Step::Swap {
                    kind: slot.kind,
                    new: slot.new,
                };
                if !steps.contains(&step) {
                    steps.push(step);
                }
            }
        }
        let wanted = under_way.slots[goal.slot];
        let is_awaited = |value: u32| {
            let mut swaps = under_way.swaps_of(value).iter().zip(&from[1..]);
            let is_goal = matches!(wanted.kind, Kind::Read | Kind::Swap | Kind::Indeterminate);
            is_goal && wanted.value == value
                || wanted.kind == Kind::Refused && wanted.value != value
                || swaps.any(|(members, done)| members & !done != 0)
        };
        let classes = under_way.live_swaps.get(&held).into_iter().flatten();
        let is_useful =
            |class: &&u32| !self.is_quick || is_awaited(under_way.classes[**class as usize].new);
        steps.extend(classes.filter(is_useful).map(|&class| Step::Class(class)));
        if must_swap {
            return steps;
        }
        if wanted.kind == Kind::Write {
            steps.push(Step::Goal);
        }
        for other in under_way.writable(from) {
            let reaches = match wanted.kind {
                Kind::Read => other == wanted.value,
                Kind::Refused | Kind::Indeterminate => other != wanted.value,
                Kind::Write | Kind::Swap => false,
            };
            let mut swaps = under_way.swaps_of(other).iter().zip(&from[1..]);
            let mut alike = under_way.live_swaps.get(&other).into_iter().flatten();
            let is_expected = swaps.any(|(members, done)| members & !done != 0)
                || !self.is_quick && alike.next().is_some();
            if reaches || is_expected {
                steps.push(Step::Write {
                    value: other,
                    must_swap: !reaches,
                });
            }
        }
        steps
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// A swap of the value held for another one.
    Swap {
        kind: Kind,
        new: u32,
    },
    /// One that never completed.
    Class(u32),
    /// The write that completes.
    Goal,
    Write {
        value: u32,
        must_swap: bool,
    },
}

impl UnderWay {
    /// Takes a step, if it can be taken: whether it gets on.
    fn take(
        &self,
        configuration: &mut [u64],
        step: Step,
        goal: Goal,
        trace: &mut Trace,
    ) -> Option<bool> {
        let (held, last) = (value(configuration), since(configuration));
        match step {
            Step::Swap { kind, new } => {
                let alike = |slot: &usize| {
                    let slot = self.slots[*slot];
                    slot.new == new && slot.kind == kind
                };
                let open = self
                    .swaps_of(held)
                    .iter()
                    .enumerate()
                    .flat_map(|(word, &members)| {
                        bits(members & !configuration[1 + word]).map(move |bit| 64 * word + bit)
                    });
                let slot = open
                    .filter(alike)
                    .min_by_key(|&slot| self.slots[slot].completed)?;
                Self::set_done(configuration, slot);
                hold(configuration, new, last);
                trace.put(configuration, self.slots[slot].operation, Put::Last);
                self.serve(configuration, new, NEVER, trace);
                Some(true)
            }
            Step::Class(class) => {
                let operation = self.use_class(configuration, class, NEVER)?;
                let new = self.classes[class as usize].new;
                hold(configuration, new, last);
                trace.put(configuration, operation, Put::Last);
                Some(self.serve(configuration, new, NEVER, trace))
            }
            Step::Goal => {
                let written = self.slots[goal.slot];
                Self::set_done(configuration, goal.slot);
                hold(configuration, written.value, goal.now);
                trace.put(configuration, written.operation, Put::Write);
                self.serve(configuration, written.value, NEVER, trace);
                Some(true)
            }
            Step::Write { value: written, .. } => {
                let (operation, completes) = self.use_write(configuration, written, NEVER)?;
                hold(configuration, written, goal.now);
                trace.put(configuration, operation, Put::Write);
                let served = self.serve(configuration, written, NEVER, trace);
                Some(completes || served || last < goal.now)
            }
        }
    }
}

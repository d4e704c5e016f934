//! What a step does: processes, each an [automaton](crate::automaton), on one of the [memories](crate::memory_model).
//!
//! # Locks, and the order of operations
//!
//! Who takes a lock acquires what was released when it was freed. Whatever lets one operation precede another also lets
//! it happen before: completions release, invocations acquire (the [clock rule](histories::record)). Where the
//! precedence is [drawn](registers::scenario::Precedence::Drawn), each operation acquires from its own predecessors;
//! where it is recorded, from every operation that is complete. The clock is a word that both update, so on x86 a
//! completion that others may notice waits until the stores of its process have reached the memory.
//!
//! # Which steps are steps
//!
//! Some steps are performed together with the one before them: see [`eager`](crate::eager).

use histories::Value;
use registers::memory::{Access, Ordering};
use registers::scenario::Precedence;

use crate::atlas::{Answer, DONE, Places, Request};
use crate::automaton::{Automaton, Node, NodeId, Probe, Retries};
use crate::faults::Failure;
use crate::memory_model::{Gate, Model, Needs, Values, Way, model};
use crate::past::{PastId, Pasts};
use crate::processes::{Fault, Processes};
use crate::report::MemoryModel;
use crate::state::{Layout, State};
use crate::symmetry::Symmetry;

/// How finely executions are cut into steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grain {
    /// Every access is a step: what pictures, counts and step bounds are made from.
    Fine,
    /// A step ends with an access that others may notice: what verdicts are made from.
    Coarse,
}

/// Everything that stays the same from state to state, or only grows.
#[derive(Debug)]
pub(crate) struct Machine<'a> {
    pub(crate) processes: &'a Processes<'a>,
    pub(crate) grain: Grain,
    pub(crate) is_sequentially_consistent: bool,
    /// Whether the register asks where a counter starts.
    pub(crate) counts: bool,
    bound: Option<u16>,
    automata: Vec<Automaton>,
    pasts: Pasts,
    pub(crate) places: Places,
    pub(crate) values: Values,
    pub(crate) layout: Layout,
    pub(crate) model: Box<dyn Model>,
    /// What the memory has to know, if it is the weak one.
    needs: Option<Needs>,
    failures: Vec<Failure>,
    /// For each operation, where its predecessors leave what they have seen.
    pub(crate) handed_on: Vec<Option<usize>>,
    /// For each operation, those that it precedes by force.
    after: Vec<Vec<usize>>,
    symmetry: Symmetry,
}

/// What one exploration learns for another one of the same processes, on whichever memory.
#[derive(Debug, Default)]
pub(crate) struct Known {
    automata: Option<Vec<Automaton>>,
    /// Of each process, what shows whether its failed attempts make a difference.
    probes: Vec<Vec<Probe>>,
    needs: Option<Needs>,
    symmetry: Symmetry,
}

impl Known {
    /// Nothing yet, of processes that may be alike.
    pub(crate) fn symmetric(symmetry: Symmetry) -> Self {
        Self {
            symmetry,
            ..Self::default()
        }
    }
}

/// A state that a step leads to.
#[derive(Clone, Debug)]
pub(crate) struct Successor {
    pub(crate) state: State,
    /// Who steps.
    pub(crate) process: usize,
    /// Whether the step is a load that returned a value which was not the latest.
    pub(crate) stale: bool,
    /// Whether the step accesses a word or a lock.
    pub(crate) access: bool,
    /// Whether an attempt has failed, and started again.
    pub(crate) restarted: bool,
    /// Whether the memory took the step by itself.
    pub(crate) own: bool,
    /// Whether others may notice it.
    pub(crate) noticed: bool,
    /// What happened; only if it was asked for.
    pub(crate) events: Vec<Event>,
}

/// Something that happens in an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// An operation is invoked.
    Begin(usize),
    /// An operation completes, and returns this.
    End(usize, Option<Value>),
    /// An operation accesses a word or a lock.
    Access {
        operation: usize,
        /// The word.
        word: Option<usize>,
        /// Whether it may write it.
        writes: bool,
        access: String,
        /// What it found, if it reads.
        found: Option<String>,
        /// What it leaves behind, if it writes.
        leaves: Option<String>,
        /// The latest value, if the access returned another one.
        latest: Option<String>,
        /// The line that makes it, and what stands there.
        source: Option<String>,
    },
}

impl<'a> Machine<'a> {
    pub(crate) fn new(
        processes: &'a Processes<'a>,
        memory: MemoryModel,
        grain: Grain,
        bound: Option<usize>,
        known: Known,
    ) -> Result<Self, Fault> {
        let (places, counts) = processes.places()?;
        let automata = match known.automata {
            Some(automata) => automata,
            None => (0..processes.lanes.len())
                .map(|process| {
                    let others = known.symmetry.others(process);
                    let probes = known.probes.get(process).cloned().unwrap_or_default();
                    Automaton::new(processes, process, others, probes)
                })
                .collect::<Result<Vec<_>, _>>()?,
        };
        let process = |at: usize| processes.lanes.iter().position(|lane| lane.contains(&at));
        let all = 0..processes.operations.operations().len();
        let mut handed_on = vec![None; all.len()];
        let mut number = 0;
        if processes.precedence == Precedence::Drawn {
            for at in all.clone() {
                let before = processes.before[at].iter();
                if before.clone().any(|&b| process(b) != process(at)) {
                    handed_on[at] = Some(number);
                    number += 1;
                }
            }
        } else {
            handed_on.fill(Some(0));
            number = 1;
        }
        let behind = |at: usize| {
            let after = all.clone().filter(|&b| processes.before[b].contains(&at));
            after.collect()
        };
        let layout = Layout {
            processes: processes.lanes.len(),
            locks: places.locks.len(),
        };
        let needs = known.needs.unwrap_or_else(|| Needs::of(&places));
        Ok(Self {
            grain,
            counts,
            is_sequentially_consistent: memory == MemoryModel::Sc,
            bound: bound.map(|bound| u16::try_from(bound).unwrap_or(u16::MAX)),
            automata,
            pasts: Pasts::new(processes),
            model: model(memory, layout, &places, number, &needs),
            needs: (memory == MemoryModel::Weak).then_some(needs),
            places,
            values: Values::default(),
            layout,
            failures: Vec::new(),
            handed_on,
            after: all.clone().map(behind).collect(),
            symmetry: known.symmetry,
            processes,
        })
    }

    pub(crate) fn pasts(&self) -> &Pasts {
        &self.pasts
    }

    pub(crate) fn past(&self, state: &[u16]) -> PastId {
        self.layout.get_past(state)
    }

    /// The state that stands for all that differ from it in which of several like processes is which.
    pub(crate) fn representative(&mut self, state: State) -> State {
        let mut least = state.clone();
        for number in 0..self.symmetry.permutations.len() {
            let permutation = &self.symmetry.permutations[number];
            let mut other = state.clone();
            for (place, &process) in permutation.iter().enumerate() {
                let node = self.layout.node(&state, process);
                self.layout.set_node(&mut other, place, node);
            }
            // Most differ in where their processes stand.
            let nodes = 2 * self.layout.processes;
            if other[..nodes] > least[..nodes] {
                continue;
            }
            let past = self.layout.get_past(&state);
            let past = self.pasts.permuted(past, number, permutation);
            self.layout.set_past(&mut other, past);
            if !self.layout.is_over(&state) {
                self.layout.permute(&mut other, permutation);
                self.model.permute(&state, &mut other, permutation);
            }
            if other < least {
                least = other;
            }
        }
        least
    }

    /// What went wrong, if this is where an execution ends early.
    pub(crate) fn failure(&self, state: &[u16]) -> Option<&Failure> {
        self.layout
            .fault(state)
            .map(|number| &self.failures[number])
    }

    /// What was learnt that another exploration of the same processes can use.
    pub(crate) fn into_known(self) -> Known {
        Known {
            automata: Some(self.automata),
            probes: Vec::new(),
            needs: self.needs,
            symmetry: self.symmetry,
        }
    }

    /// What was learnt of failed attempts, for an exploration from the beginning.
    pub(crate) fn into_probes(self) -> Known {
        let probes = self.automata.into_iter().map(Automaton::into_probes);
        Known {
            automata: None,
            probes: probes.collect(),
            needs: self.needs,
            symmetry: self.symmetry,
        }
    }

    /// What the failed attempts of all processes leave behind.
    pub(crate) fn retries(&self) -> Retries {
        let all = self.automata.iter().map(Automaton::retries);
        all.fold(Retries::default(), |all, one| all.and(one))
    }

    /// Where a process stands.
    #[inline]
    pub(crate) fn node(&self, state: &[u16], process: usize) -> &Node {
        self.automaton(process)
            .node(self.layout.node(state, process))
    }

    /// All automata. Those that like processes share come once.
    pub(crate) fn automata(&self) -> impl Iterator<Item = &Automaton> {
        let all = 0..self.automata.len();
        let first = all.filter(|&process| self.symmetry.first(process) == process);
        first.map(|process| &self.automata[process])
    }

    /// The automaton of a process.
    #[inline]
    pub(crate) fn automaton(&self, process: usize) -> &Automaton {
        &self.automata[self.symmetry.first(process)]
    }

    /// Where everything begins, with what happens before the first step.
    pub(crate) fn start(&mut self) -> Result<Successor, Fault> {
        let values: Vec<u64> = self.places.words.iter().map(|word| word.init).collect();
        let mut initial = Vec::new();
        for value in values {
            initial.push(self.values.number(value)?);
        }
        let mut state = self.layout.start();
        self.model.start(&mut state, &initial);
        self.layout
            .set_last(&mut state, None, self.bound.unwrap_or(0));
        let mut step = Step::on(state, true);
        self.settle(&mut step)?;
        Ok(step.0)
    }

    /// What a process may do next: nothing, or one step, or a choice of them.
    pub(crate) fn steps(
        &mut self,
        state: &State,
        process: usize,
        log: bool,
        found: &mut Vec<Successor>,
    ) -> Result<(), Fault> {
        if self.layout.is_over(state) {
            return Ok(());
        }
        let first = found.len();
        self.own_step(state, process, log, found)?;
        if !self.can_step(state, process) {
            found[first..]
                .iter_mut()
                .for_each(|it| it.process = process);
            return Ok(());
        }
        let own = found.len();
        let wants = self.node(state, process).wants.clone();
        let access = wants.is_step();
        let mut from = state.clone();
        if let (true, Some(_)) = (access, self.bound) {
            let (last, left) = self.layout.last(state);
            let preempted = match last.filter(|&last| last != process) {
                Some(last) => self.node(state, last).in_the_middle() && self.can_step(state, last),
                None => false,
            };
            let Some(left) = left.checked_sub(u16::from(preempted)) else {
                return Ok(());
            };
            self.layout.set_last(&mut from, Some(process), left);
        }
        match wants {
            Request::Access { word, access } => {
                self.need(word, &access)?;
                let mut ways = Vec::new();
                self.model
                    .access(&from, process, word, &access, &mut self.values, &mut ways)?;
                for way in ways {
                    self.take_way(way, process, word, &access, log, found)?;
                }
            }
            Request::Take(lock, site) => {
                let mut step = Step::on(from, log);
                let state = &mut step.0.state;
                self.layout.set_holder(state, lock, Some(process));
                self.model.take(state, process, lock);
                self.note(&mut step, process, |machine| {
                    let line = format!("{site}  lock");
                    Noted::of(format!("{} taken", machine.places.locks[lock]), line)
                });
                self.finish(step, process, DONE, found)?;
            }
            Request::Free(lock, site) => {
                let mut step = Step::on(from, log);
                let state = &mut step.0.state;
                self.layout.set_holder(state, lock, None);
                self.model.free(state, process, lock);
                self.note(&mut step, process, |machine| {
                    let line = format!("{site}  unlock");
                    Noted::of(format!("{} freed", machine.places.locks[lock]), line)
                });
                self.finish(step, process, DONE, found)?;
            }
            Request::Choose(among) => {
                for number in 0..among {
                    let mut step = Step::on(from.clone(), log);
                    step.0.noticed = false;
                    self.note(&mut step, process, |_| {
                        Noted::of(format!("chance -> {number}"), String::new())
                    });
                    self.finish(step, process, Answer::done(number), found)?;
                }
            }
            Request::Fence(order, _) => {
                if order == Ordering::SeqCst
                    && let Some(needs) = &mut self.needs
                    && !needs.seq_cst
                {
                    needs.seq_cst = true;
                    return Err(Fault::Restart);
                }
                let mut step = Step::on(from, log);
                self.model.fence(&mut step.0.state, process, order);
                self.finish(step, process, DONE, found)?;
            }
            Request::Begin => {
                let mut step = Step::on(from, log);
                self.begin(&mut step, process)?;
                self.settle(&mut step)?;
                found.push(step.0);
            }
            Request::End(_) => {
                let mut step = Step::on(from, log);
                self.end(&mut step, process)?;
                self.settle(&mut step)?;
                found.push(step.0);
            }
            Request::Panic(message) => {
                let mut step = Step::on(from, log);
                self.fail(&mut step.0.state, Failure::panic(process, &message))?;
                found.push(step.0);
            }
            Request::Relax(_) | Request::Done => unreachable!("who cannot step has no steps"),
        }
        found[own..].iter_mut().for_each(|it| it.access |= access);
        found[first..]
            .iter_mut()
            .for_each(|it| it.process = process);
        Ok(())
    }

    /// A step of the memory itself.
    fn own_step(
        &mut self,
        state: &State,
        process: usize,
        log: bool,
        found: &mut Vec<Successor>,
    ) -> Result<(), Fault> {
        let mut step = match self.model.own_step(state, process) {
            Ok(None) => return Ok(()),
            Ok(Some(next)) => Step::on(next, log),
            Err(broken) => {
                let mut step = Step::on(state.clone(), log);
                step.0.own = true;
                self.fail(&mut step.0.state, Failure::access(process, broken))?;
                found.push(step.0);
                return Ok(());
            }
        };
        step.0.own = true;
        self.settle(&mut step)?;
        found.push(step.0);
        Ok(())
    }

    /// Whether the memory is laid out for an access.
    fn need(&mut self, word: usize, access: &Access) -> Result<(), Fault> {
        let Some(needs) = &mut self.needs else {
            return Ok(());
        };
        let is_plain = access.what.is_plain();
        let fails_seq_cst = access.what.expects().is_some() && access.failure == Ordering::SeqCst;
        let seq_cst = !is_plain && (access.order == Ordering::SeqCst || fails_seq_cst);
        if (seq_cst && !needs.seq_cst) || (is_plain && !needs.claims[word]) {
            needs.seq_cst |= seq_cst;
            needs.claims[word] |= is_plain;
            return Err(Fault::Restart);
        }
        Ok(())
    }

    /// Goes one of the ways in which an access can go.
    fn take_way(
        &mut self,
        way: Way,
        process: usize,
        word: usize,
        access: &Access,
        log: bool,
        found: &mut Vec<Successor>,
    ) -> Result<(), Fault> {
        let Way {
            state,
            found: number,
            is_done,
            latest,
            broken,
            is_noticed,
        } = way;
        let mut step = Step::on(state, log);
        let value = if access.what.reads() {
            self.values.value(number)
        } else {
            0
        };
        let answer = Answer { value, is_done };
        step.0.stale = latest.is_some() && access.what.reads();
        step.0.noticed = is_noticed || broken.is_some();
        let latest = latest.filter(|_| access.what.reads());
        self.note(&mut step, process, |machine| {
            let at = &machine.places.words[word];
            let shown = |value| at.kind.shown(value);
            let wording = access.what.wording(answer, shown);
            let writes = access.what.writes() && is_done;
            let leaves = access.what.leaves(value).filter(|_| writes);
            Noted {
                word: Some(word),
                writes,
                found: access.what.reads().then(|| shown(value).to_string()),
                leaves: leaves.map(|left| shown(left).to_string()),
                latest: latest.map(|latest| shown(machine.values.value(latest)).to_string()),
                ..Noted::of(
                    format!("{} {wording}", at.place),
                    format!("{}  {access}", access.site),
                )
            }
        });
        if let Some(broken) = broken {
            self.fail(&mut step.0.state, Failure::access(process, broken))?;
            found.push(step.0);
            return Ok(());
        }
        self.finish(step, process, answer, found)
    }

    /// Ends an execution early.
    fn fail(&mut self, state: &mut State, failure: Failure) -> Result<(), Fault> {
        let known = self.failures.iter().position(|known| *known == failure);
        let number = match known {
            Some(number) => number,
            None if self.failures.len() < usize::from(u16::MAX) - 1 => {
                self.failures.push(failure);
                self.failures.len() - 1
            }
            None => return Err("it goes wrong in too many ways".to_owned().into()),
        };
        self.layout.set_fault(state, number);
        self.layout.forget_memory(state);
        Ok(())
    }

    /// Whether a process can do anything.
    pub(crate) fn can_step(&self, state: &[u16], process: usize) -> bool {
        let gate = match &self.node(state, process).wants {
            // An attempt that may end differently has started again.
            Request::Done | Request::Relax(_) => return false,
            Request::Take(lock, _) if self.layout.holder(state, *lock).is_some() => return false,
            Request::Take(..) | Request::Free(..) => Gate::Lock,
            Request::Begin => return self.may_begin(state, process),
            Request::End(_) if self.is_pending(state, process) => return false,
            Request::End(_) if self.hands_on(state, process) => Gate::HandOn,
            Request::Access { access, .. } => Gate::Access(access),
            Request::Fence(order, _) => Gate::Fence(*order),
            Request::End(_) | Request::Choose(_) | Request::Panic(_) => return true,
        };
        self.model.is_ready(state, process, &gate)
    }

    /// Whether some operation is under way in a state without steps, and is not drawn as one that never completes.
    pub(crate) fn is_stuck(&self, state: &[u16]) -> bool {
        (0..self.processes.lanes.len()).any(|process| {
            let node = self.node(state, process);
            node.in_operation() && !self.is_pending(state, process)
        })
    }

    /// The operation that a process performs, or performs next.
    pub(crate) fn operation(&self, state: &[u16], process: usize) -> usize {
        self.processes.lanes[process][self.node(state, process).nth]
    }

    /// Whether the operation is drawn as one that never completes.
    pub(crate) fn is_pending(&self, state: &[u16], process: usize) -> bool {
        let operation = self.operation(state, process);
        self.processes.operations.operations()[operation].is_pending()
    }

    /// Whether the completion of the operation hands on to others what the process has seen.
    pub(crate) fn hands_on(&self, state: &[u16], process: usize) -> bool {
        match self.processes.precedence {
            Precedence::Drawn => {
                let operation = self.operation(state, process);
                let after = &self.after[operation];
                after.iter().any(|&after| self.handed_on[after].is_some())
            }
            Precedence::Recorded => self.is_noticed(state, process, Still::ToInvoke),
        }
    }

    pub(crate) fn may_begin(&self, state: &[u16], process: usize) -> bool {
        let before = &self.processes.before[self.operation(state, process)];
        let past = self.layout.get_past(state);
        before
            .iter()
            .all(|&before| self.pasts.is_complete(past, before))
    }

    /// Whether the instant of an invocation or completion makes a difference to the history: that of an invocation, as
    /// long as others have operations to complete, and that of a completion, as long as they have operations to invoke.
    pub(crate) fn is_noticed(&self, state: &[u16], process: usize, others_have: Still) -> bool {
        let lanes = &self.processes.lanes;
        let mut others = (0..lanes.len()).filter(|&other| other != process);
        self.processes.precedence == Precedence::Recorded
            && others.any(|other| {
                let node = self.node(state, other);
                let left = lanes[other].len() - node.nth;
                match others_have {
                    Still::ToComplete => left > 0,
                    Still::ToInvoke => left > usize::from(node.in_operation()),
                }
            })
    }

    pub(crate) fn begin(&mut self, step: &mut Step, process: usize) -> Result<(), Fault> {
        step.0.noticed = true;
        let operation = self.operation(&step.0.state, process);
        let past = self.layout.get_past(&step.0.state);
        let past = self
            .pasts
            .invoked(past, operation, self.processes.precedence);
        self.layout.set_past(&mut step.0.state, past);
        self.take_over(&mut step.0.state, process);
        if step.1 {
            step.0.events.push(Event::Begin(operation));
        }
        self.advance(&mut step.0.state, process, DONE)
    }

    pub(crate) fn end(&mut self, step: &mut Step, process: usize) -> Result<(), Fault> {
        step.0.noticed = true;
        let state = &mut step.0.state;
        let operation = self.operation(state, process);
        let node = self.node(state, process);
        let returned: Option<Value> = match &node.wants {
            Request::End(returned) => returned.clone(),
            _ => None,
        };
        let past = self.layout.get_past(state);
        let past = self.pasts.completed(past, operation, returned.as_ref())?;
        self.layout.set_past(state, past);
        match self.processes.precedence {
            Precedence::Drawn => {
                for &after in &self.after[operation] {
                    if let Some(to) = self.handed_on[after] {
                        self.model.hand_on(state, process, to);
                    }
                }
            }
            Precedence::Recorded => self.model.hand_on(state, process, 0),
        }
        if step.1 {
            step.0.events.push(Event::End(operation, returned));
        }
        self.advance(&mut step.0.state, process, DONE)
    }

    /// An operation that has not been invoked yet will have seen at least what those before it have handed on so far.
    pub(crate) fn take_over(&self, state: &mut State, process: usize) {
        if let Some(from) = self.handed_on[self.operation(state, process)] {
            let is_last = self.processes.precedence == Precedence::Drawn;
            self.model.take_over(state, process, from, is_last);
        }
    }

    pub(crate) fn advance(
        &mut self,
        state: &mut [u16],
        process: usize,
        answer: Answer,
    ) -> Result<(), Fault> {
        let node = self.layout.node(state, process);
        let automaton = &mut self.automata[self.symmetry.first(process)];
        let next = automaton.next(self.processes, node, answer)?;
        self.layout.set_node(state, process, next);
        Ok(())
    }

    /// Finds out where an attempt began that has failed at a node.
    pub(crate) fn know_attempt(&mut self, process: usize, node: NodeId) -> Result<(), Fault> {
        let automaton = &mut self.automata[self.symmetry.first(process)];
        automaton.next(self.processes, node, DONE).map(|_| ())
    }

    /// Writes down an access.
    pub(crate) fn note(
        &self,
        step: &mut Step,
        process: usize,
        access: impl FnOnce(&Self) -> Noted,
    ) {
        if step.1 {
            let operation = self.operation(&step.0.state, process);
            let noted = access(self);
            step.0.events.push(Event::Access {
                operation,
                word: noted.word,
                writes: noted.writes,
                access: noted.access,
                found: noted.found,
                leaves: noted.leaves,
                latest: noted.latest,
                source: Some(noted.line).filter(|line| !line.is_empty()),
            });
        }
    }

    fn finish(
        &mut self,
        mut step: Step,
        process: usize,
        answer: Answer,
        found: &mut Vec<Successor>,
    ) -> Result<(), Fault> {
        self.advance(&mut step.0.state, process, answer)?;
        self.settle(&mut step)?;
        found.push(step.0);
        Ok(())
    }
}

/// What is written down of an access.
pub(crate) struct Noted {
    word: Option<usize>,
    writes: bool,
    access: String,
    found: Option<String>,
    leaves: Option<String>,
    latest: Option<String>,
    line: String,
}

impl Noted {
    fn of(access: String, line: String) -> Self {
        Self {
            word: None,
            writes: false,
            access,
            found: None,
            leaves: None,
            latest: None,
            line,
        }
    }
}

/// What somebody has still to do.
#[derive(Clone, Copy)]
pub(crate) enum Still {
    ToInvoke,
    ToComplete,
}

/// A step under way, and whether it is written down.
pub(crate) struct Step(pub(crate) Successor, pub(crate) bool);

impl Step {
    pub(crate) fn on(state: State, log: bool) -> Self {
        let successor = Successor {
            state,
            process: 0,
            stale: false,
            access: false,
            restarted: false,
            own: false,
            noticed: true,
            events: Vec::new(),
        };
        Self(successor, log)
    }
}

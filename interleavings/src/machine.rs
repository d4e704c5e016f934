//! What a step does: the two memories.
//!
//! # Sequentially consistent memory
//!
//! Every load returns the value stored last. Orderings and fences mean nothing.
//!
//! # Weak memory
//!
//! The *view machine* of release and acquire (as in Kang, Hur, Lahav, Vafeiadis and Dreyer, *A promising semantics for
//! relaxed-memory concurrency*, 2017, without promises). A word is a list of *messages*, one for each store, in the
//! order in which the stores were performed. A *view* says, for each word, which message is the oldest that may still
//! be read. Each process has a current view; a load returns any message of the word that is no older than it says, and
//! raises it to that message.
//!
//! | | a message carries | who reads it |
//! |---|---|---|
//! | release store | the view of the process | |
//! | relaxed store | the view that the process had at its last release fence | |
//! | read-modify-write | its own, and that of the message it replaces: the release sequence goes on | the latest message |
//! | acquire load | | adds what the message carries to its view |
//! | relaxed load | | sets it aside, for its next acquire fence to add |
//!
//! SeqCst operations share one global view. A SeqCst fence raises it to that of the process, and the process to it. A
//! SeqCst store is a release that raises the entry of its word; a SeqCst load is an acquire that reads nothing older
//! than this entry, and raises it. This is the order S of C++20 ([atomics.order]), taken to be that of the execution.
//!
//! **Not explored**: load buffering (a load that returns a store still to come) and its counterpart on one word, a
//! store that takes effect before one that was performed earlier ("2+2W", which matters only for words that several
//! processes store to). A read-modify-write that fails reads the latest message too.
//!
//! # Locks, and the order of operations
//!
//! Who takes a lock acquires what was released when it was freed. Whatever lets one operation precede another also lets
//! it happen before: completions release, invocations acquire (the [clock rule](histories::record)). Where the
//! precedence is [drawn](registers::scenario::Precedence::Drawn), each operation acquires from its own predecessors;
//! where it is recorded, from every operation that is complete.
//!
//! # Which steps are steps
//!
//! A step that no other process can notice, and that does not depend on what others do, is performed together with the
//! one before it: a fence other than SeqCst, the restart of an attempt as soon as it may end differently, an invocation
//! or completion whose instant makes no difference to what precedes what. So no order is tried that differs from
//! another one in nothing that can be observed.

use histories::Value;
use registers::memory::Ordering;
use registers::scenario::Precedence;
use registers::worlds::flicker::shown;

use crate::automaton::{Automaton, Node};
use crate::memory::{Places, Request};
use crate::past::{PastId, Pasts};
use crate::report::MemoryModel;
use crate::scene::{Fault, Scene};
use crate::state::{Layout, State, View};

/// Everything that stays the same from state to state, or only grows.
#[derive(Debug)]
pub(crate) struct Machine<'a> {
    scene: &'a Scene<'a>,
    model: MemoryModel,
    bound: Option<u16>,
    automata: Vec<Automaton>,
    pasts: Pasts,
    places: Places,
    /// The values of messages, by their number.
    values: Vec<u64>,
    layout: Layout,
    /// For each operation, where its predecessors leave their views.
    handed_on: Vec<Option<usize>>,
    /// For each operation, those that it precedes by force.
    after: Vec<Vec<usize>>,
}

/// A state that a step leads to.
#[derive(Debug)]
pub(crate) struct Successor {
    pub(crate) state: State,
    /// Whether the step is a load that returned a value which was not the latest.
    pub(crate) stale: bool,
    /// Whether the step accesses a word or a lock.
    pub(crate) access: bool,
    /// Whether an attempt has failed, and started again.
    pub(crate) restarted: bool,
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
        access: String,
        /// The latest value, if the access returned another one.
        latest: Option<u64>,
    },
}

fn acquires(order: Ordering) -> bool {
    matches!(
        order,
        Ordering::Acquire | Ordering::AcqRel | Ordering::SeqCst
    )
}

fn releases(order: Ordering) -> bool {
    matches!(
        order,
        Ordering::Release | Ordering::AcqRel | Ordering::SeqCst
    )
}

impl<'a> Machine<'a> {
    pub(crate) fn new(
        scene: &'a Scene<'a>,
        model: MemoryModel,
        bound: Option<usize>,
    ) -> Result<Self, Fault> {
        let places = scene.places()?;
        let processes = 0..scene.lanes.len();
        let automata = processes
            .map(|process| Automaton::new(scene, process))
            .collect::<Result<Vec<_>, _>>()?;
        let process = |at: usize| scene.lanes.iter().position(|lane| lane.contains(&at));
        let all = 0..scene.operations.operations().len();
        let mut handed_on = vec![None; all.len()];
        let mut number = 0;
        if scene.precedence == Precedence::Drawn {
            for at in all.clone() {
                if scene.before[at].iter().any(|&b| process(b) != process(at)) {
                    handed_on[at] = Some(number);
                    number += 1;
                }
            }
        } else {
            handed_on.fill(Some(0));
            number = 1;
        }
        let behind = |at: usize| {
            let after = all.clone().filter(|&b| scene.before[b].contains(&at));
            after.collect()
        };
        let layout = Layout {
            processes: scene.lanes.len(),
            words: places.words.len(),
            locks: places.locks.len(),
            handed_on: number,
            view: match model {
                MemoryModel::Sc => 0,
                MemoryModel::Weak => places.words.len(),
            },
        };
        Ok(Self {
            scene,
            model,
            bound: bound.map(|bound| u16::try_from(bound).unwrap_or(u16::MAX)),
            automata,
            pasts: Pasts::new(scene),
            places,
            values: Vec::new(),
            layout,
            handed_on,
            after: all.clone().map(behind).collect(),
        })
    }

    pub(crate) fn scene(&self) -> &'a Scene<'a> {
        self.scene
    }

    pub(crate) fn pasts(&self) -> &Pasts {
        &self.pasts
    }

    pub(crate) fn past(&self, state: &[u16]) -> PastId {
        self.layout.get_past(state)
    }

    pub(crate) fn automata(&self) -> &[Automaton] {
        &self.automata
    }

    /// Where a process stands.
    #[inline]
    pub(crate) fn node(&self, state: &[u16], process: usize) -> &Node {
        self.automata[process].node(self.layout.node(state, process))
    }

    /// Where everything begins, with what happens before the first step.
    pub(crate) fn start(&mut self) -> Result<Successor, Fault> {
        let values: Vec<u64> = self.places.words.iter().map(|word| word.1).collect();
        let mut numbers = Vec::new();
        for value in values {
            numbers.push(self.number(value)?);
        }
        let mut state = self.layout.start(numbers.into_iter());
        self.layout
            .set_last(&mut state, None, self.bound.unwrap_or(0));
        let mut step = Step::on(state, true);
        self.settle(&mut step)?;
        Ok(step.0)
    }

    fn number(&mut self, value: u64) -> Result<u16, Fault> {
        if let Some(number) = self.values.iter().position(|known| *known == value) {
            return Ok(number as u16);
        }
        let number = u16::try_from(self.values.len())
            .map_err(|_| "words take more than 65,536 different values".to_owned())?;
        self.values.push(value);
        Ok(number)
    }

    /// What a process may do next: nothing, or one step, or a choice of loads.
    pub(crate) fn steps(
        &mut self,
        state: &[u16],
        process: usize,
        log: bool,
        found: &mut Vec<Successor>,
    ) -> Result<(), Fault> {
        if !self.can_step(state, process) {
            return Ok(());
        }
        let wants = self.node(state, process).wants.clone();
        let access = !matches!(wants, Request::Begin | Request::End(_) | Request::Fence(_));
        let mut from = state.to_vec();
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
        let weak = self.model == MemoryModel::Weak;
        match wants {
            Request::Load { word, order } => {
                let latest = self.layout.count(state, word) - 1;
                let mut oldest = self.layout.oldest(state, process, word);
                if weak && order == Ordering::SeqCst {
                    oldest = oldest.max(usize::from(*self.layout.entry(
                        &mut from,
                        View::SeqCst,
                        word,
                    )));
                }
                for at in oldest..=latest {
                    let mut step = Step::on(from.clone(), log);
                    let value = self.load(&mut step.0.state, process, word, at, order);
                    step.0.stale = at < latest;
                    let newest = self.layout.value(&step.0.state, word, latest);
                    let latest = step.0.stale.then(|| self.values[usize::from(newest)]);
                    self.note(&mut step, process, latest, |machine| {
                        format!("{} -> {}", machine.places.words[word].0, shown(value))
                    });
                    self.finish(step, process, value, found)?;
                }
            }
            Request::Store { word, value, order } => {
                let mut step = Step::on(from, log);
                self.store(&mut step.0.state, process, word, value, order, false)?;
                self.note(&mut step, process, None, |machine| {
                    format!("{} := {}", machine.places.words[word].0, shown(value))
                });
                self.finish(step, process, 0, found)?;
            }
            Request::Update {
                word,
                update,
                order,
                failure,
            } => {
                let mut step = Step::on(from, log);
                let state = &mut step.0.state;
                let latest = self.layout.count(state, word) - 1;
                let held = self.values[usize::from(self.layout.value(state, word, latest))];
                let text = match update.of(held) {
                    Some(new) => {
                        self.load(state, process, word, latest, order);
                        self.store(state, process, word, new, order, true)?;
                        format!("{held} => {new}")
                    }
                    None => {
                        self.load(state, process, word, latest, failure);
                        let crate::memory::Update::Exchange { current, .. } = update else {
                            unreachable!("only an exchange fails")
                        };
                        format!("-> {held}, not {current}")
                    }
                };
                self.note(&mut step, process, None, |machine| {
                    format!("{} {text}", machine.places.words[word].0)
                });
                self.finish(step, process, held, found)?;
            }
            Request::Take(lock) => {
                let mut step = Step::on(from, log);
                let state = &mut step.0.state;
                *self.layout.holder(state, lock) = process as u16 + 1;
                self.see(state, process, View::Lock(lock));
                self.note(&mut step, process, None, |machine| {
                    format!("{} taken", machine.places.locks[lock])
                });
                self.finish(step, process, 0, found)?;
            }
            Request::Free(lock) => {
                let mut step = Step::on(from, log);
                let state = &mut step.0.state;
                *self.layout.holder(state, lock) = 0;
                self.layout
                    .copy(state, View::Lock(lock), View::Current(process));
                self.note(&mut step, process, None, |machine| {
                    format!("{} freed", machine.places.locks[lock])
                });
                self.finish(step, process, 0, found)?;
            }
            Request::Choose(among) => {
                for number in 0..among {
                    let mut step = Step::on(from.clone(), log);
                    self.note(&mut step, process, None, |_| format!("chance -> {number}"));
                    self.finish(step, process, number, found)?;
                }
            }
            Request::Fence(_) => {
                let mut step = Step::on(from, log);
                let state = &mut step.0.state;
                let layout = &self.layout;
                self.fence(state, process, Ordering::AcqRel);
                layout.join(state, View::SeqCst, View::Current(process));
                self.see(state, process, View::SeqCst);
                layout.copy(state, View::Released(process), View::Current(process));
                self.finish(step, process, 0, found)?;
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
            Request::Relax | Request::Done => unreachable!("who cannot step has no steps"),
        }
        for successor in found {
            successor.access |= access;
        }
        Ok(())
    }

    /// Whether a process can do anything.
    fn can_step(&self, state: &[u16], process: usize) -> bool {
        match &self.node(state, process).wants {
            // An attempt that may end differently has started again.
            Request::Done | Request::Relax => false,
            Request::Take(lock) => self.layout.is_free(state, *lock),
            Request::Begin => self.may_begin(state, process),
            Request::End(_) => !self.is_pending(state, process),
            _ => true,
        }
    }

    /// The operation that a process performs, or performs next.
    fn operation(&self, state: &[u16], process: usize) -> usize {
        self.scene.lanes[process][self.node(state, process).nth]
    }

    /// Whether the operation is drawn as one that never completes.
    fn is_pending(&self, state: &[u16], process: usize) -> bool {
        let operation = self.operation(state, process);
        self.scene.operations.operations()[operation].is_pending()
    }

    fn may_begin(&self, state: &[u16], process: usize) -> bool {
        let before = &self.scene.before[self.operation(state, process)];
        let past = self.layout.get_past(state);
        before
            .iter()
            .all(|&before| self.pasts.is_complete(past, before))
    }

    /// Whether a failed attempt could go differently: some word that it read, or stored to, holds another value by now,
    /// which the process may read. Otherwise it would get the same answers, store the same values, and fail again.
    fn may_end_differently(&mut self, state: &[u16], process: usize) -> Result<bool, Fault> {
        let node = self.layout.node(state, process);
        // What the attempt read is known once it is known where it began.
        self.automata[process].next(self.scene, node, 0)?;
        let Some(attempt) = &self.automata[process].node(node).attempt else {
            return Ok(true);
        };
        let layout = &self.layout;
        Ok(attempt.iter().any(|&(word, read)| {
            let readable = layout.oldest(state, process, word)..layout.count(state, word);
            let mut values =
                readable.map(|at| self.values[usize::from(layout.value(state, word, at))]);
            values.any(|value| value != read)
        }))
    }

    fn load(
        &self,
        state: &mut State,
        process: usize,
        word: usize,
        at: usize,
        order: Ordering,
    ) -> u64 {
        if self.model == MemoryModel::Weak {
            let layout = &self.layout;
            let seen = at as u16;
            for view in [View::Current(process), View::Acquirable(process)] {
                let entry = layout.entry(state, view, word);
                *entry = seen.max(*entry);
            }
            layout.receive(state, View::Acquirable(process), word, at);
            if acquires(order) {
                layout.receive(state, View::Current(process), word, at);
            }
            if order == Ordering::SeqCst {
                let entry = layout.entry(state, View::SeqCst, word);
                *entry = seen.max(*entry);
            }
        }
        self.values[usize::from(self.layout.value(state, word, at))]
    }

    fn store(
        &mut self,
        state: &mut State,
        process: usize,
        word: usize,
        value: u64,
        order: Ordering,
        continues: bool,
    ) -> Result<(), Fault> {
        let value = self.number(value)?;
        let layout = &self.layout;
        if self.model == MemoryModel::Sc {
            layout.replace(state, word, value);
            return Ok(());
        }
        if layout.count(state, word) == usize::from(u16::MAX) {
            return Err("a word has more than 65,535 messages".to_owned());
        }
        let released = if releases(order) {
            View::Current(process)
        } else {
            View::Released(process)
        };
        let at = layout.append(state, word, value, released, continues) as u16;
        for view in [View::Current(process), View::Acquirable(process)] {
            *layout.entry(state, view, word) = at;
        }
        if order == Ordering::SeqCst {
            *layout.entry(state, View::SeqCst, word) = at;
        }
        Ok(())
    }

    /// A fence that is not SeqCst.
    fn fence(&self, state: &mut [u16], process: usize, order: Ordering) {
        let layout = &self.layout;
        if acquires(order) {
            layout.copy(state, View::Current(process), View::Acquirable(process));
        }
        if releases(order) {
            layout.copy(state, View::Released(process), View::Current(process));
        }
    }

    /// Raises the view of a process.
    fn see(&self, state: &mut [u16], process: usize, view: View) {
        self.layout.join(state, View::Current(process), view);
        self.layout
            .join(state, View::Acquirable(process), View::Current(process));
    }

    fn begin(&mut self, step: &mut Step, process: usize) -> Result<(), Fault> {
        let operation = self.operation(&step.0.state, process);
        let past = self.layout.get_past(&step.0.state);
        let past = self.pasts.invoked(past, operation, self.scene.precedence);
        self.layout.set_past(&mut step.0.state, past);
        self.take_over(&mut step.0.state, process);
        if step.1 {
            step.0.events.push(Event::Begin(operation));
        }
        self.advance(&mut step.0.state, process, 0)
    }

    fn end(&mut self, step: &mut Step, process: usize) -> Result<(), Fault> {
        let state = &mut step.0.state;
        let operation = self.operation(state, process);
        let node = self.automata[process].node(self.layout.node(state, process));
        let returned: Option<Value> = match &node.wants {
            Request::End(returned) => returned.clone(),
            _ => None,
        };
        let past = self.layout.get_past(state);
        let past = self.pasts.completed(past, operation, returned.as_ref());
        self.layout.set_past(state, past);
        match self.scene.precedence {
            Precedence::Drawn => {
                for &after in &self.after[operation] {
                    if let Some(handed_on) = self.handed_on[after] {
                        self.layout
                            .join(state, View::HandedOn(handed_on), View::Current(process));
                    }
                }
            }
            Precedence::Recorded => {
                self.layout
                    .join(state, View::HandedOn(0), View::Current(process));
            }
        }
        if step.1 {
            step.0.events.push(Event::End(operation, returned));
        }
        self.advance(&mut step.0.state, process, 0)
    }

    /// An operation that has not been invoked yet will have seen at least what those before it have handed on so far.
    fn take_over(&self, state: &mut [u16], process: usize) {
        if let Some(handed_on) = self.handed_on[self.operation(state, process)] {
            self.see(state, process, View::HandedOn(handed_on));
            if self.scene.precedence == Precedence::Drawn {
                self.layout.clear(state, View::HandedOn(handed_on));
            }
        }
    }

    fn advance(&mut self, state: &mut [u16], process: usize, answer: u64) -> Result<(), Fault> {
        let node = self.layout.node(state, process);
        let next = self.automata[process].next(self.scene, node, answer)?;
        self.layout.set_node(state, process, next);
        Ok(())
    }

    /// Writes down an access.
    fn note(
        &self,
        step: &mut Step,
        process: usize,
        latest: Option<u64>,
        access: impl FnOnce(&Self) -> String,
    ) {
        if step.1 {
            let operation = self.operation(&step.0.state, process);
            let access = access(self);
            step.0.events.push(Event::Access {
                operation,
                access,
                latest,
            });
        }
    }

    fn finish(
        &mut self,
        mut step: Step,
        process: usize,
        answer: u64,
        found: &mut Vec<Successor>,
    ) -> Result<(), Fault> {
        self.advance(&mut step.0.state, process, answer)?;
        self.settle(&mut step)?;
        found.push(step.0);
        Ok(())
    }

    /// Performs what need not wait, and brings the state into its canonical form.
    fn settle(&mut self, step: &mut Step) -> Result<(), Fault> {
        let processes = self.scene.lanes.len();
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
        self.normalise(&mut step.0.state);
        Ok(())
    }

    fn settle_once(&mut self, step: &mut Step, process: usize) -> Result<bool, Fault> {
        let state = &mut step.0.state;
        if self.node(state, process).wants == Request::Relax {
            if !self.may_end_differently(state, process)? {
                return Ok(false);
            }
            step.0.restarted = true;
            self.advance(&mut step.0.state, process, 0)?;
            return Ok(true);
        }
        match &self.node(state, process).wants {
            &Request::Fence(order)
                if self.model == MemoryModel::Sc || order != Ordering::SeqCst =>
            {
                self.fence(state, process, order);
                self.advance(state, process, 0)?;
            }
            Request::Begin
                if self.may_begin(state, process)
                    && !self.is_noticed(state, process, Still::ToComplete) =>
            {
                self.begin(step, process)?;
            }
            Request::End(_)
                if !self.is_pending(state, process)
                    && !self.is_noticed(state, process, Still::ToInvoke) =>
            {
                self.end(step, process)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether the instant of an invocation or completion makes a difference to the history: that of an invocation, as
    /// long as others have operations to complete, and that of a completion, as long as they have operations to invoke.
    fn is_noticed(&self, state: &[u16], process: usize, others_have: Still) -> bool {
        let mut others = (0..self.scene.lanes.len()).filter(|&other| other != process);
        self.scene.precedence == Precedence::Recorded
            && others.any(|other| {
                let node = self.node(state, other);
                let left = self.scene.lanes[other].len() - node.nth;
                match others_have {
                    Still::ToComplete => left > 0,
                    Still::ToInvoke => left > usize::from(node.in_operation()),
                }
            })
    }

    fn normalise(&self, state: &mut State) {
        let processes = || 0..self.scene.lanes.len();
        let layout = &self.layout;
        if processes().all(|process| self.node(state, process).wants == Request::Done) {
            layout.forget_memory(state);
            return;
        }
        let (last, left) = layout.last(state);
        if last.is_some_and(|last| !self.node(state, last).in_the_middle()) {
            // Whoever is between two operations cannot be preempted.
            layout.set_last(state, None, left);
        }
        if self.model == MemoryModel::Sc {
            return;
        }
        let mut floor: Option<Vec<u16>> = None;
        for process in processes() {
            match self.node(state, process).wants {
                Request::Begin => self.take_over(state, process),
                Request::Done => {
                    layout.clear(state, View::Current(process));
                    layout.clear(state, View::Acquirable(process));
                    layout.clear(state, View::Released(process));
                    continue;
                }
                _ => {}
            }
            let view = &state[layout.view(View::Current(process))];
            match &mut floor {
                Some(floor) => {
                    for (least, &entry) in floor.iter_mut().zip(view) {
                        *least = entry.min(*least);
                    }
                }
                None => floor = Some(view.to_vec()),
            }
        }
        layout.drop_oldest(state, &floor.unwrap_or_default());
    }
}

/// What somebody has still to do.
#[derive(Clone, Copy)]
enum Still {
    ToInvoke,
    ToComplete,
}

/// A step under way, and whether it is written down.
struct Step(Successor, bool);

impl Step {
    fn on(state: State, log: bool) -> Self {
        let successor = Successor {
            state,
            stale: false,
            access: false,
            restarted: false,
            events: Vec::new(),
        };
        Self(successor, log)
    }
}

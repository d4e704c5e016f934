//! One execution of a scenario.
//!
//! Operations are performed as a graph, not as a thread for each process: whoever completes the last operation that
//! another one waits for carries on with that one. So nobody joins anybody, and the thread that builds the register
//! does nothing else; either would multiply the executions without a single new history. An operation that waits for
//! several has a *gate*, a word that counts who has arrived: a `fetch_add` with AcqRel, so that all of them happen
//! before it.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;
use std::sync::Arc;

use histories::{History, Value};
use loom::sync::atomic::AtomicU64;
use registers::memory::Ordering::{AcqRel, Acquire, Release, SeqCst};
use registers::scenario::Scenario;
use registers::subject::{Handle, Subject};
use registers::worlds::Erased;

use crate::clock::ClockPlan;
use crate::memory::{GaveUp, LoomMemory};
use crate::trace::{LOOM_REMEMBERS, Trace};

/// How a scenario is performed. Made once for all executions.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) history: History,
    pub(crate) clock: ClockPlan,
    /// For each operation the number of its process.
    process_of: Vec<usize>,
    /// For each operation those that wait for it.
    awaited_by: Vec<Vec<usize>>,
    /// For each operation how many it waits for.
    awaits: Vec<u64>,
}

impl Plan {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let history = scenario.operations().clone();
        let operations = history.operations();
        let processes = history.processes();
        let number = |process| processes.iter().position(|&it| it == process);
        let process_of = operations.iter().map(|op| number(op.process));
        let mut awaited_by = vec![Vec::new(); operations.len()];
        let mut awaits = vec![0; operations.len()];
        for &(first, then) in scenario.before() {
            awaited_by[first].push(then);
            awaits[then] += 1;
        }
        Self {
            process_of: process_of
                .map(|it| it.expect("a process of the history"))
                .collect(),
            clock: ClockPlan::new(scenario),
            awaited_by,
            awaits,
            history,
        }
    }

    /// The operations that wait for nothing.
    pub(crate) fn sources(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.awaits.len()).filter(|&at| self.awaits[at] == 0)
    }
}

/// What an execution came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// What each operation returned.
    pub(crate) returned: Vec<Option<Value>>,
    /// What each invocation found on the clock.
    pub(crate) found: Vec<Vec<u64>>,
}

/// Sees what an execution came to.
type AtTheEnd = Box<dyn Fn(&Trace, &Outcome)>;

/// Unwinds the whole exploration, and why.
pub(crate) struct CutShort(pub(crate) String);

pub(crate) fn cut_short(why: String) -> ! {
    panic::resume_unwind(Box::new(CutShort(why)))
}

/// A register, and who does what to it.
pub(crate) struct Run {
    plan: Arc<Plan>,
    trace: Arc<Trace>,
    handles: Vec<RefCell<Box<dyn Handle>>>,
    gates: Vec<Option<AtomicU64>>,
    counts: Vec<Option<AtomicU64>>,
    outcome: RefCell<Outcome>,
    /// How many threads are still at it.
    busy: RefCell<usize>,
    at_the_end: AtTheEnd,
}

impl Run {
    /// Builds a register on `memory` and all that the scenario needs; `at_the_end` sees what the execution came to.
    pub(crate) fn build(
        subject: &Subject,
        plan: &Arc<Plan>,
        loom: &LoomMemory,
        memory: &Erased,
        at_the_end: impl Fn(&Trace, &Outcome) + 'static,
    ) -> Self {
        let handles = subject
            .instantiate(memory, &plan.history)
            .expect("that the scenario fits the register has been checked");
        let trace = Arc::clone(&loom.trace);
        let word = || {
            let word = AtomicU64::new(0);
            // As in every word of LoomMemory.
            trace.turn(|| word.store(0, SeqCst));
            word
        };
        let gates = plan.awaits.iter().map(|&awaits| (awaits > 1).then(word));
        let counts = plan.clock.operations_of.iter().map(|own| {
            let counted = own.iter().filter(|&&at| plan.clock.counts[at].is_some()).count();
            if counted >= LOOM_REMEMBERS {
                cut_short(format!(
                    "loom remembers {LOOM_REMEMBERS} stores of a word, too few to count {counted} operations of a thread"
                ));
            }
            (counted > 0).then(word)
        });
        Self {
            gates: gates.collect(),
            counts: counts.collect(),
            handles: handles.into_iter().map(RefCell::new).collect(),
            outcome: RefCell::new(Outcome {
                returned: vec![None; plan.history.operations().len()],
                found: vec![Vec::new(); plan.history.operations().len()],
            }),
            busy: RefCell::new(0),
            at_the_end: Box::new(at_the_end),
            plan: Arc::clone(plan),
            trace,
        }
    }

    /// A thread that begins with operation `at`.
    pub(crate) fn start(self: &Rc<Self>, at: usize) {
        let threads = {
            let mut state = self.trace.state();
            state.threads += 1;
            state.threads
        };
        if threads >= loom::MAX_THREADS {
            cut_short(format!(
                "loom runs at most {} threads, which is too few here",
                loom::MAX_THREADS
            ));
        }
        *self.busy.borrow_mut() += 1;
        let run = Rc::clone(self);
        loom::thread::spawn(move || {
            if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| run.play(at)))
                && !payload.is::<GaveUp>()
            {
                panic::resume_unwind(payload);
            }
            let busy = {
                let mut busy = run.busy.borrow_mut();
                *busy -= 1;
                *busy
            };
            if busy == 0 {
                (run.at_the_end)(&run.trace, &run.outcome.borrow());
            }
        });
    }

    /// Performs operation `first`, and then what waits for it, as long as nobody else has to come first.
    fn play(self: &Rc<Self>, first: usize) {
        let mut next = Some(first);
        while let Some(at) = next.take() {
            self.perform(at);
            for &waiting in &self.plan.awaited_by[at] {
                if !self.may_begin(waiting) {
                    continue;
                }
                match next {
                    None => next = Some(waiting),
                    Some(_) => self.start(waiting),
                }
            }
        }
    }

    /// Whether all that `waiting` waits for has arrived.
    fn may_begin(&self, waiting: usize) -> bool {
        let Some(gate) = &self.gates[waiting] else {
            return true;
        };
        // AcqRel: pairs with itself, so that every operation that arrived happens before the one that waited.
        let arrived = self.trace.turn(|| gate.fetch_add(1, AcqRel));
        arrived + 1 == self.plan.awaits[waiting]
    }

    fn perform(&self, at: usize) {
        let operation = &self.plan.history.operations()[at];
        let found = self.look(&self.plan.clock.looks[at]);
        self.outcome.borrow_mut().found[at] = found;
        self.trace.now_runs(Some(at));
        let value = self.handles[self.plan.process_of[at]]
            .borrow_mut()
            .perform(&operation.action);
        self.trace.now_runs(None);
        self.outcome.borrow_mut().returned[at] = value;
        if let Some(count) = self.plan.clock.counts[at] {
            let word = self.counts[self.plan.process_of[at]].as_ref();
            let word = word.expect("a process that counts has a word");
            // Release: pairs with the Acquire load in look().
            self.trace.turn(|| word.store(count, Release));
        }
    }

    /// How many operations these processes have completed.
    fn look(&self, processes: &[usize]) -> Vec<u64> {
        let load = |&process: &usize| {
            let word = self.counts[process].as_ref();
            let word = word.expect("a process that is looked at has a word");
            // Acquire: pairs with the Release store in perform().
            self.trace.turn(|| word.load(Acquire))
        };
        processes.iter().map(load).collect()
    }
}

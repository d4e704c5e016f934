//! What the open reads of a history may return together, under the atomic semantics: every way to linearize it is
//! followed.
//!
//! Operations are put in order one after the other (Wing and Gong, *Testing and verifying concurrent objects*, 1993), and
//! a state met before, the same operations done, the same value held and the same answers given, is not followed again
//! (Lowe, *Testing for linearizability*, 2017). Reads of a known value that is held go first, which loses no order.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{Action, History, Instant, Value};

/// How much a search may remember, in counts of 4 bytes, before it gives up.
const MEMORY: usize = 32 << 20;

/// Every way in which the questions of a history can be answered together; `None` if there is more to look at than
/// `budget` states, or more to remember than the memory allows.
pub(crate) fn joint_answers(history: &History, budget: usize) -> Option<BTreeSet<Vec<Value>>> {
    let search = Search::new(history);
    let questions = history.questions().count();
    let most = budget.min(MEMORY / (search.size() + questions));
    let mut met = HashSet::new();
    let mut answers: BTreeSet<Vec<Value>> = BTreeSet::new();
    let mut open = vec![(search.start(), vec![u32::MAX; questions])];
    while let Some((mut state, answered)) = open.pop() {
        // A question may be asked later than at once, with another answer: only reads of a known value go first.
        search.read_greedily(&mut state);
        if met.len() + open.len() + answers.len() >= most {
            return None;
        }
        let met_here = (state, answered);
        if met.contains(&met_here) {
            continue;
        }
        let (state, answered) = &met_here;
        if search.is_done(state) {
            let value = |&number: &u32| search.values[number as usize].clone();
            answers.insert(answered.iter().map(value).collect());
        }
        for (lane, step) in search.enabled(state) {
            match step {
                Step::Write(value) => open.push((state.after_write(lane, value), answered.clone())),
                Step::Question(number) => {
                    let mut answered = answered.clone();
                    answered[number] = state.value;
                    open.push((state.after_read(lane), answered));
                }
                Step::Read | Step::Mismatch => {}
            }
        }
        met.insert(met_here);
    }
    Some(answers)
}

/// Which operations are in order already, as a count for each process, and the value held after them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    done: Box<[u32]>,
    value: u32,
}

impl State {
    fn after_read(&self, lane: usize) -> Self {
        let mut next = self.clone();
        next.done[lane] += 1;
        next
    }

    fn after_write(&self, lane: usize, value: u32) -> Self {
        Self {
            value,
            ..self.after_read(lane)
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Write(u32),
    /// A read that returns the value held.
    Read,
    /// A read that may return anything: the question with this number.
    Question(usize),
    /// A read that returns another value.
    Mismatch,
}

/// A history laid out for the search: a lane of operations for each process.
struct Search {
    lanes: Vec<Vec<Entry>>,
    values: Vec<Value>,
}

#[derive(Clone, Copy)]
struct Entry {
    kind: Kind,
    invoked: Instant,
    completed: Option<Instant>,
}

#[derive(Clone, Copy)]
enum Kind {
    Write(u32),
    Read(u32),
    Question(usize),
}

impl Search {
    fn new(history: &History) -> Self {
        let register = history.operations().first().map_or(0, |op| op.register);
        let initial = history.initial_of(register);
        let mut values = vec![initial.clone()];
        let mut numbers = HashMap::from([(initial.clone(), 0)]);
        let mut number = |value: &Value| {
            *numbers.entry(value.clone()).or_insert_with(|| {
                values.push(value.clone());
                (values.len() - 1) as u32
            })
        };
        let mut questions = 0..;
        let mut lanes: Vec<Vec<Entry>> = Vec::new();
        let mut process = None;
        for operation in history.operations() {
            let kind = match &operation.action {
                Action::Write(value) => Kind::Write(number(value)),
                Action::Read(Some(value)) => Kind::Read(number(value)),
                Action::Read(None) if operation.is_pending() => continue,
                Action::Read(None) => {
                    Kind::Question(questions.next().expect("there is always a next number"))
                }
                Action::CompareAndSwap { .. } => {
                    unreachable!("questions are asked of reads and writes")
                }
            };
            if process != Some(operation.process) {
                process = Some(operation.process);
                lanes.push(Vec::new());
            }
            let (invoked, completed) = (operation.invoked, operation.completed);
            lanes.last_mut().expect("a lane was pushed").push(Entry {
                kind,
                invoked,
                completed,
            });
        }
        Self { lanes, values }
    }

    fn start(&self) -> State {
        State {
            done: vec![0; self.lanes.len()].into(),
            value: 0,
        }
    }

    /// The next operation of each process, if there is one.
    fn heads(&self, state: &State) -> impl Iterator<Item = (usize, Entry)> {
        let heads = self.lanes.iter().zip(&state.done).enumerate();
        heads
            .filter_map(|(lane, (operations, &done))| Some((lane, *operations.get(done as usize)?)))
    }

    /// How much there is to remember about a state, in counts of 4 bytes.
    fn size(&self) -> usize {
        self.lanes.len() + 16
    }

    /// The first completion of an operation that is still to come.
    fn waits_for(&self, state: &State) -> Option<Instant> {
        let heads = self.heads(state);
        heads.filter_map(|(_, head)| head.completed).min()
    }

    /// The operations that may come next: those which no other one, still to come, precedes.
    fn enabled(&self, state: &State) -> impl Iterator<Item = (usize, Step)> {
        let first = self.waits_for(state);
        let enabled = self
            .heads(state)
            .filter(move |(_, head)| first.is_none_or(|first| head.invoked <= first));
        enabled.map(|(lane, head)| {
            let step = match head.kind {
                Kind::Write(value) => Step::Write(value),
                Kind::Read(value) if value == state.value => Step::Read,
                Kind::Read(_) => Step::Mismatch,
                Kind::Question(number) => Step::Question(number),
            };
            (lane, step)
        })
    }

    /// Takes the reads of the value held, as long as there are any.
    fn read_greedily(&self, state: &mut State) {
        loop {
            let next = self.enabled(state).find(|&(_, step)| step == Step::Read);
            let Some((lane, _)) = next else { return };
            state.done[lane] += 1;
        }
    }

    /// Whether only writes that never completed are left, which may also never take effect.
    fn is_done(&self, state: &State) -> bool {
        self.heads(state).all(|(_, head)| head.completed.is_none())
    }
}

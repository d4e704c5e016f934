//! Atomic, or linearizable (Lamport 1986; Herlihy and Wing 1990): some order of all operations keeps their precedence,
//! and in it every read returns the value of the last write before it.
//!
//! The search of Wing and Gong (*Testing and verifying concurrent objects*, 1993) with the memory of Lowe (*Testing for
//! linearizability*, 2017): operations are put in order one after the other, and a situation met before, the same
//! operations done and the same value held, is not tried again. Reads that return the value held go first, which loses
//! no order: moving a legal read forward never hinders the others. Worst case exponential in the number of processes,
//! so it ends at a budget, with "unknown" for its answer.

use std::collections::{BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::events::Events;
use super::{
    Anomaly, Model, Verdict, Violation, all, at_once, frontier, regular, settled, witness, zones,
};
use crate::{Action, History, Instant, Value};

/// How many states are looked at.
pub(super) const LIMIT: usize = 20_000_000;

/// How much a search may remember, in counts of 4 bytes, before it gives up.
const MEMORY: usize = 32 << 20;

pub(crate) fn check(history: &History) -> Verdict {
    if at_once::fits(history) {
        return Verdict::Meets;
    }
    let parts = Events::by_register(history);
    let judge = |events: Events| {
        if let Some(verdict) = zones::check(history, &events) {
            return verdict;
        }
        let outcome = Some(frontier::judge(&events, LIMIT));
        if outcome == Some(frontier::Outcome::Fits) {
            return Verdict::Meets;
        }
        // Atomic implies regular, and what breaks regular is easier to explain.
        let regular = |history: &History, events: &Events| {
            regular::judge(history, events, Model::Regular, None)
        };
        let own = events.in_history(0..events.len());
        let breaks = |part: &History| !is_linearizable(part);
        let broken = settled(history, Model::Regular, events.clone(), regular);
        if let Verdict::Breaks(violation) = broken {
            // What breaks atomic alone may be smaller.
            let may_be_smaller = violation.witness.len() > 1 && violation.anomaly != Anomaly::Torn;
            if may_be_smaller && own.len() <= witness::EXACT {
                let smallest = witness::among_the_last(history, &own, breaks);
                if smallest.len() < violation.witness.len() {
                    return Verdict::Breaks(explain(history, smallest));
                }
            }
            let model = Model::Atomic;
            return Verdict::Breaks(Violation { model, ..violation });
        }
        let begun = match outcome {
            Some(frontier::Outcome::Ends { at }) => {
                let begun = (0..events.len()).filter(|&it| events.invoked[it] <= at);
                events.in_history(begun)
            }
            _ => match linearizable(&history.restricted_to(&own)) {
                Linearizable::Yes => return Verdict::Meets,
                Linearizable::Unknown { states } => return Verdict::Unknown { states },
                Linearizable::No { until } => {
                    let begun = |at: &usize| history.operations()[*at].invoked <= until;
                    own.iter().copied().filter(begun).collect()
                }
            },
        };
        // What happened later may belong to the evidence.
        let among = match own.len() > witness::EXACT && breaks(&history.restricted_to(&begun)) {
            true => &begun,
            false => &own,
        };
        let witness = witness::among_the_last(history, among, breaks);
        Verdict::Breaks(explain(history, witness))
    };
    all(match parts.len() {
        0 | 1 => parts.into_iter().map(judge).collect(),
        _ => parts.into_par_iter().map(judge).collect(),
    })
}

/// Whether a history is known at once to be linearizable.
pub(super) fn holds(history: &History) -> bool {
    let quick = |events: &Events| match zones::holds(events) {
        Some(holds) => holds,
        None => frontier::judge(events, LIMIT) == frontier::Outcome::Fits,
    };
    at_once::fits(history) || Events::by_register(history).par_iter().all(quick)
}

/// Whether the part of a history that is on one register is linearizable, or not known to be otherwise.
fn is_linearizable(part: &History) -> bool {
    Events::by_register(part)
        .iter()
        .all(|events| match frontier::judge(events, LIMIT) {
            frontier::Outcome::Fits => true,
            frontier::Outcome::Ends { .. } => false,
            _ => !matches!(linearizable(part), Linearizable::No { .. }),
        })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linearizable {
    Yes,
    /// No order was found for what completed up to this instant.
    No {
        until: Instant,
    },
    Unknown {
        states: usize,
    },
}

/// Whether a history of one register, with its questions answered in some way, is linearizable.
pub(crate) fn linearizable(history: &History) -> Linearizable {
    search(&Search::new(history)).0
}

/// An order that proves a history of one register linearizable, if one is found.
pub(super) fn order(history: &History) -> Option<Vec<usize>> {
    let search_in = Search::new(history);
    let (Linearizable::Yes, way) = search(&search_in) else {
        return None;
    };
    let mut order = Vec::new();
    let mut done = vec![0_u32; search_in.lanes.len()];
    let place = |lane: usize, done: &mut [u32], order: &mut Vec<usize>| {
        order.push(search_in.lanes[lane][done[lane] as usize].at);
        done[lane] += 1;
    };
    let mut now = search_in.start();
    for (nth, next) in way.iter().enumerate() {
        if nth > 0 {
            // The write that led here, with the reads that went after it.
            let (lane, value) = search_in.writes(&now).into_iter().find(|&(lane, value)| {
                let mut after = now.after_write(lane, value);
                search_in.read_greedily(&mut after, Step::goes_first);
                after == *next
            })?;
            place(lane, &mut done, &mut order);
            now = now.after_write(lane, value);
        }
        loop {
            let next = search_in.enabled(&now).find(|&(_, step)| step.goes_first());
            let Some((lane, _)) = next else { break };
            place(lane, &mut done, &mut order);
            now.done[lane] += 1;
        }
    }
    Some(order)
}

/// How the search ends, and if it finds an order, the situations on the way there.
fn search(search: &Search) -> (Linearizable, Vec<Situation>) {
    let most = MEMORY / search.size();
    let mut met = HashSet::new();
    // The situations on the way here, each with the writes that are still to be tried in it.
    let mut way: Vec<(Situation, Vec<(usize, u32)>)> = Vec::new();
    let mut next = Some(search.start());
    let mut until = 0;
    loop {
        if let Some(mut situation) = next.take() {
            search.read_greedily(&mut situation, Step::goes_first);
            if search.is_done(&situation) {
                let mut way: Vec<Situation> =
                    way.into_iter().map(|(situation, _)| situation).collect();
                way.push(situation);
                return (Linearizable::Yes, way);
            }
            if met.len() >= most {
                return (Linearizable::Unknown { states: met.len() }, Vec::new());
            }
            if met.insert(situation.clone()) {
                until = search
                    .waits_for(&situation)
                    .map_or(until, |at| until.max(at));
                let writes = search.writes(&situation);
                way.push((situation, writes));
            }
        }
        let Some((situation, writes)) = way.last_mut() else {
            return (Linearizable::No { until }, Vec::new());
        };
        match writes.pop() {
            Some((lane, value)) => next = Some(situation.after_write(lane, value)),
            None => drop(way.pop()),
        }
    }
}

/// Every way in which the questions of a history can be answered together; `None` if there is more to look at than
/// `budget` situations, or more to remember than the memory allows.
pub(crate) fn joint_answers(history: &History, budget: usize) -> Option<BTreeSet<Vec<Value>>> {
    let search = Search::new(history);
    let questions = history.questions().count();
    let most = budget.min(MEMORY / (search.size() + questions));
    let mut met = HashSet::new();
    let mut answers: BTreeSet<Vec<Value>> = BTreeSet::new();
    let mut open = vec![(search.start(), vec![u32::MAX; questions])];
    while let Some((mut situation, answered)) = open.pop() {
        // A question may be asked later than at once, with another answer: only reads of a known value go first.
        search.read_greedily(&mut situation, |step| matches!(step, Step::Read));
        if met.len() + open.len() + answers.len() >= most {
            return None;
        }
        let met_here = (situation, answered);
        if met.contains(&met_here) {
            continue;
        }
        let (situation, answered) = &met_here;
        if search.is_done(situation) {
            let value = |&number: &u32| search.values[number as usize].clone();
            answers.insert(answered.iter().map(value).collect());
        }
        for (lane, step) in search.enabled(situation) {
            match step {
                Step::Write(value) => {
                    open.push((situation.after_write(lane, value), answered.clone()))
                }
                Step::Question(number) => {
                    let mut answered = answered.clone();
                    answered[number] = situation.value;
                    open.push((situation.after_read(lane), answered));
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
struct Situation {
    done: Box<[u32]>,
    value: u32,
}

impl Situation {
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

#[derive(Clone, Copy, Debug)]
enum Step {
    Write(u32),
    /// A read that returns the value held.
    Read,
    /// A read that may return anything: the question with this number.
    Question(usize),
    /// A read that returns another value.
    Mismatch,
}

impl Step {
    /// Whether nothing is lost if it goes before all others.
    fn goes_first(self) -> bool {
        matches!(self, Self::Read | Self::Question(_))
    }
}

/// A history laid out for the search: a lane of operations for each process.
struct Search {
    lanes: Vec<Vec<Entry>>,
    values: Vec<Value>,
}

#[derive(Clone, Copy)]
struct Entry {
    at: usize,
    kind: Kind,
    invoked: Instant,
    completed: Option<Instant>,
}

#[derive(Clone, Copy)]
enum Kind {
    Write(u32),
    Read(u32),
    Question(usize),
    Swap {
        expected: u32,
        new: u32,
        swapped: Option<bool>,
    },
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
        for (at, operation) in history.operations().iter().enumerate() {
            let kind = match &operation.action {
                Action::Write(value) => Kind::Write(number(value)),
                Action::Read(Some(value)) => Kind::Read(number(value)),
                Action::Read(None) if operation.is_pending() => continue,
                Action::Read(None) => {
                    Kind::Question(questions.next().expect("there is always a next number"))
                }
                Action::CompareAndSwap {
                    expected,
                    new,
                    swapped,
                } => Kind::Swap {
                    expected: number(expected),
                    new: number(new),
                    swapped: swapped.filter(|_| !operation.is_pending()),
                },
            };
            if process != Some(operation.process) {
                process = Some(operation.process);
                lanes.push(Vec::new());
            }
            let (invoked, completed) = (operation.invoked, operation.completed);
            lanes.last_mut().expect("a lane was pushed").push(Entry {
                at,
                kind,
                invoked,
                completed,
            });
        }
        Self { lanes, values }
    }

    fn start(&self) -> Situation {
        Situation {
            done: vec![0; self.lanes.len()].into(),
            value: 0,
        }
    }

    /// The next operation of each process, if there is one.
    fn heads(&self, situation: &Situation) -> impl Iterator<Item = (usize, Entry)> {
        let heads = self.lanes.iter().zip(&situation.done).enumerate();
        heads
            .filter_map(|(lane, (operations, &done))| Some((lane, *operations.get(done as usize)?)))
    }

    /// How much there is to remember about a situation, in counts of 4 bytes.
    fn size(&self) -> usize {
        self.lanes.len() + 16
    }

    /// The first completion of an operation that is still to come.
    fn waits_for(&self, situation: &Situation) -> Option<Instant> {
        let heads = self.heads(situation);
        heads.filter_map(|(_, head)| head.completed).min()
    }

    /// The operations that may come next: those which no other one, still to come, precedes.
    fn enabled(&self, situation: &Situation) -> impl Iterator<Item = (usize, Step)> {
        let first = self.waits_for(situation);
        let enabled = self
            .heads(situation)
            .filter(move |(_, head)| first.is_none_or(|first| head.invoked <= first));
        enabled.map(|(lane, head)| {
            let step = match head.kind {
                Kind::Write(value) => Step::Write(value),
                Kind::Read(value) if value == situation.value => Step::Read,
                Kind::Read(_) => Step::Mismatch,
                Kind::Question(number) => Step::Question(number),
                Kind::Swap {
                    expected,
                    new,
                    swapped,
                } => match (expected == situation.value, swapped) {
                    (true, None | Some(true)) => Step::Write(new),
                    (false, Some(false)) => Step::Read,
                    // It may also come later, and swap.
                    (false, None) => Step::Write(situation.value),
                    (true, Some(false)) | (false, Some(true)) => Step::Mismatch,
                },
            };
            (lane, step)
        })
    }

    /// Takes the reads that `may_go`, as long as there are any.
    fn read_greedily(&self, situation: &mut Situation, may_go: impl Fn(Step) -> bool) {
        loop {
            let next = self.enabled(situation).find(|&(_, step)| may_go(step));
            let Some((lane, _)) = next else { return };
            situation.done[lane] += 1;
        }
    }

    /// The writes that may come next: of which lane, and of which value.
    fn writes(&self, situation: &Situation) -> Vec<(usize, u32)> {
        let write = |(lane, step)| match step {
            Step::Write(value) => Some((lane, value)),
            _ => None,
        };
        self.enabled(situation).filter_map(write).collect()
    }

    /// Whether only writes that never completed are left, which may also never take effect.
    fn is_done(&self, situation: &Situation) -> bool {
        self.heads(situation)
            .all(|(_, head)| head.completed.is_none())
    }
}

/// Puts into words why these operations, which are regular, have no linearization.
fn explain(history: &History, witness: Vec<usize>) -> Violation {
    let operations = history.operations();
    let reads = || {
        witness
            .iter()
            .copied()
            .filter(|&at| operations[at].is_read())
    };
    let pairs = reads().flat_map(|first| reads().map(move |second| (first, second)));
    let inversion = pairs.into_iter().find(|&(first, second)| {
        history.precedes(first, second)
            && operations[first].returned() != operations[second].returned()
            && is_older(
                history,
                &witness,
                operations[second].returned(),
                operations[first].returned(),
            )
    });
    let (anomaly, sentence) = if let Some((first, second)) = inversion {
        let returned = |at: usize| {
            operations[at]
                .returned()
                .expect("a witness has no questions")
        };
        let sentence = format!(
            "new-old inversion: {} returned {}, and {}, invoked after it had completed, returned the older {}",
            history.describe(first),
            returned(first),
            history.describe(second),
            returned(second),
        );
        (Anomaly::NewOldInversion, sentence)
    } else {
        let said = |at: &usize| match operations[*at].returned() {
            Some(value) => format!("{} ({value})", history.describe(*at)),
            None => history.describe(*at),
        };
        let named: Vec<String> = witness.iter().map(said).collect();
        let sentence = format!(
            "no linearization: no order of {} keeps their precedence and lets each read return the last write before it",
            list(&named),
        );
        (Anomaly::NoOrder, sentence)
    };
    Violation {
        model: Model::Atomic,
        anomaly,
        sentence,
        witness,
    }
}

/// Whether in a witness every write of `old` precedes every write of `new`; the initial value precedes all.
fn is_older(
    history: &History,
    witness: &[usize],
    old: Option<&Value>,
    new: Option<&Value>,
) -> bool {
    let operations = history.operations();
    let initial = Some(history.initial_of(operations[witness[0]].register));
    let writes_of = |value: Option<&Value>| -> Vec<usize> {
        let is_of =
            |at: &usize| operations[*at].written().is_some() && operations[*at].written() == value;
        witness.iter().copied().filter(is_of).collect()
    };
    let (olds, news) = (writes_of(old), writes_of(new));
    new != initial
        && (!olds.is_empty() || old == initial)
        && olds
            .iter()
            .all(|&old| news.iter().all(|&new| history.precedes(old, new)))
}

/// `a`, `a and b`, `a, b and c`; of many the first ones, and how many more there are.
pub(super) fn list(items: &[String]) -> String {
    const NAMED: usize = 16;
    match items {
        [front @ .., _] if front.len() > NAMED => {
            let more = items.len() - NAMED;
            format!("{} and {more} more", items[..NAMED].join(", "))
        }
        [] => String::new(),
        [only] => only.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}

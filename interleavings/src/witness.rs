//! The best execution that breaks a model: fewest stale loads, then fewest context switches, then fewest accesses.
//!
//! Dijkstra's search (1959) with that triple for a length. Whether a step is a context switch depends on who made the
//! access before it, so the search goes over pairs of a state and a process. Executions are complete, so the length
//! counts every operation to its end; only where the exploration was cut short do they end there, with operations
//! pending.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use histories::timeline::{Mark, Step};
use histories::{Action, History, Instant, Model, Operation, Timeline, Value, check};
use registers::scenario::Precedence;

use crate::faults::{Failure, FaultKind};
use crate::graph::Graph;
use crate::machine::{Event, Machine};
use crate::processes::{Fault, Processes};
use crate::report::{self, Witness};

/// Stale loads, context switches, accesses.
type Length = (u32, u32, u32);

/// What an execution may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Goal {
    /// That it breaks a model.
    Breaks(Model),
    /// That the register goes wrong by itself.
    Fails(FaultKind),
}

/// The best witnesses.
#[derive(Debug, Default)]
pub(crate) struct Best {
    pub(crate) witnesses: BTreeMap<Model, Witness>,
    pub(crate) faults: BTreeMap<FaultKind, report::Fault>,
}

/// The best witness for each of some goals. `shows` says which of them a final state shows.
pub(crate) fn best(
    machine: &mut Machine<'_>,
    graph: &Graph,
    mut wanted: Vec<Goal>,
    shows: impl Fn(u32) -> Vec<Goal>,
) -> Result<Best, Fault> {
    let mut best = Best::default();
    if wanted.is_empty() {
        return Ok(best);
    }
    let seats = machine.processes.lanes.len() + 1;
    let mut reached = vec![Reached::NOT; graph.len() * seats];
    reached[0].length = (0, 0, 0);
    let mut open = BinaryHeap::from([Reverse(((0, 0, 0), 0))]);
    while let Some(Reverse((length, place))) = open.pop() {
        if std::mem::replace(&mut reached[place].is_settled, true) {
            continue;
        }
        let (state, last) = ((place / seats) as u32, place % seats);
        let steps = graph.steps(state);
        if steps.is_empty() {
            let mut shown = shows(state);
            shown.retain(|goal| wanted.contains(goal));
            if !shown.is_empty() {
                let way: Vec<(u32, usize)> = way_to(&reached, place)
                    .map(|place| ((place / seats) as u32, place % seats))
                    .collect();
                let drawn = draw(machine, graph, &way)?;
                for goal in shown {
                    wanted.retain(|it| *it != goal);
                    best.add(machine, graph.states.get(state), goal, &drawn, length);
                }
                if wanted.is_empty() {
                    break;
                }
            }
        }
        let interrupts = |next: usize| {
            last != 0
                && next != last
                && machine
                    .node(graph.states.get(state), last - 1)
                    .in_the_middle()
        };
        for edge in steps {
            let mut further = length;
            let mut next = last;
            if edge.is_access() {
                next = edge.process() + 1;
                further.0 += u32::from(edge.is_stale());
                further.1 += u32::from(interrupts(next));
                further.2 += 1;
            }
            let target = edge.target as usize * seats + next;
            if further < reached[target].length {
                reached[target].length = further;
                reached[target].from = place;
                open.push(Reverse((further, target)));
            }
        }
    }
    Ok(best)
}

/// The shortest way to a state, drawn.
pub(crate) fn shortest_to(
    machine: &mut Machine<'_>,
    graph: &Graph,
    goal: u32,
) -> Result<Timeline, Fault> {
    let mut from = vec![None; graph.len()];
    let mut open = std::collections::VecDeque::from([0]);
    while let Some(state) = open.pop_front() {
        if state == goal {
            break;
        }
        for edge in graph.steps(state) {
            if edge.target != 0 && from[edge.target as usize].is_none() {
                from[edge.target as usize] = Some((state, *edge));
                open.push_back(edge.target);
            }
        }
    }
    let mut edges = Vec::new();
    let mut at = goal;
    while let Some((before, edge)) = from[at as usize] {
        edges.push((at, edge));
        at = before;
    }
    let mut way = vec![(0, 0)];
    let mut last = 0;
    for &(state, edge) in edges.iter().rev() {
        if edge.is_access() {
            last = edge.process() + 1;
        }
        way.push((state, last));
    }
    draw(machine, graph, &way).map(|drawn| drawn.timeline)
}

impl Best {
    fn add(
        &mut self,
        machine: &Machine<'_>,
        state: &[u16],
        goal: Goal,
        drawn: &Drawn,
        length: Length,
    ) {
        let (stale_loads, context_switches) = (length.0 as usize, length.1 as usize);
        match goal {
            Goal::Breaks(model) => {
                if let Some(violation) = check(model, &drawn.timeline.history).violation() {
                    let witness = Witness {
                        violation: violation.clone(),
                        timeline: drawn.timeline.clone(),
                        stale_loads,
                        context_switches,
                    };
                    self.witnesses.insert(model, witness);
                }
            }
            Goal::Fails(kind) => {
                let failure = machine.failure(state).expect("it fails there");
                let fault = report::Fault {
                    kind,
                    sentence: drawn.sentence(machine, failure),
                    timeline: drawn.timeline.clone(),
                    stale_loads,
                    context_switches,
                };
                self.faults.insert(kind, fault);
            }
        }
    }
}

/// An execution as it is drawn, and which word each of its steps accessed, and whether it wrote it.
pub(crate) struct Drawn {
    pub(crate) timeline: Timeline,
    accessed: Vec<(Option<usize>, bool)>,
}

impl Drawn {
    /// How a register goes wrong in the last step.
    fn sentence(&self, machine: &Machine<'_>, failure: &Failure) -> String {
        let process = machine.processes.operations.processes()[failure.process];
        let steps = &self.timeline.steps;
        if failure.kind == FaultKind::Panic {
            return format!("Thread {process} panics: {}", failure.message);
        }
        let name = |word: usize| machine.places.words[word].place.as_str();
        let what = name(failure.word.unwrap_or_default());
        let last = steps.len();
        let does = |at: usize| {
            let access = &steps[at].access;
            let is = |wording: &str| access.ends_with(wording);
            if is("retired") {
                "retires"
            } else if self.accessed[at].1 {
                "writes"
            } else {
                "reads"
            }
        };
        // The last access of another process to the same word that it conflicts with.
        let processes = machine.processes.operations.processes();
        let conflicts = |&at: &usize| {
            let (word, writes) = self.accessed[at];
            let of = steps[at].process;
            word == failure.word
                && of != process
                && match failure.kind {
                    FaultKind::UseAfterFree => does(at) == "retires",
                    _ if failure.with_write => writes,
                    _ => failure.with.is_none_or(|with| processes[with] == of) && !writes,
                }
        };
        let other = (0..last.saturating_sub(1)).rev().find(conflicts);
        let own = format!("Thread {process} {} {what} in step {last}", does(last - 1));
        match (failure.kind, other) {
            (FaultKind::UseAfterFree, None) => {
                format!("use after free: {own}, and the block has been given back")
            }
            (FaultKind::UseAfterFree, Some(at)) => format!(
                "use after free: {own}, and Thread {} retired it in step {}",
                steps[at].process,
                at + 1
            ),
            (_, None) => format!("data race: {own}, and another access is not ordered with it"),
            (_, Some(at)) => format!(
                "data race: {own}, Thread {} {} it in step {}, and nothing orders the two",
                steps[at].process,
                does(at),
                at + 1
            ),
        }
    }
}

/// How a pair of a state and of who made the last access is reached: the number of the pair is `state x (processes + 1)
/// + last`, where `last` is 0 before the first access, and the process + 1 then.
#[derive(Clone, Copy)]
struct Reached {
    length: Length,
    from: usize,
    is_settled: bool,
}

impl Reached {
    const NOT: Self = Self {
        length: (u32::MAX, 0, 0),
        from: usize::MAX,
        is_settled: false,
    };
}

/// The way to a place, from the beginning.
fn way_to(reached: &[Reached], place: usize) -> impl Iterator<Item = usize> {
    let before = |&at: &usize| Some(reached[at].from).filter(|&from| from != usize::MAX);
    let way: Vec<usize> = std::iter::successors(Some(place), before).collect();
    way.into_iter().rev()
}

/// Draws the execution along a way of states, each with who made the last access.
pub(crate) fn draw(
    machine: &mut Machine<'_>,
    graph: &Graph,
    way: &[(u32, usize)],
) -> Result<Drawn, Fault> {
    let mut drawing = Drawing::new(machine.processes);
    drawing.add(machine.start()?.events);
    for pair in way.windows(2) {
        let [(from, before), (to, last)] = [pair[0], pair[1]];
        let (from, to) = (graph.states.get(from).to_vec(), graph.states.get(to));
        let mut steps = Vec::new();
        for process in 0..machine.processes.lanes.len() {
            let mut found = Vec::new();
            machine.steps(&from, process, true, &mut found)?;
            let after = |access: bool| if access { process + 1 } else { before };
            found.retain(|step| step.state == to && after(step.access) == last);
            steps.append(&mut found);
        }
        let step = steps
            .into_iter()
            .min_by_key(|step| (step.stale, step.access))
            .expect("there is a step from each state of the way to the next");
        drawing.add(step.events);
    }
    Ok(drawing.finish())
}

/// An execution that is being drawn: every event at its own instant.
pub(crate) struct Drawing<'a> {
    processes: &'a Processes<'a>,
    /// When each operation was invoked, whether it is over, and when it completed.
    invoked: Vec<Option<Instant>>,
    is_over: Vec<bool>,
    completed: Vec<Option<Instant>>,
    returned: Vec<Option<Value>>,
    marks: Vec<Mark>,
    steps: Vec<Step>,
    accessed: Vec<(Option<usize>, bool)>,
    now: Instant,
}

impl<'a> Drawing<'a> {
    pub(crate) fn new(processes: &'a Processes<'a>) -> Self {
        let all = processes.operations.operations().len();
        Self {
            processes,
            invoked: vec![None; all],
            is_over: vec![false; all],
            completed: vec![None; all],
            returned: vec![None; all],
            marks: Vec::new(),
            steps: Vec::new(),
            accessed: Vec::new(),
            now: 0,
        }
    }

    /// Adds what happens in one step.
    pub(crate) fn add(&mut self, mut events: Vec<Event>) {
        if self.processes.precedence == Precedence::Drawn {
            // Of the invocations that one completion allows, the one with the fewest predecessors is drawn first: it
            // may be concurrent with some that end before the others begin.
            let drawn = &self.processes.operations;
            let predecessors = |at: usize| {
                let all = 0..drawn.operations().len();
                all.filter(|&before| drawn.precedes(before, at)).count()
            };
            events.sort_by_key(|event| match event {
                Event::Begin(at) => 1 + predecessors(*at),
                Event::Access { .. } | Event::End(..) => 0,
            });
        }
        for event in events {
            self.now += 1;
            match event {
                Event::Begin(at) => {
                    // Where the precedence is drawn, completions wait for the first invocation that waits for them.
                    for &before in &self.processes.before[at] {
                        self.complete(before);
                    }
                    self.invoked[at] = Some(self.now);
                }
                Event::End(at, returned) => {
                    self.is_over[at] = true;
                    self.returned[at] = returned;
                    if self.processes.precedence == Precedence::Recorded {
                        self.complete(at);
                    }
                }
                Event::Access {
                    operation,
                    word,
                    writes,
                    access,
                    latest,
                    source,
                    ..
                } => {
                    self.accessed.push((word, writes));
                    self.marks.push(Mark {
                        operation,
                        at: self.now,
                    });
                    self.steps.push(Step {
                        process: self.processes.operations.operations()[operation].process,
                        access,
                        remark: latest.map(|latest| format!("stale: latest is {latest}")),
                        source,
                    });
                }
            }
        }
    }

    fn complete(&mut self, at: usize) {
        if self.is_over[at] && self.completed[at].is_none() {
            self.completed[at] = Some(self.now);
            self.now += 1;
        }
    }

    pub(crate) fn finish(mut self) -> Drawn {
        let all = self.processes.operations.operations();
        self.now += 1;
        (0..all.len()).for_each(|at| self.complete(at));
        let begun: Vec<usize> = (0..all.len())
            .filter(|&at| self.invoked[at].is_some())
            .collect();
        let operation = |&at: &usize| Operation {
            process: all[at].process,
            register: all[at].register,
            action: match &all[at].action {
                Action::Read(_) => Action::Read(self.returned[at].clone()),
                write => write.clone(),
            },
            invoked: self.invoked[at].unwrap_or_default(),
            completed: self.completed[at],
        };
        let initial = self.processes.operations.initial().clone();
        let history = History::new(initial, begun.iter().map(operation))
            .expect("each process performs its operations one after the other");
        let place = |at: usize| begun.iter().position(|&begun| begun == at);
        for mark in &mut self.marks {
            mark.operation = place(mark.operation).expect("who accesses a word has begun");
        }
        Drawn {
            timeline: Timeline {
                marks: self.marks,
                steps: self.steps,
                ..Timeline::from(history)
            },
            accessed: self.accessed,
        }
    }
}

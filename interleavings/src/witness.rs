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

use crate::graph::Graph;
use crate::machine::{Event, Machine};
use crate::report::Witness;
use crate::scene::{Fault, Scene};

/// Stale loads, context switches, accesses.
type Length = (u32, u32, u32);

/// The best witness for each of some models. `breaks` says which of them a final state breaks.
pub(crate) fn best(
    machine: &mut Machine<'_>,
    graph: &Graph,
    mut wanted: Vec<Model>,
    breaks: impl Fn(u32) -> Vec<Model>,
) -> Result<BTreeMap<Model, Witness>, Fault> {
    let mut witnesses = BTreeMap::new();
    if wanted.is_empty() {
        return Ok(witnesses);
    }
    let seats = machine.scene().lanes.len() + 1;
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
            let broken: Vec<Model> = breaks(state)
                .into_iter()
                .filter(|model| wanted.contains(model))
                .collect();
            if !broken.is_empty() {
                let way: Vec<(u32, usize)> = way_to(&reached, place)
                    .map(|place| ((place / seats) as u32, place % seats))
                    .collect();
                let timeline = draw(machine, graph, &way)?;
                for model in broken {
                    wanted.retain(|it| *it != model);
                    if let Some(violation) = check(model, &timeline.history).violation() {
                        let witness = Witness {
                            violation: violation.clone(),
                            timeline: timeline.clone(),
                            stale_loads: length.0 as usize,
                            context_switches: length.1 as usize,
                        };
                        witnesses.insert(model, witness);
                    }
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
    Ok(witnesses)
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
fn draw(machine: &mut Machine<'_>, graph: &Graph, way: &[(u32, usize)]) -> Result<Timeline, Fault> {
    let mut drawing = Drawing::new(machine.scene());
    drawing.add(machine.start()?.events);
    for pair in way.windows(2) {
        let [(from, before), (to, last)] = [pair[0], pair[1]];
        let (from, to) = (graph.states.get(from).to_vec(), graph.states.get(to));
        let mut steps = Vec::new();
        for process in 0..machine.scene().lanes.len() {
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
struct Drawing<'a> {
    scene: &'a Scene<'a>,
    /// When each operation was invoked, whether it is over, and when it completed.
    invoked: Vec<Option<Instant>>,
    is_over: Vec<bool>,
    completed: Vec<Option<Instant>>,
    returned: Vec<Option<Value>>,
    marks: Vec<Mark>,
    steps: Vec<Step>,
    now: Instant,
}

impl<'a> Drawing<'a> {
    fn new(scene: &'a Scene<'a>) -> Self {
        let all = scene.operations.operations().len();
        Self {
            scene,
            invoked: vec![None; all],
            is_over: vec![false; all],
            completed: vec![None; all],
            returned: vec![None; all],
            marks: Vec::new(),
            steps: Vec::new(),
            now: 0,
        }
    }

    /// Adds what happens in one step.
    fn add(&mut self, mut events: Vec<Event>) {
        if self.scene.precedence == Precedence::Drawn {
            // Of the invocations that one completion allows, the one with the fewest predecessors is drawn first: it
            // may be concurrent with some that end before the others begin.
            let drawn = &self.scene.operations;
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
                    for &before in &self.scene.before[at] {
                        self.complete(before);
                    }
                    self.invoked[at] = Some(self.now);
                }
                Event::End(at, returned) => {
                    self.is_over[at] = true;
                    self.returned[at] = returned;
                    if self.scene.precedence == Precedence::Recorded {
                        self.complete(at);
                    }
                }
                Event::Access {
                    operation,
                    access,
                    latest,
                } => {
                    self.marks.push(Mark {
                        operation,
                        at: self.now,
                    });
                    self.steps.push(Step {
                        process: self.scene.operations.operations()[operation].process,
                        access,
                        remark: latest.map(|latest| format!("stale: latest is {latest}")),
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

    fn finish(mut self) -> Timeline {
        let all = self.scene.operations.operations();
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
        let initial = self.scene.operations.initial().clone();
        let history = History::new(initial, begun.iter().map(operation))
            .expect("each process performs its operations one after the other");
        let place = |at: usize| begun.iter().position(|&begun| begun == at);
        for mark in &mut self.marks {
            mark.operation = place(mark.operation).expect("who accesses a word has begun");
        }
        Timeline {
            history,
            marks: self.marks,
            steps: self.steps,
        }
    }
}

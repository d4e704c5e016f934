//! The shortest execution to a state, drawn.
//!
//! States are numbered in the order in which they are met, breadth first, so the first one that breaks a model is reached in
//! the fewest steps. The way to it is walked again from the start: symmetry has renamed replicas on the way, so each step is
//! looked for among all that lead, under some renaming, to the next state, and the picture keeps the names that it began with.

use histories::timeline::{Message, Network as Below, Place, Replica};
use histories::{Action, Builder, Initial, Instant, Operation, Timeline, Value};
use interleavings::world::Graph;
use registers::scenario::Precedence;

use super::network::{Happened, Network, Next};
use crate::machine::{Data, Node};

/// From which state each one was met first.
pub(super) fn parents(graph: &Graph) -> Vec<u32> {
    let mut parents = vec![u32::MAX; graph.len()];
    for state in graph.all() {
        for edge in graph.steps(state) {
            let parent = &mut parents[edge.target as usize];
            if *parent == u32::MAX && edge.target != 0 {
                *parent = state;
            }
        }
    }
    parents
}

/// Draws the shortest execution to a state, and says how many messages arrive in it.
pub(super) fn draw(
    network: &mut Network<'_>,
    graph: &Graph,
    parents: &[u32],
    state: u32,
) -> (Timeline, usize) {
    let before = |&state: &u32| Some(parents[state as usize]).filter(|&it| it != u32::MAX);
    let mut way: Vec<u32> = std::iter::successors(Some(state), before).collect();
    way.reverse();
    let mut drawing = Drawing::new(network);
    let mut row = network.begin();
    for &target in &way[1..] {
        let mut found: Vec<Next> = Vec::new();
        for node in 0..network.cluster.replicas + network.cluster.clients {
            let next = network.next(&row, Node(node), true, &mut found);
            next.expect("it has been explored");
        }
        let goal = graph.state(target);
        let step = found
            .into_iter()
            .find(|next| network.representative(next.row.clone()).encode() == goal);
        let step = step.expect("a step leads from each state of the way to the next");
        for event in step.events {
            drawing.add(network, event);
        }
        row = step.row;
    }
    drawing.finish(network)
}

/// An execution that is being drawn: every event at its own instant.
struct Drawing {
    invoked: Vec<Option<Instant>>,
    is_over: Vec<bool>,
    completed: Vec<Option<Instant>>,
    returned: Vec<Option<Value>>,
    held: Vec<Data>,
    below: Below,
    arrived: usize,
    now: Instant,
}

impl Drawing {
    fn new(network: &Network<'_>) -> Self {
        let all = network.operations.operations().len();
        let replicas = network.cluster.replicas().map(|node| Replica {
            name: letter(node),
            initial: 0.into(),
        });
        Self {
            invoked: vec![None; all],
            is_over: vec![false; all],
            completed: vec![None; all],
            returned: vec![None; all],
            held: vec![Data::default(); network.layout.replicas * network.layout.registers],
            below: Below {
                replicas: replicas.collect(),
                ..Below::default()
            },
            arrived: 0,
            now: 0,
        }
    }

    fn place(network: &Network<'_>, node: Node) -> Place {
        if network.cluster.is_replica(node) {
            return Place::Replica(letter(node));
        }
        let client = usize::from(network.cluster.client(node));
        Place::Thread(network.operations.processes()[client])
    }

    fn add(&mut self, network: &Network<'_>, event: Happened) {
        self.now += 1;
        let (from, to, said, held, register) = match event {
            Happened::Begin(at) => {
                // Where the precedence is drawn, completions wait for the first invocation that waits for them.
                for &before in &network.before[at] {
                    self.complete(before);
                }
                self.invoked[at] = Some(self.now);
                return;
            }
            Happened::End(at, returned) => {
                self.is_over[at] = true;
                self.returned[at] = returned;
                if network.precedence == Precedence::Recorded {
                    self.complete(at);
                }
                return;
            }
            Happened::Arrives(envelope, held) => {
                self.arrived += 1;
                let said = network.automata.said(envelope.content);
                let register = usize::from(envelope.register);
                let from = Some(Self::place(network, envelope.from));
                let name = network.name_of(register);
                let said = name.map_or(said.clone(), |name| format!("{name}: {said}"));
                (from, envelope.to, said, held, register)
            }
            Happened::By(node, said, held) => (None, node, said, held, 0),
        };
        let mut changed = None;
        if let (Some(held), true) = (held, network.cluster.is_replica(to)) {
            let place = &mut self.held[register * network.layout.replicas + usize::from(to.0)];
            if std::mem::replace(place, held) != held {
                changed = Some(held.into());
            }
        }
        self.below.messages.push(Message {
            at: self.now,
            from,
            to: Self::place(network, to),
            said,
            held: changed,
            remark: None,
        });
    }

    fn complete(&mut self, at: usize) {
        if self.is_over[at] && self.completed[at].is_none() {
            self.completed[at] = Some(self.now);
            self.now += 1;
        }
    }

    fn finish(mut self, network: &Network<'_>) -> (Timeline, usize) {
        let of = &network.operations;
        self.now += 1;
        (0..of.operations().len()).for_each(|at| self.complete(at));
        let mut builder = Builder::new(Initial::Given(of.initial().clone()));
        for register in of.registers() {
            builder.register(of.name_of(register).unwrap_or_default());
        }
        for (at, operation) in of.operations().iter().enumerate() {
            let Some(invoked) = self.invoked[at] else {
                continue;
            };
            let returned = self.returned[at].take();
            let action = match &operation.action {
                Action::Read(_) => Action::Read(returned),
                Action::CompareAndSwap { expected, new, .. } => Action::CompareAndSwap {
                    expected: expected.clone(),
                    new: new.clone(),
                    swapped: returned.map(|did| did.word(0) == Some(1)),
                },
                write @ Action::Write(_) => write.clone(),
            };
            builder.push(Operation {
                action,
                invoked,
                completed: self.completed[at],
                ..operation.clone()
            });
        }
        let history = builder.build();
        let history = history.expect("each process performs its operations one after the other");
        let timeline = Timeline {
            network: self.below,
            ..Timeline::from(history)
        };
        (timeline, self.arrived)
    }
}

fn letter(node: Node) -> char {
    char::from(b'A' + node.0)
}

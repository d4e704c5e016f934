//! Virtual time: a protocol among clients, on a network with delays, loss, cuts, stops and clocks that drift.
//!
//! A heap of what is due, and a seed: nothing else decides what happens. So a run can be repeated to the last event, which
//! its [digest](Run::digest) proves, and a second of virtual time takes as long as its events do.
//!
//! A simulated run shows what it happens to show: "no violation in so many operations, with this seed", and never more.
//! What every execution may show is found by [exploring](crate::every).
//!
//! ```
//! use histories::{Model, check};
//! use replicas::protocols::Majority;
//! use replicas::simulated::{Conditions, Workload, simulate};
//!
//! let conditions = Conditions { loss: 0.05, duplicates: 0.05, ..Conditions::local() };
//! let workload = Workload { operations: 2_000, ..Workload::steady(3, 1) };
//! let run = simulate(&Majority::ABD, 3, &conditions, &workload, 7);
//! assert!(check(Model::Atomic, &run.history()).holds());
//! assert_eq!(simulate(&Majority::ABD, 3, &conditions, &workload, 7).digest, run.digest);
//! ```

use self::core::{Core, Due};
use crate::machine::{Cluster, Effects, Event, Node, Protocol};

mod conditions;
mod core;
mod measure;
mod workload;

pub use conditions::{Conditions, Cut, Delays, MS, NotDelays, S, Stop};
pub use measure::{Anomalies, anomalies};
pub use workload::{Performed, Run, Workload, percentile};

impl Workload {
    /// Clients of which the first ones write, one operation behind the other, without an end.
    #[must_use]
    pub fn steady(clients: u8, writers: u8) -> Self {
        Self {
            clients,
            writers,
            reads: if clients == writers { 0.5 } else { 0.0 },
            think: 0,
            deadline: 3_600 * S,
            duration: u64::MAX / 4,
            operations: usize::MAX,
            quiet: 0,
        }
    }
}

/// Simulates a protocol on so many replicas.
///
/// # Panics
///
/// If there are no replicas or more than [`Cluster::MOST`], or more than 200 clients.
pub fn simulate<P: Protocol>(
    protocol: &P,
    replicas: u8,
    conditions: &Conditions,
    workload: &Workload,
    seed: u64,
) -> Run {
    let clients = workload.clients;
    assert!((1..=Cluster::MOST).contains(&replicas) && clients <= 200);
    let cluster = Cluster { replicas, clients };
    let mut simulation = Simulation {
        protocol,
        replicas: cluster
            .replicas()
            .map(|node| protocol.replica(node, cluster))
            .collect(),
        clients: (0..clients)
            .map(|client| protocol.client(cluster.node_of(client), cluster))
            .collect(),
        waiting: Vec::new(),
        free: Vec::new(),
        sent: Vec::new(),
        core: Core::new(cluster, conditions, workload, protocol.needs_order(), seed),
    };
    simulation.run();
    simulation.core.run
}

/// A message on its way.
type OnItsWay<M> = (Node, Node, M);

struct Simulation<'a, P: Protocol> {
    protocol: &'a P,
    replicas: Vec<P::Replica>,
    clients: Vec<P::Client>,
    /// The messages that are on their way, each in a place of its own, and the places that are free.
    waiting: Vec<Option<OnItsWay<P::Message>>>,
    free: Vec<u32>,
    /// What was sent last: kept for its memory.
    sent: Vec<(Node, P::Message)>,
    core: Core<'a>,
}

impl<P: Protocol> Simulation<'_, P> {
    fn run(&mut self) {
        for node in self.core.cluster.replicas() {
            self.act(node, Event::Start);
        }
        while let Some(due) = self.core.next() {
            match due {
                Due::Arrives(place) => {
                    self.free.push(place);
                    let message = self.waiting[place as usize].take();
                    let (from, to, message) = message.expect("it is on its way");
                    if self.core.arrives(from, to) {
                        self.act(to, Event::Receive(from, message));
                    }
                }
                Due::Goes(node, alarm, _) => self.act(node, Event::Alarm(alarm)),
                Due::Invokes(node) => {
                    if let Some(request) = self.core.invoke(node) {
                        self.act(node, Event::Invoke(request));
                    }
                }
                Due::GivesUp(node) => self.core.give_up(node),
                Due::Stops(node) => self.core.stop(node, true),
                Due::Starts(node) => {
                    self.core.stop(node, false);
                    self.act(node, Event::Start);
                }
            }
        }
    }

    fn act(&mut self, node: Node, event: Event<P::Message>) {
        let core = &mut self.core;
        let cluster = core.cluster;
        let mut effects = Effects::new(node, cluster, core.clock(node), core.conditions.timing);
        effects.sent = std::mem::take(&mut self.sent);
        if cluster.is_replica(node) {
            let replica = &mut self.replicas[usize::from(node.0)];
            self.protocol.on_replica(replica, event, &mut effects);
        } else {
            let client = &mut self.clients[usize::from(cluster.client(node))];
            self.protocol.on_client(client, event, &mut effects);
        }
        for (to, message) in effects.sent.drain(..) {
            let [first, second] = core.send(node, to);
            if let Some(at) = second {
                let place = put(
                    &mut self.waiting,
                    &mut self.free,
                    (node, to, message.clone()),
                );
                core.arrive(at, place);
            }
            if let Some(at) = first {
                let place = put(&mut self.waiting, &mut self.free, (node, to, message));
                core.arrive(at, place);
            }
        }
        self.sent = effects.sent;
        for (alarm, after) in effects.alarms {
            core.set(node, alarm, after);
        }
        if let Some(answer) = effects.answer {
            core.answer(node, answer);
        }
    }
}

/// Puts a message where it waits, and says where that is.
fn put<M>(waiting: &mut Vec<Option<M>>, free: &mut Vec<u32>, message: M) -> u32 {
    if let Some(place) = free.pop() {
        waiting[place as usize] = Some(message);
        return place;
    }
    waiting.push(Some(message));
    waiting.len() as u32 - 1
}

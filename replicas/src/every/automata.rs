//! A protocol with its types taken out: what machines know and what they send are numbers.
//!
//! A machine is deterministic, so it is a finite automaton: a node for each thing that it may know, an edge for each event.
//! It is built as it is needed, and what a machine does about an event is computed once. All of the exploration besides is
//! written, and compiled, once for all protocols.

use super::interned::Interned;
use crate::machine::{
    Alarm, Answer, Cluster, Data, Effects, Event, Explorable, Node, Request, Timing,
};

/// What happens to a machine; messages are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Happens {
    Invoke(Request),
    Receive(Node, u32),
    Alarm(Alarm),
}

/// What it does about that.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// What it knows then.
    pub(super) state: u32,
    pub(super) sent: Vec<(Node, u32)>,
    pub(super) answer: Option<Answer>,
}

/// The machines of a protocol.
pub(super) trait Automata {
    /// What a node knows in the beginning.
    fn first(&mut self, node: Node) -> u32;

    /// What a node that knows this does.
    fn step(&mut self, node: Node, state: u32, happens: Happens, now: u64) -> Outcome;

    /// Whether a client does anything about a message, now or later.
    fn awaits(&self, client: u32, message: u32) -> bool;

    /// Whether a request makes no difference any more.
    fn is_moot(&self, from: u32, to: u32, message: u32) -> bool;

    /// Whether a message between replicas makes no difference any more.
    fn is_moot_between(&self, from: u32, to: u32, message: u32) -> bool;

    /// A client for which replicas have other names.
    fn renamed(&mut self, client: u32, to: &[u8]) -> Option<u32>;

    /// What a picture says of a message.
    fn said(&self, message: u32) -> String;

    /// What a replica that knows this holds.
    fn holds(&self, replica: u32) -> Data;
}

/// Nobody waits for anything: alarms go off when the exploration wants it.
const TIMING: Timing = Timing {
    resend: 1,
    gossip: 1,
    suspect: 1,
};

/// The machines of `P`.
pub(super) struct Machines<'a, P: Explorable> {
    protocol: &'a P,
    cluster: Cluster,
    replicas: Interned<P::Replica>,
    clients: Interned<P::Client>,
    messages: Interned<P::Message>,
}

impl<'a, P: Explorable> Machines<'a, P> {
    pub(super) fn new(protocol: &'a P, cluster: Cluster) -> Self {
        Self {
            protocol,
            cluster,
            replicas: Interned::default(),
            clients: Interned::default(),
            messages: Interned::default(),
        }
    }
}

impl<P: Explorable> Automata for Machines<'_, P> {
    fn first(&mut self, node: Node) -> u32 {
        if self.cluster.is_replica(node) {
            let replica = self.protocol.replica(node, self.cluster);
            self.replicas.number(replica)
        } else {
            let client = self.protocol.client(node, self.cluster);
            self.clients.number(client)
        }
    }

    fn step(&mut self, node: Node, state: u32, happens: Happens, now: u64) -> Outcome {
        let mut effects = Effects::new(node, self.cluster, now, TIMING);
        let event = match happens {
            Happens::Invoke(request) => Event::Invoke(request),
            Happens::Receive(from, message) => {
                Event::Receive(from, self.messages.get(message).clone())
            }
            Happens::Alarm(alarm) => Event::Alarm(alarm),
        };
        let state = if self.cluster.is_replica(node) {
            let mut replica = self.replicas.get(state).clone();
            self.protocol.on_replica(&mut replica, event, &mut effects);
            self.replicas.number(replica)
        } else {
            let mut client = self.clients.get(state).clone();
            self.protocol.on_client(&mut client, event, &mut effects);
            self.clients.number(client)
        };
        let sent = effects.sent.into_iter();
        Outcome {
            state,
            sent: sent
                .map(|(to, message)| (to, self.messages.number(message)))
                .collect(),
            answer: effects.answer,
        }
    }

    fn awaits(&self, client: u32, message: u32) -> bool {
        let (client, message) = (self.clients.get(client), self.messages.get(message));
        self.protocol.awaits(client, message)
    }

    fn is_moot(&self, from: u32, to: u32, message: u32) -> bool {
        let (from, to) = (self.clients.get(from), self.replicas.get(to));
        self.protocol.is_moot(from, to, self.messages.get(message))
    }

    fn is_moot_between(&self, from: u32, to: u32, message: u32) -> bool {
        let (from, to) = (self.replicas.get(from), self.replicas.get(to));
        let message = self.messages.get(message);
        self.protocol.is_moot_between(from, to, message)
    }

    fn renamed(&mut self, client: u32, to: &[u8]) -> Option<u32> {
        let renamed = self.protocol.renamed(self.clients.get(client), to)?;
        Some(self.clients.number(renamed))
    }

    fn said(&self, message: u32) -> String {
        self.messages.get(message).to_string()
    }

    fn holds(&self, replica: u32) -> Data {
        self.protocol.holds(self.replicas.get(replica))
    }
}

//! [`omnipaxos`]: a replicated log, which here has the register's operations for entries, reads included.
//!
//! Every replica applies the entries that are decided, in order, and the one that a client asked answers it then. That is
//! *state machine replication*, and it makes any object atomic, compare-and-swap included; a register alone would need less.
//!
//! Source: Ng, Haridi and Carbone, *Omni-Paxos: breaking the barriers of partial connectivity*, 2023.

use std::fmt;

use ::omnipaxos::messages::Message as LogMessage;
use ::omnipaxos::storage::{Entry, NoSnapshot};
use ::omnipaxos::util::LogEntry;
use ::omnipaxos::{ClusterConfig, ServerConfig};
use histories::Model;
use omnipaxos_storage::memory_storage::MemoryStorage;
use registers::Arity;
use serde::{Deserialize, Serialize};

use replicas::client_table::{ClientTable, Known, Outcome};
use replicas::machine::{
    Alarm, Answer, Claims, Cluster, Data, Effects, Event, Node, Protocol, Request,
};

/// A log that others wrote.
#[derive(Clone, Debug)]
pub struct OmniPaxos;

impl OmniPaxos {
    /// Its name.
    pub const NAME: &str = "omnipaxos";

    /// What it claims.
    pub const CLAIMS: Claims = Claims {
        model: Model::Atomic,
        writers: Arity::Many,
        swaps: true,
    };
}

/// An entry of the log: an operation, and which replica was asked for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Command {
    client: Node,
    op: u32,
    request: Request,
    asked: Node,
}

impl Entry for Command {
    type Snapshot = NoSnapshot;
}

/// What is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Message {
    /// From a client: do this.
    Ask {
        /// The number of the operation.
        op: u32,
        /// What to do.
        request: Request,
    },
    /// To a client: the value.
    Held {
        /// The number of the operation.
        op: u32,
        /// The value.
        data: Data,
    },
    /// To a client: it is done.
    Done {
        /// The number of the operation.
        op: u32,
        /// How it ended.
        outcome: Outcome,
    },
    /// Between replicas: what the log sends.
    Log(LogMessage<Command>),
}

/// A replica: its log, and what the decided entries come to.
pub struct Replica {
    log: ::omnipaxos::OmniPaxos<Command, MemoryStorage<Command>>,
    applied: usize,
    data: Data,
    table: ClientTable,
    sent: Vec<LogMessage<Command>>,
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client {
    op: u32,
    waits_for: Option<Request>,
    moved: u8,
}

/// How often the log's clock ticks within the time after which a leader is suspected.
const TICKS: u64 = 5;

impl Protocol for OmniPaxos {
    type Message = Message;
    type Replica = Replica;
    type Client = Client;

    fn name(&self) -> String {
        Self::NAME.to_owned()
    }

    fn claims(&self) -> Claims {
        Self::CLAIMS
    }

    /// # Panics
    ///
    /// If there is one replica only: the log needs two at least.
    fn replica(&self, me: Node, cluster: Cluster) -> Replica {
        let nodes = cluster.replicas().map(|node| u64::from(node.0) + 1);
        let config = ClusterConfig {
            configuration_id: 1,
            nodes: nodes.collect(),
            flexible_quorum: None,
        };
        let server = ServerConfig {
            pid: u64::from(me.0) + 1,
            election_tick_timeout: TICKS,
            resend_message_tick_timeout: TICKS,
            ..ServerConfig::default()
        };
        let log = config.build_for_server(server, MemoryStorage::default());
        Replica {
            log: log.expect("there are two replicas at least"),
            applied: 0,
            data: Data::default(),
            table: ClientTable::default(),
            sent: Vec::new(),
        }
    }

    fn client(&self, _me: Node, _cluster: Cluster) -> Client {
        Client::default()
    }

    fn on_replica(
        &self,
        replica: &mut Replica,
        event: Event<Message>,
        effects: &mut Effects<Message>,
    ) {
        match event {
            Event::Receive(client, Message::Ask { op, request }) => {
                let asked = effects.me;
                // While there is no leader it is lost, and its client asks again.
                let _ = replica.log.append(Command {
                    client,
                    op,
                    request,
                    asked,
                });
            }
            Event::Receive(_, Message::Log(message)) => replica.log.handle_incoming(message),
            Event::Start | Event::Alarm(Alarm::Gossip) => {
                replica.log.tick();
                let tick = effects.timing.suspect / TICKS;
                effects.alarms.push((Alarm::Gossip, tick.max(1)));
            }
            _ => {}
        }
        replica.apply(effects);
        replica.log.take_outgoing_messages(&mut replica.sent);
        for message in replica.sent.drain(..) {
            let to = Node((message.get_receiver() - 1) as u8);
            effects.send(to, Message::Log(message));
        }
    }

    fn on_client(
        &self,
        client: &mut Client,
        event: Event<Message>,
        effects: &mut Effects<Message>,
    ) {
        match event {
            Event::Invoke(request) => {
                client.op += 1;
                client.waits_for = Some(request);
                client.ask(effects);
            }
            Event::Alarm(Alarm::Resend) if client.waits_for.is_some() => {
                client.moved = client.moved.wrapping_add(1);
                client.ask(effects);
            }
            Event::Receive(_, message) if self.awaits(client, &message) => {
                client.waits_for = None;
                match message {
                    Message::Held { data, .. } => effects.answer(Answer::Read(data)),
                    Message::Done { outcome, .. } => effects.answer(outcome.into()),
                    Message::Ask { .. } | Message::Log(_) => {}
                }
            }
            _ => {}
        }
    }

    fn alarms(&self) -> &'static [Alarm] {
        &[Alarm::Resend, Alarm::Gossip]
    }

    fn needs_order(&self) -> bool {
        true
    }

    fn holds(&self, replica: &Replica) -> Data {
        replica.data
    }

    fn awaits(&self, client: &Client, answer: &Message) -> bool {
        match answer {
            Message::Held { op, .. } | Message::Done { op, .. } => {
                client.waits_for.is_some() && *op == client.op
            }
            Message::Ask { .. } | Message::Log(_) => false,
        }
    }
}

impl Replica {
    /// Applies what has been decided, and answers those who asked here.
    fn apply(&mut self, effects: &mut Effects<Message>) {
        if self.log.get_decided_idx() == self.applied {
            return;
        }
        let decided = self.log.read_decided_suffix(self.applied);
        for entry in decided.into_iter().flatten() {
            self.applied += 1;
            let LogEntry::Decided(command) = entry else {
                continue;
            };
            let Command {
                client,
                op,
                request,
                asked,
            } = command;
            let outcome = match (request, self.table.look_up(client, op)) {
                (Request::Read, _) => None,
                (_, Known::Past) => continue,
                (_, Known::Done(outcome)) => Some(outcome),
                (request, Known::New) => request.perform(&mut self.data),
            };
            if let Some(outcome) = outcome {
                self.table.note(client, op, outcome);
            }
            if asked == effects.me {
                let data = self.data;
                effects.send(
                    client,
                    match outcome {
                        None => Message::Held { op, data },
                        Some(outcome) => Message::Done { op, outcome },
                    },
                );
            }
        }
    }
}

impl Client {
    /// Asks the nearest replica, or another one if that did not answer.
    fn ask(&self, effects: &mut Effects<Message>) {
        let Some(request) = self.waits_for else {
            return;
        };
        let cluster = effects.cluster;
        let to = (u32::from(cluster.nearest(effects.me).0) + u32::from(self.moved))
            % u32::from(cluster.replicas);
        let op = self.op;
        effects.send(Node(to as u8), Message::Ask { op, request });
        effects.set(Alarm::Resend);
    }
}

impl fmt::Debug for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replica")
            .field("applied", &self.applied)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask { request, .. } => request.fmt(f),
            Self::Held { data, .. } => write!(f, "it is {data}"),
            Self::Done { outcome, .. } => outcome.fmt(f),
            Self::Log(_) => f.write_str("of the log"),
        }
    }
}

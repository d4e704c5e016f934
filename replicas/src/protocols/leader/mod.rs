//! Leader: one replica decides on the order of the writes, as a [primary](super::primary) does, and a majority decides who
//! that is.
//!
//! Time is cut into *views*, and view `v` belongs to replica `v`, counted around. Who suspects the leader asks all others for
//! their vote in the next view that is its own. To vote is to **promise** to take nothing from earlier views, and to tell what
//! one holds; a majority's votes make it the leader, with the newest that it was told. Whatever was acknowledged was stored
//! by a majority, one of which has voted: nothing is lost. And whatever the old leader wants to have stored is refused by
//! one of any majority: there are not two.
//!
//! ```
//! # use replicas::exhibits::Exhibit;
//! let picture = "
//! init: 0
//! Thread 1:                      rrrrr(0)
//! Thread 2:            wwwwwwwwww(1)
//! Replica A:  0                    7
//! Replica B:  0  1   3   4(1) 6
//! Replica C:  0    2       5(1)
//!      1  B        suspects whoever leads
//!      2  B -> C   vote for view 1
//!      3  C -> B   vote for view 1; it is 0
//!      4  T2 -> B  write 1
//!      5  B -> C   store 1 in view 1
//!      6  C -> B   stored in view 1
//!      7  T1 -> A  read
//! ";
//! let found = Exhibit::StaleLeader.drawn().expect("exploring finds it");
//! assert_eq!(found.to_string().trim(), picture.trim());
//! ```
//!
//! A leader cannot know that it still leads. It may be cut off, while the others have gone on. So how it answers **reads**
//! decides everything ([`Reads`]):
//!
//! * **confirmed**: it has its value stored once more, by a majority that it asks anew. Then it has led at an instant since
//!   the read was invoked: atomic;
//! * **unchecked**: from what it has. A leader that was replaced and does not know it returns a **stale** value;
//! * on a **lease**: those who store something for a leader also promise to vote for nobody for a while, and the leader
//!   answers from what it has, for a while. That while is measured on two clocks. If these may be `d` apart, those who
//!   promise have to wait a *margin* of twice `d` longer: the one clock may be behind when the promise begins, and ahead
//!   when it ends. See [`lease`].
//!
//! *What breaks it* besides: a new leader that serves what it was told before a majority has stored it. Here each operation,
//! reads included, has the leader's whole state stored in its view, so that this cannot happen.
//!
//! Source: Oki and Liskov, *Viewstamped replication*, 1988; Liskov and Cowling, *Viewstamped replication revisited*, 2012;
//! leases: Gray and Cheriton, *Leases: an efficient fault-tolerant mechanism for distributed file cache consistency*, 1989.

use std::cmp::Ordering;

use histories::Model;
use registers::Arity;
use serde::{Deserialize, Serialize};

use crate::client_table::ClientTable;
use crate::machine::{
    Alarm, Answer, Claims, Cluster, Data, Effects, Event, Node, Nodes, Protocol, Request, Stamp,
};

pub mod lease;
mod message;
mod serving;

pub use lease::Lease;
pub use message::Message;

/// How a leader answers reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// After a majority has stored its state once more.
    Confirmed,
    /// From what it has.
    Unchecked,
    /// From what it has, as long as its lease lasts.
    Lease(Lease),
}

/// A leader for each view.
#[derive(Clone, Debug)]
pub struct Leader {
    /// How it answers reads.
    pub reads: Reads,
}

impl Leader {
    /// Reads are confirmed.
    pub const CONFIRMED: Self = Self {
        reads: Reads::Confirmed,
    };
    /// Reads are not checked.
    pub const UNCHECKED: Self = Self {
        reads: Reads::Unchecked,
    };

    /// Reads are answered on a lease.
    #[must_use]
    pub const fn leasing(lease: Lease) -> Self {
        Self {
            reads: Reads::Lease(lease),
        }
    }
}

/// What is replicated: the value, and what was told to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct State {
    /// The view and the number of the write.
    stamp: Stamp,
    data: Data,
    table: ClientTable,
}

/// A copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Replica {
    /// The view that it is in: it takes nothing from earlier ones.
    view: u32,
    state: State,
    role: Role,
    /// By its clock, until when it has promised to vote for nobody; 0 without leases.
    promised_until: u64,
}

/// What a replica does in its view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
enum Role {
    /// It follows, or it is the leader of the first view and has served nobody yet.
    #[default]
    Follows,
    /// It asks for votes: who has voted, and the newest state that it was told.
    Campaigns { votes: Nodes, newest: State },
    /// It leads.
    Leads(Leading),
}

/// What a leader keeps in mind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Leading {
    /// How often it has asked the others to store its state.
    asked: u32,
    /// The rounds of asking that matter and that no majority has answered yet.
    rounds: Vec<Round>,
    /// The operations that wait for a round.
    waiting: Vec<Waiting>,
    /// The last write that a majority has stored in this view: its number, and what it wrote.
    stored: Option<(u32, Data)>,
    /// By its clock, until when it may answer reads from what it has.
    lease_until: u64,
}

/// One time of asking the others to store the leader's state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Round {
    round: u32,
    /// What the register held then.
    data: Data,
    /// The number of the last write in that state.
    number: u32,
    /// By the leader's clock, when it began; 0 without leases.
    begun: u64,
    /// Who has stored it.
    stored: Nodes,
}

/// An operation under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Waiting {
    round: u32,
    client: Node,
    answer: Message,
}

/// Who writes or reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client {
    op: u32,
    waits_for: Option<Request>,
    /// How often it went to another replica because one did not answer.
    moved: u8,
}

impl Protocol for Leader {
    type Message = Message;
    type Replica = Replica;
    type Client = Client;

    fn name(&self) -> String {
        match self.reads {
            Reads::Confirmed => "leader".to_owned(),
            Reads::Unchecked => "leader-unchecked".to_owned(),
            Reads::Lease(_) => "leader-lease".to_owned(),
        }
    }

    fn claims(&self) -> Claims {
        Claims {
            model: Model::Atomic,
            writers: Arity::Many,
            swaps: true,
        }
    }

    fn replica(&self, _me: Node, _cluster: Cluster) -> Replica {
        Replica::default()
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
            Event::Receive(
                _,
                Message::Ask {
                    client,
                    op,
                    request,
                },
            ) => self.serve(replica, client, op, request, effects),
            Event::Receive(from, Message::Store { round, state }) => {
                self.store(replica, from, round, state, effects);
            }
            Event::Receive(from, Message::Stored { view, round }) if view == replica.view => {
                self.stored(replica, from, round, effects);
            }
            Event::Receive(from, Message::Campaign { view }) => {
                self.vote(replica, from, view, effects);
            }
            Event::Receive(from, Message::Vote { view, state }) if view == replica.view => {
                replica.count(from, state, effects);
            }
            Event::Receive(_, Message::Outdated { view }) => replica.enter(view),
            Event::Start if replica.leads(effects) => effects.set(Alarm::Gossip),
            Event::Start => replica.watch(effects),
            Event::Alarm(Alarm::Gossip) if replica.leads(effects) => {
                self.ask_to_store(replica, effects);
                effects.set(Alarm::Gossip);
            }
            Event::Alarm(Alarm::Suspect) if !replica.leads(effects) => {
                self.campaign(replica, effects);
            }
            _ => {}
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
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn alarms(&self) -> &'static [Alarm] {
        &Alarm::ALL
    }

    fn has_clocks(&self) -> bool {
        matches!(self.reads, Reads::Lease(_))
    }

    fn holds(&self, replica: &Replica) -> Data {
        replica.state.data
    }

    fn awaits(&self, client: &Client, answer: &Message) -> bool {
        match answer {
            Message::Held { op, .. } | Message::Done { op, .. } => {
                client.waits_for.is_some() && *op == client.op
            }
            _ => false,
        }
    }

    fn is_moot(&self, from: &Client, _to: &Replica, message: &Message) -> bool {
        matches!(message, Message::Ask { op, request: Request::Read, .. }
            if from.waits_for.is_none() || *op != from.op)
    }

    fn is_moot_between(&self, from: &Replica, to: &Replica, message: &Message) -> bool {
        match message {
            Message::Store { round, state } => {
                let view = state.stamp.0;
                match view.cmp(&to.view) {
                    Ordering::Less => from.view >= to.view,
                    Ordering::Greater => false,
                    // On a lease it would renew a promise, which only keeps its voter from what it need not do anyway.
                    Ordering::Equal => state.stamp <= to.state.stamp && !from.counts(view, *round),
                }
            }
            Message::Stored { view, round } => !to.counts(*view, *round),
            Message::Outdated { view } | Message::Campaign { view } => *view <= to.view,
            Message::Vote { view, .. } => {
                *view < to.view || *view == to.view && !matches!(to.role, Role::Campaigns { .. })
            }
            Message::Ask { .. } | Message::Held { .. } | Message::Done { .. } => false,
        }
    }
}

impl Replica {
    /// Whether it makes a difference to it who has answered a round.
    fn counts(&self, view: u32, round: u32) -> bool {
        let Role::Leads(leading) = &self.role else {
            return false;
        };
        self.view == view && leading.rounds.iter().any(|it| it.round <= round)
    }
}

impl Client {
    /// Asks a replica, which knows who leads: the nearest, or another one if that did not answer.
    fn ask(&self, effects: &mut Effects<Message>) {
        let Some(request) = self.waits_for else {
            return;
        };
        let (client, cluster) = (effects.me, effects.cluster);
        let to = (u32::from(cluster.nearest(client).0) + u32::from(self.moved))
            % u32::from(cluster.replicas);
        let op = self.op;
        let message = Message::Ask {
            client,
            op,
            request,
        };
        effects.send(Node(to as u8), message);
        effects.set(Alarm::Resend);
    }
}

//! Primary and backups: one replica decides on the order of the writes, and copies them to the others.
//!
//! It is how most databases replicate, and two settings decide what it guarantees: *when a write is acknowledged* (when the
//! primary has it, a majority, or all), and *where reads go* (to the primary, to the nearest replica, to any). PACELC's two
//! ways of being done, of the study note, are the first two acknowledgements.
//!
//! ```
//! # use replicas::exhibits::Exhibit;
//! let picture = "
//! init: 0
//! Thread 1:   wwwwwwwwwww(1)
//! Thread 3:              rrrrr(0)
//! Replica A:  0  1(1) 3
//! Replica B:  0    2(1)
//! Replica C:  0            4
//!      1  T1 -> A  write 1
//!      2  A -> B   keep 1, version 1
//!      3  B -> A   kept version 1
//!      4  T3 -> C  ask
//! ";
//! let found = Exhibit::StaleBackup.drawn().expect("exploring finds it");
//! assert_eq!(found.to_string().trim(), picture.trim());
//! ```
//!
//! | acknowledged by | reads | what a reader may see |
//! |---|---|---|
//! | the primary | anywhere | the new value, and then at another replica the old one |
//! | the primary | anywhere, with a token | a session that tells which write it has seen finds nothing older; others may |
//! | a majority | nearest | still an old value: **a majority's acknowledgement buys durability, not freshness** |
//! | all | anywhere | only values of writes under way: regular, and a **new-old inversion** between two readers |
//! | any | the primary | the latest value: atomic, as long as the primary stays |
//!
//! *What breaks it* is failing over. The replica next in turn takes over when it suspects the primary, and asks nobody
//! ([`Failover::NextInTurn`]): then a write that only the primary had is lost, and as a suspicion may be wrong, there may be
//! two primaries at once, a *split brain*. How to fail over is what a [leader](super::leader) shows. A primary performs no
//! request twice: see the [client table](crate::client_table), and [`Primary::forgetting`] without it.
//!
//! Source: Alsberg and Day, *A principle for resilient sharing of distributed resources*, 1976; Budhiraja, Marzullo, Schneider
//! and Toueg, *The primary-backup approach*, 1993; Terry et al., *Session guarantees for weakly consistent replicated data*,
//! 1994, for the token.

use histories::Model;
use registers::Arity;

use crate::client_table::{ClientTable, Known, Outcome};
use crate::machine::{
    Alarm, Answer, Claims, Cluster, Data, Effects, Event, Node, Nodes, Protocol, Request, Stamp,
};

mod message;

pub use message::Message;

/// When a write is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// When the primary has it.
    Primary,
    /// When a majority has it.
    Majority,
    /// When all have it.
    All,
}

/// Where reads go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// To the primary.
    Primary,
    /// To the replica nearest to the client.
    Nearest,
    /// To one after the other, as behind a load balancer.
    Anywhere,
    /// The same; and a replica lets a read wait until it has the write that the client has seen last.
    Token,
}

/// What happens when the primary is suspected to have stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failover {
    /// Nothing.
    Never,
    /// The replica next in turn takes over, and asks nobody.
    NextInTurn,
}

/// A primary and its backups.
#[derive(Clone, Debug)]
pub struct Primary {
    /// When a write is acknowledged.
    pub ack: Ack,
    /// Where reads go.
    pub reads: Reads,
    /// What happens when the primary is suspected.
    pub failover: Failover,
    /// Whether the primary performs a request again that comes again.
    pub forgets: bool,
}

impl Primary {
    /// A primary that stays the primary.
    #[must_use]
    pub const fn new(ack: Ack, reads: Reads) -> Self {
        Self {
            ack,
            reads,
            failover: Failover::Never,
            forgets: false,
        }
    }

    /// The replica next in turn takes over from a primary that is suspected.
    #[must_use]
    pub const fn failing_over(self) -> Self {
        Self {
            failover: Failover::NextInTurn,
            ..self
        }
    }

    /// The primary performs a request again that comes again.
    #[must_use]
    pub const fn forgetting(self) -> Self {
        Self {
            forgets: true,
            ..self
        }
    }

    fn fails_over(&self) -> bool {
        self.failover != Failover::Never
    }

    fn needed(&self, cluster: Cluster) -> u8 {
        match self.ack {
            Ack::Primary => 1,
            Ack::Majority => cluster.majority(),
            Ack::All => cluster.replicas,
        }
    }
}

/// A copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Replica {
    /// Which primary it follows: that of view `v` is replica `v`, counted around.
    view: u32,
    data: Data,
    /// The view and the number of the write.
    stamp: Stamp,
    /// Of the primary: writes that not enough replicas have, with those that do.
    waiting: Vec<(Stamp, Node, u32, Nodes)>,
    table: ClientTable,
    /// Reads that wait for the write that their client has seen.
    held_back: Vec<(Node, u32, Stamp)>,
}

/// Who writes or reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client {
    op: u32,
    request: Option<Request>,
    /// The newest write that it has seen, if it carries a token.
    token: Stamp,
    /// How often it went to another replica because one did not answer.
    moved: u8,
}

impl Protocol for Primary {
    type Message = Message;
    type Replica = Replica;
    type Client = Client;

    fn name(&self) -> String {
        let ack = match self.ack {
            Ack::Primary => "primary",
            Ack::Majority => "primary-majority",
            Ack::All => "primary-all",
        };
        let reads = match self.reads {
            Reads::Primary => "",
            Reads::Nearest => "-nearest",
            Reads::Anywhere => "-anywhere",
            Reads::Token => "-token",
        };
        let failover = if self.fails_over() { "-failover" } else { "" };
        let forgets = if self.forgets { "-forgetting" } else { "" };
        format!("{ack}{reads}{failover}{forgets}")
    }

    fn claims(&self) -> Claims {
        let model = match (self.ack, self.reads) {
            (_, Reads::Primary) => Model::Atomic,
            (Ack::All, _) => Model::StrongRegular,
            (_, Reads::Token) => Model::Sequential,
            (_, Reads::Nearest) => Model::MonotonicReads,
            (_, Reads::Anywhere) => Model::WritesFollowReads,
        };
        Claims {
            model,
            writers: Arity::Many,
            swaps: false,
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
            Event::Receive(_, message @ (Message::Ask { .. } | Message::Write { .. })) => {
                self.serve(replica, message, effects);
            }
            Event::Receive(from, Message::Copy { stamp, data }) => {
                self.copy(replica, from, stamp, data, effects);
            }
            Event::Receive(from, Message::Copied { stamp }) => {
                let needed = self.needed(effects.cluster);
                replica.waiting.retain_mut(|(write, client, op, by)| {
                    if *write <= stamp {
                        by.add(from);
                    }
                    let is_done = by.count() >= needed;
                    if is_done {
                        let (op, stamp) = (*op, *write);
                        effects.send(*client, Message::Wrote { op, stamp });
                    }
                    !is_done
                });
            }
            Event::Start if replica.leads(effects) => effects.set(Alarm::Gossip),
            Event::Start => self.watch(replica, effects),
            Event::Alarm(Alarm::Gossip) if replica.leads(effects) => {
                replica.copy_to_all(effects);
                effects.set(Alarm::Gossip);
            }
            Event::Alarm(Alarm::Suspect) if self.fails_over() && !replica.leads(effects) => {
                replica.take_over(effects);
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
            Event::Invoke(Request::CompareAndSwap(..)) => effects.answer(Answer::Refused),
            Event::Invoke(request) => {
                client.op += 1;
                client.request = Some(request);
                self.ask(client, effects);
            }
            Event::Alarm(Alarm::Resend) => {
                client.moved += u8::from(self.fails_over());
                self.ask(client, effects);
            }
            Event::Receive(_, message) if self.awaits(client, &message) => {
                client.request = None;
                if let Message::Held { stamp, .. } | Message::Wrote { stamp, .. } = message
                    && self.reads == Reads::Token
                {
                    client.token = client.token.max(stamp);
                }
                effects.answer(match message {
                    Message::Held { data, .. } => Answer::Read(data),
                    _ => Answer::Wrote,
                });
            }
            _ => {}
        }
    }

    fn alarms(&self) -> &'static [Alarm] {
        &Alarm::ALL
    }

    fn holds(&self, replica: &Replica) -> Data {
        replica.data
    }

    fn awaits(&self, client: &Client, answer: &Message) -> bool {
        match (client.request, answer) {
            (Some(Request::Read), Message::Held { op, .. })
            | (Some(Request::Write(_)), Message::Wrote { op, .. }) => *op == client.op,
            _ => false,
        }
    }

    fn is_moot(&self, from: &Client, _to: &Replica, message: &Message) -> bool {
        matches!(message, Message::Ask { op, .. } if from.request.is_none() || *op != from.op)
    }

    fn is_moot_between(&self, from: &Replica, to: &Replica, message: &Message) -> bool {
        let waits = |at: &Replica, stamp: Stamp| at.waiting.iter().any(|it| it.0 <= stamp);
        match message {
            Message::Copy { stamp, .. } => {
                let is_outdated = stamp.0 < to.view;
                let is_new = stamp.0 > to.view || *stamp > to.stamp;
                is_outdated || !is_new && (self.ack == Ack::Primary || !waits(from, *stamp))
            }
            Message::Copied { stamp } => !waits(to, *stamp),
            _ => false,
        }
    }
}

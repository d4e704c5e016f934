//! Last writer wins: every replica takes every write at once, and tells the others when it can.
//!
//! A client talks to one replica, which answers without asking anybody: this is the *AP* choice of CAP. Writes carry a stamp,
//! a counter as Lamport (1978) has it and the writer's name, and of two values a replica keeps that with the higher stamp.
//! So replicas that have heard of the same writes hold the same value, in whatever order they heard of them: they
//! *converge*. What they do meanwhile depends on the client:
//!
//! * **sticky**: it stays with the replica nearest to it. Then it never sees anything older than it has seen before, and one
//!   register is sequentially consistent: all agree on the order of the stamps. But it may see old values for as long as the
//!   replicas are cut off from each other;
//! * **roaming**: it goes from replica to replica, as behind a load balancer, and may find its own write gone:
//!
//! ```
//! # use replicas::exhibits::Exhibit;
//! let picture = "
//! init: 0
//! Thread 1:   wwwwww(1)  rrrrr(0)
//! Replica A:  0  1(1)
//! Replica B:  0            2
//! Replica C:  0
//!      1  T1 -> A  store 1, stamp 1
//!      2  T1 -> B  ask
//! ";
//! let found = Exhibit::OwnWriteGone.drawn().expect("exploring finds it");
//! assert_eq!(found.to_string().trim(), picture.trim());
//! ```
//!
//! *What breaks safe*: nothing ties a read to writes that completed elsewhere, so both are **stale** without a bound. Of two
//! registers not even the sticky one is sequential: each is by itself, and both together are not (the study note's question
//! of an order of *all* operations, over a network).
//!
//! Source: Thomas, *A majority consensus approach to concurrency control*, 1979, for the rule of stamps; Lamport, *Time,
//! clocks, and the ordering of events*, 1978, for the stamps.

use std::fmt;

use histories::Model;
use registers::Arity;
use serde::{Deserialize, Serialize};

use crate::machine::{
    Alarm, Answer, Claims, Cluster, Data, Effects, Event, Node, Protocol, Request, Stamp,
};

/// Every replica takes writes; the highest stamp wins.
#[derive(Clone, Debug)]
pub struct LastWriterWins {
    /// Whether clients go from replica to replica.
    pub roaming: bool,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Message {
    /// Store this, unless you hold something newer.
    Store {
        /// The number of the operation.
        op: u32,
        /// The value.
        data: Data,
        /// Its stamp.
        stamp: Stamp,
    },
    /// It is stored, or overwritten already.
    Stored {
        /// The number of the operation.
        op: u32,
    },
    /// What do you hold?
    Ask {
        /// The number of the operation.
        op: u32,
    },
    /// This.
    Held {
        /// The number of the operation.
        op: u32,
        /// The value.
        data: Data,
        /// Its stamp.
        stamp: Stamp,
    },
    /// From replica to replica: this is what I hold.
    Spread {
        /// The value.
        data: Data,
        /// Its stamp.
        stamp: Stamp,
    },
}

/// A copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Replica {
    data: Data,
    stamp: Stamp,
}

/// Who writes or reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client {
    op: u32,
    request: Option<Request>,
    /// The highest stamp that it has met.
    clock: u32,
}

impl Replica {
    /// Keeps the newer one; says whether that is the new one.
    fn keep(&mut self, data: Data, stamp: Stamp) -> bool {
        let is_newer = stamp > self.stamp;
        if is_newer {
            *self = Self { data, stamp };
        }
        is_newer
    }

    fn spread(&self, effects: &mut Effects<Message>) {
        let Self { data, stamp } = *self;
        effects.send_all(&Message::Spread { data, stamp });
    }
}

impl Protocol for LastWriterWins {
    type Message = Message;
    type Replica = Replica;
    type Client = Client;

    fn name(&self) -> String {
        let how = if self.roaming { "roaming" } else { "sticky" };
        format!("last-writer-wins-{how}")
    }

    fn claims(&self) -> Claims {
        Claims {
            model: if self.roaming {
                Model::WritesFollowReads
            } else {
                Model::Sequential
            },
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
            Event::Receive(writer, Message::Store { op, data, stamp }) => {
                if replica.keep(data, stamp) {
                    replica.spread(effects);
                }
                effects.send(writer, Message::Stored { op });
            }
            Event::Receive(reader, Message::Ask { op }) => {
                let Replica { data, stamp } = *replica;
                effects.send(reader, Message::Held { op, data, stamp });
            }
            Event::Receive(_, Message::Spread { data, stamp }) => {
                replica.keep(data, stamp);
            }
            Event::Start => effects.set(Alarm::Gossip),
            // What was lost on the way, or cut off, is made up for.
            Event::Alarm(Alarm::Gossip) => {
                replica.spread(effects);
                effects.set(Alarm::Gossip);
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
                // Also the stamp of a write that was given up is used only once.
                client.clock += u32::from(request != Request::Read);
                client.request = Some(request);
                self.ask(client, effects);
            }
            Event::Alarm(Alarm::Resend) => self.ask(client, effects),
            Event::Receive(_, message) if self.awaits(client, &message) => {
                client.request = None;
                match message {
                    Message::Held { data, stamp, .. } => {
                        client.clock = client.clock.max(stamp.0);
                        effects.answer(Answer::Read(data));
                    }
                    _ => effects.answer(Answer::Wrote),
                }
            }
            _ => {}
        }
    }

    fn alarms(&self) -> &'static [Alarm] {
        &[Alarm::Resend, Alarm::Gossip]
    }

    fn holds(&self, replica: &Replica) -> Data {
        replica.data
    }

    fn awaits(&self, client: &Client, answer: &Message) -> bool {
        match (client.request, answer) {
            (Some(Request::Read), Message::Held { op, .. })
            | (Some(Request::Write(_)), Message::Stored { op }) => *op == client.op,
            _ => false,
        }
    }

    fn is_moot(&self, from: &Client, _to: &Replica, message: &Message) -> bool {
        matches!(message, Message::Ask { op } if from.request.is_none() || *op != from.op)
    }

    fn is_moot_between(&self, _from: &Replica, to: &Replica, message: &Message) -> bool {
        matches!(message, Message::Spread { stamp, .. } if *stamp <= to.stamp)
    }
}

impl LastWriterWins {
    fn ask(&self, client: &Client, effects: &mut Effects<Message>) {
        let nearest = effects.cluster.nearest(effects.me);
        let to = if self.roaming {
            let round = u32::from(nearest.0) + client.op - 1;
            Node((round % u32::from(effects.cluster.replicas)) as u8)
        } else {
            nearest
        };
        let op = client.op;
        let message = match client.request {
            Some(Request::Read) => Message::Ask { op },
            Some(Request::Write(data)) => {
                let stamp = Stamp(client.clock, effects.me.0.into());
                Message::Store { op, data, stamp }
            }
            _ => return,
        };
        effects.send(to, message);
        effects.set(Alarm::Resend);
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store { data, stamp, .. } => write!(f, "store {data}, stamp {}", stamp.0),
            Self::Stored { .. } => f.write_str("stored"),
            Self::Ask { .. } => f.write_str("ask"),
            Self::Held { data, stamp, .. } => write!(f, "it is {data}, stamp {}", stamp.0),
            Self::Spread { data, stamp } => write!(f, "there is {data}, stamp {}", stamp.0),
        }
    }
}

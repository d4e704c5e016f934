//! Chain: writes enter at the head, go from replica to replica, and are acknowledged by the tail, which answers reads.
//!
//! The tail has only what all others have, too. So one replica decides what is visible, and the register is atomic at two
//! messages an operation and a replica's hop: a read asks a single replica, a write takes as long as the chain is. The head
//! numbers the writes, and computes what a compare-and-swap comes to.
//!
//! ```
//! # use replicas::every::{Setup, shortest};
//! # use replicas::protocols::Chain;
//! let picture = "
//! init: 0
//! Thread 1:   wwwwwwwwww(1)
//! Thread 2:             rrrrr(1)
//! Replica A:  0  1(1)
//! Replica B:  0    2(1)
//! Replica C:  0      3(1) 4
//!      1  T1 -> A  write 1
//!      2  A -> B   keep 1, number 1
//!      3  B -> C   keep 1, number 1
//!      4  T2 -> C  read
//! ";
//! let wanted = |history: &histories::History| {
//!     let all = history.operations();
//!     all.len() == 2 && !all[0].is_pending() && all[1].returned() == Some(&1.into())
//! };
//! let found = shortest(&Chain::default(), &"w.r".parse()?, &Setup::default(), wanted)?;
//! assert_eq!(found.expect("there is one").to_string().trim(), picture.trim());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! *Why it is atomic*: order the writes by their numbers; a read returns the tail's, which only grows. *What breaks it*: a
//! head that gives a request which comes twice **a second number**; then an old value, under a new number, overwrites what
//! came between ([`Chain::forgetting`]; the client table prevents it). *What it costs*: latency is the length of the chain,
//! and one replica that stops stops writes, reads or both, until somebody outside closes the gap: the paper has a master for
//! that, which is a consensus of its own, and not part of this file. Who only writes must still be connected to the tail.
//!
//! Source: van Renesse and Schneider, *Chain replication for supporting high throughput and availability*, 2004.

use std::fmt;

use histories::Model;
use registers::Arity;
use serde::{Deserialize, Serialize};

use crate::client_table::{ClientTable, Known, Outcome};
use crate::machine::{
    Alarm, Answer, Claims, Cluster, Data, Effects, Event, Node, Protocol, Request,
};

/// A chain of replicas, from the first to the last.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// Whether the head gives a request which comes again a new number.
    pub forgets: bool,
}

impl Chain {
    /// A head that performs again what comes again.
    #[must_use]
    pub const fn forgetting() -> Self {
        Self { forgets: true }
    }
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Message {
    /// From a client to the head, or, if it reads, to the tail.
    Ask {
        /// The number of the operation.
        op: u32,
        /// What to do.
        request: Request,
    },
    /// From a replica to the next one: keep this, and let the tail tell the client.
    Pass {
        /// The number of the write.
        number: u32,
        /// The value.
        data: Data,
        /// Who is to be told.
        client: Node,
        /// The number of its operation.
        op: u32,
        /// How it ended.
        outcome: Outcome,
    },
    /// From the tail to a client: the value.
    Held {
        /// The number of the operation.
        op: u32,
        /// The value.
        data: Data,
    },
    /// From the tail to a client: it is done.
    Done {
        /// The number of the operation.
        op: u32,
        /// How it ended.
        outcome: Outcome,
    },
}

/// A link of the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Replica {
    number: u32,
    data: Data,
    /// Of the head.
    table: ClientTable,
}

/// Who writes or reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client {
    op: u32,
    waits_for: Option<Request>,
}

impl Protocol for Chain {
    type Message = Message;
    type Replica = Replica;
    type Client = Client;

    fn name(&self) -> String {
        let forgets = if self.forgets { "-forgetting" } else { "" };
        format!("chain{forgets}")
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
            Event::Receive(client, Message::Ask { op, request }) => {
                if request == Request::Read {
                    let data = replica.data;
                    effects.send(client, Message::Held { op, data });
                } else {
                    self.head(replica, client, op, request, effects);
                }
            }
            Event::Receive(
                _,
                Message::Pass {
                    number,
                    data,
                    client,
                    op,
                    outcome,
                },
            ) => {
                // One that was overtaken is still passed on, so that its client is told.
                if number > replica.number {
                    (replica.number, replica.data) = (number, data);
                }
                pass(number, data, client, op, outcome, effects);
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
            Event::Alarm(Alarm::Resend) => client.ask(effects),
            Event::Receive(_, message) if self.awaits(client, &message) => {
                client.waits_for = None;
                match message {
                    Message::Held { data, .. } => effects.answer(Answer::Read(data)),
                    Message::Done { outcome, .. } => effects.answer(outcome.into()),
                    Message::Ask { .. } | Message::Pass { .. } => {}
                }
            }
            _ => {}
        }
    }

    fn alarms(&self) -> &'static [Alarm] {
        &[Alarm::Resend]
    }

    fn holds(&self, replica: &Replica) -> Data {
        replica.data
    }

    fn awaits(&self, client: &Client, answer: &Message) -> bool {
        match answer {
            Message::Held { op, .. } | Message::Done { op, .. } => {
                client.waits_for.is_some() && *op == client.op
            }
            Message::Ask { .. } | Message::Pass { .. } => false,
        }
    }

    fn is_moot(&self, from: &Client, _to: &Replica, message: &Message) -> bool {
        matches!(message, Message::Ask { op, request: Request::Read }
            if from.waits_for.is_none() || *op != from.op)
    }
}

impl Chain {
    /// Numbers a write, or finds out that it has been numbered.
    fn head(
        &self,
        replica: &mut Replica,
        client: Node,
        op: u32,
        request: Request,
        effects: &mut Effects<Message>,
    ) {
        let known = if self.forgets {
            Known::New
        } else {
            replica.table.look_up(client, op)
        };
        let outcome = match (known, request) {
            (Known::Past, _) | (_, Request::Read) => None,
            // What went down the chain may have been lost; what is now here includes it.
            (Known::Done(outcome), _) => Some(outcome),
            (Known::New, request) => {
                let outcome = request.perform(&mut replica.data);
                replica.number += u32::from(outcome != Some(Outcome::Swapped(false)));
                outcome
            }
        };
        let Some(outcome) = outcome else {
            return;
        };
        if !self.forgets {
            replica.table.note(client, op, outcome);
        }
        pass(replica.number, replica.data, client, op, outcome, effects);
    }
}

/// Passes a write on to the next replica, or tells its client if there is none.
fn pass(
    number: u32,
    data: Data,
    client: Node,
    op: u32,
    outcome: Outcome,
    effects: &mut Effects<Message>,
) {
    let next = Node(effects.me.0 + 1);
    if effects.cluster.is_replica(next) {
        let message = Message::Pass {
            number,
            data,
            client,
            op,
            outcome,
        };
        effects.send(next, message);
    } else {
        effects.send(client, Message::Done { op, outcome });
    }
}

impl Client {
    fn ask(&self, effects: &mut Effects<Message>) {
        let Some(request) = self.waits_for else {
            return;
        };
        let tail = Node(effects.cluster.replicas - 1);
        let to = if request == Request::Read {
            tail
        } else {
            Node(0)
        };
        let op = self.op;
        effects.send(to, Message::Ask { op, request });
        effects.set(Alarm::Resend);
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask { request, .. } => request.fmt(f),
            Self::Pass { number, data, .. } => write!(f, "keep {data}, number {number}"),
            Self::Held { data, .. } => write!(f, "it is {data}"),
            Self::Done { outcome, .. } => outcome.fmt(f),
        }
    }
}

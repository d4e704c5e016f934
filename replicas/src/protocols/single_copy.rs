//! A single copy: one replica has the register, and all others stand idle.
//!
//! It is what replication is measured against. Every request goes to A, which performs one after the other, so the register
//! is atomic, compare-and-swap included, and an operation costs one message there and one back. But A is a *single point of
//! failure*: when it stops, nothing is served any more until it comes back, and what it held is lost if it kept that in
//! memory only. All other protocols here keep copies in order to go on.
//!
//! ```
//! # use replicas::every::{Setup, shortest};
//! # use replicas::protocols::SingleCopy;
//! let picture = "
//! init: 0
//! Thread 1:   wwwwww(1)
//! Thread 2:         rrrrr(1)
//! Replica A:  0  1(1) 2
//! Replica B:  0
//! Replica C:  0
//!      1  T1 -> A  write 1
//!      2  T2 -> A  read
//! ";
//! let is_over = |history: &histories::History| {
//!     history.operations().iter().filter(|it| !it.is_pending()).count() == 2
//! };
//! let found = shortest(&SingleCopy, &"w.r".parse()?, &Setup::default(), is_over)?;
//! assert_eq!(found.expect("there is one").to_string().trim(), picture.trim());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use histories::Model;
use registers::Arity;
use serde::{Deserialize, Serialize};

use crate::client_table::{ClientTable, Known, Outcome};
use crate::machine::{
    Alarm, Answer, Claims, Cluster, Data, Effects, Event, Node, Protocol, Request,
};

/// One replica has the register.
#[derive(Clone, Debug)]
pub struct SingleCopy;

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Message {
    /// Perform this.
    Ask {
        /// The number of the operation.
        op: u32,
        /// What to do.
        request: Request,
    },
    /// The value.
    Held {
        /// The number of the operation.
        op: u32,
        /// The value.
        data: Data,
    },
    /// It is done.
    Done {
        /// The number of the operation.
        op: u32,
        /// How it ended.
        outcome: Outcome,
    },
}

/// The copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Replica {
    data: Data,
    table: ClientTable,
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client {
    op: u32,
    waits_for: Option<Request>,
}

const COPY: Node = Node(0);

impl Protocol for SingleCopy {
    type Message = Message;
    type Replica = Replica;
    type Client = Client;

    fn name(&self) -> String {
        "single-copy".to_owned()
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
        let Event::Receive(client, Message::Ask { op, request }) = event else {
            return;
        };
        let outcome = match (request, replica.table.look_up(client, op)) {
            (Request::Read, _) => None,
            (_, Known::Past) => return,
            (_, Known::Done(outcome)) => Some(outcome),
            (request, Known::New) => request.perform(&mut replica.data),
        };
        let Some(outcome) = outcome else {
            let data = replica.data;
            effects.send(client, Message::Held { op, data });
            return;
        };
        replica.table.note(client, op, outcome);
        effects.send(client, Message::Done { op, outcome });
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
            Event::Receive(_, answer) if self.awaits(client, &answer) => {
                client.waits_for = None;
                match answer {
                    Message::Held { data, .. } => effects.answer(Answer::Read(data)),
                    Message::Done { outcome, .. } => effects.answer(outcome.into()),
                    Message::Ask { .. } => {}
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
            Message::Ask { .. } => false,
        }
    }

    fn is_moot(&self, from: &Client, _to: &Replica, message: &Message) -> bool {
        matches!(message, Message::Ask { op, request: Request::Read }
            if from.waits_for.is_none() || *op != from.op)
    }
}

impl Client {
    fn ask(&self, effects: &mut Effects<Message>) {
        if let Some(request) = self.waits_for {
            let op = self.op;
            effects.send(COPY, Message::Ask { op, request });
            effects.set(Alarm::Resend);
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask { request, .. } => request.fmt(f),
            Self::Held { data, .. } => write!(f, "it is {data}"),
            Self::Done { outcome, .. } => outcome.fmt(f),
        }
    }
}

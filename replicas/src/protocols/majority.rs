//! Majority: a write is stored by a majority of the replicas, and a read asks a majority, so that the two meet.
//!
//! Any two majorities have a replica in common. So a read that asks one finds, among what it is told, the write that
//! completed last; versions tell it which that is. That is not enough to be atomic: a write that is under way is stored by
//! some replicas and not by others, and so two reads, one after the other, may ask one that has it, and then only such as
//! have not. This is the **new-old inversion**, over a network:
//!
//! ```
//! # use replicas::exhibits::Exhibit;
//! let picture = "
//! init: 0
//! Thread 1:   wwwwwwwwwwwwwwwwwwwwwwwwww>(1)
//! Thread 2:        rrrrrrrr(1)  rrrrrrr(0)
//! Replica A:  0  1(1) 2
//! Replica B:  0         3         4
//! Replica C:  0                     5
//!      1  T1 -> A  store 1, version 1
//!      2  T2 -> A  ask
//!      3  T2 -> B  ask
//!      4  T2 -> B  ask
//!      5  T2 -> C  ask
//! ";
//! let found = Exhibit::NoWriteBack.drawn().expect("exploring finds it");
//! assert_eq!(found.to_string().trim(), picture.trim());
//! ```
//!
//! The remedy is that *a read writes*: before it returns a value it stores it with a majority, as its writer does. Then
//! whoever reads later finds it. This is ABD, an atomic register in spite of a minority of replicas that stopped, and of
//! messages that are lost or come late:
//!
//! ```
//! # use replicas::every::{Setup, shortest};
//! # use replicas::protocols::Majority;
//! let picture = "
//! init: 0
//! Thread 1:   wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww>(1)
//! Thread 2:        rrrrrrrrrrrr(1)  rrrrrrrrrrr(1)
//! Replica A:  0  1(1) 2               6   8
//! Replica B:  0         3 4(1)          7   9
//! Replica C:  0             5(1)
//!      1  T1 -> A  store 1, version 1
//!      2  T2 -> A  ask
//!      3  T2 -> B  ask
//!      4  T2 -> B  store 1, version 1
//!      5  T2 -> C  store 1, version 1
//!      6  T2 -> A  ask
//!      7  T2 -> B  ask
//!      8  T2 -> A  store 1, version 1
//!      9  T2 -> B  store 1, version 1
//! ";
//! let wanted = |history: &histories::History| {
//!     let read = |at: usize| history.operations().get(at).and_then(|it| it.returned());
//!     history.operations().len() == 3 && history.operations()[0].is_pending() && read(1) == Some(&1.into()) && read(2) == Some(&1.into())
//! };
//! let found = shortest(&Majority::ABD, &"w.rr".parse()?, &Setup::default(), wanted)?;
//! assert_eq!(found.expect("there is one").to_string().trim(), picture.trim());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! *Why it is atomic*: give each operation the version that it stored. A read that is invoked after an operation completed
//! asks a majority, one of which has that operation's version, so its own is at least that. *What breaks it*: to leave out
//! the write-back; quorums that do not meet, R + W <= N; a replica that comes back without its state, since then it stands
//! in a majority for something that it has forgotten: **ABD, too, needs a disk**. Many writers must *ask first* which
//! versions there are, or two will take the same one.
//!
//! *It needs no consensus.* Replicas promise nothing and refuse nothing, and no operation keeps another one from completing.
//! So the study note's sentence that identical replicas need consensus has an exact form: **a register needs majorities**;
//! consensus begins with compare-and-swap, which [`consensus`](super::consensus) adds to this file in one promise (Herlihy,
//! *Wait-free synchronization*, 1991: registers cannot decide between two processes, compare-and-swap can for any number).
//!
//! Source: Attiya, Bar-Noy and Dolev, *Sharing memory robustly in message-passing systems*, 1995; many writers: Lynch and
//! Shvartsman, 1997; R and W: Gifford, *Weighted voting for replicated data*, 1979; no second round where answers agree:
//! Dutta, Guerraoui, Levy and Chakraborty, *How fast can a distributed atomic read be?*, 2004.

use std::fmt;

use histories::Model;
use registers::Arity;
use serde::{Deserialize, Serialize};

use crate::machine::{
    Alarm, Answer, Claims, Cluster, Data, Effects, Event, Node, Nodes, Protocol, Request, Stamp,
};

/// How many replicas an operation waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quorum {
    /// More than half.
    Majority,
    /// This many.
    Of(u8),
    /// All.
    All,
}

impl Quorum {
    fn size(self, cluster: Cluster) -> u8 {
        match self {
            Self::Majority => cluster.majority(),
            Self::Of(count) => count.clamp(1, cluster.replicas),
            Self::All => cluster.replicas,
        }
    }
}

/// Whether a read stores what it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteBack {
    /// Never.
    Never,
    /// Only if those that it asked hold different values.
    IfTheyDiffer,
    /// Always.
    Always,
}

/// Quorums of replicas.
#[derive(Clone, Debug)]
pub struct Majority {
    /// What it is called.
    pub name: &'static str,
    /// The strongest model that it claims.
    pub claims: Model,
    /// How many a read asks: R.
    pub read: Quorum,
    /// How many store a write: W.
    pub write: Quorum,
    /// Whether a read stores what it returns.
    pub write_back: WriteBack,
    /// Whether there may be many writers, which then ask first.
    pub writers: Arity,
    /// Whether a writer asks for the versions that there are.
    pub asks_first: bool,
}

impl Majority {
    /// For one writer, as Attiya, Bar-Noy and Dolev have it.
    pub const ABD: Self = Self {
        name: "majority",
        claims: Model::Atomic,
        read: Quorum::Majority,
        write: Quorum::Majority,
        write_back: WriteBack::Always,
        writers: Arity::One,
        asks_first: false,
    };

    /// For many writers.
    pub const MANY: Self = Self {
        name: "majority-many",
        writers: Arity::Many,
        asks_first: true,
        ..Self::ABD
    };
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Message {
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
        /// Its version, and who wrote it.
        stamp: Stamp,
    },
    /// Store this, unless you hold something newer.
    Store {
        /// The number of the operation.
        op: u32,
        /// The value.
        data: Data,
        /// Its version, and who wrote it.
        stamp: Stamp,
    },
    /// It is stored.
    Stored {
        /// The number of the operation.
        op: u32,
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
    /// The version of the last own write.
    version: u32,
    phase: Phase,
    /// Who has answered in this phase.
    heard: Nodes,
    /// The newest that was found, or what is stored.
    data: Data,
    stamp: Stamp,
    /// Whether those that were asked hold different values.
    differ: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Phase {
    #[default]
    Idle,
    /// It asks what there is; to write this, or to read.
    Asking(Option<Data>),
    /// It stores; `true` if it writes.
    Storing(bool),
}

impl Protocol for Majority {
    type Message = Message;
    type Replica = Replica;
    type Client = Client;

    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn claims(&self) -> Claims {
        Claims {
            model: self.claims,
            writers: self.writers,
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
            Event::Receive(client, Message::Ask { op }) => {
                let Replica { data, stamp } = *replica;
                effects.send(client, Message::Held { op, data, stamp });
            }
            Event::Receive(client, Message::Store { op, data, stamp }) => {
                if stamp > replica.stamp {
                    *replica = Replica { data, stamp };
                }
                effects.send(client, Message::Stored { op });
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
                *client = Client {
                    op: client.op + 1,
                    version: client.version,
                    ..Client::default()
                };
                match request {
                    Request::Write(data) if !self.asks_first => {
                        client.store(Some(data), 0, effects);
                    }
                    Request::Write(data) => client.start(Phase::Asking(Some(data)), effects),
                    _ => client.start(Phase::Asking(None), effects),
                }
            }
            Event::Alarm(Alarm::Resend) => client.ask(effects),
            Event::Receive(from, Message::Held { op, data, stamp }) if op == client.op => {
                let Phase::Asking(writes) = client.phase else {
                    return;
                };
                let is_new = client.heard.add(from);
                client.differ |= self.write_back == WriteBack::IfTheyDiffer
                    && client.heard.count() > 1
                    && stamp != client.stamp;
                if is_new && stamp >= client.stamp {
                    (client.data, client.stamp) = (data, stamp);
                }
                if client.heard.count() < self.read.size(effects.cluster) {
                    return;
                }
                let stores = match self.write_back {
                    WriteBack::Never => false,
                    WriteBack::IfTheyDiffer => client.differ,
                    WriteBack::Always => true,
                };
                if writes.is_some() || stores {
                    client.store(writes, client.stamp.0, effects);
                } else {
                    client.done(Answer::Read(client.data), effects);
                }
            }
            Event::Receive(from, Message::Stored { op }) if op == client.op => {
                let Phase::Storing(writes) = client.phase else {
                    return;
                };
                client.heard.add(from);
                if client.heard.count() >= self.write.size(effects.cluster) {
                    let read = Answer::Read(client.data);
                    client.done(if writes { Answer::Wrote } else { read }, effects);
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
        match (client.phase, answer) {
            (Phase::Asking(_), Message::Held { op, .. })
            | (Phase::Storing(_), Message::Stored { op }) => *op == client.op,
            _ => false,
        }
    }

    fn is_moot(&self, from: &Client, to: &Replica, message: &Message) -> bool {
        let (answers, changes) = match message {
            Message::Ask { op } => (
                *op == from.op && matches!(from.phase, Phase::Asking(_)),
                false,
            ),
            Message::Store { op, stamp, .. } => (
                *op == from.op && matches!(from.phase, Phase::Storing(_)),
                *stamp > to.stamp,
            ),
            _ => return false,
        };
        !answers && !changes
    }

    fn renamed(&self, client: &Client, to: &[u8]) -> Option<Client> {
        Some(Client {
            heard: client.heard.renamed(to),
            ..client.clone()
        })
    }
}

impl Client {
    /// Begins a phase.
    fn start(&mut self, phase: Phase, effects: &mut Effects<Message>) {
        self.phase = phase;
        self.heard = Nodes::default();
        self.ask(effects);
    }

    /// Begins to store: what was found, or what is to be written, in a version above the one that was found and above one's
    /// own.
    fn store(&mut self, writes: Option<Data>, found: u32, effects: &mut Effects<Message>) {
        if let Some(data) = writes {
            self.version = self.version.max(found) + 1;
            (self.data, self.stamp) = (data, Stamp(self.version, effects.me.0.into()));
        }
        self.differ = false;
        self.start(Phase::Storing(writes.is_some()), effects);
    }

    /// Asks all replicas for what this phase is about.
    fn ask(&self, effects: &mut Effects<Message>) {
        let Self {
            op, data, stamp, ..
        } = *self;
        match self.phase {
            Phase::Idle => return,
            Phase::Asking(_) => effects.send_all(&Message::Ask { op }),
            Phase::Storing(_) => effects.send_all(&Message::Store { op, data, stamp }),
        }
        effects.set(Alarm::Resend);
    }

    /// Completes the operation, and forgets all that it was about.
    fn done(&mut self, answer: Answer, effects: &mut Effects<Message>) {
        *self = Self {
            op: self.op,
            version: self.version,
            ..Self::default()
        };
        effects.answer(answer);
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask { .. } => f.write_str("ask"),
            Self::Held { data, stamp, .. } => write!(f, "it is {data}, version {}", stamp.0),
            Self::Store { data, stamp, .. } => write!(f, "store {data}, version {}", stamp.0),
            Self::Stored { .. } => f.write_str("stored"),
        }
    }
}

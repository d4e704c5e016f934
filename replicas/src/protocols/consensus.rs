//! Consensus per operation: every operation, reads included, gets the replicas to agree on the register's next state.
//!
//! It is [`majority`](super::majority), word for word, and one promise more. There a client asks what there is, and then
//! stores a value with a version; whoever is overtaken in between stores all the same. Here it comes with a *ballot*: to
//! answer is to **promise** to accept nothing under a lower one. So what a client was told is still what there is when a
//! majority accepts what it made of it; otherwise it is refused, and tries again under a higher ballot. That is what
//! compare-and-swap needs, and a register does not:
//!
//! ```
//! # use replicas::every::{Setup, shortest};
//! # use replicas::protocols::Consensus;
//! let picture = "
//! init: 0
//! Thread 1:   cccccccccccc(0>1)
//! Thread 2:               ccccccccccc(0>2!)
//! Replica A:  0  1     4(1)   6   8
//! Replica B:  0    2        5
//! Replica C:  0      3(1)       7
//!      1  T1 -> A  prepare ballot 1
//!      2  T1 -> B  prepare ballot 1
//!      3  T1 -> C  accept 1, ballot 1
//!      4  T1 -> A  accept 1, ballot 1
//!      5  T2 -> B  prepare ballot 1
//!      6  T2 -> A  prepare ballot 1
//!      7  T2 -> C  accept 1, ballot 1
//!      8  T2 -> A  accept 1, ballot 1
//! ";
//! let wanted = |history: &histories::History| {
//!     history.operations().iter().filter(|it| !it.is_pending()).count() == 2
//! };
//! let found = shortest(&Consensus::PAXOS, &"c0>1.c0>2".parse()?, &Setup::default(), wanted)?;
//! assert_eq!(found.expect("there is one").to_string().trim(), picture.trim());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! *Why it is atomic*: the accepted states form one line, each made from the one before, because two majorities have a
//! replica in common, and that has either accepted the earlier state or refuses it. *What breaks it*: replicas that break
//! their promises ([`Consensus::breaking_promises`]: a *read* brings back an old state and destroys a completed write); and
//! an operation that was refused, but had been accepted by some, and whose state somebody else took over: tried again, it
//! is **performed twice** ([`Consensus::forgetting`]). So the state carries a [client table](crate::client_table). *What it
//! costs*: two clients may overtake each other for ever, since no protocol without clocks is safe and always ends (Fischer,
//! Lynch and Paterson, 1985); they wait a while before they try again, and the slowest operations show it.
//!
//! Source: Lamport, *The part-time parliament*, 1998; for a register rather than a log: Rystsov, *CASPaxos: replicated state
//! machines without logs*, 2018.

use std::fmt;

use histories::Model;
use registers::Arity;
use serde::{Deserialize, Serialize};

use crate::client_table::{ClientTable, Known, Outcome};
use crate::machine::{
    Alarm, Answer, Claims, Cluster, Data, Effects, Event, Node, Nodes, Protocol, Request, Stamp,
};

/// A ballot for each operation.
#[derive(Clone, Debug)]
pub struct Consensus {
    /// Whether replicas promise anything.
    pub promises: bool,
    /// Whether an operation that is tried again is performed again.
    pub forgets: bool,
}

impl Consensus {
    /// As it should be.
    pub const PAXOS: Self = Self {
        promises: true,
        forgets: false,
    };

    /// Replicas accept whatever comes.
    #[must_use]
    pub const fn breaking_promises() -> Self {
        Self {
            promises: false,
            ..Self::PAXOS
        }
    }

    /// An operation that is tried again is performed again.
    #[must_use]
    pub const fn forgetting() -> Self {
        Self {
            forgets: true,
            ..Self::PAXOS
        }
    }
}

/// The register, and the ballot under which it came to hold this.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct State {
    ballot: Stamp,
    data: Data,
    table: ClientTable,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Message {
    /// What do you hold? And promise to accept nothing under a lower ballot.
    Prepare {
        /// The number of the operation.
        op: u32,
        /// The ballot.
        ballot: Stamp,
    },
    /// This, and I promise.
    Promise {
        /// The number of the operation.
        op: u32,
        /// The ballot.
        ballot: Stamp,
        /// What it holds.
        state: State,
    },
    /// Accept this.
    Accept {
        /// The number of the operation.
        op: u32,
        /// The state, with the ballot.
        state: State,
    },
    /// It is accepted.
    Accepted {
        /// The number of the operation.
        op: u32,
        /// The ballot.
        ballot: Stamp,
    },
    /// It is not: another one has a promise.
    Refused {
        /// The number of the operation.
        op: u32,
        /// The ballot.
        ballot: Stamp,
        /// That of the other one.
        promised: Stamp,
    },
}

/// A copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Replica {
    promised: Stamp,
    state: State,
}

/// Who proposes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client {
    op: u32,
    request: Option<Request>,
    /// The highest ballot that it has met, or its own.
    ballot: Stamp,
    phase: Phase,
    /// How often its operation was refused.
    refusals: u32,
    /// Who has answered in this phase.
    heard: Nodes,
    /// The newest state that was found, or what is to be accepted.
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Phase {
    #[default]
    Idle,
    /// It asks for promises.
    Preparing,
    /// It asks to accept what answers like this.
    Accepting(Option<Outcome>),
    /// It was refused, and waits before it tries again.
    Refused,
}

impl Protocol for Consensus {
    type Message = Message;
    type Replica = Replica;
    type Client = Client;

    fn name(&self) -> String {
        let promises = if self.promises {
            ""
        } else {
            "-breaking-promises"
        };
        let forgets = if self.forgets { "-forgetting" } else { "" };
        format!("consensus{promises}{forgets}")
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
        let (client, op, ballot) = match &event {
            Event::Receive(client, Message::Prepare { op, ballot }) => (*client, *op, *ballot),
            Event::Receive(client, Message::Accept { op, state }) => (*client, *op, state.ballot),
            _ => return,
        };
        let promised = replica.promised;
        if ballot < promised && self.promises {
            let refused = Message::Refused {
                op,
                ballot,
                promised,
            };
            effects.send(client, refused);
            return;
        }
        replica.promised = ballot;
        if let Event::Receive(_, Message::Accept { state, .. }) = event {
            replica.state = state;
            effects.send(client, Message::Accepted { op, ballot });
        } else {
            let state = replica.state.clone();
            effects.send(client, Message::Promise { op, ballot, state });
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
                *client = Client {
                    op: client.op + 1,
                    request: Some(request),
                    ballot: client.ballot,
                    ..Client::default()
                };
                client.prepare(effects);
            }
            Event::Alarm(Alarm::Resend) if client.request.is_some() => client.prepare(effects),
            Event::Receive(from, Message::Promise { op, ballot, state })
                if client.is_asked(op, ballot) =>
            {
                if client.phase != Phase::Preparing {
                    return;
                }
                let is_new = client.heard.add(from);
                if is_new && state.ballot >= client.state.ballot {
                    client.state = state;
                }
                if client.heard.count() >= effects.cluster.majority() {
                    self.apply(client, effects);
                }
            }
            Event::Receive(from, Message::Accepted { op, ballot })
                if client.is_asked(op, ballot) =>
            {
                let Phase::Accepting(outcome) = client.phase else {
                    return;
                };
                client.heard.add(from);
                if client.heard.count() >= effects.cluster.majority() {
                    let read = Answer::Read(client.state.data);
                    effects.answer(outcome.map_or(read, Answer::from));
                    *client = Client {
                        op: client.op,
                        ballot: client.ballot,
                        ..Client::default()
                    };
                }
            }
            Event::Receive(
                _,
                Message::Refused {
                    op,
                    ballot,
                    promised,
                },
            ) if client.is_asked(op, ballot) => {
                client.give_way(promised, effects);
            }
            _ => {}
        }
    }

    fn alarms(&self) -> &'static [Alarm] {
        &[Alarm::Resend]
    }

    fn holds(&self, replica: &Replica) -> Data {
        replica.state.data
    }

    fn awaits(&self, client: &Client, answer: &Message) -> bool {
        match (client.phase, answer) {
            (Phase::Preparing, Message::Promise { op, ballot, .. })
            | (Phase::Accepting(_), Message::Accepted { op, ballot })
            | (Phase::Preparing | Phase::Accepting(_), Message::Refused { op, ballot, .. }) => {
                client.is_asked(*op, *ballot)
            }
            _ => false,
        }
    }

    fn is_moot(&self, from: &Client, to: &Replica, message: &Message) -> bool {
        let (op, ballot, answers) = match message {
            Message::Prepare { op, ballot } => (*op, *ballot, from.phase == Phase::Preparing),
            Message::Accept { op, state } => {
                (*op, state.ballot, matches!(from.phase, Phase::Accepting(_)))
            }
            _ => return false,
        };
        // What comes under a lower ballot is refused, which changes nothing.
        let changes = ballot >= to.promised || !self.promises;
        let answers = (answers || ballot < to.promised) && from.is_asked(op, ballot);
        !changes && !answers
    }

    fn renamed(&self, client: &Client, to: &[u8]) -> Option<Client> {
        Some(Client {
            heard: client.heard.renamed(to),
            ..client.clone()
        })
    }
}

impl Consensus {
    /// Makes the next state from the newest one that was found, and asks to accept it.
    fn apply(&self, client: &mut Client, effects: &mut Effects<Message>) {
        let state = &mut client.state;
        let known = if self.forgets {
            Known::New
        } else {
            state.table.look_up(effects.me, client.op)
        };
        let outcome = match (client.request, known) {
            (None | Some(Request::Read), _) => None,
            // Somebody took it over when it had been accepted by some.
            (_, Known::Done(outcome)) => Some(outcome),
            (Some(request), _) => request.perform(&mut state.data),
        };
        if let (Some(outcome), false) = (outcome, self.forgets) {
            state.table.note(effects.me, client.op, outcome);
        }
        state.ballot = client.ballot;
        client.heard = Nodes::default();
        client.phase = Phase::Accepting(outcome);
        let op = client.op;
        let state = client.state.clone();
        effects.send_all(&Message::Accept { op, state });
        effects.set(Alarm::Resend);
    }
}

impl Client {
    /// Whether it has asked for this under this ballot, and still waits.
    fn is_asked(&self, op: u32, ballot: Stamp) -> bool {
        self.request.is_some() && op == self.op && ballot == self.ballot
    }

    /// Asks for promises, under a ballot above all that it has met.
    fn prepare(&mut self, effects: &mut Effects<Message>) {
        self.ballot = Stamp(self.ballot.0 + 1, effects.me.0.into());
        self.phase = Phase::Preparing;
        self.heard = Nodes::default();
        self.state = State::default();
        let Self { op, ballot, .. } = *self;
        effects.send_all(&Message::Prepare { op, ballot });
        effects.set(Alarm::Resend);
    }

    /// Waits, before it tries again: not always equally long, so that two do not overtake each other for ever; and the more
    /// often it was refused, the farther above the other one's ballot, which may have been the first of many by then.
    fn give_way(&mut self, promised: Stamp, effects: &mut Effects<Message>) {
        let own = u32::from(effects.me.0);
        self.ballot.0 = self.ballot.0.max(promised.0) + (1 << self.refusals.min(6)) - 1;
        self.refusals += 1;
        self.phase = Phase::Refused;
        self.heard = Nodes::default();
        self.state = State::default();
        let spread = (self.ballot.0.wrapping_mul(7) ^ self.op ^ own.wrapping_mul(5)) % 16;
        let wait = effects.timing.resend / 64 * u64::from(1 + spread);
        effects.alarms.push((Alarm::Resend, wait));
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prepare { ballot, .. } => write!(f, "prepare ballot {}", ballot.0),
            Self::Promise { state, .. } => write!(f, "promised; it is {}", state.data),
            Self::Accept { state, .. } => {
                write!(f, "accept {}, ballot {}", state.data, state.ballot.0)
            }
            Self::Accepted { ballot, .. } => write!(f, "accepted ballot {}", ballot.0),
            Self::Refused { promised, .. } => write!(f, "refused for ballot {}", promised.0),
        }
    }
}

//! Striped: each of the two words of a value lies on a replica of its own.
//!
//! A large value is spread over several machines, because one could not hold it, or would take too long to send it. A write
//! sends each word to its replica and is done when both have it; a read fetches both words. A read that is concurrent with a
//! write may find one word new and the other one old:
//!
//! ```
//! # use replicas::exhibits::Exhibit;
//! let picture = "
//! init: 0
//! Thread 1:   wwwwwwwwwwwwww>(1)
//! Thread 2:        rrrrrrrr(1|0)
//! Replica A:  0  1(1) 2
//! Replica B:  0         3
//! Replica C:  0
//!      1  T1 -> A  store word 0: 1
//!      2  T2 -> A  ask for word 0
//!      3  T2 -> B  ask for word 1
//! ";
//! let found = Exhibit::TornRead.drawn().expect("exploring finds it");
//! assert_eq!(found.to_string().trim(), picture.trim());
//! ```
//!
//! *Why it is safe*: a write completes when both words have arrived, so a read that is invoked later, and is concurrent with
//! no write, finds both. *What breaks regular*: the **torn read** above, which is the study note's intermediate value; a
//! striped value is [word by word](registers::safe::WordByWord) again, with messages in place of stores. *One writer*: two
//! at once would leave a mixture behind for good. If either replica stops, nobody can read.
//!
//! Source: Lamport, *On interprocess communication*, 1986, for the class; the layout is that of RAID 0 (Patterson, Gibson and
//! Katz, *A case for redundant arrays of inexpensive disks*, 1988).

use std::fmt;

use histories::Model;
use registers::Arity;
use serde::{Deserialize, Serialize};

use crate::machine::{
    Alarm, Answer, Claims, Cluster, Data, Effects, Event, Node, Nodes, Protocol, Request,
};

/// A word each on two replicas.
#[derive(Clone, Debug)]
pub struct Striped;

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Message {
    /// Store this word. The operation's number is its version, too: there is one writer.
    Store {
        /// The number of the operation.
        op: u32,
        /// Which word.
        at: usize,
        /// The word.
        word: u64,
    },
    /// The word is stored.
    Stored {
        /// The number of the operation.
        op: u32,
        /// Which word.
        at: usize,
    },
    /// What is this word?
    Ask {
        /// The number of the operation.
        op: u32,
        /// Which word.
        at: usize,
    },
    /// It is this.
    Held {
        /// The number of the operation.
        op: u32,
        /// Which word.
        at: usize,
        /// The word.
        word: u64,
    },
}

/// The words that a replica has, with their versions; the others stay 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Replica {
    words: [(u32, u64); 2],
}

/// Who writes or reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client {
    op: u32,
    request: Option<Request>,
    /// The words that were stored or have come.
    done: Nodes,
    words: [u64; 2],
}

/// Where a word lies.
fn place(at: usize, cluster: Cluster) -> Node {
    Node(at as u8 % cluster.replicas)
}

impl Protocol for Striped {
    type Message = Message;
    type Replica = Replica;
    type Client = Client;

    fn name(&self) -> String {
        "striped".to_owned()
    }

    fn claims(&self) -> Claims {
        Claims {
            model: Model::Safe,
            writers: Arity::One,
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
            Event::Receive(writer, Message::Store { op, at, word }) => {
                if op > replica.words[at].0 {
                    replica.words[at] = (op, word);
                }
                effects.send(writer, Message::Stored { op, at });
            }
            Event::Receive(reader, Message::Ask { op, at }) => {
                let word = replica.words[at].1;
                effects.send(reader, Message::Held { op, at, word });
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
                    request: Some(request),
                    ..Client::default()
                };
                client.ask(effects);
            }
            Event::Alarm(Alarm::Resend) => client.ask(effects),
            Event::Receive(_, message) if self.awaits(client, &message) => {
                let at = match message {
                    Message::Held { at, word, .. } => {
                        client.words[at] = word;
                        at
                    }
                    Message::Stored { at, .. } => at,
                    _ => return,
                };
                client.done.add(Node(at as u8));
                if client.done.count() == 2 {
                    let is_read = client.request == Some(Request::Read);
                    let data = Data(client.words);
                    *client = Client {
                        op: client.op,
                        ..Client::default()
                    };
                    effects.answer(if is_read {
                        Answer::Read(data)
                    } else {
                        Answer::Wrote
                    });
                }
            }
            _ => {}
        }
    }

    fn alarms(&self) -> &'static [Alarm] {
        &[Alarm::Resend]
    }

    fn holds(&self, replica: &Replica) -> Data {
        match replica.words {
            // A replica of one word shows that.
            [(_, word), (0, _)] | [(0, _), (_, word)] => Data::from(word),
            [(_, first), (_, second)] => Data([first, second]),
        }
    }

    fn awaits(&self, client: &Client, answer: &Message) -> bool {
        match (client.request, answer) {
            (Some(Request::Read), Message::Held { op, .. })
            | (Some(Request::Write(_)), Message::Stored { op, .. }) => *op == client.op,
            _ => false,
        }
    }

    fn is_moot(&self, from: &Client, _to: &Replica, message: &Message) -> bool {
        matches!(message, Message::Ask { op, .. } if from.request.is_none() || *op != from.op)
    }
}

impl Client {
    /// Sends what has not been answered yet.
    fn ask(&mut self, effects: &mut Effects<Message>) {
        let op = self.op;
        for at in 0..2 {
            if self.done.0 >> at & 1 == 1 {
                continue;
            }
            let message = match self.request {
                Some(Request::Read) => Message::Ask { op, at },
                Some(Request::Write(Data(words))) => Message::Store {
                    op,
                    at,
                    word: words[at],
                },
                _ => return,
            };
            effects.send(place(at, effects.cluster), message);
        }
        effects.set(Alarm::Resend);
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store { at, word, .. } => write!(f, "store word {at}: {word}"),
            Self::Stored { at, .. } => write!(f, "stored word {at}"),
            Self::Ask { at, .. } => write!(f, "ask for word {at}"),
            Self::Held { at, word, .. } => write!(f, "word {at} is {word}"),
        }
    }
}

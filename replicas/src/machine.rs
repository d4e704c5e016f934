//! What a replication protocol is: two state machines, one for replicas and one for clients, that know nothing of sockets,
//! clocks or threads.
//!
//! A machine is told what happens to it, an [`Event`], and says what it does about it in its [`Effects`]: messages that it
//! sends, an answer to whoever invoked the operation, alarms that it sets. It does nothing else; so the same code runs in
//! every world: [explored](crate::every) in every order in which messages can arrive, simulated in virtual time, and over
//! real sockets.

use std::fmt::{self, Debug, Display};
use std::hash::Hash;

use histories::{Model, Value};
use registers::Arity;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A machine by its number: replicas 0, 1, 2, ... are A, B, C, ...; clients have the numbers behind them, and are T1, T2, ...
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Node(pub u8);

/// Who there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cluster {
    /// How many replicas.
    pub replicas: u8,
    /// How many clients.
    pub clients: u8,
}

impl Cluster {
    /// The most replicas that there may be.
    pub const MOST: u8 = 7;

    /// How many replicas are more than half of them: any two such sets have one in common.
    #[must_use]
    pub fn majority(self) -> u8 {
        self.replicas / 2 + 1
    }

    /// The replicas.
    pub fn replicas(self) -> impl Iterator<Item = Node> {
        (0..self.replicas).map(Node)
    }

    /// Whether a node is a replica.
    #[must_use]
    pub fn is_replica(self, node: Node) -> bool {
        node.0 < self.replicas
    }

    /// Which client a node is, counted from 0.
    #[must_use]
    pub fn client(self, node: Node) -> u8 {
        node.0.saturating_sub(self.replicas)
    }

    /// The node that is this client, counted from 0.
    #[must_use]
    pub fn node_of(self, client: u8) -> Node {
        Node(self.replicas + client)
    }

    /// The replica nearest to a client: they are spread evenly.
    #[must_use]
    pub fn nearest(self, client: Node) -> Node {
        Node(self.client(client) % self.replicas)
    }

    /// `A` or `T1`.
    #[must_use]
    pub fn name(self, node: Node) -> String {
        if self.is_replica(node) {
            char::from(b'A' + node.0).to_string()
        } else {
            format!("T{}", self.client(node) + 1)
        }
    }
}

/// A set of nodes, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nodes(pub u8);

impl Nodes {
    /// Adds one; says whether it is new.
    pub fn add(&mut self, node: Node) -> bool {
        let bit = 1_u8.checked_shl(node.0.into()).unwrap_or(0);
        let is_new = self.0 & bit == 0;
        self.0 |= bit;
        is_new
    }

    /// How many they are.
    #[must_use]
    pub fn count(self) -> u8 {
        self.0.count_ones() as u8
    }

    /// The same nodes under other names: node `i` is now called `to[i]`.
    #[must_use]
    pub fn renamed(self, to: &[u8]) -> Self {
        let members = (0..to.len()).filter(|&at| self.0 >> at & 1 == 1);
        Self(members.fold(0, |all, at| all | 1 << to[at]))
    }
}

/// The content of the register: a value of two words, the *two blocks* of the study note. Both are equal in all that is
/// written, so whoever ships them in one message cannot tear the value.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Data(pub [u64; 2]);

impl From<u64> for Data {
    fn from(word: u64) -> Self {
        Self([word; 2])
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self::from(data.0)
    }
}

impl TryFrom<&Value> for Data {
    type Error = ();

    /// Fails for nil, and for a value of more than two words.
    fn try_from(value: &Value) -> Result<Self, ()> {
        value
            .to_words::<2>()
            .map(Self)
            .filter(|_| !value.is_nil())
            .ok_or(())
    }
}

impl Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&Value::from(*self), f)
    }
}

/// Which of two values is newer: compared by the first number, then by the second. What the numbers are is up to the
/// protocol, such as a version and the writer, or a view and a version in it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Stamp(pub u32, pub u32);

/// What a process asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Request {
    /// The value.
    Read,
    /// That this become the value.
    Write(Data),
    /// That the second become the value if the first is.
    CompareAndSwap(Data, Data),
}

/// What it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The value.
    Read(Data),
    /// It is written.
    Wrote,
    /// Whether it was swapped.
    Swapped(bool),
    /// That it did not happen, and will not.
    Refused,
}

/// A clock that goes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alarm {
    /// No answer has come for a while: ask again.
    Resend,
    /// It is time to tell the others what one holds.
    Gossip,
    /// Nothing was heard from whoever leads: suspect that it has stopped.
    Suspect,
}

impl Alarm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Resend, Self::Gossip, Self::Suspect];
}

/// What happens to a machine.
#[derive(Clone, Debug)]
pub enum Event<M> {
    /// It has just begun; time to set alarms. Where every execution is explored nothing begins, and alarms go off at any
    /// time, as often as the budget allows.
    Start,
    /// Its process invokes an operation. If it has not answered the one before, it never will: the process gave up.
    Invoke(Request),
    /// A message arrives from another one.
    Receive(Node, M),
    /// An alarm goes off.
    Alarm(Alarm),
}

/// How long to wait, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// For an answer, before asking again.
    pub resend: u64,
    /// Between two times of telling the others.
    pub gossip: u64,
    /// For a sign of life, before suspecting.
    pub suspect: u64,
}

/// What a machine does about an event.
#[derive(Debug)]
pub struct Effects<M> {
    /// Whose effects they are.
    pub me: Node,
    /// Who there is.
    pub cluster: Cluster,
    /// The machine's own clock, which may be wrong: real, virtual with a rate, or a count of ticks.
    pub now: u64,
    /// How long to wait for what.
    pub timing: Timing,
    /// What it sends, and to whom.
    pub sent: Vec<(Node, M)>,
    /// What its process is told.
    pub answer: Option<Answer>,
    /// The alarms that it sets: when, by its clock from now. An alarm that is set again goes off once, at the new time.
    pub alarms: Vec<(Alarm, u64)>,
}

impl<M: Clone> Effects<M> {
    /// None yet.
    #[must_use]
    pub fn new(me: Node, cluster: Cluster, now: u64, timing: Timing) -> Self {
        Self {
            me,
            cluster,
            now,
            timing,
            sent: Vec::new(),
            answer: None,
            alarms: Vec::new(),
        }
    }

    /// Sends a message.
    pub fn send(&mut self, to: Node, message: M) {
        self.sent.push((to, message));
    }

    /// Sends a message to all replicas, but not to itself.
    pub fn send_all(&mut self, message: &M) {
        for to in self.cluster.replicas().filter(|&to| to != self.me) {
            self.sent.push((to, message.clone()));
        }
    }

    /// Tells its process.
    pub fn answer(&mut self, answer: Answer) {
        self.answer = Some(answer);
    }

    /// Sets an alarm.
    pub fn set(&mut self, alarm: Alarm) {
        let after = match alarm {
            Alarm::Resend => self.timing.resend,
            Alarm::Gossip => self.timing.gossip,
            Alarm::Suspect => self.timing.suspect,
        };
        self.alarms.push((alarm, after));
    }
}

/// What a protocol says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The strongest model that it claims.
    pub model: Model,
    /// How many may write.
    pub writers: Arity,
    /// Whether it offers compare-and-swap.
    pub swaps: bool,
}

/// A protocol that keeps copies of a register on several replicas.
pub trait Protocol: Clone + Debug + Send + Sync + 'static {
    /// What machines send each other. Its `Display` output is how a picture tells it: `store 1, version 1`.
    type Message: Clone + Debug + Display + Send + Serialize + DeserializeOwned + 'static;
    /// What a replica knows.
    type Replica: Send + 'static;
    /// What a client knows.
    type Client: Clone + Ord + Hash + Debug + Send + 'static;

    /// What it is called, in lower case with hyphens: the name on the command line.
    fn name(&self) -> String;

    /// What it claims.
    fn claims(&self) -> Claims;

    /// A replica in the beginning. The register holds 0.
    fn replica(&self, me: Node, cluster: Cluster) -> Self::Replica;

    /// A client in the beginning.
    fn client(&self, me: Node, cluster: Cluster) -> Self::Client;

    /// What a replica does about an event.
    fn on_replica(
        &self,
        replica: &mut Self::Replica,
        event: Event<Self::Message>,
        effects: &mut Effects<Self::Message>,
    );

    /// What a client does about an event.
    fn on_client(
        &self,
        client: &mut Self::Client,
        event: Event<Self::Message>,
        effects: &mut Effects<Self::Message>,
    );

    /// The alarms that mean anything to it.
    fn alarms(&self) -> &'static [Alarm] {
        &[]
    }

    /// Whether replicas look at their clocks.
    fn has_clocks(&self) -> bool {
        false
    }

    /// Whether it asks for links that keep messages in order, as TCP does.
    fn needs_order(&self) -> bool {
        false
    }

    /// The value that a replica holds: for pictures.
    fn holds(&self, replica: &Self::Replica) -> Data;

    /// Whether a client does anything about a message, now or later. If not, the message need not arrive.
    fn awaits(&self, _client: &Self::Client, _answer: &Self::Message) -> bool {
        true
    }

    /// Whether a request makes no difference any more: its arrival changes nothing at the replica, and whatever that answers
    /// is not [awaited](Self::awaits).
    fn is_moot(&self, _from: &Self::Client, _to: &Self::Replica, _message: &Self::Message) -> bool {
        false
    }

    /// Whether a message between replicas makes no difference any more, now or later.
    fn is_moot_between(
        &self,
        _from: &Self::Replica,
        _to: &Self::Replica,
        _message: &Self::Message,
    ) -> bool {
        false
    }

    /// If replicas are interchangeable, which asks that they never name each other: a client that calls replica `i` now
    /// `to[i]`.
    fn renamed(&self, _client: &Self::Client, _to: &[u8]) -> Option<Self::Client> {
        None
    }
}

/// A protocol of which every execution can be explored: its states can be compared. Everything in this crate is; a log that
/// others wrote is not.
pub trait Explorable: Protocol<Message: Eq + Hash, Replica: Clone + Eq + Hash + Debug> {}

impl<P: Protocol<Message: Eq + Hash, Replica: Clone + Eq + Hash + Debug>> Explorable for P {}

impl Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read => f.write_str("read"),
            Self::Write(data) => write!(f, "write {data}"),
            Self::CompareAndSwap(expected, new) => write!(f, "swap {expected} for {new}"),
        }
    }
}

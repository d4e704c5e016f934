//! What the primary, its backups and its clients say to each other, and what they do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Ack, Client, Known, Outcome, Primary, Reads, Replica};
use crate::machine::{Alarm, Data, Effects, Node, Nodes, Request, Stamp};

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Message {
    /// What do you hold?
    Ask {
        /// Who asks; others may pass it on.
        client: Node,
        /// The number of the operation.
        op: u32,
        /// The newest write that the client has seen.
        token: Stamp,
    },
    /// This.
    Held {
        /// The number of the operation.
        op: u32,
        /// The value.
        data: Data,
        /// Which write's it is.
        stamp: Stamp,
    },
    /// Make this the value.
    Write {
        /// Who asks; others may pass it on.
        client: Node,
        /// The number of the operation.
        op: u32,
        /// The value.
        data: Data,
    },
    /// It is.
    Wrote {
        /// The number of the operation.
        op: u32,
        /// Which write it is.
        stamp: Stamp,
    },
    /// From the primary to its backups: keep this.
    Copy {
        /// Which write it is.
        stamp: Stamp,
        /// The value.
        data: Data,
    },
    /// It is kept, or something newer.
    Copied {
        /// Which write it is.
        stamp: Stamp,
    },
}

impl Replica {
    pub(super) fn leads<M: Clone>(&self, effects: &Effects<M>) -> bool {
        self.primary(effects) == effects.me
    }

    fn primary<M: Clone>(&self, effects: &Effects<M>) -> Node {
        Node((self.view % u32::from(effects.cluster.replicas)) as u8)
    }

    pub(super) fn copy_to_all(&self, effects: &mut Effects<Message>) {
        let Self { stamp, data, .. } = *self;
        effects.send_all(&Message::Copy { stamp, data });
    }

    /// Becomes the primary of the next view that is its own, with whatever it holds.
    pub(super) fn take_over(&mut self, effects: &mut Effects<Message>) {
        while !self.leads(effects) {
            self.view += 1;
        }
        self.stamp = Stamp(self.view, 0);
        self.copy_to_all(effects);
        effects.set(Alarm::Gossip);
    }
}

impl Primary {
    /// Sends what a client waits for, to whoever may serve it.
    pub(super) fn ask(&self, waiting: &Client, effects: &mut Effects<Message>) {
        let Client {
            op, token, moved, ..
        } = *waiting;
        let (client, cluster) = (effects.me, effects.cluster);
        let around = |steps: u32| {
            let at = u32::from(cluster.nearest(client).0) + steps;
            Node((at % u32::from(cluster.replicas)) as u8)
        };
        // Where the primary may change, its clients ask a replica, which knows.
        let primary = if self.fails_over() {
            around(moved.into())
        } else {
            Node(0)
        };
        match waiting.request {
            Some(Request::Write(data)) => {
                effects.send(primary, Message::Write { client, op, data });
            }
            Some(_) => {
                let to = match self.reads {
                    Reads::Primary => primary,
                    Reads::Nearest => around(moved.into()),
                    Reads::Anywhere | Reads::Token => around(op - 1 + u32::from(moved)),
                };
                effects.send(to, Message::Ask { client, op, token });
            }
            None => return,
        }
        effects.set(Alarm::Resend);
    }

    /// Performs a request, or passes it on to the primary.
    pub(super) fn serve(
        &self,
        replica: &mut Replica,
        message: Message,
        effects: &mut Effects<Message>,
    ) {
        let (client, op) = match &message {
            Message::Ask { client, op, token } => {
                if self.reads != Reads::Primary || replica.leads(effects) {
                    replica.held_back.push((*client, *op, *token));
                    self.answer_reads(replica, effects);
                    return;
                }
                (*client, *op)
            }
            Message::Write { client, op, .. } => (*client, *op),
            _ => return,
        };
        if !replica.leads(effects) {
            if self.fails_over() {
                effects.send(replica.primary(effects), message);
            }
            return;
        }
        let Message::Write { data, .. } = message else {
            return;
        };
        let known = if self.forgets {
            Known::New
        } else {
            replica.table.look_up(client, op)
        };
        let is_underway = replica
            .waiting
            .iter()
            .any(|it| (it.1, it.2) == (client, op));
        match known {
            Known::Past => {}
            // The copies, or what came back, may have been lost.
            Known::Done(_) if is_underway => replica.copy_to_all(effects),
            Known::Done(_) => {
                let stamp = replica.stamp;
                effects.send(client, Message::Wrote { op, stamp });
            }
            Known::New => {
                replica.stamp.1 += 1;
                replica.data = data;
                if !self.forgets {
                    replica.table.note(client, op, Outcome::Wrote);
                }
                replica.copy_to_all(effects);
                let stamp = replica.stamp;
                if self.needed(effects.cluster) == 1 {
                    effects.send(client, Message::Wrote { op, stamp });
                } else {
                    let mut by = Nodes::default();
                    by.add(effects.me);
                    replica.waiting.push((stamp, client, op, by));
                }
            }
        }
    }

    /// Answers the reads that need not wait for a write any more.
    fn answer_reads(&self, replica: &mut Replica, effects: &mut Effects<Message>) {
        let Replica { data, stamp, .. } = *replica;
        replica.held_back.retain(|&(client, op, token)| {
            let is_due = token <= stamp;
            if is_due {
                effects.send(client, Message::Held { op, data, stamp });
            }
            !is_due
        });
    }

    /// Keeps what the primary sends, if it is the primary that this replica follows, or one that came after it.
    pub(super) fn copy(
        &self,
        replica: &mut Replica,
        from: Node,
        stamp: Stamp,
        data: Data,
        effects: &mut Effects<Message>,
    ) {
        if stamp.0 < replica.view {
            return;
        }
        if stamp.0 > replica.view {
            replica.view = stamp.0;
            replica.waiting.clear();
        }
        if stamp > replica.stamp {
            (replica.stamp, replica.data) = (stamp, data);
            self.answer_reads(replica, effects);
        }
        if self.ack != Ack::Primary {
            effects.send(from, Message::Copied { stamp });
        }
        self.watch(replica, effects);
    }

    /// Waits for the next sign of life of the primary: the longer, the later one's own turn.
    pub(super) fn watch(&self, replica: &Replica, effects: &mut Effects<Message>) {
        if self.fails_over() {
            let all = u32::from(effects.cluster.replicas);
            let turns = (u32::from(effects.me.0) + all - replica.view % all) % all;
            let after = effects.timing.suspect * u64::from(turns);
            effects.alarms.push((Alarm::Suspect, after));
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask { .. } => f.write_str("ask"),
            Self::Held { data, .. } => write!(f, "it is {data}"),
            Self::Write { data, .. } => write!(f, "write {data}"),
            Self::Wrote { .. } => f.write_str("written"),
            Self::Copy { stamp, data } => write!(f, "keep {data}, {}", version(*stamp)),
            Self::Copied { stamp } => write!(f, "kept {}", version(*stamp)),
        }
    }
}

fn version(stamp: Stamp) -> String {
    match stamp {
        Stamp(0, version) => format!("version {version}"),
        Stamp(view, version) => format!("version {version} of view {view}"),
    }
}

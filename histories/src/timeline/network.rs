//! What happens beneath the threads of a picture, where a register lies on replicas: messages that arrive, what replicas
//! hold, and for how long some are cut off from others. None of it means anything to a checker.

use crate::{Instant, Process, Value};

/// The replicas of a picture, and the messages between them and the threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The replicas, each with a line of its own.
    pub replicas: Vec<Replica>,
    /// What arrives or happens, in the order of its numbers: the first is number 1.
    pub messages: Vec<Message>,
    /// When some nodes could not reach others.
    pub cuts: Vec<Cut>,
}

/// A replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// Its name: a capital letter.
    pub name: char,
    /// What it holds at first.
    pub initial: Value,
}

/// A message that arrives, or something that a node does by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// When.
    pub at: Instant,
    /// Who has sent it; `None` if the node does something by itself.
    pub from: Option<Place>,
    /// At which node.
    pub to: Place,
    /// What it says: `store 1, version 1`.
    pub said: String,
    /// What the replica holds from then on, if that is something else.
    pub held: Option<Value>,
    /// What follows `<-`: a remark for the reader.
    pub remark: Option<String>,
}

/// A node of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A thread.
    Thread(Process),
    /// A replica, by its letter.
    Replica(char),
}

/// A time in which some nodes could not reach others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// When it began.
    pub from: Instant,
    /// When it healed.
    pub until: Instant,
    /// Who is on which side: `A B | C`.
    pub sides: String,
}

impl Network {
    /// Whether there is nothing to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.replicas.is_empty() && self.messages.is_empty() && self.cuts.is_empty()
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Thread(process) => f.pad(&format!("T{process}")),
            Self::Replica(name) => f.pad(&name.to_string()),
        }
    }
}

impl std::fmt::Display for Message {
    /// `T1 -> A  store 1, version 1`, or `B        suspects A`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            from,
            to,
            said,
            remark,
            ..
        } = self;
        let way = match from {
            Some(from) => format!("{from} -> {to}"),
            None => to.to_string(),
        };
        match remark {
            None => write!(f, "{way:<8} {said}"),
            Some(remark) => write!(f, "{way:<8} {said:<18}  <- {remark}"),
        }
    }
}

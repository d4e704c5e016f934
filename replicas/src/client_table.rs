//! What replicas remember of their clients, so that they perform no request twice.
//!
//! A request may come again: the network delivered it twice, or its client asked again because no answer came. A read may be
//! repeated. A write may not: performed a second time it brings back a value that others have overwritten meanwhile. So
//! whoever decides on the order of the writes keeps, for each client, the last one and its answer, and answers from there
//! (the client table of Liskov and Cowling, *Viewstamped replication revisited*, 2012).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::machine::{Answer, Data, Node, Request};

/// The last write of each client, and what it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClientTable(Vec<(Node, u32, Outcome)>);

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// It was written.
    Wrote,
    /// It was swapped, or not.
    Swapped(bool),
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Wrote => Self::Wrote,
            Outcome::Swapped(did) => Self::Swapped(did),
        }
    }
}

impl Request {
    /// Performs a write or a swap, and says how it ended; does nothing, if it reads.
    pub fn perform(self, data: &mut Data) -> Option<Outcome> {
        match self {
            Self::Read => None,
            Self::Write(new) => {
                *data = new;
                Some(Outcome::Wrote)
            }
            Self::CompareAndSwap(expected, new) => {
                let did = *data == expected;
                if did {
                    *data = new;
                }
                Some(Outcome::Swapped(did))
            }
        }
    }
}

/// What the table knows of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing: it is new.
    New,
    /// It has been performed, with this outcome.
    Done(Outcome),
    /// Its client has gone on, and awaits no answer.
    Past,
}

impl ClientTable {
    /// What is known of the client's operation number `op`.
    #[must_use]
    pub fn look_up(&self, client: Node, op: u32) -> Known {
        match self.0.iter().find(|entry| entry.0 == client) {
            Some(&(_, last, outcome)) if last == op => Known::Done(outcome),
            Some(&(_, last, _)) if last > op => Known::Past,
            _ => Known::New,
        }
    }

    /// Notes that the client's operation number `op` has been performed.
    pub fn note(&mut self, client: Node, op: u32, outcome: Outcome) {
        match self.0.binary_search_by_key(&client, |entry| entry.0) {
            Ok(at) => self.0[at] = (client, op, outcome),
            Err(at) => self.0.insert(at, (client, op, outcome)),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wrote => "done",
            Self::Swapped(true) => "swapped",
            Self::Swapped(false) => "not swapped",
        })
    }
}

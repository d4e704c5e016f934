//! What a leader, its followers and its clients say to each other.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::State;
use crate::client_table::Outcome;
use crate::machine::{Data, Node, Request};

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Message {
    /// From a client, passed on to the leader: do this.
    Ask {
        /// Who asks.
        client: Node,
        /// The number of the operation.
        op: u32,
        /// What to do.
        request: Request,
    },
    /// To a client: the value.
    Held {
        /// The number of the operation.
        op: u32,
        /// The value.
        data: Data,
    },
    /// To a client: it is done.
    Done {
        /// The number of the operation.
        op: u32,
        /// How it ended.
        outcome: Outcome,
    },
    /// From the leader: store this.
    Store {
        /// Which time it asks.
        round: u32,
        /// Its state, with its view.
        state: State,
    },
    /// To the leader: it is stored.
    Stored {
        /// The view.
        view: u32,
        /// Which time it asked.
        round: u32,
    },
    /// To one who takes itself for the leader: there is a later view.
    Outdated {
        /// Which.
        view: u32,
    },
    /// Vote for me, in my view.
    Campaign {
        /// Which that is.
        view: u32,
    },
    /// To one who asks for votes: here is mine, and what I hold.
    Vote {
        /// The view.
        view: u32,
        /// The voter's state.
        state: State,
    },
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask { request, .. } => request.fmt(f),
            Self::Held { data, .. } => write!(f, "it is {data}"),
            Self::Done { outcome, .. } => outcome.fmt(f),
            Self::Store { state, .. } => {
                write!(f, "store {} in view {}", state.data, state.stamp.0)
            }
            Self::Stored { view, .. } => write!(f, "stored in view {view}"),
            Self::Outdated { view } => write!(f, "view {view} has begun"),
            Self::Campaign { view } => write!(f, "vote for view {view}"),
            Self::Vote { view, state } => write!(f, "vote for view {view}; it is {}", state.data),
        }
    }
}

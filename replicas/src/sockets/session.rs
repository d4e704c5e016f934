//! A client: one operation after the other, over sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use histories::record::Ended;

use super::host::Host;
use super::machine::machine;
use crate::machine::{Answer, Cluster, Node, Protocol, Request, Timing};

/// A client of a cluster.
pub struct Session {
    me: Node,
    host: Arc<Host>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("me", &self.me)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Client number so many, counted from 0, of replicas at these addresses. It says hello to all of them.
    #[must_use]
    pub fn new<P: Protocol>(
        protocol: &P,
        client: u8,
        cluster: Cluster,
        peers: Vec<SocketAddr>,
        timing: Timing,
    ) -> Self {
        let me = cluster.node_of(client);
        let host = Host::new(machine(protocol, me, cluster), me, cluster, peers, timing);
        host.greet_all();
        host.start();
        Self { me, host }
    }

    /// Performs an operation. If nobody has answered within this time, nobody knows what becomes of it: it may have been
    /// performed, or be performed yet.
    pub fn perform(&mut self, request: Request, within: Duration) -> Ended<Answer> {
        match self.host.invoke(request, Instant::now() + within) {
            Some(Answer::Refused) => Ended::Failed,
            Some(answer) => Ended::Done(answer),
            None => Ended::Unknown,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.host.close();
    }
}

//! A client: one operation after the other, over sockets.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use histories::record::Ended;

use super::links::{Inbound, Links};
use super::machine::{Alarms, Machine, machine};
use super::open::Open;
use crate::machine::{Answer, Cluster, Event, Node, Protocol, Request, Timing};

/// A client of a cluster.
pub struct Session {
    machine: Box<dyn Machine>,
    me: Node,
    cluster: Cluster,
    links: Links,
    arriving: Receiver<Inbound>,
    alarms: Alarms,
    timing: Timing,
    open: Open<()>,
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
        let (inbox, arriving) = channel();
        let open = Open::default();
        let mut session = Self {
            machine: machine(protocol, me, cluster),
            me,
            cluster,
            links: Links::new(me, peers, inbox, open.clone()),
            arriving,
            alarms: Alarms::new(),
            timing,
            open,
        };
        session.links.greet_all();
        session.act(Event::Start);
        session
    }

    /// Performs an operation. If nobody has answered within this time, nobody knows what becomes of it: it may have been
    /// performed, or be performed yet.
    pub fn perform(&mut self, request: Request, within: Duration) -> Ended<Answer> {
        let deadline = Instant::now() + within;
        self.links.greet_all();
        let mut answer = self.act(Event::Invoke(request));
        loop {
            match answer {
                Some(Answer::Refused) => return Ended::Failed,
                Some(answer) => return Ended::Done(answer),
                None => {}
            }
            if let Some(alarm) = self.alarms.take_due() {
                self.links.greet_all();
                answer = self.act(Event::Alarm(alarm));
                continue;
            }
            let now = Instant::now();
            if now >= deadline {
                return Ended::Unknown;
            }
            let until = self.alarms.next().map_or(deadline, |due| due.min(deadline));
            answer = match self
                .arriving
                .recv_timeout(until.saturating_duration_since(now))
            {
                Ok(Inbound::Message(from, text)) => self.act(Event::Receive(from, text)),
                Ok(Inbound::Closed(node, number)) => {
                    self.links.closed(node, number);
                    None
                }
                // The links have an end of the channel, so that it is never cut.
                Ok(Inbound::Opened(..) | Inbound::Stop) | Err(_) => None,
            };
        }
    }

    fn act(&mut self, event: Event<String>) -> Option<Answer> {
        let mut effects = self.alarms.effects(self.me, self.cluster, self.timing);
        self.machine.on(event, &mut effects);
        for (to, text) in effects.sent {
            self.links.send(to, &text);
        }
        for (alarm, after) in effects.alarms {
            self.alarms.set(alarm, after);
        }
        effects.answer
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.open.close(|()| true);
    }
}

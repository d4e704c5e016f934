//! What a machine runs on: its connections, its clock, and threads that read.
//!
//! Whichever thread reads a message hands it to the machine itself, one at a time, and sends what the machine answers: no
//! message waits for another thread to be woken.

use std::io::{self, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::links::{Connection, LONGEST, Links, next_line};
use super::machine::{Alarms, Machine};
use super::open::{Noted, Open};
use crate::machine::{Answer, Cluster, Event, Node, Timing};

/// A machine with all that it needs.
pub(super) struct Host {
    me: Node,
    cluster: Cluster,
    timing: Timing,
    inside: Mutex<Inside>,
    changed: Condvar,
    /// The connections, so that they can be closed.
    open: Open<()>,
}

struct Inside {
    machine: Box<dyn Machine>,
    links: Links,
    alarms: Alarms,
    answer: Option<Answer>,
    is_over: bool,
}

impl Host {
    pub(super) fn new(
        machine: Box<dyn Machine>,
        me: Node,
        cluster: Cluster,
        peers: Vec<SocketAddr>,
        timing: Timing,
    ) -> Arc<Self> {
        let inside = Inside {
            machine,
            links: Links::new(me, peers),
            alarms: Alarms::new(),
            answer: None,
            is_over: false,
        };
        Arc::new(Self {
            me,
            cluster,
            timing,
            inside: Mutex::new(inside),
            changed: Condvar::new(),
            open: Open::default(),
        })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins.
    pub(super) fn start(self: &Arc<Self>) {
        self.act(&mut self.inside(), Event::Start);
    }

    /// Says hello to every replica to which there is no connection.
    pub(super) fn greet_all(self: &Arc<Self>) {
        self.greet(&mut self.inside());
    }

    fn greet(self: &Arc<Self>, inside: &mut Inside) {
        for to in self.cluster.replicas() {
            self.connect(inside, to);
        }
    }

    fn connect(self: &Arc<Self>, inside: &mut Inside, to: Node) {
        let Some(connection) = inside.links.connect(to) else {
            return;
        };
        let noted = self.open.note((), connection.stream());
        // Without a thread that reads, the connection is of no use: it is dropped, and tried again.
        if let Ok(reading) = connection.stream().try_clone() {
            let (host, number) = (Arc::clone(self), connection.number());
            let read = move || host.read(BufReader::new(reading), to, number, noted);
            if thread::Builder::new().spawn(read).is_ok() {
                inside.links.opened(to, connection);
            }
        }
    }

    /// Reads what a connection brings that another node has opened: who it is, and then its messages.
    pub(super) fn accept(self: &Arc<Self>, stream: TcpStream) -> io::Result<()> {
        let noted = self.open.note((), &stream);
        let connection = Connection::new(stream)?;
        let number = connection.number();
        let mut reader = BufReader::new(connection.stream().try_clone()?);
        let hello = next_line(&mut reader, LONGEST);
        let Some(from) = hello.and_then(|line| line.trim_end().parse().ok()) else {
            // Whoever this is, it is none of us.
            return Ok(());
        };
        let from = Node(from);
        // Replicas are answered on connections of one's own, so that what is sent to them keeps its order.
        if self.cluster.is_replica(from) {
            self.read(reader, from, number, noted);
            return Ok(());
        }
        self.inside().links.opened(from, connection);
        self.read(reader, from, number, noted);
        Ok(())
    }

    fn read(
        self: &Arc<Self>,
        mut reader: BufReader<TcpStream>,
        from: Node,
        number: u64,
        noted: Option<Noted<()>>,
    ) {
        while let Some(text) = next_line(&mut reader, LONGEST) {
            let mut inside = self.inside();
            if inside.is_over {
                break;
            }
            self.act(&mut inside, Event::Receive(from, text));
        }
        let _ = reader.get_ref().shutdown(std::net::Shutdown::Both);
        self.inside().links.closed(from, number);
        drop(noted);
    }

    fn act(self: &Arc<Self>, inside: &mut Inside, event: Event<String>) {
        let mut effects = inside.alarms.effects(self.me, self.cluster, self.timing);
        inside.machine.on(event, &mut effects);
        for (to, text) in effects.sent {
            self.connect(inside, to);
            inside.links.send(to, &text);
        }
        let before = inside.alarms.next();
        for (alarm, after) in effects.alarms {
            inside.alarms.set(alarm, after);
        }
        let is_earlier = match (before, inside.alarms.next()) {
            (None, next) => next.is_some(),
            (Some(before), next) => next.is_some_and(|next| next < before),
        };
        if effects.answer.is_some() {
            inside.answer = effects.answer;
        }
        // Whoever waits has nothing to do until one of these.
        if is_earlier || effects.answer.is_some() {
            self.changed.notify_all();
        }
    }

    /// Invokes an operation, and waits for its answer until the deadline; alarms go off meanwhile.
    pub(super) fn invoke(
        self: &Arc<Self>,
        request: crate::machine::Request,
        deadline: Instant,
    ) -> Option<Answer> {
        let mut inside = self.inside();
        self.greet(&mut inside);
        inside.answer = None;
        self.act(&mut inside, Event::Invoke(request));
        self.wait(inside, Some(deadline))
    }

    /// Lets alarms go off until the host is closed.
    pub(super) fn keep_time(self: &Arc<Self>) {
        self.wait(self.inside(), None);
    }

    fn wait(
        self: &Arc<Self>,
        mut inside: MutexGuard<'_, Inside>,
        deadline: Option<Instant>,
    ) -> Option<Answer> {
        loop {
            if deadline.is_some() && inside.answer.is_some() {
                return inside.answer.take();
            }
            if inside.is_over {
                return None;
            }
            if let Some(alarm) = inside.alarms.take_due() {
                if deadline.is_some() {
                    self.greet(&mut inside);
                }
                self.act(&mut inside, Event::Alarm(alarm));
                continue;
            }
            let now = Instant::now();
            if deadline.is_some_and(|deadline| deadline <= now) {
                return None;
            }
            let due = [deadline, inside.alarms.next()].into_iter().flatten().min();
            let time = due.map_or(Duration::from_secs(3600), |due| {
                due.saturating_duration_since(now)
            });
            let woken = self.changed.wait_timeout(inside, time);
            inside = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends: nothing more is done, and all connections are closed.
    pub(super) fn close(&self) {
        self.inside().is_over = true;
        self.changed.notify_all();
        self.open.close(|()| true);
    }
}

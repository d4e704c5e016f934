//! A replica that listens.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::links::{Inbound, Links, accept};
use super::machine::{Alarms, Machine, machine};
use super::open::Open;
use crate::machine::{Cluster, Event, Node, Protocol, Timing};

/// A replica that runs on threads of this process.
#[derive(Debug)]
pub struct Replica {
    address: SocketAddr,
    inbox: Sender<Inbound>,
    is_over: Arc<AtomicBool>,
    open: Open<()>,
    threads: Vec<JoinHandle<()>>,
}

impl Replica {
    /// Starts one that listens here, and finds the others at these addresses, by their numbers.
    ///
    /// # Errors
    ///
    /// If there are no more threads or sockets.
    pub fn start<P: Protocol>(
        protocol: &P,
        me: Node,
        cluster: Cluster,
        listener: TcpListener,
        peers: Vec<SocketAddr>,
        timing: Timing,
    ) -> io::Result<Self> {
        let machine = machine(protocol, me, cluster);
        let address = listener.local_addr()?;
        let (inbox, arriving) = channel();
        let open = Open::default();
        let links = Links::new(me, peers, inbox.clone(), open.clone());
        let is_over = Arc::new(AtomicBool::new(false));
        let listening = {
            let (inbox, is_over, open) = (inbox.clone(), Arc::clone(&is_over), open.clone());
            thread::Builder::new().spawn(move || listen(&listener, &inbox, &is_over, &open))?
        };
        let serving = thread::Builder::new()
            .spawn(move || serve(machine, me, cluster, links, &arriving, timing))?;
        Ok(Self {
            address,
            inbox,
            is_over,
            open,
            threads: vec![listening, serving],
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it: it closes all connections, and forgets everything.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // SeqCst: it is rare, and must be seen by whoever is woken by what follows.
        self.is_over.store(true, Ordering::SeqCst);
        let _ = self.inbox.send(Inbound::Stop);
        // Wakes whoever waits for connections.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        self.open.close(|()| true);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
        self.open.close(|()| true);
    }
}

fn listen(listener: &TcpListener, inbox: &Sender<Inbound>, is_over: &AtomicBool, open: &Open<()>) {
    for stream in listener.incoming() {
        if is_over.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let noted = open.note((), &stream);
        let inbox = inbox.clone();
        // Without a thread the connection is dropped, and tried again.
        let _ = thread::Builder::new().spawn(move || accept(stream, &inbox, noted));
    }
}

fn serve(
    mut machine: Box<dyn Machine>,
    me: Node,
    cluster: Cluster,
    mut links: Links,
    arriving: &Receiver<Inbound>,
    timing: Timing,
) {
    let mut alarms = Alarms::new();
    let mut act = |event, alarms: &mut Alarms, links: &mut Links| {
        let mut effects = alarms.effects(me, cluster, timing);
        machine.on(event, &mut effects);
        for (to, text) in effects.sent {
            links.send(to, &text);
        }
        for (alarm, after) in effects.alarms {
            alarms.set(alarm, after);
        }
    };
    act(Event::Start, &mut alarms, &mut links);
    loop {
        while let Some(alarm) = alarms.take_due() {
            act(Event::Alarm(alarm), &mut alarms, &mut links);
        }
        let wait = alarms.next().map_or(Duration::MAX, |due| {
            due.saturating_duration_since(Instant::now())
        });
        match arriving.recv_timeout(wait.min(Duration::from_secs(3600))) {
            Ok(Inbound::Message(from, text)) => {
                act(Event::Receive(from, text), &mut alarms, &mut links);
            }
            Ok(Inbound::Opened(node, connection)) if !cluster.is_replica(node) => {
                links.opened(node, connection);
            }
            // Replicas answer on connections of their own.
            Ok(Inbound::Opened(..)) | Err(RecvTimeoutError::Timeout) => {}
            Ok(Inbound::Closed(node, number)) => links.closed(node, number),
            Ok(Inbound::Stop) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

//! Connections between nodes: one message a line, as JSON, behind a line that says who it is that connects.
//!
//! A replica has a connection of its own to every other one that it sends to, and answers a client on the connection that the
//! client has opened. So a client says hello to *every* replica before it asks one: whoever answers it may be one to which it
//! never spoke, as the tail of a chain. What cannot be sent is dropped, as a network may: protocols ask again.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::machine::Node;

/// A connection, with a number that no other one in this process has.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    number: u64,
}

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// How long to wait for a connection, and for a peer that takes nothing more.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long to wait before trying again to connect.
const AGAIN: Duration = Duration::from_millis(20);
/// The longest message, in bytes: a peer that sends more is none of ours.
pub(super) const LONGEST: u64 = 1 << 20;

impl Connection {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            // Relaxed: it is no more than a number.
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
        })
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

/// The next line of a connection, if there is one as a whole.
pub(super) fn next_line(reader: &mut BufReader<TcpStream>, longest: u64) -> Option<String> {
    let mut line = String::new();
    reader.take(longest).read_line(&mut line).ok()?;
    line.ends_with('\n').then_some(line)
}

/// The connections of a node, by whom they lead to.
#[derive(Debug)]
pub(super) struct Links {
    me: Node,
    /// Where the replicas are, by their numbers.
    peers: Vec<SocketAddr>,
    connected: HashMap<Node, Connection>,
    tried: HashMap<Node, Instant>,
}

impl Links {
    pub(super) fn new(me: Node, peers: Vec<SocketAddr>) -> Self {
        Self {
            me,
            peers,
            connected: HashMap::new(),
            tried: HashMap::new(),
        }
    }

    /// There is a connection.
    pub(super) fn opened(&mut self, node: Node, connection: Connection) {
        self.connected.insert(node, connection);
    }

    /// A connection has broken.
    pub(super) fn closed(&mut self, node: Node, number: u64) {
        if self
            .connected
            .get(&node)
            .is_some_and(|it| it.number == number)
        {
            self.connected.remove(&node);
        }
    }

    /// Sends a message, if there is a connection.
    pub(super) fn send(&mut self, to: Node, text: &str) {
        let Some(connection) = self.connected.get_mut(&to) else {
            return;
        };
        let line = format!("{text}\n");
        if connection.stream.write_all(line.as_bytes()).is_err() {
            // Perhaps half of the line went out: nothing more can be said on this connection.
            let _ = connection.stream.shutdown(Shutdown::Both);
            self.connected.remove(&to);
        }
    }

    /// Connects to a replica, and says hello, unless there is a connection, or it was tried a moment ago.
    pub(super) fn connect(&mut self, to: Node) -> Option<Connection> {
        let &address = self.peers.get(usize::from(to.0))?;
        if to == self.me || self.connected.contains_key(&to) {
            return None;
        }
        if self.tried.get(&to).is_some_and(|it| it.elapsed() < AGAIN) {
            return None;
        }
        let stream = TcpStream::connect_timeout(&address, PATIENCE);
        let connection = stream.and_then(|stream| {
            let mut connection = Connection::new(stream)?;
            writeln!(connection.stream, "{}", self.me.0)?;
            Ok(connection)
        });
        self.tried.insert(to, Instant::now());
        connection.ok()
    }
}

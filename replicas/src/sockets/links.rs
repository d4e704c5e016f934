//! Connections between nodes: one message a line, as JSON, behind a line that says who it is that connects.
//!
//! A replica has a connection of its own to every other one that it sends to, and answers a client on the connection that the
//! client has opened. So a client says hello to *every* replica before it asks one: whoever answers it may be one to which it
//! never spoke, as the tail of a chain. What cannot be sent is dropped, as a network may: protocols ask again.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use super::open::{Noted, Open};
use crate::machine::Node;

/// What reaches a node.
#[derive(Debug)]
pub(super) enum Inbound {
    /// A client has connected.
    Opened(Node, Connection),
    /// A message has come.
    Message(Node, String),
    /// A connection has broken.
    Closed(Node, u64),
    /// It is to stop.
    Stop,
}

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
const LONGEST: u64 = 1 << 20;

impl Connection {
    fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            // Relaxed: it is no more than a number.
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
        })
    }
}

/// The connections of a node, by whom they lead to.
#[derive(Debug)]
pub(super) struct Links {
    me: Node,
    /// Where the replicas are, by their numbers.
    peers: Vec<SocketAddr>,
    connected: HashMap<Node, Connection>,
    tried: HashMap<Node, Instant>,
    inbox: Sender<Inbound>,
    open: Open<()>,
}

impl Links {
    pub(super) fn new(
        me: Node,
        peers: Vec<SocketAddr>,
        inbox: Sender<Inbound>,
        open: Open<()>,
    ) -> Self {
        Self {
            me,
            peers,
            connected: HashMap::new(),
            tried: HashMap::new(),
            inbox,
            open,
        }
    }

    /// A client has connected.
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

    /// Says hello to every replica to which there is no connection.
    pub(super) fn greet_all(&mut self) {
        for at in 0..self.peers.len() {
            self.connect(Node(at as u8));
        }
    }

    /// Sends a message, if it can be sent.
    pub(super) fn send(&mut self, to: Node, text: &str) {
        self.connect(to);
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

    /// Connects to a replica, unless it is connected, or was tried a moment ago.
    fn connect(&mut self, to: Node) {
        let Some(&address) = self.peers.get(usize::from(to.0)) else {
            return;
        };
        let is_too_early = self.tried.get(&to).is_some_and(|it| it.elapsed() < AGAIN);
        if to == self.me || self.connected.contains_key(&to) || is_too_early {
            return;
        }
        if let Ok(connection) = self.hello(to, address) {
            self.connected.insert(to, connection);
        }
        self.tried.insert(to, Instant::now());
    }

    fn hello(&self, to: Node, address: SocketAddr) -> io::Result<Connection> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        let noted = self.open.note((), &stream);
        let mut connection = Connection::new(stream)?;
        writeln!(connection.stream, "{}", self.me.0)?;
        let reading = connection.stream.try_clone()?;
        let (inbox, number) = (self.inbox.clone(), connection.number);
        thread::Builder::new().spawn(move || {
            read(BufReader::new(reading), to, number, &inbox);
            drop(noted);
        })?;
        Ok(connection)
    }
}

/// Reads what a connection brings that another node has opened: who it is, and then its messages.
pub(super) fn accept(
    stream: TcpStream,
    inbox: &Sender<Inbound>,
    _noted: Option<Noted<()>>,
) -> io::Result<()> {
    let connection = Connection::new(stream)?;
    let number = connection.number;
    let mut reader = BufReader::new(connection.stream.try_clone()?);
    let mut line = String::new();
    (&mut reader).take(LONGEST).read_line(&mut line)?;
    let Ok(from) = line.trim_end().parse() else {
        // Whoever this is, it is none of us.
        return connection.stream.shutdown(Shutdown::Both);
    };
    let from = Node(from);
    // If the node has stopped, nobody hears it.
    let _ = inbox.send(Inbound::Opened(from, connection));
    read(reader, from, number, inbox);
    Ok(())
}

fn read(mut reader: BufReader<TcpStream>, from: Node, number: u64, inbox: &Sender<Inbound>) {
    loop {
        let mut line = String::new();
        let read = (&mut reader).take(LONGEST).read_line(&mut line);
        let is_whole = matches!(read, Ok(length) if length > 0) && line.ends_with('\n');
        if !is_whole || inbox.send(Inbound::Message(from, line)).is_err() {
            break;
        }
    }
    let _ = reader.get_ref().shutdown(Shutdown::Both);
    let _ = inbox.send(Inbound::Closed(from, number));
}

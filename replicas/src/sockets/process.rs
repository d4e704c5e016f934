//! A replica as a process of its own, so that it can be killed.
//!
//! The process that starts it reads where it listens, and tells it where the others are; the replica stops when that process
//! has gone.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use super::replica::Replica;
use crate::machine::{Cluster, Node, Protocol, Timing};

/// A replica that is a process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    address: SocketAddr,
}

/// How long a process may take to say where it listens.
const PATIENCE: Duration = Duration::from_secs(60);

impl Process {
    /// Starts a program that [serves](serve) a replica.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or does not say where it listens.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().expect("it has been piped");
        let (said, hears) = channel();
        thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(stdout).read_line(&mut line);
            let _ = said.send(read.map(|_| line));
        });
        let address = match hears.recv_timeout(PATIENCE) {
            Ok(Ok(line)) => line
                .split_whitespace()
                .last()
                .and_then(|it| it.parse().ok()),
            _ => None,
        };
        // From here on it is killed when it is dropped.
        let mut process = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        process.address = address.ok_or_else(|| {
            io::Error::other("a replica that was started does not say where it listens")
        })?;
        Ok(process)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells it where all are, by their numbers.
    ///
    /// # Errors
    ///
    /// If it has gone.
    pub fn tell(&mut self, peers: &[SocketAddr]) -> io::Result<()> {
        let stdin = self.child.stdin.as_mut().expect("it has been piped");
        let peers: Vec<String> = peers.iter().map(SocketAddr::to_string).collect();
        writeln!(stdin, "{}", peers.join(" "))?;
        stdin.flush()
    }

    /// Kills it: it can do nothing more, not even say so.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have gone by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves as a replica, until `input` ends: says on `output` where it listens, and reads where all are.
///
/// # Errors
///
/// If it cannot listen, or is not told where the others are.
pub fn serve<P: Protocol>(
    protocol: &P,
    me: Node,
    cluster: Cluster,
    timing: Timing,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    writeln!(
        output,
        "{} listens on {}",
        cluster.name(me),
        listener.local_addr()?
    )?;
    output.flush()?;
    let mut line = String::new();
    input.read_line(&mut line)?;
    let peers: Result<Vec<SocketAddr>, _> = line.split_whitespace().map(str::parse).collect();
    let peers = peers
        .ok()
        .filter(|it| it.len() == usize::from(cluster.replicas));
    let peers = peers.ok_or_else(|| {
        io::Error::other(format!(
            "where the replicas are is to be said in a line of {} addresses",
            cluster.replicas
        ))
    })?;
    let replica = Replica::start(protocol, me, cluster, listener, peers, timing)?;
    io::copy(input, &mut io::sink())?;
    replica.stop();
    Ok(())
}

//! Redis: a primary with two replicas, and what its clients may wait for.
//!
//! A primary performs one command after the other, and tells its replicas later. [`WAIT`](https://redis.io/docs/latest/commands/wait/)
//! lets a client wait until so many replicas have a write; reads at the others remain old, and so does everything at a primary
//! that has been replaced without knowing it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use replicas::machine::Node;

use crate::running::{Running, Setup, Ways, folder};
use crate::servers::{Folder, Server, Stop, find, free_ports};
use crate::store::Trouble;

mod client;
mod sentinel;

use client::{Client, Writes};
pub use sentinel::with_sentinels;

/// Where the server is.
///
/// # Errors
///
/// If it is not installed.
pub fn program() -> Result<PathBuf, Trouble> {
    find("redis-server", &[]).ok_or(Trouble::NotInstalled {
        engine: "Redis",
        program: "redis-server",
        package: "redis-server",
    })
}

/// The register.
const KEY: &str = "register";

/// One primary, and nobody else.
///
/// # Errors
///
/// If it is not installed, or does not start.
pub fn alone(setup: &Setup) -> Result<Running, Trouble> {
    start(setup, 1, Writes::Primary)
}

/// A primary and two replicas; each client writes to the primary and reads at the one that is nearest.
///
/// # Errors
///
/// As above.
pub fn replicated(setup: &Setup) -> Result<Running, Trouble> {
    start(setup, 3, Writes::Primary)
}

/// The same; a write is done when one replica has it, too.
///
/// # Errors
///
/// As above.
pub fn waiting_for_one(setup: &Setup) -> Result<Running, Trouble> {
    start(setup, 3, Writes::Wait(1))
}

/// The same; a write is done when both replicas have it.
///
/// # Errors
///
/// As above.
pub fn waiting_for_both(setup: &Setup) -> Result<Running, Trouble> {
    start(setup, 3, Writes::Wait(2))
}

fn start(setup: &Setup, count: u8, writes: Writes) -> Result<Running, Trouble> {
    let folder = folder()?;
    let mut ways = Ways::new(setup);
    let (nodes, addresses) = primary_and_replicas(&folder, &mut ways, count)?;
    let of_clients = ways.of_clients(setup, &addresses)?;
    let connect = move |client: u8| {
        let ways = &of_clients[usize::from(client)];
        let nearest = usize::from(Setup::nearest(client, count).0);
        let client = Client::new(ways[0], ways[nearest], writes);
        Ok(Box::new(client) as Box<dyn crate::Store>)
    };
    Ok(Running {
        nodes,
        addresses,
        others: Vec::new(),
        proxies: ways.into_proxies(),
        connect: Box::new(connect),
        survivors: None,
    })
}

/// Starts the servers, and waits until all replicas follow the primary.
fn primary_and_replicas(
    folder: &Arc<Folder>,
    ways: &mut Ways,
    count: u8,
) -> Result<(Vec<Server>, Vec<SocketAddr>), Trouble> {
    let program = program()?;
    let addresses: [SocketAddr; 3] = free_ports()?;
    let addresses = &addresses[..usize::from(count)];
    let mut nodes = Vec::new();
    for (number, address) in addresses.iter().enumerate() {
        let letter = char::from(b'A' + number as u8);
        let name = format!("redis {letter}");
        let inner = folder.inner(&name.replace(' ', "-"))?;
        let mut command = Command::new(&program);
        command.current_dir(&inner);
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.args(["--port", &address.port().to_string()]);
        // Replicas are to follow at once.
        command.args(["--repl-diskless-sync-delay", "0"]);
        if number > 0 {
            let primary = ways.between(Node(number as u8), Node(0), addresses[0])?;
            let port = primary.port().to_string();
            command.args(["--replicaof", "127.0.0.1", &port]);
        }
        let mut server = Server::start(folder, name, &mut command, Stop::Kill)?;
        let is_ready = if number == 0 { is_up } else { follows };
        server.wait_until(|| is_ready(*address))?;
        nodes.push(server);
    }
    Ok((nodes, addresses.to_vec()))
}

fn is_up(address: SocketAddr) -> bool {
    ask(address, redis::cmd("PING")) == Some("PONG".to_owned())
}

fn follows(address: SocketAddr) -> bool {
    let mut info = redis::cmd("INFO");
    info.arg("replication");
    ask(address, info).is_some_and(|said: String| said.contains("master_link_status:up"))
}

/// Asks a server once, on a connection of its own.
fn ask<T: redis::FromRedisValue>(address: SocketAddr, command: redis::Cmd) -> Option<T> {
    let mut connection = client::connect(address, Duration::from_secs(2)).ok()?;
    command.query(&mut connection).ok()
}

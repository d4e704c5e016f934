//! A cluster that runs, with proxies between its nodes if faults are to happen.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;

use super::process::Process;
use super::proxy::{Fault, Proxies};
use super::replica::Replica;
use super::session::Session;
use crate::machine::{Cluster, Node, Protocol, Timing};

/// What a replica runs on.
#[derive(Debug)]
enum Server {
    Threads(Replica),
    Process(Process),
    Stopped,
}

/// Replicas that serve.
#[derive(Debug)]
pub struct Running {
    cluster: Cluster,
    timing: Timing,
    servers: Vec<Server>,
    /// Where each node finds each replica.
    addresses: Vec<Vec<SocketAddr>>,
    proxies: Option<Proxies>,
}

impl Running {
    /// Starts all replicas on threads of this process.
    ///
    /// # Errors
    ///
    /// If there are no more threads or sockets.
    pub fn on_threads<P: Protocol>(
        protocol: &P,
        cluster: Cluster,
        timing: Timing,
        with_proxies: bool,
    ) -> io::Result<Self> {
        let bind = |_| TcpListener::bind(("127.0.0.1", 0));
        let listeners: Vec<TcpListener> = cluster.replicas().map(bind).collect::<Result<_, _>>()?;
        let own: Vec<SocketAddr> = listeners
            .iter()
            .map(TcpListener::local_addr)
            .collect::<Result<_, _>>()?;
        let (addresses, proxies) = between(cluster, &own, with_proxies)?;
        let start = |(node, listener): (Node, TcpListener)| {
            let peers = addresses[usize::from(node.0)].clone();
            Replica::start(protocol, node, cluster, listener, peers, timing).map(Server::Threads)
        };
        let servers: io::Result<Vec<Server>> =
            cluster.replicas().zip(listeners).map(start).collect();
        Ok(Self {
            cluster,
            timing,
            servers: servers?,
            addresses,
            proxies,
        })
    }

    /// Starts each replica as a process, by a program that [serves](super::serve) it.
    ///
    /// # Errors
    ///
    /// If one cannot be started.
    pub fn as_processes(
        program: impl Fn(Node) -> Command,
        cluster: Cluster,
        timing: Timing,
        with_proxies: bool,
    ) -> io::Result<Self> {
        let start = |node| Process::start(&mut program(node));
        let mut processes: Vec<Process> =
            cluster.replicas().map(start).collect::<Result<_, _>>()?;
        let own: Vec<SocketAddr> = processes.iter().map(Process::address).collect();
        let (addresses, proxies) = between(cluster, &own, with_proxies)?;
        for (process, peers) in processes.iter_mut().zip(&addresses) {
            process.tell(peers)?;
        }
        Ok(Self {
            cluster,
            timing,
            servers: processes.into_iter().map(Server::Process).collect(),
            addresses,
            proxies,
        })
    }

    /// A client, counted from 0.
    ///
    /// # Panics
    ///
    /// If there are not so many in the cluster.
    #[must_use]
    pub fn session<P: Protocol>(&self, protocol: &P, client: u8) -> Session {
        let node = self.cluster.node_of(client);
        let peers = self.addresses[usize::from(node.0)].clone();
        Session::new(protocol, client, self.cluster, peers, self.timing)
    }

    /// Who there is.
    #[must_use]
    pub fn cluster(&self) -> Cluster {
        self.cluster
    }

    /// Stops a replica for good. One that is a process is killed.
    pub fn stop(&mut self, node: Node) {
        if let Some(server) = self.servers.get_mut(usize::from(node.0)) {
            match std::mem::replace(server, Server::Stopped) {
                Server::Threads(replica) => replica.stop(),
                Server::Process(process) => process.kill(),
                Server::Stopped => {}
            }
        }
    }

    /// From now on this happens between some nodes and all others; or nothing any more. Without proxies nothing happens.
    pub fn between(&self, some: &[Node], fault: Option<Fault>) {
        let Cluster { replicas, clients } = self.cluster;
        let others = (0..replicas + clients).map(Node);
        let others: Vec<Node> = others.filter(|node| !some.contains(node)).collect();
        if let Some(proxies) = &self.proxies {
            proxies.set(some, &others, fault);
        }
    }
}

/// Where each node finds each replica, if those listen here.
fn between(
    cluster: Cluster,
    own: &[SocketAddr],
    with_proxies: bool,
) -> io::Result<(Vec<Vec<SocketAddr>>, Option<Proxies>)> {
    let nodes = (0..cluster.replicas + cluster.clients).map(Node);
    if !with_proxies {
        return Ok((nodes.map(|_| own.to_vec()).collect(), None));
    }
    let mut proxies = Proxies::new();
    let mut addresses = Vec::new();
    for from in nodes {
        let mut row = Vec::new();
        for (to, &address) in cluster.replicas().zip(own) {
            row.push(match from == to {
                true => address,
                false => proxies.between(from, to, address)?,
            });
        }
        addresses.push(row);
    }
    Ok((addresses, Some(proxies)))
}

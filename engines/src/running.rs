//! An engine that runs: its servers, how clients get at them, and what can go wrong between them.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use replicas::machine::Node;
use replicas::sockets::{Fault, Proxies, Sender};

use crate::servers::{Folder, Server};
use crate::store::{Store, Trouble};

/// What an engine is started with.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// How many clients there will be.
    pub clients: u8,
    /// Whether everything that is sent goes by proxies, so that it can be held, closed or delayed.
    pub with_proxies: bool,
}

impl Setup {
    /// The replica that is nearest to a client, of so many: the first client's is the first one, and so on in turn.
    #[must_use]
    pub fn nearest(client: u8, replicas: u8) -> Node {
        Node(client % replicas)
    }
}

/// Opens the connection of a client, counted from 0.
pub type Connect = Box<dyn Fn(u8) -> Result<Box<dyn Store>, Trouble> + Send + Sync>;

/// Says which of all values that were written are still there in the end.
pub type Survivors = Box<dyn Fn() -> Result<HashSet<u64>, Trouble> + Send + Sync>;

/// The servers of an engine, ready for clients. They are stopped when it is dropped.
pub struct Running {
    /// A, B, ...: those that have the register.
    pub nodes: Vec<Server>,
    /// Where they listen.
    pub addresses: Vec<SocketAddr>,
    /// Those that watch over them.
    pub others: Vec<Server>,
    /// Between nodes, and between clients and nodes; none if everything is direct.
    pub proxies: Option<Proxies>,
    /// How clients get at it.
    pub connect: Connect,
    /// What is left of what was written, where the engine can say so.
    pub survivors: Option<Survivors>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("nodes", &self.nodes)
            .field("others", &self.others)
            .finish_non_exhaustive()
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    /// What is sent between it and the others waits until this is over: a cut.
    Hold,
    /// Connections between it and the others are closed, and cannot be opened.
    Close,
    /// What is sent between it and the others takes 5 ms longer.
    Delay,
    /// The server is frozen: its connections stay open, and nothing answers.
    Pause,
    /// The server is killed, for good.
    Kill,
}

impl Wrong {
    /// What proxies do, if it is theirs to do.
    #[must_use]
    pub fn on_the_way(self) -> Option<Fault> {
        match self {
            Self::Hold => Some(Fault::Hold),
            Self::Close => Some(Fault::Close),
            Self::Delay => Some(Fault::Delay(Duration::from_millis(5))),
            Self::Pause | Self::Kill => None,
        }
    }
}

/// The node of a client among so many replicas.
#[must_use]
pub fn node_of(client: u8, replicas: u8) -> Node {
    Node(replicas + client)
}

impl Running {
    /// Something goes wrong with a replica and the clients nearest to it, of so many.
    pub fn break_down(&mut self, wrong: Wrong, on: Node, clients: u8) {
        match wrong.on_the_way() {
            Some(fault) => self.cut(on, clients, Some(fault)),
            None => {
                if let Some(server) = self.nodes.get_mut(usize::from(on.0)) {
                    match wrong {
                        Wrong::Kill => server.kill(),
                        _ => server.pause(),
                    }
                }
            }
        }
    }

    /// Whatever can be mended is.
    pub fn mend(&mut self, wrong: Wrong, on: Node, clients: u8) {
        match wrong {
            Wrong::Kill => {}
            Wrong::Pause => {
                if let Some(server) = self.nodes.get(usize::from(on.0)) {
                    server.go_on();
                }
            }
            Wrong::Hold | Wrong::Close | Wrong::Delay => self.cut(on, clients, None),
        }
    }

    fn cut(&self, on: Node, clients: u8, fault: Option<Fault>) {
        let replicas = self.nodes.len() as u8;
        let is_near = |&client: &u8| Setup::nearest(client, replicas) == on;
        let near = (0..clients).filter(is_near);
        let away: Vec<Node> = near
            .map(|client| node_of(client, replicas))
            .chain([on])
            .collect();
        let all = (0..replicas + clients).map(Node);
        let others: Vec<Node> = all.filter(|node| !away.contains(node)).collect();
        if let Some(proxies) = &self.proxies {
            proxies.set(&away, &others, fault);
        }
    }
}

/// Where clients and replicas reach each other: directly, or by proxies.
#[derive(Debug)]
pub(crate) struct Ways {
    proxies: Option<Proxies>,
}

impl Ways {
    pub(crate) fn new(setup: &Setup) -> Self {
        let proxies = setup.with_proxies.then(Proxies::new);
        Self { proxies }
    }

    /// Where one node reaches another one.
    pub(crate) fn between(
        &mut self,
        from: Node,
        to: Node,
        address: SocketAddr,
    ) -> Result<SocketAddr, Trouble> {
        match &mut self.proxies {
            None => Ok(address),
            Some(proxies) => proxies
                .between(from, to, address)
                .map_err(Trouble::machine("there is no port for a proxy")),
        }
    }

    /// Where all others reach a node that says who it is.
    pub(crate) fn before(
        &mut self,
        to: Node,
        address: SocketAddr,
        sender: Sender,
    ) -> Result<SocketAddr, Trouble> {
        match &mut self.proxies {
            None => Ok(address),
            Some(proxies) => proxies
                .before(to, address, sender)
                .map_err(Trouble::machine("there is no port for a proxy")),
        }
    }

    /// Where each client reaches each node: first by client, then by node.
    pub(crate) fn of_clients(
        &mut self,
        setup: &Setup,
        nodes: &[SocketAddr],
    ) -> Result<Arc<Vec<Vec<SocketAddr>>>, Trouble> {
        let replicas = nodes.len() as u8;
        let mut all = Vec::new();
        for client in 0..setup.clients {
            let mut ways = Vec::new();
            for (to, &address) in nodes.iter().enumerate() {
                ways.push(self.between(node_of(client, replicas), Node(to as u8), address)?);
            }
            all.push(ways);
        }
        Ok(Arc::new(all))
    }

    /// Closes all connections once.
    pub(crate) fn renew(&self) {
        if let Some(proxies) = &self.proxies {
            proxies.renew();
        }
    }

    pub(crate) fn into_proxies(self) -> Option<Proxies> {
        self.proxies
    }
}

/// A folder for the servers of an engine.
pub(crate) fn folder() -> Result<Arc<Folder>, Trouble> {
    Folder::new().map(Arc::new)
}

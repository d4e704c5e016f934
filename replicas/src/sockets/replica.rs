//! A replica that listens.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::host::Host;
use super::machine::machine;
use crate::machine::{Cluster, Node, Protocol, Timing};

/// A replica that runs on threads of this process.
pub struct Replica {
    address: SocketAddr,
    host: Arc<Host>,
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Replica {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replica")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
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
        let address = listener.local_addr()?;
        let host = Host::new(machine(protocol, me, cluster), me, cluster, peers, timing);
        let is_over = Arc::new(AtomicBool::new(false));
        // From here on it is stopped when it is dropped.
        let mut replica = Self {
            address,
            host: Arc::clone(&host),
            is_over: Arc::clone(&is_over),
            threads: Vec::new(),
        };
        let listening = Arc::clone(&host);
        let listen = move || listen(&listener, &listening, &is_over);
        replica.threads.push(thread::Builder::new().spawn(listen)?);
        let serve = move || {
            host.start();
            host.keep_time();
        };
        replica.threads.push(thread::Builder::new().spawn(serve)?);
        Ok(replica)
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
        self.host.close();
        // Wakes whoever waits for connections.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
        // Connections that were accepted meanwhile.
        self.host.close();
    }
}

fn listen(listener: &TcpListener, host: &Arc<Host>, is_over: &AtomicBool) {
    for stream in listener.incoming() {
        if is_over.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let host = Arc::clone(host);
        // Without a thread the connection is dropped, and tried again.
        let _ = thread::Builder::new().spawn(move || host.accept(stream));
    }
}

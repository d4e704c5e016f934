//! A proxy between two nodes, which does to a connection what a network does: it holds what is sent, closes, or is slow.
//!
//! *Hold* is what a partition does to TCP: bytes wait, and arrive when it is over.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::open::Open;
use crate::machine::Node;

/// What happens to what one node sends another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It waits until this is over.
    Hold,
    /// The connection is closed, and cannot be opened until this is over.
    Close,
    /// It takes so much longer.
    Delay(Duration),
}

/// What happens on the way from one node to another one.
#[derive(Debug, Default)]
struct Network {
    faults: HashMap<(Node, Node), Fault>,
    is_over: bool,
}

#[derive(Debug, Default)]
struct Shared {
    network: Mutex<Network>,
    changed: Condvar,
}

impl Shared {
    fn network(&self) -> MutexGuard<'_, Network> {
        self.network.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens on the way once nothing is held there.
    fn passes(&self, way: (Node, Node)) -> Option<Fault> {
        let mut network = self.network();
        loop {
            match network.faults.get(&way) {
                Some(Fault::Hold) if !network.is_over => {
                    let woken = self.changed.wait(network);
                    network = woken.unwrap_or_else(PoisonError::into_inner);
                }
                other => return other.copied(),
            }
        }
    }
}

/// Says who sends this, if it can be seen from it.
pub type Sender = Arc<dyn Fn(&[u8]) -> Option<Node> + Send + Sync>;

/// Who has opened a connection.
struct Opener {
    node: OnceLock<Node>,
    sender: Option<Sender>,
}

impl Opener {
    fn known(node: Node) -> Self {
        Self {
            node: OnceLock::from(node),
            sender: None,
        }
    }

    /// Takes from what it sends who it is.
    fn hear(&self, bytes: &[u8]) {
        if self.node.get().is_none()
            && let Some(node) = self.sender.as_ref().and_then(|sender| sender(bytes))
        {
            self.node.get_or_init(|| node);
        }
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Opener").field(&self.node.get()).finish()
    }
}

/// A connection: who has opened it, and to whom.
type Opened = (Arc<Opener>, Node);

/// The proxies between all nodes.
#[derive(Debug)]
pub struct Proxies {
    shared: Arc<Shared>,
    listening: Vec<(SocketAddr, JoinHandle<()>)>,
    is_over: Arc<AtomicBool>,
    open: Open<Opened>,
}

impl Proxies {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shared: Arc::default(),
            listening: Vec::new(),
            is_over: Arc::default(),
            open: Open::default(),
        }
    }

    /// Puts one between two nodes: the first reaches the second by the address that is returned.
    ///
    /// # Errors
    ///
    /// If there are no more threads or sockets.
    pub fn between(&mut self, from: Node, to: Node, address: SocketAddr) -> io::Result<SocketAddr> {
        self.listen(to, address, move || Opener::known(from))
    }

    /// Puts one before a node: all others reach it by the address that is returned. Who it is that has opened a connection is
    /// taken from what comes on it; as long as that is not known nothing happens to it.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn before(
        &mut self,
        to: Node,
        address: SocketAddr,
        sender: Sender,
    ) -> io::Result<SocketAddr> {
        self.listen(to, address, move || Opener {
            node: OnceLock::new(),
            sender: Some(Arc::clone(&sender)),
        })
    }

    /// Closes all connections, once: whoever still needs one opens it again, and says anew who it is.
    pub fn renew(&self) {
        self.open.close(|_| true);
    }

    fn listen(
        &mut self,
        to: Node,
        address: SocketAddr,
        opener: impl Fn() -> Opener + Send + 'static,
    ) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let here = listener.local_addr()?;
        let (shared, is_over) = (Arc::clone(&self.shared), Arc::clone(&self.is_over));
        let open = self.open.clone();
        let listening = thread::Builder::new().spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(stream) = stream {
                    // What cannot be passed on is closed when it is dropped.
                    let _ = pass(stream, (Arc::new(opener()), to), address, &shared, &open);
                }
            }
        })?;
        self.listening.push((here, listening));
        Ok(here)
    }

    /// From now on this happens to all that is sent from some nodes to others, and back; or nothing any more.
    pub fn set(&self, some: &[Node], others: &[Node], fault: Option<Fault>) {
        let mut network = self.shared.network();
        let pairs = some
            .iter()
            .flat_map(|&a| others.iter().map(move |&b| (a, b)));
        for (a, b) in pairs.flat_map(|(a, b)| [(a, b), (b, a)]) {
            match fault {
                Some(fault) => network.faults.insert((a, b), fault),
                None => network.faults.remove(&(a, b)),
            };
        }
        let is_closed =
            |from: Node, to: Node| network.faults.get(&(from, to)) == Some(&Fault::Close);
        self.open.close(|(opener, to)| {
            let opener = opener.node.get();
            opener.is_some_and(|&from| is_closed(from, *to))
        });
        drop(network);
        self.shared.changed.notify_all();
    }
}

impl Default for Proxies {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Proxies {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        self.shared.network().is_over = true;
        self.shared.changed.notify_all();
        self.open.close(|_| true);
        for (address, listening) in self.listening.drain(..) {
            let _ = TcpStream::connect_timeout(&address, Duration::from_secs(1));
            let _ = listening.join();
        }
        self.open.close(|_| true);
    }
}

/// Passes on what comes on a connection, both ways.
fn pass(
    stream: TcpStream,
    opened: Opened,
    address: SocketAddr,
    shared: &Arc<Shared>,
    open: &Open<Opened>,
) -> io::Result<()> {
    let (opener, to) = &opened;
    let is_closed = |&from: &Node| shared.network().faults.get(&(from, *to)) == Some(&Fault::Close);
    if opener.node.get().is_some_and(is_closed) {
        return stream.shutdown(Shutdown::Both);
    }
    let onward = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    let mut noted = Vec::new();
    for stream in [&stream, &onward] {
        stream.set_nodelay(true)?;
        noted.push(open.note(opened.clone(), stream));
    }
    let noted = Arc::new(noted);
    for (source, target, is_back) in [
        (stream.try_clone()?, onward.try_clone()?, false),
        (onward, stream, true),
    ] {
        let (shared, noted) = (Arc::clone(shared), Arc::clone(&noted));
        let opened = opened.clone();
        thread::Builder::new().spawn(move || {
            pump(source, target, &opened, is_back, &shared);
            drop(noted);
        })?;
    }
    Ok(())
}

fn pump(
    mut source: TcpStream,
    mut target: TcpStream,
    (opener, to): &Opened,
    is_back: bool,
    shared: &Shared,
) {
    let mut bytes = [0; 4096];
    loop {
        let length = match source.read(&mut bytes) {
            Ok(length) if length > 0 => length,
            _ => break,
        };
        if !is_back {
            opener.hear(&bytes[..length]);
        }
        let way = opener.node.get().map(|&from| match is_back {
            false => (from, *to),
            true => (*to, from),
        });
        match way.and_then(|way| shared.passes(way)) {
            Some(Fault::Close) => break,
            Some(Fault::Delay(time)) => thread::sleep(time),
            Some(Fault::Hold) | None => {}
        }
        if target.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = source.shutdown(Shutdown::Both);
    let _ = target.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Answers whatever comes with the same.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a port");
        let address = listener.local_addr().expect("it is known");
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut back = stream.try_clone().expect("it can be shared");
                thread::spawn(move || io::copy(&mut stream, &mut back));
            }
        });
        address
    }

    /// Says its name, and returns whether that comes back in this time.
    fn is_answered(stream: &mut TcpStream, name: &str, time: Duration) -> bool {
        stream
            .set_read_timeout(Some(time))
            .expect("it is not nothing");
        let mut back = vec![0; name.len()];
        let written = stream.write_all(name.as_bytes());
        written.and_then(|()| stream.read_exact(&mut back)).is_ok()
    }

    #[test]
    fn who_says_its_name_is_cut_off_and_nobody_else() {
        const SOON: Duration = Duration::from_millis(50);
        const PATIENCE: Duration = Duration::from_secs(60);
        let (a, b, all) = (Node(0), Node(1), Node(2));
        let sender: Sender = Arc::new(|bytes: &[u8]| match bytes {
            b"a" => Some(Node(0)),
            b"b" => Some(Node(1)),
            _ => None,
        });
        let mut proxies = Proxies::new();
        let address = proxies
            .before(all, echo(), sender)
            .expect("there is a port");
        let connect = || TcpStream::connect(address).expect("somebody listens");
        let [mut one, mut other, mut nobody] = [connect(), connect(), connect()];
        proxies.set(&[a], &[all], Some(Fault::Hold));
        assert!(!is_answered(&mut one, "a", SOON));
        assert!(is_answered(&mut other, "b", PATIENCE));
        assert!(is_answered(&mut nobody, "?", PATIENCE));
        // What was held arrives.
        proxies.set(&[a], &[all], None);
        let mut held = [0];
        one.set_read_timeout(Some(PATIENCE))
            .expect("it is not nothing");
        one.read_exact(&mut held).expect("it arrives");
        assert_eq!(held, *b"a");

        // Once closed, a connection says nothing more; a new one is known again when it has said who it is.
        proxies.set(&[b], &[all], Some(Fault::Close));
        assert!(!is_answered(&mut other, "b", PATIENCE));
        let begun = Instant::now();
        assert!(!is_answered(&mut connect(), "b", PATIENCE));
        assert!(begun.elapsed() < PATIENCE, "it is closed and not held");
        proxies.renew();
        assert!(!is_answered(&mut nobody, "?", PATIENCE));
        assert!(is_answered(&mut connect(), "?", PATIENCE));
    }
}

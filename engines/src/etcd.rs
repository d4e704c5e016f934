//! etcd: a log that a majority agrees on (Raft), in front of a map.
//!
//! A *linearizable* read, which is the default, asks a majority whether the node is up to date; a *serializable* one is
//! answered by the node alone. Clients speak to the [JSON gateway](https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/), which
//! takes longer than gRPC does: the latencies are those of HTTP/1.1 and a proxy inside of etcd.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use histories::Value;
use histories::record::Ended;
use replicas::machine::Node;
use serde_json::{Value as Json, json};
use ureq::Agent;

use crate::running::{Running, Setup, Ways, folder};
use crate::servers::{Server, Stop, find, free_ports};
use crate::store::{DEADLINE, Store, Trouble};

/// Where the server is.
///
/// # Errors
///
/// If it is not installed.
pub fn program() -> Result<PathBuf, Trouble> {
    find("etcd", &[]).ok_or(Trouble::NotInstalled {
        engine: "etcd",
        program: "etcd",
        package: "etcd-server",
    })
}

/// The register.
const KEY: &str = "register";

/// Which reads clients ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reads {
    Linearizable,
    Serializable,
}

/// Three nodes; each client asks the nearest one, whose reads are confirmed by a majority.
///
/// # Errors
///
/// If it is not installed, or does not start.
pub fn linearizable(setup: &Setup) -> Result<Running, Trouble> {
    start(setup, 3, Reads::Linearizable)
}

/// Three nodes; each client asks the nearest one, which answers reads by itself.
///
/// # Errors
///
/// As above.
pub fn serializable(setup: &Setup) -> Result<Running, Trouble> {
    start(setup, 3, Reads::Serializable)
}

/// One node.
///
/// # Errors
///
/// As above.
pub fn one_node(setup: &Setup) -> Result<Running, Trouble> {
    start(setup, 1, Reads::Linearizable)
}

/// One node, which does not ask itself.
///
/// # Errors
///
/// As above.
pub fn one_node_serializable(setup: &Setup) -> Result<Running, Trouble> {
    start(setup, 1, Reads::Serializable)
}

fn start(setup: &Setup, count: u8, reads: Reads) -> Result<Running, Trouble> {
    let program = program()?;
    let folder = folder()?;
    let (addresses, peers): ([SocketAddr; 3], [SocketAddr; 3]) = (free_ports()?, free_ports()?);
    let (addresses, peers) = (&addresses[..count.into()], &peers[..count.into()]);
    let letters: Vec<char> = (b'A'..).map(char::from).take(count.into()).collect();
    let mut ways = Ways::new(setup);
    let names = Names::default();
    let mut advertised = Vec::new();
    for (number, &peer) in peers.iter().enumerate() {
        let names = names.clone();
        let sender = Arc::new(move |bytes: &[u8]| names.sender(bytes));
        advertised.push(ways.before(Node(number as u8), peer, sender)?);
    }
    let members = letters.iter().zip(&advertised);
    let members = members.map(|(letter, peer)| format!("{letter}=http://{peer}"));
    let members = members.collect::<Vec<_>>().join(",");
    let mut nodes = Vec::new();
    for (number, letter) in letters.iter().enumerate() {
        let (address, peer) = (addresses[number], peers[number]);
        let name = format!("etcd {letter}");
        let inner = folder.inner(&name.replace(' ', "-"))?;
        let mut command = Command::new(&program);
        // Nothing of the environment is to configure it.
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("ETCD_") {
                command.env_remove(variable);
            }
        }
        command.current_dir(&inner);
        command.args(["--name", &letter.to_string()]);
        command.arg("--data-dir").arg(inner.join("data"));
        for option in ["--listen-client-urls", "--advertise-client-urls"] {
            command.args([option, &format!("http://{address}")]);
        }
        command.args(["--listen-peer-urls", &format!("http://{peer}")]);
        let advertised = format!("http://{}", advertised[number]);
        command.args(["--initial-advertise-peer-urls", &advertised]);
        command.args(["--initial-cluster", &members]);
        nodes.push(Server::start(&folder, name, &mut command, Stop::Kill)?);
    }
    wait_for_a_leader(&mut nodes, addresses)?;
    if setup.with_proxies {
        let mut client = Client::new(addresses[0], reads, Duration::from_secs(5));
        nodes[0].wait_until(|| names.learn(&mut client))?;
        // Nodes have said who they are before anybody here knew what that means.
        ways.renew();
        wait_for_a_leader(&mut nodes, addresses)?;
    }
    let of_clients = ways.of_clients(setup, addresses)?;
    let connect = move |client: u8| {
        let nearest = usize::from(Setup::nearest(client, count).0);
        let address = of_clients[usize::from(client)][nearest];
        Ok(Box::new(Client::new(address, reads, DEADLINE)) as Box<dyn Store>)
    };
    Ok(Running {
        nodes,
        addresses: addresses.to_vec(),
        others: Vec::new(),
        proxies: ways.into_proxies(),
        connect: Box::new(connect),
        survivors: None,
    })
}

/// Waits until every node answers linearizable reads, which it does once there is a leader.
fn wait_for_a_leader(nodes: &mut [Server], addresses: &[SocketAddr]) -> Result<(), Trouble> {
    for (server, &address) in nodes.iter_mut().zip(addresses) {
        let mut client = Client::new(address, Reads::Linearizable, Duration::from_secs(5));
        server.wait_until(|| matches!(client.read(), Ok(Ended::Done(_))))?;
    }
    Ok(())
}

/// The numbers by which nodes know each other, which each says in the head of its requests to another one. Connections may be
/// older than what is known here: who has opened them is told by the next request.
#[derive(Clone, Debug, Default)]
struct Names(Arc<OnceLock<HashMap<String, Node>>>);

impl Names {
    /// Asks a node for all of them, and says whether it has answered.
    fn learn(&self, client: &mut Client) -> bool {
        let Ok((_, text)) = client.ask("cluster/member/list", &json!({})) else {
            return false;
        };
        let names = members_in(&text);
        let is_known = !names.is_empty();
        if is_known {
            self.0.get_or_init(|| names);
        }
        is_known
    }

    /// Who sends a request, if it says so.
    fn sender(&self, bytes: &[u8]) -> Option<Node> {
        const HEADER: &[u8] = b"X-Server-From: ";
        let names = self.0.get()?;
        let at = bytes
            .windows(HEADER.len())
            .position(|it| it.eq_ignore_ascii_case(HEADER))?;
        let name = bytes[at + HEADER.len()..]
            .split(|&byte| byte == b'\r')
            .next()?;
        names.get(str::from_utf8(name).ok()?).copied()
    }
}

/// The nodes by their numbers, which are hexadecimal where they call each other and decimal where a client is told.
fn members_in(text: &str) -> HashMap<String, Node> {
    let answer: Json = serde_json::from_str(text).unwrap_or_default();
    let members = answer["members"].as_array().into_iter().flatten();
    let named = members.filter_map(|member| {
        let number: u64 = member["ID"].as_str()?.parse().ok()?;
        let letter = *member["name"].as_str()?.as_bytes().first()?;
        Some((format!("{number:x}"), Node(letter.checked_sub(b'A')?)))
    });
    named.collect()
}

/// A client of one node.
#[derive(Debug)]
struct Client {
    agent: Agent,
    address: SocketAddr,
    reads: Reads,
}

/// How a request ended to which there is no answer.
enum Without {
    /// Nobody has got it.
    NotSent,
    /// Somebody may have got it.
    Unknown,
}

impl Client {
    fn new(address: SocketAddr, reads: Reads, patience: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(patience))
            // What a server says about an error is read as any other answer.
            .http_status_as_error(false)
            .proxy(None)
            .build();
        Self {
            agent: config.into(),
            address,
            reads,
        }
    }

    fn ask(&self, what: &str, request: &Json) -> Result<(u16, String), Without> {
        let url = format!("http://{}/v3/{what}", self.address);
        let sent = self.agent.post(&url).send(request.to_string());
        let mut answer = sent.map_err(|error| match error {
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Without::NotSent
            }
            _ => Without::Unknown,
        })?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string();
        Ok((status, text.map_err(|_| Without::Unknown)?))
    }

    fn nonsense(&self, asked: &'static str, answer: &str) -> Trouble {
        Trouble::Nonsense {
            store: format!("etcd at {}", self.address),
            asked,
            answer: answer.trim().to_owned(),
            advice: "is this etcd 3.4 or later?".to_owned(),
        }
    }
}

/// Whether a server has answered, and not said that it cannot: then what it was asked for may happen yet.
fn is_done(status: u16) -> bool {
    (200..300).contains(&status)
}

impl Store for Client {
    fn read(&mut self) -> Result<Ended<Value>, Trouble> {
        let request = json!({
            "key": STANDARD.encode(KEY),
            "serializable": self.reads == Reads::Serializable,
        });
        let (status, text) = match self.ask("kv/range", &request) {
            Ok(answered) => answered,
            Err(Without::NotSent) => return Ok(Ended::Failed),
            Err(Without::Unknown) => return Ok(Ended::Unknown),
        };
        if !is_done(status) {
            return Ok(Ended::Unknown);
        }
        value_in(&text)
            .map(Ended::Done)
            .ok_or_else(|| self.nonsense("read", &text))
    }

    fn write(&mut self, value: u64) -> Result<Ended<()>, Trouble> {
        let request = json!({
            "key": STANDARD.encode(KEY),
            "value": STANDARD.encode(value.to_string()),
        });
        Ok(match self.ask("kv/put", &request) {
            Ok((status, _)) if is_done(status) => Ended::Done(()),
            Ok(_) | Err(Without::Unknown) => Ended::Unknown,
            Err(Without::NotSent) => Ended::Failed,
        })
    }
}

/// The value that a node has answered; `None` if this is no answer.
fn value_in(text: &str) -> Option<Value> {
    let answer: Json = serde_json::from_str(text).ok()?;
    answer.get("header")?;
    let Some(value) = answer.pointer("/kvs/0/value") else {
        return Some(Value::nil());
    };
    let bytes = STANDARD.decode(value.as_str()?).ok()?;
    let number: u64 = String::from_utf8(bytes).ok()?.parse().ok()?;
    Some(number.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_known_by_what_they_say() {
        let list = r#"{"header":{},"members":[{"ID":"255","name":"A"},{"ID":"9372538179322589801","name":"B"}]}"#;
        let names = Names::default();
        let request =
            b"GET /raft/stream HTTP/1.1\r\nHost: x\r\nX-Server-From: 8211f1d0f64f3269\r\n\r\n";
        assert_eq!(names.sender(request), None);
        let _ = names.0.set(members_in(list));
        assert_eq!(names.sender(request), Some(Node(1)));
        assert_eq!(names.sender(b"x-server-from: ff\r\n"), Some(Node(0)));
        assert_eq!(names.sender(b"GET /version HTTP/1.1\r\n\r\n"), None);
        assert!(members_in("{}").is_empty());
    }

    #[test]
    fn answers_of_the_gateway_are_read() {
        let with = r#"{"header":{"revision":"2"},"kvs":[{"key":"cmVnaXN0ZXI=","value":"MTI="}],"count":"1"}"#;
        assert_eq!(value_in(with), Some(12.into()));
        assert_eq!(
            value_in(r#"{"header":{"revision":"1"}}"#),
            Some(Value::nil())
        );
        for wrong in [
            "404 page not found",
            "{}",
            r#"{"header":{},"kvs":[{"value":"eA=="}]}"#,
        ] {
            assert_eq!(value_in(wrong), None, "{wrong}");
        }
    }
}

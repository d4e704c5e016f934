//! Redis with sentinels: three processes that watch the primary, and make a replica the primary when two of them think that it
//! has gone.
//!
//! The old primary does not know this when it comes back: it serves whoever is still connected to it until a sentinel tells
//! it otherwise, seconds later. What it acknowledged meanwhile is lost, by
//! [design](https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/): "the last failover wins".
//!
//! So that it can be counted, each write also appends its value to a list, in the same script: in the end, what the
//! primary of the sentinels has in its list has survived.

use std::collections::HashSet;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use histories::Value;
use histories::record::Ended;
use interleavings::is_interrupted;

use super::client::{Link, connect};
use super::{KEY, ask, primary_and_replicas, program};
use crate::running::{Running, Setup, Ways, folder};
use crate::servers::{Folder, Server, Stop, free_ports};
use crate::store::{Store, Trouble};

/// The name under which sentinels know the primary.
const NAME: &str = "register";

/// The list of everything that was written.
const WRITTEN: &str = "written";

/// Sets the register and appends to the list, as one command: it has one answer, and so one deadline.
const WRITE: &str = "redis.call('SET', KEYS[1], ARGV[1]) redis.call('RPUSH', KEYS[2], ARGV[1])";

/// After how many milliseconds of silence a sentinel takes a server to be down.
const DOWN_AFTER: u64 = 500;

/// A primary, two replicas, and three sentinels. The first client keeps its connection to the primary of the beginning, as
/// long as it is there; the others ask the sentinels when they are not answered. All read where they write.
///
/// # Errors
///
/// If it is not installed, does not start, or is to be behind proxies.
pub fn with_sentinels(setup: &Setup) -> Result<Running, Trouble> {
    if setup.with_proxies {
        let problem = "sentinels tell clients the real addresses of servers, so that nothing between them can be held: choose --fault pause or kill";
        return Err(Trouble::Unfit(problem.to_owned()));
    }
    let folder = folder()?;
    let (nodes, addresses) = primary_and_replicas(&folder, &mut Ways::new(setup), 3)?;
    let sentinels: [SocketAddr; 3] = free_ports()?;
    let mut others = Vec::new();
    for (number, sentinel) in sentinels.iter().enumerate() {
        others.push(start(&folder, number, *sentinel, addresses[0])?);
    }
    for (server, sentinel) in others.iter_mut().zip(sentinels) {
        server.wait_until(|| knows_all(sentinel))?;
    }
    let first = addresses[0];
    let connect = move |client: u8| {
        let client = Client {
            sentinels: if client == 0 {
                Vec::new()
            } else {
                sentinels.to_vec()
            },
            at: first,
            link: Link::new(first),
        };
        Ok(Box::new(client) as Box<dyn Store>)
    };
    Ok(Running {
        nodes,
        addresses,
        others,
        proxies: None,
        connect: Box::new(connect),
        survivors: Some(Box::new(move || survivors(&sentinels))),
    })
}

fn start(
    folder: &Arc<Folder>,
    number: usize,
    sentinel: SocketAddr,
    primary: SocketAddr,
) -> Result<Server, Trouble> {
    let name = format!("sentinel {}", number + 1);
    let inner = folder.inner(&name.replace(' ', "-"))?;
    let file = inner.join("sentinel.conf");
    // Sentinels write down there what they find out.
    let written = fs::write(
        &file,
        format!(
            "bind 127.0.0.1\n\
             port {}\n\
             sentinel monitor {NAME} 127.0.0.1 {} 2\n\
             sentinel down-after-milliseconds {NAME} {DOWN_AFTER}\n\
             sentinel failover-timeout {NAME} 3000\n",
            sentinel.port(),
            primary.port()
        ),
    );
    written.map_err(Trouble::machine("a file cannot be written"))?;
    let mut command = Command::new(program()?);
    command.current_dir(&inner).arg(&file).arg("--sentinel");
    Server::start(folder, name, &mut command, Stop::Kill)
}

/// Whether a sentinel knows both replicas and both other sentinels.
fn knows_all(sentinel: SocketAddr) -> bool {
    let mut command = redis::cmd("SENTINEL");
    command.arg("MASTER").arg(NAME);
    let Some(fields) = ask::<Vec<String>>(sentinel, command) else {
        return false;
    };
    let field = |name: &str| {
        let mut pairs = fields.chunks_exact(2);
        pairs.find_map(|pair| (pair[0] == name).then(|| pair[1].as_str()))
    };
    field("num-slaves") == Some("2") && field("num-other-sentinels") == Some("2")
}

/// Who is the primary, as the first sentinel says that answers.
fn primary(sentinels: &[SocketAddr]) -> Option<SocketAddr> {
    let mut command = redis::cmd("SENTINEL");
    command.arg("GET-MASTER-ADDR-BY-NAME").arg(NAME);
    sentinels.iter().find_map(|&sentinel| {
        let mut link = Link::new(sentinel);
        let (host, port) = link.ask::<(String, u16)>(&command)?;
        Some(SocketAddr::new(host.parse().ok()?, port))
    })
}

/// What the primary has in its list in the end.
fn survivors(sentinels: &[SocketAddr]) -> Result<HashSet<u64>, Trouble> {
    const PATIENCE: Duration = Duration::from_secs(20);
    let begun = Instant::now();
    loop {
        let listed = primary(sentinels).and_then(|primary| {
            let mut connection = connect(primary, PATIENCE).ok()?;
            let mut range = redis::cmd("LRANGE");
            range.arg(WRITTEN).arg(0).arg(-1);
            range.query::<HashSet<u64>>(&mut connection).ok()
        });
        if let Some(listed) = listed {
            return Ok(listed);
        }
        if is_interrupted() || begun.elapsed() > PATIENCE {
            let problem = "no primary says in the end what it has: raise --seconds, so that the sentinels agree on one";
            return Err(Trouble::Unfit(problem.to_owned()));
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// A client that reads and writes at whatever it takes for the primary.
#[derive(Debug)]
struct Client {
    /// Whom it asks when it is not answered; nobody, if it keeps its connection.
    sentinels: Vec<SocketAddr>,
    at: SocketAddr,
    link: Link,
}

impl Client {
    fn ask_whom_next(&mut self) {
        if let Some(primary) = primary(&self.sentinels)
            && primary != self.at
        {
            self.at = primary;
            self.link = Link::new(primary);
        }
    }
}

impl Store for Client {
    fn read(&mut self) -> Result<Ended<Value>, Trouble> {
        let read = self.link.read();
        if !matches!(read, Ok(Ended::Done(_))) {
            self.ask_whom_next();
        }
        read
    }

    fn write(&mut self, value: u64) -> Result<Ended<()>, Trouble> {
        let written = self.link.perform(|connection| {
            let mut both = redis::cmd("EVAL");
            both.arg(WRITE).arg(2).arg(KEY).arg(WRITTEN).arg(value);
            both.query::<()>(connection).map(Ended::Done)
        });
        if written != Ended::Done(()) {
            self.ask_whom_next();
        }
        Ok(written)
    }
}

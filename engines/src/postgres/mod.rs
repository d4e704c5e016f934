//! PostgreSQL: a primary with two standbys that replay its log, and what a commit waits for.
//!
//! What `synchronous_commit = on` waits for is that standbys have the log *on disk*: a commit is then not lost, and yet not
//! visible there. Only [`remote_apply`](https://www.postgresql.org/docs/current/runtime-config-wal.html) waits until it is.
//!
//! Clients are those of tokio-postgres, whose futures can be given up at a deadline, each on a runtime of its own thread.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::running::{Running, Setup, Ways};
use crate::servers::{find, free_ports};
use crate::store::{Store, Trouble};

mod client;
mod cluster;

use client::Client;

/// Where Debian, Fedora and Homebrew put the programs, newest first.
fn folders() -> Vec<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut versions: Vec<PathBuf> = versions.filter_map(|it| Some(it.ok()?.path())).collect();
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    versions.sort_by_key(|path| std::cmp::Reverse(number(path)));
    let mut all: Vec<PathBuf> = versions.iter().map(|it| it.join("bin")).collect();
    all.push("/usr/pgsql/bin".into());
    all
}

/// Where a program of PostgreSQL is.
fn tool(program: &'static str) -> Result<PathBuf, Trouble> {
    find(program, &folders()).ok_or(Trouble::NotInstalled {
        engine: "PostgreSQL",
        program,
        package: "postgresql",
    })
}

/// Where the server is.
///
/// # Errors
///
/// If it, or what makes its data, is not installed.
pub fn program() -> Result<PathBuf, Trouble> {
    tool("initdb")?;
    tool("pg_basebackup")?;
    tool("postgres")
}

/// When a commit is done.
#[derive(Clone, Copy, Debug)]
struct Commit {
    /// Which standbys it waits for.
    standbys: &'static str,
    /// What it waits for.
    until: &'static str,
}

const AT_ONCE: Commit = Commit {
    standbys: "",
    until: "on",
};

/// The primary alone.
///
/// # Errors
///
/// If it is not installed, or does not start.
pub fn alone(setup: &Setup) -> Result<Running, Trouble> {
    start(setup, 1, AT_ONCE)
}

/// A primary and two standbys; each client writes to the primary and reads at the one that is nearest.
///
/// # Errors
///
/// As above.
pub fn asynchronous(setup: &Setup) -> Result<Running, Trouble> {
    start(setup, 3, AT_ONCE)
}

/// The same; a commit waits until one standby has it on its disk.
///
/// # Errors
///
/// As above.
pub fn any_one(setup: &Setup) -> Result<Running, Trouble> {
    let standbys = "ANY 1 (b, c)";
    start(
        setup,
        3,
        Commit {
            standbys,
            ..AT_ONCE
        },
    )
}

/// The same; a commit waits until both standbys have it on their disks.
///
/// # Errors
///
/// As above.
pub fn first_two(setup: &Setup) -> Result<Running, Trouble> {
    let standbys = "FIRST 2 (b, c)";
    start(
        setup,
        3,
        Commit {
            standbys,
            ..AT_ONCE
        },
    )
}

/// The same; a commit waits until both standbys have applied it.
///
/// # Errors
///
/// As above.
pub fn remote_apply(setup: &Setup) -> Result<Running, Trouble> {
    let commit = Commit {
        standbys: "FIRST 2 (b, c)",
        until: "remote_apply",
    };
    start(setup, 3, commit)
}

/// The superuser of the servers, who has no password: they listen on the loopback interface, for as long as a run takes.
const USER: &str = "workbench";

fn start(setup: &Setup, count: u8, commit: Commit) -> Result<Running, Trouble> {
    program()?;
    let addresses: [SocketAddr; 3] = free_ports()?;
    let addresses = &addresses[..count.into()];
    let mut ways = Ways::new(setup);
    let nodes = cluster::start(&mut ways, addresses, commit)?;
    let of_clients = ways.of_clients(setup, addresses)?;
    let connect = move |client: u8| {
        let ways = &of_clients[usize::from(client)];
        let nearest = usize::from(Setup::nearest(client, count).0);
        Ok(Box::new(Client::new(ways[0], ways[nearest])?) as Box<dyn Store>)
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

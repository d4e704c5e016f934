//! A primary and its standbys: their data, and their servers.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use replicas::machine::Node;

use super::client::Client;
use super::{Commit, USER, tool};
use crate::running::{Ways, folder};
use crate::servers::{Folder, Server, Stop, User, unprivileged};
use crate::store::Trouble;

/// Starts servers.
struct Starting {
    folder: Arc<Folder>,
    user: Option<User>,
    data: PathBuf,
}

impl Starting {
    fn command(&self, program: &'static str) -> Result<Command, Trouble> {
        let mut command = Command::new(tool(program)?);
        // Nothing of the environment is to configure it.
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("PG") {
                command.env_remove(variable);
            }
        }
        command.current_dir(&self.data);
        // Messages are read by whoever looks at a log, in any language; data are the same everywhere.
        command.env("LC_ALL", "C");
        if let Some(user) = self.user {
            user.runs(&mut command);
        }
        Ok(command)
    }

    /// Makes the data of the primary.
    fn primary(&self, data: &Path) -> Result<(), Trouble> {
        let mut command = self.command("initdb")?;
        command.arg("--pgdata").arg(data);
        command.args(["--auth", "trust", "--username", USER]);
        command.args(["--encoding", "UTF8", "--locale", "C", "--no-sync"]);
        Server::start(&self.folder, "initdb", &mut command, Stop::Finish)?.finish()
    }

    /// Begins to copy the data of the primary for a standby, which follows it by its name.
    fn copy(&self, name: char, data: &Path, primary: SocketAddr) -> Result<Server, Trouble> {
        let mut command = self.command("pg_basebackup")?;
        command.arg("--pgdata").arg(data);
        command.args(["--checkpoint", "fast", "--no-sync", "--write-recovery-conf"]);
        let port = primary.port();
        let source = format!("host=127.0.0.1 port={port} user={USER} application_name={name}");
        command.args(["--dbname", &source]);
        let tool = format!("pg_basebackup {name}");
        Server::start(&self.folder, tool, &mut command, Stop::Terminate)
    }

    fn server(&self, number: usize, data: &Path, port: u16) -> Result<Server, Trouble> {
        let mut command = self.command("postgres")?;
        command.arg("-D").arg(data);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            // Memory that is shared is a file in the folder, as far as the server lets us choose.
            "dynamic_shared_memory_type=mmap",
            "shared_buffers=8MB",
            "max_connections=40",
            "max_wal_senders=8",
            "wal_level=replica",
            // Standbys are copied at the same time, and may be cut off.
            "wal_keep_size=512MB",
            // The machine does not crash here.
            "fsync=off",
            "full_page_writes=off",
        ] {
            command.args(["-c", setting]);
        }
        command.args(["-c", &format!("port={port}")]);
        let name = format!("postgres {}", name(number).to_ascii_uppercase());
        let server = Server::start(&self.folder, name, &mut command, Stop::Quit)?;
        Ok(server.with_memory(data.join("postmaster.pid")))
    }
}

/// Starts a primary at the first address and standbys at the others, and lets commits wait for them.
pub(super) fn start(
    ways: &mut Ways,
    addresses: &[SocketAddr],
    commit: Commit,
) -> Result<Vec<Server>, Trouble> {
    let folder = folder()?;
    let user = unprivileged(&["postgres"]);
    let data = folder.inner("data")?;
    if let Some(user) = user {
        user.owns(&data)?;
    }
    let starting = Starting { folder, user, data };
    let data = |number: usize| starting.data.join(name(number).to_string());
    starting.primary(&data(0))?;
    let mut primary = starting.server(0, &data(0), addresses[0].port())?;
    let mut client = Client::new(addresses[0], addresses[0])?;
    primary.wait_until(|| client.primary.is_up())?;
    prepare(&mut client).map_err(|problem| primary.trouble(problem))?;
    let mut copies = Vec::new();
    for number in 1..addresses.len() {
        let way = ways.between(Node(number as u8), Node(0), addresses[0])?;
        copies.push(starting.copy(name(number), &data(number), way)?);
    }
    let mut nodes = vec![primary];
    for (copy, number) in copies.into_iter().zip(1..) {
        copy.finish()?;
        nodes.push(starting.server(number, &data(number), addresses[number].port())?);
    }
    for (standby, &address) in nodes.iter_mut().zip(addresses).skip(1) {
        let mut client = Client::new(address, address)?;
        standby.wait_until(|| client.nearest.is_up())?;
    }
    if addresses.len() > 1 {
        wait_for_standbys(&mut nodes[0], &mut client, addresses.len() - 1, commit)?;
    }
    Ok(nodes)
}

/// Lets commits wait as they are to, and waits until all standbys follow.
fn wait_for_standbys(
    primary: &mut Server,
    client: &mut Client,
    standbys: usize,
    commit: Commit,
) -> Result<(), Trouble> {
    let Commit {
        standbys: names,
        until,
    } = commit;
    for setting in [
        &format!("alter system set synchronous_standby_names to '{names}'"),
        &format!("alter system set synchronous_commit to '{until}'"),
        "select pg_reload_conf()",
    ] {
        let done = client.primary.execute(setting);
        done.map_err(|problem| primary.trouble(problem))?;
    }
    let is_synchronous = !names.is_empty();
    primary.wait_until(|| client.primary.streams_to(standbys, is_synchronous))
}

/// What the primary knows a server by: `a`, `b`, ...
fn name(number: usize) -> char {
    char::from(b'a' + number as u8)
}

/// Makes the register.
fn prepare(client: &mut Client) -> Result<(), String> {
    for statement in [
        "create table register (one bool primary key, value bigint not null)",
        "insert into register values (true, 0)",
    ] {
        client.primary.execute(statement)?;
    }
    Ok(())
}

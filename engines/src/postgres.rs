//! PostgreSQL: a primary with two standbys that replay its log, and what a commit waits for.
//!
//! What `synchronous_commit = on` waits for is that standbys have the log *on disk*: a commit is then not lost, and yet not
//! visible there. Only [`remote_apply`](https://www.postgresql.org/docs/current/runtime-config-wal.html) waits until it is.
//!
//! Clients are those of tokio-postgres, whose futures can be given up at a deadline, each on a runtime of its own thread.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use histories::Value;
use histories::record::Ended;
use replicas::machine::Node;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::{Client as Connection, Config, NoTls, Statement};

use crate::running::{Running, Setup, Ways, folder};
use crate::servers::{Folder, Server, Stop, User, find, free_ports, unprivileged};
use crate::store::{DEADLINE, Store, Trouble};

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
        Server::start(&self.folder, "initdb", &mut command, Stop::Terminate)?.finish()
    }

    /// Copies the data of the primary for a standby, which follows it by its name.
    fn standby(&self, name: &str, data: &Path, primary: SocketAddr) -> Result<(), Trouble> {
        let mut command = self.command("pg_basebackup")?;
        command.arg("--pgdata").arg(data);
        command.args(["--checkpoint", "fast", "--no-sync", "--write-recovery-conf"]);
        let source = format!(
            "host=127.0.0.1 port={} user={USER} application_name={name}",
            primary.port()
        );
        command.args(["--dbname", &source]);
        let server = format!("pg_basebackup {name}");
        Server::start(&self.folder, server, &mut command, Stop::Terminate)?.finish()
    }

    fn server(&self, letter: char, data: &Path, port: u16) -> Result<Server, Trouble> {
        let mut command = self.command("postgres")?;
        command.arg("-D").arg(data);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            // Memory that is shared is a file in the folder, as far as the server lets us choose.
            "dynamic_shared_memory_type=mmap",
            "shared_buffers=8MB",
            "max_connections=40",
            "max_wal_senders=4",
            "wal_level=replica",
            // The machine does not crash here.
            "fsync=off",
            "full_page_writes=off",
        ] {
            command.args(["-c", setting]);
        }
        command.args(["-c", &format!("port={port}")]);
        let name = format!("postgres {letter}");
        let server = Server::start(&self.folder, name, &mut command, Stop::Quit)?;
        Ok(server.with_memory(data.join("postmaster.pid")))
    }
}

fn start(setup: &Setup, count: u8, commit: Commit) -> Result<Running, Trouble> {
    program()?;
    let folder = folder()?;
    let user = unprivileged(&["postgres"]);
    let data = folder.inner("data")?;
    if let Some(user) = user {
        user.owns(&data)?;
    }
    let starting = Starting { folder, user, data };
    let addresses: [SocketAddr; 3] = free_ports()?;
    let addresses = &addresses[..count.into()];
    let mut ways = Ways::new(setup);
    let mut nodes = Vec::new();
    for (number, &address) in addresses.iter().enumerate() {
        let letter = char::from(b'A' + number as u8);
        let name = letter.to_ascii_lowercase().to_string();
        let data = starting.data.join(&name);
        if number == 0 {
            starting.primary(&data)?;
        } else {
            let primary = ways.between(Node(number as u8), Node(0), addresses[0])?;
            starting.standby(&name, &data, primary)?;
        }
        let mut server = starting.server(letter, &data, address.port())?;
        let mut client = Client::new(address, address)?;
        server.wait_until(|| client.nearest.is_up())?;
        if number == 0 {
            prepare(&mut client).map_err(|problem| server.trouble(problem))?;
        }
        nodes.push(server);
    }
    if count > 1 {
        let settings = [
            format!(
                "alter system set synchronous_standby_names to '{}'",
                commit.standbys
            ),
            format!("alter system set synchronous_commit to '{}'", commit.until),
            "select pg_reload_conf()".to_owned(),
        ];
        let mut client = Client::new(addresses[0], addresses[0])?;
        for setting in settings {
            let done = client.primary.execute(&setting);
            done.map_err(|problem| nodes[0].trouble(problem))?;
        }
        nodes[0].wait_until(|| {
            client
                .primary
                .streams_to(count - 1, !commit.standbys.is_empty())
        })?;
    }
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

/// Writes at one server, reads at another one.
#[derive(Debug)]
struct Client {
    primary: Link,
    nearest: Link,
}

impl Client {
    fn new(primary: SocketAddr, nearest: SocketAddr) -> Result<Self, Trouble> {
        let problem = Trouble::machine("there is no runtime for a client of PostgreSQL");
        Ok(Self {
            primary: Link::new(primary).map_err(&problem)?,
            nearest: Link::new(nearest).map_err(&problem)?,
        })
    }
}

impl Store for Client {
    fn read(&mut self) -> Result<Ended<Value>, Trouble> {
        Ok(self.nearest.perform(async |open| {
            let row = open.connection.query_one(&open.read, &[]).await?;
            let value: i64 = row.try_get(0)?;
            Ok(Value::from(value as u64))
        }))
    }

    fn write(&mut self, value: u64) -> Result<Ended<()>, Trouble> {
        Ok(self.primary.perform(async |open| {
            let value = value as i64;
            open.connection.execute(&open.write, &[&value]).await?;
            Ok(())
        }))
    }
}

/// A connection to one server, opened when it is needed and closed when something goes wrong.
#[derive(Debug)]
struct Link {
    runtime: Runtime,
    config: Config,
    open: Option<Open>,
}

/// A connection, and what is asked on it.
#[derive(Debug)]
struct Open {
    connection: Connection,
    read: Statement,
    write: Statement,
}

impl Link {
    fn new(address: SocketAddr) -> io::Result<Self> {
        let mut config = Config::new();
        config.host(address.ip().to_string()).port(address.port());
        config.user(USER).dbname("postgres");
        let open = None;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self {
            runtime,
            config,
            open,
        })
    }

    async fn connect(config: &Config) -> Result<Connection, tokio_postgres::Error> {
        let (client, connection) = config.connect(NoTls).await?;
        // It ends when the client is dropped.
        tokio::spawn(connection);
        Ok(client)
    }

    /// Performs something by the deadline. What the server refuses did not happen; of what was not answered, or of what the
    /// connection broke in, it is not known.
    fn perform<T>(
        &mut self,
        it: impl AsyncFnOnce(&Open) -> Result<T, tokio_postgres::Error>,
    ) -> Ended<T> {
        let Self {
            runtime,
            config,
            open,
        } = self;
        runtime.block_on(async {
            if open.is_none() {
                let opened = timeout(DEADLINE, Open::new(config)).await;
                // Nothing has been asked for yet.
                let Ok(Ok(opened)) = opened else {
                    return Ended::Failed;
                };
                *open = Some(opened);
            }
            let Some(opened) = open.as_ref() else {
                return Ended::Failed;
            };
            match timeout(DEADLINE, it(opened)).await {
                Ok(Ok(done)) => Ended::Done(done),
                Ok(Err(error)) if is_refused(&error) => Ended::Failed,
                Ok(Err(_)) | Err(_) => {
                    *open = None;
                    Ended::Unknown
                }
            }
        })
    }

    /// Whether it can be asked at all.
    fn is_up(&mut self) -> bool {
        let (config, patience) = (&self.config, Duration::from_secs(2));
        self.runtime.block_on(async {
            let connected = async {
                let connection = Self::connect(config).await?;
                connection.simple_query("select 1").await
            };
            matches!(timeout(patience, connected).await, Ok(Ok(_)))
        })
    }

    /// Whether so many standbys follow, and are waited for if they are to be.
    fn streams_to(&mut self, standbys: u8, is_synchronous: bool) -> bool {
        let asked = self.perform(async |open| {
            let connection = &open.connection;
            let counted = connection
                .query_one(
                    "select count(*), count(*) filter (where sync_state <> 'async') \
                     from pg_stat_replication where state = 'streaming'",
                    &[],
                )
                .await?;
            Ok::<(i64, i64), _>((counted.try_get(0)?, counted.try_get(1)?))
        });
        let standbys = i64::from(standbys);
        matches!(asked, Ended::Done((all, synchronous)) if
            all == standbys && (!is_synchronous || synchronous == standbys))
    }

    /// Performs a statement, with more patience.
    fn execute(&mut self, statement: &str) -> Result<(), String> {
        const PATIENCE: Duration = Duration::from_secs(30);
        let config = &self.config;
        let executed = self.runtime.block_on(async {
            let executed = async {
                let connection = Self::connect(config).await?;
                connection.batch_execute(statement).await
            };
            // A timer has to be made where there is a runtime.
            timeout(PATIENCE, executed).await
        });
        match executed {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("refuses `{statement}`: {error}")),
            Err(_) => Err(format!("does not answer `{statement}`")),
        }
    }
}

impl Open {
    async fn new(config: &Config) -> Result<Self, tokio_postgres::Error> {
        let connection = Link::connect(config).await?;
        let read = connection.prepare("select value from register").await?;
        let write = connection.prepare("update register set value = $1").await?;
        Ok(Self {
            connection,
            read,
            write,
        })
    }
}

/// Whether the server has said that it does not do this. What it says when it shuts down may come behind a commit.
fn is_refused(error: &tokio_postgres::Error) -> bool {
    let shuts_down = |code: &str| code.starts_with("57");
    error.code().is_some_and(|code| !shuts_down(code.code()))
}

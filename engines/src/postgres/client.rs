//! A client of PostgreSQL, and what is asked while servers start.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use histories::Value;
use histories::record::Ended;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::{Client as Connection, Config, NoTls, Statement};

use super::USER;
use crate::store::{DEADLINE, Store, Trouble};

/// Writes at one server, reads at another one.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) primary: Link,
    pub(super) nearest: Link,
}

impl Client {
    pub(super) fn new(primary: SocketAddr, nearest: SocketAddr) -> Result<Self, Trouble> {
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
pub(super) struct Link {
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
    pub(super) fn is_up(&mut self) -> bool {
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
    pub(super) fn streams_to(&mut self, standbys: usize, is_synchronous: bool) -> bool {
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
        let standbys = standbys as i64;
        matches!(asked, Ended::Done((all, synchronous)) if
            all == standbys && (!is_synchronous || synchronous == standbys))
    }

    /// Performs a statement, with more patience.
    pub(super) fn execute(&mut self, statement: &str) -> Result<(), String> {
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

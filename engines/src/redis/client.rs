//! A client of Redis.

use std::net::SocketAddr;
use std::time::Duration;

use histories::Value;
use histories::record::Ended;
use redis::{
    Connection, FromRedisValue, IntoConnectionInfo, RedisConnectionInfo, RedisError, RedisResult,
};

use super::KEY;
use crate::store::{DEADLINE, Store, Trouble};

/// When a write is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writes {
    /// When the primary has it.
    Primary,
    /// When so many replicas have it, too.
    Wait(u8),
}

/// Writes at one server, reads at another one.
#[derive(Debug)]
pub(super) struct Client {
    primary: Link,
    nearest: Link,
    writes: Writes,
}

impl Client {
    pub(super) fn new(primary: SocketAddr, nearest: SocketAddr, writes: Writes) -> Self {
        Self {
            primary: Link::new(primary),
            nearest: Link::new(nearest),
            writes,
        }
    }
}

impl Store for Client {
    fn read(&mut self) -> Result<Ended<Value>, Trouble> {
        self.nearest.read()
    }

    fn write(&mut self, value: u64) -> Result<Ended<()>, Trouble> {
        let set = |connection: &mut Connection| {
            redis::cmd("SET")
                .arg(KEY)
                .arg(value)
                .query::<()>(connection)
        };
        let set = self
            .primary
            .perform(|connection| set(connection).map(Ended::Done));
        let Writes::Wait(replicas) = self.writes else {
            return Ok(set);
        };
        if set != Ended::Done(()) {
            return Ok(set);
        }
        let mut wait = redis::cmd("WAIT");
        wait.arg(replicas).arg(DEADLINE.as_millis() as u64 / 2);
        // From here on the primary has it; without an answer it is not known whether others do.
        Ok(match self.primary.ask::<u8>(&wait) {
            Some(acknowledged) if acknowledged >= replicas => Ended::Done(()),
            _ => Ended::Unknown,
        })
    }
}

/// A connection to one server, opened when it is needed and closed when something goes wrong.
pub(super) struct Link {
    address: SocketAddr,
    connection: Option<Connection>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Link {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            connection: None,
        }
    }

    pub(super) fn read(&mut self) -> Result<Ended<Value>, Trouble> {
        let read = |connection: &mut Connection| {
            let found: Option<u64> = redis::cmd("GET").arg(KEY).query(connection)?;
            Ok(Ended::Done(found.map_or_else(Value::nil, Value::from)))
        };
        Ok(self.perform(read))
    }

    /// Performs something, whose errors say whether it happened: what the server refuses did not, and of what the connection
    /// broke in it is not known. What could not be sent did not happen either.
    pub(super) fn perform<T>(
        &mut self,
        it: impl FnOnce(&mut Connection) -> RedisResult<Ended<T>>,
    ) -> Ended<T> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => match connect(self.address, DEADLINE) {
                Ok(connection) => none.insert(connection),
                Err(_) => return Ended::Failed,
            },
        };
        match it(connection) {
            Ok(ended) => ended,
            Err(error) if is_refused(&error) => Ended::Failed,
            Err(_) => {
                self.connection = None;
                Ended::Unknown
            }
        }
    }

    pub(super) fn ask<T: FromRedisValue>(&mut self, command: &redis::Cmd) -> Option<T> {
        let asked = self.perform(|connection| command.query(connection).map(Ended::Done));
        match asked {
            Ended::Done(answer) => Some(answer),
            Ended::Failed | Ended::Unknown => None,
        }
    }
}

/// Whether the server has said that it does not do this: it is a replica by now, or is loading.
fn is_refused(error: &RedisError) -> bool {
    error.code().is_some()
}

pub(super) fn connect(address: SocketAddr, patience: Duration) -> RedisResult<Connection> {
    // To say the library's name takes two answers, each with the whole deadline where nobody answers.
    let settings = RedisConnectionInfo::default().set_skip_set_lib_name();
    let info = format!("redis://{address}/").into_connection_info()?;
    let client = redis::Client::open(info.set_redis_settings(settings))?;
    let connection = client.get_connection_with_timeout(patience)?;
    connection.set_read_timeout(Some(patience))?;
    connection.set_write_timeout(Some(patience))?;
    Ok(connection)
}

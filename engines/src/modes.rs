//! The engines and their modes: how each is started, what its documentation promises, and which protocol it is like.

use std::path::PathBuf;

use histories::Model;
use replicas::catalogue::Listed;
use replicas::experiments::{Broken, Contestant};
use replicas::machine::Node;

use crate::running::{Running, Setup, Wrong};
use crate::store::Trouble;
use crate::stress::Planned;
use crate::{etcd, postgres, redis};

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A log by Raft.
    Etcd,
    /// A primary with asynchronous replicas.
    Redis,
    /// A primary with standbys, which it may wait for.
    Postgres,
}

/// What an engine's documentation promises of one register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The strongest model that it amounts to; `None` if nothing is promised.
    pub model: Option<Model>,
    /// What it says, in short.
    pub says: &'static str,
    /// Where it says so.
    pub source: &'static str,
}

/// A way to run an engine.
#[derive(Clone, Copy, Debug)]
pub struct Mode {
    /// Of which engine.
    pub engine: Engine,
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// What is promised of it.
    pub promise: Promise,
    /// The protocol of the catalogue that it is like.
    pub like: Contestant,
    /// What goes wrong in it, if nobody says otherwise.
    pub usual: Option<Planned>,
    /// How many replicas it has.
    pub replicas: u8,
    /// For how many seconds clients go on, if nobody says otherwise.
    pub seconds: f64,
    /// Starts it.
    pub start: fn(&Setup) -> Result<Running, Trouble>,
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Etcd, Self::Redis, Self::Postgres];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::Redis => "redis",
            Self::Postgres => "postgres",
        }
    }

    /// Where its server is.
    ///
    /// # Errors
    ///
    /// If it is not installed.
    pub fn program(self) -> Result<PathBuf, Trouble> {
        match self {
            Self::Etcd => etcd::program(),
            Self::Redis => redis::program(),
            Self::Postgres => postgres::program(),
        }
    }

    /// Its modes, weakest first.
    pub fn modes(self) -> impl Iterator<Item = &'static Mode> {
        MODES.iter().filter(move |mode| mode.engine == self)
    }
}

impl Mode {
    /// Starts it, once more if somebody else was quicker to take a port.
    ///
    /// # Errors
    ///
    /// If it is not installed, or does not start.
    pub fn begin(&self, setup: &Setup) -> Result<Running, Trouble> {
        const ATTEMPTS: usize = 3;
        let mut attempts = (0..ATTEMPTS).map(|_| (self.start)(setup));
        loop {
            match attempts.next() {
                Some(Err(Trouble::Server { log, .. })) if is_taken(&log) && attempts.len() > 0 => {}
                Some(started) => return started,
                None => return (self.start)(setup),
            }
        }
    }
}

/// Whether a server says that its port is taken.
fn is_taken(log: &str) -> bool {
    log.to_lowercase().contains("address already in use")
}

/// Serializable in the sense of etcd: every node goes through the same states, in the same order.
const SAME_ORDER: Promise = Promise {
    model: Some(Model::Sequential),
    says: "reads may be stale; every client sees the same states in the same order",
    source: "https://etcd.io/docs/v3.4/learning/api_guarantees/",
};

/// What etcd promises of everything else.
const LINEARIZABLE: Promise = Promise {
    model: Some(Model::Atomic),
    says: "strict serializability: a total order, consistent with real time",
    source: "https://etcd.io/docs/v3.4/learning/api_guarantees/",
};

/// What Redis promises of replicas.
const EVENTUALLY: Promise = Promise {
    model: None,
    says: "replication is asynchronous; replicas may be behind",
    source: "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/",
};

/// What Redis promises of `WAIT`.
const WAIT: Promise = Promise {
    model: None,
    says: "WAIT does not make Redis strongly consistent; fewer writes are lost",
    source: "https://redis.io/docs/latest/commands/wait/",
};

/// What PostgreSQL promises of standbys.
const STANDBY: Promise = Promise {
    model: None,
    says: "a standby is eventually consistent with the primary",
    source: "https://www.postgresql.org/docs/15/hot-standby.html",
};

/// What it promises of commits that wait for the disk of a standby.
const DURABLE: Promise = Promise {
    model: None,
    says: "a commit waits for the log on the standby's disk, not for its queries",
    source: "https://www.postgresql.org/docs/15/warm-standby.html#SYNCHRONOUS-REPLICATION",
};

/// All modes.
pub const MODES: &[Mode] = &[
    Mode {
        name: "serializable",
        about: "three nodes; each answers reads by itself",
        promise: SAME_ORDER,
        like: Contestant::Listed(Listed::MajorityAckNearest),
        start: etcd::serializable,
        ..ETCD
    },
    Mode {
        name: "linearizable",
        about: "three nodes; a majority confirms reads",
        start: etcd::linearizable,
        ..ETCD
    },
    Mode {
        name: "one-node-serializable",
        about: "one node, which does not ask itself",
        promise: SAME_ORDER,
        like: Contestant::Listed(Listed::SingleCopy),
        replicas: 1,
        start: etcd::one_node_serializable,
        ..ETCD
    },
    Mode {
        name: "one-node",
        about: "one node",
        like: Contestant::Listed(Listed::SingleCopy),
        replicas: 1,
        start: etcd::one_node,
        ..ETCD
    },
    Mode {
        name: "sentinels",
        about: "a primary that is frozen for a while, two replicas, three sentinels; T1 keeps its connection, the others ask the sentinels",
        promise: Promise {
            model: None,
            says: "the last failover wins; acknowledged writes may be lost",
            source: "https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/",
        },
        like: Contestant::Broken(Broken::Failover),
        // Sentinels take two to three seconds to agree; then there is some time with two primaries.
        usual: Some(Planned {
            wrong: Wrong::Pause,
            on: Node(0),
            during: (1.0 / 7.0, 5.0 / 7.0),
        }),
        seconds: 7.0,
        start: redis::with_sentinels,
        ..REDIS
    },
    Mode {
        name: "replicas",
        about: "a primary, two replicas; reads at the nearest",
        start: redis::replicated,
        ..REDIS
    },
    Mode {
        name: "wait-1",
        about: "a primary, two replicas; reads at the nearest; a write waits for one replica",
        promise: WAIT,
        like: Contestant::Listed(Listed::MajorityAckNearest),
        start: redis::waiting_for_one,
        ..REDIS
    },
    Mode {
        name: "wait-2",
        about: "a primary, two replicas; reads at the nearest; a write waits for both",
        promise: WAIT,
        like: Contestant::Listed(Listed::AllAckNearest),
        start: redis::waiting_for_both,
        ..REDIS
    },
    Mode {
        name: "primary",
        about: "a primary, and nobody else",
        promise: Promise {
            model: Some(Model::Atomic),
            says: "commands are performed one after the other",
            source: "https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency/",
        },
        like: Contestant::Listed(Listed::SingleCopy),
        replicas: 1,
        start: redis::alone,
        ..REDIS
    },
    Mode {
        name: "async",
        about: "a primary, two standbys; reads at the nearest",
        start: postgres::asynchronous,
        ..POSTGRES
    },
    Mode {
        name: "any-1",
        about: "a primary, two standbys; reads at the nearest; a commit waits for the disk of one standby",
        promise: DURABLE,
        like: Contestant::Listed(Listed::MajorityAckNearest),
        start: postgres::any_one,
        ..POSTGRES
    },
    Mode {
        name: "first-2",
        about: "a primary, two standbys; reads at the nearest; a commit waits for the disks of both",
        promise: DURABLE,
        start: postgres::first_two,
        ..POSTGRES
    },
    Mode {
        name: "remote-apply",
        about: "a primary, two standbys; reads at the nearest; a commit waits until both have applied it",
        promise: Promise {
            model: Some(Model::Regular),
            says: "commits wait until standbys have applied them, visible to queries",
            source: "https://www.postgresql.org/docs/15/runtime-config-wal.html#GUC-SYNCHRONOUS-COMMIT",
        },
        like: Contestant::Listed(Listed::AllAckNearest),
        start: postgres::remote_apply,
        ..POSTGRES
    },
    Mode {
        name: "primary",
        about: "a primary, and nobody else",
        promise: Promise {
            model: Some(Model::Atomic),
            says: "a query sees what was committed before it began, and nothing later",
            source: "https://www.postgresql.org/docs/15/transaction-iso.html#XACT-READ-COMMITTED",
        },
        like: Contestant::Listed(Listed::SingleCopy),
        replicas: 1,
        start: postgres::alone,
        ..POSTGRES
    },
];

/// What modes of etcd have in common.
const ETCD: Mode = Mode {
    engine: Engine::Etcd,
    name: "",
    about: "",
    promise: LINEARIZABLE,
    like: Contestant::Listed(Listed::Leader),
    usual: None,
    replicas: 3,
    seconds: 3.0,
    start: etcd::linearizable,
};

/// What modes of Redis have in common.
const REDIS: Mode = Mode {
    engine: Engine::Redis,
    promise: EVENTUALLY,
    like: Contestant::Listed(Listed::PrimaryNearest),
    start: redis::replicated,
    ..ETCD
};

/// What modes of PostgreSQL have in common.
const POSTGRES: Mode = Mode {
    engine: Engine::Postgres,
    promise: STANDBY,
    start: postgres::asynchronous,
    ..REDIS
};

//! Real sockets: a protocol on threads or processes that talk over TCP, with faults between them.
//!
//! Replicas and clients are the machines that are [explored](crate::every) and [simulated](crate::simulated); here their
//! messages are lines of JSON on loopback connections, and their clocks are real. A [recorder](histories::record) takes down
//! what clients ask for and are told. An operation that nobody has answered by its deadline is pending: it may have happened,
//! or happen yet.
//!
//! What is seen here is what one machine happens to show, and proves nothing. That it *can* be seen is what exploring has
//! said.
//!
//! ```
//! use std::time::Duration;
//! use histories::record::Ended;
//! use replicas::machine::{Answer, Cluster, Data, Request};
//! use replicas::protocols::Majority;
//! use replicas::sockets::{Running, TIMING};
//!
//! let cluster = Cluster { replicas: 3, clients: 2 };
//! let running = Running::on_threads(&Majority::ABD, cluster, TIMING, false)?;
//! let [mut writer, mut reader] = [0, 1].map(|client| running.session(&Majority::ABD, client));
//! let patience = Duration::from_secs(60);
//! assert_eq!(writer.perform(Request::Write(Data::from(1)), patience), Ended::Done(Answer::Wrote));
//! assert_eq!(reader.perform(Request::Read, patience), Ended::Done(Answer::Read(Data::from(1))));
//! # Ok::<(), std::io::Error>(())
//! ```

use crate::machine::Timing;

mod host;
mod links;
mod listed;
mod machine;
mod open;
mod process;
mod proxy;
mod replica;
mod running;
mod session;
mod stress;

pub use process::{Process, serve};
pub use proxy::{Fault, Proxies, Sender};
pub use replica::Replica;
pub use running::Running;
pub use session::Session;
pub use stress::{Load, Planned, Stressed, What, stress};

/// How long machines wait for what on a local network: long enough that a busy machine suspects nobody in vain all the time.
pub const TIMING: Timing = Timing {
    resend: 50_000,
    gossip: 20_000,
    suspect: 300_000,
};

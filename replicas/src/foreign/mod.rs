//! Logs that others wrote, as replication protocols: simulated and run over sockets beside ours. What they know can be
//! neither cloned nor compared, so they are not explored.

pub mod omnipaxos;

pub use omnipaxos::OmniPaxos;

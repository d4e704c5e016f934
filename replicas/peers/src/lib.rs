//! Logs that others wrote, as replication protocols: simulated and run over sockets beside those of this project. What
//! they know can be neither cloned nor compared, so they are not explored.
//!
//! `cargo run --release -p replicas-peers -- cap` (`pacelc`, `failover`) runs an experiment with them. Nothing else builds
//! them.

pub mod omnipaxos;

pub use omnipaxos::OmniPaxos;
use replicas::experiments::Peer;
use replicas::simulated::simulate;

/// All of them, as they take part in experiments.
pub const ALL: &[Peer] = &[Peer {
    name: OmniPaxos::NAME,
    claims: OmniPaxos::CLAIMS,
    simulate: |replicas, conditions, workload, seed| {
        simulate(&OmniPaxos, replicas, conditions, workload, seed)
    },
}];

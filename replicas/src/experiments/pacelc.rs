//! PACELC (Abadi, *Consistency tradeoffs in modern distributed database system design*, 2012): where nothing is cut off, it
//! is latency against consistency. One writer, readers at home and on two other continents.

use histories::Model;

use super::{Contestant, Peer, Progress, in_turn};
use crate::catalogue::Listed;
use crate::simulated::{Anomalies, Conditions, Delays, Performed, Workload, anomalies, percentile};

/// How long the operations of one protocol took, and what they let through.
#[derive(Clone, Debug)]
pub struct Latency {
    /// Which.
    pub protocol: Contestant,
    /// Of writes, in microseconds: half of them took no longer, and 99 of 100.
    pub write: (u64, u64),
    /// Of reads at each site, the writer's first: half of them took no longer.
    pub reads: Vec<u64>,
    /// What the reads showed.
    pub anomalies: Anomalies,
    /// How many messages an operation took.
    pub messages: f64,
    /// The strongest models that no explored execution breaks.
    pub explored: Option<Vec<Model>>,
    /// Whether the run keeps what the protocol claims; `None` if it could not be decided.
    pub keeps_its_claim: Option<bool>,
    /// A hash of all that happened.
    pub digest: u64,
}

/// Who takes part, those that answer at once first.
pub const CONTESTANTS: [Contestant; 14] = [
    Contestant::Listed(Listed::Sticky),
    Contestant::Listed(Listed::PrimaryNearest),
    Contestant::Listed(Listed::MajorityAckNearest),
    Contestant::Listed(Listed::AllAckNearest),
    Contestant::Listed(Listed::ReadOneWriteAll),
    Contestant::Listed(Listed::NoWriteBack),
    Contestant::Listed(Listed::Primary),
    Contestant::Listed(Listed::MajorityAck),
    Contestant::Listed(Listed::Agreed),
    Contestant::Listed(Listed::Majority),
    Contestant::Listed(Listed::Lease),
    Contestant::Listed(Listed::Leader),
    Contestant::Listed(Listed::Chain),
    Contestant::Listed(Listed::Consensus),
];

/// How many operations each protocol performs, if nothing else is said.
pub const OPERATIONS: usize = 20_000;

/// Runs the experiment, with a replica on each site. `progress` is told who is next; an interrupted run leaves out those that
/// it did not come to.
#[must_use]
pub fn run(
    delays: &Delays,
    operations: usize,
    seed: u64,
    peers: &[Peer],
    progress: Progress<'_>,
) -> Vec<Latency> {
    let peers = peers.iter().copied().map(Contestant::Peer);
    let contestants = CONTESTANTS.into_iter().chain(peers);
    let perform = |protocol| latency(protocol, delays, operations, seed);
    in_turn(contestants, |&protocol| protocol, progress, perform)
}

fn latency(protocol: Contestant, delays: &Delays, operations: usize, seed: u64) -> Latency {
    let conditions = Conditions::wide(delays.clone());
    let sites = delays.sites() as u8;
    // The first client writes; the next ones read on the other sites, and the last one at home.
    let workload = Workload {
        operations,
        ..Workload::steady(sites + 1, 1)
    };
    let run = protocol.simulate(sites, &conditions, &workload, seed);
    let history = run.history();
    let is_write = |it: &Performed| it.written().is_some();
    let half = |sorted: &[u64]| percentile(sorted, 0.5).unwrap_or(0);
    let writes = run.latencies(is_write);
    let reads = |site: u8| {
        let client = if site == 0 { sites } else { site };
        half(&run.latencies(|it| !is_write(it) && it.client == client))
    };
    let performed = run.operations.len().max(1);
    Latency {
        protocol,
        write: (half(&writes), percentile(&writes, 0.99).unwrap_or(0)),
        reads: (0..sites).map(reads).collect(),
        anomalies: anomalies(&history),
        keeps_its_claim: protocol.keeps_its_claim(&history),
        messages: run.messages as f64 / performed as f64,
        explored: protocol.explored(),
        digest: run.digest,
    }
}

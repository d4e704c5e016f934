//! Failing over (the study note's first sentence): a replica stops, and who still serves, after how long, and with what.

use histories::{Model, Timeline};

use super::{Broken, Contestant, Peer, Progress, REPLICAS, Staleness, in_turn, met_by};
use crate::catalogue::Listed;
use crate::machine::{Cluster, Node};
use crate::simulated::{Conditions, Cut, MS, Performed, Run, S, Stop, Workload};

/// When the replica stops, when it comes back, and when everything ends.
const STOPS: u64 = 2 * S;
const BACK: u64 = 4 * S;
const DURATION: u64 = 6 * S;
const CLIENTS: u8 = 3;

/// What one protocol did when a replica stopped.
#[derive(Clone, Debug)]
pub struct Outage {
    /// Which.
    pub protocol: Contestant,
    /// Which replica stopped.
    pub stopped: Node,
    /// The longest time in which no operation of anybody was done while it was away, in microseconds.
    pub gap: u64,
    /// The longest time in which none of the client was done that had to wait longest.
    pub longest: u64,
    /// How many of the operations invoked while it was away were done, and how many there were.
    pub served: super::cap::Share,
    /// How old what was read could be, and what was lost.
    pub staleness: Staleness,
    /// The strongest models that the whole history meets.
    pub met: Vec<Model>,
    /// Whether that is what the protocol claims; `None` if it could not be decided. Those that are known to break their
    /// claims keep whatever they do.
    pub keeps_its_claim: Option<bool>,
    /// The strongest models that no explored execution breaks.
    pub explored: Option<Vec<Model>>,
    /// The operations around the stop.
    pub timeline: Timeline,
    /// A hash of all that happened.
    pub digest: u64,
}

/// Who takes part, from the single copy that all others are measured against.
pub const CONTESTANTS: [Contestant; 7] = [
    Contestant::Listed(Listed::SingleCopy),
    Contestant::Listed(Listed::Primary),
    Contestant::Listed(Listed::Chain),
    Contestant::Broken(Broken::Failover),
    Contestant::Broken(Broken::FailoverMajority),
    Contestant::Listed(Listed::Leader),
    Contestant::Listed(Listed::Many),
];

/// Those of which the picture tells most: one that nothing replaces, one that the next in turn replaces, one whose successor
/// a majority elects, and one that needs no successor.
pub const DRAWN: [Contestant; 4] = [
    Contestant::Listed(Listed::SingleCopy),
    Contestant::Broken(Broken::Failover),
    Contestant::Listed(Listed::Leader),
    Contestant::Listed(Listed::Many),
];

/// Runs the experiment: A stops, unless another one is named. `progress` is told who is next; an interrupted run leaves out
/// those that it did not come to.
#[must_use]
pub fn run(
    stopped: Option<Node>,
    seed: u64,
    peers: &[Peer],
    progress: Progress<'_>,
) -> Vec<Outage> {
    let peers = peers.iter().copied().map(Contestant::Peer);
    let stopped = stopped.unwrap_or(Node(0));
    let contestants = CONTESTANTS.into_iter().chain(peers);
    let perform = |protocol| outage(protocol, stopped, seed);
    in_turn(contestants, |&protocol| protocol, progress, perform)
}

fn outage(protocol: Contestant, stopped: Node, seed: u64) -> Outage {
    let stop = |from, until| {
        let until = Some(until);
        Conditions {
            stops: vec![Stop {
                node: stopped,
                from,
                until,
            }],
            ..Conditions::local()
        }
    };
    let workload = Workload {
        think: 5 * MS,
        deadline: 200 * MS,
        duration: DURATION,
        reads: 0.5,
        quiet: S,
        ..Workload::steady(CLIENTS, CLIENTS)
    };
    let run = protocol.simulate(REPLICAS, &stop(STOPS, BACK), &workload, seed);
    let history = run.history();
    let within = |it: &&Performed| (STOPS..BACK).contains(&it.began);
    let invoked = run.operations.iter().filter(within);
    let longest = |client| gap(&run, |it| it.client == client);
    Outage {
        protocol,
        stopped,
        gap: gap(&run, |_| true),
        longest: (0..CLIENTS).map(longest).max().unwrap_or(0),
        served: super::cap::Share {
            done: invoked.clone().filter(|it| it.is_done()).count(),
            of: invoked.count(),
        },
        staleness: Staleness::of(&run),
        met: met_by(&history),
        keeps_its_claim: protocol.keeps_its_claim(&history),
        explored: protocol.explored(),
        timeline: drawn_of(protocol, stopped, seed),
        digest: run.digest,
    }
}

/// The longest time in which none of some operations was done while the replica was away.
fn gap(run: &Run, wanted: impl Fn(&Performed) -> bool) -> u64 {
    let done = run.operations.iter().filter(|it| wanted(it));
    let mut ends: Vec<u64> = done.filter_map(|it| it.ended).collect();
    ends.extend([STOPS, BACK]);
    ends.retain(|end| (STOPS..=BACK).contains(end));
    ends.sort_unstable();
    let gaps = ends.windows(2).map(|pair| pair[1] - pair[0]);
    gaps.max().unwrap_or(0)
}

/// The same with fewer and slower operations: small enough to be drawn.
pub fn drawn_of(protocol: Contestant, stopped: Node, seed: u64) -> Timeline {
    let (from, until) = (200 * MS, 600 * MS);
    let conditions = Conditions {
        stops: vec![Stop {
            node: stopped,
            from,
            until: Some(until),
        }],
        ..Conditions::local()
    };
    let workload = Workload {
        think: 150 * MS,
        deadline: 250 * MS,
        duration: 750 * MS,
        reads: 0.5,
        ..Workload::steady(CLIENTS, CLIENTS)
    };
    let run = protocol.simulate(REPLICAS, &conditions, &workload, seed);
    let cluster = Cluster {
        replicas: REPLICAS,
        clients: CLIENTS,
    };
    // Who has stopped reaches nobody: drawn as if it were cut off from all.
    let drawn = Conditions {
        cuts: vec![Cut {
            from,
            until,
            away: vec![stopped],
        }],
        ..conditions
    };
    let mut timeline = run.picture(cluster, &drawn, (0, u64::MAX));
    for cut in &mut timeline.network.cuts {
        cut.sides += " stopped";
    }
    timeline
}

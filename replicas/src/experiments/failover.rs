//! Failing over (the study note's first sentence): a replica stops, and who still serves, after how long, and with what.

use histories::{Model, Timeline};

use super::{Broken, Contestant, REPLICAS, Staleness, met_by};
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
    /// The strongest models that no explored execution breaks.
    pub explored: Option<Vec<Model>>,
    /// The operations around the stop.
    pub timeline: Timeline,
    /// A hash of all that happened.
    pub digest: u64,
}

const CONTESTANTS: [Contestant; 8] = [
    Contestant::Listed(Listed::SingleCopy),
    Contestant::Listed(Listed::Primary),
    Contestant::Listed(Listed::Chain),
    Contestant::Broken(Broken::Failover),
    Contestant::Broken(Broken::FailoverMajority),
    Contestant::Listed(Listed::Leader),
    Contestant::OmniPaxos,
    Contestant::Listed(Listed::Many),
];

/// Runs the experiment: A stops, unless another one is named.
#[must_use]
pub fn run(stopped: Option<Node>, seed: u64) -> Vec<Outage> {
    let stopped = stopped.unwrap_or(Node(0));
    CONTESTANTS
        .map(|protocol| outage(protocol, stopped, seed))
        .into()
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
    let run = protocol.simulate(&stop(STOPS, BACK), &workload, seed);
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
        met: met_by(&run.history()),
        explored: protocol.explored(),
        timeline: drawn(protocol, stopped, seed),
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
fn drawn(protocol: Contestant, stopped: Node, seed: u64) -> Timeline {
    let (from, until) = (300 * MS, 900 * MS);
    let conditions = Conditions {
        stops: vec![Stop {
            node: stopped,
            from,
            until: Some(until),
        }],
        ..Conditions::local()
    };
    let workload = Workload {
        think: 90 * MS,
        deadline: 250 * MS,
        duration: 1_100 * MS,
        reads: 0.5,
        ..Workload::steady(CLIENTS, CLIENTS)
    };
    let run = protocol.simulate(&conditions, &workload, seed);
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

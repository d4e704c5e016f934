//! CAP (Gilbert and Lynch, *Brewer's conjecture and the feasibility of consistent, available, partition-tolerant web
//! services*, 2002): one cut, and what those do who are cut off.

use histories::{Model, Timeline};

use super::{Broken, Contestant, Peer, Progress, REPLICAS, Staleness, cut_off, in_turn, met_by};
use crate::catalogue::Listed;
use crate::machine::{Cluster, Node};
use crate::simulated::{Conditions, MS, Performed, Run, S, Workload};

/// How long everything takes, and from when until when some are cut off.
const DURATION: u64 = 30 * S;
const CUT: (u64, u64) = (10 * S, 20 * S);
const CLIENTS: u8 = 3;

/// What one protocol did.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Which.
    pub protocol: Contestant,
    /// Which replica was cut off, with the client nearest to it.
    pub away: Node,
    /// Of the operations that the others invoked meanwhile, how many were done.
    pub with_majority: Share,
    /// Of those that the client invoked that was cut off.
    pub cut_off: Share,
    /// How old what was read could be.
    pub staleness: Staleness,
    /// The strongest models that the whole history meets.
    pub met: Vec<Model>,
    /// Whether that is what the protocol claims; `None` if it could not be decided. Those that are known to break their
    /// claims keep whatever they do.
    pub keeps_its_claim: Option<bool>,
    /// The strongest models that no explored execution breaks.
    pub explored: Option<Vec<Model>>,
    /// A hash of all that happened.
    pub digest: u64,
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Share {
    /// How many were done.
    pub done: usize,
    /// Of how many.
    pub of: usize,
}

/// The two choices, drawn: the same seed, the same cut.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Which protocol.
    pub protocol: Contestant,
    /// The operations around the cut.
    pub timeline: Timeline,
    /// What came of the operations of the one that was cut off.
    pub cut_off: Share,
    /// Whether the whole history is atomic; if not, why.
    pub violation: Option<String>,
}

/// Who takes part, and which replica is cut off: where one leads from the beginning, that one.
pub const CONTESTANTS: [(Contestant, Node); 7] = [
    (Contestant::Listed(Listed::Many), Node(2)),
    (Contestant::Listed(Listed::Leader), Node(2)),
    (Contestant::Listed(Listed::Consensus), Node(2)),
    (Contestant::Listed(Listed::Sticky), Node(2)),
    (Contestant::Broken(Broken::Failover), Node(0)),
    (Contestant::Broken(Broken::FailoverMajority), Node(0)),
    (Contestant::Broken(Broken::Unchecked), Node(0)),
];

/// After how long the clients of what is drawn give up.
pub const DRAWN_DEADLINE: u64 = 150 * MS;

/// The one that is drawn for the choice of consistency, and the one for availability.
pub const CP: Contestant = Contestant::Listed(Listed::Many);
/// See [`CP`].
pub const AP: Contestant = Contestant::Listed(Listed::Sticky);

/// Runs the experiment; `away` is cut off if one is named, otherwise C, or whoever leads. `progress` is told who is next; an
/// interrupted run leaves out those that it did not come to.
#[must_use]
pub fn run(away: Option<Node>, seed: u64, peers: &[Peer], progress: Progress<'_>) -> Vec<Choice> {
    let choose = |(protocol, usual): (Contestant, Node)| {
        let away = away.unwrap_or(usual);
        let conditions = Conditions {
            cuts: vec![cut_off(away, CLIENTS, CUT)],
            ..Conditions::local()
        };
        let workload = Workload {
            think: 5 * MS,
            deadline: 200 * MS,
            duration: DURATION,
            reads: 0.5,
            quiet: S,
            ..Workload::steady(CLIENTS, CLIENTS)
        };
        let run = protocol.simulate(REPLICAS, &conditions, &workload, seed);
        let history = run.history();
        let side = |is_away: bool| share(&run, away, is_away, CUT, workload.deadline);
        Choice {
            protocol,
            away,
            with_majority: side(false),
            cut_off: side(true),
            staleness: Staleness::of(&run),
            met: met_by(&history),
            keeps_its_claim: protocol.keeps_its_claim(&history),
            explored: protocol.explored(),
            digest: run.digest,
        }
    };
    let peers = peers.iter().map(|&peer| (Contestant::Peer(peer), Node(2)));
    let contestants = CONTESTANTS.into_iter().chain(peers);
    in_turn(contestants, |&(protocol, _)| protocol, progress, choose)
}

/// Of the operations of one side that were invoked while it was cut off, and that were given up, if not done, before that was
/// over: how many were done.
fn share(run: &Run, away: Node, is_away: bool, (from, until): (u64, u64), deadline: u64) -> Share {
    let within = |it: &&Performed| {
        let side = it.client % REPLICAS == away.0;
        side == is_away && it.began >= from && it.began + deadline <= until
    };
    let all = run.operations.iter().filter(within);
    Share {
        done: all.clone().filter(|it| it.is_done()).count(),
        of: all.count(),
    }
}

/// The same cut for both choices, with fewer and slower operations: small enough to be drawn.
#[must_use]
pub fn drawn(away: Option<Node>, seed: u64) -> [Drawn; 2] {
    let away = away.unwrap_or(Node(2));
    let cut = (150 * MS, 650 * MS);
    let conditions = Conditions {
        cuts: vec![cut_off(away, CLIENTS, cut)],
        ..Conditions::local()
    };
    let workload = Workload {
        think: 170 * MS,
        deadline: DRAWN_DEADLINE,
        duration: 850 * MS,
        reads: 0.5,
        ..Workload::steady(CLIENTS, CLIENTS)
    };
    let cluster = Cluster {
        replicas: REPLICAS,
        clients: CLIENTS,
    };
    [CP, AP].map(|protocol| {
        let run = protocol.simulate(REPLICAS, &conditions, &workload, seed);
        let history = run.history();
        let verdict = histories::check(Model::Atomic, &history);
        Drawn {
            protocol,
            timeline: run.picture(cluster, &conditions, (0, u64::MAX)),
            cut_off: share(&run, away, true, cut, workload.deadline),
            violation: verdict
                .violation()
                .map(|violation| violation.sentence.clone()),
        }
    })
}

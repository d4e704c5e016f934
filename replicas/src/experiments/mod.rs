//! The study note's first half as experiments: what a protocol guarantees, what it costs, and what happens when something
//! stops or is cut off. Each is computed here, and drawn or printed as JSON elsewhere.

use histories::check::meets;
use histories::{History, Model};
use interleavings::is_interrupted;
use registers::Arity;
use registers::scenario::Scenario;

use crate::catalogue::{Listed, Use};
use crate::every::{self, Report, Setup, Unfit};
use crate::machine::{Claims, Explorable, Node, Protocol};
use crate::simulated::{Conditions, Cut, Run, Workload, simulate};

pub mod cap;
pub mod failover;
pub mod harvest;
pub mod pacelc;
pub mod rungs;
pub mod timeline;

/// Who takes part in an experiment: a protocol that is explored, too, or one that others wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contestant {
    /// One of the catalogue.
    Listed(Listed),
    /// One that breaks what it claims.
    Broken(Broken),
    /// One that others wrote, which is not explored.
    Peer(Peer),
}

/// A protocol that others wrote: simulated like the others.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its name.
    pub name: &'static str,
    /// What it claims.
    pub claims: Claims,
    /// Simulates it on so many replicas: see [`simulate`].
    pub simulate: fn(u8, &Conditions, &Workload, u64) -> Run,
}

impl PartialEq for Peer {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Peer {}

/// Protocols that break what they claim, as contestants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The next in turn takes over, and asks nobody; done when the primary has it.
    Failover,
    /// The same; done when a majority has it.
    FailoverMajority,
    /// A leader that believes that it leads.
    Unchecked,
}

impl Contestant {
    /// Its name.
    #[must_use]
    pub fn name(self) -> String {
        use crate::catalogue::broken;
        match self {
            Self::Listed(listed) => listed.name(),
            Self::Broken(Broken::Failover) => broken::FAILOVER.name(),
            Self::Broken(Broken::FailoverMajority) => broken::FAILOVER_MAJORITY.name(),
            Self::Broken(Broken::Unchecked) => broken::UNCHECKED.name(),
            Self::Peer(peer) => peer.name.to_owned(),
        }
    }

    /// Simulates it on so many replicas.
    #[must_use]
    pub fn simulate(
        self,
        replicas: u8,
        conditions: &Conditions,
        workload: &Workload,
        seed: u64,
    ) -> Run {
        use crate::catalogue::broken;
        struct Simulate<'a>(u8, &'a Conditions, &'a Workload, u64);
        impl Use for Simulate<'_> {
            type Output = Run;

            fn of<P: Explorable>(self, protocol: &P) -> Run {
                simulate(protocol, self.0, self.1, self.2, self.3)
            }
        }
        let it = Simulate(replicas, conditions, workload, seed);
        match self {
            Self::Listed(listed) => listed.with(it),
            Self::Broken(Broken::Failover) => it.of(&broken::FAILOVER),
            Self::Broken(Broken::FailoverMajority) => it.of(&broken::FAILOVER_MAJORITY),
            Self::Broken(Broken::Unchecked) => it.of(&broken::UNCHECKED),
            Self::Peer(peer) => (peer.simulate)(replicas, conditions, workload, seed),
        }
    }

    /// Whether a history keeps what it claims, which is nothing for those that are known to break it; `None` if that
    /// could not be decided.
    #[must_use]
    fn keeps_its_claim(self, history: &History) -> Option<bool> {
        match self {
            Self::Listed(listed) => keeps(listed, history),
            Self::Broken(_) => Some(true),
            Self::Peer(peer) => meets(peer.claims.model, history),
        }
    }

    /// How many of so many clients may write.
    #[must_use]
    pub fn writers(self, clients: u8) -> u8 {
        match self {
            Self::Listed(listed) if listed.claims().writers == Arity::One => 1,
            _ => clients,
        }
    }

    /// The strongest models that no execution of small scenarios breaks, with a suspicion where replicas suspect each other;
    /// `None` for what is not explored.
    #[must_use]
    pub fn explored(self) -> Option<Vec<Model>> {
        use crate::catalogue::broken;
        match self {
            Self::Listed(listed) => Some(rung(listed)),
            Self::Broken(it) => {
                struct Explore;
                impl Use for Explore {
                    type Output = Vec<Model>;

                    fn of<P: Explorable>(self, protocol: &P) -> Vec<Model> {
                        let budget = every::Budget {
                            suspicions: 1,
                            ..every::Budget::NONE
                        };
                        let setup = Setup {
                            budget,
                            ..Setup::default()
                        };
                        let explore = |scenario: &&str| {
                            let scenario = scenario.parse().expect("it is a scenario");
                            every::explore(protocol, &scenario, &setup).ok()
                        };
                        met(["w.r", "r.w", "wr.r"].iter().filter_map(explore))
                    }
                }
                Some(match it {
                    Broken::Failover => Explore.of(&broken::FAILOVER),
                    Broken::FailoverMajority => Explore.of(&broken::FAILOVER_MAJORITY),
                    Broken::Unchecked => Explore.of(&broken::UNCHECKED),
                })
            }
            Self::Peer(_) => None,
        }
    }
}

/// What is told which protocol is next.
pub type Progress<'a> = &'a mut dyn FnMut(Contestant);

/// Lets one contestant after the other perform an experiment, until somebody interrupts it.
fn in_turn<T, R>(
    all: impl Iterator<Item = T>,
    contestant: impl Fn(&T) -> Contestant,
    progress: Progress<'_>,
    perform: impl Fn(T) -> R,
) -> Vec<R> {
    all.take_while(|_| !is_interrupted())
        .inspect(|it| progress(contestant(it)))
        .map(perform)
        .collect()
}

/// How many replicas there are in the experiments.
pub const REPLICAS: u8 = 3;

/// The scenarios that tell the rungs of the catalogue apart, those of one writer first.
const TELLING: [&str; 4] = ["w.rr", "w.r.r", "ww.rr", "wr.rr"];
/// Those of several.
const TELLING_MANY: [&str; 1] = ["wr.wr"];

/// Explores a protocol of the catalogue in a scenario.
///
/// # Errors
///
/// If it cannot perform it.
pub fn explore(listed: Listed, scenario: &Scenario, setup: &Setup) -> Result<Report, Unfit> {
    explore_with(listed, scenario, setup, &mut |_| {})
}

/// As [`explore`]; `progress` is told, now and then, how many states were visited.
///
/// # Errors
///
/// If it cannot perform it.
pub fn explore_with(
    listed: Listed,
    scenario: &Scenario,
    setup: &Setup,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, Unfit> {
    struct Explore<'a>(&'a Scenario, &'a Setup, &'a mut dyn FnMut(u64));
    impl Use for Explore<'_> {
        type Output = Result<Report, Unfit>;

        fn of<P: Explorable>(self, protocol: &P) -> Self::Output {
            every::explore_with(protocol, self.0, self.1, self.2)
        }
    }
    listed.with(Explore(scenario, setup, progress))
}

/// The strongest models that no execution of the telling scenarios breaks.
#[must_use]
pub fn rung(listed: Listed) -> Vec<Model> {
    let many = match listed.claims().writers {
        Arity::One => [].as_slice(),
        Arity::Many => &TELLING_MANY,
    };
    let scenarios = TELLING.iter().chain(many);
    // Whoever agrees on every operation has many executions, and nothing to tell apart.
    let scenarios = scenarios.take(if listed == Listed::Consensus {
        2
    } else {
        usize::MAX
    });
    met(scenarios.filter_map(|scenario| {
        let scenario = scenario.parse().expect("it is a scenario");
        explore(listed, &scenario, &Setup::default()).ok()
    }))
}

/// Whether a history keeps what a protocol claims; `None` if that could not be decided.
#[must_use]
pub fn keeps(listed: Listed, history: &History) -> Option<bool> {
    meets(listed.claims().model, history)
}

fn met(reports: impl Iterator<Item = Report>) -> Vec<Model> {
    let broken: Vec<Model> = reports
        .flat_map(|report| report.broken.into_iter().map(|witness| witness.model))
        .collect();
    every::strongest(|model| !broken.contains(&model))
}

/// The strongest models that a history meets, as far as this is known.
fn met_by(history: &History) -> Vec<Model> {
    let mut known: Vec<(Model, bool)> = Vec::new();
    for model in every::JUDGED {
        let is_implied = known
            .iter()
            .any(|&(met, holds)| holds && met.implies(model));
        let holds = is_implied || meets(model, history) == Some(true);
        known.push((model, holds));
    }
    every::strongest(|model| known.contains(&(model, true)))
}

/// Some nodes that are cut off: a replica, and the clients nearest to it, of so many.
fn cut_off(replica: Node, clients: u8, (from, until): (u64, u64)) -> Cut {
    let near = (0..clients).filter(|client| client % REPLICAS == replica.0);
    let near = near.map(|client| Node(REPLICAS + client));
    Cut {
        from,
        until,
        away: std::iter::once(replica).chain(near).collect(),
    }
}

/// What old values cost: how many reads were stale, how long ago, at most, their value had been overwritten, and how many
/// writes were lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Staleness {
    /// How many reads returned something.
    pub reads: usize,
    /// How many of them a value that had been overwritten before they were invoked.
    pub stale: usize,
    /// For how long the oldest had been overwritten, in microseconds.
    pub oldest: u64,
    /// How many writes were acknowledged and began after that was complete whose value is left in the end: at least these
    /// were lost. 0 where nobody read in the end.
    pub lost: usize,
}

impl Staleness {
    /// Of a run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        use crate::machine::Answer;
        use std::collections::HashMap;
        // Each write with its beginning, its end, and the instants of both.
        let writes: Vec<_> = run
            .operations
            .iter()
            .filter(|it| it.written().is_some())
            .collect();
        let ended: HashMap<_, _> = writes
            .iter()
            .map(|it| (it.written(), it.ended.map(|_| it.instants.1)))
            .collect();
        // For each write, in the order of their beginnings, the earliest end among it and those behind it.
        let mut earliest = vec![(u64::MAX, 0); writes.len() + 1];
        for (at, write) in writes.iter().enumerate().rev() {
            let end = write
                .ended
                .map_or((u64::MAX, 0), |ended| (write.instants.1, ended));
            earliest[at] = earliest[at + 1].min(end);
        }
        let overwritten = |completed: u64| {
            earliest[writes.partition_point(|write| write.instants.0 <= completed)]
        };
        let mut found = Self::default();
        for read in &run.operations {
            let Some(Answer::Read(data)) = read.answer else {
                continue;
            };
            found.reads += 1;
            let completed = match ended.get(&Some(data)) {
                Some(Some(completed)) => *completed,
                // The initial value; one that was never complete cannot be overwritten.
                None => 0,
                Some(None) => continue,
            };
            let (instant, when) = overwritten(completed);
            if instant < read.instants.0 {
                found.stale += 1;
                found.oldest = found.oldest.max(read.began - when);
            }
        }
        if let Some(last) = run.operations.last()
            && let Some(Answer::Read(left)) = last.answer
        {
            let completed = ended.get(&Some(left)).copied().flatten().unwrap_or(0);
            let later = writes.iter().filter(|it| it.instants.0 > completed);
            found.lost = later.filter(|it| it.is_done()).count();
        }
        found
    }
}

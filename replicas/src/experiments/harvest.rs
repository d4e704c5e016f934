//! Harvest and yield (Fox and Brewer, *Harvest, yield, and scalable tolerant systems*, 1999): a query that asks all shards,
//! and what to do when some of them do not answer.
//!
//! *Yield* is the share of the queries that are answered, *harvest* the share of the data that an answer has. A policy trades
//! the one for the other: all or nothing keeps harvest at 100 %, and one shard that is down takes the yield to 0; to be
//! content with 90 of 100 keeps the yield, and shows 99 %. A harvest below 1 breaks *atomic over the scan*; each shard by
//! itself may still be an atomic register.

use fastrand::Rng;

use crate::simulated::{MS, percentile};

/// How many shards the data lies on.
pub const SHARDS: usize = 100;
/// How many queries are asked.
pub const QUERIES: usize = 5_000;
/// After how long a shard that has not answered is taken for one that is down.
const DEADLINE: u64 = 250 * MS;

/// What to do with the answers of some shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Answer only if all shards have.
    AllOrNothing,
    /// Answer if at least 90 have, and wait for the others until the deadline.
    AtLeast90,
    /// Answer with what is there after 20 ms.
    After20Ms,
}

impl Policy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AllOrNothing, Self::AtLeast90, Self::After20Ms];

    /// What a table calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AllOrNothing => "all or nothing",
            Self::AtLeast90 => "at least 90",
            Self::After20Ms => "what is there after 20 ms",
        }
    }
}

/// What a policy came to.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Result {
    /// Which.
    pub policy: Policy,
    /// The share of the queries that were answered.
    pub yielded: f64,
    /// The share of the shards that the answers had, on average; `None` if there were none.
    pub harvest: Option<f64>,
    /// How long the answers took, in microseconds: half of them no longer, and 99 of 100.
    pub latency: Option<(u64, u64)>,
    /// Of the first queries, the harvest of each; `None` if it was not answered.
    pub first: Vec<Option<f64>>,
}

/// A cluster in which some machines are down, under each policy.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Line {
    /// How many machines are down.
    pub down: usize,
    /// How many copies of each shard there are.
    pub copies: usize,
    /// What each policy came to.
    pub results: Vec<Result>,
}

/// How many machines are down, and how many copies there are, if nothing is said.
const USUAL: [(usize, usize); 7] = [(0, 1), (1, 1), (10, 1), (20, 1), (5, 2), (10, 2), (20, 2)];

/// Runs the experiment; with so many machines down, if a number is named.
#[must_use]
pub fn run(down: Option<usize>, seed: u64) -> Vec<Line> {
    let lines: Vec<(usize, usize)> = match down {
        Some(down) => vec![(down, 1), (down, 2)],
        None => USUAL.into(),
    };
    let line = |(down, copies)| line(down, copies, seed);
    lines.into_iter().map(line).collect()
}

/// There is a machine for each copy of each shard.
fn line(down: usize, copies: usize, seed: u64) -> Line {
    let mut random = Rng::with_seed(seed);
    let mut asked = Policy::ALL.map(Asked::under);
    for query in 0..QUERIES {
        // Others are down for every query, so that the figure is not one of luck.
        let mut machines: Vec<usize> = (0..SHARDS * copies).collect();
        random.shuffle(&mut machines);
        let mut is_down = vec![false; machines.len()];
        machines[..down.min(SHARDS * copies)]
            .iter()
            .for_each(|&machine| is_down[machine] = true);
        // When each shard has answered, by the fastest of its copies that are up.
        let mut times: Vec<u64> = (0..SHARDS)
            .map(|shard| {
                let copies = (0..copies).filter(|copy| !is_down[shard + copy * SHARDS]);
                let time = copies.map(|_| service(&mut random)).min();
                time.unwrap_or(u64::MAX)
            })
            .collect();
        times.sort_unstable();
        for asked in &mut asked {
            let outcome = asked.policy.outcome(&times);
            asked.answered.extend(outcome);
            if query < FIRST {
                let harvest = outcome.map(|(_, shards)| shards as f64 / SHARDS as f64);
                asked.first.push(harvest);
            }
        }
    }
    Line {
        down,
        copies,
        results: asked.into_iter().map(Asked::result).collect(),
    }
}

/// Queries under one policy: when those that were answered were, and with how many shards.
struct Asked {
    policy: Policy,
    answered: Vec<(u64, usize)>,
    first: Vec<Option<f64>>,
}

impl Asked {
    fn under(policy: Policy) -> Self {
        Self {
            policy,
            answered: Vec::new(),
            first: Vec::new(),
        }
    }

    fn result(self) -> Result {
        let mut times: Vec<u64> = self.answered.iter().map(|it| it.0).collect();
        times.sort_unstable();
        let shards: usize = self.answered.iter().map(|it| it.1).sum();
        let all = self.answered.len() * SHARDS;
        Result {
            policy: self.policy,
            yielded: self.answered.len() as f64 / QUERIES as f64,
            harvest: (all > 0).then(|| shards as f64 / all as f64),
            latency: percentile(&times, 0.5).zip(percentile(&times, 0.99)),
            first: self.first,
        }
    }
}

/// Of so many queries the harvest of each is kept, to be drawn.
const FIRST: usize = 50;

/// How long a shard takes: a millisecond, and two more on average; one time in 200 it is busy with something else.
fn service(random: &mut Rng) -> u64 {
    let share = 1.0 - random.f64();
    let usual = MS + (-share.ln() * (2 * MS) as f64) as u64;
    if random.u32(..200) == 0 {
        usual + 80 * MS
    } else {
        usual
    }
}

impl Policy {
    /// When a query is answered, and with how many shards, if these answer at these times, sorted.
    fn outcome(self, times: &[u64]) -> Option<(u64, usize)> {
        let by = |time: u64| times.partition_point(|&it| it <= time);
        let last = times.iter().copied().max().unwrap_or(0);
        match self {
            Self::AllOrNothing => (last <= DEADLINE).then_some((last, times.len())),
            Self::AtLeast90 => {
                let there = by(DEADLINE);
                let enough = there * 10 >= times.len() * 9;
                // Who does not know that a shard is down waits for it.
                enough.then_some((last.min(DEADLINE), there))
            }
            Self::After20Ms => {
                let time = 20 * MS;
                let there = by(time);
                (there > 0).then_some((last.min(time), there))
            }
        }
    }
}

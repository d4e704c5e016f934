//! What a simulated network is like: how long messages take, which are lost, who is cut off, who stops, whose clock is wrong.

use crate::machine::{Cluster, Node, Timing};

/// A millisecond, in the microseconds of virtual time.
pub const MS: u64 = 1_000;
/// A second.
pub const S: u64 = 1_000 * MS;

/// One-way delays between sites, in microseconds: `delays[from][to]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delays(Vec<Vec<u64>>);

/// A table of delays is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDelays {
    /// It is empty.
    #[error(
        "there are no delays: write a line for each site, with the milliseconds from it to each"
    )]
    Empty,
    /// A row is too short or too long.
    #[error(
        "line {line}: {found} delays, but there are {expected} lines: write the milliseconds from each site to each, a square"
    )]
    NotSquare {
        /// Which line.
        line: usize,
        /// How many delays it has.
        found: usize,
        /// How many sites there are.
        expected: usize,
    },
    /// A delay is no number of milliseconds.
    #[error("line {line}: `{found}` is no number of milliseconds from 0 to 60000")]
    NotMilliseconds {
        /// Which line.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// There are too many sites.
    #[error("{0} sites are more than {most}, one a replica", most = Cluster::MOST)]
    TooMany(usize),
}

impl Delays {
    /// The same everywhere, between machines and within one.
    #[must_use]
    pub fn equal(one_way: u64) -> Self {
        Self(vec![vec![one_way]])
    }

    /// Virginia, Ireland and Tokyo: 38, 73 and 105 ms one way, 0.3 ms at home.
    #[must_use]
    pub fn three_continents() -> Self {
        Self(vec![
            vec![300, 38 * MS, 73 * MS],
            vec![38 * MS, 300, 105 * MS],
            vec![73 * MS, 105 * MS, 300],
        ])
    }

    /// How many sites there are.
    #[must_use]
    pub fn sites(&self) -> usize {
        self.0.len()
    }

    fn between(&self, from: usize, to: usize) -> u64 {
        let sites = self.0.len();
        self.0[from % sites][to % sites]
    }
}

impl std::str::FromStr for Delays {
    type Err = NotDelays;

    /// A line for each site, with the milliseconds from it to each site, separated by spaces or commas; `#` begins a comment.
    fn from_str(text: &str) -> Result<Self, NotDelays> {
        let mut rows: Vec<(usize, Vec<u64>)> = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            let words = line.split([' ', ',', '\t']).filter(|word| !word.is_empty());
            let delay = |word: &str| match word.parse::<f64>() {
                Ok(ms) if (0.0..=60_000.0).contains(&ms) => Ok((ms * MS as f64) as u64),
                _ => Err(NotDelays::NotMilliseconds {
                    line: at + 1,
                    found: word.chars().take(40).collect(),
                }),
            };
            let row: Vec<u64> = words.map(delay).collect::<Result<_, _>>()?;
            if !row.is_empty() {
                rows.push((at + 1, row));
            }
        }
        let expected = rows.len();
        if rows.is_empty() {
            return Err(NotDelays::Empty);
        }
        if expected > Cluster::MOST.into() {
            return Err(NotDelays::TooMany(expected));
        }
        if let Some((line, row)) = rows.iter().find(|(_, row)| row.len() != expected) {
            return Err(NotDelays::NotSquare {
                line: *line,
                found: row.len(),
                expected,
            });
        }
        Ok(Self(rows.into_iter().map(|(_, row)| row).collect()))
    }
}

/// Some nodes that cannot reach the others for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// From when.
    pub from: u64,
    /// Until when.
    pub until: u64,
    /// Who is on the one side.
    pub away: Vec<Node>,
}

/// A replica that stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Which.
    pub node: Node,
    /// When.
    pub from: u64,
    /// When it starts again, with what it had; `None` for never.
    pub until: Option<u64>,
}

/// What a network is like.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditions {
    /// How long messages take at least, from site to site. A replica is a site, and the clients nearest to it are there.
    pub delays: Delays,
    /// How much longer on average: exponentially distributed, so that messages overtake each other.
    pub jitter: u64,
    /// Which share of the messages is lost.
    pub loss: f64,
    /// Which share arrives twice.
    pub duplicates: f64,
    /// Who is cut off, and when.
    pub cuts: Vec<Cut>,
    /// Who stops, and when.
    pub stops: Vec<Stop>,
    /// How fast the clock of each replica goes; those that are not said go right.
    pub clocks: Vec<f64>,
    /// How long machines wait for what.
    pub timing: Timing,
}

impl Conditions {
    /// A local network: 0.3 ms and some jitter, nothing lost.
    #[must_use]
    pub fn local() -> Self {
        Self {
            delays: Delays::equal(300),
            jitter: 500,
            loss: 0.0,
            duplicates: 0.0,
            cuts: Vec::new(),
            stops: Vec::new(),
            clocks: Vec::new(),
            timing: Timing {
                resend: 50 * MS,
                gossip: 20 * MS,
                suspect: 100 * MS,
            },
        }
    }

    /// A network around the world, where waiting takes longer.
    #[must_use]
    pub fn wide(delays: Delays) -> Self {
        Self {
            delays,
            timing: Timing {
                resend: 5 * S,
                gossip: S,
                suspect: 5 * S,
            },
            ..Self::local()
        }
    }

    /// How long a message takes at least.
    pub(super) fn base(&self, cluster: Cluster, from: Node, to: Node) -> u64 {
        let site = |node| match cluster.is_replica(node) {
            true => node,
            false => cluster.nearest(node),
        };
        let (from, to) = (site(from).0.into(), site(to).0.into());
        self.delays.between(from, to)
    }

    /// Whether a message can pass at an instant.
    pub(super) fn reaches(&self, from: Node, to: Node, now: u64) -> bool {
        self.cuts.iter().all(|cut| {
            let is_now = (cut.from..cut.until).contains(&now);
            !is_now || cut.away.contains(&from) == cut.away.contains(&to)
        })
    }
}

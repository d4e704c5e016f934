//! `workbench failover`: a replica stops, and who still serves, after how long, and with what.

use std::io;

use clap::Args;
use histories::Model;
use replicas::exhibits::Exhibit;
use replicas::experiments::cap::Share;
use replicas::experiments::failover::{self, CONTESTANTS, DRAWN, Outage};
use replicas::experiments::{Peer, Staleness};
use replicas::machine::Node;
use serde::Serialize;
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::screen::{Screen, grouped, plural};

use super::network::{self, SimulationSeed, explored, letter, milliseconds, percent, rung};
use super::replicas::exhibits::Found;

/// Stop one replica, and see for how long nobody is served, and what is lost: the single point of failure
#[derive(Clone, Copy, Debug, Args)]
pub struct Failover {
    /// Which replica stops: A, B or C [default: A, which leads from the beginning where one does]
    #[arg(long, value_parser = network::one_of_three)]
    pub stop: Option<Node>,
    /// What chance starts from
    #[command(flatten)]
    pub seed: SimulationSeed,
}

/// What each protocol did.
#[derive(Clone, Debug, Serialize)]
pub struct FailoverReport {
    schema: u32,
    command: &'static str,
    seed: u64,
    protocols: Vec<Row>,
    /// What the next in turn may lose, found by exploring every execution.
    lost: Found,
    /// Whether an interrupted run left some out.
    interrupted: bool,
}

/// A protocol.
#[derive(Clone, Debug, Serialize)]
struct Row {
    protocol: String,
    stopped: String,
    /// For how long nothing of anybody was done, in microseconds.
    gap: u64,
    /// For how long nothing was done of the client that waited longest.
    longest: u64,
    served: Share,
    #[serde(flatten)]
    staleness: Staleness,
    /// The strongest models that the run meets.
    meets: Vec<Model>,
    /// The strongest models that no explored execution breaks; absent for what is not explored.
    explored: Option<Vec<Model>>,
    timeline: String,
    #[serde(skip)]
    is_drawn: bool,
    digest: String,
    outcome: Outcome,
}

impl From<Outage> for Row {
    fn from(outage: Outage) -> Self {
        Self {
            protocol: outage.protocol.name(),
            stopped: letter(outage.stopped),
            gap: outage.gap,
            longest: outage.longest,
            served: outage.served,
            staleness: outage.staleness,
            meets: outage.met,
            explored: outage.explored,
            timeline: outage.timeline.to_string(),
            is_drawn: DRAWN.contains(&outage.protocol),
            digest: format!("{:016x}", outage.digest),
            outcome: network::outcome(outage.keeps_its_claim),
        }
    }
}

/// Runs the experiment, with protocols that others wrote besides.
///
/// # Errors
///
/// If the exhibit does not fit its scenario.
pub fn run(args: &Failover, peers: &[Peer]) -> Result<FailoverReport, Failure> {
    let seed = args.seed.seed;
    let length = CONTESTANTS.len() + peers.len();
    let (all, interrupted) = network::behind_a_bar(length, "failover", |progress| {
        failover::run(args.stop, seed, peers, progress)
    });
    Ok(FailoverReport {
        schema: SCHEMA,
        command: "failover",
        seed,
        interrupted,
        protocols: all.into_iter().map(Row::from).collect(),
        lost: Found::of(Exhibit::LostWrite)?,
    })
}

impl Report for FailoverReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen
            .heading("A replica of three stops for 2 seconds, and comes back with what it had")?;
        let header = [
            "protocol",
            "stops",
            "gap, ms",
            "of one client",
            "done meanwhile",
            "stale reads",
            "this run is",
            "every execution",
        ];
        let cells = |row: &Row| {
            let Share { done, of } = row.served;
            vec![
                row.protocol.clone(),
                row.stopped.clone(),
                milliseconds(row.gap),
                milliseconds(row.longest),
                format!("{} of {of}", percent(done, of)),
                grouped(row.staleness.stale as u64),
                rung(&row.meets),
                explored(row.explored.as_deref()),
            ]
        };
        let cells: Vec<Vec<String>> = self.protocols.iter().map(cells).collect();
        screen.table(&header, &cells)?;
        screen.gap()?;
        screen.wrapped(
            "Gap: the longest time in which no operation of anybody was done. A single copy is a single point of failure: the \
             gap is the whole outage. Where the next in turn takes over it is about the time after which a silent replica is \
             suspected, 100 ms; so it is where a majority elects the next leader, who asks what there is. Majorities have no gap. \
             This run need not show what is lost; the last column says what may be, with one suspicion where the next in turn takes over.",
        )?;
        for row in self.protocols.iter().filter(|row| row.is_drawn) {
            screen.heading(&format!(
                "{}, the same seed, fewer operations",
                row.protocol
            ))?;
            screen.text(&row.timeline)?;
        }
        if let Some(found) = &self.lost.found {
            screen.heading(&format!(
                "{}: what {} may lose, in {} of {} states explored",
                self.lost.title,
                self.lost.protocol,
                plural(found.messages, "message"),
                grouped(self.lost.states)
            ))?;
            screen.text(&found.timeline)?;
            screen.gap()?;
            screen.wrapped(&format!("{}. {}", found.sentence, self.lost.lesson))?;
        }
        screen.note(&format!(
            "Seed {}: it fixes the whole run; --seed shows another one. Stop another one: --stop B",
            self.seed
        ))
    }

    fn outcome(&self) -> Outcome {
        let outcomes = self.protocols.iter().map(|row| row.outcome);
        network::worst(outcomes, self.interrupted)
    }
}

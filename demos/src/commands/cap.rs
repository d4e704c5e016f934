//! `workbench cap`: one cut, and what those do who are cut off.

use std::io;

use clap::Args;
use histories::Model;
use replicas::experiments::cap::{self, CONTESTANTS, Choice, Drawn, Share};
use replicas::experiments::{Peer, Staleness};
use replicas::machine::Node;
use serde::Serialize;
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::screen::{Screen, grouped};

use super::network::{self, SimulationSeed, explored, letter, milliseconds, percent, rung};

/// Cut one replica off, with the client beside it, and see who refuses and who returns old values: CAP
#[derive(Clone, Copy, Debug, Args)]
pub struct Cap {
    /// Which replica is cut off: A, B or C [default: C, or A where that leads from the beginning]
    #[arg(long, value_parser = network::one_of_three)]
    pub cut: Option<Node>,
    /// What chance starts from
    #[command(flatten)]
    pub seed: SimulationSeed,
}

/// What became of the operations on both sides.
#[derive(Clone, Debug, Serialize)]
pub struct CapReport {
    schema: u32,
    command: &'static str,
    seed: u64,
    protocols: Vec<Row>,
    drawn: Vec<Picture>,
    /// Whether an interrupted run left some out.
    interrupted: bool,
}

/// A protocol.
#[derive(Clone, Debug, Serialize)]
struct Row {
    protocol: String,
    cut_off: String,
    side_of_the_majority: Share,
    side_that_is_cut_off: Share,
    #[serde(flatten)]
    staleness: Staleness,
    /// The strongest models that the run meets.
    meets: Vec<Model>,
    /// The strongest models that no explored execution breaks; absent for what is not explored.
    explored: Option<Vec<Model>>,
    digest: String,
    outcome: Outcome,
}

/// One of the two that are drawn.
#[derive(Clone, Debug, Serialize)]
struct Picture {
    protocol: String,
    choice: &'static str,
    timeline: String,
    done_while_cut_off: Share,
    /// Why the run is not atomic; absent if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    violation: Option<String>,
}

impl From<Choice> for Row {
    fn from(choice: Choice) -> Self {
        Self {
            protocol: choice.protocol.name(),
            cut_off: letter(choice.away),
            side_of_the_majority: choice.with_majority,
            side_that_is_cut_off: choice.cut_off,
            staleness: choice.staleness,
            meets: choice.met,
            explored: choice.explored,
            digest: format!("{:016x}", choice.digest),
            outcome: network::outcome(choice.keeps_its_claim),
        }
    }
}

/// Runs the experiment, with protocols that others wrote besides.
///
/// # Errors
///
/// Never: what cannot be asked for has been refused.
pub fn run(args: &Cap, peers: &[Peer]) -> Result<CapReport, Failure> {
    let seed = args.seed.seed;
    let length = CONTESTANTS.len() + peers.len();
    let (choices, interrupted) = network::behind_a_bar(length, "cap", |progress| {
        cap::run(args.cut, seed, peers, progress)
    });
    let picture = |(drawn, choice): (Drawn, _)| Picture {
        protocol: drawn.protocol.name(),
        choice,
        timeline: drawn.timeline.to_string(),
        done_while_cut_off: drawn.cut_off,
        violation: drawn.violation,
    };
    let drawn = cap::drawn(args.cut, seed).into_iter().zip(["CP", "AP"]);
    Ok(CapReport {
        schema: SCHEMA,
        command: "cap",
        seed,
        interrupted,
        protocols: choices.into_iter().map(Row::from).collect(),
        drawn: drawn.map(picture).collect(),
    })
}

impl Report for CapReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading(
            "CAP: one replica of three is cut off for 10 seconds of 30, with the client beside it",
        )?;
        let header = [
            "protocol",
            "cut off",
            "done there",
            "done by the others",
            "stale reads",
            "this run is",
            "every execution",
        ];
        let share = |share: Share| format!("{} of {}", percent(share.done, share.of), share.of);
        let cells = |row: &Row| {
            vec![
                row.protocol.clone(),
                row.cut_off.clone(),
                share(row.side_that_is_cut_off),
                share(row.side_of_the_majority),
                format!(
                    "{} of {}",
                    grouped(row.staleness.stale as u64),
                    grouped(row.staleness.reads as u64)
                ),
                rung(&row.meets),
                explored(row.explored.as_deref()),
            ]
        };
        let cells: Vec<Vec<String>> = self.protocols.iter().map(cells).collect();
        screen.table(&header, &cells)?;
        screen.gap()?;
        screen.wrapped(
            "Whoever is cut off can refuse, and stay consistent (CP), or serve, and return what was overwritten long ago (AP). \
             Done: of the operations that were invoked during the cut, with 200 ms each. A run that meets a model proves nothing of other runs; the last column is what exploring every \
             execution of small scenarios says, with one suspicion for the last three.",
        )?;
        for picture in &self.drawn {
            let Share { done, of } = picture.done_while_cut_off;
            screen.heading(&format!(
                "{}: {}, the same seed, the same cut, fewer operations",
                picture.choice, picture.protocol
            ))?;
            screen.text(&picture.timeline)?;
            screen.gap()?;
            let verdict = match &picture.violation {
                None => "this run is atomic".to_owned(),
                Some(sentence) => format!("not atomic: {sentence}"),
            };
            screen.wrapped(&format!(
                "Cut off, with {} ms for each: {done} of {of} operations were done; {verdict}.",
                milliseconds(cap::DRAWN_DEADLINE).trim_end_matches(".0")
            ))?;
        }
        screen.note(&format!(
            "Seed {}: it fixes the whole run; --seed shows another one. Cut another one off: --cut A",
            self.seed
        ))
    }

    fn outcome(&self) -> Outcome {
        let outcomes = self.protocols.iter().map(|row| row.outcome);
        network::worst(outcomes, self.interrupted)
    }
}

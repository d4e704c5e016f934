//! `workbench harvest`: how much of the queries is answered, and how much of the data an answer has.

use std::io;

use clap::Args;
use replicas::experiments::harvest::{self, Line, Policy, QUERIES, SHARDS};
use serde::Serialize;
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::screen::{Screen, grouped};

use super::network::{SimulationSeed, milliseconds};

/// Ask 100 shards of which some are down, and choose what to give up: yield, harvest or latency
#[derive(Clone, Copy, Debug, Args)]
pub struct Harvest {
    /// How many machines are down, of those that there are [default: several numbers]
    #[arg(long, value_parser = clap::value_parser!(u16).range(0..=SHARDS as i64))]
    pub down: Option<u16>,
    /// What chance starts from
    #[command(flatten)]
    pub seed: SimulationSeed,
}

/// What each policy came to.
#[derive(Clone, Debug, Serialize)]
pub struct HarvestReport {
    schema: u32,
    command: &'static str,
    seed: u64,
    shards: usize,
    queries: usize,
    lines: Vec<Line>,
}

/// Runs the experiment.
///
/// # Errors
///
/// Never: what cannot be asked for has been refused.
pub fn run(args: &Harvest) -> Result<HarvestReport, Failure> {
    let seed = args.seed.seed;
    Ok(HarvestReport {
        schema: SCHEMA,
        command: "harvest",
        seed,
        shards: SHARDS,
        queries: QUERIES,
        lines: harvest::run(args.down.map(usize::from), seed),
    })
}

impl Report for HarvestReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading(&format!(
            "Harvest and yield: {} queries of {} shards, while so many machines are down",
            grouped(self.queries as u64),
            self.shards
        ))?;
        let header = [
            "down",
            "copies",
            "policy",
            "yield",
            "harvest",
            "ms",
            "99 of 100",
        ];
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let row = |(line, result): (&Line, &harvest::Result)| {
            let (half, most) = result.latency.map_or_else(
                || ("".to_owned(), "".to_owned()),
                |(half, most)| (milliseconds(half), milliseconds(most)),
            );
            vec![
                line.down.to_string(),
                line.copies.to_string(),
                result.policy.name().to_owned(),
                percent(result.yielded),
                result.harvest.map_or_else(String::new, percent),
                half,
                most,
            ]
        };
        let rows: Vec<Vec<String>> = self
            .lines
            .iter()
            .flat_map(|line| line.results.iter().map(move |result| row((line, result))))
            .collect();
        screen.table(&header, &rows)?;
        screen.gap()?;
        screen.wrapped(
            "Yield: the share of the queries that are answered. Harvest: the share of the shards that an answer has. A shard that \
             is down costs the deadline, 250 ms, unless one knows it; a tight deadline buys the slowest answers a quarter of \
             their time for half a percent of the harvest, with nobody down. An answer that leaves shards out is not atomic over \
             the scan, though each shard by itself may be.",
        )?;
        if let Some(line) = self.lines.iter().find(|line| line.down > 0) {
            screen.heading(&format!(
                "The first queries, with {} down: # has all shards, a digit so many tenths, a dot was refused",
                line.down
            ))?;
            for result in &line.results {
                let cells: String = result.first.iter().map(|&it| cell(it)).collect();
                screen.text(&format!("{:<26}{cells}", result.policy.name()))?;
            }
        }
        screen.note(&format!(
            "Seed {}: it fixes the whole run; --seed shows another one. Other machines down: --down 5",
            self.seed
        ))
    }

    fn outcome(&self) -> Outcome {
        // Nothing is claimed of which this could be the opposite.
        debug_assert!(
            self.lines
                .iter()
                .all(|line| line.results.len() == Policy::ALL.len())
        );
        Outcome::AsAdvertised
    }
}

/// A query, drawn.
fn cell(harvest: Option<f64>) -> char {
    match harvest {
        None => '.',
        Some(all) if all >= 1.0 => '#',
        Some(share) => char::from(b'0' + (share * 10.0) as u8),
    }
}

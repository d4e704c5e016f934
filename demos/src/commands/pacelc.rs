//! `workbench pacelc`: where nothing is cut off, it is latency against consistency.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use histories::Model;
use replicas::experiments::Peer;
use replicas::experiments::pacelc::{self, CONTESTANTS, Latency, OPERATIONS};
use replicas::simulated::{Anomalies, Delays};
use serde::Serialize;
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::screen::{Screen, grouped};

use super::network::{self, SimulationSeed, explored, milliseconds};

/// Say how long operations take around the world, and what that buys: PACELC
#[derive(Clone, Debug, Args)]
pub struct Pacelc {
    /// A file with the delays between sites, one way, in milliseconds: a line for each site, with the delay to each [default: Virginia, Ireland, Tokyo]
    #[arg(long, value_name = "FILE")]
    pub delays: Option<PathBuf>,
    /// How many operations are performed on each protocol
    #[arg(long, default_value_t = OPERATIONS as u32, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub operations: u32,
    /// What chance starts from
    #[command(flatten)]
    pub seed: SimulationSeed,
}

/// How long operations took.
#[derive(Clone, Debug, Serialize)]
pub struct PacelcReport {
    schema: u32,
    command: &'static str,
    seed: u64,
    operations: u32,
    sites: Vec<String>,
    protocols: Vec<Row>,
    /// Whether an interrupted run left some out.
    interrupted: bool,
}

/// A protocol.
#[derive(Clone, Debug, Serialize)]
struct Row {
    protocol: String,
    /// In microseconds.
    write_p50: u64,
    write_p99: u64,
    /// At each site.
    read_p50: Vec<u64>,
    #[serde(flatten)]
    anomalies: Anomalies,
    messages_per_operation: f64,
    /// The strongest models that no explored execution breaks; absent for what is not explored.
    explored: Option<Vec<Model>>,
    digest: String,
    outcome: Outcome,
}

impl From<Latency> for Row {
    fn from(latency: Latency) -> Self {
        Self {
            protocol: latency.protocol.name(),
            write_p50: latency.write.0,
            write_p99: latency.write.1,
            read_p50: latency.reads,
            anomalies: latency.anomalies,
            messages_per_operation: latency.messages,
            explored: latency.explored,
            digest: format!("{:016x}", latency.digest),
            outcome: network::outcome(latency.keeps_its_claim),
        }
    }
}

/// Runs the experiment, with protocols that others wrote besides.
///
/// # Errors
///
/// If the delays cannot be read.
pub fn run(args: &Pacelc, peers: &[Peer]) -> Result<PacelcReport, Failure> {
    let (delays, sites) = match &args.delays {
        None => {
            let names = ["Virginia", "Ireland", "Tokyo"].map(str::to_owned);
            (Delays::three_continents(), names.into())
        }
        Some(path) => {
            let delays = read_delays(path)?;
            let names = (1..=delays.sites()).map(|site| format!("site {site}"));
            let names = names.collect();
            (delays, names)
        }
    };
    let seed = args.seed.seed;
    let length = CONTESTANTS.len() + peers.len();
    let operations = args.operations as usize;
    let (all, interrupted) = network::behind_a_bar(length, "pacelc", |progress| {
        pacelc::run(&delays, operations, seed, peers, progress)
    });
    Ok(PacelcReport {
        schema: SCHEMA,
        command: "pacelc",
        seed,
        operations: args.operations,
        sites,
        interrupted,
        protocols: all.into_iter().map(Row::from).collect(),
    })
}

/// Reads a table of delays.
fn read_delays(path: &Path) -> Result<Delays, Failure> {
    /// More than seven lines of seven numbers ever take.
    const LONGEST: u64 = 65_536;
    let unreadable = |error| Failure::Unreadable {
        path: path.to_owned(),
        error,
    };
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LONGEST)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    let delays: Result<Delays, _> = text.parse();
    delays.map_err(|error| Failure::Impossible(format!("{}: {error}", path.display()).into()))
}

impl Report for PacelcReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading(&format!(
            "PACELC: {} operations of each protocol, milliseconds; one client writes at {}, others read at every site",
            grouped(self.operations.into()),
            self.sites.first().map_or("home", String::as_str)
        ))?;
        let mut header = vec![
            "protocol".to_owned(),
            "write".to_owned(),
            "99 of 100".to_owned(),
        ];
        header.extend(self.sites.iter().map(|site| format!("read, {site}")));
        header.extend(["stale/M", "inverted/M", "messages", "every execution"].map(str::to_owned));
        let cells = |row: &Row| {
            let mut cells = vec![
                row.protocol.clone(),
                milliseconds(row.write_p50),
                milliseconds(row.write_p99),
            ];
            cells.extend(row.read_p50.iter().map(|&it| milliseconds(it)));
            cells.extend([
                grouped(row.anomalies.per_million(row.anomalies.stale)),
                grouped(row.anomalies.per_million(row.anomalies.inverted)),
                format!("{:.1}", row.messages_per_operation),
                explored(row.explored.as_deref()),
            ]);
            cells
        };
        let cells: Vec<Vec<String>> = self.protocols.iter().map(cells).collect();
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        screen.table(&header, &cells)?;
        screen.gap()?;
        screen.wrapped(
            "Half of the operations take no longer than is said, and 99 of 100 where that is said. Stale and inverted: of a \
             million reads in this run. A run that shows nothing proves nothing: majority-no-write-back shows no inversion \
             here, and exploring finds one in a millisecond (the last column: every execution of small scenarios, on three \
             replicas, until a primary fails over).",
        )?;
        screen.note(&format!(
            "Seed {}: it fixes the whole run; --seed shows another one. Your own network: --delays FILE",
            self.seed
        ))
    }

    fn outcome(&self) -> Outcome {
        let outcomes = self.protocols.iter().map(|row| row.outcome);
        network::worst(outcomes, self.interrupted)
    }
}

//! `workbench replicas serve`: one replica, as a process.

use std::io;

use clap::Args;
use replicas::catalogue::Listed;
use replicas::machine::{Cluster, Node};
use serde::Serialize;
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::screen::Screen;

use crate::commands::network;

/// Serve as one replica, until the standard input ends
///
/// It says on the standard output where it listens, and then reads a line with the addresses of all replicas, its own
/// included, in their order. `workbench replicas stress PROTOCOL --processes` starts as many as it needs.
#[derive(Clone, Copy, Debug, Args)]
pub struct Serve {
    /// The protocol
    #[arg(value_parser = network::protocol)]
    pub protocol: Listed,
    /// Which replica this is, counted from 0
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..i64::from(Cluster::MOST)))]
    pub number: u8,
    /// How many replicas there are
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=i64::from(Cluster::MOST)))]
    pub replicas: u8,
    /// How many clients there are at most
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub clients: u8,
}

/// A replica that has served.
#[derive(Clone, Debug, Serialize)]
pub struct ServeReport {
    schema: u32,
    command: &'static str,
    protocol: String,
    number: u8,
}

/// Serves.
///
/// # Errors
///
/// If it cannot listen, or is not told where the others are.
pub fn run(args: &Serve) -> Result<ServeReport, Failure> {
    if args.number >= args.replicas {
        let error = format!(
            "replica {} of {}: they are counted from 0",
            args.number, args.replicas
        );
        return Err(Failure::Impossible(error.into()));
    }
    let cluster = Cluster {
        replicas: args.replicas,
        clients: args.clients,
    };
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let served = args
        .protocol
        .serve(Node(args.number), cluster, &mut input, &mut output);
    served.map_err(|error| Failure::Impossible(error.into()))?;
    Ok(ServeReport {
        schema: SCHEMA,
        command: "replicas",
        protocol: args.protocol.name(),
        number: args.number,
    })
}

impl Report for ServeReport {
    fn draw(&self, _: &mut Screen) -> io::Result<()> {
        Ok(())
    }

    fn outcome(&self) -> Outcome {
        Outcome::AsAdvertised
    }
}

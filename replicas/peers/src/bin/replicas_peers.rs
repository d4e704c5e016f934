//! The experiments, with the logs that others wrote.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use demos::commands::{cap, failover, pacelc};
use replicas_peers::ALL;
use workbench::cli::{self, Output};

/// Run an experiment with the logs that others wrote beside the protocols of `workbench`
///
/// Exit codes: 0 as advertised, 1 contradicted, 2 usage or input error, 3 inconclusive.
#[derive(Debug, Parser)]
#[command(name = "replicas-peers", version)]
struct Arguments {
    #[command(subcommand)]
    experiment: Experiment,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Subcommand)]
enum Experiment {
    Cap(cap::Cap),
    Pacelc(pacelc::Pacelc),
    Failover(failover::Failover),
}

fn main() -> ExitCode {
    let Arguments { experiment, output } = cli::parse();
    match experiment {
        Experiment::Cap(args) => cli::run_interruptibly(output, || cap::run(&args, ALL)),
        Experiment::Pacelc(args) => cli::run_interruptibly(output, || pacelc::run(&args, ALL)),
        Experiment::Failover(args) => cli::run_interruptibly(output, || failover::run(&args, ALL)),
    }
}

//! Puts a store that others wrote on the bench: `workbench store` executes this.

use std::process::ExitCode;

use clap::Parser;
use engines::commands::{self, Ask};
use workbench::cli::{self, Output};

#[derive(Debug, Parser)]
#[command(name = "workbench store", version, about, long_about = None)]
struct Arguments {
    #[command(flatten)]
    ask: Ask,
    #[command(flatten)]
    output: Output,
}

fn main() -> ExitCode {
    let Arguments { ask, output } = cli::parse();
    if ask.engine.is_none() && ask.command.is_none() {
        return cli::run(output, || Ok(commands::list()));
    }
    cli::run_interruptibly(output, || commands::run(&ask))
}

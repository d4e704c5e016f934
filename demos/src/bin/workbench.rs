//! Puts a register on the bench. Without arguments: what it is about, in a few lines.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use demos::commands::{
    cap, chain, check, choose, classify, convert, failover, first, harvest, lattice, manual,
    museum, new, pacelc, page, play, prove, registers, replay, replicas, show, store, story,
    stress, table, timeline,
};
use workbench::cli::{self, Output};

/// Put a shared register on the bench, and learn what it really guarantees: safe, regular or atomic
///
/// Without a command it asks one question about a small timeline, answers it for each class, and shows what real threads
/// do. `workbench story` tells the rest.
///
/// Exit codes: 0 as advertised, 1 contradicted, 2 usage or input error, 3 inconclusive.
#[derive(Debug, Parser)]
#[command(name = "workbench", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell the whole story of a small timeline: what each read may return, what real registers return on real threads,
    /// and how each anomaly comes about
    Story(timeline::Seed),
    Timeline(timeline::Ask),
    Show(show::Show),
    #[command(visible_alias = "storm")]
    Stress(stress::Stress),
    Replay(replay::Replay),
    /// List the registers: the class of each, who may use it, and who waits
    Registers,
    Explain(registers::Explain),
    Choose(choose::Choose),
    Classify(classify::Classify),
    Prove(prove::Prove),
    Play(play::Play),
    Page(page::Page),
    Table(table::Table),
    New(new::New),
    Check(check::Check),
    Convert(convert::Convert),
    Lattice(lattice::Ask),
    Museum(museum::Museum),
    /// Say what it costs to start from nothing: the classical chain, from a bit that flickers to many writers
    Chain,
    Replicas(replicas::Replicas),
    Cap(cap::Cap),
    Pacelc(pacelc::Pacelc),
    Harvest(harvest::Harvest),
    Failover(failover::Failover),
    Store(store::Store),
    Completions(manual::Completions),
    Man(manual::Man),
}

fn main() -> ExitCode {
    let Arguments { command, output } = cli::parse();
    match command {
        None => cli::run(output, first::run),
        Some(Command::Story(seed)) => cli::run_streaming(output, |screen| story::run(seed, screen)),
        Some(Command::Timeline(args)) => cli::run(output, || timeline::run(&args)),
        Some(Command::Show(args)) => cli::run(output, || show::run(args.exhibit)),
        Some(Command::Stress(args)) => cli::run_interruptibly(output, || stress::run(&args)),
        Some(Command::Classify(args)) => cli::run_interruptibly(output, || classify::run(&args)),
        Some(Command::Registers) => cli::run(output, || Ok(registers::run())),
        Some(Command::Explain(args)) => cli::run(output, || registers::explain(&args)),
        Some(Command::Choose(args)) => cli::run(output, || choose::run(&args)),
        Some(Command::Prove(args)) => cli::run_interruptibly(output, || prove::run(&args)),
        Some(Command::Page(args)) => cli::run(output, || page::run(&args)),
        Some(Command::Play(args)) => cli::run(output, || play::run(&args)),
        Some(Command::Table(args)) => cli::run_interruptibly(output, || table::run(&args)),
        Some(Command::Chain) => cli::run(output, || Ok(chain::run())),
        Some(Command::Replicas(args)) => match args.command {
            None => cli::run_interruptibly(output, || replicas::run(&args.question)),
            Some(replicas::Further::Exhibits) => {
                cli::run_interruptibly(output, replicas::exhibits::run)
            }
            Some(replicas::Further::Stress(args)) => {
                cli::run_interruptibly(output, || replicas::stress::run(&args))
            }
            Some(replicas::Further::Serve(args)) => {
                cli::run(output, || replicas::serve::run(&args))
            }
        },
        Some(Command::Cap(args)) => cli::run_interruptibly(output, || cap::run(&args, &[])),
        Some(Command::Pacelc(args)) => cli::run_interruptibly(output, || pacelc::run(&args, &[])),
        Some(Command::Harvest(args)) => cli::run(output, || harvest::run(&args)),
        Some(Command::Failover(args)) => {
            cli::run_interruptibly(output, || failover::run(&args, &[]))
        }
        Some(Command::Store(_)) => store::run(output),
        Some(Command::Completions(args)) => {
            cli::print_only(output, || manual::completions(args, Arguments::command()))
        }
        Some(Command::Man(args)) => {
            cli::print_only(output, || manual::man(&args, Arguments::command()))
        }
        Some(Command::Check(args)) => cli::run(output, || check::run(&args)),
        Some(Command::Convert(args)) => cli::run(output, || convert::run(&args, output.json)),
        Some(Command::Lattice(args)) => cli::run(output, || lattice::run(&args)),
        Some(Command::Museum(args)) => cli::run(output, || museum::run(&args)),
        Some(Command::New(args)) => cli::run(output, || new::run(&args)),
        Some(Command::Replay(args)) => cli::run(output, || replay::run(&args)),
    }
}

//! Explores every execution of registers, and says which class each one meets.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, error::ErrorKind};
use demos::cli::{self, Output};
use loom_tests::prover::{Question, prove};

/// Explore every execution of a register in small scenarios: is it safe, regular, atomic, and what breaks the next
/// class?
///
/// Two engines explore on their own: loom execution by execution, the atlas state by state. Where both look at
/// everything, they must have found the same histories.
///
/// Exit codes: 0 as advertised, 1 contradicted, 2 usage or input error, 3 inconclusive.
#[derive(Debug, Parser)]
#[command(name = "prove", version)]
struct Arguments {
    #[command(flatten)]
    question: Question,
    #[command(flatten)]
    output: Output,
}

fn main() -> ExitCode {
    let Arguments { question, output } = Arguments::parse();
    if let Some(why) = question.contradiction() {
        Arguments::command()
            .error(ErrorKind::ArgumentConflict, why)
            .exit();
    }
    cli::run(output, || prove(&question))
}

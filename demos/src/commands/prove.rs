//! `workbench prove`: every execution, state by state.

use clap::Args;
use workbench::cli::Failure;
use workbench::prove::{Proof, Question, prove};

/// Explore every execution of a register in small scenarios, on three memories, and say which class it has there
///
/// `cargo prove` does the same beside loom, and compares the two.
#[derive(Clone, Debug, Args)]
pub struct Prove {
    #[command(flatten)]
    question: Question,
}

/// Explores what is asked.
///
/// # Errors
///
/// As [`prove`].
pub fn run(args: &Prove) -> Result<Proof, Failure> {
    prove(&args.question, true, None)
}

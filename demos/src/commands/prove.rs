//! `workbench prove`: every execution, state by state.

use std::path::PathBuf;

use clap::Args;
use workbench::cli::Failure;
use workbench::play::write_question;
use workbench::prove::{Proof, Question, prove};

/// Explore every execution of a register in small scenarios, on three memories, and say which class it has there
///
/// `cargo prove` does the same beside loom, and compares the two.
#[derive(Clone, Debug, Args)]
pub struct Prove {
    #[command(flatten)]
    question: Question,
    /// Write a page besides, on which you are the scheduler in what was explored; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

/// Explores what is asked.
///
/// # Errors
///
/// As [`prove`], or if the page that was asked for cannot be written.
pub fn run(args: &Prove) -> Result<Proof, Failure> {
    let proof = prove(&args.question, true, None)?;
    if let Some(page) = &args.page {
        write_question(&args.question, page)?;
    }
    Ok(proof)
}

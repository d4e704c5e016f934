//! Explores every execution of registers with two engines, and says which class each one meets.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, error::ErrorKind};
use loom_tests::{Engines, Loom};
use workbench::cli::{self, Output};
use workbench::prove::{Memory, Question, Second, prove};

/// Explore every execution of a register in small scenarios: is it safe, regular, atomic, and what breaks the next
/// class?
///
/// Two engines explore on their own: loom execution by execution, the atlas state by state. Where both look at
/// everything, they must have found the same histories.
///
/// Exit codes: 0 as advertised, 1 contradicted, 2 usage or input error, 3 inconclusive.
#[derive(Debug, Parser)]
#[command(name = "loom-prove", version)]
struct Arguments {
    #[command(flatten)]
    question: Question,
    /// Who explores [default: both for one register on weak memory, the atlas for all of them and for other memories]
    #[arg(long, value_enum)]
    engine: Option<Engines>,
    #[command(flatten)]
    output: Output,
}

fn main() -> ExitCode {
    let Arguments {
        question,
        engine,
        output,
    } = cli::parse();
    let memories = &question.memory;
    let has_weak = memories.is_empty() || memories.contains(&Memory::Weak);
    let usual = match question.register {
        Some(_) if has_weak => Engines::Both,
        _ => Engines::Atlas,
    };
    let engines = engine.unwrap_or(usual);
    let is_strong = |memory: &Memory| *memory != Memory::Weak;
    let conflicts = match engines {
        Engines::Atlas => false,
        Engines::Loom => memories.iter().any(is_strong),
        Engines::Both => !has_weak,
    };
    if conflicts {
        let why = "loom's memory is weak: for another one add --engine atlas";
        Arguments::command()
            .error(ErrorKind::ArgumentConflict, why)
            .exit();
    }
    let second: Option<&dyn Second> = match engines {
        Engines::Atlas => None,
        Engines::Loom | Engines::Both => Some(&Loom),
    };
    cli::run_interruptibly(output, || {
        prove(&question, engines != Engines::Loom, second)
    })
}

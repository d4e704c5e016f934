//! Your own register on the bench: a struct with `build`, `read` and `write`, and one line.
//!
//! [`bench!`](macro@crate::bench) makes a program of it, which lets real threads loose on the register, explores every
//! interleaving of it in small scenarios, by the atlas and under loom, says which class it has, and draws the witness
//! that breaks the next one. `demos/examples/my_register.rs` is such a program, and `workbench new NAME` writes one.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use demos::classified::{Classified, explore};
use demos::cli::{self, Failure, Outcome, Output, Report, SCHEMA};
use demos::explored::Explored;
use demos::screen::Screen;
use demos::storms::Stormed;
use indicatif::ProgressBar;
use registers::scenario::Scenario;
use registers::storm::{self, Storm};
use registers::subject::{Claims, Subject};
use registers::worlds::Erased;
use registers::{Construction, Hardware};
use serde::Serialize;

use crate::{Limits, LoomMemory, explore_in};

/// What a program with a register of its own needs.
pub mod prelude {
    pub use crate::bench;
    pub use registers::memory::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
    pub use registers::own::Shared;
    pub use registers::{Lock, Memory, Word};
}

/// Makes the `main` of a program that puts a register on the bench: `bench!(MyRegister, 2 words, claims Atomic);`
///
/// The register is a struct, generic over its memory, that implements
/// [`Shared`](registers::own::Shared). The class that it claims decides the exit code: 0 as advertised, 1 contradicted,
/// 3 inconclusive.
#[macro_export]
macro_rules! bench {
    ($register:ident, $words:literal words, claims $class:ident) => {
        $crate::registers::on_the_bench!(OnTheBench = $register, $words words, claims $class);

        fn main() -> ::std::process::ExitCode {
            $crate::bench::main::<OnTheBench, $words>()
        }
    };
}

/// Put a register on the bench: real threads, every interleaving, and the witness that breaks the next class
///
/// Exit codes: 0 as advertised, 1 contradicted, 2 usage or input error, 3 inconclusive.
#[derive(Clone, Copy, Debug, Parser)]
struct Arguments {
    /// For how many seconds real threads rage
    #[arg(short, long, default_value_t = 1.0, value_parser = cli::seconds)]
    seconds: f64,
    /// For how many seconds each engine may explore it in each scenario
    #[arg(long, default_value_t = 5.0, value_parser = cli::seconds)]
    max_time: f64,
    #[command(flatten)]
    output: Output,
}

/// What is known of a register.
#[derive(Clone, Debug, Serialize)]
struct BenchReport {
    schema: u32,
    command: &'static str,
    #[serde(flatten)]
    classified: Classified,
}

/// Classifies register `C` as the command line says.
#[must_use]
pub fn main<C, const N: usize>() -> ExitCode
where
    C: Construction<Erased, N> + Construction<Hardware, N>,
{
    let arguments = Arguments::parse();
    cli::run(arguments.output, || {
        let storm = Storm::of_readers(1, Duration::from_secs_f64(arguments.seconds));
        let max_time = Duration::from_secs_f64(arguments.max_time);
        Ok(BenchReport {
            schema: SCHEMA,
            command: "bench",
            classified: classify::<C, N>(&storm, max_time)?,
        })
    })
}

/// Lets real threads loose on register `C`, and explores it with both engines.
///
/// # Errors
///
/// If it cannot perform what it says that it can.
pub fn classify<C, const N: usize>(storm: &Storm, max_time: Duration) -> Result<Classified, Failure>
where
    C: Construction<Erased, N> + Construction<Hardware, N>,
{
    let subject = Subject::of::<C, N>();
    let claims: &Claims = subject.claims();
    let bar = cli::progress(storm.duration.as_millis() as u64, "storm");
    let counts = storm::rage::<C, N>(storm, |elapsed| {
        bar.set_position(elapsed.as_millis() as u64);
    });
    bar.finish_and_clear();
    let stormed = Stormed::new(claims, N, storm, &counts?);

    let spinner = ProgressBar::new_spinner();
    spinner.enable_steady_tick(Duration::from_millis(200));
    let mut explored = explore(&subject, max_time, &spinner)?;
    // Those that loom finishes, as a rule.
    for lanes in ["w.r", "w.rr"] {
        let scenario: Scenario = lanes.parse().expect("it is a scenario");
        spinner.set_message(format!("{}, {}, by loom", claims.name, scenario.name()));
        let limits = Limits {
            max_time: Some(max_time),
            ..Limits::default()
        };
        let enter = |loom: &LoomMemory| Erased::new(loom.clone());
        let report = explore_in(&subject, &scenario, &limits, enter)?;
        explored.push(Explored::new(claims, &scenario, report, None));
    }
    spinner.finish_and_clear();
    Ok(Classified::new(claims, stormed, explored, Some(&subject)))
}

impl Report for BenchReport {
    fn draw(&self, screen: &mut Screen) -> std::io::Result<()> {
        self.classified.draw(screen)
    }

    fn outcome(&self) -> Outcome {
        self.classified.outcome()
    }
}

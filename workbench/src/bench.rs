//! A register of one's own on the bench: a struct with `build`, `read` and `write`, and one line.
//!
//! [`bench!`](macro@crate::bench) makes a program of it, which explores every execution of the register from the smallest
//! scenarios on, lets real threads loose on it, says which class it has within what was explored, and draws the execution
//! that breaks the next one. `demos/examples/my_register.rs` is such a program, and `workbench new NAME` writes one.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use indicatif::ProgressBar;
use interleavings::Limits;
use interleavings::report::MemoryModel;
use interleavings::scope::Effort;
use registers::scenario::Scenario;
use registers::stress::{self, Stress};
use registers::subject::{Claims, Subject};
use registers::worlds::Erased;
use registers::{Arity, Construction, Hardware};
use serde::Serialize;

use crate::classify::{Budget, Classified, spend, study, usual_states};
use crate::cli::{self, Failure, Outcome, Output, Report, SCHEMA};
use crate::needed::{self, Needed};
use crate::play;
use crate::prove::{self, Memory, Proof};
use crate::screen::{Screen, grouped};
use crate::stressed::Stressed;
use crate::verdict::{self, Verdict};

/// Makes the `main` of a program that puts a register on the bench: `bench!(MyRegister, 2 words, 1 writer, many readers,
/// claims Atomic);`
///
/// The register is a struct, generic over its memory, that implements [`Shared`](registers::own::Shared), or
/// [`Handles`](registers::own::Handles) if it is `remembering`; see [`on_the_bench!`](registers::on_the_bench). The class
/// that it claims decides the exit code: 0 as advertised, 1 contradicted, 3 inconclusive.
#[macro_export]
macro_rules! bench {
    ($register:ident, $words:literal words, $($what:tt)*) => {
        $crate::registers::on_the_bench!(OnTheBench = $register, $words words, $($what)*);

        pub(crate) fn main() -> ::std::process::ExitCode {
            $crate::bench::main::<OnTheBench, $words>()
        }
    };
}

/// Put a register on the bench: every execution from the smallest scenarios on, real threads, and the execution that
/// breaks the next class
///
/// Exit codes: 0 as advertised, 1 contradicted, 2 usage or input error, 3 inconclusive.
#[derive(Clone, Debug, Parser)]
struct Arguments {
    /// For how many seconds real threads run
    #[arg(short, long, default_value_t = 1.0, value_parser = cli::seconds)]
    seconds: f64,
    /// How many states may be explored on weak memory, of all scenarios together [default: 100000, 200000 with many writers, or 10000000 of a scenario alone]
    #[arg(long, value_parser = cli::states)]
    max_states: Option<u64>,
    /// For how many seconds it may be explored
    #[arg(long, default_value_t = 60.0, value_parser = cli::seconds)]
    max_time: f64,
    /// Explore this scenario alone: what each thread does, as in `ww.rr`, or `note`
    #[arg(long, group = "alone")]
    scenario: Option<String>,
    /// Explore the operations of the timeline that is drawn in this file alone; `-` is the standard input
    #[arg(long, value_name = "FILE", group = "alone")]
    picture: Option<PathBuf>,
    /// On which memories, for a scenario or a picture alone [default: all of them]
    #[arg(long, value_enum, value_delimiter = ',', requires = "alone")]
    memory: Vec<Memory>,
    /// Weaken every ordering by a notch, and show what breaks without it; if the register is broken, what mends it
    #[arg(long, conflicts_with = "alone")]
    weaken: bool,
    /// Write a page besides, on which you are the scheduler of this register; `-` is the standard output
    #[arg(long, value_name = "FILE", conflicts_with = "weaken")]
    page: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// Classifies register `C` as the command line says.
#[must_use]
pub fn main<C, const N: usize>() -> ExitCode
where
    C: Construction<Erased, N> + Construction<Hardware, N>,
{
    let arguments: Arguments = cli::parse();
    let subject = Subject::of::<C, N>();
    if arguments.weaken {
        return cli::run_interruptibly(arguments.output, || weaken(&subject, &arguments));
    }
    let alone = match (&arguments.scenario, &arguments.picture) {
        (None, None) => None,
        (Some(scenario), _) => Some(prove::scenario(scenario)),
        (None, Some(picture)) => Some(prove::drawn(picture)),
    };
    match alone {
        Some(scenario) => cli::run_interruptibly(arguments.output, || {
            explore(&subject, &scenario?, &arguments)
        }),
        None => cli::run_interruptibly(arguments.output, || classify::<C, N>(&subject, &arguments)),
    }
}

fn effort(arguments: &Arguments, usual: u64) -> Effort {
    let states = arguments.max_states.unwrap_or(usual);
    spend(states, Duration::from_secs_f64(arguments.max_time))
}

/// What is known of a register.
#[derive(Clone, Debug, Serialize)]
struct BenchReport {
    schema: u32,
    command: &'static str,
    #[serde(flatten)]
    verdict: Verdict,
    #[serde(skip)]
    classified: Classified,
}

fn classify<C, const N: usize>(
    subject: &Subject,
    arguments: &Arguments,
) -> Result<BenchReport, Failure>
where
    C: Construction<Hardware, N>,
{
    let spinner = spinner();
    let budget = Budget {
        effort: effort(arguments, usual_states(subject.claims())),
        ..Budget::default()
    };
    let name = subject.claims().name;
    let studied = study(subject, &[], &budget, &mut |what, states| {
        spinner.set_message(message(name, what, states));
    })?;
    spinner.set_message(format!("{name}, real threads"));
    let stressed = stress::<C, N>(subject.claims(), Duration::from_secs_f64(arguments.seconds))?;
    spinner.finish_and_clear();
    let classified = Classified {
        claims: *subject.claims(),
        words: subject.words(),
        stressed: Some(stressed),
        studied: Some(studied),
    };
    if let Some(page) = &arguments.page {
        play::write_register(
            subject,
            None,
            &classified.shown_in(),
            &MemoryModel::ALL,
            page,
        )?;
    }
    Ok(BenchReport {
        schema: SCHEMA,
        command: "bench",
        verdict: Verdict::of(&classified),
        classified,
    })
}

/// Lets two writers and two readers loose on register `C`, or one where it takes one.
fn stress<C, const N: usize>(claims: &Claims, duration: Duration) -> Result<Stressed, Failure>
where
    C: Construction<Hardware, N>,
{
    let writers = match (claims.writers, claims.small_numbers()) {
        (Arity::Many, None) => 2,
        _ => 1,
    };
    let readers = match claims.readers {
        Arity::One => 1,
        Arity::Many => 2,
    };
    let settings = Stress {
        writers,
        readers,
        duration,
    };
    let counts = stress::stress::<C, N>(&settings, |_| cli::go_on())?;
    Ok(Stressed::new(claims, N, &settings, &counts))
}

fn explore(
    subject: &Subject,
    scenario: &Scenario,
    arguments: &Arguments,
) -> Result<Proof, Failure> {
    let usual = Limits::default();
    let limits = Limits {
        states: arguments.max_states.map_or(usual.states, |it| it as usize),
        time: Duration::from_secs_f64(arguments.max_time),
        ..usual
    };
    let memories: Vec<MemoryModel> = match arguments.memory.as_slice() {
        [] => MemoryModel::ALL.to_vec(),
        some => some.iter().map(|&memory| memory.into()).collect(),
    };
    if let Some(page) = &arguments.page {
        play::write_register(subject, Some(scenario), &[], &memories, page)?;
    }
    let spinner = spinner();
    let proof = prove::prove_one(subject, scenario, &memories, &limits, &mut |states| {
        spinner.set_message(message(subject.claims().name, scenario.name(), states));
    });
    spinner.finish_and_clear();
    proof
}

/// What each ordering of a register is there for.
#[derive(Clone, Debug, Serialize)]
struct NeededReport {
    schema: u32,
    command: &'static str,
    #[serde(flatten)]
    needed: Needed,
}

fn weaken(subject: &Subject, arguments: &Arguments) -> Result<NeededReport, Failure> {
    let spinner = spinner();
    let effort = effort(arguments, needed::STATES);
    let needed = needed::find(subject, &effort, true, &mut |what| {
        spinner.set_message(what.to_owned());
    });
    spinner.finish_and_clear();
    Ok(NeededReport {
        schema: SCHEMA,
        command: "weaken",
        needed: needed?,
    })
}

/// A spinner on stderr; hidden where stderr is no terminal.
fn spinner() -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    spinner.enable_steady_tick(Duration::from_millis(200));
    spinner
}

fn message(name: &str, what: &str, states: u64) -> String {
    match states {
        0 => format!("{name}, {what}"),
        _ => format!("{name}, {what}: {} states", grouped(states)),
    }
}

impl Report for BenchReport {
    fn draw(&self, screen: &mut Screen) -> std::io::Result<()> {
        verdict::draw(&self.classified, screen)
    }

    fn outcome(&self) -> Outcome {
        self.classified.outcome()
    }
}

impl Report for NeededReport {
    fn draw(&self, screen: &mut Screen) -> std::io::Result<()> {
        self.needed.draw(screen, true)
    }

    fn outcome(&self) -> Outcome {
        Outcome::AsAdvertised
    }
}

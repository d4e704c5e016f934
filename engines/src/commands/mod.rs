//! The command: which store is put on the bench, how, and what is kept of it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::{Args, ValueEnum};
use demos::commands::network::letter;
use histories::check::Budget;
use histories::formats::{self, Format};
use histories::{History, Model};
use interleavings::is_interrupted;
use replicas::machine::Node;
use workbench::cli::{self, Failure, SCHEMA};
use workbench::play::write;

use crate::command::Program;
use crate::judged::{Judged, acknowledged, lost};
use crate::modes::{Engine, Mode};
use crate::running::{Running, Setup, Wrong};
use crate::store::{Store, Trouble};
use crate::stress::{Load, Planned, Stressed, stress};

mod drawn;
mod listed;
mod report;

pub use listed::{ListReport, list};
use report::Lost;
pub use report::{Bench, StoreReport};

/// Put a store on the bench: start the engine that is installed, let clients loose on it, and judge what they saw
///
/// Without an engine it lists those that there are, with their modes. Each mode stands beside what its documentation
/// promises and the replication protocol that it is like. An engine is started anew in a temporary folder on free ports
/// of the loopback interface, and stopped whatever happens.
///
/// Exit codes: 0 no promise was broken, 1 the promise of a mode was broken, 2 usage or input error, or the engine is not
/// installed, 3 nothing could be said.
#[derive(Clone, Debug, Args)]
pub struct Ask {
    /// The engine: etcd, redis or postgres
    #[arg(value_parser = engine, conflicts_with = "command")]
    pub engine: Option<Engine>,
    /// Which of its modes; may be several [default: all]
    #[arg(requires = "engine")]
    pub modes: Vec<String>,
    /// A store of your own: a program that answers lines of JSON, started by a shell once for each client
    #[arg(long, value_name = "PROGRAM")]
    pub command: Option<String>,
    /// The model to expect, in place of what is promised: exit with 1 if it is broken
    #[arg(short, long, value_name = "MODEL")]
    pub expect: Option<Model>,
    /// For how many seconds clients go on in each mode [default: 3, 6 with a fault, 7 with sentinels]
    #[arg(short, long, value_parser = cli::seconds)]
    pub seconds: Option<f64>,
    /// After how many operations each client stops, if the time is not over before
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub operations: Option<u64>,
    /// How many clients there are
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub clients: u8,
    /// How many of them, the first ones, write [default: 2, or 1 if there is one client]
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=64))]
    pub writers: Option<u8>,
    /// What goes wrong, in the middle third of the time
    #[arg(long, value_enum)]
    pub fault: Option<Fault>,
    /// With which replica, and the clients nearest to it [default: the last one]
    #[arg(long, value_parser = replica, requires = "fault")]
    pub on: Option<Node>,
    /// What chance starts from; the machine remains free
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Keep the recorded history of one mode, as JSON Lines in nanoseconds
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// Write a page besides, in which the history of one mode can be looked at
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
}

/// For how many seconds clients go on at least if something goes wrong meanwhile.
const WITH_A_FAULT: f64 = 6.0;

/// What may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// What is sent between it and the others waits, and arrives when it is over: a cut
    Hold,
    /// Connections between it and the others are closed, and cannot be opened
    Close,
    /// What is sent between it and the others takes 5 milliseconds longer
    Delay,
    /// The server is frozen (SIGSTOP), and goes on later
    Pause,
    /// The server is killed (SIGKILL), for good
    Kill,
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Hold => Self::Hold,
            Fault::Close => Self::Close,
            Fault::Delay => Self::Delay,
            Fault::Pause => Self::Pause,
            Fault::Kill => Self::Kill,
        }
    }
}

fn engine(name: &str) -> Result<Engine, String> {
    let named = Engine::ALL.into_iter().find(|it| it.name() == name);
    named.ok_or_else(|| {
        "the engines are etcd, redis and postgres; a store of your own: --command 'PROGRAM'"
            .to_owned()
    })
}

fn replica(name: &str) -> Result<Node, String> {
    let named = (0..3).map(Node).find(|&node| letter(node) == name);
    named.ok_or_else(|| {
        "the replicas are A, which is the primary where there is one, B and C".to_owned()
    })
}

/// What a store's trouble is for the command line.
fn failure(trouble: Trouble) -> Failure {
    Failure::Impossible(trouble.into())
}

/// Puts a store on the bench.
///
/// # Errors
///
/// If there is no such mode, the engine is not installed or does not start, or a file cannot be written.
pub fn run(args: &Ask) -> Result<StoreReport, Failure> {
    let impossible = |problem: String| Err(Failure::Impossible(problem.into()));
    if args.writers.is_some_and(|writers| writers > args.clients) {
        return impossible(format!(
            "there are no {} writers among {} clients: raise --clients",
            args.writers.unwrap_or_default(),
            args.clients
        ));
    }
    match (&args.command, args.engine) {
        (Some(command), _) => own(args, command),
        (None, Some(engine)) => {
            let modes = modes(args, engine)?;
            if (args.history.is_some() || args.page.is_some()) && modes.len() > 1 {
                return impossible(format!(
                    "--history and --page keep the history of one mode: name one, as in `workbench store {} {}`",
                    engine.name(),
                    modes[0].name
                ));
            }
            of_engine(args, engine, &modes)
        }
        (None, None) => impossible("name an engine, or a program with --command".to_owned()),
    }
}

/// The modes that are asked for.
fn modes(args: &Ask, engine: Engine) -> Result<Vec<&'static Mode>, Failure> {
    if args.modes.is_empty() {
        return Ok(engine.modes().collect());
    }
    let named = args.modes.iter().map(|name| {
        engine
            .modes()
            .find(|mode| mode.name == name)
            .ok_or_else(|| {
                let names: Vec<&str> = engine.modes().map(|mode| mode.name).collect();
                let problem = format!(
                    "{} has no mode {name}: its modes are {}",
                    engine.name(),
                    names.join(", ")
                );
                Failure::Impossible(problem.into())
            })
    });
    named.collect()
}

/// What is to go wrong in a mode.
fn planned(args: &Ask, mode: &Mode) -> Result<Option<Planned>, Failure> {
    let Some(fault) = args.fault else {
        return Ok(mode.usual);
    };
    let last = Node(mode.replicas - 1);
    let on = args.on.unwrap_or(last);
    if on > last {
        let problem = format!(
            "{} {} has no replica {}: leave out --on, or choose another mode",
            mode.engine.name(),
            mode.name,
            letter(on)
        );
        return Err(Failure::Impossible(problem.into()));
    }
    Ok(Some(Planned {
        wrong: fault.into(),
        on,
        during: Planned::MIDDLE,
    }))
}

/// What clients do, for so long.
fn load(args: &Ask, seconds: f64, planned: Option<Planned>) -> Load {
    Load {
        clients: args.clients,
        writers: args.writers.unwrap_or_else(|| args.clients.min(2)),
        duration: Duration::from_secs_f64(seconds),
        operations: args.operations,
        planned,
        seed: args.seed,
    }
}

fn of_engine(args: &Ask, engine: Engine, modes: &[&'static Mode]) -> Result<StoreReport, Failure> {
    let program = engine.program().map_err(failure)?;
    let mut benches = Vec::new();
    for mode in modes {
        let planned = planned(args, mode)?;
        match one_mode(args, mode, planned) {
            Ok((bench, judged, history)) => {
                keep(args, &bench.title, &judged, &history)?;
                benches.push(bench);
            }
            Err(Trouble::Interrupted) => {}
            Err(trouble) => return Err(failure(trouble)),
        }
        if is_interrupted() {
            break;
        }
    }
    let left_out = modes.len() - benches.len();
    Ok(StoreReport {
        schema: SCHEMA,
        command: "store",
        store: engine.name().to_owned(),
        version: version(&program),
        clients: args.clients,
        writers: load(args, 0.0, None).writers,
        seed: args.seed,
        modes: benches,
        left_out,
    })
}

/// Starts an engine in a mode, lets clients loose, and judges.
fn one_mode(
    args: &Ask,
    mode: &'static Mode,
    planned: Option<Planned>,
) -> Result<(Bench, Judged, History), Trouble> {
    // Whoever is cut off waits for each answer: that takes some time to see.
    let usual = if args.fault.is_some() {
        mode.seconds.max(WITH_A_FAULT)
    } else {
        mode.seconds
    };
    let load = load(args, args.seconds.unwrap_or(usual), planned);
    let with_proxies = planned.is_some_and(|it| it.wrong.on_the_way().is_some());
    let setup = Setup {
        clients: load.clients,
        with_proxies,
    };
    let title = format!("{} {}", mode.engine.name(), mode.name);
    let bar = cli::progress(
        load.duration.as_millis() as u64,
        &format!("{title}: starting"),
    );
    let mut running = mode.begin(&setup)?;
    let stores = (0..load.clients).map(|client| (running.connect)(client));
    let stores = stores.collect::<Result<Vec<_>, _>>()?;
    bar.set_message(title.clone());
    let stressed = stress(stores, Some(&mut running), &load, &mut |elapsed| {
        bar.set_position(elapsed.as_millis() as u64);
    })?;
    let lost = lost_in(&running, &stressed)?;
    // The engine stops before its history is judged, which takes the machine, too.
    drop(running);
    bar.finish_and_clear();
    let judged = Judged::of(&stressed.history, &Budget::default());
    let bench = Bench::new(
        title,
        Some(mode),
        args.expect,
        &load,
        &stressed,
        &judged,
        lost,
    );
    Ok((bench, judged, stressed.history))
}

/// How many writes were acknowledged, and how many of them are lost, where the engine can say it.
fn lost_in(running: &Running, stressed: &Stressed) -> Result<Option<Lost>, Trouble> {
    let Some(survivors) = &running.survivors else {
        return Ok(None);
    };
    let acknowledged = acknowledged(&stressed.history);
    let lost = match survivors() {
        Ok(survivors) => Some(lost(&acknowledged, &survivors)),
        // Nobody has been chosen in time: what is known without it is known.
        Err(Trouble::Unfit(_)) => None,
        Err(trouble) => return Err(trouble),
    };
    let acknowledged = acknowledged.len();
    Ok(Some(Lost { acknowledged, lost }))
}

/// A store of one's own.
fn own(args: &Ask, command: &str) -> Result<StoreReport, Failure> {
    if args.fault.is_some() {
        let problem = "--fault is for engines that are started here: what goes wrong with a store of your own is up to its program";
        return Err(Failure::Impossible(problem.into()));
    }
    const SECONDS: f64 = 3.0;
    let load = load(args, args.seconds.unwrap_or(SECONDS), None);
    let bar = cli::progress(load.duration.as_millis() as u64, "a store of your own");
    let started = (0..load.clients).map(|client| {
        let program = Program::start(command, client)?;
        Ok(Box::new(program) as Box<dyn Store>)
    });
    let stores: Vec<_> = started.collect::<Result<_, _>>().map_err(failure)?;
    let stressed = stress(stores, None, &load, &mut |elapsed| {
        bar.set_position(elapsed.as_millis() as u64);
    });
    bar.finish_and_clear();
    let mut report = StoreReport {
        schema: SCHEMA,
        command: "store",
        store: command.to_owned(),
        version: None,
        clients: args.clients,
        writers: load.writers,
        seed: args.seed,
        modes: Vec::new(),
        left_out: 1,
    };
    let stressed = match stressed {
        Err(Trouble::Interrupted) => return Ok(report),
        stressed => stressed.map_err(failure)?,
    };
    let judged = Judged::of(&stressed.history, &Budget::default());
    let title = "a store of your own".to_owned();
    let bench = Bench::new(title, None, args.expect, &load, &stressed, &judged, None);
    keep(args, &bench.title, &judged, &stressed.history)?;
    report.modes.push(bench);
    report.left_out = 0;
    Ok(report)
}

/// Writes what is to be kept of a history.
fn keep(args: &Ask, title: &str, judged: &Judged, history: &History) -> Result<(), Failure> {
    if let Some(path) = &args.history {
        let file = File::create(path).map_err(|error| Failure::Unwritable {
            path: path.clone(),
            error,
            hint: "name a file in a folder that is there",
        })?;
        formats::write(history, Format::JsonLines, file).map_err(Failure::Convert)?;
    }
    match &args.page {
        Some(path) => write(&judged.page(title, history), path),
        None => Ok(()),
    }
}

/// What a server says of itself, in the first line.
fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    let line = said.lines().next()?;
    // Such as `Redis server v=7.0.15 sha=00000000:0 ...`.
    Some(line.split(" sha=").next()?.trim().to_owned())
}

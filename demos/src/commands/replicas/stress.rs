//! `workbench replicas stress`: clients at full speed, over real sockets.

use std::io;
use std::process::Command;
use std::time::Duration;

use clap::{Args, ValueEnum};
use histories::Model;
use registers::Arity;
use replicas::catalogue::Listed;
use replicas::experiments::{keeps, rung};
use replicas::machine::{Cluster, Node};
use replicas::simulated::{Anomalies, anomalies};
use replicas::sockets::{Fault, Load, Planned, Stressed, What};
use serde::Serialize;
use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::screen::{Screen, grouped, plural};

use crate::commands::network::{self, letter};

/// Let clients loose on replicas over real sockets, let something go wrong, and judge what was recorded
#[derive(Clone, Copy, Debug, Args)]
pub struct Stress {
    /// The protocol
    #[arg(value_parser = network::protocol)]
    pub protocol: Listed,
    /// For how many seconds
    #[arg(short, long, default_value_t = 2.0, value_parser = cli::seconds)]
    pub seconds: f64,
    /// How many replicas there are
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=i64::from(Cluster::MOST)))]
    pub replicas: u8,
    /// How many clients there are
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub clients: u8,
    /// How many of them write [default: all, or 1 if the protocol takes no more]
    #[arg(long)]
    pub writers: Option<u8>,
    /// What goes wrong, in the middle third of the time
    #[arg(long, value_enum)]
    pub fault: Option<Wrong>,
    /// Which replica it happens to, with the clients nearest to it [default: the last one]
    #[arg(long, value_parser = replica, requires = "fault")]
    pub on: Option<Node>,
    /// Each replica is a process, and not some threads of this one
    #[arg(long)]
    pub processes: bool,
    /// What chance starts from; the scheduler remains free
    #[command(flatten)]
    pub seed: network::SimulationSeed,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    /// What is sent waits, and arrives when it is over: a cut
    Hold,
    /// Connections are closed, and cannot be opened
    Close,
    /// Everything takes 5 milliseconds longer
    Delay,
    /// The replica stops for good; a process is killed
    Kill,
}

impl Wrong {
    fn what(self) -> What {
        match self {
            Self::Hold => What::Fault(Fault::Hold),
            Self::Close => What::Fault(Fault::Close),
            Self::Delay => What::Fault(Fault::Delay(Duration::from_millis(5))),
            Self::Kill => What::Stop,
        }
    }
}

/// Parses the name of a replica, for clap.
fn replica(name: &str) -> Result<Node, String> {
    let all = (0..Cluster::MOST).map(Node);
    let named = all.into_iter().find(|&node| letter(node) == name);
    named.ok_or_else(|| "the replicas are A, B, C, ...".to_owned())
}

/// What was seen.
#[derive(Clone, Debug, Serialize)]
pub struct StressReport {
    schema: u32,
    command: &'static str,
    protocol: String,
    claims: Model,
    replicas: u8,
    writers: u8,
    processes: bool,
    fault: Option<Wrong>,
    on: String,
    seed: u64,
    seconds: f64,
    clients: Vec<Client>,
    operations: u64,
    operations_per_second: f64,
    /// In microseconds.
    p50: Option<u64>,
    p99: Option<u64>,
    #[serde(flatten)]
    anomalies: Anomalies,
    /// Whether the history keeps what the protocol claims; absent if this could not be decided.
    keeps_its_claim: Option<bool>,
    /// The strongest models that no explored execution breaks.
    explored: Vec<Model>,
    /// Why the history is not atomic, or does not keep what is claimed; absent if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    violation: Option<Violation>,
}

/// One client.
#[derive(Clone, Debug, Serialize)]
struct Client {
    name: String,
    done: u64,
    /// How many operations nobody answered in time.
    gave_up: u64,
    /// Whether something went wrong between it and the others.
    away: bool,
}

/// What was violated.
#[derive(Clone, Debug, Serialize)]
struct Violation {
    model: Model,
    sentence: String,
    timeline: String,
}

/// How long a client waits for an answer.
const DEADLINE: Duration = Duration::from_millis(250);

/// Lets clients loose.
///
/// # Errors
///
/// If there are more writers than the protocol takes, no such replica, or no more sockets or processes.
pub fn run(args: &Stress) -> Result<StressReport, Failure> {
    let claims = args.protocol.claims();
    let cluster = Cluster {
        replicas: args.replicas,
        clients: args.clients,
    };
    let impossible = |error: String| Err(Failure::Impossible(error.into()));
    let most = match claims.writers {
        Arity::One => 1,
        Arity::Many => args.clients,
    };
    let writers = args.writers.unwrap_or(most);
    if writers > most {
        return impossible(format!(
            "{} takes {}, not {writers}: leave out --writers",
            args.protocol.name(),
            plural(most.into(), "writer")
        ));
    }
    let last = Node(args.replicas - 1);
    let on = args.on.unwrap_or(last);
    if on > last {
        return impossible(format!(
            "there is no replica {}: there are A to {}",
            letter(on),
            letter(last)
        ));
    }
    let near = (0..args.clients).filter(|&client| cluster.nearest(cluster.node_of(client)) == on);
    let near: Vec<u8> = near.collect();
    let duration = Duration::from_secs_f64(args.seconds);
    let nodes = near.iter().map(|&client| cluster.node_of(client));
    let load = Load {
        writers,
        reads: 0.5,
        deadline: DEADLINE,
        duration,
        planned: args.fault.map(|wrong| Planned {
            nodes: std::iter::once(on).chain(nodes).collect(),
            what: wrong.what(),
        }),
        seed: args.seed.seed,
    };
    let bar = cli::progress(
        duration.as_millis() as u64,
        &format!("stress on {}", args.protocol.name()),
    );
    let serve = serving(args, cluster)?;
    let program: Option<&dyn Fn(Node) -> Command> = args.processes.then_some(&serve);
    let with_proxies = args.fault.is_some_and(|wrong| wrong != Wrong::Kill);
    let mut progress = |elapsed: Duration| bar.set_position(elapsed.as_millis() as u64);
    let stressed = args
        .protocol
        .stress(program, cluster, with_proxies, &load, &mut progress);
    bar.finish_and_clear();
    let stressed = stressed.map_err(|error| Failure::Impossible(error.into()))?;
    let client = |client: u8| Client {
        name: cluster.name(cluster.node_of(client)),
        done: stressed.done[usize::from(client)],
        gave_up: stressed.gave_up[usize::from(client)],
        away: args.fault.is_some() && near.contains(&client),
    };
    let operations = stressed.latencies.len() as u64;
    let at = |share: f64| {
        let at = (share * operations as f64) as usize;
        let latency = stressed
            .latencies
            .get(at.min(stressed.latencies.len().saturating_sub(1)));
        latency.map(|it| it.as_micros() as u64)
    };
    Ok(StressReport {
        schema: SCHEMA,
        command: "replicas",
        protocol: args.protocol.name(),
        claims: claims.model,
        replicas: args.replicas,
        writers,
        processes: args.processes,
        fault: args.fault,
        on: letter(on),
        seed: args.seed.seed,
        seconds: stressed.elapsed.as_secs_f64(),
        clients: (0..args.clients).map(client).collect(),
        operations,
        operations_per_second: operations as f64 / stressed.elapsed.as_secs_f64(),
        p50: at(0.5),
        p99: at(0.99),
        anomalies: anomalies(&stressed.history),
        keeps_its_claim: keeps(args.protocol, &stressed.history),
        explored: rung(args.protocol),
        violation: violation(&stressed, claims.model),
    })
}

/// How a replica is started as a process: this program serves it.
fn serving(args: &Stress, cluster: Cluster) -> Result<impl Fn(Node) -> Command, Failure> {
    let program = std::env::current_exe().map_err(|error| Failure::Impossible(error.into()))?;
    let protocol = args.protocol.name();
    let (replicas, clients) = (cluster.replicas.to_string(), cluster.clients.to_string());
    Ok(move |node: Node| {
        let mut command = Command::new(&program);
        command.args(["replicas", "serve", &protocol]);
        command.args(["--number", &node.0.to_string()]);
        command.args(["--replicas", &replicas, "--clients", &clients]);
        command
    })
}

/// Why a history is not what is claimed, or else not atomic.
fn violation(stressed: &Stressed, claims: Model) -> Option<Violation> {
    [claims, Model::Atomic].into_iter().find_map(|model| {
        let verdict = histories::check(model, &stressed.history);
        let violation = verdict.violation()?;
        let timeline = violation.picture(&stressed.history);
        Some(Violation {
            model,
            sentence: violation.sentence.clone(),
            timeline,
        })
    })
}

impl Report for StressReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let on = if self.processes {
            "processes"
        } else {
            "threads"
        };
        screen.heading(&format!(
            "{}, which claims to be {}: {} as {on}, {} over TCP for {:.1} s",
            self.protocol,
            self.claims,
            plural(self.replicas.into(), "replica"),
            plural(self.clients.len(), "client"),
            self.seconds
        ))?;
        if let Some(fault) = self.fault {
            let what = match fault {
                Wrong::Hold => "what was sent between it and the others had to wait",
                Wrong::Close => "its connections to the others were closed",
                Wrong::Delay => "what was sent between it and the others took 5 ms longer",
                Wrong::Kill => "it stopped for good, at the end of the first",
            };
            screen.wrapped(&format!(
                "In the middle third of the time {what}: {}, with the clients beside it.",
                self.on
            ))?;
            screen.gap()?;
        }
        let row = |client: &Client| {
            vec![
                client.name.clone(),
                grouped(client.done),
                grouped(client.gave_up),
                if client.away { "yes" } else { "" }.to_owned(),
            ]
        };
        let rows: Vec<Vec<String>> = self.clients.iter().map(row).collect();
        screen.table(&["client", "done", "gave up", "beside the fault"], &rows)?;
        screen.gap()?;
        let micros = |time: Option<u64>| time.map_or_else(|| "-".to_owned(), grouped);
        screen.text(&format!(
            "{} operations, {} a second; half within {} us, 99 of 100 within {} us",
            grouped(self.operations),
            grouped(self.operations_per_second as u64),
            micros(self.p50),
            micros(self.p99)
        ))?;
        let Anomalies {
            reads,
            stale,
            inverted,
            torn,
        } = self.anomalies;
        screen.text(&format!(
            "{} reads: {} stale, {} inverted, {} torn; every execution explored is {}",
            grouped(reads),
            grouped(stale),
            grouped(inverted),
            grouped(torn),
            network::rung(&self.explored)
        ))?;
        match &self.violation {
            None => screen.text(&format!(
                "No violation of {} in {} operations, which proves nothing.",
                Model::Atomic,
                grouped(self.operations)
            ))?,
            Some(violation) => {
                screen.heading(&format!("not {}", violation.model))?;
                screen.text(&violation.timeline)?;
                screen.gap()?;
                screen.text(&violation.sentence)?;
            }
        }
        screen.note(&format!(
            "Seed {}: it fixes what clients ask for, not what the scheduler does.\n\
             Every execution, and not only those that happen: workbench replicas {}",
            self.seed, self.protocol
        ))
    }

    fn outcome(&self) -> Outcome {
        let outcome = network::outcome(self.keeps_its_claim);
        // Nobody was answered: nothing is known.
        if self.operations == 0 {
            outcome.max(Outcome::Inconclusive)
        } else {
            outcome
        }
    }
}

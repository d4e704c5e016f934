//! What the commands about replicas have in common: their options, and the words for what they found.

use clap::Args;
use histories::Model;
use interleavings::Coverage;
use replicas::catalogue::Listed;
use replicas::experiments::Progress;
use replicas::experiments::rungs::on_the_ladder;
use replicas::machine::{Cluster, Node};
use workbench::cli::{self, Outcome};
use workbench::screen::listed;

/// A seed whose pictures are small and show what they are about; what the tables say is said with any.
const DEFAULT_SEED: u64 = 325;

/// What a simulation starts from.
#[derive(Clone, Copy, Debug, Args)]
pub struct SimulationSeed {
    /// What chance starts from: the same seed, the same run, to the last event
    #[arg(long, default_value_t = DEFAULT_SEED)]
    pub seed: u64,
}

/// Parses the name of a protocol, for clap.
///
/// # Errors
///
/// If there is none of this name; says which there are.
pub fn protocol(name: &str) -> Result<Listed, String> {
    let names = || Listed::ALL.iter().map(|it| it.name());
    Listed::named(name).ok_or_else(|| {
        format!(
            "the protocols are {}",
            names().collect::<Vec<_>>().join(", ")
        )
    })
}

/// Parses the name of one of three replicas, for clap.
///
/// # Errors
///
/// If it is none.
pub fn one_of_three(name: &str) -> Result<Node, String> {
    let cluster = Cluster {
        replicas: replicas::experiments::REPLICAS,
        clients: 0,
    };
    let named = cluster.replicas().find(|&it| cluster.name(it) == name);
    named.ok_or_else(|| "the replicas are A, B and C".to_owned())
}

/// Lets so many protocols perform an experiment behind a bar, and says whether an interruption left some out.
pub fn behind_a_bar<T>(
    length: usize,
    experiment: &str,
    run: impl FnOnce(Progress<'_>) -> Vec<T>,
) -> (Vec<T>, bool) {
    let bar = cli::progress(length as u64, experiment);
    let all = run(&mut |protocol| {
        bar.set_message(protocol.name());
        bar.inc(1);
    });
    bar.finish_and_clear();
    let is_interrupted = all.len() < length;
    (all, is_interrupted)
}

/// `A`, `B`, ...
#[must_use]
pub fn letter(node: Node) -> String {
    char::from(b'A' + node.0).to_string()
}

/// `atomic`, or `not even safe`.
#[must_use]
pub fn rung(met: &[Model]) -> String {
    match on_the_ladder(met) {
        Some(model) => model.to_string(),
        None => "not even safe".to_owned(),
    }
}

/// The strongest models that are met: `atomic`, or `monotonic-reads and writes-follow-reads`.
#[must_use]
pub fn models(met: &[Model]) -> String {
    let names: Vec<String> = met.iter().map(Model::to_string).collect();
    match names.as_slice() {
        [] => "no model".to_owned(),
        names => listed(names),
    }
}

/// The same, and whether they are on the ladder: `not safe: monotonic-reads and writes-follow-reads`.
#[must_use]
pub fn meets(met: &[Model]) -> String {
    match on_the_ladder(met) {
        Some(_) => models(met),
        None => format!("not safe: {}", models(met)),
    }
}

/// The rung that exploring small scenarios found; nothing is explored of what others wrote.
#[must_use]
pub fn explored(met: Option<&[Model]>) -> String {
    met.map_or_else(|| "not explored".to_owned(), rung)
}

/// How an experiment ended in which every run keeps what its protocol claims, or does not.
#[must_use]
pub fn worst(outcomes: impl Iterator<Item = Outcome>, was_interrupted: bool) -> Outcome {
    let worst = outcomes.max().unwrap_or(Outcome::Inconclusive);
    if was_interrupted {
        worst.max(Outcome::Inconclusive)
    } else {
        worst
    }
}

/// How a run ended that keeps its claim, or does not, or of which this could not be decided.
#[must_use]
pub fn outcome(keeps_its_claim: Option<bool>) -> Outcome {
    match keeps_its_claim {
        Some(true) => Outcome::AsAdvertised,
        Some(false) => Outcome::Contradicted,
        None => Outcome::Inconclusive,
    }
}

/// Microseconds as milliseconds.
#[must_use]
pub fn milliseconds(micros: u64) -> String {
    format!("{:.1}", micros as f64 / 1e3)
}

/// A share as a percentage.
#[must_use]
pub fn percent(done: usize, of: usize) -> String {
    match of {
        0 => "none".to_owned(),
        _ => format!("{:.1} %", done as f64 * 100.0 / of as f64),
    }
}

/// A number that may be too large to be written in full: `831`, `17,960`, `5e14`.
#[must_use]
pub fn rounded(number: f64) -> String {
    if number < 1e6 {
        workbench::screen::grouped(number as u64)
    } else {
        format!("{number:.0e}")
    }
}

/// How much was covered.
#[must_use]
pub fn covered(coverage: &Coverage) -> String {
    match coverage {
        Coverage::Exhaustive => "exhaustive".to_owned(),
        Coverage::Bound(bound) => format!("up to {bound} preemptions"),
        Coverage::Inconclusive(reason) => reason.clone(),
    }
}

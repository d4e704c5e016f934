//! What was seen of a store.

use demos::commands::network;
use histories::Model;
use replicas::simulated::Anomalies;
use serde::Serialize;
use workbench::cli::{Outcome, Report};
use workbench::screen::Screen;

use crate::judged::{Judged, Stale, quantile};
use crate::modes::Mode;
use crate::running::{Setup, Wrong};
use crate::stress::{Load, Stressed};

/// What was seen of a store in some modes.
#[derive(Clone, Debug, Serialize)]
pub struct StoreReport {
    pub(super) schema: u32,
    pub(super) command: &'static str,
    pub(super) store: String,
    /// What its server says of itself.
    pub(super) version: Option<String>,
    pub(super) clients: u8,
    pub(super) writers: u8,
    pub(super) seed: u64,
    pub(super) modes: Vec<Bench>,
    /// How many modes an interruption left out.
    pub(super) left_out: usize,
}

/// One mode.
#[derive(Clone, Debug, Serialize)]
pub struct Bench {
    /// The engine and the mode, or what else it is.
    pub(super) title: String,
    pub(super) mode: Option<&'static str>,
    pub(super) about: Option<&'static str>,
    pub(super) promise: Option<Promised>,
    /// The model that counts: what is promised, or what was expected instead.
    pub(super) expected: Option<Model>,
    /// Whether it was expected, in place of what is promised.
    #[serde(skip)]
    pub(super) is_expected: bool,
    /// Whether it was kept; absent if nothing is expected, or this could not be decided.
    pub(super) keeps: Option<bool>,
    /// The strongest models that the history meets, but for strict.
    pub(super) seen: Vec<Model>,
    /// The models of which it could not be decided.
    pub(super) undecided: Vec<Model>,
    /// The protocol that it is like, and the strongest models that no execution of it breaks.
    pub(super) protocol: Option<String>,
    pub(super) explored: Option<Vec<Model>>,
    pub(super) fault: Option<Fault>,
    pub(super) seconds: f64,
    pub(super) operations: u64,
    #[serde(flatten)]
    pub(super) anomalies: Anomalies,
    pub(super) staleness: Stale,
    /// Of writes that were acknowledged, where the engine can say what is left.
    pub(super) lost: Option<Lost>,
    pub(super) read_micros: Latency,
    pub(super) write_micros: Latency,
    pub(super) clients: Vec<OfClient>,
    /// What breaks the lowest rung that is broken.
    pub(super) violation: Option<Violation>,
}

/// What the documentation promises.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Promised {
    pub(super) model: Option<Model>,
    pub(super) says: &'static str,
    pub(super) source: &'static str,
}

/// What went wrong.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Fault {
    pub(super) what: Wrong,
    pub(super) on: String,
    /// In seconds.
    pub(super) from: f64,
    pub(super) until: f64,
}

/// Writes that are gone.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Lost {
    pub(super) acknowledged: usize,
    /// Absent if there was no primary in the end that could say what it has.
    pub(super) lost: Option<usize>,
}

/// How long operations took, in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Latency {
    pub(super) p50: Option<u64>,
    pub(super) p99: Option<u64>,
    pub(super) most: Option<u64>,
}

/// One client.
#[derive(Clone, Debug, Serialize)]
pub(super) struct OfClient {
    pub(super) name: String,
    /// The replica that it reads at, where there are several.
    pub(super) nearest: Option<String>,
    pub(super) done: u64,
    pub(super) gave_up: u64,
    pub(super) refused: u64,
    /// Of what it began while something was wrong: how much was done, and how much was not.
    pub(super) done_meanwhile: u64,
    pub(super) not_meanwhile: u64,
}

/// What was broken.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Violation {
    pub(super) model: Model,
    pub(super) operations: usize,
    pub(super) sentence: String,
    pub(super) timeline: Option<String>,
}

impl Latency {
    fn of(sorted: &[u64]) -> Self {
        Self {
            p50: quantile(sorted, 0.5),
            p99: quantile(sorted, 0.99),
            most: sorted.last().copied(),
        }
    }
}

impl Bench {
    pub(super) fn new(
        title: String,
        mode: Option<&'static Mode>,
        expected: Option<Model>,
        load: &Load,
        stressed: &Stressed,
        judged: &Judged,
        lost: Option<Lost>,
    ) -> Self {
        let promise = mode.map(|mode| mode.promise);
        let is_expected = expected.is_some();
        let expected = expected.or(promise.and_then(|promise| promise.model));
        let replicas = mode.map_or(1, |mode| mode.replicas);
        let client = |(number, client): (usize, &crate::stress::Client)| OfClient {
            name: format!("T{}", number + 1),
            nearest: (replicas > 1)
                .then(|| network::letter(Setup::nearest(number as u8, replicas))),
            done: client.done,
            gave_up: client.gave_up,
            refused: client.refused,
            done_meanwhile: client.done_meanwhile,
            not_meanwhile: client.not_meanwhile,
        };
        let fault = load.planned.map(|planned| Fault {
            what: planned.wrong,
            on: network::letter(planned.on),
            from: load.duration.as_secs_f64() * planned.during.0,
            until: load.duration.as_secs_f64() * planned.during.1,
        });
        let undecided = judged.models.iter().filter(|(_, meets)| meets.is_none());
        Self {
            title,
            mode: mode.map(|mode| mode.name),
            about: mode.map(|mode| mode.about),
            promise: promise.map(|promise| Promised {
                model: promise.model,
                says: promise.says,
                source: promise.source,
            }),
            expected,
            is_expected,
            keeps: expected.and_then(|model| judged.meets(model)),
            seen: judged.strongest(),
            undecided: undecided.map(|&(model, _)| model).collect(),
            protocol: mode.map(|mode| mode.like.name()),
            explored: mode.and_then(|mode| mode.like.explored()),
            fault,
            seconds: stressed.elapsed.as_secs_f64(),
            operations: stressed.clients.iter().map(|client| client.done).sum(),
            anomalies: judged.anomalies,
            staleness: judged.stale,
            lost,
            read_micros: Latency::of(&stressed.reads),
            write_micros: Latency::of(&stressed.writes),
            clients: stressed.clients.iter().enumerate().map(client).collect(),
            violation: judged.first().map(|broken| Violation {
                model: broken.model,
                operations: broken.witness.len(),
                sentence: broken.sentence.clone(),
                timeline: broken.picture.clone(),
            }),
        }
    }

    /// How it ended.
    pub(super) fn outcome(&self) -> Outcome {
        match (self.expected, self.keeps) {
            // Nobody was answered: nothing is known.
            _ if self.operations == 0 => Outcome::Inconclusive,
            (None, _) | (_, Some(true)) => Outcome::AsAdvertised,
            (_, Some(false)) => Outcome::Contradicted,
            (_, None) => Outcome::Inconclusive,
        }
    }

    /// Whether something went wrong with the replica that a client is nearest to.
    pub(super) fn is_away(&self, client: &OfClient) -> bool {
        let fault = self
            .fault
            .as_ref()
            .filter(|fault| fault.what.on_the_way().is_some());
        fault.is_some_and(|fault| client.nearest.as_ref() == Some(&fault.on))
    }
}

impl Report for StoreReport {
    fn draw(&self, screen: &mut Screen) -> std::io::Result<()> {
        super::drawn::draw(self, screen)
    }

    fn outcome(&self) -> Outcome {
        let worst = self.modes.iter().map(Bench::outcome).max();
        network::worst(worst.into_iter(), self.left_out > 0)
    }
}

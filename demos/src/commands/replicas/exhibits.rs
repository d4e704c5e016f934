//! What goes wrong over a network, each found by exploring.

use std::io;

use histories::Model;
use interleavings::is_interrupted;
use replicas::every::Budget;
use replicas::exhibits::Exhibit;
use serde::Serialize;
use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::screen::{Screen, grouped, plural};

use super::Broken;

/// Everything that is known to go wrong.
#[derive(Clone, Debug, Serialize)]
pub struct ExhibitsReport {
    schema: u32,
    command: &'static str,
    exhibits: Vec<Found>,
    /// Those that an interrupted run did not come to.
    left_out: Vec<&'static str>,
}

/// Something that goes wrong.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    pub(crate) exhibit: &'static str,
    pub(crate) title: &'static str,
    pub(crate) lesson: &'static str,
    pub(crate) protocol: String,
    pub(crate) scenario: String,
    pub(crate) replicas: u8,
    pub(crate) budget: Budget,
    pub(crate) breaks: Model,
    pub(crate) states: u64,
    pub(crate) seconds: f64,
    /// The shortest execution that shows it; absent if none does.
    pub(crate) found: Option<Broken>,
    /// Why not everything was explored, if nothing was found.
    pub(crate) coverage: String,
}

impl Found {
    /// Finds one.
    ///
    /// # Errors
    ///
    /// If its protocol does not fit its scenario.
    pub fn of(exhibit: Exhibit) -> Result<Self, Failure> {
        let report = exhibit.find();
        let mut report = report.map_err(|unfit| Failure::Impossible(unfit.into()))?;
        let model = exhibit.model();
        let at = report.broken.iter().position(|it| it.model == model);
        Ok(Self {
            exhibit: exhibit.name(),
            title: exhibit.title(),
            lesson: exhibit.lesson(),
            scenario: report.scenario.clone(),
            replicas: report.replicas,
            budget: report.budget,
            breaks: model,
            states: report.states,
            seconds: report.elapsed.as_secs_f64(),
            coverage: super::covered(&report.coverage),
            found: at.map(|at| report.broken.swap_remove(at).into()),
            protocol: report.protocol,
        })
    }

    /// It is there to be found.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match &self.found {
            Some(_) => Outcome::AsAdvertised,
            None if self.coverage == "exhaustive" => Outcome::Contradicted,
            None => Outcome::Inconclusive,
        }
    }
}

/// Finds all of them.
///
/// # Errors
///
/// If a protocol does not fit its scenario.
pub fn run() -> Result<ExhibitsReport, Failure> {
    let mut report = ExhibitsReport {
        schema: SCHEMA,
        command: "replicas",
        exhibits: Vec::new(),
        left_out: Vec::new(),
    };
    let bar = cli::progress(Exhibit::ALL.len() as u64, "exhibits");
    for &exhibit in Exhibit::ALL {
        if is_interrupted() {
            report.left_out.push(exhibit.name());
            continue;
        }
        bar.set_message(exhibit.name());
        report.exhibits.push(Found::of(exhibit)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(report)
}

impl Report for ExhibitsReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading(
            "What goes wrong over a network, each in the smallest scenario in which it does",
        )?;
        let header = [
            "exhibit",
            "protocol",
            "scenario",
            "breaks",
            "messages",
            "states",
            "ms",
            "besides loss and crashes",
        ];
        let cells = |it: &Found| {
            let messages = it.found.as_ref().map(|found| found.messages.to_string());
            let all = it.budget.to_string();
            let besides = all.split(", ").skip(2).collect::<Vec<_>>().join(", ");
            let besides = match it.replicas {
                3 => besides,
                replicas => plural(replicas.into(), "replica"),
            };
            vec![
                it.exhibit.to_owned(),
                it.protocol.clone(),
                it.scenario.clone(),
                it.breaks.to_string(),
                messages.unwrap_or_else(|| "?".to_owned()),
                grouped(it.states),
                format!("{:.1}", it.seconds * 1e3),
                besides,
            ]
        };
        let cells: Vec<Vec<String>> = self.exhibits.iter().map(cells).collect();
        screen.table(&header, &cells)?;
        if !self.left_out.is_empty() {
            screen.note(&format!("Interrupted before {}.", self.left_out.join(", ")))?;
        }
        screen.note("One of them, drawn and explained: workbench show no-write-back")
    }

    fn outcome(&self) -> Outcome {
        let worst = self.exhibits.iter().map(Found::outcome).max();
        worst.unwrap_or(Outcome::Inconclusive)
    }
}

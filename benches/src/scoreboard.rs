//! What a run of the scoreboard reports.

use std::error::Error;
use std::io;

use serde::Serialize;
use workbench::cli::{Outcome, Report, SCHEMA};
use workbench::screen::Screen;

use crate::contestant::{Contestant, Origin};
use crate::engines::Engines;
use crate::goals::{Goal, claims_held, goals};
use crate::markdown::markdown;
use crate::plan::Plan;
use crate::plots::{self, Plot};
use crate::record::{Case, Faults, Record, Tally};
use crate::semantics::{Cost, costs};
use crate::standings::{Standing, ranking, standings};
use crate::tables::{self, Table};
use crate::topology::Topology;
use crate::workload::{Metric, Workload};

/// Everything that was measured, ready to be drawn.
#[derive(Debug, Serialize)]
pub struct Scoreboard {
    schema: u32,
    command: &'static str,
    machine: String,
    seconds: f64,
    plan: Plan,
    workloads: Vec<Counted>,
    /// Best first, by fresh reads beside a writer at full speed.
    ranking: Vec<Contestant>,
    standings: Vec<Standing>,
    latencies: Vec<Latency>,
    faults: Vec<Fault>,
    semantics: Vec<Cost>,
    engines: Option<Engines>,
    goals: Vec<Goal>,
    #[serde(skip)]
    outcome: Outcome,
    #[serde(skip)]
    tables: Vec<Table>,
    #[serde(skip)]
    as_markdown: bool,
}

/// What counts of a workload.
#[derive(Debug, Serialize)]
struct Counted {
    workload: Workload,
    distance: Option<Topology>,
    slices: Tally,
}

/// How long reads took, in nanoseconds.
#[derive(Debug, Serialize)]
struct Latency {
    workload: Workload,
    words: usize,
    contestant: Contestant,
    reads: u64,
    p50: u64,
    p99: u64,
    p999: u64,
    longest: u64,
}

/// What was wrong with values.
#[derive(Debug, Serialize)]
struct Fault {
    contestant: Contestant,
    origin: Origin,
    #[serde(flatten)]
    faults: Faults,
}

/// What is printed.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// As Markdown.
    pub as_markdown: bool,
    /// The cost of semantics, and nothing else.
    pub semantics_only: bool,
}

impl Scoreboard {
    /// Of what was measured on this machine, in so many seconds.
    #[must_use]
    pub fn of(
        record: &Record,
        engines: Option<Engines>,
        machine: String,
        seconds: f64,
        shown: Shown,
    ) -> Self {
        let mut goals = goals(record);
        goals.extend(engines.iter().flat_map(Engines::goals));
        let legs = &record.plan.legs;
        let counted = legs.iter().map(|leg| Counted {
            workload: leg.workload,
            distance: record.distance(leg.workload),
            slices: record.tally(leg.workload),
        });
        let faults = record.plan.contestants.iter().map(|&contestant| Fault {
            contestant,
            origin: contestant.origin(),
            faults: record.all_faults(contestant),
        });
        Self {
            schema: SCHEMA,
            command: "scoreboard",
            machine,
            seconds,
            plan: record.plan.clone(),
            workloads: counted.collect(),
            ranking: ranking(record, Workload::Pair, Metric::FreshReads),
            standings: standings(record),
            latencies: latencies(record),
            faults: faults.collect(),
            semantics: costs(record),
            outcome: match claims_held(record) {
                Some(true) => Outcome::AsAdvertised,
                Some(false) => Outcome::Contradicted,
                None => Outcome::Inconclusive,
            },
            tables: if shown.semantics_only {
                vec![tables::semantics(record)]
            } else {
                tables::all(record, engines.as_ref(), &goals)
            },
            engines,
            goals,
            as_markdown: shown.as_markdown,
        }
    }

    /// Pictures of what was measured.
    ///
    /// # Errors
    ///
    /// If one cannot be drawn.
    pub fn plots(record: &Record) -> Result<Vec<Plot>, Box<dyn Error>> {
        plots::all(record)
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = vec![format!(
            "Measured on {}, in {:.0} s, seed {}. Ratios are medians over rounds, with quartiles; times drift, ratios do not.",
            self.machine, self.seconds, self.plan.seed
        )];
        let is_left_out = |it: &Counted| it.slices.rounds == 0;
        if self.workloads.iter().any(is_left_out) {
            remarks.push(
                "Workloads that need two cores were left out: this process has one.".to_owned(),
            );
        }
        if self.outcome == Outcome::Inconclusive {
            remarks.push(
                "The raw copy never tore: the threads hardly ran at once, so nothing is known of the others either."
                    .to_owned(),
            );
        }
        remarks
    }
}

fn latencies(record: &Record) -> Vec<Latency> {
    let mut all = Vec::new();
    for leg in &record.plan.legs {
        for &words in &leg.payloads {
            for &contestant in &record.plan.contestants {
                let case = Case {
                    workload: leg.workload,
                    words,
                    contestant,
                };
                all.extend(record.latencies(case).map(|histogram| Latency {
                    workload: leg.workload,
                    words,
                    contestant,
                    reads: histogram.len(),
                    p50: histogram.value_at_quantile(0.5),
                    p99: histogram.value_at_quantile(0.99),
                    p999: histogram.value_at_quantile(0.999),
                    longest: histogram.max(),
                }));
            }
        }
    }
    all
}

impl Report for Scoreboard {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        for table in &self.tables {
            if self.as_markdown {
                screen.raw(&markdown(table))?;
                continue;
            }
            screen.heading(&table.heading)?;
            let header: Vec<&str> = table.header.iter().map(String::as_str).collect();
            screen.table(&header, &table.rows)?;
            for note in &table.notes {
                screen.note(note)?;
            }
        }
        if self.as_markdown {
            return screen.raw(&(self.remarks().join("\n") + "\n"));
        }
        screen.gap()?;
        screen.note(&self.remarks().join("\n"))
    }

    fn outcome(&self) -> Outcome {
        self.outcome
    }
}

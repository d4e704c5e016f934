//! The part of `workbench timeline` that performs it over a network: one protocol for each rung, every execution.

use std::collections::BTreeMap;
use std::io;

use histories::check::Anomaly;
use histories::{History, Model, Value};
use interleavings::Coverage;
use replicas::catalogue::Listed;
use replicas::experiments::timeline::{Outcomes, PROTOCOLS, outcomes};
use serde::Serialize;
use workbench::answers::{Answers, JudgedOutcome};
use workbench::cli::Outcome;
use workbench::screen::{Screen, grouped, plural};

use super::network::{covered, rounded};

/// What a protocol returned.
#[derive(Clone, Debug, Serialize)]
pub struct OverANetwork {
    protocol: String,
    claims: Model,
    states: u64,
    coverage: String,
    /// What the open reads returned together, and in how many executions.
    outcomes: Vec<Counted>,
}

/// One combination.
#[derive(Clone, Debug, Serialize)]
struct Counted {
    #[serde(flatten)]
    judged: JudgedOutcome,
    executions: f64,
}

impl OverANetwork {
    /// Explores a timeline with each protocol; says why not, if it cannot be performed.
    ///
    /// # Errors
    ///
    /// If a protocol cannot perform it.
    pub fn all(timeline: &History, answers: &Answers) -> Result<Vec<Self>, String> {
        let of = |&protocol: &Listed| {
            outcomes(protocol, timeline)
                .map(|found| Self::of(found, answers))
                .map_err(|unfit| unfit.to_string())
        };
        PROTOCOLS.iter().map(of).collect()
    }

    fn of(found: Outcomes, answers: &Answers) -> Self {
        let counted = |(values, executions)| Counted {
            judged: answers.judge(values),
            executions,
        };
        let is_all = found.coverage == Coverage::Exhaustive;
        Self {
            protocol: found.protocol.name(),
            claims: found.protocol.claims().model,
            states: found.states,
            coverage: covered(&found.coverage),
            outcomes: match is_all {
                true => found.combinations.into_iter().map(counted).collect(),
                false => Vec::new(),
            },
        }
    }

    /// Whether every combination is allowed by the class that the protocol claims.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let implied = |class: &Model| self.claims.implies(*class);
        let class = Model::CLASSES.into_iter().rev().find(implied);
        let judged = class.map(|class| {
            let each = self.outcomes.iter().map(|it| it.judged.outcome(class));
            each.max().unwrap_or(Outcome::AsAdvertised)
        });
        judged.unwrap_or(Outcome::AsAdvertised)
    }

    fn count(&self, is_wanted: impl Fn(&JudgedOutcome) -> bool) -> f64 {
        let wanted = self.outcomes.iter().filter(|it| is_wanted(&it.judged));
        wanted.map(|it| it.executions).sum()
    }
}

/// Draws the combinations of all protocols beside each other.
///
/// # Errors
///
/// If the screen cannot be written.
pub fn draw(answers: &Answers, all: &[OverANetwork], screen: &mut Screen) -> io::Result<()> {
    let states: u64 = all.iter().map(|it| it.states).sum();
    screen.heading("The same over a network: a register on three replicas, every execution")?;
    let observed = all.iter().flat_map(|it| &it.outcomes).map(|it| &it.judged);
    let mut combinations: BTreeMap<&[Value], &JudgedOutcome> = BTreeMap::new();
    for judged in answers.outcomes.iter().chain(observed) {
        combinations.insert(&judged.values, judged);
    }
    let is_torn = |judged: &JudgedOutcome| judged.anomaly == Some(Anomaly::Torn);
    let (torn, whole): (Vec<&JudgedOutcome>, Vec<&JudgedOutcome>) = combinations
        .into_values()
        .partition(|judged| is_torn(judged));
    let row = |judged: &JudgedOutcome, counts: Vec<f64>, remark: &str| {
        let mut row: Vec<String> = judged.values.iter().map(Value::to_string).collect();
        row.extend(counts.into_iter().map(rounded));
        row.push(remark.to_owned());
        row
    };
    let mut rows: Vec<Vec<String>> = whole
        .iter()
        .map(|judged| {
            let count = |it: &OverANetwork| it.count(|other| other.values == judged.values);
            let counts = all.iter().map(count).collect();
            row(judged, counts, judged.anomaly.map_or("", Anomaly::name))
        })
        .collect();
    if let Some(first) = torn.first() {
        let counts = all.iter().map(|it| it.count(is_torn)).collect();
        let remark = format!("torn read, {} in all", plural(torn.len(), "combination"));
        rows.push(row(first, counts, &remark));
    }
    let mut header: Vec<&str> = answers.reads.iter().map(|it| it.name.as_str()).collect();
    header.extend(all.iter().map(|it| it.protocol.as_str()));
    header.push("");
    screen.table_of(answers.reads.len(), &header, &rows)?;
    let rungs: Vec<String> = all
        .iter()
        .map(|it| match it.coverage.as_str() {
            "exhaustive" => format!("{} is {}", it.protocol, it.claims),
            other => format!("{}: {other}", it.protocol),
        })
        .collect();
    screen.note(&format!(
        "Counted are executions: messages in every order; {} states. {}.",
        grouped(states),
        rungs.join(", ")
    ))?;
    screen.note("Each by itself, and all others: workbench replicas")
}

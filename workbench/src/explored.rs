//! What explorations found, ready to be drawn and printed.

use std::collections::BTreeMap;
use std::io;

use histories::questions::ask;
use histories::{Model, Value};
use interleavings::Bounds;
use interleavings::report::{Coverage, Engine, Fault, MemoryModel, Report, Witness};
use registers::catalogue::Register;
use registers::scenario::{Precedence, Scenario};
use registers::subject::Claims;
use serde::Serialize;

use crate::screen::{Screen, grouped};
use crate::verdict::memories;

/// The header of a table of explorations.
pub const HEADER: [&str; 11] = [
    "register",
    "scenario",
    "engine",
    "memory",
    "safe",
    "regular",
    "atomic",
    "states",
    "executions",
    "coverage",
    "seconds",
];

/// What one engine found of one register in one scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Explored {
    /// The name of the register.
    pub register: &'static str,
    /// The class that it claims.
    pub claims: Model,
    /// How many words it has.
    pub words: usize,
    /// The name of the scenario.
    pub scenario: String,
    /// Who explored.
    #[serde(serialize_with = "by_name")]
    pub engine: Engine,
    /// The memory.
    #[serde(serialize_with = "by_name")]
    pub memory: MemoryModel,
    /// How much was covered.
    pub coverage: String,
    /// Whether that is everything.
    pub exhaustive: bool,
    /// How long it took.
    pub seconds: f64,
    /// How many executions there are.
    pub executions: f64,
    /// How many states were visited, if the engine has any.
    pub states: Option<u64>,
    /// How many distinct histories there are.
    pub histories: usize,
    /// What the reads returned together.
    pub outcomes: Vec<Vec<Value>>,
    /// Whether the histories have the precedence of a drawing.
    pub drawn: bool,
    /// How many combinations the claimed class allows, if the precedence is drawn and there is a bound.
    pub allowed: Option<u128>,
    /// How many steps of its own a read and a write take, alone and among others; absent if not all was explored, or if
    /// the engine does not say.
    pub steps: Option<[String; 4]>,
    /// The models that are broken, each with its best witness.
    pub broken: BTreeMap<Model, Broken>,
    /// How the register goes wrong by itself.
    pub faults: Vec<Broken>,
    /// The same as `steps`, as numbers.
    #[serde(skip)]
    pub bounds: Option<Bounds>,
}

/// As its `Display` output.
fn by_name<S: serde::Serializer>(it: &impl ToString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&it.to_string())
}

/// How a model is broken.
#[derive(Clone, Debug, Serialize)]
pub struct Broken {
    /// What happened.
    pub sentence: String,
    /// How many loads returned a value that was not the latest.
    pub stale_loads: usize,
    /// How often another process was interrupted.
    pub context_switches: usize,
    /// The witness, drawn.
    pub timeline: String,
}

impl From<&Fault> for Broken {
    fn from(fault: &Fault) -> Self {
        Self {
            sentence: fault.sentence.clone(),
            stale_loads: fault.stale_loads,
            context_switches: fault.context_switches,
            timeline: fault.timeline.to_string(),
        }
    }
}

impl From<&Witness> for Broken {
    fn from(witness: &Witness) -> Self {
        Self {
            sentence: witness.violation.sentence.clone(),
            stale_loads: witness.stale_loads,
            context_switches: witness.context_switches,
            timeline: witness.timeline.to_string(),
        }
    }
}

impl Explored {
    /// What a report says of a register with these claims.
    #[must_use]
    pub fn new(
        claims: &Claims,
        scenario: &Scenario,
        report: Report,
        bounds: Option<Bounds>,
    ) -> Self {
        let claims = Model::from(claims.class);
        let drawn = scenario.precedence() == Precedence::Drawn;
        let broken = report.witnesses.iter();
        Self {
            register: report.register,
            claims,
            drawn,
            words: report.words,
            engine: report.engine,
            memory: report.memory,
            coverage: match &report.coverage {
                Coverage::Exhaustive => "exhaustive".to_owned(),
                Coverage::Bound(bound) => format!("bound {bound}"),
                Coverage::Inconclusive(why) => format!("inconclusive: {why}"),
            },
            exhaustive: report.is_exhaustive(),
            seconds: report.elapsed.as_secs_f64(),
            executions: report.executions,
            states: report.states,
            histories: report.histories.len(),
            outcomes: report.outcomes().into_keys().collect(),
            allowed: drawn
                .then(|| ask(claims, scenario.operations()).count())
                .flatten(),
            broken: broken
                .map(|(&model, witness)| (model, witness.into()))
                .collect(),
            faults: report.faults.values().map(Broken::from).collect(),
            bounds,
            steps: bounds.map(|Bounds { read, write }| {
                [
                    read.alone,
                    read.among_others,
                    write.alone,
                    write.among_others,
                ]
                .map(|bound| bound.to_string())
            }),
            scenario: report.scenario,
        }
    }

    /// Whether it breaks what the register claims, or goes wrong by itself.
    #[must_use]
    pub fn contradicts(&self) -> bool {
        !self.faults.is_empty() || self.broken.keys().any(|&model| model <= self.claims)
    }

    /// A row of a table of explorations: [`HEADER`].
    #[must_use]
    pub fn row(&self) -> Vec<String> {
        let fails = !self.faults.is_empty();
        let verdict = |model: &Model| match (self.broken.contains_key(model), self.exhaustive) {
            _ if fails => "fails",
            (true, _) => "broken",
            (false, true) => "holds",
            (false, false) => "not broken yet",
        };
        let models = Model::CLASSES.iter().map(|model| verdict(model).to_owned());
        let states = self.states.map_or_else(String::new, grouped);
        let coverage = self.coverage.split(':').next().unwrap_or_default();
        [
            self.register.to_owned(),
            self.scenario.clone(),
            self.engine.to_string(),
            self.memory.to_string(),
        ]
        .into_iter()
        .chain(models)
        .chain([
            states,
            counted(self.executions),
            coverage.to_owned(),
            format!("{:.2}", self.seconds),
        ])
        .collect()
    }
}

/// A number that may exceed every integer.
#[must_use]
pub fn counted(number: f64) -> String {
    if number < 1e9 {
        grouped(number as u64)
    } else {
        format!("{number:.1e}")
    }
}

/// Draws how something goes wrong, where, and on which memories.
///
/// # Errors
///
/// If the screen cannot be written.
pub fn draw_witness(
    screen: &mut Screen,
    of: &Explored,
    broken: &Broken,
    on: &[MemoryModel],
) -> io::Result<()> {
    broken.draw(screen)?;
    screen.note(&format!(
        "In {}, by {}; shown by {}.",
        of.scenario,
        of.engine,
        memories(on)
    ))?;
    let has_a_name = Register::named(of.register).is_some();
    if broken.stale_loads == 0 && has_a_name {
        let replay = format!("`workbench replay {} FILE`", of.register);
        screen.note(&format!(
            "Every load is fresh: {replay} performs it on real threads."
        ))?;
    }
    Ok(())
}

impl Broken {
    /// Draws it.
    ///
    /// # Errors
    ///
    /// If the screen cannot be written.
    pub fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.text(&self.timeline)?;
        screen.gap()?;
        screen.wrapped(&self.sentence)?;
        match self.stale_loads {
            0 => Ok(()),
            1 => screen.note("One load is stale: threads that take turns cannot show it."),
            many => screen.note(&format!(
                "{many} loads are stale: threads that take turns cannot show it."
            )),
        }
    }
}

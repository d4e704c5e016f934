//! `workbench show`: one anomaly, drawn, stepped through and explained.

use std::io;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use replicas::exhibits::Exhibit;
use serde::Serialize;

use super::replay::{self, ReplayReport};
use super::replicas::exhibits::Found;
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::demonstrations::{Demonstration, built_in};
use workbench::screen::{Screen, grouped, plural};

/// Show one anomaly, step by step: on real threads, or over a network
#[derive(Clone, Copy, Debug, Args)]
pub struct Show {
    /// Which one
    #[arg(value_parser = which())]
    pub exhibit: Which,
}

/// An anomaly that can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// On a register.
    OnARegister(Demonstration),
    /// Over a network.
    OverANetwork(Exhibit),
}

/// Parses the name of an anomaly, for clap.
fn which() -> impl TypedValueParser<Value = Which> {
    let on_a_register = Demonstration::ALL
        .iter()
        .filter_map(ValueEnum::to_possible_value);
    let over_a_network = Exhibit::ALL
        .iter()
        .map(|exhibit| PossibleValue::new(exhibit.name()).help(exhibit.title()));
    PossibleValuesParser::new(on_a_register.chain(over_a_network)).map(|name| match Exhibit::named(
        &name,
    ) {
        Some(exhibit) => Which::OverANetwork(exhibit),
        None => Which::OnARegister(
            Demonstration::from_str(&name, false).expect("it is one of the possible values"),
        ),
    })
}

/// An anomaly on show.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum ShowReport {
    /// On a register.
    OnARegister(OnARegister),
    /// Over a network.
    OverANetwork(OverANetwork),
}

/// An anomaly of a register.
#[derive(Clone, Debug, Serialize)]
pub struct OnARegister {
    schema: u32,
    command: &'static str,
    exhibit: Demonstration,
    lesson: &'static str,
    replay: ReplayReport,
}

/// An anomaly of a replication protocol.
#[derive(Clone, Debug, Serialize)]
pub struct OverANetwork {
    schema: u32,
    command: &'static str,
    #[serde(flatten)]
    found: Found,
}

/// Lets an anomaly happen.
///
/// # Errors
///
/// If the register does not follow the schedule any more that shows it, or if a protocol does not fit its scenario.
pub fn run(which: Which) -> Result<ShowReport, Failure> {
    match which {
        Which::OnARegister(exhibit) => on_a_register(exhibit).map(ShowReport::OnARegister),
        Which::OverANetwork(exhibit) => Ok(ShowReport::OverANetwork(OverANetwork {
            schema: SCHEMA,
            command: "show",
            found: Found::of(exhibit)?,
        })),
    }
}

/// Lets an anomaly happen on real threads.
///
/// # Errors
///
/// If the register does not follow the schedule any more that shows it.
pub fn on_a_register(exhibit: Demonstration) -> Result<OnARegister, Failure> {
    let replay = replay::follow(
        exhibit.register(),
        Demonstration::WORDS,
        &built_in(exhibit.schedule()),
    )?;
    Ok(OnARegister {
        schema: SCHEMA,
        command: "show",
        exhibit,
        lesson: exhibit.lesson(),
        replay,
    })
}

impl OnARegister {
    /// Whether it was shown on this register.
    pub fn is_on(&self, register: &str) -> bool {
        self.exhibit.register().name() == register
    }

    /// What happened, drawn.
    pub fn picture(&self) -> &str {
        self.replay.picture()
    }
}

impl Report for ShowReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        match self {
            Self::OnARegister(report) => report.draw(screen),
            Self::OverANetwork(report) => report.draw(screen),
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::OnARegister(report) => report.outcome(),
            Self::OverANetwork(report) => report.outcome(),
        }
    }
}

impl Report for OnARegister {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let Self { exhibit, .. } = self;
        let register = exhibit.register();
        screen.heading(&format!(
            "{}, step by step: {}, which is {}, on real threads",
            exhibit.title(),
            register.name(),
            register.class()
        ))?;
        screen.text(self.replay.picture())?;
        screen.gap()?;
        screen.text(&self.replay.verdict())?;
        screen.text(self.lesson)?;
        screen.note(&format!(
            "Again: workbench replay {} {}",
            register.name(),
            exhibit.name()
        ))
    }

    fn outcome(&self) -> Outcome {
        self.replay.outcome()
    }
}

impl Report for OverANetwork {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let Found {
            title,
            protocol,
            replicas,
            budget,
            scenario,
            breaks,
            states,
            found,
            ..
        } = &self.found;
        screen.heading(&format!(
            "{title}, step by step: {protocol} on {}, {scenario}; {budget}",
            plural((*replicas).into(), "replica")
        ))?;
        match found {
            Some(found) => {
                screen.text(&found.timeline)?;
                screen.gap()?;
                screen.text(&format!("not {breaks}: {}", found.sentence))?;
                screen.wrapped(self.found.lesson)?;
                screen.note(&format!(
                    "The shortest one, in {}, found in {} states. All of them: workbench replicas exhibits",
                    plural(found.messages, "message"),
                    grouped(*states)
                ))
            }
            None => screen.text(&format!(
                "not found in {} states: {}",
                grouped(*states),
                self.found.coverage
            )),
        }
    }

    fn outcome(&self) -> Outcome {
        self.found.outcome()
    }
}

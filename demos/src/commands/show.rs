//! `workbench show`: one anomaly, drawn, stepped through and explained.

use std::io;

use clap::Args;
use serde::Serialize;

use super::replay::{self, ReplayReport};
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::demonstrations::{Demonstration, built_in};
use workbench::screen::Screen;

/// Show one anomaly, step by step, on real threads
#[derive(Clone, Copy, Debug, Args)]
pub struct Show {
    /// Which one
    #[arg(value_enum)]
    pub exhibit: Demonstration,
}

/// An anomaly on show.
#[derive(Clone, Debug, Serialize)]
pub struct ShowReport {
    schema: u32,
    command: &'static str,
    exhibit: Demonstration,
    lesson: &'static str,
    replay: ReplayReport,
}

/// Lets an anomaly happen.
///
/// # Errors
///
/// If the register does not follow the schedule any more that shows it.
pub fn run(exhibit: Demonstration) -> Result<ShowReport, Failure> {
    let replay = replay::follow(
        exhibit.register(),
        Demonstration::WORDS,
        &built_in(exhibit.schedule()),
    )?;
    Ok(ShowReport {
        schema: SCHEMA,
        command: "show",
        exhibit,
        lesson: exhibit.lesson(),
        replay,
    })
}

impl Report for ShowReport {
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

//! What the small binaries report: one anomaly that real threads ran into, and then the same step by step.

use std::io;

use histories::check::Anomaly;
use serde::Serialize;

use super::show::{self, OnARegister};
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::demonstrations::Demonstration;
use workbench::screen::{Screen, grouped};

/// An anomaly that was hunted for on real threads.
#[derive(Clone, Debug, Serialize)]
pub struct Hunt {
    schema: u32,
    command: &'static str,
    anomaly: Anomaly,
    /// How many reads there were until it was met, or until time was up.
    reads: u64,
    /// What was met; absent if time was up.
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<String>,
    show: OnARegister,
}

impl Hunt {
    /// The end of a hunt: what was met, if anything, after how many reads.
    ///
    /// # Errors
    ///
    /// If the register does not follow the schedule any more that shows the same step by step.
    pub fn ended(
        exhibit: Demonstration,
        anomaly: Anomaly,
        reads: u64,
        met: Option<String>,
    ) -> Result<Self, Failure> {
        let show = show::on_a_register(exhibit)?;
        Ok(Self {
            schema: SCHEMA,
            command: exhibit.name(),
            anomaly,
            reads,
            met,
            show,
        })
    }
}

impl Report for Hunt {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let name = self.anomaly.name();
        screen.heading(&format!(
            "Real threads at full speed, until a {name} is met"
        ))?;
        match &self.met {
            Some(met) => screen.text(&format!("Read number {}: {met}", grouped(self.reads)))?,
            None => screen.text(&format!(
                "No {name} in {} reads: this time is up, run it again",
                grouped(self.reads)
            ))?,
        }
        self.show.draw(screen)
    }

    fn outcome(&self) -> Outcome {
        if self.met.is_none() {
            Outcome::Inconclusive
        } else {
            self.show.outcome()
        }
    }
}

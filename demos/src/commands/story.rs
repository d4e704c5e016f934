//! `workbench story`: all about the note's timeline.

use std::io;

use registers::catalogue::Register;
use registers::stress::Stress;
use serde::Serialize;

use super::show::{self, OnARegister};
use super::timeline::{self, Ask, Seed, TimelineReport};
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::demonstrations::Demonstration;
use workbench::screen::{Screen, grouped};
use workbench::stressed::{self, Stressed};

/// How often the timeline is performed on each register.
const RUNS: usize = 10_000;

/// How often registers are let loose, at most, until a register has shown its anomaly.
const ROUNDS: usize = 12;

/// The whole story.
#[derive(Clone, Debug, Serialize)]
pub struct StoryReport {
    schema: u32,
    command: &'static str,
    timeline: TimelineReport,
    stressed: Vec<Stressed>,
    shows: Vec<OnARegister>,
    /// Whether each register has shown at full speed what its class lets through; led step by step it has in any case.
    shown: bool,
}

/// Tells the story, chapter by chapter as they come to pass.
///
/// # Errors
///
/// If something cannot be printed.
pub fn run(seed: Seed, screen: &mut Screen) -> Result<StoryReport, Failure> {
    let args = Ask {
        file: None,
        registers: Vec::new(),
        words: Demonstration::WORDS,
        runs: RUNS,
        seed,
        page: None,
    };
    let timeline = timeline::run(&args)?;
    timeline.draw(screen)?;
    screen.note(
        "In the study note that this timeline is taken from, Thread 2's second read begins in the column in which the \
         write of 2 ends, and yet is said to return 2 in any case. Here operations that share a column are concurrent, \
         so the read begins one column later.",
    )?;

    screen.heading("The same registers at full speed: 1 writer, 1 reader, every read judged")?;
    let settings = Stress {
        writers: 1,
        readers: 1,
        duration: stressed::SHORT,
    };
    let stress = |&register: &Register| {
        stressed::stress_until_seen(register, &settings, Demonstration::WORDS, ROUNDS)
    };
    let stressed: Vec<Stressed> = Register::LADDER
        .iter()
        .map(stress)
        .collect::<Result<_, _>>()?;
    stressed::draw(&stressed, screen)?;

    let shows: Vec<OnARegister> = Demonstration::ALL
        .into_iter()
        .map(show::on_a_register)
        .collect::<Result<_, _>>()?;
    for show in &shows {
        show.draw(screen)?;
    }
    let shown = Register::LADDER
        .iter()
        .zip(&stressed)
        .all(|(register, stressed)| stressed.has_shown(register.class()));
    Ok(StoryReport {
        schema: SCHEMA,
        command: "story",
        timeline,
        stressed,
        shows,
        shown,
    })
}

impl Report for StoryReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading("In short")?;
        for stressed in &self.stressed {
            let Stressed {
                register,
                torn,
                inverted,
                class,
                ..
            } = stressed;
            screen.text(&format!(
                "{register} claims to be {class}, and showed {} torn reads and {} new-old inversions",
                grouped(*torn),
                grouped(*inverted)
            ))?;
        }
        screen.note(match self.outcome() {
            Outcome::AsAdvertised => "Each register is as strong as it claims, as far as these runs can tell, and shows what its class lets through: at full speed, or led step by step.",
            Outcome::Contradicted => "A register is weaker than it claims.",
            Outcome::Inconclusive => "This machine was too busy: nothing came of it.",
        })?;
        screen.heading("Next")?;
        screen.text(
            "workbench timeline my.txt           your own timeline: type it as above, and leave out what you ask\n\
             workbench stress word-by-word       real threads at full speed, and the first anomaly drawn\n\
             workbench show new-old-inversion    one anomaly, step by step\n\
             workbench replay two-copies FILE    one interleaving again, word by word\n\
             workbench --help                    everything else (cargo run --release -- --help)",
        )
    }

    fn outcome(&self) -> Outcome {
        let parts = self.stressed.iter().map(Stressed::outcome);
        let parts = parts
            .chain(self.shows.iter().map(Report::outcome))
            .chain([self.timeline.outcome()])
            .filter(|outcome| *outcome != Outcome::Inconclusive);
        // What free threads do not come to on a busy machine, those come to that are led.
        parts.max().unwrap_or(Outcome::AsAdvertised)
    }
}

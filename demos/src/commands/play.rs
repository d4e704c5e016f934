//! `workbench play`: a page on which one plays the scheduler.

use std::io;
use std::path::PathBuf;

use clap::Args;
use interleavings::MemoryModel;
use pages::Levels;
use registers::catalogue::Register;
use registers::scenario::Scenario;
use serde::Serialize;

use super::network_scenes::{self, OnAStage};
use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::explored::counted;
use workbench::play::{Listed, SCENARIOS, STATES, Stage, write};
use workbench::prove::{self, Memory};
use workbench::screen::{Screen, grouped, plural};

/// Write a page on which you are the scheduler: every button is a step that the exploration found
///
/// The page is one file, and works offline. It says what each class of the register has come to, how a goal can be reached
/// and that another cannot, and copies schedules that `workbench replay` performs on real threads.
///
/// Exit codes: 0 the page is written, 2 usage or input error.
#[derive(Clone, Debug, Args)]
pub struct Play {
    /// The registers [default: those of the story, and the levels]
    #[arg(value_parser = cli::register)]
    pub registers: Vec<Register>,
    /// A replication protocol, or an exhibit over a network; may be given several times
    #[arg(long = "protocol", value_name = "PROTOCOL", value_parser = OnAStage::named)]
    pub protocols: Vec<OnAStage>,
    /// `note`, what each thread does as in `ww.rr.r`, or a file with a timeline; may be given several times [default: w.r, w.rr and note]
    #[arg(long = "scenario", value_name = "SCENARIO")]
    pub scenarios: Vec<String>,
    /// The memories [default: all of them]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub memory: Vec<Memory>,
    /// Each ordering of the register weakened by a notch, too
    #[arg(long)]
    pub weaken: bool,
    /// How many words the registers have [default: 2, or 1 if they can have no more]
    #[arg(short, long)]
    pub words: Option<usize>,
    /// How many states a scene may have
    #[arg(long, default_value_t = STATES as u64, value_parser = cli::states)]
    pub max_states: u64,
    /// Where the page is written; `-` is the standard output
    #[arg(long, default_value = "play.html", value_name = "FILE")]
    pub page: PathBuf,
}

/// What is on the page.
#[derive(Clone, Debug, Serialize)]
pub struct PlayReport {
    schema: u32,
    command: &'static str,
    page: PathBuf,
    bytes: usize,
    scenes: Vec<Listed>,
    left_out: Vec<String>,
}

/// Writes the page.
///
/// # Errors
///
/// If a scenario cannot be read, if no scene is left, or if the page cannot be written.
pub fn run(args: &Play) -> Result<PlayReport, Failure> {
    let stage = stage(args)?;
    let html = stage.player.html();
    write(&html, &args.page)?;
    Ok(PlayReport {
        schema: SCHEMA,
        command: "play",
        page: args.page.clone(),
        bytes: html.len(),
        scenes: stage.scenes,
        left_out: stage.left_out,
    })
}

/// The scenes that are asked for.
///
/// # Errors
///
/// If a scenario cannot be read, or if no scene is left.
pub fn stage(args: &Play) -> Result<Stage, Failure> {
    let scenarios: Vec<Scenario> = match args.scenarios.as_slice() {
        [] => SCENARIOS
            .iter()
            .map(|name| prove::scenario(name))
            .collect::<Result<_, _>>()?,
        names => names
            .iter()
            .map(|name| prove::scenario(name))
            .collect::<Result<_, _>>()?,
    };
    let asked_for = match args.scenarios.as_slice() {
        [] => &[],
        _ => scenarios.as_slice(),
    };
    let memories: Vec<MemoryModel> = match args.memory.as_slice() {
        [] => MemoryModel::ALL.to_vec(),
        wanted => wanted.iter().map(|&it| it.into()).collect(),
    };
    let registers = match args.registers.as_slice() {
        [] if args.protocols.is_empty() => &Register::LADDER[..],
        wanted => wanted,
    };
    let states = usize::try_from(args.max_states).unwrap_or(usize::MAX);
    let mut stage = Stage::new(states);
    for register in registers {
        let subject = register.subject(args.words.unwrap_or(register.usual_width()))?;
        stage.add(&subject, &scenarios, &memories);
        if args.weaken {
            for scenario in &scenarios {
                for &memory in &memories {
                    stage.add_weakened(&subject, scenario, memory);
                }
            }
        }
    }
    let protocols = args.protocols.iter().copied();
    network_scenes::add(&mut stage, protocols, asked_for, states)?;
    if stage.scenes.is_empty() {
        return Err(Failure::Impossible(stage.left_out.join("\n       ").into()));
    }
    if args.registers.is_empty() && args.protocols.is_empty() {
        let levels = Levels::usual();
        network_scenes::add_levels(&mut stage, &levels, states)?;
        stage.add_levels(levels)?;
    }
    Ok(stage)
}

impl Report for PlayReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        if self.page.as_os_str() == "-" {
            return Ok(());
        }
        screen.heading("Scenes to play in")?;
        let rows: Vec<Vec<String>> = self
            .scenes
            .iter()
            .map(|it| {
                vec![
                    it.key.clone(),
                    grouped(it.states as u64),
                    grouped(it.edges as u64),
                    counted(it.executions),
                ]
            })
            .collect();
        screen.table(&["scene", "states", "steps", "executions"], &rows)?;
        if !self.left_out.is_empty() {
            screen.gap()?;
        }
        for why in &self.left_out {
            screen.wrapped(&format!("Left out: {why}"))?;
        }
        screen.gap()?;
        screen.text(&format!(
            "{}, {} KB in {}: open it in a browser.",
            plural(self.scenes.len(), "scene"),
            grouped(self.bytes as u64 / 1000),
            self.page.display(),
        ))
    }

    fn outcome(&self) -> Outcome {
        Outcome::AsAdvertised
    }
}

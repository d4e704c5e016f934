//! `workbench registers` and `workbench explain`: which registers there are, and what one of them is.

use std::io;

use clap::Args;
use registers::catalogue::Register;
use registers::essay::Part;
use registers::subject::Claims;
use serde::Serialize;
use workbench::choose::Footprint;
use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::screen::{Screen, plural};

/// Say what a register stores, why it has its class, and what breaks it
#[derive(Clone, Copy, Debug, Args)]
pub struct Explain {
    /// The register
    #[arg(value_parser = cli::register)]
    pub register: Register,
}

/// Which registers there are.
#[derive(Clone, Debug, Serialize)]
pub struct RegistersReport {
    schema: u32,
    command: &'static str,
    registers: Vec<Row>,
}

/// What one register is.
#[derive(Clone, Debug, Serialize)]
pub struct ExplainReport {
    schema: u32,
    command: &'static str,
    #[serde(flatten)]
    row: Row,
    words: &'static [usize],
    footprint: Footprint,
    essay: Vec<Part>,
}

/// A register, as it is listed.
#[derive(Clone, Debug, Serialize)]
struct Row {
    register: &'static str,
    aliases: Vec<&'static str>,
    claims: String,
    /// What it is; absent if it is not even safe.
    is: Option<String>,
    writers: String,
    readers: String,
    read: String,
    write: String,
    idea: String,
}

impl Row {
    fn of(register: Register) -> Self {
        let Claims {
            name,
            class,
            progress,
            writers,
            readers,
            ..
        } = register.claims();
        Self {
            register: name,
            aliases: register.aliases().collect(),
            claims: class.to_string(),
            is: register.truth().map(|class| class.to_string()),
            writers: writers.to_string(),
            readers: readers.to_string(),
            read: progress.read.to_string(),
            write: progress.write.to_string(),
            idea: register.essay().idea().trim_end_matches('.').to_owned(),
        }
    }

    fn is_what_it_claims(&self) -> bool {
        self.is.as_ref() == Some(&self.claims)
    }

    /// Its class, and what it claims if that is more.
    fn class(&self) -> String {
        match &self.is {
            Some(is) if self.is_what_it_claims() => is.clone(),
            Some(is) => format!("{is}, claims {}", self.claims),
            None => format!("not even safe, claims {}", self.claims),
        }
    }
}

/// Lists all registers.
#[must_use]
pub fn run() -> RegistersReport {
    RegistersReport {
        schema: SCHEMA,
        command: "registers",
        registers: Register::everything().map(Row::of).collect(),
    }
}

/// Explains one.
///
/// # Errors
///
/// Never: a register that there is not has been refused, and each has its usual width.
pub fn explain(args: &Explain) -> Result<ExplainReport, Failure> {
    Ok(ExplainReport {
        schema: SCHEMA,
        command: "explain",
        row: Row::of(args.register),
        words: args.register.widths(),
        footprint: Footprint::of(args.register, args.register.usual_width())?,
        essay: args.register.essay().0,
    })
}

/// What a register takes in memory, in a sentence.
fn in_memory(footprint: &Footprint) -> String {
    let more = |words: u64, whom: &str| match words {
        0 => String::new(),
        _ => format!(
            ", {} more for each further {whom}",
            plural(words as usize, "word")
        ),
    };
    format!(
        "In memory: {} of 8 bytes for a value of {}{}, one writer and one reader{}{}. A read that nobody disturbs takes \
         at most {} and {}, a write {} and {}.",
        plural(footprint.words as usize, "word"),
        footprint.value,
        footprint.small.map_or(String::new(), |small| format!(
            ", in the variant with {small}"
        )),
        more(footprint.per_reader, "reader"),
        more(footprint.per_writer, "writer"),
        plural(footprint.read_loads as usize, "load"),
        plural(footprint.read_stores as usize, "store"),
        plural(footprint.write_loads as usize, "load"),
        plural(footprint.write_stores as usize, "store"),
    )
}

impl Report for RegistersReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let header = ["register", "class", "writers, readers", "read", "write"];
        let groups = [
            (true, "Registers"),
            (false, "Broken: registers that look right, and are not"),
        ];
        for (is_right, heading) in groups {
            let rows = self.registers.iter();
            let rows = rows.filter(|row| row.is_what_it_claims() == is_right);
            let cells = rows.map(|row| {
                vec![
                    row.register.to_owned(),
                    row.class(),
                    format!("{}, {}", row.writers, row.readers),
                    row.read.clone(),
                    row.write.clone(),
                ]
            });
            screen.heading(heading)?;
            screen.table(&header, &cells.collect::<Vec<_>>())?;
        }
        screen.gap()?;
        screen.note("What one of them is: workbench explain REGISTER. What was found of each: workbench table")
    }

    fn outcome(&self) -> Outcome {
        Outcome::AsAdvertised
    }
}

impl Report for ExplainReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let row = &self.row;
        screen.heading(&format!("{}: {}", row.register, row.class()))?;
        for part in &self.essay {
            match part {
                Part::Paragraph(text) => screen.wrapped(text)?,
                Part::Lines(lines) => screen.text(lines)?,
            }
            screen.gap()?;
        }
        screen.wrapped(&format!(
            "Writers: {}. Readers: {}. Reads are {}, writes are {}.",
            row.writers, row.readers, row.read, row.write
        ))?;
        screen.wrapped(&in_memory(&self.footprint))?;
        if !row.aliases.is_empty() {
            screen.wrapped(&format!("Also known as {}.", row.aliases.join(", ")))?;
        }
        screen.gap()?;
        screen.note(&format!(
            "Whether that is so: workbench classify {}",
            row.register
        ))
    }

    fn outcome(&self) -> Outcome {
        Outcome::AsAdvertised
    }
}

//! `workbench choose`: which register to take.

use std::io;

use clap::{Args, ValueEnum};
use registers::catalogue::Register;
use registers::{Class, Sizes};
use serde::Serialize;
use workbench::choose::{Choice, Footprint, Wanted};
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::screen::{Screen, plural};

/// Say which registers do what you need, and print code to paste
#[derive(Clone, Copy, Debug, Args)]
pub struct Choose {
    /// At least this class
    #[arg(long, value_enum, default_value_t = AtLeast::Atomic)]
    class: AtLeast,
    /// How many threads write
    #[arg(long, default_value_t = 1, value_parser = threads)]
    writers: usize,
    /// How many threads read
    #[arg(long, default_value_t = 2, value_parser = threads)]
    readers: usize,
    /// How many words of 8 bytes the value has
    #[arg(short, long, default_value_t = 2, value_parser = words)]
    words: usize,
    /// Reads wait for nobody
    #[arg(long)]
    wait_free_reads: bool,
    /// Writes wait for nobody
    #[arg(long)]
    wait_free_writes: bool,
    /// At most so many words of 8 bytes in memory
    #[arg(long, value_name = "WORDS")]
    max_memory: Option<u64>,
    /// At most so many accesses for a read and a write together, if nobody disturbs them
    #[arg(long, value_name = "ACCESSES")]
    max_accesses: Option<u64>,
}

/// A class, on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum AtLeast {
    Safe,
    Regular,
    Atomic,
}

impl From<AtLeast> for Class {
    fn from(class: AtLeast) -> Self {
        match class {
            AtLeast::Safe => Self::Safe,
            AtLeast::Regular => Self::Regular,
            AtLeast::Atomic => Self::Atomic,
        }
    }
}

fn between(text: &str, what: &str, most: usize) -> Result<usize, String> {
    let number = text.parse::<usize>().ok();
    let number = number.filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| format!("write a number of {what} from 1 to {most}"))
}

fn threads(text: &str) -> Result<usize, String> {
    between(text, "threads", 1024)
}

fn words(text: &str) -> Result<usize, String> {
    between(text, "words", 65_536)
}

/// What there is to choose from.
#[derive(Clone, Debug, Serialize)]
pub struct ChooseReport {
    schema: u32,
    command: &'static str,
    choices: Vec<Row>,
    /// Code that uses the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

/// A register that does it.
#[derive(Clone, Debug, Serialize)]
struct Row {
    register: &'static str,
    class: String,
    read: String,
    write: String,
    /// In words of 8 bytes, for all who use it.
    memory: u64,
    #[serde(flatten)]
    footprint: Footprint,
    idea: String,
}

impl From<&Choice> for Row {
    fn from(choice: &Choice) -> Self {
        let claims = choice.register.claims();
        let essay = choice.register.essay();
        Self {
            register: claims.name,
            class: claims.class.to_string(),
            read: claims.progress.read.to_string(),
            write: claims.progress.write.to_string(),
            memory: choice.memory,
            footprint: choice.footprint,
            idea: essay.idea().trim_end_matches('.').to_owned(),
        }
    }
}

/// Chooses.
///
/// # Errors
///
/// Never: that nothing does all of it is an answer.
pub fn run(args: &Choose) -> Result<ChooseReport, Failure> {
    let sizes = Sizes {
        writers: args.writers,
        readers: args.readers,
    };
    let wanted = Wanted {
        class: args.class.into(),
        sizes,
        words: args.words,
        wait_free_reads: args.wait_free_reads,
        wait_free_writes: args.wait_free_writes,
        memory: args.max_memory,
        accesses: args.max_accesses,
    };
    let choices = wanted.choices();
    Ok(ChooseReport {
        schema: SCHEMA,
        command: "choose",
        code: choices
            .first()
            .map(|it| code(it.register, args.words, sizes)),
        choices: choices.iter().map(Row::from).collect(),
    })
}

/// Code that builds a register, writes it and reads it.
fn code(register: Register, words: usize, sizes: Sizes) -> String {
    let path = register.path();
    let name = path.split('<').next().unwrap_or(path);
    let name = name.rsplit("::").next().unwrap_or(name);
    let imported = path.split('<').next().unwrap_or(path);
    let built = path.strip_prefix(imported).unwrap_or_default();
    let built = built.replace("safe::", "registers::safe::");
    let built = built.replace("regular::", "registers::regular::");
    let Sizes { writers, readers } = sizes;
    format!(
        "use {imported};\n\
         use registers::{{Construction, Hardware, Read, Sizes, Write, Writers}};\n\
         \n\
         type Register = {name}{built};\n\
         let sizes = Sizes {{ writers: {writers}, readers: {readers} }};\n\
         let (writers, mut readers) = Register::build(&Hardware, [0; {words}], sizes);\n\
         let mut writers = writers.into_vec();   // one for each thread that writes\n\
         writers[0].write([1; {words}]);\n\
         assert_eq!(readers[0].read(), [1; {words}]);"
    )
}

impl Report for ChooseReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let Some(best) = self.choices.first() else {
            screen.heading("No register of the house does all of that")?;
            return screen.note("Which there are: workbench registers");
        };
        screen.heading(&format!(
            "{}: {}",
            plural(self.choices.len(), "register"),
            "fewest accesses first, counted of one operation that nobody disturbs"
        ))?;
        let header = [
            "register",
            "class",
            "read",
            "write",
            "a read",
            "a write",
            "words in memory",
        ];
        let sum = |loads: u64, stores: u64| {
            let (loads, stores) = (loads as usize, stores as usize);
            format!("{}, {}", plural(loads, "load"), plural(stores, "store"))
        };
        let row = |row: &Row| {
            let it = &row.footprint;
            let small = it
                .small
                .map_or(String::new(), |small| format!(" ({small})"));
            vec![
                row.register.to_owned(),
                row.class.clone(),
                row.read.clone(),
                row.write.clone(),
                sum(it.read_loads, it.read_stores),
                sum(it.write_loads, it.write_stores),
                format!("{}{small}", row.memory),
            ]
        };
        let rows: Vec<Vec<String>> = self.choices.iter().map(row).collect();
        screen.table(&header, &rows)?;
        screen.heading(&format!("{}: {}", best.register, best.idea))?;
        screen.text(self.code.as_deref().unwrap_or_default())?;
        screen.gap()?;
        screen.note(&format!(
            "Why it has its class: workbench explain {0}. Whether it has: workbench classify {0}. \
             How fast it is: cargo run --release -p benches --bin scoreboard",
            best.register
        ))
    }

    fn outcome(&self) -> Outcome {
        Outcome::AsAdvertised
    }
}

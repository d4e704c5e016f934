//! `workbench new`: a register of your own, ready to be put on the bench.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::screen::Screen;

/// The program that is written.
const TEMPLATE: &str = include_str!("../../examples/my_register.rs");

/// Write a program with a register of your own, ready to be put on the bench
#[derive(Clone, Debug, Args)]
pub struct New {
    /// What to call it: lower-case letters, digits and underscores, as in `my_register`
    #[arg(value_parser = name)]
    pub name: String,
    /// In which directory to write it [default: own/examples, where `cargo run -p own --example` finds it]
    #[arg(long)]
    pub directory: Option<PathBuf>,
}

/// A program that was written.
#[derive(Clone, Debug, Serialize)]
pub struct NewReport {
    schema: u32,
    command: &'static str,
    name: String,
    file: PathBuf,
}

/// Parses the name of a register to be, for clap.
fn name(text: &str) -> Result<String, String> {
    let is_lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
    if begins && text.chars().all(is_lower) && text.len() <= 64 {
        Ok(text.to_owned())
    } else {
        Err(
            "write lower-case letters, digits and underscores, a letter first, as in `my_register`"
                .to_owned(),
        )
    }
}

/// `my_register` as `MyRegister`.
fn type_name(name: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    let whole: String = name.split('_').map(part).collect();
    // Names that the program needs for something else.
    const TAKEN: [&str; 24] = [
        "M",
        "Self",
        "Memory",
        "Word",
        "Lock",
        "Shared",
        "Handles",
        "Cells",
        "Sizes",
        "AcqRel",
        "Acquire",
        "Relaxed",
        "Release",
        "SeqCst",
        "OnTheBench",
        "Option",
        "Some",
        "None",
        "Result",
        "Ok",
        "Err",
        "Vec",
        "String",
        "Box",
    ];
    if TAKEN.contains(&whole.as_str()) {
        whole + "Register"
    } else {
        whole
    }
}

/// Writes the program.
///
/// # Errors
///
/// If there is such a file already, or the directory cannot be written to.
pub fn run(args: &New) -> Result<NewReport, Failure> {
    let directory = args.directory.as_deref();
    let directory = directory.unwrap_or(Path::new("own/examples"));
    let file = directory.join(&args.name).with_extension("rs");
    let text = TEMPLATE
        .replace("MyRegister", &type_name(&args.name))
        .replace(
            "-p demos --example my_register",
            &format!("-p own --example {}", args.name),
        );
    let unwritable = |error| Failure::Unwritable {
        path: file.clone(),
        error,
        hint: "it goes to own/examples of the workspace, or else to --directory; nothing is overwritten",
    };
    let mut options = OpenOptions::new();
    let mut created = options
        .write(true)
        .create_new(true)
        .open(&file)
        .map_err(unwritable)?;
    created.write_all(text.as_bytes()).map_err(unwritable)?;
    Ok(NewReport {
        schema: SCHEMA,
        command: "new",
        name: args.name.clone(),
        file,
    })
}

impl Report for NewReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.text(&format!("Written: {}", self.file.display()))?;
        screen.note(&format!(
            "It holds a register of two words, written word by word. Put it on the bench:\ncargo run --release -p own --example {}",
            self.name
        ))
    }

    fn outcome(&self) -> Outcome {
        Outcome::AsAdvertised
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_makes_a_type() {
        assert_eq!(type_name("my_register"), "MyRegister");
        assert_eq!(type_name("seqlock2"), "Seqlock2");
        // Not the names that the program has for something else.
        assert_eq!(type_name("m"), "MRegister");
        assert_eq!(type_name("self"), "SelfRegister");
        assert_eq!(type_name("memory"), "MemoryRegister");
        assert_eq!(type_name("shared"), "SharedRegister");
        for bad in ["", "My", "2x", "a-b", "../x", "a b"] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }
}

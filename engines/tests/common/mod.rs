//! What the tests share: the program, and a folder for temporary files.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};

use engines::modes::Engine;
use serde_json::Value;

/// The program, which is to be told something.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workbench-store"));
    command.current_dir(root());
    command
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs the program.
pub(crate) fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().expect("it starts")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What was printed with `--json`.
pub(crate) fn json(output: &Output) -> Value {
    let document = serde_json::from_slice(&output.stdout);
    document.unwrap_or_else(|error| {
        panic!(
            "{error}: {}\n{}",
            text(&output.stdout),
            text(&output.stderr)
        )
    })
}

/// Whether an engine is installed; if it is not, that is said where everybody sees it.
pub(crate) fn is_here(engine: Engine, test: &str) -> bool {
    let missing = engine.program().err();
    if let Some(missing) = &missing {
        // Not by a macro: what those print is shown of tests that fail, and no others.
        let _ = writeln!(std::io::stderr(), "\n!!! SKIPPED: {test}: {missing}\n");
    }
    missing.is_none()
}

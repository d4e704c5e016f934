//! `workbench store`: executes the program `workbench-store`, which is built by itself.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;
use workbench::cli::{self, Failure, Nothing, Output};

/// Put etcd, Redis, PostgreSQL or a store of your own on the bench: `workbench store --help` says how
///
/// A program of its own does it, with the clients of these engines: `cargo build --release -p engines` builds it.
#[derive(Clone, Debug, Args)]
#[command(disable_help_flag = true)]
pub struct Store {
    /// What the program `workbench-store` is told
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<OsString>,
}

/// The program's name.
const PROGRAM: &str = "workbench-store";

/// Executes it: with all that this program was told, but for the name of the command.
#[must_use]
pub fn run(output: Output) -> ExitCode {
    match program().and_then(|program| execute(&program)) {
        Ok(code) => code,
        Err(failure) => cli::run(output, || Err::<Nothing, _>(failure)),
    }
}

/// Where it lies.
fn program() -> Result<PathBuf, Failure> {
    let here = std::env::current_exe().map_err(|error| {
        Failure::Impossible(format!("it is not known where this program lies: {error}").into())
    })?;
    let program = here.with_file_name(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    let problem = format!(
        "there is no {}: it is built by itself, since it has the clients of etcd, Redis and PostgreSQL: `cargo build \
         --release -p engines`, or `cargo store`, which builds and runs it",
        program.display()
    );
    Err(Failure::Impossible(problem.into()))
}

/// Becomes the program, where the system lets us: then signals reach it, and its exit code is this one's.
fn execute(program: &Path) -> Result<ExitCode, Failure> {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "store") {
        arguments.remove(at);
    }
    let mut command = Command::new(program);
    command.args(arguments);
    let executed = become_it(&mut command);
    executed.map_err(|error| {
        let problem = format!("{} cannot be executed: {error}", program.display());
        Failure::Impossible(problem.into())
    })
}

#[cfg(unix)]
fn become_it(command: &mut Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

#[cfg(not(unix))]
fn become_it(command: &mut Command) -> io::Result<ExitCode> {
    let code = command.status()?.code();
    Ok(ExitCode::from(
        code.and_then(|code| u8::try_from(code).ok()).unwrap_or(2),
    ))
}

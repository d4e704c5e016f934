//! `workbench completions` and `workbench man`: what shells and `man` read, made of the same commands.

use std::io;
use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;
use workbench::cli::Failure;

/// Print completions for a shell, to be sourced or stored where it looks for them
#[derive(Clone, Copy, Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// Print the manual page of this program, or write a page for each of its commands
#[derive(Clone, Debug, Args)]
pub struct Man {
    /// Where to write the pages of all commands, as `workbench-check.1` [default: the first page on the standard output]
    directory: Option<PathBuf>,
}

/// Prints completions.
///
/// # Errors
///
/// If nothing can be printed.
pub fn completions(args: Completions, mut command: clap::Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "workbench", &mut script);
    io::Write::write_all(&mut io::stdout(), &script).map_err(Failure::Output)
}

/// Prints or writes manual pages.
///
/// # Errors
///
/// If they cannot be written.
pub fn man(args: &Man, command: clap::Command) -> Result<(), Failure> {
    let Some(directory) = &args.directory else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        return io::Write::write_all(&mut io::stdout(), &page).map_err(Failure::Output);
    };
    let written = std::fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(command, directory));
    written.map_err(|error| Failure::Unwritable {
        path: directory.clone(),
        error,
        hint: "name a folder that can be made and written",
    })
}

//! The folders in which Jepsen stores its tests.

use std::io;
use std::path::{Path, PathBuf};

use workbench::cli::Failure;

/// The files with the history of a test, the best one first.
const HISTORIES: [&str; 5] = [
    "history.edn",
    "history.edn.gz",
    "history.json",
    "history.txt",
    "jepsen.log",
];

/// The file itself, or of a folder the history in it.
///
/// # Errors
///
/// If there is none in the folder.
pub(super) fn history_in(path: &Path) -> Result<PathBuf, Failure> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let folders = [path.to_owned(), path.join("latest"), path.join("current")];
    let files = folders
        .iter()
        .flat_map(|folder| HISTORIES.map(|name| folder.join(name)));
    let mut found = files.filter(|file| file.is_file());
    found.next().ok_or_else(|| Failure::Unreadable {
        path: path.to_owned(),
        error: io::Error::other(format!(
            "this is a folder, and in it (or in its `latest`) is none of {}: name the file",
            HISTORIES.join(", ")
        )),
    })
}

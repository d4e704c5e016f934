//! Tables that a reviewer can read, stored beside the test that fills them.

use std::fs;
use std::path::Path;

/// Compares a table with the one stored in `tests/`. With `UPDATE_TABLES=1` in the environment it is stored instead.
///
/// # Panics
///
/// If the two differ: with the first lines that do.
#[track_caller]
pub(crate) fn assert_table(file: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(file);
    if std::env::var_os("UPDATE_TABLES").is_some() {
        fs::write(&path, found).expect("tables can be written where the tests are");
        return;
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    if stored == found {
        return;
    }
    let (mut stored, mut lines) = (stored.lines(), found.lines());
    let mut number = 0;
    let (expected, found) = loop {
        number += 1;
        match (stored.next(), lines.next()) {
            (Some(stored), Some(found)) if stored == found => {}
            (stored, found) => break (stored.unwrap_or("its end"), found.unwrap_or("its end")),
        }
    };
    panic!(
        "{file}:{number} differs\n  stored: {expected}\n  found:  {found}\n`UPDATE_TABLES=1` stores what was found"
    );
}

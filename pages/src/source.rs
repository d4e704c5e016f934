//! The lines of source in which a thread may stand: the functions around them, as they lie on the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use registers::memory::Site;

/// Where the sources of this workspace lay when it was built. Their paths start here.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The functions around some lines, by the path of their file: each line with its number.
///
/// A file that cannot be read any more is left out: then the page names lines, and does not show them.
pub(crate) fn excerpts(
    sites: impl Iterator<Item = Site>,
) -> BTreeMap<&'static str, Vec<(u32, String)>> {
    let mut lines: BTreeMap<&'static str, BTreeSet<u32>> = BTreeMap::new();
    for site in sites {
        lines.entry(site.path()).or_default().insert(site.line());
    }
    let excerpts = lines.into_iter().filter_map(|(path, lines)| {
        let text = read(path)?;
        let text: Vec<&str> = text.lines().collect();
        let mut shown = BTreeSet::new();
        for line in lines {
            shown.extend(around(&text, line as usize - 1));
        }
        let shown = shown.into_iter();
        Some((
            path,
            shown
                .map(|at| (at as u32 + 1, text[at].to_owned()))
                .collect(),
        ))
    });
    excerpts.collect()
}

fn read(path: &str) -> Option<String> {
    let places: [PathBuf; 2] = [path.into(), Path::new(WORKSPACE).join(path)];
    places
        .iter()
        .find_map(|place| fs::read_to_string(place).ok())
}

/// The function around a line, by its indentation: rustfmt closes a function where it was opened. If there is none, the line
/// alone.
fn around(text: &[&str], line: usize) -> std::ops::RangeInclusive<usize> {
    let indentation = |at: usize| text[at].len() - text[at].trim_start().len();
    let Some(own) = (line < text.len()).then(|| indentation(line)) else {
        return line.min(text.len().saturating_sub(1))..=line.min(text.len().saturating_sub(1));
    };
    let opens = |&at: &usize| {
        let words = text[at].trim_start();
        let is_function = words.starts_with("fn ") || words.contains(" fn ");
        is_function && !words.starts_with("//") && indentation(at) < own
    };
    let Some(first) = (0..line).rev().find(opens) else {
        return line..=line;
    };
    let closes = |&at: &usize| text[at].trim_end() == "}" || text[at].trim_start() == "}";
    let mut behind = line..text.len();
    let last = behind.find(|at| closes(at) && indentation(*at) == indentation(first));
    first..=last.unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_brings_its_function() {
        let text = "impl A {\n    /// Reads.\n    pub fn read(&self) {\n        if x {\n            y\n        }\n    }\n}\nfn z() {}";
        let text: Vec<&str> = text.lines().collect();
        assert_eq!(around(&text, 4), 2..=6);
        assert_eq!(around(&text, 8), 8..=8);
        assert_eq!(around(&text, 99), 8..=8);
    }
}

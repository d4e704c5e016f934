//! Compares the console blocks of the README and of the documents with what is printed now.
//!
//! Below the line `<!-- figures vary -->` a block is compared with its numbers masked; a line `...` stands for any lines.
//! Where a block has either, it does not matter where its lines break. `<!-- figures vary, by chance from A to B -->` compares nothing between a line that begins
//! with A and one that begins with B. With `UPDATE_README` set, what is printed now is written there instead, except
//! for blocks with a line `...`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

const VARIES: &str = "<!-- figures vary";

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .find(|directory| directory.join("Cargo.lock").exists())
        .expect("the crate lies in the workspace")
        .to_owned()
}

struct Block {
    command: String,
    shown: Vec<String>,
    varies: bool,
    /// Between the lines that begin so chance decides what is printed.
    chance: Option<(String, String)>,
    /// The lines that the output takes.
    lines: std::ops::Range<usize>,
}

fn blocks(readme: &str) -> Vec<Block> {
    let lines: Vec<&str> = readme.lines().collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if lines[at] != "```console" {
            at += 1;
            continue;
        }
        let varies = lines[..at]
            .last()
            .and_then(|line| line.strip_prefix(VARIES));
        let chance = varies.and_then(|how| {
            let (from, to) = how.strip_prefix(", by chance from ")?.split_once(" to ")?;
            Some((from.to_owned(), to.trim_end_matches(" -->").to_owned()))
        });
        let end = at
            + lines[at..]
                .iter()
                .position(|&line| line == "```")
                .expect("every block ends");
        let command = lines[at + 1]
            .strip_prefix("$ ")
            .expect("a console block begins with a command");
        let output = at + 2..end;
        let shown: Vec<String> = lines[output.clone()]
            .iter()
            .map(|&line| line.to_owned())
            .collect();
        if !shown.is_empty() {
            blocks.push(Block {
                command: command.to_owned(),
                shown,
                varies: varies.is_some(),
                chance,
                lines: output,
            });
        }
        at = end;
    }
    blocks
}

/// A text with its numbers masked, and all that depends on how wide they are. Where lines break does not matter, nor
/// whether threads came to something by themselves or were `led` to it.
fn masked(lines: &[String]) -> String {
    let mut masked = String::new();
    for word in words(lines) {
        masked.push(' ');
        let mut is_new = true;
        for character in if word == "led" { "0" } else { word }.chars() {
            match character {
                '0'..='9' | ',' | '.' | '|' if !is_new && masked.ends_with('#') => continue,
                '0'..='9' => masked.push('#'),
                '-' if masked.ends_with("--") => continue,
                other => masked.push(other),
            }
            is_new = false;
        }
    }
    masked
}

fn words(lines: &[String]) -> impl Iterator<Item = &str> {
    lines.iter().flat_map(|line| line.split_whitespace())
}

/// Without the lines that chance decides.
fn certain(lines: &[String], chance: Option<&(String, String)>) -> Vec<String> {
    let Some((from, to)) = chance else {
        return lines.to_vec();
    };
    let mut is_chance = false;
    let certain = lines.iter().filter(|line| {
        is_chance =
            (is_chance || line.starts_with(from.as_str())) && !line.starts_with(to.as_str());
        !is_chance
    });
    certain.cloned().collect()
}

/// Whether a block shows what is printed; lines `...` stand for anything.
fn agree(block: &Block, printed: &[String]) -> bool {
    let shown = certain(&block.shown, block.chance.as_ref());
    let printed = certain(printed, block.chance.as_ref());
    let parts: Vec<&[String]> = shown.split(|line| line == "...").collect();
    if !block.varies && parts.len() == 1 {
        return shown == printed;
    }
    let text = |lines: &[String]| match block.varies {
        true => masked(lines),
        false => words(lines).map(|word| format!(" {word}")).collect(),
    };
    let printed = text(&printed);
    let parts: Vec<String> = parts.into_iter().map(text).collect();
    let [first, further @ ..] = parts.as_slice() else {
        return printed.is_empty();
    };
    let Some(mut rest) = printed.strip_prefix(first.as_str()) else {
        return false;
    };
    let Some((last, between)) = further.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        match rest.find(part.as_str()) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

/// Runs a program in the root of the workspace, and returns the lines that it prints.
pub(crate) fn lines_of(program: &str, args: &str) -> Vec<String> {
    let output = Command::new(program)
        .args(args.split_whitespace())
        .current_dir(root())
        .output()
        .expect("the program is built: cargo build --all-targets");
    // On a machine that is busy with other things little may come out as drawn: inconclusive, with the same text.
    assert!(
        matches!(output.status.code(), Some(0 | 3)),
        "{program} {args}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("programs print UTF-8");
    text.trim_matches('\n').lines().map(str::to_owned).collect()
}

/// The README, and all documents.
pub(crate) fn documents() -> Vec<PathBuf> {
    let documents = fs::read_dir(root().join("docs")).expect("there are documents");
    let documents = documents.map(|entry| entry.expect("it can be listed").path());
    let mut all: Vec<PathBuf> = documents
        .filter(|path| path.extension().is_some_and(|it| it == "md"))
        .collect();
    all.push(root().join("README.md"));
    all.sort();
    all
}

/// Compares every block whose command begins with `prefix`; `run` is given what follows, and returns what is printed.
/// Programs of other packages (`-p`) are compared by the tests of those.
pub(crate) fn documents_show(prefix: &str, run: impl Fn(&str) -> Vec<String> + Sync) {
    documents_show_where(prefix, |args| Some(run(args)));
}

/// The same, where some commands cannot be run on this machine: for those `run` returns nothing, and says why.
pub(crate) fn documents_show_where(prefix: &str, run: impl Fn(&str) -> Option<Vec<String>> + Sync) {
    let documents = documents();
    let compared = thread::scope(|scope| {
        let run = &run;
        let mut compared = Vec::new();
        for path in &documents {
            compared.push(scope.spawn(move || document_shows(path, prefix, run)));
        }
        let compared = compared
            .into_iter()
            .map(|it| it.join().expect("they agree"));
        compared.sum::<usize>()
    });
    assert!(compared > 0, "nothing is shown of `{prefix}`");
}

/// The same for one document; returns how many blocks were compared.
fn document_shows(path: &Path, prefix: &str, run: &impl Fn(&str) -> Option<Vec<String>>) -> usize {
    let document = fs::read_to_string(path).expect("it can be read");
    let blocks =
        blocks(&document)
            .into_iter()
            .filter(|block| match block.command.strip_prefix(prefix) {
                Some(rest) => !rest.trim_start().starts_with("-p "),
                None => false,
            });
    let blocks: Vec<Block> = blocks.collect();
    let mut lines: Vec<String> = document.lines().map(str::to_owned).collect();
    let update = std::env::var_os("UPDATE_README").is_some();
    for block in blocks.iter().rev() {
        let Some(printed) = run(block.command[prefix.len()..].trim()) else {
            continue;
        };
        let elided = block.shown.iter().any(|line| line == "...");
        if update && !elided {
            lines.splice(block.lines.clone(), printed);
            continue;
        }
        assert!(
            agree(block, &printed),
            "{} shows of `{}`\n{}\n\nbut it prints\n{}\n\nUPDATE_README=1 cargo test --workspace --test readme",
            path.display(),
            block.command,
            block.shown.join("\n"),
            printed.join("\n"),
        );
    }
    if update {
        fs::write(path, lines.join("\n") + "\n").expect("it can be written");
    }
    blocks.len()
}

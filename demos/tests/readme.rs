//! The README and the documents show what the binaries print.

use std::path::Path;

mod common;

#[test]
fn documents_show_what_the_binaries_print() {
    let workbench = Path::new(env!("CARGO_BIN_EXE_workbench"));
    common::documents_show("cargo run --release", |rest| {
        let (program, args) = rest.split_once("-- ").unwrap_or((rest, ""));
        let example = |name| workbench.with_file_name("examples").join(name);
        let program = match program.trim() {
            "--example my_register" => &example("my_register"),
            "--example my_store" => &example("my_store"),
            "" => workbench,
            "--bin torn-read" => Path::new(env!("CARGO_BIN_EXE_torn-read")),
            "--bin new-old-inversion" => Path::new(env!("CARGO_BIN_EXE_new-old-inversion")),
            other => panic!("the README runs {other}, which this test does not know"),
        };
        common::lines_of(program.to_str().expect("paths are UTF-8"), args)
    });
}

#[test]
fn documents_show_the_code_of_the_examples() {
    let root = common::root();
    let read = |path| std::fs::read_to_string(path).expect("it can be read");
    let documents: String = common::documents().into_iter().map(read).collect();
    for (example, from) in [("my_register", "use "), ("my_store", "fn main")] {
        let path = root.join("demos/examples").join(example);
        let code = read(path.with_extension("rs"));
        let start = code.find(&format!("\n{from}")).expect("it is code") + 1;
        assert!(
            documents.contains(&format!("```rust\n{}```\n", &code[start..])),
            "the documents show another {example}"
        );
    }
}

/// A link to another document, or to a part of one, leads somewhere.
#[test]
fn links_between_documents_lead_somewhere() {
    for path in common::documents() {
        let document = std::fs::read_to_string(&path).expect("it can be read");
        let links = document.split("](").skip(1);
        let links = links.filter_map(|link| link.split(')').next());
        for link in links.filter(|link| !link.starts_with("http")) {
            let (file, part) = link.split_once('#').unwrap_or((link, ""));
            let target = path.with_file_name(file);
            let text = std::fs::read_to_string(&target);
            let text = text.unwrap_or_else(|_| panic!("{}: {link}", path.display()));
            let anchor = |line: &str| {
                let title = line.trim_start_matches('#').trim().to_lowercase();
                title.replace(' ', "-").replace([',', '.', ':', '?'], "")
            };
            let mut titles = text.lines().filter(|line| line.starts_with('#'));
            let is_there = part.is_empty() || titles.any(|line| anchor(line) == part);
            assert!(is_there, "{}: {link}", path.display());
        }
    }
}

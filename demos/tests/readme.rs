//! The README shows what the binaries print.

use std::path::Path;

mod common;

#[test]
fn the_readme_shows_what_the_binaries_print() {
    let workbench = Path::new(env!("CARGO_BIN_EXE_workbench"));
    common::readme_shows("cargo run --release", |rest| {
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
fn the_readme_shows_the_code_of_the_examples() {
    let root = common::root();
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    for (example, from) in [("my_register", "use "), ("my_store", "fn main")] {
        let path = root
            .join("demos/examples")
            .join(example)
            .with_extension("rs");
        let code = std::fs::read_to_string(path).unwrap();
        let start = code.find(&format!("\n{from}")).expect("it is code") + 1;
        assert!(
            readme.contains(&format!("```rust\n{}```\n", &code[start..])),
            "the README shows another {example}"
        );
    }
}

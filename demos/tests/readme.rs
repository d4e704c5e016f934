//! The README shows what the binaries print.

use std::path::Path;

mod common;

#[test]
fn the_readme_shows_what_the_binaries_print() {
    let workbench = Path::new(env!("CARGO_BIN_EXE_workbench"));
    common::readme_shows("cargo run --release", |rest| {
        let (program, args) = rest.split_once("-- ").unwrap_or((rest, ""));
        let example = workbench.with_file_name("examples").join("my_register");
        let program = match program.trim() {
            "--example my_register" => example.to_str().expect("paths are UTF-8"),
            "" => env!("CARGO_BIN_EXE_workbench"),
            "--bin torn-read" => env!("CARGO_BIN_EXE_torn-read"),
            "--bin new-old-inversion" => env!("CARGO_BIN_EXE_new-old-inversion"),
            other => panic!("the README runs {other}, which this test does not know"),
        };
        common::lines_of(program, args)
    });
}

#[test]
fn the_readme_shows_the_register_of_the_example() {
    let root = common::root();
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let example = std::fs::read_to_string(root.join("demos/examples/my_register.rs")).unwrap();
    let (_, code) = example
        .split_once("\n\n")
        .expect("a line of documentation, then code");
    assert!(
        readme.contains(&format!("```rust\n{code}```\n")),
        "the README shows another register"
    );
}

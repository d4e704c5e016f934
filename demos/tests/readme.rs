//! The README shows what the binaries print.

mod common;

#[test]
fn the_readme_shows_what_the_binaries_print() {
    common::readme_shows("cargo run --release", |rest| {
        let (program, args) = rest.split_once("-- ").unwrap_or((rest, ""));
        let program = match program.trim() {
            "" => env!("CARGO_BIN_EXE_workbench"),
            "--bin torn-read" => env!("CARGO_BIN_EXE_torn-read"),
            "--bin new-old-inversion" => env!("CARGO_BIN_EXE_new-old-inversion"),
            other => panic!("the README runs {other}, which this test does not know"),
        };
        common::lines_of(program, args)
    });
}

//! The README shows what the prover prints.

#[path = "../../demos/tests/common/mod.rs"]
mod common;

#[test]
fn the_readme_shows_what_the_prover_prints() {
    common::readme_shows("cargo prove", |args| {
        common::lines_of(env!("CARGO_BIN_EXE_prove"), args)
    });
}

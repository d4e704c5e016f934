//! The documents show what the program prints.

#[path = "../../../demos/tests/common/mod.rs"]
mod common;

#[test]
fn documents_show_what_the_program_prints() {
    common::documents_show("cargo run --release -p peers", |args| {
        common::lines_of(env!("CARGO_BIN_EXE_peers"), args)
    });
}

//! The documents show what the prover prints.

#[path = "../../demos/tests/common/mod.rs"]
#[allow(dead_code, reason = "more of it is used elsewhere")]
mod common;

#[test]
fn documents_show_what_the_prover_prints() {
    common::documents_show("cargo prove", |args| {
        common::lines_of(env!("CARGO_BIN_EXE_loom-prove"), args)
    });
}

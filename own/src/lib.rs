//! Room for registers of one's own: `workbench new NAME` writes one to `own/examples`, and `cargo run --release -p own
//! --example NAME` puts it on the bench.
//!
//! Nothing else builds what stands there, so what does not compile yet fails nobody's tests.

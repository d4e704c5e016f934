//! The documents show what the program prints, as far as the engines are installed.

use engines::modes::Engine;

#[path = "../../demos/tests/common/mod.rs"]
#[allow(dead_code, reason = "more of it is used elsewhere")]
mod documents;

mod common;

#[test]
fn documents_show_what_the_program_prints() {
    documents::documents_show_where("cargo store", |args| {
        let engine = args.split_whitespace().next();
        let engine = Engine::ALL.into_iter().find(|it| engine == Some(it.name()));
        if engine.is_some_and(|engine| !common::is_here(engine, &format!("cargo store {args}"))) {
            return None;
        }
        let program = env!("CARGO_BIN_EXE_workbench-store");
        Some(documents::lines_of(program, args))
    });
}

#[test]
fn documents_show_the_code_of_the_example() {
    let root = documents::root();
    let read = |path| std::fs::read_to_string(path).expect("it can be read");
    let document = read(root.join("docs/engines.md"));
    for (example, from, language) in [
        ("my_engine.rs", "/// One client, ", "rust"),
        ("file_store.sh", "file=$1", "sh"),
    ] {
        let code = read(root.join("engines/examples").join(example));
        let start = code.find(from).expect("it is there");
        assert!(
            document.contains(&format!("```{language}\n{}```\n", &code[start..])),
            "the document shows another {example}"
        );
    }
}

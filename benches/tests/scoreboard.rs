//! The scoreboard as a user meets it. Nothing here depends on how fast the machine is.

use std::process::{Command, Output};

use serde_json::Value;

fn scoreboard(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scoreboard"));
    command.args(args).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("programs print UTF-8")
}

/// A run with few rounds, as JSON. Threads may not run at once on a busy machine: then nothing can be said.
fn small_run(names: &str, rounds: &str) -> Option<Value> {
    let args = [
        "--quick", "--json", "--words", "8", "--only", names, "--rounds", rounds,
    ];
    let output = scoreboard(&args);
    let code = output.status.code();
    assert!(
        matches!(code, Some(0 | 3)),
        "{code:?}: {}",
        text(&output.stderr)
    );
    let report = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    (code == Some(0)).then_some(report)
}

#[test]
fn what_tears_is_marked_and_what_is_atomic_is_not() {
    let names = "sequence-lock,locked,triple-buffer-crate";
    let report = ["1", "10", "100"]
        .into_iter()
        .find_map(|rounds| small_run(names, rounds))
        .expect("the raw copy tears within a hundred rounds");
    let faults = report["faults"].as_array().expect("a list");
    assert_eq!(faults.len(), 4);
    for fault in faults {
        let tears = fault["torn"].as_u64().expect("a number") > 0;
        assert_eq!(tears, fault["contestant"] == "word-by-word", "{fault}");
        assert_eq!(fault["inverted"], 0, "{fault}");
    }
    assert_eq!(report["goals"][0]["met"], true, "{}", report["goals"]);
    let semantics = report["semantics"].as_array().expect("a list");
    assert_eq!(
        semantics[0]["class"], "safe",
        "the weakest class comes first"
    );
    assert!(semantics[0]["torn_per_million"].as_f64() > Some(0.0));
}

#[test]
fn tables_and_plots_are_drawn() {
    let directory = std::env::temp_dir().join(format!("scoreboard-{}", std::process::id()));
    let path = directory.to_str().expect("a path in UTF-8");
    let few = [
        "--quick", "--words", "2", "--only", "locked", "--rounds", "1",
    ];
    let output = scoreboard(&[&few[..], &["--markdown", "--plot", path]].concat());
    let printed = text(&output.stdout);
    assert!(
        matches!(output.status.code(), Some(0 | 3)),
        "{}",
        text(&output.stderr)
    );
    assert!(printed.contains("### The cost of semantics"), "{printed}");
    assert!(printed.contains("| atomic | locked | 2 |"), "{printed}");
    let readers = std::fs::read_to_string(directory.join("readers.svg"));
    let readers = readers.expect("a plot has been drawn");
    assert!(
        readers.starts_with("<svg") && readers.contains("locked"),
        "{readers}"
    );
    std::fs::remove_dir_all(&directory).expect("the directory can be removed");
}

#[test]
fn bad_options_are_refused_with_one_clear_message() {
    let cases: &[(&[&str], &str)] = &[
        (
            &["--only", "nobody"],
            "the registers are word-by-word, plain-memcpy, ",
        ),
        (
            &["--words", "3"],
            "registers are built in with 1, 2, 8, 64 or 512 words",
        ),
        (&["--rounds", "0"], "0 is not in 1..=10000"),
        (&["--markdown", "--json"], "cannot be used with"),
        (&["--semantics", "--quick"], "cannot be used with"),
        (
            &["--plot", "/dev/null/plots"],
            "error: cannot write /dev/null/plots: ",
        ),
    ];
    for (args, message) in cases {
        let output = scoreboard(args);
        let printed = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {printed}");
        assert!(printed.contains(message), "{args:?}: {printed}");
        // Who asks for a document gets one of the error, too.
        assert_eq!(
            output.stdout.is_empty(),
            !args.contains(&"--json"),
            "{args:?}"
        );
    }
}

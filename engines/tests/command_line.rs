//! The command line as a user meets it, on a machine that has none of the engines.

use std::fs;
use std::path::Path;

use histories::formats::{self, Options};
use histories::{Model, check};

mod common;
use common::{json, program, run, text};

/// A folder for a register and for what is kept of it.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("there is room for temporary files")
}

/// The example in shell, on a register in a folder.
fn file_store(folder: &Path, more: &str) -> String {
    let register = folder.join("register");
    format!(
        "sh engines/examples/file_store.sh {} {more}",
        register.display()
    )
}

#[test]
fn an_engine_that_is_not_installed_is_named_with_its_package() {
    for (engine, says) in [
        ("etcd", "apt-get install etcd-server"),
        ("redis", "apt-get install redis-server"),
    ] {
        let mut command = program();
        command.args([engine, "--json"]).env("PATH", "/nowhere");
        let output = command.output().expect("it starts");
        assert_eq!(output.status.code(), Some(2), "{engine}");
        let document = json(&output);
        let error = document["error"]
            .as_str()
            .expect("it is said what is wrong");
        assert!(
            error.contains("is not installed") && error.ends_with(says),
            "{error}"
        );
        assert!(text(&output.stderr).starts_with("error: "), "{engine}");
    }
}

#[test]
fn bad_input_is_refused_with_what_to_do() {
    let cases: &[(&[&str], &str)] = &[
        (&["mysql"], "the engines are etcd, redis and postgres"),
        (
            &["redis", "cluster"],
            "redis has no mode cluster: its modes are sentinels, replicas, wait-1",
        ),
        (
            &["redis", "--clients", "2", "--writers", "3"],
            "raise --clients",
        ),
        (
            &["redis", "--history", "file"],
            "name one, as in `workbench store redis sentinels`",
        ),
        (
            &["redis", "primary", "--fault", "hold", "--on", "B"],
            "redis primary has no replica B",
        ),
        (
            &["redis", "primary", "--fault", "hold", "--on", "D"],
            "the replicas are A",
        ),
        (&["redis", "--on", "B"], "--fault"),
        (&["redis", "--seconds", "0"], "above 0"),
        (&["redis", "--expect", "fresh"], "fresh"),
        (&["redis", "--command", "cat"], "cannot be used with"),
        (
            &["--command", "cat", "--fault", "kill"],
            "--fault is for engines",
        ),
        (
            &["--command", "exit 1"],
            "answers `nothing`: it must read lines of JSON",
        ),
        (
            &["--command", "echo ready"],
            "answers `ready`: its standard output must have one message",
        ),
        (&["--command", "cat"], "\"in_reply_to\""),
        (
            &[
                "--command",
                r#"read init; echo '{"body":{"type":"ready","in_reply_to":1}}'"#,
            ],
            r#"answer {"type":"init_ok"}"#,
        ),
        (
            &[
                "--command",
                r#"read init; echo '{"body":{"type":"init_ok","in_reply_to":1}}'"#,
            ],
            "it is to go on until its standard input ends",
        ),
        (
            &[
                "--command",
                r#"read init; echo '{"body":{"type":"init_ok","in_reply_to":1}}'; read write; echo '{"body":{"type":"written","in_reply_to":2}}'; cat"#,
            ],
            "the answer has the type write_ok, or error",
        ),
    ];
    for (arguments, says) in cases {
        let output = run(arguments);
        let said = text(&output.stderr);
        // Where an engine is not installed that is what is said first of some.
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        let is_said = said.contains(says) || said.contains("is not installed");
        assert!(
            said.starts_with("error: ") && is_said,
            "{arguments:?}: {said}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn all_modes_are_listed_whatever_is_installed() {
    let output = run(&["--json"]);
    assert_eq!(output.status.code(), Some(0));
    let engines = json(&output)["engines"].clone();
    let engines = engines.as_array().expect("there are engines");
    let modes = engines
        .iter()
        .map(|it| it["modes"].as_array().map_or(0, Vec::len));
    assert_eq!(modes.collect::<Vec<_>>(), [4, 5, 5]);
}

#[test]
fn a_file_that_is_renamed_is_atomic_and_its_history_can_be_kept() {
    let folder = folder();
    let (history, page) = (
        folder.path().join("kept.jsonl"),
        folder.path().join("kept.html"),
    );
    let command = file_store(folder.path(), "");
    let mut asked = program();
    asked.args(["--command", &command, "--expect", "atomic", "--json"]);
    asked.args(["--operations", "40", "--seconds", "600"]);
    asked
        .arg("--history")
        .arg(&history)
        .arg("--page")
        .arg(&page);
    let output = asked.output().expect("it starts");
    let document = json(&output);
    assert_eq!(output.status.code(), Some(0), "{document:#}");
    let mode = &document["modes"][0];
    assert_eq!(mode["operations"], 120);
    assert_eq!(mode["keeps"], true);
    assert_eq!(mode["violation"]["model"], serde_json::Value::Null);

    let kept = fs::File::open(&history).expect("it was kept");
    let kept = formats::read(kept, &Options::default()).expect("it is a history");
    assert_eq!(kept.operations().len(), 120);
    assert!(check(Model::Atomic, &kept).holds());
    let page = fs::read_to_string(page).expect("it was written");
    assert!(page.starts_with("<!doctype html>"));
}

#[test]
fn a_store_that_is_late_breaks_what_is_expected() {
    let late = |expected: &[&str]| {
        let folder = folder();
        let command = file_store(folder.path(), "late");
        let late = [
            "--command",
            &command,
            "--operations",
            "20",
            "--seconds",
            "600",
            "--clients",
            "1",
        ];
        run(&[&late[..], expected].concat())
    };
    assert_eq!(late(&[]).status.code(), Some(0));
    let output = late(&["--expect", "regular"]);
    assert_eq!(output.status.code(), Some(1));
    let printed = text(&output.stdout);
    for said in [
        "not safe, in 3 operations",
        "stale read",
        "This breaks what is expected: regular.",
    ] {
        assert!(printed.contains(said), "{printed}");
    }
}

/// What is refused has not happened; what is answered by another error, or not at all, may have.
#[test]
fn errors_say_whether_it_happened() {
    let answers = r#"
        n=0
        while read -r line; do
            n=$((n + 1)); id=${line##*\"msg_id\":}; id=${id%%[,\}]*}
            case $line in
            *'"type":"init"'*) body='"type":"init_ok"' ;;
            *'"type":"write"'*) body='"type":"write_ok"' ;;
            *) body='"type":"read_ok","value":0' ;;
            esac
            case $n in
            5|6) body='"type":"error","code":11,"text":"not the leader"' ;;
            7) body='"type":"error","code":13,"text":"crashed"' ;;
            8) continue ;;
            esac
            echo "{\"body\":{$body,\"in_reply_to\":$id}}"
        done"#;
    let output = run(&[
        "--command",
        answers,
        "--operations",
        "10",
        "--seconds",
        "600",
        "--clients",
        "1",
        "--json",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let client = &json(&output)["modes"][0]["clients"][0];
    let counted = ["done", "gave_up", "refused"].map(|name| client[name].as_u64());
    assert_eq!(counted, [Some(6), Some(2), Some(2)]);
}

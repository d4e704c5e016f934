//! `workbench museum`: what it lists, shows and refuses.

use std::process::{Command, Output};

use serde_json::Value;

fn museum(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workbench"));
    command.arg("museum").args(args);
    command.output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("programs print UTF-8")
}

#[test]
fn everything_is_listed_with_its_verdict() {
    let listed = museum(&[]);
    assert_eq!(listed.status.code(), Some(0));
    let listed = text(&listed.stdout);
    for exhibit in museum::exhibits() {
        let line = listed.lines().find(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(exhibit.name)
        });
        let line = line.unwrap_or_else(|| panic!("{} is not listed", exhibit.name));
        assert!(line.contains(&exhibit.truth.to_string()), "{line}");
    }
}

/// What is printed of exhibits of each kind.
#[test]
fn an_exhibit_is_shown_as_it_is() {
    let cases: &[(&[&str], &[&str])] = &[
        (
            &["cpython-end-read"],
            &[
                "Source: python/cpython pull request 121388, 2024",
                "Verdict: not regular in w.r on weak memory",
                "sc       nothing wrong",
                "torn read",
                "T2  sequence -> 0",
                "What mends it: The same sequence lock with both fences",
                "No violation of atomic in any scenario of up to",
            ],
        ),
        (
            &["newer-by-size"],
            &["near a wrap", "with counters about to wrap around"],
        ),
        (&["two-orders"], &["waits for ever"]),
        (&["rcu-no-grace"], &["use after free"]),
        (
            &["std-mutex"],
            &["Inconclusive: it keeps state that I cannot see"],
        ),
        (&["spin", "--code"], &["Verdict: right", "struct SpinLock"]),
    ];
    for (args, expected) in cases {
        let Output { status, stdout, .. } = museum(args);
        let shown = text(&stdout);
        assert_eq!(status.code(), Some(0), "{args:?}\n{shown}");
        for expected in *expected {
            assert!(
                shown.contains(expected),
                "{args:?} lacks {expected}\n{shown}"
            );
        }
    }
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_one() {
    let Output { status, stderr, .. } = museum(&["cpython-end-red"]);
    assert_eq!(status.code(), Some(2));
    assert!(text(&stderr).contains("did you mean cpython-end-read?"));
}

#[test]
fn it_prints_json() {
    for (args, holds) in [
        (&["--json"][..], "rooms"),
        (&["hazard-unchecked", "--json"], "exhibit"),
    ] {
        let Output { status, stdout, .. } = museum(args);
        assert_eq!(status.code(), Some(0));
        let document: Value = serde_json::from_slice(&stdout).expect("it is one JSON document");
        assert_eq!(document["schema"], 1);
        assert_eq!(document["command"], "museum");
        assert!(!document[holds].is_null(), "{document}");
    }
}

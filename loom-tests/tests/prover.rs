//! The command line of the prover: what it prints, and how it ends.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn prove(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loom-prove"));
    // Sentences are compared as they are, not as they are broken.
    let command = command.args(["--width", "1000"]).args(arguments);
    command.output().expect("the prover runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("programs print UTF-8")
}

#[test]
fn the_exit_code_says_how_it_ended() {
    let cases: [(&[&str], i32); 5] = [
        (&["locked", "--scenario", "ww.r"], 0),
        (&["locked", "--scenario", "ww.r", "--memory", "sc"], 0),
        (&["word-by-word", "--scenario", "w.r", "--bound", "1"], 3),
        (
            &[
                "locked",
                "--scenario",
                "w.r",
                "--engine",
                "loom",
                "--bound",
                "1",
            ],
            3,
        ),
        (&["flag-checked-once", "--scenario", "w.r"], 1),
    ];
    for (arguments, code) in cases {
        let Output { status, stderr, .. } = prove(arguments);
        assert_eq!(
            status.code(),
            Some(code),
            "{arguments:?}: {}",
            text(&stderr)
        );
    }
}

#[test]
fn bad_input_is_refused_with_a_sentence() {
    let cases: [(&[&str], &str); 8] = [
        (
            &["locked", "--words", "7", "--scenario", "w.r"],
            "locked is not built in with 7 words: choose 1, 2, 3 or 8",
        ),
        (
            &["locked", "--scenario", "no such file"],
            "cannot read no such file: ",
        ),
        (
            &["two-copies", "--scenario", "w.w.r"],
            "two-copies takes one writer, but Thread 1 and Thread 2 write here: give all writes to one thread",
        ),
        (
            &["locked", "--engine", "loom", "--memory", "sc"],
            "loom's memory is weak: for another one add --engine atlas",
        ),
        (
            &["locked", "--engine", "both", "--memory", "sc,x86"],
            "loom's memory is weak: for another one add --engine atlas",
        ),
        (
            &["locked", "--bound", "256"],
            "write a number from 0 to 255, or `none`",
        ),
        (
            &["locked", "--max-time", "0"],
            "write a number of seconds above 0 and up to 86400",
        ),
        (&["nothing"], "the registers are safe-bit, "),
    ];
    for (arguments, expected) in cases {
        let Output {
            status,
            stdout,
            stderr,
        } = prove(arguments);
        let said = text(&stderr);
        assert_eq!(status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(
            stdout.is_empty(),
            "{arguments:?} prints a result all the same"
        );
    }
}

#[test]
fn a_typed_timeline_is_answered_with_all_joint_outcomes() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("two-reads.txt");
    fs::write(
        &file,
        "init: 0\nThread 1:  wwwwwwww(1)\nThread 2:  rrr  rrr\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let output = prove(&["two-copies", "--words", "1", "--scenario", file]);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stdout);
    let answered = "two-copies by loom, two-reads, weak memory: the reads return together 4 of the 4 combinations \
                    that a register claimed regular may\n    0 0, 0 1, 1 0, 1 1\n";
    assert!(said.contains(answered), "{said}");
    assert!(
        said.contains("new-old inversion: Thread 2's first read returned 1"),
        "{said}"
    );
}

//! The command line of the prover: what it prints, and how it ends.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn prove(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prove"));
    command.args(arguments).output().expect("the prover runs")
}

fn code(arguments: &[&str]) -> Option<i32> {
    prove(arguments).status.code()
}

#[test]
fn the_exit_code_says_how_it_ended() {
    assert_eq!(code(&["locked", "--scenario", "ww.r"]), Some(0));
    assert_eq!(code(&["locked", "--memory", "sc"]), Some(2));
    assert_eq!(
        code(&["locked", "--words", "7", "--scenario", "w.r"]),
        Some(2)
    );
    assert_eq!(code(&["locked", "--scenario", "no such file"]), Some(2));
    let bounded = [
        "word-by-word",
        "--scenario",
        "w.r",
        "--engine",
        "loom",
        "--bound",
        "1",
    ];
    assert_eq!(code(&bounded), Some(3));
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
    let said = String::from_utf8(output.stdout).unwrap();
    let answered = "two-copies by loom, two-reads, weak memory: the reads return together 4 of the 4 combinations \
                    that a register claimed regular may\n    0 0, 0 1, 1 0, 1 1\n";
    assert!(said.contains(answered), "{said}");
    assert!(
        said.contains("new-old inversion: Thread 2's first read returned 1"),
        "{said}"
    );
}

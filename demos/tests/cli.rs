//! The command line as a user meets it: exit codes, errors, JSON, replays that repeat.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn workbench(args: &[&str], input: &[u8]) -> Output {
    run(env!("CARGO_BIN_EXE_workbench"), args, input)
}

fn run(program: &str, args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // Whoever has read enough closes the pipe.
    let _ = child
        .stdin
        .take()
        .expect("it has been piped")
        .write_all(input);
    child.wait_with_output().expect("the program ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("programs print UTF-8")
}

/// Input that no timeline is, and what is said about it.
#[test]
fn bad_input_is_refused_with_one_clear_message() {
    let long = vec![b'r'; 10_000_000];
    let binary: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let cases: &[(&[&str], &[u8], &str)] = &[
        (
            &["timeline", "-"],
            b"",
            "error: standard input: line 1, column 1: there is no operation here",
        ),
        (
            &["timeline", "-"],
            &long,
            "error: standard input: line 1, column 1: the text is longer than 65536 bytes",
        ),
        (
            &["timeline", "-"],
            &binary,
            "error: standard input: line 2, column 118: this is not UTF-8 text",
        ),
        (
            &["timeline", "-"],
            b"\0\x01\x02",
            "error: standard input: line 1, column 1: the character '\\0' has no meaning here",
        ),
        (
            &["timeline", "-"],
            b"init: 0\nwwww(1)\n",
            "error: standard input: line 2, column 1: this line belongs to no thread",
        ),
        (
            &["timeline", "-"],
            b"init: 0\nT1: wwww(1)\nT1:   rr\n",
            "error: standard input: line 3, column 7: Thread 1 invokes an operation",
        ),
        (
            &["timeline", "-"],
            b"init: 0\nT1: ww(1ne)\n",
            "error: standard input: line 2, column 8: `1ne` is not a value",
        ),
        (
            &["timeline", "-", "-r", "locked"],
            b"init: 0\nT1: ww(one)\nT2: rr\n",
            "error: the value one is no whole number",
        ),
        (
            &["timeline", "-", "-r", "two-copies"],
            b"init: 0\nT1: ww(1)\nT2: ww(2)\nT3: rr\n",
            "error: two-copies takes one writer, but Thread 1 and Thread 2 write here",
        ),
        (
            &["timeline", "-", "-r", "locked", "-w", "5"],
            b"init: 0\nT1: ww(1)\nT2: rr\n",
            "error: locked is not built in with 5 words: choose 1, 2, 3 or 8",
        ),
        (
            &["timeline", "no/such/file"],
            b"",
            "error: cannot read no/such/file: ",
        ),
        (
            &["replay", "word-by-word", "-"],
            b"init: 0\nT1: w1w2w(1)\nT2: w3w4w(2)\n",
            "error: standard input: line 3, column 6: mark 3 stands left of mark 2",
        ),
        (
            &["replay", "word-by-word", "-"],
            b"init: 0\nT1: ww(1)\n",
            "error: word-by-word cannot follow this schedule: this timeline has no marks",
        ),
        (
            &["replay", "two-copies", "torn-read"],
            b"",
            "error: two-copies cannot follow this schedule: step 1 is not as scheduled",
        ),
        (
            &["storm", "locked", "--readers", "0"],
            b"",
            "error: stress needs at least one reader",
        ),
        (
            &["storm", "nothing"],
            b"",
            "error: invalid value 'nothing' for '<REGISTER>': the registers are safe-bit, ",
        ),
        (
            &["explain", "seqence-lock"],
            b"",
            "error: invalid value 'seqence-lock' for '<REGISTER>': did you mean sequence-lock",
        ),
        (
            &["storm", "locked", "--readers", "18446744073709551615"],
            b"",
            "error: 18446744073709551615 threads are more than 64",
        ),
        (
            &["--seed", "7", "storm", "locked"],
            b"",
            "error: unexpected argument '--seed' found",
        ),
        (
            &["frobnicate"],
            b"",
            "error: unrecognized subcommand 'frobnicate'",
        ),
    ];
    for (args, input, expected) in cases {
        let Output {
            status,
            stdout,
            stderr,
        } = workbench(args, input);
        let said = text(&stderr);
        assert_eq!(status.code(), Some(2), "{args:?} said {said}");
        assert!(
            said.starts_with(expected),
            "{args:?}\n  said     {said}\n  expected {expected}"
        );
        assert!(!said.contains("panicked"), "{said}");
        assert!(stdout.is_empty(), "{args:?} printed a result all the same");
    }
}

#[test]
fn an_error_shows_the_line_and_points_at_the_column() {
    let Output { stderr, .. } = workbench(&["timeline", "-"], b"init: 0\nT1:  ww(1)  x\n");
    let expected = "\
error: standard input: line 2, column 13: the character 'x' has no meaning here: an operation is a run of `w`, of `r` or of `c`, then perhaps `>`, `:register` and `(value)`
   |
 2 | T1:  ww(1)  x
   |             ^
";
    assert_eq!(text(&stderr), expected);
}

#[test]
fn a_replay_prints_the_same_steps_a_hundred_times_out_of_a_hundred() {
    for (register, schedule) in [
        ("word-by-word", "torn-read"),
        ("two-copies", "new-old-inversion"),
    ] {
        let first = workbench(&["replay", register, schedule], b"");
        assert_eq!(first.status.code(), Some(0));
        for _ in 1..100 {
            assert_eq!(
                workbench(&["replay", register, schedule], b"").stdout,
                first.stdout
            );
        }
        // What is printed is a schedule, and replaying it prints the same once more.
        assert_eq!(
            workbench(&["replay", register, "-"], &first.stdout).stdout,
            first.stdout
        );
    }
}

#[test]
fn every_command_prints_json() {
    let commands: &[&[&str]] = &[
        &["timeline", "--runs", "200", "--seed", "7"],
        &["show", "torn-read"],
        &["show", "new-old-inversion"],
        &["stress", "sequence-lock", "--seconds", "0.1"],
        &["replay", "word-by-word", "torn-read"],
        &["registers"],
        &["explain", "two-copies"],
    ];
    for args in commands {
        let Output {
            status,
            stdout,
            stderr,
        } = workbench(&[args, &["--json"][..]].concat(), b"");
        // On a busy machine no run may come out as drawn, which is inconclusive.
        assert!(
            matches!(status.code(), Some(0 | 3)),
            "{args:?}: {}",
            text(&stderr)
        );
        let document: Value = serde_json::from_slice(&stdout).expect("it is one JSON document");
        assert_eq!(document["schema"], 1, "{args:?}");
        assert_eq!(document["command"], args[0]);
    }
}

/// The short flags of all commands, each with what it is short for.
#[test]
fn a_short_flag_means_the_same_in_every_command() {
    let help = text(&workbench(&["--help"], b"").stdout);
    let listed = help.split("Commands:").nth(1).expect("commands are listed");
    let listed = listed.split("Options:").next().unwrap_or_default();
    let lines = listed
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let commands: Vec<&str> = lines
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"check"), "{commands:?}");
    let mut meanings: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for command in commands.into_iter().filter(|command| *command != "help") {
        let help = text(&workbench(&[command, "--help"], b"").stdout);
        for line in help.lines() {
            let mut words = line.split_whitespace();
            let (Some(short), Some(long)) = (words.next(), words.next()) else {
                continue;
            };
            let short = short.trim_end_matches(',');
            if short.len() == 2 && short.starts_with('-') && long.starts_with("--") {
                meanings
                    .entry(short.to_owned())
                    .or_default()
                    .insert(long.to_owned());
            }
        }
    }
    assert!(meanings.contains_key("-w"), "{meanings:?}");
    let ambiguous: Vec<_> = meanings.iter().filter(|(_, long)| long.len() > 1).collect();
    assert!(ambiguous.is_empty(), "{ambiguous:?}");
}

#[test]
fn completions_and_manual_pages_are_printed() {
    let completions = text(&workbench(&["completions", "bash"], b"").stdout);
    assert!(
        completions.contains("complete -F _workbench"),
        "{completions}"
    );
    let page = text(&workbench(&["man"], b"").stdout);
    assert!(
        page.contains(".TH workbench") && page.contains("classify"),
        "{page}"
    );
    let folder = std::env::temp_dir().join(format!("workbench-man-{}", std::process::id()));
    let output = workbench(&["man", folder.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(folder.join("workbench-check.1").exists());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_mistake_on_the_command_line_is_a_document_too() {
    let output = workbench(&["check", "--frobnicate", "--json"], b"");
    assert_eq!(output.status.code(), Some(2));
    let document: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    assert_eq!(document["outcome"], "error");
    let error = document["error"].as_str().unwrap();
    assert!(
        error.starts_with("unexpected argument '--frobnicate'"),
        "{error}"
    );
}

/// At 80 columns no line of prose or of a table is longer; pictures are as wide as they are.
#[test]
fn what_is_printed_fits_the_screen() {
    for command in [
        "",
        "registers",
        "explain arc",
        "choose",
        "table",
        "chain",
        "lattice",
        "harvest",
        "show torn-read",
    ] {
        let args: Vec<&str> = command
            .split_whitespace()
            .chain(["--width", "80"])
            .collect();
        let printed = text(&workbench(&args, b"").stdout);
        let is_picture = |line: &str| {
            let line = line.trim_start();
            line.starts_with("Thread ") || line.starts_with("cut:") || line.contains("  T")
        };
        for line in printed.lines().filter(|line| !is_picture(line)) {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
    }
}

#[test]
fn options_may_stand_before_the_command() {
    let Output { status, stdout, .. } = workbench(&["--json", "show", "torn-read"], b"");
    assert_eq!(status.code(), Some(0));
    assert!(serde_json::from_slice::<Value>(&stdout).is_ok());
}

/// A read whose value is stated is a condition on the runs that count, not evidence against a register.
#[test]
fn a_stated_value_accuses_nobody() {
    let stated = b"init: 0\nT1:   wwwwwwwwwwwwwwwwwwww(1)\nT2:  rrrrrrrrrr(1)   rrrrr\n";
    let Output { status, stdout, .. } = workbench(&["timeline", "-", "--runs", "1000"], stated);
    assert_eq!(status.code(), Some(0), "{}", text(&stdout));
    let impossible = b"init: 0\nT1:  ww(1)\nT2:         rr(0)   rr\n";
    let Output { status, stdout, .. } = workbench(&["timeline", "-"], impossible);
    assert_eq!(status.code(), Some(0));
    assert!(
        text(&stdout).contains(
            "Not performed: what it states is already more than a safe register may return"
        )
    );
}

#[test]
fn the_seed_is_told() {
    let Output { stdout, .. } = workbench(&["timeline", "--runs", "200", "--seed", "7"], b"");
    assert!(text(&stdout).contains("Seed 7:"));
    let Output { stdout, .. } = workbench(&["timeline", "--runs", "200", "--json"], b"");
    let document: Value = serde_json::from_slice(&stdout).unwrap();
    assert!(document["seed"].is_u64());
}

#[test]
fn colour_comes_only_where_it_is_wanted() {
    let painted = |args: &[&str]| workbench(args, b"").stdout.contains(&0x1b);
    assert!(!painted(&["show", "torn-read"]));
    assert!(painted(&["show", "torn-read", "--color", "always"]));
    assert!(!painted(&["show", "torn-read", "--color", "never"]));
}

#[test]
fn two_writers_five_threads_and_a_crash_are_answered_but_not_performed() {
    let picture = include_bytes!("../pictures/two-writers.txt");
    let Output { status, stdout, .. } = workbench(&["timeline", "-", "--json"], picture);
    assert_eq!(status.code(), Some(0));
    let document: Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(document["answers"]["reads"].as_array().unwrap().len(), 4);
    assert!(document["registers"].as_array().unwrap().is_empty());
    assert!(
        document["not_performed"]
            .as_str()
            .unwrap()
            .contains("takes one writer")
    );
}

#[test]
fn more_combinations_than_can_be_listed_are_inconclusive() {
    let reads = "rr ".repeat(14);
    let crowd: String = (2..7)
        .map(|thread| format!("Thread {thread}:  {reads}\n"))
        .collect();
    let timeline = format!("init: 0\nThread 1:  www(1) www(2) www(3) www(4) www(5)\n{crowd}");
    let Output { status, stdout, .. } =
        workbench(&["timeline", "-", "--runs", "0"], timeline.as_bytes());
    assert_eq!(status.code(), Some(3));
    assert!(text(&stdout).contains("more combinations than can be listed"));
}

#[test]
fn the_small_binaries_meet_their_anomalies() {
    for (program, command) in [
        (env!("CARGO_BIN_EXE_torn-read"), "torn-read"),
        (env!("CARGO_BIN_EXE_new-old-inversion"), "new-old-inversion"),
    ] {
        let Output { status, stdout, .. } = run(program, &["--json"], b"");
        assert_eq!(status.code(), Some(0));
        let document: Value = serde_json::from_slice(&stdout).unwrap();
        assert_eq!(document["command"], command);
        assert!(document["met"].is_string());
        assert_eq!(document["anomaly"], command.replace("-read", ""));
    }
}

#[test]
fn practice_has_names_of_its_own() {
    let explained = |name| text(&workbench(&["explain", name], b"").stdout);
    assert_eq!(explained("seqlock"), explained("sequence-lock"));
    assert!(explained("mutex").contains("Also known as mutex, lock, rwlock."));
}

#[test]
fn an_error_is_a_document_too() {
    let output = workbench(&["--json", "stress", "locked", "--words", "5"], b"");
    assert_eq!(output.status.code(), Some(2));
    let document: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("it prints JSON");
    assert_eq!(document["outcome"], "error");
    assert_eq!(
        document["error"],
        "locked is not built in with 5 words: choose 1, 2, 8, 64 or 512"
    );
}

/// The clients of engines are built by themselves: without them it is said how to build them.
#[test]
fn a_store_is_put_on_the_bench_by_a_program_that_lies_beside() {
    let folder = std::env::temp_dir().join(format!("workbench-alone-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("there is room for temporary files");
    let alone = folder.join("workbench");
    std::fs::copy(env!("CARGO_BIN_EXE_workbench"), &alone).expect("it can be copied");
    let alone = alone.to_str().expect("its name is UTF-8");
    let output = run(alone, &["--json", "store", "redis", "--seconds", "1"], b"");
    assert_eq!(output.status.code(), Some(2));
    let document: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(document["outcome"], "error");
    assert!(text(&output.stderr).contains("cargo build --release -p engines"));

    // What lies beside is told everything but the name of the command.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let beside = folder.join("workbench-store");
        std::fs::write(&beside, "#!/bin/sh\necho \"$@\"\nexit 3\n").expect("it can be written");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&beside, executable).expect("it is the test's own");
        let output = run(alone, &["--json", "store", "redis", "--help"], b"");
        assert_eq!(output.status.code(), Some(3));
        assert_eq!(text(&output.stdout), "--json redis --help\n");
    }
    let _ = std::fs::remove_dir_all(&folder);
}

//! `workbench check` and `workbench convert` as a user meets them, hostile input included.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn spawn(args: &[&str]) -> std::process::Child {
    Command::new(env!("CARGO_BIN_EXE_workbench"))
        // Sentences are compared as they are, not as they are broken.
        .args(["--width", "1000"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

fn workbench(args: &[&str], input: &[u8]) -> Output {
    let mut child = spawn(args);
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

fn example(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("histories")
        .join(name);
    path.to_str().expect("the path is text").to_owned()
}

const EXAMPLES: [&str; 4] = [
    "lost-update.log",
    "not-both.txt",
    "stale-store.edn",
    "two-registers.jsonl",
];

#[test]
fn a_broken_model_is_shown_with_its_smallest_history() {
    let output = workbench(
        &["check", &example("stale-store.edn"), "--model", "atomic"],
        b"",
    );
    let expected = "
6 operations, 1 register of 4 processes, 1 that failed

  model    meets   how decided
  -----------------------------------------------------
  atomic   no      new-old inversion, in 4 operations

  The nemesis did: start-partition.

not atomic

  init: nil
  Thread 0:  wwwww(1)  wwwwwwwwww(2)
  Thread 2:            rrrrr(2)
  Thread 3:                 rrrrr(1)
  Nemesis:        ^start-partition

  new-old inversion: Thread 2's first read returned 2, and Thread 3's first read, invoked after it had completed, \
returned the older 1
  Not atomic since line 12 (6 ms), when Thread 3's first read completed.

  lines of the file   operation
  -------------------------------------------
  3 to 5              the write of 1
  8 to 13             the write of 2
  9 to 10             Thread 2's first read
  11 to 12            Thread 3's first read

  Expected atomic: it is not.
";
    assert_eq!(text(&output.stdout), expected);
    assert_eq!(output.status.code(), Some(1), "what is named is expected");
}

#[test]
fn what_is_expected_decides_the_exit_code() {
    let cases: &[(&str, &[&str], i32)] = &[
        ("stale-store.edn", &["--expect", "atomic"], 1),
        ("stale-store.edn", &["--expect", "linearizable"], 1),
        ("stale-store.edn", &["--expect", "sequential"], 0),
        (
            "stale-store.edn",
            &["--expect", "regular", "--expect", "atomic"],
            1,
        ),
        (
            "stale-store.edn",
            &["--model", "safe", "--expect", "strong-regular"],
            0,
        ),
        (
            "stale-store.edn",
            &["--initial", "7", "--expect", "regular"],
            1,
        ),
        ("two-registers.jsonl", &["--expect", "atomic"], 0),
        ("not-both.txt", &["--expect", "sequential"], 1),
        ("not-both.txt", &["--expect", "causal"], 0),
        ("lost-update.log", &["--expect", "atomic"], 1),
        ("lost-update.log", &["--model", "atomic"], 1),
        ("lost-update.log", &["--model", "atomic", "--no-fail"], 0),
        (
            "lost-update.log",
            &["--model", "atomic", "--expect", "causal"],
            0,
        ),
        ("lost-update.log", &[], 0),
        ("two-registers.jsonl", &["--model", "atomic,causal"], 0),
    ];
    for (name, args, code) in cases {
        let path = example(name);
        let args = [&["check", &path], *args].concat();
        let output = workbench(&args, b"");
        assert_eq!(
            output.status.code(),
            Some(*code),
            "{args:?}: {}",
            text(&output.stderr)
        );
    }
}

#[test]
fn json_tells_every_model_and_the_witness() {
    let output = workbench(
        &[
            "check",
            &example("lost-update.log"),
            "--json",
            "--expect",
            "atomic",
        ],
        b"",
    );
    assert_eq!(output.status.code(), Some(1));
    let document: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let models = document["models"].as_array().expect("it lists models");
    assert_eq!(models.len(), histories::Model::ALL.len());
    let atomic = models.iter().find(|model| model["model"] == "atomic");
    let atomic = atomic.expect("atomic is one of them");
    assert_eq!(atomic["meets"], false);
    let operations = &atomic["violation"]["witness"]["operations"];
    assert_eq!(operations.as_array().map(Vec::len), Some(3));
}

/// Each example in each format that can say it is judged as before.
#[test]
fn a_converted_history_is_judged_as_before() {
    let judged = |args: &[&str], input: &[u8]| -> Vec<(String, Value)> {
        let output = workbench(&[&["check", "--json"], args].concat(), input);
        let document: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        let models = document["models"].as_array().expect("it lists models");
        let model = |model: &Value| (model["model"].to_string(), model["meets"].clone());
        models.iter().map(model).collect()
    };
    for name in EXAMPLES {
        let path = example(name);
        for format in ["notation", "jsonl", "edn", "log"] {
            let output = workbench(&["convert", &path, "--to", format], b"");
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            assert_eq!(
                judged(&["-", "--format", format], &output.stdout),
                judged(&[&path], b""),
                "{name} as {format}:\n{}",
                text(&output.stdout)
            );
            // And its format is found without being told.
            assert_eq!(
                judged(&["-"], &output.stdout),
                judged(&[&path], b""),
                "{name} as {format}"
            );
        }
    }
}

#[test]
fn what_a_format_cannot_say_is_refused_and_no_file_is_touched() {
    let swap =
        br#"{"process":1,"op":"cas","expected":1,"new":2,"swapped":false,"start":1,"end":2}"#;
    let path = std::env::temp_dir().join(format!("workbench-convert-{}", std::process::id()));
    std::fs::write(&path, "kept").expect("there is a place for it");
    let name = path.to_str().expect("the path is text");
    let output = workbench(&["convert", "-", "--to", "log", "-o", name], swap);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(
        said.contains("cannot be said in the format log: choose another, such as edn"),
        "{said}"
    );
    assert_eq!(std::fs::read_to_string(&path).ok().as_deref(), Some("kept"));
    let output = workbench(&["convert", "-", "--to", "edn", "-o", name], swap);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("1 operation written to"));
    let written = std::fs::read_to_string(&path).expect("it was written");
    assert!(written.contains(":swapped false"), "{written}");
    std::fs::remove_file(&path).expect("it is there");
}

/// Input that no history is, and what is said about it.
#[test]
fn hostile_input_is_refused_with_one_clear_message() {
    let deep = [
        b"{:process 1, :type :invoke, :f :read, :error ".as_slice(),
        &[b'['; 100_000],
    ]
    .concat();
    let long = [
        b"{\"process\":1,\"register\":\"".as_slice(),
        &vec![b'x'; 20_000_000],
    ]
    .concat();
    let binary: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let cases: &[(&[u8], &str)] = &[
        (
            b"",
            "standard input: line 1, column 1: there is no operation in this input",
        ),
        (
            b"\0\0",
            "standard input: line 1, column 1: this begins like none of the formats",
        ),
        (
            b"a,b\n1,2\n",
            "standard input: line 1, column 1: this begins like none of the formats",
        ),
        (
            &binary,
            "standard input: line 2, column 118: this is not UTF-8 text",
        ),
        (
            &deep,
            "standard input: line 1, column 100046: the input ends here",
        ),
        (
            &long,
            "standard input: line 1, column 1: what begins here is longer than 1048576 bytes",
        ),
        (
            b"[{:process 1, :type :invoke",
            "standard input: line 1, column 28: the input ends here",
        ),
        (
            b"{\"process\":1,\"op\":\"write\",\"value\":18446744073709551616,\"start\":1}",
            "standard input: line 1, column 35, field value: `18446744073709551616` stands here",
        ),
        (
            b"0 :ok :write 1\n",
            "standard input: line 1, column 1, field :process: process 0 completes an operation that it has not invoked",
        ),
        (
            b"init: 0\nT1: ww(1ne)\n",
            "standard input: line 2, column 8: `1ne` is not a value",
        ),
    ];
    for (input, expected) in cases {
        for command in [&["check", "-"][..], &["convert", "-", "--to", "jsonl"]] {
            let output = workbench(command, input);
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(
                said.starts_with(&format!("error: {expected}")),
                "said     {said}\nexpected {expected}"
            );
            assert!(
                output.stdout.is_empty(),
                "{command:?} printed a result all the same"
            );
        }
    }
    for (args, expected) in [
        (
            &["check", "no/such/file"][..],
            "error: cannot read no/such/file: ",
        ),
        (
            &["check", "-", "--model", "nice"],
            "error: invalid value 'nice' for '--model <MODEL>': `nice` is no model",
        ),
        (
            &["convert", "-", "--to", "csv"],
            "error: invalid value 'csv' for '--to <TO>': `csv` is no format",
        ),
        (&["check", "."], "error: cannot read .: "),
    ] {
        let said = text(&workbench(args, b"").stderr);
        assert!(
            said.starts_with(expected),
            "said     {said}\nexpected {expected}"
        );
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let line = |n: u64| {
        format!(
            "{{\"process\":1,\"op\":\"write\",\"value\":{n},\"start\":{},\"end\":{}}}\n",
            2 * n,
            2 * n + 1
        )
    };
    let input: String = (0..20_000).map(line).collect();
    let mut child = spawn(&["convert", "-", "--to", "edn"]);
    let mut stdin = child.stdin.take().expect("it has been piped");
    let mut stdout = child.stdout.take().expect("it has been piped");
    stdin
        .write_all(input.as_bytes())
        .expect("it reads everything");
    drop(stdin);
    let mut beginning = [0; 10];
    stdout.read_exact(&mut beginning).expect("it writes");
    drop(stdout);
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[test]
fn a_picture_is_judged_by_another_initial_value() {
    let picture = b"T1: rr(5)";
    let cases: &[(&[u8], &str, i32)] = &[
        (picture, "5", 0),
        (picture, "inferred", 0),
        (picture, "7", 1),
        (b"init: 7\nT1: rr(5)", "5", 0),
        (b"init: 5\nT1: rr(5)", "7", 1),
        (picture, "-7", 1),
        (picture, "7x", 2),
    ];
    for (input, initial, code) in cases {
        let args = [
            "check",
            "-",
            "--expect",
            "atomic,safe",
            "--initial",
            initial,
        ];
        let output = workbench(&args, input);
        assert_eq!(output.status.code(), Some(*code), "{initial}: {output:?}");
    }
}

#[test]
fn whoever_closes_the_pipe_still_learns_the_exit_code() {
    let file = example("stale-store.edn");
    for more in [&[][..], &["--json"]] {
        let mut child = spawn(&[&["check", &file, "--expect", "atomic"], more].concat());
        // Closed before anything is written.
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the program ends");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(text(&output.stderr), "");
    }
}

/// A compare-and-swap without completion proves nothing without the write of what it expects.
#[test]
fn the_witness_says_where_a_pending_swap_found_its_value() {
    let history = b"
        0 :invoke :write [0 1]
        0 :ok :write [0 1]
        0 :invoke :cas [0 [1 2]]
        0 :info :cas [0 [1 2]]
        1 :invoke :read [0 nil]
        1 :ok :read [0 2]
        2 :invoke :read [0 nil]
        2 :ok :read [0 1]
    ";
    let output = workbench(&["check", "-", "--model", "atomic"], history);
    let expected = "not atomic

  init: nil
  Thread 0:  wwwww:0(1)  ccccccccccc>:0(1>2)
  Thread 1:              rrrrr:0(2)
  Thread 2:                   rrrrr:0(1)
";
    let found = text(&output.stdout);
    assert!(found.contains(expected), "{found}");
}

#[test]
fn of_evidence_too_large_to_be_looked_at_the_longest_beginning_is_told() {
    // Every write of 1 may be the one that was read; whichever it was, the third read goes back behind it.
    let mut lines = String::from("{\"initial\":0}\n");
    let mut add = |process, op, value, start, end| {
        lines += &format!(
            "{{\"process\":{process},\"op\":\"{op}\",\"value\":{value},\"start\":{start},\"end\":{end}}}\n"
        );
    };
    for at in 0..100 {
        add(10 + at, "write", 1, at, 1000);
    }
    add(9, "write", 2, 0, 1000);
    add(1, "read", 2, 500, 501);
    add(1, "read", 1, 502, 503);
    add(1, "read", 2, 504, 505);
    let output = workbench(
        &["check", "-", "--model", "atomic,sequential"],
        lines.as_bytes(),
    );
    let found = text(&output.stdout);
    for told in [
        "no linearization: when 2 operations had completed, the register could hold 1; Thread 1's third read returned 2",
        "no order: something that is sequential explains what the first 2 to complete found, but not that Thread 1's third read returned 2",
        "A picture of 104 operations is not drawn here",
        "Not atomic since time 505, when Thread 1's third read completed.",
    ] {
        assert!(found.contains(told), "{told}\n{found}");
    }
    assert!(found.lines().all(|line| line.len() < 300), "{found}");
    let output = workbench(&["check", "-", "--json"], lines.as_bytes());
    let document: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let atomic = &document["models"][3]["violation"];
    assert_eq!(atomic["prefix"]["could_hold"], serde_json::json!([1]));
    assert_eq!(atomic["operations"].as_array().map(Vec::len), Some(104));
    assert_eq!(atomic["confirmed"], Value::Null);
}

#[test]
fn a_read_that_does_not_say_what_it_returned_is_a_question() {
    let lines = b"
        {\"process\":1,\"op\":\"write\",\"value\":1,\"start\":1,\"end\":2}
        {\"process\":2,\"op\":\"read\",\"start\":3,\"end\":4}
    ";
    let output = workbench(&["check", "-", "--expect", "strict"], lines);
    let found = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{found}");
    for told in [
        "2 operations, 1 register of 2 processes, 1 question",
        "all but 1 question judged",
        "1 read does not say what it returned: a question, which is not judged.",
        "Expected strict: not decided, since 1 read does not say what was returned.",
    ] {
        assert!(found.contains(told), "{told}\n{found}");
    }
    // What the others say may break a model all the same.
    let broken = [
        lines.as_slice(),
        b"{\"process\":3,\"op\":\"read\",\"value\":7,\"start\":5,\"end\":6}",
    ]
    .concat();
    let args = ["check", "-", "--expect", "safe", "--initial", "0"];
    assert_eq!(workbench(&args, &broken).status.code(), Some(1));
    // Nothing is expected of the whole.
    assert_eq!(workbench(&["check", "-"], lines).status.code(), Some(0));
}

#[test]
fn a_budget_can_be_set_and_what_ended_at_it_is_told() {
    let mut lines = String::from("{\"initial\":0}\n");
    for at in 0..200 {
        let value = at % 4;
        lines += &format!(
            "{{\"process\":{at},\"op\":\"write\",\"value\":{value},\"start\":0,\"end\":{}}}\n",
            1000 + at
        );
    }
    let args = ["check", "-", "--model", "atomic", "--budget"];
    let output = workbench(&[&args[..], &["20"]].concat(), lines.as_bytes());
    let found = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{found}");
    for told in [
        "atomic   unknown   gave up after",
        "Whether it is atomic is not known: tried was every order of the operations on a register that keeps their \
         precedence, and the states ended that.",
        "What may decide it is a larger budget of states, as --budget 10M.",
        "Expected atomic: not decided.",
    ] {
        assert!(found.contains(told), "{told}\n{found}");
    }
    for budget in ["1M", "20s", "1M,20s"] {
        let output = workbench(&[&args[..], &[budget]].concat(), lines.as_bytes());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    }
    let output = workbench(&[&args[..], &["much"]].concat(), b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`much` is no budget"));
}

#[test]
fn an_order_proves_what_is_met_and_an_instant_is_named_where_it_broke() {
    let history = "init: 0\nThread 1:  ww(1)\nThread 2:         rr(0)  rr(1)\n";
    let output = workbench(&["check", "-", "--order"], history.as_bytes());
    let found = text(&output.stdout);
    let order = "An order of the operations that is sequential\n\n     1  Thread 2's first read (0)\n     2  the write of 1\n     3  Thread 2's second read (1)\n";
    assert!(found.contains(order), "{found}");
    let since = "not atomic, not strict since time 19, when Thread 2's first read completed.";
    assert!(found.contains(since), "{found}");
    let output = workbench(&["check", "-", "--order", "--json"], history.as_bytes());
    let report: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    let of = |model: &str| {
        let models = report["models"].as_array().expect("a list").iter();
        models
            .clone()
            .find(|it| it["model"] == model)
            .expect("all are judged")
            .clone()
    };
    assert_eq!(of("atomic")["violation"]["since"], 19);
    let values: Vec<_> = of("sequential")["order"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| it["value"].clone())
        .collect();
    assert_eq!(values, [0, 1, 1]);
    assert!(of("causal")["violation"].is_null() && of("causal")["order"].is_null());
}

/// A folder for one test, which is removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("there is room for a folder");
        Self(path)
    }

    fn with(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("there is room for a file");
        path.to_str().expect("the path is text").to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_history_in_a_folder_of_jepsen_is_judged() {
    let folder = Folder::new("store");
    let path = folder.0.to_str().expect("the path is text").to_owned();
    let output = workbench(&["check", &path], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("is none of history.edn"));
    folder.with("jepsen.log", "this is no history");
    folder.with(
        "history.edn",
        "{:type :invoke, :f :read, :process 0}{:type :ok, :f :read, :value nil, :process 0}",
    );
    let output = workbench(&["check", &path], b"");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn another_initial_value_is_named_where_it_is_all_that_is_missing() {
    let folder = Folder::new("initial");
    let file = folder.with(
        "log",
        "0 :invoke :read nil\n0 :ok :read 7\n0 :invoke :write 7\n0 :ok :write 7\n",
    );
    let output = workbench(&["check", &file, "-m", "atomic"], b"");
    assert_eq!(output.status.code(), Some(1));
    let hint = "If the registers held 7 at first, the history would be atomic: --initial '7' judges it so.";
    assert!(
        text(&output.stdout).contains(hint),
        "{}",
        text(&output.stdout)
    );
    let output = workbench(&["check", &file, "-m", "atomic", "--initial", "7"], b"");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn what_is_unusual_in_a_file_is_noted() {
    let input = b"{:type :invoke, :f :read, :process 0, :time 5}{:type :ok, :f :read, :value nil, :process 0, :time 3}";
    let output = workbench(&["check", "-"], input);
    assert!(
        text(&output.stdout)
            .contains("The time runs backwards at line 1, 1 time in all, by up to 2 ns")
    );
    let output = workbench(&["check", "-", "--json"], input);
    let report: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert!(
        report["notes"][0]
            .as_str()
            .is_some_and(|note| note.starts_with("the time runs backwards"))
    );
}

#[test]
fn a_failed_swap_may_be_taken_for_one_that_found_another_value() {
    let input = b"0 :invoke :write 1\n0 :ok :write 1\n1 :invoke :cas [1 2]\n1 :fail :cas [1 2]\n";
    let output = workbench(&["check", "-", "-m", "atomic"], input);
    assert_eq!(output.status.code(), Some(0));
    let output = workbench(
        &["check", "-", "-m", "atomic", "--failed-swaps-found-another"],
        input,
    );
    assert_eq!(output.status.code(), Some(1));
}

/// A write each 10 ms, and a replica that answers with what was there 25 ms before.
fn lagging() -> String {
    let mut lines = String::new();
    for nth in 0..10_u64 {
        let ms = |at: u64| at * 1_000_000;
        let (begun, ended) = (ms(10 * nth), ms(10 * nth + 1));
        let read = ms(10 * nth + 5);
        let found = match nth.checked_sub(2) {
            Some(before) => before.to_string(),
            None => "nil".to_owned(),
        };
        lines += &format!(
            "{{:type :invoke, :f :write, :value {nth}, :process 0, :time {begun}}}\n\
             {{:type :ok, :f :write, :value {nth}, :process 0, :time {ended}}}\n\
             {{:type :invoke, :f :read, :value nil, :process 1, :time {read}}}\n\
             {{:type :ok, :f :read, :value {found}, :process 1, :time {}}}\n",
            read + 1,
        );
    }
    lines
}

#[test]
fn staleness_is_counted_in_versions_and_in_time() {
    let folder = Folder::new("staleness");
    let file = folder.with("history.edn", &lagging());
    let output = workbench(
        &["check", &file, "-m", "safe", "--no-fail", "--staleness"],
        b"",
    );
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for line in [
        "10 of 10 reads stale (100.0 %), up to 2 versions and 14 ms behind",
        "1 version 1 ####",
        "2 versions 9 ####################################",
        "up to 10 ms 1 ####",
        "Thread 1 10 10 2 14 ms",
        "returned 7, 2 versions behind: the write of 8 had completed 14 ms before it was invoked",
    ] {
        let words: Vec<&str> = said.split_whitespace().collect();
        assert!(words.join(" ").contains(line), "{line} is not in\n{said}");
    }
    let output = workbench(&["check", &file, "--staleness", "--json"], b"");
    let report: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(report["staleness"]["nanoseconds"], 14_000_000);
}

#[test]
fn bounds_of_staleness_decide_the_exit_code() {
    let folder = Folder::new("bounds");
    let edn = folder.with("history.edn", &lagging());
    let jsonl = folder.with(
        "history.jsonl",
        "{\"initial\":0}\n{\"process\":1,\"op\":\"write\",\"value\":1,\"start\":1,\"end\":2}\n\
         {\"process\":2,\"op\":\"read\",\"value\":0,\"start\":5,\"end\":6}\n",
    );
    let unexplained = folder.with("log", "0 :invoke :read nil\n0 :ok :read 7\n");
    let cases: &[(&str, &[&str], i32)] = &[
        (&edn, &["stale<=14ms", "behind<=2"], 0),
        (&edn, &["stale<=13.9ms"], 1),
        (&edn, &["behind<=1"], 1),
        // The unit is not known.
        (&jsonl, &["stale<=3ms"], 3),
        (&jsonl, &["behind<=1"], 0),
        (&unexplained, &["behind<=1"], 3),
        (&edn, &["stale<=14"], 2),
        (&edn, &["fresh<=14"], 2),
    ];
    for (file, expected, code) in cases {
        let expected = expected.join(",");
        let output = workbench(&["check", file, "--expect", &expected], b"");
        assert_eq!(output.status.code(), Some(*code), "{expected}: {output:?}");
    }
    for (unit, code) in [("ms", 0), ("s", 1), ("minutes", 2)] {
        let output = workbench(
            &["check", &jsonl, "--expect", "stale<=3ms", "--unit", unit],
            b"",
        );
        assert_eq!(output.status.code(), Some(code), "{unit}: {output:?}");
    }
}

#[test]
fn a_converted_file_is_replaced_by_a_whole_one_or_not_at_all() {
    let folder = Folder::new("convert");
    let old = folder.with("out.edn", "something else");
    let good = b"init: 0\nT1: ww(1)\n";
    let output = workbench(&["convert", "-", "--to", "edn", "-o", &old], good);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let written = std::fs::read_to_string(&old).expect("it is there");
    assert!(written.contains(":f :write, :value 1"), "{written}");
    let nowhere = folder.0.join("nowhere/out.edn");
    let nowhere = nowhere.to_str().expect("the path is text");
    let output = workbench(&["convert", "-", "--to", "edn", "-o", nowhere], good);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        std::fs::read_dir(&folder.0)
            .expect("it is a folder")
            .count(),
        1
    );
}

const SKEWED: &str = "{\"initial\":0}
{\"process\":1,\"txn\":[[\"r\",\"x\",0],[\"w\",\"y\",1]],\"start\":1,\"end\":4}
{\"process\":2,\"txn\":[[\"r\",\"y\",0],[\"w\",\"x\",1]],\"start\":2,\"end\":3}
";

#[test]
fn transactions_are_judged_by_levels_of_isolation() {
    for (args, code, says) in [
        (&[][..], 0, "T0 --rw x--> T1 --rw y--> T0"),
        (
            &["--expect", "snapshot-isolation"],
            0,
            "Expected snapshot-isolation: it is.",
        ),
        (
            &["--expect", "serializable"],
            1,
            "Expected serializable: it is not.",
        ),
        (
            &["-m", "serializable"],
            1,
            "write skew (G2-item), in 2 transactions",
        ),
        (&["-m", "serializable", "--no-fail"], 0, "not serializable"),
    ] {
        let output = workbench(&[&["check", "-"], args].concat(), SKEWED.as_bytes());
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert!(
            text(&output.stdout).contains(says),
            "{}",
            text(&output.stdout)
        );
    }
    let output = workbench(&["check", "-", "-m", "atomic"], SKEWED.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`atomic` is not for transactions"));
    let output = workbench(&["check", "-", "--staleness"], SKEWED.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    let output = workbench(&["check", &example("stale-store.edn"), "--sessions"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--sessions is for transactions"));
    let output = workbench(&["check", &example("bank.edn"), "--json"], b"");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let broken = &document["levels"][3];
    assert_eq!(broken["violation"]["anomaly"], "lost-update");
    assert_eq!(broken["violation"]["confirmed"], true);
    assert_eq!(broken["evidence"][1]["begun_at"]["line"], 4);
}

#[test]
fn build_servers_are_told_what_broke() {
    let report = std::env::temp_dir().join(format!("workbench-junit-{}.xml", std::process::id()));
    let to = report.to_str().unwrap();
    let args = [
        "check",
        &example("stale-store.edn"),
        "--expect",
        "atomic,regular",
        "--junit",
        to,
        "--github",
    ];
    let output = workbench(&args, b"");
    assert_eq!(output.status.code(), Some(1));
    let xml = std::fs::read_to_string(&report).unwrap();
    std::fs::remove_file(&report).unwrap();
    assert!(
        xml.contains("tests=\"2\" failures=\"1\" errors=\"0\""),
        "{xml}"
    );
    assert!(
        xml.contains("<failure message=\"new-old inversion: Thread 2&apos;s")
            || xml.contains("<failure message=\"new-old inversion: Thread 2's"),
        "{xml}"
    );
    let annotations = text(&output.stderr);
    assert!(annotations.starts_with("::error file="), "{annotations}");
    assert!(
        annotations.contains(",line=12,title=atomic::new-old inversion: "),
        "{annotations}"
    );
    assert_eq!(annotations.lines().count(), 1, "{annotations}");
}

#[test]
fn clocks_that_differ_prove_less() {
    let stale = |gap: u64| {
        let (start, end) = (10 + gap, 15 + gap);
        format!(
            "{{\"initial\":0}}\n{{\"process\":1,\"op\":\"write\",\"value\":1,\"start\":0,\"end\":10}}\n\
             {{\"process\":2,\"op\":\"read\",\"value\":0,\"start\":{start},\"end\":{end}}}\n"
        )
    };
    for (gap, args, code) in [
        (8, &["--unit", "ms"][..], 1),
        (8, &["--unit", "ms", "--clock-skew", "3ms"], 1),
        (8, &["--unit", "ms", "--clock-skew", "4ms"], 0),
        (8, &["--clock-skew", "4ms"], 2),
    ] {
        let output = workbench(
            &[&["check", "-", "--expect", "atomic"], args].concat(),
            stale(gap).as_bytes(),
        );
        assert_eq!(
            output.status.code(),
            Some(code),
            "{args:?} {}",
            text(&output.stderr)
        );
    }
}

#[test]
fn each_register_has_a_line() {
    let history = "
        {:type :invoke, :f :write, :value [x 1], :process 0}
        {:type :ok, :f :write, :value [x 1], :process 0}
        {:type :invoke, :f :read, :value [x nil], :process 1}
        {:type :ok, :f :read, :value [x nil], :process 1}
        {:type :invoke, :f :read, :value [y nil], :process 1}
        {:type :ok, :f :read, :value [y nil], :process 1}
    ";
    let output = workbench(&["check", "-", "-m", "atomic"], history.as_bytes());
    let said = text(&output.stdout);
    assert!(said.contains("1 of 2 registers atomic"), "{said}");
    assert!(said.contains("  x         "), "{said}");
    assert!(said.contains("not even safe"), "{said}");
}

#[test]
fn a_history_becomes_a_picture_for_slides() {
    for (to, begins) in [("svg", "<svg xmlns="), ("tikz", "\\begin{tikzpicture}")] {
        let output = workbench(&["convert", &example("stale-store.edn"), "--to", to], b"");
        assert!(output.status.success());
        assert!(text(&output.stdout).starts_with(begins));
    }
    let output = workbench(
        &["convert", &example("stale-store.edn"), "--to", "png"],
        b"",
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("and pictures are svg and tikz"));
}

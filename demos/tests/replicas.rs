//! The commands about replicas as a user meets them: lessons, exit codes, errors, JSON, seeds.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn workbench(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_workbench"))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("programs print UTF-8")
}

/// The document that a command prints, and its exit code.
fn document(args: &[&str]) -> (Value, Option<i32>) {
    let Output {
        status,
        stdout,
        stderr,
    } = workbench(&[args, &["--json"][..]].concat());
    let document = serde_json::from_slice(&stdout);
    let document = document.unwrap_or_else(|error| panic!("{args:?}: {error}\n{}", text(&stderr)));
    (document, status.code())
}

/// The row of a protocol.
fn row<'a>(document: &'a Value, protocol: &str) -> &'a Value {
    let rows = document["protocols"].as_array().expect("there are rows");
    let row = rows.iter().find(|row| row["protocol"] == protocol);
    row.unwrap_or_else(|| panic!("{protocol} has no row"))
}

#[test]
fn bad_input_is_refused_with_one_clear_message() {
    let delays = concat!(env!("CARGO_TARGET_TMPDIR"), "/not-square.txt");
    std::fs::write(delays, "0.3 38 73\n38 0.3\n73 105 0.3\n").expect("it can be written");
    let not_square = format!("error: {delays}: line 2: 2 delays, but there are 3 lines");
    let cases: &[(&[&str], &str)] = &[
        (
            &["replicas", "raft"],
            "error: invalid value 'raft' for '[PROTOCOL]': the protocols are striped, ",
        ),
        (
            &["replicas", "majority", "--replicas", "8"],
            "error: 8 replicas: there may be 1 to 7",
        ),
        (
            &["replicas", "--replicas", "0"],
            "error: 0 replicas: there may be 1 to 7",
        ),
        (
            &["replicas", "majority", "--scenario", "w.w.r"],
            "error: the protocol takes one writer, but 2 threads write here",
        ),
        (
            &["replicas", "majority-many", "--scenario", "c.r"],
            "error: the protocol has no compare-and-swap",
        ),
        (
            &["replicas", "majority", "--duplicates", "16"],
            "error: 16 of one kind of fault are more than 15",
        ),
        (
            &["replicas", "majority", "--scenario", "no/such/file"],
            "error: cannot read no/such/file: ",
        ),
        (
            &["cap", "--cut", "D"],
            "error: invalid value 'D' for '--cut <CUT>': the replicas are A, B and C",
        ),
        (
            &["failover", "--stop", "a"],
            "error: invalid value 'a' for '--stop <STOP>': the replicas are A, B and C",
        ),
        (&["pacelc", "--delays", delays], &not_square),
        (
            &["pacelc", "--delays", "no/such/file"],
            "error: cannot read no/such/file: ",
        ),
        (
            &["pacelc", "--operations", "3"],
            "error: invalid value '3' for '--operations <OPERATIONS>'",
        ),
        (
            &["harvest", "--down", "101"],
            "error: invalid value '101' for '--down <DOWN>'",
        ),
        (
            &["cap", "--seed", "one"],
            "error: invalid value 'one' for '--seed <SEED>'",
        ),
        (
            &["replicas", "stress", "majority", "--writers", "2"],
            "error: majority takes 1 writer, not 2",
        ),
        (
            &[
                "replicas", "stress", "chain", "--fault", "kill", "--on", "D",
            ],
            "error: there is no replica D: there are A to C",
        ),
        (
            &["replicas", "serve", "majority", "--number", "3"],
            "error: replica 3 of 3: they are counted from 0",
        ),
        (
            &["replicas", "serve", "majority", "--number", "0"],
            "error: where the replicas are is to be said in a line of 3 addresses",
        ),
        (
            &["show", "nothing"],
            "error: invalid value 'nothing' for '<EXHIBIT>'",
        ),
    ];
    for (args, expected) in cases {
        let Output { status, stderr, .. } = workbench(args);
        let said = text(&stderr);
        assert_eq!(status.code(), Some(2), "{args:?} said {said}");
        assert!(
            said.starts_with(expected),
            "{args:?}\n  said     {said}\n  expected {expected}"
        );
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn every_command_prints_json() {
    let commands: &[&[&str]] = &[
        &["replicas", "--scenario", "w.r"],
        &["replicas", "consensus", "--scenario", "w.r"],
        &["cap"],
        &["pacelc", "--operations", "1000"],
        &["harvest", "--down", "1"],
        &["failover"],
        &["show", "stale-leader"],
        &["show", "new-old-inversion"],
    ];
    for args in commands {
        let (document, code) = document(args);
        assert_eq!(code, Some(0), "{args:?}");
        assert_eq!(document["schema"], 1, "{args:?}");
        assert_eq!(document["command"], args[0]);
    }
}

#[test]
fn a_seed_repeats_an_experiment_to_the_last_event() {
    for command in ["cap", "pacelc", "harvest", "failover"] {
        let with = |seed| text(&workbench(&[command, "--seed", seed]).stdout);
        let first = with("7");
        assert_eq!(with("7"), first, "{command}");
        assert_ne!(with("8"), first, "{command}");
        assert!(first.contains("Seed 7"), "{command}");
    }
}

#[test]
fn cut_off_the_one_refuses_and_the_other_is_caught_stale() {
    let (document, code) = document(&["cap"]);
    assert_eq!(code, Some(0));
    for protocol in ["majority-many", "leader", "consensus"] {
        let row = row(&document, protocol);
        assert_eq!(row["side_that_is_cut_off"]["done"], 0, "{row}");
        assert_eq!(row["meets"][0], "atomic", "{row}");
        assert_eq!(row["stale"], 0, "{row}");
    }
    let available = row(&document, "last-writer-wins-sticky");
    let share = &available["side_that_is_cut_off"];
    assert_eq!(share["done"], share["of"]);
    assert!(available["stale"].as_u64() > Some(100), "{available}");
    // Both are drawn, with the cut.
    let [consistent, available] = document["drawn"].as_array().expect("a list").as_slice() else {
        panic!("two are drawn");
    };
    assert!(consistent["violation"].is_null());
    assert_eq!(consistent["done_while_cut_off"]["done"], 0);
    assert!(
        available["violation"]
            .as_str()
            .is_some_and(|it| it.starts_with("stale read"))
    );
    for picture in [consistent, available] {
        let timeline = picture["timeline"].as_str().expect("it is drawn");
        assert!(timeline.contains("A B | C"), "{timeline}");
        assert!(
            timeline.parse::<histories::Timeline>().is_ok(),
            "{timeline}"
        );
    }
}

#[test]
fn another_seed_and_another_cut_show_the_choice() {
    for (seed, cut) in [("1", "A"), ("2", "B"), ("3", "C")] {
        let (document, code) = document(&["cap", "--seed", seed, "--cut", cut]);
        assert_eq!(code, Some(0), "seed {seed}, {cut}");
        let refused = row(&document, "majority-many");
        assert_eq!(refused["side_that_is_cut_off"]["done"], 0, "{refused}");
        let stale = row(&document, "last-writer-wins-sticky");
        assert!(stale["stale"].as_u64() > Some(0), "{stale}");
    }
}

#[test]
fn latency_is_the_price_and_exploring_says_of_what() {
    let (document, code) = document(&["pacelc", "--operations", "5000"]);
    assert_eq!(code, Some(0));
    let field = |protocol: &str, field: &str| row(&document, protocol)[field].clone();
    // Nothing is seen in the run, and exploring knows better.
    assert_eq!(field("majority-no-write-back", "inverted"), 0);
    assert_eq!(
        field("majority-no-write-back", "explored")[0],
        "strong-regular"
    );
    assert_eq!(field("majority", "explored")[0], "atomic");
    // A read takes one round trip to a majority, or two.
    let read = |protocol: &str| {
        field(protocol, "read_p50")[0]
            .as_u64()
            .expect("microseconds")
    };
    assert!((76_000..80_000).contains(&read("majority-no-write-back")));
    assert!((152_000..160_000).contains(&read("majority")));
    assert!(read("primary-nearest") < 3_000 && read("leader-lease") < 3_000);
    assert!(field("primary-nearest", "stale").as_u64() > Some(0));
}

#[test]
fn a_network_of_ones_own_has_as_many_replicas_as_sites() {
    let delays = concat!(env!("CARGO_TARGET_TMPDIR"), "/two-sites.txt");
    std::fs::write(delays, "# here and there\n0.5, 20\n20, 0.5\n").expect("it can be written");
    let (document, code) = document(&["pacelc", "--delays", delays, "--operations", "500"]);
    assert_eq!(code, Some(0));
    assert_eq!(document["sites"].as_array().map(Vec::len), Some(2));
    // A majority of two are both.
    let read = &row(&document, "majority-no-write-back")["read_p50"][0];
    assert!((40_000..45_000).contains(&read.as_u64().expect("microseconds")));
}

#[test]
fn one_shard_of_a_hundred_costs_everything_or_one_percent() {
    let (document, _) = document(&["harvest", "--down", "1"]);
    let policies = &document["lines"][0]["results"];
    assert_eq!(policies[0]["yielded"], 0.0);
    assert_eq!(policies[1]["yielded"], 1.0);
    assert_eq!(policies[1]["harvest"], 0.99);
}

#[test]
fn a_single_copy_is_a_single_point_of_failure() {
    let (document, code) = document(&["failover"]);
    assert_eq!(code, Some(0));
    let gap = |protocol: &str| {
        row(&document, protocol)["gap"]
            .as_u64()
            .expect("microseconds")
    };
    assert_eq!(gap("single-copy"), 2_000_000);
    assert!(gap("leader") < 500_000 && gap("majority-many") < 100_000);
    assert_eq!(document["lost"]["exhibit"], "lost-write");
    assert_eq!(document["lost"]["found"]["messages"], 2);
}

#[test]
fn exit_codes_tell_how_it_ended() {
    let cases: &[(&[&str], i32)] = &[
        (&["replicas", "majority"], 0),
        // A majority counts on what a replica has acknowledged.
        (
            &[
                "replicas",
                "majority",
                "--scenario",
                "w.r",
                "--restarts",
                "1",
            ],
            1,
        ),
        (
            &[
                "replicas",
                "leader",
                "--scenario",
                "w.rr",
                "--suspicions",
                "1",
                "--max-states",
                "1000",
            ],
            3,
        ),
    ];
    for (args, code) in cases {
        assert_eq!(workbench(args).status.code(), Some(*code), "{args:?}");
    }
}

#[test]
fn every_exhibit_is_shown_with_its_picture() {
    let (all, code) = document(&["replicas", "exhibits"]);
    assert_eq!(code, Some(0));
    for exhibit in all["exhibits"].as_array().expect("a list") {
        assert!(exhibit["found"]["timeline"].is_string(), "{exhibit}");
    }
    let Output { status, stdout, .. } = workbench(&["show", "no-write-back"]);
    assert_eq!(status.code(), Some(0));
    let shown = text(&stdout);
    assert!(
        shown.contains("Replica C:  0") && shown.contains("new-old inversion"),
        "{shown}"
    );
}

#[test]
fn the_timeline_is_performed_over_a_network() {
    let (document, _) = document(&["timeline", "--runs", "20", "--seed", "1"]);
    let over_a_network = document["over_a_network"].as_array().expect("a list");
    let inverted = |protocol: &Value| {
        let outcomes = protocol["outcomes"].as_array().expect("a list").iter();
        let is = |it: &&Value| it["anomaly"] == "new-old-inversion" && it["executions"] != 0.0;
        outcomes.filter(is).count()
    };
    let torn = |protocol: &Value| {
        let outcomes = protocol["outcomes"].as_array().expect("a list").iter();
        outcomes.filter(|it| it["anomaly"] == "torn").count()
    };
    let [striped, regular, atomic] = over_a_network.as_slice() else {
        panic!("three protocols");
    };
    assert!(torn(striped) > 0 && torn(regular) == 0 && torn(atomic) == 0);
    assert!(inverted(regular) == 3 && inverted(atomic) == 0);
    assert_eq!(atomic["states"], 831);
}

#[test]
fn a_process_is_killed_and_the_majority_goes_on() {
    let args = [
        "replicas",
        "stress",
        "majority",
        "--processes",
        "--fault",
        "kill",
        "--on",
        "A",
        "--seconds",
        "1",
    ];
    let (document, code) = document(&args);
    assert_eq!(code, Some(0), "{document}");
    assert_eq!(document["keeps_its_claim"], true);
    assert!(document["violation"].is_null());
    assert!(document["operations"].as_u64() > Some(0));
}

#[test]
fn sockets_are_judged_whatever_goes_wrong() {
    for fault in ["hold", "close", "delay"] {
        let args = [
            "replicas",
            "stress",
            "majority-many",
            "--fault",
            fault,
            "--seconds",
            "0.6",
        ];
        let (document, code) = document(&args);
        assert_eq!(code, Some(0), "{fault}: {document}");
        assert!(document["violation"].is_null(), "{fault}: {document}");
    }
}

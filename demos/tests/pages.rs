//! Pages on the command line: one file, always the same, of a size that can be sent, and errors that say what to do.

use std::fs;
use std::process::{Command, Output};

use demos::commands::network_scenes::scene_of;
use pages::Levels;
use workbench::play::STATES;

fn workbench(args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_workbench");
    Command::new(program).args(args).output().expect("it runs")
}

fn page(args: &[&str]) -> String {
    let output = workbench(args);
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).expect("it is text")
}

#[test]
fn the_story_is_one_small_file_and_always_the_same() {
    let story = page(&["play", "--page", "-"]);
    assert!(story.starts_with("<!doctype html>"));
    assert!(story.len() <= 200_000, "{} bytes", story.len());
    assert_eq!(story, page(&["play", "--page", "-"]));
}

#[test]
fn no_page_names_an_address() {
    for args in [
        &["play", "sequence-lock", "--scenario", "w.r", "--page", "-"][..],
        &["play", "locked", "--memory", "weak", "--page", "-"],
    ] {
        let page = page(args);
        let namespace = "http://www.w3.org/2000/svg";
        assert!(!page.replace(namespace, "").contains("://"), "{args:?}");
    }
}

#[test]
fn a_folder_has_every_page() {
    let folder = std::env::temp_dir().join(format!("pages-{}", std::process::id()));
    let name = folder.to_str().expect("it is text");
    let output = workbench(&["page", name, "--json"]);
    assert!(output.status.success(), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let scenes = report["scenes"].as_u64().expect("it is a number");
    assert!(scenes >= 370, "{scenes} scenes");
    let mut size = 0;
    for file in [
        "index.html",
        "play.html",
        "museum.html",
        "timeline.html",
        "history.html",
        "models.html",
    ] {
        let page = fs::read_to_string(folder.join(file)).expect(file);
        assert!(page.contains("Content-Security-Policy"), "{file}");
        size += page.len();
    }
    assert!(size <= 1_600_000, "{size} bytes");
    fs::remove_dir_all(&folder).expect("it is ours");
}

#[test]
fn what_cannot_be_written_or_played_is_said() {
    let output = workbench(&["play", "sequence-lock", "--page", "/nowhere/page.html"]);
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        complaint.contains("name a file in a folder that is there"),
        "{complaint}"
    );

    let output = workbench(&[
        "play",
        "sequence-lock",
        "--scenario",
        "w.w.r",
        "--page",
        "-",
    ]);
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains("writer"), "{complaint}");
}

#[test]
fn a_timeline_is_edited_on_a_page_if_the_page_can_judge_it() {
    let edited = page(&["timeline", "--runs", "0", "--page", "-"]);
    assert!(edited.starts_with("<!doctype html>"));
    assert!(edited.len() <= 64_000, "{} bytes", edited.len());

    let file = std::env::temp_dir().join(format!("two-registers-{}.txt", std::process::id()));
    fs::write(&file, "init: 0\nThread 1:  ww:x(1)\n").expect("it can be written");
    let name = file.to_str().expect("it is text");
    let output = workbench(&["timeline", name, "--page", "-"]);
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains("keep to one register"), "{complaint}");
    fs::remove_file(&file).expect("it is ours");
}

#[test]
fn every_level_of_replicas_is_solved_by_its_solution_and_no_sooner() {
    let levels = Levels::usual().0.into_iter();
    let levels = levels.filter(|it| it.scene.ends_with("/network"));
    let wrong = levels.filter_map(|level| {
        let scene = scene_of(&level.scene, STATES).expect("it is explored");
        let why = level.check(&scene).err()?;
        Some(format!("{why}; the fewest: {:?}", level.fewest(&scene)))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn protocols_and_exhibits_are_played_and_what_is_too_large_is_named() {
    let output = workbench(&[
        "play",
        "--protocol",
        "majority",
        "--protocol",
        "lease",
        "--max-states",
        "1000",
        "--json",
        "--page",
        "/dev/null",
    ]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let scenes = report["scenes"].as_array().expect("there are scenes");
    let keys: Vec<&str> = scenes.iter().filter_map(|it| it["key"].as_str()).collect();
    assert_eq!(keys, ["majority/w.r/network", "majority/w.rr/network"]);
    let left_out = report["left_out"].to_string();
    assert!(
        left_out.contains("stopped at 1,000 states") || left_out.contains("stopped at 1000 states"),
        "{left_out}"
    );

    let output = workbench(&["play", "--protocol", "nonsense", "--page", "-"]);
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        complaint.contains("the protocols and exhibits are striped"),
        "{complaint}"
    );
}

#[test]
fn what_was_proved_stressed_or_set_side_by_side_can_be_looked_at() {
    let asked: [(&[&str], &str); 3] = [
        (
            &["prove", "two-copies", "--scenario", "w.r", "--memory", "sc"],
            "player",
        ),
        (&["stress", "two-copies", "--seconds", "0.05"], "history"),
        (&["table"], "models-page"),
    ];
    for (args, kind) in asked {
        let page = page(&[args, &["--page", "-"]].concat());
        assert!(page.starts_with("<!doctype html>"), "{args:?}");
        assert!(
            page.ends_with("</html>\n"),
            "{args:?}: something stands behind it"
        );
        assert!(
            page.contains(&format!("<body class=\"{kind}\">")),
            "{args:?}"
        );
        assert!(page.len() <= 100_000, "{args:?}: {} bytes", page.len());
    }
}

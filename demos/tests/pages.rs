//! Pages on the command line: one file, always the same, of a size that can be sent, and errors that say what to do.

use std::fs;
use std::process::{Command, Output};

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
    assert!(story.len() <= 300_000, "{} bytes", story.len());
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
    let output = workbench(&["page", name]);
    assert!(output.status.success(), "{output:?}");
    let mut size = 0;
    for file in [
        "index.html",
        "play.html",
        "timeline.html",
        "history.html",
        "models.html",
    ] {
        let page = fs::read_to_string(folder.join(file)).expect(file);
        assert!(page.contains("Content-Security-Policy"), "{file}");
        size += page.len();
    }
    assert!(size <= 3_000_000, "{size} bytes");
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
    assert!(edited.len() <= 130_000, "{} bytes", edited.len());

    let file = std::env::temp_dir().join(format!("two-registers-{}.txt", std::process::id()));
    fs::write(&file, "init: 0\nThread 1:  ww:x(1)\n").expect("it can be written");
    let name = file.to_str().expect("it is text");
    let output = workbench(&["timeline", name, "--page", "-"]);
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains("keep to one register"), "{complaint}");
    fs::remove_file(&file).expect("it is ours");
}

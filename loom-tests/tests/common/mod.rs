//! What the tests share.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::collections::BTreeSet;

use histories::{History, Timeline};
use interleavings::report::Report;
use loom_tests::as_far_as_it_matters;
use registers::scenario::Scenario;

/// The timeline of the study note.
pub(crate) fn note() -> Scenario {
    let picture = "
        init: 0
        Thread 1:      wwwww(1)     wwwww(2)
        Thread 2:   rrrrr                rrrrr
        Thread 3:   rrrrr  rrrrr
    ";
    let timeline: Timeline = picture.parse().unwrap();
    Scenario::drawn("note", &timeline.history)
}

/// `note`, what each thread does, or the operations of a picture with nothing enforced between threads.
pub(crate) fn scenario(text: &str) -> Scenario {
    if text == "note" {
        return note();
    }
    if let Ok(lanes) = text.parse() {
        return lanes;
    }
    let timeline: Timeline = text.parse().unwrap();
    Scenario::drawn(text, &timeline.history).unordered()
}

/// The distinct outcomes, each as a line.
pub(crate) fn outcomes(report: &Report) -> Vec<String> {
    let line = |values: Vec<histories::Value>| {
        let words: Vec<String> = values.iter().map(ToString::to_string).collect();
        words.join(" ")
    };
    report.outcomes().into_keys().map(line).collect()
}

/// The histories that an engine found, drawn as far as loom looks.
pub(crate) fn histories(scenario: &Scenario, report: &Report) -> BTreeSet<String> {
    let drawn = |history: &History| {
        let known = as_far_as_it_matters(scenario, history);
        Timeline::from(known).to_string()
    };
    let found = report.histories.values();
    found.map(|it| drawn(&it.history)).collect()
}

/// The steps of a picture, one a line.
pub(crate) fn steps(timeline: &Timeline) -> Vec<String> {
    timeline.steps.iter().map(ToString::to_string).collect()
}

/// What the first has and the second lacks, a line each.
pub(crate) fn lacking(these: &BTreeSet<String>, those: &BTreeSet<String>) -> String {
    let only: Vec<&str> = these.difference(those).map(String::as_str).collect();
    only.join("\n")
}

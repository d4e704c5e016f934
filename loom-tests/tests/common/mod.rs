//! What the tests share.

use interleavings::report::Report;

/// The distinct outcomes, each as a line.
pub(crate) fn outcomes(report: &Report) -> Vec<String> {
    let line = |values: Vec<histories::Value>| {
        let words: Vec<String> = values.iter().map(ToString::to_string).collect();
        words.join(" ")
    };
    report.outcomes().into_keys().map(line).collect()
}

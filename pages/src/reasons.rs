//! Reasons as a page holds them, so that it can tell them in another language: who did what, by where operations stand there.

use histories::Operation;
use histories::check::{Reason, Why};
use serde_json::{Value as Json, json};

/// A reason, whose operations stand at these places of the page.
pub(crate) fn reason(
    reason: &Reason,
    place: &dyn Fn(usize) -> usize,
    failed: &[Operation],
) -> Json {
    let maybe = |at: &Option<usize>| at.map(place);
    match reason {
        Reason::NeverWritten { read } => json!({ "kind": "never", "read": place(*read) }),
        Reason::Aborted { read, failed: at } => json!({
            "kind": "aborted", "read": place(*read), "process": failed[*at].process,
        }),
        Reason::Torn { read, words } => json!({
            "kind": "torn", "read": place(*read), "words": words.iter().map(maybe).collect::<Vec<_>>(),
        }),
        Reason::Future { read, write } => json!({
            "kind": "future", "read": place(*read), "write": place(*write),
        }),
        Reason::Stale {
            read,
            source,
            overwritten,
        } => json!({
            "kind": "stale", "read": place(*read), "source": maybe(source), "overwritten": place(*overwritten),
        }),
        Reason::Refused { swap, since } => json!({
            "kind": "refused", "read": place(*swap), "since": maybe(since),
        }),
        Reason::Inversion { new, old } => json!({
            "kind": "inversion", "newer": place(*new), "old": place(*old),
        }),
        Reason::Crossing { one, other } => json!({
            "kind": "crossing", "one": one.map(place), "other": other.map(place),
        }),
        Reason::NotInOrder { write, read } => json!({
            "kind": "order", "write": place(*write), "read": place(*read),
        }),
        Reason::Cycle { steps } => {
            let why = |why: &Why| match why {
                Why::Process => "process",
                Why::ReadFrom => "read-from",
                Why::Overwritten { .. } => "overwritten",
                Why::NotYet { .. } => "not-yet",
                Why::Session => "session",
            };
            let steps = steps
                .iter()
                .map(|it| json!([place(it.from), place(it.to), why(&it.why)]));
            json!({ "kind": "cycle", "steps": steps.collect::<Vec<_>>() })
        }
        Reason::NoOrder => json!({ "kind": "none" }),
    }
}

//! Histories up to the exchange of like readers, as coarse explorations find them.

use std::collections::BTreeSet;

use histories::{History, Operation, Process, Timeline};
use interleavings::{Report, Verified};
use registers::scenario::{Precedence, Scenario};

/// What two explorations of a scenario agree in, one of them in coarse steps.
#[track_caller]
pub(crate) fn assert_same_histories(
    scenario: &Scenario,
    fine: &Report,
    coarse: &Verified,
    what: &str,
) {
    let exchanges = scenario.precedence() == Precedence::Recorded;
    let found = fine.histories.values().map(|found| &found.history);
    assert_eq!(
        up_to_exchange(found, exchanges),
        up_to_exchange(coarse.histories.values(), exchanges),
        "{what}: coarse steps and fine ones differ"
    );
}

/// Each history, drawn; of those that differ only in which of several like readers is which, one.
pub(crate) fn up_to_exchange<'a>(
    histories: impl Iterator<Item = &'a History>,
    exchanges: bool,
) -> BTreeSet<String> {
    histories
        .map(|history| {
            let all = if exchanges {
                exchanged(history)
            } else {
                vec![history.clone()]
            };
            let drawn = all.into_iter().map(|it| Timeline::from(it).to_string());
            drawn.min().expect("one of them is the history itself")
        })
        .collect()
}

/// All histories that come of this one when processes that read, and as often, change places.
fn exchanged(history: &History) -> Vec<History> {
    let reads = |process: Process| {
        let operations = history.operations().iter();
        let own: Vec<&Operation> = operations.filter(|op| op.process == process).collect();
        own.iter().all(|op| op.is_read()).then_some(own.len())
    };
    let processes = history.processes();
    let mut all = vec![history.clone()];
    for (at, &one) in processes.iter().enumerate() {
        for &other in &processes[at + 1..] {
            if reads(one).is_some() && reads(one) == reads(other) {
                let swapped: Vec<History> = all.iter().map(|it| swap(it, one, other)).collect();
                all.extend(swapped);
            }
        }
    }
    all
}

/// The history with two processes in each other's places.
fn swap(history: &History, one: Process, other: Process) -> History {
    let place = |process| match process {
        _ if process == one => other,
        _ if process == other => one,
        _ => process,
    };
    let operations = history.operations().iter().map(|op| Operation {
        process: place(op.process),
        ..op.clone()
    });
    History::new(history.initial().clone(), operations).expect("only names have changed")
}

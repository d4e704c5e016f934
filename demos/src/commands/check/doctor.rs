//! Whether it is only the initial value that breaks a model: most histories that surprise their owners take nil for 0.

use std::fs::File;
use std::path::Path;

use histories::formats::{self, Options};
use histories::{Action, History, Initial, Model, Value, check};
use serde::Serialize;

/// Up to so many operations another initial value is tried.
const TRIED: usize = 100_000;

/// Another initial value, and what is met with it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Cure {
    pub(super) value: Value,
    pub(super) meets: Vec<Model>,
}

/// An initial value with which models are met that are broken otherwise.
pub(super) fn cure(
    path: &Path,
    options: &Options,
    history: &History,
    broken: &[Model],
) -> Option<Cure> {
    let is_short = history.operations().len() <= TRIED;
    let is_file = path.metadata().is_ok_and(|it| it.is_file());
    if broken.is_empty() || !is_short || !is_file {
        return None;
    }
    let mut values = vec![Value::nil(), Value::from(0)];
    values.extend(first_found(history));
    values.retain(|value| {
        history
            .registers()
            .any(|register| history.initial_of(register) != value)
    });
    values.dedup();
    let cures = values.into_iter().filter_map(|value| {
        let options = Options {
            initial: Some(Initial::Given(value.clone())),
            ..options.clone()
        };
        let other = formats::read(File::open(path).ok()?, &options).ok()?;
        let is_met = |model: &&Model| check::meets(**model, &other) == Some(true);
        let meets = broken.iter().filter(is_met).copied().collect();
        Some(Cure { value, meets })
    });
    // The first of the best.
    let best = cures.reduce(|best, other| match other.meets.len() > best.meets.len() {
        true => other,
        false => best,
    });
    best.filter(|it| !it.meets.is_empty())
}

/// What was found by that operation which completed first of those that found something.
fn first_found(history: &History) -> Option<Value> {
    let found = history.operations().iter().filter_map(|operation| {
        let value = match &operation.action {
            Action::Read(Some(value)) => value,
            Action::CompareAndSwap {
                expected,
                swapped: Some(true),
                ..
            } => expected,
            _ => return None,
        };
        Some((operation.completed?, value))
    });
    found
        .min_by_key(|&(completed, _)| completed)
        .map(|(_, value)| value.clone())
}

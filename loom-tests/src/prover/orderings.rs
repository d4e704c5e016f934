//! Why is this ordering here? Each one of the sequence lock is taken away, and what breaks is shown.

use std::io;

use demos::explored::Broken;
use demos::screen::Screen;
use histories::Model;
use interleavings::{Limits, MemoryModel, mutants};
use registers::scenario::{Misfit, Scenario};
use serde::Serialize;

/// An ordering, or a step, of the sequence lock, and what breaks without it.
#[derive(Clone, Debug, Serialize)]
pub struct Ordering {
    without: &'static str,
    purpose: &'static str,
    /// Which executions were looked at.
    scenario: String,
    /// How it breaks on sequentially consistent memory; absent if it does not.
    sc: Option<Broken>,
    /// How it breaks on weak memory; absent if it does not.
    weak: Option<Broken>,
}

/// Takes away each ordering and each step of the sequence lock, one at a time.
///
/// # Errors
///
/// Never, as a sequence lock can perform what it is asked here.
pub(super) fn orderings() -> Result<Vec<Ordering>, Misfit> {
    let scenario = Scenario::free(1, &[1]);
    let limits = Limits::default();
    let sc = mutants::sequence_lock::<2>(&scenario, MemoryModel::Sc, &limits)?;
    let weak = mutants::sequence_lock::<2>(&scenario, MemoryModel::Weak, &limits)?;
    let broken = |mutant: &mutants::Mutant| {
        mutant
            .report
            .witnesses
            .get(&Model::Atomic)
            .map(Broken::from)
    };
    let pairs = sc.iter().zip(&weak);
    let ordering = |(sc, weak): (&mutants::Mutant, &mutants::Mutant)| Ordering {
        without: weak.without,
        purpose: weak.purpose,
        scenario: scenario.name().to_owned(),
        sc: broken(sc),
        weak: broken(weak),
    };
    Ok(pairs.map(ordering).collect())
}

/// Draws what breaks without each ordering, and the executions that show it if they are `wanted`.
pub(super) fn draw(orderings: &[Ordering], wanted: bool, screen: &mut Screen) -> io::Result<()> {
    let Some(first) = orderings.first() else {
        return Ok(());
    };
    screen.heading(&format!(
        "What breaks the sequence lock when one thing is taken away, in {}",
        first.scenario
    ))?;
    let name = |broken: &Option<Broken>| match broken {
        None => "nothing".to_owned(),
        Some(broken) => broken
            .sentence
            .split(':')
            .next()
            .unwrap_or_default()
            .to_owned(),
    };
    let row = |it: &Ordering| {
        vec![
            it.without.to_owned(),
            it.purpose.to_owned(),
            name(&it.sc),
            name(&it.weak),
        ]
    };
    let rows: Vec<Vec<String>> = orderings.iter().map(row).collect();
    screen.table(
        &[
            "without",
            "which is there so that",
            "on sc",
            "on weak memory",
        ],
        &rows,
    )?;
    if !wanted {
        return screen.note("--mutants draws each break, access by access.");
    }
    for it in orderings {
        if let Some(broken) = it.sc.as_ref().or(it.weak.as_ref()) {
            screen.heading(&format!("Without {}", it.without))?;
            broken.draw(screen)?;
        }
    }
    Ok(())
}

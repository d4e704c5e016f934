//! Whether the tool comes to the verdict that the label of an exhibit states.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use histories::Model;
use interleavings::scope::{Effort, Scope, Wrong, explore_scope};
use interleavings::{Coverage, Limits, MemoryModel, Variant, Verified, verify};
use registers::scenario::Scenario;
use workbench::classify::{Budget, Classified, Standing, study};

use crate::{Exhibit, Shows, Truth};

/// Enough for every verdict of the museum, in states.
pub const STATES: u64 = 20_000;

/// How much an exhibit may take, in states: so a verdict does not depend on how busy the machine is.
#[must_use]
pub fn budget(states: u64) -> Budget {
    let picture = usize::try_from(states.saturating_mul(2)).unwrap_or(usize::MAX);
    Budget {
        effort: Effort {
            states,
            time: Duration::from_secs(600),
            each: Limits {
                states: picture,
                bytes: 64 << 20,
                ..Limits::default()
            },
            until_not: None,
        },
        picture,
    }
}

/// What the tool says otherwise than the label of an exhibit, if anything.
#[must_use]
pub fn contradiction(exhibit: &Exhibit, states: u64) -> Option<String> {
    let found = match exhibit.truth {
        Truth::Right => accusation(exhibit, &scope(exhibit, states)),
        Truth::Wrong { on, shows, .. } => {
            let mut all = MemoryModel::ALL.into_iter();
            let otherwise = all.find_map(|memory| {
                let found = perform(exhibit, memory, states)?;
                let is_stated = match on.contains(&memory) {
                    true => is_shown(&found, shows),
                    false => !is_shown(&found, shows) && found.coverage == Coverage::Exhaustive,
                };
                (!is_stated).then(|| format!("on {memory} memory {}", outcome(&found)))
            });
            otherwise.or_else(|| acquittal(exhibit, states))
        }
        Truth::Unknowable { why } => match standing(exhibit, states) {
            Standing::Unknown(reason) if reason.contains(why) => None,
            other => Some(format!("{other:?}")),
        },
    };
    found.map(|found| format!("{}: {}, but {found}", exhibit.name, exhibit.truth))
}

/// Explores an exhibit from the smallest scenario on.
#[must_use]
pub fn scope(exhibit: &Exhibit, states: u64) -> Scope {
    explore(exhibit, &budget(states).effort)
}

fn explore(exhibit: &Exhibit, effort: &Effort) -> Scope {
    let subject = (exhibit.subject)();
    let found = explore_scope(&subject, Variant::default(), &[], effort, &mut |_, _| {});
    found.expect("it can perform what it claims")
}

/// What contradicts that an exhibit is what it claims to be, if anything does.
#[must_use]
pub fn accusation(exhibit: &Exhibit, scope: &Scope) -> Option<String> {
    let claimed = Model::from((exhibit.subject)().claims().class);
    let is_met = scope.class() >= Some(claimed) && !scope.wrong.contains_key(&Wrong::Waits);
    let wrong = scope.wrong.iter().map(|(wrong, shown)| {
        let what = workbench::verdict::named(*wrong);
        format!("{what} in {}", shown.scenario.name())
    });
    (!is_met).then(|| wrong.collect::<Vec<_>>().join(", "))
}

/// Explores a wrong exhibit in the scenario of its label, on one memory; nothing for others.
#[must_use]
pub fn perform(exhibit: &Exhibit, memory: MemoryModel, states: u64) -> Option<Verified> {
    let Truth::Wrong {
        scenario,
        near_wrap,
        ..
    } = exhibit.truth
    else {
        return None;
    };
    let scenario: Scenario = scenario.parse().expect("it is a scenario");
    let variant = Variant {
        near_wrap,
        ..Variant::default()
    };
    let limits = budget(states).effort.each;
    let subject = (exhibit.subject)();
    let found = verify(&subject, &scenario, memory, variant, &limits, |_| {});
    Some(found.expect("it can perform the scenario"))
}

/// Whether an exploration shows what is stated: of the classes that are broken, the weakest one.
#[must_use]
pub fn is_shown(found: &Verified, shows: Shows) -> bool {
    match shows {
        Shows::Breaks(model) => {
            found.fails.is_empty() && found.breaks.keys().next() == Some(&model)
        }
        Shows::Fails(kind) => found.fails.contains(&kind),
        Shows::Waits => found.stuck.is_some(),
    }
}

/// What an exploration shows, in a few words: `not regular`, `nothing wrong`.
#[must_use]
pub fn outcome(found: &Verified) -> String {
    let fails = found.fails.iter().map(|&kind| Wrong::Fails(kind));
    let waits = found.stuck.iter().map(|_| Wrong::Waits);
    let breaks = found.breaks.keys().map(|&model| Wrong::Breaks(model));
    let worst = fails.chain(waits).chain(breaks).next();
    match (worst, &found.coverage) {
        (Some(worst), _) => workbench::verdict::named(worst),
        (None, Coverage::Exhaustive) => "nothing wrong".to_owned(),
        (None, Coverage::Bound(bound)) => format!("nothing wrong up to {bound} preemptions"),
        (None, Coverage::Inconclusive(why)) => format!("inconclusive: {why}"),
    }
}

/// Whether whoever explores it from the smallest scenario on is told that it is as advertised, though with many states.
fn acquittal(exhibit: &Exhibit, states: u64) -> Option<String> {
    /// If nothing is found, so many times the states are spent.
    const MORE: u64 = 10;
    let claimed = Model::from((exhibit.subject)().claims().class);
    let is_found = |states: u64| {
        let effort = Effort {
            until_not: Some(claimed),
            ..budget(states).effort
        };
        accusation(exhibit, &explore(exhibit, &effort)).is_some()
    };
    let most = states.saturating_mul(MORE);
    (!is_found(states) && !is_found(most)).then(|| format!("in {most} states nothing is found"))
}

/// What a whole study of an exhibit amounts to.
#[must_use]
pub fn standing(exhibit: &Exhibit, states: u64) -> Standing {
    let subject = (exhibit.subject)();
    let studied = study(&subject, &[], &budget(states), &mut |_, _| {});
    let classified = Classified {
        claims: *subject.claims(),
        words: subject.words(),
        stressed: None,
        studied: Some(studied.expect("it can perform what it claims")),
    };
    classified.standing()
}

/// Judges exhibits on as many threads as there are processors. What is found comes in their order.
pub fn side_by_side<T: Send>(exhibits: &[Exhibit], judge: impl Fn(&Exhibit) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(exhibit) = exhibits.get(at) else {
                return found;
            };
            found.push((at, judge(exhibit)));
        }
    };
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let mut found: Vec<(usize, T)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
        let found = workers.into_iter().map(|it| match it.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        found.flatten().collect()
    });
    found.sort_by_key(|&(at, _)| at);
    found.into_iter().map(|(_, found)| found).collect()
}

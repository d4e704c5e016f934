//! Every exhibit is judged as its label says.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use histories::Model;
use interleavings::scope::{Effort, Wrong, explore_scope};
use interleavings::{Coverage, Limits, MemoryModel, Variant, Verified, verify};
use museum::{Exhibit, Shows, Truth, exhibits, named};
use registers::scenario::Scenario;
use workbench::classify::{Budget, Classified, Standing, study};

/// How much each exhibit may take, in states: so a verdict does not depend on how busy the machine is.
fn effort(states: u64) -> Effort {
    Effort {
        states,
        time: Duration::from_secs(600),
        each: limits(states),
        until_not: None,
    }
}

fn limits(states: u64) -> Limits {
    Limits {
        states: 2 * states as usize,
        bytes: 64 << 20,
        ..Limits::default()
    }
}

/// What is wrong with the verdict on an exhibit, if anything is.
fn misjudged(exhibit: &Exhibit, states: u64) -> Option<String> {
    let found = match exhibit.truth {
        Truth::Right => accused(exhibit, states),
        Truth::Wrong { .. } => shown_otherwise(exhibit, states).or_else(|| acquitted(exhibit, states)),
        Truth::Unknowable { why } => match standing(exhibit, states) {
            Standing::Unknown(reason) if reason.contains(why) => None,
            other => Some(format!("{other:?}")),
        },
    };
    found.map(|found| format!("{}: {:?}, but {found}", exhibit.name, exhibit.truth))
}

/// What contradicts that an exhibit is what it claims to be, if anything does.
fn accused(exhibit: &Exhibit, states: u64) -> Option<String> {
    let subject = (exhibit.subject)();
    let scope = explore_scope(&subject, Variant::default(), &[], &effort(states), &mut |_, _| {});
    let scope = scope.expect("it can be performed");
    let claimed = Model::from(subject.claims().class);
    let is_met = scope.class() >= Some(claimed) && !scope.wrong.contains_key(&Wrong::Waits);
    (!is_met).then(|| format!("{:#?}", scope.wrong))
}

/// What comes out otherwise than stated in the scenario of the label, on any memory: it has to go wrong on those that are
/// stated, and on no other.
fn shown_otherwise(exhibit: &Exhibit, states: u64) -> Option<String> {
    let Truth::Wrong {
        shows,
        scenario,
        near_wrap,
        on,
    } = exhibit.truth
    else {
        return None;
    };
    let subject = (exhibit.subject)();
    let scenario: Scenario = scenario.parse().expect("it is a scenario");
    let variant = Variant {
        near_wrap,
        ..Variant::default()
    };
    MemoryModel::ALL.into_iter().find_map(|memory| {
        let found = verify(&subject, &scenario, memory, variant, &limits(states), |_| {});
        let found = found.expect("it can be performed");
        let weakest = found.breaks.keys().next();
        let is_shown = match shows {
            Shows::Breaks(model) => found.fails.is_empty() && weakest == Some(&model),
            Shows::Fails(kind) => found.fails.contains(&kind),
            Shows::Waits => found.stuck.is_some(),
        };
        let is_as_stated = match on.contains(&memory) {
            true => is_shown,
            false => !is_shown && found.coverage == Coverage::Exhaustive,
        };
        let Verified {
            coverage, fails, ..
        } = &found;
        let stuck = found.stuck.is_some();
        (!is_as_stated).then(|| {
            format!("on {memory} memory, {coverage:?}: it breaks {weakest:?}, fails by {fails:?}, waits: {stuck}")
        })
    })
}

/// Whether whoever explores it from the smallest scenario on is told that it is as advertised.
fn acquitted(exhibit: &Exhibit, states: u64) -> Option<String> {
    let subject = (exhibit.subject)();
    let claimed = Model::from(subject.claims().class);
    let effort = Effort {
        until_not: Some(claimed),
        ..effort(states)
    };
    let scope = explore_scope(&subject, Variant::default(), &[], &effort, &mut |_, _| {});
    let scope = scope.expect("it can be performed");
    let is_contradicted = scope.class() < Some(claimed) || scope.wrong.contains_key(&Wrong::Waits);
    (!is_contradicted).then(|| format!("with {states} states nothing is found"))
}

fn standing(exhibit: &Exhibit, states: u64) -> Standing {
    let subject = (exhibit.subject)();
    let budget = Budget {
        effort: effort(states),
        picture: 2 * states as usize,
    };
    let studied = study(&subject, &[], &budget, &mut |_, _| {}).expect("it can be performed");
    let classified = Classified {
        claims: *subject.claims(),
        words: subject.words(),
        stressed: None,
        studied: Some(studied),
        disagreements: Vec::new(),
    };
    classified.standing()
}

/// What all exhibits amount to, in their order, found on as many threads as there are processors.
fn each<T: Send>(judge: impl Fn(&Exhibit) -> T + Sync) -> Vec<T> {
    let exhibits = exhibits();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        while let Some(exhibit) = exhibits.get(next.fetch_add(1, Ordering::Relaxed)) {
            let begun = Instant::now();
            found.push((exhibit.name, judge(exhibit)));
            // Shown with --nocapture.
            println!("{:>7.2} s  {}", begun.elapsed().as_secs_f64(), exhibit.name);
        }
        found
    };
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
        let found = workers.into_iter().map(|it| it.join().expect("no judge panics"));
        found.flatten().map(|(_, found)| found).collect()
    })
}

#[test]
fn every_exhibit_is_judged_as_its_label_says() {
    let misjudged: Vec<String> = each(|it| misjudged(it, 20_000)).into_iter().flatten().collect();
    assert!(misjudged.is_empty(), "\n{}\n", misjudged.join("\n"));
}

/// The whole study, with the effort that a user spends: no wrong one ends as advertised, no right one is accused.
#[test]
#[ignore = "it takes minutes"]
fn a_user_gets_the_same_verdicts() {
    let misjudged: Vec<String> = each(|exhibit| {
        let standing = standing(exhibit, 100_000);
        let is_right = match (exhibit.truth, &standing) {
            (Truth::Right, Standing::Meets) => true,
            (Truth::Wrong { .. }, Standing::Fails(_) | Standing::Waits | Standing::Less(_)) => true,
            (_, Standing::Unknown(_)) => true,
            _ => false,
        };
        (!is_right).then(|| format!("{}: {:?}, but {standing:?}", exhibit.name, exhibit.truth))
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(misjudged.is_empty(), "\n{}\n", misjudged.join("\n"));
}

#[test]
fn labels_are_complete() {
    let mut names = BTreeSet::new();
    for exhibit in exhibits() {
        let Exhibit { name, .. } = exhibit;
        assert!(names.insert(name), "{name} is there twice");
        assert!(!exhibit.title.is_empty() && !exhibit.about.is_empty() && !exhibit.source.is_empty());
        assert!(exhibit.url.is_none_or(|url| url.starts_with("https://")), "{name}");
        assert!(exhibit.code().contains("impl<M: Memory"), "{name}");
        if let Some(twin) = exhibit.twin {
            let twin = named(twin).unwrap_or_else(|| panic!("{name} has no twin {twin}"));
            assert_eq!(twin.truth, Truth::Right, "{name}");
            assert!(matches!(exhibit.truth, Truth::Wrong { .. }), "{name}");
        }
    }
}

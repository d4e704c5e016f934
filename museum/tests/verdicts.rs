//! Every exhibit is judged as its label says.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use interleavings::scope::{Effort, Wrong};
use museum::{Exhibit, Truth, exhibits, named};
use workbench::classify::{Budget, Classified, Standing, study};

/// How much each exhibit may take, in states: so a verdict does not depend on how busy the machine is.
const STATES: u64 = 20_000;

fn classify(exhibit: &Exhibit) -> Classified {
    let subject = (exhibit.subject)();
    let budget = Budget {
        effort: Effort {
            states: STATES,
            time: Duration::from_secs(600),
            ..Effort::default()
        },
        ..Budget::default()
    };
    let studied = study(&subject, &[], &budget, &mut |_, _| {}).expect("it can be performed");
    Classified {
        claims: *subject.claims(),
        words: subject.words(),
        stressed: None,
        studied: Some(studied),
        disagreements: Vec::new(),
    }
}

/// What is wrong with the verdict on an exhibit, if anything is.
fn misjudged(exhibit: &Exhibit) -> Option<String> {
    let classified = classify(exhibit);
    let standing = classified.standing();
    let wrong = &classified.studied.as_ref().expect("it was studied").scope.wrong;
    let found = match exhibit.truth {
        Truth::Right => match standing {
            Standing::Meets | Standing::Unknown(_) => return None,
            accused => format!("accused: {accused:?}"),
        },
        Truth::Unknowable { why } => match standing {
            Standing::Unknown(reason) if reason.contains(why) => return None,
            other => format!("not unknown because {why}: {other:?}"),
        },
        Truth::Wrong {
            shows,
            scenario,
            near_wrap,
            on,
        } => match wrong.get(&Wrong::from(shows)) {
            Some(shown) => {
                let is_as_stated = shown.scenario.name() == scenario
                    && shown.near_wrap == near_wrap
                    && shown.on == on
                    && standing == standing_of(shows);
                if is_as_stated {
                    return None;
                }
                format!(
                    "{standing:?}, shown in {} (near wrap: {}) on {:?}",
                    shown.scenario.name(),
                    shown.near_wrap,
                    shown.on
                )
            }
            None => format!("not shown: {standing:?}, {:?}", wrong.keys()),
        },
    };
    Some(format!("{}: {:?}, but {found}", exhibit.name, exhibit.truth))
}

fn standing_of(shows: museum::Shows) -> Standing {
    match shows {
        museum::Shows::Breaks(model) => Standing::Less(model),
        museum::Shows::Fails(kind) => Standing::Fails(kind),
        museum::Shows::Waits => Standing::Waits,
    }
}

/// Judges exhibits on as many threads as there are processors.
fn all_misjudged(exhibits: &[Exhibit]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let judge = || {
        let mut found = Vec::new();
        while let Some(exhibit) = exhibits.get(next.fetch_add(1, Ordering::Relaxed)) {
            let begun = std::time::Instant::now();
            found.extend(misjudged(exhibit));
            if std::env::var_os("MUSEUM_TIMES").is_some() {
                eprintln!("{:>8.2} s  {}", begun.elapsed().as_secs_f64(), exhibit.name);
            }
        }
        found
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(judge)).collect();
        let found = workers.into_iter().map(|it| it.join().expect("no judge panics"));
        found.flatten().collect()
    })
}

#[test]
fn every_exhibit_is_judged_as_its_label_says() {
    let misjudged = all_misjudged(&exhibits());
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

//! Every exhibit is judged as its label says.

use std::collections::BTreeSet;

use interleavings::MemoryModel;
use museum::judge::{self, STATES};
use museum::{Exhibit, Truth, exhibits, gaps, named, nearest};
use workbench::classify::Standing;

/// What is wrong with the verdicts on some exhibits, found side by side.
fn misjudged(exhibits: &[Exhibit], judge: impl Fn(&Exhibit) -> Option<String> + Sync) -> String {
    let found = judge::side_by_side(exhibits, judge);
    found.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

#[test]
fn every_exhibit_is_judged_as_its_label_says() {
    let misjudged = misjudged(&exhibits(), |it| judge::contradiction(it, STATES));
    assert!(misjudged.is_empty(), "\n{misjudged}\n");
}

/// The whole study, who waits for whom included: no wrong one ends as advertised, no right one is accused.
#[test]
#[ignore = "it takes ten minutes"]
fn a_whole_study_gives_the_same_verdicts() {
    let misjudged = misjudged(&exhibits(), |exhibit| {
        let standing = judge::standing(exhibit, STATES);
        let is_right = match exhibit.truth {
            _ if matches!(standing, Standing::Unknown(_)) => true,
            Truth::Right => standing == Standing::Meets,
            Truth::Wrong { .. } => {
                matches!(
                    standing,
                    Standing::Fails(_) | Standing::Waits | Standing::Less(_)
                )
            }
            Truth::Unknowable { .. } => false,
        };
        (!is_right).then(|| format!("{}: {}, but {standing:?}", exhibit.name, exhibit.truth))
    });
    assert!(misjudged.is_empty(), "\n{misjudged}\n");
}

/// Load buffering is not explored, so who needs it to go wrong is not caught, as every verdict says.
#[test]
fn what_takes_load_buffering_is_missed() {
    let [buffered, _] = gaps()[..] else {
        panic!("there are two gaps");
    };
    assert!(matches!(buffered.truth, Truth::Wrong { .. }));
    let scope = judge::scope(&buffered, STATES);
    assert_eq!(judge::accusation(&buffered, &scope), None);
}

/// A swap that fails stores all the same, so whoever waits adds a message with each try, and there is no end of states.
#[test]
fn who_stores_while_waiting_is_not_explored_to_the_end() {
    let [_, swapping] = gaps()[..] else {
        panic!("there are two gaps");
    };
    assert_eq!(swapping.truth, Truth::Right);
    let scope = judge::scope(&swapping, STATES);
    assert_eq!(judge::accusation(&swapping, &scope), None);
    let on_weak = |scenario: &str| {
        let found = scope.unfinished();
        let mut found = found.filter(|(it, _)| it.memory == MemoryModel::Weak);
        found.any(|(it, _)| it.scenario.name() == scenario)
    };
    assert!(on_weak("w·r·r") && on_weak("w·w·r"));
}

#[test]
fn labels_are_complete() {
    let mut names = BTreeSet::new();
    for exhibit in exhibits() {
        let Exhibit { name, .. } = exhibit;
        assert!(names.insert(name), "{name} is there twice");
        assert!(
            !exhibit.title.is_empty() && !exhibit.about.is_empty() && !exhibit.source.is_empty()
        );
        assert!(
            exhibit.url.is_none_or(|url| url.starts_with("https://")),
            "{name}"
        );
        assert!(exhibit.code().contains("impl<M: Memory"), "{name}");
        if let Some(twin) = exhibit.twin {
            let twin = named(twin).unwrap_or_else(|| panic!("{name} has no twin {twin}"));
            assert_eq!(twin.truth, Truth::Right, "{name}");
            assert!(matches!(exhibit.truth, Truth::Wrong { .. }), "{name}");
        }
    }
}

#[test]
fn a_name_that_is_almost_right_is_understood() {
    for (typed, meant) in [
        ("peterson-swop", "peterson-swap"),
        ("std-mutx", "std-mutex"),
        ("epoch-too", "epoch-too-early"),
    ] {
        assert_eq!(nearest(typed).name, meant);
    }
}

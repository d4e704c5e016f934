//! What the player's page holds is what was explored, and its levels can be solved.

use interleavings::play::Scene;
use interleavings::{Limits, MemoryModel, Variant, survey};
use pages::{Goal, Levels, Player};
use registers::catalogue::Register;
use workbench::play::{SCENARIOS, STATES, Stage, scene_of};
use workbench::prove;

#[test]
fn scenes_have_the_states_and_executions_of_the_atlas() {
    for register in Register::LADDER {
        let subject = register.subject(2).unwrap();
        for name in SCENARIOS {
            let scenario = prove::scenario(name).unwrap();
            for memory in MemoryModel::ALL {
                let limits = Limits::default();
                let scene =
                    Scene::of(&subject, &scenario, memory, Variant::default(), &limits).unwrap();
                let report = survey(&subject, &scenario, memory, &limits).unwrap().report;
                let what = format!("{register} {name} {memory}");
                assert_eq!(Some(scene.states.len() as u64), report.states, "{what}");
                assert_eq!(scene.executions, report.executions, "{what}");
                let broken = |state: &interleavings::play::State| {
                    let past = &scene.pasts[state.past as usize];
                    past.violations.iter().map(|it| it.model)
                };
                for model in histories::Model::CLASSES {
                    let is_broken = scene
                        .states
                        .iter()
                        .any(|it| broken(it).any(|it| it == model));
                    assert_eq!(is_broken, !report.meets(model), "{what}: {model}");
                }
            }
        }
    }
}

#[test]
fn every_level_is_solved_by_its_solution_and_no_sooner() {
    let levels = Levels::usual().0.into_iter();
    // Those of replicas are played where the program has both.
    for level in levels.filter(|it| !it.scene.ends_with("/network")) {
        let (scene, _) = scene_of(&level).unwrap();
        level.check(&scene).unwrap();
    }
}

#[test]
fn a_wrong_solution_solves_no_level() {
    let mut levels = Levels::usual().0;
    let level = levels.iter_mut().find(|it| it.id == "torn-read").unwrap();
    let (scene, _) = scene_of(level).unwrap();
    level.solution.pop();
    assert!(
        level
            .check(&scene)
            .unwrap_err()
            .contains("does not reach the goal")
    );
    level.solution.push('z');
    assert!(level.check(&scene).unwrap_err().contains("no choice z"));
    level.goal = Goal::Never {
        model: "regular".to_owned(),
    };
    assert!(
        level
            .check(&scene)
            .unwrap_err()
            .contains("breaks the class")
    );
}

#[test]
fn a_page_is_always_the_same_file() {
    let page = || {
        let mut stage = Stage::new(STATES);
        let scenario = prove::scenario("w.r").unwrap();
        let subject = Register::SequenceLock.subject(2).unwrap();
        stage.add(&subject, std::slice::from_ref(&scenario), &MemoryModel::ALL);
        stage.add_weakened(&subject, &scenario, MemoryModel::Weak);
        assert_eq!(stage.scenes.len(), 7);
        stage.player.html()
    };
    assert_eq!(page(), page());
}

#[test]
fn what_cannot_be_played_is_named_with_the_reason() {
    let mut stage = Stage::new(100);
    let subject = Register::SequenceLock.subject(2).unwrap();
    let scenarios = ["w.r.r", "w.w.r"].map(|name| prove::scenario(name).unwrap());
    stage.add(&subject, &scenarios, &[MemoryModel::Sc]);
    assert!(stage.scenes.is_empty());
    assert!(
        stage.left_out[0].contains("stopped at 100 states"),
        "{:?}",
        stage.left_out
    );
    assert!(stage.left_out[1].contains("writer"), "{:?}", stage.left_out);
}

#[test]
fn levels_without_their_scene_are_not_shown() {
    let mut player = Player::default();
    player.set_levels(Levels::usual());
    assert!(!player.html().is_empty());
}

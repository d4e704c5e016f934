//! Levels: what there is to find out by playing, from a torn read to why a fence is where it is.

use std::collections::VecDeque;

use histories::Model;
use interleavings::play::Scene;
use serde::{Deserialize, Serialize};

/// A text in the languages of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// English.
    pub en: String,
    /// Korean.
    pub ko: String,
}

impl Words {
    /// A text in both.
    pub fn new(en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            ko: ko.into(),
        }
    }
}

/// The levels, in the order in which they are to be played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Levels(pub Vec<Level>);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// What it is called in links.
    pub id: String,
    /// The scene, as [`key`](crate::key) names it.
    pub scene: String,
    /// What has to be reached.
    pub goal: Goal,
    /// What it is called.
    pub title: Words,
    /// What is asked.
    pub text: Words,
    /// What helps.
    pub hint: Words,
    /// What was learnt by it.
    pub learnt: Words,
    /// The choices that reach the goal, one letter each; none where the goal is that nothing does.
    pub solution: String,
}

/// What has to be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Goal {
    /// A history that breaks a class.
    Breaks {
        /// Its name.
        model: String,
    },
    /// A history with such an anomaly.
    Anomaly {
        /// Its name: `torn read`.
        name: String,
    },
    /// A history in which operations return these values; null for one that may return anything.
    Returns {
        /// For each operation of the scene.
        values: Vec<Option<String>>,
    },
    /// An execution in which the register itself goes wrong.
    Fails,
    /// That a class is never broken: every state has to be looked at.
    Never {
        /// Its name.
        model: String,
    },
}

impl Levels {
    /// Those of the workbench.
    ///
    /// # Panics
    ///
    /// Never: a test reads them.
    #[must_use]
    pub fn usual() -> Self {
        serde_json::from_str(include_str!("../web/levels.json")).expect("a test reads them")
    }
}

impl Level {
    /// Whether playing the solution in this scene reaches the goal, and no sooner; of a goal that nothing reaches, whether
    /// no state of the scene does.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in a sentence.
    pub fn check(&self, scene: &Scene) -> Result<(), String> {
        if let Goal::Never { .. } = self.goal {
            let broken = (0..scene.states.len()).any(|state| self.goal.holds(scene, state, false));
            return match broken {
                true => Err(format!("{}: some state breaks the class", self.id)),
                false => Ok(()),
            };
        }
        let mut state = 0;
        let mut failed = false;
        for (at, letter) in self.solution.chars().enumerate() {
            let step = at + 1;
            if self.goal.holds(scene, state, failed) {
                return Err(format!(
                    "{}: the goal is reached before step {step}",
                    self.id
                ));
            }
            let choice = letter.to_digit(36).map(|it| it as usize);
            let edge = choice.and_then(|choice| scene.states[state].edges.get(choice));
            let Some(&(step, target)) = edge else {
                return Err(format!("{}: step {step} has no choice {letter}", self.id));
            };
            failed = scene.steps[step as usize].fails.is_some();
            state = target as usize;
        }
        match self.goal.holds(scene, state, failed) {
            true => Ok(()),
            false => Err(format!("{}: the solution does not reach the goal", self.id)),
        }
    }

    /// The fewest choices that reach the goal; none if nothing does.
    #[must_use]
    pub fn fewest(&self, scene: &Scene) -> Option<String> {
        let mut from: Vec<Option<(usize, usize)>> = vec![None; scene.states.len()];
        let mut open = VecDeque::from([0]);
        while let Some(state) = open.pop_front() {
            for (choice, &(step, target)) in scene.states[state].edges.iter().enumerate() {
                let target = target as usize;
                if target == 0 || from[target].is_some() {
                    continue;
                }
                from[target] = Some((state, choice));
                let failed = scene.steps[step as usize].fails.is_some();
                if self.goal.holds(scene, target, failed) {
                    let before = |&at: &usize| from[at].map(|(before, _)| before);
                    let way = std::iter::successors(Some(target), before);
                    let choices = way.filter_map(|at| from[at].map(|(_, choice)| choice));
                    let mut choices: Vec<usize> = choices.collect();
                    choices.reverse();
                    let letter = |choice: usize| char::from_digit(choice as u32, 36);
                    return choices.into_iter().map(letter).collect();
                }
                open.push_back(target);
            }
        }
        None
    }
}

impl Goal {
    /// Whether it is reached in a state; `failed` says whether the register has gone wrong on the way.
    fn holds(&self, scene: &Scene, state: usize, failed: bool) -> bool {
        let past = &scene.pasts[scene.states[state].past as usize];
        let breaks = |name: &str| {
            let model = Model::CLASSES.into_iter().find(|it| it.name() == name);
            past.violations.iter().any(|it| Some(it.model) == model)
        };
        match self {
            Self::Breaks { model } | Self::Never { model } => breaks(model),
            Self::Anomaly { name } => past.violations.iter().any(|it| it.anomaly.name() == name),
            Self::Returns { values } => values.iter().zip(&past.returned).all(|(wanted, found)| {
                let found = found.as_ref().map(ToString::to_string);
                wanted.is_none() || *wanted == found
            }),
            Self::Fails => failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_its_texts_in_both_languages() {
        let Levels(levels) = Levels::usual();
        assert!((12..=20).contains(&levels.len()), "{}", levels.len());
        for level in &levels {
            for words in [&level.title, &level.text, &level.hint, &level.learnt] {
                assert!(
                    !words.en.is_empty() && words.en.is_ascii(),
                    "{}: {words:?}",
                    level.id
                );
                let is_korean = |letter: char| ('가'..='힣').contains(&letter);
                assert!(words.ko.chars().any(is_korean), "{}: {words:?}", level.id);
            }
        }
    }

    #[test]
    fn no_two_levels_have_one_name() {
        let Levels(levels) = Levels::usual();
        let mut names: Vec<&str> = levels.iter().map(|it| it.id.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), levels.len());
    }
}

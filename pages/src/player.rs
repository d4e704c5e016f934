//! The page on which one plays the scheduler.

use std::collections::BTreeMap;

use interleavings::Mutation;
use interleavings::play::Scene;
use registers::memory::Site;
use serde_json::{Value as Json, json};

use crate::encode::packed;
use crate::levels::Levels;
use crate::shell::{Page, web};
use crate::{scene, source};

/// A page with scenes to play in.
///
/// ```
/// use interleavings::play::Scene;
/// use interleavings::{Limits, MemoryModel, Variant};
/// use pages::Player;
/// use registers::safe::WordByWord;
/// use registers::scenario::Scenario;
/// use registers::subject::Subject;
///
/// let register = Subject::of::<WordByWord, 2>();
/// let scenario = Scenario::free(1, &[1]);
/// let mut player = Player::default();
/// for memory in MemoryModel::ALL {
///     let scene = Scene::of(&register, &scenario, memory, Variant::default(), &Limits::default())?;
///     player.add(&scene, None);
/// }
/// let page = player.html();
/// assert!(page.starts_with("<!doctype html>"));
/// assert!(page.len() < 200_000);
/// # Ok::<(), interleavings::play::Unplayable>(())
/// ```
#[derive(Debug, Default)]
pub struct Player {
    scenes: Vec<(Listed, String)>,
    sites: Vec<Site>,
    levels: Option<Levels>,
}

/// A scene in the list of scenes.
#[derive(Debug)]
struct Listed {
    key: String,
    changed: Option<String>,
    entry: Json,
}

impl Player {
    /// Adds a scene, and says how links name it. `changed` is what is changed in the register, if anything is. A scene that
    /// is there already is not added again.
    pub fn add(&mut self, of: &Scene, changed: Option<&Mutation>) -> String {
        let changed_to = changed.map(ToString::to_string);
        let mut key = key(of, changed);
        let mut alike = 1;
        while let Some(known) = self.scenes.iter().find(|(listed, _)| listed.key == key) {
            if known.0.changed == changed_to {
                return key;
            }
            alike += 1;
            key = self::key(of, changed).replacen('/', &format!("-{alike}/"), 1);
        }
        let entry = json!({
            "key": key,
            "register": of.register,
            "changed": changed_to,
            "scenario": of.scenario,
            "memory": of.medium.name(),
            "claims": of.claims.name(),
            "states": of.states.len(),
        });
        self.sites.extend(of.sites());
        let payload = packed(&scene::scene(of, changed));
        let listed = Listed {
            key: key.clone(),
            changed: changed_to,
            entry,
        };
        self.scenes.push((listed, payload));
        key
    }

    /// Whether there is such a scene.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.scenes.iter().any(|(listed, _)| listed.key == key)
    }

    /// Adds those levels whose scenes are there.
    pub fn set_levels(&mut self, levels: Levels) {
        let there = levels.0.into_iter().filter(|level| self.has(&level.scene));
        self.levels = Some(Levels(there.collect()));
    }

    /// The whole page.
    #[must_use]
    pub fn html(&self) -> String {
        let sources: BTreeMap<_, _> = source::excerpts(self.sites.iter().copied());
        let scenes: Vec<&Json> = self
            .scenes
            .iter()
            .map(|(listed, _)| &listed.entry)
            .collect();
        let contents = json!({
            "scenes": scenes,
            "levels": self.levels,
            "sources": sources,
        });
        let mut data = vec![(
            "contents".to_owned(),
            packed(contents.to_string().as_bytes()),
        )];
        for (listed, payload) in &self.scenes {
            data.push((format!("scene:{}", listed.key), payload.clone()));
        }
        let page = Page {
            title: "Play the scheduler".to_owned(),
            kind: "player",
            body: include_str!("../web/player.html"),
            scripts: vec![
                web!("columns.js"),
                web!("graph.js"),
                web!("played.js"),
                web!("schedule.js"),
                web!("sentences.js"),
                web!("score.js"),
                web!("map.js"),
                web!("code.js"),
                web!("panels.js"),
                web!("player.js"),
            ],
            data,
        };
        page.html()
    }
}

/// How links name a scene: `two-copies/w.rr/weak`, or `sequence-lock~fence-release-left-out/w.r/weak` of a register in which
/// something is changed. Of several changes that are worded alike, the second is called `...-2` in a page.
#[must_use]
pub fn key(scene: &Scene, changed: Option<&Mutation>) -> String {
    let scenario = scene.scenario.replace('·', ".");
    let memory = scene.medium.name();
    let changed = changed.map_or_else(String::new, |changed| {
        let said = changed.to_string();
        let change = said
            .split_once("  ")
            .map_or(said.as_str(), |(_, change)| change);
        let words = change.split(|letter: char| !letter.is_ascii_alphanumeric());
        let words: Vec<String> = words
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        format!("~{}", words.join("-"))
    });
    format!("{}{changed}/{scenario}/{memory}", scene.register)
}

//! Scenes of replicas: protocols and exhibits in which whoever plays says which message arrives next.

use std::time::Duration;

use interleavings::Limits;
use interleavings::play::Scene;
use pages::Levels;
use registers::scenario::Scenario;
use replicas::catalogue::{Listed, Use};
use replicas::every::{Setup, Unplayable, scene};
use replicas::exhibits::Exhibit;
use replicas::machine::Explorable;
use workbench::cli::Failure;
use workbench::play::Stage;
use workbench::prove;

/// What links call the medium of these scenes.
const NETWORK: &str = "/network";

/// A protocol in its scenarios, or an exhibit in its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnAStage {
    /// A protocol that is built in.
    Protocol(Listed),
    /// Something that goes wrong.
    Exhibit(Exhibit),
}

/// The scenarios in which a protocol is played if none is asked for.
const SCENARIOS: [&str; 2] = ["w.r", "w.rr"];

impl OnAStage {
    /// All of them: protocols, weakest first, and then exhibits.
    pub fn all() -> impl Iterator<Item = Self> {
        let protocols = Listed::ALL.iter().copied().map(Self::Protocol);
        protocols.chain(Exhibit::ALL.iter().copied().map(Self::Exhibit))
    }

    /// The one of this name.
    ///
    /// # Errors
    ///
    /// If there is none; says which there are.
    pub fn named(name: &str) -> Result<Self, String> {
        Self::all().find(|it| it.name() == name).ok_or_else(|| {
            let names: Vec<String> = Self::all().map(Self::name).collect();
            format!("the protocols and exhibits are {}", names.join(", "))
        })
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Protocol(protocol) => protocol.name(),
            Self::Exhibit(exhibit) => exhibit.name().to_owned(),
        }
    }

    /// In what it is played.
    fn scenarios(self, asked_for: &[Scenario]) -> Result<Vec<Scenario>, Failure> {
        match self {
            Self::Protocol(_) if !asked_for.is_empty() => Ok(asked_for.to_vec()),
            Self::Protocol(_) => SCENARIOS.iter().map(|name| prove::scenario(name)).collect(),
            Self::Exhibit(exhibit) => Ok(vec![prove::scenario(exhibit.scenario())?]),
        }
    }

    /// Its scene in a scenario, of at most so many states.
    fn scene(self, scenario: &Scenario, states: usize) -> Result<Scene, Unplayable> {
        let limits = Limits {
            states,
            time: Duration::from_secs(60),
            ..Limits::default()
        };
        match self {
            Self::Protocol(protocol) => {
                let setup = Setup {
                    limits,
                    ..Setup::default()
                };
                protocol.with(Explore(scenario, &setup))
            }
            Self::Exhibit(exhibit) => {
                let setup = Setup {
                    limits,
                    ..exhibit.setup()
                };
                let explored = exhibit.with(Explore(scenario, &setup));
                explored.map(|scene| Scene {
                    register: exhibit.name().to_owned(),
                    ..scene
                })
            }
        }
    }
}

/// Explores a protocol.
struct Explore<'a>(&'a Scenario, &'a Setup);

impl Use for Explore<'_> {
    type Output = Result<Scene, Unplayable>;

    fn of<P: Explorable>(self, protocol: &P) -> Self::Output {
        scene(protocol, self.0, self.1)
    }
}

/// Adds protocols and exhibits to a page; what is too large, or does not fit, is left out.
///
/// # Errors
///
/// If a scenario of an exhibit cannot be read.
pub fn add(
    stage: &mut Stage,
    all: impl IntoIterator<Item = OnAStage>,
    scenarios: &[Scenario],
    states: usize,
) -> Result<(), Failure> {
    for it in all {
        for scenario in it.scenarios(scenarios)? {
            match it.scene(&scenario, states) {
                Ok(scene) => stage.list(&scene, None),
                Err(why) => stage.left_out.push(why.to_string()),
            }
        }
    }
    Ok(())
}

/// Adds the scenes of those levels that are played over a network.
///
/// # Errors
///
/// If a level names no scene, or one that cannot be explored.
pub fn add_levels(stage: &mut Stage, levels: &Levels, states: usize) -> Result<(), Failure> {
    for level in &levels.0 {
        if level.scene.ends_with(NETWORK) && !stage.player.has(&level.scene) {
            stage.list(&scene_of(&level.scene, states)?, None);
        }
    }
    Ok(())
}

/// The scene that links call so: `majority/w.rr/network`.
///
/// # Errors
///
/// If there is none, or if it cannot be explored.
pub fn scene_of(key: &str, states: usize) -> Result<Scene, Failure> {
    let mut parts = key.split('/');
    let (Some(name), Some(scenario)) = (parts.next(), parts.next()) else {
        let why = format!("`{key}` names no scene of replicas");
        return Err(Failure::Impossible(why.into()));
    };
    let named = OnAStage::named(name).map_err(|why| Failure::Impossible(why.into()))?;
    let scenario = prove::scenario(scenario)?;
    let explored = named.scene(&scenario, states);
    explored.map_err(|why| Failure::Impossible(Box::new(why)))
}

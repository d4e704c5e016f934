//! Scenes for the page on which one plays the scheduler: which registers, in which scenarios, on which memories.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use histories::check::Checker;
use histories::{History, Model, Timeline};
use interleavings::play::{Scene, Unplayable};
use interleavings::{Limits, MemoryModel, Mutation, Variant};
use pages::{Level, Levels, Player, Recorded, Sketch};
use registers::catalogue::Register;
use registers::scenario::Scenario;
use registers::subject::Subject;
use serde::Serialize;

use crate::cli::Failure;
use crate::demonstrations::{NOTE, built_in};
use crate::prove::{self, Question};

/// So many states a scene may have: its page opens in a second or two.
pub const STATES: usize = 100_000;

/// The scenarios that are played if none is asked for.
pub const SCENARIOS: [&str; 3] = ["w.r", "w.rr", "note"];

/// A page that is being filled with scenes.
#[derive(Debug)]
pub struct Stage {
    /// The page.
    pub player: Player,
    /// The scenes that are there.
    pub scenes: Vec<Listed>,
    /// The scenes that were asked for and are not there, each with the reason.
    pub left_out: Vec<String>,
    limits: Limits,
}

/// A scene of the page.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// How links name it.
    pub key: String,
    /// How many states there are.
    pub states: usize,
    /// How many steps lead from one to another.
    pub edges: usize,
    /// How many executions stand behind them.
    pub executions: f64,
}

impl Stage {
    /// An empty page, whose scenes may have so many states each.
    #[must_use]
    pub fn new(states: usize) -> Self {
        Self {
            player: Player::default(),
            scenes: Vec::new(),
            left_out: Vec::new(),
            limits: Limits {
                states,
                time: Duration::from_secs(60),
                ..Limits::default()
            },
        }
    }

    /// Adds a register in each of these scenarios on each of these memories. What it cannot perform, or what is too large,
    /// is [left out](Self::left_out).
    pub fn add(&mut self, subject: &Subject, scenarios: &[Scenario], memories: &[MemoryModel]) {
        self.add_as(subject.claims().name, subject, scenarios, memories);
    }

    /// The same under another name than that of the register.
    pub fn add_as(
        &mut self,
        name: &str,
        subject: &Subject,
        scenarios: &[Scenario],
        memories: &[MemoryModel],
    ) {
        for scenario in scenarios {
            for &memory in memories {
                match self.explore(subject, scenario, memory, None) {
                    Ok(scene) => {
                        let register = name.to_owned();
                        self.list(&Scene { register, ..scene }, None);
                    }
                    Err(why) => self.left_out.push(why.to_string()),
                }
            }
        }
    }

    /// Adds a register in a scenario with each ordering that it has there weakened by a notch, one at a time.
    pub fn add_weakened(&mut self, subject: &Subject, scenario: &Scenario, memory: MemoryModel) {
        let weaker = match self.explore(subject, scenario, memory, None) {
            Ok(scene) => scene.weaker,
            Err(why) => return self.left_out.push(why.to_string()),
        };
        for mutation in weaker {
            match self.explore(subject, scenario, memory, Some(mutation)) {
                Ok(scene) => self.list(&scene, Some(&mutation)),
                Err(why) => self.left_out.push(format!("{mutation}: {why}")),
            }
        }
    }

    /// Adds the levels, each with its scene.
    ///
    /// # Errors
    ///
    /// If a scene of one cannot be explored.
    pub fn add_levels(&mut self, levels: Levels) -> Result<(), Failure> {
        for level in &levels.0 {
            if !self.player.has(&level.scene) {
                let (scene, changed) = scene_of(level)?;
                self.list(&scene, changed.as_ref());
            }
        }
        self.player.set_levels(levels);
        Ok(())
    }

    fn explore(
        &self,
        subject: &Subject,
        scenario: &Scenario,
        memory: MemoryModel,
        mutation: Option<Mutation>,
    ) -> Result<Scene, Unplayable> {
        let variant = Variant {
            mutation,
            ..Variant::default()
        };
        Scene::of(subject, scenario, memory, variant, &self.limits)
    }

    /// Adds a scene that was explored elsewhere; `changed` is what is changed in its register, if anything is.
    pub fn list(&mut self, scene: &Scene, changed: Option<&Mutation>) {
        let key = self.player.add(scene, changed);
        if self.scenes.iter().all(|it| it.key != key) {
            self.scenes.push(Listed {
                key,
                states: scene.states.len(),
                edges: scene.edges(),
                executions: scene.executions,
            });
        }
    }
}

/// The page of a timeline that can be edited; if it is the note's, one key leads to the fact that the note is about: that
/// Thread 3 reads 1 and then 0.
///
/// # Errors
///
/// If there is more in it than the page can judge.
pub fn sketch(timeline: &Timeline) -> Result<Sketch, Failure> {
    let sketch = Sketch::new(&timeline.history);
    let sketch = match timeline.history == built_in(NOTE).history {
        true => sketch.and_then(|it| it.with_inversion(&timeline.history, 3)),
        false => sketch,
    };
    sketch.map_err(|why| Failure::Impossible(Box::new(why)))
}

/// The page of a history, judged by all models.
#[must_use]
pub fn history_page(title: &str, history: &History) -> String {
    let mut page = Recorded::new(title, history);
    let mut checker = Checker::new(history);
    for model in Model::ALL {
        let verdict = checker.verdict(model);
        let violation = verdict.violation();
        let meets = match (verdict.holds(), violation) {
            (true, _) => Some(true),
            (false, Some(_)) => Some(false),
            (false, None) => None,
        };
        page.judge(model, meets, violation.map(Into::into));
    }
    page.measure();
    page.html()
}

/// Writes a page with what is to be proved: the scenario that is asked for, or those in which the register is known to go
/// wrong, and the usual ones; with each ordering weakened, if that is asked for.
///
/// # Errors
///
/// If the scenario cannot be read, if there is nothing to be played, or if the page cannot be written.
pub fn write_question(question: &Question, file: &Path) -> Result<(), Failure> {
    let memories = question.memories();
    let states = usize::try_from(question.max_states).unwrap_or(usize::MAX);
    let mut stage = Stage::new(states.min(STATES));
    let registers = match &question.register {
        Some(register) => std::slice::from_ref(register),
        None => Register::ALL,
    };
    for register in registers {
        let words = question.words.unwrap_or(register.usual_width());
        let subject = register.subject(words)?;
        let scenarios = match question.wanted()? {
            Some(wanted) => vec![wanted],
            None => {
                let names = register.shown_in().into_iter().chain(SCENARIOS);
                names.map(prove::scenario).collect::<Result<_, _>>()?
            }
        };
        stage.add(&subject, &scenarios, &memories);
        for scenario in scenarios.iter().filter(|_| question.weaken) {
            for &memory in &memories {
                stage.add_weakened(&subject, scenario, memory);
            }
        }
    }
    if stage.scenes.is_empty() {
        return Err(Failure::Impossible(stage.left_out.join("; ").into()));
    }
    write(&stage.player.html(), file)
}

/// Writes a page with one register: in the usual scenarios, or in these alone, on these memories; and in the scenarios in
/// which something was seen to go wrong.
///
/// # Errors
///
/// If there is nothing to be played, or if the page cannot be written.
pub fn write_register(
    subject: &Subject,
    alone: Option<&Scenario>,
    shown_in: &[&str],
    memories: &[MemoryModel],
    file: &Path,
) -> Result<(), Failure> {
    let mut stage = Stage::new(STATES);
    match alone {
        Some(scenario) => stage.add(subject, std::slice::from_ref(scenario), memories),
        None => {
            for name in shown_in.iter().chain(&SCENARIOS) {
                stage.add(subject, &[prove::scenario(name)?], memories);
            }
        }
    }
    if stage.scenes.is_empty() {
        return Err(Failure::Impossible(stage.left_out.join("; ").into()));
    }
    write(&stage.player.html(), file)
}

/// The scene of a level, and what is changed in its register.
///
/// # Errors
///
/// If there is no such scene, or if it cannot be explored.
pub fn scene_of(level: &Level) -> Result<(Scene, Option<Mutation>), Failure> {
    let nonsense = || {
        let why = format!("level {}: `{}` names no scene", level.id, level.scene);
        Failure::Impossible(why.into())
    };
    let mut parts = level.scene.split('/');
    let (Some(register), Some(scenario), Some(memory), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(nonsense());
    };
    let (name, is_changed) = match register.split_once('~') {
        Some((name, _)) => (name, true),
        None => (register, false),
    };
    let register = Register::named(name).ok_or_else(nonsense)?;
    let memory = MemoryModel::ALL.into_iter().find(|it| it.name() == memory);
    let memory = memory.ok_or_else(nonsense)?;
    let subject = register.subject(register.usual_width())?;
    let scenario = prove::scenario(scenario)?;
    let stage = Stage::new(STATES);
    let explore = |mutation| {
        let explored = stage.explore(&subject, &scenario, memory, mutation);
        explored.map_err(|why| Failure::Impossible(Box::new(why)))
    };
    let scene = explore(None)?;
    if !is_changed {
        return Ok((scene, None));
    }
    for mutation in scene.weaker {
        let changed = explore(Some(mutation))?;
        if pages::key(&changed, Some(&mutation)) == level.scene {
            return Ok((changed, Some(mutation)));
        }
    }
    Err(nonsense())
}

/// Whether a page was written to the standard output. Then it stands there alone: no report is printed behind it.
static IS_ON_STDOUT: AtomicBool = AtomicBool::new(false);

/// Whether a page was written to the standard output.
pub(crate) fn is_on_stdout() -> bool {
    IS_ON_STDOUT.load(Ordering::Relaxed)
}

/// Writes a page to a file, or to the standard output if the path is `-`.
///
/// # Errors
///
/// If it cannot be written.
pub fn write(html: &str, file: &Path) -> Result<(), Failure> {
    if file == Path::new("-") {
        io::stdout().lock().write_all(html.as_bytes())?;
        IS_ON_STDOUT.store(true, Ordering::Relaxed);
        return Ok(());
    }
    fs::write(file, html).map_err(|error| Failure::Unwritable {
        path: file.to_owned(),
        error,
        hint: "name a file in a folder that is there",
    })
}

//! What explorations found: drawn as tables and pictures, and judged.

use std::collections::BTreeMap;
use std::io;

use histories::{Model, Value};
use interleavings::report::{Engine, MemoryModel};
use interleavings::{Bound, Bounds};
use registers::catalogue::Register;
use serde::Serialize;

use crate::cli::{self, Outcome, SCHEMA};
use crate::explored::{Broken, Explored, HEADER, draw_witness};
use crate::needed::Needed;
use crate::screen::{Screen, plural};

/// What all explorations found.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    schema: u32,
    command: &'static str,
    /// Where engines differ: a fault of one of them.
    pub disagreements: Vec<String>,
    /// One for each register, scenario, memory and engine.
    pub explored: Vec<Explored>,
    /// What was not explored, and why.
    pub skipped: Vec<Skipped>,
    /// What each ordering of the register is there for, if that was asked.
    pub needed: Option<Needed>,
    #[serde(skip)]
    pub(super) asked_for_all: bool,
    #[serde(skip)]
    draw_needed: bool,
}

/// What was not explored, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Skipped {
    /// The register.
    pub register: &'static str,
    /// The scenarios; none, if it is all of them.
    pub scenarios: Vec<String>,
    /// Why.
    pub why: String,
}

impl Proof {
    pub(super) fn new(asked_for_all: bool, draw_needed: bool) -> Self {
        Self {
            schema: SCHEMA,
            command: "prove",
            disagreements: Vec::new(),
            explored: Vec::new(),
            skipped: Vec::new(),
            needed: None,
            asked_for_all,
            draw_needed,
        }
    }

    pub(super) fn skip(&mut self, register: Register, why: String) {
        self.leave_out(register, &[], why);
    }

    pub(super) fn leave_out(&mut self, register: Register, scenarios: &[&str], why: String) {
        self.skipped.push(Skipped {
            register: register.name(),
            scenarios: scenarios.iter().map(|&name| name.to_owned()).collect(),
            why,
        });
    }

    /// The registers, in order, each with all that was found of it.
    fn by_register(&self) -> Vec<&[Explored]> {
        self.explored
            .chunk_by(|a, b| a.register == b.register)
            .collect()
    }

    /// How many steps of its own an operation takes, for each register the most that any scenario shows on sequentially
    /// consistent memory, and what that amounts to.
    fn draw_steps(&self, screen: &mut Screen) -> io::Result<()> {
        let row = |explored: &&[Explored]| -> Option<Vec<String>> {
            let known = explored.iter().filter(|it| it.memory == MemoryModel::Sc);
            let bounds = known.filter_map(|it| it.bounds);
            let bounds = bounds.reduce(Bounds::and)?;
            let shown = |bound: Bound| bound.to_string();
            Some(vec![
                explored[0].register.to_owned(),
                bounds.read.guarantee().to_string(),
                shown(bounds.read.alone),
                shown(bounds.read.among_others),
                bounds.write.guarantee().to_string(),
                shown(bounds.write.alone),
                shown(bounds.write.among_others),
            ])
        };
        let rows: Vec<Vec<String>> = self.by_register().iter().filter_map(row).collect();
        if rows.is_empty() {
            return Ok(());
        }
        screen.heading("Steps of its own that an operation takes, at most: with all others stopped anywhere, and with all running")?;
        screen.table(
            &[
                "register",
                "reads",
                "alone",
                "among others",
                "writes",
                "alone",
                "among others",
            ],
            &rows,
        )?;
        screen.note("A step is an access to a word or a lock.")
    }

    /// The first witness against a model.
    fn witness(explored: &[Explored], model: Model) -> Option<(&Explored, &Broken)> {
        let mut witnesses = explored
            .iter()
            .filter_map(|it| Some((it, it.broken.get(&model)?)));
        witnesses.next()
    }

    /// The memories that show in a scenario what `shows` says.
    fn shown_on(
        explored: &[Explored],
        scenario: &str,
        shows: impl Fn(&Explored) -> bool,
    ) -> Vec<MemoryModel> {
        let in_it = explored.iter().filter(|it| it.scenario == scenario);
        let mut on: Vec<MemoryModel> = in_it.filter(|it| shows(it)).map(|it| it.memory).collect();
        on.sort_unstable();
        on.dedup();
        on
    }

    /// What the reads of drawn timelines return together.
    fn draw_outcomes(&self, screen: &mut Screen) -> io::Result<()> {
        /// How many combinations are listed.
        const LISTED: usize = 16;
        for explored in self.explored.iter().filter(|it| it.drawn) {
            let mut outcomes: Vec<String> = explored.outcomes.iter().map(|it| line(it)).collect();
            let Explored {
                register,
                engine,
                scenario,
                memory,
                claims,
                ..
            } = explored;
            let returned = outcomes.len();
            let returned = match explored.allowed {
                Some(allowed) => {
                    format!(
                        "{returned} of the {allowed} combinations that a register claimed {claims} may"
                    )
                }
                None => format!(
                    "{returned} combinations; a register claimed {claims} may return anything"
                ),
            };
            screen.gap()?;
            screen.text(&format!(
                "{register} by {engine}, {scenario}, {memory} memory: the reads return together {returned}"
            ))?;
            if outcomes.len() > LISTED {
                outcomes.truncate(LISTED);
                outcomes.push("...".to_owned());
            }
            screen.text(&format!("  {}", outcomes.join(", ")))?;
        }
        Ok(())
    }

    /// What each register lets through, and what it is not.
    fn draw_witnesses(&self, screen: &mut Screen) -> io::Result<()> {
        for explored in self.by_register() {
            let claims = explored[0].claims;
            if let Some((of, fault)) = explored
                .iter()
                .find_map(|it| Some((it, it.faults.first()?)))
            {
                screen.heading(&format!("{} goes wrong by itself", of.register))?;
                let on = Self::shown_on(explored, &of.scenario, |it| !it.faults.is_empty());
                draw_witness(screen, of, fault, &on)?;
                continue;
            }
            let kept = Model::CLASSES.into_iter().filter(|&model| model <= claims);
            let contradicted =
                kept.filter_map(|model| Self::witness(explored, model).map(|it| (model, it)));
            for (model, (of, broken)) in contradicted {
                screen.heading(&format!(
                    "{} claims to be {claims}, but is not {model}",
                    of.register
                ))?;
                let on =
                    Self::shown_on(explored, &of.scenario, |it| it.broken.contains_key(&model));
                draw_witness(screen, of, broken, &on)?;
            }
            let Some(next) = beyond(claims) else { continue };
            match Self::witness(explored, next) {
                Some((of, broken)) => {
                    screen.heading(&format!("{} is {claims}, not {next}", of.register))?;
                    let on =
                        Self::shown_on(explored, &of.scenario, |it| it.broken.contains_key(&next));
                    draw_witness(screen, of, broken, &on)?;
                }
                None => {
                    screen.gap()?;
                    screen.note(&format!(
                        "that {} is not {next} does not show here",
                        explored[0].register
                    ))?;
                }
            }
        }
        Ok(())
    }

    /// What was explored, what was not, and why.
    fn draw_end(&self, screen: &mut Screen) -> io::Result<()> {
        let exhaustive = self.explored.iter().filter(|it| it.exhaustive).count();
        screen.heading("What was explored, and what was not")?;
        let all = plural(self.explored.len(), "exploration");
        let exhaustive = match (exhaustive, self.explored.len()) {
            (1, 1) => format!("{all}, which is exhaustive"),
            (exhaustive, all_of_them) if exhaustive == all_of_them => {
                format!("{all}, all of which are exhaustive")
            }
            (exhaustive, _) => format!("{all}, {exhaustive} of which are exhaustive"),
        };
        screen.wrapped(&format!(
            "{exhaustive}: every execution of that scenario on that memory. Weak memory is that of C++20, but for load \
             buffering: no load returns a store that is still to come.",
        ))?;
        if self.explored.iter().any(|it| it.engine == Engine::Loom) {
            screen.wrapped(
                "loom takes SeqCst accesses for AcqRel, and has stores of a word take effect in the order in which they are performed.",
            )?;
        }
        let unfinished = self.explored.iter().filter(|it| !it.exhaustive);
        for it in unfinished {
            screen.wrapped(&format!(
                "{}, {}, {} memory, by {}: {}",
                it.register, it.scenario, it.memory, it.engine, it.coverage
            ))?;
        }
        for skipped in &self.skipped {
            let what = match skipped.scenarios.as_slice() {
                [] => "not explored".to_owned(),
                scenarios => format!("not explored in {}", scenarios.join(", ")),
            };
            screen.wrapped(&format!(
                "{}: {what}, since {}",
                skipped.register, skipped.why
            ))?;
        }
        Ok(())
    }
}

/// The weakest model beyond a claim.
fn beyond(claims: Model) -> Option<Model> {
    Model::CLASSES.into_iter().find(|&model| model > claims)
}

impl cli::Report for Proof {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        for disagreement in &self.disagreements {
            screen.heading("The engines contradict each other: one of them is wrong")?;
            screen.text(disagreement)?;
        }
        screen.heading("Every execution")?;
        let rows: Vec<Vec<String>> = self.explored.iter().map(Explored::row).collect();
        screen.table(&HEADER, &rows)?;
        self.draw_steps(screen)?;
        if let Some(needed) = &self.needed {
            needed.draw(screen, self.draw_needed)?;
        }
        self.draw_outcomes(screen)?;
        self.draw_witnesses(screen)?;
        self.draw_end(screen)
    }

    fn outcome(&self) -> Outcome {
        if !self.disagreements.is_empty() || self.explored.iter().any(Explored::contradicts) {
            return Outcome::Contradicted;
        }
        // Where two engines explore the same, one that finishes is enough.
        let mut finished: BTreeMap<(&str, &str, MemoryModel), bool> = BTreeMap::new();
        for it in &self.explored {
            let key = (it.register, it.scenario.as_str(), it.memory);
            *finished.entry(key).or_default() |= it.exhaustive;
        }
        let shown = |explored: &[Explored]| {
            let next = beyond(explored[0].claims);
            next.is_none_or(|next| Self::witness(explored, next).is_some())
        };
        let all_shown = !self.asked_for_all || self.by_register().into_iter().all(shown);
        if finished.into_values().all(|it| it) && all_shown && !self.explored.is_empty() {
            Outcome::AsAdvertised
        } else {
            Outcome::Inconclusive
        }
    }
}

fn line(values: &[Value]) -> String {
    let values: Vec<String> = values.iter().map(Value::to_string).collect();
    values.join(" ")
}

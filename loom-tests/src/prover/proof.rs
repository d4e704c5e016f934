//! What explorations found: drawn as tables and pictures, and judged.

use std::collections::BTreeMap;
use std::io;

use demos::cli::{self, Outcome};
use demos::explored::{Broken, Explored, HEADER, draw_witness};
use demos::screen::Screen;
use histories::{Model, Value};
use serde::Serialize;

use super::orderings::{self, Ordering};

/// What all explorations found.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    pub(super) schema: u32,
    pub(super) command: &'static str,
    /// One for each register, scenario and engine.
    pub explored: Vec<Explored>,
    /// Where the engines differ: a fault of one of them.
    pub disagreements: Vec<String>,
    /// The orderings of the sequence lock, and what breaks without them.
    pub orderings: Vec<Ordering>,
    #[serde(skip)]
    pub(super) asked_for_all: bool,
    #[serde(skip)]
    pub(super) draw_mutants: bool,
}

impl Proof {
    /// The registers, in order, each with all that was found of it.
    fn by_register(&self) -> Vec<&[Explored]> {
        self.explored
            .chunk_by(|a, b| a.register == b.register)
            .collect()
    }

    /// How many steps of its own an operation takes, for each register the most that any scenario shows.
    fn draw_steps(&self, screen: &mut Screen) -> io::Result<()> {
        let row = |explored: &&[Explored]| -> Option<Vec<String>> {
            // Numbers by their size, and behind them `unbounded`.
            let size = |bound: &String| bound.parse::<usize>().unwrap_or(usize::MAX);
            let known: Vec<&[String; 4]> =
                explored.iter().filter_map(|it| it.steps.as_ref()).collect();
            let most = |kind: usize| {
                known
                    .iter()
                    .map(|steps| &steps[kind])
                    .max_by_key(|bound| size(bound))
                    .cloned()
            };
            let mut row = vec![explored[0].register.to_owned()];
            for kind in 0..4 {
                row.push(most(kind)?);
            }
            Some(row)
        };
        let rows: Vec<Vec<String>> = self.by_register().iter().filter_map(row).collect();
        if rows.is_empty() {
            return Ok(());
        }
        screen.heading("Steps of its own that an operation takes, at most: with all others stopped anywhere, and with all running")?;
        screen.table(
            &[
                "register",
                "read, alone",
                "read, among others",
                "write, alone",
                "write, among others",
            ],
            &rows,
        )?;
        screen.note("A step is an access to a word or a lock. Bounded alone is obstruction-free, bounded among others wait-free.")
    }

    /// The first witness against a model.
    fn witness(explored: &[Explored], model: Model) -> Option<(&Explored, &Broken)> {
        let mut witnesses = explored
            .iter()
            .filter_map(|it| Some((it, it.broken.get(&model)?)));
        witnesses.next()
    }
}

/// The weakest model beyond a claim.
fn beyond(claims: Model) -> Option<Model> {
    Model::CLASSES.into_iter().find(|&model| model > claims)
}

impl cli::Report for Proof {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading("Every execution")?;
        let rows: Vec<Vec<String>> = self.explored.iter().map(Explored::row).collect();
        screen.table(&HEADER, &rows)?;
        let unfinished = self.explored.iter().filter(|it| !it.exhaustive);
        for explored in unfinished {
            let Explored {
                register,
                scenario,
                engine,
                coverage,
                ..
            } = explored;
            screen.note(&format!("{register}, {scenario}, {engine}: {coverage}"))?;
        }
        self.draw_steps(screen)?;
        orderings::draw(&self.orderings, self.draw_mutants, screen)?;
        for explored in self.explored.iter().filter(|it| it.drawn) {
            /// How many combinations are listed.
            const LISTED: usize = 16;
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
        for explored in self.by_register() {
            let claims = explored[0].claims;
            let kept = Model::CLASSES.into_iter().filter(|&model| model <= claims);
            let contradicted =
                kept.filter_map(|model| Self::witness(explored, model).map(|it| (model, it)));
            for (model, (of, broken)) in contradicted {
                screen.heading(&format!(
                    "{} claims to be {claims}, but is not {model}",
                    of.register
                ))?;
                draw_witness(screen, of, broken)?;
            }
            let Some(next) = beyond(claims) else { continue };
            match Self::witness(explored, next) {
                Some((of, broken)) => {
                    screen.heading(&format!("{} is {claims}, not {next}", of.register))?;
                    draw_witness(screen, of, broken)?;
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
        for disagreement in &self.disagreements {
            screen.heading("The engines disagree: one of them is wrong")?;
            screen.text(disagreement)?;
        }
        screen.gap()?;
        screen.note("loom takes SeqCst accesses for AcqRel, and neither engine lets a load wait for a later store.")
    }

    fn outcome(&self) -> Outcome {
        if !self.disagreements.is_empty() || self.explored.iter().any(Explored::contradicts) {
            return Outcome::Contradicted;
        }
        // Where two engines explore the same, one that finishes is enough.
        let mut finished: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        for it in &self.explored {
            *finished.entry((it.register, &it.scenario)).or_default() |= it.exhaustive;
        }
        let shown = |explored: &[Explored]| {
            let next = beyond(explored[0].claims);
            next.is_none_or(|next| Self::witness(explored, next).is_some())
        };
        let all_shown = !self.asked_for_all || self.by_register().into_iter().all(shown);
        if finished.into_values().all(|it| it) && all_shown {
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

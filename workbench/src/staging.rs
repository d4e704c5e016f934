//! What registers returned when real threads performed a timeline.

use std::collections::BTreeMap;
use std::io;

use histories::check::Anomaly;
use histories::{History, Model, Value};
use indicatif::ProgressBar;
use registers::catalogue::Register;
use registers::staged::{self, Staging};
use serde::Serialize;

use crate::answers::{Answers, JudgedOutcome, combinations};
use crate::cli::{Failure, Outcome};
use crate::screen::{Screen, grouped};

/// How many combinations have a row of their own.
const ROWS: usize = 24;

/// What one register returned.
#[derive(Clone, Debug, Serialize)]
pub struct Staged {
    /// The name of the register.
    pub register: &'static str,
    /// The class that it claims.
    pub class: Model,
    /// How many words it has.
    pub words: usize,
    /// How often the timeline was performed.
    pub runs: u64,
    /// How many of these runs had the drawn precedence.
    pub in_order: u64,
    /// In how many of those every read with a stated value returned it; only they count.
    pub as_drawn: u64,
    /// What the open reads returned, and how often.
    pub outcomes: Vec<Counted>,
}

/// One combination of what the open reads returned.
#[derive(Clone, Debug, Serialize)]
pub struct Counted {
    /// The combination and what it shows.
    #[serde(flatten)]
    pub judged: JudgedOutcome,
    /// How many runs ended so.
    pub runs: u64,
}

impl Staged {
    /// Whether everything that was returned is allowed under the class that the register claims.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let judged = self
            .outcomes
            .iter()
            .map(|counted| counted.judged.outcome(self.class))
            .max();
        let nothing = if self.in_order == 0 {
            Outcome::Inconclusive
        } else {
            Outcome::AsAdvertised
        };
        judged.unwrap_or(nothing)
    }

    fn count(&self, values: &[Value]) -> u64 {
        self.outcomes
            .iter()
            .filter(|counted| counted.judged.values == values)
            .map(|counted| counted.runs)
            .sum()
    }
}

/// Lets real threads perform a timeline on a register.
///
/// # Errors
///
/// If the register cannot perform it, or real threads cannot.
pub fn perform(
    register: Register,
    words: usize,
    timeline: &History,
    answers: &Answers,
    staging: &Staging,
    bar: &ProgressBar,
) -> Result<Staged, Failure> {
    let subject = register.subject(words)?;
    let performed = staged::perform(&subject, timeline, staging, |runs| {
        bar.set_position(runs as u64);
    })?;
    let judged = |(values, runs)| Counted {
        judged: answers.judge(values),
        runs,
    };
    Ok(Staged {
        register: register.name(),
        class: register.class().into(),
        words,
        runs: performed.runs,
        in_order: performed.in_order,
        as_drawn: performed.as_drawn,
        outcomes: performed.outcomes.into_iter().map(judged).collect(),
    })
}

/// Draws the combinations that the open reads may return or did return, with the counts of each register.
///
/// # Errors
///
/// If the screen cannot be written.
pub fn draw(answers: &Answers, staged: &[Staged], screen: &mut Screen) -> io::Result<()> {
    let mut all: BTreeMap<&[Value], &JudgedOutcome> = BTreeMap::new();
    let observed = staged
        .iter()
        .flat_map(|staged| staged.outcomes.iter().map(|counted| &counted.judged));
    for judged in answers.outcomes.iter().chain(observed) {
        all.insert(&judged.values, judged);
    }
    // Torn reads come in many combinations, of which one tells as much as all.
    let (torn, mut whole): (Vec<&JudgedOutcome>, Vec<&JudgedOutcome>) = all
        .into_values()
        .partition(|judged| judged.anomaly == Some(Anomaly::Torn));
    let total = |judged: &JudgedOutcome| {
        staged
            .iter()
            .map(|it| it.count(&judged.values))
            .sum::<u64>()
    };
    if whole.len() > ROWS {
        whole.sort_by_key(|judged| std::cmp::Reverse(total(judged)));
    }
    whole.truncate(ROWS);

    let row = |judged: &JudgedOutcome, counts: Vec<u64>, remark: String| {
        let mut row: Vec<String> = judged.values.iter().map(Value::to_string).collect();
        row.extend(Model::CLASSES.map(|model| {
            match judged.outcome(model) {
                Outcome::AsAdvertised => "yes",
                Outcome::Inconclusive => "?",
                Outcome::Contradicted => "no",
            }
            .to_owned()
        }));
        row.extend(counts.into_iter().map(grouped));
        row.push(remark);
        row
    };
    let counts =
        |judged: &JudgedOutcome| staged.iter().map(|it| it.count(&judged.values)).collect();
    let mut rows: Vec<Vec<String>> = whole
        .iter()
        .map(|judged| {
            let name = judged.anomaly.map_or("", Anomaly::name);
            row(judged, counts(judged), name.to_owned())
        })
        .collect();
    // That a register which may tear did not is worth a row, too.
    let may_tear = |it: &Staged| it.words > 1 && it.class == Model::Safe;
    let example = answers.torn().filter(|_| staged.iter().any(may_tear));
    let most = torn.iter().copied().max_by_key(|judged| total(judged));
    if let Some(most) = most.or(example.as_ref()) {
        let sum = |it: &Staged| torn.iter().map(|judged| it.count(&judged.values)).sum();
        let remark = "torn read (*)".to_owned();
        rows.push(row(most, staged.iter().map(sum).collect(), remark));
    }

    let mut header: Vec<&str> = answers
        .reads
        .iter()
        .map(|read| read.name.as_str())
        .collect();
    header.extend(["safe", "regular", "atomic"]);
    header.extend(staged.iter().map(|it| it.register));
    header.push("");
    screen.table(&header, &rows)?;
    if !torn.is_empty() || example.is_some() {
        screen.note(&format!(
            "(*) Combinations with a torn read: {} were returned, and are counted here together; one stands for all.",
            torn.len()
        ))?;
    }
    match answers.more_outcomes() {
        Some(more) if answers.outcomes.len() <= ROWS => screen.note(&format!(
            "Listed is what an atomic register may return, and what was returned; a regular one may return {}.",
            combinations(more)
        )),
        Some(_) => screen.note("There are too many combinations to list them all."),
        None if answers.outcomes.len() > ROWS => screen.note(&format!(
            "Listed are {ROWS} of {}; --json has them all.",
            combinations(answers.outcomes.len() as u128)
        )),
        None => Ok(()),
    }
}

/// Says how many runs were counted.
#[must_use]
pub fn counted(staged: &[Staged]) -> String {
    let said = |it: &Staged| {
        format!(
            "{} {} of {}",
            it.register,
            grouped(it.as_drawn),
            grouped(it.runs)
        )
    };
    staged.iter().map(said).collect::<Vec<_>>().join(", ")
}

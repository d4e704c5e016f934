//! What registers returned when real threads performed a timeline.

use std::collections::BTreeMap;
use std::io;

use histories::check::Anomaly;
use histories::{History, Model, Value};
use indicatif::ProgressBar;
use interleavings::{Coverage, Limits, schedules};
use registers::catalogue::Register;
use registers::scenario::Scenario;
use registers::staged::{self, Staging};
use registers::subject::Subject;
use registers::worlds::conducted::follow;
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
    /// Where real threads come that are led.
    pub led: Led,
}

/// What real threads return that are led along explored schedules, access by access.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Led {
    /// How many states were explored, with one access at a time; absent if the exploration did not come to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub states: Option<u64>,
    /// What the open reads returned to threads that were led, and did lead there.
    pub outcomes: Vec<JudgedOutcome>,
}

impl Led {
    /// So many states are explored at most, for schedules to lead along.
    const STATES: usize = 50_000;

    /// Explores a timeline, and leads real threads to everything that it may return.
    fn along(subject: &Subject, timeline: &History, answers: &Answers) -> Result<Self, Failure> {
        let scenario = Scenario::drawn("timeline", timeline);
        let limits = Limits {
            states: Self::STATES,
            ..Limits::default()
        };
        let explored = schedules(subject, &scenario, &limits)?;
        let (open, stated): (Vec<usize>, Vec<usize>) = timeline
            .reads()
            .partition(|&read| timeline.operations()[read].is_question());
        let mut led = Self {
            states: (explored.coverage == Coverage::Exhaustive).then_some(explored.states),
            outcomes: Vec::new(),
        };
        for schedule in &explored.schedules {
            let performed = follow(subject, schedule).map_err(|refusal| Failure::Refused {
                register: subject.claims().name,
                refusal: Box::new(refusal),
            })?;
            let returned =
                |history: &History, read: usize| history.operations()[read].returned().cloned();
            let is_as_drawn =
                |&read: &usize| returned(&performed.history, read) == returned(timeline, read);
            let values = open.iter().map(|&read| returned(&performed.history, read));
            match values.collect::<Option<Vec<Value>>>() {
                Some(values) if stated.iter().all(is_as_drawn) && !led.reaches(&values) => {
                    led.outcomes.push(answers.judge(values));
                }
                _ => {}
            }
        }
        Ok(led)
    }

    fn reaches(&self, values: &[Value]) -> bool {
        self.outcomes.iter().any(|judged| judged.values == values)
    }
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
            .map(|counted| &counted.judged)
            .chain(&self.led.outcomes)
            .map(|judged| judged.outcome(self.class))
            .max();
        // On a machine that is busy no free run may come out as drawn; those that are led do.
        judged.unwrap_or(Outcome::Inconclusive)
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
        led: Led::along(&subject, timeline, answers)?,
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

    let row = |judged: &JudgedOutcome, counts: Vec<String>, remark: String| {
        let mut row: Vec<String> = judged.values.iter().map(Value::to_string).collect();
        row.extend(Model::CLASSES.map(|model| {
            match judged.outcome(model) {
                Outcome::AsAdvertised => "yes",
                Outcome::Inconclusive => "?",
                Outcome::Contradicted => "no",
            }
            .to_owned()
        }));
        row.extend(counts);
        row.push(remark);
        row
    };
    // How many free runs came out so; if none did, whether some that were led do.
    let cell = |count: u64, is_reached: bool| match count {
        0 if is_reached => LED.to_owned(),
        _ => grouped(count),
    };
    let counts = |judged: &JudgedOutcome| {
        let cell = |it: &Staged| cell(it.count(&judged.values), it.led.reaches(&judged.values));
        staged.iter().map(cell).collect()
    };
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
        let sum = |it: &Staged| {
            let count = torn.iter().map(|judged| it.count(&judged.values)).sum();
            let mut led = it.led.outcomes.iter();
            cell(count, led.any(|it| it.anomaly == Some(Anomaly::Torn)))
        };
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
    screen.table_of(answers.reads.len(), &header, &rows)?;
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

/// What stands in place of a count of 0 where real threads were led to it.
pub const LED: &str = "led";

/// Says what `led` and `0` mean, if everything was explored.
#[must_use]
pub fn led(staged: &[Staged]) -> Option<String> {
    let said = |it: &Staged| {
        let outcomes = it.led.outcomes.iter();
        let whole = outcomes.filter(|judged| judged.anomaly != Some(Anomaly::Torn));
        let states = grouped(it.led.states?);
        Some(format!(
            "{} {} in {states} states",
            it.register,
            whole.count()
        ))
    };
    let said: Option<Vec<String>> = staged.iter().map(said).collect();
    let said = said.filter(|said| !said.is_empty())?;
    Some(format!(
        "{LED}: no free run came out so, and threads that were led did, access by access, along a schedule that \
         exploration found. 0: no schedule leads there. Whole combinations with a schedule: {}.",
        said.join(", ")
    ))
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

//! What the open reads of a timeline may return: each alone, and all together.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use histories::check::{Anomaly, Verdict, check};
use histories::questions::{Answer, Possible, ask};
use histories::{History, Model, Process, Timeline, Value};
use serde::Serialize;

use crate::cli::Outcome;
use crate::screen::Screen;

/// How many combinations are listed; there may be more.
const LISTED: usize = 64;

/// How many concurrent writes are named.
const FEW: usize = 8;

/// The answers to a timeline.
#[derive(Clone, Debug, Serialize)]
pub struct Answers {
    /// The open reads.
    pub reads: Vec<OpenRead>,
    /// The threads with several open reads that the models judge differently.
    pub threads: Vec<ThreadAnswers>,
    /// Under each model, what may be returned together.
    pub together: BTreeMap<Model, Together>,
    /// The combinations that a regular register may return; if they are many, some that an atomic one may.
    pub outcomes: Vec<JudgedOutcome>,
    #[serde(skip)]
    history: History,
}

/// An open read, and what it may return alone under each model.
#[derive(Clone, Debug, Serialize)]
pub struct OpenRead {
    /// Short: `T2.1`.
    pub name: String,
    /// In words: `Thread 2's first read`.
    pub description: String,
    /// The writes that it is concurrent with, the first few of them.
    pub concurrent_with: Vec<String>,
    /// How many they are in all.
    pub concurrent_writes: usize,
    /// What it may return. Absent where nothing may be returned or nothing is known.
    pub may_return: BTreeMap<Model, MayReturn>,
}

/// What one read may return.
#[derive(Clone, Debug, Serialize)]
pub struct MayReturn {
    /// Whether it may return anything at all.
    pub anything: bool,
    /// The values; if anything may be returned, those that a value of two words takes on while it is written.
    pub values: Vec<Value>,
}

/// What the reads of one thread may return, one after the other.
#[derive(Clone, Debug, Serialize)]
pub struct ThreadAnswers {
    /// The thread.
    pub thread: Process,
    /// The combinations that a regular register may return.
    pub outcomes: Vec<ThreadOutcome>,
}

/// What the reads of one thread return, one after the other.
#[derive(Clone, Debug, Serialize)]
pub struct ThreadOutcome {
    /// What they return.
    pub values: Vec<Value>,
    /// The models that allow it, whatever the other threads return.
    pub allowed: Vec<Model>,
}

/// What may be returned together under one model.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Together {
    /// Nothing: what the timeline says already breaks the model.
    Contradicted {
        /// Why.
        sentence: String,
    },
    /// Any combination of what the reads may return alone.
    Independent {
        /// How many there are; absent if there is no bound.
        #[serde(skip_serializing_if = "Option::is_none")]
        combinations: Option<u128>,
    },
    /// Only some combinations.
    Joint {
        /// How many.
        combinations: u128,
        /// Which.
        outcomes: Vec<Vec<Value>>,
    },
    /// More than can be listed.
    Unknown,
}

/// What the open reads return together, and what this shows.
#[derive(Clone, Debug, Serialize)]
pub struct JudgedOutcome {
    /// What they return, in their order.
    pub values: Vec<Value>,
    /// The models that allow it.
    pub allowed: Vec<Model>,
    /// The models of which this is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Model>,
    /// What keeps the next model from allowing it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anomaly: Option<Anomaly>,
}

impl JudgedOutcome {
    /// What a command may say about a register of this class that returned this.
    #[must_use]
    pub fn outcome(&self, class: Model) -> Outcome {
        if self.allowed.contains(&class) {
            Outcome::AsAdvertised
        } else if self.unknown.contains(&class) {
            Outcome::Inconclusive
        } else {
            Outcome::Contradicted
        }
    }
}

impl Answers {
    /// Answers the questions of a timeline. Of values that are torn, those of `words` words are shown.
    #[must_use]
    pub fn of(timeline: &Timeline, words: usize) -> Self {
        let history = timeline.history.clone();
        let answers: BTreeMap<Model, Answer> = Model::CLASSES
            .into_iter()
            .map(|model| (model, ask(model, &history)))
            .collect();
        let questions: Vec<usize> = history.questions().collect();
        let overlapping: Vec<Vec<usize>> = questions
            .iter()
            .map(|&question| history.overlapping_writes(question))
            .collect();
        let reads = questions
            .iter()
            .enumerate()
            .map(|(number, &question)| OpenRead {
                name: short_name(&history, question),
                description: history.describe(question),
                concurrent_with: overlapping[number]
                    .iter()
                    .take(FEW)
                    .map(|&write| history.describe(write))
                    .collect(),
                concurrent_writes: overlapping[number].len(),
                may_return: Model::CLASSES
                    .into_iter()
                    .filter_map(|model| {
                        let possible = answers[&model].alone()?.get(number)?;
                        Some((
                            model,
                            may_return(possible, regular_values(&answers, number), words),
                        ))
                    })
                    .collect(),
            })
            .collect();
        let together = answers
            .iter()
            .map(|(&model, answer)| (model, together(answer)))
            .collect();
        let outcomes = listed(&answers)
            .into_iter()
            .map(|values| judge(&history, values))
            .collect();
        let threads = threads(&history, &answers);
        Self {
            reads,
            threads,
            together,
            outcomes,
            history,
        }
    }

    /// Judges what the open reads returned together.
    #[must_use]
    pub fn judge(&self, values: Vec<Value>) -> JudgedOutcome {
        judge(&self.history, values)
    }

    /// A combination with a torn read that a safe register may return, if it may.
    #[must_use]
    pub fn torn(&self) -> Option<JudgedOutcome> {
        let whole = self.outcomes.first()?;
        let values = |read: &OpenRead| read.may_return.get(&Model::Safe).cloned();
        let candidates = self.reads.iter().enumerate().flat_map(|(at, read)| {
            let values = values(read).map_or_else(Vec::new, |possible| possible.values);
            values.into_iter().map(move |value| (at, value))
        });
        let mut judged = candidates.map(|(at, value)| {
            let mut values = whole.values.clone();
            values[at] = value;
            self.judge(values)
        });
        judged.find(|judged| judged.anomaly == Some(Anomaly::Torn))
    }

    /// Whether the search for combinations ended at its budget under some model.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.together
            .values()
            .any(|together| matches!(together, Together::Unknown))
    }

    /// How many combinations a regular register may return, if more than [`outcomes`](Self::outcomes) lists.
    #[must_use]
    pub fn more_outcomes(&self) -> Option<u128> {
        match self.together.get(&Model::Regular) {
            Some(Together::Independent { combinations }) => {
                combinations.filter(|&count| count > self.outcomes.len() as u128)
            }
            _ => None,
        }
    }

    /// Whether the timeline states what no register of this class may return.
    #[must_use]
    pub fn is_contradicted(&self, model: Model) -> bool {
        matches!(
            self.together.get(&model),
            Some(Together::Contradicted { .. })
        )
    }

    /// Draws what each read may return alone, and what is to say about them together.
    ///
    /// # Errors
    ///
    /// If the screen cannot be written.
    pub fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        for (model, together) in &self.together {
            if let Together::Contradicted { sentence } = together {
                screen.text(&format!(
                    "{model}: impossible as drawn. {}",
                    capitalised(sentence)
                ))?;
            } else if self.reads.is_empty() {
                screen.text(&format!("{model}: allowed"))?;
            }
        }
        if self.reads.is_empty() {
            return Ok(());
        }
        let row = |read: &OpenRead| {
            let concurrent = match read.concurrent_with.as_slice() {
                [] => "nothing".to_owned(),
                writes if writes.len() < read.concurrent_writes => {
                    format!("{}, ... ({})", writes.join(", "), read.concurrent_writes)
                }
                writes => writes.join(", "),
            };
            let mut row = vec![read.name.clone(), read.description.clone(), concurrent];
            row.extend(
                Model::CLASSES.map(|model| match read.may_return.get(&model) {
                    Some(may_return) => may_return.to_string(),
                    None if matches!(self.together[&model], Together::Contradicted { .. }) => {
                        "nothing".to_owned()
                    }
                    None => "unknown".to_owned(),
                }),
            );
            row
        };
        let rows: Vec<Vec<String>> = self.reads.iter().map(row).collect();
        screen.table(
            &["", "read", "concurrent with", "safe", "regular", "atomic"],
            &rows,
        )?;
        if self.reads.iter().any(|read| {
            read.may_return
                .values()
                .any(|values| values.anything && values.values.iter().any(Value::is_mixed))
        }) {
            screen.note("0|1 is an intermediate value: its first word is of one value, its second of another.")?;
        }
        for ThreadAnswers { thread, outcomes } in &self.threads {
            screen.heading(&format!(
                "What the reads of Thread {thread} may return, one after the other"
            ))?;
            let row = |outcome: &ThreadOutcome| {
                let values: Vec<String> = outcome.values.iter().map(Value::to_string).collect();
                let allowed = |model| {
                    if outcome.allowed.contains(&model) {
                        "allowed"
                    } else {
                        "forbidden"
                    }
                };
                let mut row = vec![values.join(" then ")];
                row.extend(Model::CLASSES.map(|model| allowed(model).to_owned()));
                row
            };
            let rows: Vec<Vec<String>> = outcomes.iter().map(row).collect();
            screen.table(&["returned", "safe", "regular", "atomic"], &rows)?;
        }
        Ok(())
    }

    /// One sentence for each model: how many combinations it allows.
    #[must_use]
    pub fn summary(&self) -> String {
        let sentence = |(model, together): (&Model, &Together)| match together {
            Together::Contradicted { .. } => format!("{model}: none"),
            Together::Independent { combinations: None } => {
                format!(
                    "{model}: reads that are concurrent with a write may return anything, each by itself"
                )
            }
            Together::Independent {
                combinations: Some(count),
            } => {
                format!("{model}: {}, each read by itself", combinations(*count))
            }
            Together::Joint {
                combinations: count,
                ..
            } => {
                format!(
                    "{model}: {}, since all reads see the same order of the writes",
                    combinations(*count)
                )
            }
            Together::Unknown => {
                format!(
                    "{model}: more combinations than can be listed; what each read may return alone is above"
                )
            }
        };
        self.together
            .iter()
            .map(sentence)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl std::fmt::Display for MayReturn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 8;
        let shown: Vec<String> = self
            .values
            .iter()
            .take(SHOWN)
            .map(Value::to_string)
            .collect();
        let more = if self.values.len() > SHOWN && !self.anything {
            ", ..."
        } else {
            ""
        };
        let values = format!("{}{more}", shown.join(", "));
        if self.anything {
            write!(f, "anything: {values}, ...")
        } else {
            f.write_str(&values)
        }
    }
}

/// `T2.1` is Thread 2's first read.
fn short_name(history: &History, read: usize) -> String {
    let operations = history.operations();
    let process = operations[read].process;
    let nth = operations[..=read]
        .iter()
        .filter(|op| op.process == process && !op.is_write())
        .count();
    format!("T{process}.{nth}")
}

/// `5 combinations`.
pub(crate) fn combinations(count: u128) -> String {
    match count {
        1 => "1 combination".to_owned(),
        u128::MAX => "more combinations than can be counted".to_owned(),
        _ => format!("{count} combinations"),
    }
}

fn regular_values(answers: &BTreeMap<Model, Answer>, number: usize) -> BTreeSet<Value> {
    match answers[&Model::Regular]
        .alone()
        .and_then(|alone| alone.get(number))
    {
        Some(Possible::Among(values)) => values.clone(),
        _ => BTreeSet::new(),
    }
}

fn may_return(possible: &Possible, regular: BTreeSet<Value>, words: usize) -> MayReturn {
    match possible {
        Possible::Among(values) => MayReturn {
            anything: false,
            values: values.iter().cloned().collect(),
        },
        Possible::Anything => {
            // Wider values are mixed of so many words that a list of them tells nothing.
            let mut values = match words {
                1..=4 => Value::mixes(regular.iter().take(6), words),
                _ => regular.into_iter().collect(),
            };
            values.sort();
            values.dedup();
            MayReturn {
                anything: true,
                values,
            }
        }
    }
}

fn together(answer: &Answer) -> Together {
    match answer {
        Answer::Contradicted(violation) => Together::Contradicted {
            sentence: violation.sentence.clone(),
        },
        Answer::Independent(_) => Together::Independent {
            combinations: answer.count(),
        },
        Answer::Joint { outcomes, .. } => Together::Joint {
            combinations: outcomes.len() as u128,
            outcomes: outcomes.iter().cloned().collect(),
        },
        Answer::Unknown { .. } => Together::Unknown,
    }
}

/// What each thread with several open reads may return, if the models differ in that and the combinations are few.
fn threads(history: &History, answers: &BTreeMap<Model, Answer>) -> Vec<ThreadAnswers> {
    const SHOWN: u128 = 16;
    let questions: Vec<usize> = history.questions().collect();
    let (Some(regular), Answer::Joint { outcomes, .. }) =
        (answers[&Model::Regular].alone(), &answers[&Model::Atomic])
    else {
        return Vec::new();
    };
    let mut threads = Vec::new();
    for thread in history.processes() {
        let is_ours = |&number: &usize| history.operations()[questions[number]].process == thread;
        let ours: Vec<usize> = (0..questions.len()).filter(is_ours).collect();
        let alone: Vec<Possible> = ours.iter().map(|&number| regular[number].clone()).collect();
        let few = Answer::Independent(alone.clone())
            .count()
            .is_some_and(|count| count <= SHOWN);
        if ours.len() < 2 || !few {
            continue;
        }
        let projected: BTreeSet<Vec<Value>> = outcomes
            .iter()
            .map(|outcome| ours.iter().map(|&number| outcome[number].clone()).collect())
            .collect();
        let outcomes = product(&alone).into_iter().map(|values| {
            let mut allowed = vec![Model::Safe, Model::Regular];
            allowed.extend(projected.contains(&values).then_some(Model::Atomic));
            ThreadOutcome { values, allowed }
        });
        let outcomes: Vec<ThreadOutcome> = outcomes.collect();
        if outcomes.len() > projected.len() {
            threads.push(ThreadAnswers { thread, outcomes });
        }
    }
    threads
}

/// Every combination of the values that reads may return.
fn product(alone: &[Possible]) -> Vec<Vec<Value>> {
    alone.iter().fold(vec![Vec::new()], |ways, possible| {
        let values: Vec<&Value> = match possible {
            Possible::Among(values) => values.iter().collect(),
            Possible::Anything => Vec::new(),
        };
        let extended = |way: &Vec<Value>| -> Vec<Vec<Value>> {
            values
                .iter()
                .map(|&value| [way.clone(), vec![value.clone()]].concat())
                .collect()
        };
        ways.iter().flat_map(extended).collect()
    })
}

/// The combinations that the regular semantics allows, if they are few; otherwise those of the atomic one, as far as
/// they can be listed.
fn listed(answers: &BTreeMap<Model, Answer>) -> Vec<Vec<Value>> {
    let regular = &answers[&Model::Regular];
    if let Answer::Independent(alone) = regular
        && regular.count().is_some_and(|count| count <= LISTED as u128)
    {
        return product(alone);
    }
    match &answers[&Model::Atomic] {
        Answer::Joint { outcomes, .. } => outcomes.iter().take(LISTED).cloned().collect(),
        _ => Vec::new(),
    }
}

fn judge(history: &History, values: Vec<Value>) -> JudgedOutcome {
    let answered = history.answered(&values);
    let verdicts = Model::CLASSES.map(|model| (model, check(model, &answered)));
    let models = |is: fn(&Verdict) -> bool| {
        verdicts
            .iter()
            .filter(|(_, verdict)| is(verdict))
            .map(|&(model, _)| model)
            .collect::<Vec<_>>()
    };
    let allowed = models(Verdict::holds);
    let unknown = models(|verdict| matches!(verdict, Verdict::Unknown { .. }));
    let anomaly = verdicts.iter().find_map(|(_, verdict)| match verdict {
        Verdict::Breaks(violation) => Some(violation.anomaly),
        Verdict::Meets | Verdict::Unknown { .. } => None,
    });
    JudgedOutcome {
        allowed,
        unknown,
        anomaly,
        values,
    }
}

/// The sentence with a capital letter.
#[must_use]
pub fn capitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demonstrations::{NOTE, built_in};

    #[test]
    fn the_note_is_answered_as_the_note_says() {
        let answers = Answers::of(&built_in(NOTE), 2);
        let said = |model: Model| -> Vec<String> {
            answers
                .reads
                .iter()
                .map(|read| read.may_return[&model].to_string())
                .collect()
        };
        let any = "anything: 0, 1, 0|1, 1|0, ...";
        assert_eq!(said(Model::Safe), [any, "2", any, any]);
        assert_eq!(said(Model::Regular), ["0, 1", "2", "0, 1", "0, 1"]);
        assert_eq!(said(Model::Atomic), ["0, 1", "2", "0, 1", "0, 1"]);
        let Together::Joint { outcomes, .. } = &answers.together[&Model::Atomic] else {
            panic!()
        };
        assert_eq!(outcomes.len(), 5);
        let inverted =
            |outcome: &&Vec<Value>| outcome[2] == Value::from(1) && outcome[3] == Value::from(0);
        assert!(
            !outcomes.iter().any(|outcome| inverted(&outcome)),
            "1 then 0 on Thread 3 is not atomic"
        );
        let [thread_3] = answers.threads.as_slice() else {
            panic!("only Thread 3 tells the models apart")
        };
        let one_then_zero = thread_3
            .outcomes
            .iter()
            .find(|it| it.values == [Value::from(1), Value::from(0)]);
        assert_eq!(
            one_then_zero.unwrap().allowed,
            [Model::Safe, Model::Regular]
        );
        assert_eq!(answers.outcomes.len(), 8);
        let inversions = answers
            .outcomes
            .iter()
            .filter(|it| it.anomaly == Some(Anomaly::NewOldInversion));
        assert_eq!(inversions.count(), 3);
    }
}

//! What a register really is: what every execution says within a stated scope, what real threads showed, and who waits
//! for whom.
//!
//! This is where it is decided. Everything that prints, draws and prints only.

mod progress;

use std::time::Duration;

use histories::{Model, Timeline, check};
use interleavings::scope::{Effort, Scope, Shown, Size, Wrong, explore_scope};
use interleavings::{
    Exercised, FaultKind, Limits, MemoryModel, Retries, Variant, any_number_of_words, hidden_state,
    is_interrupted, survey_with,
};
use registers::Arity;
use registers::halt::{Finish, Halt, halt};
use registers::scenario::Scenario;
use registers::subject::{Claims, Subject};

pub use self::progress::{Kept, Progress};

use crate::cli::{Failure, Outcome};
use crate::stressed::Stressed;

/// What may be spent on a register.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// On exploring it.
    pub effort: Effort,
    /// How many states one picture may take.
    pub picture: usize,
}

/// How many bytes one picture may take: where failed attempts store, states grow without end.
pub(crate) const PICTURE: usize = 64 << 20;

impl Default for Budget {
    fn default() -> Self {
        Self {
            effort: Effort::default(),
            picture: 2_000_000,
        }
    }
}

/// How many states are explored of a register, if nothing else is said: twice as many if it has many writers, since there
/// are so many more scenarios of five operations.
#[must_use]
pub fn usual_states(claims: &Claims) -> u64 {
    match claims.writers {
        Arity::One => Effort::default().states,
        Arity::Many => 2 * Effort::default().states,
    }
}

/// So many states on weak memory, of all scenarios together and of each by itself, and so much time.
#[must_use]
pub fn spend(states: u64, time: Duration) -> Effort {
    let usual = Effort::default();
    Effort {
        states,
        time,
        each: Limits {
            states: usize::try_from(states).unwrap_or(usize::MAX),
            ..usual.each
        },
        ..usual
    }
}

/// Everything that is known of a register.
#[derive(Clone, Debug)]
pub struct Classified {
    /// What it claims.
    pub claims: Claims,
    /// How many words it has.
    pub words: usize,
    /// What real threads showed, if they were let loose.
    pub stressed: Option<Stressed>,
    /// What exploration found; none if its accesses cannot be seen.
    pub studied: Option<Studied>,
}

impl Classified {
    /// The names of the scenarios in which something was seen to go wrong.
    #[must_use]
    pub fn shown_in(&self) -> Vec<&str> {
        let studied = self.studied.iter();
        let mut names: Vec<&str> = studied
            .flat_map(|it| &it.witnesses)
            .filter(|it| !it.near_wrap)
            .map(|it| it.scenario.as_str())
            .collect();
        names.dedup();
        names
    }
}

/// What is known of a register whose accesses can be seen.
#[derive(Clone, Debug)]
pub struct Studied {
    /// What was explored.
    pub scope: Scope,
    /// What goes wrong, each drawn once, the worst first.
    pub witnesses: Vec<Witnessed>,
    /// Who waits for whom.
    pub progress: Progress,
    /// What becomes of the others while one stops.
    pub halts: [Halt; 2],
    /// What a read returned beside a process that had stopped, if that breaks what is claimed and nothing else does.
    pub halted: Option<Witnessed>,
    /// Whether two words stand for all.
    pub any_words: Result<(), String>,
    /// State outside of its memory.
    pub hidden: Option<String>,
    /// What was exercised.
    pub exercised: Exercised,
    /// What failed attempts leave behind.
    pub retries: Retries,
}

/// How something goes wrong, drawn.
#[derive(Clone, Debug)]
pub struct Witnessed {
    /// What.
    pub wrong: Wrong,
    /// What happens, in a sentence.
    pub sentence: String,
    /// The execution.
    pub timeline: Timeline,
    /// The name of the scenario.
    pub scenario: String,
    /// Whether counters were about to wrap around.
    pub near_wrap: bool,
    /// The memory of this execution.
    pub memory: MemoryModel,
    /// All memories that show it in this scenario.
    pub on: Vec<MemoryModel>,
    /// How many loads return a value that is not the latest.
    pub stale_loads: usize,
    /// How often another process is interrupted.
    pub context_switches: usize,
}

/// What all that amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It goes wrong by itself, whatever class it has.
    Fails(FaultKind),
    /// An operation waits for ever, though nobody has stopped.
    Waits,
    /// It is less than it claims: the weakest class that is broken.
    Less(Model),
    /// Real threads contradict it, though no exploration does.
    Stressed,
    /// It lets others wait more than it claims.
    WaitsMore(String),
    /// No violation of what it claims, within the scope.
    Meets,
    /// Nothing is established, and why.
    Unknown(String),
}

/// Explores a register, and finds out who waits for whom. `progress` is told what is being done.
///
/// # Errors
///
/// If it cannot perform what it says that it can.
pub fn study(
    subject: &Subject,
    besides: &[Scenario],
    budget: &Budget,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<Studied, Failure> {
    let halts = halt(subject);
    if halts.iter().any(|halt| halt.spins) {
        let register = subject.claims().name;
        return Err(Failure::Spins { register });
    }
    let variant = Variant::default();
    let scope = explore_scope(
        subject,
        variant,
        besides,
        &budget.effort,
        &mut |scenario, states| progress(scenario.name(), states),
    )?;
    progress("who waits for whom", 0);
    let kept = progress::find(subject, budget.picture)?;
    progress("state outside of its memory", 0);
    let hidden = ["w.rr", "w.r.r", "ww.r", "w.w.r"]
        .iter()
        .filter_map(|lanes| {
            let scenario: Scenario = lanes.parse().expect("it is a scenario");
            let below = subject.claims().small_numbers();
            let scenario = below.map_or(scenario.clone(), |below| scenario.below(below));
            hidden_state(subject, &scenario)
        })
        .next();
    let mut exercised = Exercised::default();
    let mut retries = Retries::default();
    for explored in &scope.explored {
        exercised.join(&explored.verified.exercised);
        retries = retries.and(&explored.verified.retries);
    }
    progress("pictures", 0);
    let (witnesses, halted) = if hidden.is_some() {
        // What was explored is not what the register does.
        (Vec::new(), None)
    } else {
        let claimed = Model::from(subject.claims().class);
        let is_less = scope.class() < Some(claimed);
        let halted = if is_less {
            None
        } else {
            halted(subject, &halts)
        };
        (witnesses(subject, &scope, budget)?, halted)
    };
    Ok(Studied {
        halted,
        any_words: any_number_of_words(subject),
        witnesses,
        scope,
        progress: kept,
        halts,
        hidden,
        exercised,
        retries,
    })
}

/// Draws what goes wrong: all that a register does by itself, and the weakest class that is broken.
fn witnesses(subject: &Subject, scope: &Scope, budget: &Budget) -> Result<Vec<Witnessed>, Failure> {
    let breaks = scope
        .wrong
        .keys()
        .filter(|it| matches!(it, Wrong::Breaks(_)));
    let others = scope
        .wrong
        .keys()
        .filter(|it| !matches!(it, Wrong::Breaks(_)));
    let mut drawn = Vec::new();
    for &wrong in others.chain(breaks.min()) {
        drawn.extend(witness(subject, wrong, &scope.wrong[&wrong], budget)?);
    }
    Ok(drawn)
}

/// Draws an execution in which something goes wrong, on the strongest memory that shows it.
///
/// # Errors
///
/// If the register cannot perform the scenario.
pub fn witness(
    subject: &Subject,
    wrong: Wrong,
    shown: &Shown,
    budget: &Budget,
) -> Result<Option<Witnessed>, Failure> {
    let memory = shown.on[0];
    let variant = Variant {
        near_wrap: shown.near_wrap,
        ..Variant::default()
    };
    let limits = Limits {
        states: budget.picture,
        bytes: PICTURE,
        ..budget.effort.each
    };
    let survey = survey_with(subject, &shown.scenario, memory, variant, &limits, |_| {})?;
    let report = survey.report;
    let blank = Witnessed {
        wrong,
        sentence: String::new(),
        timeline: Timeline::from(shown.scenario.operations().clone()),
        scenario: shown.scenario.name().to_owned(),
        near_wrap: shown.near_wrap,
        memory,
        on: shown.on.clone(),
        stale_loads: 0,
        context_switches: 0,
    };
    let found = match wrong {
        Wrong::Breaks(model) => report.witnesses.get(&model).map(|it| Witnessed {
            sentence: it.violation.sentence.clone(),
            timeline: it.timeline.clone(),
            stale_loads: it.stale_loads,
            context_switches: it.context_switches,
            ..blank.clone()
        }),
        Wrong::Fails(kind) => report.faults.get(&kind).map(|it| Witnessed {
            sentence: it.sentence.clone(),
            timeline: it.timeline.clone(),
            stale_loads: it.stale_loads,
            context_switches: it.context_switches,
            ..blank.clone()
        }),
        Wrong::Waits => None,
    };
    // Where there are too many states for a picture of every access, the history has to do.
    let history = || {
        let history = shown.history.clone()?;
        let sentence = match wrong {
            Wrong::Breaks(model) => check(model, &history).violation()?.sentence.clone(),
            _ => "an operation waits for ever, though nobody has stopped".to_owned(),
        };
        Some(Witnessed {
            sentence,
            timeline: Timeline::from(history),
            ..blank.clone()
        })
    };
    Ok(found.or_else(history))
}

/// Whether the histories beside a process that has stopped break what the register claims.
fn halted(subject: &Subject, halts: &[Halt]) -> Option<Witnessed> {
    let never = |finish: &Finish| match finish {
        Finish::Never { schedule, .. } => Some(schedule.as_ref().clone()),
        Finish::Within(_) | Finish::Nobody => None,
    };
    let claimed = Model::from(subject.claims().class);
    for halt in halts {
        let waiting = [&halt.reads, &halt.writes].into_iter().filter_map(never);
        for timeline in halt.schedules.iter().cloned().chain(waiting) {
            for model in Model::CLASSES.into_iter().filter(|&it| it <= claimed) {
                if let Some(violation) = check(model, &timeline.history).violation() {
                    return Some(Witnessed {
                        wrong: Wrong::Breaks(model),
                        sentence: violation.sentence.clone(),
                        timeline,
                        scenario: "operations beside a process that has stopped".to_owned(),
                        near_wrap: false,
                        memory: MemoryModel::Sc,
                        on: MemoryModel::ALL.to_vec(),
                        stale_loads: 0,
                        context_switches: 0,
                    });
                }
            }
        }
    }
    None
}

impl Classified {
    /// The class that it claims, as a model.
    #[must_use]
    pub fn claimed(&self) -> Model {
        self.claims.class.into()
    }

    /// What all that amounts to.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let stressed = self.stressed.as_ref().is_some_and(Stressed::contradicts);
        let Some(studied) = &self.studied else {
            return match &self.stressed {
                _ if stressed => Standing::Stressed,
                Some(it) if it.reads > 0 && it.writes > 0 => Standing::Meets,
                _ => Standing::Unknown("nothing was performed".to_owned()),
            };
        };
        if let Some(hidden) = &studied.hidden {
            // What real threads do is no matter of what can be seen.
            return match stressed {
                true => Standing::Stressed,
                false => Standing::Unknown(format!(
                    "it keeps state that I cannot see, in something of the standard library or in a static ({hidden}): make all \
                     that processes share of the words, cells and locks of `memory`"
                )),
            };
        }
        let wrong = &studied.scope.wrong;
        let fails = wrong.keys().find_map(|it| match it {
            Wrong::Fails(kind) => Some(*kind),
            _ => None,
        });
        if let Some(kind) = fails.or_else(|| studied.panics().then_some(FaultKind::Panic)) {
            return Standing::Fails(kind);
        }
        if wrong.contains_key(&Wrong::Waits) {
            return Standing::Waits;
        }
        let claimed = Model::CLASSES
            .into_iter()
            .filter(|&it| it <= self.claimed());
        let broken = claimed
            .clone()
            .find(|&it| wrong.contains_key(&Wrong::Breaks(it)));
        let halted = studied.halted.as_ref().and_then(|it| match it.wrong {
            Wrong::Breaks(model) => Some(model),
            _ => None,
        });
        if let Some(model) = broken.or(halted) {
            return Standing::Less(model);
        }
        if stressed {
            return Standing::Stressed;
        }
        if let Some(more) = studied.progress.waits_more(&studied.halts) {
            return Standing::WaitsMore(more);
        }
        match studied.scope.operations(&self.claims) {
            _ if is_interrupted() => Standing::Unknown(format!(
                "it was interrupted, without a violation until then {}",
                studied.bound(&self.claims)
            )),
            ENOUGH.. => Standing::Meets,
            _ => {
                let mut unfinished = studied.scope.unfinished();
                let reason = unfinished.next().map_or_else(
                    || studied.scope.ended.clone(),
                    |(explored, reason)| format!("in {}: {reason}", explored.scenario.name()),
                );
                Standing::Unknown(reason)
            }
        }
    }

    /// The strongest class that nothing contradicts, as far as was looked; none if not even safe, or if it goes wrong by
    /// itself.
    #[must_use]
    pub fn class(&self) -> Option<Model> {
        let explored = match &self.studied {
            Some(studied) => studied.scope.class(),
            None => Some(Model::Atomic),
        };
        let refuted = self.stressed.as_ref().and_then(|it| it.refuted);
        let below = |class: Model| match refuted {
            Some(refuted) if refuted <= class => {
                Model::CLASSES.into_iter().rfind(|&it| it < refuted)
            }
            _ => Some(class),
        };
        explored.and_then(below)
    }

    /// How it came out, as an exit code.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.standing() {
            Standing::Meets => Outcome::AsAdvertised,
            Standing::Unknown(_) => Outcome::Inconclusive,
            _ => Outcome::Contradicted,
        }
    }
}

/// A class is established only if every size of so many operations was explored to its end.
const ENOUGH: usize = 3;

impl Studied {
    /// Whether the register panics where one process stops. That of a lock of the standard library is no fault of its own:
    /// the process that was stopped has poisoned it.
    fn panics(&self) -> bool {
        let panics = self.halts.iter().filter_map(|halt| halt.panic.as_ref());
        panics
            .into_iter()
            .any(|it| !it.to_string().contains("PoisonError"))
    }

    /// How far it was explored, as part of a sentence: `in any scenario of up to 5 operations, exhaustive on sc, x86 and
    /// weak memory`.
    #[must_use]
    pub fn bound(&self, claims: &Claims) -> String {
        let operations = self.scope.operations(claims);
        format!(
            "in any scenario of up to {operations} operations, exhaustive on sc, x86 and weak memory"
        )
    }

    /// The largest sizes beyond that which were explored, those with most processes first.
    #[must_use]
    pub fn beyond(&self, claims: &Claims) -> Vec<Size> {
        let all = self.scope.operations(claims);
        let mut larger = self.scope.largest(MemoryModel::Weak);
        larger.retain(|size| size.operations() > all);
        larger.sort_by_key(|size| {
            let processes = size.writes().len() + size.reads().len();
            std::cmp::Reverse((processes, size.operations()))
        });
        larger
    }

    /// How long it was explored.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.scope
            .explored
            .iter()
            .map(|it| it.verified.elapsed)
            .sum()
    }
}

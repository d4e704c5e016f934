//! What a register really is: what real threads showed, what every interleaving shows, and who waits for whom.

use std::io;
use std::time::Duration;

use histories::Model;
use indicatif::ProgressBar;
use interleavings::{Limits, MemoryModel, survey_with};
use registers::scenario::Scenario;
use registers::standstill::{End, Finish, stand_still};
use registers::subject::{Claims, Subject};
use registers::{Guarantee, Progress};
use serde::Serialize;

use crate::cli::{Failure, Outcome};
use crate::explored::{Explored, HEADER, counted, draw_witness};
use crate::screen::{Screen, grouped, plural};
use crate::storms::{self, Stormed};

/// What is known of a register.
#[derive(Clone, Debug, Serialize)]
pub struct Classified {
    /// Its name.
    pub register: &'static str,
    /// The class that it claims.
    pub claims: Model,
    /// How many words it has.
    pub words: usize,
    /// How many may write it.
    pub writers: String,
    /// How many may read it.
    pub readers: String,
    /// What it claims for reads that others keep waiting.
    pub read_progress: String,
    /// What it claims for writes that others keep waiting.
    pub write_progress: String,
    /// The strongest class that nothing contradicted; absent if not even safe.
    pub survived: Option<Model>,
    /// What real threads showed.
    pub stormed: Stormed,
    /// What every interleaving shows, for each scenario and memory; nothing if its accesses cannot be seen.
    pub explored: Vec<Explored>,
    /// What becomes of the others while one stands still.
    pub standstills: Vec<Stopped>,
    #[serde(skip)]
    progress: Progress,
}

/// What becomes of the others while one stands still.
#[derive(Clone, Debug, Serialize)]
pub struct Stopped {
    /// Who stands still.
    pub stopped: &'static str,
    /// Behind how many steps it was stopped, one after the other.
    pub steps: usize,
    /// The most steps of its own that a read takes then; absent if one never completes, or if nobody is left to read.
    pub read_steps: Option<usize>,
    /// The same for a write.
    pub write_steps: Option<usize>,
    /// What happens to a read, in words.
    pub reads: String,
    /// What happens to a write, in words.
    pub writes: String,
    /// How somebody comes to wait for ever, as a schedule that can be replayed.
    pub waiting: Option<String>,
}

/// How an operation of a kind is kept from its end, in steps of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Steps {
    /// While all others stand still, anywhere; `unbounded` if it may wait for ever.
    pub alone: String,
    /// While all others run; `unbounded` if they can make it start again.
    pub among_others: String,
}

/// Beyond as many states the scenarios of a family are not let grow any further.
pub const LARGE: u64 = 50_000;

/// Explores every interleaving of a register in small scenarios, on both memories. Scenarios grow until they have many
/// states.
///
/// # Errors
///
/// If it cannot perform what it says that it can, or waits in a loop and does not say so.
pub fn explore(
    subject: &Subject,
    max_time: Duration,
    bar: &ProgressBar,
) -> Result<Vec<Explored>, Failure> {
    if stand_still(subject).iter().any(|found| found.spins) {
        let register = subject.claims().name;
        return Err(Failure::Spins { register });
    }
    let mut explored = Vec::new();
    let limits = Limits {
        time: max_time,
        ..Limits::default()
    };
    for family in Scenario::small(subject.claims()) {
        for scenario in family {
            let mut states = 0;
            for memory in [MemoryModel::Sc, MemoryModel::Weak] {
                let what = format!("{}, {}", subject.claims().name, scenario.name());
                bar.set_message(what.clone());
                let survey = survey_with(subject, &scenario, memory, &limits, |states| {
                    bar.set_message(format!("{what}: {} states", grouped(states)));
                })?;
                let found =
                    Explored::new(subject.claims(), &scenario, survey.report, survey.bounds);
                states = found.states.max(Some(states)).unwrap_or_default();
                explored.push(found);
            }
            if states > LARGE {
                break;
            }
        }
    }
    Ok(explored)
}

impl Classified {
    /// Puts together what is known of a register.
    #[must_use]
    pub fn new(
        claims: &Claims,
        stormed: Stormed,
        explored: Vec<Explored>,
        subject: Option<&Subject>,
    ) -> Self {
        let unbroken = strongest_unbroken(&explored);
        let standstills = subject.map(|subject| stand_still(subject).iter().map(stopped).collect());
        Self {
            register: claims.name,
            claims: claims.class.into(),
            words: stormed.words,
            writers: claims.writers.to_string(),
            readers: claims.readers.to_string(),
            read_progress: claims.progress.read.to_string(),
            write_progress: claims.progress.write.to_string(),
            survived: stormed.survived.min(unbroken),
            stormed,
            explored,
            standstills: standstills.unwrap_or_default(),
            progress: claims.progress,
        }
    }

    /// How many steps a read takes, the most that any scenario shows; none if not all was explored.
    #[must_use]
    pub fn read_steps(&self) -> Option<Steps> {
        self.steps(0)
    }

    /// How many steps a write takes.
    #[must_use]
    pub fn write_steps(&self) -> Option<Steps> {
        self.steps(2)
    }

    fn steps(&self, first: usize) -> Option<Steps> {
        let size = |bound: &&String| bound.parse::<usize>().unwrap_or(usize::MAX);
        // With the others standing still a load can be stale again and again on weak memory, which no machine does.
        let of = |memory: Option<&str>, kind: usize| {
            let by_states = self.explored.iter().filter(|it| it.states.is_some());
            let wanted = by_states.filter(|it| memory.is_none_or(|memory| it.memory == memory));
            let bounds: Option<Vec<&String>> = wanted
                .map(|it| it.steps.as_ref().map(|steps| &steps[kind]))
                .collect();
            bounds?.into_iter().max_by_key(size).cloned()
        };
        Some(Steps {
            alone: of(Some("sc"), first)?,
            among_others: of(None, first + 1)?,
        })
    }

    /// What every execution says of one kind of operation, or else what is claimed.
    fn guarantee(steps: Option<Steps>, claimed: &str) -> String {
        match steps {
            None => format!("{claimed} by its own account"),
            Some(steps) if steps.among_others != "unbounded" => "wait-free".to_owned(),
            Some(steps) if steps.alone == "unbounded" => "blocking".to_owned(),
            Some(_) => "never kept waiting by one who stands still".to_owned(),
        }
    }

    /// What contradicts its claims about progress, if anything does.
    #[must_use]
    pub fn waits_more_than_it_claims(&self) -> Option<String> {
        let kinds = [
            ("read", self.progress.read, self.read_steps()),
            ("write", self.progress.write, self.write_steps()),
        ];
        for (kind, claimed, steps) in kinds {
            let Some(steps) = steps else { continue };
            if claimed == Guarantee::WaitFree && steps.among_others == "unbounded" {
                return Some(format!(
                    "a {kind} claims to be wait-free, but others can keep it from its end for ever"
                ));
            }
            if claimed != Guarantee::Blocking && steps.alone == "unbounded" {
                return Some(format!(
                    "a {kind} claims to be {claimed}, but waits for one who stands still"
                ));
            }
        }
        for standstill in &self.standstills {
            for (what, claimed) in [
                (&standstill.reads, self.progress.read),
                (&standstill.writes, self.progress.write),
            ] {
                if claimed != Guarantee::Blocking && what.starts_with("never") {
                    return Some(format!(
                        "with a {} stopped, what claims to be {claimed} {what}",
                        standstill.stopped
                    ));
                }
            }
        }
        None
    }

    /// How it came out, as an exit code.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.survived < Some(self.claims) || self.waits_more_than_it_claims().is_some() {
            Outcome::Contradicted
        } else if self.stormed.reads == 0 || !self.is_explored() {
            Outcome::Inconclusive
        } else {
            Outcome::AsAdvertised
        }
    }

    /// Whether each scenario was explored to its end, on each memory and by whichever engine.
    fn is_explored(&self) -> bool {
        let done = |it: &Explored| {
            let mut all = self.explored.iter();
            all.any(|other| {
                other.exhaustive && other.scenario == it.scenario && other.memory == it.memory
            })
        };
        self.explored.iter().all(done)
    }

    /// How many executions stand behind the verdict.
    #[must_use]
    pub fn executions(&self) -> f64 {
        self.explored.iter().map(|it| it.executions).sum()
    }

    /// `exhaustive in 7 scenarios`, or how many of the explorations are exhaustive.
    #[must_use]
    pub fn coverage(&self) -> String {
        let all = self.explored.len();
        let exhaustive = self.explored.iter().filter(|it| it.exhaustive).count();
        let mut scenarios: Vec<&str> = self
            .explored
            .iter()
            .map(|it| it.scenario.as_str())
            .collect();
        scenarios.sort_unstable();
        scenarios.dedup();
        match all {
            0 => "storm only".to_owned(),
            _ if exhaustive == all => {
                format!("exhaustive in {}", plural(scenarios.len(), "scenario"))
            }
            _ => format!("{exhaustive} of {all} exhaustive"),
        }
    }

    /// Draws it.
    ///
    /// # Errors
    ///
    /// If the screen cannot be written.
    pub fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let register = self.register;
        screen.heading(&format!(
            "{register} of {}, for {} and {}, claims to be {}",
            plural(self.words, "word"),
            arity(&self.writers, "writer"),
            arity(&self.readers, "reader"),
            self.claims
        ))?;
        screen.heading(&format!(
            "Real threads: {} and {}, {:.1} s at full speed",
            plural(self.stormed.writers, "writer"),
            plural(self.stormed.readers, "reader"),
            self.stormed.seconds
        ))?;
        storms::draw(std::slice::from_ref(&self.stormed), screen)?;

        if self.explored.is_empty() {
            screen.gap()?;
            screen.note("Others wrote it, for hardware alone: no interleaving of its accesses can be explored, so a storm is all there is.")?;
        } else {
            screen.heading("Every interleaving")?;
            let rows: Vec<Vec<String>> = self.explored.iter().map(Explored::row).collect();
            screen.table(&HEADER, &rows)?;
            for unfinished in self.explored.iter().filter(|it| !it.exhaustive) {
                screen.note(&format!("{}: {}", unfinished.scenario, unfinished.coverage))?;
            }
        }
        self.draw_progress(screen)?;
        self.draw_verdict(screen)
    }

    fn draw_progress(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading(&format!(
            "Who waits for whom: reads are {}, writes are {}",
            Self::guarantee(self.read_steps(), &self.read_progress),
            Self::guarantee(self.write_steps(), &self.write_progress)
        ))?;
        if self.standstills.is_empty() {
            return screen.note("That is what its authors say.");
        }
        let mut rows: Vec<Vec<String>> = Vec::new();
        if let (Some(read), Some(write)) = (self.read_steps(), self.write_steps()) {
            let steps = |bound: &str| match bound {
                "unbounded" => "unbounded".to_owned(),
                "1" => "at most 1 step".to_owned(),
                bound => format!("at most {bound} steps"),
            };
            rows.push(vec![
                "in every execution above, among the others".to_owned(),
                steps(&read.among_others),
                steps(&write.among_others),
            ]);
        }
        for standstill in &self.standstills {
            rows.push(vec![
                format!(
                    "with a {} stopped for good behind each of its {} in turn",
                    standstill.stopped,
                    plural(standstill.steps, "step")
                ),
                standstill.reads.clone(),
                standstill.writes.clone(),
            ]);
        }
        screen.table(&["", "a read completes", "a write completes"], &rows)?;
        if let Some(waiting) = self.standstills.iter().find_map(|it| it.waiting.as_ref()) {
            screen.gap()?;
            screen.text(waiting)?;
            screen.note("Nothing in the other's power brings the last operation to its end.")?;
        }
        Ok(())
    }

    fn draw_verdict(&self, screen: &mut Screen) -> io::Result<()> {
        let register = self.register;
        let is = self
            .survived
            .map_or_else(|| "not even safe".to_owned(), |model| model.to_string());
        let next = Model::CLASSES
            .into_iter()
            .find(|&model| Some(model) > self.survived);
        screen.heading(&match next {
            Some(next) if self.survived.is_some() => format!("{register} is {is}, not {next}"),
            _ => format!("{register} is {is}"),
        })?;
        if let Some(next) = next {
            let witness = self
                .explored
                .iter()
                .find_map(|it| Some((it, it.broken.get(&next)?)));
            match witness {
                Some((of, broken)) => draw_witness(screen, of, broken)?,
                None => {
                    for sighting in self.stormed.first.iter().take(1) {
                        screen.text(&sighting.timeline)?;
                        screen.gap()?;
                        screen.text(&sighting.sentence)?;
                        screen.note("As real threads met it.")?;
                    }
                }
            }
        }
        screen.gap()?;
        if let Some(survived) = self.survived {
            let explored = match self.explored.len() {
                0 => String::new(),
                _ => format!(
                    " in {} executions, {},",
                    counted(self.executions()),
                    self.coverage()
                ),
            };
            let and = if explored.is_empty() { "" } else { " nor" };
            screen.note(&format!(
                "No violation of {survived}{explored}{and} in a storm of {} reads.",
                grouped(self.stormed.reads)
            ))?;
        }
        if let Some(waits) = self.waits_more_than_it_claims() {
            screen.text(&format!("It waits more than it claims: {waits}."))?;
        }
        let verdict = match self.outcome() {
            Outcome::Contradicted => format!("It claims to be {}: contradicted.", self.claims),
            Outcome::Inconclusive => {
                "Not everything could be looked at, so this is inconclusive.".to_owned()
            }
            Outcome::AsAdvertised => "As advertised.".to_owned(),
        };
        screen.text(&verdict)
    }
}

fn arity(many: &str, what: &str) -> String {
    match many {
        "one" => format!("one {what}"),
        _ => format!("many {what}s"),
    }
}

/// The strongest class that no exploration breaks.
fn strongest_unbroken(explored: &[Explored]) -> Option<Model> {
    let is_broken = |model: Model| explored.iter().any(|it| it.broken.contains_key(&model));
    let unbroken = Model::CLASSES
        .into_iter()
        .take_while(|&model| !is_broken(model));
    unbroken.last()
}

fn stopped(found: &registers::standstill::Standstill) -> Stopped {
    let steps = |finish: &Finish| match finish {
        Finish::Within(steps) => Some(*steps),
        Finish::Never { .. } | Finish::Nobody => None,
    };
    let said = |finish: &Finish| match finish {
        Finish::Within(steps) => format!("within {}", plural(*steps, "step")),
        Finish::Never { behind, .. } => format!("never, behind step {behind}"),
        Finish::Nobody => "(nobody else)".to_owned(),
    };
    let waiting = [&found.reads, &found.writes]
        .into_iter()
        .find_map(|finish| match finish {
            Finish::Never { schedule, .. } => Some(schedule.to_string()),
            Finish::Within(_) | Finish::Nobody => None,
        });
    Stopped {
        stopped: match found.stopped {
            End::Writer => "writer",
            End::Reader => "reader",
        },
        steps: found.steps,
        read_steps: steps(&found.reads),
        write_steps: steps(&found.writes),
        reads: said(&found.reads),
        writes: said(&found.writes),
        waiting,
    }
}

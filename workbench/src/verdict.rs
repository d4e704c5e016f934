//! What is known of a register, drawn: the answer first, then the execution that shows it, then what stands behind it.

use std::collections::BTreeMap;
use std::io;

use histories::Model;
use interleavings::scope::{Scope, Size, Wrong};
use interleavings::{Bound, FaultKind, MemoryModel, Retries};
use registers::Arity;
use registers::halt::{End, Finish, Halt};
use serde::Serialize;

use crate::classify::{Classified, Kept, Standing, Studied, Witnessed};
use crate::cli::Outcome;
use crate::screen::{Screen, grouped, listed, plural};
use crate::stressed::{self, Stressed};

/// What is known of a register, as a document.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// Its name.
    pub register: &'static str,
    /// How many words it has.
    pub words: usize,
    /// How many may write it.
    pub writers: Arities,
    /// How many may read it.
    pub readers: Arities,
    /// The class that it claims.
    pub claims: Model,
    /// How it came out.
    pub outcome: Outcome,
    /// The answer, in a sentence.
    pub answer: String,
    /// The strongest class that nothing contradicts, as far as was looked; absent if not even safe.
    pub class: Option<Model>,
    /// What was explored, in a sentence.
    pub scope: Option<String>,
    /// What follows for other numbers of words, or why nothing does.
    pub any_number_of_words: Option<bool>,
    /// What goes wrong.
    pub wrong: Vec<WrongDocument>,
    /// Who waits for whom.
    pub progress: Option<[ProgressDocument; 2]>,
    /// One for each exploration.
    pub explored: Vec<ExploredDocument>,
    /// Words that were not read, or not written.
    pub idle: Vec<String>,
    /// What real threads showed.
    pub stressed: Option<Stressed>,
}

/// `one` or `many`.
pub type Arities = &'static str;

/// How something goes wrong.
#[derive(Clone, Debug, Serialize)]
pub struct WrongDocument {
    /// What: `breaks atomic`, `data race`.
    pub what: String,
    /// What happens.
    pub sentence: String,
    /// In which scenario.
    pub scenario: String,
    /// Whether counters were about to wrap around.
    pub near_wrap: bool,
    /// The memories that show it.
    pub shown_on: Vec<String>,
    /// The execution, drawn.
    pub timeline: String,
    /// How many loads return a value that is not the latest.
    pub stale_loads: usize,
    /// How often another process is interrupted.
    pub context_switches: usize,
}

/// Who waits for whom.
#[derive(Clone, Debug, Serialize)]
pub struct ProgressDocument {
    /// `read` or `write`.
    pub operation: &'static str,
    /// What is claimed.
    pub claims: String,
    /// The strongest guarantee that nothing contradicts; absent if not every execution was looked at.
    pub found: Option<String>,
    /// How many steps of its own it takes at most among others; absent if there is no bound, or none is known.
    pub steps: Option<usize>,
}

/// One exploration.
#[derive(Clone, Debug, Serialize)]
pub struct ExploredDocument {
    /// What was performed.
    pub scenario: String,
    /// Whether counters were about to wrap around.
    pub near_wrap: bool,
    /// On which memory.
    pub memory: String,
    /// How many states were visited.
    pub states: u64,
    /// Whether that is everything.
    pub exhaustive: bool,
    /// How long it took.
    pub seconds: f64,
}

impl Verdict {
    /// What is known of a register.
    #[must_use]
    pub fn of(classified: &Classified) -> Self {
        let Classified {
            claims,
            words,
            stressed,
            studied,
        } = classified;
        let arity = |arity: Arity| match arity {
            Arity::One => "one",
            Arity::Many => "many",
        };
        let studied = studied.as_ref();
        let explored = studied.map(|it| it.scope.explored.iter());
        Self {
            register: claims.name,
            words: *words,
            writers: arity(claims.writers),
            readers: arity(claims.readers),
            claims: classified.claimed(),
            outcome: classified.outcome(),
            answer: answer(classified),
            class: classified.class(),
            scope: studied.map(|it| it.bound(claims)),
            any_number_of_words: studied.map(|it| it.any_words.is_ok()),
            wrong: studied
                .map(|it| {
                    it.witnesses
                        .iter()
                        .chain(&it.halted)
                        .map(WrongDocument::from)
                        .collect()
                })
                .unwrap_or_default(),
            progress: studied.map(|it| {
                [
                    progress_document("read", &it.progress.read),
                    progress_document("write", &it.progress.write),
                ]
            }),
            explored: explored
                .into_iter()
                .flatten()
                .map(|it| ExploredDocument {
                    scenario: it.scenario.name().to_owned(),
                    near_wrap: it.near_wrap,
                    memory: it.memory.to_string(),
                    states: it.verified.states,
                    exhaustive: it.verified.coverage == interleavings::Coverage::Exhaustive,
                    seconds: it.verified.elapsed.as_secs_f64(),
                })
                .collect(),
            idle: studied.map(idle).unwrap_or_default(),
            stressed: stressed.clone(),
        }
    }
}

impl From<&Witnessed> for WrongDocument {
    fn from(witnessed: &Witnessed) -> Self {
        Self {
            what: named(witnessed.wrong),
            sentence: witnessed.sentence.clone(),
            scenario: witnessed.scenario.clone(),
            near_wrap: witnessed.near_wrap,
            shown_on: witnessed.on.iter().map(ToString::to_string).collect(),
            timeline: witnessed.timeline.to_string(),
            stale_loads: witnessed.stale_loads,
            context_switches: witnessed.context_switches,
        }
    }
}

fn progress_document(operation: &'static str, kept: &Kept) -> ProgressDocument {
    ProgressDocument {
        operation,
        claims: kept.claimed.to_string(),
        found: kept.found.map(|found| found.to_string()),
        steps: match kept.steps() {
            Some(Bound::Steps(steps)) => Some(steps),
            _ => None,
        },
    }
}

/// What goes wrong: `not atomic`, `data race`, `waits for ever`.
#[must_use]
pub fn named(wrong: Wrong) -> String {
    match wrong {
        Wrong::Breaks(model) => format!("not {model}"),
        Wrong::Fails(kind) => kind.to_string(),
        Wrong::Waits => "waits for ever".to_owned(),
    }
}

/// The memories, as a sentence has them: `sc, x86 and weak memory`.
#[must_use]
pub fn memories(on: &[MemoryModel]) -> String {
    let names: Vec<String> = on.iter().map(ToString::to_string).collect();
    format!("{} memory", listed(&names))
}

/// The answer, in a sentence.
fn answer(classified: &Classified) -> String {
    let name = classified.claims.name;
    let claimed = classified.claimed();
    let studied = classified.studied.as_ref();
    let within = studied.map_or_else(String::new, |studied| {
        format!(" {}", studied.bound(&classified.claims))
    });
    match classified.standing() {
        Standing::Fails(FaultKind::Panic) => format!("{name} panics"),
        Standing::Fails(FaultKind::DataRace) => {
            format!("{name} has a data race: whatever it returns, nothing is guaranteed")
        }
        Standing::Fails(FaultKind::UseAfterFree) => {
            format!("{name} uses a block after it was given back: nothing is guaranteed")
        }
        Standing::Waits => format!("{name} can wait for ever, though nobody has stopped"),
        Standing::Less(model) => format!("{name} claims to be {claimed}, but is not {model}"),
        Standing::Stressed => match &classified.stressed {
            Some(stressed) => format!(
                "{name} claims to be {claimed}, but real threads showed: {}",
                stressed.seen()
            ),
            None => format!("{name} claims to be {claimed}, but is not"),
        },
        Standing::WaitsMore(why) => format!("No violation of {claimed}{within}, but {why}"),
        Standing::Unknown(_) => format!("Nothing is established of {name}"),
        Standing::Meets if classified.studied.is_none() => {
            format!("Nothing was seen that contradicts {claimed}, which proves nothing")
        }
        Standing::Meets => format!("No violation of {claimed}{within}"),
    }
}

/// Draws what is known of a register.
///
/// # Errors
///
/// If the screen cannot be written.
pub fn draw(classified: &Classified, screen: &mut Screen) -> io::Result<()> {
    let claims = &classified.claims;
    let of = |arity: Arity, what: &str| match arity {
        Arity::One => format!("1 {what}"),
        Arity::Many => format!("many {what}s"),
    };
    screen.note(&format!(
        "{} of {}, for {} and {}, claims to be {}",
        claims.name,
        plural(classified.words, "word"),
        of(claims.writers, "writer"),
        of(claims.readers, "reader"),
        classified.claimed(),
    ))?;
    screen.heading(&format!("{}.", answer(classified)))?;
    if let Standing::Unknown(why) = classified.standing() {
        screen.wrapped(&format!("Inconclusive: {why}."))?;
        screen.gap()?;
    }
    if let Some(Studied {
        hidden: Some(_), ..
    }) = &classified.studied
    {
        screen.text("What was explored is not what it does, and is not shown.")?;
    } else if let Some(studied) = &classified.studied {
        draw_scope(classified, studied, screen)?;
        let drawn: Vec<&Witnessed> = studied.witnesses.iter().chain(&studied.halted).collect();
        for witnessed in drawn {
            draw_witness(claims.name, classified.claimed(), witnessed, screen)?;
        }
        draw_explored(&studied.scope, classified.claimed(), screen)?;
        draw_progress(studied, screen)?;
    } else {
        screen.text("Others wrote it, for hardware alone: its accesses cannot be seen, so real threads are all there is.")?;
    }
    if let Some(stressed) = &classified.stressed {
        draw_stressed(stressed, screen)?;
    }
    screen.gap()?;
    screen.text(match classified.outcome() {
        Outcome::AsAdvertised if classified.studied.is_some() => {
            "As advertised, within what was explored."
        }
        Outcome::AsAdvertised => "Not contradicted.",
        Outcome::Contradicted => "Contradicted.",
        Outcome::Inconclusive => "Inconclusive.",
    })
}

/// What was explored, and what that leaves out.
fn draw_scope(classified: &Classified, studied: &Studied, screen: &mut Screen) -> io::Result<()> {
    let claims = &classified.claims;
    let scope = &studied.scope;
    /// How many sizes are named.
    const NAMED: usize = 4;
    let mut text =
        "Weak memory is that of C++20, but for load buffering: no load returns a store that is still to come."
            .to_owned();
    let beyond = studied.beyond(claims);
    if !beyond.is_empty() {
        let named = &beyond[..beyond.len().min(NAMED)];
        let others = match beyond.len() - named.len() {
            0 => String::new(),
            others => format!(", and of {others} more as large"),
        };
        text += &format!(
            " Every execution was explored of {} besides{others}.",
            sizes(named, claims)
        );
    }
    if scope.explored.iter().any(|it| it.near_wrap) {
        text += " Counters start at 0, and shortly before they wrap around.";
    }
    match &studied.any_words {
        Ok(()) => text += " It holds for any number of words, since they are only copied.",
        Err(why) if classified.words > 1 => {
            text += &format!(" It holds for {} words only: {why}.", classified.words);
        }
        Err(_) => {}
    }
    screen.wrapped(&text)?;
    let Retries {
        by_hand,
        counted,
        remembered,
        ..
    } = studied.retries;
    if by_hand {
        screen.wrapped("Its loops are written by hand: each failed attempt was repeated 1,100 times, and all kinds were mixed, without a difference.")?;
    }
    if counted {
        screen.wrapped("Its loops count their failed attempts: each count was explored.")?;
    }
    if remembered {
        screen.wrapped(
            "Failed attempts leave more behind than their number: each was explored by itself.",
        )?;
    }
    let idle = idle(studied);
    if !idle.is_empty() {
        screen.wrapped(&format!(
            "Nothing was learnt of what no scenario touched: {}.",
            listed(&idle)
        ))?;
    }
    for (why, unfinished) in unfinished(scope) {
        screen.wrapped(&format!("Not finished: {}, {why}.", listed(&unfinished)))?;
    }
    Ok(())
}

/// What did not come to its end, by the reason.
fn unfinished(scope: &Scope) -> BTreeMap<&str, Vec<String>> {
    /// How many are named.
    const NAMED: usize = 4;
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (it, why) in scope.unfinished() {
        let name = format!("{} on {} memory", it.scenario.name(), it.memory);
        by_reason.entry(why).or_default().push(name);
    }
    for names in by_reason.values_mut() {
        let more = names.len().saturating_sub(NAMED);
        if more > 0 {
            names.truncate(NAMED);
            names.push(format!("{more} more"));
        }
    }
    by_reason
}

/// The words that were not read, or not written, those of one array together.
fn idle(studied: &Studied) -> Vec<String> {
    let mut arrays: BTreeMap<(String, &str), Vec<&str>> = BTreeMap::new();
    for (word, used) in studied.exercised.idle() {
        let lacks = match (used.read, used.written) {
            (false, false) => "neither read nor written",
            (true, false) => "never written",
            (false, true) => "never read",
            (true, true) => continue,
        };
        let array = word.rsplit_once('[').map_or(word, |(array, _)| array);
        arrays
            .entry((array.to_owned(), lacks))
            .or_default()
            .push(word);
    }
    let name = |((array, lacks), words): ((String, &str), Vec<&str>)| match words.as_slice() {
        [only] => format!("{only} ({lacks})"),
        _ => format!("{array} ({lacks})"),
    };
    arrays.into_iter().map(name).collect()
}

/// Draws an execution that shows what goes wrong with a register of this name.
///
/// # Errors
///
/// If the screen cannot be written.
pub fn draw_witness(
    name: &str,
    claimed: Model,
    witnessed: &Witnessed,
    screen: &mut Screen,
) -> io::Result<()> {
    let is_beyond = match witnessed.wrong {
        Wrong::Breaks(model) => model > claimed,
        _ => false,
    };
    let heading = match witnessed.wrong {
        Wrong::Breaks(model) if is_beyond => format!("It is not {model}, and claims no such thing"),
        wrong => {
            let mut what = named(wrong);
            what[..1].make_ascii_uppercase();
            what
        }
    };
    screen.heading(&heading)?;
    screen.text(&witnessed.timeline.to_string())?;
    screen.gap()?;
    screen.wrapped(&witnessed.sentence)?;
    let near = if witnessed.near_wrap {
        ", with counters about to wrap around"
    } else {
        ""
    };
    screen.note(&format!(
        "In {}{near}; shown by {}.",
        witnessed.scenario,
        memories(&witnessed.on)
    ))?;
    match witnessed.stale_loads {
        0 if registers::catalogue::Register::named(name).is_some() => screen.note(&format!(
            "On real threads, step by step: workbench replay {name} FILE"
        )),
        0 => Ok(()),
        1 => screen.note("One load is stale: threads that take turns cannot show it."),
        many => screen.note(&format!(
            "{many} loads are stale: threads that take turns cannot show it."
        )),
    }
}

/// What stands for an exploration that was left out, because it would find nothing new.
const FOLLOWS: &str = "follows";

/// A line for each size, and a column for each memory.
fn draw_explored(scope: &Scope, claimed: Model, screen: &mut Screen) -> io::Result<()> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut seen: Vec<(String, bool)> = Vec::new();
    for explored in &scope.explored {
        let key = (explored.scenario.name().to_owned(), explored.near_wrap);
        if seen.contains(&key) {
            continue;
        }
        let of = |memory: MemoryModel| {
            let found = scope.explored.iter().find(|it| {
                it.memory == memory
                    && it.near_wrap == explored.near_wrap
                    && it.scenario.name() == explored.scenario.name()
            });
            match found {
                None if scope.follows_from_weak(explored, memory) => FOLLOWS.to_owned(),
                None => "not explored".to_owned(),
                Some(it) => {
                    let breaks = it.verified.breaks.keys().find(|model| **model <= claimed);
                    let fails = it.verified.fails.first().map(ToString::to_string);
                    let waits = it.verified.stuck.as_ref().map(|_| "waits".to_owned());
                    let wrong = fails
                        .or(waits)
                        .or(breaks.map(|model| format!("not {model}")));
                    match (wrong, &it.verified.coverage) {
                        (Some(wrong), _) => wrong,
                        (None, interleavings::Coverage::Exhaustive) => grouped(it.verified.states),
                        (None, _) if scope.follows_from_weak(it, memory) => FOLLOWS.to_owned(),
                        (None, _) => format!("{}, not finished", grouped(it.verified.states)),
                    }
                }
            }
        };
        let mut cells = MemoryModel::ALL.map(of).to_vec();
        let is_as_before = |row: &Vec<String>| row[0] == key.0 && row[1..] == cells[..];
        // What counters that wrap around do not change is not told twice.
        if !rows.iter().any(is_as_before) {
            let wraps = if key.1 { ", wraps" } else { "" };
            cells.insert(0, format!("{}{wraps}", key.0));
            rows.push(cells);
        }
        seen.push(key);
    }
    screen.heading("States explored, up to commuting steps and like readers")?;
    screen.table(&["scenario", "sc", "x86", "weak"], &rows)?;
    if rows.iter().flatten().any(|cell| cell == FOLLOWS) {
        screen.note(&format!(
            "{FOLLOWS}: each of these executions is one of those on weak memory"
        ))?;
    }
    screen.note(&format!(
        "{} states in {:.2} s; the exploration ended when {}.",
        grouped(scope.states()),
        scope
            .explored
            .iter()
            .map(|it| it.verified.elapsed.as_secs_f64())
            .sum::<f64>(),
        scope.ended
    ))
}

/// Who waits for whom.
fn draw_progress(studied: &Studied, screen: &mut Screen) -> io::Result<()> {
    let found = |kept: &Kept| match kept.found {
        None => format!("{} by its own account", kept.claimed),
        Some(found) => found.to_string(),
    };
    screen.heading(&format!(
        "Who waits for whom: reads are {}, writes are {}",
        found(&studied.progress.read),
        found(&studied.progress.write)
    ))?;
    let steps = |kept: &Kept| match kept.steps() {
        None => "not known".to_owned(),
        Some(Bound::Unbounded) if kept.grows => "the more there are, the more steps".to_owned(),
        Some(Bound::Unbounded) => "without bound".to_owned(),
        Some(Bound::Steps(1)) => "at most 1 step".to_owned(),
        Some(Bound::Steps(steps)) => format!("at most {steps} steps"),
    };
    let mut rows = vec![vec![
        "among the others".to_owned(),
        steps(&studied.progress.read),
        steps(&studied.progress.write),
    ]];
    for halt in &studied.halts {
        rows.push(halt_row(halt));
    }
    screen.table(&["", "a read completes", "a write completes"], &rows)?;
    for (kind, kept) in [
        ("read", &studied.progress.read),
        ("write", &studied.progress.write),
    ] {
        if let Some((lacks, schedule)) = &kept.schedule
            && kept.claimed >= *lacks
        {
            screen.gap()?;
            screen.text(&schedule.to_string())?;
            screen.note(&format!("Here a {kind} ceases to be {lacks}."))?;
        }
    }
    Ok(())
}

fn halt_row(halt: &Halt) -> Vec<String> {
    let finish = |finish: &Finish| match finish {
        Finish::Within(steps) => format!("within {}", plural(*steps, "step")),
        Finish::Never { behind, .. } => format!("never, behind step {behind}"),
        Finish::Nobody => "(nobody else)".to_owned(),
    };
    let who = match halt.stopped {
        End::Writer => "writer",
        End::Reader => "reader",
    };
    vec![
        format!(
            "a {who} stopped behind each of {}",
            plural(halt.steps, "step")
        ),
        finish(&halt.reads),
        finish(&halt.writes),
    ]
}

/// What real threads showed.
fn draw_stressed(stressed: &Stressed, screen: &mut Screen) -> io::Result<()> {
    screen.heading(&format!(
        "Real threads: {} and {}, {:.1} s at full speed",
        plural(stressed.writers, "writer"),
        plural(stressed.readers, "reader"),
        stressed.seconds
    ))?;
    if stressed.refuted.is_none() && stressed.panic.is_none() && stressed.stuck.is_none() {
        return screen.text(&format!(
            "Nothing seen in {} reads beside {} writes.",
            grouped(stressed.reads),
            grouped(stressed.writes)
        ));
    }
    stressed::draw(std::slice::from_ref(stressed), screen)?;
    if let Some(panic) = &stressed.panic {
        screen.text(&format!("It panicked: {panic}"))?;
    }
    if let Some(stuck) = stressed.stuck {
        screen.text(&format!("For seconds {stuck} did not come back."))?;
    }
    Ok(())
}

/// The largest sizes, by name.
#[must_use]
pub fn sizes(sizes: &[Size], claims: &registers::subject::Claims) -> String {
    let names: Vec<String> = sizes
        .iter()
        .map(|size| size.scenario(claims).name().to_owned())
        .collect();
    listed(&names)
}

//! How far: scenarios by iterative deepening, from the smallest on, until the effort is spent.
//!
//! A *size* says how often each of some writers writes, and how often each of some readers reads. Sizes are explored in
//! the order of how many operations they have; of those with as many, the one that promises the fewest states comes first,
//! judged by those that are smaller by one. Many writes of one writer count for less, because slots come round
//! and counters wrap around only after many. A size that promises more states than are left is passed over, and the
//! exploration ends where none is left that does not. So a register whose states grow slowly is explored further than
//! one whose states explode; and one that cannot be explored at all, because it keeps state outside of its memory or
//! makes words while it runs, is given up after a few sizes. The effort is counted in states, so that a verdict does not depend on how busy the machine
//! is; a limit in time is a second one.
//!
//! **Which memory.** Weak memory is explored in every scenario. What it breaks there is looked for on the others, to tell
//! which memories show it. Where it breaks nothing, the others break nothing either, because each of their executions is
//! one of weak memory:
//!
//! * a sequentially consistent one always is;
//! * one of x86 is one of RC11 (Podkopaev, Lahav and Vafeiadis, *Bridging the gap between programming languages and
//!   hardware weak memory models*, 2019), and RC11 is C++20 in programs that access no word both SeqCst and otherwise.
//!   Where a register mixes the two, C++20 forbids to the letter what x86 may do (issue 3941 of the standard's library
//!   group), so its scenarios are explored on x86 too.
//!
//! Tests compare the memories on random programs. Small scenarios are explored on all three all the same.
//!
//! **Which variant.** If the register asks where a counter starts, scenarios with two writes and more are explored once
//! more with counters that are about to wrap around.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use histories::{History, Model};
use registers::Arity;
use registers::scenario::{Scenario, Unsupported};
use registers::subject::{Claims, Subject};

use crate::explore::{Variant, Verified, verify};
use crate::faults::FaultKind;
use crate::graph::Limits;
use crate::interrupt::is_interrupted;
use crate::report::{Coverage, MemoryModel};

/// Who does how much: how often each process writes or reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    /// How often each writer writes, the busiest first.
    writes: Vec<usize>,
    /// How often each reader reads, the busiest first.
    reads: Vec<usize>,
}

impl Size {
    /// One write, one read.
    fn smallest() -> Self {
        Self {
            writes: vec![1],
            reads: vec![1],
        }
    }

    /// How often each writer writes, the busiest first.
    pub fn writes(&self) -> &[usize] {
        &self.writes
    }

    /// How often each reader reads, the busiest first.
    pub fn reads(&self) -> &[usize] {
        &self.reads
    }

    /// The sizes with one operation more, of those that a register can have.
    fn larger(&self, claims: &Claims) -> Vec<Self> {
        let writes = with_one_more(&self.writes, claims.writers).into_iter();
        let reads = with_one_more(&self.reads, claims.readers).into_iter();
        let with_writes = writes.map(|writes| Self {
            writes,
            ..self.clone()
        });
        let with_reads = reads.map(|reads| Self {
            reads,
            ..self.clone()
        });
        with_writes.chain(with_reads).collect()
    }

    /// The sizes with one operation less.
    fn smaller(&self) -> Vec<Self> {
        let writes = with_one_less(&self.writes).into_iter();
        let reads = with_one_less(&self.reads).into_iter();
        let with_writes = writes.map(|writes| Self {
            writes,
            ..self.clone()
        });
        let with_reads = reads.map(|reads| Self {
            reads,
            ..self.clone()
        });
        with_writes.chain(with_reads).collect()
    }

    /// How many operations it has.
    pub fn operations(&self) -> usize {
        self.writes.iter().chain(&self.reads).sum()
    }

    /// The same, but that of one writer only every other write counts.
    fn rank(&self) -> usize {
        let writes = match self.writes[..] {
            [writes] => 1 + writes / 2,
            _ => self.writes.iter().sum(),
        };
        writes + self.reads.iter().sum::<usize>()
    }

    /// Whether each process of it does no more than one of its own in another size. Then each of its executions is the
    /// beginning of one of that.
    fn is_within(&self, other: &Self) -> bool {
        let within = |mine: &[usize], theirs: &[usize]| {
            let mut both = mine.iter().zip(theirs);
            mine.len() <= theirs.len() && both.all(|(mine, theirs)| mine <= theirs)
        };
        within(&self.writes, &other.writes) && within(&self.reads, &other.reads)
    }

    /// Its scenario on a register with these claims.
    pub fn scenario(&self, claims: &Claims) -> Scenario {
        let writers = self.writes.iter().map(|&writes| "w".repeat(writes));
        let readers = self.reads.iter().map(|&reads| "r".repeat(reads));
        let lanes: Vec<String> = writers.chain(readers).collect();
        let scenario: Scenario = lanes.join(".").parse().expect("these are lanes");
        match claims.small_numbers() {
            Some(below) => scenario.below(below),
            None => scenario,
        }
    }
}

/// All ways to add an operation to one of some processes, or a process with one.
fn with_one_more(operations: &[usize], processes: Arity) -> Vec<Vec<usize>> {
    let places = match processes {
        Arity::One => operations.len(),
        Arity::Many => operations.len() + 1,
    };
    let added = (0..places).map(|at| {
        let mut more = operations.to_vec();
        more.resize(more.len().max(at + 1), 0);
        more[at] += 1;
        more.sort_unstable_by(|a, b| b.cmp(a));
        more
    });
    distinct(added)
}

/// All ways to take an operation away, so that at least one is left.
fn with_one_less(operations: &[usize]) -> Vec<Vec<usize>> {
    let taken = (0..operations.len()).map(|at| {
        let mut less = operations.to_vec();
        less[at] -= 1;
        less.sort_unstable_by(|a, b| b.cmp(a));
        less.retain(|&operations| operations > 0);
        less
    });
    distinct(taken.filter(|less| !less.is_empty()))
}

fn distinct(all: impl Iterator<Item = Vec<usize>>) -> Vec<Vec<usize>> {
    let all: BTreeSet<Vec<usize>> = all.collect();
    all.into_iter().collect()
}

/// How much may be spent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// So many states on weak memory, of all scenarios together.
    pub states: u64,
    /// So much time.
    pub time: Duration,
    /// What one exploration may take.
    pub each: Limits,
    /// Whether to end as soon as the register is known to be less than this.
    pub until_not: Option<Model>,
}

impl Default for Effort {
    /// A hundred thousand states, which takes a second or so; a minute.
    fn default() -> Self {
        Self {
            states: 100_000,
            time: Duration::from_secs(60),
            each: Limits::default(),
            until_not: None,
        }
    }
}

/// One scenario, explored on one memory.
#[derive(Clone, Debug)]
pub struct Explored {
    /// What was performed.
    pub scenario: Scenario,
    /// Its size, if it is one of those.
    pub size: Option<Size>,
    /// Whether counters were about to wrap around.
    pub near_wrap: bool,
    /// On which memory.
    pub memory: MemoryModel,
    /// What came of it.
    pub verified: Verified,
}

/// What may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wrong {
    /// It breaks a model.
    Breaks(Model),
    /// It goes wrong by itself.
    Fails(FaultKind),
    /// An operation waits for ever, though nobody has stopped.
    Waits,
}

/// The smallest scenario in which something goes wrong, and the memories that show it there.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What was performed.
    pub scenario: Scenario,
    /// Whether counters were about to wrap around.
    pub near_wrap: bool,
    /// The memories that show it, the strongest first.
    pub on: Vec<MemoryModel>,
    /// A history that breaks the model.
    pub history: Option<History>,
}

/// Everything that was explored of a register.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// In the order in which it was explored.
    pub explored: Vec<Explored>,
    /// What goes wrong.
    pub wrong: BTreeMap<Wrong, Shown>,
    /// When it was not explored any further: `60 s were over`.
    pub ended: String,
}

/// Explores a register from the smallest size on, and whatever scenarios are given besides, until the effort is spent.
/// `progress` is told what is being explored.
///
/// # Errors
///
/// If the register cannot perform what it says that it can.
pub fn explore_scope(
    subject: &Subject,
    variant: Variant,
    besides: &[Scenario],
    effort: &Effort,
    progress: &mut dyn FnMut(&Scenario, u64),
) -> Result<Scope, Unsupported> {
    let claims = subject.claims();
    let mut search = Search {
        subject,
        variant,
        effort,
        begun: Instant::now(),
        states: 0,
        scope: Scope::default(),
    };
    let mut states: BTreeMap<Size, u64> = BTreeMap::new();
    let mut open = BTreeSet::from([Size::smallest()]);
    search.scope.ended = "everything was explored".to_owned();
    while let Some((size, expected)) = next(&open, &states) {
        open.remove(&size);
        if search.states + expected > effort.states && !states.is_empty() {
            search.scope.ended = format!("{} states on weak memory were spent", effort.states);
            continue;
        }
        if is_interrupted() {
            search.scope.ended = "it was interrupted".to_owned();
            break;
        }
        if search.begun.elapsed() > effort.time {
            search.scope.ended = format!("{} s were over", effort.time.as_secs_f64());
            break;
        }
        let scenario = size.scenario(claims);
        let found = search.scenario(&scenario, Some(&size), progress)?;
        states.insert(size.clone(), found);
        if search.is_futile() {
            search.scope.ended = format!("the last {FUTILE} sizes could not be explored");
            break;
        }
        if search.is_hopeless() {
            search.scope.ended = "nothing was left that it could still meet".to_owned();
            break;
        }
        let is_known = |smaller: &Size| states.contains_key(smaller);
        let larger = size.larger(claims).into_iter();
        open.extend(larger.filter(|larger| larger.smaller().iter().all(is_known)));
    }
    for scenario in besides {
        if subject.check(scenario.operations()).is_ok() && !search.is_hopeless() {
            search.scenario(scenario, None, progress)?;
        }
    }
    Ok(search.scope)
}

/// The size to explore next, and how many states it promises to have.
fn next(open: &BTreeSet<Size>, states: &BTreeMap<Size, u64>) -> Option<(Size, u64)> {
    /// How many times more states a size has than one that is smaller by one, as a rule.
    const GROWTH: f64 = 6.0;
    let expected = |size: &Size| {
        let smaller = size.smaller().into_iter();
        let smaller = smaller.filter_map(|it| Some((*states.get(&it)?, it)));
        let grown = smaller.map(|(count, smaller)| {
            // As it grew before.
            let before = smaller.smaller().into_iter();
            let growth = before
                .filter_map(|before| Some(count as f64 / *states.get(&before)? as f64))
                .fold(f64::NAN, f64::min);
            let growth = if growth.is_nan() {
                GROWTH
            } else {
                growth.max(1.5)
            };
            count as f64 * growth
        });
        grown.fold(1.0, f64::max) as u64
    };
    let all = open.iter().map(|size| (size, expected(size)));
    let (size, expected) = all.min_by_key(|&(size, expected)| (size.rank(), expected, size))?;
    Some((size.clone(), expected))
}

/// After so many sizes in a row that cannot be explored, though they have few states, larger ones are not tried: each
/// contains executions that end where those of a smaller one did.
const FUTILE: usize = 24;

/// An exploration of many scenarios under way.
struct Search<'a> {
    subject: &'a Subject,
    variant: Variant,
    effort: &'a Effort,
    begun: Instant,
    states: u64,
    scope: Scope,
}

/// Scenarios with fewer states on weak memory are explored on all memories, whatever weak memory says.
const SMALL: u64 = 1_500;

impl Search<'_> {
    /// Explores a scenario on each memory that matters, and returns how many states it has on weak memory.
    fn scenario(
        &mut self,
        scenario: &Scenario,
        size: Option<&Size>,
        progress: &mut dyn FnMut(&Scenario, u64),
    ) -> Result<u64, Unsupported> {
        let mut states = 0;
        let mut variants = vec![self.variant];
        let writes = scenario.operations().operations().iter();
        let writes = writes.filter(|it| it.is_write()).count();
        let mut next = 0;
        while let Some(&variant) = variants.get(next) {
            next += 1;
            let weak = self.explore(scenario, size, MemoryModel::Weak, variant, progress)?;
            self.states += weak.states;
            states += weak.states;
            let asks = weak.counts && !self.variant.near_wrap && writes >= 2;
            if asks && variants.len() == 1 {
                variants.push(Variant {
                    near_wrap: true,
                    ..self.variant
                });
            }
            let is_news = !self.news(&weak).is_empty();
            let others: &[MemoryModel] = if weak.states <= SMALL || is_news {
                &[MemoryModel::X86, MemoryModel::Sc]
            } else if weak.exercised.mixes_seq_cst() {
                &[MemoryModel::X86]
            } else {
                &[]
            };
            let mut found = vec![(MemoryModel::Weak, weak)];
            for &memory in others {
                let verified = self.explore(scenario, size, memory, variant, progress)?;
                found.insert(0, (memory, verified));
            }
            let mut wrong: BTreeSet<Wrong> = BTreeSet::new();
            for (_, verified) in &found {
                wrong.extend(self.news(verified));
            }
            for wrong in wrong {
                let shows = found.iter().filter(|(_, it)| is_shown(it, wrong));
                let on: Vec<MemoryModel> = shows.clone().map(|(memory, _)| *memory).collect();
                let mut histories = shows.filter_map(|(_, it)| match wrong {
                    Wrong::Breaks(model) => it.breaks.get(&model).cloned(),
                    Wrong::Waits => it.stuck.clone(),
                    Wrong::Fails(_) => None,
                });
                let shown = Shown {
                    scenario: scenario.clone(),
                    near_wrap: variant.near_wrap,
                    on,
                    history: histories.next(),
                };
                self.keep(wrong, shown);
            }
        }
        Ok(states)
    }

    fn explore(
        &mut self,
        scenario: &Scenario,
        size: Option<&Size>,
        memory: MemoryModel,
        variant: Variant,
        progress: &mut dyn FnMut(&Scenario, u64),
    ) -> Result<Verified, Unsupported> {
        let left = self.effort.time.saturating_sub(self.begun.elapsed());
        let limits = Limits {
            time: self
                .effort
                .each
                .time
                .min(left.max(Duration::from_millis(1))),
            ..self.effort.each
        };
        let verified = verify(self.subject, scenario, memory, variant, &limits, |states| {
            progress(scenario, states)
        })?;
        self.scope.explored.push(Explored {
            scenario: scenario.clone(),
            size: size.cloned(),
            near_wrap: variant.near_wrap,
            memory,
            verified: verified.clone(),
        });
        Ok(verified)
    }

    /// What goes wrong here that was not known to go wrong on every memory.
    fn news(&self, verified: &Verified) -> Vec<Wrong> {
        let breaks = verified.breaks.keys().map(|&model| Wrong::Breaks(model));
        let fails = verified.fails.iter().map(|&kind| Wrong::Fails(kind));
        let known = |wrong: &Wrong| {
            let shown = self.scope.wrong.get(wrong);
            shown.is_some_and(|shown| shown.on.len() == MemoryModel::ALL.len())
        };
        let waits = verified.stuck.iter().map(|_| Wrong::Waits);
        let all = breaks.chain(fails).chain(waits);
        all.filter(|wrong| !known(wrong)).collect()
    }

    /// Keeps where something goes wrong, if more memories show it there than elsewhere.
    fn keep(&mut self, wrong: Wrong, shown: Shown) {
        let known = self.scope.wrong.get(&wrong);
        if known.is_none_or(|known| known.on.len() < shown.on.len()) {
            self.scope.wrong.insert(wrong, shown);
        }
    }

    /// Whether sizes cannot be explored, for a reason that is not their number of states.
    fn is_futile(&self) -> bool {
        let on_weak = self.scope.explored.iter().rev();
        let on_weak = on_weak.filter(|it| it.memory == MemoryModel::Weak && it.size.is_some());
        let mut last = on_weak.take(FUTILE).map(|it| &it.verified);
        self.scope.explored.len() >= FUTILE
            && last.all(|it| it.states <= SMALL && matches!(it.coverage, Coverage::Inconclusive(_)))
    }

    /// Whether nothing is left to find out: even the weakest class is broken, or the register goes wrong by itself, on
    /// every memory.
    fn is_hopeless(&self) -> bool {
        let everywhere = |wrong: &Wrong| {
            let shown = self.scope.wrong.get(wrong);
            shown.is_some_and(|shown| shown.on.len() == MemoryModel::ALL.len())
        };
        let fails = |wrong: &Wrong| matches!(wrong, Wrong::Fails(_)) && everywhere(wrong);
        let is_less = self.effort.until_not.is_some_and(|claimed| {
            self.scope.class() < Some(claimed) || self.scope.wrong.contains_key(&Wrong::Waits)
        });
        is_less || everywhere(&Wrong::Breaks(Model::Safe)) || self.scope.wrong.keys().any(fails)
    }
}

/// The number of operations up to which all sizes that a register can have are `done`.
fn up_to(claims: &Claims, done: impl Fn(&Size) -> bool) -> usize {
    let mut sizes = BTreeSet::from([Size::smallest()]);
    let mut operations = 1;
    while sizes.iter().all(&done) {
        operations += 1;
        sizes = sizes.iter().flat_map(|size| size.larger(claims)).collect();
    }
    operations
}

fn is_shown(verified: &Verified, wrong: Wrong) -> bool {
    match wrong {
        Wrong::Breaks(model) => verified.breaks.contains_key(&model),
        Wrong::Fails(kind) => verified.fails.contains(&kind),
        Wrong::Waits => verified.stuck.is_some(),
    }
}

impl Scope {
    /// The strongest class that nothing contradicts; `None` if not even safe. A register that goes wrong by itself meets
    /// none.
    pub fn class(&self) -> Option<Model> {
        let fails = self
            .wrong
            .keys()
            .any(|wrong| matches!(wrong, Wrong::Fails(_)));
        let met = |model: &Model| !fails && !self.wrong.contains_key(&Wrong::Breaks(*model));
        Model::CLASSES.into_iter().filter(met).max()
    }

    /// The explorations that did not come to their end, each with the reason. Not those of which nothing is left to know:
    /// they follow from what was explored on weak memory.
    pub fn unfinished(&self) -> impl Iterator<Item = (&Explored, &str)> {
        let unknown = self.explored.iter();
        let unknown =
            unknown.filter(|it| it.size.is_none() || !self.follows_from_weak(it, it.memory));
        unknown.filter_map(|it| match &it.verified.coverage {
            Coverage::Inconclusive(reason) => Some((it, reason.as_str())),
            Coverage::Exhaustive | Coverage::Bound(_) => None,
        })
    }

    /// The largest sizes that were explored to the end on a memory.
    pub fn largest(&self, memory: MemoryModel) -> Vec<Size> {
        let sizes: BTreeSet<Size> = self
            .explored
            .iter()
            .filter(|it| it.memory == memory && it.verified.coverage == Coverage::Exhaustive)
            .filter_map(|it| it.size.clone())
            .collect();
        let is_largest = |size: &&Size| {
            let mut others = sizes.iter().filter(|other| other != size);
            !others.any(|other| size.is_within(other))
        };
        sizes.iter().filter(is_largest).cloned().collect()
    }

    /// The number of operations up to which every size is decided on every memory: explored to the end, or explored on
    /// weak memory, of whose executions it has no others.
    pub fn operations(&self, claims: &Claims) -> usize {
        let all = MemoryModel::ALL.map(|memory| {
            up_to(claims, |size| {
                let on_weak = self.of(size, MemoryModel::Weak).next();
                self.is_explored(size, memory)
                    || on_weak.is_some_and(|it| self.follows_from_weak(it, memory))
            })
        });
        all.into_iter().min().unwrap_or(0)
    }

    /// Whether every execution on a memory of what was explored is one of those that were explored to the end on weak
    /// memory.
    #[must_use]
    pub fn follows_from_weak(&self, explored: &Explored, memory: MemoryModel) -> bool {
        let all = self.explored.iter();
        let of_the_same = all.filter(|it| it.scenario == explored.scenario);
        let mut on_weak = of_the_same
            .filter(|it| it.memory == MemoryModel::Weak)
            .peekable();
        let covers = |it: &Explored| {
            it.verified.coverage == Coverage::Exhaustive
                && (memory == MemoryModel::Sc || !it.verified.exercised.mixes_seq_cst())
        };
        on_weak.peek().is_some() && on_weak.all(covers)
    }

    fn of(&self, size: &Size, memory: MemoryModel) -> impl Iterator<Item = &Explored> {
        let explored = self.explored.iter();
        explored.filter(move |it| it.size.as_ref() == Some(size) && it.memory == memory)
    }

    /// Whether a size was explored to the end, with counters about to wrap around too if it was explored so at all.
    fn is_explored(&self, size: &Size, memory: MemoryModel) -> bool {
        let mut explored = self.of(size, memory).peekable();
        explored.peek().is_some() && explored.all(|it| it.verified.coverage == Coverage::Exhaustive)
    }

    /// How many states were visited.
    pub fn states(&self) -> u64 {
        self.explored.iter().map(|it| it.verified.states).sum()
    }
}

//! How far: scenarios by iterative deepening, from the smallest on, until the effort is spent.
//!
//! A *size* is so many writers with so many writes each, and so many readers with so many reads each. Sizes are explored
//! in the order of how many operations they have; of those with as many, the one that promises the fewest states comes
//! first, judged by those that are smaller by one. Many writes of one writer count for less, because slots come round
//! and counters wrap around only after many. A size that promises more states than are left is passed over, and the
//! exploration ends where none is left that does not. So a register whose states grow slowly is explored further than
//! one whose states explode. The effort is counted in states, so that a verdict does not depend on how busy the machine
//! is; a limit in time is a second one.
//!
//! **Which memory.** Weak memory is explored in every scenario. Every execution of x86-TSO is one of weak memory, and
//! every sequentially consistent one is one of x86-TSO: accesses are compiled so that this holds, and tests compare the
//! three on random programs and on registers. So where weak memory breaks nothing, the others break nothing. Small
//! scenarios are explored on them all the same; so are all in which weak memory breaks something, to tell which memory
//! shows it.
//!
//! **Which variant.** If the register asks where a counter starts, scenarios with two writes and more are explored once
//! more with counters that are about to wrap around.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use histories::{History, Model};
use registers::Arity;
use registers::scenario::{Misfit, Scenario};
use registers::subject::{Claims, Subject};

use crate::explore::{Variant, Verified, verify};
use crate::faults::FaultKind;
use crate::graph::Limits;
use crate::report::{Coverage, MemoryModel};

/// How many processes do how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    /// How many write.
    pub writers: usize,
    /// How often each of them writes.
    pub writes: usize,
    /// How many read.
    pub readers: usize,
    /// How often each of them reads.
    pub reads: usize,
}

impl Size {
    /// One write, one read.
    pub const SMALLEST: Self = Self {
        writers: 1,
        writes: 1,
        readers: 1,
        reads: 1,
    };

    /// The sizes that are larger by one, of those that a register can have.
    fn larger(self, claims: &Claims) -> Vec<Self> {
        let Self {
            writers,
            writes,
            readers,
            reads,
        } = self;
        /// More reads by one process show nothing new for long.
        const MOST_READS: usize = 4;
        let mut larger = vec![Self {
            writes: writes + 1,
            ..self
        }];
        if reads < MOST_READS {
            larger.push(Self {
                reads: reads + 1,
                ..self
            });
        }
        if claims.readers == Arity::Many {
            larger.push(Self {
                readers: readers + 1,
                ..self
            });
        }
        if claims.writers == Arity::Many {
            larger.push(Self {
                writers: writers + 1,
                ..self
            });
        }
        larger
    }

    /// The sizes that are smaller by one.
    fn smaller(self) -> impl Iterator<Item = Self> {
        let Self {
            writers,
            writes,
            readers,
            reads,
        } = self;
        let all = [
            (writers > 1).then(|| Self {
                writers: writers - 1,
                ..self
            }),
            (writes > 1).then(|| Self {
                writes: writes - 1,
                ..self
            }),
            (readers > 1).then(|| Self {
                readers: readers - 1,
                ..self
            }),
            (reads > 1).then(|| Self {
                reads: reads - 1,
                ..self
            }),
        ];
        all.into_iter().flatten()
    }

    /// How many operations it has.
    pub fn operations(self) -> usize {
        self.writers * self.writes + self.readers * self.reads
    }

    /// The same, but that of one writer only every other write counts.
    fn rank(self) -> usize {
        let writes = if self.writers == 1 {
            1 + self.writes / 2
        } else {
            self.writers * self.writes
        };
        writes + self.readers * self.reads
    }

    /// Whether it is no larger than another one in anything.
    fn is_within(self, other: Self) -> bool {
        self.writers <= other.writers
            && self.writes <= other.writes
            && self.readers <= other.readers
            && self.reads <= other.reads
    }

    /// Its scenario on a register with these claims.
    pub fn scenario(self, claims: &Claims) -> Scenario {
        let writer = "w".repeat(self.writes);
        let reader = "r".repeat(self.reads);
        let writers = std::iter::repeat_n(writer.as_str(), self.writers);
        let lanes: Vec<&str> = writers
            .chain(std::iter::repeat_n(reader.as_str(), self.readers))
            .collect();
        let scenario: Scenario = lanes.join(".").parse().expect("these are lanes");
        match claims.small_numbers() {
            Some(below) => scenario.below(below),
            None => scenario,
        }
    }
}

impl fmt::Display for Size {
    /// `up to 3 writes by each of 2 writers and 1 read by each of 2 readers`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |number: usize, what: &str| match number {
            1 => format!("1 {what}"),
            _ => format!("{number} {what}s"),
        };
        let by = |number: usize, who: &str| match number {
            1 => format!("1 {who}"),
            _ => format!("each of {number} {who}s"),
        };
        write!(
            f,
            "{} by {} and {} by {}",
            plural(self.writes, "write"),
            by(self.writers, "writer"),
            plural(self.reads, "read"),
            by(self.readers, "reader"),
        )
    }
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
    /// Why it was not explored further: the effort that was spent.
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
) -> Result<Scope, Misfit> {
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
    let mut open = BTreeSet::from([Size::SMALLEST]);
    search.scope.ended = "everything was explored".to_owned();
    while let Some((size, expected)) = next(&open, &states) {
        open.remove(&size);
        if search.states + expected > effort.states && !states.is_empty() {
            search.scope.ended = format!("{} states on weak memory", effort.states);
            continue;
        }
        if search.begun.elapsed() > effort.time {
            search.scope.ended = format!("{} s", effort.time.as_secs_f64());
            break;
        }
        let scenario = size.scenario(claims);
        let found = search.scenario(&scenario, Some(size), progress)?;
        states.insert(size, found);
        if search.is_hopeless() {
            search.scope.ended = "nothing is left that it could still meet".to_owned();
            break;
        }
        let known = |smaller: Size| states.contains_key(&smaller);
        let reachable = size.larger(claims).into_iter();
        open.extend(reachable.filter(|larger| larger.smaller().all(known)));
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
    let expected = |size: Size| {
        let smaller = size
            .smaller()
            .filter_map(|it| Some((it, *states.get(&it)?)));
        let grown = smaller.map(|(smaller, count)| {
            // As it grew before, in the same direction.
            let before = smaller.smaller().filter(|it| it.is_within(smaller));
            let growth = before
                .filter_map(|before| Some(count as f64 / *states.get(&before)? as f64))
                .fold(f64::NAN, f64::min);
            count as f64
                * if growth.is_nan() {
                    GROWTH
                } else {
                    growth.max(1.5)
                }
        });
        grown.fold(1.0, f64::max) as u64
    };
    let all = open.iter().map(|&size| (size, expected(size)));
    all.min_by_key(|&(size, expected)| (size.rank(), expected, size))
}

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
        size: Option<Size>,
        progress: &mut dyn FnMut(&Scenario, u64),
    ) -> Result<u64, Misfit> {
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
            if weak.states > SMALL && !is_news {
                continue;
            }
            let mut found = vec![(MemoryModel::Weak, weak)];
            for memory in [MemoryModel::X86, MemoryModel::Sc] {
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
        size: Option<Size>,
        memory: MemoryModel,
        variant: Variant,
        progress: &mut dyn FnMut(&Scenario, u64),
    ) -> Result<Verified, Misfit> {
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
            size,
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

    /// The explorations that did not come to their end, each with the reason.
    pub fn unfinished(&self) -> impl Iterator<Item = (&Explored, &str)> {
        self.explored
            .iter()
            .filter_map(|it| match &it.verified.coverage {
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
            .filter_map(|it| it.size)
            .collect();
        let is_largest = |size: &&Size| {
            !sizes
                .iter()
                .any(|other| other != *size && size.is_within(*other))
        };
        sizes.iter().filter(is_largest).copied().collect()
    }

    /// The number of operations up to which every size was explored to the end on a memory.
    pub fn operations(&self, memory: MemoryModel, claims: &Claims) -> usize {
        let done = |size: Size| {
            self.explored.iter().any(|it| {
                it.size == Some(size)
                    && it.memory == memory
                    && it.verified.coverage == Coverage::Exhaustive
            })
        };
        let mut sizes = BTreeSet::from([Size::SMALLEST]);
        let mut operations = 1;
        while sizes.iter().all(|&size| done(size)) {
            operations += 1;
            let larger = sizes.iter().flat_map(|size| size.larger(claims));
            let larger: BTreeSet<Size> = larger
                .filter(|size| size.operations() == operations + 1)
                .collect();
            sizes = larger;
        }
        operations
    }

    /// How many states were visited.
    pub fn states(&self) -> u64 {
        self.explored.iter().map(|it| it.verified.states).sum()
    }
}

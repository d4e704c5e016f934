//! Budgets: how much is looked at for a verdict.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;

/// How much is looked at for one verdict before it is [unknown](crate::Verdict::Unknown).
///
/// By default the states are counted, so that a verdict depends on the history alone, never on how busy the machine is.
/// Time is limited only where this is asked for. Whatever is given, memory is bounded.
///
/// ```
/// use histories::check::{Budget, check_within};
/// use histories::{History, Model, Operation};
///
/// let history = History::new(0, [Operation::write(1, 1, 0..=3), Operation::read(2, 1, 4..=5)])?;
/// assert!(check_within(Model::Atomic, &history, &Budget::default()).holds());
/// assert_eq!("10M".parse::<Budget>()?.states, 10_000_000);
/// assert_eq!("30s".parse::<Budget>()?.time, Some(std::time::Duration::from_secs(30)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Budget {
    /// How many states each search looks at. A state costs from some ten nanoseconds to a microsecond.
    pub states: u64,
    /// How many bytes each search remembers.
    pub bytes: u64,
    /// How long all of it may take, from the first question on; `None` is as long as it takes.
    pub time: Option<Duration>,
    /// What has been looked at so far, for whoever shows progress.
    watch: Option<Arc<AtomicU64>>,
    deadline: Option<Instant>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            states: 10_000_000,
            bytes: 512 << 20,
            time: None,
            watch: None,
            deadline: None,
        }
    }
}

impl Budget {
    /// As many states as it takes, within a time: what `30s` stands for.
    pub fn of_time(time: Duration) -> Self {
        Self {
            states: u64::MAX,
            bytes: 4 << 30,
            time: Some(time),
            ..Self::default()
        }
    }

    /// So many states.
    pub fn of_states(states: u64) -> Self {
        let default = Self::default();
        // Whoever raises the one does not want the other in the way.
        let factor = states.div_ceil(default.states).clamp(1, 8);
        Self {
            states,
            bytes: factor * default.bytes,
            ..default
        }
    }

    /// Both limits: the tighter one ends the search.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self {
            states: self.states.min(other.states),
            bytes: self.bytes.max(other.bytes),
            time: match (self.time, other.time) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
            ..self
        }
    }

    /// Counts here what is looked at, beside judging.
    #[must_use]
    pub fn watched_by(mut self, watch: &Arc<AtomicU64>) -> Self {
        self.watch = Some(Arc::clone(watch));
        self
    }

    /// The same budget, whose time begins now.
    pub(crate) fn started(&self) -> Self {
        let mut started = self.clone();
        started.deadline = started
            .deadline
            .or_else(|| started.time.map(|time| Instant::now() + time));
        started
    }

    /// Counts what one search looks at.
    pub(crate) fn meter(&self) -> Meter<'_> {
        Meter {
            budget: self,
            spent: AtomicU64::new(0),
            told: AtomicU64::new(0),
            ended: OnceLock::new(),
        }
    }
}

/// The text is no budget.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no budget: write a number of states, as `10M` (K, M and G are thousands, millions and billions), or a time, as `30s`, `5m` or `500ms`"
)]
pub struct NotABudget(pub String);

impl FromStr for Budget {
    type Err = NotABudget;

    fn from_str(text: &str) -> Result<Self, NotABudget> {
        let trimmed = text.trim();
        let unit_at = trimmed
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(unit_at);
        let refused = || NotABudget(text.chars().take(40).collect());
        let number: f64 = number.parse().map_err(|_| refused())?;
        let time = |seconds: f64| {
            let time = Duration::try_from_secs_f64(seconds).map_err(|_| refused())?;
            Ok(Self::of_time(time))
        };
        let states = |factor: f64| Ok(Self::of_states((number * factor) as u64));
        match unit {
            _ if number <= 0.0 => Err(refused()),
            "" => states(1.0),
            "k" | "K" => states(1e3),
            "M" => states(1e6),
            "G" | "B" => states(1e9),
            "ms" => time(number / 1e3),
            "s" => time(number),
            "m" | "min" => time(number * 60.0),
            "h" => time(number * 3600.0),
            _ => Err(refused()),
        }
    }
}

/// What a search came to the end of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// The number of states.
    States,
    /// The memory.
    Bytes,
    /// The time.
    Time,
    /// No budget, but what the search is made for: a larger one decides nothing.
    Method,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::States => "states",
            Self::Bytes => "memory",
            Self::Time => "time",
            Self::Method => "method",
        })
    }
}

/// How often the clock is asked: once for so many states.
const ROUND: u64 = 4096;

/// What one search has looked at.
#[derive(Debug)]
pub(crate) struct Meter<'a> {
    budget: &'a Budget,
    spent: AtomicU64,
    told: AtomicU64,
    ended: OnceLock<Limit>,
}

impl<'a> Meter<'a> {
    /// Counts so many states more; whether the search may go on.
    pub(crate) fn spend(&self, states: u64) -> bool {
        // One thread alone counts here; another one may look.
        let spent = self.spent() + states;
        self.spent.store(spent, Ordering::Relaxed);
        if spent > self.budget.states {
            self.end(Limit::States);
        }
        if spent - self.told.load(Ordering::Relaxed) >= ROUND {
            self.tell();
            if self
                .budget
                .deadline
                .is_some_and(|end| Instant::now() >= end)
            {
                self.end(Limit::Time);
            }
        }
        self.ended.get().is_none()
    }

    /// Whether so many bytes may be remembered; if not, the search ends.
    pub(crate) fn allows(&self, bytes: usize) -> bool {
        if bytes as u64 > self.budget.bytes {
            self.end(Limit::Bytes);
        }
        self.ended.get().is_none()
    }

    /// Ends the search.
    pub(crate) fn end(&self, limit: Limit) {
        // The first limit is what ended it.
        let _ = self.ended.set(limit);
    }

    /// The same budget anew, for a part of the search that must not depend on the others.
    pub(crate) fn another(&self) -> Self {
        self.budget.meter()
    }

    /// A part of what is left, for one attempt of several; no more than a minute's worth.
    pub(crate) fn share(&self, parts: u64) -> u64 {
        const MOST: u64 = 100_000_000;
        (self.budget.states.saturating_sub(self.spent()) / parts).min(MOST)
    }

    /// What ended the search.
    pub(crate) fn ended(&self) -> Option<Limit> {
        self.ended.get().copied()
    }

    pub(crate) fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    fn tell(&self) {
        if let Some(watch) = &self.budget.watch {
            let new = self.spent() - self.told.load(Ordering::Relaxed);
            watch.fetch_add(new, Ordering::Relaxed);
        }
        self.told.store(self.spent(), Ordering::Relaxed);
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        self.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_states_or_a_time() {
        for (text, states, millis) in [
            ("10M", 10_000_000, None),
            ("1.5k", 1_500, None),
            ("2G", 2_000_000_000, None),
            ("77", 77, None),
            ("30s", u64::MAX, Some(30_000)),
            ("5m", u64::MAX, Some(300_000)),
            ("500ms", u64::MAX, Some(500)),
        ] {
            let budget: Budget = text.parse().unwrap();
            let time = millis.map(Duration::from_millis);
            assert_eq!((budget.states, budget.time), (states, time), "{text}");
        }
        for text in ["", "s", "-1", "0", "1x", "many", "1e5s"] {
            assert!(text.parse::<Budget>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_search_ends_at_its_limit() {
        let budget = Budget::of_states(10);
        let meter = budget.meter();
        assert!(meter.spend(10));
        assert!(!meter.spend(1));
        assert_eq!(meter.ended(), Some(Limit::States));
        let watch = Arc::new(AtomicU64::new(0));
        let budget = Budget::default().watched_by(&watch);
        assert!(budget.meter().spend(7));
        assert_eq!(watch.load(Ordering::Relaxed), 7);
    }
}

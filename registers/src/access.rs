//! An access to a word as data: what it does, how it is ordered, and which line of a register makes it.
//!
//! The worlds that study a register get every access in this form. So an ordering is a value that can be weakened, and
//! a step of a trace can name its line.

use std::fmt;
use std::panic::Location;
use std::path::Path;

use crate::memory::Ordering;

/// One access to one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// What it does.
    pub what: What,
    /// How it is ordered.
    pub order: Ordering,
    /// How it is ordered if it is an exchange that fails, and so a load.
    pub failure: Ordering,
    /// Which line makes it.
    pub site: Site,
    /// Which word of a value it is, if the value is copied as a whole.
    pub part: Option<usize>,
}

/// What an access does to a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// Returns the value.
    Load,
    /// Replaces the value.
    Store(u64),
    /// Replaces the value and returns the one before.
    Swap(u64),
    /// Adds, wrapping around.
    Add(u64),
    /// Subtracts, wrapping around.
    Sub(u64),
    /// Keeps these bits.
    And(u64),
    /// Sets these bits.
    Or(u64),
    /// Turns these bits over.
    Xor(u64),
    /// Keeps the larger value.
    Max(u64),
    /// Keeps the smaller value.
    Min(u64),
    /// Replaces one value by another, and fails if it finds a third.
    Exchange {
        /// The value to replace.
        current: u64,
        /// The value to put there.
        new: u64,
    },
    /// The same, but it may fail for no reason.
    WeakExchange {
        /// The value to replace.
        current: u64,
        /// The value to put there.
        new: u64,
    },
    /// Returns the value, and claims that no write is concurrent.
    Read,
    /// Replaces the value, and claims that no other write is concurrent, nor a [`Read`](Self::Read).
    Write(u64),
    /// Takes a cell that nobody uses into use, with this value.
    Allocate(u64),
    /// Gives a cell up: whoever accesses it before it is allocated again uses it after it is free.
    Retire,
}

impl What {
    /// The value that it leaves in a word that holds `held`; `None` if it leaves the word alone.
    pub fn leaves(self, held: u64) -> Option<u64> {
        match self {
            Self::Load | Self::Read | Self::Retire => None,
            Self::Store(value) | Self::Swap(value) | Self::Write(value) | Self::Allocate(value) => {
                Some(value)
            }
            Self::Add(value) => Some(held.wrapping_add(value)),
            Self::Sub(value) => Some(held.wrapping_sub(value)),
            Self::And(value) => Some(held & value),
            Self::Or(value) => Some(held | value),
            Self::Xor(value) => Some(held ^ value),
            Self::Max(value) => Some(held.max(value)),
            Self::Min(value) => Some(held.min(value)),
            Self::Exchange { current, new } | Self::WeakExchange { current, new } => {
                (held == current).then_some(new)
            }
        }
    }

    /// Whether it returns the value that it finds.
    pub fn reads(self) -> bool {
        !matches!(
            self,
            Self::Store(_) | Self::Write(_) | Self::Allocate(_) | Self::Retire
        )
    }

    /// Whether it may replace the value.
    pub fn writes(self) -> bool {
        !matches!(self, Self::Load | Self::Read)
    }

    /// Whether it reads and writes at one instant: a read-modify-write.
    pub fn updates(self) -> bool {
        self.reads() && self.writes()
    }

    /// The value that an exchange replaces.
    pub fn expects(self) -> Option<u64> {
        match self {
            Self::Exchange { current, .. } | Self::WeakExchange { current, .. } => Some(current),
            _ => None,
        }
    }

    /// Whether it claims that happens-before orders it and what conflicts with it.
    pub fn is_plain(self) -> bool {
        matches!(
            self,
            Self::Read | Self::Write(_) | Self::Allocate(_) | Self::Retire
        )
    }
}

/// What an access found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Found {
    /// The value before it; of no meaning if it does not read.
    pub value: u64,
    /// Whether it did what it is for: only an exchange may fail.
    pub is_done: bool,
}

impl Found {
    /// An access that found this value, and did what it is for.
    pub const fn done(value: u64) -> Self {
        Self {
            value,
            is_done: true,
        }
    }

    /// What an exchange returns.
    ///
    /// # Errors
    ///
    /// The value, if it failed.
    pub fn exchanged(self) -> Result<u64, u64> {
        if self.is_done {
            Ok(self.value)
        } else {
            Err(self.value)
        }
    }
}

impl Access {
    /// An access that the line calling this makes.
    #[track_caller]
    pub fn new(what: What, order: Ordering) -> Self {
        Self {
            what,
            order,
            failure: order,
            site: Site::here(),
            part: None,
        }
    }

    /// The same, ordered so if it fails.
    #[must_use]
    pub const fn or(self, failure: Ordering) -> Self {
        Self { failure, ..self }
    }

    /// The same, as the access to one word of a value that is copied as a whole.
    #[must_use]
    pub const fn part(self, at: usize) -> Self {
        Self {
            part: Some(at),
            ..self
        }
    }

    /// Performs it on a word that is nobody else's, and returns what it found, and what it did as traces say it behind
    /// the name of the place: `:= 1`, `-> 0`, `0 => 1`. `shown` is how a value looks.
    pub fn perform<S: fmt::Display>(
        self,
        word: &mut u64,
        shown: impl Fn(u64) -> S,
    ) -> (Found, String) {
        let held = *word;
        let left = self.what.leaves(held);
        *word = left.unwrap_or(held);
        let found = Found {
            value: held,
            is_done: self.what.expects().is_none() || left.is_some(),
        };
        (found, self.what.wording(found, shown))
    }
}

impl What {
    /// What an access that found this did, as traces say it behind the name of the place.
    pub fn wording<S: fmt::Display>(self, found: Found, shown: impl Fn(u64) -> S) -> String {
        let held = found.value;
        match (self, self.expects()) {
            (Self::Retire, _) => "retired".to_owned(),
            (Self::Allocate(value), _) => format!("allocated := {}", shown(value)),
            (Self::Store(value) | Self::Write(value), _) => format!(":= {}", shown(value)),
            (_, Some(_)) if !found.is_done && self.expects() == Some(held) => {
                format!("-> {}, and fails for no reason", shown(held))
            }
            (_, Some(current)) if !found.is_done => {
                format!("-> {}, not {}", shown(held), shown(current))
            }
            _ => match self.leaves(held) {
                None => format!("-> {}", shown(held)),
                Some(left) => format!("{} => {}", shown(held), shown(left)),
            },
        }
    }

    /// What it is called in source code: `load`, `store`, `compare_exchange`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Store(_) => "store",
            Self::Swap(_) => "swap",
            Self::Add(_) => "fetch_add",
            Self::Sub(_) => "fetch_sub",
            Self::And(_) => "fetch_and",
            Self::Or(_) => "fetch_or",
            Self::Xor(_) => "fetch_xor",
            Self::Max(_) => "fetch_max",
            Self::Min(_) => "fetch_min",
            Self::Exchange { .. } => "compare_exchange",
            Self::WeakExchange { .. } => "compare_exchange_weak",
            Self::Read => "read",
            Self::Write(_) => "write",
            Self::Allocate(_) => "allocate",
            Self::Retire => "retire",
        }
    }
}

impl fmt::Display for Access {
    /// As it stands in source code, without values: `load(Acquire)`, `compare_exchange(AcqRel, Acquire)`, `write`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what.name())?;
        match (self.what.is_plain(), self.what.expects()) {
            (true, _) => Ok(()),
            (false, None) => write!(f, "({:?})", self.order),
            (false, Some(_)) => write!(f, "({:?}, {:?})", self.order, self.failure),
        }
    }
}

/// A line of a register's source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site(&'static Location<'static>);

impl Site {
    /// The line that calls this, or that calls what calls this, as far as [`track_caller`] reaches.
    ///
    /// [`track_caller`]: https://doc.rust-lang.org/reference/attributes/codegen.html#the-track_caller-attribute
    #[track_caller]
    pub fn here() -> Self {
        Self(Location::caller())
    }

    /// The path of the file, as the compiler was given it.
    pub fn path(&self) -> &'static str {
        self.0.file()
    }

    /// The name of the file.
    pub fn file(&self) -> &'static str {
        let name = Path::new(self.path()).file_name();
        name.and_then(|name| name.to_str())
            .unwrap_or_else(|| self.path())
    }

    /// The line, from 1.
    pub fn line(&self) -> u32 {
        self.0.line()
    }

    /// The column, from 1.
    pub fn column(&self) -> u32 {
        self.0.column()
    }
}

impl fmt::Display for Site {
    /// `sequence_lock.rs:117`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:{}", self.file(), self.line()))
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn performed(what: What, held: u64) -> (u64, Found, String) {
        let mut word = held;
        let (found, wording) = Access::new(what, Ordering::Relaxed).perform(&mut word, |it| it);
        (word, found, wording)
    }

    #[test]
    fn what_an_access_leaves_and_how_it_is_worded() {
        let (current, new) = (1, 7);
        let exchange = What::Exchange { current, new };
        let refused = Found {
            value: 2,
            is_done: false,
        };
        let cases = [
            (What::Load, 5, 5, Found::done(5), "-> 5"),
            (What::Store(1), 5, 1, Found::done(5), ":= 1"),
            (What::Swap(1), 5, 1, Found::done(5), "5 => 1"),
            (What::Add(u64::MAX), 5, 4, Found::done(5), "5 => 4"),
            (What::Sub(2), 5, 3, Found::done(5), "5 => 3"),
            (What::And(4), 5, 4, Found::done(5), "5 => 4"),
            (What::Or(2), 5, 7, Found::done(5), "5 => 7"),
            (What::Xor(1), 5, 4, Found::done(5), "5 => 4"),
            (What::Max(3), 5, 5, Found::done(5), "5 => 5"),
            (What::Min(3), 5, 3, Found::done(5), "5 => 3"),
            (exchange, 1, 7, Found::done(1), "1 => 7"),
            (exchange, 2, 2, refused, "-> 2, not 1"),
        ];
        for (what, held, left, found, wording) in cases {
            assert_eq!(
                performed(what, held),
                (left, found, wording.to_owned()),
                "{what:?}"
            );
        }
    }

    #[test]
    fn an_access_knows_the_line_that_makes_it() {
        let (site, line) = (Access::new(What::Load, Ordering::Acquire).site, line!());
        assert_eq!(site.to_string(), format!("access.rs:{line}"));
    }
}
